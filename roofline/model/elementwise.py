"""The element-wise kernels between the matrix products of a step, and what they move.

Each is taken to be a kernel of its own that reads its inputs and writes its output once. The
roofline leaves them out; predicted steps have them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from roofline.arrays import FloatArray
from roofline.model.deployment import Deployment
from roofline.model.expression import Value
from roofline.model.grid import Grid
from roofline.model.operators import Operand, Phase

Name = Literal["softmax", "rotary embedding", "activation function", "norms", "residuals"]
NAMES: tuple[Name, ...] = get_args(Name)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ElementwiseKernels:
    """One kind of element-wise kernel, over all layers of one step."""

    name: Name
    launches: float
    """Kernels of this kind; 0 where the deployment has none."""
    bytes: FloatArray
    """What all of them read and write, in the grid's shape [byte]."""


def elementwise_kernels(
    deployment: Deployment, phase: Phase, grid: Grid
) -> tuple[ElementwiseKernels, ...]:
    """Count the element-wise kernels of one decode step or prefill.

    Args:
        deployment: Model and choices; fused attention has no softmax kernel of its own.
        phase: ``init``: one prefill; ``ar``: one decode step.
        grid: Settings, each at least 1, of any shape.

    Returns:
        One entry for each kind of kernel.
    """
    value = deployment.symbols(phase, grid)
    stored = any("scores" in row.operands for row in deployment.rows)
    layers = float(np.max(value["L"]))
    kinds = []
    for name in NAMES:
        operand: Operand = "scores" if name == "softmax" else "activation"
        launches = _launches(name, layers, softmax=stored)
        moved = launches * _elements(value, name) * deployment.element_bytes[operand]
        kinds.append(
            ElementwiseKernels(
                name=name, launches=launches, bytes=np.broadcast_to(moved, grid.shape)
            )
        )
    return tuple(kinds)


def _launches(name: Name, layers: float, *, softmax: bool) -> float:
    match name:
        case "softmax":
            return layers * softmax
        case "norms":  # two in a layer, and one before the output head
            return 2 * layers + 1
        case "residuals":  # two in a layer
            return 2 * layers
        case _:
            return layers


def _elements(value: Mapping[str, Value], name: Name) -> FloatArray:
    """Elements that one kernel reads and writes."""
    tokens, hidden = np.asarray(value["t"]), value["h"]
    match name:
        case "softmax":  # reads the products, writes the probabilities
            return 2 * value["b"] * value["a"] * value["u"] * np.asarray(value["c"])
        case "rotary embedding":  # reads and writes queries and new keys
            return 2 * tokens * (value["a"] + value["a_kv"]) * value["d"]
        case "activation function":  # reads up and gate, writes their product
            return 3 * tokens * value["i"]
        case "norms":  # reads and writes
            return 2 * tokens * hidden
        case "residuals":  # reads two and writes one
            return 3 * tokens * hidden
