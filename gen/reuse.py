"""Reuse in a preview what an edit has not changed.

MkDocs converts and renders every page at every edit. Of a page whose Markdown is the same as
before, this keeps the HTML, its headings, its entries in the search index and the finished
page, so that an edit costs what it changes, however many studies there are. The hooks forget
all of it whenever code, a study, a template or the settings change.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jinja2 import BytecodeCache, Environment, Template
from jinja2.bccache import Bucket
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import TableOfContents
from mkdocs.utils.templates import TemplateContext

PAGE_TEMPLATE = "main.html"


@dataclass(frozen=True, kw_only=True)
class _Converted:
    """What MkDocs makes of a page's Markdown."""

    content: str
    toc: TableOfContents
    title: str | None
    anchors: set[str] | None
    links: dict[str, dict[str, str]]
    """Links to anchors, by the page that they lead to."""


@dataclass
class _Bytecode(BytecodeCache):
    """Compiled templates of the theme, which MkDocs compiles anew in every build."""

    codes: dict[str, bytes] = field(default_factory=dict)

    def load_bytecode(self, bucket: Bucket) -> None:
        if (code := self.codes.get(bucket.key)) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key] = bucket.bytecode_to_string()


@dataclass
class KeptPages:
    """What earlier builds of a preview made."""

    converted: dict[str, _Converted] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    entries: dict[str, list[Any]] = field(default_factory=dict)
    bytecode: _Bytecode = field(default_factory=_Bytecode)
    _keys: dict[str, str] = field(default_factory=dict)
    """Key of each page of the build that is going on, by its path."""
    _files: str = ""
    _navigation: str = ""
    """Titles and addresses of the navigation, once all pages of a build have their titles."""

    def start(self, files: Files) -> None:
        """Begin a build, whose pages can link to some files."""
        self._keys.clear()
        self._navigation = ""
        self._files = _digest(*sorted(f"{file.src_uri} {file.url}" for file in files))

    def markdown(self, markdown: str, page: Page) -> str:
        """Give MkDocs nothing to convert where the page is known."""
        key = _digest(page.file.src_uri, repr(sorted(page.meta.items())), markdown, self._files)
        self._keys[page.file.src_uri] = key
        return "" if key in self.converted else markdown

    def content(self, html: str, page: Page, files: Files) -> str:
        """Put what is known of the page where converting would have put it."""
        known = self.converted.get(self._keys[page.file.src_uri])
        if known is None:
            return html
        page.toc = known.toc
        page._title_from_render = known.title  # noqa: SLF001  # as Page.render does
        page.present_anchor_ids = known.anchors
        page.links_to_anchors = {
            file: links
            for path, links in known.links.items()
            if (file := files.get_file_from_path(path)) is not None
        }
        return known.content

    def keep(self, page: Page) -> None:
        """Keep a page as all plugins have left it, before the search index reads it."""
        links = (page.links_to_anchors or {}).items()
        self.converted.setdefault(
            self._keys[page.file.src_uri],
            _Converted(
                content=page.content or "",
                toc=page.toc,
                title=page._title_from_render,  # noqa: SLF001  # as Page.render sets it
                anchors=page.present_anchor_ids,
                links={file.src_uri: anchors for file, anchors in links},
            ),
        )

    def index(self, search: object) -> None:
        """Let the search index of a build take the entries of known pages as they were."""
        index = getattr(search, "search_index", None)
        if index is None:
            return
        add: Callable[[Page], None] = index.add_entry_from_context

        def add_known(page: Page) -> None:
            key = self._keys[page.file.src_uri]
            if key not in self.entries:
                before = len(index.entries)
                add(page)
                self.entries[key] = index.entries[before:]
            else:
                index.entries += self.entries[key]

        index.add_entry_from_context = add_known

    def templates(self, env: Environment) -> None:
        """Let an environment give out finished pages where nothing on them has changed."""
        env.bytecode_cache = self.bytecode
        get_template = env.get_template

        def get(name: Any, *arguments: Any, **options: Any) -> Any:
            template = get_template(name, *arguments, **options)
            # A template that extends this one names itself as well.
            asked_by_mkdocs = name == PAGE_TEMPLATE and not arguments and not options
            return _Remembering(template, self) if asked_by_mkdocs else template

        env.get_template = get  # type: ignore[method-assign]

    def output(self, template: Template, context: TemplateContext) -> str:
        """Render a page, or give it as it was where nothing that it shows has changed."""
        page = context["page"]
        if page is None:  # a template of its own, such as that of an error
            return template.render(context)
        self._navigation = self._navigation or _digest(str(context["nav"]))
        known, content = self._keys[page.file.src_uri], page.content or ""
        key = _digest(known, content, _place(page), self._navigation)
        if key not in self.outputs:
            self.outputs[key] = template.render(context)
        return self.outputs[key]


@dataclass
class _Remembering:
    """The template of a page, which renders only what it has not rendered before."""

    template: Template
    reuse: KeptPages

    def render(self, context: TemplateContext) -> str:
        return self.reuse.output(self.template, context)


def _place(page: Page) -> str:
    """What a page shows of its neighbours."""
    around = [
        None if other is None else (other.title, other.url)
        for other in (page.previous_page, page.next_page)
    ]
    return repr((page.title, page.edit_url, around))


def _digest(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)} ".encode())
        digest.update(part.encode())
    return digest.hexdigest()


reuse = KeptPages()
"""Of the preview that is going on; fresh whenever the hooks forget this module."""
