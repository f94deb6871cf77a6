"""What a study's points are predicted to reach, where its card is calibrated.

Points are predicted in the benchmark's conditions: every kernel isolated, synchronised,
after a flush of the cache. Steps are predicted as streams of kernels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roofline.arrays import FloatArray
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import identifiers
from roofline.latency.calibration import Calibration, load_calibration
from roofline.latency.law import (
    BOUNDS,
    SLICE,
    Parameters,
    PredictedBound,
    Prediction,
    in_stream,
    latency,
)
from roofline.model.operators import Phase, Row
from roofline.model.points import Product, products
from roofline.study.study import Study


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SeriesPrediction:
    """One series of one layer at every setting: arrays of one shape."""

    seconds: FloatArray
    """Sum over the kernels [s]."""
    flops_per_s: FloatArray
    """Work over that time [FLOP/s]."""
    bound: NDArray[np.intp]
    """Which of `BOUNDS` is the largest part of the time."""
    extrapolated: NDArray[np.bool_]
    """Whether a dimension of a kernel lies outside what was measured."""
    parts: FloatArray
    """Times to compute, to move, and overhead, each summed over the kernels, in the order of
    `BOUNDS`, which is the first axis [s]."""

    def bound_name(self, index: tuple[int, ...]) -> PredictedBound:
        """Name of the bound at one setting."""
        return BOUNDS[int(self.bound[index])]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class StepPrediction:
    """One decode step or prefill of the whole model, as a stream of kernels."""

    low: FloatArray
    """Time where launches hide behind the kernels before them [s]."""
    high: FloatArray
    """Time where each launch costs as much as an isolated, synchronised one [s]."""
    launches: float
    """Kernels of the step."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """Work and traffic of a kernel run alone, each of which takes a multiple of its overhead."""

    seconds: float
    """Overhead of one kernel [s]."""
    bytes: float
    """Traffic that is read [byte]."""
    flops: float
    """Work [FLOP]."""


def overhead_threshold(
    calibration: Calibration, dtype: str, times: float = 1.0, k: float = SLICE
) -> Threshold:
    """From which traffic or work on a kernel run alone is not overhead-bound any more.

    Args:
        calibration: Of the card.
        dtype: Number format, whose peak counts.
        times: How many times the overhead moving, or computing, shall take, > 0.
        k: Inner dimension, along which latency grows.
    """
    values, device = calibration.values, calibration.device(dtype)
    seconds = values.launch + values.depth * float(np.log2(1.0 + k / SLICE))
    # What memory moves meanwhile, of which the flushed cache takes its part.
    moved = times * seconds * values.memory_share * device.bandwidth
    cached = moved / (1.0 + values.cold)
    if cached > device.l2_cache:
        cached = moved - values.cold * device.l2_cache
    flops = times * seconds * values.compute_share * float(np.asarray(device.peak))
    return Threshold(seconds=seconds, bytes=cached, flops=flops)


def calibration_for(study: Study) -> Calibration | None:
    """Calibration of a study's card; None where there is none, or where it says nothing.

    It says nothing of fused kernels, which were not measured, of operands in other formats
    than the dtype's, and of a card whose ceilings were changed.
    """
    name, deployment = study.file.accelerator, study.deployment
    chosen = deployment.operators.defaults() | dict(deployment.choices)
    unlike = (
        name not in identifiers("calibrations")
        or deployment.accelerator != load_accelerator(name)
        or bool(deployment.storage)
        or "fused" in chosen.values()
    )
    return None if unlike else load_calibration(name)


def predict_series(  # noqa: PLR0917  # the order of a setting: batch, length, candidates
    study: Study,
    series: str,
    phase: Phase,
    batch: ArrayLike,
    length: ArrayLike,
    candidates: ArrayLike = 1,
) -> SeriesPrediction | None:
    """Predict one series of one layer at every setting.

    Args:
        study: Its card must be calibrated.
        series: Label of the reference chart, such as ``qk/pv``.
        phase: ``init`` (prefill) or ``ar`` (decode).
        batch: Sequences, at least 1, any shape.
        length: Tokens, at least 1, broadcastable with the batch.
        candidates: Tokens per sequence and decode step, broadcastable likewise.

    Returns:
        The sum over the kernels; None where the card has no calibration that applies, and
        for gathers, which are no products.
    """
    calibration = calibration_for(study)
    deployment = study.deployment
    rows = deployment.series_rows(series, phase)
    if calibration is None or any(row.gather for row in rows):
        return None
    settings = _settings(batch, length, candidates)
    shape = np.broadcast_shapes(*(values.shape for values in settings))
    parts = np.zeros((len(BOUNDS), *shape))
    seconds, flops = np.zeros(shape), np.zeros(shape)
    outside = np.zeros(shape, dtype=bool)
    for product in products(deployment, rows, phase, *settings):
        found = _predicted(calibration, calibration.values, study.file.dtype, product)
        seconds += found.seconds
        flops += found.flops
        parts += np.broadcast_arrays(seconds, found.compute, found.memory, found.overhead)[1:]
        outside |= calibration.extrapolated(product.count, product.m, product.n, product.k)
    # Of equal parts the first, as in `Prediction.bound`.
    return SeriesPrediction(
        seconds=seconds,
        flops_per_s=flops / seconds,
        bound=np.asarray(np.argmax(parts, axis=0)),
        extrapolated=outside,
        parts=parts,
    )


def predict_step(
    study: Study,
    phase: Phase,
    batch: ArrayLike,
    length: ArrayLike,
    candidates: ArrayLike = 1,
) -> StepPrediction | None:
    """Predict one decode step or one prefill of the whole model, as a stream of kernels.

    Kernels follow each other asynchronously, without a flush. What a launch costs there is
    not known; the truth lies between hidden launches and isolated ones.

    Args:
        study: Its card must be calibrated.
        phase: ``init``: one prefill; ``ar``: one decode step.
        batch: Sequences, at least 1, any shape.
        length: Tokens, at least 1, broadcastable with the batch.
        candidates: Tokens per sequence and decode step, broadcastable likewise.

    Returns:
        The range; None where the card has no calibration that applies.
    """
    calibration = calibration_for(study)
    if calibration is None:
        return None
    deployment = study.deployment
    settings = _settings(batch, length, candidates)
    symbols = deployment.symbols(phase, *settings)
    shape = np.broadcast_shapes(*(values.shape for values in settings))
    hidden = in_stream(calibration.values)
    low, launches = np.zeros(shape), 0.0
    for row in deployment.rows:
        if phase not in row.phases or row.gather:
            continue
        times = float(row.launches.evaluate(symbols))
        (product,) = products(deployment, (row,), phase, *settings)
        low += times * _predicted(calibration, hidden, study.file.dtype, product).seconds
        launches += times
    high = low + launches * calibration.values.launch
    return StepPrediction(low=low, high=high, launches=launches)


def _settings(*values: ArrayLike) -> tuple[FloatArray, ...]:
    return tuple(np.asarray(one, dtype=np.float64) for one in values)


def _predicted(
    calibration: Calibration, parameters: Parameters, dtype: str, product: Product
) -> Prediction:
    return latency(
        parameters,
        calibration.device(dtype),
        count=product.count,
        m=product.m,
        n=product.n,
        k=product.k,
    )


def unmeasured(study: Study, phase: Phase) -> tuple[Row, ...]:
    """Rows of the study's charted series that were never measured at any of its settings."""
    calibration = calibration_for(study)
    if calibration is None:
        return ()
    deployment = study.deployment
    batch, length = np.meshgrid(study.file.batches, study.file.lengths, indexing="ij")
    return tuple(
        row
        for row in deployment.rows
        if phase in row.phases and deployment.operators.series[row.series].charted
        for product in products(deployment, (row,), phase, *_settings(batch, length, 1))
        if np.all(calibration.extrapolated(product.count, product.m, product.n, product.k))
    )
