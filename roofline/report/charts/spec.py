"""Charts as data: what a drawing needs to know, and nothing of how it is drawn.

All of it is frozen and made of numbers, strings and tuples: a plan can be compared, handed to
another process, and written as JSON in one way only. Series and sides of the ridge have roles;
which colours and sizes these have, the drawings know.
"""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.report.charts.labels import size

SCHEMA: Final = "roofline.chart/1"
KEYS: Final = {
    "columns": "names of the columns, in order",
    "rows": "one list of values for each row",
}
"""What keys mean that only the data of a chart have, for the page on data formats."""

Kind = Literal["measured", "predicted", "streamed", "attainable"]
"""What a rate is."""
MEASURED: Final = "measured"
PREDICTED: Final = "predicted"
STREAMED: Final = "streamed"
ATTAINABLE: Final = "attainable"
LEGEND: Final = "legend"
"""Groups whose ids begin so are layers, which a page can show by their classes. The legend of
layers goes where one of them is alone."""

Setting = Literal["batch", "length"]

MOST_CELLS: Final = 12
"""A map with more cells along an axis has no numbers in them."""

_MOST_MARKS: Final = 400
"""More marks than this of one series are merged where they touch."""
_CELLS: Final = (10_000, 1_000, 100, 30)
"""How fine points are told apart: cells in a decade."""


@dataclass(frozen=True)
class Role:
    """How a series is told apart from others, in words of the palette."""

    colour: str
    size: str | None = None
    """Size of marks and curves; None for the usual one."""


class Marks(NamedTuple):
    """Places of marks in a roofline chart, each of which stands for one setting or several."""

    x: FloatArray
    """Intensity [FLOP/Byte]."""
    y: FloatArray
    """Rate [FLOP/s]."""
    fits: NDArray[np.bool_]
    """Whether any of its settings fits on the card."""


_NO_MARKS: Final = Marks(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.bool_))


@dataclass(frozen=True, kw_only=True)
class SeriesPoints:
    """All points of one series, one after the other."""

    series: str
    phase: str
    key: str
    """Name in addresses, such as ``qk-pv-ar``."""
    name: str
    """For the legend, such as ``Attention, decode``."""
    role: Role
    batch: tuple[int, ...]
    length: tuple[int, ...]
    candidates: tuple[int, ...]
    intensity: tuple[float, ...]
    """Work over traffic [FLOP/Byte]."""
    attainable: tuple[float, ...]
    """Rate under the roof [FLOP/s]."""
    predicted: tuple[float, ...] | None
    """Rate predicted of kernels run alone; None where no calibration applies [FLOP/s]."""
    streamed: tuple[float, ...] | None
    """Rate predicted of the same kernels in a stream; None likewise [FLOP/s]."""
    measured: tuple[float | None, ...] | None
    """Rate where the point was measured; None where the study measured nothing [FLOP/s]."""
    fits: tuple[bool, ...]
    """Whether weights and KV cache fit on the card."""

    @property
    def label(self) -> str:
        """Label of the reference chart, such as ``qk/pv ar``."""
        return f"{self.series} {self.phase}"

    @property
    def rates(self) -> dict[Kind, tuple[float | None, ...]]:
        """Rates of every kind that there is, the kind in front first [FLOP/s]."""
        given: dict[Kind, tuple[float | None, ...] | None] = {
            MEASURED: self.measured,
            PREDICTED: self.predicted,
            STREAMED: self.streamed,
            ATTAINABLE: self.attainable,
        }
        return {kind: rates for kind, rates in given.items() if rates is not None}

    @cached_property
    def _marks(self) -> dict[Kind, Marks]:
        return {kind: self._merged(rates, _CELLS) for kind, rates in self.rates.items()}

    def marks(self, kind: Kind) -> Marks:
        """Distinct points of one kind; none where there are none of it."""
        return self._marks.get(kind, _NO_MARKS)

    @cached_property
    def backdrop(self) -> Marks:
        """Attainable points that do not touch, for the layer behind, where marks are faint."""
        return self._merged(self.attainable, _CELLS[2:])

    @property
    def front(self) -> tuple[Kind, Marks]:
        """Points of the layer in front: measured, else predicted, else attainable ones."""
        return next((kind, marks) for kind, marks in self._marks.items() if marks.x.size)

    @property
    def lowest(self) -> float:
        """The lowest rate of all marks [FLOP/s]."""
        return min(float(marks.y.min()) for marks in self._marks.values() if marks.y.size)

    def _merged(self, rates: tuple[float | None, ...], cells: tuple[int, ...]) -> Marks:
        """Give settings that fall on one point one mark.

        They would hide each other, or make a faint mark look solid. Points that a reader
        could not tell apart are one.
        """
        y = np.array(rates, dtype=np.float64)
        known = np.isfinite(y)
        x, y, fitting = np.array(self.intensity)[known], y[known], np.array(self.fits)[known]
        for fine in cells:
            _, first, inverse = np.unique(
                np.round(np.log10(np.stack([x, y])) * fine),
                axis=1,
                return_index=True,
                return_inverse=True,
            )
            if len(first) <= _MOST_MARKS:
                break
        fits = np.zeros(len(first), dtype=np.bool_)
        np.logical_or.at(fits, inverse.ravel(), fitting)
        return Marks(x[first], y[first], fits)


