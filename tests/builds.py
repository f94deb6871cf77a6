"""Building the whole site, and serving it as it is when published."""

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

REPOSITORY = Path(__file__).resolve().parents[1]
EPOCH = "1735689600"
"""Any fixed day will do for a build that is compared with another."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServedSite:
    """A built site under the address path that it has when published."""

    root: Path
    """The folder of the built site."""
    origin: str
    """Scheme, host and port."""
    base: str
    """Path of `site_url`, with a slash at both ends."""

    def url(self, path: str = "") -> str:
        """Address of a file of the site, or of a page as readers write it."""
        return f"{self.origin}{self.base}{path}"


def build_site(destination: Path, *, repository: Path = REPOSITORY, **environment: str) -> None:
    """Build the site strictly, as `make site` does.

    Raises:
        RuntimeError: The build failed; the message is its output.
    """
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(destination)]
    settings = {
        "DISABLE_MKDOCS_2_WARNING": "true",
        "NO_MKDOCS_2_WARNING": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # Before the installed project, so that a copy of the repository builds itself.
        "PYTHONPATH": str(repository),
        "SOURCE_DATE_EPOCH": EPOCH,
    }
    done = subprocess.run(
        command,
        cwd=repository,
        env={**os.environ, **settings, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"mkdocs build --strict failed:\n{done.stdout}{done.stderr}")


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Files of one folder under one path; its 404.html for everything else."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def __init__(self, *args: Any, base: str, **kwargs: Any) -> None:
        self.base = base
        super().__init__(*args, **kwargs)

    def translate_path(self, path: str) -> str:
        if not path.startswith(self.base):
            return str(Path(self.directory) / "outside-the-site")
        return super().translate_path("/" + path.removeprefix(self.base))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory) / "404.html"
        if code != http.HTTPStatus.NOT_FOUND or not page.exists():
            super().send_error(code, message, explain)
            return
        content = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the library's name
        """Say nothing: the tests speak."""


@contextmanager
def served(root: Path, site_url: str) -> Iterator[ServedSite]:
    """A built site on a local port, under the path of its published address."""
    path = urlsplit(site_url).path.strip("/")
    base = f"/{path}/" if path else "/"
    handler = partial(_Handler, directory=str(root), base=base)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield ServedSite(root=root, origin=f"http://127.0.0.1:{server.server_port}", base=base)
        server.shutdown()
        thread.join()
