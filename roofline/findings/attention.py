"""Findings about the attention products: in decode and in prefill."""

import math

from roofline.crossing import MOST, crossing
from roofline.deployment import Deployment
from roofline.findings.finding import Finding, FindingBound, Number, Step
from roofline.findings.ground import (
    ATTENTION,
    attention_choice,
    ceilings,
    choice,
    cited,
    fused,
    grid,
    limit,
    moved_once,
    slugs,
    stored,
    tokens_each,
    width_words,
    with_candidates,
    work_products,
)
from roofline.findings.numbers import intensity, ridge_number, whole
from roofline.findings.proof import Setting, at, attained, limiting
from roofline.operators import Phase
from roofline.points import evaluate
from roofline.study import Study

MASK = "The causal mask is not counted: every score is computed."


def level(deployment: Deployment, phase: Phase, length: float, each: int) -> float:
    """Intensity of attention, which no batch moves [FLOP/Byte]."""
    return float(evaluate(deployment, ATTENTION, phase, 1, length, each).intensity)


def ridge_length(deployment: Deployment, phase: Phase, each: int) -> float | None:
    """Shortest compute-bound length, as a real number."""
    return crossing(deployment, ATTENTION, phase, vary="length", other=1.0, candidates=each)


def length(start: float) -> Number:
    """The same as a whole number of tokens."""
    return whole("length", "shortest compute-bound length", math.ceil(start), "token")


def _bound(start: float | None, study: Study) -> FindingBound:
    """What bounds the points of the grid."""
    lengths = study.file.lengths
    if start is None or start > lengths[-1]:
        return "memory"
    return "compute" if start <= lengths[0] else "both"


def cap_step(deployment: Deployment, phase: Phase, cap: Number, each: int) -> Step:
    """However long the sequence, one operand keeps the intensity below its reuse."""
    found = work_products(deployment, ATTENTION, phase, (1.0, MOST, each))
    return Step(
        text="However long the sequence, the reuse of one operand alone keeps it below:",
        formula=limiting(found),
        result=cap,
    )


def decode_attention(study: Study) -> Finding:
    """Whether decode attention can leave the memory's side, and how far it comes."""
    deployment, file = study.deployment, study.file
    each, longest = tokens_each(study), file.lengths[-1]
    setting = (file.batches[0], longest, each)
    most = limit(deployment, ATTENTION, "ar", (1.0, MOST, each))
    cap = intensity("limit", "limit by the law, at any batch and length", most)
    value = level(deployment, "ar", longest, each)
    highest = intensity("intensity", f"intensity at length {longest:,}", value, apart=most)
    part, part_step = attained(study, ATTENTION, "ar", setting)
    lowest = intensity(
        "shortest",
        f"intensity at length {file.lengths[0]:,}",
        level(deployment, "ar", file.lengths[0], each),
        apart=most,
    )
    numbers = [highest, cap, part, lowest, ridge_number(deployment.roof.ridge)]
    start = ridge_length(deployment, "ar", each)
    subject = f"Decode attention{with_candidates(study)}"
    everywhere = "at every batch and length"
    if start is None:
        endless = intensity("endless", "", level(deployment, "ar", MOST, each), apart=most)
        upto = "" if endless.figure == highest.figure else f" up to length {longest:,}"
        claim = (
            f"{subject} stays below {cap.text} {everywhere}: at most {highest.figure}{upto}, "
            f"which attains {part.text} of peak"
        )
        verdict = "Memory-bound: neither batch nor length changes that"
    elif start <= 1:
        claim = (
            f"{subject} is compute-bound {everywhere}: it comes to {highest.text} at length "
            f"{longest:,}, and the ridge is at {numbers[-1].text}"
        )
        verdict = "Compute-bound: fewer bytes do not help"
    else:
        numbers.append(length(start))
        claim = f"{subject} is compute-bound from a length of {numbers[-1].text} on, at every batch"
        verdict = f"Long caches bring it to the ridge, at {numbers[-2].text}; batch does not"
    return Finding(
        slug="decode-attention",
        claim=claim,
        verdict=verdict,
        bound=_bound(start, study),
        phases=("ar",),
        series=(ATTENTION,),
        numbers=tuple(numbers),
        proof=(
            at(
                study,
                ATTENTION,
                "ar",
                setting,
                f"Every sequence brings its own cache, so the batch cancels. At length "
                f"{longest:,}:",
            ),
            cap_step(deployment, "ar", cap, each),
            part_step,
        ),
        conditions=(
            moved_once(deployment),
            attention_choice(deployment),
            ceilings(deployment),
            grid(study),
        ),
        changes=_decode_changes(study),
        related=("law", "candidates", "grouped-heads", "attention-traffic", "fused-attention"),
        chart="roofline",
        highlight=slugs(deployment, (ATTENTION,), "ar"),
        sources=cited(deployment, "peak", "bandwidth", "head_dimension", "kv_heads", "counts"),
    )


