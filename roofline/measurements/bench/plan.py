"""What there is to measure: the distinct matrix products of a study."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from roofline.measurements.bench.backend import Shape
from roofline.model.expression import Value
from roofline.model.grid import Grid
from roofline.model.operators import Phase
from roofline.model.points import products
from roofline.study.study import Study


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


def plan(study: Study, series: Sequence[tuple[str, Phase]]) -> tuple[Task, ...]:
    """Find the products of some series at all settings of a study, each once.

    Rows that a study fuses into one kernel are products of their own here; gathers, which
    multiply nothing, are left out.

    Args:
        study: Model and settings.
        series: Series with their phases.

    Returns:
        The products, in the order of the study: by series, setting and row.
    """
    tasks: dict[Shape, Task] = {}
    for name, phase in series:
        settings = np.meshgrid(
            np.array(study.file.batches, dtype=np.float64),
            np.array(study.file.lengths, dtype=np.float64),
            np.array(study.file.candidates if phase == "ar" else (1,), dtype=np.float64),
            indexing="ij",
        )
        rows = [row for row in study.deployment.series_rows(name, phase) if not row.gather]
        found = products(study.deployment, rows, phase, Grid(*settings))
        sizes = [
            [_whole(one, settings[0].shape) for one in (p.count, p.m, p.n, p.k)] for p in found
        ]
        for place, setting in enumerate(zip(*map(_flat, settings), strict=True)):
            batch, length, candidates = setting
            for product, dimensions in zip(found, sizes, strict=True):
                count, m, n, k = (values[place] for values in dimensions)
                shape = Shape(count=count, m=m, n=n, k=k)
                task = Task(
                    shape=shape,
                    series=name,
                    phase=phase,
                    batch=batch,
                    sequence_length=length,
                    candidates=candidates,
                    kernel=product.row.name,
                )
                tasks.setdefault(shape, task)
    return tuple(tasks.values())


def _flat(values: Value) -> list[int]:
    """Whole numbers of an array, in the order of the grid."""
    return [round(value) for value in np.asarray(values, dtype=np.float64).ravel().tolist()]


def _whole(value: Value, shape: tuple[int, ...]) -> list[int]:
    """One dimension at every setting, in the order of the grid."""
    return _flat(np.broadcast_to(np.asarray(value, dtype=np.float64), shape))
