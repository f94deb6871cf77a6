"""Attention: memory-bound in decode, capped by the head dimension in prefill, freed by fusing."""

import math

from roofline.findings.finding import Finding, FindingBound, Number, Step
from roofline.findings.limits import (
    ATTENTION,
    NO_GAIN,
    intensity_limit,
    work_products,
)
from roofline.findings.numbers import intensity, ratio, ridge_number, whole
from roofline.findings.phrases import (
    attention_choice,
    ceilings,
    grid,
    moved_once,
    slugs,
    tokens_per_sequence,
    width_words,
    with_candidates,
)
from roofline.findings.proof import Setting, intensity_step, limit_formula, peak_share_step
from roofline.findings.sources import cited
from roofline.model.crossing import MOST, crossing
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import Phase
from roofline.model.points import evaluate
from roofline.study.study import Study

MASK = "The causal mask is not counted: every score is computed."


def level(deployment: Deployment, phase: Phase, length: float, each: int) -> float:
    """Intensity of attention, which no batch moves [FLOP/Byte]."""
    return float(evaluate(deployment, ATTENTION, phase, Grid(1, length, each)).intensity)


def ridge_length(deployment: Deployment, phase: Phase, each: int) -> float | None:
    """Shortest compute-bound length, as a real number."""
    return crossing(deployment, ATTENTION, phase, vary="length", candidates=each)


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
        formula=limit_formula(found),
        result=cap,
    )


