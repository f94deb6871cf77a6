"""Addresses that follow from the repository's name, which mkdocs.yml alone states."""

import re
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Identity:
    """A repository on GitHub and its site on GitHub Pages."""

    repository: str
    """Owner and name, such as ``owner/name``."""

    def __post_init__(self) -> None:
        """Refuse what is no name of a repository.

        Raises:
            ValueError: The name is not of the form owner/name.
        """
        if not _NAME.fullmatch(self.repository):
            message = f'expected owner/name, got "{self.repository}"'
            raise ValueError(message)

    @property
    def site_url(self) -> str:
        """Address of the site, without a version."""
        owner, name = self.repository.split("/")
        host = f"{owner.lower()}.github.io"
        return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"

    @property
    def repository_url(self) -> str:
        """Address of the repository."""
        return f"https://github.com/{self.repository}"
