"""Reading YAML files into checked models, and writing files whole or not at all."""

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode
from ruamel.yaml.reader import ReaderError

from roofline.errors import InputError, Problem, as_written
from roofline.files.text import read_text, refused_file

_MOST_OF_A_PROBLEM = 200
_CORE = "tag:yaml.org,2002:"
_TAGS = {"map", "seq", "str", "int", "float", "bool", "null", "timestamp"}
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML does not take as it is; written as an escape, it would break every page."""
_UNREADABLE = "not YAML that can be read"

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
            child = _child(node, step)
            if child is None:
                break
            mark, node = child
        return None if mark is None else int(mark) + 1

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


def _child(node: Node | None, step: int | str) -> tuple[int, Node] | None:
    """Line, from 0, and value of one key or element of a node."""
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
        InputError: The file cannot be read, is too large, is not UTF-8, is not
            YAML, repeats a key, is empty, or is not a mapping.
    """
    origin = origin or str(path)
    text = read_text(path, origin)
    root, data = _parse(text, origin)
    if data is None:
        raise refused_file(origin, "expected a mapping of keys and values, got an empty file")
    if not isinstance(data, dict):
        kind = "text" if isinstance(data, str) else as_written(data)
        raise refused_file(origin, f"expected a mapping of keys and values, got {kind}")
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
        _refuse_machinery(root)
        return root, None if root is None else yaml.constructor.construct_document(root)
    except DuplicateKeyError as error:
        found = re.search('duplicate key "(.*?)" with', str(error.problem), re.DOTALL)
        key = as_written(found[1]) if found else "a key"
        line = error.problem_mark.line + 1
        raise refused_file(origin, f"the key {key} stands twice", line) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        raise refused_file(origin, f"{_UNREADABLE}: {_yaml_problem(error)}", line) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        broken = f"expected text, got the character U+{ord(text[error.position]):04X}"
        raise refused_file(origin, broken, line) from error
    except RecursionError as error:
        raise refused_file(origin, "nested too deeply") from error
    except (YAMLError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise refused_file(
            origin, f"{_UNREADABLE}: a value that its type does not allow"
        ) from error


def _refuse_machinery(root: Node | None) -> None:
    """Refuse what is not plain data.

    That is tags that build objects, merge keys, whose expansion has no limit, and characters
    that no page can show.
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
        if isinstance(node.value, str) and (found := _UNPRINTABLE.search(node.value)):
            raise MarkedYAMLError(
                problem=f"the character U+{ord(found[0]):04X} is not allowed",
                problem_mark=node.start_mark,
            )
        if isinstance(node, MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, SequenceNode):
            waiting += node.value


def _yaml_problem(error: MarkedYAMLError) -> str:
    """Say what the YAML parser found in one line: what it was doing, and what is wrong."""
    parts = (str(part).splitlines()[0] for part in (error.context, error.problem) if part)
    return ", ".join(parts)[:_MOST_OF_A_PROBLEM]
