"""Charts drawn for tests, whose artists are read back."""

from typing import Any

from matplotlib.axes import Axes

from gen import svg
from gen.charts.chart import blank
from roofline.study import Study, StudyFile, load_study


def odd_study(**changes: Any) -> Study:
    """The flagship with other fields in its file."""
    given = load_study().file.model_dump() | changes
    return Study(identifier="odd-study", file=StudyFile.model_validate(given))


def drawn_axes(plan: Any, **options: Any) -> Axes:
    """The first axes of a plan, drawn on its wide sheet."""
    canvas = blank(plan, **options)
    with svg.style():
        plan.draw(canvas)
        canvas.figure.draw_without_rendering()
    return canvas.figure.axes[0]


def by_gid(axes: Axes) -> dict[str, Any]:
    """The marked artists of a chart."""
    return {str(child.get_gid()): child for child in axes.get_children() if child.get_gid()}
