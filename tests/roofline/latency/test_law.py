"""The latency model, by hand and by its properties."""

import dataclasses
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from roofline.latency.carried_over import load_calibration
from roofline.latency.law import (
    LAW_TEX,
    NAMES,
    PARAMETERS,
    Device,
    Parameters,
    bounded,
    in_stream,
    longest_part,
    overhead_threshold,
    predict_products,
)
from roofline.model.expression import Expression
from roofline.model.roof import BOUNDS, Roof

EASY = Parameters(
    launch=20e-6,
    depth=2e-6,
    compute_share=0.5,
    memory_share=0.5,
    cold=0.5,
    small=0.0,
    split=0.0,
    clock=0.0,
    write=2.0,
    misaligned=1.5,
    overlap=2.0,
)
CARD = Device(peak=4.5e9, bandwidth=1e9, element_bytes=2, l2_cache=1000)
DIMENSIONS = ("count", "m", "n", "k")
CALIBRATION = load_calibration("a100-80gb-pcie")

sizes = st.integers(1, 10**6)


def seconds(parameters: Parameters = EASY, device: Device = CARD, **dimensions: float) -> float:
    return float(predict_products(parameters, device, **dimensions).seconds)


def test_an_aligned_product_by_hand() -> None:
    """Computing and moving are the legs of a right triangle, 3 : 4 : 5.

    W = 2 · 8 · 8 · 128 = 16384 FLOP; A and B have 8 · 128 · 2 = 2048 byte, C 128, written twice
    256: 4352, of which 1000 fit into the cache and cost half as much again, 4852 byte at half
    of 1 GB/s: 9.704 µs. A peak at half of which 16384 FLOP take 3/4 of that gives 12.13 µs.
    Before them 20 µs, and 2 µs · log2(1 + 128/128) = 2 µs.
    """
    card = dataclasses.replace(CARD, peak=16384 / (0.5 * 7.278e-6))
    prediction = predict_products(EASY, card, count=1, m=8, n=8, k=128)
    assert_allclose(prediction.flops, 16384)
    assert_allclose(prediction.compute, 7.278e-6, rtol=1e-12)
    assert_allclose(prediction.memory, 9.704e-6, rtol=1e-12)
    assert_allclose(prediction.overhead, 22e-6, rtol=1e-12)
    assert_allclose(prediction.seconds, 34.13e-6, rtol=1e-12)
    assert_allclose(prediction.flops_per_s, 16384 / 34.13e-6, rtol=1e-12)
    assert BOUNDS[int(prediction.bound)] == "overhead"


TILED = dataclasses.replace(EASY, small=0.2, split=1e-6, overlap=1.0, cold=0.0)


def test_every_multiprocessor_waits_for_the_last_wave_of_tiles() -> None:
    """Four multiprocessors, a result of 256 x 640, k = 128, whose ceiling is 1 TFLOP/s.

    Tiles of 256 x 128: 1 · 5 = 5, in 2 waves of 4: 2 · 4 · 32,768 = 262,144 elements.
    Of 128 x 128: 2 · 5 = 10, in 3 waves: 3 · 4 · 16,384 = 196,608 elements; each loads
    64/128 + 64/128 - 64/256 - 64/128 = 0.25 more, at 0.2 a twentieth: 206,438.4.
    Of 128 x 64: 2 · 10 = 20 in 5 waves: 5 · 4 · 8,192 = 163,840, which load 0.75 more: 188,416.
    Of 64 x 64: 4 · 10 = 40 in 10 waves: 163,840, which load 1.25 more: 204,800. Smaller ones
    fill the waves no better and load more still. So 128 x 64: 2 · 188,416 · 128 FLOP at half of
    1 TFLOP/s take 96.47 µs; the work itself, 163,840 elements, would take 83.89 µs.
    """
    card = dataclasses.replace(CARD, peak=1e12, multiprocessors=4)
    prediction = predict_products(TILED, card, count=1, m=256, n=640, k=128)
    assert_allclose(prediction.compute, 2 * 188_416 * 128 / 0.5e12, rtol=1e-12)
    assert_allclose(prediction.flops, 2 * 163_840 * 128)
    # A wide tile is best where small ones cost more.
    dear = dataclasses.replace(TILED, small=10.0)
    wide = predict_products(dear, card, count=1, m=256, n=640, k=128)
    assert_allclose(wide.compute, 2 * 262_144 * 128 / 0.5e12, rtol=1e-12)


