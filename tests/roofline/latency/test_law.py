"""The latency model, by hand and by its properties."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from roofline.latency.calibration import load_calibration
from roofline.latency.law import BOUNDS, NAMES, RANGES, Device, Parameters, in_stream, latency
from roofline.model.roof import Roof

EASY = Parameters(
    launch=20e-6,
    depth=2e-6,
    compute_share=0.5,
    memory_share=0.5,
    cold=0.5,
    write=2.0,
    misaligned=1.5,
    overlap=2.0,
)
CARD = Device(peak=4.5e9, bandwidth=1e9, element_bytes=2, l2_cache=1000)
DIMENSIONS = ("count", "m", "n", "k")
CALIBRATION = load_calibration("a100-80gb-pcie")

sizes = st.integers(1, 10**6)


def seconds(parameters: Parameters = EASY, device: Device = CARD, **dimensions: float) -> float:
    return float(latency(parameters, device, **dimensions).seconds)


def test_an_aligned_product_by_hand() -> None:
    """Computing and moving are the legs of a right triangle, 3 : 4 : 5.

    W = 2 · 8 · 8 · 128 = 16384 FLOP; A and B have 8 · 128 · 2 = 2048 byte, C 128, written twice
    256: 4352, of which 1000 fit into the cache and cost half as much again, 4852 byte at half
    of 1 GB/s: 9.704 µs. A peak at half of which 16384 FLOP take 3/4 of that gives 12.13 µs.
    Before them 20 µs, and 2 µs · log2(1 + 128/128) = 2 µs.
    """
    card = dataclasses.replace(CARD, peak=16384 / (0.5 * 7.278e-6))
    found = latency(EASY, card, count=1, m=8, n=8, k=128)
    assert_allclose(found.flops, 16384)
    assert_allclose(found.compute, 7.278e-6, rtol=1e-12)
    assert_allclose(found.memory, 9.704e-6, rtol=1e-12)
    assert_allclose(found.overhead, 22e-6, rtol=1e-12)
    assert_allclose(found.seconds, 34.13e-6, rtol=1e-12)
    assert_allclose(found.flops_per_s, 16384 / 34.13e-6, rtol=1e-12)
    assert BOUNDS[int(found.bound)] == "overhead"


def test_a_misaligned_product_by_hand() -> None:
    """Rows of n = 7 have 14 byte: B and C cost 1.5 times, and so does the work; A does not.

    A 2048 byte, B 128 · 7 · 2 = 1792, C 8 · 7 · 2 = 112, twice 224: 2048 + 1.5 · 2016 = 5072,
    and 500 for the cache: 5572 byte, 11.144 µs. W = 14336, 1.5 · 14336 / 2.25e9 = 9.557 µs.
    """
    found = latency(EASY, CARD, count=1, m=8, n=7, k=128)
    assert_allclose(found.memory, 11.144e-6, rtol=1e-12)
    assert_allclose(found.compute, 1.5 * 14336 / 2.25e9, rtol=1e-12)


def test_rows_of_k_by_hand() -> None:
    """K = 7 misaligns A alone: 1.5 · 2 · 8 · 7 = 168, B 2 · 7 · 8 = 112, C 256 and 240 more."""
    found = latency(EASY, CARD, count=1, m=8, n=8, k=7)
    # The cache's share is of the 112 + 112 + 256 = 480 byte themselves, half of it.
    assert_allclose(found.memory, (168 + 112 + 256 + 240) / 0.5e9, rtol=1e-12)


def test_narrow_misaligned_products_fall_to_the_scalar_units() -> None:
    """2 · 8 · 7 · 64 = 7168 FLOP at 1 MFLOP/s; not where k is wider, nor where n is aligned."""
    card = dataclasses.replace(CARD, scalar_peak=1e6)
    assert_allclose(latency(EASY, card, count=1, m=8, n=7, k=64).compute, 7.168e-3)
    for n, k in ((7, 72), (8, 64)):
        usual = latency(EASY, CARD, count=1, m=8, n=n, k=k).compute
        assert latency(EASY, card, count=1, m=8, n=n, k=k).compute == usual


def test_bounds_are_the_largest_part() -> None:
    """Tiny, thin and thick products of the flagship's card."""
    found = latency(
        CALIBRATION.values,
        CALIBRATION.device("fp16"),
        count=[1, 1, 4096, 1],
        m=[8, 1, 1, 8192],
        n=[8, 16384, 1024, 8192],
        k=[8, 16384, 128, 8192],
    )
    names = [BOUNDS[code] for code in found.bound]
    assert names == ["overhead", "memory", "memory", "compute"]