@dataclass(frozen=True, kw_only=True)
class Roofline:
    """The reference chart: a roof, and the points of all series under it."""

    bandwidth: float
    """Slope of the roof [byte/s]."""
    peak: float
    """Height of the roof [FLOP/s]."""
    ridge: float
    """Intensity at which the two meet [FLOP/Byte]."""
    x: tuple[float, float]
    """Limits of the axis of intensity [FLOP/Byte]."""
    y: tuple[float, float]
    """Limits of the axis of rates [FLOP/s]."""
    series: tuple[SeriesPoints, ...]
    forward: tuple[str, ...] = ()
    """Keys of the series brought forward; empty where all are alike."""

    @property
    def layers(self) -> tuple[Kind, ...]:
        """Kinds of points that are seen at first, the first in front; none where there is one."""
        there = tuple(kind for kind in self._there if kind != STREAMED)
        return there if len(there) > 1 else ()

    @property
    def _there(self) -> tuple[Kind, ...]:
        kinds: tuple[Kind, ...] = (MEASURED, PREDICTED, STREAMED, ATTAINABLE)
        return tuple(kind for kind in kinds if any(kind in points.rates for points in self.series))

    @property
    def views(self) -> tuple[tuple[Kind, ...], ...]:
        """Layers to show together.

        All of those seen at first; what is predicted in a stream in place of what is predicted
        alone; without predicted ones among three; the last alone.
        """
        layers = self.layers
        streamed = (STREAMED, ATTAINABLE) if STREAMED in self._there else layers
        choices = (
            layers,
            streamed,
            tuple(kind for kind in layers if kind != PREDICTED),
            layers[-1:],
        )
        return tuple(dict.fromkeys(choices)) if layers else ()

    def list_points(self) -> dict[str, Any]:
        """List every point with its settings and rates, for a script that answers on hover.

        In JSON's types: a script finds the place of a point from the limits of the axes, which
        are logarithmic, and looks up the same position in each column.
        """
        return {
            "bandwidth": self.bandwidth,
            "peak": self.peak,
            "ridge": self.ridge,
            "x": list(self.x),
            "y": list(self.y),
            "series": [
                {
                    "series": points.series,
                    "phase": points.phase,
                    "key": points.key,
                    "batch": list(points.batch),
                    "sequence_length": list(points.length),
                    "candidates": list(points.candidates),
                    "intensity": list(points.intensity),
                    **{kind: list(rates) for kind, rates in points.rates.items()},
                    "fits": list(points.fits),
                }
                for points in self.series
            ],
        }


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Intensity of one series as a setting grows."""

    label: str
    key: str
    name: str
    """For the chart, such as ``Attention, decode``."""
    role: Role
    thin: bool
    """Whether it is drawn beside the study's own choice."""
    y: tuple[float, ...]
    """At every sample [FLOP/Byte]."""
    marks: tuple[float, ...]
    """At every setting of the grid; none where the curve is thin [FLOP/Byte]."""
    crosses: float | None
    """Setting at which the curve reaches the ridge, if it does."""


