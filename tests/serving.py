"""A preview server of a copy of the repository, for tests that edit what it serves."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from builds import REPOSITORY
from roofline.citations.site_address import load_identity

PATIENCE = 300.0
"""How long to wait for an edit to be served, on a slow and busy machine [s]."""

_PARTS = ("docs", "gen", "roofline", "mkdocs.yml", "pyproject.toml")


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A running ``mkdocs serve``."""

    repository: Path
    """The copy that is served and may be edited."""
    address: str
    log: Path
    process: subprocess.Popen[bytes]

    def fetch(self, path: str) -> str:
        """Text of a page as served now; empty while there is none."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as answer:  # noqa: S310  # our own address
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return ""

    def terminal(self) -> str:
        """What the server has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def edit(self, path: str, change: Callable[[str], str]) -> None:
        """Change one file, which must really change."""
        file = self.repository / path
        before = file.read_text(encoding="utf-8")
        after = change(before)
        assert after != before, f"the edit of {path} changes nothing"
        file.write_text(after, encoding="utf-8")

    def wait_for(self, what: Callable[[], bool], why: str) -> float:
        """Wait until something holds; return how long it took [s]."""
        start = time.monotonic()
        while not what():
            assert self.process.poll() is None, f"the server ended:\n{self.terminal()}"
            waited = time.monotonic() - start
            assert waited < PATIENCE, f"{why} not within {PATIENCE} s:\n{self.terminal()}"
            time.sleep(0.05)
        return time.monotonic() - start


def copy_repository(destination: Path) -> None:
    """Copy what a build needs, and the chart cache, which saves drawing anew."""
    ignore = shutil.ignore_patterns("__pycache__")
    for name in (*_PARTS, ".cache/charts"):
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, destination / name, ignore=ignore)
        elif source.exists():
            shutil.copy(source, destination / name)


@contextmanager
def preview(folder: Path) -> Iterator[Preview]:
    """Serve a copy of the repository, as ``make serve`` does."""
    repository = folder / "repository"
    repository.mkdir()
    copy_repository(repository)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "serve.log"
    environment = {
        **os.environ,
        "DISABLE_MKDOCS_2_WARNING": "true",
        "NO_MKDOCS_2_WARNING": "1",
        "PYTHONPATH": str(repository),
    }
    command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"]
    with (
        log.open("wb") as out,
        subprocess.Popen(
            command, cwd=repository, env=environment, stdout=out, stderr=subprocess.STDOUT
        ) as process,
    ):
        running = Preview(
            repository=repository,
            address=f"http://127.0.0.1:{port}{urlsplit(load_identity().site_url).path}",
            log=log,
            process=process,
        )
        try:
            running.wait_for(lambda: running.fetch("") != "", "the first page")
            yield running
        finally:
            process.terminate()
