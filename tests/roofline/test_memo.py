"""Answers that are worked out once for each object."""

import dataclasses
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from roofline.memo import memoised


@dataclass(frozen=True, eq=False)
class Subject:
    """Counts how often its answers are worked out."""

    size: int = 2
    worked_out: list[str] = field(default_factory=list)

    @memoised
    def times(self, factor: float, *, plus: float = 0.0) -> float:
        """Its size, multiplied."""
        self.worked_out.append("times")
        return self.size * factor + plus

    @memoised
    def named(self, sizes: Mapping[str, int] | None = None, **names: str) -> str:
        """All that it is given."""
        self.worked_out.append("named")
        return f"{sizes} {names}"


@memoised
def twice(subject: Subject) -> int:
    """A function about a subject, which is not its method."""
    subject.worked_out.append("twice")
    return 2 * subject.size


def test_an_answer_is_worked_out_once_however_it_is_asked_for() -> None:
    subject = Subject()
    answers = {subject.times(3), subject.times(3.0), subject.times(factor=3, plus=0)}
    assert answers == {6}
    assert subject.worked_out == ["times"]
    assert twice(subject) == twice(subject=subject) == 4
    assert subject.worked_out == ["times", "twice"]


def test_other_arguments_have_their_own_answers() -> None:
    subject = Subject()
    assert [subject.times(1), subject.times(2), subject.times(1, plus=1)] == [2, 4, 3]
    assert subject.worked_out == ["times"] * 3


def test_mappings_are_arguments_by_their_contents() -> None:
    subject = Subject()
    subject.named({"a": 1, "b": 2}, x="y", z="w")
    subject.named({"b": 2, "a": 1}, z="w", x="y")
    assert subject.worked_out == ["named"]
    subject.named({"b": 2, "a": 3}, x="y", z="w")
    assert subject.worked_out == ["named"] * 2


def test_another_object_has_its_own_answers() -> None:
    """A changed copy, too: it starts without any."""
    subject = Subject()
    assert subject.times(3) == 6
    assert dataclasses.replace(subject, size=5).times(3) == 15
    assert Subject(size=4).times(3) == 12
    assert subject.times(3) == 6


def test_what_fails_is_not_kept() -> None:
    subject = Subject()
    for _ in range(2):
        with pytest.raises(TypeError):
            subject.times("x", plus=1)  # type: ignore[arg-type]  # on purpose
    assert subject.worked_out == ["times"] * 2


def test_an_object_can_be_pickled_with_its_answers() -> None:
    subject = Subject()
    subject.times(3)
    other = pickle.loads(pickle.dumps(subject))  # noqa: S301  # our own bytes
    assert other.times(3) == 6
    assert other.worked_out == ["times"]