def test_a_product_of_one_tile_is_split_where_its_parts_pay_for_adding_them_up() -> None:
    """A result of 32 x 32 with k = 4096 on 16 multiprocessors: one tile, or 16 parts of it.

    Whole: 16 · 1,024 elements at k = 4096, each loads 3.25 more: 16,384 · 1.65 = 27,033.6, and
    2 · 27,033.6 · 4096 = 221,459,251 FLOP take 442.9 µs at half of 1 TFLOP/s. In 16 parts: a
    sixteenth, 27.68 µs, 1 µs more of overhead, and 8 · 16 · 1,024 byte more to move.
    A and B: 2 · 2 · 32 · 4096 = 524,288 byte; C: 2 · 1,024 written twice, 4,096; P: 131,072.
    """
    card = dataclasses.replace(CARD, peak=1e12, bandwidth=1e12, multiprocessors=16)
    whole_overhead = 20e-6 + 2e-6 * np.log2(1 + 4096 / 128)
    prediction = predict_products(TILED, card, count=1, m=32, n=32, k=4096)
    assert_allclose(prediction.compute, 221_459_251.2 / 16 / 0.5e12, rtol=1e-9)
    assert_allclose(prediction.overhead, whole_overhead + 1e-6, rtol=1e-12)
    assert_allclose(prediction.memory, (524_288 + 4_096 + 131_072) / 0.5e12, rtol=1e-12)
    # Adding up costs more than it saves: whole.
    dear = predict_products(
        dataclasses.replace(TILED, split=1e-3), card, count=1, m=32, n=32, k=4096
    )
    assert_allclose(dear.overhead, whole_overhead, rtol=1e-12)
    assert_allclose(dear.compute, 221_459_251.2 / 0.5e12, rtol=1e-9)
    # No part is shorter than 128: k = 255 stays whole.
    short = predict_products(TILED, card, count=1, m=32, n=32, k=255)
    assert_allclose(short.overhead, 20e-6 + 2e-6 * np.log2(1 + 255 / 128), rtol=1e-12)


def test_long_work_lowers_the_clock() -> None:
    """Work of 1 ms takes 1 + 0.5 · 1/(1 + 1) = 1.25 times as long; work of 3 ms 1.375 times."""
    slowing = dataclasses.replace(EASY, clock=0.5, launch=0.0, depth=0.0, cold=0.0, write=1.0)
    # 2 · 8 · 8 · 65,536 = 8.389 MFLOP at half the peak; memory is too fast to count.
    for share, times in ((1.0, 1.25), (1 / 3, 1.375)):
        card = dataclasses.replace(CARD, peak=2 * 8_388_608e3 * share, bandwidth=1e18)
        assert_allclose(
            seconds(slowing, card, count=1, m=8, n=8, k=65_536), 1e-3 / share * times, rtol=1e-6
        )


def test_a_misaligned_product_by_hand() -> None:
    """Rows of n = 7 have 14 byte: B and C cost 1.5 times, and so does the work; A does not.

    A 2048 byte, B 128 · 7 · 2 = 1792, C 8 · 7 · 2 = 112, twice 224: 2048 + 1.5 · 2016 = 5072,
    and 500 for the cache: 5572 byte, 11.144 µs. W = 14336, 1.5 · 14336 / 2.25e9 = 9.557 µs.
    """
    prediction = predict_products(EASY, CARD, count=1, m=8, n=7, k=128)
    assert_allclose(prediction.memory, 11.144e-6, rtol=1e-12)
    assert_allclose(prediction.compute, 1.5 * 14336 / 2.25e9, rtol=1e-12)


