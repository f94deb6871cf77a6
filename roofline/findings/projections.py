"""Findings about the decode projections: their intensity, and where they reach the ridge."""

import math

from roofline.findings.finding import Finding, Step
from roofline.findings.limits import (
    Reach,
    below_ridge,
    projection_series,
    projections_at_ridge,
)
from roofline.findings.numbers import (
    bandwidth_number,
    crossing_number,
    intensity,
    ridge_number,
    share,
    whole,
)
from roofline.findings.phrases import (
    all_words,
    ceilings,
    grid,
    moved_once,
    projection_choice,
    series_phrase,
    short_name,
    slugs,
    times_words,
    tokens_per_sequence,
    width_words,
    with_candidates,
)
from roofline.findings.proof import crossing_formula, intensity_step, peak_share_step
from roofline.findings.sources import PROJECTED, cited
from roofline.study.study import Study

_NEAR = 0.95
"""An intensity of at least this share of its limit is called close to it."""


def decode_projections(study: Study) -> Finding:
    """Say how the intensity of decode projections grows with the batch."""
    deployment, file, series = study.deployment, study.file, projection_series(study.deployment)
    each, batch, length = tokens_per_sequence(study), file.batches[-1], file.lengths[0]
    setting = (batch, length, each)
    intensities, shares, steps = [], [], []
    for name in series:
        slug, words = deployment.operators.series[name].slug, short_name(deployment, name)
        value = study.results.at(name, "ar", *setting).intensity
        label = f"intensity at batch {batch:,}, {words}"
        intensities.append(intensity(slug, label, value, apart=deployment.roof.ridge))
        part, part_step = peak_share_step(study, name, "ar", setting)
        shares.append(share(f"{slug}-share", f"share of peak, {words}", part.value))
        steps += [
            intensity_step(study, name, "ar", setting, f"{words.capitalize()} at batch {batch:,}:")
        ]
        steps += [part_step]
    intensities.sort(key=lambda number: number.value)
    low, high = intensities[0], intensities[-1]
    parts = [number.text for number in sorted(shares, key=lambda number: number.value)]
    factor = 2.0 * each / deployment.element_bytes["weight"]
    near = low.value >= _NEAR * factor * batch
    relation = f"is close to {times_words(factor)}the batch" if near else "rises with the batch"
    span = high.text if low.figure == high.figure else f"{low.figure} to {high.text}"
    held = study.results.capacity.tokens // batch
    return Finding(
        slug="decode-projections",
        title=f"The intensity of decode projections {relation}",
        claim=(
            f"The intensity of decode projections{with_candidates(study)} {relation}: {span} at "
            f"batch {batch:,}, which attains {' to '.join(dict.fromkeys(parts))} of peak"
        ),
        verdict="A weight is read once for the whole batch: each extra sequence adds work but "
        "almost no traffic",
        bound="both" if high.value >= deployment.roof.ridge else "memory",
        phases=("ar",),
        series=series,
        numbers=(
            *intensities,
            *shares,
            whole("batch", "largest batch", batch, "sequence"),
            ridge_number(deployment.roof.ridge),
        ),
        proof=tuple(steps),
        conditions=(
            moved_once(deployment),
            projection_choice(deployment),
            ceilings(deployment),
            grid(study),
            f"Batch {batch:,} fits beside the weights up to a length of {held:,}."
            if held
            else f"Batch {batch:,} does not fit beside the weights at any length.",
        ),
        changes=_changes(study),
        related=("projection-crossings", "narrow-weights", "candidates", "capacity"),
        highlight=slugs(deployment, series, "ar"),
        sources=cited(deployment, *PROJECTED),
    )


def _changes(study: Study) -> tuple[str, ...]:
    """Say what twice the batch, and weights of half the bytes, would change."""
    deployment, file, name = study.deployment, study.file, projection_series(study.deployment)[0]
    batch, length, each = file.batches[-1], file.lengths[0], tokens_per_sequence(study)
    width = deployment.element_bytes["weight"] / 2
    now, double, narrow = (
        intensity("changed", "", which.results.at(name, "ar", many, length, each).intensity)
        for which, many in (
            (study, batch),
            (study, 2 * batch),
            (study.on(deployment.with_storage("weight", width)), batch),
        )
    )
    words = series_phrase(deployment, name)
    return (
        f"At batch {2 * batch:,}, {words} have {double.text} instead of {now.figure}.",
        (
            f"With weights of {width_words(width)} an element, they have {narrow.text} at batch "
            f"{batch:,}."
        ),
    )


