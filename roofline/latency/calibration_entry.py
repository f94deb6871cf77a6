"""A calibration written as its catalogue entry."""

import json
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from roofline.catalog.entries import Published, Reference
from roofline.latency.calibration import DIMENSIONS
from roofline.latency.cross_validation import METHOD, Calibrated, Figures, Spread
from roofline.latency.law import NAMES, SYMBOLS, UNITS
from roofline.measurements.products import Measurements

_HEAD = """\
# Fitted parameters of the latency model, roofline/latency.py, for isolated, synchronised
# kernels after a flush of the cache. Written by `roofline calibrate`; not edited by hand.
"""


def calibration_text(
    found: Calibrated,
    measurements: Measurements,
    accelerator: str,
    *,
    file: str,
    published: Reference | None = None,
    scalar_peak: Published[float] | None = None,
) -> str:
    """Write a calibration as YAML, as `roofline.calibration.Calibration` reads it.

    Args:
        found: The outcome.
        measurements: What it was fitted to.
        accelerator: Identifier of the card.
        file: Name of the file of measurements.
        published: Their publication, if any.
        scalar_peak: Rate without matrix units that was assumed, if any [FLOP/s].
    """
    lines = [_HEAD, f"accelerator: {accelerator}", "", "parameters:"]
    for name in NAMES:
        low, high = found.intervals[name]
        unit = "" if UNITS[name] == "1" else f" [{UNITS[name]}]"
        lines.append(f"  {name}:  # {SYMBOLS[name]}{unit}")
        value = getattr(found.parameters, name)
        lines += [f"    {key}: {_number(one)}"
                  for key, one in (("value", value), ("low", low), ("high", high))]  # fmt: skip
    if scalar_peak is not None:
        lines += ["", "scalar_peak:  # [FLOP/s]", f"  value: {_number(scalar_peak.value)}"]
        lines += _citation(scalar_peak, 2)
    lines += [
        "",
        "# |predicted / measured - 1|, and of the plain roofline's least time.",
        "errors:",
    ]
    lines += _errors("fitted", found.fitted) + _errors("held_out", found.held_out)
    if found.spread:
        lines += ["  spread:  # predicted over measured time, held out"]
        lines += map(_spread, found.spread)
    lines += ["", "measured:"]
    for kind, rows in (("single", measurements.count == 1), ("batched", measurements.count > 1)):
        if rows.any():
            lines.append(f"  {kind}:")
            lines += [_span(name, getattr(measurements, name)[rows]) for name in DIMENSIONS]
    lines += ["", "provenance:"]
    if published is not None:
        lines += ["  published:", *_citation(published, 4)]
    lines += [
        f"  file: {_quoted(file)}",
        f"  rows: {len(measurements)}",
        f"  groups: {_quoted(tuple(found.refits))}",
        f"  dtypes: {_quoted(tuple(dict.fromkeys(measurements.dtypes)))}",
        f"  method: {_quoted(METHOD)}",
    ]
    return "\n".join(lines) + "\n"


def _span(name: str, values: NDArray[np.float64]) -> str:
    return f"    {name}: {{low: {_number(np.min(values))}, high: {_number(np.max(values))}}}"


def _errors(name: str, stages: Mapping[str, Figures]) -> list[str]:
    lines = [f"  {name}:"]
    for stage, figures in stages.items():
        values = {
            "rows": str(figures.rows),
            "median": _number(figures.median, 3),
            "p90": _number(figures.p90, 3),
            "roof_median": _number(figures.roof_median, 3),
            "roof_p90": _number(figures.roof_p90, 3),
        }
        inside = ", ".join(f"{key}: {value}" for key, value in values.items())
        lines.append(f"    {_quoted(stage)}: {{{inside}}}")
    return lines


def _spread(one: Spread) -> str:
    numbers = {"low": one.low, "high": one.high, "rows": one.rows}
    numbers |= {"p10": one.p10, "median": one.median, "p90": one.p90}
    inside = ", ".join(f"{key}: {_number(value, 3)}" for key, value in numbers.items())
    return f"    - {{stage: {_quoted(one.stage)}, {inside}}}"


def _citation(cited: Reference | Published[float], indent: int) -> list[str]:
    return [f"{' ' * indent}{key}: {_quoted(getattr(cited, key))}" for key in ("source", "where")]


def _number(value: float, digits: int = 6) -> str:
    """Write a number so that YAML reads it as one, in so many significant digits."""
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:.0f}" if rounded.is_integer() and rounded < 1e15 else f"{rounded!r}"  # noqa: PLR2004


def _quoted(value: str | tuple[str, ...]) -> str:
    """A text, or a list of them, in JSON, which YAML reads too."""
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
