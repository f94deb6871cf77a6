"""What became of what documents cite."""

from pathlib import Path

import pytest

from citations import SITE, facts, finding, number, release, share
from roofline.citations.scan import find_citations
from roofline.citations.site_address import load_identity
from roofline.citations.stamp import cite
from roofline.citations.verify import Check, Facts, load_facts, load_redirects, verify
from roofline.errors import InputError
from roofline.findings import findings
from roofline.findings.finding import Finding
from roofline.study.repository import ledger_folder
from roofline.study.study import load_study

OLD = [finding()]
NEW = [finding("decode-attention", number(value=0.981), share())]
STAMP = "[roofline one/decode-attention@{} intensity={}; share=0.62%]"


def checks(text: str, known: Facts) -> tuple[Check, ...]:
    """The checks of a document."""
    return verify(find_citations(text, SITE), known)


def told(text: str, known: Facts) -> list[tuple[str, str | None, str]]:
    """Status, key and message of each check."""
    return [(check.status, check.key, check.message) for check in checks(text, known)]


@pytest.mark.parametrize("kind", ["markdown", "html", "text", "badge", "badge_html"])
def test_what_is_cited_holds(kind: str) -> None:
    """One check for each number quoted."""
    text = getattr(cite(finding(), "one", "dev", SITE), kind)
    assert told(text, facts()) == [("holds", "intensity", ""), ("holds", "share", "")]


def test_every_finding_of_the_flagship_holds_when_it_is_cited() -> None:
    """The whole way round, with what the repository knows."""
    known = load_facts()
    study = load_study()
    made = findings(study)
    text = "\n".join(
        cite(finding, study.identifier, "dev", known.site_url).markdown for finding in made
    )
    verified = verify(find_citations(text, known.site_url), known)
    assert {check.status for check in verified} == {"holds"}
    cited = {check.citation.slug for check in verified if check.citation}
    assert cited == {finding.slug for finding in made}
    assert known.site_url == load_identity().site_url


@pytest.mark.parametrize("version", ["1.0/", "dev/", "latest/", ""])
def test_a_link_without_a_stamp_holds_while_the_finding_is_there(version: str) -> None:
    """In the version that it names, or in the latest."""
    link = f"{SITE}{version}studies/one/findings/decode-attention/"
    (check,) = checks(link, facts(releases=(release("1.0", one=OLD),)))
    assert (check.status, check.key, check.text) == ("holds", None, link.rstrip("/"))


def test_a_number_that_has_changed_is_told_at_the_precision_quoted() -> None:
    """With the first version that has the new one."""
    known = facts(
        *NEW,
        releases=(
            release("1.0", one=OLD),
            release("1.1", one=OLD),
            release("1.2", one=NEW),
            release("1.10", one=NEW),
        ),
    )
    first, second = checks(STAMP.format("1.0", "0.992 FLOP/Byte"), known)
    assert (first.status, first.quoted, first.current, first.since) == (
        "changed",
        "0.992 FLOP/Byte",
        "0.981 FLOP/Byte",
        "1.2",
    )
    assert first.message == "now 0.981 FLOP/Byte, since 1.2"
    assert second.status == "holds"
    # One digit fewer: 0.99 was right, and 0.98 is.
    (rough, _) = checks(STAMP.format("1.1", "0.99 FLOP/Byte"), known)
    assert (rough.status, rough.current) == ("changed", "0.98 FLOP/Byte")
    (right, _) = checks(STAMP.format("1.1", "0.98 FLOP/Byte"), known)
    assert right.status == "holds"


@pytest.mark.parametrize(
    ("releases", "version", "message"),
    [
        # Changed after the last release.
        ([("1.0", OLD)], "1.0", "now 0.981 FLOP/Byte, since dev"),
        # Changed, changed back, and changed again: the last time counts.
        ([("1.0", OLD), ("1.1", NEW), ("1.2", OLD), ("1.3", NEW)], "1.0",
         "now 0.981 FLOP/Byte, since 1.3"),
        # A build of dev is not kept: the releases say since when, if one still had it.
        ([("1.0", OLD), ("1.1", NEW)], "dev", "now 0.981 FLOP/Byte, since 1.1"),
        ([("1.0", NEW)], "dev", "now 0.981 FLOP/Byte"),
        ([], "dev", "now 0.981 FLOP/Byte, since dev"),
        # The number was never so in the release cited.
        ([("1.0", OLD), ("1.1", NEW)], "1.1",
         "now 0.981 FLOP/Byte; 1.1 itself has another number"),
    ],
)  # fmt: skip
def test_since_when_a_number_has_changed(
    releases: list[tuple[str, list[Finding]]], version: str, message: str
) -> None:
    """As far as anybody knows."""
    known = facts(*NEW, releases=tuple(release(name, one=kept) for name, kept in releases))
    assert told(STAMP.format(version, "0.992 FLOP/Byte"), known)[0] == (
        "changed",
        "intensity",
        message,
    )


