"""What a study's points are predicted to reach, where its card is calibrated.

Points are predicted in the benchmark's conditions: every kernel isolated, synchronised,
after a flush of the cache. Steps are predicted as streams of kernels. Of a GPU that was not
measured so, either is carried over from the cards that were. A step on another device that was
not measured in a stream is derived from isolated kernels, within what is not known of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import number_formats
from roofline.latency.calibration import Calibration
from roofline.latency.carried_over import is_calibrated, load_calibration
from roofline.latency.law import (
    KernelProduct,
    Parameters,
    Prediction,
    bounded,
    in_stream,
    longest_part,
    predict_kernel,
)
from roofline.measurements.products import Protocol
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import Phase, Row
from roofline.model.points import Product, products
from roofline.model.roof import BOUNDS, Bound

SHORTEST = 0.1
"""Whatever the error of a calibration, no step is predicted to take more than ten times as long."""


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


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class StepPrediction:
    """One decode step or prefill of the whole model, as a stream of kernels.

    By a calibration of streams, the range is as wide as the error that nine in ten kernels of
    groups held out stay within; by one carried over, of cards held out. Where there is none, it
    reaches from launches that hide behind the kernels before them to launches that each cost as
    much as an isolated, synchronised one.
    """

    low: FloatArray
    """Shortest time [s]."""
    high: FloatArray
    """Longest time [s]."""
    launches: float
    """Kernels of the step."""
    error: float | None
    """Error that nine in ten kernels in a stream stay within; None where none is calibrated."""
    carried: tuple[str, ...] = ()
    """Accelerators whose measured streams are carried over; none where the card's own was."""
    extrapolated: tuple[str, ...]
    """Kernels whose shapes lie outside of what was measured at every setting."""

    @property
    def as_stream(self) -> bool:
        """Whether a calibration of streams, its own or carried over, predicts it."""
        return self.error is not None


def calibration_for(deployment: Deployment, protocol: Protocol = "isolated") -> Calibration | None:
    """Calibration of a deployment's card; None where there is none, or where it says nothing.

    It says nothing of operands in other formats than the dtype's, and of a card whose ceilings
    were changed.
    """
    name = deployment.accelerator.identifier
    width = number_formats()[deployment.dtype].bytes.value
    unlike = (
        not name
        or not is_calibrated(name, protocol)
        or deployment.accelerator != load_accelerator(name)
        or any(stored != width for stored in deployment.storage.values())
    )
    return None if unlike else load_calibration(name, protocol)


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
    for kernel in _kernels(deployment, rows, phase, grid):
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


def predict_step(deployment: Deployment, phase: Phase, grid: Grid) -> StepPrediction | None:
    """Predict one decode step or one prefill of the whole model, as a stream of kernels.

    Kernels follow each other asynchronously, without a flush.

    Args:
        deployment: Its card must be calibrated.
        phase: ``init``: one prefill; ``ar``: one decode step.
        grid: Settings, each at least 1, of any shape.

    Returns:
        The range; None where the card has no calibration that applies.
    """
    stream, isolated = calibration_for(deployment, "stream"), calibration_for(deployment)
    calibration = stream or isolated
    if calibration is None:
        return None
    parameters = in_stream(calibration.values) if stream is None else stream.values
    seconds, launches = np.zeros(grid.shape), 0.0
    rows = [row for row in deployment.rows if phase in row.phases and not row.gather]
    kernels = [*_kernels(deployment, rows, phase, grid)]
    for kernel in kernels:
        times = float(kernel.row.launches.evaluate(deployment.symbols(phase, grid)))
        predicted = kernel.predict(calibration, parameters, isolated, deployment.dtype)
        seconds += times * predicted.seconds
        launches += times
    unlike = tuple(
        kernel.row.launch for kernel in kernels if np.all(kernel.extrapolated(calibration))
    )
    if stream is None:
        low, high = seconds, seconds + launches * calibration.values.launch
        return StepPrediction(
            low=low, high=high, launches=launches, error=None, extrapolated=unlike
        )
    error = stream.worst_p90
    return StepPrediction(
        low=seconds / (1.0 + error),
        high=seconds / max(1.0 - error, SHORTEST),
        launches=launches,
        error=error,
        carried=stream.provenance.groups if stream.provenance.carried else (),
        extrapolated=unlike,
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Kernel:
    """What one launch computes."""

    row: Row
    """Its first row."""
    products: tuple[KernelProduct, ...]

    def predict(
        self,
        calibration: Calibration,
        parameters: Parameters,
        alone: Calibration | None,
        dtype: str,
    ) -> Prediction:
        """Predict it with parameters of a calibration, if need be bounded by running alone."""
        predicted = predict_kernel(parameters, calibration.device(dtype), self.products)
        if alone is None or calibration.protocol == "isolated":
            return predicted
        isolated = predict_kernel(alone.values, alone.device(dtype), self.products)
        return bounded(predicted, isolated, self.extrapolated(calibration))

    def extrapolated(self, calibration: Calibration) -> NDArray[np.bool_]:
        """Whether a dimension lies outside what was measured; always of several products."""
        outside: NDArray[np.bool_] = np.array(len(self.products) > 1)
        for product in self.products:
            outside = outside | calibration.extrapolated(
                product.count, product.m, product.n, product.k
            )
        return outside


def _kernels(
    deployment: Deployment, rows: Sequence[Row], phase: Phase, grid: Grid
) -> Iterator[_Kernel]:
    """Gather the rows that share a launch.

    Products that share their input are one product, as wide as all of them: queries, keys and
    values, for instance. Others follow each other on the chip, as in fused attention.
    """
    by_launch: dict[str, list[Product]] = {}
    for product in products(deployment, rows, phase, grid):
        by_launch.setdefault(product.row.launch, []).append(product)
    for together in by_launch.values():
        first, *others = together
        if all(other.shares_input(first) for other in others):
            width = sum(np.asarray(product.n) for product in together)
            parts: tuple[KernelProduct, ...] = (
                KernelProduct(count=first.count, m=first.m, n=width, k=first.k, fill=first.fill),
            )
        else:
            parts = tuple(
                KernelProduct(
                    count=product.count,
                    m=product.m,
                    n=product.n,
                    k=product.k,
                    moved=(product.widths[0] > 0, product.widths[1] > 0, product.widths[2] > 0),
                    fill=product.fill,
                )
                for product in together
            )
        yield _Kernel(row=first.row, products=parts)


def unmeasured(deployment: Deployment, phase: Phase, grid: Grid) -> tuple[Row, ...]:
    """Rows of charted series that were never measured at any setting of a grid."""
    calibration = calibration_for(deployment)
    if calibration is None:
        return ()
    return tuple(
        row
        for row in deployment.rows
        if phase in row.phases and deployment.operators.series[row.series].charted
        for kernel in _kernels(deployment, deployment.series_rows(row.series, phase), phase, grid)
        if kernel.row.launch == row.launch and np.all(kernel.extrapolated(calibration))
    )
