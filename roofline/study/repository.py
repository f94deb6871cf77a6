"""Where a checkout and its studies lie."""

from pathlib import Path

from roofline.errors import InputError, Problem

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDER = REPOSITORY / "docs" / "studies"
FLAGSHIP = "llama-33b-a100-80gb-pcie"


def study_identifiers() -> tuple[str, ...]:
    """Names of all studies of the repository, the flagship first."""
    names = sorted(path.stem for path in FOLDER.glob("*.yml"))
    return tuple(sorted(names, key=lambda name: name != FLAGSHIP))


def refuse_leaving(path: Path, origin: str) -> None:
    """Refuse a path in the repository that leads out of it, by a link or by dots."""
    written = Path.cwd() / path
    if not written.is_relative_to(REPOSITORY):
        return
    try:
        target = written.resolve()
    except (OSError, RuntimeError, ValueError):  # a circle of links, a null character
        return  # reading it says what is wrong
    if not target.is_relative_to(REPOSITORY):
        rule = "expected a file inside the repository, but the path leads out of it"
        raise InputError(origin, [Problem(place="", rule=rule)])
