"""Times that no kernel can have, by hand: what the peak, the bandwidth and the cache allow."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from made_products import CARD, made_products
from roofline.catalog.accelerator import Accelerator, load_accelerator
from roofline.measurements.plausibility import MEASURED_CEILING, judge
from roofline.measurements.products import Measurements

A100 = load_accelerator(CARD)
CPU = load_accelerator("amd-epyc-2-threads")


def rows(
    *products: tuple[float, float, float, float],
    seconds: float,
    flushed: bool = True,
    dtype: str = "fp16",
) -> Measurements:
    """Measured products of one time."""
    count, m, n, k = np.array(products, dtype=float).T
    length = len(count)
    return Measurements(
        count=count,
        m=m,
        n=n,
        k=k,
        seconds=np.full(length, seconds),
        dtypes=(dtype,) * length,
        group=("",) * length,
        stage=("",) * length,
        flushed=np.full(length, flushed),
        protocol=("isolated",) * length,
        library=("",) * length,
        line=np.arange(2, length + 2),
        devices=(),
    )


def impossible(measured: Measurements, card: Accelerator = A100) -> list[bool]:
    flags: list[bool] = judge(measured, card).impossible.tolist()
    return flags


def test_no_row_computes_faster_than_the_peak() -> None:
    """2 · 8192³ = 1.0995e12 FLOP take 3.524 ms at 312 TFLOP/s."""
    square = (1.0, 8192.0, 8192.0, 8192.0)
    assert impossible(rows(square, seconds=3.53e-3)) == [False]
    assert impossible(rows(square, seconds=3.52e-3)) == [True]
    (problem,) = judge(rows(square, seconds=3.52e-5), A100).problems()
    # 1.0995e12 / 3.52e-5 = 3.1236e16
    assert str(problem) == (
        "line 2: faster than its roof: the time implies 31.24 PFLOP/s, "
        "expected at most 312.0 TFLOP/s"
    )


def test_no_row_moves_faster_than_the_bandwidth_unless_the_cache_holds_it() -> None:
    """One row by 8192 · 8192 is 2 · (8192² + 2 · 8192) = 134.25 MB: 69.38 µs at 1.935 TB/s.

    By 4096 · 4096 it is 33.57 MB, less than the 41.94 MB of the cache, and may be faster. It has
    2 · 4096² = 33.55 MFLOP, which the peak does in 0.1075 µs.
    """
    large, small = (1.0, 1.0, 8192.0, 8192.0), (1.0, 1.0, 4096.0, 4096.0)
    assert impossible(rows(large, seconds=69.4e-6)) == [False]
    assert impossible(rows(large, seconds=69.3e-6)) == [True]
    # Without a flush, 41.94 of them may be in the cache: 92.31 MB take 47.70 µs.
    assert impossible(rows(large, seconds=47.8e-6, flushed=False)) == [False]
    assert impossible(rows(large, seconds=47.6e-6, flushed=False)) == [True]
    judged = judge(rows(large, small, seconds=10e-6), A100)
    assert judged.impossible.tolist() == [True, False]
    assert judged.cached.tolist() == [False, True]
    assert not judge(rows(small, seconds=20e-6), A100).cached.any()  # 17.3 µs at the bandwidth
    quick, quicker = rows(small, seconds=0.108e-6), rows(small, seconds=0.107e-6, flushed=False)
    assert judge(quick, A100, "stream").impossible.tolist() == [False]
    assert judge(quicker, A100, "stream").impossible.tolist() == [True]


def test_no_isolated_kernel_ends_before_a_launch_does() -> None:
    """2 µs on a card; a processor launches nothing, and in a stream kernels may be shorter."""
    tiny = (1.0, 8.0, 8.0, 8.0)
    assert impossible(rows(tiny, seconds=2.1e-6)) == [False]
    judged = judge(rows(tiny, seconds=1.9e-6), A100)
    assert judged.impossible.tolist() == [True]
    (problem,) = judged.problems()
    assert str(problem) == (
        "line 2: shorter than any launch: 1.90 µs, expected at least 2.00 µs of a kernel that is "
        "synchronised by itself; was it one of a stream?"
    )
    assert not judge(rows(tiny, seconds=1.9e-6), A100, "stream").impossible.any()
    assert impossible(rows(tiny, seconds=1.9e-6, dtype="fp32"), CPU) == [False]


def test_without_a_known_cache_nothing_is_taken_to_be_in_it() -> None:
    """4096 · 4096 in 10 µs are 3.4 TB/s."""
    unknown = A100.model_copy(update={"l2_cache": None})
    small = (1.0, 1.0, 4096.0, 4096.0)
    assert impossible(rows(small, seconds=10e-6), unknown) == [True]
    assert impossible(rows(small, seconds=10e-6, flushed=False), unknown) == [False]


def test_a_measured_ceiling_may_be_exceeded_somewhat() -> None:
    """2 · 4096³ = 137.4 GFLOP take 0.6136 s at the 224 GFLOP/s that a square product gave."""
    square, once = (1.0, 4096.0, 4096.0, 4096.0), 2 * 4096**3 / 224e9
    assert impossible(rows(square, seconds=once / 2.9, dtype="fp32"), CPU) == [False]
    assert impossible(rows(square, seconds=once / 3.1, dtype="fp32"), CPU) == [True]
    assert MEASURED_CEILING == 3


def test_a_format_without_a_peak_has_no_peak_to_beat() -> None:
    """It is named by what needs the peak; the bandwidth still counts."""
    large = (1.0, 1.0, 8192.0, 8192.0)
    assert impossible(rows(large, seconds=40e-6, dtype="fp8")) == [False]
    assert impossible(rows(large, seconds=30e-6, dtype="fp8")) == [True]


@given(st.floats(1e-3, 1e3))
def test_what_the_law_predicts_is_never_impossible(faster: float) -> None:
    """A row that is, is faster than predicted; rows that slow down become possible."""
    measured = made_products(size=50)
    assert not any(impossible(measured))
    quick = replace(measured, seconds=measured.seconds / faster)
    flags = impossible(quick)
    assert not any(flags) or faster > 1
    slow = replace(measured, seconds=measured.seconds / faster * 2)
    assert sum(impossible(slow)) <= sum(flags)
