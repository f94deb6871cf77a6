"""A chart in a page: its message, the drawing, and its files."""

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from gen.charts import Chart

FORMATS = {"svg": "SVG", "png": "PNG", "csv": "CSV", "json": "JSON"}


def figure(chart: "Chart", folder: str, link: "Callable[[str], str]") -> Markup:
    """Write a chart as a figure.

    Args:
        chart: The chart.
        folder: Where its files lie under docs/.
        link: Makes a path under docs/ relative to the page.
    """
    downloads = "".join(
        f'<li><a href="{escape(link(f"{folder}/{chart.slug}.{ending}"))}" download'
        f' aria-label="{name} of this chart: {escape(chart.slug)}">{name}</a></li>'
        for ending, name in FORMATS.items()
    )
    return Markup(  # noqa: S704  # the texts are escaped, the drawing is our own
        f'<figure class="rl-figure" id="chart-{escape(chart.slug)}" data-search-exclude>'
        f"<figcaption><strong>{escape(chart.title)}.</strong> {escape(chart.caption)}</figcaption>"
        f"{chart.inline}"
        f'<ul class="rl-downloads">{downloads}</ul></figure>'
    )


def files(chart: "Chart", folder: str) -> dict[str, bytes]:
    """Give the files of a chart, by path under docs/."""
    return {f"{folder}/{chart.slug}.{ending}": getattr(chart, ending) for ending in FORMATS}
