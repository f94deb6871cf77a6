"""Addresses follow from the repository's name."""

import pytest

from roofline.identity import Identity


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
