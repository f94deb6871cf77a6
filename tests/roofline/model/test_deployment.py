"""A transformer on an accelerator: parameters, symbols and widths."""

import numpy as np
import pytest

from deployments import deploy
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid


def test_parameters_of_llama_33b() -> None:
    """60·(4·6656² + 3·6656·17920) + 2·32000·6656 = 32,528,138,240."""
    assert deploy().weights() == 60 * (4 * 6656**2 + 3 * 6656 * 17920) + 2 * 32000 * 6656
    assert deploy().weights() == 32_528_138_240


def test_parameters_of_a_grouped_model() -> None:
    """Llama 3 8B: 32·(2·4096² + 2·4096·1024 + 3·4096·14336) + 2·128256·4096 = 8.03e9."""
    expected = 32 * (2 * 4096**2 + 2 * 4096 * 1024 + 3 * 4096 * 14336) + 2 * 128256 * 4096
    assert deploy("llama-3-8b").weights() == expected


def test_fused_projections_hold_the_same_parameters() -> None:
    """An input that stays on-chip does not take the weights with it."""
    choices = {"projections": "fused", "attention": "fused", "logits": "all"}
    assert deploy(choices=choices).weights() == 32_528_138_240


def test_a_tied_embedding_is_counted_once() -> None:
    """Tied, the head is the embedding: 32000 · 6656 parameters fewer."""
    untied = deploy()
    quoted = untied.transformer.tied_embeddings.model_copy(update={"value": True})
    tied = Deployment(
        transformer=untied.transformer.model_copy(update={"tied_embeddings": quoted}),
        accelerator=untied.accelerator,
        dtype="fp16",
    )
    assert untied.weights() - tied.weights() == 32000 * 6656


def test_the_dtype_chooses_peak_and_widths() -> None:
    """int8 on the A100: 624e12 operations per second, one byte per element."""
    narrow = deploy(dtype="int8", storage={"activation": 2})
    assert narrow.roof.peak == 624e12
    assert narrow.element_bytes == {
        "weight": 1,
        "activation": 2,
        "kv-cache": 1,
        "scores": 1,
        "on-chip": 0,
    }


def test_derived_symbols_differ_by_phase() -> None:
    """Prefill processes b·s tokens, decode b·q; grouping is a over a_kv."""
    deployment = deploy("llama-2-70b")
    prefill = deployment.symbols("init", Grid(4, 512, 3))
    decode = deployment.symbols("ar", Grid(4, 512, 3))
    assert (prefill["t"], prefill["u"], prefill["o"]) == (2048, 512, 1)
    assert (decode["t"], decode["u"], decode["o"]) == (12, 3, 3)
    assert prefill["g"] == decode["g"] == 8


def test_an_unknown_series_is_refused() -> None:
    """Rows are asked for by the series' label."""
    with pytest.raises(KeyError, match="qkv-mlp"):
        deploy().series_rows("qkv-mlp", "ar")


def test_one_option_is_asked_for_by_the_choice_s_name() -> None:
    """Made, or by default."""
    deployment = deploy(choices={"attention": "fused"})
    assert deployment.choice("attention") == "fused"
    assert deployment.choice("projections") == "separate"
    with pytest.raises(KeyError):
        deployment.choice("colour")


def test_a_variant_changes_one_thing_and_is_made_once() -> None:
    """Attention, the bytes of an operand, or the key and value heads; the rest stays."""
    deployment = deploy(choices={"logits": "all"}, storage={"scores": 4})
    fused = deployment.with_attention()
    assert fused.choices == {"logits": "all", "attention": "fused"}
    assert fused is deployment.with_attention("fused") is deployment.with_choices(attention="fused")
    narrow = deployment.with_storage("weight", 0.5)
    assert narrow.storage == {"scores": 4, "weight": 0.5}
    assert narrow is deployment.with_storage("weight", 0.5)
    grouped = deployment.with_kv_heads(13)
    assert grouped.transformer.kv_heads.value == 13
    assert grouped is deployment.with_kv_heads(13)
    for variant in (fused, narrow, grouped):
        assert variant.accelerator is deployment.accelerator
        assert (variant.dtype, variant.choice("logits")) == ("fp16", "all")
    assert deployment.transformer.kv_heads.value == 52


def test_a_variant_that_changes_nothing_is_the_deployment_itself() -> None:
    """Whether an option was made or holds by default."""
    deployment = deploy(choices={"attention": "fused"})
    assert deployment.with_attention() is deployment
    assert deployment.with_choices(projections="separate", attention="fused") is deployment
    assert deployment.with_storage("weight", 2) is deployment
    assert deployment.with_kv_heads(52) is deployment
    with pytest.raises(KeyError):
        deployment.with_choices(colour="blue")


def test_families_are_those_of_the_charted_series() -> None:
    """The output projection and the head are projections, too, but not charted."""
    deployment = deploy()
    assert deployment.family("projections") == ("qkv mlp", "up/gate/down")
    assert deployment.family("attention") == ("qk/pv",)
    assert deployment.family("gathers") == deployment.family("experts") == ()


def test_keys_and_values_of_one_token() -> None:
    """2 · 60 layers · 52 heads · 128."""
    assert deploy().kv_elements_per_token() == 2 * 60 * 52 * 128
    assert deploy("llama-3-8b").kv_elements_per_token() == 2 * 32 * 8 * 128


def test_rows_are_grouped_by_the_kernel_that_they_share() -> None:
    fused = deploy(choices={"projections": "fused"})
    names = {
        name: [row.name for row in rows]
        for name, rows in fused.kernels("up/gate/down", "ar").items()
    }
    assert names == {"up+gate": ["up", "gate"], "down": ["down"]}
    assert [*deploy().kernels("qk/pv", "init")] == ["qk", "pv"]
    with pytest.raises(KeyError):
        deploy().kernels("qk", "ar")


def test_symbols_are_floats_in_the_shapes_of_the_grid() -> None:
    """A billion by a billion is no integer of 64 bits once it is multiplied further."""
    symbols = deploy().symbols("init", Grid([[10**9], [1]], [10**9, 1]))
    assert np.shape(symbols["b"]) == (2, 1)
    assert np.shape(symbols["t"]) == (2, 2)
    assert np.asarray(symbols["b"]).dtype == np.asarray(symbols["t"]).dtype == np.float64
