"""The charts of a study's pages: each carries one message, and its data."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from roofline.catalog.accelerator import load_accelerator
from roofline.citations.site_address import load_identity, site_version
from roofline.findings.finding import Finding
from roofline.latency.calibration import all_calibrations
from roofline.latency.carried_over import carried_over
from roofline.latency.kernels import calibration_for
from roofline.memo import memoised
from roofline.model.operators import Phase
from roofline.report.charts.drawing.layer import draw_layer
from roofline.report.charts.drawing.look import read_look
from roofline.report.charts.output.chart import Chart, Picture, drawing_jobs, make_chart, see
from roofline.report.charts.plans import candidates, messages
from roofline.report.charts.plans.agreement import agreement_plan
from roofline.report.charts.plans.capacity import capacity_plan
from roofline.report.charts.plans.claims import finding_plan
from roofline.report.charts.plans.intensity import batch_plan, length_plan
from roofline.report.charts.plans.layer import layer_plan
from roofline.report.charts.plans.reproduction import reproduction_plan
from roofline.report.charts.plans.roofline import operator_plan, roofline_plan, roofline_spec
from roofline.report.charts.plans.series import StudyData, read_study
from roofline.report.charts.plans.spread import carried_plan, spread_plan
from roofline.report.charts.plans.time import time_plan
from roofline.report.charts.spec import Origin, Plan
from roofline.study.reference_chart import Look
from roofline.study.repository import FLAGSHIP
from roofline.study.study import Study


def study_charts(study: Study, version: str) -> tuple[Chart, ...]:
    """Make the charts of a study.

    Args:
        study: The study.
        version: Version of this project, which the files name.

    Returns:
        The reference chart first, then intensity by batch and by length, capacity, and
        the time of a decode step and of a prefill, and predicted against measured time where
        points have both.
    """
    return _make(study_plans(read_study(study)), study, version)


def candidate_charts(study: Study, version: str) -> tuple[Chart, ...]:
    """Make the charts of candidate tokens.

    Args:
        study: The study.
        version: Version of this project, which the files name.

    Returns:
        Intensity against candidates, then speed-up.
    """
    return _make(candidate_plans(read_study(study)), study, version)


def calibration_charts(study: Study, version: str) -> tuple[Chart, ...]:
    """Make charts of how the predictions of a study's calibration spread, and of all others.

    Args:
        study: The study.
        version: Version of this project, which the files name.

    Returns:
        The study's own, where one applies; the flagship has those of all others too. None of a
        calibration that has no such figures.
    """
    return _make(calibration_plans(study), study, version)


def reproduction_charts(study: Study, version: str) -> tuple[Chart, ...]:
    """Make the chart of what the reference chart states beside what the study comes to.

    Args:
        study: The study.
        version: Version of this project, which the files name.

    Returns:
        One chart; none for a study that does not reproduce the reference chart.
    """
    return _make(reproduction_plans(read_study(study)), study, version)


@memoised
def study_look(study: Study) -> Look:
    """Draw a study's first chart, and read what is seen of it."""
    spec = roofline_spec(read_study(study))
    return read_look(Picture(spec=spec).wide, spec)


def layer_drawing(study: Study, batch: int, length: int) -> Markup:
    """Draw one layer of a study's model, with the sizes of its products at one setting.

    Args:
        study: The study; what its operators say is drawn.
        batch: Sequences.
        length: Tokens of each sequence.

    Returns:
        A figure for a page.
    """
    return draw_layer("layer", layer_plan(study.deployment, batch, length))


def operator_chart(study: Study, series: str, phase: Phase, version: str) -> Chart:
    """Make the reference chart with one series brought forward.

    Args:
        study: The study.
        series: Label or slug of a charted series, such as ``qk/pv`` or ``qk-pv``.
        phase: ``init`` (prefill) or ``ar`` (decode).
        version: Version of this project, which the files name.

    Raises:
        KeyError: The series is not charted in this phase.
    """
    entries = study.deployment.operators.series
    slug = entries[series].slug if series in entries else series
    return _make([operator_plan(read_study(study), f"{slug}-{phase}")], study, version)[0]


def finding_chart(study: Study, finding: Finding, version: str) -> Chart | None:
    """Make the chart that shows what a finding claims; None where a picture says nothing.

    Args:
        study: The study.
        finding: A finding about it.
        version: Version of this project, which the files name.
    """
    plan = finding_plan(read_study(study), finding)
    return None if plan is None else _make([plan], study, version)[0]


def measured_title(study: Study) -> str:
    """Say how measured points of a study lie below the roof, or that there are none."""
    return messages.measured_title(read_study(study).series) or "No point was measured"


def missing_charts(
    study: Study, findings: Sequence[Finding], version: str
) -> list[Callable[[], None]]:
    """List what is still to be drawn for a study's pages, as jobs that other processes can do.

    Args:
        study: The study.
        findings: Those that have a page.
        version: Version of this project, which the files name.

    Returns:
        One job for each drawing that the cache lacks; charts that look alike share one.
    """
    data = read_study(study)
    claimed = (finding_plan(data, finding) for finding in findings)
    plans = [
        *study_plans(data),
        *candidate_plans(data),
        *calibration_plans(study),
        *reproduction_plans(data),
        *(operator_plan(data, series.key) for series in data.series),
        *(plan for plan in claimed if plan is not None),
    ]
    return drawing_jobs(see(plan, _origin(study, version)) for plan in plans)


def _make(plans: Sequence[Plan], study: Study, version: str) -> tuple[Chart, ...]:
    return tuple(make_chart(plan, _origin(study, version)) for plan in plans)


def _origin(study: Study, version: str) -> Origin:
    # What names no version points to no version: the address leads on to the newest.
    edition = f"{site_version()}/" if version else ""
    return Origin(
        study=study.identifier,
        title=study.file.title,
        version=version,
        address=f"{load_identity().site_url}{edition}studies/{study.identifier}/",
    )


def study_plans(data: StudyData) -> list[Plan]:
    """Plan the charts of a study's first page."""
    plans = (
        roofline_plan(data),
        batch_plan(data),
        length_plan(data),
        capacity_plan(data),
        time_plan(data, "ar"),
        time_plan(data, "init"),
        agreement_plan(data),
    )
    return [plan for plan in plans if plan is not None]


def candidate_plans(data: StudyData) -> list[Plan]:
    """Plan the charts of candidate tokens."""
    return [candidates.intensity_plan(data), candidates.speed_up_plan(data)]


def reproduction_plans(data: StudyData) -> list[Plan]:
    """Plan the chart of the reproduction, if the study is the one that reproduces."""
    plan = reproduction_plan(data)
    return [] if plan is None else [plan]


def calibration_plans(study: Study) -> list[Plan]:
    """Plan the chart of a study's calibration, if there is one to show.

    The flagship's files hold those of all other calibrations too, and of what is carried over.
    """
    own = calibration_for(study.deployment)
    plans = [] if own is None else [spread_plan(own, study.deployment.accelerator.name)]
    if study.identifier == FLAGSHIP:
        plans += [
            spread_plan(other, load_accelerator(other.accelerator).name, f"spread-{name}")
            for name, other in all_calibrations().items()
            if other != own
        ]
        plans += [
            carried_plan(entry, protocol, f"spread-carried-{protocol}")
            for protocol, entry in carried_over().items()
        ]
    return [plan for plan in plans if plan is not None]
