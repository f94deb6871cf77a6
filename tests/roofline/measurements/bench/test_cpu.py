"""numpy on this machine's CPU, run for real."""

import gc
import weakref
from functools import partial
from itertools import count

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
@pytest.mark.parametrize("batch", [1, 3])
def test_a_product_is_really_multiplied(
    backend: NumpyBackend, monkeypatch: pytest.MonkeyPatch, batch: int, *, flush: bool
) -> None:
    """What is timed is one product of random, finite operands of the shape asked for."""
    products = []
    multiply = np.matmul

    def watched(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> None:
        multiply(a, b, out=out)
        products.append((a.copy(), b.copy(), out.copy()))

    monkeypatch.setattr("roofline.measurements.bench.cpu.np.matmul", watched)
    with backend.product(Shape(count=batch, m=4, n=5, k=6)) as run:
        assert run(flush) > 0
    ((a, b, c),) = products
    assert (a.shape, b.shape) == ((batch, 4, 6), (batch, 6, 5))
    assert {operand.dtype for operand in (a, b, c)} == {np.dtype(np.float32)}
    assert len(np.unique(a)) == a.size
    np.testing.assert_allclose(c, a.astype(np.float64) @ b, rtol=1e-4, atol=1e-5)


def test_time_passes_while_the_work_is_done_and_not_while_the_cache_is_flushed(
    backend: NumpyBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that a product moves by 3 s and the flush of a part by 5 s."""
    now = [0.0]

    def move(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr("roofline.measurements.bench.cpu.perf_counter", lambda: now[0])
    monkeypatch.setattr("roofline.measurements.bench.cpu.np.matmul", lambda *_, **__: move(3.0))
    monkeypatch.setattr("roofline.measurements.bench.cpu._touch", lambda _: move(5.0))
    with backend.product(Shape(count=1, m=2, n=2, k=2)) as run:
        assert run(True) == 3.0
        assert now[0] >= 8.0
        assert run(False) == 3.0


def test_a_copy_copies_everything(backend: NumpyBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    """2¹⁶ byte, whatever the number of threads."""
    sizes = []
    copy = np.copyto

    def watched(target: np.ndarray, source: np.ndarray) -> None:
        copy(target, source)
        sizes.append(target.nbytes)
        assert np.array_equal(target, source)

    monkeypatch.setattr("roofline.measurements.bench.cpu.np.copyto", watched)
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

    monkeypatch.setattr("roofline.measurements.bench.cpu.np.dot", watched)
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

    monkeypatch.setattr("roofline.measurements.bench.cpu.np.empty", watched)
    with backend.product(Shape(count=1, m=8, n=8, k=8)) as run:
        assert len(made) == 3
    gc.collect()
    assert callable(run)
    assert [array() for array in made] == [None, None, None]


def test_memory_that_runs_out_is_said_so(
    backend: NumpyBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("roofline.measurements.bench.cpu.np.empty", refuse)
    with pytest.raises(DoesNotFitError), backend.product(Shape(count=1, m=2, n=2, k=2)):
        pass
    with pytest.raises(DoesNotFitError), backend.copy(64):
        pass


def test_every_product_of_a_tiny_study_is_measured(backend: NumpyBackend) -> None:
    study = tiny()
    for task in plan(study.deployment, study.file, [("qk/pv", "init"), ("up/gate/down", "ar")]):
        with backend.product(task.shape) as run:
            # By its clock a second passes with every look: no more than the least is done.
            times = sample(partial(run, True), least=3, clock=count().__next__)
        assert 0 < times.seconds_low <= times.seconds <= times.seconds_high


def test_the_device_describes_itself(backend: NumpyBackend) -> None:
    device = backend.device()
    assert device.name
    assert device.cache == 1 << 16
    assert device.threads == host.threads() >= 1
    assert backend.libraries()["numpy"] == np.__version__
    assert backend.room() > 1e6
