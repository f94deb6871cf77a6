"""Keep the numbers of a release's findings in the ledger.

Run as ``python -m gen.addresses.release`` before the release is tagged; ``roofline verify`` then
tells readers of an older release in which one a number has changed.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from gen import REPOSITORY
from gen.addresses.versions import project_version, release_of
from gen.navigation import load_studies
from roofline.citations.releases import write_release
from roofline.errors import InputError
from roofline.findings import findings


def main(
    say: Callable[[str], object] = print, folder: Path = REPOSITORY / "ledger" / "values"
) -> int:
    """Keep the numbers of the release that the project's version names; return the status."""
    version = release_of(project_version())
    try:
        made = {study.identifier: findings(study) for study in load_studies()}
        path = write_release(version, made, folder)
    except InputError as error:
        say(f"error: {error}")
        return 1
    numbers = sum(len(finding.numbers) for study in made.values() for finding in study)
    say(f"{path.parent.name}/{path.name}: {numbers:,} numbers of release {version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
