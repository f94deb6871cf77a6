"""What templates see of a finding, and the files that stand beside its page."""

import json
import os
import subprocess
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from roofline.catalog.reader import sources
from roofline.citations.records import finding_record
from roofline.citations.releases import cited_version, load_releases, values_folder
from roofline.citations.site_address import load_identity, site_version
from roofline.citations.stamp import Snippets, badge_label, cite, permalink
from roofline.findings.finding import Finding, Step
from roofline.model.operators import PHASE_NAMES
from roofline.report.charts import Chart, finding_chart
from roofline.report.pages.figures import files
from roofline.study.repository import REPOSITORY
from roofline.study.study import Study
from roofline.version import __version__

SCHEMA = "roofline.finding/1"
COMMIT_VARIABLE = "ROOFLINE_COMMIT"
KINDS = {
    "published": "published in a data sheet or paper",
    "computed": "computed by this model",
    "attainable": "attainable: an upper bound of the roof",
    "predicted": "predicted by the calibrated model",
    "measured": "measured by a benchmark",
}


@cache
def commit() -> str:
    """Commit that the site is built from; empty outside a repository, and without git.

    The environment can name it, for a build of a copy without its repository.
    """
    if given := os.environ.get(COMMIT_VARIABLE):
        return given
    if REPOSITORY is None:
        return ""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607  # git is found on the path, on purpose
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "GIT_CEILING_DIRECTORIES": str(REPOSITORY.parent)},
        )
    except OSError:  # there is no git
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


_releases = cache(load_releases)  # every finding asks


@dataclass(frozen=True, kw_only=True)
class FindingView:
    """One finding of one study."""

    study: Study
    study_folder: str
    """Where the study's pages lie under docs/."""
    finding: Finding

    @property
    def id(self) -> str:
        """Permanent name: study and slug."""
        return f"{self.study.identifier}/{self.finding.slug}"

    @property
    def name(self) -> str:
        """Short name for the navigation, from the slug."""
        return self.finding.slug.replace("-", " ").capitalize()

    @property
    def folder(self) -> str:
        """Where the finding's files lie under docs/."""
        return f"{self.study_folder}/findings/{self.finding.slug}"

    @property
    def page(self) -> str:
        """Path of the page under docs/."""
        return f"{self.folder}.md"

    @property
    def permalink(self) -> str:
        """Address of the page in this version."""
        return permalink(
            self.study.identifier, self.finding.slug, site_version(), load_identity().site_url
        )

    @property
    def version(self) -> str:
        """The version in the page's address: ``dev`` or a release."""
        return site_version()

    @property
    def phases(self) -> str:
        """Phases in clear words."""
        return " and ".join(PHASE_NAMES[phase] for phase in self.finding.phases)

    @property
    def bounds(self) -> tuple[str, ...]:
        """What limits, as filters and tables show it."""
        several = {"both": ("memory", "compute"), "none": ()}
        return several.get(self.finding.bound, (self.finding.bound,))

    @cached_property
    def cited_version(self) -> str:
        """The version to cite: this one, or on ``dev`` the newest release with these numbers."""
        releases = _releases(values_folder())
        return cited_version(self.finding, self.study.identifier, self.version, releases)

    @cached_property
    def snippets(self) -> Snippets:
        """How to cite the finding."""
        site_url = load_identity().site_url
        return cite(self.finding, self.study.identifier, self.cited_version, site_url)

    @cached_property
    def chart(self) -> Chart | None:
        """The chart that shows the claim; None where a picture says nothing."""
        return finding_chart(self.study, self.finding, __version__)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The numbers as rows of a table."""
        return [
            {
                "label": number.label,
                "text": number.text,
                "kind": KINDS[number.kind],
                "key": number.key,
            }
            for number in self.finding.numbers
        ]

    @property
    def sources(self) -> list[dict[str, str | None]]:
        """Publications that the numbers rest on."""
        known = sources()
        return [
            {"title": known[key].title, "authors": known[key].authors, "url": known[key].url}
            for key in self.finding.sources
        ]

    @property
    def commit(self) -> str:
        """Commit that the site is built from; empty outside a repository."""
        return commit()

    @property
    def commit_url(self) -> str:
        """Address of the commit."""
        return f"{load_identity().repository_url}/commit/{commit()}"

    def tex(self, step: Step) -> str:
        """One step of the proof: formula, values in it, result."""
        if step.formula is None:
            return ""
        parts = [step.formula.tex]
        if step.formula.values_tex != step.formula.tex:
            parts.append(step.formula.values_tex)
        if step.result is not None:
            shown = step.result.text.replace("%", r"\%").replace("µ", r"$\mu$")
            parts.append(rf"\text{{{shown}}}")
        return " = ".join(parts)

    @property
    def badge_label(self) -> str:
        """What the badge says."""
        return badge_label(self.finding)

    def files(self) -> dict[str, bytes]:
        """Chart and data, by path under docs/."""
        drawn = {} if self.chart is None else files(self.chart, self.folder)
        return drawn | {f"{self.folder}/finding.json": self._json()}

    def _json(self) -> bytes:
        record = {
            "schema": SCHEMA,
            "study": self.study.identifier,
            "slug": self.finding.slug,
            "sources": list(self.finding.sources),
        } | finding_record(
            self.finding, self.study.identifier, site_version(), load_identity().site_url
        )
        return (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()
