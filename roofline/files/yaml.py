"""YAML files: read safely, with the line of everything in them, and written."""

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from roofline.errors import InputError, Problem, as_written
from roofline.files.text import UNPRINTABLE, count_breaks, read_text, unprintable

_MOST_OF_A_PROBLEM = 200
_CORE = "tag:yaml.org,2002:"
_TAGS = {"map", "seq", "str", "int", "float", "bool", "null", "timestamp"}
_UNREADABLE = "not YAML that can be read"
_WORD = re.compile(r"[a-z][a-z0-9_-]*")
"""Text that is written without quotes, unless YAML would read it as something else."""
_BLOCK_LEVELS = 3
"""Mappings deeper than this stand in one line, and so do all lists of values."""
_LARGEST_WHOLE = 1e15

Location = tuple[int | str, ...]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ParsedFile:
    """A YAML or JSON file whose top level is a mapping."""

    origin: str
    """Name for messages."""
    data: dict[str, Any]
    root: Node | None
    """The same file as nodes, which know their lines; None for JSON."""

    def line(self, location: Location) -> int | None:
        """Line of the key or the list's element at a location, or of its nearest parent."""
        node, mark = self.root, None
        for step in location:
            child = find_child(node, step)
            if child is None:
                break
            mark, node = child
        return None if mark is None else int(mark) + 1

    def error(self, *problems: tuple[Location, str]) -> InputError:
        """Make an error of (location, rule) pairs in this file."""
        return InputError(
            self.origin,
            (
                Problem(place=join_location(location), rule=rule, line=self.line(location))
                for location, rule in problems
            ),
        )


def join_location(location: Location) -> str:
    """Write a location as a path: ``("batches", 2)`` is ``batches[2]``."""
    text = ""
    for step in location:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def find_child(node: Node | None, step: int | str) -> tuple[int, Node] | None:
    """Find one key or element of a node.

    Returns:
        Its line, from 0, and its value; None where there is none.
    """
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key.start_mark.line, value
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        value = node.value[step]
        return value.start_mark.line, value
    return None


def read_yaml(path: Path, origin: str | None = None) -> ParsedFile:
    """Read a YAML 1.2 file safely.

    Args:
        path: The file.
        origin: Name for messages; the path as given by default.

    Returns:
        Its content and where each part of it stands.

    Raises:
        InputError: The file cannot be read, is too large, is not UTF-8, or is none that
            `parse_yaml` takes.
    """
    origin = origin or str(path)
    return parse_yaml(read_text(path, origin), origin)


def parse_yaml(text: str, origin: str) -> ParsedFile:
    """Read YAML 1.2 text safely.

    Args:
        text: The text.
        origin: Name for messages.

    Raises:
        InputError: It is not YAML, repeats a key, is empty, or is not a mapping.
    """
    root, data = _parse(text, origin)
    if not isinstance(data, dict):
        kind = "text" if isinstance(data, str) else as_written(data)
        kind = "an empty file" if data is None else kind
        raise InputError.at(origin, f"expected a mapping of keys and values, got {kind}")
    return ParsedFile(origin=origin, data=data, root=root)


def _parse(text: str, origin: str) -> tuple[Node, object]:
    """Read YAML text as nodes and as values."""
    # The pure loader: the C one reads YAML 1.1, where 312e12 is a string and
    # "no" is false.
    yaml = YAML(typ="safe", pure=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor that is used twice harms nobody
            root = yaml.compose(text)
        _check_nodes(root)
        return root, None if root is None else yaml.constructor.construct_document(root)
    except DuplicateKeyError as error:
        repeated = re.search('duplicate key "(.*?)" with', str(error.problem), re.DOTALL)
        key = as_written(repeated[1]) if repeated else "a key"
        line = error.problem_mark.line + 1
        raise InputError.at(origin, f"the key {key} stands twice", line) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        raise InputError.at(origin, f"{_UNREADABLE}: {_yaml_problem(error)}", line) from error
    except ReaderError as error:
        line = count_breaks(text[: error.position].encode()) + 1
        rule = unprintable(text[error.position])
        raise InputError.at(origin, rule, line) from error
    except RecursionError as error:
        raise InputError.at(origin, "nested too deeply") from error
    except (YAMLError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        rule = f"{_UNREADABLE}: a value that its type does not allow"
        raise InputError.at(origin, rule) from error


def _check_nodes(root: Node | None) -> None:
    """Refuse what is not plain data, and join characters that are written as two escapes.

    Refused are tags that build objects, merge keys, whose expansion has no limit, and characters
    that no page can show, such as half of one.
    """
    seen: set[int] = set()
    waiting = [] if root is None else [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        tag = str(node.tag)
        if tag == f"{_CORE}merge":
            raise MarkedYAMLError(
                problem="merge keys (<<) are not allowed", problem_mark=node.start_mark
            )
        if tag.removeprefix(_CORE) not in _TAGS or not tag.startswith(_CORE):
            name = tag.replace(_CORE, "!!")
            raise MarkedYAMLError(
                problem=f"the tag {name} is not allowed", problem_mark=node.start_mark
            )
        if isinstance(node.value, str):
            # JSON writes a character beyond U+FFFF as a pair of surrogates.
            pairs = node.value.encode("utf-16", "surrogatepass")
            node.value = pairs.decode("utf-16", "surrogatepass")
            if character := UNPRINTABLE.search(node.value):
                raise MarkedYAMLError(
                    problem=f"the character U+{ord(character[0]):04X} is not allowed",
                    problem_mark=node.start_mark,
                )
        if isinstance(node, MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, SequenceNode):
            waiting += node.value


def _yaml_problem(error: MarkedYAMLError) -> str:
    """Say what the YAML parser met in one line: what it was doing, and what is wrong."""
    parts = (str(part).splitlines()[0] for part in (error.context, error.problem) if part)
    return ", ".join(parts)[:_MOST_OF_A_PROBLEM]


def write_yaml(data: Mapping[str, Any], head: str, comments: Mapping[Location, str]) -> str:
    """Write plain data as a YAML file for people.

    Args:
        data: Mappings, lists, texts and numbers; whole numbers lose their decimals.
        head: Comment at the top.
        comments: Comments above keys, by their location.
    """
    yaml = YAML()
    yaml.width = 1 << 20  # a text stays in one line
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(_style(data, (), comments), stream)
    return "".join(f"# {line}\n" for line in head.splitlines()) + "\n" + stream.getvalue()


def _style(value: Any, location: Location, comments: Mapping[Location, str]) -> Any:
    """Choose how a value is written, and put comments and blank lines above keys."""
    match value:
        case str():
            return value if _WORD.fullmatch(value) else DoubleQuotedScalarString(value)
        case float() if value.is_integer() and abs(value) < _LARGEST_WHOLE:
            return int(value)
        case Mapping():
            mapping = CommentedMap()
            for key, inner in value.items():
                place = (*location, key)
                mapping[_style(key, place, comments)] = _style(inner, place, comments)
                blank = "\n" if not location and isinstance(inner, Mapping) else ""
                if comment := (blank if len(mapping) > 1 else "") + comments.get(place, ""):
                    mapping.yaml_set_comment_before_after_key(
                        key, before=comment, indent=2 * len(location)
                    )
            if len(location) >= _BLOCK_LEVELS:
                mapping.fa.set_flow_style()
            return mapping
        case Sequence():
            sequence = CommentedSeq(
                _style(inner, (*location, place), comments) for place, inner in enumerate(value)
            )
            if not any(isinstance(inner, Mapping) for inner in value):
                sequence.fa.set_flow_style()
            return sequence
    return value
