"""The finding about narrow weights: what they change in decode, and where the gain ends."""

import math

from roofline.catalog.reader import number_formats
from roofline.findings.device_memory import held_step, weights_step
from roofline.findings.finding import Finding, Number, Step
from roofline.findings.limits import (
    NO_GAIN,
    PROJECTIONS,
    below_ridge,
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
from roofline.model.budget import Budget, budget
from roofline.model.capacity import capacity
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.model.operators import StoredOperand
from roofline.study.study import Study

_WIDTHS = ("int8", "int4")
"""Number formats of narrow weights, the narrowest last."""


def narrow_weights(study: Study) -> Finding | None:
    """What weights of fewer bytes change in decode, and where their gain ends."""
    deployment, file = study.deployment, study.file
    now = deployment.element_bytes["weight"]
    widths = [number_formats()[name].bytes.value for name in _WIDTHS]
    narrower = [width for width in widths if width < now]
    if not narrower:
        return None
    each, batch, length = tokens_per_sequence(study), file.batches[0], file.lengths[0]
    gains = {
        width: ratio(
            f"gain-{_bits(width)}",
            f"decode step at batch {batch:,}, length {length:,}, {_bits(width)} weights: "
            "times as fast",
            _seconds(study, deployment, batch)
            / _seconds(study, deployment.with_storage("weight", width), batch),
        )
        for width in narrower
    }
    width = narrower[-1]
    narrow, gain = deployment.with_storage("weight", width), gains[narrower[-1]]
    subject, where = f"{_bits(width)} weights", f"at batch {batch:,} and length {length:,}"
    found, after = projections_at_ridge(deployment), projections_at_ridge(narrow)
    numbers = [gain, *(one for key, one in gains.items() if key != width)]
    fits = [capacity(one).tokens for one in (deployment, narrow)]
    if found.last is None:
        who, most = below_ridge(deployment, found.never)
        numbers.append(most)
        tail = f"and keep gaining at every batch: {who[:1].lower()}{who[1:]} never reach the ridge"
    else:
        end = whole("end", "batch at which the projections are compute-bound without them",
                    max(1, math.ceil(found.last / each)), "sequence")  # fmt: skip
        numbers.append(end)
        left = _projection_seconds(study, deployment, int(end.value)) / _projection_seconds(
            study, narrow, int(end.value)
        )
        rest = ratio("left", f"the projections at batch {end.figure}: times as fast", left)
        numbers.append(rest)
        wide = f"{_bits(now)} weights are compute-bound too"
        tail = (
            f"and gain nothing in the projections from batch {end.figure} on, where {wide}"
            if left < NO_GAIN
            else f"and the projections {rest.text} as fast at batch {end.figure}, where {wide}"
        )
    claim = (
        f"{subject}, scales left out, make a decode step{with_candidates(study)} {gain.text} as "
        f"fast {where}, "
        f"{tail}"
        if gain.value >= NO_GAIN
        else f"{subject}, scales left out, do not speed up a decode step{with_candidates(study)} "
        f"{where}: {gain.text} as fast"
    )
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
        claim=claim,
        verdict=_room(*fits),
        bound="both" if found.last is not None else "memory",
        phases=("ar",),
        series=PROJECTIONS,
        numbers=tuple(numbers),
        proof=_narrow_proof(study, narrow, gain, batch),
        conditions=(
            _sizes(deployment, width),
            (
                f"Only the weights change; they are widened on-chip, and the peak stays that of "
                f"{deployment.dtype}."
            ),
            "Scales and zero points are left out; with them an element takes a little more.",
            no_overlap(),
            ceilings(deployment),
        ),
        changes=(
            *(
                f"{_bits(each_width)} weights: {one.text} as fast {where}."
                for each_width, one in gains.items()
                if each_width != width
            ),
            "Longer contexts lessen the gain of the step: the KV cache stays as it is.",
        ),
        related=("decode-projections", "projection-crossings", "decode-ceiling", "capacity"),
        chart="time-decode",
        highlight=slugs(deployment, PROJECTIONS, "ar"),
        sources=(
            *cited(deployment, "peak", "bandwidth", "capacity", "heads", *MODEL),
            *(number_formats()[name].bytes.source for name in _WIDTHS[-1:]),
        ),
    )


