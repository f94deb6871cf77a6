"""The reference chart's statements beside what the model computes.

The rules of agreement, one of which each statement names:

- ``printed``: the computed value lies within half a unit of the last digit printed.
- ``read``: each end that is stated lies within a tenth of a decade of the computed
  one, about as finely as a logarithmic axis is read by eye.
- ``limit``: no computed point lies beyond the stated value.
- ``named``: the computed name is the stated one, or ends with it.
- ``shown``: all that is stated of the drawing is in the drawing made here.

What does not agree is near where every stated end lies within a factor of two of what is
computed, and where the drawing shows at least half of what is stated. All else differs.

What a benchmark saw is compared with what the calibrated model predicts; the attainable
rates stand beside it. Without a calibration they are compared instead.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from roofline.arrays import FloatArray
from roofline.catalog.entries import Entry, ListOf, PositiveFloat, Reference, Text
from roofline.catalog.reader import context, read_catalogue
from roofline.files.validation import validate
from roofline.latency.kernels import calibration_for
from roofline.model.grid import Grid
from roofline.model.operators import parse_label
from roofline.study.results import SeriesResult, StudyResults, charted_series, evaluate_series
from roofline.study.study import Study

READ_FACTOR = 10**0.1
"""A tenth of a decade."""
NEAR_FACTOR = 2.0
"""Up to which what does not agree is near."""
NEAR_SHARE = 0.5
"""From which share of its words on a statement on the drawing is near."""

Verdict = Literal["agrees", "near", "differs"]
Rule = Literal["printed", "read", "limit", "named"]
Quantity = Literal[
    "model",
    "accelerator",
    "bandwidth",
    "peak",
    "ridge",
    "intensity",
    "attainable",
    "largest attainable",
    "lowest intensity",
    "highest intensity",
    "lowest attainable",
    "slope",
    "settings",
    "intensity gain",
    "attainable gain",
]
UNITS: dict[Quantity, str] = {
    "bandwidth": "byte/s",
    "peak": "FLOP/s",
    "ridge": "FLOP/Byte",
    "intensity": "FLOP/Byte",
    "attainable": "FLOP/s",
    "largest attainable": "FLOP/s",
    "slope": "",
    "settings": "",
    "intensity gain": "",
    "attainable gain": "",
}
"""Base unit of each quantity that is a number."""
GAINS: tuple[Quantity, ...] = ("intensity gain", "attainable gain")
"""What candidate tokens gain over ordinary decoding, at one setting of one series."""


class Statement(Reference):
    """One quantitative statement of the reference chart."""

    says: Text
    """In the chart's words."""
    quantity: Quantity
    """What the statement is about."""
    series: ListOf[Text] = ()
    """Labels of the series that it is about; all of the chart by default."""
    setting: Annotated[tuple[int, int, int], Field(strict=False)] | None = None
    """Batch, length and candidate tokens of a gain."""
    agrees: Rule
    """Rule of agreement."""
    low: PositiveFloat | None = None
    """Lower end, in the quantity's base unit."""
    high: PositiveFloat | None = None
    """Upper end; equal to the lower one for a single value."""
    digit: PositiveFloat | None = None
    """Unit of the last digit printed."""
    name: Text | None = None
    """Name shown on the pages."""
    measured: bool = False
    """Whether a benchmark saw the value; it is compared with the predicted one."""
    why: Text
    """Reason for the agreement, or for the difference."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        named = self.quantity not in UNITS
        wanted = {
            "name": named,
            "digit": self.agrees == "printed",
            "setting": self.quantity in GAINS,
        }
        for field, needed in wanted.items():
            if (getattr(self, field) is not None) != needed:
                word = "a" if needed else "no"
                raise ValueError(f"expected {word} {field} with {self.quantity}, {self.agrees}")
        if named != (self.agrees == "named"):
            raise ValueError(f"the rule {self.agrees} does not suit the quantity {self.quantity}")
        if named != (self.low is None and self.high is None):
            raise ValueError("expected a name, or at least one end of a range")
        return self


Part = Literal[
    "horizontal label",
    "horizontal scale",
    "horizontal ticks",
    "vertical label",
    "vertical scale",
    "vertical ticks",
    "grid",
    "legend place",
    "legend",
    "markers",
    "bandwidth limit",
    "peak limit",
    "ridge",
]
"""What can be read off a drawing of the chart."""
Look = Mapping[str, tuple[str, ...]]
"""What a drawing shows of each part, by its name and in the words of the statements."""


class DrawnStatement(Reference):
    """One statement on how the reference chart is drawn."""

    says: Text
    """In the words of the chart's description."""
    part: Part
    """What of the drawing the statement is about."""
    shown: Annotated[ListOf[Text], Field(min_length=1)]
    """What is seen of it."""
    why: Text
    """Reason for the agreement, or for the difference."""


