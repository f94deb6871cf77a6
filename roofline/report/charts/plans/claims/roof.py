"""Charts of the roof itself: where the ridge lies, and what the law allows."""

import numpy as np

from roofline.findings.finding import Finding
from roofline.findings.limits import work_products
from roofline.findings.phrases import sampled_values
from roofline.report.charts.labels import Y_LABEL, bandwidth_text, peak_text, ridge_text
from roofline.report.charts.plans.claims.lines import (
    INTENSITY,
    Quantity,
    line,
    lines_plan,
    name_of,
    role_of,
    sample,
)
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Plan, Ring, Role
from roofline.study.results import charted_series

_RATE = Quantity(Y_LABEL, "attainable", "FLOP/s")
_LIMIT = Quantity("Limit by the least reused operand (FLOP/Byte)", "limit", "FLOP/Byte")


def ridge_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan the roof with a ring at the ridge, and the roofs of the card's other dtypes."""
    deployment = data.study.deployment
    roof, dtype = deployment.roof, deployment.dtype
    peaks: dict[float, list[str]] = {roof.peak: [dtype]}
    for name, peak in deployment.accelerator.peaks.items():
        names = peaks.setdefault(peak.value, [])
        if name not in names:
            names.append(name)
    ridges = [peak / roof.bandwidth for peak in peaks]
    x = sample(min(1.0, min(ridges) / 10), 20 * max(ridges), *ridges)
    return lines_plan(
        finding,
        x=Quantity("Operational intensity (FLOP/Byte)", "intensity", "FLOP/Byte"),
        y=_RATE,
        kinds=("log", "log"),
        lines=[
            line(
                ", ".join(names),
                Role("ink" if peak == roof.peak else "muted"),
                x,
                np.minimum(peak, roof.bandwidth * x),
                "solid" if peak == roof.peak else "dashed",
            )
            for peak, names in peaks.items()
        ],
        rings=[Ring(x=roof.ridge, y=roof.peak, text=f"{ridge_text(roof.ridge)} FLOP/Byte")],
        caption=(
            f"The roof rises with the bandwidth, {bandwidth_text(roof.bandwidth)}, and ends at the "
            f"peak, {peak_text(roof.peak)} in {dtype}. Rates are attainable."
        ),
    )


def law_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan the intensity of every series against what its least reused operand allows."""
    study = data.study
    batches = np.array(sampled_values(study.file.batches), dtype=np.float64)[:, np.newaxis]
    lengths = np.array(sampled_values(study.file.lengths), dtype=np.float64)
    lines, ends = [], [1.0]
    for series, phase in charted_series(study.deployment):
        each = float(data.candidates) if phase == "ar" else 1.0
        setting = (batches, lengths, each)
        products = work_products(study.deployment, series, phase, setting)
        shape = np.broadcast_shapes(batches.shape, lengths.shape)
        limits, intensities = (
            np.concatenate([np.broadcast_to(value, shape).ravel() for value in values])
            for values in zip(
                *((product.most_intensity, product.intensity) for product in products), strict=True
            )
        )
        role = role_of(data, series, phase)
        lines.append(line(name_of(data, series, phase), role, limits, intensities, "marks"))
        ends += [float(limits.min()), float(limits.max())]
    across = np.array([min(ends), max(ends)])
    lines.insert(0, line("limit", Role("muted"), across, across, "dashed"))
    return lines_plan(
        finding,
        x=_LIMIT,
        y=INTENSITY,
        kinds=("log", "log"),
        lines=lines,
        ridge=study.deployment.roof.ridge,
        caption=(
            "Every mark is a product of the study at one setting. On the dashed line the intensity "
            "equals the limit; no mark lies above it. Both are computed."
        ),
    )
