"""Build the site and push it as one version to the branch that GitHub Pages serves.

The build is MkDocs', called here; mike keeps the versions apart on the branch. Its own command
would build with ProperDocs, which mkdocs-gen-files brings along, and not strictly.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from mike import commands, git_utils, mkdocs_utils
from mkdocs.utils.yaml import yaml_load

CONFIG = "mkdocs.yml"


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


def build(version: str, destination: Path) -> None:
    """Build the site strictly, with the addresses of one version."""
    with mkdocs_utils.inject_plugin(CONFIG) as config_file:
        command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
        command += ["--config-file", config_file, "--site-dir", str(destination)]
        environment = {**os.environ, mkdocs_utils.docs_version_var: version}
        if subprocess.run(command, env=environment, check=False).returncode:
            raise PublishError("the strict build failed; nothing was published")


def fetch(remote: str, branch: str) -> None:
    """Bring the local branch up to what is published."""
    known = subprocess.run(
        ["git", "ls-remote", "--exit-code", "--heads", remote, branch],
        check=False,
        capture_output=True,
    )
    if known.returncode == 0:
        tracking = f"+refs/heads/{branch}:refs/remotes/{remote}/{branch}"
        subprocess.run(["git", "fetch", "--quiet", remote, tracking], check=True)
        git_utils.update_from_upstream(remote, branch)
    elif known.returncode != 2:  # noqa: PLR2004  # git's word for "no such branch"
        raise PublishError(f"cannot reach {remote}: {known.stderr.decode().strip()}")


def add_missing_page(page: Path, branch: str) -> None:
    """Put a version's page for missing addresses at the root: Pages serves no other one."""
    try:
        with git_utils.Commit(branch, "Update the page for missing addresses") as commit:
            commit.add_file(git_utils.FileInfo("404.html", page.read_bytes()))
    except git_utils.GitEmptyCommit:
        pass


def has_default(branch: str) -> bool:
    """Whether the unversioned address already leads to a version."""
    try:
        git_utils.file_mode(branch, "index.html")
    except git_utils.GitError:
        return False
    return True


def publish(version: str, *, remote: str, branch: str) -> None:
    """Build one version, store it on the branch and push the branch."""
    with tempfile.TemporaryDirectory() as folder:
        destination = Path(folder) / "site"
        build(version, destination)
        fetch(remote, branch)
        revision = git_utils.get_latest_commit("HEAD", short=True)
        config = {"site_dir": str(destination), "use_directory_urls": True}
        message = f"Publish {revision} as {version}"
        try:
            with commands.deploy(config, version, branch=branch, message=message):
                pass
        except git_utils.GitEmptyCommit:
            print(f"{version} is already published as it is")
        add_missing_page(destination / "404.html", branch)
    if not has_default(branch):
        print(f"The unversioned address now leads to {version}")
        commands.set_default(version, branch=branch, message=f"Make {version} the default")
    git_utils.push_branch(remote, branch)
    print(f"{version} is on the branch {branch} of {remote}")


def main() -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("version", help="`dev`, or the number of a release")
    parser.add_argument("--remote", default="origin")
    parser.add_argument("--branch", default="gh-pages")
    options = parser.parse_args()
    try:
        if actual := os.environ.get("GITHUB_REPOSITORY"):
            check_repository(read_config(), actual)
        publish(options.version, remote=options.remote, branch=options.branch)
    except (PublishError, git_utils.GitError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
