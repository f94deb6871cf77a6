"""Plans and drawings know of specs alone; what decides a drawing is known to the cache."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from roofline.report import charts
from roofline.report.charts.output.cache import drawing_modules

FOLDER = Path(charts.__file__).parent
ROOT = FOLDER.parents[2]
NAME = "roofline.report.charts"
FLOORS = {"labels": 0, "spec": 1, "plans": 2, "drawing": 2, "output": 3, "gallery": 4, "": 5}
"""From the ground up: a module imports from floors below its own, and from its own room."""
HARMLESS = {
    "roofline.arrays",  # names of types
    "roofline.errors",  # messages
    "roofline.files.text",  # how the cache writes
}
"""What code that draws imports, though no drawing depends on it."""


def _imported(path: Path) -> Iterator[str]:
    """Modules of the package that a module imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("roofline"):
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                yield inside if _path(inside) else str(node.module)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("roofline"))


def _path(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    return next(
        (one for one in (path.with_suffix(".py"), path / "__init__.py") if one.exists()), None
    )


def _room(module: str) -> str:
    return module.removeprefix(NAME).lstrip(".").partition(".")[0]


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.name)
def test_a_module_imports_from_floors_below(path: Path) -> None:
    own = _room(".".join([NAME, *path.relative_to(FOLDER).with_suffix("").parts])).replace(
        "__init__", ""
    )
    for module in _imported(path):
        if module.startswith(NAME):
            room = _room(module)
            assert room == own or FLOORS[room] < FLOORS[own], f"{path} imports {module}"
        if own in {"drawing", "labels", "spec"}:
            assert not module.startswith(("roofline.study", "roofline.model", "roofline.latency"))
        if own == "output":
            assert not module.startswith(("roofline.study", "roofline.report.pages"))


def test_specs_and_plans_need_no_matplotlib() -> None:
    for path in (FOLDER / "spec.py", FOLDER / "labels.py", *(FOLDER / "plans").glob("*.py")):
        assert "matplotlib" not in path.read_text(encoding="utf-8"), path


def test_the_cache_covers_whatever_code_that_draws_imports() -> None:
    """Else an edit of it would leave old drawings on the pages."""
    covered = set(drawing_modules())
    waiting, seen = [f"{NAME}.output.chart"], set()
    while waiting:
        module = waiting.pop()
        path = _path(module)
        if module in seen or module in HARMLESS or path is None:
            continue
        seen.add(module)
        assert path in covered, f"{module} decides what charts look like"
        waiting += _imported(path)
    assert f"{NAME}.drawing.marks" in seen
