"""A made-up device with a clock of its own, and a study that is small enough to measure."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from made_up import model, study
from roofline.measurements.bench.backend import DeviceDescription, DoesNotFitError, Run, Shape
from roofline.measurements.bench.journal import Journal
from roofline.measurements.bench.plan import Task
from roofline.measurements.bench.rows import MeasuredRow
from roofline.measurements.bench.session import Outcome, Progress, Terms, measure
from roofline.study.study import Study


def tiny() -> Study:
    """2 batches by 2 lengths of a model with 4 heads of 8, two of them for keys and values."""
    made = study(batches=[1, 2], lengths=[4, 8])
    return model(
        made,
        hidden=32,
        intermediate=64,
        layers=2,
        heads=4,
        kv_heads=2,
        head_dimension=8,
        vocabulary=100,
    )


def dot(length: int) -> Task:
    """A task of one dot product: 2 · length FLOP."""
    return Task(
        shape=Shape(count=1, m=1, n=1, k=length),
        series="qk/pv",
        phase="ar",
        batch=1,
        sequence_length=length,
        candidates=1,
        kernel="pv",
    )


class FakeBackend:
    """Does 1,000 FLOP in a second, twice that without a flush; a copy takes 1/8 s, a read too."""

    name = "fake"
    dtype = "fp32"
    item_bytes = 4
    square = 16  # 2 · 16³ = 8,192 FLOP: 8.192 s
    copy_bytes = 1 << 20
    flush_bytes = 1 << 10

    def __init__(self, space: float = 1e9) -> None:
        self.space = space
        self.now = 0.0
        self.runs: list[tuple[Shape, bool]] = []
        """Every product that was run, the ceiling's left out."""
        self.before: Callable[[Shape], None] = lambda _: None
        """Called before each run, to interrupt it."""

    def clock(self) -> float:
        """Time on the device's own clock [s]."""
        return self.now

    def device(self) -> DeviceDescription:
        """A device without a driver."""
        return DeviceDescription(name="Made-up 1")

    def libraries(self) -> dict[str, str]:
        """One library."""
        return {"fakelib": "1.0"}

    def room(self) -> float:
        """All memory, always [byte]."""
        return self.space

    @contextmanager
    def product(self, shape: Shape) -> Iterator[Run]:
        """Give what passes the time of a product."""

        def run(flush: bool) -> float:  # noqa: FBT001  # as backends have it
            self.before(shape)
            if shape.m != self.square:
                self.runs.append((shape, flush))
            return self._pass(shape.flops / (1_000 if flush else 2_000))

        yield run

    @contextmanager
    def copy(self, size: int) -> Iterator[Run]:
        """Give what passes the time of a copy."""
        assert size <= self.space
        yield lambda _: self._pass(0.125)

    @contextmanager
    def read(self, size: int) -> Iterator[Run]:
        """Give what passes the time of a read: slower than the copy for its bytes."""
        assert size <= self.space
        yield lambda _: self._pass(0.125)

    def _pass(self, seconds: float) -> float:
        self.now += seconds
        return seconds


def out_of_memory(shape: Shape) -> Callable[[Shape], None]:
    """What makes one product run out of memory."""

    def refuse(asked: Shape) -> None:
        if asked == shape:
            raise DoesNotFitError

    return refuse


def interrupt(run: int) -> Callable[[Shape], None]:
    """What presses Ctrl-C before a run, counted from 1."""
    left = [run]

    def press(_: Shape) -> None:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    return press


TASKS = (dot(1_500), dot(500), dot(1_000))  # 3, 1 and 2 s
SUBJECT = {"study": "made-up", "device": "Made-up 1", "backend": "fake"}
STARTED = "2026-01-02T03:04:05+00:00"
PLAIN = Terms(repetitions=3, flushes=(True,))


def go(
    path: Path,
    backend: FakeBackend,
    terms: Terms = PLAIN,
    show: Callable[[Progress], None] = lambda _: None,
    tasks: tuple[Task, ...] = TASKS,
) -> tuple[Outcome, list[MeasuredRow]]:
    """One run, with the rows of all runs so far."""
    with closing(Journal.resume(path, SUBJECT, STARTED)) as journal:
        outcome = measure(tasks, backend, journal, terms, clock=backend.clock, show=show)
        return outcome, journal.rows