def test_a_release_that_is_being_published_is_known() -> None:
    """Its numbers are those of the model, whether they are kept yet or not."""
    text = STAMP.format("1.1", "0.992 FLOP/Byte")
    for kept in ((), (release("1.1", one=OLD),)):
        assert [status for status, _, _ in told(text, facts(version="1.1", releases=kept))] == [
            "holds"
        ] * 2


def test_another_unit_is_a_change() -> None:
    """Whatever the figures."""
    known = facts(finding("decode-attention", number(unit="token"), share()))
    assert told(STAMP.format("dev", "0.992 FLOP/Byte"), known)[0] == (
        "changed",
        "intensity",
        "now 0.992 tokens, since dev",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[roofline one/older@1.0 share=0.62%]",
            "the study has no such finding any more; the last was in 1.1",
        ),
        (f"{SITE}1.0/studies/one/findings/older/",
         "the study has no such finding any more; the last was in 1.1"),
        ("[roofline old/older@1.0 share=0.62%]", "the study is no longer there"),
        ("[roofline one/reversed@dev share=0.62%]", "what it says does not hold for the study"),
        (
            "[roofline one/decode-attention@1.0 former=1]",
            "the finding has no such number any more; the last was in 1.0",
        ),
    ],
)  # fmt: skip
def test_what_was_there_once_is_gone(text: str, message: str) -> None:
    """With the release that had it last."""
    known = facts(
        slugs=("decode-attention", "reversed"),
        releases=(
            release(
                "1.0",
                one=[finding("older"), finding("decode-attention", number("former"))],
                old=[finding("older")],
            ),
            release("1.1", one=[finding("older"), finding()]),
        ),
    )
    ((status, _, said),) = told(text, known)
    assert (status, said) == ("gone", message)


def test_what_has_moved_is_gone_with_its_new_address() -> None:
    """Whether a release had it or not."""
    moved = {"/studies/one/findings/older/": "/studies/one/findings/decode-attention/"}
    for text in ("[roofline one/older@dev share=0.62%]", f"{SITE}dev/studies/one/findings/older/"):
        (check,) = checks(text, facts(redirects=moved))
        assert (check.status, check.message) == ("gone", "it has another address now")
        assert check.redirect == f"{SITE}dev/studies/one/findings/decode-attention/"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[roofline one/decode-atention@dev share=1]",
         'unknown finding "decode-atention"; did you mean "decode-attention"?'),
        ("[roofline ones/decode-attention@dev share=1]",
         'unknown study "ones"; did you mean "one"? Known: one'),
        ("[roofline one/decode-attention@dev shar=1]",
         'unknown number "shar"; did you mean "share"? Known: intensity and share'),
        ("[roofline one/decode-attention@1.4 share=1]",
         'unknown version "1.4"; did you mean "1.1"? Known: dev, 1.0 and 1.1'),
        ("[roofline one/decode-attention@latest share=1]", 'unknown version "latest"'),
        ("[roofline one/decode-attention@1.0 share=1]",
         "1.0 has no such finding; the first is in 1.1"),
        ("[roofline one/decode-attention@dev share=about 1]",
         "expected a number and its unit"),
        ("[roofline one/decode-attention share=1]",
         "not a stamp that can be read: expected study/finding@version"),
        ("[roofline one/decode-attention@dev share=1",
         "not a stamp that can be read: expected a closing bracket"),
        (f"{SITE}dev/studies/one/findings/never/", 'unknown finding "never"'),
        (f"{SITE}2.0/studies/one/findings/decode-attention/", 'unknown version "2.0"'),
    ],
)  # fmt: skip
def test_what_never_was_is_unknown(text: str, message: str) -> None:
    """With the nearest name."""
    known = facts(releases=(release("1.0"), release("1.1", one=OLD)))
    ((status, _, said),) = told(text, known)
    assert status == "unknown"
    assert message in said


def test_findings_are_computed_only_for_the_studies_that_are_cited() -> None:
    """And once each."""
    asked: list[str] = []

    def compute(study: str) -> dict[str, Finding]:
        asked.append(study)
        return {"decode-attention": finding()}

    known = facts(studies=("one", "two"), findings=compute)
    checks("nothing", known)
    assert asked == []
    checks("[roofline two/decode-attention@dev share=0.62%]", known)
    assert set(asked) == {"two"}


def test_redirects_are_those_of_the_ledger(tmp_path: Path) -> None:
    """None without the file; a broken one is told."""
    path = tmp_path / "redirects.yml"
    assert load_redirects(None) == load_redirects(tmp_path) == {}
    path.write_text('redirects:\n  /old/:\n    to: /new/\n    since: "1.1"\n')
    assert load_redirects(tmp_path) == {"/old/": "/new/"}
    path.write_text("redirects: [1]\n")
    with pytest.raises(InputError, match=r"ledger/redirects.yml: redirects"):
        load_redirects(tmp_path)
    assert load_redirects(ledger_folder())
