"""The page on calibration: every parameter is explained, every figure is the catalogue's."""

from xml.etree import ElementTree as ET

import pytest

from gen.reference import calibration as calibrations
from gen.reference import launch_overhead as overhead
from roofline.latency.carried_over import load_calibration
from roofline.latency.law import NAMES, PARAMETERS
from roofline.latency.noise_floor import noise_floor
from roofline.report.charts.drawing.bars import Bar, Group, bars
from roofline.report.pages.mathematics import render
from roofline.report.pages.study_view import StudyView
from roofline.report.pages.text import percent
from roofline.study.study import load_study
from studies import small_study

CALIBRATION = load_calibration("a100-80gb-pcie")
VIEW = StudyView(study=load_study())


def test_every_parameter_has_a_symbol_a_meaning_and_an_interval() -> None:
    assert tuple(calibrations.TEX) == NAMES
    rows = calibrations.parameters(CALIBRATION)
    assert [row["meaning"] for row in rows] == [limits.meaning for limits in PARAMETERS.values()]
    # No product that was measured alone is best split, so nothing is known of its cost.
    (unknown,) = (row for row in rows if " to " not in row["interval"])
    assert unknown["meaning"] == PARAMETERS["split"].meaning
    assert [row["unit"] for row in rows] == ["s", "s", *["–"] * 4, "s", *["–"] * 4]
    assert [row["range"] for row in rows] == [
        *["0 to 1 s"] * 2,
        *["1e-06 to 1"] * 2,
        *["0 to 1,000"] * 2,
        "0 to 1 s",
        "0 to 1,000",
        *["1 to 1,000"] * 3,
    ]


def test_what_the_rows_say_nothing_of_is_called_so() -> None:
    """The example's rows are all aligned, and a processor has no tiles."""
    rows = calibrations.parameters(load_calibration("amd-epyc-2-threads"))
    unknown = [row for row in rows if "not determined" in row["interval"]]
    names = ("small", "split", "misaligned")
    assert [row["meaning"] for row in unknown] == [PARAMETERS[name].meaning for name in names]
    assert [row["value"] for row in unknown] == ["–"] * 3
    assert [row["value"] for row in rows].count("–") == 3


def test_the_formulas_hold_every_parameter_and_typeset() -> None:
    text = " ".join(calibrations.formulas())
    assert all(tex in text for tex in (*calibrations.TEX.values(), "{128}"))
    assert all(render(formula, display=True) for formula in calibrations.formulas())


def test_errors_are_those_of_the_catalogue() -> None:
    rows = calibrations.errors(CALIBRATION)
    assert len(rows) == len(CALIBRATION.errors.held_out)
    first = CALIBRATION.errors.held_out["all"]
    assert rows[0]["held_out"] == f"{percent(first.median)} / {percent(first.p90)}"
    assert rows[0]["roof"] == f"{percent(first.roof_median)} / {percent(first.roof_p90)}"
    medians = [
        figures.median for stage, figures in CALIBRATION.errors.held_out.items() if stage != "all"
    ]
    assert calibrations.worst(CALIBRATION)[0]["errors"].median == max(medians)


def test_the_noise_floor_stands_beside_the_errors() -> None:
    """In the table, from the closest to the farthest apart, and as a line in the chart."""
    comparisons = noise_floor().comparisons
    assert [row["name"] for row in calibrations.noise_rows()] == [one.name for one in comparisons]
    assert [one.median for one in comparisons] == sorted(one.median for one in comparisons)
    assert all(one.median < one.p90 for one in comparisons)
    chart = str(calibrations.error_chart(CALIBRATION))
    line = noise_floor().across_versions
    assert line.median == min(one.median for one in comparisons if one.kind == "versions")
    assert f"{percent(line.median)} noise floor: {line.name}</text>" in chart
    assert "stroke-dasharray" in chart


def test_bars_are_as_long_as_their_values_and_named() -> None:
    both = (Bar(2, "2 s", "memory", "long"), Bar(1, "1 s", "muted", "short"))
    drawn = bars("x", "A < B", [Group(label="g & h", bars=both)])
    figure = ET.fromstring(drawn.replace(" data-search-exclude", ""))  # noqa: S314  # our own
    svg = figure.find("svg")
    assert svg is not None
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "A < B"
    assert svg.findtext("desc") == "g & h: long 2 s, short 1 s"
    long, short = (float(bar.get("width", "0")) for bar in svg.findall("rect"))
    assert long == 2 * short
    assert "var(--rl-memory" in drawn


def test_parts_of_the_time_add_up() -> None:
    """Overhead hardly grows; at the shortest length it rules, at the longest it does not."""
    rows = overhead.parts(VIEW.one("qk/pv ar"), 1)
    assert [row["length"] for row in rows] == list(VIEW.study.file.lengths)
    assert (rows[0]["bound"], rows[-1]["bound"]) == ("overhead", "memory")
    for row in rows:
        together = row["overhead"] + row["memory"] + row["compute"]
        assert max(row["memory"], row["compute"]) < row["seconds"] <= together


def test_ruled_points_are_those_of_the_records() -> None:
    rows = overhead.ruled(VIEW)
    assert sum(row["overhead"] for row in rows) == VIEW.ruled("overhead")
    assert sum(row[name] for row in rows for name in ("overhead", "memory", "compute")) == len(
        VIEW.records
    )


def test_without_a_calibration_there_are_no_parts() -> None:
    narrow = small_study(storage={"weight": "fp8"})
    other = StudyView(study=narrow)
    with pytest.raises(ValueError, match="no calibration"):
        overhead.parts(other.one("qk/pv ar"), 1)
