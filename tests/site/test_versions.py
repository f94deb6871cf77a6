"""Versions side by side, published into a local repository and read in a real browser."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browser import run_axe, run_axe_in_both_schemes
from builds import ServedSite, served
from gen.addresses.ledger import ledger_text, load_ledger, read_site
from gen.addresses.versions import project_version, release_of
from published import make_repository, publish, run
from visits import STUDY, Visit, visiting_published

pytestmark = [pytest.mark.site, pytest.mark.browser, pytest.mark.slow]

OLD = release_of(project_version())
NEW = f"{OLD.split('.')[0]}.{int(OLD.split('.')[1]) + 1}"

CLAIM = """---
title: {title}
---

# {title}

## Claim {{ #claim }}

{filler}

## {numbers} {{ #{anchor} }}

Numbers.
"""
REDIRECTS = f"""redirects:
  /learn/first-name/:
    to: /learn/second-name/
    since: "{NEW}"
  /learn/first-name/#numbers:
    to: /learn/second-name/#values
    since: "{NEW}"
  /learn/ridge/#moved:
    to: /learn/second-name/#values
    since: "{NEW}"
  /data.json:
    to: /renamed.json
    since: "{NEW}"
"""
FILLER = "A line that takes room.\n\n" * 60


def set_version(repository: Path, version: str) -> None:
    """Make a copy of the repository, and what is installed of it, another version."""
    file = repository / "pyproject.toml"
    text = re.sub(r'(?m)^version = ".*"$', f'version = "{version}"', file.read_text("utf-8"))
    file.write_text(text, encoding="utf-8")
    for metadata in repository.glob("*.dist-info/METADATA"):
        metadata.unlink()
        metadata.parent.rmdir()
    metadata = repository / f"llm_roofline-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(
        f"Metadata-Version: 2.1\nName: llm-roofline\nVersion: {version}\n", encoding="utf-8"
    )


def edit(file: Path, old: str, new: str) -> None:
    """Replace a text that must be there."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def add_page(repository: Path, name: str, *, title: str, numbers: str, anchor: str) -> None:
    """Add a page that is like a finding's."""
    text = CLAIM.format(title=title, numbers=numbers, anchor=anchor, filler=FILLER)
    (repository / "docs" / "learn" / f"{name}.md").write_text(text, encoding="utf-8")


def keep_numbers(repository: Path) -> None:
    """Do what `make values` does."""
    run(repository, sys.executable, "-m", "gen.addresses.release")


