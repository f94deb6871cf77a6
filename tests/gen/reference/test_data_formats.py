"""The documentation of data formats follows the code."""

import csv
import io
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from gen.reference import data_formats
from gen.reference.command_line import STUDY
from roofline.catalog.accelerator import Accelerator
from roofline.files.table import to_csv
from roofline.files.validation import validate
from roofline.files.yaml import read_yaml
from roofline.report.pages.study_view import StudyView
from roofline.study.study import StudyFile, load_study


@pytest.fixture(scope="module")
def view() -> StudyView:
    return StudyView(study=load_study())


@pytest.mark.parametrize("name", data_formats.MODELS)
def test_every_field_has_a_type_and_a_meaning(name: str) -> None:
    fields = data_formats.fields(name)
    assert [field["name"] for field in fields] == [
        f"<code>{key}</code>" for key in data_formats.MODELS[name].model_fields
    ]
    for field in fields:
        assert field["meaning"].endswith((".", "]", "]."))
        assert len(field["meaning"]) > 4
        assert field["type"]


def test_a_field_without_a_meaning_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare(BaseModel):
        colour: str

    monkeypatch.setitem(data_formats.MODELS, "bare", Bare)
    with pytest.raises(ValueError, match="colour has no description"):
        data_formats.fields("bare")


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (str, "text"),
        (Annotated[int, Field(ge=1)], "whole number"),
        (tuple[int, ...], "list: whole number"),
        (dict[str, float | str], "mapping to number or text"),
        (str | bool | int | float, "text or true or false or number"),
        (float | None, "number"),
        (Literal["a", "b"], "one of a, b"),
        (Accelerator.model_fields["bandwidth"].annotation, "number, quoted"),
    ],
)
def test_types_in_words(annotation: Any, words: str) -> None:
    assert data_formats.type_name(annotation) == words


def test_defaults() -> None:
    defaults = {field["name"]: field["default"] for field in data_formats.fields("study")}
    assert defaults["<code>title</code>"] == "–"
    assert defaults["<code>candidates</code>"] == "1"
    assert defaults["<code>choices</code>"] == "none"
    assert defaults["<code>notes</code>"] == "none"


def test_every_written_key_has_a_meaning_and_a_unit(view: StudyView) -> None:
    points = data_formats.points_document(view)
    documents = [
        points,
        points["study"],
        points["points"][0],
        data_formats.explain_document(view),
        data_formats.explain_document(view)["kernels"][0],
        data_formats.explain_row(view),
        data_formats.chart_document(view),
    ]
    for document in documents:
        assert len(data_formats.keys(document)) == len(document)
    for key in data_formats.keys(points["points"][0]):
        assert (key["unit"] == "–") == ("number" not in key["type"]), key["name"]


def test_a_key_without_a_meaning_fails() -> None:
    for kind in ("points", "finding", "released value"):
        with pytest.raises(KeyError, match="colour"):
            data_formats.keys({"colour": "blue"}, kind)


def test_no_meaning_is_left_over(view: StudyView) -> None:
    points = data_formats.points_document(view)
    explanation = data_formats.explain_document(view)
    chart = data_formats.chart_document(view)
    known = {*points, *points["study"], *points["points"][0], *explanation, *chart}
    known |= {*explanation["kernels"][0]}
    assert set(data_formats.MEANINGS["points"]) == known


def test_the_csv_has_the_keys_of_the_json(view: StudyView) -> None:
    header = next(csv.reader(io.StringIO(to_csv(view.records))))
    assert header == list(data_formats.points_document(view)["points"][0])


def test_chart_columns_name_every_chart(view: StudyView) -> None:
    more = {"candidates-intensity", "candidates-speedup", "spread", "reproduction"}
    assert {row["chart"] for row in data_formats.chart_columns(view)} == {*view.charts, *more}


def test_the_keys_of_what_cites_and_verifies_are_those_that_are_written(view: StudyView) -> None:
    """In their order, each with its meaning."""
    findings = data_formats.findings_document(view)
    verification = data_formats.verification_document(view)
    release = data_formats.release_document(view)
    for document, kind in (
        (findings, "findings"),
        (findings["findings"][0], "finding"),
        (findings["findings"][0]["numbers"][0], "number"),
        (verification, "verification"),
        (verification["checks"][0], "check"),
    ):
        meanings = data_formats.MEANINGS[kind]
        assert [*document] == [*meanings]
        rows = data_formats.keys(document, kind)
        assert [row["meaning"] for row in rows] == [*meanings.values()]
    assert len(data_formats.keys(release, "release")) == len(release)
    value = data_formats.keys(data_formats.first_value(view), "released value")
    assert value[1]["meaning"] == "base unit; 1 for counts and ratios"


def test_what_can_be_null_is_told(view: StudyView) -> None:
    check = data_formats.verification_document(view)["checks"][0]
    types = {str(row["name"]): row["type"] for row in data_formats.keys(check, "check")}
    assert types["<code>redirect</code>"] == "string or null"
    assert types["<code>key</code>"] == "string or null"
    assert types["<code>line</code>"] == "number"
    point = data_formats.points_document(view)["points"][0] | {"extrapolated": None}
    types = {str(row["name"]): row["type"] for row in data_formats.keys(point)}
    assert types["<code>measured_seconds</code>"] == "number or null"
    assert types["<code>extrapolated</code>"] == "boolean or null"


def test_the_example_verification_holds(view: StudyView) -> None:
    document = data_formats.verification_document(view)
    assert document["counts"]["holds"] == len(document["checks"]) > 0


def test_a_findings_file_is_one_of_the_list(view: StudyView) -> None:
    """With what a file needs that stands alone."""
    finding = view.finding("ridge")
    written = json.loads(finding.files()[f"{finding.folder}/finding.json"])
    findings = data_formats.findings_document(view)["findings"]
    listed = next(record for record in findings if record["id"] == written["id"])
    common = listed.keys() & written.keys() - {"version"}
    assert common == listed.keys() - {"version"}
    assert {key: written[key] for key in common} == {key: listed[key] for key in common}


def test_the_example_is_a_valid_study(tmp_path: Path) -> None:
    path = tmp_path / "my-study.yml"
    path.write_text(STUDY, encoding="utf-8")
    assert validate(StudyFile, read_yaml(path)).candidates == (1,)


def test_catalogue_files_are_shown_whole() -> None:
    block = data_formats.catalogue_file("accelerators/a40.yml")
    assert block.startswith("```yaml\n")
    assert "149.7e12" in block
    assert block.endswith("\n```")
