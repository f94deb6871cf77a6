"""Studies take their place in the navigation, and all that is wrong with them is told."""

from pathlib import Path

import pytest

import roofline.study.repository
from gen.navigation import add_cards, add_studies, load_studies
from roofline.catalog.reader import identifiers
from roofline.errors import InputError
from roofline.report.pages.study_view import StudyView
from roofline.study.repository import EXAMPLES, FLAGSHIP
from roofline.study.study import load_study
from studies import small_study, write_study

NAV = ["index.md", {"Studies": ["studies/index.md"]}, {"Method": ["method/index.md"]}]
OPERATORS = [
    "qkv-mlp-init",
    "qkv-mlp-ar",
    "up-gate-down-init",
    "up-gate-down-ar",
    "qk-pv-init",
    "qk-pv-ar",
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose studies the test writes."""
    studies = tmp_path / "docs" / "studies"
    studies.mkdir(parents=True)
    monkeypatch.setattr(roofline.study.repository, "REPOSITORY", tmp_path)
    monkeypatch.setattr(roofline.study.repository, "EXAMPLES", tmp_path / "none")
    return studies


def test_the_examples_of_the_package_are_studies_of_the_site() -> None:
    assert load_studies()[0].identifier == FLAGSHIP
    examples = {path.stem for path in EXAMPLES.glob("*.yml")}
    assert examples <= {study.identifier for study in load_studies()}


def test_the_flagship_comes_first_and_the_others_by_name(folder: Path) -> None:
    for name in ("b", "a", FLAGSHIP, "zz"):
        write_study(folder / f"{name}.yml")
    assert [study.identifier for study in load_studies()] == [FLAGSHIP, "a", "b", "zz"]


def test_every_card_is_listed_below_calibration() -> None:
    """Wherever it stands; the given navigation is left as it is."""
    nav = ["index.md", {"Method": ["method/index.md", {"Calibration": "method/calibration.md"}]}]
    (method,) = add_cards(nav)[1].values()
    first, *cards = method[1]["Calibration"]
    assert first == "method/calibration.md"
    assert {"NVIDIA A40": "method/calibration/a40.md"} in cards
    assert len(cards) == len(identifiers("accelerators"))
    assert nav[1] == {"Method": ["method/index.md", {"Calibration": "method/calibration.md"}]}


def test_a_study_is_listed_with_its_operator_pages() -> None:
    nav = add_studies(NAV, [StudyView(study=study) for study in (load_study(), small_study())])
    assert nav[0] == "index.md"
    assert nav[2] == NAV[2]
    first, flagship, small = nav[1]["Studies"]
    assert first == "studies/index.md"
    assert [*flagship] == ["Llama 33B on an A100 80GB PCIe"]
    *pages, findings = small["A small study"]
    assert pages[0] == "studies/small/index.md"
    assert pages[-1] == {"Attention, decode (qk/pv ar)": "studies/small/operators/qk-pv-ar.md"}
    assert findings["Findings"][0] == "studies/small/findings/index.md"
    assert findings["Findings"][1] == {
        "Decode attention": "studies/small/findings/decode-attention.md"
    }
    assert findings["Findings"][-1] == {"All on one page": "studies/small/findings/list.md"}
    assert [path for page in pages[1:] for path in page.values()] == [
        f"studies/small/operators/{name}.md" for name in OPERATORS
    ]


def test_the_navigation_of_the_file_is_left_as_it_is() -> None:
    add_studies(NAV, [StudyView(study=small_study())])
    assert NAV[1] == {"Studies": ["studies/index.md"]}


def test_titles_in_the_navigation_are_escaped() -> None:
    nav = add_studies(NAV, [StudyView(study=small_study(title="<b>x</b>"))])
    assert [*nav[1]["Studies"][1]] == ["&lt;b&gt;x&lt;/b&gt;"]


def test_one_broken_study_is_told_with_its_file(folder: Path) -> None:
    write_study(folder / "good.yml")
    write_study(folder / "bad.yml", dtype="fp7")
    with pytest.raises(InputError) as error:
        load_studies()
    assert str(error.value).startswith('docs/studies/bad.yml: dtype (line 3): unknown dtype "fp7"')


def test_several_broken_studies_are_told_at_once(folder: Path) -> None:
    write_study(folder / "one.yml", dtype="fp7", batches=[0])
    write_study(folder / "two.yml", model="llama-3-8")
    (folder / "three.yml").write_text("")
    write_study(folder / "good.yml")
    with pytest.raises(InputError) as error:
        load_studies()
    first, *lines = str(error.value).splitlines()
    assert first == "docs/studies: 4 problems"
    assert [line.split(": ")[0].strip() for line in lines] == [
        "docs/studies/one.yml",
        "docs/studies/one.yml",
        "docs/studies/three.yml",
        "docs/studies/two.yml",
    ]
    assert lines[2].strip() == (
        "docs/studies/three.yml: expected a mapping of keys and values, got an empty file"
    )
    assert 'did you mean "llama-3-8b"?' in lines[3]
    assert "good.yml" not in str(error.value)


def test_both_endings_and_folders_are_taken(folder: Path) -> None:
    """A folder sorts studies; a study's name is that of its file alone."""
    (folder / "team").mkdir()
    for name in ("a.yaml", "b.YML", "team/c.yml"):
        write_study(folder / name)
    studies = load_studies()
    assert [study.identifier for study in studies] == ["a", "b", "c"]
    assert studies[2].folder == folder / "team"


def test_two_files_of_one_name_are_told(folder: Path) -> None:
    """One address cannot be two studies."""
    (folder / "team").mkdir()
    for name in ("a.yml", "a.yaml", "b.yml", "team/b.yml", "c.yml"):
        write_study(folder / name)
    with pytest.raises(InputError) as error:
        load_studies()
    rule = "expected one file of each name, since the name is the study's address, got"
    assert str(error.value).splitlines() == [
        "docs/studies: 2 problems",
        f"  a: {rule} docs/studies/a.yaml and docs/studies/a.yml",
        f"  b: {rule} docs/studies/b.yml and docs/studies/team/b.yml",
    ]


def test_no_study_at_all_is_told(folder: Path) -> None:
    with pytest.raises(InputError, match="expected at least one study, such as docs/studies/my"):
        load_studies()
