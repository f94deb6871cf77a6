"""Where studies lie: examples inside the package, and those of a checkout.

Nothing else asks where a checkout is, so that an installed package works without one.
"""

from collections import defaultdict
from pathlib import Path

from roofline.errors import InputError, Problem, join_choices

FLAGSHIP = "llama-33b-a100-80gb-pcie"
EXAMPLES = Path(__file__).resolve().parent / "examples"
"""Studies that come with the package."""
STUDY_ENDINGS = (".yml", ".yaml")
"""What the name of a study's file ends in."""


def _checkout() -> Path | None:
    """The checkout that this package is part of; None where it is installed elsewhere."""
    above = Path(__file__).resolve().parent.parent.parent
    # Somebody else's site can lie around an installed package, but no generator of ours.
    signs = (above / "mkdocs.yml", above / "gen" / "hooks.py")
    return above if all(sign.is_file() for sign in signs) else None


REPOSITORY = _checkout()


def study_folders() -> tuple[Path, ...]:
    """Folders with studies: the package's examples, and the site's where there is a checkout."""
    return (EXAMPLES, *(() if REPOSITORY is None else (REPOSITORY / "docs" / "studies",)))


def ledger_folder() -> Path | None:
    """Folder of published addresses and of the numbers of releases; None without a checkout."""
    return None if REPOSITORY is None else REPOSITORY / "ledger"


def settings_file() -> Path | None:
    """MkDocs' settings, which state the repository's name; None without a checkout."""
    return None if REPOSITORY is None else REPOSITORY / "mkdocs.yml"


def study_paths() -> dict[str, Path]:
    """Study files by the name of the study, the flagship first.

    A study of the checkout takes the place of an example of the same name. Folders inside a
    folder of studies only sort them.

    Raises:
        InputError: Two files of one folder, or of folders in it, give a study the same name.
    """
    paths = {name: path for folder in study_folders() for name, path in _studies_in(folder).items()}
    return dict(sorted(paths.items(), key=lambda item: (item[0] != FLAGSHIP, item[0])))


def _studies_in(folder: Path) -> dict[str, Path]:
    files = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in STUDY_ENDINGS:
            files[path.stem].append(path)
    problems = [
        Problem(
            place=name,
            rule="expected one file of each name, since the name is the study's address, got "
            + join_choices([path_name(path) for path in paths], "and"),
        )
        for name, paths in files.items()
        if len(paths) > 1
    ]
    if problems:
        raise InputError(path_name(folder), problems)
    return {name: paths[0] for name, paths in files.items()}


def study_identifiers() -> tuple[str, ...]:
    """Names of all studies, the flagship first."""
    return tuple(study_paths())


def path_name(path: Path) -> str:
    """Name a file in messages: from the checkout, or from the package, down."""
    tops = (REPOSITORY, EXAMPLES.parent.parent.parent)
    return next(
        (path.relative_to(top).as_posix() for top in tops if top and path.is_relative_to(top)),
        str(path),
    )


def refuse_leaving(path: Path, origin: str) -> None:
    """Refuse a path in the checkout that leads out of it, by a link or by dots.

    This is for what is found in the checkout or named in its files. A path that the caller
    gives is the caller's.

    Raises:
        InputError: It does.
    """
    written = Path.cwd() / path
    if REPOSITORY is None or not written.is_relative_to(REPOSITORY):
        return
    try:
        target = written.resolve()
    except (OSError, RuntimeError, ValueError):  # a circle of links, a null character
        return  # reading it says what is wrong
    if not target.is_relative_to(REPOSITORY):
        rule = "expected a file inside the repository, but the path leads out of it"
        raise InputError.at(origin, rule)