class ReferenceChart(Entry):
    """The file of the reference chart's statements."""

    study: Text
    """The study that reproduces the chart."""
    statements: Annotated[ListOf[Statement], Field(min_length=1)]
    drawn: ListOf[DrawnStatement]
    """Statements on how the chart is drawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementCheck:
    """One statement and the computed value."""

    statement: Statement
    low: float | None
    """Lower end of what is computed, None for a name."""
    high: float | None
    name: str | None
    """Name that is computed, None for a number."""
    verdict: Verdict
    predicted: bool = False
    """Whether the computed value is predicted by the calibrated model."""

    @property
    def agrees(self) -> bool:
        """Whether it agrees by its rule."""
        return self.verdict == "agrees"

    @property
    def factors(self) -> tuple[float | None, float | None]:
        """Computed over stated, for each end that is stated."""
        pairs = ((self.low, self.statement.low), (self.high, self.statement.high))
        low, high = (
            computed / stated if computed is not None and stated is not None else None
            for computed, stated in pairs
        )
        return low, high


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnCheck:
    """One statement on the drawing, and the drawing made here."""

    statement: DrawnStatement
    shown: tuple[str, ...]
    """What the drawing made here shows."""
    verdict: Verdict


@cache
def load_reference_chart() -> ReferenceChart:
    """Load the statements of the catalogue.

    Returns:
        The checked file.

    Raises:
        InputError: A statement breaks a rule.
    """
    return validate(ReferenceChart, read_catalogue("reference-chart.yml"), context())


def compare(study: Study) -> tuple[StatementCheck, ...]:
    """Compare every statement with the model's answer.

    Args:
        study: The study that reproduces the chart.

    Returns:
        One comparison for each statement, in their order.

    Raises:
        InputError: A statement names a series that does not exist.
    """
    return tuple(compare_one(study, statement) for statement in load_reference_chart().statements)


def compare_one(study: Study, statement: Statement) -> StatementCheck:
    """Compare one statement with the model's answer."""
    computed = _COMPUTED[statement.quantity](study, statement)
    predicted = statement.measured and calibration_for(study.deployment) is not None
    if isinstance(computed, str):
        same = computed.endswith(statement.name or "")
        return StatementCheck(
            statement=statement,
            low=None,
            high=None,
            name=computed,
            verdict="agrees" if same else "differs",
            predicted=predicted,
        )
    low, high = computed
    return StatementCheck(
        statement=statement,
        low=low,
        high=high,
        name=None,
        verdict=_judge(statement, low, high),
        predicted=predicted,
    )


def attained(study: Study, statement: Statement) -> StatementCheck:
    """Compare a measured statement with the attainable rates, on the roof."""
    return compare_one(study, statement.model_copy(update={"measured": False}))


def compare_drawn(look: Look) -> tuple[DrawnCheck, ...]:
    """Compare every statement on the drawing with the drawing made here.

    Args:
        look: What the drawing made here shows.

    Returns:
        One comparison for each statement, in their order.
    """
    return tuple(
        DrawnCheck(
            statement=statement,
            shown=look[statement.part],
            verdict=_judge_drawn(statement.shown, look[statement.part]),
        )
        for statement in load_reference_chart().drawn
    )


def _judge_drawn(stated: tuple[str, ...], shown: tuple[str, ...]) -> Verdict:
    share = sum(word in shown for word in stated) / len(stated)
    if share == 1:
        return "agrees"
    return "near" if share >= NEAR_SHARE else "differs"


def _judge(statement: Statement, low: float, high: float) -> Verdict:
    ends = [
        (value, end, sign)
        for value, end, sign in ((low, statement.low, -1), (high, statement.high, 1))
        if end is not None
    ]
    if all(_holds(statement, *end) for end in ends):
        return "agrees"
    near = (1 / NEAR_FACTOR <= value / end <= NEAR_FACTOR for value, end, _ in ends)
    holds = (_holds(statement, *end) for end in ends)
    return "near" if all(map(operator.or_, holds, near)) else "differs"


