"""Keeping the numbers of a release."""

from pathlib import Path

import pytest

from gen.addresses import release
from gen.addresses.versions import project_version, release_of
from roofline.citations.releases import load_releases
from roofline.findings import all_slugs
from roofline.study.repository import FLAGSHIP


def test_the_numbers_of_every_study_are_kept(tmp_path: Path) -> None:
    """Under the release that the project's version names."""
    said: list[str] = []
    assert release.main(said.append, tmp_path) == 0
    (kept,) = load_releases(tmp_path)
    assert kept.version == release_of(project_version())
    assert set(kept.studies[FLAGSHIP]) <= set(all_slugs())
    assert kept.finding(FLAGSHIP, "ridge") is not None
    assert said[0].endswith(f" numbers of release {kept.version}")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """In one line, and nothing is kept."""
    (tmp_path / "ledger").write_text("in the way", encoding="utf-8")
    said: list[str] = []
    assert release.main(said.append, tmp_path / "ledger") == 1
    assert said[0].startswith(f"error: {tmp_path}/ledger/")
    assert ": cannot be written: " in said[0]


def test_a_release_that_is_kept_otherwise_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to do."""
    release.main(lambda _: None, tmp_path)
    monkeypatch.setattr(release, "findings", lambda _: ())
    said: list[str] = []
    assert release.main(said.append, tmp_path) == 1
    assert "a release never changes" in said[0]
