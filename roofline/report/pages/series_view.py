"""What templates see of one series: its points, its chart, and where it meets the ridge."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from roofline.latency.prediction import unmeasured
from roofline.model.crossing import MOST, crossing
from roofline.model.grid import Grid
from roofline.model.operators import PHASE_NAMES, Phase, Series
from roofline.model.points import Product, evaluate, products
from roofline.report.charts.library import Chart, operator_chart
from roofline.study.explain import Explanation, explain
from roofline.study.records import series_records
from roofline.study.results import SeriesResult, Summary
from roofline.version import __version__

if TYPE_CHECKING:
    from roofline.report.pages.finding_view import FindingView
    from roofline.report.pages.study_view import StudyView


@dataclass(frozen=True, kw_only=True)
class SeriesView:
    """One series in one phase: what an operator page is about."""

    study: "StudyView"
    name: str
    phase: Phase

    @property
    def series(self) -> Series:
        """The series in the operator table."""
        return self.study.deployment.operators.series[self.name]

    @property
    def label(self) -> str:
        """As the reference chart writes it, such as ``qk/pv ar``."""
        return f"{self.name} {self.phase}"

    @property
    def slug(self) -> str:
        """As addresses write it, such as ``qk-pv-ar``."""
        return f"{self.series.slug}-{self.phase}"

    @property
    def title(self) -> str:
        """In clear words, such as ``Attention products in decode``."""
        return f"{self.series.title} in {PHASE_NAMES[self.phase]}"

    @property
    def page(self) -> str:
        """Path of the operator page under docs/."""
        return f"{self.study.folder}/operators/{self.slug}.md"

    @property
    def result(self) -> SeriesResult:
        """Points, predictions and measurements at all settings of the study."""
        return self.study.study.results.of(self.name, self.phase)

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """All points, one record each."""
        return series_records(self.result)

    @cached_property
    def chart(self) -> Chart:
        """The roofline with this series in front."""
        return operator_chart(self.study.study, self.name, self.phase, __version__)

    @property
    def findings(self) -> "list[FindingView]":
        """Findings of the study that are about this series in this phase."""
        return [
            view
            for view in self.study.findings
            if self.name in view.finding.series and self.phase in view.finding.phases
        ]

    def smallest(self) -> dict[str, Any]:
        """Record with the lowest intensity; the first of several."""
        return min(self.records, key=lambda record: record["intensity"])

    def largest(self) -> dict[str, Any]:
        """Record with the highest intensity; the first of several."""
        return max(self.records, key=lambda record: record["intensity"])

    @property
    def predicted(self) -> bool:
        """Whether the points are predicted: whether the card's calibration applies."""
        return self.study.calibration is not None

    @cached_property
    def measured(self) -> Summary | None:
        """The measured points in short; None where there are none."""
        return self.result.summary()

    def slowest(self) -> dict[str, Any]:
        """Record with the lowest predicted rate; only where points are predicted."""
        return min(self.records, key=lambda record: float(record["predicted_flops_per_s"]))

    def fastest(self) -> dict[str, Any]:
        """Record with the highest predicted rate; only where points are predicted."""
        return max(self.records, key=lambda record: float(record["predicted_flops_per_s"]))

    def ruled(self, bound: str) -> int:
        """How many of the points have this predicted bound."""
        return sum(record["predicted_bound"] == bound for record in self.records)

    @cached_property
    def extrapolated(self) -> int:
        """How many of the points are predicted beyond what was measured."""
        return sum(bool(record["extrapolated"]) for record in self.records)

    def record(self, batch: int, length: int) -> dict[str, Any]:
        """Record of a setting of the grid, with one candidate token or the fewest."""
        setting = (batch, length)
        return next(
            record
            for record in self.records
            if (record["batch"], record["sequence_length"]) == setting
        )

    @property
    def unmeasured(self) -> tuple[str, ...]:
        """Products of the series that were never measured at any setting."""
        file = self.study.study.file
        grid = Grid(np.array(file.batches)[:, np.newaxis], np.array(file.lengths))
        rows = unmeasured(self.study.deployment, self.phase, grid)
        return tuple(row.name for row in rows if row.series == self.name)

    @cached_property
    def compute_bound(self) -> int:
        """How many of the points are compute-bound."""
        return sum(record["bound"] == "compute" for record in self.records)

    def crossing(
        self, vary: Literal["batch", "length", "candidates"], **setting: float
    ) -> float | None:
        """Where the series reaches the ridge as one setting grows; None if never.

        Args:
            vary: The setting that grows.
            setting: The other settings, 1 by default.
        """
        return crossing(self.study.deployment, self.name, self.phase, vary=vary, **setting)

    def intensity(self, batch: float, length: float) -> float:
        """Intensity at a setting, on the grid or off it [FLOP/Byte]."""
        points = evaluate(self.study.deployment, self.name, self.phase, Grid(batch, length))
        return float(points.intensity)

    def limit(self) -> float:
        """What the intensity tends to as batch and length grow [FLOP/Byte]."""
        return self.intensity(MOST, MOST)

    def products(self, batch: float, length: float) -> tuple[Product, ...]:
        """The matrix products at a setting, one for each row of the operator table."""
        deployment = self.study.deployment
        rows = deployment.series_rows(self.name, self.phase)
        return products(deployment, rows, self.phase, Grid(batch, length))

    def seconds(self, batch: int, length: int) -> float:
        """Minimum time of one layer's kernels, one after the other [s]."""
        step = self.study.budget(self.phase, batch, length, layers=True)
        return sum(float(line.seconds) for line in step.lines if line.series == self.name)

    def explain(self, batch: int, length: int, candidates: int = 1) -> Explanation:
        """Formulas, values and verdict at one setting."""
        return explain(self.study.study, self.name, self.phase, batch, length, candidates)