def _decode_changes(study: Study) -> tuple[str, ...]:
    """What the other option for attention, and a narrower cache, would give."""
    deployment, longest, each = study.deployment, study.file.lengths[-1], tokens_each(study)
    turned = "unfused" if choice(deployment, "attention") == "fused" else "fused"
    width = deployment.element_bytes["kv-cache"] / 2
    here, other, narrow = (
        (
            level(one, "ar", longest, each),
            limit(one, ATTENTION, "ar", (1.0, MOST, each)),
        )
        for one in (
            deployment,
            fused(deployment, turned),
            stored(deployment, "kv-cache", width),
        )
    )
    now = intensity("now", "", here[0], apart=here[1])
    return (
        (
            f"{turned.capitalize()}, it comes to "
            f"{intensity('other', '', other[0], apart=(here[0], other[1])).figure} instead of "
            f"{now.text} at length {longest:,}."
        ),
        (
            f"With {width_words(width)} per element of the KV cache it comes to "
            f"{intensity('narrow', '', narrow[0], apart=(here[0], narrow[1])).text}."
        ),
    )


def prefill_attention(study: Study) -> Finding | None:
    """Whether prefill attention can be compute-bound, as the study computes it."""
    deployment, lengths = study.deployment, study.file.lengths
    ridge = ridge_number(deployment.roof.ridge)
    most = limit(deployment, ATTENTION, "init", (1.0, MOST, 1.0))
    start = ridge_length(deployment, "init", 1)
    subject = f"{choice(deployment, 'attention').capitalize()} prefill attention"
    setting = (study.file.batches[0], lengths[-1], 1)
    value = level(deployment, "init", lengths[-1], 1)
    highest = intensity("intensity", f"intensity at length {lengths[-1]:,}", value, apart=most)
    part, part_step = attained(study, ATTENTION, "init", setting)
    proof = [
        at(study, ATTENTION, "init", setting, f"The batch cancels. At length {lengths[-1]:,}:")
    ]
    cap = intensity("limit", "limit by the law, at any length", most, apart=ridge.value)
    if most <= ridge.value:
        numbers = [cap, ridge, highest, part]
        claim = (
            f"{subject} is never compute-bound: below {cap.text} at every length, while the ridge "
            f"is at {ridge.text}"
        )
        verdict = f"Memory-bound at any length and batch: at most {part.text} of peak here"
        proof.append(cap_step(deployment, "init", cap, 1))
    elif start is None:
        return None  # beyond any length that a study may have
    elif start <= 1:
        numbers = [ridge, highest, part]
        claim = f"{subject} is compute-bound at every length: the ridge is only at {ridge.text}"
        verdict = "Compute-bound: fewer bytes do not help"
    else:
        numbers = [length(start), ridge, highest, part]
        claim = f"{subject} is compute-bound from a length of {numbers[0].text} on, at every batch"
        verdict = f"Its limit lies above the ridge at {ridge.text}, so long prompts reach it"
        proof += around(study, "init", math.ceil(start), 1)
    return Finding(
        slug="prefill-attention",
        claim=claim,
        verdict=verdict,
        bound=_bound(start, study),
        phases=("init",),
        series=(ATTENTION,),
        numbers=tuple(numbers),
        proof=(*proof, part_step),
        conditions=(
            moved_once(deployment),
            attention_choice(deployment),
            ceilings(deployment),
            MASK,
        ),
        changes=_prefill_changes(study),
        related=("fused-attention", "law", "ridge", "prefill-projections"),
        chart="intensity-length",
        highlight=slugs(deployment, (ATTENTION,), "init"),
        sources=cited(deployment, "peak", "bandwidth", "head_dimension", "counts"),
    )


def around(study: Study, phase: Phase, first: int, each: int) -> list[Step]:
    """The lengths on both sides of the ridge."""
    batch = study.file.batches[0]
    before: Setting = (batch, first - 1, each)
    steps = [at(study, ATTENTION, phase, (batch, first, each), f"Above the ridge at {first:,}:")]
    if first > 1:
        steps.insert(0, at(study, ATTENTION, phase, before, f"Below it at length {first - 1:,}:"))
    return steps


def _prefill_changes(study: Study) -> tuple[str, ...]:
    """What the other option would give, and the ridge that would let this one cross."""
    deployment = study.deployment
    turned = "unfused" if choice(deployment, "attention") == "fused" else "fused"
    start = ridge_length(fused(deployment, turned), "init", 1)
    reached = (
        f"is compute-bound from a length of {length(start).text} on"
        if start
        else "is compute-bound at no length"
    )
    most = limit(deployment, ATTENTION, "init", (1.0, MOST, 1.0))
    limits = (
        (
            (
                "A card whose ridge is below "
                f"{intensity('limit', '', most).text} would make it compute-bound at long prompts."
            ),
        )
        if most <= deployment.roof.ridge
        else ()
    )
    return (f"{turned.capitalize()}, prefill attention {reached}.", *limits)