def test_rows_of_k_by_hand() -> None:
    """K = 7 misaligns A alone: 1.5 · 2 · 8 · 7 = 168, B 2 · 7 · 8 = 112, C 256 and 240 more."""
    prediction = predict_products(EASY, CARD, count=1, m=8, n=8, k=7)
    # The cache's share is of the 112 + 112 + 256 = 480 byte themselves, half of it.
    assert_allclose(prediction.memory, (168 + 112 + 256 + 240) / 0.5e9, rtol=1e-12)


def test_narrow_misaligned_products_fall_to_the_scalar_units() -> None:
    """2 · 8 · 7 · 64 = 7168 FLOP at 1 MFLOP/s; not where k is wider, nor where n is aligned.

    Rows of k = 63 and of k = 65 elements are misaligned both, whatever n is.
    """
    card = dataclasses.replace(CARD, scalar_peak=1e6)
    assert_allclose(predict_products(EASY, card, count=1, m=8, n=7, k=64).compute, 7.168e-3)
    assert_allclose(predict_products(EASY, card, count=1, m=8, n=8, k=63).compute, 8.064e-3)
    for n, k in ((7, 65), (8, 65), (7, 72), (8, 64)):
        usual = predict_products(EASY, CARD, count=1, m=8, n=n, k=k).compute
        assert predict_products(EASY, card, count=1, m=8, n=n, k=k).compute == usual


def test_bounds_are_the_largest_part() -> None:
    """Tiny, thin and thick products of the flagship's card."""
    prediction = predict_products(
        CALIBRATION.values,
        CALIBRATION.device("fp16"),
        count=[1, 1, 4096, 1],
        m=[8, 1, 1, 8192],
        n=[8, 16384, 1024, 8192],
        k=[8, 16384, 128, 8192],
    )
    names = [BOUNDS[code] for code in prediction.bound]
    assert names == ["overhead", "memory", "memory", "compute"]


products = st.lists(st.tuples(sizes, sizes, sizes, sizes), min_size=1, max_size=8).map(
    lambda rows: np.array(rows, dtype=float).T
)
"""Dimensions of several products, an array for each."""


@given(products, st.sampled_from(["fp16", "tf32", "int8"]))
def test_never_faster_than_the_roof(several: np.ndarray, dtype: str) -> None:
    count, m, n, k = several
    device = CALIBRATION.device(dtype)
    prediction = predict_products(CALIBRATION.values, device, count=count, m=m, n=n, k=k)
    traffic = float(np.asarray(device.element_bytes)) * count * (m * k + k * n + m * n)
    roof = Roof(peak=float(np.asarray(device.peak)), bandwidth=device.bandwidth)
    assert np.isfinite(prediction.seconds).all()
    assert (prediction.seconds > CALIBRATION.values.launch).all()
    assert (prediction.seconds > roof.minimum_seconds(2.0 * count * m * n * k, traffic)).all()


@given(products, st.integers(0, 3), st.integers(1, 10**5))
def test_longer_in_every_dimension(several: np.ndarray, grown: int, steps: int) -> None:
    """Up to the step of alignment: n and k in steps of 8 elements, 16 byte."""
    small = dict(zip(DIMENSIONS, several, strict=True))
    small["n"] = small["n"] * 8
    small["k"] = small["k"] * 8
    name = DIMENSIONS[grown]
    large = small | {name: small[name] + 8 * steps}
    device = CALIBRATION.device("fp16")
    before = predict_products(CALIBRATION.values, device, **small).seconds
    assert (predict_products(CALIBRATION.values, device, **large).seconds >= before).all()


