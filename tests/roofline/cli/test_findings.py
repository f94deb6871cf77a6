"""The commands that list findings and verify documents."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from citations import SITE
from roofline.citations.releases import write_release
from roofline.citations.scan import find_citations
from roofline.citations.site_address import VERSION_VARIABLE, load_identity
from roofline.cli import main
from roofline.findings import findings
from roofline.study.repository import FLAGSHIP, REPOSITORY
from roofline.study.study import load_study
from studies import write_study

STAMP = f"[roofline {FLAGSHIP}/ridge@dev ridge={{}}]"
HOLDS = STAMP.format("161.2 FLOP/Byte")
CHANGED = STAMP.format("160.0 FLOP/Byte")


def run(*arguments: str, given: str | None = None) -> Result:
    """Run the command inside this process; only a clean exit is no failure."""
    result = CliRunner().invoke(main, arguments, prog_name="roofline", input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def output(*arguments: str, code: int = 0, given: str | None = None) -> str:
    """What a command writes to standard output alone."""
    result = run(*arguments, given=given)
    assert result.exit_code == code, result.output
    assert not result.stderr
    return result.stdout


def refusal(*arguments: str, code: int) -> str:
    """What a command writes to standard error alone."""
    result = run(*arguments)
    assert result.exit_code == code, result.output
    assert not result.stdout
    assert "Traceback" not in result.stderr
    return result.stderr


@pytest.fixture(autouse=True)
def _before_the_first_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the project has released: its history is no part of these tests."""
    for module in ("roofline.citations.verify", "roofline.cli.findings"):
        monkeypatch.setattr(f"{module}.values_folder", lambda: None)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """A document in which one number holds and one has changed."""
    path = tmp_path / "review.md"
    path.write_text(f"# Review\n\nThe ridge. {HOLDS}\n\nAgain. {CHANGED}\n", encoding="utf-8")
    return path


def test_findings_are_listed_for_people() -> None:
    """Every finding once, its claim over as many lines as it takes."""
    text = output("findings")
    made = findings(load_study())
    for finding in made:
        assert f"\n{finding.slug} " in text
        assert finding.headline.text in text
    for word in made[0].claim.split():
        assert word in text
    assert max(len(line) for line in text.splitlines()) < 140


@pytest.mark.parametrize("version", ["dev", "1.2"])
def test_findings_are_listed_as_markdown_to_paste(version: str) -> None:
    """One line for each, which reads back as a citation of it."""
    text = output("findings", "--format", "markdown", "--version-in-links", version)
    cited = find_citations(text, load_identity().site_url)
    made = findings(load_study())
    assert [place.citation.name for place in cited if place.citation] == [
        f"{FLAGSHIP}/{finding.slug}@{version}" for finding in made
    ]
    assert all(line.startswith("- [") for line in text.splitlines())


