"""Work, traffic, intensity and the attainable rate, for arrays of settings."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.model.deployment import Deployment
from roofline.model.expression import Value
from roofline.model.grid import Grid
from roofline.model.operators import Operand, Phase, Row
from roofline.model.roof import BOUNDS, Bound, Roof

_BLOCK = 1 << 15
"""Settings evaluated at a time, so that intermediate arrays stay in the cache."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A series, or one of its kernels, at one setting."""

    flops: float
    """Work [FLOP]."""
    bytes: float
    """Traffic [byte]."""
    intensity: float
    """Work over traffic [FLOP/Byte]."""
    attainable: float
    """The roofline [FLOP/s]."""
    bound: Bound
    """The ceiling that is met."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Points:
    """A series at every setting: arrays of one shape, that of the broadcast settings."""

    flops: FloatArray
    """Work [FLOP]."""
    bytes: FloatArray
    """Traffic [byte]."""
    intensity: FloatArray
    """Work over traffic [FLOP/Byte]."""
    attainable: FloatArray
    """The roofline; a series of unequal kernels attains work over the sum of times [FLOP/s]."""
    bound: NDArray[np.uint8]
    """Place in `BOUNDS` of the ceiling that is met: compute where the intensity reaches the
    ridge, else memory."""

    def bound_by(self, name: Bound) -> NDArray[np.bool_]:
        """Where this is the bound."""
        return np.equal(self.bound, BOUNDS.index(name))

    def point(self, place: tuple[int, ...] = ()) -> Point:
        """The series at one setting, by its place in the arrays."""
        return Point(
            flops=float(self.flops[place]),
            bytes=float(self.bytes[place]),
            intensity=float(self.intensity[place]),
            attainable=float(self.attainable[place]),
            bound=BOUNDS[self.bound[place]],
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reuse:
    """How often a product uses each element of an operand: as often as a dimension is long."""

    operand: str
    """The operand: ``a``, ``b`` or ``c``."""
    dimension: str
    """The dimension that the operand lacks: ``n``, ``m`` or ``k``."""
    size: Value
    """Length of that dimension."""
    width: float
    """Bytes per element of the operand [byte]."""

    @property
    def per_byte(self) -> FloatArray:
        """Uses for each byte [1/byte]."""
        return np.asarray(self.size) / self.width


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Product:
    """One row at given settings, for one launch."""

    row: Row
    count: Value
    m: Value
    n: Value
    k: Value
    fill: Value
    widths: tuple[float, float, float]
    """Bytes per element of A, B and C; 0 on-chip [byte]."""

    def shares_input(self, other: "Product") -> bool:
        """Whether it is another product of the same input, which is read once for both."""
        return self.row.operands[0] == "on-chip" and (self.row.m, self.row.k, self.row.count) == (
            other.row.m,
            other.row.k,
            other.row.count,
        )

    @property
    def flops(self) -> Value:
        """Work; a multiply-add counts as two, a gather does none [FLOP]."""
        if self.row.gather:
            return 0.0
        return self.count * self.m * (2.0 * self.fill * self.n * self.k)

    @property
    def bytes(self) -> Value:
        """Traffic: each operand read or written once [byte]."""
        a, b, c = self.widths
        # Grouped so that few operations run over all settings: m varies most.
        return self.count * (self.m * (a * self.k + c * self.n) + b * self.k * self.n)

    @property
    def intensity(self) -> Value:
        """Work over traffic [FLOP/Byte]."""
        return self.flops / self.bytes

    @property
    def most_intensity(self) -> Value:
        """What the intensity never exceeds: each operand's reuse alone [FLOP/Byte].

        That is ``min(2n/e_a, 2m/e_b, 2k/e_c)``, on-chip operands left out.
        """
        reuses = [reuse.per_byte for reuse in self.reuses]
        smallest: Value = np.min(np.stack(np.broadcast_arrays(*reuses)), axis=0)
        return self.fill * 2.0 * smallest

    @property
    def reuses(self) -> tuple[Reuse, ...]:
        """The reuse of each operand in device memory."""
        places = zip("abc", "nmk", (self.n, self.m, self.k), self.widths, strict=True)
        return tuple(
            Reuse(operand=operand, dimension=dimension, size=size, width=width)
            for operand, dimension, size, width in places
            if width
        )

    @property
    def traffic(self) -> dict[Operand, Value]:
        """Traffic by kind of operand, on-chip operands left out [byte]."""
        a, b, c = self.widths
        moved: dict[Operand, Value] = {}
        for kind, elements in zip(
            self.row.operands,
            (a * self.m * self.k, b * self.k * self.n, c * self.m * self.n),
            strict=True,
        ):
            if kind != "on-chip":
                moved[kind] = moved.get(kind, 0.0) + self.count * elements
        return moved


def products(
    deployment: Deployment, rows: Sequence[Row], phase: Phase, grid: Grid
) -> tuple[Product, ...]:
    """Work and traffic of each row, for one launch.

    Args:
        deployment: Model, accelerator and choices.
        rows: Rows of the deployment in this phase.
        phase: ``init`` (prefill) or ``ar`` (decode).
        grid: Settings, of any shape.

    Returns:
        One product for each row, in their order.
    """
    symbols = deployment.symbols(phase, grid)
    width = deployment.element_bytes
    return tuple(
        Product(
            row=row,
            count=row.count.evaluate(symbols),
            m=row.m.evaluate(symbols),
            n=row.n.evaluate(symbols),
            k=row.k.evaluate(symbols),
            fill=row.fill.evaluate(symbols),
            widths=(
                width[row.operands[0]],
                width[row.operands[1]],
                width[row.operands[2]],
            ),
        )
        for row in rows
    )


def kernels(products: Sequence[Product]) -> dict[str, tuple[Value, Value]]:
    """Work and traffic by kernel: rows that share a launch are added up."""
    sums: dict[str, tuple[Value, Value]] = {}
    for product in products:
        flops, traffic = sums.get(product.row.launch, (0.0, 0.0))
        sums[product.row.launch] = (flops + product.flops, traffic + product.bytes)
    return sums


def evaluate(deployment: Deployment, series: str, phase: Phase, grid: Grid) -> Points:
    """Evaluate one series of one layer at every setting.

    Args:
        deployment: Model, accelerator and choices.
        series: Label of the reference chart, such as ``qk/pv``.
        phase: ``init`` (prefill) or ``ar`` (decode).
        grid: Settings, each at least 1, of any shape.

    Returns:
        The sum over the kernels of the series, in the broadcast shape. Memory
        beyond the result does not grow with the number of settings.

    Raises:
        KeyError: There is no such series.
        ValueError: The settings do not broadcast, or one is below 1.
    """
    grid.check()
    rows = deployment.series_rows(series, phase)
    shape = grid.shape
    points = Points(
        flops=np.empty(shape),
        bytes=np.empty(shape),
        intensity=np.empty(shape),
        attainable=np.empty(shape),
        bound=np.empty(shape, dtype=np.uint8),
    )
    for block in _blocks(shape):
        sums = kernels(products(deployment, rows, phase, grid.part(block)))
        _fill(points, (*block, ...), deployment.roof, list(sums.values()))
    return points


def _fill(points: Points, block: Any, roof: Roof, sums: list[tuple[Value, Value]]) -> None:
    """Write the sum of the kernels into one block of the result."""
    flops, traffic = points.flops[block], points.bytes[block]
    intensity, attainable = points.intensity[block], points.attainable[block]
    flops[...] = 0.0
    traffic[...] = 0.0
    for work, moved in sums:
        flops += work
        traffic += moved
    np.divide(flops, traffic, out=intensity)
    np.multiply(intensity, roof.bandwidth, out=attainable)
    np.minimum(attainable, roof.peak, out=attainable)
    if len(sums) > 1:
        # Kernels of unequal intensity attain less than their sum seems to.
        seconds = sum(roof.minimum_seconds(work, moved) for work, moved in sums)
        np.minimum(attainable, flops / seconds, out=attainable)
    points.bound[block] = roof.bound(intensity)


def _blocks(shape: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """Split a shape into boxes of at most `_BLOCK` elements."""
    steps = []
    room = _BLOCK
    for size in reversed(shape):
        step = max(1, min(size, room))
        steps.append(step)
        room //= step
    ranges = [
        [slice(start, start + step) for start in range(0, size, step)]
        for size, step in zip(shape, reversed(steps), strict=True)
    ]
    yield from itertools.product(*ranges)
