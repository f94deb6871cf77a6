"""Attention: memory-bound in decode, capped by the head dimension in prefill, freed by fusing."""

import math

from roofline.findings.finding import Finding, FindingBound, Number, Step
from roofline.findings.limits import (
    NO_GAIN,
    attention_series,
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
from roofline.model.operators import Phase
from roofline.study.study import Study


def level(study: Study, phase: Phase, length: float, each: int) -> float:
    """Intensity of attention at a length; it is the same at every batch [FLOP/Byte]."""
    series = attention_series(study.deployment)
    return study.results.at(series, phase, 1, length, each).intensity


def level_limit(deployment: Deployment, phase: Phase, each: int) -> float:
    """Upper limit of the intensity of attention at any length, by the law [FLOP/Byte]."""
    series = attention_series(deployment)
    return intensity_limit(deployment, series, phase, (1.0, MOST, each))


def ridge_length(deployment: Deployment, phase: Phase, each: int) -> float | None:
    """Length at which attention reaches the ridge, as a real number; None where none does."""
    series = attention_series(deployment)
    return crossing(deployment, series, phase, vary="length", candidates=each)


def length_number(start: float, key: str = "length", words: str = "") -> Number:
    """State the shortest compute-bound length, a whole number of tokens."""
    return whole(key, f"shortest compute-bound length{words}", math.ceil(start), "token")


def _mask_words(deployment: Deployment) -> str:
    """Condition: which scores of a prefill are computed."""
    if deployment.choice("mask") == "causal":
        return "Scores that the causal mask hides are skipped: (s + 1) / 2s of them are computed."
    return "Every score is computed, including those that a causal mask hides."


def other_attention(deployment: Deployment) -> str:
    """The option for attention that is not in force."""
    return "unfused" if deployment.choice("attention") == "fused" else "fused"


def _bound(start: float | None, study: Study) -> FindingBound:
    """Which ceiling the points of the grid meet, given the length at the ridge."""
    lengths = study.file.lengths
    if start is None or start > lengths[-1]:
        return "memory"
    return "compute" if start <= lengths[0] else "both"


def cap_step(deployment: Deployment, phase: Phase, cap: Number, each: int) -> Step:
    """Proof of the limit: the reuse of one operand, which no length raises."""
    series = attention_series(deployment)
    return Step(
        text="At any length, the least reused operand keeps the intensity below:",
        formula=limit_formula(work_products(deployment, series, phase, (1.0, MOST, each))),
        result=cap,
    )


def decode_attention(study: Study) -> Finding:
    """Say whether decode attention can be compute-bound, and how intensive it gets."""
    deployment, file, series = study.deployment, study.file, attention_series(study.deployment)
    each, longest = tokens_per_sequence(study), file.lengths[-1]
    setting = (file.batches[0], longest, each)
    most = level_limit(deployment, "ar", each)
    cap = intensity("limit", "limit by the law, at any batch and length", most)
    value = level(study, "ar", longest, each)
    highest = intensity("intensity", f"intensity at length {longest:,}", value, apart=most)
    part, part_step = peak_share_step(study, series, "ar", setting)
    lowest = intensity(
        "shortest",
        f"intensity at length {file.lengths[0]:,}",
        level(study, "ar", file.lengths[0], each),
        apart=most,
    )
    numbers = [highest, cap, part, lowest, ridge_number(deployment.roof.ridge)]
    start = ridge_length(deployment, "ar", each)
    subject = f"Decode attention{with_candidates(study)}"
    everywhere = "at every batch and length"
    stays = f"{subject} stays below {cap.text}"
    if start is None:
        title = stays
        endless = intensity("endless", "", level(study, "ar", MOST, each), apart=most)
        upto = "" if endless.figure == highest.figure else f" up to length {longest:,}"
        claim = (
            f"{stays} {everywhere}: at most {highest.figure}{upto}, "
            f"which attains {part.text} of peak"
        )
        verdict = "Memory-bound: neither batch nor length changes that"
    elif start <= 1:
        title = f"{subject} is compute-bound"
        claim = (
            f"{title} {everywhere}: it comes to {highest.text} at length "
            f"{longest:,}, and the ridge is at {numbers[-1].text}"
        )
        verdict = "Compute-bound: fewer bytes do not help"
    else:
        numbers.append(length_number(start))
        title = f"{subject} is compute-bound from {numbers[-1].text}"
        claim = f"{subject} is compute-bound from a length of {numbers[-1].text} on, at every batch"
        verdict = f"Long caches reach the ridge at {numbers[-2].text}; batch does not matter"
    return Finding(
        slug="decode-attention",
        title=title,
        claim=claim,
        verdict=verdict,
        bound=_bound(start, study),
        phases=("ar",),
        series=(series,),
        numbers=tuple(numbers),
        proof=(
            intensity_step(
                study,
                series,
                "ar",
                setting,
                "Every sequence brings its own cache, so the batch cancels out. At length "
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
        highlight=slugs(deployment, (series,), "ar"),
        sources=cited(deployment, "peak", "bandwidth", "head_dimension", "kv_heads", "counts"),
    )


def _decode_changes(study: Study) -> tuple[str, ...]:
    """Say what the other option for attention, and a narrower cache, would change."""
    deployment, longest, each = study.deployment, study.file.lengths[-1], tokens_per_sequence(study)
    turned = other_attention(deployment)
    width = deployment.element_bytes["kv-cache"] / 2
    here, other, narrow = (
        (level(study.on(variant), "ar", longest, each), level_limit(variant, "ar", each))
        for variant in (
            deployment,
            deployment.with_attention(turned),
            deployment.with_storage("kv-cache", width),
        )
    )
    now = intensity("now", "", here[0], apart=here[1])
    return (
        (
            f"{turned.capitalize()}, decode attention has "
            f"{intensity('other', '', other[0], apart=(here[0], other[1])).figure} instead of "
            f"{now.text} at length {longest:,}."
        ),
        (
            f"With a KV cache of {width_words(width)} an element, it has "
            f"{intensity('narrow', '', narrow[0], apart=(here[0], narrow[1])).text}."
        ),
    )


def prefill_attention(study: Study) -> Finding | None:
    """Say whether prefill attention can be compute-bound, and from which length."""
    deployment, lengths = study.deployment, study.file.lengths
    series, ridge = attention_series(deployment), ridge_number(deployment.roof.ridge)
    most = level_limit(deployment, "init", 1)
    start = ridge_length(deployment, "init", 1)
    subject = f"{deployment.choice('attention').capitalize()} prefill attention"
    setting = (study.file.batches[0], lengths[-1], 1)
    value = level(study, "init", lengths[-1], 1)
    highest = intensity("intensity", f"intensity at length {lengths[-1]:,}", value, apart=most)
    part, part_step = peak_share_step(study, series, "init", setting)
    proof = [
        intensity_step(
            study, series, "init", setting, f"The batch cancels out. At length {lengths[-1]:,}:"
        )
    ]
    cap = intensity("limit", "limit by the law, at any length", most, apart=ridge.value)
    if most <= ridge.value:
        numbers = [cap, ridge, highest, part]
        title = f"{subject} is never compute-bound"
        claim = f"{title}: below {cap.text} at every length, while the ridge is at {ridge.text}"
        verdict = (
            f"Memory-bound at every length and batch: at most {part.text} of peak up to length "
            f"{lengths[-1]:,}"
        )
        proof.append(cap_step(deployment, "init", cap, 1))
    elif start is None:
        return None  # beyond any length that a study may have
    elif start <= 1:
        numbers = [ridge, highest, part]
        title = f"{subject} is compute-bound at every length"
        claim = f"{title}: the ridge is only at {ridge.text}"
        verdict = "Compute-bound: fewer bytes do not help"
    else:
        numbers = [length_number(start), ridge, highest, part]
        title = f"{subject} is compute-bound from {numbers[0].text}"
        claim = f"{subject} is compute-bound from a length of {numbers[0].text} on, at every batch"
        verdict = f"Its limit is above the ridge, so long prompts reach the ridge at {ridge.text}"
        proof += around(study, "init", math.ceil(start), 1)
    return Finding(
        slug="prefill-attention",
        title=title,
        claim=claim,
        verdict=verdict,
        bound=_bound(start, study),
        phases=("init",),
        series=(series,),
        numbers=tuple(numbers),
        proof=(*proof, part_step),
        conditions=(
            moved_once(deployment),
            attention_choice(deployment),
            ceilings(deployment),
            _mask_words(deployment),
        ),
        changes=_prefill_changes(study),
        related=("fused-attention", "law", "ridge", "prefill-projections"),
        highlight=slugs(deployment, (series,), "init"),
        sources=cited(deployment, "peak", "bandwidth", "head_dimension", "counts"),
    )


def around(study: Study, phase: Phase, first: int, each: int, how: str = "") -> list[Step]:
    """Prove a crossing: the intensity one token below the length, and at it."""
    series, batch = attention_series(study.deployment), study.file.batches[0]
    above: Setting = (batch, first, each)
    words = f"Above the ridge at length {first:,}{how}:"
    steps = [intensity_step(study, series, phase, above, words)]
    if first > 1:
        below: Setting = (batch, first - 1, each)
        words = f"Below the ridge at length {first - 1:,}{how}:"
        steps.insert(0, intensity_step(study, series, phase, below, words))
    return steps


def _prefill_changes(study: Study) -> tuple[str, ...]:
    """Say what the other option would change, and which ridge would be low enough."""
    deployment = study.deployment
    turned = other_attention(deployment)
    start = ridge_length(deployment.with_attention(turned), "init", 1)
    reached = (
        f"is compute-bound from a length of {length_number(start).text} on"
        if start
        else "is compute-bound at no length"
    )
    most = level_limit(deployment, "init", 1)
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
    """Say what fusing attention changes, and from which length."""
    each, longest = tokens_per_sequence(study), study.file.lengths[-1]
    fused, causal, unfused = (
        study.on(study.deployment.with_choices(attention=attention, mask=mask))
        for attention, mask in (("fused", "full"), ("fused", "causal"), ("unfused", "full"))
    )
    deployment, series = fused.deployment, attention_series(fused.deployment)
    ridge = ridge_number(deployment.roof.ridge)
    variants = (fused, unfused)
    start, masked, before = (
        ridge_length(variant.deployment, "init", 1) for variant in (fused, causal, unfused)
    )
    if start is None or masked is None:
        return None  # beyond any length that a study may have
    first = length_number(start, words=", every score computed")
    second = length_number(masked, "length-causal", ", masked scores skipped")
    values = {
        "prefill-fused": ("prefill, fused", level(fused, "init", longest, 1)),
        "prefill-causal": (
            "prefill, fused, masked scores skipped",
            level(causal, "init", longest, 1),
        ),
        "prefill-unfused": ("prefill, unfused", level(unfused, "init", longest, 1)),
        "decode-fused": ("decode, fused", level(fused, "ar", longest, each)),
        "decode-unfused": ("decode, unfused", level(unfused, "ar", longest, each)),
    }
    most = level_limit(deployment, "ar", each)
    cap = intensity("decode-limit", "limit in decode, fused", most, apart=ridge.value)
    prefill = onset = "at every length"
    if start > 1:
        onset = f"from {first.text}, or {second.figure} with its mask"
    if masked > 1:
        prefill = (
            f"from a length of {first.text} on, or of {second.figure} if masked scores are skipped"
        )
    if before is None:
        prefill += " (unfused at no length)"
    elif before > 1:
        prefill += f" (unfused from {math.ceil(before):,})"
    words = with_candidates(study)
    decode = (
        f"fused decode attention{words} stays below {cap.text}"
        if most <= ridge.value
        else f"fused decode attention{words} comes to "
        f"{_shown(values['decode-fused'][1], apart=most).text} at length {longest:,}"
    )
    rates = [variant.results.at(series, "init", 1, longest).attainable for variant in variants]
    gain = ratio("gain", f"attainable rate in prefill at length {longest:,}, over unfused",
                 rates[0] / rates[1])  # fmt: skip
    pays = (
        f"Fusing gives prefill attention {gain.text} the attainable rate at length {longest:,}"
        if gain.value >= NO_GAIN
        else f"Fusing does not raise the rate of prefill attention at length {longest:,}"
    )
    slow, fast = (_shown(values[key][1], apart=most) for key in ("decode-unfused", "decode-fused"))
    setting = (study.file.batches[0], longest)
    return Finding(
        slug="fused-attention",
        title=f"Fused prefill attention is compute-bound {onset}",
        claim=f"Fused prefill attention is compute-bound {prefill}; {decode}",
        verdict=f"{pays}; decode attention goes from {slow.figure} to {fast.text}",
        bound="both",
        phases=("init", "ar"),
        series=(series,),
        numbers=(
            first,
            second,
            cap,
            *(
                intensity(key, f"{label}, at length {longest:,}", value, apart=most)
                for key, (label, value) in values.items()
            ),
            gain,
            ridge,
        ),
        proof=(
            *around(fused, "init", math.ceil(start), 1),
            *around(causal, "init", math.ceil(masked), 1, ", masked scores skipped"),
            intensity_step(
                unfused, series, "init", (*setting, 1), f"Unfused, at length {longest:,}:"
            ),
            intensity_step(fused, series, "init", (*setting, 1), f"Fused, at length {longest:,}:"),
            intensity_step(fused, series, "ar", (*setting, each), "Fused, in decode:"),
            cap_step(deployment, "ar", cap, each),
        ),
        conditions=(
            moved_once(deployment),
            "Fused attention keeps the whole score matrix on-chip and reads keys and values once.",
            ceilings(deployment),
            (
                "A causal mask hides the later tokens of a prompt. A kernel that skips them "
                "computes (s + 1) / 2s of the scores and moves the same operands."
            ),
        ),
        changes=(
            (
                "A fused kernel that reads keys and values more than once, tile by tile, reaches "
                "the ridge at a greater length."
            ),
            "Skipping masked scores saves about half of the attention work of a long prefill.",
        ),
        related=("prefill-attention", "decode-attention", "law", "ridge"),
        highlight=slugs(deployment, (series,), "init"),
        sources=(
            *cited(deployment, "peak", "bandwidth", "head_dimension", "counts"),
            "flash-attention",
        ),
    )


def _shown(value: float, apart: float) -> Number:
    """State an intensity inside a sentence."""
    return intensity("shown", "", value, apart=apart)
