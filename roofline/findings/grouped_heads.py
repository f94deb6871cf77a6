"""Findings about more rows for each cached key: grouped heads and candidate tokens."""

from roofline.findings.device_memory import held_step, weights_step
from roofline.findings.finding import Finding, FindingBound
from roofline.findings.limits import attention_series
from roofline.findings.numbers import amount, intensity, ridge_number, whole
from roofline.findings.phrases import (
    attention_choice,
    moved_once,
    slugs,
    tokens_per_sequence,
    with_candidates,
)
from roofline.findings.proof import intensity_step
from roofline.findings.sources import MODEL, cited
from roofline.model.deployment import Deployment
from roofline.study.study import Study

_GROUPS = (4, 8, 2)
"""Query heads per key and value head to look at, in this order, where they divide the heads."""


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
    """Say what sharing keys and values among heads changes, or would change."""
    deployment, series = study.deployment, attention_series(study.deployment)
    groups = _group(deployment)
    if groups is None:
        return None
    heads, size = deployment.transformer.heads.value, groups[1]
    apart = study.on(deployment.with_kv_heads(heads))
    shared = study.on(deployment.with_kv_heads(heads // size))
    would = deployment.transformer.kv_heads.value == heads
    setting = (study.file.batches[0], study.file.lengths[-1], tokens_per_sequence(study))
    variants = (shared, apart)
    values = [variant.results.at(series, "ar", *setting).intensity for variant in variants]
    label = f"intensity of decode attention at length {setting[1]:,}"
    high = intensity("grouped", f"{label}, groups of {size:,}", values[0], apart=values[1])
    low = intensity("ungrouped", f"{label}, no groups", values[1], apart=values[0])
    memories = [variant.results.capacity for variant in variants]
    label = "tokens of cache that fit"
    fit = whole("fit", f"{label}, groups of {size:,}", memories[0].tokens, "token")
    fit_apart = whole("fit-ungrouped", f"{label}, no groups", memories[1].tokens, "token")
    groups_of = whole("group", "query heads per key and value head", size)
    kv = whole("kv-heads", "key and value heads", heads // size)
    noun = "KV head" if kv.value == 1 else "KV heads"
    raised, made = ("would raise", "make") if would else ("raises", "makes")
    title = f"{kv.text} {noun} {'would ' if would else ''}give decode attention {high.text}"
    claim = (
        f"Grouped-query attention with {kv.text} {noun} {raised} decode attention"
        f"{with_candidates(study)} from {low.figure} to {high.text} at length {setting[1]:,}"
    )
    if fit_apart.value:
        claim += f", and {made} room for {fit.text} of cache instead of {fit_apart.figure}"
    elif fit.value:
        claim += f", and {made} room for {fit.text} of cache where none fits"
    memory_bound = values[0] < deployment.roof.ridge
    ridge = ridge_number(deployment.roof.ridge)
    token = amount("token", f"cache of one token, groups of {size:,}", memories[0].kv_per_token,
                   "byte", "computed")  # fmt: skip
    saved = amount("saved", f"key and value weights saved, groups of {size:,}",
                   memories[1].weights - memories[0].weights, "byte", "computed")  # fmt: skip
    bound: FindingBound = "memory" if memory_bound else "both"
    return Finding(
        slug="grouped-heads",
        title=title,
        claim=claim,
        verdict=f"Decode attention {'stays memory-bound' if memory_bound else 'is compute-bound'}; "
        f"the cache of a token is {size:,} times smaller, and the weights take {saved.text} less",
        bound=bound,
        phases=("ar",),
        series=(series,),
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
            intensity_step(shared, series, "ar", setting,
               f"In groups of {size:,}, each key and value serves {size:,} query rows:"),
            intensity_step(apart, series, "ar", setting, "Without groups:"),
            weights_step(shared),
            held_step(
                memories[0],
                f"The cache of a token is {size:,} times smaller, {token.text}, and the key and "
                f"value weights take {saved.text} less. The memory left beside the weights, over "
                "the cache of one token, rounded down:",
            ),
        ),
        conditions=(
            moved_once(deployment),
            attention_choice(deployment),
            ("Query heads, head dimension and layers stay the same; only the key and value "
            "projections shrink."),
            "The model must be trained with its groups. Its answers are not considered here.",
        ),
        changes=_group_changes(study, heads),
        related=("decode-attention", "capacity", "attention-traffic", "candidates"),
        highlight=slugs(deployment, (series,), "ar"),
        sources=(
            *cited(deployment, "heads", "memory", "counts", *MODEL),
            "grouped-query-attention",
        ),
    )  # fmt: skip


def _group_changes(study: Study, heads: int) -> tuple[str, ...]:
    """Say what one key and value head for all query heads would change."""
    single = study.on(study.deployment.with_kv_heads(1))
    setting = (study.file.batches[0], study.file.lengths[-1], tokens_per_sequence(study))
    point = single.results.at(attention_series(single.deployment), "ar", *setting)
    apart = single.deployment.roof.ridge
    fit = whole("fit", "", single.results.capacity.tokens, "token").text
    if study.deployment.transformer.kv_heads.value == 1:
        return ("Narrower keys and values make the cache smaller still.",)
    return (
        (
            f"With one KV head for all {heads:,} query heads, decode attention has "
            f"{intensity('one', '', point.intensity, apart=apart).text}, and {fit} of cache fit."
        ),
    )
