"""Publishing main into a local repository, as the workflow does on GitHub."""

import json
from pathlib import Path

import pytest

from published import make_repository, publish, run

pytestmark = [pytest.mark.site, pytest.mark.slow]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit and a bare remote."""
    return make_repository(tmp_path)


def test_main_is_published_as_dev(repository: Path) -> None:
    publish(repository, "dev")
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
    again = publish(repository, "dev")
    assert "already published" in again.stdout
    assert run(remote, "git", "rev-parse", "gh-pages").stdout == before


def test_a_machine_without_git_is_told(repository: Path) -> None:
    done = publish(repository, "dev", check=False, PATH=str(repository.parent / "none"))
    assert done.returncode == 1
    assert done.stderr == "error: publishing needs git, and there is no git on the PATH\n"


def test_a_fork_that_kept_the_name_is_told(repository: Path) -> None:
    done = publish(repository, "dev", check=False, GITHUB_REPOSITORY="somebody/else")
    assert done.returncode == 1
    assert "mkdocs.yml: extra.repository is 'roofline-reference/roofline'" in done.stderr
    assert "'somebody/else'" in done.stderr
    assert "Traceback" not in done.stderr
