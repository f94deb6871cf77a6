"""Charts of what is claimed of the projections."""

import math

from roofline.arrays import FloatArray
from roofline.catalog.reader import number_formats
from roofline.findings.finding import Finding
from roofline.findings.limits import projection_series, projections_at_ridge
from roofline.findings.narrow_weights import NARROW
from roofline.findings.phrases import times_words
from roofline.model.budget import budget
from roofline.model.deployment import Deployment
from roofline.model.grid import Grid
from roofline.report.charts.labels import size
from roofline.report.charts.plans.claims.lines import (
    BATCH,
    INTENSITY,
    OF_PEAK,
    TOKENS,
    Quantity,
    evaluate_line,
    line,
    lines_plan,
    sample,
    series_lines,
)
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Guide, Plan, Ring, Role, Trace

_SPEED_UP = Quantity("Decode step: times as fast", "speed_up", "times")
_ATTAINABLE = "Rates are attainable, not predicted."


def _of_peak(deployment: Deployment, series: str, tokens: FloatArray) -> FloatArray:
    """Attainable share of the peak with so many tokens in a step."""
    return evaluate_line(deployment, series, "ar", tokens, 1).attainable / deployment.roof.peak


def _share_of_peak(data: StudyData, series: str, tokens: float) -> float:
    """Attainable share of the peak with one number of tokens in a step."""
    point = data.study.results.at(series, "ar", tokens, 1)
    return point.attainable / data.study.deployment.roof.peak


def _beyond(end: float, *crossings: float | None) -> float:
    """How far an axis goes that shows what is studied, and crossings that are not far off."""
    places = [2.5 * place for place in crossings if place is not None and place < 64 * end]
    return max([end, 4.0, *places])


def decode_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan the intensity of decode projections against the batch, beside the batch itself."""
    study = data.study
    deployment, each = study.deployment, data.candidates
    batches = sample(float(study.file.batches[0]), _beyond(float(study.file.batches[-1])))
    factor = 2.0 * each / deployment.element_bytes["weight"]
    names = projection_series(deployment)
    lines = series_lines(
        data,
        names,
        "ar",
        batches,
        lambda series: evaluate_line(deployment, series, "ar", batches, 1, each).intensity,
    )
    law = f"{times_words(factor)}the batch"
    lines.append(line(law, Role("muted"), batches, factor * batches, "dashed"))
    return lines_plan(
        finding,
        x=BATCH,
        y=INTENSITY,
        lines=lines,
        ridge=deployment.roof.ridge,
        caption=(
            f"The same at every length.{data.condition} Intensity is computed from each "
            "operator's own work and traffic."
        ),
    )


def crossings_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan the share of the peak that decode projections attain against the batch."""
    study = data.study
    deployment, each = study.deployment, data.candidates
    reach = projections_at_ridge(deployment)
    starts = {name: tokens / each for name, tokens in reach.tokens.items() if tokens}
    largest = float(study.file.batches[-1])
    batches = sample(
        float(study.file.batches[0]), _beyond(largest, *starts.values()), *starts.values()
    )
    last = max(starts.values(), default=0.0)
    fits = study.results.capacity.largest_batch(study.file.lengths[0])
    guides = [Guide(across="x", value=largest, text="largest batch here")]
    if fits > largest:
        text = f"memory full at length {size(study.file.lengths[0])}"
        guides = [Guide(across="x", value=float(fits), text=text)]
    return lines_plan(
        finding,
        x=BATCH,
        y=OF_PEAK,
        kinds=("doublings", "linear"),
        lines=series_lines(
            data,
            reach.tokens,
            "ar",
            batches,
            lambda series: _of_peak(deployment, series, batches * each),
        ),
        rings=[Ring(x=last, y=1.0, text=f"batch {math.ceil(last):,}")] if last > 1 else [],
        guides=guides,
        caption=f"The same at every length.{data.condition} {_ATTAINABLE}",
    )


