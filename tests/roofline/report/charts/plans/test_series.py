"""Series are told apart, those without a colour of their own by their place."""

from pathlib import Path

import pytest

from catalogues import RECALL, extend_operators
from roofline.model.operators import PHASES, load_operators
from roofline.report.charts.plans.roofline import roofline_plan
from roofline.report.charts.plans.series import StudyData, series_role
from roofline.report.charts.plans.time import time_plan
from roofline.report.charts.spec import Role, Roofline, StepTimes
from roofline.study.study import load_study


@pytest.mark.usefixtures("recall")
def test_a_charted_series_without_colours_has_one_in_each_phase() -> None:
    """Both phases stand in one roofline chart: the first shared colour, and the second."""
    spec = roofline_plan(StudyData(study=load_study())).spec
    assert isinstance(spec, Roofline)
    colours = {points.label: points.role.colour for points in spec.series}
    assert (colours["recall init"], colours["recall ar"]) == ("other-1", "other-2")
    assert len(set(colours.values())) == len(colours) == 8


def test_a_series_has_one_colour_in_every_chart_of_a_phase(catalogue: Path) -> None:
    """Where one phase alone has a colour, the other phase is the first without: other-1."""
    halved = {**RECALL["series"]["recall"], "drawn": {"ar": "blue"}}
    extend_operators(catalogue, {**RECALL, "series": {"recall": halved}})
    data = StudyData(study=load_study())
    operators = load_operators()
    assert series_role(operators, "recall", "ar") == Role("blue")
    assert series_role(operators, "recall", "init") == Role("other-1")
    for phase in PHASES:
        spec = time_plan(data, phase).spec
        assert isinstance(spec, StepTimes)
        roles = {band.series: band.role for panel in spec.panels for band in panel.bands}
        assert roles == {name: series_role(operators, name, phase) for name in roles}
        # Behind the one charted phase, the others begin with the second shared colour.
        assert roles["attention output"] == Role("other-2")


def test_a_chart_can_choose_the_shared_colour_itself() -> None:
    operators = load_operators()
    assert series_role(operators, "lm_head", "ar", 5) == Role("other-3")  # 5 mod 3 + 1
    assert series_role(operators, "qk/pv", "ar", 5) == Role("brown")
