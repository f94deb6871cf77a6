"""Findings of the flagship: what each says, and that it is true."""

import itertools
import math

import pytest
from numpy.testing import assert_allclose

from roofline.catalog.reader import sources
from roofline.findings import Finding, Number, all_slugs, findings, group_of
from roofline.latency.carried_over import load_calibration
from roofline.study.reference_chart import load_reference_chart
from roofline.study.study import load_study

RIDGE = 312e12 / 1.935e12  # 161.2403
FITTED = load_calibration("a100-80gb-pcie").parameters
LAUNCH, DEPTH, COMPUTE, MEMORY, COLD = (
    FITTED[name].value for name in ("launch", "depth", "compute_share", "memory_share", "cold")
)
CLAIMS = {
    # 312e12 / 1.935e12 = 161.24
    "ridge": (
        "The ridge of the NVIDIA A100 80GB PCIe lies at 161.2 FLOP/Byte in fp16: a kernel below "
        "it is memory-bound, one above it compute-bound"
    ),
    # m = 1 in decode attention, m = batch in decode projections, d = 128 < 8192 in prefill
    "law": (
        "At 2 bytes an element no intensity exceeds the product's smallest dimension: 1 FLOP/Byte "
        "in decode attention, 64 in decode projections at batch 64, 128 in prefill attention at "
        "length 8,192"
    ),
    # 1/(1 + 1/8192 + 1/128) = 0.99213; / 161.24 = 0.6153%
    "decode-attention": (
        "Decode attention stays below 1 FLOP/Byte at every batch and length: at most 0.992, which "
        "attains 0.62% of peak"
    ),
    # 1/(1/64 + 2/6656) = 62.79, 1/(1/64 + 1/6656 + 1/17920) = 63.17; 38.9% and 39.2%
    "decode-projections": (
        "The intensity of decode projections is close to the batch: 62.8 to 63.2 FLOP/Byte at "
        "batch 64, which attains 39% of peak"
    ),
    # 1/(1/161.24 - 2/6656) = 169.45, 1/(1/161.24 - 1/6656 - 1/17920) = 166.78
    "projection-crossings": (
        "Decode projections are compute-bound from batch 170 (query, key and value) and "
        "167 (feed-forward) on, beyond the largest batch here, 64"
    ),
    "prefill-projections": (
        "Prefill projections are compute-bound from 170 tokens on, batch times length; a single "
        "prompt of 128 tokens is not"
    ),
    "prefill-attention": (
        "Unfused prefill attention is never compute-bound: below 128 FLOP/Byte at every length, "
        "while the ridge is at 161.2 FLOP/Byte"
    ),
    # s/2 = 161.24 at s = 322.48, (s + 1)/4 at s = 643.96
    "fused-attention": (
        "Fused prefill attention is compute-bound from a length of 323 tokens on, or of 644 if "
        "masked scores are skipped (unfused at no length); fused decode attention stays below "
        "1 FLOP/Byte"
    ),
    # (81920 * 2^20 - 65.056e9) / 1597440 = 13047; 13047 // 128 = 101; 28 of the 49 products b s
    # are at most 13047
    "capacity": (
        "28 of the 49 settings fit in 85.9 GB beside 65.1 GB of weights; at length 128 "
        "the largest batch that fits is 101"
    ),
    # 1.935e12 / 64.632e9 = 29.94; 101 * 1.935e12 / 85.443e9 = 2287
    "decode-ceiling": (
        "One sequence decodes at 29.9 tokens/s at most, with an empty cache; at length "
        "128 the ceiling grows to 2,287 tokens/s at batch 101, where memory is full"
    ),
    # 13047 * 1597440 / (64.630e9 + 13047 * 1597440) = 24.4%; 64.630e9 / 1597440 = 40459
    "attention-traffic": (
        "The KV cache takes at most 24% of decode traffic before memory is full at 13,047 "
        "tokens; it would overtake the weights only at 40,459 tokens"
    ),
    # a quarter of the weights' bytes, or 17/64 with 2/64 byte of scale for each; the cache and the
    # activations stay
    "narrow-weights": (
        "4-bit weights make a decode step up to 3.96 times as fast at batch 1 and length "
        "128 (3.73 with scales); from batch 170 on the projections gain nothing"
    ),
    # 52 / 4 = 13; 1/(1/4 + 1/8192 + 1/128) = 3.8769. The matrices for keys and values shrink:
    # 60*(2*6656^2 + 2*6656*1664 + 3*6656*17920) + 2*32000*6656 = 28.541e9 parameters,
    # (85.899e9 - 57.083e9) / 399360 = 72159
    "grouped-heads": (
        "Grouped-query attention with 13 KV heads would raise decode attention from 0.992"
        " to 3.88 FLOP/Byte at length 8,192, and make room for 72,159 tokens of cache "
        "instead of 13,047"
    ),
    # 40.96 / 0.99129 = 41.3; 169.45 / 16 = 10.6
    "candidates": (
        "64 candidate tokens per sequence give decode attention 41 times the intensity at"
        " length 1,024; the projections stop gaining at 170 tokens per step: 11 "
        "candidates at batch 16"
    ),
    "trained-context": (
        "2 of the 7 lengths, 4,096 and above, lie beyond the 2,048 tokens that Llama 33B was "
        "trained on"
    ),
    "chunked-prefill": (
        "A step of 170 tokens, prefill and decode together, brings all projections to the ridge"
    ),
    # Predicted: t0 + λ·log2(1 + 128/128) = 27.5 µs a kernel, which memory at 82% of 1.935e12
    # byte/s spends on 43.6e6 byte, or 32.4e6 cold ones; decode at b s = 2048 moves 27.5e6
    # twice, both kernels, at b s = 4096 twice as much.
    "overhead": (
        "Run alone, 19 of the 294 points are predicted to be overhead-bound: attention products "
        "up to 2,048 tokens in decode and 512 tokens in prefill, batch times length"
    ),
}
VALUES = {
    ("ridge", "ridge"): RIDGE,
    ("ridge", "peak"): 312e12,
    ("ridge", "bandwidth"): 1.935e12,
    ("decode-attention", "intensity"): 1 / (1 + 1 / 8192 + 1 / 128),
    ("decode-attention", "limit"): 1,
    ("decode-attention", "share-of-peak"): 1 / (1 + 1 / 8192 + 1 / 128) / RIDGE,
    ("decode-projections", "qkv-mlp"): 1 / (1 / 64 + 2 / 6656),
    ("decode-projections", "up-gate-down-share"): 1 / (1 / 64 + 1 / 6656 + 1 / 17920) / RIDGE,
    ("projection-crossings", "qkv-mlp"): 1 / (1 / RIDGE - 2 / 6656),
    ("projection-crossings", "up-gate-down"): 1 / (1 / RIDGE - 1 / 6656 - 1 / 17920),
    ("prefill-projections", "tokens"): 170,
    ("prefill-projections", "qkv-mlp-share"): 1 / (1 / 128 + 2 / 6656) / RIDGE,
    ("prefill-attention", "limit"): 128,
    ("prefill-attention", "intensity"): 1 / (2 / 8192 + 1 / 128),
    ("fused-attention", "length"): math.ceil(2 * RIDGE),
    ("fused-attention", "length-causal"): math.ceil(4 * RIDGE - 1),
    ("fused-attention", "prefill-fused"): 4096,
    ("fused-attention", "gain"): RIDGE / (1 / (2 / 8192 + 1 / 128)),
    ("capacity", "fitting"): 28,
    ("capacity", "settings"): 49,
    ("capacity", "weights"): 65_056_276_480,
    ("capacity", "token"): 2 * 60 * 6656 * 2,
    ("capacity", "batch-128"): 101,
    ("capacity", "batch-256"): 50,
    ("capacity", "batch-512"): 25,
    ("capacity", "batch-1024"): 12,
    ("capacity", "batch-2048"): 6,
    ("capacity", "batch-4096"): 3,
    ("capacity", "batch-8192"): 1,
    # every matrix but the input embedding, one row of it, and the new token's keys and values
    ("decode-ceiling", "empty"): 1.935e12 / (64_630_292_480 + 13_312 + 1_597_440),
    ("attention-traffic", "equal"): 64_630_305_792 / 1_597_440,
    ("attention-traffic", "share-8192"): 8192 / (8192 + 64_630_305_792 / 1_597_440),
    ("narrow-weights", "end"): 170,
    # 0.5/(2 b) takes the place of 1/b: 1/(1/161.24 - 2/6656) / 4
    ("narrow-weights", "start"): 1 / (1 / RIDGE - 2 / 6656) / 4,
    ("narrow-weights", "left"): 1,
    # 85.899e9 less a quarter of 65.056e9, over 1597440
    ("narrow-weights", "fit"): 43_591,
    ("grouped-heads", "kv-heads"): 13,
    ("grouped-heads", "grouped"): 1 / (1 / 4 + 1 / 8192 + 1 / 128),
    ("grouped-heads", "token"): 399_360,
    # two matrices of 6656 x (6656 - 1664) in each of 60 layers, 2 bytes an element
    ("grouped-heads", "saved"): 60 * 2 * 6656 * (6656 - 1664) * 2,
    ("candidates", "with"): 40.96,
    ("candidates", "tokens"): 170,
    ("candidates", "candidates"): 11,
    ("projection-crossings", "batch"): 170,
    ("trained-context", "beyond"): 2,
    ("chunked-prefill", "tokens"): 170,
    ("chunked-prefill", "chunk"): 170 - 64,
    ("overhead", "points"): 6 * 49,
    ("overhead", "kernel"): LAUNCH + DEPTH,
    ("overhead", "traffic"): (LAUNCH + DEPTH) * MEMORY * 1.935e12 / (1 + COLD),
    ("overhead", "work"): (LAUNCH + DEPTH) * COMPUTE * 312e12,
}
"""Worked out by hand, by finding and key."""


