"""Bad input ends a build with one clear message and leaves nothing half-written."""

import shutil
from pathlib import Path

import pytest

from builds import build_site
from serving import copy_repository

pytestmark = [pytest.mark.site]

STUDY = "roofline/study/examples/llama-33b-a100-80gb-pcie.yml"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the repository."""
    folder = tmp_path / "repository"
    folder.mkdir()
    copy_repository(folder)
    return folder


def failure(repository: Path) -> str:
    """Output of a build that must fail, and must not write a site."""
    site = repository / "built"
    with pytest.raises(RuntimeError) as caught:
        build_site(site, repository=repository)
    assert not site.exists() or not [*site.rglob("*.html")]
    text = str(caught.value)
    assert "Traceback" not in text
    return text


def test_every_problem_of_every_study_is_told_at_once(repository: Path) -> None:
    study = repository / STUDY
    text = study.read_text(encoding="utf-8").replace("dtype: fp16", "dtype: fp8")
    study.write_text(text.replace("batches:", "batchs:"), encoding="utf-8")
    (repository / "docs/studies/second.yml").write_text("", encoding="utf-8")
    told = failure(repository)
    assert 'did you mean "batches"?' in told
    assert 'no "fp8" peak on "a100-80gb-pcie"; it has bf16, fp16, int8 and tf32' in told
    assert "docs/studies/second.yml: expected a mapping of keys and values" in told


def test_a_study_that_is_a_link_out_of_the_repository(repository: Path) -> None:
    outside = repository.parent / "outside.yml"
    shutil.copy(repository / STUDY, outside)
    (repository / "docs/studies/linked.yml").symlink_to(outside)
    assert "expected a file inside the repository" in failure(repository)


def test_a_catalogue_number_without_a_source(repository: Path) -> None:
    entry = repository / "roofline/catalog/accelerators/a100-80gb-pcie.yml"
    lines = entry.read_text(encoding="utf-8").splitlines(keepends=True)
    start = lines.index("bandwidth:\n")
    del lines[start + 2]  # the line of its source
    entry.write_text("".join(lines), encoding="utf-8")
    told = failure(repository)
    assert "roofline/catalog/accelerators/a100-80gb-pcie.yml" in told
    assert "bandwidth.source" in told


def test_a_page_that_uses_what_is_not_there(repository: Path) -> None:
    page = repository / "docs/learn/ridge.md"
    page.write_text("# Ridge\n\n<%= flagship.rigde %>\n", encoding="utf-8")
    told = failure(repository)
    assert "docs/learn/ridge.md: line 3:" in told
    assert "rigde" in told


def test_foreign_text_is_shown_as_it_is(repository: Path, tmp_path: Path) -> None:
    evil = "</title><script>alert(1)</script> <b>&amp; *x* [y](javascript:z) \"q\" 'r'"
    study = repository / STUDY
    text = study.read_text(encoding="utf-8")
    notes = text.index("notes:")
    lines = text[:notes].splitlines()
    lines[0] = "title: |-\n  " + evil
    study.write_text("\n".join([*lines, "notes: |-\n  " + evil, ""]), encoding="utf-8")
    site = tmp_path / "site"
    build_site(site, repository=repository)
    for page in site.rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert "<script>alert" not in html, page
        assert "<b>&amp; *x*" not in html, page
        assert 'href="javascript' not in html, page
    shown = (site / "studies/llama-33b-a100-80gb-pcie/index.html").read_text(encoding="utf-8")
    assert "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in shown