def _sizes(deployment: Deployment, width: float) -> str:
    """Condition: the bytes of every element, before and after."""
    kinds: tuple[StoredOperand, ...] = ("activation", "kv-cache", "scores")
    others = {deployment.element_bytes[kind] for kind in kinds}
    rest = f"{others.pop():g}" if len(others) == 1 else "as before"
    return (
        f"Each operand is read or written once. Before: {element_words(deployment)}. After: "
        f"weights take {width_words(width)}, all else {rest}."
    )


def _room(now: int, narrow: int) -> str:
    """What narrow weights leave of the card's memory."""
    if not narrow:
        return "Even so, they leave no room for a cache on the card"
    tokens = whole("fit", "", narrow, "token").text
    return f"They also leave room: {tokens} of cache fit instead of {f'{now:,}' if now else 'none'}"


def _bits(width: float) -> str:
    return f"{8 * width:g}-bit"


def _step(study: Study, deployment: Deployment, batch: int) -> Budget:
    """A decode step at the shortest length."""
    return budget(deployment, "ar", Grid(batch, study.file.lengths[0], tokens_per_sequence(study)))


def _seconds(study: Study, deployment: Deployment, batch: int) -> float:
    """Minimum time of a decode step [s]."""
    return float(_step(study, deployment, batch).seconds)


def _projection_seconds(study: Study, deployment: Deployment, batch: int) -> float:
    """Minimum time of the charted projections in it [s]."""
    lines = _step(study, deployment, batch).lines
    return sum(float(line.seconds) for line in lines if line.series in PROJECTIONS)


def _times_step(study: Study, deployment: Deployment, batch: int, words: str) -> Step:
    """The minimum time of a decode step: of its bytes, its work, or the sum over both kinds."""
    step, roof = _step(study, deployment, batch), deployment.roof
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
        "Q / β": "all of its kernels are memory-bound, so it takes as long as its bytes:",
        "W / π": "all of its kernels are compute-bound, so it takes as long as its work:",
    }
    mixed = "the bytes of its memory-bound kernels, and the work of its compute-bound ones:"
    names = {name: value for name, value in values.items() if name in text}
    return Step(
        text=f"{words}: {kinds.get(text, mixed)}", formula=write_formula(text, names), result=result
    )


def _start_steps(study: Study, narrow: Deployment) -> tuple[Step, ...]:
    """Where the last of the projections reaches the ridge with narrow weights."""
    found, each = projections_at_ridge(narrow), tokens_per_sequence(study)
    if found.last is None or found.last <= 1:
        return ()
    name = max(found.tokens, key=lambda one: found.tokens[one] or 0.0)
    formula = crossing_formula(study.on(narrow), name)
    if formula is None:
        return ()
    shared = f", {each:,} for each sequence" if each > 1 else ", one for each sequence"
    return (
        Step(
            text=f"{short_name(narrow, name).capitalize()} with the narrow weights: the law solved for "
            f"the tokens of a step at the ridge{shared}:",
            formula=formula,
            result=crossing_number("tokens", "tokens per step at the ridge", found.last, "token"),
        ),
    )


def _narrow_proof(study: Study, narrow: Deployment, gain: Number, batch: int) -> tuple[Step, ...]:
    """The two times of a step, the intensities, the ridge, and what fits."""
    before, after = (_seconds(study, one, batch) for one in (study.deployment, narrow))
    setting: Setting = (batch, study.file.lengths[0], tokens_per_sequence(study))
    tex = {"t": "t", "t_narrow": r"t_{\text{narrow}}"}
    words = short_name(study.deployment, PROJECTIONS[0])
    return (
        _times_step(study, study.deployment, batch, "A decode step as stored now"),
        _times_step(study, narrow, batch, "A decode step with the narrow weights"),
        Step(
            text="The first time over the second [s]:",
            formula=write_formula("t / t_narrow", {"t": before, "t_narrow": after}, tex),
            result=gain,
        ),
        intensity_step(study, PROJECTIONS[0], "ar", setting, f"{words.capitalize()} as stored now:"),
        intensity_step(study.on(narrow), PROJECTIONS[0], "ar", setting,
           f"{words.capitalize()} with the narrow weights:"),
        *_start_steps(study, narrow),
        Step(
            text="Where both are past the ridge, both take the time of the same work at the same "
            "peak, and nothing is gained."
        ),
        weights_step(study.on(narrow)),
        held_step(capacity(narrow)),
    )  # fmt: skip
