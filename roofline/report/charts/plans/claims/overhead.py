"""The chart of what launching costs kernels that run alone."""

import numpy as np

from roofline.findings.finding import Finding
from roofline.report.charts.plans.claims.lines import TOKENS, Quantity, line, lines_plan, role_of
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Guide, Plan

_RATIO = Quantity("Overhead over the longer of moving and computing", "overhead_ratio", "times")


def overhead_plan(data: StudyData, finding: Finding) -> Plan:
    """Plan the overhead over moving or computing, for every point against its tokens."""
    lines = []
    for series in data.series:
        predicted = series.result.predicted
        if predicted is None:
            raise AssertionError(series.label)  # there is no such finding then
        grid = series.result.grid
        tokens = np.broadcast_to(np.multiply(grid.batch, grid.length), grid.shape)
        longer = np.maximum(predicted.parts["memory"], predicted.parts["compute"])
        ratio = predicted.parts["overhead"] / longer
        role = role_of(data, series.result.series, series.result.phase)
        lines.append(line(series.points.name, role, tokens.astype(float), ratio, "marks"))
    return lines_plan(
        finding,
        x=TOKENS._replace(name="Batch times length (tokens)"),
        y=_RATIO,
        kinds=("log", "log"),
        lines=lines,
        guides=[Guide(across="y", value=1.0, text="overhead-bound above")],
        caption=(
            "One mark for each point of the study, each kernel timed alone. All times are "
            "predicted. Above the line, launching takes longer than moving or computing."
        ),
    )
