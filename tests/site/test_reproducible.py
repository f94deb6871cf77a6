"""Two builds of one state of the repository are the same bytes."""

import shutil
from pathlib import Path

import pytest

from builds import REPOSITORY, build_site
from roofline.report.pages.finding_view import commit

NOT_IN_A_CLONE = frozenset({".git", ".venv", ".cache", "site", "build", "dist"})
"""Names at the root that a fresh clone does not have."""


def left_behind(folder: str, names: list[str]) -> set[str]:
    """What not to copy from one folder of the repository."""
    made = {name for name in names if name.endswith(("__pycache__", ".egg-info", "_cache"))}
    return made | (NOT_IN_A_CLONE & set(names) if Path(folder) == REPOSITORY else set())


def contents(root: Path) -> dict[str, bytes]:
    """All files of a folder by their relative paths."""
    found = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def difference(one: bytes | None, other: bytes | None) -> str:
    """Where two files part, with a little of both."""
    if one is None or other is None:
        return "only in the first build" if other is None else "only in the second build"
    pairs = enumerate(zip(one, other, strict=False))
    at = next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
    around = slice(max(at - 30, 0), at + 30)
    return f"byte {at}: {one[around]!r} against {other[around]!r}"


@pytest.mark.site
@pytest.mark.slow
def test_a_build_elsewhere_gives_the_same_bytes(built_site: Path, tmp_path: Path) -> None:
    # Another folder, nothing cached, another hash seed, time zone and locale.
    copy = tmp_path / "elsewhere"
    shutil.copytree(REPOSITORY, copy, ignore=left_behind)
    unlike = {"PYTHONHASHSEED": "1", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"}
    build_site(tmp_path / "site", repository=copy, ROOFLINE_COMMIT=commit(), **unlike)

    first, second = contents(built_site), contents(tmp_path / "site")
    differing = {
        name: difference(first.get(name), second.get(name))
        for name in sorted(first.keys() | second.keys())
        if first.get(name) != second.get(name)
    }
    assert not differing, "\n".join(f"{name}: {where}" for name, where in differing.items())
