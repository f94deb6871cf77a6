"""Every column of a point, declared once.

Records, CSV headers, the units in JSON, the table on a terminal, the data beside a chart
and the page on data formats follow from this list. A new column is one entry here, and
the result that it reads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from roofline.model.roof import BOUNDS
from roofline.study.results import SeriesResult
from roofline.units import prefix_exponent

Value = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One quantity of a point."""

    name: str
    """Key in JSON, header in CSV."""
    meaning: str
    """What it is, for the page on data formats."""
    values: Callable[[SeriesResult], Any]
    """One value for each point of a series, or one for all; None where there are none."""
    unit: str = ""
    """Base unit; empty for names and flags."""
    header: str = ""
    """Header of the table on a terminal, where not the name."""
    display_unit: str = ""
    """Unit of that table, where not the base unit."""
    kind: Literal["setting", "model", "predicted", "measured"] = "model"
    """What says it; predicted and measured columns can be null."""
    type: Literal["string", "number", "boolean"] = "number"
    """Type in JSON."""

    @property
    def nullable(self) -> bool:
        """Whether a point may lack it."""
        return self.kind in {"predicted", "measured"}

    @property
    def heading(self) -> str:
        """Header of the table on a terminal, with its unit."""
        unit = f" [{self.display_unit}]" if self.display_unit else ""
        return f"{self.header or self.name}{unit}"

    @property
    def scale(self) -> float:
        """What to divide a value by to have it in the display unit."""
        exponent = prefix_exponent(self.display_unit, self.unit) if self.display_unit else 0
        return 10.0 ** (exponent or 0)

    def read(self, result: SeriesResult) -> list[Value]:
        """Values at all settings in plain Python, in the order of the grid."""
        values = self.values(result)
        if values is None or isinstance(values, str):
            return [values] * result.grid.size
        flat: list[Value] = np.ravel(values).tolist()
        return [None if value != value else value for value in flat]  # noqa: PLR0124  # NaN: none


def _names(places: Any) -> list[str]:
    return [BOUNDS[place] for place in np.ravel(places).tolist()]


def _predicted(read: Callable[[Any], Any]) -> Callable[[SeriesResult], Any]:
    return lambda result: None if result.predicted is None else read(result.predicted)


def _streamed(read: Callable[[Any], Any]) -> Callable[[SeriesResult], Any]:
    return lambda result: None if result.streamed is None else read(result.streamed)


def _measured(read: Callable[[Any], Any]) -> Callable[[SeriesResult], Any]:
    return lambda result: None if result.measured is None else read(result.measured)


