"""Every column of a point: its unit, and how people read it."""

UNITS = {
    "batch": "1",
    "sequence_length": "token",
    "candidates": "token",
    "flops": "FLOP",
    "bytes": "byte",
    "intensity": "FLOP/Byte",
    "attainable": "FLOP/s",
    "predicted_seconds": "s",
    "predicted_flops_per_s": "FLOP/s",
    "measured_seconds": "s",
    "measured_flops_per_s": "FLOP/s",
    "fraction_of_attainable": "1",
    "prediction_error": "1",
    "unflushed_seconds": "s",
}
"""Units of the numeric columns, all base units."""

PREDICTED = (
    "predicted_seconds",
    "predicted_flops_per_s",
    "predicted_bound",
    "extrapolated",
)
"""Columns of the calibrated model; empty where the study's card is not calibrated."""

MEASURED = (
    "measured_seconds",
    "measured_flops_per_s",
    "fraction_of_attainable",
    "prediction_error",
    "unflushed_seconds",
)
"""Columns of the study's measurements; empty where it names none of a point."""

PLACES = {
    "measured_seconds": 1e-6,
    "unflushed_seconds": 1e-6,
    "measured_flops_per_s": 1e12,
    "predicted_seconds": 1e-6,
    "predicted_flops_per_s": 1e12,
    "flops": 1e9,
    "bytes": 1e6,
    "attainable": 1e12,
}
HEADERS = {
    "flops": "work [GFLOP]",
    "bytes": "traffic [MB]",
    "intensity": "intensity [FLOP/Byte]",
    "attainable": "attainable [TFLOP/s]",
    "sequence_length": "length",
    "predicted_seconds": "predicted [µs]",
    "predicted_flops_per_s": "predicted [TFLOP/s]",
    "predicted_bound": "predicted bound",
    "measured_seconds": "measured [µs]",
    "measured_flops_per_s": "measured [TFLOP/s]",
    "fraction_of_attainable": "of attainable",
    "prediction_error": "error of prediction",
    "unflushed_seconds": "without flush [µs]",
}
