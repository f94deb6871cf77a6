"""Where the minimum time of a step goes, by operator."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from roofline.memo import memoised
from roofline.model.budget import budget
from roofline.model.operators import Phase
from roofline.report.charts.labels import lower_first, power_ticks, size
from roofline.report.charts.plans.series import StudyData, series_role
from roofline.report.charts.spec import Band, DataTable, Panel, Plan, Setting, StepTimes
from roofline.units import quantity

_SAMPLES: Final = 33
_TICKS: Final = 4
_STEPS: Final[dict[Phase, str]] = {"ar": "decode step", "init": "prefill"}
_MIXED: Final = " The shares are also drawn for settings that do not fit."
_SLUGS: Final[dict[Phase, str]] = {"ar": "time-decode", "init": "time-prefill"}


@memoised
def time_plan(data: StudyData, phase: Phase) -> Plan:
    """Plan the chart of one decode step, or of one prefill."""
    file = data.study.file
    panels = (
        _panel(data, phase, "batch", data.middle_length, file.batches),
        _panel(data, phase, "length", file.batches[0], file.lengths),
    )
    return Plan(
        slug=_SLUGS[phase],
        title=_title(panels, phase),
        description=" ".join(
            (
                f"Two stacked area charts: share of each operator in one {_STEPS[phase]}'s time.",
                *(words for panel in panels for words in _panel_words(panel)),
            )
        ),
        caption=(
            "Whole model. The time above each panel is the minimum time: every kernel at "
            "its own roof, one after the other, without launch overhead."
            f"{data.condition if phase == 'ar' else ''} {data.misfits()}"
            f"{_MIXED * (0 < data.fitting < data.settings)}"
        ),
        spec=StepTimes(step=_STEPS[phase], panels=panels),
        table=_table(panels),
    )


def _panel(
    data: StudyData, phase: Phase, vary: Setting, other: int, grid: tuple[int, ...]
) -> Panel:
    low, high = float(grid[0]), float(max(grid[-1], 4 * grid[0]))
    # With the ticks, because the time is written above them.
    ticks = power_ticks(low, high, _TICKS)
    full = data.capacity.tokens // other
    inner = [float(full)] if low < full < high else []
    x = np.unique(np.concatenate([np.geomspace(low, high, _SAMPLES), ticks or (low,), inner]))
    step = budget(data.study.deployment, phase, data.line(phase, vary, x, other))
    operators = data.study.deployment.operators
    bands = tuple(
        Band(
            series=line.series,
            key=f"{operators.series[line.series].slug}-{phase}",
            name=operators.series[line.series].name,
            role=series_role(operators, line.series, phase),
            seconds=tuple(line.seconds.tolist()),
        )
        for line in step.lines
    )
    return Panel(
        vary=vary,
        other=other,
        x=tuple(x.tolist()),
        ticks=ticks,
        full=inner[0] if inner else None,
        bands=bands,
        seconds=tuple(step.seconds.tolist()),
    )


def _title(panels: tuple[Panel, Panel], phase: Phase) -> str:
    """Say which share changes most, and along what, as far as settings fit on the card."""
    changes = [
        (float(abs(panel.shares[:, panel.last] - panel.shares[:, 0]).max()), panel)
        for panel in panels
    ]
    _, panel = max(changes, key=lambda change: change[0])
    moved = panel.shares[:, panel.last] - panel.shares[:, 0]
    index = int(moved.argmax())
    first, last = (_percent(float(panel.shares[index, end])) for end in (0, panel.last))
    low, high = size(panel.x[0]), size(panel.x[panel.last])
    step = _STEPS[phase]
    return (
        f"From {panel.vary} {low} to {high}, {lower_first(panel.bands[index].name)} goes from "
        f"{first} to {last} of a {step}'s minimum time"
    )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "under 1%"  # noqa: PLR2004  # one in a hundred


def _panel_words(panel: Panel) -> Iterator[str]:
    for end in (0, -1):
        shares = ", ".join(
            f"{band.series} {_percent(float(share))}"
            for band, share in zip(panel.bands, panel.shares[:, end], strict=True)
        )
        yield (
            f"At {panel.vary} {size(panel.x[end])} and {panel.other_text} the minimum "
            f"time is {quantity(panel.seconds[end], 's', 3)}: {shares}."
        )


def _table(panels: tuple[Panel, ...]) -> DataTable:
    rows = [
        (panel, band, index)
        for panel in panels
        for band in panel.bands
        for index in range(len(panel.x))
    ]

    def setting(name: Setting) -> list[float]:
        return [
            panel.x[index] if panel.vary == name else float(panel.other) for panel, _, index in rows
        ]

    return DataTable.of(
        {
            "series": ("", [band.series for _, band, _ in rows]),
            "batch": ("sequence", setting("batch")),
            "sequence_length": ("token", setting("length")),
            "seconds": ("s", [band.seconds[index] for _, band, index in rows]),
            "step_seconds": ("s", [panel.seconds[index] for panel, _, index in rows]),
        }
    )
