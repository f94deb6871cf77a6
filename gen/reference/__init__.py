"""What reference and method pages show of the code and of the catalogue.

Pages see this package as ``reference``, and what a module computes as
``reference.command_line.example(…)``.
"""

from gen.reference import (
    calibration,
    cards,
    command_line,
    data_formats,
    launch_overhead,
    operator_table,
    python_api,
    reference_chart,
    requests,
    sources,
)

__all__ = [
    "calibration",
    "cards",
    "command_line",
    "data_formats",
    "launch_overhead",
    "operator_table",
    "python_api",
    "reference_chart",
    "requests",
    "sources",
]
