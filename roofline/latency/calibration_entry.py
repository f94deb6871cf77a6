"""A calibration written as its catalogue entry."""

from collections.abc import Mapping
from typing import Any

from roofline.catalog.entries import Published, Reference
from roofline.catalog.reader import context
from roofline.files.validation import write_checked
from roofline.files.yaml import Location
from roofline.latency.calibration import DIMENSIONS, Calibration
from roofline.latency.carried_over import CarriedOver, CarriedOvers
from roofline.latency.cross_validation import METHOD, Calibrated
from roofline.latency.law import PARAMETERS
from roofline.measurements.agreement import Agreed
from roofline.measurements.products import Measurements, Protocol

_HEADS: dict[Protocol, str] = {
    "isolated": """\
Fitted parameters of the latency model, roofline/latency/law.py, for isolated, synchronised
kernels after a flush of the cache. Written by `roofline calibrate`; not edited by hand.
""",
    "stream": """\
Fitted parameters of the latency model, roofline/latency/law.py, for kernels in a stream, which
nothing flushes. Written by `roofline calibrate`; not edited by hand.
""",
}
_CARRIED_HEAD = """\
What is carried over to cards that were never measured: the median of each parameter over these
calibrations. Errors are |predicted / measured - 1| and those of the plain roofline's least time:
fitted with the medians of all, held out with those of the other cards. Written by
`roofline carry`; not edited by hand.
"""
_COMMENTS: dict[Location, str] = {
    ("parameters", name): f"{parameter.symbol}: {parameter.meaning}"
    + f" [{parameter.unit}]" * (parameter.unit != "1")
    for name, parameter in PARAMETERS.items()
}
_COMMENTS |= {
    ("scalar_peak",): "[FLOP/s]",
    ("errors",): "|predicted / measured - 1|, and of the plain roofline's least time.",
    ("errors", "spread"): "predicted over measured time, held out",
}
_DIGITS = 6
"""Significant digits of parameters and dimensions."""
_ERROR_DIGITS = 3
"""Significant digits of everything about errors."""


def calibration_text(
    outcome: Calibrated,
    agreed: Agreed,
    accelerator: str,
    *,
    file: str,
    left_out: int = 0,
    published: Reference | None = None,
    scalar_peak: Published[float] | None = None,
) -> str:
    """Write a calibration as YAML, as `roofline.latency.calibration.Calibration` reads it.

    Args:
        outcome: What was fitted.
        agreed: What it was fitted to.
        accelerator: Identifier of the card.
        file: Name of the file of measurements.
        left_out: Rows of it that were left out, since they were faster than their roof.
        published: Their publication, if any.
        scalar_peak: Rate without matrix units that was assumed, if any [FLOP/s].

    Raises:
        InputError: A name of the measurements is none that the catalogue takes.
    """
    measurements = agreed.rows
    entry: dict[str, Any] = {
        "accelerator": accelerator,
        "protocol": agreed.protocol,
        "library": agreed.library,
        "parameters": {
            name: {"value": getattr(outcome.parameters, name), "low": low, "high": high}
            for name, (low, high) in outcome.intervals.items()
        },
    }
    if scalar_peak is not None:
        entry["scalar_peak"] = scalar_peak.model_dump()
    errors: dict[str, Any] = {
        "fitted": {stage: figures.model_dump() for stage, figures in outcome.fitted.items()},
        "held_out": {stage: figures.model_dump() for stage, figures in outcome.held_out.items()},
    }
    if outcome.spread:
        errors["spread"] = [part.model_dump() for part in outcome.spread]
    provenance = {} if published is None else {"published": published.model_dump()}
    entry = _rounded(entry, _DIGITS) | {
        "errors": _rounded(errors, _ERROR_DIGITS),
        "measured": _rounded(_spans(measurements), _DIGITS),
        "provenance": provenance
        | {
            "file": file,
            "rows": len(measurements),
            **({"left_out": left_out} if left_out else {}),
            "groups": list(outcome.refits),
            "dtypes": list(dict.fromkeys(measurements.dtypes)),
            "method": METHOD,
        },
    }
    # A parameter without a value would predict nothing; its comment says what the value is worth.
    remarks = {
        ("parameters", name): f"{_COMMENTS['parameters', name]}; {remark}"
        for name, remark in outcome.remarks.items()
        if remark
    }
    return write_checked(
        Calibration,
        entry,
        file,
        head=_HEADS[agreed.protocol],
        comments=_COMMENTS | remarks,
        context=context(),
    )


def carried_over_text(entries: Mapping[Protocol, CarriedOver], file: str) -> str:
    """Write what is carried over as YAML, as `roofline.latency.carried_over` reads it.

    Args:
        entries: By protocol.
        file: Name of the file, for messages.
    """
    data = {
        protocol: {"calibrations": [*entry.calibrations]} | entry.model_dump(mode="json")
        for protocol, entry in entries.items()
    }
    return write_checked(
        CarriedOvers,
        _rounded(data, _ERROR_DIGITS),
        file,
        head=_CARRIED_HEAD,
        comments={},
        context=context(),
    )


def _spans(measurements: Measurements) -> dict[str, Any]:
    """Range of each dimension, of single products and of batches of them."""
    kinds = {"single": measurements.count == 1, "batched": measurements.count > 1}
    return {
        kind: {
            name: {
                "low": float(getattr(measurements, name)[rows].min()),
                "high": float(getattr(measurements, name)[rows].max()),
            }
            for name in DIMENSIONS
        }
        for kind, rows in kinds.items()
        if rows.any()
    }


def _rounded(value: Any, digits: int) -> Any:
    """Round every number inside to so many significant digits."""
    match value:
        case dict():
            return {key: _rounded(inner, digits) for key, inner in value.items()}
        case list():
            return [_rounded(inner, digits) for inner in value]
        case float():
            return float(f"{value:.{digits}g}")
    return value
