"""What the package promises, and how it is laid out; import-linter knows who may import whom."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

import gen
import roofline

FOLDERS = [Path(str(package.__file__)).parent for package in (roofline, gen)]


@pytest.mark.parametrize("name", roofline.__all__)
def test_exported_names_exist(name: str) -> None:
    assert getattr(roofline, name) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Forecast", roofline.SeriesPrediction),
        ("StepForecast", roofline.StepPrediction),
        ("forecast", roofline.predict_series),
        ("forecast_step", roofline.predict_step),
    ],
)
def test_names_that_were_public_once_still_are(old: str, new: object) -> None:
    assert getattr(roofline, old) is new


def test_no_other_name_is_there() -> None:
    with pytest.raises(AttributeError, match="module 'roofline' has no attribute 'forcast'"):
        _ = roofline.forcast


def test_no_class_name_is_defined_twice() -> None:
    """A name in a message or in a review means one thing."""
    places: dict[str, list[str]] = defaultdict(list)
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(path.relative_to(folder.parent).as_posix())
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_a_folder_of_code_is_a_package_with_a_docstring() -> None:
    """Which the wheel would otherwise leave out, and readers would have to guess."""
    folders = {path.parent for folder in FOLDERS for path in folder.rglob("*.py")}
    bare = [str(folder) for folder in folders if not _docstring(folder / "__init__.py")]
    assert bare == []


def _docstring(path: Path) -> str | None:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) if path.exists() else None
