"""A preview that reuses pages is the same, to the byte, as one that makes them all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.plugins import event_priority
from mkdocs.structure.pages import Page

from gen.reuse import KeptPages

PAGES = {
    "index.md": "# Home\n\nSee [the ridge](ridge.md#bounds), and [a table](tables/one.md).\n",
    "ridge.md": "---\ntitle: Where they meet\n---\n\n# Ridge\n\n## Bounds { #bounds }\n\nText.\n",
    "tables/one.md": "# One\n\n| a | b |\n| - | - |\n| 1 | 2 |\n\n[Home](../index.md)\n",
    "tables/two.md": "# Two\n\n```python\nprint(1)\n```\n",
}


class Preview:
    """A small site that is built again and again, with reuse or without."""

    def __init__(self, folder: Path) -> None:
        self.docs = folder / "docs"
        self.settings = folder / "mkdocs.yml"
        self.settings.write_text("site_name: Small\n", encoding="utf-8")
        self.reuse = KeptPages()
        self.converted: list[str] = []
        for path, text in PAGES.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        """Write a page."""
        (self.docs / path).parent.mkdir(parents=True, exist_ok=True)
        (self.docs / path).write_text(text, encoding="utf-8")

    def build(self, site: Path, reuse: KeptPages | None = None) -> dict[str, bytes]:
        """Build the site; return its files by path, without what carries the time."""
        config = load_config(
            str(self.settings),
            docs_dir=str(self.docs),
            site_dir=str(site),
            theme={"name": "material", "font": False},
            plugins=["search"],
            validation={"anchors": "warn"},
            markdown_extensions=["attr_list", "tables", {"toc": {"permalink": True}}],
        )
        config.plugins.on_startup(command="serve", dirty=False)
        if reuse is not None:
            self._join(config.plugins, reuse)
        build(config, serve_url="http://127.0.0.1/")
        return {
            path.relative_to(site).as_posix(): path.read_bytes()
            for path in sorted(site.rglob("*"))
            if path.is_file() and not path.name.startswith("sitemap")
        }

    def _join(self, plugins: Any, reuse: KeptPages) -> None:
        """Do what the hooks do, and note which pages are converted."""

        @event_priority(-100)
        def start(files: Any, **_: object) -> Any:
            self.converted.clear()
            reuse.start(files)
            return files

        @event_priority(-100)
        def markdown(text: str, page: Page, **_: object) -> str:
            left = reuse.markdown(text, page)
            self.converted += [page.file.src_uri] if left else []
            return left

        @event_priority(100)
        def content(html: str, page: Page, files: Any, **_: object) -> str:
            return reuse.content(html, page, files)

        def environment(env: Environment, **_: object) -> Environment:
            reuse.index(plugins["material/search"])
            reuse.templates(env)
            return env

        @event_priority(100)
        def keep(context: Any, page: Page, **_: object) -> Any:
            reuse.keep(page)
            return context

        for name, event in (
            ("files", start),
            ("page_markdown", markdown),
            ("page_content", content),
            ("env", environment),
            ("page_context", keep),
        ):
            plugins._register_event(name, event)  # noqa: SLF001  # as MkDocs registers hooks


@pytest.fixture
def preview(tmp_path: Path) -> Preview:
    """A preview of a small site."""
    return Preview(tmp_path)


def append(text: str) -> Callable[[Preview], None]:
    """An edit at the end of a page that another one links to."""
    return lambda preview: preview.write("ridge.md", PAGES["ridge.md"] + text)


EDITS: dict[str, tuple[Callable[[Preview], None], set[str] | None]] = {
    "nothing": (lambda _: None, set()),
    "text": (append("More text.\n"), {"ridge.md"}),
    "heading": (append("\n## Third { #third }\n"), {"ridge.md"}),
    "title": (
        lambda preview: preview.write("ridge.md", PAGES["ridge.md"].replace("meet", "cross")),
        {"ridge.md"},
    ),
    "first heading": (
        lambda preview: preview.write("tables/two.md", "# Zwei\n\nText.\n"),
        {"tables/two.md"},
    ),
    # Which files there are decides which links hold, so that all pages are made again.
    "new page": (lambda preview: preview.write("three.md", "# Three\n"), {*PAGES, "three.md"}),
    "page gone": (lambda preview: (preview.docs / "tables" / "two.md").unlink(), None),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_preview_is_what_a_fresh_build_makes(
    preview: Preview, tmp_path: Path, edit: str
) -> None:
    change, expected = EDITS[edit]
    preview.build(tmp_path / "reused", preview.reuse)
    assert set(preview.converted) == set(PAGES)
    change(preview)
    reused = preview.build(tmp_path / "reused", preview.reuse)
    if expected is not None:
        assert set(preview.converted) == expected
    assert reused == preview.build(tmp_path / "fresh")


def test_an_edit_that_is_taken_back_is_known(preview: Preview, tmp_path: Path) -> None:
    first = preview.build(tmp_path / "site", preview.reuse)
    append("More text.\n")(preview)
    preview.build(tmp_path / "site", preview.reuse)
    preview.write("ridge.md", PAGES["ridge.md"])
    assert preview.build(tmp_path / "site", preview.reuse) == first
    assert not preview.converted


def test_a_broken_link_to_a_place_is_still_told(
    preview: Preview, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    preview.build(tmp_path / "site", preview.reuse)
    preview.write("ridge.md", "# Ridge\n\nNo such place any more.\n")
    preview.build(tmp_path / "site", preview.reuse)
    assert "#bounds" in caplog.text
    assert preview.converted == ["ridge.md"]
