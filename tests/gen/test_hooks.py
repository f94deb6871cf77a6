"""Settings of mkdocs.yml that the hooks fill in, keep, follow or refuse."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from serving import copy_repository

KEYS = ("site_url", "repo_url", "repo_name", "edit_uri", "use_directory_urls")
# A process of its own, since the hooks drop modules that other tests hold.
SCRIPT = f"""
import json, sys
from urllib.parse import urlsplit

from mkdocs.config import load_config
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import get_files

command = sys.argv[1]
config = load_config("mkdocs.yml")
config.plugins.on_startup(command=command, dirty=False)
if command == "serve":
    # As MkDocs does before it builds.
    path = urlsplit(config.site_url or "/").path
    server = LiveReloadServer(lambda: None, "127.0.0.1", 8000, "site", mount_path=path)
    config.site_url = server.url
try:
    config = config.plugins.on_config(config)
except Abort as error:
    sys.exit(str(error))
if command == "serve":
    config.plugins.on_serve(server, config=config, builder=lambda: None)
    print(json.dumps([server.url, server.mount_path]))
elif command == "files":
    (hooks,) = config.hooks.values()
    files = hooks.on_files.methods[0](get_files(config), config=config)
    print(json.dumps([file.src_uri for file in files if file.src_uri.startswith("studies/")]))
else:
    print(json.dumps({{key: config[key] for key in {KEYS!r}}}))
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the repository, whose settings the test extends."""
    copy_repository(tmp_path)
    return tmp_path


def run(repository: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What MkDocs makes of the settings of a repository."""
    settings = {
        "DISABLE_MKDOCS_2_WARNING": "true",
        "NO_MKDOCS_2_WARNING": "1",
        "PYTHONPATH": str(repository),
    }
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, command],
        cwd=repository,
        env={**os.environ, **settings, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def answer(repository: Path, command: str = "build", **environment: str) -> Any:
    """As `run`, for what is not refused."""
    done = run(repository, command, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def extend(repository: Path, text: str) -> None:
    """Add to the settings."""
    with (repository / "mkdocs.yml").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def test_addresses_follow_from_the_name_of_the_repository(repository: Path) -> None:
    assert answer(repository) == {
        "site_url": "https://roofline-reference.github.io/roofline/",
        "repo_url": "https://github.com/roofline-reference/roofline",
        "repo_name": "roofline-reference/roofline",
        "edit_uri": "edit/main/docs/",
        "use_directory_urls": True,
    }


def test_what_is_set_is_kept(repository: Path) -> None:
    extend(repository, "site_url: https://example.org/docs")
    extend(repository, "repo_url: https://git.example.org/a/b\nedit_uri: src/trunk/docs/")
    assert answer(repository) == {
        "site_url": "https://example.org/docs/",
        "repo_url": "https://git.example.org/a/b",
        "repo_name": "Git",  # as MkDocs calls a host that it does not know
        "edit_uri": "src/trunk/docs/",
        "use_directory_urls": True,
    }


@pytest.mark.parametrize("edit_uri", ['""', "blob/next/docs/"])
def test_what_is_set_is_kept_alone(repository: Path, edit_uri: str) -> None:
    """No buttons to edit, or others; the rest follows."""
    extend(repository, f"edit_uri: {edit_uri}\nrepo_name: ours")
    told = answer(repository)
    assert told["edit_uri"] == edit_uri.strip('"')
    assert told["repo_name"] == "ours"
    assert told["repo_url"] == "https://github.com/roofline-reference/roofline"


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ("", "/roofline/"),
        ("site_url: https://example.org/docs/", "/docs/"),
        ("site_url: https://example.org/", "/"),
    ],
)
def test_a_preview_has_the_path_of_the_site(repository: Path, settings: str, path: str) -> None:
    """Also where no setting names it, and MkDocs cannot know it in time."""
    extend(repository, settings)
    assert answer(repository, "serve") == [f"http://127.0.0.1:8000{path}", path]


def test_no_study_is_published_as_it_is_written(repository: Path) -> None:
    """Whatever its ending and its folder; a picture beside it is."""
    folder = repository / "docs" / "studies" / "team"
    folder.mkdir(parents=True)
    study = (repository / "roofline/study/examples/llama-33b-a100-80gb-pcie.yml").read_bytes()
    for name in ("a.yml", "b.yaml", "c.YML"):
        (folder / name).write_bytes(study)
    for name in ("rows.csv", "rows.csv.json", "picture.png"):
        (folder / name).write_bytes(b"")
    assert sorted(answer(repository, "files")) == ["studies/index.md", "studies/team/picture.png"]


@pytest.mark.parametrize("cause", ["use_directory_urls", "offline"])
def test_no_version_is_published_without_directory_urls(repository: Path, cause: str) -> None:
    """The published addresses of before would be gone."""
    environment = {"OFFLINE": "true"} if cause == "offline" else {}
    if cause == "use_directory_urls":
        path = repository / "mkdocs.yml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("use_directory_urls: true", "use_directory_urls: false"))
    assert answer(repository, **environment)["use_directory_urls"] is False
    done = run(repository, "build", MIKE_DOCS_VERSION="dev", **environment)
    assert done.returncode == 1
    assert done.stderr.startswith("mkdocs.yml: use_directory_urls is false, or the plugin offline")
    assert len(done.stderr.splitlines()) == 1
