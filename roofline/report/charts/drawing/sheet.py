"""The sheet that a chart is drawn on, in points, and the marks that charts share."""

import textwrap
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.textpath import TextToPath
from matplotlib.ticker import NullLocator

from roofline.report.charts.drawing.palette import light

HEADER: Final = "header"
FOOTER: Final = "footer"
PAPER_GROUP: Final = "paper"
"""Id of the group that holds the background; an inlined drawing goes without."""
FAINT: Final = 0.32
"""Opacity of marks for settings that do not fit on the card."""

WIDE: Final = (547.2, 9.5)
NARROW: Final = (272.0, 8.0)
"""Width of a layout, and size of its font [point]; text stays legible at 330 pixels."""

_MARGIN: Final = 8.0
_LINE: Final = 1.35
_STYLE: Final[dict[Any, Any]] = {
    "font.family": ["DejaVu Sans"],
    "svg.fonttype": "none",
    "svg.hashsalt": "roofline",
    "svg.image_inline": True,
    "text.parse_math": False,
    "path.simplify": True,
    "lines.solid_capstyle": "butt",
}

Kind = Literal["wide", "narrow"]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Size of a drawing, without its header and footer [point]."""

    kind: Kind
    width: float
    height: float
    font: float

    @property
    def narrow(self) -> bool:
        """Whether the drawing is for a phone."""
        return self.kind == "narrow"


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """A figure with room for a chart between a header and a footer."""

    figure: Figure
    layout: Layout
    header: float
    footer: float

    @classmethod
    def blank(cls, layout: Layout, *, title: str = "", below: tuple[str, ...] = ()) -> "Canvas":
        """Make an empty sheet; a title and lines below it take room of their own.

        Args:
            layout: Size of the chart.
            title: Message, set in bold over the chart, if any.
            below: Lines of small print under the chart, if any.
        """
        size = layout.font + 2
        lines = _title_lines(layout, title)
        header, footer = margins(layout, title, below)
        height = layout.height + header + footer
        figure = Figure(figsize=(layout.width / 72, height / 72), dpi=72)
        figure.patch.set(facecolor=light("paper"), gid=PAPER_GROUP)
        canvas = cls(figure=figure, layout=layout, header=header, footer=footer)
        if title:
            top = 1 - (_MARGIN - 2) / height
            for position, line in enumerate(lines):
                figure.text(
                    _MARGIN / layout.width,
                    top - position * size * _LINE / height,
                    line,
                    size=size,
                    weight="bold",
                    color=light("ink"),
                    va="top",
                    gid=HEADER,
                )
        for position, line in enumerate(reversed(below)):
            figure.text(
                _MARGIN / layout.width,
                layout.font * (0.7 + _LINE * position) / height,
                shortened(line, layout.width - 2 * _MARGIN, layout.font - 1.5),
                size=layout.font - 1.5,
                color=light("muted"),
                va="bottom",
                gid=FOOTER,
            )
        return canvas

    def axes(self, left: float, bottom: float, right: float, top: float) -> Axes:
        """Add axes at margins in points from the edges of the chart's room."""
        width, height = self.layout.width, self.layout.height + self.header + self.footer
        inner = (
            left / width,
            (bottom + self.footer) / height,
            (width - left - right) / width,
            (self.layout.height - bottom - top) / height,
        )
        axes = self.figure.add_axes(inner, facecolor="none")
        axes.set_axisbelow(True)
        for side, spine in axes.spines.items():
            spine.set_visible(side in {"left", "bottom"})
            spine.set(color=light("rule"), linewidth=0.8)
        axes.tick_params(
            which="both",
            colors=light("rule"),
            labelcolor=light("ink"),
            labelsize=self.layout.font,
            length=3,
            width=0.8,
            pad=3,
        )
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_minor_locator(NullLocator())
        return axes

    def text(self, axes: Axes, x: float, y: float, text: str, **options: Any) -> None:
        """Write text at a place in data coordinates, unless a transform is given."""
        settings: dict[str, Any] = {
            "size": self.layout.font,
            "color": light("ink"),
            "va": "center",
            "zorder": 6,
        }
        axes.text(x, y, text, **(settings | options))

    def legend(self, axes: Axes, **options: Any) -> Legend:
        """Name the marks, in lines close to each other."""
        settings: dict[str, Any] = {
            "fontsize": self.layout.font,
            "frameon": False,
            "borderaxespad": 0.3,
            "handletextpad": 0.1,
            "labelspacing": 0.35,
            "handlelength": 1.6,
            "labelcolor": light("ink"),
        }
        return axes.legend(**(settings | options))

    def name_axes(self, axes: Axes, x: str, y: str) -> None:
        """Label both axes."""
        options: dict[str, Any] = {"size": self.layout.font, "color": light("ink")}
        axes.set_xlabel(x, labelpad=4, **options)
        axes.set_ylabel(y, labelpad=4, **options)


def margins(layout: Layout, title: str, below: tuple[str, ...]) -> tuple[float, float]:
    """Measure the room of a title and of lines below the chart, without drawing [point]."""
    lines = _title_lines(layout, title)
    header = len(lines) * (layout.font + 2) * _LINE + 12 if title else 0.0
    return header, layout.font * (0.65 + _LINE * len(below)) if below else 0.0


def _title_lines(layout: Layout, title: str) -> list[str]:
    return wrapped(title, layout.width - 2 * _MARGIN, layout.font + 2, "bold")


def _figure(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("the axes belong to no figure")
    return figure


def axes_width(axes: Axes) -> float:
    """Width of axes [point]."""
    return float(axes.get_position().width * _figure(axes).get_figwidth() * 72)


def axes_height(axes: Axes) -> float:
    """Height of axes [point]."""
    return float(axes.get_position().height * _figure(axes).get_figheight() * 72)


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Width of a line of text in the font that lays charts out [point]."""
    return _hundredfold(text, weight) * size / 100


@cache
def _hundredfold(text: str, weight: str) -> float:
    font = FontProperties(family="DejaVu Sans", size=100, weight=weight)
    with quiet():
        width, _, _ = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def wrapped(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Break text into lines of at most a width [point]."""
    text = clean_text(text)
    if not text:
        return []
    characters = max(8, int(len(text) * width / max(1.0, text_width(text, size, weight))))
    while characters > 8:  # noqa: PLR2004  # shorter lines help nobody
        lines = textwrap.wrap(text, characters)
        if all(text_width(line, size, weight) <= width for line in lines):
            return lines
        characters -= 1
    return textwrap.wrap(text, characters)


def shortened(text: str, width: float, size: float) -> str:
    """Cut text off with an ellipsis where it is wider than a width [point]."""
    text = clean_text(text)
    if text_width(text, size) <= width:
        return text
    # Measuring is slow, so not letter by letter.
    fitting = bisect_right(
        range(len(text)), width, key=lambda end: text_width(text[:end] + "…", size)
    )
    return text[: max(fitting - 1, 0)].rstrip() + "…"


def clean_text(text: str) -> str:
    """Put text on one line, without characters that XML forbids."""
    allowed = (
        mark
        for mark in " ".join(text.split())
        if mark >= " " and not "\ud800" <= mark <= "\udfff" and mark not in "\ufffe\uffff"
    )
    return "".join(allowed)


@contextmanager
def style() -> Iterator[None]:
    """Draw in the style of the charts, whatever the fonts lack."""
    with quiet(), mpl.rc_context(_STYLE):
        yield


def quiet() -> "warnings.catch_warnings[None]":
    """Ignore characters that the font which measures text does not have."""
    return warnings.catch_warnings(action="ignore", category=UserWarning)
