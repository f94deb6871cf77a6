"""Findings about more rows for each cached key: grouped heads and candidate tokens."""

import math

from roofline.capacity import capacity
from roofline.deployment import Deployment
from roofline.findings.finding import Finding, FindingBound, Number, Step
from roofline.findings.ground import (
    ATTENTION,
    MODEL,
    PROJECTIONS,
    attention_choice,
    below_ridge,
    cited,
    moved_once,
    reach,
    regrouped,
    short,
    slugs,
    stored,
    tokens_each,
    width_words,
    with_candidates,
)
from roofline.findings.memory import held_step, weights_step
from roofline.findings.numbers import amount, intensity, ratio, ridge_number, whole
from roofline.findings.proof import Setting, at, composed
from roofline.points import evaluate
from roofline.study import Study

_GROUPS = (4, 8, 2)
"""Query heads per key and value head to look at, in this order, where they divide the heads."""
_CANDIDATES = 64
_SETTING = (16, 1024)
"""Candidates, and batch and length, of the reference chart's paper."""


def _group(deployment: Deployment) -> tuple[int, int] | None:
    """Group sizes to compare, the smaller one first; None where heads cannot be grouped."""
    heads = deployment.transformer.heads.value
    grouped = heads // deployment.transformer.kv_heads.value
    if grouped > 1:
        return 1, grouped
    for size in (*_GROUPS, *range(2, heads + 1)):
        if heads % size == 0 and size <= heads:
            return 1, size
    return None


