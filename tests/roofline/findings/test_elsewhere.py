"""Findings of studies where the flagship's do not hold, or say the opposite."""

import pytest

from deployments import deploy
from made_up import card, model, study
from roofline.findings import findings
from roofline.study.study import Study

FAST = card(study(), bandwidth=3e12)  # ridge 312/3 = 104, below the head dimension
FASTEST = card(study(), bandwidth=1e15)  # ridge 0.312
SLOW = card(study(), bandwidth=1e10)  # ridge 31,200, above every matrix
ROOMY = card(study(), capacity=1e13)
FULL = card(study(), capacity=65.06e9)  # 2 tokens beside the weights
TINY = card(study(), capacity=1e9)
ONE = study(batches=[1], lengths=[1])
FUSED = study(choices={"attention": "fused", "projections": "fused"})
SPECULATIVE = study(candidates=[1, 64], batches=[1, 4], lengths=[128, 1024])
DRAFTED = study(candidates=[256])
SHARED = study(model="llama-3-8b", accelerator="h200-141gb-sxm", dtype="bf16")
EIGHT = study(model="llama-2-70b", accelerator="h100-80gb-sxm", dtype="fp8")
FOUR = study(storage={"weight": "int4"})

CLAIMS: list[tuple[Study, str, str]] = [
    # 1/(2/s + 1/128) = 104 at s = 2/(1/104 - 1/128) = 1109.3
    (FAST, "prefill-attention",
     "Unfused prefill attention is compute-bound from a length of 1,110 tokens on, at every batch"),
    (FAST, "fused-attention",
     ("Fused prefill attention is compute-bound from a length of 208 tokens on, or of "
     "415 if masked scores are skipped (unfused from 1,110); fused decode attention"
     " stays below 1 FLOP/Byte")),
    # 1/(1/104 - 2/6656) = 107.4
    (FAST, "prefill-projections",
     ("Prefill projections are compute-bound from 108 tokens on, batch times length; a single "
     "prompt of 128 tokens already is")),
    (FASTEST, "decode-attention",
     ("Decode attention is compute-bound at every batch and length: it comes to 0.992 FLOP/Byte at "
     "length 8,192, and the ridge is at 0.3120 FLOP/Byte")),
    (FASTEST, "projection-crossings", "Decode projections are compute-bound from batch 1 on"),
    (FASTEST, "prefill-attention",
     ("Unfused prefill attention is compute-bound at every length: the ridge is only at "
     "0.3120 FLOP/Byte")),
    # work of a step: 64.630e9 FLOP a token, 312e12 / 64.630e9 = 4827
    (FASTEST, "decode-ceiling",
     ("One sequence decodes at 4,827 tokens/s at most, with an empty cache; a larger batch does "
     "not raise it, because the peak limits it")),
    (FASTEST, "narrow-weights",
     ("4-bit weights do not speed up a decode step at batch 1 and length 128: 1.00 "
     "times as fast")),
    (FASTEST, "chunked-prefill",
     ("A step of 1 token, prefill and decode together, brings all projections to the ridge: no "
     "chunk is too small")),
    (FASTEST, "candidates",
     ("64 candidate tokens per sequence give decode attention 41 times the intensity at"
     " length 1,024; the projections gain nothing at batch 16, past the 1 token per "
     "step that reach the ridge")),
    # 1/(1/6656 + 1/17920) = 4853
    (SLOW, "projection-crossings",
     ("The projections never reach the ridge in decode: at most 4,853 FLOP/Byte at any batch, "
     "below 31,200 FLOP/Byte")),
    (SLOW, "prefill-projections",
     ("The projections never reach the ridge in prefill: at most 4,853 FLOP/Byte with any number "
     "of tokens, below 31,200 FLOP/Byte")),
    (SLOW, "chunked-prefill",
     "No chunk of a prefill brings the projections to the ridge: at most 4,853 FLOP/Byte"),
    (SLOW, "candidates",
     ("64 candidate tokens per sequence give decode attention 41 times the intensity at length "
     "1,024; the projections never reach the ridge")),
    # between the two: 1/(2/6656) = 3328 < 4000 < 4853
    (card(study(), bandwidth=312e12 / 4000), "projection-crossings",
     ("The query, key and value projections never reach the ridge in decode: at most 3,328 "
     "FLOP/Byte at any batch, below 4,000 FLOP/Byte")),
    # (1e13 - 65.056e9) / 1597440 = 6219290
    (ROOMY, "capacity",
     ("All 49 settings fit in 10 TB beside 65.1 GB of weights; at length 128 the "
     "largest batch that fits is 48,588")),
    (ROOMY, "attention-traffic",
     ("The KV cache overtakes the weights in decode traffic at 40,459 tokens and takes 99% of it "
     "when memory is full at 6,219,290 tokens")),
    (ROOMY, "decode-ceiling",
     ("One sequence decodes at 29.9 tokens/s at most, with an empty cache; at length 128 the "
     "ceiling grows to 4,812 tokens/s at batch 48,588, where memory is full and the peak "
     "limits it")),
    (FULL, "capacity",
     "None of the 49 settings fits in 65.06 GB beside 65.056 GB of weights: 2 tokens of cache do"),
    (FULL, "decode-ceiling",
     ("One sequence decodes at 29.9 tokens/s at most, with an empty cache; at length 128 no "
     "sequence of that length fits")),
    (TINY, "capacity", "The weights alone, 65.1 GB, do not fit in 1 GB"),
    (TINY, "decode-ceiling",
     ("One sequence would decode at 29.9 tokens/s at most, with an empty cache, if the weights "
     "fitted on the card")),
    (TINY, "attention-traffic",
     "The KV cache would overtake the weights in decode traffic at 40,459 tokens, but none fits"),
    (TINY, "grouped-heads",
     ("Grouped-query attention with 13 KV heads would raise decode attention from 0.992"
     " to 3.88 FLOP/Byte at length 8,192")),
    (ONE, "capacity",
     ("The only setting fits in 85.9 GB beside 65.1 GB of weights; at length 1 the "
     "largest batch that fits is 13,047")),
    # 1/(1 + 1/1 + 1/128) = 0.498
    (ONE, "decode-attention",
     ("Decode attention stays below 1 FLOP/Byte at every batch and length: at most 0.498 up to "
     "length 1, which attains 0.31% of peak")),
    (ONE, "trained-context",
     "The length of 1 lies within the 2,048 tokens that Llama 33B was trained on"),
    (study(lengths=[128, 2048]), "trained-context",
     "All 2 lengths, up to 2,048, lie within the 2,048 tokens that Llama 33B was trained on"),
    (study(lengths=[2049, 4096]), "trained-context",
     "All 2 lengths, from 2,049, lie beyond the 2,048 tokens that Llama 33B was trained on"),
    (FUSED, "law",
     ("No intensity exceeds the reuse of any operand in device memory: 1 FLOP/Byte in decode "
     "attention, 64 in decode projections at batch 64, 8,192 in prefill attention at length "
     "8,192")),
    # 8192/8193 = 0.99988
    (FUSED, "decode-attention",
     ("Decode attention stays below 1 FLOP/Byte at every batch and length: at most 0.9999 up to "
     "length 8,192, which attains 0.62% of peak")),
    (FUSED, "prefill-attention",
     "Fused prefill attention is compute-bound from a length of 323 tokens on, at every batch"),
    (SPECULATIVE, "decode-attention",
     ("Decode attention without candidate tokens stays below 1 FLOP/Byte at every batch and "
     "length: at most 0.991 up to length 1,024, which attains 0.61% of peak")),
    # batch 16 is not on the grid: the middle of [1, 4] is 1; 170 / 1
    (SPECULATIVE, "candidates",
     ("64 candidate tokens per sequence give decode attention 41 times the intensity at"
     " length 1,024; the projections stop gaining at 170 tokens per step: 170 "
     "candidates at batch 1")),
    # 1/(1/256 + 1/128 + 1/8192) = 84.4
    (DRAFTED, "decode-attention",
     ("Decode attention with 256 candidate tokens per step stays below 128 FLOP/Byte at every "
     "batch and length: at most 84.5 up to length 8,192, which attains 52% of peak")),
    # groups of 4 already: 1/(1/4 + 1/8192 + 1/128)
    (SHARED, "decode-attention",
     ("Decode attention stays below 4 FLOP/Byte at every batch and length: at most 3.88, which "
     "attains 1.9% of peak")),
    (SHARED, "grouped-heads",
     ("Grouped-query attention with 8 KV heads raises decode attention from 0.992 to "
     "3.88 FLOP/Byte at length 8,192, and makes room for 1,027,640 tokens of cache "
     "instead of 253,838")),
    # 1979e12 / 3.35e12 = 590.7; 2 * 128 / 1
    (EIGHT, "prefill-attention",
     ("Unfused prefill attention is never compute-bound: below 256 FLOP/Byte at every length, "
     "while the ridge is at 590.7 FLOP/Byte")),
    (EIGHT, "law",
     ("At 1 byte an element no intensity exceeds twice the product's smallest dimension: 16 "
     "FLOP/Byte in decode attention, 128 in decode projections at batch 64, 256 in prefill "
     "attention at length 8,192")),
    # 2/(0.5/64 + 4/6656) = 237.7 is more than 5% below 4 * 64
    (FOUR, "decode-projections",
     ("The intensity of decode projections rises with the batch: 238 to 243 FLOP/Byte at batch "
     "64, which attains 100% of peak")),
    # 0.5 / (2/161.24 - 4/6656) = 42.4
    (FOUR, "projection-crossings",
     ("Decode projections are compute-bound from batch 43 (query, key and value) and 42"
     " (feed-forward) on, within the batches here, up to 64")),
    (study(batches=[168]), "projection-crossings",
     ("Decode projections are compute-bound from batch 170 (query, key and value) and "
     "167 (feed-forward) on, on both sides of the largest batch here, 168")),
    (study(dtype="tf32"), "law",
     ("At 4 bytes an element no intensity exceeds half the product's smallest dimension: 0.5 "
     "FLOP/Byte in decode attention, 32 in decode projections at batch 64, 64 in prefill "
     "attention at length 8,192")),
    # 1/(1/7 + 1/8192 + 1/128) = 6.63; matrices 60*(4*896 + 3*17920)*6656 + 2*32000*6656 =
    # 23.327e9 parameters, 60*2*768*6656 fewer with 1 KV head; 215040 or 30720 byte a token
    (model(study(), heads=7, kv_heads=7), "grouped-heads",
     ("Grouped-query attention with 1 KV head would raise decode attention from 0.992 "
     "to 6.63 FLOP/Byte at length 8,192, and make room for 1,317,461 tokens of cache "
     "instead of 182,503")),
]  # fmt: skip


