"""Explanations: verdicts, kernels and the sum."""

import pytest
from numpy.testing import assert_allclose

from roofline.model.grid import Grid
from roofline.model.operators import PHASES, Phase, load_operators
from roofline.model.points import evaluate
from roofline.study.explain import explain
from roofline.study.study import load_study
from studies import small_study


def test_a_memory_bound_verdict_names_the_ridge_and_the_share_of_peak() -> None:
    """1/(1 + 1/1024 + 1/128) = 0.991; × 1.935 = 1.92 TFLOP/s of 312, 0.615%."""
    explanation = explain(load_study(), "qk/pv", "ar", 16, 1024)
    assert explanation.label == "qk/pv ar"
    assert explanation.verdict == (
        "memory-bound: 0.991 FLOP/Byte is below the ridge at 161.2 FLOP/Byte; "
        "attainable 1.92 TFLOP/s, 0.615% of peak"
    )
    assert_allclose(explanation.fraction_of_peak, explanation.total.attainable / 312e12, rtol=1e-15)


def test_a_compute_bound_verdict_says_that_the_ridge_is_reached() -> None:
    """1/(1/4096 + 2/6656) = 4096 · 6656 / 14848 = 1836 FLOP/Byte."""
    explanation = explain(load_study(), "qkv mlp", "init", 8, 512)
    assert explanation.verdict == (
        "compute-bound: 1,836 FLOP/Byte reaches the ridge at 161.2 FLOP/Byte; "
        "attainable 312 TFLOP/s, 100% of peak"
    )


def test_a_series_without_work_says_so() -> None:
    """8 rows of 6656 elements, 2 byte each, read and written: 213 kB."""
    explanation = explain(load_study(), "embedding", "ar", 8, 128)
    assert (
        explanation.total.intensity == explanation.total.attainable == explanation.total.flops == 0
    )
    assert explanation.total.bytes == 8 * 6656 * 2 * 2
    assert explanation.verdict == (
        "memory-bound: it moves 213 kB without arithmetic, so its intensity is 0"
    )
    assert not explanation.per_layer


@pytest.mark.parametrize("series", [*load_operators().series])
@pytest.mark.parametrize("phase", PHASES)
def test_the_sum_is_the_point_of_the_chart(series: str, phase: Phase) -> None:
    """Off the grid as well; kernels add up to it."""
    study = small_study(choices={"projections": "fused"})
    explanation = explain(study, series, phase, 3, 777)
    point = evaluate(study.deployment, series, phase, Grid(3, 777))
    for name in ("flops", "bytes", "intensity", "attainable"):
        assert_allclose(getattr(explanation.total, name), getattr(point, name), rtol=1e-15)
    assert_allclose(
        sum(share.flops for share in explanation.kernels), explanation.total.flops, rtol=1e-15
    )
    assert_allclose(
        sum(share.bytes for share in explanation.kernels), explanation.total.bytes, rtol=1e-15
    )
    assert explanation.total.name == "+".join(share.name for share in explanation.kernels)


def test_unequal_kernels_are_named_in_the_sum() -> None:
    """At b = 1, h 4096: q has 2 · 4096² FLOP, k and v a quarter (8 of 32 heads)."""
    explanation = explain(small_study(), "qkv mlp", "ar", 1, 512)
    assert explanation.total.formula.text == "(W_q + W_k + W_v) / (Q_q + Q_k + Q_v)"
    assert explanation.total.formula.tex == (
        r"\frac{W_{\text{q}} + W_{\text{k}} + W_{\text{v}}}"
        r"{Q_{\text{q}} + Q_{\text{k}} + Q_{\text{v}}}"
    )
    # bytes: 2 (4096 + 4096² + 4096) and 2 (4096 + 4096 · 1024 + 1024)
    assert explanation.total.formula.values_text == (
        "(33554432 + 8388608 + 8388608) / (33570816 + 8398848 + 8398848)"
    )


def test_names_of_fused_kernels_stay_in_one_piece() -> None:
    """`W_up+gate` would read as a sum."""
    study = small_study(choices={"projections": "fused"})
    explanation = explain(study, "up/gate/down", "ar", 1, 512)
    assert explanation.total.formula.text == "(W_(up+gate) + W_down) / (Q_(up+gate) + Q_down)"


def test_fractions_of_a_byte_are_not_lost() -> None:
    """5 heads' worth of odd sizes: the sum shows the model's own numbers."""
    explanation = explain(small_study(storage={"weight": 0.3}), "qkv mlp", "ar", 1, 512)
    for share in explanation.kernels:
        shown = repr(share.bytes).removesuffix(".0")
        assert shown in explanation.total.formula.values_text


def test_rows_have_their_sizes_in_symbols_and_values() -> None:
    """B · a_kv products of g rows: 16 · 8 products of 4 rows."""
    explanation = explain(small_study(), "qk/pv", "ar", 16, 1024)
    row = explanation.rows[0]
    assert (row.count[0].text, row.count[1]) == ("b * a_kv", 128)
    assert (row.m[0].text, row.m[1]) == ("a / a_kv", 4)
    assert (row.n[0].text, row.n[1]) == ("s", 1024)
    assert (row.k[0].text, row.k[1]) == ("d", 128)


def test_a_setting_that_does_not_fit_is_marked() -> None:
    """65.06 GB of weights leave 14.94 GB; 64 · 8192 tokens of 1.6 MB take 838 GB."""
    assert explain(load_study(), "qk/pv", "ar", 1, 128).fits
    assert not explain(load_study(), "qk/pv", "ar", 64, 8192).fits


@pytest.mark.parametrize(
    ("phase", "candidates", "asked", "matter"),
    [
        ("ar", [1], 1, False),
        ("ar", [1], 8, True),
        ("ar", [1, 8], 1, True),
        ("init", [1, 8], 1, False),
    ],
)
def test_candidates_belong_to_the_setting_where_they_matter(
    phase: Phase, candidates: list[int], asked: int, *, matter: bool
) -> None:
    """In decode, if the study has them or they are asked for."""
    study = small_study(candidates=candidates)
    assert explain(study, "qk/pv", phase, 1, 512, asked).candidates_matter == matter


def test_an_unknown_series_is_a_key_error() -> None:
    """As everywhere in the model."""
    with pytest.raises(KeyError, match="qk-pv"):
        explain(load_study(), "qk-pv", "ar", 1, 1)