def grouped_heads(study: Study) -> Finding | None:
    """What sharing keys and values among heads changes, or would change."""
    deployment = study.deployment
    groups = _group(deployment)
    if groups is None:
        return None
    heads, size = deployment.transformer.heads.value, groups[1]
    apart = study.on(regrouped(deployment, heads))
    shared = study.on(regrouped(deployment, heads // size))
    would = deployment.transformer.kv_heads.value == heads
    setting = (study.file.batches[0], study.file.lengths[-1], tokens_each(study))
    values = [
        float(evaluate(one.deployment, ATTENTION, "ar", *setting).intensity)
        for one in (shared, apart)
    ]
    label = f"intensity of decode attention at length {setting[1]:,}"
    high = intensity("grouped", f"{label}, groups of {size:,}", values[0], apart=values[1])
    low = intensity("ungrouped", f"{label}, no groups", values[1], apart=values[0])
    kept = [capacity(one.deployment) for one in (shared, apart)]
    fit, fit_apart = (
        whole(key, f"tokens of cache that fit, {words}", one.tokens, "token")
        for key, words, one in zip(
            ("fit", "fit-ungrouped"), (f"groups of {size:,}", "no groups"), kept, strict=True
        )
    )
    groups_of = whole("group", "query heads per key and value head", size)
    kv = whole("kv-heads", "key and value heads", heads // size)
    noun = "KV head" if kv.value == 1 else "KV heads"
    raised = "would raise" if would else "raise"
    claim = (
        f"Groups of {groups_of.text} query heads, {kv.text} {noun}, {raised} decode attention"
        f"{with_candidates(study)} from {low.figure} to {high.text} at length {setting[1]:,}"
    )
    if fit_apart.value:
        claim += f", and the cache that fits from {fit_apart.figure} to {fit.text}"
    elif fit.value:
        make = "would make" if would else "make"
        claim += f", and {make} room for {fit.text} of cache where none fits"
    memory = values[0] < deployment.roof.ridge
    ridge = ridge_number(deployment.roof.ridge)
    token = amount("token", f"cache of one token, groups of {size:,}", kept[0].kv_per_token,
                   "byte", "computed")  # fmt: skip
    saved = amount("saved", f"key and value weights saved, groups of {size:,}",
                   kept[1].weights - kept[0].weights, "byte", "computed")  # fmt: skip
    bound: FindingBound = "memory" if memory else "both"
    return Finding(
        slug="grouped-heads",
        claim=claim,
        verdict=f"The cache of a token is {size:,} times smaller and the key and value weights "
        f"take {saved.text} less; decode attention "
        f"{'stays memory-bound' if memory else 'is compute-bound'}",
        bound=bound,
        phases=("ar",),
        series=(ATTENTION,),
        numbers=(
            high,
            low,
            groups_of,
            kv,
            fit,
            fit_apart,
            token,
            saved,
            ridge,
        ),
        proof=(
            at(shared, ATTENTION, "ar", setting,
               f"A group shares its keys and values, {size:,} rows for each product:"),
            at(apart, ATTENTION, "ar", setting, "Without groups:"),
            weights_step(shared),
            held_step(
                kept[0],
                f"The cache of a token is {size:,} times smaller, {token.text}, and the matrices "
                f"for keys and values shrink by {saved.text}; over it goes what the weights leave "
                "of the memory, whole tokens counting:",
            ),
        ),
        conditions=(
            moved_once(deployment),
            attention_choice(deployment),
            ("Query heads, head dimension and layers stay; only the key and value projections "
            "shrink."),
            "The model must be trained with its groups; this says nothing about its answers.",
        ),
        changes=_group_changes(study, heads),
        related=("decode-attention", "capacity", "attention-traffic", "candidates"),
        chart="roofline",
        highlight=slugs(deployment, (ATTENTION,), "ar"),
        sources=(
            *cited(deployment, "heads", "capacity", "counts", *MODEL),
            "grouped-query-attention",
        ),
    )  # fmt: skip


def _group_changes(study: Study, heads: int) -> tuple[str, ...]:
    """One key and value head for all query heads."""
    one = regrouped(study.deployment, 1)
    setting = (study.file.batches[0], study.file.lengths[-1], tokens_each(study))
    value = float(evaluate(one, ATTENTION, "ar", *setting).intensity)
    fit = whole("fit", "", capacity(one).tokens, "token").text
    if study.deployment.transformer.kv_heads.value == 1:
        return ("Narrower keys and values make the cache smaller still.",)
    return (
        (
            f"One KV head for all {heads:,} query heads brings it to "
            f"{intensity('one', '', value, apart=one.roof.ridge).text}, and {fit} of cache fit."
        ),
    )


def candidates(study: Study) -> Finding:
    """What candidate tokens change for attention, and where they stop paying elsewhere."""
    deployment, file = study.deployment, study.file
    many = max(file.candidates) if max(file.candidates) > 1 else _CANDIDATES
    batch, length = (
        wanted if wanted in values else values[(len(values) - 1) // 2]
        for wanted, values in zip(_SETTING, (file.batches, file.lengths), strict=True)
    )
    settings: tuple[Setting, Setting] = ((batch, length, many), (batch, length, 1))
    points = [evaluate(deployment, ATTENTION, "ar", *one) for one in settings]
    values = [float(one.intensity) for one in points]
    times = Number(key="gain", label=f"intensity of decode attention with {many:,} candidates, "
                   "over one token", value=values[0] / values[1], unit="times", kind="computed",
                   digits=2)  # fmt: skip
    label = f"intensity at batch {batch:,}, length {length:,}"
    numbers = [
        times,
        intensity("with", f"{label}, {many:,} candidates", values[0], apart=values[1]),
        intensity("without", f"{label}, one token", values[1], apart=values[0]),
        ratio("rate", "attainable rate, over one token",
              float(points[0].attainable) / float(points[1].attainable)),
    ]  # fmt: skip
    found = reach(deployment)
    subject = (
        f"{many:,} candidate tokens per sequence give decode attention {times.text} the "
        f"intensity at length {length:,}"
    )
    if found.whole is None:
        who, most = below_ridge(deployment, found.never)
        numbers.append(most)
        claim = f"{subject}; {who[:1].lower()}{who[1:]} never reach the ridge"
        verdict = "Candidates keep paying: no number of them makes every projection compute-bound"
    else:
        size = whole("tokens", "tokens per step at which the projections are compute-bound",
                     found.whole, "token")  # fmt: skip
        least = whole("candidates", f"candidates at batch {batch:,} that reach it",
                      max(1, math.ceil((found.last or 1.0) / batch)))  # fmt: skip
        numbers += [size, least]
        claim = (
            f"{subject}; in the projections they stop paying at {size.text} per step, "
            f"{least.text} candidates at batch {batch:,}"
            if least.value > 1
            else f"{subject}; in the projections they pay nothing at batch {batch:,}, past the "
            f"{size.text} per step that reach the ridge"
        )
        verdict = (
            f"Below {size.text} per step, batch times candidates, a candidate costs the "
            "projections almost no time; beyond, its full share"
            if least.value > 1
            else "Every candidate costs the projections its full share of time here"
        )
    return Finding(
        slug="candidates",
        claim=claim,
        verdict=verdict,
        bound="both",
        phases=("ar",),
        series=(ATTENTION, *PROJECTIONS),
        numbers=(*numbers, ridge_number(deployment.roof.ridge)),
        proof=(
            at(study, ATTENTION, "ar", settings[0], f"With {many:,} candidates, as many rows:"),
            at(study, ATTENTION, "ar", settings[1], "With one token:"),
            Step(
                text="The first over the second:",
                formula=composed("I / J", {"I": values[0], "J": values[1]}),
                result=times,
            ),
            *_token_steps(study, found.whole),
        ),
        conditions=(
            moved_once(deployment),
            attention_choice(deployment),
            (
                "All candidates of a sequence attend to the same cache; the candidates' own keys "
                "and values are not counted."
            ),
            "What is gained in the end depends on how many candidates are accepted.",
        ),
        changes=_candidate_changes(study, many),
        related=("decode-attention", "projection-crossings", "chunked-prefill", "grouped-heads"),
        chart="roofline",
        highlight=slugs(deployment, (ATTENTION, *PROJECTIONS), "ar"),
        sources=(*cited(deployment, "peak", "bandwidth", "head_dimension", "counts"),),
    )


def _token_steps(study: Study, tokens: int | None) -> tuple[Step, ...]:
    """The projections at the ridge."""
    if tokens is None:
        return ()
    length = study.file.lengths[0]
    return tuple(
        at(study, name, "ar", (tokens, length, 1),
           f"{short(study.deployment, name).capitalize()} with {tokens:,} tokens in the step:")
        for name in PROJECTIONS
    )  # fmt: skip


def _candidate_changes(study: Study, many: int) -> tuple[str, ...]:
    """Narrower weights bring the end nearer."""
    deployment = study.deployment
    width = deployment.element_bytes["weight"] / 2
    last = reach(stored(deployment, "weight", width)).whole
    found = []
    if last is not None:
        found.append(
            f"With weights of {width_words(width)} an element the projections are compute-bound "
            f"at {whole('n', '', last, 'token').text} per step."
        )
    longest = study.file.lengths[-1]
    double = float(evaluate(deployment, ATTENTION, "ar", 1, longest, 2 * many).intensity)
    found.append(
        f"{2 * many:,} candidates bring decode attention to "
        f"{intensity('n', '', double, apart=deployment.roof.ridge).text} at length "
        f"{longest:,}."
    )
    return tuple(found)
