"""The reference chart's statements beside what the model computes.

The rules of agreement, one of which each statement names:

- ``printed``: the computed value lies within half a unit of the last digit printed.
- ``read``: each end that is stated lies within a tenth of a decade of the computed
  one, about as finely as a logarithmic axis is read by eye.
- ``limit``: no computed point lies beyond the stated value.
- ``named``: the computed name is the stated one, or ends with it.

What a benchmark saw is compared with what the calibrated model predicts; the attainable
rates stand beside it. Without a calibration they are compared instead.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from roofline.arrays import FloatArray
from roofline.catalog.entries import Entry, ListOf, PositiveFloat, Reference, Text
from roofline.catalog.reader import context, read_catalogue
from roofline.files.validation import validate
from roofline.latency.prediction import calibration_for
from roofline.model.grid import Grid
from roofline.model.operators import parse_label
from roofline.study.results import SeriesResult, StudyResults, charted_series, evaluate_series
from roofline.study.study import Study

READ_FACTOR = 10**0.1
"""A tenth of a decade."""

Rule = Literal["printed", "read", "limit", "named"]
Quantity = Literal[
    "model",
    "accelerator",
    "bandwidth",
    "peak",
    "ridge",
    "series",
    "intensity",
    "attainable",
    "largest attainable",
    "lowest intensity",
    "highest intensity",
    "lowest attainable",
    "settings",
    "intensity gain",
    "attainable gain",
]
UNITS: dict[Quantity, str] = {
    "bandwidth": "byte/s",
    "peak": "FLOP/s",
    "ridge": "FLOP/Byte",
    "series": "",
    "intensity": "FLOP/Byte",
    "attainable": "FLOP/s",
    "largest attainable": "FLOP/s",
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


class ReferenceChart(Entry):
    """The file of the reference chart's statements."""

    study: Text
    """The study that reproduces the chart."""
    statements: Annotated[ListOf[Statement], Field(min_length=1)]


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementCheck:
    """One statement and the computed value."""

    statement: Statement
    low: float | None
    """Lower end of what is computed, None for a name."""
    high: float | None
    name: str | None
    """Name that is computed, None for a number."""
    agrees: bool
    predicted: bool = False
    """Whether the computed value is predicted by the calibrated model."""

    @property
    def factors(self) -> tuple[float | None, float | None]:
        """Computed over stated, for each end that is stated."""
        pairs = ((self.low, self.statement.low), (self.high, self.statement.high))
        low, high = (
            computed / stated if computed is not None and stated is not None else None
            for computed, stated in pairs
        )
        return low, high


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
    name = computed if isinstance(computed, str) else None
    low, high = (None, None) if isinstance(computed, str) else computed
    return StatementCheck(
        statement=statement,
        low=low,
        high=high,
        name=name,
        agrees=_ends_agree(statement, low, high)
        if name is None
        else name.endswith(statement.name or ""),
        predicted=statement.measured and calibration_for(study.deployment) is not None,
    )


def attained(study: Study, statement: Statement) -> StatementCheck:
    """Compare a measured statement with the attainable rates, on the roof."""
    return compare_one(study, statement.model_copy(update={"measured": False}))


def _ends_agree(statement: Statement, low: float | None, high: float | None) -> bool:
    ends = ((low, statement.low), (high, statement.high))
    stated = [(value, end) for value, end in ends if value is not None and end is not None]
    match statement.agrees:
        case "printed":
            return all(abs(value - end) <= (statement.digit or 0.0) / 2 for value, end in stated)
        case "read":
            return all(1 / READ_FACTOR <= value / end <= READ_FACTOR for value, end in stated)
        case _:
            return (low is None or statement.low is None or low >= statement.low) and (
                high is None or statement.high is None or high <= statement.high
            )


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
    "series": _same(lambda study: len(charted_series(study.deployment))),
    "intensity": _range("intensity"),
    "attainable": _range("attainable"),
    "largest attainable": _largest,
    "lowest intensity": _first("intensity", 1),
    "highest intensity": _first("intensity", -1),
    "lowest attainable": _first("attainable", 1),
    "settings": _same(lambda study: study.settings),
    "intensity gain": _gain("intensity"),
    "attainable gain": _gain("attainable"),
}
