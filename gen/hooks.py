"""MkDocs hooks: one identity, fresh code on every build, and errors that read well.

MkDocs loads this file by its path, once; everything else is imported anew
whenever its source changes.
"""

import hashlib
import importlib
import os
import sys
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from jinja2 import Environment
from markupsafe import Markup, escape
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import CombinedEvent, event_priority, get_plugin_logger
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils.templates import TemplateContext

REPOSITORY = Path(__file__).resolve().parent.parent
_PACKAGES = ("roofline", "gen")
_INPUTS = (*_PACKAGES, "docs/studies", "mkdocs.yml")
_SUFFIXES = frozenset({".py", ".j2", ".yml", ".yaml", ".js", ".csv", ".json"})
_STUDY_FILES = ("studies/", (".yml", ".yaml", ".csv", ".csv.json"))
"""Where under docs/ studies lie, and how the names of their files end."""
_seen: dict[str, str] = {}
_SHIM = "assets/javascripts/iframe-worker.js"
_MKDOCSTRINGS = "assets/_mkdocstrings.css"
"""Style sheet of documented objects; docs/overrides/main.html adds it to pages that have some."""
_NOT_PUBLISHED = (
    "mkdocs.yml: use_directory_urls is false, or the plugin offline makes it so: a version cannot "
    "be published like this, since every published address of a page ends in a slash"
)
_started: dict[str, Any] = {"command": "build", "dirty": False}
_log = get_plugin_logger("ledger")

# Byte code written into a watched folder would start a second build.
sys.dont_write_bytecode = True


