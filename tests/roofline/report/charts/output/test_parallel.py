"""Drawing ahead fills the cache in processes, all of which end."""

import multiprocessing
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from drawings import ORIGIN
from roofline.report.charts.output import parallel
from roofline.report.charts.output.cache import STORE
from roofline.report.charts.output.chart import drawing_jobs, make_chart, see
from roofline.report.charts.output.parallel import Job, draw_ahead
from roofline.report.charts.plans.roofline import operator_plan
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Plan


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(STORE, "folder", tmp_path / "charts")


@pytest.fixture
def plans(flagship: StudyData) -> list[Plan]:
    return [operator_plan(flagship, series.key) for series in flagship.series[:2]]


def _note(name: str) -> None:
    """A job of a test: keep an entry, from whichever process it is."""
    STORE.save(name, {"pid": str(os.getpid()).encode()})


def _fail(name: str) -> None:
    _note(name)
    raise ValueError(name)


def _notes(count: int) -> list[Job]:
    return [partial(_note, f"note{place}") for place in range(count)]


def _pid(name: str) -> int | None:
    return STORE.load(name, lambda files: int(files["pid"]))


def test_charts_are_drawn_in_other_processes(plans: list[Plan]) -> None:
    """Two of them, which begin anew, import what they need, and draw the very same bytes."""
    pictures = [see(plan, ORIGIN) for plan in plans]
    jobs = [*drawing_jobs(pictures), *_notes(6)]
    assert draw_ahead(jobs, processes=2) == 8
    assert not drawing_jobs(pictures)
    pids = {_pid(f"note{place}") for place in range(6)}
    assert len(pids) == 2
    assert not pids & {None, os.getpid()}
    from_cache = make_chart(plans[0], ORIGIN)
    STORE.folder = None
    assert make_chart(plans[0], ORIGIN) == from_cache
    assert not multiprocessing.active_children()


def test_nothing_is_given_out_without_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process, few jobs, or no place to keep anything."""
    monkeypatch.setattr(parallel, "get_context", None)
    assert draw_ahead(_notes(20), processes=1) == 0
    assert draw_ahead([], processes=2) == 0
    assert draw_ahead(_notes(7), processes=2) == 0
    monkeypatch.setattr(STORE, "folder", None)
    assert draw_ahead(_notes(20), processes=2) == 0


def test_nothing_is_given_out_where_nothing_can_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """That is said once, by this process alone."""
    monkeypatch.setattr(parallel, "get_context", None)
    (tmp_path / "charts").write_bytes(b"in the way")
    assert draw_ahead(_notes(20), processes=2) == 0
    STORE.save("more", {})
    assert len([record for record in caplog.records if record.name == "roofline.charts"]) == 1


def test_a_job_that_fails_leaves_its_error_to_the_page_and_the_others_to_be_done() -> None:
    jobs = [partial(_fail, f"failed{place}") for place in range(4)]
    assert draw_ahead([*jobs, *_notes(4)], processes=2) == 8
    assert all(_pid(f"note{place}") for place in range(4))
    assert all(_pid(f"failed{place}") for place in range(4))


class _Refusing:
    """A sandbox may refuse processes, the first or a later one."""

    def __init__(self, error: Exception, after: int) -> None:
        self.context, self.error, self.after = multiprocessing.get_context("spawn"), error, after

    def Process(self, **given: Any) -> Any:  # noqa: N802  # the library's name
        process = self.context.Process(**given)
        if self.after == 0:
            process.start = self._refuse  # type: ignore[method-assign]  # what a sandbox does
        self.after -= 1
        return process

    def _refuse(self) -> None:
        raise self.error


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("error", [OSError("no semaphores"), NotImplementedError()])
def test_a_machine_without_processes_draws_later(
    monkeypatch: pytest.MonkeyPatch, error: Exception, after: int
) -> None:
    monkeypatch.setattr(parallel, "get_context", lambda _: _Refusing(error, after))
    assert draw_ahead(_notes(20), processes=2) == 0
    assert not multiprocessing.active_children()


PROGRAM = """
import signal
import sys
import threading
from functools import partial
from pathlib import Path

from roofline.report.charts.output.cache import STORE
from roofline.report.charts.output.parallel import draw_ahead

def wait():
    print("started", flush=True)
    threading.Event().wait()

if __name__ == "__main__":
    # As in a terminal, also where the tests were started with Ctrl-C ignored, as in the background.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    STORE.folder = Path(sys.argv[1])
    try:
        draw_ahead([wait] * 8, processes=2)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="a console of its own is another matter")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_one_that_asked(tmp_path: Path, stop: signal.Signals) -> None:
    """Ctrl-C goes to all of a terminal's processes, other signals to one alone."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    running = subprocess.Popen(
        [sys.executable, str(program), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stdout is not None
    assert [running.stdout.readline() for _ in range(2)] == ["started\n"] * 2
    if stop == signal.SIGINT:
        os.killpg(running.pid, stop)
    else:
        running.send_signal(stop)
    # The pipes close when the last process that holds them has ended.
    out, err = running.communicate(timeout=60)
    assert out == ("interrupted\n" if stop == signal.SIGINT else "")
    assert "Traceback" not in err