@given(sizes, sizes, sizes, sizes)
def test_misalignment_never_helps(count: int, m: int, n: int, k: int) -> None:
    """Neither its cost nor the scalar units."""
    device = CALIBRATION.device("fp16")
    free = dataclasses.replace(CALIBRATION.values, misaligned=1.0)
    dear = predict_products(CALIBRATION.values, device, count=count, m=m, n=n, k=k).seconds
    tensor = dataclasses.replace(device, scalar_peak=np.inf)
    assert dear >= predict_products(free, tensor, count=count, m=m, n=n, k=k).seconds


@given(st.floats(0.01, 100), sizes)
def test_units(scale: float, m: int) -> None:
    """Clocks that run so many times faster make all parts that many times shorter."""
    quick = dataclasses.replace(EASY, launch=EASY.launch / scale, depth=EASY.depth / scale)
    card = dataclasses.replace(CARD, peak=4.5e9 * scale, bandwidth=1e9 * scale)
    before = seconds(count=3, m=m, n=64, k=96)
    assert_allclose(seconds(quick, card, count=3, m=m, n=64, k=96) * scale, before, rtol=1e-9)


def test_arrays_broadcast_and_keep_their_shape() -> None:
    prediction = predict_products(EASY, CARD, count=1, m=np.ones((3, 1)), n=[8, 16], k=8)
    assert prediction.seconds.shape == prediction.bound.shape == prediction.flops.shape == (3, 2)
    single = predict_products(EASY, CARD, count=1, m=1, n=16, k=8)
    assert prediction.seconds[2, 1] == single.seconds


def test_in_a_stream_nothing_is_flushed_and_launches_hide() -> None:
    """From launches that cost nothing to those of isolated kernels."""
    free, dear = in_stream(EASY), in_stream(EASY, EASY.launch)
    assert (free.launch, free.cold, dear.launch) == (0, 0, EASY.launch)
    usual, most, least = (
        seconds(parameters, count=1, m=8, n=8, k=128) for parameters in (EASY, dear, free)
    )
    assert_allclose(most - least, EASY.launch)
    assert most < usual
    for launch in (-1e-9, 21e-6):
        with pytest.raises(ValueError, match="launch cost from 0 to 2e-05 s"):
            in_stream(EASY, launch)


def test_where_no_stream_was_measured_running_alone_is_the_longest() -> None:
    """Of four kernels, two were measured in a stream; the others are bounded."""
    stream, alone = (
        predict_products(parameters, CARD, count=1, m=[8, 8, 512, 512], n=512, k=64)
        for parameters in (dataclasses.replace(EASY, launch=1.0), EASY)
    )
    assert (stream.seconds > alone.seconds).all()
    both = bounded(stream, alone, [True, False, True, False])
    assert_allclose(both.seconds, np.where([1, 0, 1, 0], alone.seconds, stream.seconds))
    assert_allclose(both.overhead, np.where([1, 0, 1, 0], alone.overhead, stream.overhead))
    # What is shorter in the stream already stays so.
    assert_allclose(bounded(alone, stream, True).seconds, alone.seconds)


@pytest.mark.parametrize("name", NAMES)
def test_parameters_that_could_beat_the_roof_are_refused(name: str) -> None:
    """From just outside of each end of the range; both ends themselves are allowed."""
    limits = PARAMETERS[name]
    least = f"from {limits.low:g} to {limits.high:g}"
    just_outside = (np.nextafter(limits.low, -1.0), np.nextafter(limits.high, np.inf))
    for value in (*just_outside, limits.low - 0.1, limits.high + 0.1, float("nan")):
        with pytest.raises(ValueError, match=f"{name}: expected a number {least}"):
            dataclasses.replace(EASY, **{name: float(value)})
    for value in (limits.low, limits.high):
        assert getattr(dataclasses.replace(EASY, **{name: float(value)}), name) == value


