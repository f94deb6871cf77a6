"""What roofline charts say of rates: titles, captions, descriptions.

Measured rates are told before predicted ones, and these before attainable ones.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.errors import join_choices
from roofline.measurements.products import Protocol
from roofline.measurements.study_files import MeasuredProducts
from roofline.report.charts.plans.series import StudySeries
from roofline.study.results import SeriesResult
from roofline.units import prefix, quantity, significant

_TIMED: Mapping[Protocol, str] = {
    "isolated": "timed alone, launch and synchronisation included",
    "stream": "in a stream, where nothing flushes the cache and launches hide",
}

_MEASURED: Mapping[Protocol, str] = {
    "isolated": "each kernel alone, after a flush of the cache",
    "stream": "each kernel in a stream",
}


def measured_title(shown: Sequence[StudySeries]) -> str | None:
    """Say how far measured rates stay below the roof; None where nothing is measured."""
    fractions = np.concatenate([_fractions(series) for series in shown])
    if not fractions.size:
        return None
    middle = significant(100 * float(np.median(fractions)), 2)
    words = f"Measured rates are {_shares(fractions)} of the attainable ones"
    return words if len(set(fractions.tolist())) == 1 else f"{words}; the median is {middle}%"


def series_reach(series: StudySeries) -> str | None:
    """Say what one series reaches; None where nothing is measured or predicted."""
    measured, predicted, known = series.result.measured, series.result.predicted, _known(series)
    if measured is not None and known is not None:
        kind, values, fractions = "measured", measured.flops_per_s[known], _fractions(series)
    elif predicted is not None:
        kind, values = "predicted", predicted.flops_per_s
        fractions = values / series.result.points.attainable
    else:
        return None
    where, fits = "", series.result.fits
    if kind == "predicted" and fits.any() and not fits.all():
        values, fractions, where = values[fits], fractions[fits], " where it fits"
    return f"{kind} at {_rates(values)}{where}, {_shares(fractions)} of the attainable rates"


def description(series: StudySeries) -> str:
    """Say what a series reaches, to follow its attainable range."""
    words = ""
    predicted, measured, known = series.result.predicted, series.result.measured, _known(series)
    if predicted is not None:
        fits, every = series.result.fits, _rates(predicted.flops_per_s)
        fitting = _rates(predicted.flops_per_s[fits]) if fits.any() else every
        words = f", predicted at {every}" + f", or {fitting} where it fits" * (fitting != every)
    if measured is not None and known is not None:
        words += f", measured at {_rates(measured.flops_per_s[known])}"
    return words


def caption(shown: Sequence[StudySeries], measurements: MeasuredProducts | None) -> str:
    """Say what the marks of every layer are.

    Args:
        shown: The series that it is about.
        measurements: Of the study, whose devices are named; None where it has none.
    """
    measured, predicted = _measured_caption(shown, measurements), _predicted_caption(shown)
    if measured:
        return f"{measured} {predicted or 'Crosses are attainable rates.'}"
    return predicted or "Points are attainable rates, not measurements."


def _measured_caption(
    shown: Sequence[StudySeries], measurements: MeasuredProducts | None
) -> str | None:
    """Say what the circles are; None where nothing is measured."""
    known = [where for series in shown if (where := _known(series)) is not None]
    if not known or measurements is None:
        return None
    devices = join_choices(measurements.devices, "and")
    count = sum(int(where.sum()) for where in known)
    total = sum(series.result.grid.size for series in shown)
    which = f"all {total:,}" if count == total else f"{count:,} of the {total:,}"
    words = (
        f"Circles are rates measured on {devices}, {_MEASURED[measurements.protocol]}, at {which} "
        "settings of the series."
    )
    if any(bool((_fractions(series) > 1).any()) for series in shown):
        words += " Some lie above the roof, because other kernels measured its ceilings."
    return words


def _predicted_caption(shown: Sequence[StudySeries]) -> str | None:
    """Say what the two layers are; None where nothing is predicted."""
    results = [series.result for series in shown]
    outside = [result.predicted.extrapolated for result in results if result.predicted is not None]
    if not outside:
        return None
    count, total = sum(int(part.sum()) for part in outside), sum(part.size for part in outside)
    words = (
        f"Each cross is the predicted rate of a kernel {_TIMED[_protocol(results)]}; faint crosses "
        "on the roof are the attainable rates."
    )
    if all(result.measured is None for result in results):
        words += " No rate here is measured."
    if count:
        which = f"All {total:,}" if count == total else f"{count:,} of the {total:,}"
        words += f" {which} predictions are extrapolated beyond the measured shapes."
    return words


def _protocol(results: Sequence[SeriesResult]) -> Protocol:
    """How the predicted kernels are timed."""
    return next(result.predicted.protocol for result in results if result.predicted is not None)


def _known(series: StudySeries) -> NDArray[np.bool_] | None:
    """Find which settings were measured; None where none was."""
    measured = series.result.measured
    return None if measured is None or not measured.known.any() else measured.known


def _fractions(series: StudySeries) -> FloatArray:
    """Divide measured rates by attainable ones; empty where nothing was measured."""
    measured, known = series.result.measured, _known(series)
    return np.zeros(0) if measured is None or known is None else measured.fraction[known]


def _rates(values: FloatArray) -> str:
    """Write the range of some rates, such as ``0.059 to 1.6 TFLOP/s``."""
    low, high = float(values.min()), float(values.max())
    factor, unit = prefix(high, "FLOP/s", 2)
    texts = [significant(value / factor, 2) for value in (low, high)]
    if texts[0] == texts[1]:
        return f"{texts[1]} {unit}"
    if low / factor < 0.01:  # noqa: PLR2004  # too many zeros to read
        texts[0] = quantity(low, "FLOP/s", 2)
    return f"{texts[0]} to {texts[1]} {unit}"


def _shares(values: FloatArray) -> str:
    """Write the range of some shares, such as ``3.1% to 81%``."""
    low, high = (f"{significant(100 * float(value), 2)}%" for value in (values.min(), values.max()))
    return high if low == high else f"{low} to {high}"
