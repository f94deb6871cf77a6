"""The finding about narrow weights: what they change in decode, and where the gain ends."""

import math

from roofline.catalog.reader import number_formats
from roofline.findings.device_memory import held_step, weights_step
from roofline.findings.finding import Finding, Number, Step
from roofline.findings.limits import (
    NO_GAIN,
    below_ridge,
    projection_series,
    projections_at_ridge,
)
from roofline.findings.numbers import amount, crossing_number, ratio, whole
from roofline.findings.phrases import (
    ceilings,
    element_words,
    no_overlap,
    short_name,
    slugs,
    tokens_per_sequence,
    width_words,
    with_candidates,
)
from roofline.findings.proof import Setting, crossing_formula, intensity_step, write_formula
from roofline.findings.sources import MODEL, cited
from roofline.model.budget import Budget
from roofline.model.deployment import Deployment
from roofline.model.operators import StoredOperand
from roofline.study.study import Study

NARROW = ("int8", "int4")
"""Number formats of narrow weights, the narrowest last."""
_GROUP = 64
"""Weights that share a scale, where scales are counted."""
_SCALE = 2.0 / _GROUP
"""What a 16-bit scale adds to each of them [byte]."""


def narrow_weights(study: Study) -> Finding | None:
    """Say what weights of fewer bytes change in decode, and where their gain ends."""
    deployment, file, series = study.deployment, study.file, projection_series(study.deployment)
    now = deployment.element_bytes["weight"]
    widths = [number_formats()[name].bytes.value for name in NARROW]
    narrower = [width for width in widths if width < now]
    if not narrower:
        return None
    each, batch, length = tokens_per_sequence(study), file.batches[0], file.lengths[0]
    gains = {
        width: ratio(
            f"gain-{_bits(width)}",
            f"decode step at batch {batch:,}, length {length:,}, {_bits(width)} weights: "
            "times as fast",
            _seconds(study, batch)
            / _seconds(study.on(deployment.with_storage("weight", width)), batch),
        )
        for width in narrower
    }
    width = narrower[-1]
    narrow, gain = study.on(deployment.with_storage("weight", width)), gains[width]
    subject, where = f"{_bits(width)} weights", f"at batch {batch:,} and length {length:,}"
    before, after = projections_at_ridge(deployment), projections_at_ridge(narrow.deployment)
    others = {key: number for key, number in gains.items() if key != width}
    with_scales = study.on(deployment.with_storage("weight", width + _SCALE))
    scaled = ratio(
        f"{gain.key}-scales",
        f"{gain.label}, scales included",
        _seconds(study, batch) / _seconds(with_scales, batch),
    )
    numbers = [gain, scaled, *others.values()]
    fits = [which.results.capacity.tokens for which in (study, narrow)]
    if before.last is None:
        who, most = below_ridge(study, before.never)
        numbers.append(most)
        tail = f"they keep gaining at every batch: {who[:1].lower()}{who[1:]} never reach the ridge"
    else:
        end = whole("end", "batch at which the projections are compute-bound without them",
                    max(1, math.ceil(before.last / each)), "sequence")  # fmt: skip
        numbers.append(end)
        wide, narrowed = (_projection_seconds(which, end.value) for which in (study, narrow))
        left = wide / narrowed
        rest = ratio("left", f"the projections at batch {end.figure}: times as fast", left)
        numbers.append(rest)
        tail = (
            f"from batch {end.figure} on the projections gain nothing"
            if left < NO_GAIN
            else f"at batch {end.figure}, where {_bits(now)} weights are compute-bound, the "
            f"projections are {rest.text} as fast"
        )
    if gain.value >= NO_GAIN:
        title = f"{subject} make a decode step at most {gain.text} as fast"
        claim = (
            f"{subject} make a decode step{with_candidates(study)} up to {gain.text} as fast "
            f"{where} ({scaled.figure} with scales); {tail}"
        )
    else:
        title = f"{subject} do not speed up a decode step"
        claim = f"{title}{with_candidates(study)} {where}: {gain.text} as fast"
    if after.last is not None:
        start = crossing_number("start", f"batch at which {subject} reach the ridge",
                                max(1.0, after.last / each), "sequence")  # fmt: skip
        numbers.append(start)
    numbers += [
        whole("fit", f"tokens of cache that fit with {subject}", fits[1], "token"),
        whole("fit-now", "tokens of cache that fit without them", fits[0], "token"),
    ]
    return Finding(
        slug="narrow-weights",
        title=title,
        claim=claim,
        verdict=_room(*fits),
        bound="both" if before.last is not None else "memory",
        phases=("ar",),
        series=series,
        numbers=tuple(numbers),
        proof=_narrow_proof(study, narrow, gain, batch),
        conditions=(
            _sizes(deployment, width),
            (
                "Only the weights change. They are widened on-chip, so the peak stays that of "
                f"{deployment.dtype}."
            ),
            (
                f"Scales are left out unless named. With scales, {_GROUP} weights share one of 16 "
                f"bits, which makes {width + _SCALE:g} byte an element."
            ),
            no_overlap(),
            ceilings(deployment),
        ),
        changes=(
            *(
                f"{_bits(other)} weights: {number.text} as fast {where}."
                for other, number in others.items()
            ),
            "The gain is smaller at longer contexts, because the KV cache keeps its size.",
        ),
        related=("decode-projections", "projection-crossings", "decode-ceiling", "capacity"),
        highlight=slugs(deployment, series, "ar"),
        sources=(
            *cited(deployment, "peak", "bandwidth", "memory", "heads", *MODEL),
            *(number_formats()[name].bytes.source for name in NARROW[-1:]),
        ),
    )


