"""A run: its order, limits, interruptions and what is left of it."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from devices import FakeBackend, dot, interrupt, out_of_memory
from roofline.errors import InputError
from roofline.measurements.bench.journal import Journal
from roofline.measurements.bench.plan import Task
from roofline.measurements.bench.report import above_ceilings, rows_csv
from roofline.measurements.bench.rows import Ceiling, Ceilings, MeasuredRow
from roofline.measurements.bench.session import (
    Outcome,
    Progress,
    Terms,
    measure,
    refuse_if_nothing_fits,
)
from roofline.measurements.bench.timing import Sample

TASKS = (dot(1_500), dot(500), dot(1_000))  # 3, 1 and 2 s
SUBJECT = {"study": "made-up", "device": "Made-up 1", "backend": "fake"}
STARTED = "2026-01-02T03:04:05+00:00"
PLAIN = Terms(repetitions=3, flushes=(True,))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the journal lies."""
    return tmp_path / "own.csv.journal"


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


def test_the_bandwidth_is_the_faster_of_copy_and_read() -> None:
    """A copy of 100 byte in 1 s moves 200 byte/s; a read of 100 in 0.4 s reads 250 byte/s."""
    given: dict[str, Any] = {"seconds_low": 1.0, "seconds_high": 1.0, "repetitions": 3}
    product = Ceiling(size=10, seconds=1.0, **given)
    copied = Ceiling(size=100, seconds=1.0, **given)
    for seconds, expected in ((0.4, 250.0), (0.6, 200.0)):
        read = Ceiling(size=100, seconds=seconds, **given)
        assert Ceilings(product=product, copied=copied, read=read).bandwidth == expected


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


def test_a_journal_cut_anywhere_goes_on_to_the_same_rows(path: Path) -> None:
    _, rows = go(path, FakeBackend())
    whole, expected = path.read_bytes(), rows_csv(TASKS, rows)
    for end in range(0, len(whole), 13):
        path.write_bytes(whole[:end])
        _, rows = go(path, FakeBackend())
        assert rows_csv(TASKS, rows) == expected
        assert path.read_bytes() == whole


@pytest.mark.parametrize("tail", [b"{", b"\0" * 80, b'{"measured": {}}\n', b"\xff\xfe\n", b"[]"])
def test_a_damaged_last_line_is_dropped(path: Path, tail: bytes) -> None:
    go(path, FakeBackend())
    whole = path.read_bytes()
    path.write_bytes(whole + tail)
    backend = FakeBackend()
    _, rows = go(path, backend)
    assert len(rows) == 3
    assert not backend.runs
    assert path.read_bytes() == whole


def test_damage_elsewhere_is_refused_with_its_line(path: Path) -> None:
    go(path, FakeBackend())
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], b"damage\n", *lines[3:]]))
    with pytest.raises(InputError, match=r"line 3: damaged; --no-resume measures everything"):
        go(path, FakeBackend())


def test_another_device_or_study_is_refused_and_both_are_named(path: Path) -> None:
    Journal.resume(path, SUBJECT, STARTED).close()
    before = path.read_bytes()
    with pytest.raises(InputError) as error:
        Journal.resume(path, SUBJECT | {"device": "Made-up 2", "study": "other"}, STARTED)
    message = str(error.value)
    assert 'study: the rows kept so far are of "made-up", this run is of "other"' in message
    assert 'device: the rows kept so far are of "Made-up 1", this run is of "Made-up 2"' in message
    assert "different study and device: name another --output" in message
    assert path.read_bytes() == before


def test_a_journal_of_another_schema_is_refused(path: Path) -> None:
    path.write_text('{"header": {"schema": "x/2", "started": "", "subject": {}}}\n{}\n')
    with pytest.raises(InputError, match=r'schema "roofline.bench-journal/1", got "x/2"'):
        Journal.resume(path, SUBJECT, STARTED)


def test_a_journal_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        Journal.resume(tmp_path / "file" / "journal", SUBJECT, STARTED)
    with pytest.raises(InputError, match="cannot be read"):
        Journal.resume(tmp_path, SUBJECT, STARTED)


def test_the_journal_says_when_and_what(path: Path) -> None:
    """A later run does not change when the first began."""
    go(path, FakeBackend())
    with closing(Journal.resume(path, SUBJECT, "later")) as journal:
        assert journal.started == STARTED
        assert journal.subject == SUBJECT
    header = json.loads(path.read_text().splitlines()[0])["header"]
    assert header["schema"] == "roofline.bench-journal/1"


def test_what_does_not_fit_is_skipped_before_it_is_tried(path: Path) -> None:
    """1,500 multiply-adds need 3,001 elements of 4 byte: 12,004 byte."""
    backend = FakeBackend(space=12_003)
    outcome, rows = go(path, backend)
    assert lengths(rows) == [500, 1_000]
    assert [(one.task.shape.k, one.reason) for one in outcome.skipped] == [
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
    assert [one.reason for one in outcome.skipped] == ["the memory ran out"]


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
    assert {one.reason for one in outcome.skipped} == {"not begun within 40.0 s"}
    assert len(outcome.skipped) == 2
    outcome, rows = go(path, FakeBackend())
    assert lengths(rows) == [500, 1_000, 1_500]
    assert not outcome.out_of_time


def test_the_remaining_time_follows_the_pace(path: Path) -> None:
    """Weights 0.02 + 4 t: 4.02, 8.02, 12.02; 4 s for the first, 12 s for the first two."""
    shown: list[Progress] = []
    go(path, FakeBackend(), show=shown.append)
    assert [(one.done, one.total) for one in shown] == [(0, 3), (0, 3), (1, 3), (2, 3)]
    assert [one.remaining for one in shown[:2]] == [None, None]
    assert shown[2].remaining == pytest.approx(4 / 4.02 * 20.04)
    assert shown[3].remaining == pytest.approx(12 / 12.04 * 12.02)


def test_a_row_above_the_measured_ceilings_is_noted(path: Path) -> None:
    """1,000 FLOP at 1,000 FLOP/s take 1 s; a row of 0.8 s is at 1.25 of attainable."""
    outcome, _ = go(path, FakeBackend())
    fast = Sample(seconds=0.8, seconds_low=0.8, seconds_high=0.8, repetitions=3)
    row = MeasuredRow.of(dot(500), fast, dtype="fp32", device="Made-up 1", flushed=True)
    (found,) = above_ceilings([row], outcome.ceilings, 4)
    assert found == {
        "count": 1,
        "m": 1,
        "n": 1,
        "k": 500,
        "flushed": True,
        "fraction_of_attainable": pytest.approx(1.25),
    }
