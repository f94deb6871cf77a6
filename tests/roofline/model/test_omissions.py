"""What the model leaves out, worked out by hand for the flagship."""

import pytest

from deployments import deploy
from roofline.model.budget import budget
from roofline.model.elementwise import NAMES
from roofline.model.grid import Grid
from roofline.model.omissions import (
    elementwise_records,
    gathers,
    launch_seconds,
    launches,
    norm_parameters,
    omitted,
    overlapped_seconds,
    useful_fill,
)

L, H, I, A, D = 60, 6656, 17920, 52, 128


def test_prefill_kernels_at_two_sequences_of_128_tokens() -> None:
    """256 tokens, 2 byte an element, 60 layers."""
    moved = {kind.name: kind.bytes for kind in omitted(deploy(), "init", 2, 128)}
    tokens = 256
    assert moved == {
        "softmax": 2 * 2 * A * 128 * 128 * 2 * L,  # read and written, for each of 2 sequences
        "rotary embedding": 2 * tokens * (2 * A * D) * 2 * L,
        "activation function": 3 * tokens * I * 2 * L,
        "norms": 2 * tokens * H * 2 * (2 * L + 1),  # and one before the output head
        "residuals": 6 * tokens * H * 2 * L,
    }


def test_decode_softmax_has_one_query_for_each_sequence() -> None:
    """The scores are read and written: 2 · 3 · 52 · 1024 elements in each layer."""
    moved = {kind.name: kind.bytes for kind in omitted(deploy(), "ar", 3, 1024)}
    assert moved["softmax"] == 2 * 3 * A * 1024 * 2 * L


def test_fused_attention_has_no_softmax_kernel() -> None:
    fused = deploy(choices={"attention": "fused"})
    moved = {kind.name: kind.bytes for kind in omitted(fused, "ar", 1, 128)}
    assert moved["softmax"] == 0
    assert moved["norms"] == 2 * H * 2 * (2 * L + 1)


def test_time_and_share_follow_from_the_bytes() -> None:
    """At 1.935 TB/s, against the minimum time that is counted."""
    deployment = deploy()
    counted = float(budget(deployment, "ar", Grid(1, 128)).seconds)
    for kind in omitted(deployment, "ar", 1, 128):
        assert kind.seconds == pytest.approx(kind.bytes / 1.935e12)
        assert kind.share == pytest.approx(kind.bytes / 1.935e12 / counted)


def test_a_causal_mask_leaves_the_diagonal_and_what_is_below() -> None:
    """Of 3 by 3 scores, 1 + 2 + 3 = 6 are useful."""
    assert useful_fill(3) == 6 / 9
    assert useful_fill(1) == 1


def test_norm_vectors() -> None:
    """Two in each of 60 layers, and one: 121 · 6656 = 805,376."""
    assert norm_parameters(deploy()) == 805_376


def test_one_launch_of_a_step_is_a_gather() -> None:
    """The input embedding; the other 541 of a decode step are matrix products."""
    assert gathers(deploy(), "ar") == gathers(deploy(), "init") == 1


def test_launches_of_a_step() -> None:
    """In each layer q, k, v, up, gate, down, qk, pv and o: 60 · 9, then head and embedding."""
    assert launches(deploy(), "ar") == 60 * 9 + 2
    fused = deploy(choices={"attention": "fused", "projections": "fused"})
    assert launches(fused, "init") == 60 * (1 + 2 + 1 + 1) + 2


def test_an_overhead_is_paid_at_every_launch() -> None:
    """542 launches of 2 µs each."""
    assert launch_seconds(deploy(), "ar", 2e-6) == pytest.approx(542 * 2e-6)


def test_records_end_with_their_sum() -> None:
    *parts, total = elementwise_records(deploy(), "init", 2, 128)
    assert [part["name"] for part in parts] == [*NAMES]
    assert total["name"] == "sum"
    for name in ("bytes", "seconds", "share"):
        assert total[name] == pytest.approx(sum(float(part[name]) for part in parts))


def test_overlap_takes_the_longer_of_the_sums() -> None:
    deployment = deploy()
    step = budget(deployment, "init", Grid(1, 2048))
    longer = max(float(step.flops) / 312e12, float(step.bytes) / 1.935e12)
    assert overlapped_seconds(deployment, step) == pytest.approx(longer)
    assert overlapped_seconds(deployment, step) <= float(step.seconds)