@pytest.fixture(scope="module")
def made() -> dict[str, Finding]:
    """The flagship's findings by slug."""
    return {finding.slug: finding for finding in findings(load_study())}


def test_the_flagship_has_every_finding_in_order(made: dict[str, Finding]) -> None:
    """Those of a group stand together."""
    assert tuple(made) == all_slugs()
    assert set(made) == set(CLAIMS)
    groups = [group for group, _ in itertools.groupby(map(group_of, made))]
    assert groups == ["Decode", "Prefill", "Memory", "What helps", "The limits themselves"]


@pytest.mark.parametrize("slug", CLAIMS)
def test_claim(slug: str, made: dict[str, Finding]) -> None:
    assert made[slug].claim == CLAIMS[slug]


@pytest.mark.parametrize(("slug", "key"), VALUES)
def test_number(slug: str, key: str, made: dict[str, Finding]) -> None:
    assert_allclose(made[slug].number(key).value, VALUES[slug, key], rtol=1e-9)


def test_the_narrow_step_is_as_fast_as_its_bytes_say(made: dict[str, Finding]) -> None:
    """Everything is memory-bound at batch 1, so the times are those of the bytes.

    In the weights 64.630e9 + 13312 (one row of the embedding) byte become a quarter. Attention
    moves 60 layers * 52 heads * 4 * (128 + 128 * 128 + 128) byte, the activations
    60 * 2 * (3 * 2 * 6656 + 2 * (6656 + 17920) + 24576 + 2 * 6656) + 2 * (6656 + 32000)
    + 2 * 6656.
    """
    weights = 64_630_292_480 + 13_312
    attention = 60 * 52 * 4 * (128 + 128 * 128 + 128)
    activations = 60 * 2 * (3 * 2 * 6656 + 3 * (6656 + 17920) + 2 * 6656)
    activations += 2 * (6656 + 32000) + 2 * 6656
    other = attention + activations
    expected = (weights + other) / (weights / 4 + other)
    assert_allclose(made["narrow-weights"].headline.value, expected, rtol=1e-9)


