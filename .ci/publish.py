"""Build the site and push it as one version to the branch that GitHub Pages serves.

The build is MkDocs', called here; mike keeps the versions apart on the branch. Its own command
would build with ProperDocs, which mkdocs-gen-files brings along, and not strictly.

`dev` follows main. A release, such as `1.2`, is published once and never built again; `latest` is
a copy of the newest one. The root of the branch has what serves all versions: the page that
forwards to the default one, the page for missing addresses, and the list of versions.
"""

import argparse
import gzip
import html
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from mike import commands, git_utils, mkdocs_utils
from mkdocs.utils.yaml import yaml_load

from gen.addresses import release as numbers
from gen.addresses.forward import forwarding_page
from gen.addresses.versions import LATEST, is_release, project_version, release_of
from roofline.citations.releases import release_order
from roofline.citations.site_address import DEVELOPMENT

CONFIG = "mkdocs.yml"
ATTEMPTS = 3
"""How often to push, where others push to the branch meanwhile."""


class PublishError(Exception):
    """Publishing cannot go on; the message says why and what to do."""


def read_config() -> dict[str, Any]:
    """Contents of the site's configuration."""
    with Path(CONFIG).open(encoding="utf-8") as file:
        config: dict[str, Any] = yaml_load(file)
    return config


def check_repository(config: dict[str, Any], actual: str) -> None:
    """Refuse to publish pages whose links lead to somebody else's repository."""
    stated = config.get("extra", {}).get("repository")
    if stated != actual:
        raise PublishError(
            f"{CONFIG}: extra.repository is {stated!r}, but this repository is {actual!r}.\n"
            f"Every address of the site follows from it: set it to {actual!r}, then push again."
        )


def version_of(asked: str) -> str:
    """The version to publish, for its name or for the tag of a release.

    Raises:
        PublishError: It is neither, or not the version that this commit has.
    """
    if asked == DEVELOPMENT:
        return asked
    stated = project_version()
    release = release_of(stated)
    if asked not in {release, f"v{stated}"} or not is_release(release):
        raise PublishError(
            f"cannot publish {asked!r}: pyproject.toml says {stated}, so this commit is "
            f"{DEVELOPMENT!r}, or the release {release!r} with the tag 'v{stated}'"
        )
    installed = installed_version("llm-roofline")
    if installed != stated:
        raise PublishError(
            f"the installed project is {installed}, and the pages would say so, but pyproject.toml "
            f"says {stated}; publish with make, which installs it anew"
        )
    return release


def check_release(release: str, published: list[str]) -> None:
    """Refuse a release that cannot be kept for ever, or that already is.

    Raises:
        PublishError: It is published, older than another, or not what is committed, or its
            numbers are not those that are kept.
    """
    if release in published:
        raise PublishError(
            f"{release} is published, and a published release never changes.\n"
            "Corrections come with the next one: raise the version's second number in "
            "pyproject.toml, and tag that."
        )
    newer = [
        version
        for version in published
        if is_release(version) and release_order(version) > release_order(release)
    ]
    if newer:
        raise PublishError(f"{release} is older than {newer[0]}, which is published")
    changed = subprocess.run(
        ["git", "status", "--porcelain"], check=True, capture_output=True, text=True
    ).stdout
    if changed:
        raise PublishError(f"a release is what is committed; first commit\n{changed.rstrip()}")
    if not Path("ledger", "values", f"{release}.json").exists():
        raise PublishError(
            f"the numbers of {release} are not kept: run make values, and commit what it adds"
        )
    said: list[str] = []
    if numbers.main(said.append):
        raise PublishError(said[0].removeprefix("error: "))


def build(version: str, destination: Path) -> None:
    """Build the site strictly, with the addresses of one version."""
    with mkdocs_utils.inject_plugin(CONFIG) as config_file:
        command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
        command += ["--config-file", config_file, "--site-dir", str(destination)]
        environment = {**os.environ, mkdocs_utils.docs_version_var: version}
        if subprocess.run(command, env=environment, check=False).returncode:
            raise PublishError("the strict build failed; nothing was published")


