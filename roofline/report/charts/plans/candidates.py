"""Candidate tokens: what they do to intensity, and what they gain."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from roofline.model.crossing import candidates_to_ridge
from roofline.model.grid import Grid
from roofline.model.points import evaluate
from roofline.report.charts.drawing.candidates import draw_intensity, draw_speed_up
from roofline.report.charts.drawing.sheet import colour
from roofline.report.charts.labels import join_words, ridge_text, without_zeros
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Line, Plan, Table
from roofline.study.candidates import (
    Best,
    best_candidates,
    intensity_gain,
    published_candidates,
    speculation,
)
from roofline.units import significant

HEIGHTS: Final = (320.0, 300.0)
_BATCHES: Final = (1, 4, 16, 32, 64)
_ATTENTION: Final = "qk/pv"


def _middle(values: Sequence[int], wanted: int) -> int:
    return wanted if wanted in values else values[(len(values) - 1) // 2]


def _batches(data: StudyData) -> tuple[int, ...]:
    """Batches to compare: the usual ones, or as many of the grid's."""
    known = data.study.file.batches
    found = tuple(batch for batch in _BATCHES if batch in known)
    if len(found) > 1 or len(known) == 1:
        return found or known
    places = np.linspace(0, len(known) - 1, min(len(known), len(_BATCHES))).round().astype(int)
    return tuple(known[place] for place in places.tolist())


def intensity_plan(data: StudyData) -> Plan:
    """Plan the chart of intensity against candidates."""
    paper, study = published_candidates(), data.study
    deployment, file = study.deployment, study.file
    batch, length = (_middle(file.batches, paper.batch.value),
                     _middle(file.lengths, paper.length.value))  # fmt: skip
    x = np.asarray(paper.whole, dtype=np.float64)
    lines = tuple(
        Line(
            series=name,
            key=f"{entry.slug}-ar",
            tone=colour(entry.slug, "ar"),
            stroke=3.6 if entry.slug == "qkv-mlp" else 1.6,
            y=evaluate(deployment, name, "ar", Grid(batch, length, x)).intensity,
            crosses=candidates_to_ridge(deployment, name, batch, length),
        )
        for name, entry in deployment.operators.series.items()
        if entry.charted and deployment.series_rows(name, "ar")
    )
    many = paper.best.value
    times = significant(intensity_gain(deployment, _ATTENTION, batch, length, many), 3)
    rest = _crossing_words(lines, ridge_text(deployment.roof))
    where = f"At batch {batch:,} and length {length:,}"
    words = [
        f"{line.label}: {significant(float(line.y[0]), 3)} FLOP/Byte with one candidate, "
        f"{significant(float(line.y[-1]), 3)} with {paper.most.value}."
        for line in lines
    ]
    return Plan(
        slug="candidates-intensity",
        title=f"{many} candidates give decode attention {times} times its intensity; {rest}",
        description=f"Line chart with logarithmic axes: intensity against candidates. {where}. "
        + " ".join(words),
        caption=(
            f"{where}. Crosses are the candidates of the paper by Cai et al., 1 and "
            f"{paper.step.value} to {paper.most.value}; rings mark where a line reaches the ridge. "
            "The candidates' own keys and values are not counted. Computed from the operators' "
            "work and traffic; nothing is measured."
        ),
        table=Table(
            columns={
                "label": ("", [line.label for line in lines for _ in x]),
                "batch": ("sequence", np.full(len(lines) * x.size, batch)),
                "sequence_length": ("token", np.full(len(lines) * x.size, length)),
                "candidates": ("token", np.tile(np.asarray(paper.whole), len(lines))),
                "intensity": ("FLOP/Byte", np.concatenate([line.y for line in lines])),
                "ridge": ("FLOP/Byte", np.full(len(lines) * x.size, deployment.roof.ridge)),
            }
        ),
        draw=lambda canvas: draw_intensity(canvas, lines, x, deployment.roof.ridge),
        heights=HEIGHTS,
    )


