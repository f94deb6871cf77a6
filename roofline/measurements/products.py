"""Measured times of batched matrix products, and what is held out together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from roofline.arrays import FloatArray
from roofline.errors import join_choices

Protocol = Literal["isolated", "stream"]
"""How a time is measured: one kernel, synchronised, after a flush of the cache; or one of many in
a stream, its own duration, with a cache that holds what the kernels before left. Never mixed."""
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
KERNELS: Mapping[Protocol, str] = {
    "isolated": "kernels run alone",
    "stream": "kernels in a stream",
}
"""What a protocol measures, in words."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Measurements:
    """Measured products; arrays of one length."""

    count: FloatArray
    m: FloatArray
    n: FloatArray
    k: FloatArray
    seconds: FloatArray
    """Measured time of each [s]."""
    dtypes: tuple[str, ...]
    group: tuple[str, ...]
    """What each is held out with when errors on unseen shapes are estimated."""
    stage: tuple[str, ...]
    """What errors are listed by; empty text where the file names none."""
    flushed: NDArray[np.bool_]
    """Whether the cache was flushed before each."""
    protocol: tuple[str, ...]
    """Protocol that each row names, one of `PROTOCOLS`; empty text where it names none."""
    library: tuple[str, ...]
    """Library, with its version, that each row names; empty text where it names none."""
    line: NDArray[np.intp]
    """Line of each in its file."""
    devices: tuple[str, ...]
    """What was measured, as the rows call it; empty where the file does not say."""

    def __len__(self) -> int:
        return len(self.seconds)

    @property
    def flops(self) -> FloatArray:
        """Work of each; a multiply-add counts as two [FLOP]."""
        return 2.0 * self.count * self.m * self.n * self.k

    @property
    def elements(self) -> FloatArray:
        """Elements of all operands of each, read or written once."""
        return self.count * (self.m * self.k + self.k * self.n + self.m * self.n)

    def where(self, chosen: NDArray[np.bool_]) -> "Measurements":
        """Some of the rows."""
        kept = np.flatnonzero(chosen)
        changes: dict[str, Any] = {}
        for field in fields(self):
            values = getattr(self, field.name)
            if isinstance(values, np.ndarray):
                changes[field.name] = values[kept]
            elif field.name != "devices":
                changes[field.name] = tuple(values[index] for index in kept)
        return replace(self, **changes)


def join_rows(parts: Sequence[Measurements]) -> Measurements:
    """Put rows of several files behind each other; a line stays that of its file."""
    joined: dict[str, Any] = {}
    for field in fields(Measurements):
        columns = [getattr(part, field.name) for part in parts]
        joined[field.name] = (
            np.concatenate(columns)
            if isinstance(columns[0], np.ndarray)
            else tuple(chain.from_iterable(columns))
        )
    return Measurements(**joined | {"devices": tuple(dict.fromkeys(joined["devices"]))})


def group_names(measurements: Measurements) -> tuple[str, ...]:
    """Names of all groups, in the order of the file.

    Raises:
        ValueError: There is only one, so that nothing can be held out.
    """
    names = tuple(dict.fromkeys(measurements.group))
    if len(names) == 1:
        message = (
            "expected at least two groups to hold out in turn, got one: "
            f"{join_choices(names)}; a column group can name them"
        )
        raise ValueError(message)
    return names
