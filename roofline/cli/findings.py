"""The commands that list findings and verify documents that cite them."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from roofline.citations.documents import Document, join_problems, list_documents
from roofline.citations.records import findings_json, findings_markdown
from roofline.citations.releases import RELEASE, cited_version, load_releases, values_folder
from roofline.citations.scan import Occurrence, find_citations
from roofline.citations.site_address import DEVELOPMENT, load_identity, site_version
from roofline.citations.verify import (
    VerifiedDocument,
    all_hold,
    load_facts,
    verification_record,
    verify,
)
from roofline.cli.common import output_option, site_option, study_argument, write
from roofline.cli.tables import findings_table, verification_text
from roofline.errors import InputError, Problem, as_written
from roofline.files.table import to_json
from roofline.findings import findings
from roofline.findings.finding import Finding
from roofline.study.study import load_study

T = TypeVar("T")


class _UnreadableError(click.ClickException):
    """The question itself is wrong; exit code 1 says that a document is."""

    exit_code = 2


def _version(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value not in {None, DEVELOPMENT} and not RELEASE.fullmatch(str(value)):
        raise click.BadParameter(f"expected dev, or a release such as 1.2, got {as_written(value)}")
    return value


@click.command("findings")
@study_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "json"]),
    default="table",
    show_default=True,
    help="Table for people, Markdown to paste into a document, JSON in base units.",
)
@click.option(
    "--version-in-links",
    metavar="VERSION",
    callback=_version,
    help="dev, or a release such as 1.2; by default the version that is being built, or dev. "
    "Markdown cites the newest release instead of dev where its numbers are the same.",
)
@site_option
@output_option
def findings_command(
    study: str, form: str, version_in_links: str | None, site: str | None, output: Path | None
) -> None:
    """Findings of a study: claims with their numbers, ready to cite."""
    loaded = load_study(study)
    made = findings(loaded)
    if form == "table":
        write(findings_table(made), output)
        return
    address = site or load_identity().site_url
    version = version_in_links or site_version()
    if form == "json":
        write(findings_json(loaded, made, version, address), output)
        return
    releases = () if version_in_links else load_releases(values_folder())

    def cited(finding: Finding) -> str:
        return cited_version(finding, loaded.identifier, version, releases)

    write(findings_markdown(loaded, made, cited, address), output)


class _Verification(click.Command):
    """Keeps exit code 1 for documents that no longer hold."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except InputError as error:
            raise _UnreadableError(str(error)) from error


@click.command("verify", cls=_Verification)
@click.argument("places", metavar="DOCUMENT...", nargs=-1, required=True)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="Table for people, JSON for machines.",
)
@site_option
@output_option
@click.pass_context
def verify_command(
    ctx: click.Context, places: tuple[str, ...], form: str, site: str | None, output: Path | None
) -> None:
    """Whether what documents cite still holds.

    A DOCUMENT is a file in Markdown, HTML or plain text, a folder with such
    files, or - for standard input. Looked for are links to findings and the
    stamps of the snippets under "Cite"; each quoted number is compared with the
    present model at the precision quoted.

    \b
    holds    the number is still as quoted, or the finding is still there
    changed  the number is another now; with the first version that has it
    gone     there was such a finding or number; with its new address, if any
    unknown  there never was: the nearest name is given

    Exit code 0: everything holds. 1: something does not. 2: a document cannot be
    read.
    """  # noqa: D301  # click's mark for lines that stay apart
    facts = load_facts(site)
    citations = _read(list_documents(places), facts.site_url)
    with _progress(citations.items(), "Verifying") as progress:
        verified = [
            VerifiedDocument(
                name=document.name,
                citations=len(occurrences),
                checks=verify(occurrences, facts),
            )
            for document, occurrences in progress
        ]
    if form == "json":
        text = to_json(verification_record(verified, facts))
    else:
        text = verification_text(verified, facts)
    write(text, output)
    ctx.exit(0 if all_hold(verified) else 1)


def _read(documents: tuple[Document, ...], site_url: str) -> dict[Document, tuple[Occurrence, ...]]:
    """Read all documents, and tell of all that cannot be read at once."""
    citations: dict[Document, tuple[Occurrence, ...]] = {}
    problems: list[Problem] = []
    with _progress(documents, "Reading") as progress:
        for document in progress:
            try:
                citations[document] = find_citations(document.read(), site_url)
            except InputError as error:
                problems += [
                    Problem(place=document.name, rule=problem.rule, line=problem.line)
                    for problem in error.problems
                ]
    if problems:
        raise join_problems(problems)
    return citations


def _progress(items: Iterable[T], label: str) -> Any:
    """A bar on standard error, if that is a terminal."""
    return click.progressbar(items, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())