def projection_crossings(study: Study) -> Finding:
    """Say at which batch each decode projection reaches the ridge."""
    deployment, largest = study.deployment, study.file.batches[-1]
    each, reach = tokens_per_sequence(study), projections_at_ridge(deployment)
    words, ridge = with_candidates(study), ridge_number(deployment.roof.ridge)
    batches = {name: max(1.0, tokens / each) for name, tokens in reach.tokens.items() if tokens}
    crossings = tuple(
        crossing_number(
            deployment.operators.series[name].slug,
            f"batch at the ridge, {short_name(deployment, name)}",
            value,
            "sequence",
        )
        for name, value in batches.items()
    )
    size = whole("largest-batch", "largest batch of the study", largest, "sequence")
    numbers = (*crossings, size, ridge)
    if reach.never:
        who, most = below_ridge(study, reach.never)
        numbers = (most, *numbers)
        title = f"{who} never reach the ridge in decode"
        claim = f"{title}: at most {most.text} at any batch, below {ridge.text}"
    elif max(batches.values()) <= 1:
        first = whole("batch", "smallest compute-bound batch", 1, "sequence")
        numbers = (first, *numbers)
        title = f"Decode projections{words} are compute-bound at every batch"
        claim = f"Decode projections{words} are compute-bound from batch {first.figure} on"
    else:
        starts = {name: f"{math.ceil(batch):,}" for name, batch in batches.items()}
        places = " and ".join(
            f"{start} ({short_name(deployment, name)})" for name, start in starts.items()
        )
        first = whole("batch", "batch from which all are compute-bound",
                      math.ceil(max(batches.values())), "sequence")  # fmt: skip
        numbers = (first, *numbers)
        title = f"Decode projections{words} are compute-bound from batch {first.figure}"
        claim = (
            f"Decode projections{words} are compute-bound from batch {places} on, "
            f"{_where(study, batches)}"
        )
    below = not batches or min(batches.values()) > largest
    return Finding(
        slug="projection-crossings",
        title=title,
        claim=claim,
        verdict=_verdict(study, reach, below=below),
        bound="memory" if below else "compute" if _all_above(study, reach) else "both",
        phases=("ar",),
        series=tuple(reach.tokens),
        numbers=numbers,
        proof=tuple(
            step for name, batch in batches.items() for step in _proof(study, name, batch, each)
        )
        or (Step(text="The matrices are too small: their dimensions keep it below the ridge."),),
        conditions=(
            moved_once(deployment),
            projection_choice(deployment),
            ceilings(deployment),
            "Attention is left out: its intensity does not depend on the batch.",
        ),
        changes=_crossing_changes(study),
        related=("decode-projections", "chunked-prefill", "capacity", "narrow-weights"),
        highlight=slugs(deployment, tuple(reach.tokens), "ar"),
        sources=cited(deployment, *PROJECTED),
    )


def _all_above(study: Study, reach: Reach) -> bool:
    """Whether the smallest batch is past the ridge already."""
    fewest = study.file.batches[0] * tokens_per_sequence(study)
    return reach.last is not None and reach.last <= fewest


def _where(study: Study, batches: dict[str, float]) -> str:
    """Say whether these batches lie on the study's grid."""
    largest = study.file.batches[-1]
    if min(batches.values()) > largest:
        return f"beyond the largest batch here, {largest:,}"
    if max(batches.values()) <= largest:
        return f"within the batches here, up to {largest:,}"
    return f"on both sides of the largest batch here, {largest:,}"


def _verdict(study: Study, reach: Reach, *, below: bool) -> str:
    """Say whether any setting is compute-bound, and what the card holds at the crossing."""
    sentence = (
        "No batch of the grid is compute-bound" if below else "Larger batches are compute-bound"
    )
    if reach.last is None:
        return sentence
    if reach.last <= tokens_per_sequence(study):
        return "Every batch is compute-bound: a larger batch does not raise the rate"
    batch = max(1, math.ceil(reach.last / tokens_per_sequence(study)))
    room = whole("room", "", study.results.capacity.tokens // batch, "token")
    if not room.value:
        return f"{sentence}; batch {batch:,} does not fit on the card at any length"
    return f"{sentence}; batch {batch:,} fits on the card only up to a length of {room.text}"


def _proof(study: Study, name: str, batch: float, each: int) -> list[Step]:
    """Prove a crossing: the law solved for the tokens, and whole batches on both sides."""
    deployment, length = study.deployment, study.file.lengths[0]
    words, first = short_name(deployment, name), math.ceil(batch)
    steps = []
    formula = crossing_formula(study, name)
    if formula is not None and batch > 1:
        tokens = crossing_number("tokens", "tokens per step at the ridge", batch * each,
                                 "token")  # fmt: skip
        text = f"{words.capitalize()}: the law solved for the tokens of a step at the ridge:"
        steps.append(Step(text=text, formula=formula, result=tokens))
    if first > 1:
        text = f"{words.capitalize()} at batch {first - 1:,}, below the ridge:"
        steps.append(intensity_step(study, name, "ar", (first - 1, length, each), text))
    text = f"{words.capitalize()} at batch {first:,}, above the ridge:"
    return [*steps, intensity_step(study, name, "ar", (first, length, each), text)]


def _crossing_changes(study: Study) -> tuple[str, ...]:
    """Say what narrower weights, and a card with more bandwidth, would change."""
    deployment, each = study.deployment, tokens_per_sequence(study)
    width = deployment.element_bytes["weight"] / 2
    narrow = projections_at_ridge(deployment.with_storage("weight", width))
    bandwidth = bandwidth_number(deployment).text
    changes = [f"More bandwidth than {bandwidth} lowers the ridge, and with it the batch."]
    if narrow.last is not None:
        batch = max(1, math.ceil(narrow.last / each))
        subject = f"With weights of {width_words(width)} an element, {all_words(narrow.tokens)}"
        changes.insert(0, f"{subject} are compute-bound from batch {batch:,} on.")
    return tuple(changes)
