"""What a study comes to: points, predictions and measurements of every series, evaluated once.

A point was measured if every kernel of its series was, each as a product of its own. Its time
is their sum, as the predicted time is.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import identifiers
from roofline.latency.kernels import kernels
from roofline.latency.prediction import SeriesPrediction, predict_series
from roofline.latency.step import StepPrediction, predict_step
from roofline.measurements.products import Protocol
from roofline.measurements.study_files import MeasuredProducts
from roofline.memo import memoised
from roofline.model.budget import Budget, budget
from roofline.model.capacity import Capacity, capacity
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid, Settings
from roofline.model.operators import PHASES, Phase
from roofline.model.points import Point, Points, evaluate


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MeasuredSeries:
    """One series of one layer at every setting: arrays of one shape.

    What was not measured, or not predicted, is not a number.
    """

    protocol: Protocol
    """How the kernels were measured."""
    seconds: FloatArray
    """Measured time, after a flush of the cache where run alone, summed over the kernels [s]."""
    unflushed_seconds: FloatArray
    """The same with operands that the cache may hold [s]."""
    flops_per_s: FloatArray
    """Work over that time [FLOP/s]."""
    fraction: FloatArray
    """That rate over the attainable one; above 1 where the ceilings are too low."""
    error: FloatArray
    """Time predicted of kernels timed likewise over measured time, less 1."""

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where there is a measured point."""
        return np.isfinite(self.seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """The measured points of a series in short."""

    points: int
    """Measured settings."""
    settings: int
    """All settings of the grid."""
    slowest: float
    """Least measured rate [FLOP/s]."""
    fastest: float
    """Greatest measured rate [FLOP/s]."""
    fraction_low: float
    """Least share of the attainable rate."""
    fraction_median: float
    fraction_high: float
    error_median: float | None
    """Median of the error's size; None where nothing is predicted."""
    error_p90: float | None
    """What one point in ten exceeds."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SeriesResult:
    """One series in one phase at all settings of a grid; arrays in the grid's shape."""

    series: str
    """Label of the reference chart, such as ``qk/pv``."""
    phase: Phase
    grid: Grid
    points: Points
    fits: NDArray[np.bool_]
    """Whether weights and KV cache fit in device memory."""
    predicted: SeriesPrediction | None
    """What is expected of kernels run alone; None where no calibration applies."""
    streamed: SeriesPrediction | None
    """What is expected of the same kernels in a stream; None likewise."""
    measured: MeasuredSeries | None
    """What was measured; None where nothing was, or not these kernels."""

    @property
    def label(self) -> str:
        """Series and phase as the reference chart writes them, such as ``qk/pv ar``."""
        return f"{self.series} {self.phase}"

    def summary(self) -> Summary | None:
        """Sum up the measured points; None where there are none."""
        measured = self.measured
        if measured is None or not measured.known.any():
            return None
        known = measured.known
        rate, fraction = measured.flops_per_s[known], measured.fraction[known]
        error = np.abs(measured.error[known])
        predicted = bool(np.isfinite(error).all())
        return Summary(
            points=rate.size,
            settings=known.size,
            slowest=float(rate.min()),
            fastest=float(rate.max()),
            fraction_low=float(fraction.min()),
            fraction_median=float(np.median(fraction)),
            fraction_high=float(fraction.max()),
            error_median=float(np.median(error)) if predicted else None,
            error_p90=float(np.quantile(error, 0.9)) if predicted else None,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyResults:
    """Results of a deployment at the settings of a study, each worked out once, when asked for."""

    deployment: Deployment
    settings: Settings
    measurements: MeasuredProducts | None

    @property
    def capacity(self) -> Capacity:
        """What the card must hold."""
        return capacity(self.deployment)

    @cached_property
    def series(self) -> tuple[SeriesResult, ...]:
        """Charted series, in the order of the chart's legend."""
        return tuple(self.of(name, phase) for name, phase in charted_series(self.deployment))

    @memoised
    def of(self, series: str, phase: Phase) -> SeriesResult:
        """One series in one phase, charted or not.

        Raises:
            KeyError: There is no such series.
        """
        grid = Grid.of(self.settings, phase)
        return evaluate_series(self.deployment, series, phase, grid, self.measurements)

    @memoised
    def at(
        self, series: str, phase: Phase, batch: float, length: float, candidates: float = 1
    ) -> Point:
        """One series at one setting: read from the grid where it is on it.

        Raises:
            KeyError: There is no such series.
            ValueError: A setting is below 1.
        """
        axes = (
            (self.settings.batches, batch),
            (self.settings.lengths, length),
            (self.settings.candidates if phase == "ar" else (1,), candidates),
        )
        if all(value in values for values, value in axes):
            place = tuple(values.index(int(value)) for values, value in axes)
            return self.of(series, phase).points.point(place)
        grid = Grid(batch, length, candidates)
        return evaluate(self.deployment, series, phase, grid).point()

    @memoised
    def step(
        self,
        phase: Phase,
        batch: float,
        length: float,
        candidates: float = 1,
        *,
        layers: bool = False,
    ) -> Budget:
        """One decode step or prefill at one setting, by series; a length may be 0."""
        return budget(self.deployment, phase, Grid(batch, length, candidates), layers=layers)

    @memoised
    def predicted_step(self, phase: Phase, batch: float, length: float) -> StepPrediction | None:
        """One step as predicted, a range; None where the card has no calibration that applies."""
        return predict_step(self.deployment, phase, Grid(batch, length))


def evaluate_series(
    deployment: Deployment,
    series: str,
    phase: Phase,
    grid: Grid,
    measurements: MeasuredProducts | None = None,
) -> SeriesResult:
    """Evaluate, predict and compare with measurements, at every setting of a grid.

    Args:
        deployment: Model, accelerator and choices.
        series: Label of the reference chart, such as ``qk/pv``.
        phase: ``init`` (prefill) or ``ar`` (decode).
        grid: Settings, each at least 1, of any shape.
        measurements: Measured products; they count only for kernels that are what was
            measured: one product, such as fused projections are, no gathers or partly computed
            products, no operands in other formats than the dtype's, and no card whose ceilings
            were changed.

    Raises:
        KeyError: There is no such series.
    """
    points = evaluate(deployment, series, phase, grid)
    predicted = predict_series(deployment, series, phase, grid)
    streamed = predict_series(deployment, series, phase, grid, "stream")
    measured = None
    if measurements is not None:
        likewise = predicted if measurements.protocol == "isolated" else streamed
        measured = _compare(deployment, series, phase, grid, measurements, points, likewise)
    return SeriesResult(
        series=series,
        phase=phase,
        grid=grid,
        points=points,
        fits=np.broadcast_to(capacity(deployment).fits(grid.batch, grid.length), grid.shape),
        predicted=predicted,
        streamed=streamed,
        measured=measured,
    )


def _compare(  # noqa: PLR0917  # the parts of one result
    deployment: Deployment,
    series: str,
    phase: Phase,
    grid: Grid,
    measurements: MeasuredProducts,
    points: Points,
    predicted: SeriesPrediction | None,
) -> MeasuredSeries | None:
    rows = deployment.series_rows(series, phase)
    launches = [*kernels(deployment, rows, phase, grid)]
    if (
        not launches
        or not _as_published(deployment)
        or any(row.gather for row in rows)
        or not all(kernel.one_whole_product for kernel in launches)
    ):
        return None
    shape = grid.shape
    times = np.zeros((2, *shape))
    for kernel in launches:
        (product,) = kernel.products
        sizes = [
            np.broadcast_to(np.asarray(size, dtype=np.float64), shape).ravel().tolist()
            for size in (product.count, product.m, product.n, product.k)
        ]
        for place, flushed in enumerate((True, False)):
            keys = ((*size, flushed) for size in zip(*sizes, strict=True))
            found = [measurements.seconds.get(key, np.nan) for key in keys]
            times[place] += np.reshape(found, shape)
    streamed = measurements.protocol == "stream"
    seconds = times[1] if streamed else times[0]
    expected = np.full(shape, np.nan) if predicted is None else predicted.seconds
    rate = points.flops / seconds
    return MeasuredSeries(
        protocol=measurements.protocol,
        seconds=seconds,
        unflushed_seconds=np.full(shape, np.nan) if streamed else times[1],
        flops_per_s=rate,
        fraction=rate / points.attainable,
        error=expected / seconds - 1.0,
    )


def _as_published(deployment: Deployment) -> bool:
    """Whether measurements of the card tell of the deployment: its ceilings, one format."""
    accelerator = deployment.accelerator
    return (
        accelerator.identifier in identifiers("accelerators")
        and accelerator == load_accelerator(accelerator.identifier)
        and not deployment.storage
    )


def charted_series(deployment: Deployment) -> tuple[tuple[str, Phase], ...]:
    """Series and phases that the chart shows, in the order of its legend."""
    return tuple(
        (name, phase)
        for name, series in deployment.operators.series.items()
        if series.charted
        for phase in PHASES
        if deployment.series_rows(name, phase)
    )
