"""Studies that tests of charts look at, read once."""

import pytest

from drawings import EXAMPLE
from roofline.report.charts.plans.series import StudyData
from roofline.study.study import load_study


@pytest.fixture(scope="session")
def flagship() -> StudyData:
    """A study that is predicted."""
    return StudyData(study=load_study())


@pytest.fixture(scope="session")
def example() -> StudyData:
    """A study that is predicted and measured."""
    return StudyData(study=load_study(EXAMPLE))
