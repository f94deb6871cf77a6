"""What templates see of one series: its points, its chart, and where it meets the ridge."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from roofline.latency.prediction import unmeasured
from roofline.model.crossing import MOST, crossing
from roofline.model.grid import Grid
from roofline.model.operators import PHASE_NAMES, Phase, Series
from roofline.model.points import Product, products
from roofline.report.charts import Chart, operator_chart
from roofline.study.explain import Explanation, explain
from roofline.study.records import series_records
from roofline.study.results import SeriesResult, Summary
from roofline.study.study import Study
from roofline.version import __version__


@dataclass(frozen=True, kw_only=True)
class SeriesView:
    """One series in one phase: what an operator page is about."""

    study: Study
    folder: str
    """Where the study's pages lie under docs/."""
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
    def short(self) -> str:
        """In few words, such as ``Attention, decode``."""
        return self.series.named(self.phase)

    @property
    def page(self) -> str:
        """Path of the operator page under docs/."""
        return f"{self.folder}/operators/{self.slug}.md"

    @property
    def result(self) -> SeriesResult:
        """Points, predictions and measurements at all settings of the study."""
        return self.study.results.of(self.name, self.phase)

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """All points, one record each."""
        return series_records(self.result)

    @cached_property
    def chart(self) -> Chart:
        """The roofline with this series in front."""
        return operator_chart(self.study, self.name, self.phase, __version__)

    def smallest(self) -> dict[str, Any]:
        """Record with the lowest intensity; the first of several."""
        return min(self.records, key=lambda record: record["intensity"])

    def largest(self) -> dict[str, Any]:
        """Record with the highest intensity; the first of several."""
        return max(self.records, key=lambda record: record["intensity"])

    @property
    def predicted(self) -> bool:
        """Whether the points are predicted: whether the card's calibration applies to them."""
        return self.result.predicted is not None

    @cached_property
    def measured(self) -> Summary | None:
        """The measured points in short; None where there are none."""
        return self.result.summary()

    def predicted_rates(self) -> tuple[float, float]:
        """Lowest and highest predicted rate; only where points are predicted [FLOP/s]."""
        rates = [float(record["predicted_flops_per_s"]) for record in self.records]
        return min(rates), max(rates)

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
        rows = unmeasured(self.study.deployment, self.phase, self.result.grid)
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
        return self.study.results.at(self.name, self.phase, batch, length).intensity

    def limit(self) -> float:
        """What the intensity tends to as batch and length grow [FLOP/Byte]."""
        return self.intensity(MOST, MOST)

    def products(self, batch: float, length: float) -> tuple[Product, ...]:
        """The matrix products at a setting, one for each row of the operator table."""
        deployment = self.study.deployment
        rows = deployment.series_rows(self.name, self.phase)
        return products(deployment, rows, self.phase, Grid(batch, length))

    def caps(self, batch: float, length: float) -> list[dict[str, Any]]:
        """One record for each product: its least reused operand.

        Its intensity never exceeds what this reuse allows, however the other dimensions grow.
        """
        records = []
        for product in self.products(batch, length):
            reuse = min(product.reuses, key=lambda reuse: float(reuse.per_byte))
            operands = dict(zip("abc", product.row.operands, strict=True))
            records.append(
                {
                    "product": product.row.meaning,
                    "operand": operands[reuse.operand],
                    "uses": float(reuse.size),
                    "most": float(product.most_intensity),
                }
            )
        return records

    def doubled(self, batch: int, length: int) -> dict[str, float]:
        """Intensity with twice the batch, and with twice the length [FLOP/Byte]."""
        return {
            "batch": self.intensity(2 * batch, length),
            "length": self.intensity(batch, 2 * length),
        }

    def seconds(self, batch: int, length: int) -> float:
        """Minimum time of one layer's kernels, one after the other [s]."""
        step = self.study.results.step(self.phase, batch, length, layers=True)
        return sum(float(line.seconds) for line in step.lines if line.series == self.name)

    def explain(self, batch: int, length: int, candidates: int = 1) -> Explanation:
        """Formulas, values and verdict at one setting."""
        return explain(self.study, self.name, self.phase, batch, length, candidates)
