"""Addresses that follow from the repository's name, which mkdocs.yml alone states."""

import os
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode

from roofline.errors import InputError, Problem, as_written
from roofline.files.text import read_text
from roofline.study.repository import settings_file
from roofline.version import DISTRIBUTION

DEVELOPMENT = "dev"
"""Name of the version that follows the branch ``main``."""
VERSION_VARIABLE = "MIKE_DOCS_VERSION"
"""Environment variable in which publishing names the version that it builds."""
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
"""What can stand in an address as a version."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_SITE = re.compile(r"https?://[^\s\"'<>()\[\]\\]{1,300}")


@dataclass(frozen=True, slots=True)
class Identity:
    """A repository on GitHub and its site, on GitHub Pages by default."""

    repository: str
    """Owner and name, such as ``owner/name``."""
    own_site_url: str | None = None
    """Address of the site where it is not the one on GitHub Pages."""
    own_repository_url: str | None = None
    """Address of the repository where it is not on GitHub."""

    def __post_init__(self) -> None:
        """Refuse what is no name of a repository, and what is no address.

        Raises:
            ValueError: The name is not of the form owner/name, or an address is none.
        """
        if not _NAME.fullmatch(self.repository):
            message = f'expected owner/name, got "{self.repository}"'
            raise ValueError(message)
        for address in (self.own_site_url, self.own_repository_url):
            if address is not None:
                checked_site_url(address)

    @property
    def site_url(self) -> str:
        """Address of the site, without a version, with a slash at its end."""
        if self.own_site_url is not None:
            return checked_site_url(self.own_site_url)
        owner, name = self.repository.split("/")
        host = f"{owner.lower()}.github.io"
        return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"

    @property
    def repository_url(self) -> str:
        """Address of the repository, without a slash at its end."""
        return (self.own_repository_url or f"https://github.com/{self.repository}").rstrip("/")


def checked_site_url(text: str) -> str:
    """Check the address of a site, and give it with one slash at its end.

    Raises:
        ValueError: It is no address that a link can hold as it is.
    """
    if not _SITE.fullmatch(text):
        raise ValueError(
            f"expected an address such as https://example.org/, got {as_written(text)}"
        )
    return text.rstrip("/") + "/"


def load_identity(path: Path | None = None) -> Identity:
    """Read the repository's name, and the addresses that do not follow from it.

    Only ``extra.repository``, ``site_url`` and ``repo_url`` are looked at; tags of MkDocs and
    of its plugins, which build objects, are passed over. Without a checkout the package's
    metadata names the repository.

    Args:
        path: MkDocs' settings; those of the checkout by default.

    Raises:
        InputError: The file cannot be read, or names no repository.
    """
    path = path or settings_file()
    if path is None:
        return _packaged_identity()
    return _identity(read_text(path, path.name), path.name)


def _packaged_identity() -> Identity:
    """Read the repository off the installed package's metadata."""
    try:
        lines = metadata(DISTRIBUTION).get_all("Project-URL") or []
    except PackageNotFoundError:
        lines = []
    links = dict(line.split(", ", 1) for line in lines)
    if "Repository" not in links:
        rule = f"expected the site's address, since no installed {DISTRIBUTION} says where it is"
        raise InputError.at("--site", rule)
    return Identity(links["Repository"].removeprefix("https://github.com/"))


@cache  # every finding asks, and reading YAML is slow
def _identity(text: str, origin: str) -> Identity:
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except (YAMLError, RecursionError) as error:
        raise InputError.at(origin, "not YAML that can be read") from error
    repository = _scalar(_child(_child(root, "extra"), "repository"))
    addresses = {key: _scalar(_child(root, key)) or None for key in ("site_url", "repo_url")}
    try:
        return Identity(repository or "", *addresses.values())
    except ValueError as error:
        wrong = [key for key, text in addresses.items() if text and not _SITE.fullmatch(text)]
        place = wrong[0] if _NAME.fullmatch(repository or "") else "extra.repository"
        raise InputError(origin, [Problem(place=place, rule=str(error))]) from error


def site_version() -> str:
    """Version that this build is published as; ``dev`` unless publishing says otherwise.

    Raises:
        InputError: No address can hold the version's name.
    """
    version = os.environ.get(VERSION_VARIABLE) or DEVELOPMENT
    if not VERSION.fullmatch(version):
        rule = f"expected dev, or a release such as 1.2, got {as_written(version)}"
        raise InputError.at(VERSION_VARIABLE, rule)
    return version


def _child(node: Node | None, key: str) -> Node | None:
    """Value of a key of a mapping; None where there is no such thing."""
    pairs = node.value if isinstance(node, MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _scalar(node: Node | None) -> str | None:
    """Text of a plain value; None for nothing, and for a tagged one, which only MkDocs builds."""
    if not isinstance(node, ScalarNode) or str(node.tag).startswith("!"):
        return None
    return None if str(node.tag).endswith(":null") else str(node.value)
