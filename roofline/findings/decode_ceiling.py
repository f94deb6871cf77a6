"""Findings about what the memory's bandwidth allows in decode."""

from roofline.findings.finding import Finding, FindingBound, Number, Step
from roofline.findings.limits import attention_series
from roofline.findings.numbers import amount, bandwidth_number, share, whole
from roofline.findings.phrases import moved_once, sampled_values, width_words
from roofline.findings.proof import write_formula
from roofline.findings.sources import MODEL, cited
from roofline.model.operators import StoredOperand
from roofline.study.study import Study
from roofline.units import quantity

_PACE: dict[FindingBound, str] = {
    "compute": "The peak limits decoding, even at batch 1",
    "both": "At batch 1 the bandwidth limits decoding, at the largest batch the peak does",
}
"""Verdicts where the bandwidth alone does not set the ceiling."""


def _by_peak(study: Study, batch: float, length: float) -> bool:
    """Whether the work of a decode step takes longer than its bytes."""
    step, roof = study.results.step("ar", batch, length), study.deployment.roof
    moved = float(step.traffic("weight") + step.traffic("kv-cache"))
    return float(step.flops) / roof.peak > moved / roof.bandwidth


def _rate(study: Study, key: str, label: str, batch: float, length: float) -> tuple[Number, Step]:
    """State the ceiling of decoding at one setting, with its proof."""
    step, roof = study.results.step("ar", batch, length), study.deployment.roof
    number = amount(key, label, float(step.tokens_per_second), "token/s", "attainable")
    where = f"{label[:1].upper()}{label[1:]}"
    if _by_peak(study, batch, length):
        values = {"b": batch, "π": roof.peak, "W": float(step.flops)}
        text = f"{where}: the work of a step at the peak:"
        return number, Step(text=text, formula=write_formula("b * π / W", values), result=number)
    weights, cache = float(step.traffic("weight")), float(step.traffic("kv-cache"))
    values = {"b": batch, "β": roof.bandwidth, "Q_w": weights, "Q_c": cache}
    text = (
        f"{where}: a step reads {quantity(weights, 'byte', 4)} of weights (of the input "
        f"embedding, one row per token) and moves {quantity(cache, 'byte', 4)} of cache, the new "
        "keys and values included:"
    )
    formula = write_formula("b * β / (Q_w + Q_c)", values)
    return number, Step(text=text, formula=formula, result=number)


def decode_ceiling(study: Study) -> Finding:
    """Say how many tokens a second are possible at batch 1, and with memory full."""
    deployment, file = study.deployment, study.file
    memory, shortest = study.results.capacity, file.lengths[0]
    empty, first = _rate(study, "empty", "batch 1 with an empty cache", 1.0, 0.0)
    start, second = _rate(study, "one", f"batch 1 at length {shortest:,}", 1.0, float(shortest))
    numbers, proof = [empty, start], [first, second]
    most = memory.largest_batch(shortest)
    bound: FindingBound = "compute" if _by_peak(study, 1.0, 0.0) else "memory"
    alone = f"One sequence decodes at {empty.text} at most, with an empty cache"
    verdict = f"Every step must move the weights and the KV cache, at {_bandwidth(study)} at most"
    if memory.weights > memory.device:
        claim = (
            f"One sequence would decode at {empty.text} at most, with an empty cache, if the "
            "weights fitted on the card"
        )
    elif most <= 1:
        room = "memory is full with it" if most else "no sequence of that length fits"
        claim = f"{alone}; at length {shortest:,} {room}"
    else:
        full, third = _rate(study, "full", f"batch {most:,} at length {shortest:,}", most, shortest)
        numbers += [full, whole("batch", f"largest batch at length {shortest:,}", most,
                                "sequence")]  # fmt: skip
        proof.append(third)
        peak = _by_peak(study, most, shortest)
        bound = bound if bound == ("compute" if peak else "memory") else "both"
        claim = (
            f"{alone}; at length {shortest:,} the ceiling grows to {full.text} at batch {most:,}, "
            f"where memory is full{' and the peak limits it' if peak else ''}"
            if full.value > start.value
            else f"{alone}; a larger batch does not raise it, because the peak limits it"
        )
    for length in sampled_values(file.lengths):
        batch = memory.largest_batch(length)
        if length > shortest and batch > 1 and most > 1:
            label = f"batch {batch:,} at length {length:,}, memory full"
            numbers.append(_rate(study, f"full-{length}", label, batch, length)[0])
    return Finding(
        slug="decode-ceiling",
        title=f"One sequence decodes at {empty.text} at most",
        claim=claim,
        verdict=_PACE.get(bound, verdict),
        bound=bound,
        phases=("ar",),
        series=(),
        numbers=(*numbers, bandwidth_number(deployment)),
        proof=tuple(proof),
        conditions=(
            moved_once(deployment),
            (
                "Only weights and KV cache are counted: a step must move them, whatever is fused. "
                "Activations and launches make a step slower."
            ),
            "A step yields one token per sequence. With speculation, count accepted tokens.",
        ),
        changes=_ceiling_changes(study),
        related=("capacity", "attention-traffic", "narrow-weights", "decode-projections"),
        sources=cited(deployment, "bandwidth", "peak", "memory", *MODEL),
    )


