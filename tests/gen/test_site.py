"""The site is a pure mapping from studies and pages to files."""

import json
from pathlib import Path
from typing import Any

import pytest
from mkdocs.utils.yaml import yaml_load

import roofline
from builds import REPOSITORY
from gen.site import Site, render_site
from roofline.errors import InputError
from roofline.files.table import to_csv
from roofline.study.records import point_records, points_json
from roofline.study.repository import FLAGSHIP
from roofline.study.study import load_study

DOCS = REPOSITORY / "docs"
FOLDER = f"studies/{FLAGSHIP}"
OPERATORS = [
    f"{name}-{phase}" for name in ("qkv-mlp", "up-gate-down", "qk-pv") for phase in ("init", "ar")
]


@pytest.fixture(scope="module")
def site() -> Site:
    """The site of this repository."""
    return render_site(DOCS)


def front_matter(page: bytes) -> dict[str, Any]:
    """What a page says of itself."""
    start, text, _ = page.decode().split("---\n", 2)
    assert not start
    fields: dict[str, Any] = yaml_load(text)
    return fields


def test_rendering_twice_gives_the_same_files(site: Site) -> None:
    again = render_site(DOCS)
    assert [*again.files] == [*site.files]
    assert [path for path, file in again.files.items() if file != site.files[path]] == []
    for path, file in site.files.items():
        if path.endswith(".md"):
            page = file.content.decode()
            assert again.fragments.insert(page) == site.fragments.insert(page)


def test_every_page_and_file_of_a_study_is_there(site: Site) -> None:
    charts = ["roofline", "intensity-batch", "intensity-length", "capacity"]
    charts += ["time-decode", "time-prefill", "candidates-intensity", "candidates-speedup"]
    charts += [*(f"roofline-{name}" for name in OPERATORS)]
    expected = {f"{FOLDER}/index.md", f"{FOLDER}/points.json", f"{FOLDER}/points.csv"}
    expected |= {f"{FOLDER}/operators/{name}.md" for name in OPERATORS}
    expected |= {
        f"{FOLDER}/charts/{name}.{ending}"
        for name in charts
        for ending in ("svg", "png", "csv", "json")
    }
    assert expected <= {path for path in site.files if path.startswith(FOLDER)}


def test_every_generated_page_has_a_title_and_a_description(site: Site) -> None:
    pages = [path for path in site.files if path.startswith(FOLDER) and path.endswith(".md")]
    assert len(pages) >= 7
    titles = []
    for path in pages:
        fields = front_matter(site.files[path].content)
        assert fields["title"].strip(), path
        assert 20 < len(fields["description"]) < 400, path
        titles.append(fields["title"])
    assert len({*titles}) == len(titles)


def test_every_written_page_is_there_under_its_own_path(site: Site) -> None:
    for path in DOCS.rglob("*.md"):
        relative = path.relative_to(DOCS).as_posix()
        if not relative.startswith("overrides/"):
            assert site.files[relative].edit == relative


def test_every_edit_link_names_a_file_that_exists(site: Site) -> None:
    edits = {file.edit for file in site.files.values() if file.edit}
    assert [edit for edit in edits if not (DOCS / edit).exists()] == []
    assert all(file.edit for path, file in site.files.items() if path.endswith(".md"))


def test_the_published_points_are_those_of_the_export(site: Site) -> None:
    study = load_study()
    records = point_records(study)
    text = points_json(study, records, roofline.__version__)
    assert site.files[f"{FOLDER}/points.json"].content == text.encode()
    assert site.files[f"{FOLDER}/points.csv"].content == to_csv(records).encode()
    assert len(json.loads(text)["points"]) == 294


def test_every_marker_has_its_fragment_and_no_delimiter_is_left(site: Site) -> None:
    for path, file in site.files.items():
        if path.endswith(".md"):
            page = site.fragments.insert(file.content.decode())
            assert "data-fragment" not in page, path
            assert "<%" not in page.replace("&lt;%", ""), path


def test_a_broken_page_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "learn").mkdir()
    (tmp_path / "learn" / "page.md").write_text("# Page\n\n<%= flagship.nothing %>\n")
    with pytest.raises(InputError, match=r"docs/learn/page\.md: line 3: .* 'nothing'"):
        render_site(tmp_path)


def test_overrides_of_the_theme_are_no_pages(tmp_path: Path) -> None:
    (tmp_path / "overrides").mkdir()
    (tmp_path / "overrides" / "page.md").write_text("<%= nothing %>")
    assert "overrides/page.md" not in render_site(tmp_path).files
