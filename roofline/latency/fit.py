"""Fitting the latency model: robust least squares within the ranges of the parameters.

A residual is ln(predicted / measured), so that twice too long counts as much as half. Its cost
is quadratic below `SCALE` and linear above (pseudo-Huber), so that a tenth of the rows, where
the library picked an unusual kernel, does not rule the rest. Deterministic.

scipy is needed here alone, and comes with the extra ``calibrate``.
"""

import numpy as np

from roofline.arrays import FloatArray
from roofline.errors import InputError
from roofline.latency.law import NAMES, PARAMETERS, Device, Parameters, predict_products
from roofline.measurements.products import Measurements

SCALE = 0.05
"""Residual at which the cost turns from quadratic to linear."""
START = Parameters(
    launch=20e-6,
    depth=1e-6,
    compute_share=0.7,
    memory_share=0.7,
    cold=0.2,
    small=0.1,
    split=3e-6,
    clock=0.1,
    write=1.5,
    misaligned=1.3,
    overlap=2.0,
)
"""Where every fit of a new card begins."""

_UNITS = np.array([getattr(START, name) for name in NAMES])
"""What the search counts each parameter in, so that steps in all of them are alike."""
_LOW = np.array([limits.low for limits in PARAMETERS.values()])
_HIGH = np.array([limits.high for limits in PARAMETERS.values()])
_MOST_STEPS = 60
"""Steps after which the search ends: from kink to kink it may go on without gain."""
_STEP = 1e-3
"""Relative step of derivatives: wide enough to see past the kink where another tile is quicker."""
_TOLERANCE = 1e-9
"""Relative change of cost or parameters at which the search ends."""


def fit(
    measurements: Measurements,
    device: Device,
    start: Parameters = START,
    weights: FloatArray | None = None,
    *,
    flushed: bool = True,
) -> Parameters:
    """Fit the parameters.

    Args:
        measurements: What to fit to.
        device: The card; its arrays in the order of the measurements.
        start: Where to begin.
        weights: How often each row counts, once by default.
        flushed: Whether a flush drove the operands out of the cache; where none did, as in a
            stream, there is no `Parameters.cold`.

    Returns:
        The parameters of least cost; one that the rows say nothing of stays as it began.

    Raises:
        InputError: scipy is not installed.
    """
    try:
        from scipy.optimize import least_squares  # noqa: PLC0415  # only who calibrates needs it
    except ImportError as error:
        raise InputError.lacking("roofline calibrate", "scipy", "calibrate") from error

    rows, measured = measurements, np.log(measurements.seconds)
    often = np.ones(len(rows)) if weights is None else weights

    free = np.array([flushed or name != "cold" for name in NAMES])
    begin = np.where(free, [getattr(start, name) for name in NAMES], 0.0)

    def parameters(multiples: FloatArray) -> Parameters:
        values = begin.copy()
        near = multiples * _UNITS[free] < _LOW[free] + _TOLERANCE * _UNITS[free]
        within = np.clip(multiples * _UNITS[free], _LOW[free], _HIGH[free])
        values[free] = np.where(near, _LOW[free], within)
        return Parameters(**dict(zip(NAMES, values.tolist(), strict=True)))

    def residuals(multiples: FloatArray) -> FloatArray:
        predicted = predict_products(
            parameters(multiples), device, count=rows.count, m=rows.m, n=rows.n, k=rows.k
        )
        return np.log(predicted.seconds) - measured

    def loss(squares: FloatArray) -> FloatArray:
        """Pseudo-Huber cost of each row with its two derivatives, as often as the row counts."""
        root = np.sqrt(1.0 + squares)
        return often * np.stack([2.0 * (root - 1.0), 1.0 / root, -0.5 / root**3])

    solution = least_squares(
        residuals,
        np.clip(begin, _LOW, _HIGH)[free] / _UNITS[free],
        bounds=(_LOW[free] / _UNITS[free], _HIGH[free] / _UNITS[free]),
        method="dogbox",  # which reaches an end of a range, where others only come near
        x_scale="jac",
        loss=loss,
        diff_step=_STEP,
        f_scale=SCALE,
        ftol=_TOLERANCE,
        xtol=_TOLERANCE,
        gtol=_TOLERANCE,
        max_nfev=_MOST_STEPS,
    )
    return parameters(solution.x)
