"""Publishing into a local repository, as the workflow does on GitHub."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from builds import EPOCH, REPOSITORY
from serving import copy_repository

pytestmark = [pytest.mark.site, pytest.mark.slow]

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
        "PYTHONPATH": str(folder),
        "SOURCE_DATE_EPOCH": EPOCH,
        **environment,
    }
    done = subprocess.run(
        command, cwd=folder, env=settings, capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit and a bare remote."""
    folder = tmp_path / "repository"
    folder.mkdir()
    copy_repository(folder)
    shutil.copytree(REPOSITORY / ".ci", folder / ".ci")
    (folder / ".gitignore").write_text(".cache/\n", encoding="utf-8")
    run(folder, "git", "init", "--quiet", "--initial-branch", "main")
    run(folder, "git", "add", ".")
    run(folder, "git", "commit", "--quiet", "--message", "Start")
    run(tmp_path, "git", "init", "--quiet", "--bare", "remote.git")
    run(folder, "git", "remote", "add", "origin", str(tmp_path / "remote.git"))
    return folder


def test_main_is_published_as_dev(repository: Path) -> None:
    run(repository, sys.executable, ".ci/publish.py", "dev")
    remote = repository.parent / "remote.git"

    def published(path: str) -> str:
        return run(remote, "git", "show", f"gh-pages:{path}").stdout

    base = "https://roofline-reference.github.io/roofline/dev/"
    assert f'<link rel="canonical" href="{base}">' in published("dev/index.html")
    assert "url=dev/" in published("index.html").replace('"', "")
    assert [one["version"] for one in json.loads(published("versions.json"))] == ["dev"]
    missing = published("404.html")
    assert 'href="/roofline/dev/' in missing, "the root's page for missing addresses leads on"
    # A second push of the same commit changes nothing and is no error.
    before = run(remote, "git", "rev-parse", "gh-pages").stdout
    again = run(repository, sys.executable, ".ci/publish.py", "dev")
    assert "already published" in again.stdout
    assert run(remote, "git", "rev-parse", "gh-pages").stdout == before


def test_a_fork_that_kept_the_name_is_told(repository: Path) -> None:
    done = run(
        repository,
        sys.executable,
        ".ci/publish.py",
        "dev",
        check=False,
        GITHUB_REPOSITORY="somebody/else",
    )
    assert done.returncode == 1
    assert "mkdocs.yml: extra.repository is 'roofline-reference/roofline'" in done.stderr
    assert "'somebody/else'" in done.stderr
    assert "Traceback" not in done.stderr
