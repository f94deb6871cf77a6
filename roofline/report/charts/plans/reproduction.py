"""The ranges that the reference chart states of each series beside those of the model."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from roofline.report.charts.labels import X_LABEL, Y_LABEL, round_down, round_up, without_zeros
from roofline.report.charts.plans.series import StudyData, StudySeries
from roofline.report.charts.spec import (
    ATTAINABLE,
    COMPUTED,
    PREDICTED,
    STATED,
    DataTable,
    Extent,
    Plan,
    RangeComparison,
    RangePanel,
    SeriesRanges,
)
from roofline.study.reference_chart import (
    NEAR_FACTOR,
    READ_FACTOR,
    Quantity,
    Statement,
    StatementCheck,
    Verdict,
    attained,
    compare_one,
    load_reference_chart,
)
from roofline.units import significant

_VERDICTS: Final[dict[Verdict, tuple[str, str]]] = {
    "agrees": ("agrees with the model", "agree with the model"),
    "near": ("is near", "are near"),
    "differs": ("differs", "differ"),
}
"""What one range does, and what several do."""


class _Compared(NamedTuple):
    """A range of one series: its check, and its attainable one where a rate was measured."""

    series: StudySeries
    check: StatementCheck
    roof: StatementCheck | None


def reproduction_plan(data: StudyData) -> Plan | None:
    """Plan the chart; None for a study that does not reproduce the reference chart."""
    if load_reference_chart().study != data.study.identifier:
        return None
    intensity, rates = _compare(data, "intensity"), _compare(data, "attainable")
    every = [*intensity, *rates]
    count = Counter(each.check.verdict for each in every)
    words = [
        f"{count[verdict]} {names[count[verdict] != 1]}" for verdict, names in _VERDICTS.items()
    ]
    return Plan(
        slug="reproduction",
        title=(
            f"Of the {len(every)} ranges read off the reference chart, "
            f"{words[0]}, {words[1]} and {words[2]}"
        ),
        description=" ".join(
            (
                "Two range charts with logarithmic axes, a row for each series.",
                "Operational intensity and performance, as stated and as computed.",
                *(f"{each.series.label}: {_words(each)}." for each in every),
            )
        ),
        caption=(
            "Grey: the range read off the reference chart's logarithmic axis. In the series' "
            "colour: the range over all settings here; rates are "
            f"{'predicted, faint ones attainable' if _predicted(rates) else 'attainable'}. "
            "An end without a cap is not stated. A range agrees if every stated end is within a "
            f"factor of {significant(READ_FACTOR, 3)} of the computed one, and is near if it is "
            f"within a factor of {NEAR_FACTOR:g}."
        ),
        spec=RangeComparison(panels=(_panel(intensity, X_LABEL), _panel(rates, Y_LABEL))),
        table=_table(every),
    )


def _compare(data: StudyData, quantity: Quantity) -> list[_Compared]:
    """Compare the one range of a quantity that was read for each series, where there is one."""
    read = {
        statement.series[0]: statement
        for statement in load_reference_chart().statements
        if _is_range(statement, quantity)
    }
    return [
        _Compared(
            series=series,
            check=compare_one(data.study, read[series.label]),
            roof=attained(data.study, read[series.label]) if quantity == "attainable" else None,
        )
        for series in data.series
        if series.label in read
    ]


def _is_range(statement: Statement, quantity: Quantity) -> bool:
    return (
        statement.quantity == quantity and statement.agrees == "read" and len(statement.series) == 1
    )


def _predicted(rates: Sequence[_Compared]) -> bool:
    return any(each.check.predicted for each in rates)


def _panel(rows: Sequence[_Compared], quantity: str) -> RangePanel:
    members = tuple(
        SeriesRanges(
            label=each.series.label,
            key=each.series.key,
            role=each.series.points.role,
            ranges=_ranges(each),
            verdict=each.check.verdict,
        )
        for each in rows
    )
    ends = [
        end
        for row in members
        for part in row.ranges
        for end in (part.low, part.high)
        if end is not None
    ]
    return RangePanel(
        quantity=quantity, x=(round_down(min(ends)), round_up(max(ends))), rows=members
    )


def _ranges(each: _Compared) -> tuple[Extent, ...]:
    """The stated range on top, then the attainable one and the one compared with it."""
    check, roof = each.check, each.roof
    stated = Extent(kind=STATED, low=check.statement.low, high=check.statement.high)
    if roof is None:
        return (stated, Extent(kind=COMPUTED, low=check.low, high=check.high))
    attainable = Extent(kind=ATTAINABLE, low=roof.low, high=roof.high)
    if not check.predicted:
        return (stated, attainable)
    return (stated, attainable, Extent(kind=PREDICTED, low=check.low, high=check.high))


def _words(each: _Compared) -> str:
    unit = "FLOP/Byte" if each.roof is None else "FLOP/s"
    parts = [f"{part.kind} {_span(part, unit)}" for part in _ranges(each)]
    return f"{', '.join(parts)}; {each.check.verdict}"


def _span(part: Extent, unit: str) -> str:
    low, high = (None if end is None else _amount(end, unit) for end in (part.low, part.high))
    if low is None:
        return f"up to {high}"
    if high is None:
        return f"from {low}"
    return low if low == high else f"{low} to {high}"


def _amount(value: float, unit: str) -> str:
    """Write an amount; an intensity has no prefix."""
    if unit == "FLOP/Byte":
        return f"{significant(value, 3)} {unit}"
    return without_zeros(value, unit, 3)


def _table(every: Sequence[_Compared]) -> DataTable:
    parts = [(each, part) for each in every for part in _ranges(each)]

    def ends(name: str, *, of_rates: bool) -> list[float | None]:
        return [
            getattr(part, name) if (each.roof is not None) == of_rates else None
            for each, part in parts
        ]

    return DataTable.of(
        {
            "label": ("", [each.series.label for each, _ in parts]),
            "range": ("", [part.kind for _, part in parts]),
            "intensity_low": ("FLOP/Byte", ends("low", of_rates=False)),
            "intensity_high": ("FLOP/Byte", ends("high", of_rates=False)),
            "flops_per_s_low": ("FLOP/s", ends("low", of_rates=True)),
            "flops_per_s_high": ("FLOP/s", ends("high", of_rates=True)),
            "verdict": ("", [each.check.verdict for each, _ in parts]),
        }
    )
