"""What all rows of a fit have in common: one protocol, and one library.

Times of two protocols, or of two versions of a library, are times of different things. A file
says what it holds, in a column or in the file of its conditions; what it does not say, whoever
reads it must.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from roofline.errors import InputError, Problem, as_written, join_choices
from roofline.measurements.conditions import read_conditions, side_path
from roofline.measurements.products import PROTOCOLS, Measurements, Protocol


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Agreed:
    """Rows of one protocol and one library."""

    rows: Measurements
    protocol: Protocol
    library: str


def agree(
    rows: Measurements, path: Path, protocol: Protocol | None = None, library: str | None = None
) -> Agreed:
    """Find the protocol and the library that all rows have, or choose the rows of those wanted.

    Args:
        rows: Of one file.
        path: The file; what rows do not say, ``PATH.json`` may.
        protocol: What to choose, or what the rows are that name none.
        library: Likewise.

    Raises:
        InputError: The file says neither, or mixes several and none was chosen, or says another.
    """
    side = side_path(path)
    conditions = read_conditions(side) if side.exists() else None
    beside_protocol = "" if conditions is None else conditions.protocol
    beside_library = (
        ""
        if conditions is None
        else ", ".join(f"{name} {version}" for name, version in conditions.libraries.items())
    )
    protocols = [name or beside_protocol or protocol or "" for name in rows.protocol]
    libraries = [name or beside_library or library or "" for name in rows.library]
    problems = []
    for what, named, wanted, among in (
        ("protocol", protocols, protocol, f", {join_choices(PROTOCOLS)}"),
        ("library", libraries, library, " and its version"),
    ):
        rule = _fault(what, named, wanted, among, side.name)
        if rule:
            problems.append(Problem(place=what, rule=rule))
    if problems:
        raise InputError(str(path), problems)
    chosen_protocol, chosen_library = protocol or protocols[0], library or libraries[0]
    chosen = (np.array(protocols) == chosen_protocol) & (np.array(libraries) == chosen_library)
    if not chosen.any():
        rule = (
            f"no row is of {as_written(chosen_protocol)} and {as_written(chosen_library)} at once"
        )
        raise InputError.at(str(path), rule)
    kept = rows.where(chosen)
    if chosen_protocol == "stream":
        kept = replace(kept, flushed=np.zeros(len(kept), dtype=bool))
    return Agreed(rows=kept, protocol=_protocol(chosen_protocol), library=chosen_library)


def _fault(what: str, named: Sequence[str], wanted: str | None, among: str, side: str) -> str:
    """What is wrong with what rows name; empty where nothing is."""
    option, distinct = f"--{what}", [*dict.fromkeys(named)]
    if "" in distinct:
        return (
            f'expected a column "{what}", a file {side} that says it, or {option} with the '
            f"{what}{among}; {named.count('')} of {len(named)} rows name none"
        )
    if wanted is not None and wanted not in distinct:
        return f"{option} is {as_written(wanted)}, but the rows are {_counted(named, distinct)}"
    if wanted is None and len(distinct) > 1:
        return (
            f"one fit takes one {what}, but the rows are {_counted(named, distinct)}; "
            f"{option} chooses among them"
        )
    return ""


def _counted(named: Sequence[str], distinct: Sequence[str]) -> str:
    return join_choices([f"{as_written(name)} ({named.count(name)})" for name in distinct], "and")


def _protocol(name: str) -> Protocol:
    for protocol in PROTOCOLS:
        if protocol == name:
            return protocol
    raise AssertionError(name)  # the reader has checked it