def test_the_lines_to_paste_cite_a_release_where_it_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless dev is asked for."""
    first, second, *rest = findings(load_study())
    changed = dataclasses.replace(
        second, numbers=(dataclasses.replace(second.headline, value=2 * second.headline.value),)
    )
    write_release("1.2", {FLAGSHIP: [first, changed, *rest]}, tmp_path)
    monkeypatch.setattr("roofline.cli.findings.values_folder", lambda: tmp_path)

    def versions(*options: str) -> list[str]:
        text = output("findings", "--format", "markdown", *options)
        cited = find_citations(text, load_identity().site_url)
        return [place.citation.version for place in cited if place.citation]

    assert versions() == ["1.2", "dev", *["1.2"] * len(rest)]
    assert set(versions("--version-in-links", "dev")) == {"dev"}


def test_findings_are_data_too() -> None:
    """In base units at full precision, with the text that citations quote."""
    record = json.loads(output("findings", "--format", "json", "--site", "https://x.org/y"))
    assert record["schema"] == "roofline.findings/1"
    assert record["version"] == "dev"
    assert record["study"]["id"] == FLAGSHIP
    made = findings(load_study())
    listed = [finding["id"] for finding in record["findings"]]
    assert listed == [f"{FLAGSHIP}/{finding.slug}" for finding in made]
    first = next(one for one in record["findings"] if one["id"].endswith("/ridge"))
    assert first["permalink"] == f"https://x.org/y/dev/studies/{FLAGSHIP}/findings/ridge/"
    assert {"claim", "verdict", "bound", "phases", "series", "conditions", "changes"} <= {*first}
    number = first["numbers"][0]
    assert (number["key"], number["value"], number["unit"], number["text"]) == (
        "ridge",
        312e12 / 1.935e12,
        "FLOP/Byte",
        "161.2 FLOP/Byte",
    )


@pytest.mark.parametrize("form", ["table", "markdown", "json"])
def test_findings_of_a_study_of_ones_own(tmp_path: Path, form: str) -> None:
    """From a file, to a file, for a site elsewhere."""
    study = write_study(tmp_path / "own.yml")
    path = tmp_path / "out"
    output("findings", study, "--format", form, "--site", SITE, "--output", str(path))
    text = path.read_text(encoding="utf-8")
    assert "ridge" in text
    assert (f"{SITE}dev/studies/own/findings/ridge/" in text) == (form != "table")


def test_links_carry_the_version_that_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """As publishing names it; a name that no address can hold is refused."""
    monkeypatch.setenv(VERSION_VARIABLE, "1.2")
    assert "/1.2/studies/" in output("findings", "--format", "markdown")
    monkeypatch.setenv(VERSION_VARIABLE, "a b")
    assert VERSION_VARIABLE in refusal("findings", "--format", "markdown", code=1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--version-in-links", "latest"], "expected dev, or a release such as 1.2"),
        (["--version-in-links", "1.2.3"], "expected dev, or a release such as 1.2"),
        (["--site", "example.org"], "expected an address such as https://example.org/"),
        (["--site", 'https://a.org/"x'], "expected an address such as https://example.org/"),
        (["--format", "csv"], "'csv' is not one of 'table', 'markdown', 'json'"),
    ],
)
def test_bad_options_are_refused(arguments: list[str], words: str) -> None:
    """As wrong usage."""
    assert words in refusal("findings", *arguments, code=2)


def test_a_document_is_verified_for_people(document: Path) -> None:
    """By document and line, with a summary."""
    assert output("verify", str(document), code=1) == (
        f"{document}\n"
        f"  line 3, {FLAGSHIP}/ridge@dev\n"
        "    holds    ridge  161.2 FLOP/Byte\n"
        f"  line 5, {FLAGSHIP}/ridge@dev\n"
        "    changed  ridge  160.0 FLOP/Byte: now 161.2 FLOP/Byte, since dev\n"
        "\n"
        "1 document, 2 citations: 1 holds and 1 changed\n"
    )


def test_a_document_is_verified_for_machines(document: Path, tmp_path: Path) -> None:
    """Every check with its document and line; the same exit code."""
    path = tmp_path / "new" / "checks.json"
    text = output("verify", str(document), "--format", "json", code=1)
    output("verify", str(document), "--format", "json", "--output", str(path), code=1)
    assert path.read_text(encoding="utf-8") == text
    record = json.loads(text)
    assert record["schema"] == "roofline.verification/1"
    assert record["site"] == load_identity().site_url
    assert record["documents"] == [str(document)]
    assert record["counts"] == {"holds": 1, "changed": 1, "gone": 0, "unknown": 0}
    assert record["checks"][1] == {
        "document": str(document),
        "line": 5,
        "status": "changed",
        "text": CHANGED,
        "id": f"{FLAGSHIP}/ridge",
        "cited_version": "dev",
        "key": "ridge",
        "quoted": "160.0 FLOP/Byte",
        "current": "161.2 FLOP/Byte",
        "since": "dev",
        "redirect": None,
        "message": "now 161.2 FLOP/Byte, since dev",
    }


def test_what_holds_ends_well(tmp_path: Path) -> None:
    """Files, folders and standard input together."""
    (tmp_path / "reviews").mkdir()
    (tmp_path / "reviews" / "a.md").write_text(HOLDS)
    (tmp_path / "b.html").write_text(f'<a title="{HOLDS}">x</a>')
    places = [str(tmp_path / "reviews"), str(tmp_path / "b.html"), "-"]
    text = output("verify", *places, given=f"{HOLDS}\n")
    assert text.endswith("3 documents, 3 citations: 3 hold\n")
    assert "standard input\n  line 1" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (STAMP.replace("ridge@", "rigde@").format("1"), 'did you mean "ridge"?'),
        (STAMP.replace("@dev", "@0.0").format("1"), 'unknown version "0.0"'),
        (STAMP.replace("a100", "a1000").format("1"), f'did you mean "{FLAGSHIP}"?'),
        (STAMP.replace("ridge=", "rigde=").format("1"), 'did you mean "ridge"?'),
        (STAMP.format("much"), "expected a number and its unit"),
        ("[roofline ridge@dev]", "not a stamp that can be read"),
    ],
)
def test_what_is_unknown_ends_badly(text: str, words: str) -> None:
    """With the nearest name."""
    told = output("verify", "-", code=1, given=text)
    assert "unknown" in told
    assert words in told


def test_a_document_without_citations_is_no_failure(tmp_path: Path) -> None:
    """It is said, with the site that was looked for: another one may be meant."""
    (tmp_path / "a.md").write_text(f"# A\n\n[x]({load_identity().site_url}dev/learn/ridge/)\n")
    expected = f"1 document: no citations of findings of {load_identity().site_url}\n"
    assert output("verify", str(tmp_path)) == expected
    assert json.loads(output("verify", str(tmp_path), "--format", "json"))["checks"] == []


def test_findings_of_another_site_are_verified_on_request(tmp_path: Path) -> None:
    """A stamp has no address, a link has."""
    path = tmp_path / "a.md"
    path.write_text(f"<{SITE}dev/studies/{FLAGSHIP}/findings/ridge/>")
    assert "no citations" in output("verify", str(path))
    assert output("verify", str(path), "--site", SITE).endswith("1 citation: 1 holds\n")


def test_documents_that_cannot_be_read_are_all_told_at_once(document: Path) -> None:
    """With an exit code of their own, before anything is verified."""
    folder = document.parent
    (folder / "binary.md").write_bytes(b"\0")
    (folder / "latin.md").write_bytes(b"\n\xe4")
    told = refusal("verify", str(folder), str(folder / "missing.md"), code=2)
    assert told == (
        "Error: documents: 3 problems\n"
        f"  {folder}/binary.md (line 1): expected text, got a null character, "
        "as in a binary file\n"
        f"  {folder}/latin.md (line 2): expected UTF-8 text, got the byte 0xe4\n"
        f"  {folder}/missing.md: cannot be read: No such file or directory\n"
    )
    (folder / "empty").mkdir()
    assert "a folder without documents" in refusal("verify", str(folder / "empty"), code=2)
    assert "Missing argument 'DOCUMENT...'" in refusal("verify", code=2)
    assert "cannot be written" in refusal(
        "verify", str(document), "--output", str(document / "x"), code=2
    )


def test_nothing_of_a_document_acts_on_the_terminal(tmp_path: Path) -> None:
    """Its letters that are no letters are not written."""
    path = tmp_path / "\x1b[31m.md"
    path.write_text("[roofline \x1b[2J@x a=\x1b]0;x\x07] [roofline a/b\x1b@dev a=1]")
    assert "\x1b" not in output("verify", str(path), code=1)


def test_the_program_tells_a_ci_job_by_its_exit_code(document: Path) -> None:
    """As a process of its own: no bar where there is no terminal, no traceback ever."""
    path = document.parent / "hostile.md"
    path.write_text("[roofline a/b@1.0 " + "[roofline " * 100_000)
    cases = {str(document): 1, str(path): 1, sys.executable: 2, "README.md": 0}
    for place, code in cases.items():
        done = subprocess.run(
            [sys.executable, "-m", "roofline", "verify", place],
            cwd=REPOSITORY,
            capture_output=True,
            check=False,
            timeout=60,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "ascii"},
        )
        assert done.returncode == code, done.stderr
        assert b"Traceback" not in done.stderr
        assert bool(done.stderr) == (code == 2)
