"""The package as a wheel, in an environment that has what it says it needs and nothing else."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

from builds import REPOSITORY

_SOURCES = ("roofline", "pyproject.toml", "README.md", "LICENSE")
_SCRIPTS = Path(sysconfig.get_path("scripts")).name


def build_wheel(folder: Path) -> Path:
    """Build the wheel from a copy of the sources, without the network; return its path."""
    source = folder / "source"
    source.mkdir()
    for name in _SOURCES:
        if (REPOSITORY / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(REPOSITORY / name, source / name, ignore=ignore)
        else:
            shutil.copy(REPOSITORY / name, source)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    _pip("wheel", *options, "--wheel-dir", str(folder), str(source))
    (wheel,) = folder.glob("*.whl")
    return wheel


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", *arguments], check=True, cwd=REPOSITORY.anchor)


@dataclass(frozen=True, kw_only=True)
class Installation:
    """An environment of its own, an empty folder to work in, and a home that is read-only."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, wheel: Path) -> "Installation":
        """Install a wheel, with the packages that it names, which this environment lends."""
        made = cls(folder=folder)
        environment = folder / "environment"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
        python = str(made.scripts / "python")
        _pip("--python", python, "install", "--no-deps", "--no-index", "--quiet", str(wheel))
        (packages,) = environment.rglob("site-packages")
        (metadata,) = packages.glob("llm_roofline-*.dist-info")
        for name in sorted(_needed(Distribution.at(metadata))):
            _lend(name, packages)
        for place in (made.cwd, made.home):
            place.mkdir()
        made.home.chmod(0o555)
        return made

    @property
    def scripts(self) -> Path:
        """Folder of the environment's programs."""
        return self.folder / "environment" / _SCRIPTS

    @property
    def cwd(self) -> Path:
        """Where programs run."""
        return self.folder / "empty"

    @property
    def home(self) -> Path:
        """Home of whoever runs them."""
        return self.folder / "home"

    def run(
        self, program: str, *arguments: str, given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment to its end, with no other program on the path."""
        settings = {"HOME": str(self.home), "PATH": str(self.cwd), "PYTHONDONTWRITEBYTECODE": "1"}
        kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TMPDIR") if name in os.environ}
        return subprocess.run(
            [self.scripts / program, *arguments],
            cwd=self.cwd,
            env=settings | kept,
            input=given,
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=120,
        )

    def left_behind(self) -> list[Path]:
        """What programs have written where they ran, and in the home."""
        return [path for place in (self.cwd, self.home) for path in place.rglob("*")]


def _needed(package: Distribution) -> Iterator[str]:
    """Names of all packages that one needs, and that those need, without extras."""
    for line in package.requires or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name
            yield from _needed(distribution(requirement.name))


def _lend(name: str, packages: Path) -> None:
    """Make a package of this environment importable in another one."""
    lender = distribution(name)
    for top in {file.parts[0] for file in lender.files or []} - {"..", "__pycache__"}:
        if not (packages / top).exists():
            (packages / top).symlink_to(Path(str(lender.locate_file(top))))
