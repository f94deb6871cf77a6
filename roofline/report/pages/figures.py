"""A chart in a page: its message, the drawing, and its files."""

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from roofline.report.charts.spec import ATTAINABLE, MEASURED, PREDICTED
from roofline.report.pages.citing import button, chart_forms, published
from roofline.report.pages.tables import anchor_link

if TYPE_CHECKING:
    from collections.abc import Callable

    from roofline.report.charts import Chart


FORMATS = {"svg": "SVG", "png": "PNG", "csv": "CSV", "json": "JSON"}


_ALONE = ("Attainable alone", 'class="rl-layers__alone"')
LAYERS = {
    (PREDICTED, ATTAINABLE): (("Predicted and attainable", "checked"), _ALONE),
    (MEASURED, ATTAINABLE): (("Measured and attainable", "checked"), _ALONE),
    (MEASURED, PREDICTED, ATTAINABLE): (
        ("Measured, predicted and attainable", "checked"),
        ("Measured and attainable", 'class="rl-layers__measured"'),
        _ALONE,
    ),
}
"""Which points the switch over a chart shows; the style sheet goes by the class."""


def figure(chart: "Chart", folder: str, link: "Callable[[str], str]", page: str) -> Markup:
    """Write a chart as a figure.

    Args:
        chart: The chart.
        folder: Where its files lie under docs/.
        link: Makes a path under docs/ relative to the page.
        page: Permanent address of the page.
    """
    downloads = "".join(
        f'<li><a href="{escape(link(f"{folder}/{chart.slug}.{ending}"))}" download'
        f' aria-label="{name} of this chart: {escape(chart.slug)}">{name}</a></li>'
        for ending, name in FORMATS.items()
    )
    anchor = f"chart-{escape(chart.slug)}"
    image = published(f"{folder}/{chart.slug}.png")
    forms = chart_forms(chart.title, f"{page}#{anchor}", image)
    cite = button(forms, f"__cite-{chart.slug}", f"Cite this chart: {chart.slug}")
    here = anchor_link(anchor, f"Link to this chart: {chart.title}")
    return Markup(  # noqa: S704  # the texts are escaped, the drawing is our own
        f'<figure class="rl-figure" id="{anchor}" data-search-exclude>'
        f"<figcaption><strong>{escape(chart.title)}.{here}</strong> {escape(chart.caption)}"
        "</figcaption>"
        f"{_switch(chart, folder)}{chart.inline}"
        f'<ul class="rl-downloads">{downloads}</ul>{cite}</figure>'
    )


def _switch(chart: "Chart", folder: str) -> str:
    """Write the switch of a chart with several layers; the style sheet does the rest."""
    if not chart.layers:
        return ""
    name = escape(f"layers-{folder}-{chart.slug}")
    choices = "".join(
        f'<label><input type="radio" name="{name}" {state}> {words}</label>'
        for words, state in LAYERS[tuple(chart.layers)]
    )
    label = f"Points of this chart: {escape(chart.slug)}"
    return f'<div class="rl-layers" role="radiogroup" aria-label="{label}">{choices}</div>'


def files(chart: "Chart", folder: str) -> dict[str, bytes]:
    """Give the files of a chart, by path under docs/."""
    return {f"{folder}/{chart.slug}.{ending}": getattr(chart, ending) for ending in FORMATS}