@dataclass(frozen=True, kw_only=True)
class IntensityCurves:
    """Intensity against batch or length, with the ridge across."""

    vary: Setting
    other: int
    """Value of the setting that stays."""
    ridge: float
    """Of the roof [FLOP/Byte]."""
    x: tuple[float, ...]
    """Samples of the setting that grows."""
    grid: tuple[int, ...]
    """Values that the study has of it."""
    fits: tuple[bool, ...]
    """Which of those fit on the card."""
    curves: tuple[Curve, ...]


@dataclass(frozen=True, kw_only=True)
class Band:
    """Time of one series in a step."""

    series: str
    key: str
    name: str
    """For the chart, such as ``Attention``."""
    role: Role
    seconds: tuple[float, ...]
    """At every sample [s]."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Shares of time as one setting grows."""

    vary: Setting
    other: int
    """Value of the setting that stays."""
    x: tuple[float, ...]
    """Samples of the setting that grows, the ticks among them."""
    ticks: tuple[float, ...]
    full: float | None
    """Largest value that fits on the card, where it lies among the samples."""
    bands: tuple[Band, ...]
    """Series from the bottom up."""
    seconds: tuple[float, ...]
    """Time of the whole step [s]."""

    @property
    def last(self) -> int:
        """Place of the last sample that fits; of the last one where all or none do."""
        return len(self.x) - 1 if self.full is None else self.x.index(self.full)

    @property
    def shares(self) -> FloatArray:
        """Share of every band, shape (bands, samples)."""
        shares: FloatArray = np.array([band.seconds for band in self.bands]) / self.seconds
        return shares

    @property
    def other_text(self) -> str:
        """The setting that stays, in words."""
        return f"{'length' if self.vary == 'batch' else 'batch'} {size(self.other)}"


@dataclass(frozen=True, kw_only=True)
class StepTimes:
    """Where the minimum time of a step goes, in two panels."""

    step: str
    """What a step is, such as ``decode step``."""
    panels: tuple[Panel, Panel]


@dataclass(frozen=True, kw_only=True)
class MemoryMap:
    """What a card must hold at every setting: rows of batches, columns of lengths."""

    batches: tuple[int, ...]
    lengths: tuple[int, ...]
    device: float
    """Memory of the card [byte]."""
    used: tuple[tuple[float, ...], ...]
    """Weights and KV cache [byte]."""
    fits: tuple[tuple[bool, ...], ...]
    with_scores: tuple[tuple[bool, ...], ...]
    """Whether one layer's prefill scores fit too."""

    @property
    def small(self) -> bool:
        """Whether cells have room for numbers."""
        return max(len(self.batches), len(self.lengths)) <= MOST_CELLS


@dataclass(frozen=True, kw_only=True)
class CandidateCurve:
    """Intensity of one series against the candidates."""

    series: str
    key: str
    name: str
    """For the chart, such as ``Attention, decode``."""
    role: Role
    y: tuple[float, ...]
    """At every number of candidates [FLOP/Byte]."""
    crosses: float | None
    """Candidates at which the series reaches the ridge, if any number does."""

    @property
    def label(self) -> str:
        """Label of the reference chart, such as ``qk/pv ar``."""
        return f"{self.series} ar"


@dataclass(frozen=True, kw_only=True)
class CandidateIntensity:
    """Intensity against candidates, with the ridge across."""

    ridge: float
    """Of the roof [FLOP/Byte]."""
    candidates: tuple[int, ...]
    """In rising order."""
    marked: tuple[int, ...]
    """Those that were studied."""
    curves: tuple[CandidateCurve, ...]


