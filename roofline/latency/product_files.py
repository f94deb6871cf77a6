"""Predicted times for files of products, of any length: CSV in, the same rows and more out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import IO

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.catalog.accelerator import load_accelerator
from roofline.errors import InputError, unknown
from roofline.files.table import Block, Table, join_fields
from roofline.latency.calibration import DIMENSIONS, Calibration
from roofline.latency.law import Parameters, Prediction, bounded, predict_products
from roofline.model.roof import BOUNDS

ADDED = ("predicted_seconds", "predicted_flops_per_s", "predicted_bound")
_SIZES = (1.0, 1e15)


def predict_file(
    file: IO[bytes],
    origin: str,
    calibration: Calibration,
    parameters: Parameters | None = None,
    dtype: str = "fp16",
    *,
    alone: Calibration | None = None,
) -> Iterator[tuple[bytes, int]]:
    """Predict every product of a CSV file.

    Args:
        file: Columns ``count``, ``m``, ``n``, ``k``, perhaps ``dtype``; others are kept.
        origin: Name for messages.
        calibration: That of the accelerator.
        parameters: Instead of the calibration's own: those of a stream, for instance.
        dtype: Number format where there is no such column, or nothing in it.
        alone: Calibration of kernels run alone. Outside of what was measured in a stream, none
            is predicted to take longer there.

    Yields:
        Rows with `ADDED` behind them, at full precision, the header first; and how many
        bytes of the input have been read.

    Raises:
        InputError: With every problem, each with its line. Blocks before the first are given.
    """
    known = sorted(load_accelerator(calibration.accelerator).peaks)
    if dtype not in known:
        raise InputError.at("--dtype", unknown("dtype", dtype, known))
    table = Table(file, origin, ", ".join(DIMENSIONS))
    table.check_header(DIMENSIONS, ("dtype",), ADDED)
    yield f"{join_fields([*table.header, *ADDED])}\n".encode(), table.size
    device = calibration.device(dtype)
    for block in table.blocks():
        sizes = {name: block.numbers(name, *_SIZES) for name in DIMENSIONS}
        dtypes = block.names("dtype", dtype)
        block.check(
            "dtype", dtypes, lambda name: "" if name in known else unknown("dtype", name, known)
        )
        if table.problems:
            continue
        if "dtype" in table.names:
            device = calibration.device(dtypes)
        prediction = predict_products(parameters or calibration.values, device, **sizes)
        if alone is not None:
            prediction = _bound(prediction, alone, calibration.extrapolated(**sizes), sizes, dtypes)
        yield _write_rows(block, prediction), table.size
    table.refuse()


def _bound(
    prediction: Prediction,
    alone: Calibration,
    extrapolated: NDArray[np.bool_],
    sizes: Mapping[str, FloatArray],
    dtypes: Sequence[str],
) -> Prediction:
    """Predict what no stream measured to take at most as long as alone; the rest costs nothing."""
    if not extrapolated.any():
        return prediction
    some = {name: values[extrapolated] for name, values in sizes.items()}
    formats = np.array(dtypes)[extrapolated]
    isolated = predict_products(alone.values, alone.device(formats), **some)
    spread = {}
    for field in fields(Prediction):
        values = np.array(getattr(prediction, field.name))
        values[extrapolated] = getattr(isolated, field.name)
        spread[field.name] = values
    return bounded(prediction, Prediction(**spread), extrapolated)


def _write_rows(block: Block, prediction: Prediction) -> bytes:
    """Write the rows of a block with their predictions."""
    parts = zip(
        block.rows,
        prediction.seconds.tolist(),
        prediction.flops_per_s.tolist(),
        np.array(BOUNDS)[prediction.bound].tolist(),
        strict=True,
    )
    return "".join(
        [
            f"{join_fields(fields)},{seconds!r},{rate!r},{bound}\n"
            for fields, seconds, rate, bound in parts
        ]
    ).encode()
