"""The finding about the card's memory: what fits."""

from roofline.findings.finding import Finding, Step
from roofline.findings.numbers import amount, memory_number, whole
from roofline.findings.phrases import grid, memory_origin, sampled_values, width_words
from roofline.findings.proof import TEX, write_formula
from roofline.findings.sources import MODEL, cited
from roofline.model.capacity import Capacity, capacity
from roofline.study.study import Study

_HELD = "The memory left beside the weights, over the cache of one token, rounded down:"


def held_step(memory: Capacity, text: str = _HELD) -> Step:
    """Prove how many tokens of cache fit beside the weights."""
    room = max(0.0, memory.device - memory.weights)
    if not room:
        return Step(text="The weights take more memory than the card has.")
    return Step(
        text=text,
        formula=write_formula(
            "(M - w) / p", {"M": memory.device, "w": memory.weights, "p": memory.kv_per_token}
        ),
        result=amount("tokens", "tokens of cache", room / memory.kv_per_token, "token", "computed",
                      digits=len(str(memory.tokens)) + 1),
    )  # fmt: skip


def weights_step(study: Study) -> Step:
    """Prove how many bytes the weights take."""
    deployment = study.deployment
    parameters, width = deployment.weights(), deployment.element_bytes["weight"]
    return Step(
        text="All matrices of the model, without norm vectors, times the bytes of an element:",
        formula=write_formula("N * e", {"N": parameters, "e": width}),
        result=amount("weights", "weights", study.results.capacity.weights, "byte", "computed"),
    )


def _cache_step(study: Study) -> Step:
    """Prove how many bytes of cache a token takes, from the rows that write the cache."""
    deployment = study.deployment
    symbols = deployment.operators.base_values(deployment.transformer, {})
    written = [row for row in deployment.rows if row.operands[2] == "kv-cache"]
    sizes = [f"{row.launches.text} * {row.n.text}" for row in written]
    terms = f"{len(sizes)} * {sizes[0]}" if len(set(sizes)) == 1 else f"({' + '.join(sizes)})"
    names = {name for row in written for name in row.n.names | row.launches.names}
    values = {name: float(symbols[name]) for name in names}
    tex = TEX | {name: symbol.tex for name, symbol in deployment.operators.symbols.items()}
    return Step(
        text="The keys and values of one token in all layers:",
        formula=write_formula(
            f"{terms} * e", values | {"e": deployment.element_bytes["kv-cache"]}, tex
        ),
        result=amount("token", "cache of one token", study.results.capacity.kv_per_token, "byte",
                      "computed", digits=4),
    )  # fmt: skip


def fitting(study: Study) -> Finding:
    """Say how many settings fit, and the largest batch at each length."""
    deployment, file = study.deployment, study.file
    memory = study.results.capacity
    batches, lengths = file.batches, file.lengths
    fits = whole("fitting", "settings that fit", memory.fitting(batches, lengths), "setting")
    every = whole("settings", "settings of batch and length", len(batches) * len(lengths),
                  "setting")  # fmt: skip
    device = memory_number(deployment.accelerator)
    weights = amount("weights", "weights", memory.weights, "byte", "computed", apart=memory.device)
    tokens = whole("tokens", "tokens of cache that fit beside the weights", memory.tokens, "token")
    beside = f"in {device.text} beside {weights.text} of weights"
    if memory.weights > memory.device:
        title = "The weights alone do not fit"
        claim = f"The weights alone, {weights.text}, do not fit in {device.text}"
        verdict = "No setting fits on one card; times and rates assume a card with more memory"
    elif not fits.value:
        none = f"None of the {every.text} fits" if every.value > 1 else "No setting fits"
        room = f"{tokens.text} of cache {'does' if memory.tokens == 1 else 'do'}"
        title = none
        claim = f"{none} {beside}: {room if memory.tokens else 'no token of cache does'}"
        fewest = whole("fewest", "", file.batches[0] * file.lengths[0], "token")
        verdict = f"The smallest setting needs {fewest.text}"
    else:
        which = (
            (f"All {every.text} fit" if every.value > 1 else "The only setting fits")
            if fits.value == every.value
            else f"{fits.figure} of the {every.text} {'fit' if fits.value > 1 else 'fits'}"
        )
        title = which
        claim = f"{which} {beside}; {_largest(study, memory)}"
        verdict = f"Batch times length may be at most {tokens.text}"
    return Finding(
        slug="capacity",
        title=title,
        claim=claim,
        verdict=verdict,
        bound="capacity",
        phases=("init", "ar"),
        series=(),
        numbers=(
            fits,
            every,
            device,
            weights,
            tokens,
            amount("token", "cache of one token", memory.kv_per_token, "byte", "computed",
                   digits=4),
            *(
                whole(f"batch-{length}", f"largest batch at length {length:,}",
                      memory.largest_batch(length), "sequence")
                for length in sampled_values(file.lengths)
            ),
        ),
        proof=(weights_step(study), _cache_step(study), held_step(memory)),
        conditions=(
            grid(study),
            memory_origin(deployment.accelerator),
            (
                "Only weights and KV cache are counted; activations and the runtime's own memory "
                "come on top."
            ),
            *_scores(study, memory),
        ),
        changes=_capacity_changes(study),
        related=("decode-ceiling", "attention-traffic", "narrow-weights", "grouped-heads"),
        sources=cited(deployment, "memory", *MODEL),
    )  # fmt: skip


def _largest(study: Study, memory: Capacity) -> str:
    """The largest batch at the shortest length, which may lie between or beyond those studied."""
    shortest = study.file.lengths[0]
    batch = memory.largest_batch(shortest)
    return f"at length {shortest:,} the largest batch that fits is {batch:,}"


def _scores(study: Study, memory: Capacity) -> tuple[str, ...]:
    """Say how many settings fit with prefill's scores, where that changes the count."""
    batches, lengths = study.file.batches, study.file.lengths
    with_scores = memory.fitting_with_scores(batches, lengths)
    if with_scores == memory.fitting(batches, lengths):
        return ()
    return (
        (
            f"With one layer's prefill scores stored beside them, {with_scores:,} of the "
            f"{len(batches) * len(lengths):,} settings {'fits' if with_scores == 1 else 'fit'}."
        ),
    )


def _capacity_changes(study: Study) -> tuple[str, ...]:
    """Say what fits with half the bytes of weights, or of the cache."""
    deployment = study.deployment
    width, cache = (deployment.element_bytes[kind] / 2 for kind in ("weight", "kv-cache"))
    narrow = capacity(deployment.with_storage("weight", width)).tokens
    small = capacity(deployment.with_storage("kv-cache", cache)).tokens
    changes = [
        (
            f"With weights of {width_words(width)} an element, "
            f"{whole('n', '', narrow, 'token').text} of cache fit."
        ),
        (
            f"With a KV cache of {width_words(cache)} an element, "
            f"{whole('n', '', small, 'token').text} of cache fit."
        ),
    ]
    heads = deployment.transformer.kv_heads.value
    if heads > 1:
        shared = capacity(deployment.with_kv_heads(1)).tokens
        changes.append(
            f"With one KV head instead of {heads:,}, {whole('n', '', shared, 'token').text} of "
            "cache fit."
        )
    return tuple(changes)
