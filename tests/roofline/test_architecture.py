"""Rooms, and who may look into which."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import roofline

FOLDER = Path(roofline.__file__).parent
MODULES = {
    ".".join(path.relative_to(FOLDER).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(FOLDER.rglob("*.py"))
}
# From the ground up; modules of one room may import each other, without a circle.
ROOMS = (
    {"units", "errors", "wording", "files", "expression", "identity"},
    {"catalog"},
    {"accelerator", "transformer", "operators"},
    {"roof", "latency"},
    {"calibration", "measurements", "streams"},
    {"measurement_file"},
    {"measured"},
    {"accelerator_file"},
    {"fitting", "predict"},
    {"calibrate"},
    {"calibration_file"},
    {"deployment"},
    {"points", "study"},
    {"capacity", "budget", "forecast"},
    {"comparison"},
    {"formula", "explain", "crossing", "omissions"},
    {"speculation"},
    {
        "findings",
        "findings.attention",
        "findings.bandwidth",
        "findings.context",
        "findings.finding",
        "findings.fusing",
        "findings.ground",
        "findings.memory",
        "findings.numbers",
        "findings.overhead",
        "findings.projections",
        "findings.proof",
        "findings.reuse",
        "findings.roof",
        "findings.tokens",
        "findings.weights",
    },
    {"export", "text_table", "reproduction", "citation", "quoted", "scan", "documents", "values"},
    {
        "bench",
        "bench.backend",
        "bench.cpu",
        "bench.cuda",
        "bench.host",
        "bench.journal",
        "bench.plan",
        "bench.report",
        "bench.rows",
        "bench.session",
        "bench.timing",
    },
    {"verify", "listing"},
    {"verification"},
    {"__init__"},
    {
        "cli",
        "cli.accelerator",
        "cli.bench",
        "cli.common",
        "cli.findings",
        "cli.latency",
        "cli.points",
    },
    {"__main__"},
)
FLOOR = {name: number for number, room in enumerate(ROOMS) for name in room}


def imported(path: Path) -> Iterator[str]:
    """Names of all modules that a module imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            inside = [name for name in submodules if name.removeprefix("roofline.") in MODULES]
            yield from inside or [str(node.module)]


def neighbours(path: Path) -> set[str]:
    """Modules of the model that a module imports."""
    names = (name.removeprefix("roofline.") for name in imported(path)
             if name.partition(".")[0] == "roofline")  # fmt: skip
    return {"__init__" if name == "roofline" else name for name in names}


def test_every_module_has_its_room() -> None:
    """A new module takes its place in the order on purpose."""
    assert set(MODULES) == set(FLOOR)


def test_the_model_never_imports_the_generator() -> None:
    """Nor anything that only the site needs."""
    allowed = {"roofline", "numpy", "pydantic", "pydantic_core", "ruamel", "click"}
    offenders = {
        (module, name)
        for module, path in MODULES.items()
        for name in (one.partition(".")[0] for one in imported(path))
        if name not in allowed and name not in __import__("sys").stdlib_module_names
    }
    assert not offenders


def test_no_module_imports_from_a_room_above() -> None:
    """Data flows one way."""
    offenders = [
        f"{module} imports {name}"
        for module, path in MODULES.items()
        for name in neighbours(path)
        if FLOOR[name] > FLOOR[module]
    ]
    assert not offenders


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Taking away modules that import nothing left takes all away."""
    left = {module: neighbours(path) for module, path in MODULES.items()}
    while free := [module for module, names in left.items() if not names & set(left)]:
        for module in free:
            del left[module]
    assert not left


def _public(tree: ast.AST, prefix: str) -> Iterator[tuple[str, ast.AST]]:
    for node in getattr(tree, "body", []):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield f"{prefix}.{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _public(node, f"{prefix}.{node.name}")


def test_public_names_have_docstrings() -> None:
    """Modules, classes, functions and methods; the failure lists all offenders."""
    offenders = []
    for module, path in MODULES.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = [(module, tree), *_public(tree, module)]
        offenders += [name for name, node in named if not ast.get_docstring(node)]  # type: ignore[arg-type]  # all of them can have one
    assert not offenders


@pytest.mark.parametrize("name", roofline.__all__)
def test_exported_names_exist(name: str) -> None:
    """What the package promises is there."""
    assert getattr(roofline, name) is not None


@pytest.mark.parametrize("folder", [FOLDER, Path(__file__).parent])
def test_modules_are_short(folder: Path) -> None:
    """At most 300 lines, so that each can be read in one sitting."""
    lengths = {path: len(path.read_text().splitlines()) for path in folder.rglob("*.py")}
    assert not {path.name: length for path, length in lengths.items() if length > 300}
