"""Matrix products with numpy on the CPU, in single precision."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roofline.measurements.bench import host
from roofline.measurements.bench.backend import DeviceDescription, DoesNotFitError, Run, Shape

Floats = NDArray[np.float32]

_CACHE = 64 << 20
"""Taken for the last-level cache where it cannot be read [byte]."""
_COPY = 256 << 20
_SQUARE = 4_096
_RANDOM = 1 << 20
"""Random numbers that operands repeat: drawing each would take longer than measuring."""
_SHARE = 0.8
"""Share of the available memory that operands may take."""


class NumpyBackend:
    """numpy on the CPU; batched products are one call of ``numpy.matmul``.

    Args:
        square: Dimension of the square product that shows the peak.
        copy_bytes: Size of the buffers that show the bandwidth; large beside the cache by
            default [byte].
        cache_bytes: Last-level cache; read from the machine by default [byte].
    """

    name = "numpy"
    dtype = "fp32"
    item_bytes = 4

    def __init__(
        self,
        square: int = _SQUARE,
        copy_bytes: int | None = None,
        cache_bytes: int | None = None,
    ) -> None:
        self._cache = cache_bytes or host.cache_bytes()
        cache = self._cache or _CACHE
        self.square = square
        self.copy_bytes = copy_bytes or max(_COPY, 4 * cache)
        self.flush_bytes = 2 * cache
        self._threads = host.threads()
        self._pool = ThreadPoolExecutor(self._threads)
        self._buffer = np.zeros(self.flush_bytes // 8)
        random = np.random.default_rng(0)
        self._random: Floats = random.standard_normal(_RANDOM, dtype=np.float32)

    def device(self) -> DeviceDescription:
        """Describe the CPU."""
        return DeviceDescription(
            name=host.cpu_name(),
            memory=host.memory_bytes(),
            cache=self._cache,
            threads=self._threads,
            clocks=host.clocks(),
        )

    def libraries(self) -> dict[str, str]:
        """Versions of numpy and of the library that it multiplies with."""
        versions = {"numpy": np.__version__}
        built: Any = np.show_config(mode="dicts")
        blas = built.get("Build Dependencies", {}).get("blas", {})
        if blas.get("name"):
            versions[blas["name"]] = str(blas.get("version", "unknown"))
        return versions

    def room(self) -> float:
        """Memory that operands may take now; without limit where it cannot be read [byte]."""
        available = host.available_bytes()
        return float("inf") if available is None else _SHARE * available

    @contextmanager
    def product(self, shape: Shape) -> Iterator[Run]:
        """Hold random operands, and give what multiplies them."""
        count, m, n, k = shape.count, shape.m, shape.n, shape.k
        with _held() as held:
            held.append(self._filled(count * m * k).reshape(count, m, k))
            held.append(self._filled(count * k * n).reshape(count, k, n))
            held.append(self._filled(count * m * n).reshape(count, m, n))
            yield self._timed(lambda: np.matmul(held[0], held[1], out=held[2]))

    @contextmanager
    def copy(self, size: int) -> Iterator[Run]:
        """Hold two buffers of a size, and give what copies one to the other, in all threads."""
        with _held() as held:
            held.extend(self._filled(size // self.item_bytes) for _ in range(2))

            def copied() -> None:
                list(self._pool.map(np.copyto, self._parts(held[1]), self._parts(held[0])))

            yield self._timed(copied)

    @contextmanager
    def read(self, size: int) -> Iterator[Run]:
        """Hold a buffer, and give what multiplies it with itself to one number."""
        with _held() as held:
            held.append(self._filled(size // self.item_bytes))
            yield self._timed(lambda: np.dot(held[0], held[0]))

    def _filled(self, size: int) -> Floats:
        """Random numbers, written so that the memory is really there."""
        array: Floats = np.empty(size, dtype=np.float32)
        for start in range(0, size, _RANDOM):
            part = array[start : start + _RANDOM]
            part[:] = self._random[: len(part)]
        return array

    def _parts(self, array: NDArray[Any]) -> list[NDArray[Any]]:
        return np.array_split(array, self._threads)

    def _timed(self, work: Callable[[], object]) -> Run:
        def run(flush: bool) -> float:  # noqa: FBT001  # the only argument of a run
            if flush:  # by all threads, whose cores have caches of their own
                list(self._pool.map(_touch, self._parts(self._buffer)))
            begun = perf_counter()
            work()
            return perf_counter() - begun

        return run


@contextmanager
def _held() -> Iterator[list[Floats]]:
    """A list of arrays that are freed at its end, whoever still knows how to run on them."""
    arrays: list[Floats] = []
    try:
        yield arrays
    except MemoryError as error:
        raise DoesNotFitError from error
    finally:
        arrays.clear()


def _touch(part: NDArray[Any]) -> None:
    part += 1.0
