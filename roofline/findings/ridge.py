"""Findings about the roof itself: where the ridge is, and what the law allows."""

import dataclasses

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import identifiers
from roofline.findings.finding import Finding, Step
from roofline.findings.limits import (
    attention_series,
    intensity_limit,
    projection_series,
    work_products,
)
from roofline.findings.numbers import (
    bandwidth_number,
    ceilings_measured,
    intensity,
    peak_number,
    ridge_number,
)
from roofline.findings.phrases import (
    ceilings,
    grid,
    moved_once,
    series_phrase,
    slugs,
    times_words,
    tokens_per_sequence,
    width_words,
    with_candidates,
)
from roofline.findings.proof import limit_formula, write_formula
from roofline.findings.sources import cited
from roofline.model.crossing import MOST
from roofline.model.operators import Phase
from roofline.study.study import Study
from roofline.units import significant


def ridge(study: Study) -> Finding:
    """Say where the two ceilings meet."""
    deployment = study.deployment
    roof, dtype = deployment.roof, deployment.dtype
    number = ridge_number(roof.ridge)
    peak, bandwidth = peak_number(deployment), bandwidth_number(deployment)
    name = deployment.accelerator.name
    return Finding(
        slug="ridge",
        title=f"The ridge lies at {number.text}",
        claim=(
            f"The ridge of the {name} lies at {number.text} in {dtype}: a kernel below it is "
            "memory-bound, one above it compute-bound"
        ),
        verdict=(
            f"To reach the peak, a kernel must do {number.figure} FLOP for each byte that it moves"
        ),
        bound="both",
        phases=("init", "ar"),
        series=(),
        numbers=(number, peak, bandwidth),
        proof=(
            Step(
                text="Moving takes as long as computing at the intensity where bandwidth times "
                "intensity equals the peak:",
                formula=write_formula("π / β", {"π": roof.peak, "β": roof.bandwidth}),
                result=number,
            ),
        ),
        conditions=(
            ceilings(deployment),
            _which_peak(study),
        ),
        changes=(*_other_dtypes(study), *_other_cards(study), *_other_runs(study)),
        related=("law", "projection-crossings", "prefill-attention", "chunked-prefill"),
        sources=(*cited(deployment, "peak", "bandwidth"), "roofline"),
    )


def _which_peak(study: Study) -> str:
    if ceilings_measured(study.deployment):
        return (
            "The ceilings were measured with one large product and one large copy. A kernel that "
            "reads more than it writes, or suits the library better, can be faster than both."
        )
    return (
        "The peak is dense. The ridge of a sparse peak would be higher, and no dense kernel "
        "reaches that peak."
    )


def _other_runs(study: Study) -> tuple[str, ...]:
    """Say what would move ceilings that were measured."""
    if not ceilings_measured(study.deployment):
        return ()
    return ("Another library or more threads change the ceilings, and with them the ridge.",)


def _other_dtypes(study: Study) -> tuple[str, ...]:
    """Say where the ridge lies in the card's other number formats."""
    deployment = study.deployment
    own, bandwidth = deployment.roof.peak, deployment.roof.bandwidth
    by_peak: dict[float, list[str]] = {}
    for dtype, peak in deployment.accelerator.peaks.items():
        if peak.value != own:
            by_peak.setdefault(peak.value, []).append(dtype)
    return tuple(
        f"In {' and '.join(names)} the ridge lies at {significant(peak / bandwidth, 4)} FLOP/Byte."
        for peak, names in by_peak.items()
    )


def _other_cards(study: Study) -> tuple[str, ...]:
    """Say where the lowest and the highest ridge of other cards lie, in the same dtype."""
    deployment = study.deployment
    own = deployment.accelerator.name
    ridges = sorted(
        (dataclasses.replace(deployment, accelerator=card).roof.ridge, card.name)
        for card in map(load_accelerator, identifiers("accelerators"))
        if card.name != own and deployment.dtype in card.peaks
    )
    if not ridges:
        return ()
    places = " and ".join(
        f"{significant(value, 4)} FLOP/Byte on the {name}"
        for value, name in dict.fromkeys((ridges[0], ridges[-1]))
    )
    return (f"On other cards the ridge lies elsewhere: {places}.",)


