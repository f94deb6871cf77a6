"""A chart in a page: its message, the drawing, and its files."""

import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from roofline.report.charts.drawing.palette import ALL, ALONE
from roofline.report.charts.labels import join_words
from roofline.report.charts.spec import PREDICTED, STREAMED
from roofline.report.pages.citing import button, chart_forms, published
from roofline.report.pages.tables import anchor_link

if TYPE_CHECKING:
    from collections.abc import Callable

    from roofline.report.charts import Chart
    from roofline.report.charts.spec import View


_SENTENCE = re.compile(r"(?<=\.) (?=[A-Z0-9])")
"""Between two sentences."""


FORMATS = {"svg": "SVG", "png": "PNG", "csv": "CSV", "json": "JSON"}


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
        f'<figcaption><strong><span id="{chart.mark}-title">{_say(chart, _title)}.</span>{here}'
        "</strong></figcaption>"
        f'<p id="{chart.mark}-description" hidden>{escape(chart.description)}</p>'
        f"{_switch(chart, folder)}{chart.inline}"
        f'<p class="rl-note">{_say(chart, _note)}</p>{_reading(chart)}'
        f'<ul class="rl-downloads">{downloads}</ul>{cite}</figure>'
    )


def _title(chart: "Chart | View") -> str:
    return chart.title


def _note(chart: "Chart | View") -> str:
    """The first sentence of a caption, which says what the marks are."""
    return _SENTENCE.split(chart.caption, maxsplit=1)[0]


def _rest(chart: "Chart | View") -> str:
    return "".join(_SENTENCE.split(chart.caption, maxsplit=1)[1:])


def _reading(chart: "Chart") -> str:
    """Write what a caption says after its first sentence, for those who want to read on."""
    if not _rest(chart):
        return ""
    return (
        '<details class="rl-reading"><summary>How to read this chart</summary>'
        f"<p>{_say(chart, _rest)}</p></details>"
    )


def _say(chart: "Chart", text: "Callable[[Chart | View], str]") -> Markup:
    """Write a text of a chart, in all of its views; the style sheet shows one of them."""
    if len({text(view) for view in chart.views}) <= 1:
        return escape(text(chart))
    return Markup("").join(
        Markup('<span class="rl-view rl-view--{}">{}</span>').format(name, text(view))
        for name, view in _named_views(chart)
    )


def _switch(chart: "Chart", folder: str) -> str:
    """Write the switch of a chart with several layers; the style sheet does the rest."""
    if not chart.views:
        return ""
    streamed = any(view.layers[0] == STREAMED for view in chart.views)
    group = escape(f"layers-{folder}-{chart.slug}")
    choices = "".join(
        f'<label><input type="radio" name="{group}" class="rl-layers__{name}"'
        f"{' checked' * (name == ALL)}> {_layer_words(view, streamed=streamed)}</label>"
        for name, view in _named_views(chart)
    )
    label = f"Points of this chart: {escape(chart.slug)}"
    return f'<div class="rl-layers" role="radiogroup" aria-label="{label}">{choices}</div>'


def _named_views(chart: "Chart") -> "list[tuple[str, View]]":
    """Name each view for the style sheet: all layers, one alone, or after the one in front."""
    first, *rest = chart.views
    named = [(ALONE if len(view.layers) == 1 else view.layers[0], view) for view in rest]
    return [(ALL, first), *named]


def _layer_words(view: "View", *, streamed: bool) -> str:
    """Name a choice of layers; where kernels in a stream are one, the others run alone."""
    if view.layers[0] == STREAMED:
        return "Predicted in a stream"
    if streamed and view.layers[0] == PREDICTED:
        return "Predicted run alone"
    words = join_words(view.layers)
    return f"{words} alone".capitalize() if len(view.layers) == 1 else words.capitalize()


def files(chart: "Chart", folder: str) -> dict[str, bytes]:
    """Give the files of a chart, by path under docs/."""
    return {f"{folder}/{chart.slug}.{ending}": getattr(chart, ending) for ending in FORMATS}
