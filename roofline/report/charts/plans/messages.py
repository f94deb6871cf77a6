"""What roofline charts say of rates: titles, captions, descriptions.

Measured rates are told before predicted ones, and these before attainable ones.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.errors import join_choices
from roofline.measurements.study_files import MeasuredProducts
from roofline.model.operators import PHASE_NAMES
from roofline.report.charts.labels import join_words
from roofline.report.charts.plans.series import StudySeries
from roofline.units import prefix, quantity, significant

_FAR: Final = 0.25
"""Below this share of the attainable rate a point lies far below the roof."""


def title(shown: Sequence[StudySeries], *, named: bool = False) -> str | None:
    """Say how far rates stay below the roof; None where none is measured or predicted.

    Args:
        shown: The series that it is about.
        named: Whether to name them, where they are some of several.
    """
    return measured_title(shown, named=named) or _predicted_title(shown, named=named)


def measured_title(shown: Sequence[StudySeries], *, named: bool = False) -> str | None:
    """Say how far measured rates stay below the roof; None where nothing is measured.

    Args:
        shown: The series that it is about.
        named: Whether to name them, where they are some of several.
    """
    fractions = np.concatenate([_fractions(series) for series in shown])
    if not fractions.size:
        return None
    labels = [series.label for series in shown if _known(series) is not None]
    whose = f" of {join_choices(labels, 'and')}" if named else ""
    middle = significant(100 * float(np.median(fractions)), 2)
    words = f"Measured rates{whose} are {_shares(fractions)} of the attainable ones"
    return words if len(set(fractions.tolist())) == 1 else f"{words}, in the median {middle}%"


def _predicted_title(shown: Sequence[StudySeries], *, named: bool) -> str | None:
    known = [(series, share) for series in shown if (share := _reach(series)) is not None]
    if not known:
        return None
    series, share = min(known, key=lambda pair: float(pair[1].min()))
    lowest = int(share.argmin())
    flops = series.result.points.flops
    smallest = flops.flat[lowest] == flops.min() < flops.max()
    if share.flat[lowest] >= _FAR or not smallest:
        every = np.concatenate([share.ravel() for _, share in known])
        whose = f" of {join_words([member.label for member in shown])}" if named else ""
        return f"Predicted rates{whose} are {_shares(every)} of the attainable ones"
    start = "Predicted rates lie far below the roof for small work: "
    name = f"{series.heading[:1].lower()}{series.heading[1:]} in {PHASE_NAMES[series.result.phase]}"
    attainable = _rates(series.result.points.attainable)
    if series.result.predicted is None or " to " in attainable:
        return f"{start}{_shares(share)} of the attainable ones for {name}"
    texts = _rates(series.result.predicted.flops_per_s).rsplit(" ", 1), attainable.rsplit(" ", 1)
    reach = texts[0][0] if texts[0][1] == texts[1][1] else " ".join(texts[0])
    return f"{start}{reach} of the attainable {attainable} for {name}"


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
    return f"{kind} at {_rates(values)}, {_shares(fractions)} of the attainable rates"


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
        f"Circles are rates measured on {devices}, each kernel alone, after a flush of the "
        f"cache, at {which} settings of the series."
    )
    if any(bool((_fractions(series) > 1).any()) for series in shown):
        words += " Some lie above the roof, whose ceilings were measured with other kernels."
    return words


def _predicted_caption(shown: Sequence[StudySeries]) -> str | None:
    """Say what the two layers are; None where nothing is predicted."""
    results = [series.result for series in shown]
    outside = [result.predicted.extrapolated for result in results if result.predicted is not None]
    if not outside:
        return None
    count, total = sum(int(part.sum()) for part in outside), sum(part.size for part in outside)
    words = (
        "Crosses are predicted rates of isolated kernels, in the conditions of the benchmark "
        "that the card was calibrated with; faint crosses on the roof are the attainable "
        "rates."
    )
    if all(result.measured is None for result in results):
        words += " Neither are measurements."
    if count:
        which = f"All {total:,}" if count == total else f"{count:,} of the {total:,}"
        words += f" {which} predictions are extrapolated beyond the shapes measured."
    return words


def _known(series: StudySeries) -> NDArray[np.bool_] | None:
    """Find which settings were measured; None where none was."""
    measured = series.result.measured
    return None if measured is None or not measured.known.any() else measured.known


def _fractions(series: StudySeries) -> FloatArray:
    """Divide measured rates by attainable ones; empty where nothing was measured."""
    measured, known = series.result.measured, _known(series)
    return np.zeros(0) if measured is None or known is None else measured.fraction[known]


def _reach(series: StudySeries) -> FloatArray | None:
    """Divide predicted rates by attainable ones; None where nothing is predicted."""
    predicted = series.result.predicted
    return None if predicted is None else predicted.flops_per_s / series.result.points.attainable


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
