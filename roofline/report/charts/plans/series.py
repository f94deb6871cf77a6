"""The model's results that charts share, in the shape that they need."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.latency.law import BOUNDS
from roofline.latency.prediction import SeriesPrediction, predict_series
from roofline.model.capacity import Capacity, capacity
from roofline.model.grid import Grid
from roofline.model.operators import PHASES, Phase
from roofline.model.points import Points, evaluate
from roofline.model.roof import bound_name
from roofline.report.charts.labels import without_zeros
from roofline.report.charts.spec import Table
from roofline.study.columns import MEASURED, PREDICTED, UNITS
from roofline.study.records import measured_record
from roofline.study.results import MeasuredSeries, measured
from roofline.study.study import Study

Marks = tuple[FloatArray, FloatArray, NDArray[np.bool_]]
"""Intensity and rate of every mark, and whether any setting there fits."""

Kind = Literal["measured", "predicted", "attainable"]

MOST_MARKS = 400
"""More marks than this of one series are merged where they touch."""

_CELLS = (10_000, 1_000, 100, 30)
"""How fine points are told apart: cells in a decade."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StudySeries:
    """A charted series at all settings of a study, one after the other."""

    series: str
    slug: str
    heading: str
    """What the series is, in words."""
    phase: Phase
    batch: FloatArray
    length: FloatArray
    candidates: FloatArray
    points: Points
    fits: NDArray[np.bool_]
    """Whether weights and KV cache fit in device memory."""
    predicted: SeriesPrediction | None
    """What the points are predicted to reach, where the card is calibrated."""
    measured: MeasuredSeries | None
    """What was measured of the points, where the study names measurements."""

    @property
    def label(self) -> str:
        """Label of the reference chart, such as ``qk/pv ar``."""
        return f"{self.series} {self.phase}"

    @property
    def key(self) -> str:
        """Name in addresses, such as ``qk-pv-ar``."""
        return f"{self.slug}-{self.phase}"

    @cached_property
    def marks(self) -> Marks:
        """Distinct attainable points."""
        return self._distinct(self.points.attainable)

    @cached_property
    def predicted_marks(self) -> Marks:
        """Distinct predicted points; none where nothing is predicted."""
        if self.predicted is None:
            return np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.bool_)
        return self._distinct(self.predicted.flops_per_s)

    @cached_property
    def measured_marks(self) -> Marks:
        """Distinct measured points; none where nothing was measured."""
        if self.measured is None:
            return np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.bool_)
        return self._distinct(self.measured.flops_per_s)

    @cached_property
    def quiet_marks(self) -> Marks:
        """Attainable points that do not touch, for the layer behind, where marks are faint."""
        return self._distinct(self.points.attainable, _CELLS[2:])

    @property
    def front(self) -> tuple[Kind, Marks]:
        """Points of the layer in front: measured, else predicted, else attainable ones."""
        layers: tuple[tuple[Kind, Marks], ...] = (
            ("measured", self.measured_marks),
            ("predicted", self.predicted_marks),
            ("attainable", self.marks),
        )
        return next(layer for layer in layers if layer[1][0].size)

    @property
    def lowest(self) -> float:
        """The lowest rate of all points [FLOP/s]."""
        layers = (self.marks, self.predicted_marks, self.measured_marks)
        return min(float(rates.min()) for _, rates, _ in layers if rates.size)

    def _distinct(self, y: FloatArray, cells: tuple[int, ...] = _CELLS) -> Marks:
        """Give settings that fall on one point one mark.

        They would hide each other, or make a faint mark look solid. Points that a reader
        could not tell apart are one.
        """
        known = np.isfinite(y)
        x, y, fitting = self.points.intensity[known], y[known], self.fits[known]
        for fine in cells:
            _, first, inverse = np.unique(
                np.round(np.log10(np.stack([x, y])) * fine),
                axis=1,
                return_index=True,
                return_inverse=True,
            )
            if len(first) <= MOST_MARKS:
                break
        fits = np.zeros(len(first), dtype=np.bool_)
        np.logical_or.at(fits, inverse.ravel(), fitting)
        return x[first], y[first], fits


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyData:
    """Everything that charts of one study read."""

    study: Study

    @cached_property
    def capacity(self) -> Capacity:
        """What the card must hold."""
        return capacity(self.study.deployment)

    @cached_property
    def series(self) -> tuple[StudySeries, ...]:
        """Charted series, in the order of the reference chart's legend."""
        found = tuple(self._series())
        if any(one.measured is not None and one.measured.known.any() for one in found):
            return found
        return tuple(replace(one, measured=None) for one in found)

    def _series(self) -> Iterator[StudySeries]:
        file, deployment = self.study.file, self.study.deployment
        for name, entry in deployment.operators.series.items():
            if not entry.charted:
                continue
            for phase in PHASES:
                if not deployment.series_rows(name, phase):
                    continue
                # Candidates change decode alone.
                candidates = file.candidates if phase == "ar" else (1,)
                batch, length, tokens = (
                    grid.ravel().astype(np.float64)
                    for grid in np.meshgrid(file.batches, file.lengths, candidates, indexing="ij")
                )
                yield StudySeries(
                    series=name,
                    slug=entry.slug,
                    heading=entry.title,
                    phase=phase,
                    batch=batch,
                    length=length,
                    candidates=tokens,
                    points=evaluate(deployment, name, phase, Grid(batch, length, tokens)),
                    fits=self.capacity.fits(batch, length),
                    predicted=predict_series(self.study, name, phase, Grid(batch, length, tokens)),
                    measured=measured(self.study, name, phase, Grid(batch, length, tokens)),
                )

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What points in front are, of all series."""
        return tuple(dict.fromkeys(one.front[0] for one in self.series))

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
        file = self.study.file
        batch, length = np.meshgrid(file.batches, file.lengths, indexing="ij")
        return int(self.capacity.fits(batch, length).sum())

    def misfits(self) -> str:
        """Sentence on settings that do not fit on the card."""
        device = without_zeros(self.capacity.device, "byte", 3)
        total = self.settings
        missing = total - self.fitting
        if not missing:
            return f"Weights and KV cache of {_all(total)} fit in {device}."
        which = _all(total) if missing == total else f"{missing:,} of the {total:,} settings"
        return f"Weights and KV cache of {which} do not fit in {device}."


def _all(total: int) -> str:
    return "the one setting" if total == 1 else f"all {total:,} settings"


def points_table(found: tuple[StudySeries, ...]) -> Table:
    """Every setting of some series."""

    def joined(name: str) -> Any:
        return np.concatenate([getattr(one.points, name) for one in found])

    def repeated(name: str) -> list[str]:
        return [getattr(one, name) for one in found for _ in range(one.batch.size)]

    def whole(name: str) -> Any:
        return np.concatenate([getattr(one, name) for one in found]).astype(np.int64)

    return Table(
        columns={
            "series": ("", repeated("series")),
            "phase": ("", [one.phase for one in found for _ in one.batch]),
            "label": ("", repeated("label")),
            "batch": ("sequence", whole("batch")),
            "sequence_length": ("token", whole("length")),
            "candidates": ("token", whole("candidates")),
            "flops": ("FLOP", joined("flops")),
            "bytes": ("byte", joined("bytes")),
            "intensity": ("FLOP/Byte", joined("intensity")),
            "attainable": ("FLOP/s", joined("attainable")),
            "bound": (
                "",
                [bound_name(compute_bound=one) for one in joined("compute_bound").tolist()],
            ),
            "fits": ("", np.concatenate([one.fits for one in found])),
            **_predicted_columns(found),
            **_measured_columns(found),
        }
    )


def _predicted_columns(found: tuple[StudySeries, ...]) -> dict[str, tuple[str, list[Any]]]:
    """Columns of the calibrated model; empty where the card has no calibration."""
    columns: dict[str, list[Any]] = {name: [] for name in PREDICTED}
    for one in found:
        values: tuple[list[Any], ...] = ([None] * one.batch.size,) * len(PREDICTED)
        if one.predicted is not None:
            values = (
                one.predicted.seconds.tolist(),
                one.predicted.flops_per_s.tolist(),
                [BOUNDS[index] for index in one.predicted.bound.tolist()],
                one.predicted.extrapolated.tolist(),
            )
        for name, more in zip(PREDICTED, values, strict=True):
            columns[name] += more
    return {name: (UNITS.get(name, ""), column) for name, column in columns.items()}


def _measured_columns(found: tuple[StudySeries, ...]) -> dict[str, tuple[str, list[Any]]]:
    """Columns of the study's measurements; none where it names none."""
    if not any(one.measured is not None for one in found):
        return {}
    records = [
        measured_record(one.measured, (index,)) for one in found for index in range(one.batch.size)
    ]
    return {name: (UNITS[name], [record[name] for record in records]) for name in MEASURED}
