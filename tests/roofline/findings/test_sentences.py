"""Sentences and proofs of findings: verdicts, conditions, and what they are worked out from."""

import math

import pytest
from numpy.testing import assert_allclose

from made_up import card, study
from roofline.findings import Finding, findings
from roofline.model.budget import decode_ceiling
from roofline.model.grid import Grid
from roofline.study.study import Study, load_study

ROOMY = card(study(), capacity=1e13)
FASTEST = card(study(), bandwidth=1e15)  # ridge 0.312


def by_slug(made: Study, slug: str) -> Finding:
    """One finding of a study."""
    (finding,) = (finding for finding in findings(made) if finding.slug == slug)
    return finding


@pytest.fixture(scope="module")
def made() -> dict[str, Finding]:
    """The flagship's findings by slug."""
    return {finding.slug: finding for finding in findings(load_study())}


def test_both_times_of_the_narrow_step_are_proven(made: dict[str, Finding]) -> None:
    """As the traffic of the step over the bandwidth, since all is memory-bound at batch 1."""
    before, after, gain = made["narrow-weights"].proof[:3]
    for step in (before, after):
        assert step.formula is not None
        assert step.formula.text == "Q / β"
    assert before.result is not None
    assert after.result is not None
    assert gain.result is not None
    assert_allclose(before.result.value / after.result.value, gain.result.value, rtol=1e-12)


@pytest.mark.parametrize("slug", ["narrow-weights", "grouped-heads"])
def test_what_fits_is_proven(slug: str, made: dict[str, Finding]) -> None:
    """From the memory that the weights leave."""
    finding = made[slug]
    results = [step.result for step in finding.proof if step.result]
    (tokens,) = (number for number in results if number.key == "tokens" and "cache" in number.label)
    assert math.floor(tokens.value) == finding.number("fit").value


def test_narrow_weights_say_the_bytes_before_and_after(made: dict[str, Finding]) -> None:
    """Not that every element takes 2 bytes."""
    assert made["narrow-weights"].conditions[0] == (
        "Each operand is read or written once. Before: every element takes 2 bytes. After: weights "
        "take 0.5 byte, everything else 2 bytes."
    )


def test_the_verdict_on_groups_names_cache_and_weights(made: dict[str, Finding]) -> None:
    """Both make room."""
    assert made["grouped-heads"].verdict == (
        "Decode attention stays memory-bound; the cache of a token is 4 times smaller, and the "
        "weights take 7.97 GB less"
    )


def test_fewer_tokens_leave_some_projection_memory_bound(made: dict[str, Finding]) -> None:
    """1/(1/85 + 2/6656) = 82.88, over 161.24."""
    assert made["chunked-prefill"].verdict == (
        "With 85 tokens the slowest projections attain at most 51% of peak"
    )


def test_fused_decode_attention_is_told_from_its_limit(made: dict[str, Finding]) -> None:
    """1/(1 + 1/8192) = 0.99988 is no 1.00."""
    assert made["decode-attention"].changes[0] == (
        "Fused, decode attention has 0.9999 instead of 0.992 FLOP/Byte at length 8,192."
    )


def test_headlines_say_what_they_count(made: dict[str, Finding]) -> None:
    """No bare number, which says nothing on a badge or a card."""
    headlines = {slug: finding.headline for slug, finding in made.items()}
    bare = [slug for slug, number in headlines.items() if number.text == number.figure]
    assert set(bare) <= {"attention-traffic", "overhead"}
    assert made["attention-traffic"].headline.percent


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        (study(), "Every step must move the weights and the KV cache, at 1,935 GB/s at most"),
        (ROOMY,
         "At batch 1 the bandwidth limits decoding, at the largest batch the peak does"),
        (FASTEST, "The peak limits decoding, even at batch 1"),
    ],
)  # fmt: skip
def test_the_verdict_on_the_decode_ceiling_names_what_sets_it(case: Study, verdict: str) -> None:
    assert by_slug(case, "decode-ceiling").verdict == verdict


@pytest.mark.parametrize(
    ("accelerator", "dtype", "words"),
    [
        ("a100-80gb-pcie", "fp16",
         ("The card is sold with 80 GB. Its driver reports 85.9 GB, the value used here. A "
         "framework can allocate 85.1 GB.")),
        ("h100-80gb-sxm", "fp16",
         "The card is sold with 80 GB. Its driver reports 85.5 GB, the value used here."),
        ("a40", "fp16",
         ("The card is sold with 48 GB, the value used here: no source says how much its driver "
         "reports.")),
        ("amd-epyc-2-threads", "fp32", "The machine that was measured has 25.2 GB of memory."),
    ],
)  # fmt: skip
def test_the_memory_that_counts_is_said(accelerator: str, dtype: str, words: str) -> None:
    made = study(accelerator=accelerator, dtype=dtype)
    assert words in by_slug(made, "capacity").conditions


def test_the_finding_and_the_model_have_one_decode_ceiling() -> None:
    """A step's work is 15.076e9 FLOP a token: 312e12 / 15.076e9 = 20,695 token/s."""
    made = study(model="llama-3-8b")
    finding = by_slug(made, "decode-ceiling")
    batch = finding.number("batch").value
    assert batch == 4162
    for key, *setting in (("empty", 1, 0), ("one", 1, 128), ("full", batch, 128)):
        expected = float(decode_ceiling(made.deployment, Grid(*setting)))
        assert finding.number(str(key)).value == expected
    assert finding.number("full").text == "20,695 tokens/s"
    assert finding.bound == "both"


@pytest.mark.parametrize("attention", ["fused", "unfused"])
def test_what_stays_below_a_limit_is_never_shown_as_the_limit(attention: str) -> None:
    """1/(1 + 1/131072) rounds to 1.00, and so it would be shown, on a page that says below 1."""
    made = study(lengths=[131_072], choices={"attention": attention})
    finding = by_slug(made, "decode-attention")
    assert "stays below 1 FLOP/Byte" in finding.claim
    numbers = [*finding.numbers, *(step.result for step in finding.proof if step.result)]
    texts = [*(number.text for number in numbers), finding.verdict, *finding.changes]
    assert not [text for text in texts if "1.00" in text]
