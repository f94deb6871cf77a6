"""Bars beside each other as an inline drawing: few numbers, each written out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from roofline.report.charts.drawing.inline import colour, inline_figure, text_element

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


def bars(
    slug: str,
    title: str,
    groups: Sequence[Group],
    caption: str = "",
    line: Bar | None = None,
) -> Markup:
    """Draw groups of bars from one zero on.

    Args:
        slug: Part of the ids, which are unique on the page.
        title: What the drawing shows.
        groups: From top to bottom, at least one bar above 0 among them.
        caption: Sentences below the title.
        line: A value to compare all bars with, as a line across them, named at its end.

    Returns:
        A figure whose text is text and whose colours follow the page's scheme.
    """
    longest = max(bar.value for group in groups for bar in group.bars)
    parts, top = [], 0.0
    for group in groups:
        parts.append(text_element(0, top + _SIZE, group.label, weight=600))
        top += _LABEL
        for bar in group.bars:
            width = (_WIDTH - _ROOM) * bar.value / longest
            parts.append(
                f'<rect x="0" y="{top:g}" width="{max(width, 1):.2f}" height="{_BAR}"'
                f' fill="{colour(bar.role)}"/>'
            )
            words = f"{bar.text} {bar.name}"
            parts.append(text_element(max(width, 1) + 6, top + _SIZE - 0.5, words))
            top += _STEP
        top += _GAP
    if line is not None:
        place = (_WIDTH - _ROOM) * line.value / longest
        parts.append(
            f'<path d="M{place:.2f} 0V{top:g}" stroke="{colour(line.role)}" stroke-width="1"'
            ' stroke-dasharray="3 3"/>'
        )
        parts.append(text_element(place + 6, top + _SIZE - 0.5, f"{line.text} {line.name}"))
        top += _STEP + _GAP
    told = "; ".join(
        f"{group.label}: {', '.join(f'{bar.name} {bar.text}' for bar in group.bars)}"
        for group in groups
    )
    if line is not None:
        told += f"; across all: {line.name} {line.text}"
    return inline_figure(
        slug,
        parts,
        (_WIDTH, top - _GAP),
        title=title,
        caption=caption,
        description=told,
        font=_SIZE,
    )
