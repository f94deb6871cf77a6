"""HTML that must reach the page untouched by Markdown.

Tables, charts and formulas are rendered once; pages carry a short marker in
their place, which is replaced after Markdown has run. That keeps Markdown out
of other languages' punctuation, and an edit of a page quick.
"""

import hashlib
import re

from markupsafe import Markup

_MARKER = re.compile(r'<(?P<tag>div|span) data-fragment="(?P<key>[0-9a-f]+)"></(?P=tag)>')


class Fragments:
    """The fragments of one build, by key."""

    def __init__(self) -> None:
        """Start with none."""
        self._html: dict[str, str] = {}

    def block(self, html: str) -> Markup:
        """Keep a block and give the marker that stands for it, on lines of its own."""
        return Markup(f"\n\n{self._marker('div', html)}\n\n")  # noqa: S704  # a hash alone

    def inline(self, html: str) -> Markup:
        """Keep a phrase and give the marker that stands for it."""
        return Markup(self._marker("span", html))  # noqa: S704  # a hash alone

    def _marker(self, tag: str, html: str) -> str:
        key = hashlib.sha256(html.encode()).hexdigest()[:24]
        self._html[key] = html
        return f'<{tag} data-fragment="{key}"></{tag}>'

    def insert(self, html: str) -> str:
        """Replace every marker by its fragment.

        Raises:
            KeyError: A marker stands for nothing.
        """
        return _MARKER.sub(lambda marker: self._html[marker["key"]], html)
