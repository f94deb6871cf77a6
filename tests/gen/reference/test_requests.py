"""The page on whole requests: its sentences follow from its numbers."""

import pytest

from gen.reference import requests
from roofline.latency.calibration import all_calibrations
from roofline.latency.end_to_end import published_requests
from roofline.study.study import load_study


def test_every_request_is_on_the_page_with_its_source() -> None:
    rows, sources = requests.rows(), requests.published()
    assert len(rows) == len(sources) == len(published_requests())
    for row, source in zip(rows, sources, strict=True):
        assert row["name"] == source["name"]
        assert " to " in row["range"]
        assert row["ratio"] == pytest.approx(row["predicted"] / row["measured"])
        assert str(source["where"]).startswith('<a href="https://')


def test_the_claims_of_the_page_hold() -> None:
    """Generating as predicted, first tokens later, and later still where nothing is fused."""
    low, high = requests.ratios(requests.generated())
    assert 0.9 < low < high < 1.1
    assert requests.ratios(requests.prefills())[1] < 1
    assert requests.unfused().ratio < 0.8
    assert len(requests.generated()) + len(requests.prefills()) + 1 == len(requests.requests())
    inside = [one.low <= one.measured <= one.high for one in requests.requests()]
    assert requests.inside() == sum(inside) > len(inside) / 2


def test_a_graph_starts_kernels_sooner() -> None:
    replay = requests.replay(load_study().deployment)
    assert replay.card == "NVIDIA H100 80GB SXM"
    names = ("h100-80gb-sxm-stream", "h100-80gb-sxm-stream-graph")
    assert replay.launch == tuple(all_calibrations()[name].values.launch for name in names)
    assert replay.launch[1] < replay.launch[0]
    assert replay.seconds[1] < replay.seconds[0]
    assert replay.launches == 963