def test_candidates_are_those_of_the_reference_chart(made: dict[str, Finding]) -> None:
    """Batch 16, length 1024 and 64 candidates, where the paper gives 41 times."""
    statements = load_reference_chart().statements
    (gain,) = (statement for statement in statements if statement.quantity == "intensity gain")
    assert gain.setting == (16, 1024, 64)
    assert made["candidates"].number("gain").figure == f"{gain.low:g}"
    assert "batch 16, length 1,024" in made["candidates"].number("with").label


def test_findings_name_what_pages_have(made: dict[str, Finding]) -> None:
    """Series, sources and other findings."""
    operators = load_study().deployment.operators
    highlights = {f"{series.slug}-{phase}" for series in operators.series.values()
                  for phase in ("init", "ar") if series.charted}  # fmt: skip
    for finding in made.values():
        assert set(finding.series) <= set(operators.series), finding.slug
        assert set(finding.highlight) <= highlights, finding.slug
        assert finding.sources, finding.slug
        assert set(finding.sources) <= set(sources()), finding.slug
        assert set(finding.related) <= set(all_slugs()) - {finding.slug}, finding.slug
        assert all((finding.verdict, finding.proof, finding.conditions, finding.changes))


def test_conditions_and_changes_are_sentences(made: dict[str, Finding]) -> None:
    for finding in made.values():
        for sentence in (*finding.conditions, *finding.changes):
            assert sentence.endswith("."), sentence
            assert sentence[0].isupper() or sentence[0].isdigit(), sentence


