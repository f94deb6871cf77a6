"""Pages of a study for tests: all but their charts' drawings and typeset formulas."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from roofline.report.charts import gallery
from roofline.report.charts.output.chart import Chart
from roofline.report.charts.spec import Origin, Plan
from roofline.report.pages import render
from roofline.report.pages.fragments import Fragments
from roofline.report.pages.render import Renderer
from roofline.report.pages.study_pages import render_study
from roofline.report.pages.study_view import StudyView
from roofline.study.study import Study


@contextmanager
def undrawn() -> Iterator[pytest.MonkeyPatch]:
    """Make charts without their drawings, which takes a second each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gallery, "make_chart", _undrawn_chart)
        yield patch


def _undrawn_chart(plan: Plan, origin: Origin) -> Chart:
    return Chart(
        slug=plan.slug,
        title=plan.title,
        description=plan.description,
        caption=plan.caption,
        spec=plan.spec,
        svg=b"",
        png=b"",
        inline="<svg></svg>",
        csv=plan.table.csv(),
        json=plan.table.json(origin, plan.title),
        views=plan.views,
        mark=plan.slug,
    )


def study_renderer(view: StudyView) -> Renderer:
    """What renders the pages of a study that stands alone."""
    return Renderer(fragments=Fragments(), values={"flagship": view, "version": "dev"})


def study_pages(study: Study) -> dict[str, str]:
    """Every page and file of a study, by path under docs/; formulas stay in TeX."""
    view = StudyView(study=study)
    renderer = study_renderer(view)
    with undrawn() as patch:
        patch.setattr(render, "typeset", lambda tex, display: f"${tex}$")  # noqa: ARG005  # as called
        files = render_study(view, renderer)
    return {path: renderer.fragments.insert(file.content.decode()) for path, file in files.items()}
