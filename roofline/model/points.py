"""Work, traffic, intensity and the attainable rate, for arrays of settings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roofline.arrays import FloatArray
from roofline.model.deployment import Deployment
from roofline.model.expression import Value
from roofline.model.operators import Operand, Phase, Row
from roofline.model.roof import Roof

_BLOCK = 1 << 15
"""Settings evaluated at a time, so that intermediate arrays stay in the cache."""


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
    compute_bound: NDArray[np.bool_]
    """True where the intensity reaches the ridge."""


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
        a, b, c = self.widths
        pairs = ((a, self.n), (b, self.m), (c, self.k))
        reuses = [np.asarray(size) / width for width, size in pairs if width]
        smallest: Value = np.min(np.stack(np.broadcast_arrays(*reuses)), axis=0)
        return self.fill * 2.0 * smallest

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


def products(  # noqa: PLR0917  # the order of a setting: batch, length, candidates
    deployment: Deployment,
    rows: Sequence[Row],
    phase: Phase,
    batch: Value,
    length: Value,
    candidates: Value = 1.0,
) -> tuple[Product, ...]:
    """Work and traffic of each row, for one launch.

    Args:
        deployment: Model, accelerator and choices.
        rows: Rows of the deployment in this phase.
        phase: ``init`` (prefill) or ``ar`` (decode).
        batch: Sequences, any shape.
        length: Tokens, broadcastable with the batch.
        candidates: Tokens per sequence and decode step, broadcastable likewise.

    Returns:
        One product for each row, in their order.
    """
    symbols = deployment.symbols(phase, batch, length, candidates)
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


def kernels(found: Sequence[Product]) -> dict[str, tuple[Value, Value]]:
    """Work and traffic by kernel: rows that share a launch are added up."""
    sums: dict[str, tuple[Value, Value]] = {}
    for one in found:
        flops, traffic = sums.get(one.row.launch, (0.0, 0.0))
        sums[one.row.launch] = (flops + one.flops, traffic + one.bytes)
    return sums


def evaluate(  # noqa: PLR0917  # the order of a setting: batch, length, candidates
    deployment: Deployment,
    series: str,
    phase: Phase,
    batch: ArrayLike,
    length: ArrayLike,
    candidates: ArrayLike = 1,
) -> Points:
    """Evaluate one series of one layer at every setting.

    Args:
        deployment: Model, accelerator and choices.
        series: Label of the reference chart, such as ``qk/pv``.
        phase: ``init`` (prefill) or ``ar`` (decode).
        batch: Sequences, at least 1, any shape.
        length: Tokens, at least 1, broadcastable with the batch.
        candidates: Tokens per sequence and decode step, broadcastable likewise.

    Returns:
        The sum over the kernels of the series, in the broadcast shape. Memory
        beyond the result does not grow with the number of settings.

    Raises:
        KeyError: There is no such series.
        ValueError: The arrays do not broadcast, or a value is below 1.
    """
    settings = tuple(np.asarray(values) for values in (batch, length, candidates))
    for name, values in zip(("batch", "length", "candidates"), settings, strict=True):
        # A comparison with NaN is false, so this refuses NaN as well.
        if values.size and not (values.min() >= 1 and values.max() < np.inf):
            message = f"{name}: expected finite numbers of at least 1"
            raise ValueError(message)
    rows = deployment.series_rows(series, phase)
    shape = np.broadcast_shapes(*(values.shape for values in settings))
    points = Points(
        flops=np.empty(shape),
        bytes=np.empty(shape),
        intensity=np.empty(shape),
        attainable=np.empty(shape),
        compute_bound=np.empty(shape, dtype=np.bool_),
    )
    for block in _blocks(shape):
        inputs = tuple(_part(values, block, len(shape)) for values in settings)
        found = kernels(products(deployment, rows, phase, *inputs))
        _fill(points, (*block, ...), deployment.roof, list(found.values()))
    return points


def _fill(points: Points, block: Any, roof: Roof, found: list[tuple[Value, Value]]) -> None:
    """Write the sum of the kernels into one block of the result."""
    flops, traffic = points.flops[block], points.bytes[block]
    intensity, attainable = points.intensity[block], points.attainable[block]
    flops[...] = 0.0
    traffic[...] = 0.0
    for work, moved in found:
        flops += work
        traffic += moved
    np.divide(flops, traffic, out=intensity)
    np.multiply(intensity, roof.bandwidth, out=attainable)
    np.minimum(attainable, roof.peak, out=attainable)
    if len(found) > 1:
        # Kernels of unequal intensity attain less than their sum seems to.
        seconds = sum(roof.minimum_seconds(work, moved) for work, moved in found)
        np.minimum(attainable, flops / seconds, out=attainable)
    np.greater_equal(intensity, roof.ridge, out=points.compute_bound[block])


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
    yield from product(*ranges)


def _part(values: NDArray[Any], block: tuple[slice, ...], dimensions: int) -> FloatArray:
    """Part of a setting's array inside a block; axes that broadcast stay whole."""
    own = block[dimensions - values.ndim :]
    part = values[
        tuple(
            slice(None) if size == 1 else within
            for size, within in zip(values.shape, own, strict=True)
        )
    ]
    return np.asarray(part, dtype=np.float64)
