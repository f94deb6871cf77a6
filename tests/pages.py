"""Pages of the site outside of MkDocs: Markdown converted as it converts it."""

from functools import cache
from typing import Any

from bs4 import BeautifulSoup
from markdown import Markdown
from mkdocs.utils.yaml import yaml_load

from builds import REPOSITORY


@cache
def _converter() -> Markdown:
    """The converter with the extensions of mkdocs.yml, and the one MkDocs always adds."""
    with (REPOSITORY / "mkdocs.yml").open(encoding="utf-8") as file:
        entries = yaml_load(file)["markdown_extensions"]
    named: dict[str, dict[str, Any]] = {"fenced_code": {}}
    for entry in entries:
        named |= entry if isinstance(entry, dict) else {entry: {}}
    return Markdown(extensions=[*named], extension_configs=named)


def to_html(markdown: str) -> str:
    """Convert one page."""
    return str(_converter().reset().convert(markdown))


def parsed(markdown: str) -> BeautifulSoup:
    """Convert one page and parse the result."""
    return BeautifulSoup(to_html(markdown), "html.parser")
