"""The finding about fusing attention: what it changes, and from which length."""

import math

from roofline.crossing import MOST
from roofline.findings.attention import MASK, around, cap_step, length, level, ridge_length
from roofline.findings.finding import Finding, Number
from roofline.findings.ground import (
    ATTENTION,
    NO_GAIN,
    ceilings,
    cited,
    fused,
    limit,
    moved_once,
    slugs,
    tokens_each,
    with_candidates,
)
from roofline.findings.numbers import intensity, ratio, ridge_number
from roofline.findings.proof import at
from roofline.points import evaluate
from roofline.study import Study


def fused_attention(study: Study) -> Finding | None:
    """What fusing attention changes, and from which length."""
    each, longest = tokens_each(study), study.file.lengths[-1]
    within = study.on(fused(study.deployment))
    apart = study.on(fused(study.deployment, "unfused"))
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
    most = limit(one, ATTENTION, "ar", (1.0, MOST, each))
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
        float(evaluate(which, ATTENTION, "init", 1, longest).attainable) for which in (one, two)
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
            at(apart, ATTENTION, "init", (*setting, 1), f"Unfused, at length {longest:,}:"),
            at(within, ATTENTION, "init", (*setting, 1), f"Fused, at length {longest:,}:"),
            at(within, ATTENTION, "ar", (*setting, each), "Fused, in decode:"),
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