def test_what_a_fitted_value_does_not_tell_is_said() -> None:
    """An end of the range, or the whole range as interval."""
    for limits in PARAMETERS.values():
        middle = (limits.low + limits.high) / 2
        assert not limits.remark(middle, limits.low, middle)
        assert limits.remark(limits.low, limits.low, middle) == "at the least that the law allows"
        assert limits.remark(limits.high, middle, limits.high).startswith("at the greatest that")
        for value in (limits.low, middle, limits.high):
            assert limits.remark(value, limits.low, limits.high).startswith("not determined: any")


shares = st.fixed_dictionaries(
    {
        name: st.floats(limits.low, limits.high) | st.sampled_from([limits.low, limits.high])
        for name, limits in PARAMETERS.items()
    }
)
ends = st.sampled_from([1.0, 1e15])
ceilings = st.floats(1, 1e24) | st.sampled_from([1.0, 1e24])


@given(shares, st.tuples(ends, ends, ends, ends), ceilings, ceilings, ceilings)
def test_whatever_is_allowed_comes_to_a_time(
    values: dict[str, float],
    product: tuple[float, float, float, float],
    peak: float,
    bandwidth: float,
    cache: float,
) -> None:
    """Parameters, sizes and ceilings from one end of what is accepted to the other."""
    card = Device(peak=peak, bandwidth=bandwidth, element_bytes=64, l2_cache=cache)
    count, m, n, k = product
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = predict_products(Parameters(**values), card, count=count, m=m, n=n, k=k)
        assert 0 < float(made.seconds) < np.inf
        assert 0 < float(made.flops_per_s) < np.inf


def test_every_parameter_is_written_and_explained_once() -> None:
    """Symbols and meanings tell parameters apart; the formulas hold all of them."""
    assert [field.name for field in dataclasses.fields(Parameters)] == list(NAMES)
    for texts in (
        {limits.symbol for limits in PARAMETERS.values()},
        {limits.tex for limits in PARAMETERS.values()},
        {limits.meaning for limits in PARAMETERS.values()},
    ):
        assert len(texts) == len(NAMES)
    formulas = " ".join(LAW_TEX)
    assert all(limits.tex in formulas for limits in PARAMETERS.values())
    assert "{128}" in formulas


def test_of_equal_parts_compute_comes_first_and_overhead_last() -> None:
    """As on the ridge of a roof."""
    places = longest_part(
        compute=np.array([2.0, 1.0, 2.0, 2.0, 1.0]),
        memory=np.array([2.0, 2.0, 1.0, 2.0, 1.0]),
        overhead=np.array([2.0, 2.0, 2.0, 3.0, 0.0]),
    )
    names = [BOUNDS[place] for place in places]
    assert names == ["compute", "memory", "compute", "overhead", "compute"]


@pytest.mark.parametrize("k", [1, 64, 128, 1024])
@pytest.mark.parametrize("times", [0.5, 1.0, 9.0])
@pytest.mark.parametrize("cache", [0.0, 1e3, 1e9])
def test_at_the_threshold_moving_and_computing_take_their_multiple_of_the_overhead(
    k: int, times: float, cache: float
) -> None:
    """By the law itself, for traffic that is read: below the cache's size and above."""
    card = dataclasses.replace(CARD, l2_cache=cache)
    threshold = overhead_threshold(EASY, card, times, k)
    overhead = float(predict_products(EASY, card, count=1, m=8, n=8, k=k).overhead)
    assert_allclose(threshold.seconds, overhead)
    flushed = EASY.cold * min(threshold.bytes, cache)
    moving = (threshold.bytes + flushed) / (EASY.memory_share * card.bandwidth)
    assert_allclose(moving, times * overhead)
    computing = threshold.flops / (EASY.compute_share * float(np.asarray(card.peak)))
    assert_allclose(computing, times * overhead)
    values = {"η": EASY.memory_share, "β": card.bandwidth, "w": EASY.cold, "C": cache}
    values["t"] = times * overhead
    assert_allclose(Expression.parse(threshold.formula).evaluate(values), threshold.bytes)
