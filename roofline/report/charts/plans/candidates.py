"""Candidate tokens: what they do to intensity, and what they gain."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from roofline.memo import memoised
from roofline.model.crossing import crossing
from roofline.model.grid import Grid
from roofline.model.points import evaluate
from roofline.report.charts.labels import join_words, ridge_text, without_zeros
from roofline.report.charts.plans.series import StudyData, series_role
from roofline.report.charts.spec import (
    BatchSpeedUp,
    BestCandidates,
    CandidateCurve,
    CandidateIntensity,
    DataTable,
    Plan,
    SpeedUps,
)
from roofline.study.candidates import (
    Best,
    Optimum,
    Speculation,
    intensity_gain,
    published_candidates,
    speculation,
    tokens_per_step,
)
from roofline.study.results import charted_series
from roofline.units import significant

_BATCHES: Final = (1, 4, 16, 32, 64)


def _middle(values: Sequence[int], wanted: int) -> int:
    return wanted if wanted in values else values[(len(values) - 1) // 2]


def _batches(data: StudyData) -> tuple[int, ...]:
    """Choose the batches to compare: the usual ones, or as many of the grid's."""
    known = data.study.file.batches
    usual = tuple(batch for batch in _BATCHES if batch in known)
    if len(usual) > 1 or len(known) == 1:
        return usual or known
    places = np.linspace(0, len(known) - 1, min(len(known), len(_BATCHES))).round().astype(int)
    return tuple(known[place] for place in places.tolist())


@memoised
def intensity_plan(data: StudyData) -> Plan:
    """Plan the chart of intensity against candidates."""
    paper, study = published_candidates(), data.study
    deployment, file = study.deployment, study.file
    batch, length = (_middle(file.batches, paper.batch.value),
                     _middle(file.lengths, paper.length.value))  # fmt: skip
    operators = deployment.operators
    numbers = np.array(paper.whole)
    curves = tuple(
        CandidateCurve(
            series=series,
            key=f"{operators.series[series].slug}-ar",
            name=operators.series[series].named("ar"),
            role=series_role(operators, series, "ar"),
            y=tuple(
                evaluate(deployment, series, "ar", Grid(batch, length, numbers)).intensity.tolist()
            ),
            crosses=crossing(
                deployment, series, "ar", vary="candidates", batch=batch, length=length
            ),
        )
        for series, phase in charted_series(deployment)
        if phase == "ar"
    )
    many, attention = paper.best.value, deployment.family("attention")[0]
    times = significant(intensity_gain(deployment, attention, batch, length, many), 3)
    rest = _crossing_words(curves, ridge_text(deployment.roof.ridge))
    where = f"At batch {batch:,} and length {length:,}"
    words = [
        f"{curve.label}: {significant(curve.y[0], 3)} FLOP/Byte with one candidate, "
        f"{significant(curve.y[-1], 3)} with {paper.most.value}."
        for curve in curves
    ]
    size = len(curves) * numbers.size
    return Plan(
        slug="candidates-intensity",
        title=f"{many} candidates give decode attention {times} times its intensity; {rest}",
        description=f"Line chart with logarithmic axes: intensity against candidates. {where}. "
        + " ".join(words),
        caption=(
            f"{where}. Crosses are the numbers of candidates that Cai et al. tried, 1 and "
            f"{paper.step.value} to {paper.most.value}. Rings mark where a line reaches the ridge. "
            "The candidates' own keys and values are not counted. Intensity is computed from the "
            "operators' work and traffic; nothing is measured."
        ),
        spec=CandidateIntensity(
            ridge=deployment.roof.ridge,
            candidates=paper.whole,
            marked=paper.grid,
            curves=curves,
        ),
        table=DataTable.of(
            {
                "label": ("", [curve.label for curve in curves for _ in curve.y]),
                "batch": ("sequence", np.full(size, batch)),
                "sequence_length": ("token", np.full(size, length)),
                "candidates": ("token", np.tile(numbers, len(curves))),
                "intensity": ("FLOP/Byte", [value for curve in curves for value in curve.y]),
                "ridge": ("FLOP/Byte", np.full(size, deployment.roof.ridge)),
            }
        ),
    )


def _crossing_words(curves: Sequence[CandidateCurve], ridge: str) -> str:
    """Say which series reach the ridge within the candidates studied, and where."""
    most = published_candidates().most.value
    reached = sorted(
        (curve.crosses, curve.series)
        for curve in curves
        if curve.crosses is not None and curve.crosses <= most
    )
    if not reached:
        return f"no series reaches the ridge at {ridge}"
    names = join_words([series for _, series in reached])
    verb = "reaches" if len(reached) == 1 else "reach"
    if reached[-1][0] <= 1:
        return f"{names} {verb} the ridge at {ridge} without any"
    ends = [f"{math.ceil(place):,}" for place, _ in reached]
    return f"{names} {verb} the ridge with {join_words([*dict.fromkeys(ends)])}"


