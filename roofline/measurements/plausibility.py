"""Measured times that no kernel can have: shorter than the ceilings of the card allow.

No kernel computes faster than the peak. None moves more than the bandwidth either, but operands
that the last-level cache holds whole, or that no flush drove out of it, need not be moved at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.catalog.accelerator import Accelerator
from roofline.catalog.entries import Published
from roofline.catalog.reader import number_formats, sources
from roofline.errors import Problem
from roofline.measurements.products import Measurements
from roofline.units import quantity

MEASURED_CEILING = 3.0
"""How many times as fast as a ceiling that was measured, not published, a kernel may be: other
kernels gave that ceiling, which need not be the best that the device can do."""
_DIGITS = 4


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Plausibility:
    """How the rate that each measured time implies stands to the most that it can be."""

    line: NDArray[np.intp]
    """Line of each row in its file."""
    rates: FloatArray
    """Work over measured time [FLOP/s]."""
    most: FloatArray
    """The roof that no kernel beats [FLOP/s]."""
    cached: NDArray[np.bool_]
    """Whether it beats the bandwidth, as operands in the last-level cache can."""

    @property
    def impossible(self) -> NDArray[np.bool_]:
        """Which rows are faster than their roof."""
        return self.rates > self.most

    def problems(self) -> Iterator[Problem]:
        """One problem for each impossible row, with both rates."""
        for row in np.flatnonzero(self.impossible).tolist():
            rate, most = (
                quantity(float(rates[row]), "FLOP/s", _DIGITS) for rates in (self.rates, self.most)
            )
            rule = f"faster than its roof: the time implies {rate}, expected at most {most}"
            yield Problem(place="", rule=rule, line=int(self.line[row]))


def judge(rows: Measurements, card: Accelerator) -> Plausibility:
    """Compare measured times with the ceilings of the card.

    Args:
        rows: The measurements.
        card: What they were measured on; a number format that it has no peak for has no roof.
    """
    formats = number_formats()
    dtypes, places = np.unique(rows.dtypes, return_inverse=True)
    peaks = np.array(
        [_most(card.peaks[name]) if name in card.peaks else np.inf for name in dtypes]
    )[places]
    widths = np.array([formats[name].bytes.value for name in dtypes])[places]
    traffic = rows.elements * widths
    roof = rows.flops / traffic * _most(card.bandwidth)
    kept = ~rows.flushed
    if card.l2_cache is not None:
        kept |= traffic <= card.l2_cache.value
    rates = rows.flops / rows.seconds
    return Plausibility(
        line=rows.line,
        rates=rates,
        most=np.where(kept, peaks, np.minimum(peaks, roof)),
        cached=kept & (rates > roof) & (rates <= peaks),
    )


def _most(ceiling: Published[float]) -> float:
    measured = sources()[ceiling.source].kind == "measurement"
    return ceiling.value * (MEASURED_CEILING if measured else 1.0)
