"""Jinja for pages and templates: strict about what is missing, safe with foreign text.

Delimiters are ``<%= value %>``, ``<% statement %>`` and ``<%# comment %>``, which
leave alone what Markdown, TeX and GitHub Actions write in braces.
"""

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError
from jinja2.exceptions import TemplateSyntaxError
from markupsafe import Markup, escape

from roofline.citations.site_address import site_version
from roofline.errors import InputError
from roofline.report.pages import citing, rows, text
from roofline.report.pages.figures import figure
from roofline.report.pages.fragments import Fragments
from roofline.report.pages.mathematics import render as typeset
from roofline.report.pages.tables import TableColumn, bound_label, table

TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True, kw_only=True)
class Renderer:
    """Renders pages of one build; fragments collect in it."""

    fragments: Fragments
    values: Mapping[str, Any]
    """What every page sees."""
    directory_urls: bool = True
    """Whether a page's address is a folder, as MkDocs' ``use_directory_urls`` says."""

    def page(self, path: str, source: str, origin: str, **values: object) -> str:
        """Render one page.

        Args:
            path: The page's path under docs/, for relative links.
            source: Its text.
            origin: The file it comes from, for messages.
            values: What only this page sees.

        Raises:
            InputError: The page uses what is not there, or is not a template.
        """
        try:
            template = self._compiled(source)
            return template.render({**self.values, **self._page_functions(path), **values})
        except TemplateSyntaxError as error:
            raise _problem(origin, error, error.lineno) from error
        except InputError as error:
            raise _problem(origin, error, _line(error, "<template>")) from error
        except (
            TemplateError,
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
            ArithmeticError,
        ) as error:
            raise _problem(origin, error, _line(error, "<template>")) from error

    def template(self, name: str, path: str, **values: object) -> str:
        """Render one of the templates of generated pages."""
        file = TEMPLATES / name
        origin = str(Path("roofline") / "report" / "templates" / name)
        return self.page(path, file.read_text(encoding="utf-8"), origin, **values)

    def _compiled(self, source: str) -> Template:
        """Compile a source once, however many pages are made of it."""
        if source not in self._templates:
            self._templates[source] = self._environment.from_string(source)
        return self._templates[source]

    @cached_property
    def _templates(self) -> dict[str, Template]:
        return {}

    def _page_functions(self, path: str) -> dict[str, Any]:
        """Functions that depend on where the page stands."""
        link = _linker(path, directory_urls=self.directory_urls)
        root = _linker("index.md", directory_urls=self.directory_urls)
        here = citing.published(root(path).removeprefix("./"))
        block = self.fragments.block
        return {
            "figure": lambda chart, folder: block(figure(chart, folder, link, here)),
            "link": link,
            "site_version": site_version(),
            "finding_forms": lambda view: citing.finding_forms(view.snippets, _badge(view, link)),
            "page_forms": lambda title: citing.page_forms(title, here),
            "cite": lambda forms, note: block(citing.button(forms, "cite", "Cite this page", note)),
        }

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            undefined=StrictUndefined,
            autoescape=True,
            finalize=text.escaped_text,
            block_start_string="<%",
            block_end_string="%>",
            variable_start_string="<%=",
            variable_end_string="%>",
            comment_start_string="<%#",
            comment_end_string="%>",
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        environment.filters.update(
            number=text.number,
            whole=text.whole,
            percent=text.percent,
            amount=text.amount,
            code=_code,
            front_matter=_front_matter,
            split_unit=_split_unit,
            verbatim=_verbatim,
        )
        environment.globals.update(
            Column=TableColumn,
            bound=lambda name: self.fragments.inline(bound_label(name)),
            math=self._math(display=False),
            formula=self._math(display=True),
            table=lambda columns, records, **options: self.fragments.block(
                table(columns, records, **options)
            ),
            rows=rows,
        )
        return environment

    def _math(self, *, display: bool) -> Callable[[str], Markup]:
        keep = self.fragments.inline
        return lambda tex: keep(typeset(str(tex), display=display))


def _address(path: str, *, directory_urls: bool) -> str:
    """Address of a file under docs/, below the site's.

    ``learn/ridge.md`` is ``learn/ridge/``, or ``learn/ridge.html`` without directory URLs.
    """
    stem, ending = posixpath.splitext(path)
    if ending != ".md":
        return path
    if not directory_urls:
        return f"{stem}.html"
    folder = posixpath.dirname(stem) if posixpath.basename(stem) == "index" else stem
    return f"{folder}/" if folder else ""


def _linker(path: str, *, directory_urls: bool) -> Callable[[str], str]:
    """Make links from a page to files under docs/, for HTML that MkDocs leaves alone."""
    folder = posixpath.dirname(_address(path, directory_urls=directory_urls))

    def link(target: str) -> str:
        target, mark, anchor = target.partition("#")
        address = _address(target, directory_urls=directory_urls)
        slash = "/" if address.endswith("/") or not address else ""
        return posixpath.relpath(address or ".", folder or ".") + slash + mark + anchor

    return link


def _badge(view: Any, link: Callable[[str], str]) -> Markup:
    """Show a finding's badge as an image."""
    return Markup('<img src="{}" alt="{}" height="20">').format(
        link(f"{view.folder}/badge.svg"), view.badge_label
    )


def _code(value: object) -> Markup:
    """Write code, in which Markdown finds nothing to act on."""
    return Markup("<code>{}</code>").format(text.escaped_text(str(value)))


def _verbatim(value: object) -> Markup:
    """Write text as it is, where Markdown does not look: in a fence or an address."""
    return Markup(str(value))  # noqa: S704  # its own language has escaped it


def _split_unit(value: str) -> Markup:
    """Write a number large and its unit small."""
    number, _, unit = value.partition(" ")
    if not unit:
        return Markup("{}").format(number)
    return Markup('{} <span class="rl-unit">{}</span>').format(number, unit)


def _front_matter(value: object) -> Markup:
    """Write one value of the front matter, as a quoted string of YAML.

    It is escaped for HTML, since the theme writes it as it is.
    """
    escaped = str(escape(" ".join(str(value).split()))).replace("\\", "\\\\")
    return Markup(f'"{escaped}"')  # noqa: S704  # escaped above


def _line(error: BaseException, name: str) -> int | None:
    """Line of the template at which an error arose."""
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _problem(origin: str, error: Exception, line: int | None) -> InputError:
    reason = str(error.args[0]) if isinstance(error, LookupError) and error.args else error
    return InputError.at(origin, str(reason), line)
