"""Drawing ahead: what the cache lacks is drawn in several processes before pages are rendered.

Nothing depends on it: what is not drawn here is drawn when a page asks for it.
"""

import logging
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Literal

from roofline.errors import InputError
from roofline.report.charts import library as charts
from roofline.report.charts.output import cache as charts_cache
from roofline.report.pages.study_view import StudyView
from roofline.study.study import load_study
from roofline.version import __version__

Kind = Literal["study", "series", "finding"]
Job = tuple[str, Kind, str]
"""Identifier of a study, what kind of thing to draw of it, and which: a label or a slug."""

_log = logging.getLogger("mkdocs.plugins.drawing")
_MOST_PROCESSES = 8
"""Each takes a second to start, and few studies have more to draw."""


def draw_ahead(studies: Sequence[StudyView], processes: int | None = None) -> int:
    """Fill the cache with what the pages of some studies show.

    Args:
        studies: Studies of the repository.
        processes: How many to draw in; as many as there are processors by default.

    Returns:
        How many jobs were given out: none where the cache holds the studies already, or where
        there is one processor.
    """
    processes = processes or min(len(_processors()), _MOST_PROCESSES)
    missing = [view for view in studies if not charts.drawn(view.study, __version__)]
    if processes < 2 or not missing:  # noqa: PLR2004  # one process draws as fast here
        return 0
    jobs = [job for view in missing for job in _jobs(view)]
    # Byte code written into a watched folder would start a second build; processes inherit this.
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    try:
        # Not a fork: a preview has threads, which a fork would leave hanging.
        with ProcessPoolExecutor(
            processes,
            mp_context=get_context("spawn"),
            initializer=_start,
            initargs=(charts_cache.FOLDER,),
        ) as pool:
            list(pool.map(_draw, jobs))
    except (OSError, NotImplementedError, BrokenProcessPool) as error:
        _log.info("Pages draw for themselves, without processes: %s", error)
        return 0
    return len(jobs)


def _processors() -> Sequence[int] | set[int]:
    """Processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return range(os.cpu_count() or 1)


def _jobs(view: StudyView) -> list[Job]:
    """What there is to draw of a study; last what tells that all is there."""
    return [
        *((view.id, "series", one.label) for one in view.series),
        *((view.id, "finding", one.finding.slug) for one in view.findings),
        (view.id, "study", ""),
    ]


def _start(folder: Path) -> None:
    """Draw into a folder, leave Ctrl-C to the process that asked, and end with it."""
    charts_cache.FOLDER = folder
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@cache
def _view(identifier: str) -> StudyView:
    """One study for all jobs of a process."""
    return StudyView(study=load_study(identifier))


def _draw(job: Job) -> None:
    """Do one job; what a study or a page does wrong is told when it is rendered."""
    identifier, kind, name = job
    try:
        view = _view(identifier)
        match kind:
            case "study":
                charts.study_charts(view.study, __version__)
                charts.candidate_charts(view.study, __version__)
                charts.calibration_charts(view.study, __version__)
            case "series":
                _ = view.one(name).chart
            case "finding":
                view.finding(name).files()
    except InputError:
        return
