"""Charts: a plan says in data what a chart shows, a drawing shows it, output makes files of it."""

from roofline.report.charts.gallery import (
    calibration_charts,
    candidate_charts,
    finding_chart,
    layer_drawing,
    measured_title,
    missing_charts,
    operator_chart,
    reproduction_charts,
    study_charts,
    study_look,
)
from roofline.report.charts.output.cache import STORE
from roofline.report.charts.output.chart import Chart

__all__ = [
    "STORE",
    "Chart",
    "calibration_charts",
    "candidate_charts",
    "finding_chart",
    "layer_drawing",
    "measured_title",
    "missing_charts",
    "operator_chart",
    "reproduction_charts",
    "study_charts",
    "study_look",
]
