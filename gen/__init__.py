"""Build time: turns the model into charts, tables and pages; computes nothing itself."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
"""The checkout, of which this package is always a part; `roofline` may be installed elsewhere."""
