"""Drawings written straight into a page: text stays text, colours follow the page's scheme."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from roofline.report.charts.drawing.palette import FONTS, light, themed
from roofline.report.charts.drawing.sheet import clean_text


def inline_figure(
    slug: str,
    parts: Sequence[str],
    size: tuple[float, float],
    *,
    title: str,
    caption: str,
    description: str,
    font: float,
) -> Markup:
    """Put the parts of a drawing into a figure.

    Args:
        slug: Part of the ids, which are unique on the page.
        parts: SVG elements, whose texts are escaped.
        size: Width and height of the drawing; a unit is at most a fifteenth of a rem.
        title: What the drawing shows.
        caption: Sentences below the title, or nothing.
        description: For those who do not see the drawing.
        font: Size of text.
    """
    width, height = size
    words = f" {escape(caption)}" if caption else ""
    return Markup(  # noqa: S704  # the texts are escaped, the drawing is our own
        f'<figure class="rl-figure" id="chart-{escape(slug)}" data-search-exclude>'
        f"<figcaption><strong>{escape(title)}.</strong>{words}</figcaption>"
        f'<svg class="rl-chart" style="max-width: {width / 15:.4g}rem"'
        f' viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}"'
        f' aria-describedby="{escape(slug)}-desc" font-family="{escape(FONTS)}"'
        f' font-size="{font:g}"><desc id="{escape(slug)}-desc">'
        f"{escape(clean_text(description))}</desc>{''.join(parts)}</svg></figure>"
    )


def colour(role: str) -> str:
    """Colour of a role, as an attribute's value that follows the page's scheme."""
    return str(escape(themed(light(role))))


def text_element(x: float, y: float, words: str, *, role: str = "ink", weight: int = 400) -> str:
    """Write one line of text, its start on the base line at a place."""
    return (
        f'<text x="{x:.2f}" y="{y:g}" fill="{colour(role)}" font-weight="{weight}">'
        f"{escape(clean_text(words))}</text>"
    )
