"""Charts as data: what a drawing needs to know, and nothing of how it is drawn."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.model.budget import Budget
from roofline.model.operators import Phase
from roofline.report.charts.drawing.sheet import Canvas, colour
from roofline.report.charts.labels import size
from roofline.report.charts.plans.capacity import _MOST_CELLS
from roofline.study.study import Study


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """Intensity of one series against the candidates."""

    series: str
    key: str
    """Name in addresses, such as ``qk-pv-ar``."""
    tone: str
    stroke: float
    y: FloatArray
    """At every number of candidates [FLOP/Byte]."""
    crosses: float | None
    """Candidates at which the series reaches the ridge, if any number does."""

    @property
    def label(self) -> str:
        """Label of the reference chart, such as ``qk/pv ar``."""
        return f"{self.series} ar"


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """Memory at every setting; arrays of shape (batches, lengths)."""

    batches: tuple[int, ...]
    lengths: tuple[int, ...]
    used: NDArray[np.float64]
    """Weights and KV cache [byte]."""
    scores: NDArray[np.float64]
    fits: NDArray[np.bool_]
    with_scores: NDArray[np.bool_]

    @property
    def small(self) -> bool:
        """Whether cells have room for numbers."""
        return max(len(self.batches), len(self.lengths)) <= _MOST_CELLS


SCHEMA: Final = "roofline.chart/1"


@dataclass(frozen=True, kw_only=True)
class Table:
    """Data beside a chart, by column, in base units."""

    columns: dict[str, tuple[str, Any]]
    """Unit (empty for names and counts) and values of each column."""

    def rows(self) -> list[tuple[Any, ...]]:
        """Rows of plain Python values."""
        values = (np.asarray(values).tolist() for _, values in self.columns.values())
        return list(zip(*values, strict=True))

    def csv(self) -> bytes:
        """Write the data as CSV, with one header line."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(self.columns)
        for row in self.rows():
            writer.writerow([_csv_cell(value) for value in row])
        return buffer.getvalue().encode()

    def json(self, study: Study, version: str, title: str) -> bytes:
        """Write the data as JSON, with units and where it comes from."""
        document = {
            "schema": SCHEMA,
            "version": version,
            "study": study.identifier,
            "title": title,
            "units": {name: unit for name, (unit, _) in self.columns.items()},
            "columns": [*self.columns],
            "rows": self.rows(),
        }
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
        return text.encode() + b"\n"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A chart before it is drawn."""

    slug: str
    title: str
    description: str
    caption: str
    table: Table
    draw: Callable[[Canvas], None]
    heights: tuple[float, float]
    """Of the wide and the narrow layout [point]."""
    layers: Sequence[str] = ()
    """Kinds of points that lie over each other, the first in front."""


def _csv_cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


Setting = Literal["batch", "length"]


MOST_MARKED = 49
"""A longer grid has no marks: they would run together."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """One series as a setting grows."""

    label: str
    slug: str
    phase: Phase
    variant: str
    """Option of the attention that the curve has, where the chart compares two."""
    thin: bool
    x: FloatArray
    y: FloatArray
    crosses: float | None
    """Setting at which the curve reaches the ridge."""
    limit: float
    """What the intensity tends to as the setting grows [FLOP/Byte]."""
    marks: tuple[FloatArray, FloatArray, NDArray[np.bool_]]
    """Settings of the grid, their intensity, and whether they fit; none if thin."""

    @property
    def key(self) -> str:
        """Name of the series in addresses, such as ``qk-pv-ar``."""
        return f"{self.slug}-{self.phase}"

    @property
    def colour(self) -> str:
        """Light colour of the curve."""
        return colour(self.slug, self.phase)

    @property
    def stroke(self) -> float:
        """Width of the line; of two that nearly coincide, the one below is broader."""
        return 1.0 if self.thin else 3.6 if self.slug == "qkv-mlp" else 1.6


@dataclass(frozen=True, kw_only=True, eq=False)
class IntensityCurves:
    """All curves of one chart."""

    vary: Setting
    other: int
    """Value of the setting that stays."""
    ridge: float
    low: float
    high: float
    curves: tuple[Curve, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """Shares of time as one setting grows."""

    vary: Setting
    other: int
    x: FloatArray
    found: Budget

    @property
    def shares(self) -> FloatArray:
        """Share of every line, shape (lines, samples)."""
        return np.stack([line.seconds / self.found.seconds for line in self.found.lines])

    @property
    def other_text(self) -> str:
        """The setting that stays, in words."""
        return f"{'length' if self.vary == 'batch' else 'batch'} {size(self.other)}"


MEASURED: Final = "measured"
PREDICTED: Final = "predicted"
ATTAINABLE: Final = "attainable"
"""Groups whose ids begin so are layers, which a page can show by their classes."""
