"""Hand-worked points: the reference grid, crossings, candidates, fusing, grouping, widths."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from deployments import BATCHES, LENGTHS, deploy, with_ceilings
from roofline.model.deployment import Deployment
from roofline.model.expression import Expression
from roofline.model.grid import Grid
from roofline.model.operators import Phase
from roofline.model.points import evaluate, kernels, products
from roofline.model.roof import Roof

GRID = (np.array(BATCHES)[:, None], np.array(LENGTHS)[None, :])


def smallest(reaches: Callable[[int], bool], most: int = 100_000) -> int:
    """Smallest integer from 1 on that reaches something that larger ones keep."""
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def compute_bound(deployment: Deployment, series: str, phase: Phase, b: int, s: int) -> bool:
    """Whether one point is compute-bound."""
    return evaluate(deployment, series, phase, Grid(b, s)).point().bound == "compute"


@pytest.mark.parametrize(
    ("series", "phase", "least", "most"),
    [
        # 1/(1/bs + 2/h): 1/(1/128 + 2/6656) = 123.26, 1/(1/524288 + 2/6656) = 3307.0
        ("qkv mlp", "init", 123.3, 3307),
        # 1/(1/bs + 1/h + 1/i): 1/(1/128 + 1/6656 + 1/17920) = 124.7
        ("up/gate/down", "init", 124.7, 4809),
        # 1/(2/s + 1/d): 1/(2/128 + 1/128) = 42.67, 1/(2/8192 + 1/128) = 124.1
        ("qk/pv", "init", 42.7, 124.1),
        # 1/(1/b + 2/h): 1/(1 + 2/6656) = 0.9997, 1/(1/64 + 2/6656) = 62.79
        ("qkv mlp", "ar", 1.000, 62.8),
        # 1/(1/b + 1/h + 1/i): 1/(1/64 + 1/6656 + 1/17920) = 63.17
        ("up/gate/down", "ar", 1.000, 63.2),
        # 1/(1 + 1/s + 1/d): 1/(1 + 2/128) = 0.9846, 1/(1 + 1/8192 + 1/128) = 0.9921
        ("qk/pv", "ar", 0.985, 0.992),
    ],
)
def test_intensities_of_the_reference_grid(
    series: str, phase: Phase, least: float, most: float
) -> None:
    """The six ranges over the 49 settings, to the digits published."""
    intensity = evaluate(deploy(), series, phase, Grid(*GRID)).intensity
    assert intensity.shape == (7, 7)
    assert_allclose([intensity.min(), intensity.max()], [least, most], rtol=1e-3)


def test_intensities_follow_the_law_exactly() -> None:
    """The formulas of the table, evaluated beside the model at every setting."""
    b, s = GRID
    h, i, d = 6656, 17920, 128
    formulas: dict[tuple[str, Phase], NDArray[np.float64]] = {
        ("qkv mlp", "init"): 1 / (1 / (b * s) + 2 / h),
        ("up/gate/down", "init"): 1 / (1 / (b * s) + 1 / h + 1 / i),
        ("qk/pv", "init"): 1 / (2 / s + 1 / d) + 0 * b,
        ("qkv mlp", "ar"): 1 / (1 / b + 2 / h) + 0 * s,
        ("up/gate/down", "ar"): 1 / (1 / b + 1 / h + 1 / i) + 0 * s,
        ("qk/pv", "ar"): 1 / (1 + 1 / s + 1 / d) + 0 * b,
    }
    for (series, phase), expected in formulas.items():
        intensity = evaluate(deploy(), series, phase, Grid(b, s)).intensity
        assert_allclose(intensity, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("series", "crossing"),
    [
        # 1/b = 1/161.24 - 2/6656, b = 169.5
        ("qkv mlp", 170),
        # 1/b = 1/161.24 - 1/6656 - 1/17920, b = 166.8
        ("up/gate/down", 167),
    ],
)
def test_the_batch_at_which_decode_projections_reach_the_ridge(series: str, crossing: int) -> None:
    """The smallest integer batch that is compute-bound, beyond the chart's 64."""
    deployment = deploy()
    assert smallest(lambda b: compute_bound(deployment, series, "ar", b, 128)) == crossing


def test_unfused_prefill_attention_is_never_compute_bound() -> None:
    """Its intensity stays below the head dimension, 128, and the ridge is at 161.24."""
    points = evaluate(deploy(), "qk/pv", "init", Grid(64, [128, 10**6, 10**9]))
    assert points.bound_by("memory").all()
    assert not points.bound_by("compute").any()
    assert points.intensity.max() < 128


