"""The roofline: two ceilings, and where they meet.

Source: Williams, Waterman and Patterson, Communications of the ACM 52(4), 2009.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Bound = Literal["memory", "compute", "communication", "overhead"]
"""What a kernel's time is spent on; overhead is predicted, the others are ceilings."""
BOUNDS: tuple[Bound, ...] = get_args(Bound)
MEMORY, COMPUTE, COMMUNICATION, OVERHEAD = range(len(BOUNDS))
"""Places in `BOUNDS`, by which arrays name a bound."""


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
        return np.minimum(self.peak, self.bandwidth * np.asarray(intensity))

    def bound(self, intensity: ArrayLike) -> NDArray[np.uint8]:
        """Which ceiling is the lower one; on the ridge itself compute.

        Args:
            intensity: Work over traffic, of any shape [FLOP/Byte].

        Returns:
            Places in `BOUNDS`, in the shape of the input.
        """
        above = np.asarray(intensity) >= self.ridge
        return np.where(above, np.uint8(COMPUTE), np.uint8(MEMORY))

    def minimum_seconds(self, flops: ArrayLike, traffic: ArrayLike) -> NDArray[np.float64]:
        """Least time of one kernel: the longer of computing and moving.

        Args:
            flops: Work, of any shape [FLOP].
            traffic: Bytes moved, broadcastable with the work [byte].

        Returns:
            ``max(flops / peak, traffic / bandwidth)`` [s].
        """
        return np.maximum(np.asarray(flops) / self.peak, np.asarray(traffic) / self.bandwidth)
