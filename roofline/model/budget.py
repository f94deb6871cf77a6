"""Where the work, the traffic and the time of a step go, by operator.

Times are minimum times: every kernel at its own roof, one after the other,
nothing overlapped and no launch overhead.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from roofline.arrays import FloatArray
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import Operand, Phase
from roofline.model.points import Product, kernels, products
from roofline.model.roof import Roof

Quantity = Literal["flops", "bytes", "seconds"]
"""What a budget adds up."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """One series in a budget; arrays have the shape of the settings."""

    series: str
    flops: FloatArray
    """Work of all launches [FLOP]."""
    bytes: FloatArray
    """Traffic of all launches [byte]."""
    seconds: FloatArray
    """Minimum time of all launches [s]."""
    traffic: dict[Operand, FloatArray]
    """Traffic by kind of operand [byte]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Budget:
    """One decode step, or one prefill, by series."""

    phase: Phase
    grid: Grid
    roof: Roof
    lines: tuple[Line, ...]

    @cached_property
    def flops(self) -> FloatArray:
        """Work of the whole step [FLOP]."""
        return np.asarray(sum(line.flops for line in self.lines))

    @cached_property
    def bytes(self) -> FloatArray:
        """Traffic of the whole step [byte]."""
        return np.asarray(sum(line.bytes for line in self.lines))

    @cached_property
    def seconds(self) -> FloatArray:
        """Minimum time of the whole step; of a prefill, the time to first token [s]."""
        return np.asarray(sum(line.seconds for line in self.lines))

    @cached_property
    def tokens_per_second(self) -> FloatArray:
        """Ceiling of decoding: the lower of what the bandwidth and the peak allow a step.

        A step must move at least every weight matrix once (the input embedding is gathered,
        one row a token) and the keys and values of all tokens, whatever is fused, and do all
        of its work. The tokens are those of the whole batch [token/s].
        """
        moved = self.traffic("weight") + self.traffic("kv-cache")
        slowest = self.roof.minimum_seconds(self.flops, moved)
        return np.asarray(np.asarray(self.grid.batch) / slowest)

    def share(self, quantity: Quantity, line: Line) -> float:
        """Share of one line in the whole step, over all settings together."""
        total = float(np.sum(getattr(self, quantity)))
        return float(np.sum(getattr(line, quantity))) / total if total else 0.0

    def traffic(self, kind: Operand) -> FloatArray:
        """Traffic of one kind of operand [byte]."""
        zero = np.zeros_like(self.bytes)
        return np.asarray(sum(line.traffic.get(kind, zero) for line in self.lines))


def budget(
    deployment: Deployment,
    phase: Phase,
    grid: Grid,
    *,
    layers: bool = False,
) -> Budget:
    """Add up one step by series.

    Args:
        deployment: Model, accelerator and choices.
        phase: ``init``: one prefill; ``ar``: one decode step.
        grid: Settings, of any shape; a length may be 0.
        layers: One layer alone, instead of the whole model.

    Returns:
        One line for each series that takes part.
    """
    shape = grid.shape
    symbols = deployment.symbols(phase, grid)
    lines = []
    for series in deployment.operators.series:
        rows = deployment.series_rows(series, phase)
        if layers:
            rows = tuple(row for row in rows if row.per_layer)
        if not rows:
            continue
        parts = products(deployment, rows, phase, grid)
        launches = 1.0 if layers else rows[0].launches.evaluate(symbols)
        seconds = sum(
            deployment.roof.minimum_seconds(flops, traffic)
            for flops, traffic in kernels(parts).values()
        )

        def spread(value: object, times: object = launches) -> FloatArray:
            return np.broadcast_to(np.multiply(value, times), shape)  # type: ignore[call-overload]  # scalars and arrays alike

        lines.append(
            Line(
                series=series,
                flops=spread(sum(product.flops for product in parts)),
                bytes=spread(sum(product.bytes for product in parts)),
                seconds=spread(seconds),
                traffic={kind: spread(value) for kind, value in _by_kind(parts).items()},
            )
        )
    return Budget(phase=phase, grid=grid, roof=deployment.roof, lines=tuple(lines))


def _by_kind(parts: tuple[Product, ...]) -> dict[Operand, FloatArray]:
    total: dict[Operand, FloatArray] = {}
    for product in parts:
        for kind, moved in product.traffic.items():
            total[kind] = np.asarray(total.get(kind, 0.0) + moved)
    return total


def decode_ceiling(deployment: Deployment, grid: Grid) -> FloatArray:
    """Ceiling of decoding: the lower of what the bandwidth and the peak allow a step.

    Args:
        deployment: Model, accelerator and choices.
        grid: Settings, of any shape; a length may be 0.

    Returns:
        Tokens per second of the whole batch, in the broadcast shape.
    """
    return budget(deployment, "ar", grid).tokens_per_second