def _crossing_words(lines: Sequence[Line], ridge: str) -> str:
    """Say which series reach the ridge within the candidates studied, and where."""
    found = sorted((line.crosses, line.series) for line in lines if line.crosses is not None
                   and line.crosses <= published_candidates().most.value)  # fmt: skip
    if not found:
        return f"no series reaches the ridge at {ridge}"
    names = join_words([series for _, series in found])
    verb = "reaches" if len(found) == 1 else "reach"
    if found[-1][0] <= 1:
        return f"{names} {verb} the ridge at {ridge} without any"
    ends = [significant(at, 3) for at, _ in found]
    return f"{names} {verb} the ridge at {join_words([*dict.fromkeys(ends)])}"


def speed_up_plan(data: StudyData) -> Plan:
    """Plan the chart of speed-up against candidates."""
    paper, study = published_candidates(), data.study
    batches, length = _batches(data), _middle(study.file.lengths, paper.length.value)
    x = np.asarray(paper.whole)
    found = speculation(study, Grid(np.asarray(batches)[:, np.newaxis], length, x))
    best = best_candidates(study, batches, length)
    predicted = found.predicted
    gains = {
        "attainable": found.attainable.speed_up,
        "predicted": None if predicted is None else predicted[0].speed_up,
        "predicted_isolated": None if predicted is None else predicted[1].speed_up,
    }
    fits = data.capacity.fits(np.asarray(batches), length)
    device = without_zeros(data.capacity.device, "byte", 3)
    missing = [f"{batch:,}" for batch, one in zip(batches, fits.tolist(), strict=True) if not one]
    room = (
        f" Weights and KV cache of batch {join_words(missing)} do not fit in {device}."
        if missing
        else ""
    )
    shown = {name: values for name, values in gains.items() if values is not None}
    kinds = (
        " Dashed and shaded: predicted, between launches that hide behind the kernels before "
        "them, dashed, and launches as costly as isolated ones."
        if predicted is not None
        else " No prediction: the card is not calibrated for this study."
    )
    growth, first = paper.growth.value, paper.first.value
    return Plan(
        slug="candidates-speedup",
        title=_title(best, predicted=predicted is not None),
        description=f"Line chart: speed-up over one token per step against candidates, at length "
        f"{length:,}. {' '.join(_best_words(one) for one in best)}",
        caption=(
            f"At length {length:,}, whole model. Solid: attainable, every kernel at its own roof."
            f"{kinds} Rings mark the best number of candidates. Tokens per step are the fit of "
            f"Cai et al., {first:g} + {growth:g} ln q, for any model. Below 1, candidates lose."
            f"{room}"
        ),
        table=Table(
            columns={
                "batch": ("sequence", np.repeat(np.asarray(batches), x.size)),
                "sequence_length": ("token", np.full(len(batches) * x.size, length)),
                "candidates": ("token", np.tile(x, len(batches))),
                "tokens_per_step": ("token", found.tokens.ravel()),
                **{f"{name}_speed_up": ("1", values.ravel()) for name, values in shown.items()},
            }
        ),
        draw=lambda canvas: draw_speed_up(canvas, x, shown, best, fits.tolist()),
        heights=(340.0, 330.0),
    )


def _range(one: Best) -> str:
    low, high = one.range
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _title(best: Sequence[Best], *, predicted: bool) -> str:
    kind = "predicted" if predicted else "attainable"
    first, last = best[0], best[-1]
    if last.range[1] >= first.range[0]:
        text = "; ".join(
            f"{_range(one)} at batch {one.batch:,}" for one in dict.fromkeys((first, last))
        )
        return f"The best number of candidates ({kind}): {text}"
    return (
        f"The best number of candidates falls with batch: {_range(first)} at batch "
        f"{first.batch:,}, {_range(last)} at batch {last.batch:,} ({kind})"
    )


def _best_words(one: Best) -> str:
    words = (
        f"Batch {one.batch:,}: best at {one.attainable.candidates} candidates, "
        f"{significant(one.attainable.speed_up, 3)} times as fast, attainable"
    )
    if one.predicted is None:
        return f"{words}."
    gains = " to ".join(dict.fromkeys(significant(gain, 3) for gain in one.gains))
    return f"{words}; at {_range(one)}, {gains} times, predicted."
