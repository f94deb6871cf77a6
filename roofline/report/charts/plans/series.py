"""What the plans of one study read: its results, and each series as points of a chart."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from roofline.arrays import FloatArray
from roofline.memo import memoised
from roofline.model.capacity import Capacity
from roofline.model.grid import Grid
from roofline.model.operators import PHASES, Operators, Phase
from roofline.report.charts.labels import without_zeros
from roofline.report.charts.spec import (
    MEASURED,
    PREDICTED,
    STREAMED,
    DataTable,
    Kind,
    Role,
    SeriesPoints,
    Setting,
)
from roofline.study.columns import COLUMN, COLUMNS
from roofline.study.results import SeriesResult
from roofline.study.study import Study


@dataclass(frozen=True, kw_only=True, eq=False)
class StudySeries:
    """A charted series: what it comes to, and the same as points of a chart."""

    result: SeriesResult
    points: SeriesPoints
    heading: str
    """What the series is, in words."""

    @property
    def label(self) -> str:
        """Label of the reference chart, such as ``qk/pv ar``."""
        return self.points.label

    @property
    def key(self) -> str:
        """Name in addresses, such as ``qk-pv-ar``."""
        return self.points.key

    def only(self, kinds: Collection[Kind]) -> "StudySeries":
        """The series without what is measured or predicted, unless that is to be kept.

        What is predicted in a stream is then what is predicted.
        """
        measured = self.result.measured if MEASURED in kinds else None
        predicted = self.result.predicted if PREDICTED in kinds else None
        rates = None if predicted is None else self.points.predicted
        if STREAMED in kinds:
            predicted, rates = self.result.streamed, self.points.streamed
        return replace(
            self,
            result=replace(self.result, measured=measured, predicted=predicted, streamed=None),
            points=replace(
                self.points,
                measured=None if measured is None else self.points.measured,
                predicted=rates,
                streamed=None,
            ),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyData:
    """Everything that plans of one study read."""

    study: Study

    @property
    def capacity(self) -> Capacity:
        """What the card must hold."""
        return self.study.results.capacity

    @cached_property
    def series(self) -> tuple[StudySeries, ...]:
        """Charted series, in the order of the reference chart's legend."""
        results = self.study.results.series
        if not any(result.measured and result.measured.known.any() for result in results):
            results = tuple(replace(result, measured=None) for result in results)
        elif any(result.measured and result.measured.protocol == "stream" for result in results):
            # Beside what was measured in a stream stands what is predicted of it.
            results = tuple(
                replace(result, predicted=result.streamed, streamed=None) for result in results
            )
        operators = self.study.deployment.operators
        return tuple(
            StudySeries(
                result=result,
                points=_points(result, operators),
                heading=operators.series[result.series].title,
            )
            for result in results
        )

    @property
    def middle_length(self) -> int:
        """The length in the middle of the grid."""
        lengths = self.study.file.lengths
        return lengths[len(lengths) // 2]

    @property
    def candidates(self) -> int:
        """The smallest number of candidates, for charts that show one."""
        return self.study.file.candidates[0]

    @property
    def condition(self) -> str:
        """Sentence on the candidates of charts that show one number of them."""
        if self.candidates == 1:
            return ""
        return f" Decode takes {self.candidates:,} candidate tokens a step."

    @property
    def settings(self) -> int:
        """Settings of batch and length."""
        return len(self.study.file.batches) * len(self.study.file.lengths)

    @cached_property
    def fitting(self) -> int:
        """How many of them fit on the card."""
        return self.capacity.fitting(self.study.file.batches, self.study.file.lengths)

    def line(self, phase: Phase, vary: Setting, values: FloatArray, other: float) -> Grid:
        """Vary one setting while the other stays, with the fewest candidates."""
        batch, length = (values, other) if vary == "batch" else (other, values)
        return Grid(batch, length, self.candidates if phase == "ar" else 1)

    def misfits(self) -> str:
        """Say how many settings do not fit on the card, in a sentence."""
        device = without_zeros(self.capacity.device, "byte", 3)
        total = self.settings
        missing = total - self.fitting
        if not missing:
            return f"Weights and KV cache of {_all(total)} fit in {device}."
        which = _all(total) if missing == total else f"{missing:,} of the {total:,} settings"
        return f"Weights and KV cache of {which} do not fit in {device}."


def _all(total: int) -> str:
    return "the one setting" if total == 1 else f"all {total:,} settings"


@memoised
def read_study(study: Study) -> StudyData:
    """Read a study for its plans, once: pages ask for their charts one at a time."""
    return StudyData(study=study)


def series_role(operators: Operators, name: str, phase: Phase, position: int | None = None) -> Role:
    """Choose how a series is told apart in a phase, as the operator table says.

    Args:
        operators: The table that has the series.
        name: Label of the series, such as ``qk/pv``.
        phase: ``init`` or ``ar``.
        position: Chooses among the shared colours where the series has none of its own; by
            default its place among the series without one.
    """
    drawn = operators.series[name].drawn
    if own := drawn.in_phase(phase):
        return Role(own, drawn.size)
    place = _bare(operators, phase).index((name, phase)) if position is None else position
    return Role(shared_colour(place), drawn.size)


def _bare(operators: Operators, phase: Phase) -> list[tuple[str, Phase]]:
    """List what one chart can show without a colour of its own, so that all of it differs.

    Charted series stand beside each other in both phases, the others in one phase alone.
    """
    pairs = [
        (name, each)
        for name, series in operators.series.items()
        for each in PHASES
        if series.drawn.in_phase(each) is None
    ]
    charted = [pair for pair in pairs if operators.series[pair[0]].charted]
    return charted + [pair for pair in pairs if pair not in charted and pair[1] == phase]


def shared_colour(position: int) -> str:
    """Choose one of the colours that series without one of their own share."""
    return f"other-{position % 3 + 1}"


def _points(result: SeriesResult, operators: Operators) -> SeriesPoints:
    """Flatten a result, in the order of the grid."""

    def read(name: str) -> tuple[Any, ...]:
        return tuple(COLUMN[name].read(result))

    return SeriesPoints(
        series=result.series,
        phase=result.phase,
        key=f"{operators.series[result.series].slug}-{result.phase}",
        name=operators.series[result.series].named(result.phase),
        role=series_role(operators, result.series, result.phase),
        batch=read("batch"),
        length=read("sequence_length"),
        candidates=read("candidates"),
        intensity=read("intensity"),
        attainable=read("attainable"),
        predicted=None if result.predicted is None else read("predicted_flops_per_s"),
        streamed=None if result.streamed is None else read("streamed_flops_per_s"),
        measured=None if result.measured is None else read("measured_flops_per_s"),
        fits=read("fits"),
    )


def points_table(shown: tuple[StudySeries, ...]) -> DataTable:
    """Tabulate every setting of some series; measured columns only where the study has them."""
    results = [series.result for series in shown]
    columns: dict[str, tuple[str, Any]] = {}
    for column in COLUMNS:
        if column.kind == "measured" and all(result.measured is None for result in results):
            continue
        values = [value for result in results for value in column.read(result)]
        columns[column.name] = ("sequence" if column.name == "batch" else column.unit, values)
        if column.name == "phase":
            labels = [series.label for series in shown]
            sizes = [series.result.grid.size for series in shown]
            columns["label"] = ("", np.repeat(labels, sizes))
    return DataTable.of(columns)
