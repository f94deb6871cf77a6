"""What the model leaves out, and how large it would be.

The element-wise kernels between the matrix products, each as a kernel of its own
that reads its inputs and writes its output once; the causal mask; the norm vectors;
and the launches, whose overhead is not counted.
"""

from dataclasses import dataclass

from roofline.model.budget import Budget, budget
from roofline.model.deployment import Deployment
from roofline.model.elementwise import elementwise_kernels
from roofline.model.grid import Grid
from roofline.model.operators import Phase


@dataclass(frozen=True, kw_only=True, slots=True)
class Omitted:
    """One kind of element-wise kernel, over all layers of one step."""

    name: str
    bytes: float
    """Traffic that it would add [byte]."""
    seconds: float
    """Minimum time that it would add, at full bandwidth [s]."""
    share: float
    """That time over the minimum time of the step as it is counted."""


def omitted(deployment: Deployment, phase: Phase, batch: int, length: int) -> tuple[Omitted, ...]:
    """Size up the element-wise kernels of one step.

    Args:
        deployment: Model, accelerator and choices; fused attention has no softmax
            kernel of its own.
        phase: ``init``: one prefill; ``ar``: one decode step.
        batch: Sequences.
        length: Tokens of each sequence.

    Returns:
        One entry for each kind of kernel.
    """
    setting = Grid(batch, length)
    counted = float(budget(deployment, phase, setting).seconds)
    kinds = []
    for kernel in elementwise_kernels(deployment, phase, setting):
        moved = float(kernel.bytes)
        seconds = moved / deployment.roof.bandwidth
        share = seconds / counted
        kinds.append(Omitted(name=kernel.name, bytes=moved, seconds=seconds, share=share))
    return tuple(kinds)


def elementwise_records(
    deployment: Deployment, phase: Phase, batch: int, length: int
) -> list[dict[str, str | float]]:
    """The same as `omitted`, as records with their sum last."""
    kinds = omitted(deployment, phase, batch, length)
    names = ("bytes", "seconds", "share")
    rows: list[dict[str, str | float]] = [
        {"name": kind.name, **{name: getattr(kind, name) for name in names}} for kind in kinds
    ]
    sums = {name: sum(getattr(kind, name) for kind in kinds) for name in names}
    return [*rows, {"name": "sum", **sums}]


def useful_fill(length: int) -> float:
    """Share of the prefill's score matrix that a causal mask leaves: (s + 1) / (2 s)."""
    return (length + 1) / (2 * length)


def norm_parameters(deployment: Deployment) -> int:
    """Elements of the norm vectors: two in every layer and one at the end."""
    transformer = deployment.transformer
    return (2 * transformer.layers.value + 1) * transformer.hidden.value


def launches(deployment: Deployment, phase: Phase) -> int:
    """Kernels of one step that the model counts."""
    symbols = deployment.symbols(phase, Grid(1, 1))
    return sum(
        round(float(kernels[name]))
        for kernels in (
            {
                row.launch: row.launches.evaluate(symbols)
                for row in deployment.series_rows(series, phase)
            }
            for series in deployment.operators.series
        )
        for name in kernels
    )


def gathers(deployment: Deployment, phase: Phase) -> int:
    """Kernels of one step that move bytes without arithmetic."""
    symbols = deployment.symbols(phase, Grid(1, 1))
    return sum(
        round(float(row.launches.evaluate(symbols)))
        for row in deployment.rows
        if row.gather and phase in row.phases
    )


def launch_seconds(deployment: Deployment, phase: Phase, overhead: float) -> float:
    """Time that a step's launches add, for an overhead of each [s]."""
    return launches(deployment, phase) * overhead


def overlapped_seconds(deployment: Deployment, step: Budget) -> float:
    """Minimum time of a step whose kernels overlap perfectly: the longer of the two sums [s]."""
    return float(deployment.roof.minimum_seconds(step.flops, step.bytes))
