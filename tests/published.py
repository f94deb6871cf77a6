"""Publishing into a local repository, as the workflows do on GitHub."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from builds import EPOCH, REPOSITORY
from serving import copy_repository

IDENTITY = {
    "GIT_AUTHOR_EMAIL": "author@example.com",
    "GIT_AUTHOR_NAME": "Author",
    "GIT_COMMITTER_EMAIL": "author@example.com",
    "GIT_COMMITTER_NAME": "Author",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


def run(
    folder: Path, *command: str, check: bool = True, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with an identity for git."""
    settings = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")},
        **IDENTITY,
        "DISABLE_MKDOCS_2_WARNING": "true",
        "NO_MKDOCS_2_WARNING": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(folder),
        "SOURCE_DATE_EPOCH": EPOCH,
        **environment,
    }
    done = subprocess.run(
        command, cwd=folder, env=settings, capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done


def publish(
    repository: Path, version: str, *, check: bool = True, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Publish one version of a repository."""
    command = (sys.executable, ".ci/publish.py", version)
    return run(repository, *command, check=check, **environment)


def make_repository(folder: Path) -> Path:
    """Make a copy of this repository with one commit, and a bare remote beside it."""
    repository = folder / "repository"
    repository.mkdir()
    copy_repository(repository)
    shutil.copytree(
        REPOSITORY / ".ci", repository / ".ci", ignore=shutil.ignore_patterns("__pycache__")
    )
    (repository / ".gitignore").write_text(".cache/\n__pycache__/\n", encoding="utf-8")
    run(repository, "git", "init", "--quiet", "--initial-branch", "main")
    run(repository, "git", "add", ".")
    run(repository, "git", "commit", "--quiet", "--message", "Start")
    run(folder, "git", "init", "--quiet", "--bare", "remote.git")
    run(repository, "git", "remote", "add", "origin", str(folder / "remote.git"))
    return repository
