"""Shares of a step's time add up, and the title names the one that moves most."""

from collections import defaultdict

import numpy as np
import pytest

from drawings import odd_data
from roofline.model.operators import PHASES, Phase
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.plans.time import time_plan
from roofline.report.charts.spec import Plan, StepTimes


def _spec(plan: Plan) -> StepTimes:
    assert isinstance(plan.spec, StepTimes)
    return plan.spec


@pytest.mark.parametrize("phase", PHASES)
def test_shares_of_time_add_up(flagship: StudyData, phase: Phase) -> None:
    for panel in _spec(time_plan(flagship, phase)).panels:
        np.testing.assert_allclose(panel.shares.sum(axis=0), 1, rtol=1e-12)
        np.testing.assert_allclose(
            np.sum([band.seconds for band in panel.bands], axis=0), panel.seconds, rtol=1e-12
        )


@pytest.mark.parametrize("phase", PHASES)
def test_the_data_add_up_too(flagship: StudyData, phase: Phase) -> None:
    columns = {column.name: column.values for column in time_plan(flagship, phase).table.columns}
    parts: dict[tuple[float, float], dict[str, float]] = defaultdict(dict)
    steps = {}
    for batch, length, series, seconds, step in zip(
        *(columns[name] for name in ("batch", "sequence_length", "series", "seconds")),
        columns["step_seconds"],
        strict=True,
    ):
        parts[batch, length][series] = seconds
        steps[batch, length] = step
    for setting, step in steps.items():
        assert sum(parts[setting].values()) == pytest.approx(step, rel=1e-12)


def test_the_ticks_are_among_the_samples(flagship: StudyData) -> None:
    """Times are written over them."""
    for panel in _spec(time_plan(flagship, "ar")).panels:
        assert panel.ticks
        assert set(panel.ticks) <= set(panel.x)
        assert (panel.x[0], panel.x[-1]) == (min(panel.x), max(panel.x))
    odd = _spec(time_plan(odd_data(batches=[3], lengths=[1000]), "ar"))
    assert [panel.x[0] for panel in odd.panels] == [3, 1000]


def test_series_that_the_reference_chart_leaves_out_share_colours(flagship: StudyData) -> None:
    (panel, _) = _spec(time_plan(flagship, "ar")).panels
    colours = {band.series: band.role.colour for band in panel.bands}
    assert colours["qk/pv"] == "brown"
    assert [colours[name] for name in ("attention output", "lm_head")] == ["other-1", "other-2"]
    assert len(set(colours.values())) == len(colours)


def test_the_title_says_which_share_grows(flagship: StudyData) -> None:
    plan = time_plan(flagship, "ar")
    assert plan.slug == "time-decode"
    assert "of a decode step's minimum time" in plan.title
    spec = _spec(plan)
    assert spec.step == "decode step"
    name = plan.title.split(", ")[-1].split(" goes from ")[0]
    moves = {
        band.name.lower(): float(abs(panel.shares[place, -1] - panel.shares[place, 0]))
        for panel in spec.panels
        if plan.title.startswith(f"From {panel.vary}")
        for place, band in enumerate(panel.bands)
    }
    assert moves[name.lower()] >= 0.5 * max(moves.values())
    assert time_plan(flagship, "init").slug == "time-prefill"


def test_candidates_are_said_where_decode_takes_them() -> None:
    data = odd_data(candidates=[64])
    assert "Decode takes 64 candidate tokens a step." in time_plan(data, "ar").caption
    assert "candidate" not in time_plan(data, "init").caption
