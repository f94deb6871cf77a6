"""Drawing ahead fills the cache with what the pages show, and no more."""

from pathlib import Path

import pytest

from gen.link_images import preview
from roofline import __version__
from roofline.report.charts import library as charts
from roofline.report.charts.output import cache
from roofline.report.charts.output import parallel as drawing
from roofline.report.pages.study_view import StudyView
from roofline.study.study import load_study


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "FOLDER", tmp_path)


def test_jobs_draw_what_the_pages_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of each kind; afterwards nothing of it is drawn again."""
    study = load_study()
    view = StudyView(study=study)
    jobs = drawing._jobs(view)  # noqa: SLF001  # what processes are given
    assert len(jobs) == len(set(jobs)) == 1 + len(view.series) + len(view.findings)
    assert not charts.drawn(study, __version__)
    for job in (jobs[0], jobs[len(view.series)], jobs[-1]):
        drawing._draw(job)  # noqa: SLF001  # as above
    assert charts.drawn(study, __version__)

    def refuse(*_: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr(charts, "finished", refuse)
    monkeypatch.setattr(preview, "draw_card", refuse)
    assert view.charts
    assert charts.candidate_charts(study, __version__)
    assert view.series[0].chart.svg
    assert view.findings[0].files()


def test_processes_draw_a_study_that_is_missing() -> None:
    """In two processes, which begin anew and import what they need."""
    view = StudyView(study=load_study())
    assert drawing.draw_ahead([view], processes=2) == len(drawing._jobs(view))  # noqa: SLF001  # as above
    assert charts.drawn(view.study, __version__)


def test_nothing_is_given_out_without_need() -> None:
    """One process, or a cache that holds the study's charts."""
    view = StudyView(study=load_study())
    assert drawing.draw_ahead([view], processes=1) == 0
    charts.study_charts(view.study, __version__)
    assert drawing.draw_ahead([view], processes=2) == 0


def test_a_machine_without_processes_draws_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox may refuse the semaphores that a pool needs."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no semaphores")

    monkeypatch.setattr(drawing, "ProcessPoolExecutor", refuse)
    assert drawing.draw_ahead([StudyView(study=load_study())], processes=2) == 0


def test_the_job_of_a_broken_study_leaves_the_error_to_the_page() -> None:
    """What is wrong is told once, when the page is rendered."""
    drawing._draw(("nowhere", "study", ""))  # noqa: SLF001  # as above
