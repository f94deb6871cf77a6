"""Rows that are kept as soon as they are measured, one line each, beside the output."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self, TypeVar

from pydantic import BaseModel, ValidationError

from roofline.errors import InputError, Problem, as_written, join_choices
from roofline.measurements.bench.rows import Ceilings, MeasuredRow

SCHEMA = "roofline.bench-journal/1"
MOST_BYTES = 50_000_000
"""Largest journal that is read; no study has so many products [byte]."""

M = TypeVar("M", bound=BaseModel)


class Journal:
    """What one measurement has found so far; every line is on disk before the next begins.

    The first line says what is measured, and when that began. Others hold the ceilings, or
    one row. A damaged last line, as an interruption leaves it, is dropped.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.started = ""
        """When the first run began, in UTC."""
        self.subject: dict[str, str] = {}
        """What is measured: study, device, backend and the like, by name."""
        self.ceilings: Ceilings | None = None
        self.rows: list[MeasuredRow] = []
        self._file: IO[bytes] | None = None

    @classmethod
    def resume(cls, path: Path, subject: Mapping[str, str], started: str) -> Self:
        """Go on with a journal, or begin one where there is none.

        Args:
            path: The journal.
            subject: What is measured.
            started: Time at which a new journal begins, in UTC.

        Raises:
            InputError: It cannot be read or written, is damaged other than in its last line,
                or is of another subject; with every difference.
        """
        journal = cls(path)
        good = journal._read() if path.exists() else 0
        if good:
            journal._check(subject)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            journal._file = path.open("ab")
            journal._file.truncate(good)
        except (OSError, ValueError) as error:
            raise InputError.failed(str(path), "cannot be written", error) from error
        if not good:
            journal.subject, journal.started = dict(subject), started
            journal._append(
                "header", {"schema": SCHEMA, "started": started, "subject": journal.subject}
            )
        return journal

    def keep_ceilings(self, ceilings: Ceilings) -> None:
        """Keep the device's ceilings."""
        self._append("ceilings", ceilings.model_dump())
        self.ceilings = ceilings

    def keep(self, row: MeasuredRow) -> None:
        """Keep a row."""
        self._append("measured", row.model_dump())
        self.rows.append(row)

    def close(self) -> None:
        """Close the file; the journal stays."""
        if self._file is not None:
            self._file.close()

    def remove(self) -> None:
        """Close the file and remove it: its rows are elsewhere now."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _append(self, kind: str, content: Mapping[str, Any]) -> None:
        if self._file is None:
            message = "the journal is not open"
            raise ValueError(message)
        line = json.dumps({kind: content}, allow_nan=False)
        try:
            self._file.write(line.encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise InputError.failed(str(self.path), "cannot be written", error) from error

    def _read(self) -> int:
        """Read what is there, and give how many bytes of it are good."""
        try:
            with self.path.open("rb") as file:
                raw = file.read(MOST_BYTES + 1)
        except (OSError, ValueError) as error:
            raise InputError.failed(str(self.path), "cannot be read", error) from error
        if len(raw) > MOST_BYTES:
            rule = f"expected at most {MOST_BYTES:,} bytes, got more"
            raise InputError.at(str(self.path), rule)
        lines = raw.splitlines(keepends=True)
        good = 0
        for number, line in enumerate(lines, 1):
            try:
                if not line.endswith(b"\n"):
                    raise ValueError  # noqa: TRY301  # as damaged as one that is no JSON
                self._take(json.loads(line), first=number == 1)
            except (ValueError, TypeError, RecursionError) as error:
                if number == len(lines):
                    break
                rule = "damaged; --no-resume measures everything again"
                raise InputError.at(str(self.path), rule, number) from error
            good += len(line)
        return good

    def _take(self, record: Any, *, first: bool) -> None:
        """Take one line in.

        Raises:
            ValueError: It is no line of a journal, or not in its place.
        """
        match record:
            case {"header": {"schema": str(schema), "started": str(), "subject": dict()}} if first:
                if schema != SCHEMA:
                    rule = f'expected a journal of schema "{SCHEMA}", got {as_written(schema)}'
                    raise InputError.at(str(self.path), rule)
                self.started = record["header"]["started"]
                self.subject = {
                    name: str(value) for name, value in record["header"]["subject"].items()
                }
            case {"ceilings": content} if not first:
                self.ceilings = _validate(Ceilings, content)
            case {"measured": content} if not first:
                self.rows.append(_validate(MeasuredRow, content))
            case _:
                raise ValueError

    def _check(self, subject: Mapping[str, str]) -> None:
        names = dict.fromkeys((*self.subject, *subject))
        problems = [
            Problem(
                place=name,
                rule=(
                    f"the rows kept so far are of {as_written(self.subject.get(name))}, "
                    f"this run is of {as_written(subject.get(name))}"
                ),
            )
            for name in names
            if self.subject.get(name) != subject.get(name)
        ]
        if problems:
            different = join_choices([problem.place for problem in problems], "and")
            hint = f"different {different}: name another --output, or measure with --no-resume"
            raise InputError(str(self.path), [*problems, Problem(place="", rule=hint)])


def _validate(model: type[M], content: object) -> M:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ValueError(model.__name__) from error
