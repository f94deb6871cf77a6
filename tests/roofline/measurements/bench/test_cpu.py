"""numpy on this machine's CPU, run for real, and what is read of a machine."""

import gc
import weakref
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from devices import tiny
from roofline.measurements.bench import host
from roofline.measurements.bench.backend import DoesNotFitError, Shape
from roofline.measurements.bench.cpu import NumpyBackend
from roofline.measurements.bench.plan import plan
from roofline.measurements.bench.timing import sample


@pytest.fixture
def backend() -> NumpyBackend:
    """The CPU, with ceilings that are measured in no time."""
    return NumpyBackend(square=64, copy_bytes=1 << 16, cache_bytes=1 << 16)


@pytest.mark.parametrize("flush", [True, False])
@pytest.mark.parametrize("count", [1, 3])
def test_a_product_is_really_multiplied(
    backend: NumpyBackend, monkeypatch: pytest.MonkeyPatch, count: int, *, flush: bool
) -> None:
    """What is timed is one product of random, finite operands of the shape asked for."""
    found = []
    multiply = np.matmul

    def watched(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
        multiply(a, b, out=out)
        found.append((a.copy(), b.copy(), out.copy()))

    monkeypatch.setattr("roofline.bench.cpu.np.matmul", watched)
    with backend.product(Shape(count=count, m=4, n=5, k=6)) as run:
        assert run(flush) > 0
    ((a, b, c),) = found
    assert (a.shape, b.shape) == ((count, 4, 6), (count, 6, 5))
    assert {one.dtype for one in (a, b, c)} == {np.dtype(np.float32)}
    assert len(np.unique(a)) == a.size
    np.testing.assert_allclose(c, a.astype(np.float64) @ b, rtol=1e-4, atol=1e-5)


def test_more_work_takes_more_time(backend: NumpyBackend) -> None:
    """4,096 times the work, far beyond any noise."""
    seconds = []
    for size in (32, 512):
        with backend.product(Shape(count=1, m=size, n=size, k=size)) as run:
            seconds.append(min(run(True) for _ in range(5)))
    assert seconds[1] > 10 * seconds[0]


def test_a_copy_copies_everything(backend: NumpyBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """2¹⁶ byte, whatever the number of threads."""
    sizes = []
    copy = np.copyto

    def watched(target: np.ndarray, source: np.ndarray) -> None:
        copy(target, source)
        sizes.append(target.nbytes)
        assert np.array_equal(target, source)

    monkeypatch.setattr("roofline.bench.cpu.np.copyto", watched)
    with backend.copy(1 << 16) as run:
        assert run(True) > 0
    assert sum(sizes) == 1 << 16


def test_a_read_reads_everything(backend: NumpyBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """2¹⁶ byte, once: the product of a buffer with itself."""
    sizes = []
    dot = np.dot

    def watched(first: np.ndarray, second: np.ndarray) -> float:
        assert first is second
        sizes.append(first.nbytes)
        return float(dot(first, second))

    monkeypatch.setattr("roofline.bench.cpu.np.dot", watched)
    with backend.read(1 << 16) as run:
        assert run(True) > 0
    assert sizes == [1 << 16]


def test_a_flush_writes_the_whole_buffer_of_twice_the_cache(backend: NumpyBackend) -> None:
    buffer = backend._buffer  # noqa: SLF001  # nothing else shows it
    assert buffer.nbytes == backend.flush_bytes == 2 << 16
    with backend.product(Shape(count=1, m=2, n=2, k=2)) as run:
        run(False)
        assert not buffer.any()
        run(True)
    assert (buffer == 1).all()


def test_operands_are_freed_though_the_run_is_still_known(
    backend: NumpyBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the next product's operands would stand beside them."""
    made = []
    empty = np.empty

    def watched(size: int, dtype: type) -> np.ndarray:
        array: np.ndarray = empty(size, dtype=dtype)
        made.append(weakref.ref(array))
        return array

    monkeypatch.setattr("roofline.bench.cpu.np.empty", watched)
    with backend.product(Shape(count=1, m=8, n=8, k=8)) as run:
        assert len(made) == 3
    gc.collect()
    assert callable(run)
    assert [one() for one in made] == [None, None, None]


def test_memory_that_runs_out_is_said_so(
    backend: NumpyBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("roofline.bench.cpu.np.empty", refuse)
    with pytest.raises(DoesNotFitError), backend.product(Shape(count=1, m=2, n=2, k=2)):
        pass
    with pytest.raises(DoesNotFitError), backend.copy(64):
        pass


def test_every_product_of_a_tiny_study_is_measured(backend: NumpyBackend) -> None:
    for task in plan(tiny(), [("qk/pv", "init"), ("up/gate/down", "ar")]):
        with backend.product(task.shape) as run:
            found = sample(partial(run, True), least=3, clock=lambda: 0.0)
        assert 0 < found.seconds_low <= found.seconds <= found.seconds_high < 1


def test_the_device_describes_itself(backend: NumpyBackend) -> None:
    device = backend.device()
    assert device.name
    assert device.cache == 1 << 16
    assert device.threads == host.threads() >= 1
    assert backend.libraries()["numpy"] == np.__version__
    assert backend.room() > 1e6


def write(root: Path, **files: str) -> None:
    """Write files of a made-up machine; double underscores are slashes."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_machine_is_read(tmp_path: Path) -> None:
    """1 kB of the kernel is 1,024 byte; kHz are 1,000 Hz."""
    caches = {
        f"sys__devices__system__cpu__cpu0__cache__index{index}__size": text
        for index, text in enumerate(["48K\n", "2M\n", "?\n"])
    }
    write(
        tmp_path,
        proc__cpuinfo="processor\t: 0\nmodel name\t: Made-up  CPU 1\n",
        proc__meminfo="MemTotal:       4000 kB\nMemAvailable:   3000 kB\n",
        sys__devices__system__cpu__cpu0__cpufreq__cpuinfo_max_freq="3000000\n",
        **caches,
    )
    assert host.cpu_name(tmp_path) == "Made-up CPU 1"
    assert host.cache_bytes(tmp_path) == 2 * 1024 * 1024
    assert host.memory_bytes(tmp_path) == 4_096_000
    assert host.available_bytes(tmp_path) == 3_072_000
    assert host.clocks(tmp_path) == {"maximum": 3e9}


def test_the_limit_of_a_container_counts(tmp_path: Path) -> None:
    """2,000,000 less 500,000 is below 3,072,000; no limit leaves that."""
    write(
        tmp_path,
        proc__meminfo="MemTotal:       4000 kB\nMemAvailable:   3000 kB\n",
        sys__fs__cgroup__memory__current="500000\n",
    )
    current = tmp_path / "sys/fs/cgroup/memory/current"
    folder = tmp_path / "sys/fs/cgroup"
    current.rename(folder / "memory.current")
    (folder / "memory.max").write_text("2000000\n")
    assert host.available_bytes(tmp_path) == 1_500_000
    (folder / "memory.max").write_text("max\n")
    assert host.available_bytes(tmp_path) == 3_072_000


def test_a_machine_that_tells_nothing_still_has_a_name(tmp_path: Path) -> None:
    assert host.cpu_name(tmp_path)
    assert host.cache_bytes(tmp_path) is None
    assert host.clocks(tmp_path) == {}


@pytest.mark.parametrize(("told", "threads"), [("3", 3), ("0", None), ("many", None)])
def test_threads_are_those_that_the_library_was_told(
    monkeypatch: pytest.MonkeyPatch, told: str, threads: int | None
) -> None:
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    default = host.threads()
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    assert host.threads() == (threads or default)
