"""Findings about the tokens of a step: prefill, and the chunks of a chunked prefill."""

import math

from roofline.findings.finding import Finding, FindingBound, Number, Step
from roofline.findings.limits import (
    below_ridge,
    projection_series,
    projections_at_ridge,
)
from roofline.findings.numbers import crossing_number, ridge_number, share, whole
from roofline.findings.phrases import (
    all_words,
    ceilings,
    grid,
    moved_once,
    projection_choice,
    short_name,
    slugs,
    tokens_per_sequence,
    width_words,
)
from roofline.findings.proof import crossing_formula, intensity_step, peak_share_step
from roofline.findings.sources import PROJECTED, cited
from roofline.model.crossing import crossing
from roofline.study.study import Study


def prefill_projections(study: Study) -> Finding:
    """Say from how many tokens on prefill projections are compute-bound."""
    deployment, file, series = study.deployment, study.file, projection_series(study.deployment)
    starts = {name: crossing(deployment, name, "init", vary="length") for name in series}
    never = [name for name, start in starts.items() if start is None]
    ridge = ridge_number(deployment.roof.ridge)
    batch, length = file.batches[0], file.lengths[0]
    setting = (batch, length, 1)
    numbers: list[Number] = []
    bound: FindingBound = "memory"
    if never:
        who, most = below_ridge(study, never)
        numbers.append(most)
        title = f"{who} never reach the ridge in prefill"
        claim = f"{title}: at most {most.text} with any number of tokens, below {ridge.text}"
        verdict = "Memory-bound: the matrices are too small for this card"
    else:
        last = max(start for start in starts.values() if start is not None)
        label = f"tokens from which {all_words(series)} are compute-bound"
        first = whole("tokens", label, math.ceil(last), "token")
        numbers.append(first)
        fewest, most_tokens = batch * length, file.batches[-1] * file.lengths[-1]
        prompts = "a single prompt" if batch == 1 else f"{batch:,} prompts"
        size = whole("shortest", "", length, "token").text
        if fewest >= first.value:
            tail = f"{prompts} of {size} already {'is' if batch == 1 else 'are'}"
            bound = "compute"
        else:
            tail = f"{prompts} of {size} {'is' if batch == 1 else 'are'} not"
            bound = "both" if most_tokens >= first.value else "memory"
        title = f"Prefill projections are compute-bound from {first.text}"
        claim = f"{title} on, batch times length; {tail}"
        verdict = "From there on, the time grows in proportion to the number of tokens"
    steps: list[Step] = []
    for name in series:
        slug, words = deployment.operators.series[name].slug, short_name(deployment, name)
        start = starts[name]
        if start is not None:
            numbers.append(crossing_number(slug, f"tokens at the ridge, {words}", start, "token"))
            formula = crossing_formula(study, name) if start > 1 else None
            if formula is not None:
                text = f"{words.capitalize()}: the law solved for the tokens at the ridge:"
                steps.append(Step(text=text, formula=formula, result=numbers[-1]))
        part, part_step = peak_share_step(study, name, "init", setting)
        label = f"share of peak at batch {batch:,}, length {length:,}, {words}"
        numbers.append(share(f"{slug}-share", label, part.value))
        text = f"{words.capitalize()} at batch {batch:,} and length {length:,}:"
        steps += [intensity_step(study, name, "init", setting, text), part_step]
    return Finding(
        slug="prefill-projections",
        title=title,
        claim=claim,
        verdict=verdict,
        bound=bound,
        phases=("init",),
        series=series,
        numbers=(*numbers, ridge),
        proof=tuple(steps),
        conditions=(
            moved_once(deployment),
            projection_choice(deployment),
            ceilings(deployment),
            grid(study),
        ),
        changes=_narrow_tokens(study),
        related=("chunked-prefill", "projection-crossings", "prefill-attention", "ridge"),
        highlight=slugs(deployment, series, "init"),
        sources=cited(deployment, *PROJECTED),
    )