def _fingerprint(name: str) -> str:
    """Digest of a file, or of every source and data file of a folder."""
    digest = hashlib.sha256()
    top = REPOSITORY / name
    for path in [top] if top.is_file() else sorted(top.rglob("*")):
        if path.suffix.lower() in _SUFFIXES and path.is_file():
            digest.update(str(path).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _refresh() -> None:
    """Forget the packages' modules, and what they keep, if a file has changed.

    An edit of a hand-written page changes none, so that only such pages are rendered again.
    """
    # Not on import: MkDocs restores the path after it has loaded its hooks.
    if str(REPOSITORY) not in sys.path:
        sys.path.insert(0, str(REPOSITORY))
    now = {name: _fingerprint(name) for name in _INPUTS}
    if now != _seen:
        for name in [*sys.modules]:
            if name.split(".")[0] in _PACKAGES:
                del sys.modules[name]
        importlib.invalidate_caches()
        _seen.clear()
        _seen.update(now)


def _call(module: str, function: str, *arguments: Any, **options: Any) -> Any:
    """Call a function of a fresh module; bad input ends the build with its message."""
    try:
        return getattr(importlib.import_module(module), function)(*arguments, **options)
    except Exception as error:
        if type(error).__name__ == "InputError":
            raise Abort(str(error)) from None
        raise


def on_startup(*, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """Remember what is going on: a preview warns where a build fails."""
    _started.update(command=command, dirty=dirty)


@event_priority(100)  # before mike's plugin, which adds the version to the site's address
def _set_identity(config: MkDocsConfig) -> MkDocsConfig:
    """Set what follows from the repository's name unless it is set, and list the studies."""
    _refresh()
    try:
        identity = _call(
            "roofline.citations.site_address", "Identity", config.extra.get("repository", "")
        )
    except ValueError as error:
        message = f"mkdocs.yml: extra.repository: {error}"
        raise Abort(message) from None
    config.site_url = config.site_url or identity.site_url
    if _started["command"] == "serve" and urlsplit(config.site_url).path == "/":
        # MkDocs has taken the path of the preview from mkdocs.yml before it asked.
        site_url = _call("roofline.citations.site_address", "load_identity").site_url
        config.site_url = urljoin(config.site_url, urlsplit(site_url).path)
    if not config.repo_url:
        config.repo_url = identity.repository_url
        config.repo_name = config.repo_name or identity.repository
        config.edit_uri = "edit/main/docs/" if config.edit_uri is None else config.edit_uri
    studies = _call("gen.site", "load_views")
    nav = _call("gen.navigation", "add_studies", config.nav, studies)
    config.nav = _call("gen.navigation", "add_cards", nav)
    return config


@event_priority(-100)  # after mike's plugin
def _set_version(config: MkDocsConfig) -> MkDocsConfig:
    """Tell the pages which version and build they are; no version, nothing to select from."""
    versions = importlib.import_module("gen.addresses.versions")
    variable = importlib.import_module("roofline.citations.site_address").VERSION_VARIABLE
    site_url = f"{(config.site_url or '').rstrip('/')}/"
    config.site_url = site_url
    config.extra["canonical_url"] = site_url
    # A copy to read from files must work without a network as well.
    shims = config.extra.get("polyfills", [])
    config.extra["polyfills"] = [_SHIM if "iframe-worker" in shim else shim for shim in shims]
    config.extra_css = [sheet for sheet in config.extra_css if sheet != _MKDOCSTRINGS]
    config.extra["build"] = {
        "version": importlib.import_module("roofline.version").__version__,
        "commit": _call("roofline.report.pages.finding_view", "commit"),
        "address": _call("roofline.report.pages.citing", "published", ""),
    }
    if name := os.environ.get(variable):
        if not config.use_directory_urls:
            raise Abort(_NOT_PUBLISHED)
        config.extra.update(versions.Version(name=name, site_url=site_url).settings)
        config.extra_javascript.append("assets/javascripts/versions.js")
    return config


on_config = CombinedEvent(_set_identity, _set_version)


def on_pre_build(config: MkDocsConfig) -> None:
    """Render the site before any file is written."""
    directory_urls = config.use_directory_urls
    _call("gen.site", "make_site", Path(config.docs_dir), directory_urls=directory_urls)


def _reuse() -> Any:
    """What earlier builds of a preview made; None in a build, which makes everything."""
    if _started["command"] != "serve":
        return None
    return importlib.import_module("gen.reuse").reuse


@event_priority(100)  # before files are generated, some of which have such names
def _withhold_studies(files: Files, /, **_: object) -> Files:
    """Publish no study as it is written: its pages offer its data."""
    folder, endings = _STUDY_FILES
    for file in list(files):
        if file.src_uri.startswith(folder) and file.src_uri.lower().endswith(endings):
            files.remove(file)
    return files


@event_priority(-100)  # after whatever adds files
def _start_reuse(files: Files, /, **_: object) -> Files:
    """Begin a build of a preview."""
    if reuse := _reuse():
        reuse.start(files)
    return files


on_files = CombinedEvent(_withhold_studies, _start_reuse)


@event_priority(-100)  # after whatever changes a page's text
def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Spare MkDocs the Markdown that it has converted before."""
    reuse = _reuse()
    return reuse.markdown(markdown, page) if reuse else markdown


@event_priority(100)  # before whatever reads a page's HTML
def on_page_content(html: str, page: Page, files: Files, **_: object) -> str:
    """Put the HTML in place that was made of the same Markdown before."""
    reuse = _reuse()
    return reuse.content(html, page, files) if reuse else html


def on_env(env: Environment, config: MkDocsConfig, **_: object) -> Environment:
    """Keep foreign text in titles from acting as HTML.

    The theme writes titles without escaping, and its filter that strips tags
    brings back what was escaped.
    """
    env.filters["striptags"] = lambda value: escape(Markup(value).striptags())  # noqa: S704  # escaped again
    if reuse := _reuse():
        reuse.index(config.plugins.get("material/search"))
        reuse.templates(env)
    return env


@event_priority(100)  # before the search
def _keep_page(context: TemplateContext, /, page: Page, **_: object) -> TemplateContext:
    """Keep what was made of a page's Markdown for the next build of a preview."""
    if reuse := _reuse():
        reuse.keep(page)
    return context


@event_priority(-100)  # after the search, which then indexes prose alone
def _insert_fragments(context: TemplateContext, /, page: Page, **_: object) -> TemplateContext:
    """Put tables, charts and formulas where Markdown left their markers."""
    site = importlib.import_module("gen.site").current
    page.content = site.fragments.insert(page.content or "")
    return context


on_page_context = CombinedEvent(_keep_page, _insert_fragments)


def on_serve(server: LiveReloadServer, config: MkDocsConfig, **_: object) -> LiveReloadServer:
    """Serve a preview under the path that the site will have."""
    if config.site_url:
        server.url, server.mount_path = config.site_url, urlsplit(config.site_url).path
    return server


def on_post_build(config: MkDocsConfig) -> None:
    """Hold the site against the ledger of published addresses; make those forward that moved.

    A site without directory URLs is a copy to read, and has no published address.
    """
    if _started["dirty"] or not config.use_directory_urls:
        return
    versions = importlib.import_module("gen.addresses.versions")
    wrong = importlib.import_module("gen.addresses.forward").settle(
        REPOSITORY / "ledger",
        Path(config.site_dir),
        version=config.extra.get("release") or "",
        canonical_url=config.extra["canonical_url"],
        since=versions.release_of(versions.project_version()),
    )
    if wrong and config.strict and _started["command"] != "serve":
        raise Abort(wrong)
    if wrong:
        _log.warning(wrong)
