"""One run: the ceilings, then every product that memory and time allow, cheapest first."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial

from roofline.errors import InputError
from roofline.measurements.bench.backend import Backend, DoesNotFitError, Run, Shape
from roofline.measurements.bench.journal import Journal
from roofline.measurements.bench.plan import Task
from roofline.measurements.bench.rows import Ceiling, Ceilings, MeasuredRow
from roofline.measurements.bench.timing import Sample, sample
from roofline.units import quantity, significant

Clock = Callable[[], float]

_OVERHEAD = 0.02
"""Weight of what a product costs besides its runs [s]."""
_SMALLEST = 16
"""A square product or a buffer that is smaller shows no ceiling."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """How to measure."""

    repetitions: int
    """Repetitions that are always done."""
    flushes: tuple[bool, ...]
    """With a flush of the cache, without, or both in turn."""
    seconds: float | None = None
    """Begin nothing that would take longer than is left of this [s]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Skipped:
    """A product that was not measured."""

    task: Task
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a run is."""

    done: int
    """Products measured, in earlier runs too, or skipped."""
    total: int
    remaining: float | None
    """Estimated rest [s]; nothing before the first product of a run."""


@dataclass(kw_only=True, slots=True)
class Outcome:
    """What a run found, on top of the journal's rows."""

    ceilings: Ceilings
    skipped: list[Skipped] = field(default_factory=list)
    out_of_time: bool = False
    """Whether a run without a limit would measure more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Waiting:
    """A product with what is still to be measured of it."""

    task: Task
    flushes: tuple[bool, ...]
    weight: float
    """Expected cost, up to a common factor [s]."""


def measure(
    tasks: Sequence[Task],
    backend: Backend,
    journal: Journal,
    terms: Terms,
    *,
    clock: Clock,
    show: Callable[[Progress], None],
) -> Outcome:
    """Measure what the journal lacks.

    Args:
        tasks: All products that are wanted.
        backend: The device.
        journal: Takes every row as soon as it is measured.
        terms: How to measure.
        clock: Time, for limits and estimates [s].
        show: Called before each product.

    Returns:
        What was skipped, and why.

    Raises:
        InputError: The device is too small for its own ceilings, or the journal cannot be
            written.
    """
    begun = clock()
    ceilings = journal.ceilings
    if ceilings is None:
        show(Progress(done=0, total=len(tasks), remaining=None))
        ceilings = _measure_ceilings(backend, terms, clock)
        journal.keep_ceilings(ceilings)
    device = backend.device().label
    waiting = _list_waiting(tasks, backend, ceilings, journal.rows, terms)
    outcome = Outcome(ceilings=ceilings)
    spent = weighed = 0.0
    left = sum(each.weight for each in waiting)
    for place, this in enumerate(waiting):
        pace = spent / weighed if weighed else 1.0
        over = begun + terms.seconds - clock() if terms.seconds is not None else None
        if over is not None and pace * this.weight > over:
            outcome.out_of_time = True
            reason = f"not begun within {significant(terms.seconds or 0.0)} s"
            outcome.skipped += [Skipped(task=late.task, reason=reason) for late in waiting[place:]]
            break
        done = len(tasks) - len(waiting) + place
        remaining = pace * left if weighed else None
        show(Progress(done=done, total=len(tasks), remaining=remaining))
        left -= this.weight
        start = clock()
        reason = _too_large(this.task.shape, backend) or _measure_task(
            this, backend, journal, terms, clock, device=device
        )
        if reason:
            outcome.skipped.append(Skipped(task=this.task, reason=reason))
        else:
            spent += clock() - start
            weighed += this.weight
    return outcome


def refuse_if_nothing_fits(tasks: Sequence[Task], backend: Backend, study: str) -> None:
    """Refuse a study of which the device holds no product.

    Raises:
        InputError: With the least that would be needed, and what there is.
    """
    if not tasks:
        rule = "nothing to measure: its series multiply no matrices"
        raise InputError.at(study, rule)
    least = min(tasks, key=lambda task: task.shape.elements)
    if reason := _too_large(least.shape, backend):
        rule = (
            f"none of its {len(tasks)} products fits in the memory of this device; even "
            f"{least.kernel} of {least.series} {least.phase} at batch {least.batch} and length "
            f"{least.sequence_length} {reason}"
        )
        raise InputError.at(study, rule)


def _too_large(shape: Shape, backend: Backend) -> str:
    needed, room = shape.elements * backend.item_bytes, backend.room()
    if needed <= room:
        return ""
    return f"needs {quantity(needed, 'byte')}, there is room for {quantity(room, 'byte')}"


def _measure_ceilings(backend: Backend, terms: Terms, clock: Clock) -> Ceilings:
    """Measure both ceilings, as large as the memory allows."""
    square = _largest(backend, backend.square, lambda size: 3 * size * size * backend.item_bytes)
    product = backend.product(Shape(count=1, m=square, n=square, k=square))
    peak = Ceiling.of(square, _sample_held(product, terms, clock))
    size = _largest(backend, backend.copy_bytes, lambda size: 2 * size)
    copied = Ceiling.of(size, _sample_held(backend.copy(size), terms, clock))
    read = Ceiling.of(size, _sample_held(backend.read(size), terms, clock))
    return Ceilings(product=peak, copied=copied, read=read)


def _sample_held(held: AbstractContextManager[Run], terms: Terms, clock: Clock) -> Sample:
    try:
        with held as run:
            return sample(lambda: run(True), least=terms.repetitions, clock=clock)
    except DoesNotFitError as error:
        rule = "the memory ran out while its ceilings were measured"
        raise InputError.at("device", rule) from error


def _largest(backend: Backend, size: int, needed: Callable[[int], int]) -> int:
    room = backend.room()
    while needed(size) > room and size > _SMALLEST:
        size //= 2
    return size


def _list_waiting(
    tasks: Sequence[Task],
    backend: Backend,
    ceilings: Ceilings,
    rows: Sequence[MeasuredRow],
    terms: Terms,
) -> list[_Waiting]:
    """What is still to be measured, cheapest first: an early end loses the fewest rows."""
    known = {(row.shape, row.flushed) for row in rows}
    waiting = []
    for task in tasks:
        flushes = tuple(flush for flush in terms.flushes if (task.shape, flush) not in known)
        if flushes:
            once = ceilings.minimum_seconds(task.shape, backend.item_bytes)
            weight = len(flushes) * (_OVERHEAD + (1 + terms.repetitions) * once)
            waiting.append(_Waiting(task=task, flushes=flushes, weight=weight))
    return sorted(waiting, key=lambda each: each.weight)


def _measure_task(
    waiting: _Waiting,
    backend: Backend,
    journal: Journal,
    terms: Terms,
    clock: Clock,
    *,
    device: str,
) -> str:
    """Measure one product; give the reason why not where that fails."""
    task = waiting.task
    try:
        with backend.product(task.shape) as run:
            for flushed in waiting.flushes:
                times = sample(partial(run, flushed), least=terms.repetitions, clock=clock)
                row = MeasuredRow.of(
                    task, times, dtype=backend.dtype, device=device, flushed=flushed
                )
                journal.keep(row)
    except DoesNotFitError:
        return "the memory ran out"
    return ""
