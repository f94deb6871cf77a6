"""Answers that are worked out once and kept on the object that they are about."""

import functools
import inspect
from collections.abc import Callable, Hashable, Mapping
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
Answer = TypeVar("Answer")


def memoised(function: Callable[P, Answer]) -> Callable[P, Answer]:
    """Let a function work out its answer once for each object and set of arguments.

    The answers are kept on the object, its first argument, and go when the object goes. A
    changed copy starts without any.

    Args:
        function: Depends on its arguments alone; those after the first are hashable, or
            mappings with values that are.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def recall(*args: P.args, **kwargs: P.kwargs) -> Answer:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        subject, *others = given.arguments.values()
        answers = vars(subject).setdefault("_answers", {})
        key = (function.__module__, function.__qualname__, *map(_hashable, others))
        if key not in answers:
            answers[key] = function(*args, **kwargs)
        answer: Answer = answers[key]
        return answer

    return recall


def _hashable(value: object) -> Hashable:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value