@memoised
def speed_up_plan(data: StudyData) -> Plan:
    """Plan the chart of speed-up against candidates."""
    paper, deployment = published_candidates(), data.study.deployment
    batches, length = _batches(data), _middle(data.study.file.lengths, paper.length.value)
    numbers = np.array(paper.whole)
    grid = Grid(np.array(batches)[:, np.newaxis], length, numbers)
    decoding = speculation(deployment, grid)
    best = decoding.best()
    fits = data.capacity.fits(np.array(batches), length).tolist()
    predicted = decoding.predicted is not None
    device = without_zeros(data.capacity.device, "byte", 3)
    missing = [f"{batch:,}" for batch, fit in zip(batches, fits, strict=True) if not fit]
    room = (
        f" Weights and KV cache of batch {join_words(missing)} do not fit in {device}."
        if missing
        else ""
    )
    kinds = (
        " Dashed: predicted, as kernels in a stream."
        if decoding.stream
        else " Dashed: predicted, with every launch hidden behind the kernel before it. Shaded: up "
        "to every launch charged in full."
        if predicted
        else " No prediction: the card is not calibrated for this study."
    )
    growth, first = paper.growth.value, paper.first.value
    return Plan(
        slug="candidates-speedup",
        title=_title(best, predicted=predicted),
        description=f"Line chart: speed-up over one token per step against candidates, at length "
        f"{length:,}. {' '.join(map(_best_words, best))}",
        caption=(
            f"At length {length:,}, whole model. Solid: attainable, every kernel at its own roof."
            f"{kinds} Rings mark the best number of candidates. Below 1, candidates lose. Tokens "
            f"per step follow the fit of Cai et al., {first:g} + {growth:g} ln q, for any model."
            f"{room}"
        ),
        spec=SpeedUps(candidates=paper.whole, batches=tuple(_batch_gains(decoding, best, fits))),
        table=DataTable.of(
            {
                "batch": ("sequence", np.repeat(batches, numbers.size)),
                "sequence_length": ("token", np.full(grid.size, length)),
                "candidates": ("token", np.tile(numbers, len(batches))),
                "tokens_per_step": ("token", decoding.tokens.ravel()),
                "attainable_speed_up": ("1", decoding.attainable.speed_up.ravel()),
                **{
                    name: ("1", gain.speed_up.ravel())
                    for name, gain in zip(
                        ("predicted_speed_up", "predicted_isolated_speed_up"),
                        decoding.predicted or (),
                        strict=False,
                    )
                },
            }
        ),
    )


def _batch_gains(
    decoding: Speculation, best: Sequence[Best], fits: Sequence[bool]
) -> Iterator[BatchSpeedUp]:
    def marked(optimum: Optimum) -> BestCandidates:
        return BestCandidates(
            candidates=optimum.candidates,
            speed_up=optimum.speed_up,
            tokens=float(tokens_per_step(optimum.candidates)),
        )

    for row, (batch_best, fit) in enumerate(zip(best, fits, strict=True)):
        predicted = decoding.predicted
        yield BatchSpeedUp(
            batch=batch_best.batch,
            fits=fit,
            attainable=tuple(decoding.attainable.speed_up[row].tolist()),
            best=marked(batch_best.attainable),
            predicted=None
            if predicted is None
            else (
                tuple(predicted[0].speed_up[row].tolist()),
                tuple(predicted[1].speed_up[row].tolist()),
            ),
            best_predicted=None
            if batch_best.predicted is None
            else marked(batch_best.predicted[0]),
        )


def _range(best: Best) -> str:
    low, high = best.range
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _title(best: Sequence[Best], *, predicted: bool) -> str:
    kind = "predicted" if predicted else "attainable"
    first, last = best[0], best[-1]
    if last.range[1] >= first.range[0]:
        text = "; ".join(
            f"{_range(end)} at batch {end.batch:,}" for end in dict.fromkeys((first, last))
        )
        return f"The best number of candidates ({kind}): {text}"
    return (
        f"The best number of candidates falls with batch: {_range(first)} at batch "
        f"{first.batch:,}, {_range(last)} at batch {last.batch:,} ({kind})"
    )


def _best_words(best: Best) -> str:
    words = (
        f"Batch {best.batch:,}: best at {best.attainable.candidates} candidates, "
        f"{significant(best.attainable.speed_up, 3)} times as fast, attainable"
    )
    if best.predicted is None:
        return f"{words}."
    gains = " to ".join(dict.fromkeys(significant(gain, 3) for gain in best.gains))
    return f"{words}; at {_range(best)}, {gains} times, predicted."
