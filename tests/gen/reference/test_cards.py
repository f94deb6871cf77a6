"""The page of each accelerator: both protocols side by side, measured or carried over."""

import pytest

from gen.reference import cards as pages
from gen.reference.cards import CardPage
from roofline.catalog.reader import identifiers
from roofline.latency.calibration import all_calibrations
from roofline.latency.carried_over import carried_over, load_calibration
from roofline.latency.law import NAMES
from roofline.report.charts import calibration_charts
from roofline.report.pages.study_view import StudyView
from roofline.report.pages.text import percent
from roofline.study.study import load_study

STUDIES = [StudyView(study=load_study(name)) for name in (
    "llama-33b-a100-80gb-pcie", "tinyllama-cpu-2-threads",
)]  # fmt: skip
CARDS = {card.identifier: card for card in pages.cards(STUDIES)}


def test_every_accelerator_has_a_page_with_what_predicts_kernels_on_it() -> None:
    assert tuple(CARDS) == identifiers("accelerators")
    sections = {
        name: [(section.id, section.carried) for section in card.sections]
        for name, card in CARDS.items()
    }
    assert sections["a40"] == [("isolated", True), ("stream", False)]
    assert sections["h100-80gb-sxm"] == [
        ("isolated", False),
        ("stream", False),
        ("stream-graph", False),
    ]
    assert sections["h200-141gb-sxm"] == [("isolated", True), ("stream", True)]
    assert sections["amd-epyc-2-threads"] == [("isolated", False)]
    shown = [
        section.calibration
        for card in CARDS.values()
        for section in card.sections
        if not section.carried
    ]
    assert len(shown) == len(all_calibrations())


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.identifier)
def test_every_chart_that_a_page_names_is_drawn_for_the_flagship(card: CardPage) -> None:
    drawn = {chart.slug for chart in calibration_charts(STUDIES[0].study, "1")}
    for section in card.sections:
        # Deciles of the example's few rows would mislead.
        assert section.chart in drawn or card.identifier == "amd-epyc-2-threads"


def test_measured_and_carried_errors_are_told_apart() -> None:
    rows = {str(row["name"]): row for row in pages.card_rows(STUDIES, lambda path: f"to {path}")}
    stream = load_calibration("a40", "stream").errors.held_out["all"]
    row = rows['<a href="to method/calibration/a40.md">NVIDIA A40</a>']
    assert row["stream"] == f"{percent(stream.median)} / {percent(stream.p90)}"
    alone = carried_over()["isolated"].held_out
    low, high = sorted(
        alone[name].median for name in ("a100-80gb-pcie-isolated", "h100-80gb-sxm-isolated")
    )
    assert row["isolated"].startswith(f"carried over: {percent(low)} to {percent(high)} / ")
    (cpu,) = (row for name, row in rows.items() if "amd-epyc" in name)
    assert cpu["stream"] == "none"


def test_the_claim_says_what_was_measured() -> None:
    h200, epyc = CARDS["h200-141gb-sxm"].claim, CARDS["amd-epyc-2-threads"].claim
    assert h200.startswith("Nothing was measured of kernels run alone; what is carried over")
    assert epyc.startswith("Predicted times of kernels run alone have a median error of 11%")
    assert "stream" not in epyc


def test_parameters_stand_side_by_side() -> None:
    card = CARDS["h100-80gb-sxm"]
    rows, columns = pages.side_by_side(card), pages.parameter_columns(card)
    assert len(rows) == len(NAMES)
    assert len(columns) == 1 + 2 * 3
    assert all({column.key for column in columns} == set(row) for row in rows)


def test_a_measured_study_is_shown_with_its_card() -> None:
    (section,) = CARDS["amd-epyc-2-threads"].sections
    assert section.study is STUDIES[1]
    assert not any(section.study for section in CARDS["a100-80gb-pcie"].sections)
