"""How often a product is measured."""

from collections.abc import Callable, Iterator
from itertools import cycle

import pytest

from roofline.measurements.bench.timing import sample


class Watch:
    """Runs that take given times by a clock that only they move."""

    def __init__(self, times: Iterator[float], *, moving: bool = True) -> None:
        self.times, self.moving, self.now = times, moving, 0.0

    def run(self) -> float:
        """One run."""
        taken = next(self.times)
        self.now += taken * self.moving
        return taken

    def clock(self) -> float:
        """The time."""
        return self.now


def test_equal_times_need_no_more_than_the_least() -> None:
    watch = Watch(cycle([0.5]))
    times = sample(watch.run, least=4, clock=watch.clock)
    assert (times.seconds, times.seconds_low, times.seconds_high) == (0.5, 0.5, 0.5)
    assert times.repetitions == 4
    assert watch.now == 2.5  # one more, to warm up


def test_long_times_end_at_the_limit_but_not_before_the_least() -> None:
    """After the warm-up of 1/4: 1/2, 1/4, 1/2 pass 1 s; quartiles 3/8, 1/2 and 1/2."""
    watch = Watch(cycle([0.25, 0.5]))
    times = sample(watch.run, least=3, clock=watch.clock)
    assert (times.seconds_low, times.seconds, times.seconds_high) == (0.375, 0.5, 0.5)
    assert times.repetitions == 3


def test_scattered_times_go_on_to_the_limit() -> None:
    """Five pairs of 1/8 + 1/16 make 15/16 s, the next 1/8 passes 1 s: 11."""
    watch = Watch(cycle([0.0625, 0.125]))
    assert sample(watch.run, least=3, clock=watch.clock).repetitions == 11


def test_many_short_times_make_up_for_their_scatter() -> None:
    """Of 83, 42 are 1.1: 0.1 ≤ 0.01 · 1.1 · √83 = 0.1002; of 81, 0.01 · 1.1 · 9 = 0.099."""
    watch = Watch(cycle([1.0, 1.1]), moving=False)
    assert sample(watch.run, least=3, clock=watch.clock).repetitions == 83


def test_repetitions_have_an_end() -> None:
    """Times of 1 and 3 would need (2 / 0.01 / 3)² = 4,444 and more."""
    watch = Watch(cycle([1.0, 3.0]), moving=False)
    assert sample(watch.run, least=3, clock=watch.clock).repetitions == 1_000


def test_quartiles_need_three_times() -> None:
    clock: Callable[[], float] = Watch(cycle([1.0])).clock
    with pytest.raises(ValueError, match="expected at least 3 repetitions, got 2"):
        sample(lambda: 1.0, least=2, clock=clock)