def test_fused_prefill_attention_reaches_half_the_length() -> None:
    """4 s² d / (2 · 4 s d) = s/2, which passes 161.24 at s = 322.5."""
    deployment = deploy(choices={"attention": "fused"})
    points = evaluate(deployment, "qk/pv", "init", Grid(4, LENGTHS))
    assert_allclose(points.intensity, np.array(LENGTHS) / 2, rtol=1e-12)
    assert smallest(lambda s: compute_bound(deployment, "qk/pv", "init", 1, s)) == 323


def test_fused_decode_attention_stays_below_one() -> None:
    """4 s d / (2 (2 d + 2 s d)) = s / (1 + s), at any batch."""
    deployment = deploy(choices={"attention": "fused"})
    intensity = evaluate(deployment, "qk/pv", "ar", Grid(*GRID)).intensity
    s = np.array(LENGTHS)
    assert_allclose(intensity, np.broadcast_to(s / (1 + s), (7, 7)), rtol=1e-12)
    assert (intensity < 1).all()


def test_fused_attention_moves_no_scores() -> None:
    """Fused, neither product stores or reads the score matrix."""
    fused = deploy(choices={"attention": "fused"})
    for phase in ("init", "ar"):
        rows = fused.series_rows("qk/pv", phase)
        assert [row.launch for row in rows] == ["qk+pv", "qk+pv"]
        kept = products(fused, rows, phase, Grid(4.0, 512.0))
        assert not any("scores" in product.traffic for product in kept)


def test_candidates_raise_the_intensity_of_decode_attention() -> None:
    """64·1024·128 / (64·128 + 1024·128 + 64·1024) = 40.96 over 0.9913: 41.3 times."""
    points = evaluate(deploy(), "qk/pv", "ar", Grid(16, 1024, [1, 64]))
    assert_allclose(points.intensity, [131072 / 132224, 8388608 / 204800], rtol=1e-12)
    assert_allclose(points.intensity[1] / points.intensity[0], 41.3, rtol=1e-3)


@pytest.mark.parametrize(("model", "g", "kv"), [("llama-2-70b", 8, 8), ("llama-3-8b", 4, 8)])
def test_grouping_divides_the_count_and_multiplies_the_rows(model: str, g: int, kv: int) -> None:
    """Heads that share keys and values are one product with g times the rows."""
    deployment = deploy(model)
    rows = deployment.series_rows("qk/pv", "ar")
    qk, pv = products(deployment, rows, "ar", Grid(16.0, 1024.0))
    assert (qk.count, qk.m, qk.n, qk.k) == (16 * kv, g, 1024, 128)
    assert (pv.count, pv.m, pv.n, pv.k) == (16 * kv, g, 128, 1024)
    # The cache is read once a group: 2 · 16 · 8 · 1024 · 128 elements of 2 byte.
    traffic = qk.traffic["kv-cache"] + pv.traffic["kv-cache"]
    assert_allclose(traffic, 2 * 16 * kv * 1024 * 128 * 2, rtol=0)
    # g · 1024 · 128 / (g · 128 + 1024 · 128 + g · 1024)
    expected = g * 1024 * 128 / (g * 128 + 1024 * 128 + g * 1024)
    intensity = evaluate(deployment, "qk/pv", "ar", Grid(16, 1024)).intensity
    assert_allclose(intensity, expected, rtol=1e-12)


def test_weights_of_4_bits_at_batch_16_do_what_fp16_does_at_64() -> None:
    """2/(2/n + 0.5/16 + 2/k) is 2/(2/n + 2/64 + 2/k)."""
    narrow = deploy(storage={"weight": 0.5})
    for series in ("qkv mlp", "up/gate/down"):
        few = evaluate(narrow, series, "ar", Grid(16, 128))
        many = evaluate(deploy(), series, "ar", Grid(64, 128))
        assert_allclose(few.intensity, many.intensity, rtol=1e-12)
        assert_allclose(few.attainable, many.attainable, rtol=1e-12)


def test_unequal_kernels_attain_their_work_over_the_sum_of_their_times() -> None:
    """With grouping, the query projection passes the ridge before keys and values do."""
    deployment = deploy("llama-3-8b")
    roof: Roof = deployment.roof
    b = 180.0
    # q: 2·b·4096·4096 FLOP, 2·(b·4096 + 4096² + b·4096) byte; k and v have n = 1024.
    flops = np.array([2 * b * 4096 * n for n in (4096, 1024, 1024)])
    moved = np.array([2 * (b * 4096 + 4096 * n + b * n) for n in (4096, 1024, 1024)])
    bound = flops / moved >= roof.ridge
    assert bound.tolist() == [True, False, False]
    seconds = np.maximum(flops / roof.peak, moved / roof.bandwidth).sum()
    points = evaluate(deployment, "qkv mlp", "ar", Grid(b, 128))
    assert_allclose(points.attainable, flops.sum() / seconds, rtol=1e-12)
    assert points.attainable < roof.attainable(points.intensity)