def _narrow_tokens(study: Study) -> tuple[str, ...]:
    """Say what a higher peak, and weights of half the bytes, would change."""
    width = study.deployment.element_bytes["weight"] / 2
    last = projections_at_ridge(study.deployment.with_storage("weight", width)).whole
    changes = ["A higher peak at the same bandwidth needs more tokens, not fewer."]
    if last is not None:
        tokens = whole("tokens", "", last, "token").text
        words = f"With weights of {width_words(width)} an element, {tokens}"
        changes.insert(0, f"{words} {'is' if last == 1 else 'are'} enough.")
    return tuple(changes)


def chunked_prefill(study: Study) -> Finding:
    """Say how many tokens, of prefill and decode together, bring a step to the ridge."""
    deployment, file, series = study.deployment, study.file, projection_series(study.deployment)
    reach, ridge = projections_at_ridge(deployment), ridge_number(deployment.roof.ridge)
    steps: list[Step] = []
    changes = list(_narrow_tokens(study))
    numbers: tuple[Number, ...]
    if reach.whole is None:
        who, most = below_ridge(study, reach.never)
        numbers = (most, ridge)
        title = f"No chunk of a prefill brings {who[:1].lower()}{who[1:]} to the ridge"
        claim = f"{title}: at most {most.text}"
        verdict = "Larger chunks raise the rate, but never to the peak"
    else:
        size = whole("tokens", "tokens in one step that reach the ridge", reach.whole, "token")
        decode = tokens_per_sequence(study) * file.batches[-1]
        chunk = max(0, reach.whole - decode)
        beside = whole("chunk", f"chunk beside a decode batch of {file.batches[-1]:,}", chunk,
                       "token")  # fmt: skip
        numbers = (size, beside, ridge)
        title = f"A step of {size.text} brings all projections to the ridge"
        claim = (
            f"A step of {size.text}, prefill and decode together, brings all projections to the "
            f"ridge{'' if size.value > 1 else ': no chunk is too small'}"
        )
        verdict = (
            _half(study, reach.whole)
            if size.value > 1
            else "Every step is compute-bound: larger chunks do not raise the rate"
        )
        changes.append(
            f"With {decode:,} decode tokens in the step, a chunk of {beside.text} is enough."
            if chunk
            else f"The {decode:,} decode tokens of the largest batch alone reach the ridge."
        )
        steps = [
            intensity_step(study, name, "ar", (tokens, file.lengths[0], 1),
               f"{short_name(deployment, name).capitalize()} in a step of {tokens:,}:")
            for name in series
            for tokens in dict.fromkeys((max(1, reach.whole - 1), reach.whole))
        ]  # fmt: skip
    return Finding(
        slug="chunked-prefill",
        title=title,
        claim=claim,
        verdict=verdict,
        bound="both" if reach.whole is not None else "memory",
        phases=("init", "ar"),
        series=series,
        numbers=numbers,
        proof=(
            Step(
                text="A projection has one row for each token of the step, so prefill tokens and "
                "decode tokens count alike."
            ),
            *steps,
        ),
        conditions=(
            moved_once(deployment),
            projection_choice(deployment),
            ceilings(deployment),
            (
                "Attention is left out: sequences do not share their caches, so its intensity "
                "stays the same."
            ),
        ),
        changes=tuple(changes),
        related=("prefill-projections", "projection-crossings", "decode-projections", "candidates"),
        highlight=(*slugs(deployment, series, "init"), *slugs(deployment, series, "ar")),
        sources=cited(deployment, *PROJECTED),
    )


def _half(study: Study, tokens: int) -> str:
    """Say what a step of half the tokens attains."""
    half = max(1, tokens // 2)
    deployment = study.deployment
    rates = [
        study.results.at(name, "ar", half, 1).attainable for name in projection_series(deployment)
    ]
    part = share("half", "", min(rates) / deployment.roof.peak)
    tokens_text = whole("tokens", "", half, "token").text
    return f"With {tokens_text} the slowest projections attain at most {part.text} of peak"
