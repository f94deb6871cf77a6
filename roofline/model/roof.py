"""The roofline: two ceilings, and where they meet.

Source: Williams, Waterman and Patterson, Communications of the ACM 52(4), 2009.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Bound = Literal["memory", "compute"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Roof:
    """The two ceilings of one accelerator for one dtype."""

    peak: float
    """Compute ceiling, dense [FLOP/s]."""
    bandwidth: float
    """Memory ceiling [byte/s]."""

    @property
    def ridge(self) -> float:
        """Intensity at which the ceilings meet [FLOP/Byte]."""
        return self.peak / self.bandwidth

    def attainable(self, intensity: ArrayLike) -> NDArray[np.float64]:
        """Upper bound on the rate at each intensity, of any shape.

        Args:
            intensity: Work over traffic, at least 0 [FLOP/Byte].

        Returns:
            ``min(peak, bandwidth * intensity)``, in the shape of the input [FLOP/s].
        """
        scaled = self.bandwidth * np.asarray(intensity, dtype=np.float64)
        return np.minimum(self.peak, scaled)

    def compute_bound(self, intensity: ArrayLike) -> NDArray[np.bool_]:
        """Whether the compute ceiling is the lower one; true on the ridge itself.

        Args:
            intensity: Work over traffic, of any shape [FLOP/Byte].
        """
        return np.asarray(intensity) >= self.ridge

    def minimum_seconds(self, flops: ArrayLike, traffic: ArrayLike) -> NDArray[np.float64]:
        """Least time of one kernel: the longer of computing and moving.

        Args:
            flops: Work, of any shape [FLOP].
            traffic: Bytes moved, broadcastable with the work [byte].

        Returns:
            ``max(flops / peak, traffic / bandwidth)`` [s].
        """
        computing = np.asarray(flops, dtype=np.float64) / self.peak
        return np.maximum(computing, np.asarray(traffic) / self.bandwidth)


def bound_name(*, compute_bound: bool) -> Bound:
    """Name of a bound."""
    return "compute" if compute_bound else "memory"
