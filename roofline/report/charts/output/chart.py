"""What a chart is: one message, the drawing in every form, and the data beside it."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from roofline.report.charts.drawing import (
    agreement,
    candidates,
    capacity,
    intensity,
    lines,
    reproduction,
    roofline,
    spread,
    time,
)
from roofline.report.charts.drawing.sheet import (
    FOOTER,
    HEADER,
    NARROW,
    WIDE,
    Canvas,
    Layout,
    margins,
    style,
)
from roofline.report.charts.output.cache import STORE, entry_key
from roofline.report.charts.output.svg import figure_png, figure_svg, file_svg, inline_svg
from roofline.report.charts.spec import (
    Agreement,
    CandidateIntensity,
    IntensityCurves,
    Lines,
    MemoryMap,
    Origin,
    Plan,
    RangeComparison,
    Roofline,
    Spec,
    SpeedUps,
    StageSpread,
    StepTimes,
    View,
)


class _Look(NamedTuple):
    """How a kind of spec is drawn."""

    draw: Callable[[Canvas, Any], None]
    heights: tuple[float, float]
    """Of the wide and the narrow layout [point]."""


_LOOKS: Final[Mapping[type[Spec], _Look]] = {
    Roofline: _Look(roofline.draw_roofline, roofline.HEIGHTS),
    IntensityCurves: _Look(intensity.draw_curves, intensity.HEIGHTS),
    StepTimes: _Look(time.draw_times, time.HEIGHTS),
    MemoryMap: _Look(capacity.draw_memory, capacity.HEIGHTS),
    CandidateIntensity: _Look(candidates.draw_candidate_intensity, candidates.INTENSITY_HEIGHTS),
    SpeedUps: _Look(candidates.draw_speed_ups, candidates.SPEED_UP_HEIGHTS),
    Agreement: _Look(agreement.draw_agreement, agreement.HEIGHTS),
    StageSpread: _Look(spread.draw_spread, spread.HEIGHTS),
    Lines: _Look(lines.draw_lines, lines.HEIGHTS),
    RangeComparison: _Look(reproduction.draw_ranges, reproduction.HEIGHTS),
}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """All that is seen of a chart; charts that look alike share one."""

    spec: Spec
    title: str = ""
    """Set over the chart, if anything is."""
    below: tuple[str, ...] = ()
    """Lines of small print under the chart, if any."""

    @property
    def wide(self) -> Layout:
        """Layout for a page and for files."""
        width, font = WIDE
        return Layout(kind="wide", width=width, height=self._look.heights[0], font=font)

    @property
    def narrow(self) -> Layout:
        """Layout for a phone, where the page has title and small print."""
        width, font = NARROW
        return Layout(kind="narrow", width=width, height=self._look.heights[1], font=font)

    @property
    def _look(self) -> _Look:
        return _LOOKS[type(self.spec)]

    def draw_on(self, canvas: Canvas) -> None:
        """Draw the spec on a sheet, in the way of its kind."""
        self._look.draw(canvas, self.spec)


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A picture as files: what is slow to make of a chart."""

    wide: bytes
    """SVG in light colours."""
    narrow: bytes
    """SVG for a phone, without title and small print."""
    png: bytes
    """The wide layout as pixels, two for a point."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart of a study, ready to be published."""

    slug: str
    title: str
    """The one message, a sentence without its full stop."""
    description: str
    """For those who do not see the chart."""
    caption: str
    """Plain text: the conditions that the message holds under; follows the title."""
    spec: Spec
    """What is drawn, as data."""
    svg: bytes
    """File of its own, in light colours."""
    png: bytes
    """The same as pixels, two for a point."""
    inline: str
    """For a page: two layouts, of which the style sheet shows one; the page names them."""
    csv: bytes
    """The data, in base units and full precision."""
    json: bytes
    """The same with units, study and version."""
    views: tuple[View, ...]
    """What it says while some of its layers are shown; none where it has one layer alone."""
    mark: str
    """Begins the ids of its parts, which are unique on a page."""


def make_chart(plan: Plan, origin: Origin) -> Chart:
    """Make a chart of a plan; its drawing comes from the cache where it is there."""
    picture = see(plan, origin)
    key = entry_key(picture)
    chart = STORE.load(key, lambda files: _assemble(plan, origin, Drawing(**files)))
    if chart is None:
        drawing = draw(picture)
        STORE.save(key, vars(drawing))
        chart = _assemble(plan, origin, drawing)
    return chart


def see(plan: Plan, origin: Origin) -> Picture:
    """Choose what is seen of a plan."""
    below = (f"{origin.title}. Roofline {origin.version}", f"{origin.address}{plan.page}")
    return Picture(spec=plan.spec, title=plan.title, below=below)


def draw(picture: Picture) -> Drawing:
    """Draw a picture in every form."""
    with style():
        sheet = Canvas.blank(picture.wide, title=picture.title, below=picture.below)
        picture.draw_on(sheet)
        small = Canvas.blank(picture.narrow)
        picture.draw_on(small)
        return Drawing(
            wide=figure_svg(sheet.figure),
            narrow=figure_svg(small.figure),
            png=figure_png(sheet.figure),
        )


def drawing_jobs(pictures: Iterable[Picture]) -> list[Callable[[], None]]:
    """List what is still to be drawn, as jobs that other processes can do.

    Returns:
        One job for each distinct picture that the cache lacks.
    """
    by_key = {entry_key(picture): picture for picture in pictures}
    return [
        partial(_keep_drawing, key, picture)
        for key, picture in by_key.items()
        if not STORE.holds(key)
    ]


def _keep_drawing(key: str, picture: Picture) -> None:
    STORE.save(key, vars(draw(picture)))


def _assemble(plan: Plan, origin: Origin, drawing: Drawing) -> Chart:
    """Put drawing, words and data together."""
    picture = see(plan, origin)
    # Several studies can share a page, so the prefix tells them apart.
    mark = f"{plan.slug}-{hashlib.sha256(origin.study.encode()).hexdigest()[:6]}"
    inline = (
        inline_svg(
            source,
            prefix=f"{mark}-{kind[0]}",
            title=f"{mark}-title",
            description=f"{mark}-description",
            crop=crop,
            drop=(HEADER, FOOTER),
            kind=kind,
        )
        for kind, source, crop in (
            ("wide", drawing.wide, margins(picture.wide, picture.title, picture.below)),
            ("narrow", drawing.narrow, (0.0, 0.0)),
        )
    )
    return Chart(
        slug=plan.slug,
        title=plan.title,
        description=plan.description,
        caption=plan.caption,
        spec=plan.spec,
        svg=file_svg(drawing.wide),
        png=drawing.png,
        inline="".join(inline),
        csv=plan.table.csv(),
        json=plan.table.json(origin, plan.title),
        views=plan.views,
        mark=mark,
    )
