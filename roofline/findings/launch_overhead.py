"""The finding about launch overhead: which settings it rules when kernels run alone."""

from dataclasses import dataclass

import numpy as np

from roofline.errors import join_choices
from roofline.findings.finding import Finding, Number, Step
from roofline.findings.numbers import amount, whole
from roofline.findings.phrases import (
    attention_choice,
    ceilings,
    grid,
    series_phrase,
    slugs,
    step_range,
    unseen_error,
)
from roofline.findings.proof import TEX, write_formula
from roofline.findings.sources import cited
from roofline.latency.calibration import Calibration
from roofline.latency.kernels import calibration_for
from roofline.latency.law import PARAMETERS, SLICE, Threshold, overhead_threshold
from roofline.latency.step import StepPrediction
from roofline.model.operators import PHASE_NAMES, PHASES, Phase
from roofline.study.study import Study

_TEX = TEX | {
    "t_0": PARAMETERS["launch"].tex,
    "λ": PARAMETERS["depth"].tex,
    "η": PARAMETERS["memory_share"].tex,
    "w": PARAMETERS["cold"].tex,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ruled:
    """Points of one series that overhead bounds."""

    series: str
    phase: Phase
    points: int
    tokens: int
    """The most, batch times length, among them."""


def _ruled(study: Study) -> tuple[int, list[_Ruled]]:
    """How many points the study charts, and those that overhead bounds, by series."""
    ruled, every = [], 0
    for result in study.results.series:
        if result.predicted is None:
            raise AssertionError(result.label)  # the caller has the calibration
        bound = result.predicted.bound_by("overhead")
        every += bound.size
        if bound.any():
            tokens = np.multiply(result.grid.batch, result.grid.length)[bound].max()
            ruled.append(
                _Ruled(
                    series=result.series,
                    phase=result.phase,
                    points=int(bound.sum()),
                    tokens=int(tokens),
                )
            )
    return every, ruled


def _claim(study: Study, count: Number, every: Number, kernel: Number, ruled: list[_Ruled]) -> str:
    """Claim which points are overhead-bound, by series and up to which size."""
    if not ruled:
        return (
            f"Run alone, none of the {every.text} is predicted to be overhead-bound: at each, "
            f"moving or computing takes longer than the {kernel.text} of launching a kernel"
        )
    parts = []
    for series in dict.fromkeys(points.series for points in ruled):
        ends = [
            f"{points.tokens:,} token{'s' * (points.tokens != 1)} in {PHASE_NAMES[points.phase]}"
            for points in reversed(ruled)
            if points.series == series
        ]
        parts.append(f"{series_phrase(study.deployment, series)} up to {join_choices(ends, 'and')}")
    verb = "is" if count.value == 1 else "are"
    return (
        f"Run alone, {count.figure} of the {every.text} {verb} predicted to be overhead-bound: "
        f"{'; '.join(parts)}, batch times length"
    )


def _proof(
    study: Study,
    calibration: Calibration,
    threshold: Threshold,
    step: StepPrediction,
    numbers: tuple[Number, ...],
) -> tuple[Step, ...]:
    """Prove the overhead of a kernel, and the traffic that takes as long."""
    kernel, traffic, low, high, least = numbers
    values, card = calibration.values, calibration.device(study.file.dtype)
    moved = {"η": values.memory_share, "β": card.bandwidth, "t": threshold.seconds,
             "w": values.cold, "C": card.l2_cache}  # fmt: skip
    file = study.file
    return (
        Step(
            text=f"Launch and synchronisation, plus the latency of an inner dimension of {SLICE}:",
            formula=write_formula("t_0 + λ", {"t_0": values.launch, "λ": values.depth}, _TEX),
            result=kernel,
        ),
        Step(
            text="The traffic that takes as long to move, at the sustained bandwidth and after a "
            "flush of the cache:",
            formula=write_formula(threshold.formula, moved, _TEX),
            result=traffic,
        ),
        Step(
            text="A point is overhead-bound if the overhead of its kernels exceeds both their time "
            "to compute and their time to move."
        ),
        Step(
            text="In a stream, launches hide behind the kernels before them. A decode step at "
            f"batch {file.batches[0]:,} and length {file.lengths[0]:,} takes at least {least.text} "
            f"on the roof. The prediction is {low.text} to {high.text}. {step_range(step)}"
        ),
    )


def _step(study: Study) -> tuple[StepPrediction, float]:
    """The smallest decode step, predicted, and its minimum time."""
    setting = study.file.batches[0], study.file.lengths[0]
    step = study.results.predicted_step("ar", *setting)
    if step is None:
        raise AssertionError(setting)  # the caller has the calibration
    return step, float(study.results.step("ar", *setting).seconds)


def _conditions(study: Study, calibration: Calibration) -> tuple[str, ...]:
    return (
        (
            "Kernels run one at a time, each launched, synchronised and waited for, after a flush "
            "of the cache, as in the benchmark behind the calibration."
        ),
        unseen_error(calibration),
        "This does not hold in a stream, where launches do not make a step overhead-bound.",
        attention_choice(study.deployment),
        ceilings(study.deployment),
        grid(study),
    )


def launch_overhead(study: Study) -> Finding | None:
    """Say which points are overhead-bound; None where the card has no calibration."""
    calibration = calibration_for(study.deployment)
    if calibration is None:
        return None
    deployment, file = study.deployment, study.file
    total, ruled = _ruled(study)
    threshold = overhead_threshold(calibration.values, calibration.device(file.dtype))
    step, minimum = _step(study)
    setting = f"batch {file.batches[0]:,} and length {file.lengths[0]:,}"
    count = whole("overhead", "overhead-bound points, kernels run alone",
                  sum(points.points for points in ruled), "point", kind="predicted")  # fmt: skip
    every = whole("points", "points of the study", total, "point")
    kernel = amount("kernel", f"overhead of one kernel at k = {SLICE}", threshold.seconds, "s",
                    "predicted")  # fmt: skip
    launch = amount("launch", "launch and synchronisation alone", calibration.values.launch, "s",
                    "predicted")  # fmt: skip
    traffic = amount("traffic", "traffic that takes as long to move", threshold.bytes, "byte",
                     "predicted")  # fmt: skip
    work = amount("work", "work that takes as long to compute", threshold.flops, "FLOP",
                  "predicted")  # fmt: skip
    low = amount("step-low", f"decode step at {setting}, at least", float(step.low), "s",
                 "predicted")  # fmt: skip
    high = amount("step-high", f"decode step at {setting}, at most",
                  float(step.high), "s", "predicted")  # fmt: skip
    least = amount("step-minimum", f"decode step at {setting}, on the roof", minimum, "s",
                   "attainable")  # fmt: skip
    each: list[Number] = []
    for points in ruled:
        (slug,) = slugs(deployment, (points.series,), points.phase)
        where = f"of {points.series} {points.phase}"
        each += [
            whole(slug, f"overhead-bound points {where}", points.points, kind="predicted"),
            whole(f"{slug}-tokens", f"most tokens, batch times length, {where}", points.tokens,
                  "token", "predicted"),
        ]  # fmt: skip
    phases = {points.phase for points in ruled}
    scalar = () if calibration.scalar_peak is None else (calibration.scalar_peak.source,)
    return Finding(
        slug="overhead",
        title=f"Run alone, {count.figure} of {every.text} are overhead-bound",
        claim=_claim(study, count, every, kernel, ruled),
        verdict="Launching these kernels takes longer than moving or computing; in a stream, "
        "launches hide and do not make a decode step overhead-bound"
        if ruled
        else "Overhead adds to the time of every kernel, but is never the largest part",
        bound="overhead" if ruled else "both",
        phases=tuple(phase for phase in PHASES if not ruled or phase in phases),
        series=tuple(dict.fromkeys(points.series for points in ruled)),
        numbers=(count, every, kernel, launch, traffic, work, *each, low, high, least),
        proof=_proof(study, calibration, threshold, step, (kernel, traffic, low, high, least)),
        conditions=_conditions(study, calibration),
        changes=(
            "A larger batch or a longer cache: more traffic for the same launch.",
            (
                "A captured graph, or any stream that is kept full: launches follow each other "
                "without waiting for the host."
            ),
            (
                "Fewer, larger kernels: fused attention is one launch, unfused attention is two "
                "and softmax. It was not measured, so its predictions are extrapolated."
            ),
        ),
        related=("decode-attention", "fused-attention", "decode-ceiling"),
        highlight=tuple(
            slug for points in ruled for slug in slugs(deployment, (points.series,), points.phase)
        ),
        sources=tuple(
            dict.fromkeys(
                (*calibration.sources, *scalar, *cited(deployment, "peak", "bandwidth", "counts"))
            )
        ),
    )
