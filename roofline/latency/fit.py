"""Fitting the latency model: damped Gauss-Newton on robust, logarithmic residuals.

A residual is ln(predicted / measured), so that twice too long counts as much as half. Its cost
is quadratic below `SCALE` and linear above (pseudo-Huber), so that a tenth of the rows, where
the library picked an unusual kernel, does not rule the rest. Deterministic.
"""

import math
from collections.abc import Callable

import numpy as np

from roofline.arrays import FloatArray
from roofline.latency.law import NAMES, RANGES, Device, Parameters, latency
from roofline.measurements.products import Measurements

SCALE = 0.05
"""Residual at which the cost turns from quadratic to linear."""
START = Parameters(
    launch=20e-6,
    depth=1e-6,
    compute_share=0.7,
    memory_share=0.7,
    cold=0.2,
    write=1.5,
    misaligned=1.3,
    overlap=2.0,
)
"""Where every fit of a new card begins."""

_STEPS = 60
_SMALLEST_GAIN = 1e-10
_DIFFERENCE = 1e-6
_LEAST_DAMPING = 1e-9
_MOST_DAMPING = 1e8
_FARTHEST = 18.0
"""Bound of the unbounded variables: e^18 is 6.6e7, far beyond any range that matters."""

_INSIDE = 6.0
"""Bound of the unbounded variables where a fit begins."""
_NEAR = 1e-5
"""So near to an end of its range, a parameter has reached it."""

Residuals = Callable[[FloatArray], FloatArray]


def fit(measurements: Measurements, device: Device, start: Parameters = START,
        weights: FloatArray | None = None) -> Parameters:  # fmt: skip
    """Fit the eight parameters.

    Args:
        measurements: What to fit to.
        device: The card; its arrays in the order of the measurements.
        start: Where to begin.
        weights: How often each row counts, once by default.

    Returns:
        The parameters of least cost that were found.
    """
    rows = measurements
    logarithm = np.log(rows.seconds)
    often = np.ones(len(rows)) if weights is None else weights

    def residuals(free: FloatArray) -> FloatArray:
        found = latency(_bounded(free), device, count=rows.count, m=rows.m, n=rows.n, k=rows.k)
        return np.log(found.seconds) - logarithm

    # Begun at an end of its range, a parameter would hardly leave it.
    inside = np.clip(_free(start), -_INSIDE, _INSIDE)
    return _snapped_to_range(_bounded(_minimised(residuals, inside, often)))


def _minimised(residuals: Residuals, free: FloatArray, often: FloatArray) -> FloatArray:
    """Take damped steps until none lowers the cost noticeably."""
    found = residuals(free)
    cost, damping = _cost(found, often), 1e-3
    for _ in range(_STEPS):
        slopes = _slopes(residuals, free, found)
        weight = often / np.sqrt(1.0 + (found / SCALE) ** 2)
        normal = slopes.T @ (slopes * weight[:, None])
        gradient = slopes.T @ (weight * found)
        before = cost
        while damping < _MOST_DAMPING:
            scale = np.diag(normal) * damping + _LEAST_DAMPING
            step = np.linalg.solve(normal + np.diag(scale), gradient)
            trial = np.clip(free - np.clip(step, -1.0, 1.0), -_FARTHEST, _FARTHEST)
            tried = residuals(trial)
            if _cost(tried, often) < cost:
                free, found, cost = trial, tried, _cost(tried, often)
                damping = max(damping / 5.0, _LEAST_DAMPING)
                break
            damping *= 4.0
        if before - cost <= _SMALLEST_GAIN * before:
            break
    return free


def _slopes(residuals: Residuals, free: FloatArray, found: FloatArray) -> FloatArray:
    columns = []
    for index in range(len(free)):
        moved = free.copy()
        moved[index] += _DIFFERENCE
        columns.append((residuals(moved) - found) / _DIFFERENCE)
    return np.stack(columns, axis=1)


def _cost(found: FloatArray, often: FloatArray) -> float:
    return float(often @ (np.sqrt(1.0 + (found / SCALE) ** 2) - 1.0))


_UNIT = {"launch": 1e-5, "depth": 1e-6}
"""What a variable of 0 stands for, where that is not 1 [s]."""


def _bounded(free: FloatArray) -> Parameters:
    """Map unbounded variables into the ranges: shares by a logistic, the rest by a power."""
    values = {}
    for name, variable in zip(NAMES, free.tolist(), strict=True):
        low, high = RANGES[name]
        if name.endswith("share"):
            values[name] = 1.0 / (1.0 + math.exp(-variable))
        else:
            raised = low + _UNIT.get(name, 1.0) * math.exp(variable)
            values[name] = min(raised, high)
    return Parameters(**values)


def _snapped_to_range(parameters: Parameters) -> Parameters:
    """Move parameters that the fit drove to an end of their range onto it.

    The unbounded variables only come near; what is left means nothing.
    """
    values = {}
    for name in NAMES:
        value, low = getattr(parameters, name), RANGES[name][0]
        if name.endswith("share"):
            value = 1.0 if 1.0 - value < _NEAR else value
        elif value - low < _NEAR * _UNIT.get(name, 1.0):
            value = low
        values[name] = value
    return Parameters(**values)


def _free(parameters: Parameters) -> FloatArray:
    """Map parameters to unbounded variables."""
    found: list[float] = []
    for name in NAMES:
        value = getattr(parameters, name)
        if name.endswith("share"):
            excess = value / (1.0 - value) if value < 1 else math.inf
        else:
            excess = (value - RANGES[name][0]) / _UNIT.get(name, 1.0)
        found.append(math.log(excess) if excess > 0 else -_FARTHEST)
    return np.array([min(max(one, -_FARTHEST), _FARTHEST) for one in found])
