"""Short paths: many marks of straight strokes as one, and lines from point to point."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

_STROKES: Final = re.compile(r"(?:M -?[\d.]+ -?[\d.]+ L -?[\d.]+ -?[\d.]+ ?)+")
_NUMBER: Final = re.compile(r"-?[\d.]+")
_LINES: Final = re.compile(r"(?:[ML] -?[\d.]+ -?[\d.]+ ?|z ?)+")
_STEP: Final = re.compile(r"([MLz])(?: (-?[\d.]+) (-?[\d.]+))?")


def joined(mark: str, places: Sequence[tuple[float, float]]) -> str | None:
    """Write a path that draws a mark at every place, to a tenth of a point.

    Args:
        mark: Path of one mark, around the origin.
        places: Where to.

    Returns:
        The path; None where the mark is not made of separate straight strokes alone.
    """
    if not _STROKES.fullmatch(mark):
        return None
    numbers = [round(10 * float(number)) for number in _NUMBER.findall(mark)]
    corners = list(zip(numbers[::2], numbers[1::2], strict=True))
    steps = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(corners)]
    rest = "".join(("m" if place % 2 else "l") + _pair(*step) for place, step in enumerate(steps))
    # The pen, in tenths: where the mark before ended.
    pen = (0, 0)
    path = []
    for x, y in places:
        start = (round(10 * x) + corners[0][0], round(10 * y) + corners[0][1])
        path.append(f"m{_pair(start[0] - pen[0], start[1] - pen[1])}{rest}")
        pen = (
            start[0] + corners[-1][0] - corners[0][0],
            start[1] + corners[-1][1] - corners[0][1],
        )
    return "".join(path)


def shortened(path: str) -> str:
    """Write a path of straight lines as steps, to a tenth of a point.

    Neighbouring points lie close, so steps have fewer digits than places, and repeat.

    Args:
        path: Any path; one with curves stays as it is.
    """
    if not path.startswith("M") or not _LINES.fullmatch(path):
        return path
    # The pen, in tenths, as rounding adds up to nothing there; and where its line began.
    pen = start = (0, 0)
    steps: list[str] = []
    before = ""
    for command, x, y in _STEP.findall(path):
        if command == "z":
            pen = start
            steps.append("z")
        else:
            place = (round(10 * float(x)), round(10 * float(y)))
            pair = _pair(place[0] - pen[0], place[1] - pen[1])
            pen = place
            if command == "M":
                start = place
                steps.append(f"m{pair}")
            elif before == "z":
                steps.append(f"l{pair}")
            else:  # after a point, another pair is another line
                steps.append(pair if pair.startswith("-") else f" {pair}")
        before = command
    return "".join(steps)


def _pair(x: int, y: int) -> str:
    """Write two numbers, given in tenths, in as few characters as a path allows."""
    first, second = _tenths(x), _tenths(y)
    return f"{first}{second}" if second.startswith("-") else f"{first} {second}"


def _tenths(value: int) -> str:
    whole, tenth = divmod(abs(value), 10)
    text = f"{whole or ''}.{tenth}" if tenth else str(whole)
    return f"-{text}" if value < 0 else text