COLUMNS: Sequence[Column] = (
    Column(
        name="series",
        meaning="series, by the reference chart's label",
        values=lambda result: result.series,
        kind="setting",
        type="string",
    ),
    Column(
        name="phase",
        meaning="`init` (prefill) or `ar` (decode)",
        values=lambda result: result.phase,
        kind="setting",
        type="string",
    ),
    Column(
        name="batch",
        meaning="sequences served together",
        values=lambda result: np.asarray(result.grid.batch).astype(np.int64),
        unit="1",
        kind="setting",
    ),
    Column(
        name="sequence_length",
        meaning="tokens of the prompt (prefill) or in the cache (decode)",
        values=lambda result: np.asarray(result.grid.length).astype(np.int64),
        unit="token",
        header="length",
        kind="setting",
    ),
    Column(
        name="candidates",
        meaning="tokens per sequence and decode step; 1 in prefill",
        values=lambda result: np.asarray(result.grid.candidates).astype(np.int64),
        unit="token",
        kind="setting",
    ),
    Column(
        name="flops",
        meaning="work W of one layer, a multiply-add counted as two",
        values=lambda result: result.points.flops,
        unit="FLOP",
        header="work",
        display_unit="GFLOP",
    ),
    Column(
        name="bytes",
        meaning="traffic Q of one layer",
        values=lambda result: result.points.bytes,
        unit="byte",
        header="traffic",
        display_unit="MB",
    ),
    Column(
        name="intensity",
        meaning="work over traffic",
        values=lambda result: result.points.intensity,
        unit="FLOP/Byte",
        display_unit="FLOP/Byte",
    ),
    Column(
        name="attainable",
        meaning="the roofline: an upper bound, neither predicted nor measured",
        values=lambda result: result.points.attainable,
        unit="FLOP/s",
        display_unit="TFLOP/s",
    ),
    Column(
        name="bound",
        meaning="`memory` or `compute`",
        values=lambda result: _names(result.points.bound),
        type="string",
    ),
    Column(
        name="fits",
        meaning="whether weights and KV cache fit in the device's memory",
        values=lambda result: result.fits,
        type="boolean",
    ),
    Column(
        name="predicted_seconds",
        meaning="predicted time of the kernels, each alone; null where the card has no "
        "calibration that applies",
        values=_predicted(lambda predicted: predicted.seconds),
        unit="s",
        header="predicted",
        display_unit="µs",
        kind="predicted",
    ),
    Column(
        name="predicted_flops_per_s",
        meaning="work over that time; null as above",
        values=_predicted(lambda predicted: predicted.flops_per_s),
        unit="FLOP/s",
        header="predicted",
        display_unit="TFLOP/s",
        kind="predicted",
    ),
    Column(
        name="predicted_bound",
        meaning="`memory`, `compute` or `overhead`, whichever takes longest in the "
        "prediction; null as above",
        values=_predicted(lambda predicted: _names(predicted.bound)),
        header="predicted bound",
        kind="predicted",
        type="string",
    ),
    Column(
        name="extrapolated",
        meaning="whether a kernel lies outside what the calibration measured; null as above",
        values=_predicted(lambda predicted: predicted.extrapolated),
        kind="predicted",
        type="boolean",
    ),
    Column(
        name="streamed_seconds",
        meaning="predicted time of the kernels in a stream, where nothing flushes the cache and "
        "launches hide; null as above",
        values=_streamed(lambda streamed: streamed.seconds),
        unit="s",
        header="in a stream",
        display_unit="µs",
        kind="predicted",
    ),
    Column(
        name="streamed_flops_per_s",
        meaning="work over that time; null as above",
        values=_streamed(lambda streamed: streamed.flops_per_s),
        unit="FLOP/s",
        header="in a stream",
        display_unit="TFLOP/s",
        kind="predicted",
    ),
    Column(
        name="streamed_extrapolated",
        meaning="whether a kernel lies outside what was measured in streams; null as above",
        values=_streamed(lambda streamed: streamed.extrapolated),
        kind="predicted",
        type="boolean",
    ),
    Column(
        name="measured_seconds",
        meaning="measured time of the kernels, each alone, after a flush of the cache, or in a "
        "stream where the study's measurements are of one; "
        "null where the study names no measurement of them",
        values=_measured(lambda measured: measured.seconds),
        unit="s",
        header="measured",
        display_unit="µs",
        kind="measured",
    ),
    Column(
        name="measured_flops_per_s",
        meaning="work over that time; null as above",
        values=_measured(lambda measured: measured.flops_per_s),
        unit="FLOP/s",
        header="measured",
        display_unit="TFLOP/s",
        kind="measured",
    ),
    Column(
        name="fraction_of_attainable",
        meaning="measured over attainable rate; null as above",
        values=_measured(lambda measured: measured.fraction),
        unit="1",
        header="of attainable",
        kind="measured",
    ),
    Column(
        name="prediction_error",
        meaning="time predicted of kernels timed likewise over measured time, less 1; null where "
        "either is missing",
        values=_measured(lambda measured: measured.error),
        unit="1",
        header="error of prediction",
        kind="measured",
    ),
    Column(
        name="unflushed_seconds",
        meaning="measured time of kernels run alone without a flush; null where it was not "
        "measured",
        values=_measured(lambda measured: measured.unflushed_seconds),
        unit="s",
        header="without flush",
        display_unit="µs",
        kind="measured",
    ),
)

COLUMN = {column.name: column for column in COLUMNS}
"""Columns by name."""
UNITS = {column.name: column.unit for column in COLUMNS if column.unit}
"""Units of the numeric columns, all base units."""
