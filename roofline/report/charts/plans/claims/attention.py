"""Charts of what is claimed of attention."""

import numpy as np

from roofline.arrays import FloatArray
from roofline.findings.attention import level_limit, ridge_length
from roofline.findings.finding import Finding
from roofline.findings.limits import attention_series, projection_series
from roofline.model.capacity import capacity
from roofline.model.crossing import crossing
from roofline.model.deployment import Deployment
from roofline.model.operators import Phase
from roofline.report.charts.labels import size
from roofline.report.charts.plans.claims.lines import (
    INTENSITY,
    LENGTH,
    Quantity,
    evaluate_line,
    line,
    lines_plan,
    name_of,
    role_of,
    sample,
    series_lines,
)
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Guide, Plan, Ring, Role
from roofline.units import significant, trimmed

_HEADS = Quantity("Intensity of decode attention (FLOP/Byte)", "intensity", "FLOP/Byte")
_CACHE = Quantity("Tokens of KV cache that fit", "tokens", "token")
_CANDIDATES = Quantity("Candidate tokens per sequence and step", "candidates", "token")
_COMPUTED = "Intensity is computed from each operator's own work and traffic."


def _by_length(
    deployment: Deployment, phase: Phase, lengths: FloatArray, each: float
) -> FloatArray:
    """Intensity of attention at every length [FLOP/Byte]."""
    series = attention_series(deployment)
    return evaluate_line(
        deployment, series, phase, 1, lengths, each if phase == "ar" else 1
    ).intensity


def _lengths(data: StudyData, *crossings: float | None) -> FloatArray:
    """Lengths of the study and beyond, as far as a crossing."""
    lengths = data.study.file.lengths
    places = [place for place in crossings if place is not None and place < 64 * lengths[-1]]
    high = max([lengths[-1], 4 * lengths[0], *(2.5 * place for place in places)])
    return sample(float(lengths[0]), float(high), *places)


def _one_phase(data: StudyData, finding: Finding, phase: Phase) -> Plan:
    """Plan attention's intensity against the length, with its limit and the ridge."""
    deployment, each = data.study.deployment, data.candidates if phase == "ar" else 1
    series, ridge = attention_series(deployment), deployment.roof.ridge
    start = ridge_length(deployment, phase, each)
    limit = level_limit(deployment, phase, each)
    lengths = _lengths(data, start)
    values = _by_length(deployment, phase, lengths, each)
    # A limit far below the ridge is shown alone, so that the line is not flat on the floor.
    near = start is not None or limit > ridge / 8
    rings = [] if start is None else [Ring(x=start, y=ridge, text=f"length {size(start)}")]
    bounded = limit < 4 * float(values.max())
    return lines_plan(
        finding,
        x=LENGTH,
        y=INTENSITY,
        kinds=("doublings", "log" if near else "linear"),
        most=None if near else 1.25 * limit,
        lines=[line(name_of(data, series), role_of(data, series, phase), lengths, values)],
        rings=rings,
        guides=[Guide(across="y", value=limit, text=f"limit {trimmed(significant(limit))}")]
        if bounded
        else [],
        ridge=ridge if near else None,
        caption=f"The same at every batch.{data.condition} {_COMPUTED}",
    )


def decode_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan decode attention against the length, below its limit."""
    return _one_phase(data, finding, "ar")


def prefill_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan prefill attention against the length, with its limit and the ridge."""
    return _one_phase(data, finding, "init")


