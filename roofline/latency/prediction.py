"""What a study's points are predicted to reach, where its card is calibrated.

Points are predicted in the benchmark's conditions, every kernel isolated, synchronised, after a
flush of the cache; or in a stream of kernels. Of a GPU that was not measured so, either is
carried over from the cards that were.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.latency.kernels import calibration_for, kernels
from roofline.latency.law import longest_part
from roofline.measurements.products import Protocol
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import Phase, Row
from roofline.model.roof import BOUNDS, Bound


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SeriesPrediction:
    """One series of one layer at every setting: arrays of one shape."""

    protocol: Protocol
    """How the kernels are timed."""
    seconds: FloatArray
    """Sum over the kernels [s]."""
    flops_per_s: FloatArray
    """Work over that time [FLOP/s]."""
    bound: NDArray[np.intp]
    """Place in `BOUNDS` of the largest part of the time."""
    extrapolated: NDArray[np.bool_]
    """Whether a dimension of a kernel lies outside what was measured."""
    parts: Mapping[Bound, FloatArray]
    """Times to compute, to move, and overhead, each summed over the kernels [s]."""

    def bound_by(self, name: Bound) -> NDArray[np.bool_]:
        """Where this is the predicted bound."""
        return np.equal(self.bound, BOUNDS.index(name))


def predict_series(
    deployment: Deployment,
    series: str,
    phase: Phase,
    grid: Grid,
    protocol: Protocol = "isolated",
) -> SeriesPrediction | None:
    """Predict one series of one layer at every setting.

    Args:
        deployment: Its card must be calibrated.
        series: Label of the reference chart, such as ``qk/pv``.
        phase: ``init`` (prefill) or ``ar`` (decode).
        grid: Settings, each at least 1, of any shape.
        protocol: How the kernels are timed.

    Returns:
        The sum over the kernels; None where the card has no calibration that applies, and
        for gathers, which are no products.
    """
    calibration = calibration_for(deployment, protocol)
    rows = deployment.series_rows(series, phase)
    if calibration is None or any(row.gather for row in rows):
        return None
    shape = grid.shape
    seconds, flops = np.zeros(shape), np.zeros(shape)
    compute, memory, overhead = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    outside = np.zeros(shape, dtype=bool)
    alone = None if protocol == "isolated" else calibration_for(deployment)
    for kernel in kernels(deployment, rows, phase, grid):
        predicted = kernel.predict(calibration, calibration.values, alone, deployment.dtype)
        seconds += predicted.seconds
        flops += predicted.flops
        compute += predicted.compute
        memory += predicted.memory
        overhead += predicted.overhead
        outside |= kernel.extrapolated(calibration)
    return SeriesPrediction(
        protocol=protocol,
        seconds=seconds,
        flops_per_s=flops / seconds,
        bound=longest_part(compute, memory, overhead),
        extrapolated=outside,
        parts={"compute": compute, "memory": memory, "overhead": overhead},
    )


def unmeasured(deployment: Deployment, phase: Phase, grid: Grid) -> tuple[Row, ...]:
    """Rows of charted series that were never measured at any setting of a grid."""
    calibration = calibration_for(deployment)
    if calibration is None:
        return ()
    return tuple(
        row
        for row in deployment.rows
        if phase in row.phases and deployment.operators.series[row.series].charted
        for kernel in kernels(deployment, deployment.series_rows(row.series, phase), phase, grid)
        if kernel.row.launch == row.launch and np.all(kernel.extrapolated(calibration))
    )
