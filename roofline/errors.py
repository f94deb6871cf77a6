"""One clear error for bad input: every problem at once, each with its place.

An `InputError` names the file, and for each problem the place in the file,
the rule, the value found, what is allowed and the nearest match. Its message is short and fit
for a terminal, whatever the input holds.
"""

import datetime as dt
import difflib
import math
import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

_REPR = reprlib.Repr()
_REPR.maxstring = 60
_REPR.maxother = 60
_MOST_PROBLEMS_SHOWN = 20
_MOST_OF_AN_ORIGIN = 500
_MOST_OF_A_PLACE = 300
_MOST_OF_A_RULE = 700
_MOST_OF_A_MESSAGE = 4_000
_MOST_CHOICES_SHOWN = 12
_LARGEST_SHOWN = 10**40
_SHORTEST_START = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One broken rule."""

    place: str
    """Path inside the file, such as ``batches[2]``; empty for the whole file."""
    rule: str
    """What is wrong, with the value found and what is allowed."""
    line: int | None = None
    """Line in the file, counted from 1, where it is known."""

    def __str__(self) -> str:
        """Place, line and rule in one line."""
        place, rule = (
            printable(self.place, _MOST_OF_A_PLACE),
            printable(self.rule, _MOST_OF_A_RULE),
        )
        if self.line is not None:
            place = f"{place} (line {self.line})" if place else f"line {self.line}"
        return f"{place}: {rule}" if place else rule


class InputError(Exception):
    """Input that breaks rules, with all of its problems.

    Attributes:
        origin: The file, or the option of the command line.
        problems: Every rule that is broken, in the order of the file.
    """

    def __init__(self, origin: str, problems: Iterable[Problem]) -> None:
        """Collect the problems of one origin."""
        self.origin = origin
        self.problems = tuple(problems)
        # The arguments of the constructor, so that the error survives pickling.
        super().__init__(origin, self.problems)

    @classmethod
    def at(cls, origin: str, rule: str, line: int | None = None) -> Self:
        """Make an error of one problem, of the whole origin or of one of its lines."""
        return cls(origin, [Problem(place="", rule=rule, line=line)])

    @classmethod
    def failed(cls, origin: str, what: str, error: Exception) -> Self:
        """Make an error of something that the system refused, with its reason.

        Args:
            origin: The file.
            what: What failed, such as ``cannot be read``.
            error: What the system said.
        """
        return cls.at(origin, f"{what}: {getattr(error, 'strerror', None) or error}")

    @classmethod
    def lacking(cls, origin: str, package: str, extra: str) -> Self:
        """Make an error of an optional package that is not installed.

        Args:
            origin: What needs it, such as an option of the command line.
            package: Its name, as people know it.
            extra: Extra of this package that installs it.
        """
        hint = f'pip install "llm-roofline[{extra}]"'
        return cls.at(origin, f"{package} is not installed; install the extra: {hint}")

    def __str__(self) -> str:
        """Give the whole message: one line for one problem, a list for several."""
        origin = printable(self.origin, _MOST_OF_AN_ORIGIN)
        if len(self.problems) == 1:
            return f"{origin}: {self.problems[0]}"
        shown = [f"  {problem}" for problem in self.problems[:_MOST_PROBLEMS_SHOWN]]
        while sum(map(len, shown)) > _MOST_OF_A_MESSAGE:
            shown.pop()
        hidden = len(self.problems) - len(shown)
        more = [f"  and {hidden} more"] if hidden else []
        return "\n".join([f"{origin}: {len(self.problems)} problems", *shown, *more])


def join_errors(origin: str, errors: Sequence[InputError]) -> InputError:
    """Make one error of several, at least one; each problem then names its file.

    Args:
        origin: What the files have in common, such as their folder.
        errors: One for each file.
    """
    if len(errors) == 1:
        return errors[0]
    return InputError(
        origin,
        (
            Problem(
                place=f"{error.origin}: {problem.place}".rstrip(": "),
                rule=problem.rule,
                line=problem.line,
            )
            for error in errors
            for problem in error.problems
        ),
    )


def printable(text: str, most: int) -> str:
    """Write text in one short line: controls of any kind as escapes, a long one cut inside.

    Args:
        text: Text as it was found, which could move a terminal's cursor or turn its direction.
        most: Characters that are shown.
    """
    if not text.isprintable():
        text = "".join(
            character
            if character.isprintable()
            else character.encode("unicode_escape").decode("ascii")
            for character in text
        )
    if len(text) <= most:
        return text
    return f"{text[: most // 2]} … {text[-(most // 2) :]}"


def as_written(value: object) -> str:  # noqa: PLR0911  # one for each kind of value
    """Represent a value as its file would, in a short text, however large or deep it is."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + _REPR.repr(value)[1:-1] + '"'
        case float() if not math.isfinite(value):
            return "not a number" if math.isnan(value) else f"{'-' * (value < 0)}infinity"
        case int() if abs(value) >= _LARGEST_SHOWN:
            return f"an integer of {value.bit_length()} bits"
        case float():
            return repr(value).removesuffix(".0")
        case dt.date():
            return f"the date {value.isoformat()}"
        case dict():
            return "a mapping" if value else "an empty mapping"
        case list() | tuple():
            return "a list" if value else "an empty list"
    return _REPR.repr(value)


def join_choices(choices: Sequence[object], conjunction: str = "or") -> str:
    """Join choices to ``a, b or c``; long lists are cut and say by how many."""
    texts = [str(choice) for choice in choices]
    if not texts:
        return "nothing"
    if len(texts) == 1:
        return texts[0]
    if len(texts) > _MOST_CHOICES_SHOWN:
        hidden = len(texts) - _MOST_CHOICES_SHOWN
        return ", ".join(texts[:_MOST_CHOICES_SHOWN]) + f" and {hidden} more"
    return ", ".join(texts[:-1]) + f" {conjunction} {texts[-1]}"


def unknown(what: str, name: object, known: Sequence[str]) -> str:
    """Rule text for a name that is not among the known ones, with the nearest."""
    text = f"unknown {what} {as_written(name)}"
    choices = join_choices(known, "and")
    lowered = {option.lower(): option for option in known}
    sought = str(name)[: _REPR.maxstring].lower()
    near = [
        option for option in lowered if len(sought) >= _SHORTEST_START and option.startswith(sought)
    ]
    near += difflib.get_close_matches(sought, lowered, n=1, cutoff=0.5)
    if near:
        return f'{text}; did you mean "{lowered[near[0]]}"? Known: {choices}'
    return f"{text}; known: {choices}"