def fused_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan what fusing changes: prefill unfused, fused, fused without masked scores, and decode."""
    deployment = data.study.deployment
    series, ridge = attention_series(deployment), deployment.roof.ridge
    fused, causal, unfused = (
        deployment.with_choices(attention=attention, mask=mask)
        for attention, mask in (("fused", "full"), ("fused", "causal"), ("unfused", "full"))
    )
    starts = [ridge_length(variant, "init", 1) for variant in (fused, causal, unfused)]
    lengths = _lengths(data, *starts)
    prefill, decode = (role_of(data, series, phase) for phase in ("init", "ar"))
    muted = Role("muted", prefill.size)
    return lines_plan(
        finding,
        x=LENGTH,
        y=INTENSITY,
        lines=[
            line("prefill, fused", prefill, lengths, _by_length(fused, "init", lengths, 1)),
            line(
                "fused, with its mask",
                prefill,
                lengths,
                _by_length(causal, "init", lengths, 1),
                "dashed",
            ),
            line("prefill, unfused", muted, lengths, _by_length(unfused, "init", lengths, 1)),
            line(
                "decode, fused", decode, lengths, _by_length(fused, "ar", lengths, data.candidates)
            ),
        ],
        rings=[
            Ring(x=start, y=ridge, text=f"{np.ceil(start):,.0f}")
            for start in starts
            if start is not None
        ],
        ridge=ridge,
        caption=(
            "Numbers at the rings are the shortest compute-bound lengths. A kernel that skips "
            "the scores hidden by the causal mask does about half the work of a long prefill and "
            f"moves the same operands.{data.condition} {_COMPUTED}"
        ),
    )


def grouped_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan intensity and room for cache together, for several numbers of KV heads."""
    study = data.study
    heads = study.deployment.transformer.heads.value
    each, longest = data.candidates, study.file.lengths[-1]
    series = attention_series(study.deployment)
    named = round(finding.number("kv-heads").value)
    shown = sorted({1, named, study.deployment.transformer.kv_heads.value, heads}
                   | {heads // group for group in (4, 13) if heads % group == 0})  # fmt: skip
    variants = [study.deployment.with_kv_heads(number) for number in shown]
    values = np.array([
        study.on(variant).results.at(series, "ar", study.file.batches[0], longest, each).intensity
        for variant in variants
    ])  # fmt: skip
    tokens = np.array([float(capacity(variant).tokens) for variant in variants])
    ridge = study.deployment.roof.ridge
    return lines_plan(
        finding,
        x=_HEADS,
        y=_CACHE,
        kinds=("log", "log" if tokens.min() > 0 else "linear"),
        lines=[line("", role_of(data, series, "ar"), values, tokens)],
        rings=[
            Ring(x=value, y=room, text=f"{number:,} KV head{'s' * (number != 1)}")
            for number, value, room in zip(shown, values.tolist(), tokens.tolist(), strict=True)
        ],
        guides=[Guide(across="x", value=ridge, text=f"ridge {significant(ridge, 4)}")],
        caption=(
            f"Rings: the number of KV heads that the {heads:,} query heads share. Intensity is at "
            f"length {size(longest)}. Tokens are counted over all sequences, beside the weights. "
            f"Both are computed.{data.condition}"
        ),
    )


def candidates_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan intensity in decode against the candidates, with the ridge across."""
    study = data.study
    deployment, ridge = study.deployment, study.deployment.roof.ridge
    most = max(*study.file.candidates, 64)
    batch, length = (
        wanted if wanted in values else values[(len(values) - 1) // 2]
        for wanted, values in ((16, study.file.batches), (1024, study.file.lengths))
    )
    starts = {
        series: crossing(deployment, series, "ar", vary="candidates", batch=batch, length=length)
        for series in (attention_series(deployment), *projection_series(deployment))
    }
    candidates = sample(1.0, float(most), *(start for start in starts.values() if start))
    lines = series_lines(
        data,
        starts,
        "ar",
        candidates,
        lambda series: evaluate_line(deployment, series, "ar", batch, length, candidates).intensity,
    )
    first = max((start for start in starts.values() if start), default=None)
    return lines_plan(
        finding,
        x=_CANDIDATES,
        y=INTENSITY,
        lines=lines,
        rings=[]
        if first is None
        else [Ring(x=first, y=ridge, text=f"{np.ceil(first):,.0f} candidates")],
        ridge=ridge,
        caption=(
            f"At batch {size(batch)} and length {size(length)}. From the ring on, the projections "
            f"are compute-bound. {_COMPUTED}"
        ),
    )
