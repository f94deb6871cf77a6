"""Draw ahead: what the cache lacks is drawn in several processes before pages ask for it.

Nothing depends on it: what is not drawn here is drawn when a page asks for it.
"""

import contextlib
import gc
import logging
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Final

from roofline.report.charts.output.cache import STORE

Job = Callable[[], object]
"""Draws something and keeps it in the cache. Another process must be able to unpickle it."""

_MOST_PROCESSES: Final = 8
_FEWEST_JOBS: Final = 8
"""A process takes as long to start as a few charts to draw."""
_log = logging.getLogger("mkdocs.plugins.drawing")


def draw_ahead(jobs: Sequence[Job], processes: int | None = None) -> int:
    """Do jobs in several processes, which fill the cache of this one.

    Every process that was started has ended when this returns or raises, on Ctrl-C too.

    Args:
        jobs: What to draw. What one of them raises is left to whoever asks for its chart.
        processes: How many to start; as many as there are processors by default.

    Returns:
        How many jobs were given out: none where they are few, where nothing is kept, or
        where there is one processor.
    """
    count = min(processes or len(_processors()), _MOST_PROCESSES)
    if count < 2 or len(jobs) < _FEWEST_JOBS or not STORE.writable():  # noqa: PLR2004  # one draws as fast here
        return 0
    # Byte code written into a watched folder would start a second build; processes inherit this.
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    # Not a fork: a preview has threads, which a fork would leave hanging.
    context = get_context("spawn")
    shares = [jobs[place::count] for place in range(count)]
    workers = [
        context.Process(target=_work, args=(share, STORE.folder), daemon=True) for share in shares
    ]
    try:
        with _interrupts_held():
            for worker in workers:
                worker.start()
        for worker in workers:
            worker.join()
    except (OSError, NotImplementedError) as error:
        _log.info("Pages draw for themselves, without processes: %s", error)
        return 0
    finally:
        started = [worker for worker in workers if worker.pid is not None]
        for worker in started:
            worker.kill()
        for worker in started:
            worker.join()
    return len(jobs)


def _processors() -> Sequence[int] | set[int]:
    """List the processors that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return range(os.cpu_count() or 1)


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let processes start that never hear Ctrl-C; this one hears it when all have started."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows: they ignore it once they have begun
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(jobs: Sequence[Job], folder: Path) -> None:
    """Do jobs in a process of their own, leave Ctrl-C to the one that asked, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    # What goes wrong is said once, by the process that asks for the chart.
    logging.disable()
    # Looking for circles takes a twentieth of the time, and this process ends soon.
    gc.set_threshold(100_000)
    STORE.folder = folder
    for job in jobs:
        with contextlib.suppress(Exception):
            job()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
