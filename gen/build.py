"""Build the site aside, and put it in place whole: ``python -m gen.build``.

Builds wait for each other, so that whatever an interrupted one left behind is swept by the
next, and a reader of ``site/`` finds the old site or the new one.
"""

import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

from filelock import FileLock, Timeout

CACHE: Final = Path(".cache")
_UNFINISHED: Final = "site."
"""What the names of folders under the cache begin with that hold no finished site."""


def build_site(place: Path, cache: Path, build: Callable[[Path], object]) -> None:
    """Build a site and put it in place whole, or leave the old one where it is.

    Args:
        place: Where the site shall be.
        cache: A folder on the same disk, for what is not finished.
        build: Writes a site into a folder that does not exist yet.

    Raises:
        OSError: The old site cannot be moved, or the new one not put in its place.
    """
    cache.mkdir(parents=True, exist_ok=True)
    lock = FileLock(cache / "site-build.lock")
    try:
        held = lock.acquire(blocking=False)
    except Timeout:
        print("Another build is going on; waiting for it to end", flush=True)  # noqa: T201
        held = lock.acquire()
    with held:
        _sweep(cache)
        folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=cache))
        try:
            build(folder / "new")
            _swap(folder / "new", place, folder / "old")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _sweep(cache: Path) -> None:
    """Remove what interrupted builds left; nothing of a running one is there under the lock."""
    for path in cache.glob(f"{_UNFINISHED}*/"):
        shutil.rmtree(path, ignore_errors=True)


def _swap(new: Path, place: Path, aside: Path) -> None:
    """Put a folder where another one is: two renames, and the old one back if the second fails."""
    if place.exists():
        place.rename(aside)
    try:
        new.rename(place)
    except OSError:
        if aside.exists():
            aside.rename(place)
        raise


def _mkdocs(folder: Path) -> None:
    # Slow, and only a real build needs them.
    from click import ClickException  # noqa: PLC0415
    from mkdocs.__main__ import cli  # noqa: PLC0415

    try:
        cli.main(["build", "--strict", "--site-dir", str(folder)], standalone_mode=False)
    except ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from error


def _stop(signum: int, _frame: FrameType | None) -> None:
    """End as with Ctrl-C, so that what was started is ended and what was written is removed."""
    signal.signal(signum, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    """Build the site of the repository; return the exit status."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _stop)
    try:
        build_site(Path("site"), CACHE, _mkdocs)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        place = error.filename or "site"
        print(f"error: {place}: {error.strerror or error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