def _holds(statement: Statement, value: float, end: float, sign: int) -> bool:
    """Whether one stated end holds by the rule; the sign is that of an excess beyond it."""
    match statement.agrees:
        case "printed":
            return abs(value - end) <= (statement.digit or 0.0) / 2
        case "read":
            return 1 / READ_FACTOR <= value / end <= READ_FACTOR
        case _:
            return sign * value <= sign * end


def _values(study: Study, statement: Statement, quantity: str) -> dict[str, FloatArray]:
    """A quantity at every setting of batch and length, by label of the series.

    The reference chart has no candidate tokens.
    """
    results = study.results
    if study.file.candidates != (1,):
        settings = study.file.model_copy(update={"candidates": (1,)})
        results = StudyResults(deployment=study.deployment, settings=settings, measurements=None)
    stated = [parse_label(label, study.deployment.operators) for label in statement.series]
    return {
        f"{name} {phase}": _read(statement, quantity, results.of(name, phase))
        for name, phase in stated or charted_series(study.deployment)
    }


def _read(statement: Statement, quantity: str, result: SeriesResult) -> FloatArray:
    """A quantity of one series; rates are the predicted ones for what was measured."""
    if statement.measured and quantity == "attainable" and result.predicted is not None:
        return result.predicted.flops_per_s
    values: FloatArray = getattr(result.points, quantity)
    return values


def _range(quantity: str) -> Callable[[Study, Statement], tuple[float, float]]:
    def computed(study: Study, statement: Statement) -> tuple[float, float]:
        values = _values(study, statement, quantity).values()
        return (
            min(float(rates.min()) for rates in values),
            max(float(rates.max()) for rates in values),
        )

    return computed


def _slope(study: Study, statement: Statement) -> tuple[float, float]:
    """Range of the slopes of the series' rates over intensity, both as logarithms.

    Along the bandwidth it is 1, along the peak 0.
    """
    rates = _values(study, statement, "attainable")
    intensity = _values(study, statement, "intensity")
    slopes = [
        float(np.polyfit(np.log(intensity[label]).ravel(), np.log(rate).ravel(), 1)[0])
        for label, rate in rates.items()
    ]
    return min(slopes), max(slopes)


def _largest(study: Study, statement: Statement) -> tuple[float, float]:
    """Range of the series' largest attainable rates."""
    largest = [float(rates.max()) for rates in _values(study, statement, "attainable").values()]
    return min(largest), max(largest)


def _first(quantity: str, sign: int) -> Callable[[Study, Statement], str]:
    """Label of the series that is ahead of the others at every setting, if one is."""

    def computed(study: Study, statement: Statement) -> str:
        values = _values(study, statement, quantity)
        ahead = min(values, key=lambda label: float(sign * values[label].sum()))
        others = [other for label, other in values.items() if label != ahead]
        everywhere = all(bool((sign * values[ahead] < sign * other).all()) for other in others)
        return ahead if everywhere else "none at every setting"

    return computed


def _gain(quantity: str) -> Callable[[Study, Statement], tuple[float, float]]:
    """How many times the value with one candidate is reached with several."""

    def computed(study: Study, statement: Statement) -> tuple[float, float]:
        if statement.setting is None:  # refused when the statement is loaded
            raise AssertionError(statement)
        batch, length, candidates = statement.setting
        series, phase = parse_label(statement.series[0], study.deployment.operators)
        grid = Grid(batch, length, [candidates, 1])
        result = evaluate_series(study.deployment, series, phase, grid)
        several, alone = _read(statement, quantity, result)
        return float(several / alone), float(several / alone)

    return computed


def _same(value: Callable[[Study], float]) -> Callable[[Study, Statement], tuple[float, float]]:
    return lambda study, _: (value(study), value(study))


_COMPUTED: dict[Quantity, Callable[[Study, Statement], Any]] = {
    "model": lambda study, _: study.deployment.transformer.name,
    "accelerator": lambda study, _: study.deployment.accelerator.name,
    "bandwidth": _same(lambda study: study.deployment.roof.bandwidth),
    "peak": _same(lambda study: study.deployment.roof.peak),
    "ridge": _same(lambda study: study.deployment.roof.ridge),
    "intensity": _range("intensity"),
    "attainable": _range("attainable"),
    "largest attainable": _largest,
    "lowest intensity": _first("intensity", 1),
    "highest intensity": _first("intensity", -1),
    "lowest attainable": _first("attainable", 1),
    "slope": _slope,
    "settings": _same(lambda study: study.settings),
    "intensity gain": _gain("intensity"),
    "attainable gain": _gain("attainable"),
}
