"""The documentation of data formats follows the code."""

import csv
import io
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from gen.reference import data_formats as formats
from gen.reference.command_line import STUDY
from gen.reference.meanings import COLUMNS
from roofline.catalog.accelerator import Accelerator
from roofline.files.table import to_csv
from roofline.files.validation import validate
from roofline.files.yaml import read_yaml
from roofline.report.pages.study_view import StudyView
from roofline.study.study import StudyFile, load_study


@pytest.fixture(scope="module")
def view() -> StudyView:
    return StudyView(study=load_study())


@pytest.mark.parametrize("name", formats.MODELS)
def test_every_field_has_a_type_and_a_meaning(name: str) -> None:
    found = formats.fields(name)
    assert [one["name"] for one in found] == [
        f"<code>{key}</code>" for key in formats.MODELS[name].model_fields
    ]
    for one in found:
        assert one["meaning"].endswith((".", "]", "]."))
        assert len(one["meaning"]) > 4
        assert one["type"]


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (str, "text"),
        (Annotated[int, Field(ge=1)], "whole number"),
        (tuple[int, ...], "list: whole number"),
        (dict[str, float | str], "mapping to number or text"),
        (float | None, "number"),
        (Literal["a", "b"], "one of a, b"),
        (Accelerator.model_fields["bandwidth"].annotation, "number, quoted"),
    ],
)
def test_types_in_words(annotation: Any, words: str) -> None:
    assert formats.type_name(annotation) == words


def test_defaults() -> None:
    found = {one["name"]: one["default"] for one in formats.fields("study")}
    assert found["<code>title</code>"] == "–"
    assert found["<code>candidates</code>"] == "1"
    assert found["<code>choices</code>"] == "none"
    assert found["<code>notes</code>"] == "none"


def test_every_written_key_has_a_meaning_and_a_unit(view: StudyView) -> None:
    points = formats.points_document(view)
    documents = [
        points,
        points["study"],
        points["points"][0],
        formats.explain_document(view),
        formats.explain_document(view)["kernels"][0],
        formats.explain_row(view),
        formats.chart_document(view),
    ]
    for document in documents:
        assert len(formats.keys(document)) == len(document)
    for one in formats.keys(points["points"][0]):
        assert (one["unit"] == "–") == ("number" not in one["type"]), one["name"]


def test_a_key_without_a_meaning_fails() -> None:
    with pytest.raises(KeyError, match="colour"):
        formats.keys({"colour": "blue"})


def test_no_meaning_is_left_over(view: StudyView) -> None:
    points = formats.points_document(view)
    explanation = formats.explain_document(view)
    chart = formats.chart_document(view)
    known = {*points, *points["study"], *points["points"][0], *explanation, *chart}
    known |= {*explanation["kernels"][0]}
    assert set(COLUMNS) == known


def test_the_csv_has_the_keys_of_the_json(view: StudyView) -> None:
    header = next(csv.reader(io.StringIO(to_csv(view.records))))
    assert header == list(formats.points_document(view)["points"][0])


def test_chart_columns_name_every_chart(view: StudyView) -> None:
    more = {"candidates-intensity", "candidates-speedup", "spread"}
    assert {one["chart"] for one in formats.chart_columns(view)} == {*view.charts, *more}


def test_the_example_is_a_valid_study(tmp_path: Path) -> None:
    path = tmp_path / "my-study.yml"
    path.write_text(STUDY, encoding="utf-8")
    assert validate(StudyFile, read_yaml(path)).candidates == (1,)


def test_catalogue_files_are_shown_whole() -> None:
    block = formats.catalogue_file("accelerators/a40.yml")
    assert block.startswith("```yaml\n")
    assert "149.7e12" in block
    assert block.endswith("\n```")
