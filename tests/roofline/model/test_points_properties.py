"""What holds at every point: ceilings, the law, sums, shapes and blocks."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from choices import CHOICES
from deployments import deploy, with_ceilings
from roofline.model import points as points_module
from roofline.model.grid import Grid
from roofline.model.operators import PHASES, Phase, load_operators
from roofline.model.points import Points, Product, evaluate

MODELS = st.sampled_from(["llama-33b", "llama-2-70b", "llama-3-8b"])
ACCELERATORS = st.sampled_from(["a100-80gb-pcie", "h100-80gb-sxm", "rtx-a6000"])
SERIES = st.sampled_from([*load_operators().series])
PHASE = st.sampled_from(PHASES)
SIZES = st.integers(1, 10**6)
WIDTHS = st.sampled_from([0.0, 0.5, 0.53125, 1.0, 2.0, 4.0]) | st.floats(0.01, 100)
STORED = st.sampled_from(["weight", "activation", "kv-cache", "scores"])
FIELDS = ("flops", "bytes", "intensity", "attainable", "bound")


def product(m: int, n: int, k: int, widths: tuple[float, float, float] = (2, 2, 2)) -> Product:
    """One matrix product of given dimensions."""
    row = load_operators().rows[0]
    return Product(row=row, count=1, m=m, n=n, k=k, fill=1, widths=widths)


@given(SIZES, SIZES, SIZES, st.tuples(WIDTHS, WIDTHS, WIDTHS))
def test_intensity_never_exceeds_the_law(
    m: int, n: int, k: int, widths: tuple[float, float, float]
) -> None:
    """Intensity is 2 / (e_a/n + e_b/m + e_c/k), so at most the smallest of 2 over a term."""
    assume(any(widths))
    drawn = product(m, n, k, widths)
    intensity = drawn.flops / drawn.bytes
    terms = [width / size for width, size in zip(widths, (n, m, k), strict=True)]
    assert_allclose(intensity, 2 / sum(terms), rtol=1e-12)
    cap = min(2 / term if term else np.inf for term in terms)
    assert intensity <= cap * (1 + 1e-12)
    assert_allclose(drawn.most_intensity, cap, rtol=1e-12)
    assert_allclose(drawn.intensity, intensity, rtol=0)


@given(SIZES, SIZES, SIZES, SIZES)
def test_splitting_along_n_keeps_the_work(m: int, first: int, second: int, k: int) -> None:
    """Two halves do the work of the whole, and read A once more."""
    whole, *halves = (product(m, n, k) for n in (first + second, first, second))
    assert_allclose(sum(half.flops for half in halves), whole.flops, rtol=1e-12)
    assert_allclose(sum(half.bytes for half in halves) - whole.bytes, 2 * m * k, rtol=1e-3)


@given(SIZES, SIZES, SIZES)
def test_traffic_by_kind_adds_up(m: int, n: int, k: int) -> None:
    """The kinds of operand share out the traffic, and leave nothing over."""
    drawn = product(m, n, k)
    assert_allclose(sum(drawn.traffic.values()), drawn.bytes, rtol=1e-12)


@given(
    MODELS,
    ACCELERATORS,
    SERIES,
    PHASE,
    CHOICES,
    st.dictionaries(STORED, st.floats(0.1, 8)),
    st.tuples(SIZES, SIZES, st.integers(1, 256)),
)
def test_no_point_lies_above_its_own_roof(  # noqa: PLR0917  # one for each thing drawn
    model: str,
    accelerator: str,
    series: str,
    phase: Phase,
    choices: dict[str, str],
    storage: dict[str, float],
    setting: tuple[int, int, int],
) -> None:
    """Attainable is at most the peak, and at most bandwidth times intensity."""
    deployment = deploy(model, accelerator, choices=choices, storage=storage)
    point = evaluate(deployment, series, phase, Grid(*setting))
    roof = deployment.roof
    assert point.attainable <= roof.peak
    assert point.attainable <= roof.bandwidth * point.intensity
    assert point.bound_by("compute") == (point.intensity >= roof.ridge)
    assert point.bound_by("memory") == (point.intensity < roof.ridge)
    assert_allclose(point.intensity, point.flops / point.bytes, rtol=1e-12)


@given(SERIES, PHASE, st.floats(0.01, 100), SIZES, SIZES)
def test_scaling_both_ceilings_scales_every_point(
    series: str, phase: Phase, factor: float, b: int, s: int
) -> None:
    """Half a card attains half as much, at the same intensity."""
    deployment = deploy("llama-3-8b")
    peak, bandwidth = deployment.roof.peak, deployment.roof.bandwidth
    scaled = with_ceilings(deployment, peak=factor * peak, bandwidth=factor * bandwidth)
    before, after = (evaluate(which, series, phase, Grid(b, s)) for which in (deployment, scaled))
    assert_allclose(after.attainable, factor * before.attainable, rtol=1e-12)
    assert_allclose(after.intensity, before.intensity, rtol=0)


def one_by_one(series: str, phase: Phase, settings: list[NDArray[np.int64]]) -> list[Points]:
    """Every setting of the broadcast arrays on its own, in order."""
    deployment = deploy("llama-3-8b")
    return [
        evaluate(deployment, series, phase, Grid(int(b), int(s), int(q)))
        for b, s, q in np.broadcast(*settings)
    ]


def assert_same(points: Points, alone: list[Points]) -> None:
    """Every field of the arrays is that of the single points."""
    for field in FIELDS:
        values = getattr(points, field)
        expected = np.array([getattr(point, field) for point in alone]).reshape(values.shape)
        assert_allclose(values, expected, rtol=1e-13, err_msg=field)


SHAPES = st.lists(st.integers(1, 3), max_size=3)


@given(SERIES, PHASE, SHAPES, st.data(), st.integers(1, 9))
def test_arrays_are_evaluated_as_one_by_one(
    series: str, phase: Phase, shape: list[int], data: st.DataObject, block: int
) -> None:
    """Whatever the shapes that broadcast, and wherever the blocks end."""
    arrays = []
    for _ in range(3):
        own = [size if data.draw(st.booleans()) else 1 for size in shape]
        own = own[data.draw(st.integers(0, len(own))) :]
        size = int(np.prod(own))
        drawn = data.draw(st.lists(st.integers(1, 10**5), min_size=size, max_size=size))
        arrays.append(np.array(drawn, dtype=np.int64).reshape(own))
    with mock.patch("roofline.model.points._BLOCK", block):
        points = evaluate(deploy("llama-3-8b"), series, phase, Grid(*arrays))
    assert points.flops.shape == np.broadcast_shapes(*(array.shape for array in arrays))
    assert_same(points, one_by_one(series, phase, arrays))


@pytest.mark.parametrize("shape", [(3, 20_000), (40_000, 2), (7, 11, 1_000), (70_000,)])
@pytest.mark.parametrize("phase", PHASES)
def test_grids_beyond_one_block_are_complete(shape: tuple[int, ...], phase: Phase) -> None:
    """Points on both sides of a block's end are those evaluated alone."""
    generator = np.random.default_rng(0)
    batch = generator.integers(1, 1000, size=shape)
    length = generator.integers(1, 1000, size=shape[-1])
    points = evaluate(deploy("llama-3-8b"), "qkv mlp", phase, Grid(batch, length))
    edges = {0, 2**15 - 1, 2**15, 2**15 + 1, batch.size - 1, *generator.integers(0, batch.size, 20)}
    for edge in sorted(edges):
        index = np.unravel_index(edge, shape)
        grid = Grid(batch[index], length[index[-1]])
        alone = evaluate(deploy("llama-3-8b"), "qkv mlp", phase, grid)
        for field in FIELDS:
            assert_allclose(getattr(points, field)[index], getattr(alone, field), rtol=1e-13)


