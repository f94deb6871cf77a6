"""Settings at which a series is evaluated: batch, sequence length and candidate tokens."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from roofline.model.operators import SETTINGS, Phase


class Settings(Protocol):
    """Whatever lists the settings of a study."""

    @property
    def batches(self) -> Sequence[int]:
        """Sequences served together."""

    @property
    def lengths(self) -> Sequence[int]:
        """Sequence lengths [token]."""

    @property
    def candidates(self) -> Sequence[int]:
        """Tokens per sequence and decode step."""


@dataclass(frozen=True, eq=False, slots=True)
class Grid:
    """Settings as arrays that broadcast against each other."""

    batch: ArrayLike
    """Sequences served together, any shape."""
    length: ArrayLike
    """Tokens of the prompt in prefill, tokens in the KV cache in decode [token]."""
    candidates: ArrayLike = 1
    """Tokens per sequence and decode step; 1 without speculation [token]."""

    @classmethod
    def of(cls, settings: Settings, phase: Phase) -> Self:
        """Every setting of a study, on three axes: batch, length, candidates.

        Prefill has no candidates, so its last axis has one entry.
        """
        candidates = settings.candidates if phase == "ar" else (1,)
        axes = (settings.batches, settings.lengths, candidates)
        return cls(
            *np.meshgrid(*(np.array(axis, dtype=np.float64) for axis in axes), indexing="ij")
        )

    @property
    def arrays(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Batch, length and candidates as arrays, not broadcast."""
        return np.asarray(self.batch), np.asarray(self.length), np.asarray(self.candidates)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape that batch, length and candidates broadcast to.

        Raises:
            ValueError: They do not broadcast.
        """
        return np.broadcast_shapes(*(values.shape for values in self.arrays))

    @property
    def size(self) -> int:
        """Number of settings."""
        return math.prod(self.shape)

    def check(self) -> None:
        """Refuse settings at which there is nothing to evaluate.

        Raises:
            ValueError: A batch, length or number of candidates is below 1 or not finite.
        """
        for name in SETTINGS:
            values = np.asarray(getattr(self, name))
            # A comparison with NaN is false, so this refuses NaN as well.
            if values.size and not (values.min() >= 1 and values.max() < np.inf):
                message = f"{name}: expected finite numbers of at least 1"
                raise ValueError(message)

    def part(self, block: tuple[slice, ...]) -> "Grid":
        """Settings inside one box of the broadcast shape, as floats; axes that broadcast stay."""
        return Grid(*(_part(values, block) for values in self.arrays))


def _part(values: NDArray[Any], block: tuple[slice, ...]) -> NDArray[np.float64]:
    first = len(block) - values.ndim
    inside = tuple(
        slice(None) if size == 1 else block[first + axis] for axis, size in enumerate(values.shape)
    )
    return np.asarray(values[inside], dtype=np.float64)
