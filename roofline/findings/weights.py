"""The finding about narrow weights: what they change in decode, and where the gain ends."""

import math

from roofline.budget import Budget, budget
from roofline.capacity import capacity
from roofline.catalog import number_formats
from roofline.deployment import Deployment
from roofline.findings.finding import Finding, Number, Step
from roofline.findings.ground import (
    PROJECTIONS,
    below_ridge,
    ceilings,
    cited,
    moved_once,
    no_overlap,
    reach,
    short,
    slugs,
    stored,
    tokens_each,
    with_candidates,
)
from roofline.findings.numbers import crossing_number, ratio, whole
from roofline.findings.proof import Setting, at, composed
from roofline.study import Study

_WIDTHS = ("int8", "int4")
"""Number formats of narrow weights, the narrowest last."""
_GROUPS = (4, 8, 2)
"""Query heads per key and value head to look at, in this order, where they divide the heads."""
_CANDIDATES = 64
_SETTING = (16, 1024)
"""Candidates, and batch and length, of the reference chart's paper."""
_NOTHING = 1.005
"""A gain below this is shown as 1.00: none."""


def narrow_weights(study: Study) -> Finding | None:
    """What weights of fewer bytes change in decode, and where their gain ends."""
    deployment, file = study.deployment, study.file
    now = deployment.element_bytes["weight"]
    widths = [number_formats()[name].bytes.value for name in _WIDTHS]
    narrower = [width for width in widths if width < now]
    if not narrower:
        return None
    each, batch, length = tokens_each(study), file.batches[0], file.lengths[0]
    gains = {
        width: ratio(
            f"gain-{_bits(width)}",
            f"decode step at batch {batch:,}, length {length:,}, {_bits(width)} weights: "
            "times as fast",
            _seconds(study, deployment, batch)
            / _seconds(study, stored(deployment, "weight", width), batch),
        )
        for width in narrower
    }
    width = narrower[-1]
    narrow, gain = stored(deployment, "weight", width), gains[narrower[-1]]
    subject, where = f"{_bits(width)} weights", f"at batch {batch:,} and length {length:,}"
    found, after = reach(deployment), reach(narrow)
    numbers = [gain, *(one for key, one in gains.items() if key != width)]
    fits = [capacity(one).tokens for one in (deployment, narrow)]
    if found.last is None:
        who, most = below_ridge(deployment, found.never)
        numbers.append(most)
        tail = f"and keep gaining at every batch: {who[:1].lower()}{who[1:]} never reach the ridge"
    else:
        end = whole("end", "batch at which the projections are compute-bound without them",
                    max(1, math.ceil(found.last / each)))  # fmt: skip
        numbers.append(end)
        left = _projection_seconds(study, deployment, int(end.value)) / _projection_seconds(
            study, narrow, int(end.value)
        )
        rest = ratio("left", f"the projections at batch {end.text}: times as fast", left)
        numbers.append(rest)
        wide = f"{_bits(now)} weights are compute-bound too"
        tail = (
            f"and gain nothing in the projections from batch {end.text} on, where {wide}"
            if left < _NOTHING
            else f"and the projections {rest.text} times as fast at batch {end.text}, where {wide}"
        )
    claim = (
        f"{subject} make a decode step{with_candidates(study)} {gain.text} times as fast {where}, "
        f"{tail}"
        if gain.value >= _NOTHING
        else f"{subject} do not speed up a decode step{with_candidates(study)} {where}: "
        f"{gain.text} times as fast"
    )
    if after.last is not None:
        start = crossing_number("start", f"batch at which {subject} reach the ridge",
                                max(1.0, after.last / each))  # fmt: skip
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
            moved_once(deployment),
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
                f"{_bits(each_width)} weights: {one.text} times as fast {where}."
                for each_width, one in gains.items()
                if each_width != width
            ),
            "Longer contexts lessen the gain of the step: the KV cache stays as it is.",
        ),
        related=("decode-projections", "projection-crossings", "decode-ceiling", "capacity"),
        chart="time-decode",
        highlight=slugs(deployment, PROJECTIONS, "ar"),
        sources=(
            *cited(deployment, "peak", "bandwidth", "hidden", "intermediate", "heads"),
            *(number_formats()[name].bytes.source for name in _WIDTHS[-1:]),
        ),
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
    return budget(deployment, "ar", batch, study.file.lengths[0], tokens_each(study))


def _seconds(study: Study, deployment: Deployment, batch: int) -> float:
    """Minimum time of a decode step [s]."""
    return float(_step(study, deployment, batch).seconds)


def _projection_seconds(study: Study, deployment: Deployment, batch: int) -> float:
    """Minimum time of the charted projections in it [s]."""
    lines = _step(study, deployment, batch).lines
    return sum(float(line.seconds) for line in lines if line.series in PROJECTIONS)


def _narrow_proof(study: Study, narrow: Deployment, gain: Number, batch: int) -> tuple[Step, ...]:
    """The two times of a step, and the intensity with narrow weights."""
    before, after = (_seconds(study, one, batch) for one in (study.deployment, narrow))
    setting: Setting = (batch, study.file.lengths[0], tokens_each(study))
    tex = {"t": "t", "t_narrow": r"t_{\text{narrow}}"}
    words = short(study.deployment, PROJECTIONS[0])
    return (
        Step(
            text="The minimum times of a decode step, every kernel at its own roof [s]:",
            formula=composed("t / t_narrow", {"t": before, "t_narrow": after}, tex),
            result=gain,
        ),
        at(study, PROJECTIONS[0], "ar", setting, f"{words.capitalize()} as stored now:"),
        at(study.on(narrow), PROJECTIONS[0], "ar", setting,
           f"{words.capitalize()} with the narrow weights:"),
        Step(
            text="Where both are past the ridge, both take the time of the same work at the same "
            "peak, and nothing is gained."
        ),
    )  # fmt: skip
