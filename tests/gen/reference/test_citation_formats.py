"""The documentation of what findings and verified documents are written as."""

import json

import pytest

from gen.reference import citation_formats as citing
from roofline.report.pages.study_view import StudyView
from roofline.study.study import load_study


@pytest.fixture(scope="module")
def view() -> StudyView:
    return StudyView(study=load_study())


def test_every_written_key_has_a_meaning_and_none_is_left_over(view: StudyView) -> None:
    found = citing.findings_document(view)
    verified = citing.verification_document(view)
    release = citing.release_document(view)
    documents = [
        (found, citing.FINDINGS),
        (found["findings"][0], citing.FINDING),
        (found["findings"][0]["numbers"][0], citing.NUMBER),
        (verified, citing.VERIFICATION),
        (verified["checks"][0], citing.CHECK),
        (release, citing.RELEASE),
        (citing.first_value(view), citing.VALUE),
    ]
    for document, meanings in documents:
        assert [*document] == [*meanings]
        assert [row["meaning"] for row in citing.keys(document, meanings)] == [*meanings.values()]


def test_a_key_without_a_meaning_fails() -> None:
    with pytest.raises(KeyError, match="colour"):
        citing.keys({"colour": "blue"}, citing.FINDING)


def test_what_can_be_null_is_told(view: StudyView) -> None:
    rows = citing.keys(citing.verification_document(view)["checks"][0], citing.CHECK)
    types = {str(row["name"]): row["type"] for row in rows}
    assert types["<code>redirect</code>"] == "string or null"
    assert types["<code>line</code>"] == "number"


def test_the_example_verification_holds(view: StudyView) -> None:
    document = citing.verification_document(view)
    assert document["counts"]["holds"] == len(document["checks"]) > 0


def test_a_findings_file_is_one_of_the_list(view: StudyView) -> None:
    """With what a file needs that stands alone."""
    one = view.finding("ridge")
    written = json.loads(one.files()[f"{one.folder}/finding.json"])
    listed = {row["id"]: row for row in citing.findings_document(view)["findings"]}[written["id"]]
    common = listed.keys() & written.keys() - {"version"}
    assert common == listed.keys() - {"version"}
    assert {key: written[key] for key in common} == {key: listed[key] for key in common}