def _sizes(deployment: Deployment, width: float) -> str:
    """Condition: the bytes of every element, before and after."""
    kinds: tuple[StoredOperand, ...] = ("activation", "kv-cache", "scores")
    others = {deployment.element_bytes[kind] for kind in kinds}
    rest = width_words(others.pop()) if len(others) == 1 else "as before"
    return (
        f"Each operand is read or written once. Before: {element_words(deployment)}. After: "
        f"weights take {width_words(width)}, everything else {rest}."
    )


def _room(now: int, narrow: int) -> str:
    """Say how many tokens of cache fit beside narrow weights."""
    if not narrow:
        return "Even narrow weights leave no room for a cache on the card"
    tokens = whole("fit", "", narrow, "token").text
    before = f"{now:,}" if now else "none"
    return f"Narrow weights also free memory: {tokens} of cache fit instead of {before}"


def _bits(width: float) -> str:
    return f"{8 * width:g}-bit"


def _step(study: Study, batch: float) -> Budget:
    """A decode step at the shortest length."""
    return study.results.step("ar", batch, study.file.lengths[0], tokens_per_sequence(study))


def _seconds(study: Study, batch: int) -> float:
    """Minimum time of a decode step [s]."""
    return float(_step(study, batch).seconds)


def _projection_seconds(study: Study, batch: float) -> float:
    """Minimum time of the charted projections in it [s]."""
    series = projection_series(study.deployment)
    lines = _step(study, batch).lines
    return sum(float(line.seconds) for line in lines if line.series in series)


def _times_step(study: Study, batch: int, words: str) -> Step:
    """Prove the minimum time of a decode step, from its bytes and its work."""
    step, roof = _step(study, batch), study.deployment.roof
    moved, done, seconds = 0.0, 0.0, float(step.seconds)
    for line in step.lines:
        if math.isclose(float(line.seconds), float(line.bytes) / roof.bandwidth, rel_tol=1e-12):
            moved += float(line.bytes)
        elif math.isclose(float(line.seconds), float(line.flops) / roof.peak, rel_tol=1e-12):
            done += float(line.flops)
    terms = {"Q / β": moved, "W / π": done}
    values = {"Q": moved, "β": roof.bandwidth, "W": done, "π": roof.peak}
    text = " + ".join(term for term, value in terms.items() if value)
    result = amount("seconds", "minimum time", seconds, "s", "attainable", digits=4)
    if not math.isclose(moved / roof.bandwidth + done / roof.peak, seconds, rel_tol=1e-10):
        return Step(text=f"{words}: the sum of its kernels' times.", result=result)
    kinds = {
        "Q / β": "all of its kernels are memory-bound, so its time is that of moving its bytes:",
        "W / π": "all of its kernels are compute-bound, so its time is that of doing its work:",
    }
    mixed = "the bytes of its memory-bound kernels, and the work of its compute-bound kernels:"
    names = {name: value for name, value in values.items() if name in text}
    return Step(
        text=f"{words}: {kinds.get(text, mixed)}", formula=write_formula(text, names), result=result
    )


def _start_steps(narrow: Study) -> tuple[Step, ...]:
    """Prove where the last of the projections reaches the ridge with narrow weights."""
    reach, each = projections_at_ridge(narrow.deployment), tokens_per_sequence(narrow)
    if reach.last is None or reach.last <= 1:
        return ()
    name = max(reach.tokens, key=lambda series: reach.tokens[series] or 0.0)
    formula = crossing_formula(narrow, name)
    if formula is None:
        return ()
    words = short_name(narrow.deployment, name).capitalize()
    shared = f", {each:,} for each sequence" if each > 1 else ", one for each sequence"
    return (
        Step(
            text=f"{words} with the narrow weights: the law solved for the tokens of a step at "
            f"the ridge{shared}:",
            formula=formula,
            result=crossing_number("tokens", "tokens per step at the ridge", reach.last, "token"),
        ),
    )


def _narrow_proof(study: Study, narrow: Study, gain: Number, batch: int) -> tuple[Step, ...]:
    """Prove the gain: both times of a step, intensities, the ridge, and what fits."""
    before, after = (_seconds(which, batch) for which in (study, narrow))
    setting: Setting = (batch, study.file.lengths[0], tokens_per_sequence(study))
    tex = {"t": "t", "t_narrow": r"t_{\text{narrow}}"}
    name = projection_series(study.deployment)[0]
    words = short_name(study.deployment, name).capitalize()
    return (
        _times_step(study, batch, "A decode step as stored now"),
        _times_step(narrow, batch, "A decode step with the narrow weights"),
        Step(
            text="The ratio of the two times [s]:",
            formula=write_formula("t / t_narrow", {"t": before, "t_narrow": after}, tex),
            result=gain,
        ),
        intensity_step(study, name, "ar", setting, f"{words} as stored now:"),
        intensity_step(narrow, name, "ar", setting, f"{words} with the narrow weights:"),
        *_start_steps(narrow),
        Step(
            text="Above the ridge, both do the same work at the same peak, so narrow weights gain "
            "nothing there."
        ),
        weights_step(narrow),
        held_step(narrow.results.capacity),
    )