def test_fused_projections_read_their_input_once() -> None:
    """Three rows of one kernel: 3 inputs become 1, so b·h·2·2 byte less."""
    b = 32
    fused = deploy(choices={"projections": "fused"})
    apart, together = (
        evaluate(deployment, "qkv mlp", "ar", Grid(b, 128)) for deployment in (deploy(), fused)
    )
    assert_allclose(apart.flops, together.flops, rtol=0)
    assert_allclose(apart.bytes - together.bytes, 2 * b * 6656 * 2, rtol=1e-12)
    assert {row.launch for row in fused.series_rows("qkv mlp", "ar")} == {"q+k+v"}


def test_the_gate_matrix_is_there() -> None:
    """Up, gate and down: 3 · 2 · 128 · 6656 · 17920 FLOP at one sequence of 128 tokens."""
    points = evaluate(deploy(), "up/gate/down", "init", Grid(1, 128))
    assert_allclose(points.flops, 3 * 2 * 128 * 6656 * 17920, rtol=0)


def test_the_output_head_counts_a_multiply_add_as_two() -> None:
    """One position: 2 · 6656 · 32000 FLOP; all 128 with the choice `logits: all`."""
    last = evaluate(deploy(), "lm_head", "init", Grid(1, 128))
    assert_allclose(last.flops, 2 * 6656 * 32000, rtol=0)
    every = evaluate(deploy(choices={"logits": "all"}), "lm_head", "init", Grid(1, 128))
    assert_allclose(every.flops, 2 * 128 * 6656 * 32000, rtol=0)


def test_the_embedding_moves_bytes_without_work() -> None:
    """One row read and written per token: 2 · 6656 · 2 byte."""
    points = evaluate(deploy(), "embedding", "ar", Grid(8, 128))
    assert_allclose(points.bytes, 8 * 2 * 6656 * 2, rtol=0)
    assert points.flops == points.intensity == points.attainable == 0


def test_length_counts_in_decode_attention() -> None:
    """Twice the context reads twice the cache."""
    points = evaluate(deploy(), "qk/pv", "ar", Grid(1, [1024, 2048]))
    assert_allclose(points.flops[1] / points.flops[0], 2, rtol=0)


@pytest.mark.parametrize("bad", [0, -1, float("nan"), float("inf"), [1, 0]])
def test_settings_below_one_or_not_finite_are_refused(bad: object) -> None:
    """No setting makes a division by zero or a point that is not a number."""
    for name in ("batch", "length", "candidates"):
        settings = {"batch": 1, "length": 1, "candidates": 1, name: bad}
        with pytest.raises(ValueError) as error:
            evaluate(deploy(), "qkv mlp", "ar", Grid(**settings))  # type: ignore[arg-type]  # on purpose
        assert str(error.value) == f"{name}: expected finite numbers of at least 1"


def test_an_unknown_series_is_refused() -> None:
    """A series is asked for by its label."""
    with pytest.raises(KeyError, match="qk-pv"):
        evaluate(deploy(), "qk-pv", "ar", Grid(1, 1))


def test_without_candidates_a_step_has_one_token_for_each_sequence() -> None:
    """The default is one: decode attention has m = 1, 1/(1 + 1/1024 + 1/128)."""
    alone, given = (evaluate(deploy(), "qk/pv", "ar", grid) for grid in
                    (Grid(16, 1024), Grid(16, 1024, 1)))  # fmt: skip
    assert alone.intensity == given.intensity
    assert_allclose(alone.intensity, 131072 / 132224, rtol=1e-12)


def test_a_point_exactly_on_the_ridge_is_compute_bound() -> None:
    """A card whose ridge is the intensity of decode attention: 131072 / 132224."""
    deployment = deploy()
    point = evaluate(deployment, "qk/pv", "ar", Grid(1, 1024)).point()
    for factor, bound in ((1.0, "compute"), (1.0 + 1e-15, "memory"), (1.0 - 1e-15, "compute")):
        on_ridge = with_ceilings(deployment, peak=factor * point.intensity, bandwidth=1.0)
        assert evaluate(on_ridge, "qk/pv", "ar", Grid(1, 1024)).point().bound == bound


