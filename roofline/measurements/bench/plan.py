"""What there is to measure: the distinct matrix products of a study."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from roofline.measurements.bench.backend import Shape
from roofline.model.deployment import Deployment
from roofline.model.expression import Value
from roofline.model.grid import Grid, Settings
from roofline.model.operators import Phase
from roofline.model.points import products


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One product, with the first setting of the study that has it."""

    shape: Shape
    series: str
    phase: Phase
    batch: int
    sequence_length: int
    candidates: int
    kernel: str
    """Its name in the operator table."""


def plan(
    deployment: Deployment, settings: Settings, series: Sequence[tuple[str, Phase]]
) -> tuple[Task, ...]:
    """Find the products of some series at all settings of a study, each once.

    Rows that a study fuses into one kernel are products of their own here; gathers, which
    multiply nothing, are left out.

    Args:
        deployment: Model, accelerator and choices.
        settings: Batches, lengths and candidates of the study.
        series: Series with their phases.

    Returns:
        The products, in the order of the study: by series, setting and row.
    """
    tasks: dict[Shape, Task] = {}
    for name, phase in series:
        grid = Grid.of(settings, phase)
        rows = [row for row in deployment.series_rows(name, phase) if not row.gather]
        parts = products(deployment, rows, phase, grid)
        sizes = [
            [_whole(size, grid.shape) for size in (part.count, part.m, part.n, part.k)]
            for part in parts
        ]
        for place, setting in enumerate(zip(*map(_flat, grid.arrays), strict=True)):
            batch, length, candidates = setting
            for part, dimensions in zip(parts, sizes, strict=True):
                count, m, n, k = (values[place] for values in dimensions)
                shape = Shape(count=count, m=m, n=n, k=k)
                task = Task(
                    shape=shape,
                    series=name,
                    phase=phase,
                    batch=batch,
                    sequence_length=length,
                    candidates=candidates,
                    kernel=part.row.name,
                )
                tasks.setdefault(shape, task)
    return tuple(tasks.values())


def _flat(values: Value) -> list[int]:
    """Whole numbers of an array, in the order of the grid."""
    return [round(value) for value in np.asarray(values, dtype=np.float64).ravel().tolist()]


def _whole(value: Value, shape: tuple[int, ...]) -> list[int]:
    """One dimension at every setting, in the order of the grid."""
    return _flat(np.broadcast_to(np.asarray(value, dtype=np.float64), shape))
