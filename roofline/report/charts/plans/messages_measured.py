"""What a chart says of measured rates: its title, its caption, its description."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.errors import join_choices
from roofline.report.charts.plans.messages_predicted import rates, shares
from roofline.report.charts.plans.series import StudySeries
from roofline.study.study import Study
from roofline.units import significant


def _known(one: StudySeries) -> NDArray[np.bool_] | None:
    """Which settings were measured; None where none was."""
    if one.measured is None or not one.measured.known.any():
        return None
    return one.measured.known


def _fractions(one: StudySeries) -> FloatArray:
    """Measured rates over attainable ones."""
    known = _known(one)
    if one.measured is None or known is None:
        return np.zeros(0)
    return one.measured.fraction[known]


def title(found: Sequence[StudySeries], *, named: bool = False) -> str | None:
    """Say how far measured rates stay below the roof; None where nothing is measured.

    Args:
        found: The series that it is about.
        named: Whether to name them, where they are some of several.
    """
    every = np.concatenate([_fractions(one) for one in found])
    if not every.size:
        return None
    labels = [one.label for one in found if _known(one) is not None]
    whose = f" of {join_choices(labels, 'and')}" if named else ""
    middle = significant(100 * float(np.median(every)), 2)
    words = f"Measured rates{whose} are {shares(every)} of the attainable ones"
    return words if len(set(every.tolist())) == 1 else f"{words}, in the median {middle}%"


def description(one: StudySeries) -> str:
    """Say what a series was measured to reach, to follow its attainable range."""
    known = _known(one)
    if one.measured is None or known is None:
        return ""
    return f", measured at {rates(one.measured.flops_per_s[known])}"


def operator_reach(one: StudySeries) -> str | None:
    """Say what one series was measured to reach; None where nothing was."""
    known = _known(one)
    if one.measured is None or known is None:
        return None
    rate = rates(one.measured.flops_per_s[known])
    return f"measured at {rate}, {shares(_fractions(one))} of the attainable rates"


def caption(study: Study, found: Sequence[StudySeries]) -> str | None:
    """Say what the circles are; None where nothing is measured."""
    known = [where for one in found if (where := _known(one)) is not None]
    if not known or study.measured is None:
        return None
    devices = join_choices(study.measured.devices, "and")
    count, total = sum(int(one.sum()) for one in known), sum(one.batch.size for one in found)
    which = f"all {total:,}" if count == total else f"{count:,} of the {total:,}"
    words = (
        f"Circles are rates measured on {devices}, each kernel alone, after a flush of the "
        f"cache, at {which} settings of the series."
    )
    if any(bool((_fractions(one) > 1).any()) for one in found):
        words += " Some lie above the roof, whose ceilings were measured with other kernels."
    return words
