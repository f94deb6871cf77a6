"""What is measured, and how often."""

from collections.abc import Callable, Iterator
from itertools import cycle

import pytest

from devices import tiny
from roofline.measurements.bench.backend import Shape
from roofline.measurements.bench.plan import plan
from roofline.measurements.bench.timing import sample
from roofline.study.results import charted_series
from roofline.study.study import load_study


def sizes(series: str, phase: str) -> list[tuple[int, int, int, int]]:
    """Dimensions of the tiny study's products in one series."""
    found = plan(tiny(), [(series, phase)])  # type: ignore[list-item]  # phases as text
    return [(one.shape.count, one.shape.m, one.shape.n, one.shape.k) for one in found]


def test_each_product_is_planned_once() -> None:
    """Prefill of 1 or 2 by 4 or 8 tokens has m = 4, 8, 8, 16; q has n = 32, k and v n = 16."""
    assert sizes("qkv mlp", "init") == [(1, m, n, 32) for m in (4, 8, 16) for n in (32, 16)]
    assert sizes("qkv mlp", "ar") == [(1, m, n, 32) for m in (1, 2) for n in (32, 16)]


def test_grouped_heads_make_taller_products() -> None:
    """2 KV heads for 4 heads: count = 2 b, m = 2; at s = 8 = d both products are one."""
    assert sizes("qk/pv", "ar") == [
        (2, 2, 4, 8),
        (2, 2, 8, 4),
        (2, 2, 8, 8),
        (4, 2, 4, 8),
        (4, 2, 8, 4),
        (4, 2, 8, 8),
    ]


def test_a_product_carries_its_first_setting() -> None:
    """Decode projections do not depend on the length."""
    first, *_ = plan(tiny(), [("qkv mlp", "ar")])
    assert (first.series, first.phase, first.kernel) == ("qkv mlp", "ar", "q")
    assert (first.batch, first.sequence_length, first.candidates) == (1, 4, 1)


def test_gathers_are_no_products() -> None:
    assert not plan(tiny(), [("embedding", "ar")])


def test_the_flagships_products() -> None:
    """Attention: 49 settings, two products, two phases, less pv = qk at s = d, 7 of each phase.

    Projections: q = k = v, up = gate and down are 3 shapes for 13 prefill token counts,
    2⁷ to 2¹⁹, and 7 decode batches: 196 − 14 + 60.
    """
    study = load_study()
    assert len(plan(study, charted_series(study))) == 242


def test_work_and_elements_of_a_shape() -> None:
    """2 · 2 · 3 · 4 · 5 = 240 FLOP; 2 · (15 + 20 + 12) = 94 elements."""
    shape = Shape(count=2, m=3, n=4, k=5)
    assert (shape.flops, shape.elements) == (240, 94)


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
    found = sample(watch.run, least=4, clock=watch.clock)
    assert (found.seconds, found.seconds_low, found.seconds_high) == (0.5, 0.5, 0.5)
    assert found.repetitions == 4
    assert watch.now == 2.5  # one more, to warm up


def test_long_times_end_at_the_limit_but_not_before_the_least() -> None:
    """After the warm-up of 1/4: 1/2, 1/4, 1/2 pass 1 s; quartiles 3/8, 1/2 and 1/2."""
    watch = Watch(cycle([0.25, 0.5]))
    found = sample(watch.run, least=3, clock=watch.clock)
    assert (found.seconds_low, found.seconds, found.seconds_high) == (0.375, 0.5, 0.5)
    assert found.repetitions == 3


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
