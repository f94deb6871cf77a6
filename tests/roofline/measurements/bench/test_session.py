"""A run: its order, limits and interruptions."""

from pathlib import Path

import pytest

from devices import TASKS, FakeBackend, dot, go, interrupt, out_of_memory
from roofline.errors import InputError
from roofline.measurements.bench.report import rows_csv
from roofline.measurements.bench.rows import MeasuredRow
from roofline.measurements.bench.session import Progress, Terms, refuse_if_nothing_fits


def lengths(rows: list[MeasuredRow]) -> list[int]:
    """The k of each row."""
    return [row.k for row in rows]


def test_the_cheapest_product_comes_first_but_the_file_keeps_the_studys_order(path: Path) -> None:
    """The copy's bandwidth, 2²¹ byte in 1/8 s, is so high that work alone decides."""
    outcome, rows = go(path, FakeBackend())
    assert outcome.ceilings.peak == pytest.approx(1_000)
    assert outcome.ceilings.bandwidth == 2**24
    assert lengths(rows) == [500, 1_000, 1_500]
    assert [row.seconds for row in rows] == [1, 2, 3]
    assert not outcome.skipped
    assert not outcome.out_of_time
    header, *lines = rows_csv(TASKS, rows).splitlines()
    assert header == (
        "count,m,n,k,dtype,device,flushed,seconds,seconds_low,seconds_high,repetitions,"
        "series,phase,batch,sequence_length,candidates,kernel"
    )
    assert lines[0] == "1,1,1,1500,fp32,Made-up 1,true,3.0,3.0,3.0,3,qk/pv,ar,1,1500,1,pv"
    assert [line.split(",")[3] for line in lines] == ["1500", "500", "1000"]


def test_both_ways_are_two_rows(path: Path) -> None:
    """Without the flush the made-up device is twice as fast."""
    _, rows = go(path, FakeBackend(), Terms(repetitions=3, flushes=(True, False)))
    assert [(row.k, row.flushed, row.seconds) for row in rows[:2]] == [
        (500, True, 1.0),
        (500, False, 0.5),
    ]
    assert len(rows) == 6


def test_a_second_way_adds_to_the_first(path: Path) -> None:
    go(path, FakeBackend())
    backend = FakeBackend()
    _, rows = go(path, backend, Terms(repetitions=3, flushes=(True, False)))
    assert len(rows) == 6
    assert {flush for _, flush in backend.runs} == {False}


@pytest.mark.parametrize("press", range(1, 17))
def test_an_interrupted_run_goes_on_without_losing_or_repeating_rows(
    path: Path, press: int
) -> None:
    """4 runs of each ceiling, the copy and the read in 1/8 s, then 4 of each product."""
    backend = FakeBackend()
    backend.before = interrupt(press)
    with pytest.raises(KeyboardInterrupt):
        go(path, backend)
    kept = max(0, (press - 5) // 4)
    backend = FakeBackend()
    _, rows = go(path, backend)
    assert lengths(rows) == [500, 1_000, 1_500]
    assert len(backend.runs) == 4 * (3 - kept)
    assert backend.now == pytest.approx(
        (press <= 4) * (4 * 8.192 + 1.0) + 4 * sum((1, 2, 3)[kept:])
    )


def test_what_does_not_fit_is_skipped_before_it_is_tried(path: Path) -> None:
    """1,500 multiply-adds need 3,001 elements of 4 byte: 12,004 byte."""
    backend = FakeBackend(space=12_003)
    outcome, rows = go(path, backend)
    assert lengths(rows) == [500, 1_000]
    assert [(skipped.task.shape.k, skipped.reason) for skipped in outcome.skipped] == [
        (1_500, "needs 12.0 kB, there is room for 12.0 kB")
    ]
    assert not outcome.out_of_time
    assert 1_500 not in {shape.k for shape, _ in backend.runs}


def test_the_ceilings_shrink_to_the_memory(path: Path) -> None:
    """Two copies of 2¹² byte fit into 12,003; two of 2¹³ do not."""
    outcome, _ = go(path, FakeBackend(space=12_003))
    assert outcome.ceilings.copied.size == 2**12


def test_a_product_that_runs_out_of_memory_is_skipped(path: Path) -> None:
    backend = FakeBackend()
    backend.before = out_of_memory(dot(1_000).shape)
    outcome, rows = go(path, backend)
    assert lengths(rows) == [500, 1_500]
    assert [skipped.reason for skipped in outcome.skipped] == ["the memory ran out"]


def test_a_study_of_which_nothing_fits_is_refused() -> None:
    """500 multiply-adds need 1,001 elements: 4,004 byte."""
    refuse_if_nothing_fits(TASKS, FakeBackend(space=4_004), "made-up")
    with pytest.raises(InputError) as error:
        refuse_if_nothing_fits(TASKS, FakeBackend(space=4_000), "made-up")
    assert str(error.value) == (
        "made-up: none of its 3 products fits in the memory of this device; even pv of "
        "qk/pv ar at batch 1 and length 500 needs 4.00 kB, there is room for 4.00 kB"
    )
    with pytest.raises(InputError, match="nothing to measure"):
        refuse_if_nothing_fits((), FakeBackend(), "made-up")


def test_a_limit_of_time_leaves_the_rest_for_later(path: Path) -> None:
    """Ceilings of 4 · 8.192 + 4 / 8 = 33.268 s, then 4 s; the next 8.02 exceed the last 2.7."""
    outcome, rows = go(path, FakeBackend(), Terms(repetitions=3, flushes=(True,), seconds=40))
    assert lengths(rows) == [500]
    assert outcome.out_of_time
    assert {skipped.reason for skipped in outcome.skipped} == {"not begun within 40.0 s"}
    assert len(outcome.skipped) == 2
    outcome, rows = go(path, FakeBackend())
    assert lengths(rows) == [500, 1_000, 1_500]
    assert not outcome.out_of_time


def test_the_remaining_time_follows_the_pace(path: Path) -> None:
    """Weights 0.02 + 4 t: 4.02, 8.02, 12.02; 4 s for the first, 12 s for the first two."""
    shown: list[Progress] = []
    go(path, FakeBackend(), show=shown.append)
    assert [(step.done, step.total) for step in shown] == [(0, 3), (0, 3), (1, 3), (2, 3)]
    assert [step.remaining for step in shown[:2]] == [None, None]
    assert shown[2].remaining == pytest.approx(4 / 4.02 * 20.04)
    assert shown[3].remaining == pytest.approx(12 / 12.04 * 12.02)