def decode_attention(study: Study) -> Finding:
    """Whether decode attention can leave the memory's side, and how far it comes."""
    deployment, file = study.deployment, study.file
    each, longest = tokens_per_sequence(study), file.lengths[-1]
    setting = (file.batches[0], longest, each)
    most = intensity_limit(deployment, ATTENTION, "ar", (1.0, MOST, each))
    cap = intensity("limit", "limit by the law, at any batch and length", most)
    value = level(deployment, "ar", longest, each)
    highest = intensity("intensity", f"intensity at length {longest:,}", value, apart=most)
    part, part_step = peak_share_step(study, ATTENTION, "ar", setting)
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
            intensity_step(
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
    deployment, longest, each = study.deployment, study.file.lengths[-1], tokens_per_sequence(study)
    turned = "unfused" if deployment.choice("attention") == "fused" else "fused"
    width = deployment.element_bytes["kv-cache"] / 2
    here, other, narrow = (
        (
            level(one, "ar", longest, each),
            intensity_limit(one, ATTENTION, "ar", (1.0, MOST, each)),
        )
        for one in (
            deployment,
            deployment.with_attention(turned),
            deployment.with_storage("kv-cache", width),
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
    most = intensity_limit(deployment, ATTENTION, "init", (1.0, MOST, 1.0))
    start = ridge_length(deployment, "init", 1)
    subject = f"{deployment.choice('attention').capitalize()} prefill attention"
    setting = (study.file.batches[0], lengths[-1], 1)
    value = level(deployment, "init", lengths[-1], 1)
    highest = intensity("intensity", f"intensity at length {lengths[-1]:,}", value, apart=most)
    part, part_step = peak_share_step(study, ATTENTION, "init", setting)
    proof = [
        intensity_step(
            study, ATTENTION, "init", setting, f"The batch cancels. At length {lengths[-1]:,}:"
        )
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
    steps = [
        intensity_step(
            study, ATTENTION, phase, (batch, first, each), f"Above the ridge at {first:,}:"
        )
    ]
    if first > 1:
        steps.insert(
            0, intensity_step(study, ATTENTION, phase, before, f"Below it at length {first - 1:,}:")
        )
    return steps


def _prefill_changes(study: Study) -> tuple[str, ...]:
    """What the other option would give, and the ridge that would let this one cross."""
    deployment = study.deployment
    turned = "unfused" if deployment.choice("attention") == "fused" else "fused"
    start = ridge_length(deployment.with_attention(turned), "init", 1)
    reached = (
        f"is compute-bound from a length of {length(start).text} on"
        if start
        else "is compute-bound at no length"
    )
    most = intensity_limit(deployment, ATTENTION, "init", (1.0, MOST, 1.0))
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


def fused_attention(study: Study) -> Finding | None:
    """What fusing attention changes, and from which length."""
    each, longest = tokens_per_sequence(study), study.file.lengths[-1]
    within = study.on(study.deployment.with_attention())
    apart = study.on(study.deployment.with_attention("unfused"))
    one, two = within.deployment, apart.deployment
    ridge = ridge_number(one.roof.ridge)
    start, before = ridge_length(one, "init", 1), ridge_length(two, "init", 1)
    if start is None:
        return None  # beyond any length that a study may have
    first = length(start)
    values = {
        "prefill-fused": ("prefill, fused", level(one, "init", longest, 1)),
        "prefill-unfused": ("prefill, unfused", level(two, "init", longest, 1)),
        "decode-fused": ("decode, fused", level(one, "ar", longest, each)),
        "decode-unfused": ("decode, unfused", level(two, "ar", longest, each)),
    }
    most = intensity_limit(one, ATTENTION, "ar", (1.0, MOST, each))
    cap = intensity("decode-limit", "limit in decode, fused", most, apart=ridge.value)
    prefill = "at every length" if start <= 1 else f"from a length of {first.text} on"
    if before is None:
        prefill += " (unfused at no length)"
    elif before > 1:
        prefill += f" (unfused from {math.ceil(before):,})"
    words = with_candidates(study)
    decode = (
        f"decode attention{words} stays below {cap.text}"
        if most <= ridge.value
        else f"decode attention{words} comes to "
        f"{_shown(values['decode-fused'][1], apart=most).text} at length {longest:,}"
    )
    rates = [
        float(evaluate(which, ATTENTION, "init", Grid(1, longest)).attainable)
        for which in (one, two)
    ]
    gain = ratio("gain", f"attainable rate in prefill at length {longest:,}, over unfused",
                 rates[0] / rates[1])  # fmt: skip
    pays = (
        f"Fusing pays in prefill, {gain.text} the rate at length {longest:,}"
        if gain.value >= NO_GAIN
        else f"Fusing raises no rate in prefill at length {longest:,}"
    )
    slow, fast = (_shown(values[key][1], apart=most) for key in ("decode-unfused", "decode-fused"))
    setting = (study.file.batches[0], longest)
    return Finding(
        slug="fused-attention",
        claim=f"Fused, prefill attention is compute-bound {prefill}, while {decode}",
        verdict=f"{pays}; decode attention goes from {slow.figure} to {fast.text}",
        bound="both",
        phases=("init", "ar"),
        series=(ATTENTION,),
        numbers=(
            first,
            cap,
            *(
                intensity(key, f"{label}, at length {longest:,}", value, apart=most)
                for key, (label, value) in values.items()
            ),
            gain,
            ridge,
        ),
        proof=(
            *around(within, "init", math.ceil(start), 1),
            intensity_step(
                apart, ATTENTION, "init", (*setting, 1), f"Unfused, at length {longest:,}:"
            ),
            intensity_step(
                within, ATTENTION, "init", (*setting, 1), f"Fused, at length {longest:,}:"
            ),
            intensity_step(within, ATTENTION, "ar", (*setting, each), "Fused, in decode:"),
            cap_step(one, "ar", cap, each),
        ),
        conditions=(
            moved_once(one),
            "Fused attention keeps the whole score matrix on-chip and reads keys and values once.",
            ceilings(one),
            MASK,
        ),
        changes=(
            "A fused kernel whose tiles read keys and values more than once crosses later.",
            "Skipping what the causal mask hides saves about half of a long prefill's attention.",
        ),
        related=("prefill-attention", "decode-attention", "law", "ridge"),
        chart="intensity-length",
        highlight=slugs(one, (ATTENTION,), "init"),
        sources=(*cited(one, "peak", "bandwidth", "head_dimension", "counts"), "flash-attention"),
    )


def _shown(value: float, apart: float) -> Number:
    """An intensity inside a sentence."""
    return intensity("shown", "", value, apart=apart)