def commit(repository: Path) -> None:
    """Commit all."""
    run(repository, "git", "add", ".")
    run(repository, "git", "commit", "--quiet", "--message", "Change")


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """A repository that has published dev and two releases."""

    repository: Path
    tree: Path
    """What GitHub Pages would serve."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, built_site: Path) -> Published:
    """Publish dev and a release; rename a page, a place and a file; publish the next release."""
    folder = tmp_path_factory.mktemp("versions")
    repository = make_repository(folder)
    docs = repository / "docs"
    add_page(repository, "first-name", title="A claim", numbers="Numbers", anchor="numbers")
    (docs / "data.json").write_text('{"since": "the first release"}', encoding="utf-8")
    ridge = docs / "learn/ridge.md"
    before = ridge.read_text(encoding="utf-8")
    ridge.write_text(f"{before}\n## A part {{ #moved }}\n\nText.\n", encoding="utf-8")
    edit(
        repository / "mkdocs.yml",
        "      - Ridge: learn/ridge.md\n",
        "      - Ridge: learn/ridge.md\n      - A claim: learn/first-name.md\n",
    )
    addresses = {
        *(read_site(built_site) - load_ledger().redirects.keys()),
        *load_ledger(folder / "nothing").addresses,
        *("/data.json", "/learn/ridge/#moved"),
        *(f"/learn/first-name/{place}" for place in ("", "#claim", "#numbers")),
    }
    ledger = repository / "ledger"
    ledger.mkdir()
    (ledger / "addresses.txt").write_text(ledger_text(addresses), encoding="utf-8")
    set_version(repository, f"{OLD}.0")
    keep_numbers(repository)
    commit(repository)
    publish(repository, "dev")
    publish(repository, OLD)

    (docs / "learn/first-name.md").unlink()
    (docs / "data.json").rename(docs / "renamed.json")
    add_page(repository, "second-name", title="A better claim", numbers="Values", anchor="values")
    ridge.write_text(before, encoding="utf-8")
    edit(
        repository / "mkdocs.yml",
        "A claim: learn/first-name.md",
        "A better claim: learn/second-name.md",
    )
    (ledger / "redirects.yml").write_text(REDIRECTS, encoding="utf-8")
    addresses |= {f"/learn/second-name/{place}" for place in ("", "#claim", "#values")}
    addresses |= {"/renamed.json"}
    (ledger / "addresses.txt").write_text(ledger_text(addresses), encoding="utf-8")
    set_version(repository, f"{NEW}.0")
    keep_numbers(repository)
    commit(repository)
    publish(repository, f"v{NEW}.0")

    tree = folder / "tree"
    remote = str(folder / "remote.git")
    run(folder, "git", "clone", "--quiet", "--branch", "gh-pages", remote, str(tree))
    return Published(repository=repository, tree=tree)


Open = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture
def opened(published: Published, browser: Browser, site_url: str) -> Iterator[Open]:
    """Visits to all versions at their published address."""
    with served(published.tree, site_url) as site:
        yield partial(_visit, browser, site, site_url)


def _visit(
    browser: Browser, site: ServedSite, site_url: str, **options: object
) -> AbstractContextManager[Visit]:
    return visiting_published(browser, site, site_url, **options)


def test_latest_is_a_copy_of_the_newest_release(published: Published, site_url: str) -> None:
    tree = published.tree
    listed = json.loads((tree / "versions.json").read_text(encoding="utf-8"))
    assert [(one["version"], one["aliases"]) for one in listed] == [
        ("dev", []),
        (NEW, ["latest"]),
        (OLD, []),
    ]
    assert not [path for path in tree.rglob("*") if path.is_symlink()]

    def files(version: str) -> dict[str, bytes]:
        folder = tree / version
        found = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}

    newest, latest = files(NEW), files("latest")
    assert newest.keys() == latest.keys()
    differing = {name for name, content in newest.items() if latest[name] != content}
    assert differing == {"sitemap.xml", "sitemap.xml.gz"}
    assert f"<loc>{site_url}latest/learn/ridge/</loc>" in latest["sitemap.xml"].decode()
    assert "first-name" not in latest["sitemap.xml"].decode()
    assert "first-name" not in latest["search/search_index.json"].decode()
    assert latest["data.json"] == latest["renamed.json"]


@pytest.mark.parametrize(("version", "canonical"), [("dev", "dev"), (OLD, "latest")])
def test_canonical_addresses(
    published: Published, site_url: str, version: str, canonical: str
) -> None:
    page = (published.tree / version / "learn/ridge/index.html").read_text(encoding="utf-8")
    assert f'<link rel="canonical" href="{site_url}{canonical}/learn/ridge/">' in page
    assert f'<meta property="og:url" content="{site_url}{version}/learn/ridge/">' in page


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (NEW, "is published, and a published release never changes"),
        (OLD, f"pyproject.toml says {NEW}.0, so this commit is 'dev', or the release '{NEW}'"),
        ("v9.9.9", "cannot publish 'v9.9.9'"),
        ("latest", "cannot publish 'latest'"),
    ],
)
def test_a_release_is_published_once(published: Published, asked: str, told: str) -> None:
    done = publish(published.repository, asked, check=False)
    assert done.returncode == 1
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_release_is_what_is_committed(published: Published) -> None:
    repository = published.repository
    try:
        set_version(repository, "99.0.0")
        done = publish(repository, "99.0", check=False)
    finally:
        run(repository, "git", "checkout", "--quiet", ".")
        run(repository, "git", "clean", "--quiet", "-fd")
    assert done.returncode == 1
    assert "first commit" in done.stderr
    assert "pyproject.toml" in done.stderr


def test_unversioned_addresses_lead_to_the_latest(opened: Open) -> None:
    with opened() as visit:
        visit.follow("learn/ridge/?a=1#example")
        visit.arrive("latest/learn/ridge/?a=1#example")
        visit.follow("")
        visit.arrive("latest/")
        visit.follow("learn/first-name/#numbers")
        visit.arrive("latest/learn/second-name/#values")
        assert not visit.foreign


def test_the_start_page_forwards_without_scripts(opened: Open) -> None:
    with opened(java_script_enabled=False) as visit:
        visit.follow("")
        visit.arrive("latest/")


def test_an_old_version_says_so_and_leads_to_the_same_page(opened: Open) -> None:
    with opened() as visit:
        page = visit.open(f"{OLD}/{STUDY}?x=1#capacity")
        banner = page.locator(".rl-outdated")
        expect(banner).to_contain_text(f"You are reading version {OLD}; the latest is {NEW}.")
        assert not run_axe_in_both_schemes(page)
        banner.get_by_role("link").click()
        visit.arrive(f"latest/{STUDY}?x=1#capacity")
        expect(page.locator(".rl-outdated")).to_be_hidden()
        assert not visit.foreign
        assert not visit.errors


def test_the_banner_follows_when_pages_are_swapped(opened: Open) -> None:
    with opened() as visit:
        page = visit.open(f"{OLD}/learn/")
        expect(page.locator(".rl-outdated")).to_contain_text(f"the latest is {NEW}")
        page.evaluate("window.same = true")
        page.locator(".md-nav--primary a[href$='ridge/']").first.click()
        visit.arrive(f"{OLD}/learn/ridge/")
        assert page.evaluate("window.same"), "the page was swapped, not loaded"
        expect(page.locator(".rl-outdated")).to_contain_text(f"the latest is {NEW}")
        # The banner of the page before stays until the new one's is written.
        link = page.locator(".rl-outdated a")
        expect(link).to_have_attribute("href", re.compile(r"/learn/ridge/$"))
        link.click()
        visit.arrive("latest/learn/ridge/")


def test_an_old_link_to_a_renamed_page_arrives(opened: Open) -> None:
    with opened() as visit:
        page = visit.open(f"{OLD}/learn/first-name/#numbers")
        expect(page.locator("h1")).to_contain_text("A claim")
        page.locator(".rl-outdated a").click()
        visit.arrive("latest/learn/second-name/#values")
        visit.follow("latest/learn/first-name/?q=2#claim")
        visit.arrive(re.compile(r"/latest/learn/second-name/.*#claim$"))
        expect(page.locator("#claim")).to_be_in_viewport()


def test_a_renamed_page_forwards_without_scripts(opened: Open) -> None:
    with opened(java_script_enabled=False) as visit:
        visit.follow("latest/learn/first-name/")
        visit.arrive("latest/learn/second-name/")
        visit.page.goto(f"{visit.home}latest/learn/ridge/")
        expect(visit.page.locator(".rl-moved")).to_be_hidden()
        visit.follow("latest/learn/ridge/#moved")
        expect(visit.page.locator(".rl-moved")).to_have_text("This part has moved: A better claim.")


def test_a_place_that_moved_to_another_page_forwards(opened: Open) -> None:
    with opened() as visit:
        visit.follow("latest/learn/ridge/#moved")
        visit.arrive("latest/learn/second-name/#values")
        visit.page.goto(f"{visit.home}latest/learn/ridge/")
        visit.page.evaluate("location.hash = 'moved'")
        visit.arrive("latest/learn/second-name/#values")
        assert not visit.errors


def test_the_version_selector_leads_to_the_same_page(opened: Open) -> None:
    with opened() as visit:
        page = visit.open(f"latest/{STUDY}#capacity")
        selector = page.locator(".md-version")
        expect(selector.locator(".md-version__current")).to_contain_text(NEW)
        selector.hover()
        expect(selector.locator(".md-version__link")).to_have_text(
            ["dev", re.compile(rf"{re.escape(NEW)}\s*latest"), OLD]
        )
        selector.get_by_role("link", name=OLD, exact=True).click()
        visit.arrive(f"{OLD}/{STUDY}#capacity")
        assert not visit.foreign


def test_the_latest_keeps_its_address_from_page_to_page(opened: Open) -> None:
    with opened() as visit:
        page = visit.open("latest/learn/")
        page.evaluate("window.same = true")
        page.locator(".md-nav--primary a[href$='ridge/']").first.click()
        visit.arrive("latest/learn/ridge/")
        assert page.evaluate("window.same"), "instant navigation works in the copy too"


def test_a_missing_page_of_a_version_gets_help(opened: Open) -> None:
    with opened() as visit:
        page = visit.open(f"{OLD}/learn/second-name/#values")
        help_ = page.locator("#rl-versions")
        expect(help_).to_contain_text(f"Version {OLD} has no such page.")
        # The theme writes links out in full once it is up, so what counts is where they lead.
        links = help_.get_by_role("link")
        expect(links).to_have_count(2)
        expect(links.first).to_have_js_property("href", f"{visit.home}{OLD}/")
        there = f"{visit.home}latest/learn/second-name/#values"
        expect(links.last).to_have_js_property("href", there)
        visit.open("0.0/learn/rigde/")
        expect(help_).to_contain_text("There is no version 0.0.")
        nearest = page.locator("#rl-nearest a").first
        expect(nearest).to_have_js_property("href", f"{visit.home}latest/learn/ridge/")
        visit.open("nothing/at-all/")
        expect(help_).to_contain_text(f"This page is not in version {NEW}, the latest.")
        assert not visit.foreign


def test_forwarding_pages_are_accessible(published: Published, browser: Browser) -> None:
    page = browser.new_page()
    forwarding = published.tree / "latest/learn/first-name/index.html"
    text = forwarding.read_text(encoding="utf-8")
    assert "location.replace(to)" in text
    page.set_content(text.replace("location.replace(to)", ""))
    expect(page.locator("h1")).to_have_text("This page has moved")
    assert not run_axe(page)
    page.close()
