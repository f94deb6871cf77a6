"""Publishing main into a local repository, as the workflow does on GitHub."""

import json
import sys
from pathlib import Path

import pytest

from gen.addresses.versions import project_version, release_of
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


def test_a_release_whose_numbers_are_not_kept_is_told(repository: Path) -> None:
    """Nothing is published, and the command to run is named."""
    release = release_of(project_version())
    done = publish(repository, release, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f"error: the numbers of {release} are not kept: run make values, and commit what it adds\n"
    )


def test_a_release_whose_numbers_have_changed_is_told(repository: Path) -> None:
    """A source was corrected after `make values`: the numbers kept are not those of the pages."""
    release = release_of(project_version())
    run(repository, sys.executable, "-m", "gen.addresses.release")
    card = repository / "roofline/catalog/accelerators/a100-80gb-pcie.yml"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace("1.935e12", "1.934e12"), encoding="utf-8")
    run(repository, "git", "add", ".")
    run(repository, "git", "commit", "--quiet", "--message", "Change")
    done = publish(repository, release, check=False)
    assert done.returncode == 1
    assert f"release {release} is kept with other values" in done.stderr
    assert "Traceback" not in done.stderr


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
