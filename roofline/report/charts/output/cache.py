"""Keep what is slow to make, until anything that it is made of changes.

A cache only saves time: whatever goes wrong with its folder or with an entry is said in a line,
and the chart is drawn.
"""

import hashlib
import logging
import os
import platform
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final, TypeVar

import matplotlib as mpl
import numpy as np
import PIL

from roofline import units
from roofline.files.text import write_whole
from roofline.report.charts.spec import to_canonical_json

MOST_ENTRIES: Final = 1_000
"""Entries beyond these are dropped, the oldest first."""

_CHARTS: Final = Path(__file__).parents[1]
_SOURCES: Final = ("spec.py", "labels.py", "drawing/*.py", "output/*.py")
_KEY: Final = "key"
"""Member of an entry that holds the entry's own key."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
# Not below "mkdocs", whose warnings end a strict build.
_log = logging.getLogger("roofline.charts")

T = TypeVar("T")


class Store:
    """Entries of files in a folder, by key."""

    def __init__(self, folder: Path | None = None) -> None:
        """Keep entries in a folder, which is made when needed.

        Args:
            folder: None: nothing is kept, and nothing is found.
        """
        self.folder = folder
        self._told: set[Path] = set()

    def writable(self) -> bool:
        """Whether entries can be kept; where they should be but cannot, that is said."""
        if self.folder is None:
            return False
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                return True
        except OSError as error:
            self._tell(self.folder, error)
            return False

    def holds(self, key: str) -> bool:
        """Whether there is an entry, sound or not."""
        # Path.exists raises where it may not look.
        return self.folder is not None and os.path.exists(self._path(self.folder, key))  # noqa: PTH110

    def load(self, key: str, read: Callable[[Mapping[str, bytes]], T]) -> T | None:
        """Read an entry.

        Args:
            key: Its key.
            read: Makes of its files what was kept; anything that it raises is damage.

        Returns:
            What was kept; None where the entry is missing or damaged.
        """
        if self.folder is None:
            return None
        path = self._path(self.folder, key)
        try:
            with zipfile.ZipFile(path) as archive:
                files = {name: archive.read(name) for name in archive.namelist()}
            if files.pop(_KEY) != key.encode():
                raise ValueError("it was stored under another key")  # noqa: TRY301  # as the rest
            return read(files)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._tell(self.folder, error)
        except Exception as error:  # noqa: BLE001  # a damaged archive raises whatever it pleases
            _log.warning("%s: damaged, so it is drawn anew: %r", path, error)
        return None

    def save(self, key: str, files: Mapping[str, bytes]) -> None:
        """Write an entry, whole or not at all."""
        if self.folder is None:
            return
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for name, content in ({_KEY: key.encode()} | dict(files)).items():
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
        try:
            write_whole(self._path(self.folder, key), buffer.getvalue())
            self._prune(self.folder)
        except OSError as error:
            self._tell(self.folder, error)

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / f"{key}.zip"

    def _tell(self, folder: Path, error: OSError) -> None:
        """Say once what is wrong with a folder."""
        if folder not in self._told:
            self._told.add(folder)
            _log.warning("%s: charts are not kept: %s", folder, error.strerror or error)

    @staticmethod
    def _prune(folder: Path) -> None:
        """Drop the oldest entries; another process may do the same at the same time."""
        paths = [*folder.glob("*.zip")]
        if len(paths) <= MOST_ENTRIES:
            return
        ages = []
        for path in paths:
            try:
                ages.append((path.stat().st_mtime_ns, path))
            except FileNotFoundError:
                continue
        for _, path in sorted(ages)[:-MOST_ENTRIES]:
            path.unlink(missing_ok=True)


STORE: Final = Store()
"""What this process draws is kept here; who wants that gives it a folder."""


def entry_key(data: object, code: Sequence[Path] = ()) -> str:
    """Name an entry by everything that it depends on.

    Args:
        data: What is drawn, as data of the specs.
        code: Modules that draw it, beside those of the charts.

    Returns:
        A hash of the data, of the modules that turn data into files, and of the versions of
        the libraries that they use. What the data were computed with does not count.
    """
    digest = hashlib.sha256(to_canonical_json(data).encode())
    for path in code:
        digest.update(_digest(path))
    digest.update(_drawing_digest())
    return digest.hexdigest()


def drawing_modules() -> Iterator[Path]:
    """List the modules that decide what a chart of given data looks like."""
    for pattern in _SOURCES:
        yield from sorted(_CHARTS.glob(pattern))
    yield Path(units.__file__)


@cache
def _drawing_digest() -> bytes:
    versions = (platform.python_version(), mpl.__version__, np.__version__, PIL.__version__)
    digest = hashlib.sha256(" ".join(versions).encode())
    for path in drawing_modules():
        digest.update(path.name.encode() + _digest(path))
    return digest.digest()


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
