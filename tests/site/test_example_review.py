"""The example review of the guide is true, and would be caught if it were not."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from roofline.cli import main

pytestmark = pytest.mark.site


def verified(path: Path) -> tuple[int, list[dict[str, str]]]:
    """Exit code, and the checks, of `roofline verify`."""
    result = CliRunner().invoke(main, ["verify", str(path), "--format", "json"])
    return result.exit_code, json.loads(result.stdout)["checks"]


@pytest.fixture
def review(built_site: Path) -> Path:
    """The page as it is published."""
    return built_site / "guide" / "example-review" / "index.html"


def test_the_review_cites_four_findings_that_hold(review: Path) -> None:
    """Of the flagship, in the version of the build."""
    code, checks = verified(review)
    assert code == 0, checks
    assert len({check["id"] for check in checks}) == 4
    assert {check["status"] for check in checks} == {"holds"}
    assert all(check["key"] for check in checks)


def test_a_number_of_the_review_that_changes_is_found(review: Path, tmp_path: Path) -> None:
    """One digit is enough."""
    _, checks = verified(review)
    quoted = f"={checks[0]['quoted']}"
    text = review.read_text(encoding="utf-8")
    assert quoted in text
    page = tmp_path / "review.html"
    page.write_text(text.replace(quoted, f"=9{quoted[1:]}", 1), encoding="utf-8")
    code, found = verified(page)
    assert code == 1
    assert [check["status"] for check in found].count("changed") == 1


def test_the_pages_of_the_guide_cite_what_holds(built_site: Path) -> None:
    """Except where they show what a changed number looks like."""
    _, checks = verified(built_site / "guide" / "link-a-finding" / "index.html")
    assert {check["status"] for check in checks} == {"holds"}
