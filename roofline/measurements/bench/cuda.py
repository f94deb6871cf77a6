"""Matrix products with PyTorch on a CUDA device; PyTorch is an optional extra."""

import importlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from roofline.errors import InputError, as_written, join_choices
from roofline.measurements.bench.backend import DeviceDescription, DoesNotFitError, Run, Shape

DTYPES = {"bf16": "bfloat16", "fp16": "float16"}
"""PyTorch's names of the number formats that can be measured."""

_CACHE = 128 << 20
"""Taken for the L2 cache where it cannot be read [byte]."""
_COPY = 1 << 30
_SQUARE = 8_192
_SHARE = 0.95
"""Share of the free memory that operands may take."""
_IN_A_ROW = 10
"""Launches between two events where the cache is not flushed."""
_OPTION = "--backend"
"""Where it was asked for, in messages."""
_CLOCKS = ("clocks.sm", "clocks.mem", "clocks.max.sm", "clocks.max.mem")


def load_torch() -> Any:
    """Import PyTorch.

    Raises:
        InputError: It is not installed, or finds no device.
    """
    try:
        torch = importlib.import_module("torch")
    except ImportError as error:
        raise InputError.lacking(_OPTION, "PyTorch", "cuda") from error
    if not torch.cuda.is_available():
        rule = "PyTorch finds no CUDA device; --backend numpy measures the CPU"
        raise InputError.at(_OPTION, rule)
    return torch


class TorchBackend:
    """PyTorch on the current CUDA device.

    Operands are row-major. With a flush, a run is one launch behind the flush in the same
    stream, so that its launch is hidden; without one, the mean of several launches in a row.

    Args:
        dtype: ``fp16`` or ``bf16``.

    Raises:
        InputError: There is no PyTorch, no device, or the dtype is another.
    """

    name = "torch"
    item_bytes = 2
    square = _SQUARE
    copy_bytes = _COPY

    def __init__(self, dtype: str) -> None:
        if dtype not in DTYPES:
            rule = (
                f"torch measures {join_choices(sorted(DTYPES), 'and')}, "
                f"but the study computes in {as_written(dtype)}"
            )
            raise InputError.at(_OPTION, rule)
        self.dtype = dtype
        self._torch = torch = load_torch()
        self._type = getattr(torch, DTYPES[dtype])
        self._properties = torch.cuda.get_device_properties(torch.cuda.current_device())
        self._cache: int | None = getattr(self._properties, "L2_cache_size", None) or None
        self.flush_bytes = 2 * (self._cache or _CACHE)
        self._buffer = torch.empty(self.flush_bytes, dtype=torch.int8, device="cuda")
        torch.manual_seed(0)

    def device(self) -> DeviceDescription:
        """Describe the device; its driver and clocks where the driver's tool is at hand."""
        driver, clocks = _driver(str(getattr(self._properties, "uuid", "")))
        return DeviceDescription(
            name=str(self._properties.name),
            memory=int(self._properties.total_memory),
            cache=self._cache,
            driver=driver,
            clocks=clocks,
        )

    def libraries(self) -> dict[str, str]:
        """Versions of PyTorch and of the CUDA that it was built for."""
        return {"torch": str(self._torch.__version__), "cuda": str(self._torch.version.cuda)}

    def room(self) -> float:
        """Memory that operands may take now [byte]."""
        free, _ = self._torch.cuda.mem_get_info()
        return _SHARE * float(free)

    @contextmanager
    def product(self, shape: Shape) -> Iterator[Run]:
        """Hold random operands, and give what multiplies them."""
        torch, count = self._torch, shape.count
        batch = () if count == 1 else (count,)
        multiply = torch.mm if count == 1 else torch.bmm
        with self._held() as held:
            held.append(self._random(*batch, shape.m, shape.k))
            held.append(self._random(*batch, shape.k, shape.n))
            held.append(torch.empty(*batch, shape.m, shape.n, dtype=self._type, device="cuda"))
            yield self._timed(lambda: multiply(held[0], held[1], out=held[2]))

    @contextmanager
    def copy(self, size: int) -> Iterator[Run]:
        """Hold two buffers of a size, and give what copies one to the other."""
        with self._held() as held:
            held.extend(self._random(size // self.item_bytes) for _ in range(2))
            yield self._timed(lambda: held[1].copy_(held[0]))

    @contextmanager
    def read(self, size: int) -> Iterator[Run]:
        """Hold a buffer, and give what adds up all of it."""
        with self._held() as held:
            held.append(self._random(size // self.item_bytes))
            yield self._timed(lambda: held[0].sum())  # noqa: PLW0108  # the list lets go of it

    @contextmanager
    def _held(self) -> Iterator[list[Any]]:
        """A list of tensors that are freed at its end."""
        tensors: list[Any] = []
        try:
            yield tensors
        except self._torch.cuda.OutOfMemoryError as error:
            raise DoesNotFitError from error
        finally:
            tensors.clear()
            self._torch.cuda.empty_cache()

    def _random(self, *sizes: int) -> Any:
        return self._torch.randn(*sizes, dtype=self._type, device="cuda")

    def _timed(self, launch: Callable[[], object]) -> Run:
        cuda = self._torch.cuda

        def run(flush: bool) -> float:  # noqa: FBT001  # the only argument of a run
            start, end = cuda.Event(enable_timing=True), cuda.Event(enable_timing=True)
            times = 1 if flush else _IN_A_ROW
            if flush:
                self._buffer.zero_()
            else:
                launch()
            start.record()
            for _ in range(times):
                launch()
            end.record()
            end.synchronize()
            return float(start.elapsed_time(end)) / 1e3 / times

        return run


def _driver(uuid: str) -> tuple[str | None, dict[str, float]]:
    """Version of the driver and clocks of the device [Hz], as far as they can be read."""
    tool = shutil.which("nvidia-smi")
    if tool is None or not uuid:
        return None, {}
    line = [
        tool,
        f"--id=GPU-{uuid.removeprefix('GPU-')}",
        f"--query-gpu={','.join(('driver_version', *_CLOCKS))}",
        "--format=csv,noheader,nounits",
    ]
    try:
        answer = subprocess.run(line, capture_output=True, text=True, timeout=20, check=True)  # noqa: S603  # no text of a user's
    except (OSError, subprocess.SubprocessError):
        return None, {}
    fields = [field.strip() for field in answer.stdout.split(",")]
    if len(fields) != 1 + len(_CLOCKS):
        return None, {}
    megahertz = zip(_CLOCKS, fields[1:], strict=True)
    clocks = {name: float(text) * 1e6 for name, text in megahertz if text.isdecimal()}
    return fields[0] or None, clocks