def test_an_empty_array_has_no_points() -> None:
    """No settings, no points, no error."""
    assert evaluate(deploy(), "qk/pv", "ar", Grid([], 128)).flops.shape == (0,)


def test_shapes_that_do_not_broadcast_are_refused() -> None:
    """As in numpy."""
    with pytest.raises(ValueError, match="shape mismatch"):
        evaluate(deploy(), "qk/pv", "ar", Grid([1, 2], [1, 2, 3]))


@pytest.mark.parametrize("shapes", [((5,), (1,)), ((1,), (5,)), ((2, 1), (1, 5)), ((5, 1), (1,))])
@pytest.mark.parametrize("phase", PHASES)
def test_blocks_of_two_keep_axes_that_broadcast(
    shapes: tuple[tuple[int, ...], tuple[int, ...]], phase: Phase
) -> None:
    """An axis of one setting is the same in every block, one of five is cut."""
    batch, length = (np.arange(1, np.prod(shape) + 1).reshape(shape) for shape in shapes)
    with mock.patch("roofline.model.points._BLOCK", 2):
        points = evaluate(deploy("llama-3-8b"), "qkv mlp", phase, Grid(batch, 128 * length))
    assert points.flops.shape == np.broadcast_shapes(*shapes)
    assert_same(points, one_by_one("qkv mlp", phase, [batch, 128 * length, np.array(1)]))


@given(st.lists(st.integers(1, 7), max_size=4), st.integers(1, 20))
def test_blocks_are_small_and_cover_every_setting_once(shape: list[int], most: int) -> None:
    """Boxes of at most so many settings, of which no two share one."""
    times = np.zeros(shape, dtype=int)
    with mock.patch("roofline.model.points._BLOCK", most):
        for block in points_module._blocks(tuple(shape)):  # noqa: SLF001  # what keeps memory small
            assert times[block].size <= most
            times[block] += 1
    assert (times == 1).all()
