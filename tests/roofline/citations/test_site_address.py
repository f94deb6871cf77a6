"""Addresses follow from the repository's name."""

import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from builds import REPOSITORY
from roofline.citations.site_address import VERSION_VARIABLE, Identity, load_identity, site_version
from roofline.errors import InputError


@pytest.mark.parametrize(
    ("repository", "site"),
    [
        ("owner/name", "https://owner.github.io/name/"),
        # Hosts have no capitals, paths do.
        ("Owner/Name.x_y", "https://owner.github.io/Name.x_y/"),
        ("owner/owner.github.io", "https://owner.github.io/"),
        ("Owner/owner.GitHub.io", "https://owner.github.io/"),
    ],
)
def test_the_site_is_at_github_pages(repository: str, site: str) -> None:
    """Under the owner's host, or at its root for a repository of that name."""
    identity = Identity(repository)
    assert identity.site_url == site
    assert identity.repository_url == f"https://github.com/{repository}"


@pytest.mark.parametrize(
    "name",
    ["", "name", "owner/", "/name", "a/b/c", "-a/b", "a b/c", "a/b?", "https://a/b", "a/b\n"],
)
def test_what_is_no_name_of_a_repository_is_refused(name: str) -> None:
    """With what was found."""
    with pytest.raises(ValueError, match="expected owner/name, got"):
        Identity(name)


@pytest.mark.parametrize(
    ("own", "site"),
    [
        ("https://docs.example.org", "https://docs.example.org/"),
        ("https://docs.example.org/a/", "https://docs.example.org/a/"),
    ],
)
def test_a_site_may_have_an_address_of_its_own(own: str, site: str) -> None:
    """With one slash at its end."""
    assert Identity("owner/name", own).site_url == site


def test_a_repository_may_have_an_address_of_its_own() -> None:
    """Without a slash at its end, since paths are added to it."""
    identity = Identity("owner/name", own_repository_url="https://git.example.org/a/b/")
    assert identity.repository_url == "https://git.example.org/a/b"
    assert identity.site_url == "https://owner.github.io/name/"


@pytest.mark.parametrize("key", ["own_site_url", "own_repository_url"])
@pytest.mark.parametrize("own", ["docs.example.org", "https://", "https://a b/", 'https://a/"b'])
def test_what_is_no_address_is_refused(own: str, key: str) -> None:
    """With an example of one."""
    with pytest.raises(ValueError, match=r"expected an address such as https://example\.org/"):
        Identity("owner/name", **{key: own})


@pytest.mark.parametrize(
    ("settings", "site"),
    [
        ("extra: {repository: owner/name}", "https://owner.github.io/name/"),
        ("extra: {repository: owner/name}\nsite_url: https://a.org/b", "https://a.org/b/"),
        ("extra: {repository: owner/name}\nsite_url:", "https://owner.github.io/name/"),
        ("extra: {repository: owner/name}\nsite_url: ~", "https://owner.github.io/name/"),
        # Tags that only MkDocs and its plugins know.
        (
            (
                "site_url: !ENV SITE\nplugins: [a: !!python/name:os.system ]\n"
                "x:\n  - !relative\nextra: {repository: owner/name}"
            ),
            "https://owner.github.io/name/",
        ),
    ],
)
def test_the_identity_is_read_from_the_settings(tmp_path: Path, settings: str, site: str) -> None:
    """Whatever else they hold; nothing of it is built or run."""
    path = tmp_path / "mkdocs.yml"
    path.write_text(settings, encoding="utf-8")
    assert load_identity(path).site_url == site


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("", 'extra.repository: expected owner/name, got ""'),
        ("[1]", 'extra.repository: expected owner/name, got ""'),
        ("extra: {repository: [1]}", 'extra.repository: expected owner/name, got ""'),
        ("extra: {repository: name}", 'extra.repository: expected owner/name, got "name"'),
        ("extra: {repository: a/b}\nsite_url: x", "site_url: expected an address"),
        ("extra: [", "not YAML that can be read"),
        ("a: *b", "not YAML that can be read"),
    ],
)
def test_settings_without_an_identity_are_refused(
    tmp_path: Path, settings: str, words: str
) -> None:
    """With the file and the key."""
    path = tmp_path / "mkdocs.yml"
    path.write_text(settings, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_identity(path)
    assert str(caught.value).startswith("mkdocs.yml: ")
    assert words in str(caught.value)
    with pytest.raises(InputError, match="cannot be read"):
        load_identity(tmp_path / "missing.yml")


def test_the_package_and_the_site_name_one_repository() -> None:
    """The package's metadata are what counts where there is no checkout."""
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    stated = tomllib.loads(text)["project"]["urls"]["Repository"]
    assert stated == load_identity(REPOSITORY / "mkdocs.yml").repository_url, (
        "set project.urls.Repository in pyproject.toml to the repository of mkdocs.yml"
    )


def test_without_a_checkout_the_package_names_the_repository(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A package that is not installed has no metadata, and says what to do."""
    settings = load_identity()
    monkeypatch.setattr("roofline.study.repository.REPOSITORY", None)
    assert load_identity() == settings

    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("roofline.citations.site_address.metadata", missing)
    with pytest.raises(InputError, match="since no installed llm-roofline says where it is"):
        load_identity()


def test_the_version_is_the_one_that_publishing_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or dev; what no address can hold is refused."""
    monkeypatch.delenv(VERSION_VARIABLE, raising=False)
    assert site_version() == "dev"
    monkeypatch.setenv(VERSION_VARIABLE, "1.2")
    assert site_version() == "1.2"
    for bad in ("a/b", "a b", "../a", "a" * 41):
        monkeypatch.setenv(VERSION_VARIABLE, bad)
        with pytest.raises(InputError, match=VERSION_VARIABLE):
            site_version()