@settings(max_examples=300)
@given(sizes, sizes, sizes, sizes)
def test_never_faster_than_the_roof(count: int, m: int, n: int, k: int) -> None:
    for dtype in ("fp16", "tf32", "int8"):
        device = CALIBRATION.device(dtype)
        found = latency(CALIBRATION.values, device, count=count, m=m, n=n, k=k)
        traffic = float(device.element_bytes) * count * (m * k + k * n + m * n)  # type: ignore[arg-type]  # of one dtype
        roof = Roof(peak=float(device.peak), bandwidth=device.bandwidth)  # type: ignore[arg-type]  # as above
        assert np.isfinite(found.seconds)
        assert found.seconds > CALIBRATION.values.launch
        assert found.seconds > roof.minimum_seconds(2.0 * count * m * n * k, traffic)


@settings(max_examples=300)
@given(st.tuples(sizes, sizes, sizes, sizes), st.integers(0, 3), st.integers(1, 10**5))
def test_longer_in_every_dimension(start: tuple[int, ...], grown: int, steps: int) -> None:
    """Up to the step of alignment: n and k in steps of 8 elements, 16 byte."""
    small = dict(zip(DIMENSIONS, start, strict=True))
    small["n"] *= 8
    small["k"] *= 8
    name = DIMENSIONS[grown]
    large = small | {name: small[name] + 8 * steps}
    device = CALIBRATION.device("fp16")
    before = latency(CALIBRATION.values, device, **small).seconds
    assert latency(CALIBRATION.values, device, **large).seconds >= before


@given(sizes, sizes, sizes, sizes)
def test_misalignment_never_helps(count: int, m: int, n: int, k: int) -> None:
    """Neither its cost nor the scalar units."""
    device = CALIBRATION.device("fp16")
    free = dataclasses.replace(CALIBRATION.values, misaligned=1.0)
    dear = latency(CALIBRATION.values, device, count=count, m=m, n=n, k=k).seconds
    tensor = dataclasses.replace(device, scalar_peak=np.inf)
    assert dear >= latency(free, tensor, count=count, m=m, n=n, k=k).seconds


@given(st.floats(0.01, 100), sizes)
def test_units(scale: float, m: int) -> None:
    """Clocks that run so many times faster make all parts that many times shorter."""
    quick = dataclasses.replace(EASY, launch=EASY.launch / scale, depth=EASY.depth / scale)
    card = dataclasses.replace(CARD, peak=4.5e9 * scale, bandwidth=1e9 * scale)
    before = seconds(count=3, m=m, n=64, k=96)
    assert_allclose(seconds(quick, card, count=3, m=m, n=64, k=96) * scale, before, rtol=1e-9)


def test_arrays_broadcast_and_keep_their_shape() -> None:
    found = latency(EASY, CARD, count=1, m=np.ones((3, 1)), n=[8, 16], k=8)
    assert found.seconds.shape == found.bound.shape == found.flops.shape == (3, 2)
    one = latency(EASY, CARD, count=1, m=1, n=16, k=8)
    assert found.seconds[2, 1] == one.seconds


def test_in_a_stream_nothing_is_flushed_and_launches_hide() -> None:
    """From launches that cost nothing to those of isolated kernels."""
    free, dear = in_stream(EASY), in_stream(EASY, EASY.launch)
    assert (free.launch, free.cold, dear.launch) == (0, 0, EASY.launch)
    usual, most, least = (seconds(one, count=1, m=8, n=8, k=128) for one in (EASY, dear, free))
    assert_allclose(most - least, EASY.launch)
    assert most < usual
    for launch in (-1e-9, 21e-6):
        with pytest.raises(ValueError, match="launch cost from 0 to 2e-05 s"):
            in_stream(EASY, launch)


@pytest.mark.parametrize("name", NAMES)
def test_parameters_that_could_beat_the_roof_are_refused(name: str) -> None:
    low, high = RANGES[name]
    least = "above 0, at most 1" if name.endswith("share") else "from"
    for value in (low - 0.1, high + 0.1, float("nan")):
        with pytest.raises(ValueError, match=f"{name}: expected a number {least}"):
            dataclasses.replace(EASY, **{name: value})
    if name.endswith("share"):
        with pytest.raises(ValueError, match=name):
            dataclasses.replace(EASY, **{name: 0.0})
