"""What the charts of claims share: scales that fit the lines, and words for them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np

from roofline.arrays import FloatArray
from roofline.findings.finding import Finding
from roofline.memo import memoised
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import Phase
from roofline.model.points import Points, evaluate
from roofline.report.charts.labels import lower_first, round_down, round_up, size
from roofline.report.charts.plans.series import StudyData, series_role
from roofline.report.charts.spec import (
    DataTable,
    Guide,
    Lines,
    LineStyle,
    Plan,
    Ring,
    Role,
    Scale,
    Trace,
)
from roofline.units import quantity as quantity_text
from roofline.units import significant

SAMPLES: Final = 65
"""Places at which a line is evaluated."""
SHORT: Final = {"init": "prefill", "ar": "decode"}
"""Phases in the names of lines."""


class Quantity(NamedTuple):
    """What an axis shows, as the chart and its data name it."""

    name: str
    """With its unit, for the axis."""
    column: str
    unit: str
    """Base unit of the column."""
    percent: bool = False


BATCH: Final = Quantity("Batch (sequences)", "batch", "sequence")
LENGTH: Final = Quantity("Length (tokens)", "sequence_length", "token")
TOKENS: Final = Quantity("Tokens in one step", "tokens", "token")
INTENSITY: Final = Quantity("Intensity (FLOP/Byte)", "intensity", "FLOP/Byte")
OF_PEAK: Final = Quantity("Attainable share of peak", "share_of_peak", "", percent=True)


def sample(low: float, high: float, *also: float) -> FloatArray:
    """Spread samples over a logarithmic axis of at least two doublings, and add some places."""
    high = max(high, 4 * low)
    inner = [value for value in also if low < value < high]
    return np.unique(np.concatenate([np.geomspace(low, high, SAMPLES), inner]))


def evaluate_line(  # noqa: PLR0917  # a setting, one part of which varies
    deployment: Deployment,
    series: str,
    phase: Phase,
    batch: FloatArray | float,
    length: FloatArray | float,
    candidates: FloatArray | float = 1.0,
) -> Points:
    """Evaluate a series along one setting, once for all charts that show it."""
    settings = (tuple(np.ravel(value).tolist()) for value in (batch, length, candidates))
    return _evaluate(deployment, series, phase, *settings)


@memoised
def _evaluate(  # noqa: PLR0917  # as above
    deployment: Deployment,
    series: str,
    phase: Phase,
    batch: tuple[float, ...],
    length: tuple[float, ...],
    candidates: tuple[float, ...],
) -> Points:
    grid = Grid(np.array(batch), np.array(length), np.array(candidates))
    return evaluate(deployment, series, phase, grid)


def line(label: str, role: Role, x: FloatArray, y: FloatArray, style: LineStyle = "solid") -> Trace:
    """Make a line of arrays."""
    places, values = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
    return Trace(
        label=label,
        role=role,
        x=tuple(places.ravel().tolist()),
        y=tuple(values.ravel().tolist()),
        style=style,
    )


def name_of(data: StudyData, series: str, phase: Phase | None = None) -> str:
    """Name a series for a legend, with its phase where the chart has both."""
    entry = data.study.deployment.operators.series[series]
    return entry.name if phase is None else entry.named(phase)


def role_of(data: StudyData, series: str, phase: Phase) -> Role:
    """How a series is drawn everywhere."""
    return series_role(data.study.deployment.operators, series, phase)


def series_lines(
    data: StudyData,
    names: Iterable[str],
    phase: Phase,
    x: FloatArray,
    value: Callable[[str], FloatArray],
) -> list[Trace]:
    """Make a line of what each series comes to along an axis."""
    return [line(name_of(data, name), role_of(data, name, phase), x, value(name)) for name in names]


def lines_plan(  # the parts of one chart
    finding: Finding,
    *,
    x: Quantity,
    y: Quantity,
    lines: Sequence[Trace],
    caption: str,
    rings: Iterable[Ring] = (),
    guides: Iterable[Guide] = (),
    ridge: float | None = None,
    kinds: tuple[Literal["linear", "log", "doublings"], Literal["linear", "log"]] = (
        "doublings",
        "log",
    ),
    most: float | None = None,
) -> Plan:
    """Plan a chart of lines under the title of its finding.

    Args:
        finding: What the chart shows.
        x: What grows.
        y: What follows.
        lines: At least one, with at least two places.
        caption: What is drawn, and what the numbers are; plain text.
        rings: Places that the claim names; those outside the axes are left out.
        guides: Levels that matter; likewise.
        ridge: Intensity of the ridge, where the vertical axis shows intensity.
        kinds: Kinds of the two axes.
        most: Top of the vertical axis, where not that of the lines.
    """
    across = _scale(x, kinds[0], [value for each in lines for value in each.x], tight=True)
    heights = [value for each in lines for value in each.y]
    heights += [most] if most is not None else []
    heights += [ridge, 1.5 * ridge] if ridge is not None else []
    up = _scale(y, kinds[1], heights, tight=most is not None)
    shown = tuple(
        ring
        for ring in rings
        if across.low <= ring.x <= across.high and up.low <= ring.y <= up.high
    )
    levels = [*guides, *_ridge_guide(ridge)]
    return Plan(
        slug=f"finding-{finding.slug}",
        title=finding.title,
        description=" ".join(_description(x, y, lines, shown)),
        caption=caption,
        spec=Lines(
            x=across,
            y=up,
            lines=tuple(lines),
            rings=shown,
            guides=tuple(
                guide
                for guide in levels
                if (scale := across if guide.across == "x" else up).low <= guide.value <= scale.high
            ),
            ridge=ridge,
        ),
        table=DataTable.of(
            {
                "line": ("", [each.label for each in lines for _ in each.x]),
                x.column: (x.unit, [value for each in lines for value in each.x]),
                y.column: (y.unit, [value for each in lines for value in each.y]),
            }
        ),
    )


def _ridge_guide(ridge: float | None) -> list[Guide]:
    if ridge is None:
        return []
    return [Guide(across="y", value=ridge, text=f"ridge {significant(ridge, 4)}")]


def _scale(
    quantity: Quantity,
    kind: Literal["linear", "log", "doublings"],
    values: Sequence[float],
    *,
    tight: bool,
) -> Scale:
    low, high = min(values), max(values)
    if low == high and kind != "linear":
        low, high = low / 2, high * 2
    if kind == "linear":
        low, high = 0.0, (high if tight else 1.12 * high) or 1.0
    elif not tight:
        low, high = round_down(low), round_up(high)
    return Scale(name=quantity.name, low=low, high=high, kind=kind, percent=quantity.percent)


def _description(
    x: Quantity, y: Quantity, lines: Sequence[Trace], rings: Sequence[Ring]
) -> list[str]:
    words = [f"Line chart: {lower_first(y.name)} against {lower_first(x.name)}."]
    for each in lines:
        name = each.label or "Line"
        ends = (f"{_value(each.y[end], y)} at {size(each.x[end])}" for end in (0, -1))
        words.append(f"{name[:1].upper()}{name[1:]}: from {' to '.join(ends)}.")
    words += [f"Marked: {ring.text}." for ring in rings]
    return words


def _value(value: float, quantity: Quantity) -> str:
    if quantity.percent:
        return f"{significant(100 * value, 2)}%"
    if quantity.unit == "FLOP/s":
        return quantity_text(value, quantity.unit)
    return significant(value, 3)
