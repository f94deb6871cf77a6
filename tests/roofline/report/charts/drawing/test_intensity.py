"""Drawn curves ring their crossings."""

import numpy as np

from drawings import by_gid, drawn_axes
from roofline.report.charts.plans.intensity import batch_plan, length_plan
from roofline.report.charts.plans.series import StudyData


def test_intensity_charts_ring_the_crossings(flagship: StudyData) -> None:
    axes = drawn_axes(batch_plan(flagship))
    (ring,) = [one for gid, one in by_gid(axes).items() if gid.startswith("crossing")]
    np.testing.assert_allclose(np.asarray(ring.get_offsets())[:, 0], [166.8, 169.5], rtol=1e-3)
    assert axes.get_xlim()[1] > 2 * 169.5
    assert "b = 166.8 and 169.5" in {text.get_text() for text in axes.texts}
    axes = drawn_axes(length_plan(flagship))
    assert any(text.get_text() == "s = 322.5" for text in axes.texts)