def number(value: float, unit: str, digits: int = 3, *, percent: bool = False) -> Number:
    """A number to show."""
    return Number(key="key", label="label", value=value, unit=unit, kind="computed",
                  digits=digits, percent=percent)  # fmt: skip


@pytest.mark.parametrize(
    ("shown", "text", "figure"),
    [
        (number(0.0062, "1", 2, percent=True), "0.62%", "0.62%"),
        (number(1, "token", 1), "1 token", "1"),
        (number(9354, "token", 4), "9,354 tokens", "9,354"),
        (number(29.94, "token/s"), "29.9 tokens/s", "29.9"),
        (number(1.935e12, "byte/s", 4), "1,935 GB/s", "1,935"),
        (number(0.5, "byte", 1), "0.5 byte", "0.5"),
        (number(65.056e9, "byte"), "65.1 GB", "65.1"),
        (number(312e12, "FLOP/s"), "312 TFLOP/s", "312"),
        (number(161.24, "FLOP/Byte", 4), "161.2 FLOP/Byte", "161.2"),
        (number(28, "1", 2), "28", "28"),
        (number(28, "setting", 2), "28 settings", "28"),
        (number(1, "setting", 1), "1 setting", "1"),
        (number(169.46, "sequence", 4), "169.5 sequences", "169.5"),
        (number(3.96, "times"), "3.96 times", "3.96"),
    ],
)
def test_text_of_numbers(shown: Number, text: str, figure: str) -> None:
    assert (shown.text, shown.figure) == (text, figure)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"slug": "Not a slug"}, "lower-case words"),
        ({"numbers": ()}, "distinct keys"),
        ({"numbers": (number(1, "1"), number(2, "1"))}, "distinct keys"),
        ({"numbers": (number(math.inf, "1"),)}, "finite numbers"),
        ({"claim": "It ends."}, "without a full stop"),
        ({"title": "It ends."}, "without a full stop"),
    ],
)
def test_what_no_page_could_show_is_refused(changes: dict[str, object], message: str) -> None:
    fields: dict[str, object] = dict.fromkeys(
        ("phases", "series", "proof", "conditions", "changes", "related"), ()
    )
    fields |= {"slug": "slug", "title": "One", "claim": "It is 1", "verdict": "So", "bound": "none"}
    fields |= {"numbers": (number(1, "1"),)}
    with pytest.raises(ValueError, match=message):
        Finding(**fields | changes)  # type: ignore[arg-type]  # broken on purpose


def test_an_unknown_number_is_a_key_error(made: dict[str, Finding]) -> None:
    with pytest.raises(KeyError):
        made["ridge"].number("nothing")