def test_one_setting_is_read_in_plain_numbers() -> None:
    """By its place in the arrays, and without one where there is a single setting."""
    points = evaluate(deploy(), "qkv mlp", "init", Grid(*GRID))
    point = points.point((6, 0))
    alone = evaluate(deploy(), "qkv mlp", "init", Grid(64, 128)).point()
    assert point == alone
    # 3 · 2 · 64 · 128 · 6656² FLOP and 3 · 2 · (2 · 8192 · 6656 + 6656²) byte
    assert point.flops == 3 * 2 * 64 * 128 * 6656**2
    assert point.bytes == 3 * 2 * (2 * 8192 * 6656 + 6656**2)
    assert point.intensity == point.flops / point.bytes
    assert (point.attainable, point.bound) == (312e12, "compute")
    assert type(point.flops) is type(point.attainable) is float


def test_the_limit_of_a_product_is_its_least_reuse_at_every_setting() -> None:
    """Decode projections: min(2n/2, 2m/2, 2k/2) is the batch until it exceeds 6,656."""
    batches = np.array([1.0, 64.0, 6656.0, 1e5])
    (query, *_) = products(
        deploy(), deploy().series_rows("qkv mlp", "ar"), "ar", Grid(batches, 128.0)
    )
    assert_allclose(query.most_intensity, [1, 64, 6656, 6656], rtol=0)
    narrow = deploy(storage={"weight": 0.5, "activation": 4})
    (query, *_) = products(narrow, narrow.series_rows("qkv mlp", "ar"), "ar", Grid(batches, 128.0))
    # 2 · b / 0.5, until 2 · 6656 / 4
    assert_allclose(query.most_intensity, [4, 256, 3328, 3328], rtol=0)


def test_an_operand_on_chip_sets_no_limit() -> None:
    """Fused, scores have no bytes: queries are reused s times, keys once, in decode."""
    fused = deploy(choices={"attention": "fused"})
    qk, pv = products(fused, fused.series_rows("qk/pv", "ar"), "ar", Grid(1.0, 1024.0))
    # qk: queries (a) n = 1024 times, keys (b) m = 1 time; pv: values (b), results (c) k = 1024
    assert [(r.operand, r.dimension, r.size, r.width) for r in qk.reuses] == [
        ("a", "n", 1024, 2),
        ("b", "m", 1, 2),
    ]
    assert [(r.operand, r.dimension, r.size) for r in pv.reuses] == [
        ("b", "m", 1),
        ("c", "k", 1024),
    ]
    assert [float(r.per_byte) for r in qk.reuses] == [512, 0.5]
    assert qk.most_intensity == pv.most_intensity == 1


def test_rows_of_one_kernel_are_added_up() -> None:
    """Up and gate share a launch, down has its own."""
    fused = deploy(choices={"projections": "fused"})
    rows = fused.series_rows("up/gate/down", "ar")
    up, gate, down = products(fused, rows, "ar", Grid(8.0, 128.0))
    sums = kernels((up, gate, down))
    assert [*sums] == ["up+gate", "down"]
    assert sums["up+gate"] == (up.flops + gate.flops, up.bytes + gate.bytes)
    assert sums["down"] == (down.flops, down.bytes)


def test_two_unequal_kernels_attain_less_than_their_sum_seems_to() -> None:
    """Fused, up and gate share an input, so that they cross the ridge before down does.

    1/(1/b + 1/h + 1/2i) is 161.24 at b = 166.0, 1/(1/b + 1/h + 1/i) at 166.8.
    """
    deployment = deploy(choices={"projections": "fused"})
    b, h, i = 166.4, 6656, 17920
    flops = np.array([4 * b * h * i, 2 * b * h * i])
    moved = np.array([2 * (b * h + 2 * h * i + 2 * b * i), 2 * (b * i + h * i + b * h)])
    roof = deployment.roof
    assert (flops / moved >= roof.ridge).tolist() == [True, False]
    seconds = np.maximum(flops / roof.peak, moved / roof.bandwidth).sum()
    point = evaluate(deployment, "up/gate/down", "ar", Grid(b, 128)).point()
    assert_allclose(point.attainable, flops.sum() / seconds, rtol=1e-12)
    assert point.attainable < (1 - 1e-4) * roof.attainable(point.intensity)


def test_a_computed_share_counts_in_work_and_limit() -> None:
    """A causal mask leaves (s + 1) / 2s of the products, whose operands move all the same."""
    (row, _) = deploy().series_rows("qk/pv", "init")
    masked = row.model_copy(update={"fill": Expression("(s + 1) / (2 * s)")})
    whole, part = products(deploy(), (row, masked), "init", Grid(2, [127, 1023]))
    share = np.array([128 / 254, 1024 / 2046])
    assert_allclose(part.flops, share * whole.flops, rtol=1e-12)
    assert_allclose(part.most_intensity, share * whole.most_intensity, rtol=1e-12)
    assert_allclose(part.bytes, whole.bytes, rtol=0)
