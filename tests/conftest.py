"""Fixtures that build the site once, serve it and open it in a browser.

Imports that only some tests need stand inside the fixtures: the cross-check runs in an
environment that has neither MkDocs nor a browser driver.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from builds import REPOSITORY, ServedSite, build_site, served

pytest_plugins = ["catalogues"]

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from visits import Visit


def pytest_configure(config: pytest.Config) -> None:
    """Judge properties by what holds, never by how long a busy machine takes to show it.

    The tests try the same examples every time, so that they judge a change and not their luck;
    ``make explore`` looks for new ones.
    """
    from hypothesis import HealthCheck, settings  # noqa: PLC0415  # see the module's docstring

    patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("repeat", patient, derandomize=True)
    settings.register_profile("explore", patient, print_blob=True)
    settings.load_profile(config.getoption("hypothesis_profile", default=None) or "repeat")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add an option that writes the golden pages anew."""
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden pages instead of comparing"
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden pages are to be written."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A temporary folder that all workers of one run share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def built_site(shared_folder: Path) -> Path:
    """The built site: built by the worker that asks first, shared with the others."""
    from filelock import FileLock  # noqa: PLC0415  # see the module's docstring

    site = shared_folder / "site"
    failure = shared_folder / "site.failure"
    with FileLock(shared_folder / "site.lock"):
        if not site.exists() and not failure.exists():
            unfinished = shared_folder / "site.unfinished"
            try:
                build_site(unfinished)
            except RuntimeError as error:
                failure.write_text(str(error), encoding="utf-8")
            else:
                unfinished.rename(site)
    if failure.exists():
        pytest.fail(failure.read_text(encoding="utf-8"), pytrace=False)
    return site


@pytest.fixture(scope="session")
def site_config() -> dict[str, Any]:
    """The contents of mkdocs.yml."""
    from mkdocs.utils.yaml import yaml_load  # noqa: PLC0415  # see the module's docstring

    with (REPOSITORY / "mkdocs.yml").open(encoding="utf-8") as file:
        config: dict[str, Any] = yaml_load(file)
    return config


@pytest.fixture(scope="session")
def site_url(site_config: dict[str, Any]) -> str:
    """Address of the published site, which follows from the repository's name."""
    from roofline.citations.site_address import Identity  # noqa: PLC0415  # as above

    return Identity(site_config["extra"]["repository"]).site_url


@pytest.fixture(scope="session")
def served_site(built_site: Path, site_url: str) -> Iterator[ServedSite]:
    """The built site on a local port, under the path of `site_url`."""
    with served(built_site, site_url) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """A system Chrome or Chromium; skips without one, or fails where one is required."""
    from browser import HELP, REQUIRE_VARIABLE, find_browser, launched  # noqa: PLC0415  # as above

    executable = find_browser()
    if executable is None:
        if os.environ.get(REQUIRE_VARIABLE):
            pytest.fail(HELP, pytrace=False)
        pytest.skip(HELP)
    with launched(executable) as running:
        yield running


@pytest.fixture
def visit(browser: "Browser", served_site: ServedSite) -> "Iterator[Visit]":
    """One tab, in which nothing goes wrong and which asks no other host."""
    from visits import visiting  # noqa: PLC0415  # see the module's docstring

    with visiting(browser, served_site.url()) as running:
        yield running
    assert not running.errors
    assert not running.foreign
