"""The finding on launch overhead: made where the card is calibrated, and true there."""

import dataclasses
from typing import Any

import pytest

from roofline.findings.finding import Finding
from roofline.findings.launch_overhead import launch_overhead
from roofline.latency.carried_over import load_calibration
from roofline.latency.law import overhead_threshold, predict_products
from roofline.study.records import point_records
from roofline.study.study import Study, load_study

FLAGSHIP = load_study()
CALIBRATION = load_calibration("a100-80gb-pcie")


def changed(**file: Any) -> Study:
    """The flagship with other fields in its file."""
    return dataclasses.replace(FLAGSHIP, file=FLAGSHIP.file.model_copy(update=file))


def made(**file: Any) -> Finding:
    """The finding of such a study."""
    finding = launch_overhead(changed(**file))
    assert finding is not None
    return finding


@pytest.mark.parametrize(
    "file",
    [
        {"storage": {"weight": 0.5}},
        {"storage": {"kv-cache": "fp8"}},
    ],
)
def test_without_a_calibration_it_is_not_made(file: dict[str, Any]) -> None:
    assert launch_overhead(changed(**file)) is None


def test_it_counts_the_points_of_the_data() -> None:
    ruled = [
        record for record in point_records(FLAGSHIP) if record["predicted_bound"] == "overhead"
    ]
    finding = made()
    assert finding.headline.value == len(ruled)
    assert (finding.bound, finding.headline.kind) == ("overhead", "predicted")
    assert set(finding.series) == {record["series"] for record in ruled}
    tokens = max(
        record["batch"] * record["sequence_length"] for record in ruled if record["phase"] == "ar"
    )
    assert finding.number("qk-pv-ar-tokens").value == tokens


def test_where_nothing_is_ruled_it_says_so() -> None:
    """At batch 64 and length 8192 everything moves or computes for long."""
    finding = made(batches=(64,), lengths=(8192,))
    assert finding.claim.startswith(
        "Run alone, none of the 6 points is predicted to be overhead-bound"
    )
    assert (finding.bound, finding.headline.value, finding.series) == ("both", 0, ())


def test_a_single_point_is_one() -> None:
    """Decode attention alone, at b s = 2048."""
    finding = made(batches=(16,), lengths=(128,))
    assert finding.claim == (
        "Run alone, 1 of the 6 points is predicted to be overhead-bound: attention products up to "
        "2,048 tokens in decode, batch times length"
    )


def test_it_says_that_a_stream_hides_launches() -> None:
    finding = made()
    low, high, least = (finding.number(f"step-{key}") for key in ("low", "high", "minimum"))
    assert least.value < low.value < high.value
    # As wide as the error e that nine in ten products stay within: t/(1 + e) to t/(1 - e).
    error = load_calibration("a100-80gb-pcie", "stream").errors.held_out["all"].p90
    assert high.value / low.value == pytest.approx((1 + error) / (1 - error))
    assert (least.kind, low.kind) == ("attainable", "predicted")
    assert "stream" in finding.verdict


@pytest.mark.parametrize("times", [0.5, 1.0, 9.0])
def test_at_the_threshold_moving_takes_its_multiple_of_the_overhead(times: float) -> None:
    """A matrix read by one row: nearly all of its traffic is read, below the L2 and above."""
    threshold = overhead_threshold(CALIBRATION.values, CALIBRATION.device("fp16"), times)
    n = threshold.bytes / 2 / 128
    n = round(n / 8) * 8
    time = predict_products(
        CALIBRATION.values, CALIBRATION.device("fp16"), count=1, m=1, n=n, k=128
    )
    assert float(time.overhead) == pytest.approx(threshold.seconds)
    assert float(time.memory) == pytest.approx(times * threshold.seconds, rel=0.02)
    assert threshold.flops == pytest.approx(
        times * threshold.seconds * CALIBRATION.values.compute_share * 312e12
    )
