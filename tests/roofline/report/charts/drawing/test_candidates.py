"""Drawn curves of candidate tokens are those of the spec."""

import numpy as np

from drawings import by_gid, drawn_axes, odd_data
from roofline.report.charts.plans.candidates import intensity_plan, speed_up_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import SpeedUps


def test_rings_lie_on_the_ridge(flagship: StudyData) -> None:
    found = by_gid(drawn_axes(intensity_plan(flagship)))
    rings = np.asarray(found["crossings"].get_offsets())
    np.testing.assert_allclose(sorted(rings[:, 0]), [166.8 / 16, 169.5 / 16], rtol=1e-3)
    np.testing.assert_allclose(rings[:, 1], 312e12 / 1.935e12, rtol=1e-12)


def test_lines_and_rings_are_those_of_every_batch(flagship: StudyData) -> None:
    plan = speed_up_plan(flagship)
    assert isinstance(plan.spec, SpeedUps)
    found = by_gid(drawn_axes(plan))
    for gains in plan.spec.batches:
        assert gains.predicted is not None
        assert gains.best_predicted is not None
        for name, role, values, best in (
            ("attainable", "ink", gains.attainable, gains.best),
            ("predicted", "compute", gains.predicted[0], gains.best_predicted),
        ):
            drawn = found[f"{name}-{gains.batch}"].get_ydata()
            np.testing.assert_allclose(drawn, values, rtol=1e-12)
            ring = np.asarray(found[f"best-{role}-{gains.batch}"].get_offsets())
            np.testing.assert_allclose(ring, [[best.candidates, drawn.max()]], rtol=1e-12)


def test_nothing_predicted_is_drawn_without_a_calibration() -> None:
    data = odd_data(model="llama-3-8b", storage={"weight": "int8"})
    axes = drawn_axes(speed_up_plan(data))
    assert not any("predicted" in gid for gid in by_gid(axes))
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["attainable"]
