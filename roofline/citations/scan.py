"""Citations of findings in documents: Markdown, HTML or plain text, all read the same way."""

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from roofline.citations.stamp import LATEST, Citation, address_pattern, parse_stamp

# Possessive: a document of a megabyte of brackets takes no longer than one of prose.
_STAMP = re.compile(r"\[roofline(?P<body>\s[^\[\]]*+)(?P<end>\]?)")
_MOST_OF_A_STAMP = 5_000
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
# What quotes, diffs and comments of code write before every line.
_CONTAINER = r"(?:[ \t\r>+*#;%|!-]|//+|/\*|<!--)*+"
_LINE_START = re.compile(rf"\n{_CONTAINER}")
_BLANK_LINE = re.compile(rf"\n{_CONTAINER}\n")
_FARTHEST = 200
"""Characters between a link and its stamp, which HTML fills with other attributes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """A place in a document where a finding is cited, or was meant to be."""

    line: int
    """Line at which it begins, counted from 1."""
    text: str
    """The stamp, or the address where there is no stamp."""
    citation: Citation | None
    """None for a stamp that cannot be read."""
    fault: str = ""
    """What is wrong with a stamp that cannot be read."""


@dataclass(kw_only=True, slots=True)
class _Parts:
    """A link and a stamp that belong together, while more of them is looked for."""

    start: int
    end: int
    text: str
    citation: Citation | None
    stamped: bool
    badge: bool = False
    fault: str = ""

    def takes(self, other: "_Parts", between: str) -> bool:
        """Whether what follows in the document is another part of the same citation."""
        if self.citation is None or other.citation is None:
            return False
        same = (self.citation.study, self.citation.slug) == (
            other.citation.study,
            other.citation.slug,
        )
        once = not (self.stamped and other.stamped)
        parts = self.stamped or other.stamped or self.badge or other.badge
        near = len(between) <= _FARTHEST and not _BLANK_LINE.search(between)
        return same and once and parts and near


def find_citations(text: str, site_url: str) -> tuple[Occurrence, ...]:
    """Find all citations of a document in Markdown, HTML or plain text.

    A stamp counts wherever it stands, also in a block of code, and in a quote, a diff or a
    comment whose marks begin each of its lines. A link counts by its address; with a stamp of
    the same finding beside it, the two are one citation.

    Args:
        text: The document.
        site_url: Address of the site whose findings are meant, with a slash at its end.

    Returns:
        In the order of the document. The time taken grows with its length alone.
    """
    text = _plain(text)
    parts = sorted([*_stamps(text), *_links(text, site_url)], key=lambda part: part.start)
    groups: list[_Parts] = []
    for part in parts:
        last = groups[-1] if groups else None
        if last is None or not last.takes(part, text[last.end : part.start][: _FARTHEST + 1]):
            groups.append(part)
            continue
        if part.stamped:
            last.text, last.citation, last.stamped = part.text, part.citation, True
        last.end, last.badge = part.end, last.badge or part.badge
    breaks = [match.start() for match in re.finditer("\n", text)]
    return tuple(
        Occurrence(
            line=bisect_right(breaks, group.start) + 1,
            text=group.text,
            citation=group.citation,
            fault=group.fault,
        )
        for group in groups
    )


def _plain(text: str) -> str:
    """Undo what Markdown and HTML write in place of a mark; lines stay where they are."""
    text = _ENTITY.sub(lambda entity: " ".join(html.unescape(entity[0]).split("\n")), text)
    return _ESCAPED.sub(r"\1", text)


def _stamps(text: str) -> Iterator[_Parts]:
    """Stamps, and what was meant as one; a link called ``[roofline model]`` is neither."""
    for match in _STAMP.finditer(text):
        body = match["body"][:_MOST_OF_A_STAMP]
        stamp, as_it_is = (
            f"[roofline {' '.join(text.split())}]" for text in (_LINE_START.sub("\n", body), body)
        )
        if "@" not in stamp.split(" ")[1] and not (match["end"] and "=" in body):
            continue
        part = _Parts(start=match.start(), end=match.end(), text=stamp, citation=None, stamped=True)
        if len(match["body"]) > _MOST_OF_A_STAMP:
            part.fault = f"expected at most {_MOST_OF_A_STAMP:,} characters in a stamp, got more"
        elif not match["end"]:
            part.fault = "expected a closing bracket"
        else:
            _read(part, stamp, as_it_is)
        yield part


def _read(part: _Parts, stamp: str, as_it_is: str) -> None:
    """Read a stamp without the marks that begin its lines, or with them if they are its own."""
    try:
        part.citation = parse_stamp(stamp)
    except ValueError as error:
        part.fault = str(error)
        with suppress(ValueError):
            part.citation = parse_stamp(as_it_is)
            part.text, part.fault = as_it_is, ""


def _links(text: str, site_url: str) -> Iterator[_Parts]:
    """Addresses of findings' pages and of their files, with a version or without."""
    for match in address_pattern(site_url).finditer(text):
        named = Citation(
            study=match["study"], slug=match["slug"], version=match["version"] or LATEST
        )
        yield _Parts(
            start=match.start(),
            end=match.end(),
            text=match[0],
            citation=named,
            stamped=False,
            badge=bool(match["badge"]),
        )
