"""A transformer on an accelerator: parameters, symbols and widths."""

import pytest

from deployments import deploy
from roofline.model.deployment import Deployment


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
    prefill = deployment.symbols("init", 4.0, 512.0, 3.0)
    decode = deployment.symbols("ar", 4.0, 512.0, 3.0)
    assert (prefill["t"], prefill["u"], prefill["o"]) == (2048, 512, 1)
    assert (decode["t"], decode["u"], decode["o"]) == (12, 3, 3)
    assert prefill["g"] == decode["g"] == 8


def test_an_unknown_series_is_refused() -> None:
    """Rows are asked for by the series' label."""
    with pytest.raises(KeyError):
        deploy().series_rows("qkv-mlp", "ar")
