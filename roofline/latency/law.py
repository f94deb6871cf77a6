"""The latency model: what a matrix product is expected to take, not only its bound.

One formula for all operators, with eight parameters that a calibration fits per card::

    t   = t0 + λ·log2(1 + k/128) + (t_c^p + t_m^p)^(1/p)
    t_c = α·W / (η_c·π)
    t_m = (α_A·Q_A + α_B·Q_B + ω·α_C·Q_C + w·min(Q_A + Q_B + ω·Q_C, L2)) / (η_m·β)

W is work, Q_A, Q_B and Q_C the traffic of the operands, π and β the ceilings. α applies to
an operand whose rows do not begin on 16-byte boundaries, and to the work if any does not.
Never faster than the roof: both η are at most 1; ω, α and p at least 1; the rest at least 0.

The form, and the constants `SLICE` and `NARROW`, were chosen with the A100's measurements in
view, the eight parameters apart: another card may need others.
"""

import math
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roofline.arrays import FloatArray
from roofline.model.roof import COMPUTE, MEMORY, OVERHEAD

ALIGNMENT = 16
"""A row that is no multiple of this cannot be loaded in the widest vectors [byte]."""
SLICE = 128
"""Elements of k that one block of the kernel walks without splitting: its tile."""
NARROW = 64
"""Up to this k, misaligned products ran at the rate of the scalar units, see `Device`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameters:
    """The fitted parameters of one card; each has one physical meaning.

    Raises:
        ValueError: A parameter outside its range, which could beat the roof.
    """

    launch: float
    """t0: launch and synchronisation, per kernel, at least 0 [s]."""
    depth: float
    """λ: latency along k, per doubling once k is well beyond `SLICE`, at least 0 [s]."""
    compute_share: float
    """η_c: sustained share of the matrix peak, above 0, at most 1."""
    memory_share: float
    """η_m: sustained share of the memory bandwidth, above 0, at most 1."""
    cold: float
    """w: additional traffic that a flushed cache causes, per byte that would fit into it,
    at least 0."""
    write: float
    """ω: cost of a byte written over that of a byte read, at least 1."""
    misaligned: float
    """α: cost of misaligned rows over that of aligned ones, at least 1."""
    overlap: float
    """p: how far computing and moving overlap; 1 not at all, without limit perfectly."""

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high or (name.endswith("_share") and value == 0):
                least = "above 0, at most" if name.endswith("_share") else f"from {low:g} to"
                message = f"{name}: expected a number {least} {high:g}, got {value!r}"
                raise ValueError(message)


RANGES = {
    "launch": (0.0, 1.0),
    "depth": (0.0, 1.0),
    "compute_share": (0.0, 1.0),
    "memory_share": (0.0, 1.0),
    "cold": (0.0, 1e3),
    "write": (1.0, 1e3),
    "misaligned": (1.0, 1e3),
    "overlap": (1.0, 1e3),
}
"""Least and greatest value of each parameter; a share of 0 is refused too."""
NAMES = tuple(field.name for field in fields(Parameters))
SYMBOLS = dict(zip(NAMES, ("t0", "λ", "η_c", "η_m", "w", "ω", "α", "p"), strict=True))
UNITS = dict(zip(NAMES, ("s", "s", *["1"] * 6), strict=True))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Device:
    """What the formula takes from data sheets; arrays where the products' dtypes differ."""

    peak: ArrayLike
    """Matrix ceiling [FLOP/s]."""
    bandwidth: float
    """Memory ceiling [byte/s]."""
    element_bytes: ArrayLike
    """Width of one element of any operand [byte]."""
    l2_cache: float = 0.0
    """Size of the last-level cache [byte]."""
    scalar_peak: float = math.inf
    """Rate without matrix units, to which misaligned products with k up to `NARROW` fall;
    infinite where the card's library is not known to do so [FLOP/s]."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Prediction:
    """Predicted times of products, all in one shape."""

    flops: FloatArray
    """Work [FLOP]."""
    seconds: FloatArray
    """Predicted time [s]."""
    compute: FloatArray
    """t_c: computing alone [s]."""
    memory: FloatArray
    """t_m: moving alone [s]."""
    overhead: FloatArray
    """Launch and latency along k [s]."""

    @property
    def flops_per_s(self) -> FloatArray:
        """Predicted rate [FLOP/s]."""
        return self.flops / self.seconds

    @property
    def bound(self) -> NDArray[np.intp]:
        """Which part is the longest, as a place in `BOUNDS`."""
        return longest_part(self.compute, self.memory, self.overhead)


def longest_part(compute: FloatArray, memory: FloatArray, overhead: FloatArray) -> NDArray[np.intp]:
    """Which of three times is the longest, as places in `BOUNDS`.

    Of equal ones compute comes first, as on the ridge of a roof, and overhead last.
    """
    ceiling = np.where(memory > compute, MEMORY, COMPUTE)
    return np.where(overhead > np.maximum(compute, memory), OVERHEAD, ceiling)


def in_stream(parameters: Parameters, launch: float = 0.0) -> Parameters:
    """Parameters for kernels that follow each other in a stream, in a decode step for instance.

    The cache is not flushed between them. What a launch costs there lies between 0, hidden
    behind the kernel before, and the isolated, synchronised `Parameters.launch`; whoever
    shows a step shows that range, and its bound at 0: no step is overhead-bound by t0.

    Args:
        parameters: Those of isolated kernels.
        launch: Cost of one launch in the stream, from 0 to that of isolated kernels [s].

    Raises:
        ValueError: A launch cost outside that range.
    """
    if not 0 <= launch <= parameters.launch:
        message = f"expected a launch cost from 0 to {parameters.launch:g} s, got {launch:g}"
        raise ValueError(message)
    return replace(parameters, launch=launch, cold=0.0)


def latency(
    parameters: Parameters,
    device: Device,
    *,
    count: ArrayLike,
    m: ArrayLike,
    n: ArrayLike,
    k: ArrayLike,
) -> Prediction:
    """Predict batched products ``[m × k] · [k × n]``, each batch one kernel.

    Args:
        parameters: The card's calibration.
        device: The card's ceilings, which broadcast with the products.
        count: Products in the batch, > 0; it and the rest broadcast together.
        m: Rows of the first operand, > 0.
        n: Columns of the second operand, > 0.
        k: Inner dimension, > 0.

    Returns:
        Times and their parts, in the common shape.
    """
    count, m, n, k = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64)
                                           for x in (count, m, n, k)))  # fmt: skip
    width = np.asarray(device.element_bytes, dtype=np.float64)
    peak = np.asarray(device.peak, dtype=np.float64)
    alpha = parameters.misaligned

    k_cost = _row_cost(k * width, alpha)
    n_cost = _row_cost(n * width, alpha)
    cost = np.maximum(k_cost, n_cost)
    batch = count * width
    first, second = batch * m * k, batch * k * n
    third = parameters.write * batch * m * n
    flops = 2.0 * count * m * n * k

    compute = cost * flops / (parameters.compute_share * peak)
    if math.isfinite(device.scalar_peak):
        scalar = flops / np.minimum(device.scalar_peak, peak)
        compute = np.where((cost > 1) & (k <= NARROW), np.maximum(compute, scalar), compute)
    moved = first * k_cost + (second + third) * n_cost
    if parameters.cold > 0:
        moved += parameters.cold * np.minimum(first + second + third, device.l2_cache)
    memory = moved / (parameters.memory_share * device.bandwidth)
    overhead = parameters.launch + parameters.depth * np.log2(1.0 + k / SLICE)

    longer = np.maximum(compute, memory)
    shorter = np.minimum(compute, memory)
    together = (1.0 + (shorter / longer) ** parameters.overlap) ** (1.0 / parameters.overlap)
    return Prediction(
        flops=flops,
        seconds=overhead + longer * together,
        compute=compute,
        memory=memory,
        overhead=overhead,
    )


def _row_cost(row: FloatArray, alpha: float) -> FloatArray:
    """Cost of an operand's rows, by their length [byte]."""
    return np.where(row % ALIGNMENT == 0, 1.0, alpha)