@dataclass(frozen=True, kw_only=True)
class BestCandidates:
    """The number of candidates with the largest speed-up."""

    candidates: int
    speed_up: float
    tokens: float
    """Tokens per step with so many candidates, which no speed-up exceeds."""


@dataclass(frozen=True, kw_only=True)
class BatchSpeedUp:
    """What candidates gain at one batch, over one token per step."""

    batch: int
    fits: bool
    attainable: tuple[float, ...]
    """Speed-up at every number of candidates."""
    best: BestCandidates
    predicted: tuple[tuple[float, ...], tuple[float, ...]] | None
    """By the shortest and by the longest predicted times of a step."""
    best_predicted: BestCandidates | None
    """By the shortest predicted times."""


@dataclass(frozen=True, kw_only=True)
class SpeedUps:
    """Speed-up against candidates."""

    candidates: tuple[int, ...]
    """In rising order."""
    batches: tuple[BatchSpeedUp, ...]


@dataclass(frozen=True, kw_only=True)
class TimePairs:
    """Points of one series with both times, in one order."""

    label: str
    key: str
    role: Role
    measured: tuple[float, ...]
    """Measured times [s]."""
    predicted: tuple[float, ...]
    """Predicted times [s]."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Predicted against measured time."""

    band: float
    """Factor up to which the two are close."""
    series: tuple[TimePairs, ...]


@dataclass(frozen=True, kw_only=True)
class StageRange:
    """Predicted over measured time, of one stage in one range of measured time."""

    stage: str
    role: Role
    """That of a series, where the stage is one."""
    low: float
    """From which measured time on [s]."""
    high: float
    """Up to which measured time [s]."""
    p10: float
    median: float
    p90: float


@dataclass(frozen=True, kw_only=True)
class StageSpread:
    """How predictions spread around measured times."""

    ranges: tuple[StageRange, ...]
    noise: float
    """Difference between measurements of the same products, below which no error says anything."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """One axis of a chart of lines."""

    name: str
    """What it shows, with its unit."""
    low: float
    high: float
    kind: Literal["linear", "log", "doublings"]
    """Doublings is a logarithmic axis whose ticks are powers of two."""
    percent: bool = False
    """Whether its numbers are shares of one."""


LineStyle = Literal["solid", "dashed", "marks"]
"""How a line is drawn; marks have no line."""


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One line, or marks alone."""

    label: str
    role: Role
    x: tuple[float, ...]
    y: tuple[float, ...]
    style: LineStyle = "solid"


@dataclass(frozen=True, kw_only=True)
class Ring:
    """A place that the claim names."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Guide:
    """A level that matters, across the chart."""

    across: Literal["x", "y"]
    """The axis on which the level lies."""
    value: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Lines that show one claim, with rings and guides where it turns."""

    x: Scale
    y: Scale
    lines: tuple[Trace, ...]
    rings: tuple[Ring, ...] = ()
    guides: tuple[Guide, ...] = ()
    ridge: float | None = None
    """Level on the vertical axis above which kernels are compute-bound, where it shows that."""


RangeKind = Literal["stated", "attainable", "predicted", "computed"]
"""Where a range comes from."""
STATED: Final = "stated"
COMPUTED: Final = "computed"


@dataclass(frozen=True, kw_only=True)
class Extent:
    """A range of one quantity; an end that is None is not stated."""

    kind: RangeKind
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class SeriesRanges:
    """What is stated of a series, and what the model says."""

    label: str
    key: str
    role: Role
    ranges: tuple[Extent, ...]
    """From top to bottom."""
    verdict: str


@dataclass(frozen=True, kw_only=True)
class RangePanel:
    """Ranges of one quantity, a row for each series."""

    quantity: str
    """Name with its unit."""
    x: tuple[float, float]
    """Limits of the axis, in the base unit."""
    rows: tuple[SeriesRanges, ...]


@dataclass(frozen=True, kw_only=True)
class RangeComparison:
    """Ranges beside each other, in two panels of the same series."""

    panels: tuple[RangePanel, RangePanel]


