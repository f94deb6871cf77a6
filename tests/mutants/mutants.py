"""Count the mutants of the numeric core that its mirror tests find: ``make mutants``.

mutmut breaks each module in many small ways, in a copy of the repository, and runs the tests
that mirror the module alone: ``roofline/model/roof.py`` is judged by
``tests/roofline/model/test_roof*.py``. A mutant that lives is a place where the code could be
wrong and no test would say so.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CORE = (
    "model/grid",
    "model/roof",
    "model/points",
    "model/budget",
    "model/capacity",
    "model/crossing",
    "model/deployment",
    "model/elementwise",
    "model/omissions",
    "latency/law",
    "latency/kernels",
    "latency/prediction",
    "latency/step",
    "study/candidates",
)
"""Modules that compute published numbers."""
COPIED = ("roofline", "gen", "tests", "docs", "mkdocs.yml", "pyproject.toml")
AIM = 0.95
"""Share of mutants that mirror tests find."""
_SETTINGS = """
[tool.mutmut]
source_paths = ["roofline"]
only_mutate = [{module}]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider", "-x"]
also_copy = {copied}
use_git_change_detection = false
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of the mutants of one module."""

    found: int
    total: int
    alive: tuple[str, ...]
    """Names of those that no test found."""


def judge(module: str, folder: Path) -> Outcome:
    """Run the mirror tests of one module against each of its mutants.

    Args:
        module: Path of the module inside the package, without its ending.
        folder: A copy of the repository, which is changed.
    """
    room, _, name = module.partition("/")
    mirrors = sorted((folder / "tests" / "roofline" / room).glob(f"test_{name}*.py"))
    settings = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8") + _SETTINGS.format(
        module=json.dumps(f"roofline/{module}.py"),
        tests=json.dumps([path.relative_to(folder).as_posix() for path in mirrors]),
        copied=json.dumps([*COPIED]),
    )
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    shutil.rmtree(folder / "mutants", ignore_errors=True)
    mutmut = [str(Path(sys.executable).with_name("mutmut"))]
    ran = subprocess.run([*mutmut, "run"], cwd=folder, capture_output=True, text=True, check=False)
    metas = [*(folder / "mutants").rglob(f"{name}.py.meta")]
    if not metas:
        message = f"{module}: mutmut did not run\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}"
        raise RuntimeError(message)
    codes = json.loads(metas[0].read_text(encoding="utf-8"))["exit_code_by_key"]
    alive = tuple(sorted(key for key, code in codes.items() if code in {0, 33, None}))
    return Outcome(found=len(codes) - len(alive), total=len(codes), alive=alive)


def main() -> int:
    """Print the count of each module, the mutants that live, and the sum."""
    wanted = [module for module in CORE if not sys.argv[1:] or module in sys.argv[1:]]
    outcomes = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in COPIED:
            source, target = REPOSITORY / part, folder / part
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        for module in wanted:
            outcome = judge(module, folder)
            outcomes.append(outcome)
            print(f"{module}: {outcome.found} of {outcome.total} found", flush=True)
            for mutant in outcome.alive:
                print(f"  lives: {mutant}", flush=True)
    found = sum(outcome.found for outcome in outcomes)
    total = sum(outcome.total for outcome in outcomes)
    print(f"all: {found} of {total} found, {found / total:.1%}; aim {AIM:.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
