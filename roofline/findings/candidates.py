"""Candidate tokens: several checked in one decode step share the traffic of one."""

import math

from roofline.findings.attention import level
from roofline.findings.finding import Finding, Number, Step
from roofline.findings.limits import (
    attention_series,
    below_ridge,
    projection_series,
    projections_at_ridge,
)
from roofline.findings.numbers import intensity, ratio, ridge_number, whole
from roofline.findings.phrases import (
    attention_choice,
    moved_once,
    short_name,
    slugs,
    width_words,
)
from roofline.findings.proof import Setting, intensity_step, write_formula
from roofline.findings.sources import cited
from roofline.study.study import Study

_CANDIDATES = 64
_SETTING = (16, 1024)
"""Candidates, and batch and length, of the reference chart's paper."""


def candidates(study: Study) -> Finding:
    """Say what candidates do for attention, and where they stop paying in the projections."""
    deployment, file = study.deployment, study.file
    attention, projections = attention_series(deployment), projection_series(deployment)
    many = max(file.candidates) if max(file.candidates) > 1 else _CANDIDATES
    batch, length = (
        wanted if wanted in values else values[(len(values) - 1) // 2]
        for wanted, values in zip(_SETTING, (file.batches, file.lengths), strict=True)
    )
    settings: tuple[Setting, Setting] = ((batch, length, many), (batch, length, 1))
    points = [study.results.at(attention, "ar", *setting) for setting in settings]
    values = [point.intensity for point in points]
    times = Number(key="gain", label=f"intensity of decode attention with {many:,} candidates, "
                   "over one token", value=values[0] / values[1], unit="times", kind="computed",
                   digits=2)  # fmt: skip
    label = f"intensity at batch {batch:,}, length {length:,}"
    numbers = [
        times,
        intensity("with", f"{label}, {many:,} candidates", values[0], apart=values[1]),
        intensity("without", f"{label}, one token", values[1], apart=values[0]),
        ratio("rate", "attainable rate, over one token",
              points[0].attainable / points[1].attainable),
    ]  # fmt: skip
    reach = projections_at_ridge(deployment)
    subject = (
        f"{many:,} candidate tokens per sequence give decode attention {times.text} the "
        f"intensity at length {length:,}"
    )
    if reach.whole is None:
        who, most = below_ridge(study, reach.never)
        numbers.append(most)
        claim = f"{subject}; {who[:1].lower()}{who[1:]} never reach the ridge"
        verdict = "Candidates keep paying: no number of them makes every projection compute-bound"
    else:
        size = whole("tokens", "tokens per step at which the projections are compute-bound",
                     reach.whole, "token")  # fmt: skip
        least = whole("candidates", f"candidates at batch {batch:,} that reach it",
                      max(1, math.ceil((reach.last or 1.0) / batch)))  # fmt: skip
        numbers += [size, least]
        claim = (
            f"{subject}; the projections stop gaining at {size.text} per step: {least.text} "
            f"candidates at batch {batch:,}"
            if least.value > 1
            else f"{subject}; the projections gain nothing at batch {batch:,}, past the "
            f"{size.text} per step that reach the ridge"
        )
        verdict = (
            f"Below {size.text} per step, batch times candidates, an extra candidate costs the "
            "projections almost no time; beyond that, its full share"
            if least.value > 1
            else "Every candidate costs the projections its full share of time here"
        )
    return Finding(
        slug="candidates",
        title=f"{many:,} candidates give decode attention {times.text} the intensity",
        claim=claim,
        verdict=verdict,
        bound="both",
        phases=("ar",),
        series=(attention, *projections),
        numbers=(*numbers, ridge_number(deployment.roof.ridge)),
        proof=(
            intensity_step(
                study,
                attention,
                "ar",
                settings[0],
                f"{many:,} candidates multiply the query rows by {many:,}:",
            ),
            intensity_step(study, attention, "ar", settings[1], "With one token:"),
            Step(
                text="The ratio of the two:",
                formula=write_formula("I / J", {"I": values[0], "J": values[1]}),
                result=times,
            ),
            *_token_steps(study, reach.whole),
        ),
        conditions=(
            moved_once(deployment),
            attention_choice(deployment),
            (
                "All candidates of a sequence attend to the same cache. The candidates' own keys "
                "and values are not counted."
            ),
            "The speed-up also depends on how many candidates are accepted.",
        ),
        changes=_candidate_changes(study, many),
        related=("decode-attention", "projection-crossings", "chunked-prefill", "grouped-heads"),
        highlight=slugs(deployment, (attention, *projections), "ar"),
        sources=cited(deployment, "peak", "bandwidth", "head_dimension", "counts"),
    )


def _token_steps(study: Study, tokens: int | None) -> tuple[Step, ...]:
    """Prove that the projections are past the ridge with so many tokens in a step."""
    if tokens is None:
        return ()
    length = study.file.lengths[0]
    return tuple(
        intensity_step(study, name, "ar", (tokens, length, 1),
           f"{short_name(study.deployment, name).capitalize()} with {tokens:,} tokens in the step:")
        for name in projection_series(study.deployment)
    )  # fmt: skip


def _candidate_changes(study: Study, many: int) -> tuple[str, ...]:
    """Say what narrower weights and twice the candidates would change."""
    deployment = study.deployment
    width = deployment.element_bytes["weight"] / 2
    last = projections_at_ridge(deployment.with_storage("weight", width)).whole
    changes = []
    if last is not None:
        changes.append(
            f"With weights of {width_words(width)} an element, the projections are compute-bound "
            f"from {whole('n', '', last, 'token').text} per step on."
        )
    longest = study.file.lengths[-1]
    double = level(study, "ar", longest, 2 * many)
    changes.append(
        f"With {2 * many:,} candidates, decode attention has "
        f"{intensity('n', '', double, apart=deployment.roof.ridge).text} at length "
        f"{longest:,}."
    )
    return tuple(changes)
