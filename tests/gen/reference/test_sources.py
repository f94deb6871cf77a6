"""The tables of sources show the whole catalogue."""

import dataclasses

from gen.reference.sources import (
    bibliography,
    count_citations,
    operator_sources,
    quotes,
    studies,
)
from roofline.catalog.reader import identifiers, number_formats, sources
from roofline.report.pages.study_view import StudyView
from roofline.study.study import load_study


def test_every_entry_is_there() -> None:
    shown = {(row["kind"], row["identifier"]) for row in quotes()}
    expected = {("accelerator", name) for name in identifiers("accelerators")}
    expected |= {("transformer", name) for name in identifiers("transformers")}
    expected |= {("number format", name) for name in number_formats()}
    assert shown == expected


def test_every_number_has_a_source_and_a_place() -> None:
    for row in quotes():
        assert row["source"] in sources()
        assert row["title"] == sources()[row["source"]].title
        assert row["where"]


def test_values_are_exact_and_in_the_units_of_data_sheets() -> None:
    shown = {
        row["quantity"]: f"{row['value']} {row['unit']}".rstrip()
        for row in quotes()
        if row["identifier"] in {"a100-80gb-pcie", "llama-33b"}
    }
    assert shown["fp16 peak"] == "312 TFLOP/s"
    assert shown["bandwidth"] == "1,935 GB/s"
    assert shown["memory, as sold"] == "80 GB"
    assert shown["memory, as reported"] == "85.89934592 GB"  # 81,920 MiB
    assert shown["L2 cache"] == "41.94304 MB"  # 40 MiB = 40 · 1,048,576 byte
    assert shown["hidden"] == "6,656"
    assert shown["layers"] == "60"
    assert shown["context"] == "2,048 token"
    assert shown["tied embeddings"] == "no"


def test_every_publication_is_listed_with_its_uses() -> None:
    rows = bibliography()
    assert len(rows) == len(sources())
    assert sum(row["uses"] for row in rows) == count_citations().total()
    assert set(count_citations()) <= set(sources())


def test_the_counts_have_sources() -> None:
    assert len(operator_sources()) == 2


def test_a_study_is_listed_with_its_link() -> None:
    """49 settings in 6 series; 48 of 49 points of both prefill projections reach the ridge."""
    view = StudyView(study=load_study())
    (row,) = studies([view], lambda target: f"to:{target}")
    assert row["title"] == f'<a href="to:studies/{view.id}/index.md">{view.title}</a>'
    assert (row["points"], row["compute"], row["settings"], row["fitting"]) == (294, 96, 49, 28)


def test_a_title_cannot_act() -> None:
    study = load_study()
    file = study.file.model_copy(update={"title": "<script>"})
    view = StudyView(study=dataclasses.replace(study, file=file))
    (row,) = studies([view], lambda target: target)
    assert "<script>" not in row["title"]
