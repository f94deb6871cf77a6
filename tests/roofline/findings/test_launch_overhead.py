"""The finding on launch overhead: made where the card is calibrated, and true there."""

import dataclasses
from typing import Any

import pytest

from roofline.findings.finding import Finding
from roofline.findings.launch_overhead import launch_overhead
from roofline.latency.calibration import load_calibration
from roofline.latency.law import latency
from roofline.latency.prediction import overhead_threshold
from roofline.study.records import point_records
from roofline.study.study import Study, load_study

FLAGSHIP = load_study()
CALIBRATION = load_calibration("a100-80gb-pcie")


def changed(**file: Any) -> Study:
    """The flagship with other fields in its file."""
    return dataclasses.replace(FLAGSHIP, file=FLAGSHIP.file.model_copy(update=file))


def made(**file: Any) -> Finding:
    """The finding of such a study."""
    found = launch_overhead(changed(**file))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "file",
    [
        {"accelerator": "a100-80gb-sxm"},
        {"accelerator": "h100-80gb-sxm"},
        {"choices": {"attention": "fused"}},
        {"storage": {"weight": 0.5}},
    ],
)
def test_without_a_calibration_it_is_not_made(file: dict[str, Any]) -> None:
    assert launch_overhead(changed(**file)) is None


def test_it_counts_the_points_of_the_data() -> None:
    ruled = [one for one in point_records(FLAGSHIP) if one["predicted_bound"] == "overhead"]
    found = made()
    assert found.headline.value == len(ruled)
    assert (found.bound, found.headline.kind) == ("overhead", "predicted")
    assert set(found.series) == {one["series"] for one in ruled}
    tokens = max(one["batch"] * one["sequence_length"] for one in ruled if one["phase"] == "ar")
    assert found.number("qk-pv-ar-tokens").value == tokens


def test_where_nothing_is_ruled_it_says_so() -> None:
    """At batch 64 and length 8192 everything moves or computes for long."""
    found = made(batches=(64,), lengths=(8192,))
    assert found.claim.startswith(
        "Run alone, none of the 6 points is predicted to be overhead-bound"
    )
    assert (found.bound, found.headline.value, found.series) == ("both", 0, ())


def test_a_single_point_is_one() -> None:
    """Decode attention alone, at b s = 2048."""
    found = made(batches=(16,), lengths=(128,))
    assert found.claim == (
        "Run alone, 1 of the 6 points is predicted to be overhead-bound: attention products up to "
        "2,048 tokens in decode, batch times length"
    )


def test_it_says_that_a_stream_hides_launches() -> None:
    found = made()
    low, high, least = (found.number(f"step-{key}") for key in ("low", "high", "minimum"))
    assert least.value < low.value < high.value
    assert high.value - low.value == pytest.approx(541 * CALIBRATION.values.launch)
    assert (least.kind, low.kind) == ("attainable", "predicted")
    assert "stream" in found.verdict


@pytest.mark.parametrize("times", [0.5, 1.0, 9.0])
def test_at_the_threshold_moving_takes_its_multiple_of_the_overhead(times: float) -> None:
    """A matrix read by one row: nearly all of its traffic is read, below the L2 and above."""
    found = overhead_threshold(CALIBRATION, "fp16", times)
    n = found.bytes / 2 / 128
    n = round(n / 8) * 8
    time = latency(CALIBRATION.values, CALIBRATION.device("fp16"), count=1, m=1, n=n, k=128)
    assert float(time.overhead) == pytest.approx(found.seconds)
    assert float(time.memory) == pytest.approx(times * found.seconds, rel=0.02)
    assert found.flops == pytest.approx(
        times * found.seconds * CALIBRATION.values.compute_share * 312e12
    )