def _bandwidth(study: Study) -> str:
    return bandwidth_number(study.deployment).text


def _ceiling_changes(study: Study) -> tuple[str, ...]:
    """Say what weights of half the bytes and the longest context would change."""
    width = study.deployment.element_bytes["weight"] / 2
    narrow = _rate(study.on(study.deployment.with_storage("weight", width)), "n", "", 1.0, 0.0)[0]
    longest = study.file.lengths[-1]
    long = _rate(study, "long", "", 1.0, float(longest))[0]
    return (
        (
            f"With weights of {width_words(width)} an element, one sequence decodes at "
            f"{narrow.text} at most."
        ),
        f"At length {longest:,} one sequence decodes at {long.text} at most.",
    )


def attention_traffic(study: Study) -> Finding:
    """Say how much of the decode traffic is KV cache, and when it exceeds the weights."""
    deployment, memory = study.deployment, study.results.capacity
    weights = _weight_traffic(study)
    even = weights / memory.kv_per_token
    equal = amount("equal", "cached tokens whose traffic equals the weights'", even, "token",
                   "computed")  # fmt: skip
    tokens = whole("tokens", "cached tokens that fit", memory.tokens, "token")
    part = _part(study, memory.tokens, "full", "cache's share of decode traffic, memory full")
    numbers: tuple[Number, ...] = (equal, tokens)
    proof = [
        Step(
            text="Cache and weights move the same bytes when the cache is as large as the weights:",
            formula=write_formula("Q / p", {"Q": weights, "p": memory.kv_per_token}),
            result=equal,
        )
    ]
    if not memory.tokens:
        title = "No KV cache fits beside the weights"
        claim = (
            f"The KV cache would overtake the weights in decode traffic at {equal.text}, but none "
            "fits"
        )
        verdict = "The card does not hold the weights and a cache"
    else:
        numbers = (part, equal, tokens)
        values = {"Q": weights, "p": memory.kv_per_token, "N": float(memory.tokens)}
        proof.append(
            Step(
                text=(
                    f"{tokens.text} of cache fit beside the weights. "
                    "The cache's share of the traffic is then:"
                ),
                formula=write_formula("N * p / (Q + N * p)", values),
                result=part,
            )
        )
        if even > memory.tokens:
            title = f"The KV cache that fits takes at most {part.text} of decode traffic"
            claim = (
                f"The KV cache takes at most {part.text} of decode traffic before memory is full "
                f"at {tokens.text}; it would overtake the weights only at {equal.text}"
            )
            verdict = "Weights dominate decode traffic at every setting that fits"
        else:
            title = f"The KV cache overtakes the weights at {equal.text}"
            claim = (
                f"The KV cache overtakes the weights in decode traffic at {equal.text} and takes "
                f"{part.text} of it when memory is full at {tokens.text}"
            )
            verdict = f"Beyond {equal.text} in all sequences together, most of the traffic is cache"
    lengths = [length for length in sampled_values(study.file.lengths) if length <= memory.tokens]
    shares = tuple(
        _part(study, length, f"share-{length}", f"share with one sequence of {length:,}")
        for length in lengths
    )
    return Finding(
        slug="attention-traffic",
        title=title,
        claim=claim,
        verdict=verdict,
        bound="memory",
        phases=("ar",),
        series=(attention_series(deployment),),
        numbers=(*numbers, *shares),
        proof=tuple(proof),
        conditions=(
            moved_once(deployment),
            (
                "Only weights and KV cache are counted as traffic: a step must move them, whatever "
                "is fused. Tokens are counted over all sequences."
            ),
        ),
        changes=_traffic_changes(study),
        related=("decode-ceiling", "capacity", "decode-attention", "grouped-heads"),
        sources=cited(deployment, "memory", *MODEL),
    )


def _part(study: Study, tokens: int, key: str, label: str) -> Number:
    """State the cache's share of the weights and the cache that a step must move."""
    cache = tokens * study.results.capacity.kv_per_token
    return share(key, label, cache / (_weight_traffic(study) + cache), kind="computed")


def _weight_traffic(study: Study) -> float:
    """Bytes of the weights that a step at batch 1 moves."""
    return float(study.results.step("ar", 1, 0).traffic("weight"))


def _traffic_changes(study: Study) -> tuple[str, ...]:
    """Say where cache and weights are equal with narrower weights, or a narrower cache."""
    deployment = study.deployment
    changes = []
    kinds: dict[StoredOperand, str] = {"weight": "weights", "kv-cache": "a KV cache"}
    for kind, words in kinds.items():
        width = deployment.element_bytes[kind] / 2
        narrow = study.on(deployment.with_storage(kind, width))
        memory = narrow.results.capacity
        tokens = amount("n", "", _weight_traffic(narrow) / memory.kv_per_token, "token", "computed")
        fit = whole("f", "", memory.tokens, "token")
        changes.append(
            f"With {words} of {width_words(width)} an element, cache and weights are equal at "
            f"{tokens.text}; {fit.text} fit."
        )
    return tuple(changes)
