"""Measured times that no kernel can have: shorter than the ceilings of the card allow.

No kernel computes faster than the peak. None moves more than the bandwidth either, but what the
last-level cache holds need not be moved at all: operands that fit into it whole, and, where no
flush drove them out, as much of any operands as it can hold. And no kernel that is launched and
synchronised by itself ends before a launch does.
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
from roofline.measurements.products import Measurements, Protocol
from roofline.units import quantity

MEASURED_CEILING = 3.0
"""How many times as fast as a ceiling that was measured, not published, a kernel may be: other
kernels gave that ceiling, which need not be the best that the device can do."""
LEAST_ISOLATED = 2e-6
"""No host launches a kernel on a GPU and learns of its end sooner; the quickest isolated kernels
of the catalogue's cards took eight times as long [s]."""
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
    seconds: FloatArray
    """Measured time of each [s]."""
    least: float
    """The least that a kernel measured in this way takes, whatever it does [s]."""

    @property
    def impossible(self) -> NDArray[np.bool_]:
        """Which rows are faster than their roof, or than any launch."""
        return (self.rates > self.most) | (self.seconds < self.least)

    def problems(self) -> Iterator[Problem]:
        """One problem for each impossible row, with both rates."""
        for row in np.flatnonzero(self.impossible).tolist():
            rate, most = (
                quantity(float(rates[row]), "FLOP/s", _DIGITS) for rates in (self.rates, self.most)
            )
            rule = f"faster than its roof: the time implies {rate}, expected at most {most}"
            if self.seconds[row] < self.least:
                took, least = quantity(float(self.seconds[row]), "s"), quantity(self.least, "s")
                rule = (
                    f"shorter than any launch: {took}, expected at least {least} of a kernel that "
                    "is synchronised by itself; was it one of a stream?"
                )
            yield Problem(place="", rule=rule, line=int(self.line[row]))


def judge(rows: Measurements, card: Accelerator, protocol: Protocol = "isolated") -> Plausibility:
    """Compare measured times with the ceilings of the card.

    Args:
        rows: The measurements.
        card: What they were measured on; a number format that it has no peak for has no roof.
        protocol: How they were measured.
    """
    formats = number_formats()
    dtypes, places = np.unique(rows.dtypes, return_inverse=True)
    peaks = np.array(
        [_most(card.peaks[name]) if name in card.peaks else np.inf for name in dtypes]
    )[places]
    widths = np.array([formats[name].bytes.value for name in dtypes])[places]
    traffic = rows.elements * widths
    flushed_cache, kept_cache = (
        (0.0, np.inf) if card.l2_cache is None else (card.l2_cache.value, card.l2_cache.value)
    )
    moved = np.where(rows.flushed, traffic, np.maximum(traffic - kept_cache, 0.0))
    moved = np.where(traffic <= flushed_cache, 0.0, moved)
    plain = rows.flops / traffic * _most(card.bandwidth)
    with np.errstate(divide="ignore"):
        most = np.minimum(peaks, rows.flops / moved * _most(card.bandwidth))
    rates = rows.flops / rows.seconds
    alone = protocol == "isolated" and card.multiprocessors is not None
    return Plausibility(
        line=rows.line,
        rates=rates,
        most=most,
        cached=(rates > plain) & (rates <= most),
        seconds=rows.seconds,
        least=LEAST_ISOLATED if alone else 0.0,
    )


def _most(ceiling: Published[float]) -> float:
    measured = sources()[ceiling.source].kind == "measurement"
    return ceiling.value * (MEASURED_CEILING if measured else 1.0)