def law(study: Study) -> Finding:
    """Say what no intensity can exceed, for each series."""
    deployment, file = study.deployment, study.file
    attention, projections = attention_series(deployment), projection_series(deployment)
    each, batch, longest = tokens_per_sequence(study), file.batches[-1], file.lengths[-1]
    settings: list[tuple[str, str, Phase, tuple[float, float, float], str]] = [
        ("decode-attention", attention, "ar", (1.0, MOST, each), "decode attention")
    ]
    for name in projections:
        slug, words = deployment.operators.series[name].slug, series_phrase(deployment, name)
        label = f"{words} in decode at batch {batch:,}"
        settings.append((f"decode-{slug}", name, "ar", (batch, 1.0, each), label))
    label = f"prefill attention at length {longest:,}"
    settings.append(("prefill-attention", attention, "init", (1.0, longest, 1.0), label))
    numbers = tuple(
        intensity(key, f"limit for {words}", intensity_limit(deployment, name, phase, setting))
        for key, name, phase, setting, words in settings
    )
    decode, *weights, prefill = numbers
    lowest = min(weights, key=lambda number: number.value)
    rule, terms = _rule(study)
    words = (
        f"{decode.text} in decode attention{with_candidates(study)}, {lowest.figure} in decode "
        f"projections at batch {batch:,}, {prefill.figure} in prefill attention"
    )
    return Finding(
        slug="law",
        title="The least reused operand limits the intensity",
        claim=f"{rule}: {words} at length {longest:,}",
        verdict=(
            "A kernel whose limit is below the ridge, "
            f"{significant(deployment.roof.ridge, 4)} FLOP/Byte, is always memory-bound"
        ),
        bound="both",
        phases=("init", "ar"),
        series=(attention, *projections),
        numbers=(*numbers, ridge_number(deployment.roof.ridge)),
        proof=(
            Step(
                text="A product of m × k by k × n elements does 2mnk FLOP and moves each operand "
                "once. So one over the intensity is a sum of three terms, and the intensity is at "
                f"most the smallest of their inverses: {terms}."
            ),
            *(
                Step(
                    text=f"{words[:1].upper()}{words[1:]}, by the least reused operand:",
                    formula=limit_formula(work_products(deployment, name, phase, setting)),
                    result=number,
                )
                for (_, name, phase, setting, words), number in zip(settings, numbers, strict=True)
            ),
        ),
        conditions=(
            moved_once(deployment),
            "An operand that stays on-chip sets no limit.",
            grid(study),
        ),
        changes=(
            "Half the bytes per element double the limit of that operand.",
            (
                "More rows per product raise the limit of the second operand: batch for "
                "projections, candidates and grouped heads for attention."
            ),
            "Keeping an operand on-chip removes its limit.",
        ),
        related=("ridge", "decode-attention", "prefill-attention", "narrow-weights"),
        highlight=(
            *slugs(deployment, (*projections, attention), "ar"),
            *slugs(deployment, (attention,), "init"),
        ),
        sources=cited(deployment, "counts", "head_dimension", "hidden", "intermediate"),
    )


def _rule(study: Study) -> tuple[str, str]:
    """The law in words, and its terms, for the study's bytes per element."""
    deployment = study.deployment
    widths = {width for kind, width in deployment.element_bytes.items() if kind != "on-chip"}
    series = {attention_series(deployment), *projection_series(deployment)}
    kept = any("on-chip" in row.operands for row in deployment.rows if row.series in series)
    if kept or len(widths) > 1:
        rule = "No intensity exceeds the reuse of any operand in device memory"
        return rule, "2n/e_a, 2m/e_b and 2k/e_c, at e bytes an element"
    (width,) = widths
    factor = 2.0 / width
    rule = (
        f"At {width_words(width)} an element no intensity exceeds {times_words(factor)}the "
        "product's smallest dimension"
    )
    term = "" if factor == 1 else f"{factor:g}"
    return rule, f"{term}m, {term}n and {term}k"
