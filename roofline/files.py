"""Reading YAML files into checked models, and writing files whole or not at all."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from roofline.errors import InputError, Problem, shown, unknown

MOST_BYTES = 1_000_000
"""No study or catalogue file is larger; a larger one is refused unread [byte]."""

Location = tuple[int | str, ...]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Document:
    """A YAML file whose top level is a mapping."""

    origin: str
    """Name for messages."""
    data: dict[str, Any]
    root: Node
    """The same file as nodes, which know their lines."""

    def line(self, location: Location) -> int | None:
        """Line of the value at a location, or of its nearest parent."""
        node = self.root
        for step in location:
            child = _child(node, step)
            if child is None:
                break
            node = child
        return None if node is self.root else int(node.start_mark.line) + 1

    def error(self, *problems: tuple[Location, str]) -> InputError:
        """Make an error of (location, rule) pairs in this file."""
        return InputError(
            self.origin,
            (
                Problem(place=dotted(location), rule=rule, line=self.line(location))
                for location, rule in problems
            ),
        )


def dotted(location: Location) -> str:
    """Write a location as a path: ``("batches", 2)`` is ``batches[2]``."""
    text = ""
    for step in location:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def _child(node: Node, step: int | str) -> Node | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == step:
                return value  # type: ignore[no-any-return]  # ruamel's nodes are untyped
    if (
        isinstance(node, SequenceNode)
        and isinstance(step, int)
        and step < len(node.value)
    ):
        return node.value[step]  # type: ignore[no-any-return]  # as above
    return None


def read_yaml(path: Path, origin: str | None = None) -> Document:
    """Read a YAML 1.2 file safely.

    Args:
        path: The file.
        origin: Name for messages; the path as given by default.

    Returns:
        Its content and where each part of it stands.

    Raises:
        InputError: The file cannot be read, is too large, is not UTF-8, is not
            YAML, repeats a key, is empty, or is not a mapping.
    """
    origin = origin or str(path)

    def refuse(rule: str, line: int | None = None) -> InputError:
        return InputError(origin, [Problem(place="", rule=rule, line=line)])

    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise refuse(f"cannot be read: {reason}") from error
    except ValueError as error:  # a null character in the name
        raise refuse(f"cannot be read: {error}") from error
    if len(raw) > MOST_BYTES:
        raise refuse(f"expected at most {MOST_BYTES:,} bytes, got more")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        rule = f"expected UTF-8 text, got byte 0x{raw[error.start]:02x} at {error.start}"
        raise refuse(rule) from error
    # The pure loader: the C one reads YAML 1.1, where 312e12 is a string and
    # "no" is false.
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
        data = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        problem = str(error.problem or error.context).splitlines()[0]
        raise refuse(f"not YAML that can be read: {problem}", line) from error
    except (YAMLError, RecursionError, ValueError, TypeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise refuse(f"not YAML that can be read: {reason}") from error
    if data is None:
        raise refuse("expected a mapping of keys and values, got an empty file")
    if not isinstance(data, dict):
        kind = {"list": "a list", "str": "text"}.get(type(data).__name__, shown(data))
        raise refuse(f"expected a mapping of keys and values, got {kind}")
    return Document(origin=origin, data=data, root=root)


def validate(
    model: type[M], document: Document, context: Mapping[str, Any] | None = None
) -> M:
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
        raise document.error(
            *(
                (_location(document, details), _rule(model, details))
                for details in error.errors(include_url=False)
            )
        ) from error


def _location(document: Document, details: ErrorDetails) -> Location:
    """Drop what pydantic adds to a location: union members, ``[key]`` marks."""
    kept: list[int | str] = []
    node: Node | None = document.root
    for step in details["loc"]:
        child = None if node is None else _child(node, step)
        if child is None and details["type"] not in {"missing", "extra_forbidden"}:
            continue
        kept.append(step)
        node = child
    return tuple(kept)


def _rule(model: type[BaseModel], details: ErrorDetails) -> str:
    """Say one of pydantic's findings in the form that all errors here have."""
    found = shown(details["input"])
    match details["type"]:
        case "extra_forbidden":
            known = _keys(model, details["loc"][:-1])
            return unknown("key", details["loc"][-1], known)
        case "missing":
            return "required, but missing"
        case "value_error":
            return str(details["ctx"]["error"])
        case _:
            rule = details["msg"].replace("Input should be", "expected")
            rule = rule.replace("a valid tuple", "a list").replace(
                "a valid dictionary or instance of", "a mapping, a"
            )
            return f"{rule[0].lower()}{rule[1:]}, got {found}"


def _keys(model: type[BaseModel], location: Location) -> list[str]:
    """Keys that the model allows at a location."""
    current: Any = model
    for step in location:
        fields = getattr(current, "model_fields", None)
        if isinstance(step, str) and fields and step in fields:
            current = fields[step].annotation
        for _ in range(4):  # unwrap containers: dict[str, X], tuple[X, ...], X | None
            arguments = [
                argument
                for argument in getattr(current, "__args__", ())
                if argument not in (str, type(None), Ellipsis)
            ]
            if hasattr(current, "model_fields") or not arguments:
                break
            current = arguments[-1]
    return sorted(getattr(current, "model_fields", {}))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a new file is renamed over the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
