"""Repeat a measurement until its median is known well enough."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LEAST = 3
"""Quartiles need at least so many repetitions."""
MOST = 1_000
"""More repetitions would tell nothing new."""
SPREAD = 0.01
"""Sought uncertainty of the median: interquartile range over the median and √repetitions."""
LIMIT = 1.0
"""Once the least repetitions are done, none begins after so long [s]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """The time of one thing, measured several times."""

    seconds: float
    """Median [s]."""
    seconds_low: float
    """First quartile [s]."""
    seconds_high: float
    """Third quartile [s]."""
    repetitions: int


def sample(run: Callable[[], float], *, least: int, clock: Callable[[], float]) -> Sample:
    """Run something once to warm up, then until its median is known.

    Args:
        run: Gives the time of one run [s].
        least: Repetitions that are always done, however long they take.
        clock: Time, for the limit [s].

    Returns:
        Median and quartiles.

    Raises:
        ValueError: Fewer than `LEAST` repetitions are asked for.
    """
    if least < LEAST:
        message = f"expected at least {LEAST} repetitions, got {least}"
        raise ValueError(message)
    run()
    begun = clock()
    times: list[float] = []
    while True:
        times.append(run())
        if len(times) < least:
            continue
        low, median, high = np.percentile(times, (25, 50, 75)).tolist()
        known = high - low <= SPREAD * median * math.sqrt(len(times))
        if known or len(times) >= max(least, MOST) or clock() - begun >= LIMIT:
            return Sample(
                seconds=median, seconds_low=low, seconds_high=high, repetitions=len(times)
            )
