"""The README shows what the model says today."""

import re
from pathlib import Path

import pytest

from gen import REPOSITORY
from gen.reference import readme
from gen.reference.readme import PICTURE, README, draw_picture, refresh_outputs
from roofline.files.validation import validate
from roofline.files.yaml import read_yaml
from roofline.study.study import StudyFile

REFRESH = "run: .venv/bin/python -m gen.reference.readme"


def test_the_picture_is_the_chart() -> None:
    assert PICTURE.read_bytes() == draw_picture(), REFRESH


def test_the_output_is_that_of_the_commands() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.count("$ roofline ") >= 2
    assert refresh_outputs(text) == text, REFRESH


def test_a_picture_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "picture.svg").mkdir()
    monkeypatch.setattr(readme, "REPOSITORY", tmp_path)
    monkeypatch.setattr(readme, "PICTURE", tmp_path / "picture.svg")
    said: list[str] = []
    assert readme.main(said.append) == 1
    assert said[0].startswith("error: picture.svg: cannot be written: ")


def test_an_old_output_is_replaced() -> None:
    """A cut output keeps its length: a header and one point, of 50 lines."""
    line = 'roofline points --series "qk/pv ar" --format csv'
    old = f"```console\n$ {line}\nold\nold\n… 3 more lines\n```\n"
    new = refresh_outputs(old).splitlines()
    assert new[2].startswith("series,phase,batch")
    assert new[4:] == ["… 48 more lines", "```"]


def test_the_study_is_valid(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "my-study.yml"
    path.write_text(block, encoding="utf-8")
    validate(StudyFile, read_yaml(path))


def test_links_lead_to_files() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", README.read_text(encoding="utf-8"))
    assert targets
    assert [target for target in targets if not (REPOSITORY / target).exists()] == []
