"""What a study comes to: points, predictions and measurements of every series.

A point was measured if every kernel of its series was, each as a product of its own. Its time
is their sum, as the predicted time is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roofline.arrays import FloatArray
from roofline.catalog.accelerator import load_accelerator
from roofline.latency.prediction import calibration_for, predict_series
from roofline.model.operators import PHASES, Phase
from roofline.model.points import Product, evaluate, products
from roofline.study.study import Study


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class MeasuredSeries:
    """One series of one layer at every setting: arrays of one shape.

    What was not measured, or not predicted, is not a number.
    """

    seconds: FloatArray
    """MeasuredSeries time after a flush of the cache, summed over the kernels [s]."""
    unflushed_seconds: FloatArray
    """The same with operands that the cache may hold [s]."""
    flops_per_s: FloatArray
    """Work over the time after a flush [FLOP/s]."""
    fraction: FloatArray
    """That rate over the attainable one; above 1 where the ceilings are too low."""
    error: FloatArray
    """Predicted over measured time, less 1."""

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where there is a measured point."""
        return np.isfinite(self.seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """A series in short: its measured points, or one line for none."""

    points: int
    """MeasuredSeries settings."""
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


def measured(  # noqa: PLR0917  # the order of a setting: batch, length, candidates
    study: Study,
    series: str,
    phase: Phase,
    batch: ArrayLike,
    length: ArrayLike,
    candidates: ArrayLike = 1,
) -> MeasuredSeries | None:
    """Find what was measured of one series of one layer at every setting.

    Args:
        study: Its measurements are looked at.
        series: Label of the reference chart, such as ``qk/pv``.
        phase: ``init`` (prefill) or ``ar`` (decode).
        batch: Sequences, at least 1, any shape.
        length: Tokens, at least 1, broadcastable with the batch.
        candidates: Tokens per sequence and decode step, broadcastable likewise.

    Returns:
        None where nothing is measured, or where the kernels are not what was measured:
        fused ones, gathers, partly computed products, operands in other formats than the
        study's, and a card whose ceilings were changed.

    Raises:
        InputError: A file of measurements breaks a rule.
    """
    found = study.measured
    if found is None:
        return None
    settings = tuple(np.asarray(one, dtype=np.float64) for one in (batch, length, candidates))
    shape = np.broadcast_shapes(*(one.shape for one in settings))
    rows = products(study.deployment, study.deployment.series_rows(series, phase), phase, *settings)
    if not _alone(study, rows):
        return None
    times = np.zeros((2, *shape))
    for product in rows:
        sizes = [
            np.broadcast_to(np.asarray(one, dtype=np.float64), shape).ravel().tolist()
            for one in (product.count, product.m, product.n, product.k)
        ]
        for place, flushed in enumerate((True, False)):
            keys = ((*size, flushed) for size in zip(*sizes, strict=True))
            times[place] += np.reshape([found.seconds.get(key, np.nan) for key in keys], shape)
    points = evaluate(study.deployment, series, phase, *settings)
    predicted = predict_series(study, series, phase, *settings)
    seconds = times[0]
    expected = np.full(shape, np.nan) if predicted is None else predicted.seconds
    rate = points.flops / seconds
    return MeasuredSeries(
        seconds=seconds,
        unflushed_seconds=times[1],
        flops_per_s=rate,
        fraction=rate / points.attainable,
        error=expected / seconds - 1.0,
    )


def _alone(study: Study, rows: tuple[Product, ...]) -> bool:
    """Whether each row is one whole product, as it is measured."""
    deployment = study.deployment
    kernels = {product.row.launch for product in rows}
    return (
        bool(rows)
        and deployment.accelerator == load_accelerator(study.file.accelerator)
        and not deployment.storage
        and len(kernels) == len(rows)
        and not any(product.row.gather or 0.0 in product.widths for product in rows)
        and all(bool(np.all(np.asarray(product.fill) == 1.0)) for product in rows)
    )


def summary(study: Study, series: str, phase: Phase) -> Summary | None:
    """Sum up the measured points of a series on the study's grid; None where there are none."""
    file = study.file
    candidates = file.candidates if phase == "ar" else (1,)
    grid = np.meshgrid(file.batches, file.lengths, candidates, indexing="ij")
    found = measured(study, series, phase, *grid)
    if found is None or not found.known.any():
        return None
    rate, fraction = found.flops_per_s[found.known], found.fraction[found.known]
    error = np.abs(found.error[found.known])
    predicted = bool(np.isfinite(error).all())
    return Summary(
        points=rate.size,
        settings=found.known.size,
        slowest=float(rate.min()),
        fastest=float(rate.max()),
        fraction_low=float(fraction.min()),
        fraction_median=float(np.median(fraction)),
        fraction_high=float(fraction.max()),
        error_median=float(np.median(error)) if predicted else None,
        error_p90=float(np.quantile(error, 0.9)) if predicted else None,
    )


def fitted_to_measured(study: Study) -> bool:
    """Whether the calibration was fitted to the very measurements that the study names."""
    calibration = calibration_for(study)
    return calibration is not None and study.file.measurements == (calibration.provenance.file,)


def charted_series(study: Study) -> tuple[tuple[str, Phase], ...]:
    """Series and phases that the chart shows, in the order of its legend."""
    return tuple(
        (name, phase)
        for name, series in study.deployment.operators.series.items()
        if series.charted
        for phase in PHASES
    )