@pytest.mark.parametrize(("made", "slug", "claim"), CLAIMS)
def test_claim(made: Study, slug: str, claim: str) -> None:
    (finding,) = (finding for finding in findings(made) if finding.slug == slug)
    assert finding.claim == claim


def test_four_bit_weights_need_no_finding_about_narrow_ones() -> None:
    assert "narrow-weights" not in {finding.slug for finding in findings(FOUR)}


def test_a_single_head_cannot_be_grouped() -> None:
    single = model(study(), heads=1, kv_heads=1)
    assert "grouped-heads" not in {finding.slug for finding in findings(single)}


def test_bounds_say_what_the_grid_shows() -> None:
    """Memory-bound on the flagship; both, or compute-bound, where the ridge is lower."""
    bounds = {
        name: {finding.slug: finding.bound for finding in findings(made)}
        for name, made in (("here", study()), ("fast", FAST), ("fastest", FASTEST))
    }
    assert bounds["here"]["prefill-attention"] == "memory"
    assert bounds["fast"]["prefill-attention"] == "both"
    assert bounds["fastest"]["prefill-attention"] == "compute"
    assert bounds["fastest"]["decode-attention"] == "compute"
    assert bounds["fastest"]["projection-crossings"] == "compute"


def test_another_deployment_leaves_the_study_as_it_was() -> None:
    made = study()
    other = made.on(deploy("llama-7b"))
    assert other.deployment.transformer.name == "Llama 7B"
    assert made.deployment.transformer.name == "Llama 33B"
    assert other.file is made.file
