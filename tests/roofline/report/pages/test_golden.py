"""Whole pages of a small study, as they are committed: a change of a page is seen in review.

`make golden` writes them anew.
"""

import re
from pathlib import Path

import pytest

from roofline.study.study import load_study
from studies import write_study
from undrawn import study_pages

GOLDEN = Path(__file__).parent / "golden"
PAGES = {
    "index": "index.md",
    "qk-pv-ar": "operators/qk-pv-ar.md",
    "qkv-mlp-init": "operators/qkv-mlp-init.md",
}
CHARTS = re.compile(r"(?:<svg\b.*?</svg>)+", re.DOTALL)
CITED = re.compile(
    r'<details class="rl-cite" id="__[^>]*><summary (?P<label>[^>]*)>.*?</details>', re.DOTALL
)
"""How a chart is cited, much as the page is."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Pages of a study of 2 batches by 2 lengths, without drawings and typeset formulas."""
    path = tmp_path_factory.mktemp("studies") / "small.yml"
    notes = "Two *settings* of <b>each</b> kind."
    pages = study_pages(load_study(write_study(path, notes=notes)))
    return {name: readable(pages[f"studies/small/{path}"]) for name, path in PAGES.items()}


def readable(page: str) -> str:
    """Write each chart, in all of its sizes, as a word, and how to cite it as a label."""
    page = CITED.sub(lambda button: f"[cite: {button['label']}]", page)
    return CHARTS.sub("[chart]", page)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_equals_its_golden_copy(
    pages: dict[str, str], name: str, *, update_golden: bool
) -> None:
    path = GOLDEN / f"{name}.md"
    if update_golden:
        path.write_text(pages[name], encoding="utf-8")
    assert pages[name] == path.read_text(encoding="utf-8"), "if it is meant: make golden"


def test_golden_pages_are_small_and_all_in_use() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {*PAGES}
    assert all(path.stat().st_size < 50_000 for path in GOLDEN.iterdir())


def test_golden_pages_hold_neither_drawings_nor_typeset_formulas() -> None:
    for path in GOLDEN.iterdir():
        page = path.read_text(encoding="utf-8")
        assert "<svg" not in page
        assert "katex" not in page
        assert "data-fragment" not in page
