"""What a chart says of predicted rates: its title, its caption, its description."""

from collections.abc import Sequence

import numpy as np

from roofline.arrays import FloatArray
from roofline.model.operators import PHASE_NAMES
from roofline.report.charts.labels import join_words
from roofline.report.charts.plans.series import StudySeries
from roofline.report.charts.spec import ATTAINABLE, MEASURED, PREDICTED
from roofline.units import prefix, quantity, significant


def layers_of(found: Sequence[StudySeries]) -> tuple[str, ...]:
    """Kinds of points of a chart, the first in front; none where all are attainable ones."""
    over = {
        MEASURED: any(one.measured is not None for one in found),
        PREDICTED: any(one.predicted is not None for one in found),
    }
    layers = tuple(name for name, there in over.items() if there)
    return (*layers, ATTAINABLE) if layers else ()


_FAR = 0.25
"""Below this share of the attainable rate a point lies far below the roof."""


def reached(one: StudySeries) -> FloatArray | None:
    """Predicted rates over attainable ones; None where nothing is predicted."""
    if one.predicted is None:
        return None
    share: FloatArray = one.predicted.flops_per_s / one.points.attainable
    return share


def rates(values: FloatArray) -> str:
    """Write the range of some rates, such as ``0.059 to 1.6 TFLOP/s``."""
    low, high = float(values.min()), float(values.max())
    factor, unit = prefix(high, "FLOP/s", 2)
    texts = [significant(value / factor, 2) for value in (low, high)]
    if texts[0] == texts[1]:
        return f"{texts[1]} {unit}"
    if low / factor < 0.01:  # noqa: PLR2004  # too many zeros to read
        texts[0] = quantity(low, "FLOP/s", 2)
    return f"{texts[0]} to {texts[1]} {unit}"


def shares(values: FloatArray) -> str:
    """Write the range of some shares, such as ``3.1% to 81%``."""
    low, high = (f"{significant(100 * float(value), 2)}%" for value in (values.min(), values.max()))
    return high if low == high else f"{low} to {high}"


def title(found: Sequence[StudySeries], *, named: bool = False) -> str | None:
    """Say how far predicted rates stay below the roof; None where nothing is predicted.

    Args:
        found: The series that it is about.
        named: Whether to name them, where they are some of several.
    """
    known = [(one, share) for one in found if (share := reached(one)) is not None]
    if not known:
        return None
    one, share = min(known, key=lambda pair: float(pair[1].min()))
    lowest = int(share.argmin())
    smallest = one.points.flops[lowest] == one.points.flops.min() < one.points.flops.max()
    if share[lowest] >= _FAR or not smallest:
        every = np.concatenate([share for _, share in known])
        whose = f" of {join_words([one.label for one in found])}" if named else ""
        return f"Predicted rates{whose} are {shares(every)} of the attainable ones"
    start = "Predicted rates lie far below the roof for small work: "
    name = f"{one.heading[:1].lower()}{one.heading[1:]} in {PHASE_NAMES[one.phase]}"
    attainable = rates(one.points.attainable)
    if one.predicted is None or " to " in attainable:
        return f"{start}{shares(share)} of the attainable ones for {name}"
    texts = rates(one.predicted.flops_per_s).rsplit(" ", 1), attainable.rsplit(" ", 1)
    reach = texts[0][0] if texts[0][1] == texts[1][1] else " ".join(texts[0])
    return f"{start}{reach} of the attainable {attainable} for {name}"


def operator_reach(one: StudySeries) -> str | None:
    """Say what one series is predicted to reach; None where nothing is predicted."""
    share = reached(one)
    if share is None or one.predicted is None:
        return None
    return (
        f"predicted at {rates(one.predicted.flops_per_s)}, {shares(share)} of the attainable rates"
    )


def description(one: StudySeries) -> str:
    """Say what a series is predicted to reach, to follow its attainable range."""
    if one.predicted is None:
        return ""
    every = rates(one.predicted.flops_per_s)
    fitting = rates(one.predicted.flops_per_s[one.fits]) if one.fits.any() else every
    return f", predicted at {every}" + (f", or {fitting} where it fits" * (fitting != every))


def caption(found: Sequence[StudySeries]) -> str | None:
    """Say what the two layers are; None where nothing is predicted."""
    outside = [one.predicted.extrapolated for one in found if one.predicted is not None]
    if not outside:
        return None
    count, total = sum(int(one.sum()) for one in outside), sum(one.size for one in outside)
    words = (
        "Crosses are predicted rates of isolated kernels, in the conditions of the benchmark "
        "that the card was calibrated with; faint crosses on the roof are the attainable "
        "rates."
    )
    if all(one.measured is None for one in found):
        words += " Neither are measurements."
    if count:
        which = f"All {total:,}" if count == total else f"{count:,} of the {total:,}"
        words += f" {which} predictions are extrapolated beyond the shapes measured."
    return words
