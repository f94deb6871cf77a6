"""What the pages of one published version know about it and about the others.

On the published branch each version is a folder: ``dev`` follows main, ``1.2`` is a release for
ever, and ``latest`` is a copy of the newest release. A site that is built without a version, as a
preview is, has no others beside it.
"""

import tomllib
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from gen import REPOSITORY
from roofline.citations.releases import RELEASE
from roofline.citations.site_address import DEVELOPMENT

LATEST = "latest"


def is_release(version: str) -> bool:
    """Whether a version is a release, such as ``1.2``."""
    return RELEASE.fullmatch(version) is not None


def project_version() -> str:
    """The project's version, such as ``1.2.0``: the one place that states it."""
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def release_of(version: str) -> str:
    """The release that a version of the project belongs to: ``1.2`` for ``1.2.3``."""
    return ".".join(version.split(".")[:2])


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """One published version."""

    name: str
    site_url: str
    """Address of this version, with a slash at the end."""

    @property
    def canonical_url(self) -> str:
        """Where search engines find this version's pages.

        A release's pages name the same page of the latest release: otherwise every release would
        compete with all others for one search. That address is there, since an address which has
        been published never dies. What a reader cites is another address, that of the release:
        it stands in the page and in its link previews. Pages of ``dev`` name themselves, for no
        release may have them yet.
        """
        return urljoin(self.site_url, f"../{LATEST}/") if is_release(self.name) else self.site_url

    @property
    def settings(self) -> dict[str, Any]:
        """Settings of ``extra:`` that the theme and its overrides read."""
        # What has none of these names or aliases is shown with a banner. Anchored: the theme
        # searches for them.
        current = [f"^{LATEST}$", f"^{DEVELOPMENT}$"]
        return {
            "version": {"provider": "mike", "alias": True, "default": current},
            "release": self.name if is_release(self.name) else None,
            "canonical_url": self.canonical_url,
        }
