"""Check parsed data against a model, and say in words what each rule expected."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from roofline.errors import InputError, as_written, unknown
from roofline.files.text import MOST_BYTES
from roofline.files.yaml import Location, ParsedFile, find_child, parse_yaml, write_yaml

M = TypeVar("M", bound=BaseModel)


def validate(model: type[M], document: ParsedFile, context: Mapping[str, Any] | None = None) -> M:
    """Check a document against a model.

    Args:
        model: Pydantic model of the file's format.
        document: The file.
        context: What the model's own validators need to know.

    Returns:
        The checked instance.

    Raises:
        InputError: With every problem found.
    """
    try:
        return model.model_validate(document.data, context=dict(context or {}))
    except ValidationError as error:
        problems = [
            (_location(document, details), rule)
            for details in error.errors(include_url=False)
            for rule in _rules(model, details)
        ]
        # In the order of the file; what is missing first.
        problems.sort(key=lambda problem: document.line(problem[0]) or 0)
        raise document.error(*problems) from error


def write_checked(
    model: type[BaseModel],
    data: Mapping[str, Any],
    origin: str,
    *,
    head: str,
    comments: Mapping[Location, str],
    context: Mapping[str, Any] | None = None,
) -> str:
    """Write data as YAML, and make sure that it can be read again.

    Args:
        model: Pydantic model of the file's format.
        data: What to write.
        origin: Where the data come from, for messages.
        head: Comment at the top.
        comments: Comments above keys, by their location.
        context: What the model's own validators need to know.

    Raises:
        InputError: The model would refuse a value, such as a name without letters; or the file
            would be too large.
    """
    text = write_yaml(data, head, comments)
    if len(text.encode(errors="surrogatepass")) > MOST_BYTES:
        rule = f"its names and numbers make a file of more than {MOST_BYTES:,} bytes"
        raise InputError.at(origin, rule)
    # Without lines: they would be those of a file that nobody has.
    validate(model, replace(parse_yaml(text, origin), root=None), context)
    return text


def _location(document: ParsedFile, details: ErrorDetails) -> Location:
    """Drop what pydantic and the model add to a location: union members, `[key]` marks.

    Only a key that is missing or not text, the last step, need not be in the file.
    """
    if document.root is None:  # nothing to compare with; JSON has no unions here
        return tuple(step for step in details["loc"] if step != "[key]")
    kept: list[int | str] = []
    node = document.root
    steps = details["loc"]
    for index, step in enumerate(steps):
        child = find_child(node, step)
        if child is not None:
            node = child[1]
        elif details["type"] != "missing" or index < len(steps) - 1:
            continue
        kept.append(step)
    return tuple(kept)


_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a mapping of keys and values",
    "finite_number": "a finite number",
    "float_type": "a number",
    "greater_than": "a number above {gt:,}",
    "greater_than_equal": "a number of at least {ge:,}",
    "int_from_float": "an integer",
    "int_parsing_size": "an integer of at most 4,300 digits",
    "int_type": "an integer",
    "less_than": "a number below {lt:,}",
    "less_than_equal": "a number of at most {le:,}",
    "model_type": "a mapping of keys and values",
    "recursion_loop": "a value that does not contain itself",
    "string_pattern_mismatch": "text of the form {pattern}",
    "string_type": "text",
    "tuple_type": "a list",
}
_KEY = "[key]"
_LARGEST_WHOLE = 1e15


def _rules(model: type[BaseModel], details: ErrorDetails) -> Sequence[str]:
    """Say one of pydantic's complaints; a model's own validator can raise several rules at once."""
    if details["type"] == "value_error" and type(error := details["ctx"]["error"]) is ValueError:
        return error.args
    return [_rule(model, details)]


def _rule(  # noqa: C901, PLR0911  # one for each kind of complaint
    model: type[BaseModel], details: ErrorDetails
) -> str:
    """Say one of pydantic's complaints in one line: the rule, with the value that breaks it."""
    value, context, kind = details["input"], details.get("ctx", {}), details["type"]
    match kind:
        case "extra_forbidden":
            return unknown("key", details["loc"][-1], _keys(model, details["loc"][:-1]))
        case "invalid_key":
            return f"expected keys that are text, got {as_written(_last(details))}"
        case "missing":
            return "required, but missing"
        case "value_error":
            return str(context["error"])
        case "literal_error":
            known = [str(option) for option in _options(model, details)]
            what = "key" if _last(details) == _KEY else "name"
            return unknown(what, value, known) if known else _expected(details["msg"], value)
        case "string_too_short":
            return "expected text that is not empty"
        case "string_too_long":
            return f"expected at most {context['max_length']:,} characters, got {len(value):,}"
        case "too_long":
            return (
                f"expected at most {context['max_length']:,} values, "
                f"got {context['actual_length'] or len(value):,}"
            )
    if _last(details) == _KEY and kind == "string_type":
        return f"expected keys that are text, got {as_written(value)}"
    if kind in _EXPECTED:
        bounds = {name: _plain(bound) for name, bound in context.items()}
        return f"expected {_EXPECTED[kind].format(**bounds)}, got {as_written(value)}"
    return _expected(details["msg"], value)


def _expected(message: str, value: object) -> str:
    """Words for a complaint that has none of its own here."""
    text = message.replace("Input should be", "expected")
    return f"{text[0].lower()}{text[1:]}, got {as_written(value)}"


def _plain(bound: object) -> object:
    """A bound without the decimals that pydantic gives to whole ones."""
    whole = isinstance(bound, float) and bound.is_integer() and abs(bound) < _LARGEST_WHOLE
    return int(bound) if whole else bound  # type: ignore[call-overload]  # a float, here


def _last(details: ErrorDetails) -> int | str:
    return details["loc"][-1] if details["loc"] else ""


def _options(model: type[BaseModel], details: ErrorDetails) -> Sequence[object]:
    """What a literal allows, where the complaint is."""
    steps = [step for step in details["loc"] if step != _KEY]
    if _last(details) == _KEY:
        arguments = get_args(_bare(_annotation(model, steps[:-1])))
        return get_args(_bare(arguments[0])) if arguments else ()
    return get_args(_bare(_annotation(model, steps)))


def _keys(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """Keys that the model allows at a location."""
    return sorted(getattr(_bare(_annotation(model, location)), "model_fields", {}))


def _annotation(model: type[BaseModel], location: Sequence[int | str]) -> Any:
    """The type that a model gives to the value at a location."""
    current: Any = model
    for step in location:
        current = _bare(current)
        fields = getattr(current, "model_fields", None)
        if fields is not None:
            current = fields[step].annotation if step in fields else None
            continue
        # dict[str, X], tuple[X, ...] or tuple[X, Y]: one step into the container
        inner = [argument for argument in get_args(current) if argument is not Ellipsis]
        current = inner[-1] if inner else None
    return current


def _bare(annotation: Any) -> Any:
    """A type without what it is annotated with, and without `None`."""
    while True:
        arguments = get_args(annotation)
        if get_origin(annotation) is Annotated:
            annotation = arguments[0]
        elif get_origin(annotation) in {Union, types.UnionType}:
            others = [argument for argument in arguments if argument is not type(None)]
            if len(others) != 1:
                return annotation
            annotation = others[0]
        else:
            return annotation
