"""Keep what is slow to make, until anything that it depends on changes."""

import hashlib
import json
import platform
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np

import roofline
from roofline.files.text import write_whole
from roofline.study.repository import REPOSITORY

FOLDER = REPOSITORY / ".cache" / "charts"
"""Outside everything that the preview watches."""
MOST_ENTRIES: Final = 1_000
"""Entries beyond these are dropped, the oldest first."""

_PACKAGES: Final = (Path(__file__).parent, Path(roofline.__file__).parent)
_SOURCES: Final = ("palette.py", "svg.py", "strokes.py", "cache.py", "charts/*.py")
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def _modules() -> Iterator[tuple[str, Path]]:
    """Files that decide what a chart looks like."""
    gen, model = _PACKAGES
    for pattern in _SOURCES:
        for path in sorted(gen.glob(pattern)):
            yield f"gen/{path.relative_to(gen).as_posix()}", path
    for pattern in ("**/*.py", "catalog/**/*.yml"):
        for path in sorted(model.glob(pattern)):
            yield f"roofline/{path.relative_to(model).as_posix()}", path


def key(inputs: Mapping[str, object]) -> str:
    """Name an entry by everything that it depends on.

    Args:
        inputs: What the caller gives, in JSON's types.

    Returns:
        A hash of the inputs, the bytes of the modules and of the catalogue, and the
        versions of the libraries.
    """
    versions = {
        "python": platform.python_version(),
        "matplotlib": mpl.__version__,
        "numpy": np.__version__,
    }
    digest = hashlib.sha256(json.dumps([versions, inputs], sort_keys=True).encode())
    for name, path in _modules():
        content = path.read_bytes()
        digest.update(f"\n{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def load(name: str, folder: Path | None = None) -> dict[str, bytes] | None:
    """Read an entry.

    Args:
        name: Its key.
        folder: Where entries are; `FOLDER` by default.

    Returns:
        The files of the entry, or None where it is missing or damaged.
    """
    try:
        with zipfile.ZipFile((folder or FOLDER) / f"{name}.zip") as archive:
            return {member: archive.read(member) for member in archive.namelist()}
    except (OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zipfile.BadZipFile):
        return None


def store(name: str, files: Mapping[str, bytes], folder: Path | None = None) -> None:
    """Write an entry, whole or not at all.

    Args:
        name: Its key.
        files: The entry.
        folder: Where entries are; `FOLDER` by default.
    """
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for member, content in files.items():
            archive.writestr(zipfile.ZipInfo(member, _EPOCH), content)
    folder = folder or FOLDER
    write_whole(folder / f"{name}.zip", buffer.getvalue())
    _prune(folder)


def _prune(folder: Path) -> None:
    """Drop the oldest entries; another process may do the same at the same time."""
    entries = []
    for path in folder.glob("*.zip"):
        try:
            entries.append((path.stat().st_mtime_ns, path))
        except FileNotFoundError:
            continue
    for _, path in sorted(entries)[:-MOST_ENTRIES]:
        path.unlink(missing_ok=True)