def _tokens_plan(
    data: StudyData, finding: Finding, tokens: FloatArray, rings: list[Ring], caption: str
) -> Plan:
    """Plan the share of the peak that projections attain against the tokens of a step."""
    deployment = data.study.deployment
    return lines_plan(
        finding,
        x=TOKENS,
        y=OF_PEAK,
        kinds=("doublings", "linear"),
        lines=series_lines(
            data,
            projection_series(deployment),
            "init",
            tokens,
            lambda series: _of_peak(deployment, series, tokens),
        ),
        rings=rings,
        caption=caption,
    )


def prefill_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan the share of the peak that prefill projections attain against the tokens."""
    file, deployment = data.study.file, data.study.deployment
    fewest = float(file.batches[0] * file.lengths[0])
    last = projections_at_ridge(deployment).last
    high = _beyond(4 * fewest, last)
    tokens = sample(1.0, high, *([last] if last else []), fewest)
    prompt = f"{file.batches[0]:,} × {size(file.lengths[0])} tokens"
    shares = [_share_of_peak(data, name, fewest)
              for name in projection_series(deployment)]  # fmt: skip
    rings = [Ring(x=fewest, y=min(shares), text=prompt)]
    if last is not None and last > 1:
        rings.append(Ring(x=last, y=1.0, text=f"{math.ceil(last):,} tokens"))
    return _tokens_plan(
        data,
        finding,
        tokens,
        rings,
        "Tokens are batch times length; the smallest prefill of the study is ringed too. "
        f"{_ATTAINABLE}",
    )


def chunked_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan the share of the peak that projections attain against the tokens of a mixed step."""
    reach = projections_at_ridge(data.study.deployment)
    last = reach.last
    tokens = sample(1.0, _beyond(256.0, last), *([last, last / 2] if last else []))
    rings = []
    if last is not None and last > 1 and reach.whole is not None:
        half = max(1, reach.whole // 2)
        share = min(_share_of_peak(data, name, float(half)) for name in reach.tokens)
        rings = [
            Ring(x=float(half), y=share, text=f"{half:,} tokens"),
            Ring(x=last, y=1.0, text=f"{reach.whole:,} tokens"),
        ]
    return _tokens_plan(
        data,
        finding,
        tokens,
        rings,
        f"Prefill and decode tokens count alike. Attention is left out. {_ATTAINABLE}",
    )


def narrow_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan how many times as fast narrow weights make a decode step, against the batch."""
    study = data.study
    deployment, each, length = study.deployment, data.candidates, study.file.lengths[0]
    reach = projections_at_ridge(deployment)
    start = None if reach.last is None else reach.last / each
    high = _beyond(float(study.file.batches[-1]), start)
    batches = sample(float(study.file.batches[0]), high, *([start] if start else []))
    widths = {name: number_formats()[name].bytes.value for name in NARROW}

    def seconds(which: Deployment) -> FloatArray:
        return budget(which, "ar", Grid(batches, length, each)).seconds

    width_now, seconds_now = deployment.element_bytes["weight"], seconds(deployment)
    lines: list[Trace] = []

    for name, tone in zip(NARROW, ("qkv-mlp-init", "qkv-mlp-ar"), strict=True):
        if widths[name] < width_now:
            narrow = deployment.with_storage("weight", widths[name])
            gain = seconds_now / seconds(narrow)
            lines.append(line(f"{8 * widths[name]:g}-bit", Role(tone), batches, gain))
    top = lines[-1]
    guides = [Guide(across="y", value=1.0, text="no gain")]
    if start is not None:
        text = f"projections compute-bound from {math.ceil(start):,}"
        guides.append(Guide(across="x", value=start, text=text))
    return lines_plan(
        finding,
        x=BATCH,
        y=_SPEED_UP,
        kinds=("doublings", "linear"),
        lines=lines,
        rings=[Ring(x=top.x[0], y=top.y[0], text=f"{finding.headline.figure} times")],
        guides=guides,
        caption=(
            f"A decode step of the whole model at length {size(length)}, scales left out."
            f"{data.condition} Times are minimum times on the roof, not predictions."
        ),
    )
