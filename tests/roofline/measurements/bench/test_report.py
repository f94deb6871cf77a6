"""What is written beside the rows."""

from pathlib import Path

import pytest

from devices import FakeBackend, dot, go
from measurements import HEADER
from roofline.measurements.bench.report import above_ceilings
from roofline.measurements.bench.rows import MeasuredRow
from roofline.measurements.bench.timing import Sample
from roofline.study.repository import EXAMPLES


def test_a_row_above_the_measured_ceilings_is_noted(path: Path) -> None:
    """1,000 FLOP at 1,000 FLOP/s take 1 s; a row of 0.8 s is at 1.25 of attainable."""
    outcome, _ = go(path, FakeBackend())
    fast = Sample(seconds=0.8, seconds_low=0.8, seconds_high=0.8, repetitions=3)
    row = MeasuredRow.of(dot(500), fast, dtype="fp32", device="Made-up 1", flushed=True)
    (above,) = above_ceilings([row], outcome.ceilings, 4)
    assert above == {
        "count": 1,
        "m": 1,
        "n": 1,
        "k": 500,
        "flushed": True,
        "fraction_of_attainable": pytest.approx(1.25),
    }


def test_the_header_of_a_bench_is_that_of_these_tests() -> None:
    """So that what is tested here is what `roofline bench` writes."""
    header = (EXAMPLES / "tinyllama-cpu-2-threads.csv").read_text(encoding="utf-8").splitlines()[0]
    assert set(HEADER.split(",")) <= set(header.split(","))
