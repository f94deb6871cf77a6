"""How long a decode step or a prefill of the whole model is predicted to take.

A step is a stream of kernels: its matrix products, the gather of the input embedding, and the
element-wise kernels between them. Where no stream was measured and none is carried over, it is
derived from isolated kernels, within what is not known of it.
"""

from dataclasses import dataclass

import numpy as np

from roofline.arrays import FloatArray
from roofline.latency.calibration import Calibration
from roofline.latency.kernels import calibration_for, kernels
from roofline.latency.law import Parameters, in_stream
from roofline.model.deployment import Deployment
from roofline.model.elementwise import elementwise_kernels
from roofline.model.grid import Grid
from roofline.model.operators import Phase
from roofline.model.points import products

SHORTEST = 0.1
"""Whatever the error of a calibration, no step is predicted to take more than ten times as long."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class StepPrediction:
    """One decode step or prefill of the whole model, as a stream of kernels.

    By a calibration of streams, the range is as wide as the error that nine in ten products of
    groups held out stay within; by one carried over, of cards held out. Where there is none, it
    reaches from launches that hide behind the kernels before them to launches that each cost as
    much as an isolated, synchronised one.
    """

    low: FloatArray
    """Shortest time [s]."""
    high: FloatArray
    """Longest time [s]."""
    moving: FloatArray
    """Part of the time, between both ends, that kernels without products take [s]."""
    products: float
    """Kernels that compute matrix products."""
    launches: float
    """All kernels of the step."""
    error: float | None
    """Error that nine in ten products in a stream stay within; None where none is calibrated."""
    carried: tuple[str, ...] = ()
    """Accelerators whose measured streams are carried over; none where the card's own was."""
    extrapolated: tuple[str, ...]
    """Products whose shapes lie outside of what was measured at every setting."""

    @property
    def as_stream(self) -> bool:
        """Whether a calibration of streams, its own or carried over, predicts it."""
        return self.error is not None

    @property
    def seconds(self) -> FloatArray:
        """The prediction that the range is around; without a stream, its shorter end [s]."""
        return self.low if self.error is None else self.low * (1.0 + self.error)


def predict_step(
    deployment: Deployment, phase: Phase, grid: Grid, stream: Calibration | None = None
) -> StepPrediction | None:
    """Predict one decode step or one prefill of the whole model, as a stream of kernels.

    Kernels follow each other asynchronously, without a flush.

    Args:
        deployment: Its card must be calibrated, or be a GPU.
        phase: ``init``: one prefill; ``ar``: one decode step.
        grid: Settings, each at least 1, of any shape.
        stream: Another calibration of kernels in a stream than the one of the card that counts.

    Returns:
        The range; None where no calibration applies.
    """
    stream, isolated = stream or calibration_for(deployment, "stream"), calibration_for(deployment)
    calibration = stream or isolated
    if calibration is None:
        return None
    parameters = in_stream(calibration.values) if stream is None else stream.values
    rows = [row for row in deployment.rows if phase in row.phases and not row.gather]
    symbols = deployment.symbols(phase, grid)
    seconds, launched = np.zeros(grid.shape), 0.0
    extrapolated = []
    for kernel in kernels(deployment, rows, phase, grid):
        times = float(kernel.row.launches.evaluate(symbols))
        predicted = kernel.predict(calibration, parameters, isolated, deployment.dtype)
        seconds += times * predicted.seconds
        launched += times
        if np.all(kernel.extrapolated(calibration)):
            extrapolated.append(kernel.row.launch)
    moving, others = _moving(deployment, phase, grid, calibration, parameters)
    seconds += moving
    launches = launched + others
    if stream is None:
        low, high, error = seconds, seconds + launches * calibration.values.launch, None
    else:
        error = stream.worst_p90
        low, high = seconds / (1.0 + error), seconds / max(1.0 - error, SHORTEST)
    carried = stream is not None and stream.provenance.carried
    return StepPrediction(
        low=low,
        high=high,
        moving=moving,
        products=launched,
        launches=launches,
        error=error,
        carried=calibration.provenance.groups if carried else (),
        extrapolated=tuple(extrapolated),
    )


def _moving(
    deployment: Deployment,
    phase: Phase,
    grid: Grid,
    calibration: Calibration,
    parameters: Parameters,
) -> tuple[FloatArray, float]:
    """Predict the kernels that compute no product: they move bytes, as fast as products do.

    Returns:
        Their time [s], and how many they are.
    """
    symbols = deployment.symbols(phase, grid)
    moved, launches = np.zeros(grid.shape), 0.0
    for kind in elementwise_kernels(deployment, phase, grid):
        moved = moved + kind.bytes
        launches += kind.launches
    gathers = [row for row in deployment.rows if row.gather and phase in row.phases]
    for gather in products(deployment, gathers, phase, grid):
        times = float(gather.row.launches.evaluate(symbols))
        moved = moved + times * gather.bytes
        launches += times
    pace = parameters.memory_share * calibration.device(deployment.dtype).bandwidth
    return launches * parameters.launch + moved / pace, launches