Spec = (
    Roofline
    | IntensityCurves
    | StepTimes
    | MemoryMap
    | CandidateIntensity
    | SpeedUps
    | Agreement
    | StageSpread
    | Lines
    | RangeComparison
)


@dataclass(frozen=True, kw_only=True)
class Term:
    """A piece of the shape of a product."""

    text: str
    kind: str = ""
    """What the operand is, such as ``weight``; empty between operands."""


@dataclass(frozen=True, kw_only=True)
class PhaseSizes:
    """Sizes of a product in one phase, at one setting."""

    phase: str
    role: Role
    text: str


@dataclass(frozen=True, kw_only=True)
class LayerProduct:
    """One product of a layer."""

    name: str
    shape: tuple[Term, ...]
    """In the symbols of the operator table."""
    sizes: tuple[PhaseSizes, ...]
    writes: bool
    """Whether its result goes into the KV cache."""
    reads: bool
    """Whether it reads the KV cache."""


@dataclass(frozen=True, kw_only=True)
class LayerGroup:
    """Products of one series that follow each other."""

    label: str
    """Label of the reference chart, such as ``qk/pv``."""
    title: str
    products: tuple[LayerProduct, ...]


@dataclass(frozen=True, kw_only=True)
class Layer:
    """The matrix products of one layer, in the order in which they run."""

    title: str
    caption: str
    description: str
    groups: tuple[LayerGroup, ...]


@dataclass(frozen=True, kw_only=True)
class DataColumn:
    """One column of the data beside a chart."""

    name: str
    unit: str
    """Base unit; empty for names and counts."""
    values: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class DataTable:
    """Data beside a chart, by column, in base units."""

    columns: tuple[DataColumn, ...]

    @classmethod
    def of(cls, columns: Mapping[str, tuple[str, Any]]) -> "DataTable":
        """Make a table of the unit and the values of each column, by name."""
        return cls(
            columns=tuple(
                DataColumn(name=name, unit=unit, values=tuple(np.asarray(values).tolist()))
                for name, (unit, values) in columns.items()
            )
        )

    def rows(self) -> list[tuple[Any, ...]]:
        """Rows of plain Python values."""
        return list(zip(*(column.values for column in self.columns), strict=True))

    def csv(self) -> bytes:
        """Write the data as CSV, with one header line."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(column.name for column in self.columns)
        for row in self.rows():
            writer.writerow([_csv_cell(value) for value in row])
        return buffer.getvalue().encode()

    def json(self, origin: "Origin", title: str) -> bytes:
        """Write the data as JSON, with units and where it comes from."""
        document = {
            "schema": SCHEMA,
            "version": origin.version,
            "study": origin.study,
            "title": title,
            "units": {column.name: column.unit for column in self.columns},
            "columns": [column.name for column in self.columns],
            "rows": self.rows(),
        }
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        return text.encode() + b"\n"


def _csv_cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a chart comes from, which its files name."""

    study: str
    """Name of the study, as in its address."""
    title: str
    """Title of the study."""
    version: str
    """Version of this project."""
    address: str
    """Address of the study's page, with a slash at its end."""


@dataclass(frozen=True, kw_only=True)
class View:
    """What a chart says while only some of its layers are shown."""

    layers: tuple[Kind, ...]
    """Kinds of points that are shown, the first in front."""
    title: str
    caption: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A chart before it is drawn."""

    slug: str
    title: str
    description: str
    caption: str
    spec: Spec
    table: DataTable
    page: str = ""
    """The page that it stands on, below the study's; empty for the study's own."""
    views: tuple[View, ...] = ()
    """All of its layers first, then fewer; none where it has one layer alone."""


def to_canonical_json(value: object) -> str:
    """Write data of this module as JSON: equal data give equal text, other data another."""
    return json.dumps(
        value, default=_members, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def _members(value: object) -> dict[str, Any]:
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} is not data")
    members = {field.name: getattr(value, field.name) for field in fields(value)}
    return {"type": type(value).__name__, "members": members}
