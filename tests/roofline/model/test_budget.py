"""Where the work, the traffic and the time of a step go."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from deployments import BATCHES, LENGTHS, deploy
from roofline.model.budget import Quantity, budget, decode_ceiling
from roofline.model.grid import Grid
from roofline.model.operators import PHASES, Phase
from roofline.model.points import evaluate


@pytest.mark.parametrize(
    ("length", "tokens_per_second"),
    [
        # 64.63e9 byte of matrices: 1.935e12 / 64.63e9
        (0, 29.9),
        # 128 tokens of 1,597,440 byte more
        (128, 29.8),
        # 8192 tokens, 13.09e9 byte more
        (8192, 24.9),
    ],
)
def test_the_ceiling_of_decoding_one_sequence(length: int, tokens_per_second: float) -> None:
    """Every matrix but the input embedding, and the cache, once a token."""
    ceiling = decode_ceiling(deploy(), Grid(1, length))
    assert_allclose(ceiling, tokens_per_second, atol=0.05, rtol=0)


def test_the_ceiling_of_decoding_is_never_above_the_peak() -> None:
    """3,811 sequences move 80 GB a step, 24 times in a second, but their work takes 0.18 s."""
    deployment = deploy("llama-3-8b")
    ceiling = decode_ceiling(deployment, Grid([1, 3811], 128))
    step = budget(deployment, "ar", Grid([1, 3811], 128))
    moved = step.traffic("weight") + step.traffic("kv-cache")
    assert_allclose(ceiling, [1.935e12 / moved[0], 3811 * 312e12 / step.flops[1]], rtol=1e-12)
    assert_allclose(ceiling[1], 20_695, atol=0.5, rtol=0)
    assert 3811 * 1.935e12 / moved[1] > 92_000


def test_the_traffic_of_weights_and_cache() -> None:
    """65,056,276,480 - 2·6656·32000 of embedding + one row of it; 19% is cache at 9,354 tokens."""
    step = budget(deploy(), "ar", Grid(1, 9354))
    weights = 65_056_276_480 - 2 * 6656 * 32000 + 2 * 6656
    assert_allclose(step.traffic("weight"), weights, rtol=0)
    # Read once by each product; the new token's keys and values are written as well.
    cache = 1_597_440 * (9354 + 1)
    assert_allclose(step.traffic("kv-cache"), cache, rtol=1e-12)
    assert_allclose(cache / (cache + weights), 0.19, atol=0.005, rtol=0)


def test_the_work_of_one_layer_and_all_logits() -> None:
    """The count of a FLOP counter at b = 2, s = 128: 383,862,702,080 FLOP."""
    deployment = deploy(choices={"logits": "all"})
    layer = budget(deployment, "init", Grid(2, 128), layers=True)
    head = evaluate(deployment, "lm_head", "init", Grid(2, 128))
    projections = 2 * 256 * (4 * 6656**2 + 3 * 6656 * 17920)
    attention = 2 * 2 * 2 * 52 * 128**2 * 128
    assert_allclose(layer.flops, projections + attention, rtol=0)
    assert_allclose(head.flops, 2 * 256 * 6656 * 32000, rtol=0)
    assert layer.flops + head.flops == 383_862_702_080


@pytest.mark.parametrize("phase", PHASES)
def test_a_layer_is_a_share_of_the_whole(phase: Phase) -> None:
    """60 layers, then head and embedding, make the whole step."""
    whole = budget(deploy(), phase, Grid(BATCHES, 512))
    layer = budget(deploy(), phase, Grid(BATCHES, 512), layers=True)
    ends = [line for line in whole.lines if line.series in {"lm_head", "embedding"}]
    for name in ("flops", "bytes", "seconds"):
        total = 60 * getattr(layer, name) + sum(getattr(line, name) for line in ends)
        assert_allclose(getattr(whole, name), total, rtol=1e-12)
    assert {line.series for line in layer.lines}.isdisjoint(line.series for line in ends)


@given(
    st.sampled_from(PHASES),
    st.integers(1, 512),
    st.integers(1, 20_000),
    st.sampled_from(["fused", "unfused"]),
)
def test_a_budget_agrees_with_the_points(phase: Phase, b: int, s: int, attention: str) -> None:
    """Work and traffic are those of the points; time is work over what they attain."""
    deployment = deploy("llama-3-8b", choices={"attention": attention})
    step = budget(deployment, phase, Grid(b, s), layers=True)
    for line in step.lines:
        point = evaluate(deployment, line.series, phase, Grid(b, s))
        assert_allclose(line.flops, point.flops, rtol=1e-12)
        assert_allclose(line.bytes, point.bytes, rtol=1e-12)
        assert_allclose(line.seconds * point.attainable, point.flops, rtol=1e-12)
        assert_allclose(sum(line.traffic.values()), line.bytes, rtol=1e-12)


def test_a_budget_has_the_shape_of_its_settings() -> None:
    """Every array is the broadcast of batch and length, whatever it depends on."""
    step = budget(deploy(), "ar", Grid(np.array(BATCHES)[:, None], np.array(LENGTHS)))
    for line in step.lines:
        assert line.flops.shape == line.bytes.shape == line.seconds.shape == (7, 7)
        assert all(moved.shape == (7, 7) for moved in line.traffic.values())
    assert step.seconds.shape == step.traffic("kv-cache").shape == (7, 7)
    assert decode_ceiling(deploy(), Grid([[1], [2]], [0, 1, 2])).shape == (2, 3)


def test_series_that_take_no_part_are_left_out_wherever_they_stand() -> None:
    """Head and embedding are in no layer, first in the table or last."""
    deployment = deploy()
    table = deployment.operators
    turned = table.model_copy(update={"series": dict(reversed(table.series.items()))})
    other = dataclasses.replace(deployment, operators=turned)
    lines = budget(deployment, "ar", Grid(1, 128), layers=True).lines
    turned_lines = budget(other, "ar", Grid(1, 128), layers=True).lines
    assert len(lines) == 4
    assert [line.series for line in turned_lines] == [line.series for line in reversed(lines)]


def test_shares_are_of_the_whole_step_over_all_settings() -> None:
    """Of the traffic at batch 1 and 64 together; what has no work has no share of it."""
    step = budget(deploy(), "ar", Grid([1, 64], 128))
    assert step.phase == "ar"
    names: tuple[Quantity, ...] = ("flops", "bytes", "seconds")
    for name in names:
        assert_allclose(sum(step.share(name, line) for line in step.lines), 1, rtol=1e-12)
    by_series = {line.series: line for line in step.lines}
    attention = by_series["qk/pv"]
    expected = attention.bytes.sum() / step.bytes.sum()
    assert_allclose(step.share("bytes", attention), expected, rtol=1e-12)
    embedding = by_series["embedding"]
    assert step.share("flops", embedding) == 0
    alone = dataclasses.replace(step, lines=(embedding,))
    assert alone.share("flops", embedding) == 0
    assert alone.share("bytes", embedding) == 1


def test_kinds_that_are_not_moved_have_no_traffic() -> None:
    """In the shape of the settings."""
    fused = budget(deploy(choices={"attention": "fused"}), "ar", Grid([1, 2, 3], 128))
    assert fused.traffic("scores").tolist() == [0, 0, 0]


def test_the_largest_settings_do_not_overflow() -> None:
    """A billion sequences of a billion tokens: more work than an integer holds."""
    step = budget(deploy(), "init", Grid(10**9, 10**9))
    attention = 60 * 2 * 2 * 1e9 * 52 * 1e9 * 1e9 * 128
    assert_allclose(step.flops, attention, rtol=1e-3)


def test_a_step_has_its_own_ceiling() -> None:
    """The batch over the longer of moving weights and cache, and of computing."""
    grid = Grid([1, 64], 128)
    step = budget(deploy(), "ar", grid)
    moved = step.traffic("weight") + step.traffic("kv-cache")
    slowest = np.maximum(moved / 1.935e12, step.flops / 312e12)
    assert_allclose(step.tokens_per_second, [1, 64] / slowest, rtol=1e-12)
    assert_allclose(decode_ceiling(deploy(), grid), step.tokens_per_second, rtol=0)
