"""Bars beside each other as an inline drawing: few numbers, each written out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from roofline.report.charts.drawing.palette import FONTS, light, themed

_WIDTH: Final = 400
_SIZE: Final = 12
_BAR: Final = 14
_STEP: Final = 18
_LABEL: Final = 20
_GAP: Final = 12
_ROOM: Final = 150
"""Beside the longest bar, for its number and its name."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar."""

    value: float
    """Its length, at least 0; all bars of a drawing in one unit."""
    text: str
    """The value as written."""
    role: str
    """Of the palette."""
    name: str
    """What it is, in a word or two."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Bars under one label."""

    label: str
    bars: tuple[Bar, ...]


def bars(slug: str, title: str, groups: Sequence[Group], caption: str = "") -> Markup:
    """Draw groups of bars from one zero on.

    Args:
        slug: Part of the ids, which are unique on the page.
        title: What the drawing shows.
        groups: From top to bottom, at least one bar above 0 among them.
        caption: Sentences below the title.

    Returns:
        A figure whose text is text and whose colours follow the page's scheme.
    """
    longest = max(bar.value for group in groups for bar in group.bars)
    parts, top = [], 0.0
    for group in groups:
        parts.append(_text(0, top + _SIZE, group.label, "ink", weight=600))
        top += _LABEL
        for bar in group.bars:
            width = (_WIDTH - _ROOM) * bar.value / longest
            colour = themed(light(bar.role))
            parts.append(
                f'<rect x="0" y="{top:g}" width="{max(width, 1):.2f}" height="{_BAR}"'
                f' fill="{escape(colour)}"/>'
            )
            words = f"{bar.text} {bar.name}"
            parts.append(_text(max(width, 1) + 6, top + _SIZE - 0.5, words, "ink"))
            top += _STEP
        top += _GAP
    height = top - _GAP
    told = "; ".join(
        f"{group.label}: {', '.join(f'{bar.name} {bar.text}' for bar in group.bars)}"
        for group in groups
    )
    words = f" {escape(caption)}" if caption else ""
    return Markup(  # noqa: S704  # the texts are escaped, the drawing is our own
        f'<figure class="rl-figure" id="chart-{escape(slug)}" data-search-exclude>'
        f"<figcaption><strong>{escape(title)}.</strong>{words}</figcaption>"
        f'<svg class="rl-chart" style="max-width: 26rem" viewBox="0 0 {_WIDTH} {height:g}"'
        f' role="img" aria-labelledby="{slug}-title {slug}-desc" font-family="{escape(FONTS)}"'
        f' font-size="{_SIZE}"><title id="{slug}-title">{escape(title)}</title>'
        f'<desc id="{slug}-desc">{escape(told)}</desc>{"".join(parts)}</svg></figure>'
    )


def _text(x: float, y: float, words: str, role: str, weight: int = 400) -> str:
    colour = escape(themed(light(role)))
    return (
        f'<text x="{x:.2f}" y="{y:g}" fill="{colour}" font-weight="{weight}">{escape(words)}</text>'
    )
