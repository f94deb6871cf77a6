"""The latency model: what a matrix product is expected to take, not only its bound.

One formula for all operators, with eleven parameters that a calibration fits per card and
protocol. A kernel computes tiles of the result, as many at once as the card has multiprocessors,
and may split the inner dimension into parts that a second kernel adds up::

    t   = t0 + λ·log2(1 + k/128) + ρ[s > 1] + u·(1 + κ·u/(u + 1 ms))
    u   = (t_c^p + t_m^p)^(1/p)
    t_c = α·2·T·(k/s)·S·⌈N/S⌉·(1 + σ·e) / (η_c·π)
    t_m = (α_A·Q_A + α_B·Q_B + ω·α_C·Q_C + w·min(Q_A + Q_B + ω·Q_C, L2) + P) / (η_m·β)

N is the number of tiles, T the elements of one, S the multiprocessors, s the parts, e what a
small tile loads more than the largest per element, P the parts' traffic, in fp32, written and
read once. Tile and parts are those of the shortest time. α applies to an operand whose rows do
not begin on 16-byte boundaries, and to the work if any does not. Where no multiprocessors are
known, as of a CPU, the tiles are those of the result exactly: 2·T·k·N is the work W.
Never faster than the roof: both η are at most 1; ω, α and p at least 1; the rest at least 0.

The form and the constants were chosen with measurements of four cards in view, the parameters
apart: another card or library may need others.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roofline.arrays import FloatArray
from roofline.model.roof import COMPUTE, MEMORY, OVERHEAD

ALIGNMENT = 16
"""A row that is no multiple of this cannot be loaded in the widest vectors [byte]."""
SLICE = 128
"""Elements of k that one block of the kernel walks without splitting: its tile."""
TILES = ((256, 128), (128, 128), (128, 64), (64, 64), (64, 32), (32, 32))
"""Rows and columns of the tiles that a kernel may compute at once, each half the one before."""
PARTS = (1, 2, 4, 8, 16)
"""Into how many parts a kernel may split k, none shorter than `SLICE`."""
PART_BYTES = 8
"""Traffic of one element of a part, which is written and read in fp32 [byte]."""
SETTLED = 1e-3
"""Duration at which half of what long work costs in clock has set in [s]."""
NARROW = 64
"""Up to this k, misaligned products ran at the rate of the scalar units, see `Device`."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """How one parameter of the law is written, what it means and what it may be."""

    symbol: str
    """In plain text."""
    tex: str
    """In formulas."""
    unit: str
    low: float
    """Least value."""
    high: float
    """Greatest value."""
    meaning: str

    def allows(self, value: float) -> bool:
        """Whether a value lies in the range, with which no prediction beats the roof."""
        return self.low <= value <= self.high

    def undetermined(self, low: float, high: float) -> bool:
        """Whether a fitted value with this interval is none: all of its range is as good."""
        return (low, high) == (self.low, self.high)

    def remark(self, value: float, low: float, high: float) -> str:
        """Say what a fitted value and its interval do not tell; empty where all is well."""
        if self.undetermined(low, high):
            return "not determined: any value fits these rows as well"
        if value in {self.low, self.high}:
            end = "least" if value == self.low else "greatest"
            return f"at the {end} that the law allows"
        return ""


LEAST_SHARE = 1e-6
"""Least share of a ceiling that kernels sustain: at 0 nothing would ever end."""
PARAMETERS: Mapping[str, Parameter] = {
    "launch": Parameter(
        "t0",
        "t_0",
        "s",
        0.0,
        1.0,
        "launch of one kernel, with its synchronisation where it is isolated",
    ),
    "depth": Parameter(
        "λ", r"\lambda", "s", 0.0, 1.0, f"latency along k, for each doubling beyond {SLICE}"
    ),
    "compute_share": Parameter(
        "η_c", r"\eta_c", "1", LEAST_SHARE, 1.0, "sustained share of the peak"
    ),
    "memory_share": Parameter(
        "η_m", r"\eta_m", "1", LEAST_SHARE, 1.0, "sustained share of the bandwidth"
    ),
    "cold": Parameter(
        "w",
        "w",
        "1",
        0.0,
        1e3,
        "traffic that the flushed cache adds, per byte that would fit into it",
    ),
    "small": Parameter(
        "σ", r"\sigma", "1", 0.0, 1e3, "cost of a small tile, per element that it loads more"
    ),
    "split": Parameter("ρ", r"\rho", "s", 0.0, 1.0, "adding up the parts of a split product"),
    "clock": Parameter("κ", r"\kappa", "1", 0.0, 1e3, "share by which long work lowers the clock"),
    "write": Parameter("ω", r"\omega", "1", 1.0, 1e3, "cost of a byte written, in bytes read"),
    "misaligned": Parameter(
        "α", r"\alpha", "1", 1.0, 1e3, f"cost of rows that begin off {ALIGNMENT}-byte boundaries"
    ),
    "overlap": Parameter(
        "p", "p", "1", 1.0, 1e3, "how far computing and moving overlap: 1 is not at all"
    ),
}
"""What the law says of each field of `Parameters`."""
NAMES = tuple(PARAMETERS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameters:
    """The fitted parameters of one card, as `PARAMETERS` explains them.

    Raises:
        ValueError: A parameter outside its range, which could beat the roof.
    """

    launch: float
    depth: float
    compute_share: float
    memory_share: float
    cold: float
    small: float
    split: float
    clock: float
    write: float
    misaligned: float
    overlap: float

    def __post_init__(self) -> None:
        for name, parameter in PARAMETERS.items():
            value = getattr(self, name)
            if not parameter.allows(value):
                limits = f"from {parameter.low:g} to {parameter.high:g}"
                message = f"{name}: expected a number {limits}, got {value!r}"
                raise ValueError(message)


_TEX = {name: parameter.tex for name, parameter in PARAMETERS.items()} | {"slice": str(SLICE)}
LAW_TEX = (
    (
        r"t = {launch} + {depth} \log_2\!\left(1 + \frac{{k}}{{{slice}}}\right)"
        r" + {split}\,[s > 1] + u \left(1 + \frac{{{clock}\,u}}{{u + 1\,\mathrm{{ms}}}}\right)"
        r", \qquad u = \left(t_c^{{\,{overlap}}} + t_m^{{\,{overlap}}}\right)^{{1/{overlap}}}"
    ).format_map(_TEX),
    (
        r"t_c = \frac{{2\,{misaligned}\,T\,(k/s)\,S \left\lceil N/S \right\rceil"
        r" (1 + {small}\,e)}}{{{compute_share}\,\pi}}"
    ).format_map(_TEX),
    (
        r"t_m = \frac{{{misaligned}_A Q_A + {misaligned}_B Q_B + {write}\,{misaligned}_C Q_C"
        r" + {cold}\,\min(Q_A + Q_B + {write}\,Q_C,\ \mathrm{{L2}}) + P}}{{{memory_share}\,\beta}}"
    ).format_map(_TEX),
)
"""The law in formulas: the time, and its two parts."""


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
    multiprocessors: float = 0.0
    """How many tiles are computed at once; 0 where that is not known, or has no meaning."""
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


def bounded(streamed: Prediction, alone: Prediction, extrapolated: ArrayLike) -> Prediction:
    """Predict no kernel to take longer in a stream than alone, where no stream was measured.

    A kernel in a stream finds its launch paid and its cache warm. What was measured in streams
    stands, whatever the kernel is predicted to take alone.
    """
    return _choose(np.asarray(extrapolated) & (alone.seconds < streamed.seconds), alone, streamed)


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


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class KernelProduct:
    """One of the products ``[m × k] · [k × n]`` that a kernel computes, ``count`` times."""

    count: ArrayLike
    """Products in the batch, > 0; it and the rest broadcast together."""
    m: ArrayLike
    """Rows of the first operand, > 0."""
    n: ArrayLike
    """Columns of the second operand, > 0."""
    k: ArrayLike
    """Inner dimension, > 0."""
    moved: tuple[bool, bool, bool] = (True, True, True)
    """Whether each operand, and the result, is read from memory or written to it."""
    fill: ArrayLike = 1.0
    """Share of the work that is done, such as that of scores a causal mask leaves."""


def predict_products(
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
    return predict_kernel(parameters, device, (KernelProduct(count=count, m=m, n=n, k=k),))


def predict_kernel(
    parameters: Parameters, device: Device, products: Sequence[KernelProduct]
) -> Prediction:
    """Predict a kernel of one product, or of several whose results between stay on the chip.

    Work and traffic of the products add up; the kernel is launched once. One of several products
    is not split along k.

    Args:
        parameters: The card's calibration.
        device: The card's ceilings, which broadcast with the products.
        products: What the kernel computes.

    Returns:
        Times and their parts, in the common shape.
    """
    sizes = np.broadcast_arrays(
        *(
            np.asarray(size, dtype=np.float64)
            for product in products
            for size in (product.count, product.m, product.n, product.k, product.fill)
        )
    )
    width = np.asarray(device.element_bytes, dtype=np.float64)
    peak = np.asarray(device.peak, dtype=np.float64)
    alpha = parameters.misaligned

    flops, whole, moved, held, depth = (np.zeros(sizes[0].shape) for _ in range(5))
    for place, product in enumerate(products):
        count, m, n, k, fill = sizes[5 * place : 5 * place + 5]
        k_cost, n_cost = _row_cost(k * width, alpha), _row_cost(n * width, alpha)
        batch = count * width
        first, second, third = (
            size if there else np.zeros(size.shape)
            for size, there in zip(
                (batch * m * k, batch * k * n, parameters.write * batch * m * n),
                product.moved,
                strict=True,
            )
        )
        held = held + first + second + third
        moved = moved + first * k_cost + (second + third) * n_cost
        done = 2.0 * fill * count * m * n * k
        cost = np.maximum(k_cost, n_cost)
        elements = _computed(parameters, device, count=count, m=m, n=n, parts=1)
        compute = cost * 2.0 * fill * elements * k / (parameters.compute_share * peak)
        if math.isfinite(device.scalar_peak):
            scalar = done / np.minimum(device.scalar_peak, peak)
            compute = np.where((cost > 1) & (k <= NARROW), np.maximum(compute, scalar), compute)
        flops, whole, depth = flops + done, whole + compute, np.maximum(depth, k)
    if parameters.cold > 0:
        moved = moved + parameters.cold * np.minimum(held, device.l2_cache)
    pace = parameters.memory_share * device.bandwidth
    overhead = overhead_seconds(parameters, depth)
    chosen = _settle(parameters, flops, whole, moved / pace, overhead)
    if len(products) > 1 or not device.multiprocessors:
        return chosen
    for parts in PARTS[1:]:
        elements = _computed(parameters, device, count=count, m=m, n=n, parts=parts)
        split = _settle(
            parameters,
            flops,
            cost * 2.0 * fill * elements * (k / parts) / (parameters.compute_share * peak),
            (moved + PART_BYTES * parts * count * m * n) / pace,
            overhead + parameters.split,
        )
        better = (split.seconds < chosen.seconds) & (k >= parts * SLICE)
        chosen = _choose(better, split, chosen)
    return chosen


def _settle(
    parameters: Parameters,
    flops: FloatArray,
    compute: FloatArray,
    memory: FloatArray,
    overhead: FloatArray,
) -> Prediction:
    """Put the parts of a time together: computing and moving overlap, and long work slows."""
    longer, shorter = np.maximum(compute, memory), np.minimum(compute, memory)
    power = parameters.overlap
    busy = longer * (1.0 + (shorter / longer) ** power) ** (1.0 / power)
    seconds = overhead + busy * (1.0 + parameters.clock * busy / (busy + SETTLED))
    return Prediction(
        flops=flops, seconds=seconds, compute=compute, memory=memory, overhead=overhead
    )


def _choose(where: NDArray[np.bool_], one: Prediction, other: Prediction) -> Prediction:
    """Take one prediction where it is chosen, and the other elsewhere."""
    return Prediction(
        flops=other.flops,
        seconds=np.where(where, one.seconds, other.seconds),
        compute=np.where(where, one.compute, other.compute),
        memory=np.where(where, one.memory, other.memory),
        overhead=np.where(where, one.overhead, other.overhead),
    )


def _computed(
    parameters: Parameters,
    device: Device,
    *,
    count: FloatArray,
    m: FloatArray,
    n: FloatArray,
    parts: int,
) -> FloatArray:
    """Elements of the result that the card has time for while its tiles are computed, by parts.

    Every multiprocessor waits for the last wave of tiles, and a tile at an edge is computed whole.
    """
    if not device.multiprocessors:
        return count * m * n
    least: FloatArray = np.full(count.shape, np.inf)
    for rows, columns in TILES:
        tiles = count * np.ceil(m / rows) * np.ceil(n / columns) * parts
        waves = np.ceil(tiles / device.multiprocessors)
        loss = 1.0 + parameters.small * _extra_load(rows, columns)
        elements = rows * columns * loss * device.multiprocessors
        least = np.minimum(least, waves * elements)
    return least


def _extra_load(rows: int, columns: int) -> float:
    """What a tile loads more than the largest for one element, in parts of what 64 x 64 loads."""
    largest_rows, largest_columns = TILES[0]
    return 64 / rows + 64 / columns - 64 / largest_rows - 64 / largest_columns


def overhead_seconds(parameters: Parameters, k: ArrayLike) -> FloatArray:
    """What passes before anything is moved or computed, by the inner dimension [s]."""
    doublings: FloatArray = np.log2(1.0 + np.asarray(k, dtype=np.float64) / SLICE)
    return parameters.launch + parameters.depth * doublings


def _row_cost(row: FloatArray, alpha: float) -> FloatArray:
    """Cost of an operand's rows, by their length [byte]."""
    return np.where(row % ALIGNMENT == 0, 1.0, alpha)


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """Work and traffic of a kernel run alone, each of which takes a multiple of its overhead."""

    seconds: float
    """Overhead of one kernel [s]."""
    bytes: float
    """Traffic that is read [byte]."""
    flops: float
    """Work [FLOP]."""
    formula: str
    """The traffic by the overhead t, η_m as η, the bandwidth β, w, and the cache's size C."""


def overhead_threshold(
    parameters: Parameters, device: Device, times: float = 1.0, k: float = SLICE
) -> Threshold:
    """From which traffic or work on a kernel run alone is not overhead-bound any more.

    Args:
        parameters: The card's calibration.
        device: The card's ceilings, for one dtype.
        times: How many times the overhead moving, or computing, shall take, > 0.
        k: Inner dimension, along which latency grows.
    """
    seconds = float(overhead_seconds(parameters, k))
    # What memory moves meanwhile, of which the flushed cache takes its part.
    moved = times * seconds * parameters.memory_share * device.bandwidth
    read, formula = moved / (1.0 + parameters.cold), "η * β * t / (1 + w)"
    if read > device.l2_cache:
        read, formula = moved - parameters.cold * device.l2_cache, "η * β * t - w * C"
    return Threshold(
        seconds=seconds,
        bytes=read,
        flops=times * seconds * parameters.compute_share * float(np.asarray(device.peak)),
        formula=formula,
    )