def fetch(remote: str, branch: str) -> None:
    """Make the local branch what is published, whatever an earlier failure left in it."""
    known = subprocess.run(
        ["git", "ls-remote", "--exit-code", "--heads", remote, branch],
        check=False,
        capture_output=True,
    )
    if known.returncode == 0:
        refs = f"+refs/heads/{branch}:refs/heads/{branch}"
        subprocess.run(["git", "fetch", "--quiet", remote, refs], check=True)
    elif known.returncode != 2:  # noqa: PLR2004  # git's word for "no such branch"
        raise PublishError(f"cannot reach {remote}: {known.stderr.decode().strip()}")


def published(branch: str) -> list[str]:
    """Names of the versions on the branch, the newest first."""
    return [str(version.version) for version in commands.list_versions(branch)]


def store(version: str, site: Path, branch: str) -> None:
    """Commit a built version to the branch, with all that follows from it."""
    revision = git_utils.get_latest_commit("HEAD", short=True)
    config = {"site_dir": str(site), "use_directory_urls": True}
    # Copies: GitHub Pages has refused or ignored symbolic links, and a forwarding page cannot
    # stand for a data file. Git keeps equal files once.
    options: dict[str, Any] = {"alias_type": commands.AliasType.copy, "update_aliases": True}
    if is_release(version):
        options["aliases"] = [LATEST]
    message = f"Publish {revision} as {version}"
    try:
        with commands.deploy(config, version, branch=branch, message=message, **options):
            pass
    except git_utils.GitEmptyCommit:
        print(f"{version} is already published as it is")
    try:
        with git_utils.Commit(branch, "Update what serves all versions") as commit:
            for path, content in common_files(branch).items():
                commit.add_file(git_utils.FileInfo(path, content))
    except git_utils.GitEmptyCommit:
        pass


def common_files(branch: str) -> dict[str, bytes]:
    """Files that follow from all versions on the branch, by path."""
    releases = [version for version in published(branch) if is_release(version)]
    default = LATEST if releases else DEVELOPMENT
    forward = forwarding_page(
        f"{default}/",
        title=f"version {releases[0]}" if releases else "the development version",
        canonical=f"{default}/",
        heading=html.escape(str(read_config()["site_name"])),
        lead="Continue to",
    )
    # GitHub Pages serves this one alone for a missing address, whatever the version.
    files = {
        "index.html": forward.encode(),
        "404.html": git_utils.read_file(branch, f"{default}/404.html"),
    }
    if releases:
        # By which addresses search engines should know the pages: see gen/addresses/versions.py.
        own = git_utils.read_file(branch, f"{releases[0]}/sitemap.xml").decode()
        sitemap = own.replace(f"/{releases[0]}/", f"/{LATEST}/").encode()
        files[f"{LATEST}/sitemap.xml"] = sitemap
        files[f"{LATEST}/sitemap.xml.gz"] = gzip.compress(sitemap, mtime=0)
    return files


def publish(asked: str, *, remote: str, branch: str) -> None:
    """Build one version, store it on the branch and push the branch."""
    if shutil.which("git") is None:
        raise PublishError("publishing needs git, and there is no git on the PATH")
    version = version_of(asked)
    fetch(remote, branch)
    if is_release(version):
        check_release(version, published(branch))
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        build(version, site)
        for attempt in range(1, ATTEMPTS + 1):
            fetch(remote, branch)
            store(version, site, branch)
            try:
                git_utils.push_branch(remote, branch)
            except git_utils.GitError:
                if attempt == ATTEMPTS:
                    raise
            else:
                break
    print(f"{version} is on the branch {branch} of {remote}")


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("version", help="`dev`, a release such as `1.2`, or its tag, `v1.2.0`")
    parser.add_argument("--remote", default="origin")
    parser.add_argument("--branch", default="gh-pages")
    options = parser.parse_args()
    try:
        if actual := os.environ.get("GITHUB_REPOSITORY"):
            check_repository(read_config(), actual)
        publish(options.version, remote=options.remote, branch=options.branch)
    except (PublishError, git_utils.GitError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
