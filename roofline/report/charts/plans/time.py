"""Where the minimum time of a step goes, by operator."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from roofline.model.budget import budget
from roofline.model.grid import Grid
from roofline.model.operators import Phase
from roofline.report.charts.drawing.axes import power_ticks
from roofline.report.charts.drawing.time import draw_time
from roofline.report.charts.labels import size
from roofline.report.charts.plans.series import StudyData
from roofline.report.charts.spec import Panel, Plan, Setting, Table
from roofline.units import quantity

HEIGHTS: Final = (320.0, 470.0)
_SAMPLES: Final = 33
_TICKS: Final = 4
_STEPS: Final[dict[Phase, str]] = {"ar": "decode step", "init": "prefill"}
_MIXED: Final = " The lines run through settings that fit and settings that do not."
_SLUGS: Final[dict[Phase, str]] = {"ar": "time-decode", "init": "time-prefill"}


def time_plan(data: StudyData, phase: Phase) -> Plan:
    """Plan the chart of one decode step, or of one prefill."""
    file = data.study.file
    panels = (
        _panel(data, phase, "batch", data.middle_length, file.batches),
        _panel(data, phase, "length", file.batches[0], file.lengths),
    )
    title = _title(panels, phase)
    return Plan(
        slug=_SLUGS[phase],
        title=title,
        description=" ".join(
            (
                f"Two stacked area charts: share of each operator in one {_STEPS[phase]}'s time.",
                *(words for panel in panels for words in _panel_words(panel)),
            )
        ),
        caption=(
            f"Whole model; above each panel stands the minimum time: every kernel at "
            "its own roof, one after the other, without launch overhead."
            f"{data.condition if phase == 'ar' else ''} {data.misfits()}"
            f"{_MIXED * (0 < data.fitting < data.settings)}"
        ),
        table=_table(panels),
        draw=lambda canvas: draw_time(canvas, panels, data, phase),
        heights=HEIGHTS,
    )


def _panel(
    data: StudyData, phase: Phase, vary: Setting, other: int, grid: tuple[int, ...]
) -> Panel:
    low, high = float(grid[0]), float(max(grid[-1], 4 * grid[0]))
    # With the ticks, because the time is written above them.
    ticks = [*power_ticks(low, high, _TICKS)] or [low]
    x = np.unique(np.concatenate([np.geomspace(low, high, _SAMPLES), ticks]))
    batch, length = (x, float(other)) if vary == "batch" else (float(other), x)
    tokens = data.candidates if phase == "ar" else 1
    found = budget(data.study.deployment, phase, Grid(batch, length, tokens))
    return Panel(vary=vary, other=other, x=x, found=found)


def _title(panels: tuple[Panel, Panel], phase: Phase) -> str:
    """Say which share changes most, and along what."""
    changes = [
        (float(abs(panel.shares[:, -1] - panel.shares[:, 0]).max()), panel) for panel in panels
    ]
    _, panel = max(changes, key=lambda change: change[0])
    moved = panel.shares[:, -1] - panel.shares[:, 0]
    index = int(moved.argmax())
    first, last = (_percent(float(panel.shares[index, end])) for end in (0, -1))
    low, high = size(float(panel.x[0])), size(float(panel.x[-1]))
    step = _STEPS[phase]
    return (
        f"From {panel.vary} {low} to {high}, {panel.found.lines[index].series} goes from "
        f"{first} to {last} of a {step}'s minimum time"
    )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "under 1%"  # noqa: PLR2004  # one in a hundred


def _panel_words(panel: Panel) -> Iterator[str]:
    for end in (0, -1):
        shares = ", ".join(
            f"{line.series} {_percent(float(share))}"
            for line, share in zip(panel.found.lines, panel.shares[:, end], strict=True)
        )
        yield (
            f"At {panel.vary} {size(float(panel.x[end]))} and {panel.other_text} the minimum "
            f"time is {quantity(float(panel.found.seconds[end]), 's', 3)}: {shares}."
        )


def _table(panels: tuple[Panel, ...]) -> Table:
    rows = [
        (panel, line, index)
        for panel in panels
        for line in panel.found.lines
        for index in range(panel.x.size)
    ]

    def setting(name: Setting) -> list[float]:
        return [
            float(panel.x[index]) if panel.vary == name else float(panel.other)
            for panel, _, index in rows
        ]

    return Table(
        columns={
            "series": ("", [line.series for _, line, _ in rows]),
            "batch": ("sequence", setting("batch")),
            "sequence_length": ("token", setting("length")),
            "seconds": ("s", [float(line.seconds[index]) for _, line, index in rows]),
            "step_seconds": ("s", [float(panel.found.seconds[index]) for panel, _, index in rows]),
        }
    )
