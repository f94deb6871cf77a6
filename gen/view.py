"""What templates see of a study: the model's own answers, under the names of the pages."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from gen.charts import operator_chart, study_charts
from roofline import __version__
from roofline.accelerator import load_accelerator
from roofline.budget import Budget, budget, decode_ceiling
from roofline.capacity import Capacity, capacity
from roofline.catalog import identifiers
from roofline.crossing import crossing
from roofline.deployment import Deployment
from roofline.explain import Explanation, explain, parse_label
from roofline.export import charted_series, point_records, series_records
from roofline.operators import PHASE_NAMES, Phase, Series
from roofline.points import Product, evaluate, products
from roofline.roof import Roof
from roofline.study import Study

if TYPE_CHECKING:
    from gen.charts import Chart


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

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """All points, one record each."""
        return series_records(self.study.study, self.name, self.phase)

    @cached_property
    def chart(self) -> "Chart":
        """The roofline with this series in front."""
        return operator_chart(self.study.study, self.name, self.phase, __version__)

    def smallest(self) -> dict[str, Any]:
        """Record with the lowest intensity; the first of several."""
        return min(self.records, key=lambda record: record["intensity"])

    def largest(self) -> dict[str, Any]:
        """Record with the highest intensity; the first of several."""
        return max(self.records, key=lambda record: record["intensity"])

    @cached_property
    def compute_bound(self) -> int:
        """How many of the points are compute-bound."""
        return sum(record["bound"] == "compute" for record in self.records)

    def crossing(self, vary: Literal["batch", "length"], other: float = 1) -> float | None:
        """Where the series reaches the ridge as one setting grows; None if never."""
        return crossing(self.study.deployment, self.name, self.phase, vary=vary, other=other)

    def intensity(self, batch: float, length: float) -> float:
        """Intensity at a setting, on the grid or off it [FLOP/Byte]."""
        points = evaluate(self.study.deployment, self.name, self.phase, batch, length)
        return float(points.intensity)

    def products(self, batch: float, length: float) -> tuple[Product, ...]:
        """The matrix products at a setting, one for each row of the operator table."""
        deployment = self.study.deployment
        rows = deployment.series_rows(self.name, self.phase)
        return products(deployment, rows, self.phase, batch, length)

    def seconds(self, batch: int, length: int) -> float:
        """Minimum time of one layer's kernels, one after the other [s]."""
        step = self.study.budget(self.phase, batch, length, layers=True)
        return sum(float(line.seconds) for line in step.lines if line.series == self.name)

    def explain(self, batch: int, length: int, candidates: int = 1) -> Explanation:
        """Formulas, values and verdict at one setting."""
        return explain(self.study.study, self.name, self.phase, batch, length, candidates)


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
        """Foreign text: templates write it through ``plain``."""
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

    @cached_property
    def capacity(self) -> Capacity:
        """What the card must hold."""
        return capacity(self.deployment)

    @cached_property
    def series(self) -> tuple[SeriesView, ...]:
        """The charted series, in the order of the chart's legend."""
        return tuple(
            SeriesView(study=self, name=name, phase=phase)
            for name, phase in charted_series(self.study)
        )

    def one(self, label: str) -> SeriesView:
        """One series by the chart's label, such as ``qk/pv ar``."""
        name, phase = parse_label(label, self.deployment.operators)
        return SeriesView(study=self, name=name, phase=phase)

    @cached_property
    def charts(self) -> Mapping[str, "Chart"]:
        """Charts of the study, by slug."""
        return {chart.slug: chart for chart in study_charts(self.study, __version__)}

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """All points of the chart."""
        return point_records(self.study)

    @cached_property
    def fitting(self) -> int:
        """Settings of batch and length at which weights and KV cache fit."""
        return sum(bool(self.capacity.fits(batch, length)) for batch, length in self._grid)

    @cached_property
    def fitting_with_scores(self) -> int:
        """Settings at which one layer's prefill scores fit too."""
        return sum(
            bool(self.capacity.fits_with_scores(batch, length)) for batch, length in self._grid
        )

    @cached_property
    def example(self) -> tuple[int, int]:
        """Batch and length of the worked examples: in the middle, and on the card if any is."""
        file = self.study.file
        middle = [
            values[(len(values) - 1) // 2 :] + values[: (len(values) - 1) // 2][::-1]
            for values in (file.batches, file.lengths)
        ]
        grid = [(batch, length) for batch in middle[0] for length in middle[1]]
        fitting = [one for one in grid if self.capacity.fits(*one)]
        return (fitting or grid)[0]

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
        return len(self._grid)

    @property
    def _grid(self) -> Sequence[tuple[int, int]]:
        file = self.study.file
        return [(batch, length) for batch in file.batches for length in file.lengths]

    def budget(self, phase: Phase, batch: int, length: int, *, layers: bool = False) -> Budget:
        """Work, traffic and minimum time of one step, by operator."""
        return budget(self.deployment, phase, batch, length, layers=layers)

    def law(self) -> list[dict[str, Any]]:
        """One record for each charted series: its first product at the example setting."""
        found = []
        for series in self.series:
            one = series.products(*self.example)[0]
            found.append(
                {
                    "series": series.label,
                    "product": one.row.meaning,
                    "m": one.m,
                    "n": one.n,
                    "k": one.k,
                    "most": one.most_intensity,
                    "intensity": one.intensity,
                }
            )
        return found

    def cards(self) -> list[dict[str, Any]]:
        """One record for each accelerator of the catalogue: its ridges, and the decode batch."""
        found = []
        for identifier in identifiers("accelerators"):
            accelerator = load_accelerator(identifier)
            record: dict[str, Any] = {
                "name": accelerator.name,
                "bandwidth": accelerator.bandwidth.value,
                "batch": None,
            } | dict.fromkeys(self.card_dtypes)
            for dtype in self.card_dtypes:
                if dtype not in accelerator.peaks:
                    continue
                record[dtype] = self.on(accelerator=identifier, dtype=dtype).roof.ridge
            if self.study.file.dtype in accelerator.peaks:
                one = self.on(accelerator=identifier).one("up/gate/down ar")
                record["batch"] = one.crossing("batch")
            found.append(record)
        return found

    @cached_property
    def card_dtypes(self) -> Mapping[str, str]:
        """Number formats for which some accelerator of the catalogue has a peak.

        Formats with the same peak on every accelerator share the first one's key.
        """
        cards = [load_accelerator(one).peaks for one in identifiers("accelerators")]
        same: dict[tuple[float | None, ...], list[str]] = {}
        for dtype in dict.fromkeys(dtype for peaks in cards for dtype in peaks):
            values = tuple(peaks[dtype].value if dtype in peaks else None for peaks in cards)
            same.setdefault(values, []).append(dtype)
        return {names[0]: ", ".join(names) for names in same.values()}

    def decode_ceiling(self, batch: int, length: int) -> float:
        """Memory-bound ceiling of decoding [token/s]."""
        return float(decode_ceiling(self.deployment, batch, length))

    def variant(self, *, storage: Mapping[str, float] | None = None, **choices: str) -> "StudyView":
        """The study with other choices, such as ``attention="fused"``."""
        file = self.study.file
        changed = file.model_copy(
            update={
                "choices": {**file.choices, **choices},
                "storage": {**file.storage, **(storage or {})},
            }
        )
        return StudyView(study=dataclasses.replace(self.study, file=changed))

    def on(self, **catalogue: str) -> "StudyView":
        """The study with another ``model``, ``accelerator`` or ``dtype``."""
        changed = self.study.file.model_copy(update=catalogue)
        return StudyView(study=dataclasses.replace(self.study, file=changed))
