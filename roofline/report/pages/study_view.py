"""What templates see of a study: the model's own answers, under the names of the pages."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from roofline.catalog.accelerator import load_accelerator
from roofline.catalog.reader import identifiers
from roofline.errors import unknown
from roofline.findings import findings, group_of
from roofline.findings.numbers import ceilings_measured
from roofline.findings.phrases import memory_origin, step_range, times_words, unseen_error
from roofline.latency.calibration import Calibration
from roofline.latency.kernels import calibration_for
from roofline.latency.step import StepPrediction
from roofline.measurements.study_files import MeasuredProducts
from roofline.memo import memoised
from roofline.model.budget import Budget
from roofline.model.capacity import Capacity
from roofline.model.deployment import Deployment
from roofline.model.operators import Operand, Phase, parse_label
from roofline.model.roof import Roof
from roofline.report.charts import Chart, measured_title, study_charts
from roofline.report.pages.finding_view import FindingView
from roofline.report.pages.series_view import SeriesView
from roofline.study.records import point_records
from roofline.study.results import charted_series
from roofline.study.study import Study
from roofline.version import __version__


@dataclass(frozen=True, kw_only=True)
class StudyView:
    """One study."""

    study: Study

    @property
    def id(self) -> str:
        """Name of the study, as in its address."""
        return self.study.identifier

    @property
    def title(self) -> str:
        """Heading of the study, as its file has it."""
        return self.study.file.title

    @property
    def folder(self) -> str:
        """Where the study's pages and files lie under docs/."""
        return f"studies/{self.id}"

    @property
    def page(self) -> str:
        """Path of the study's first page under docs/."""
        return f"{self.folder}/index.md"

    @property
    def deployment(self) -> Deployment:
        """The model on the accelerator."""
        return self.study.deployment

    @property
    def roof(self) -> Roof:
        """The two ceilings."""
        return self.deployment.roof

    @property
    def capacity(self) -> Capacity:
        """What the card must hold."""
        return self.study.results.capacity

    @cached_property
    def calibration(self) -> Calibration | None:
        """What the predictions rest on; None where there are none."""
        return calibration_for(self.deployment)

    @property
    def measured(self) -> MeasuredProducts | None:
        """What was measured of the study; None where it names no measurements."""
        return self.study.measured

    @cached_property
    def measured_points(self) -> int:
        """How many points were measured after a flush of the cache."""
        return sum(series.measured.points for series in self.series if series.measured)

    @property
    def fitted_here(self) -> bool:
        """Whether the calibration was fitted to the very measurements that the study shows."""
        return self.study.fitted_to_measured

    @property
    def ceilings_measured(self) -> bool:
        """Whether the roof was measured, and is no data sheet's."""
        return ceilings_measured(self.deployment)

    @property
    def roof_origin(self) -> str:
        """Where the ceilings come from, in words."""
        return "measured ceilings" if self.ceilings_measured else "the data sheet"

    @property
    def memory_origin(self) -> str:
        """What memory is counted, beside what is sold and what a framework can allocate."""
        return memory_origin(self.deployment.accelerator)

    @property
    def tokens_per_byte(self) -> str:
        """How many times the tokens of a step the intensity of projections is about, in words."""
        return times_words(2.0 / self.deployment.element_bytes["weight"])

    @property
    def measured_claim(self) -> str:
        """What the measured points say, in one sentence."""
        return f"{measured_title(self.study)}."

    def step(self, phase: Phase, batch: int, length: int) -> StepPrediction | None:
        """One decode step or prefill as predicted, a range; None without a calibration."""
        return self.study.results.predicted_step(phase, batch, length)

    @property
    def step_range(self) -> str:
        """What the range of a predicted step is, in words; empty without a calibration."""
        step = self.step("ar", *self.example)
        return "" if step is None else step_range(step)

    @property
    def unseen_error(self) -> str:
        """How far predictions of kernels run alone are off; empty without a calibration."""
        return "" if self.calibration is None else unseen_error(self.calibration)

    def ruled(self, bound: str) -> int:
        """How many of all points have this predicted bound."""
        return sum(series.ruled(bound) for series in self.series)

    @cached_property
    def series(self) -> tuple[SeriesView, ...]:
        """The charted series, in the order of the chart's legend."""
        return tuple(self._series(name, phase) for name, phase in charted_series(self.deployment))

    def one(self, label: str) -> SeriesView:
        """One series by the chart's label, such as ``qk/pv ar``."""
        return self._series(*parse_label(label, self.deployment.operators))

    @memoised
    def _series(self, name: str, phase: Phase) -> SeriesView:
        return SeriesView(study=self.study, folder=self.folder, name=name, phase=phase)

    @cached_property
    def charts(self) -> Mapping[str, Chart]:
        """Charts of the study, by slug."""
        return {chart.slug: chart for chart in study_charts(self.study, __version__)}

    @cached_property
    def findings(self) -> tuple[FindingView, ...]:
        """What the study finds, in a fixed order."""
        return tuple(
            FindingView(study=self.study, study_folder=self.folder, finding=finding)
            for finding in findings(self.study)
        )

    @cached_property
    def _by_slug(self) -> Mapping[str, FindingView]:
        return {view.finding.slug: view for view in self.findings}

    @cached_property
    def finding_groups(self) -> Mapping[str, list[FindingView]]:
        """The findings by what they are about, in a fixed order."""
        groups: dict[str, list[FindingView]] = {}
        for view in self.findings:
            groups.setdefault(group_of(view.finding.slug), []).append(view)
        return groups

    def finding(self, slug: str) -> FindingView:
        """One finding by its slug.

        Raises:
            LookupError: The study does not make it; the message names the nearest.
        """
        if slug not in self._by_slug:
            raise LookupError(unknown("finding", slug, [*self._by_slug]))
        return self._by_slug[slug]

    def findings_about(self, series: SeriesView) -> list[FindingView]:
        """Findings that are about a series in its phase."""
        return [
            view
            for view in self.findings
            if series.name in view.finding.series and series.phase in view.finding.phases
        ]

    def related(self, view: FindingView) -> list[FindingView]:
        """Findings to read after another, of those that the study makes."""
        return [self._by_slug[slug] for slug in view.finding.related if slug in self._by_slug]

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """All points of the chart."""
        return point_records(self.study)

    @cached_property
    def fitting(self) -> int:
        """Settings of batch and length at which weights and KV cache fit."""
        return self.capacity.fitting(self.study.file.batches, self.study.file.lengths)

    @cached_property
    def fitting_with_scores(self) -> int:
        """Settings at which one layer's prefill scores fit too."""
        return self.capacity.fitting_with_scores(self.study.file.batches, self.study.file.lengths)

    @cached_property
    def example(self) -> tuple[int, int]:
        """Batch and length of the worked examples: in the middle, and on the card if any is."""
        file = self.study.file
        middle = [
            values[(len(values) - 1) // 2 :] + values[: (len(values) - 1) // 2][::-1]
            for values in (file.batches, file.lengths)
        ]
        grid = [(batch, length) for batch in middle[0] for length in middle[1]]
        fitting = (setting for setting in grid if self.capacity.fits(*setting))
        return next(fitting, grid[0])

    @property
    def crossing_length(self) -> int:
        """Length at which the pages say which batch reaches the ridge."""
        return self.study.file.lengths[0]

    @property
    def choices(self) -> Mapping[str, str]:
        """Every implementation choice of the study, defaults included."""
        return self.deployment.operators.defaults() | dict(self.deployment.choices)

    @property
    def grid_size(self) -> int:
        """Settings of batch and length."""
        return len(self.study.file.batches) * len(self.study.file.lengths)

    def budget(self, phase: Phase, batch: int, length: int, *, layers: bool = False) -> Budget:
        """Work, traffic and minimum time of one step, by operator."""
        return self.study.results.step(phase, batch, length, layers=layers)

    def law(self) -> list[dict[str, Any]]:
        """One record for each charted series: its first product at the example setting."""
        records = []
        for series in self.series:
            product = series.products(*self.example)[0]
            records.append(
                {
                    "series": series.label,
                    "product": product.row.meaning,
                    "m": product.m,
                    "n": product.n,
                    "k": product.k,
                    "most": product.most_intensity,
                    "intensity": product.intensity,
                }
            )
        return records

    def cards(self, label: str) -> list[dict[str, Any]]:
        """One record for each accelerator of the catalogue: its ridges, and a series' batch there.

        Args:
            label: The series, such as ``up/gate/down ar``.
        """
        records = []
        for identifier in identifiers("accelerators"):
            accelerator = load_accelerator(identifier)
            record: dict[str, Any] = {
                "name": accelerator.name,
                "bandwidth": accelerator.bandwidth.value,
                "batch": None,
            } | dict.fromkeys(self.card_dtypes)
            for dtype in self.card_dtypes:
                if dtype in accelerator.peaks:
                    record[dtype] = self.on(accelerator=identifier, dtype=dtype).roof.ridge
            if self.study.file.dtype in accelerator.peaks:
                record["batch"] = self.on(accelerator=identifier).one(label).crossing("batch")
            records.append(record)
        return records

    @cached_property
    def card_dtypes(self) -> Mapping[str, str]:
        """Number formats for which some accelerator of the catalogue has a peak.

        Formats with the same peak on every accelerator share the first one's key.
        """
        cards = [load_accelerator(identifier).peaks for identifier in identifiers("accelerators")]
        same: dict[tuple[float | None, ...], list[str]] = {}
        for dtype in dict.fromkeys(dtype for peaks in cards for dtype in peaks):
            values = tuple(peaks[dtype].value if dtype in peaks else None for peaks in cards)
            same.setdefault(values, []).append(dtype)
        return {names[0]: ", ".join(names) for names in same.values()}

    def decode_ceiling(self, batch: int, length: int) -> float:
        """Ceiling of decoding: the lower of bandwidth and peak counts [token/s]."""
        return float(self.budget("ar", batch, length).tokens_per_second)

    @memoised
    def variant(
        self, *, storage: Mapping[Operand, float] | None = None, **choices: str
    ) -> "StudyView":
        """The study with other choices, such as ``attention="fused"``, or other widths."""
        deployment = self.deployment.with_choices(**choices)
        for kind, width in (storage or {}).items():
            deployment = deployment.with_storage(kind, width)
        return self if deployment is self.deployment else StudyView(study=self.study.on(deployment))

    @memoised
    def on(self, **catalogue: str) -> "StudyView":
        """The study with another ``model``, ``accelerator`` or ``dtype``, without measurements."""
        file = self.study.file
        changed = file.model_copy(update=catalogue)
        if changed == file:
            return self
        changed = changed.model_copy(update={"measurements": ()})
        return StudyView(study=dataclasses.replace(self.study, file=changed))
