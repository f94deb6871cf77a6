"""Dimensions as data: a small, safe language of expressions over symbols.

One text serves the model, which evaluates it over arrays, and the pages,
which typeset it: ``b * a_kv`` is evaluated with numpy and written as
``b a_kv`` in TeX.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roofline.errors import as_written

Value = float | NDArray[np.float64]

_MOST_CHARACTERS = 200
_REMEMBERED = 10_000
"""Texts that are not read twice; a study's pages have some hundreds."""
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {"min": np.minimum, "max": np.maximum}
_PRECEDENCE: dict[type[ast.operator], int] = {
    ast.Add: 1,
    ast.Sub: 1,
    ast.Mult: 2,
    ast.Div: 2,
    ast.Pow: 3,
}


@dataclass(frozen=True)
class Expression:
    """An arithmetic expression over symbols: ``+ - * / **``, ``min``, ``max``.

    Attributes:
        text: The expression as written in the operator table.
    """

    text: str

    @classmethod
    def parse(cls, text: str | float) -> "Expression":
        """Read an expression and check that it uses nothing but the language.

        Raises:
            ValueError: With the part that is not allowed.
        """
        return _parsed(text if isinstance(text, str) else repr(text))

    @classmethod
    def of_tree(cls, node: ast.expr) -> "Expression":
        """Write a tree of the language as text, and keep the tree."""
        expression = cls(ast.unparse(node))
        vars(expression)["node"] = node  # where the cached property looks first
        return expression

    @cached_property
    def node(self) -> ast.expr:
        """The expression as a tree, which is never changed."""
        return _tree(self.text)

    @cached_property
    def names(self) -> frozenset[str]:
        """Symbols that occur in the expression."""
        functions = {id(node.func) for node in ast.walk(self.node) if isinstance(node, ast.Call)}
        return frozenset(
            node.id
            for node in ast.walk(self.node)
            if isinstance(node, ast.Name) and id(node) not in functions
        )

    def evaluate(self, symbols: Mapping[str, Value]) -> Value:
        """Value for given symbols; arrays broadcast as in numpy."""
        value: Value = _evaluate(self.node, symbols)
        return value

    def substitute(self, definitions: Mapping[str, "Expression"]) -> "Expression":
        """Replace symbols by expressions, and drop factors of one."""
        return Expression.of_tree(_simplify(_substituted(self.node, definitions)))

    def tex(self, symbols: Mapping[str, str]) -> str:
        """Typeset in TeX.

        Args:
            symbols: TeX for each symbol, or digits to put in its place.
        """
        return _tex(self.node, symbols)[0]

    @property
    def is_one(self) -> bool:
        """Whether the expression is the number one."""
        return _constant(self.node) == 1


@lru_cache(maxsize=_REMEMBERED)
def _tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


@lru_cache(maxsize=_REMEMBERED)
def _parsed(text: str) -> Expression:
    if len(text) > _MOST_CHARACTERS:
        message = f"expected at most {_MOST_CHARACTERS} characters, got {len(text)}"
        raise ValueError(message)
    try:
        node = _tree(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        message = f'expected an expression such as "b * s", got {as_written(text)}'
        raise ValueError(message) from error
    _check(node)
    return Expression.of_tree(node)


def _check(node: ast.AST) -> None:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(
            value, bool
        ) and math.isfinite(value):
            return
        case ast.Name():
            return
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            _check(left)
            _check(right)
        case ast.Call(func=ast.Name(id=name), args=[first, second], keywords=[]) if (
            name in _FUNCTIONS
        ):
            _check(first)
            _check(second)
        case _:
            message = (
                "expected symbols, numbers, + - * / **, min(x, y) or max(x, y), "
                f'got "{ast.unparse(node)}"'
            )
            raise ValueError(message)


def _evaluate(node: ast.AST, symbols: Mapping[str, Value]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)  # integers would grow without bound under **
        case ast.Name(id=name):
            return symbols[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_evaluate(left, symbols), _evaluate(right, symbols))
        case ast.Call(func=ast.Name(id=name), args=[first, second]):
            return _FUNCTIONS[name](_evaluate(first, symbols), _evaluate(second, symbols))
    raise AssertionError(ast.dump(node))


def _substituted(node: ast.expr, definitions: Mapping[str, Expression]) -> ast.expr:
    match node:
        case ast.Name(id=name) if name in definitions:
            return definitions[name].node
        case ast.BinOp(left=left, op=op, right=right):
            left, right = (_substituted(side, definitions) for side in (left, right))
            return ast.BinOp(left=left, op=op, right=right)
        case ast.Call(func=function, args=arguments):
            arguments = [_substituted(argument, definitions) for argument in arguments]
            return ast.Call(func=function, args=arguments, keywords=[])
    return node


def _constant(node: ast.AST) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _simplify(node: ast.expr) -> ast.expr:  # noqa: PLR0911  # one for each law
    """Drop factors of one and needless parentheses, so that formulas read well."""
    if not isinstance(node, ast.BinOp):
        return node
    left, right = _simplify(node.left), _simplify(node.right)
    if isinstance(node.op, ast.Mult):
        if isinstance(right, ast.BinOp) and isinstance(right.op, ast.Mult):
            first = _simplify(ast.BinOp(left=left, op=ast.Mult(), right=right.left))
            return _simplify(ast.BinOp(left=first, op=ast.Mult(), right=right.right))
        if _constant(left) == 1:
            return right
        if _constant(right) == 1:
            return left
    if isinstance(node.op, ast.Div):
        if _constant(right) == 1:
            return left
        if ast.dump(left) == ast.dump(right):
            return ast.Constant(1)
    if isinstance(node.op, ast.Pow) and _constant(left) == 1:
        return left
    return ast.BinOp(left=left, op=node.op, right=right)


def _tex(  # noqa: PLR0911  # one for each kind of node
    node: ast.AST, symbols: Mapping[str, str]
) -> tuple[str, int]:
    """TeX and the precedence of its outermost operator (9: needs no parentheses)."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return f"{value:g}" if value == float(f"{value:g}") else repr(value), 9
        case ast.Name(id=name):
            return symbols[name], 9
        case ast.Call(func=ast.Name(id=name), args=[first, second]):
            inner = ",".join(_tex(argument, symbols)[0] for argument in (first, second))
            return rf"\{name}\left({inner}\right)", 9
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            top, bottom = _tex(left, symbols)[0], _tex(right, symbols)[0]
            return rf"\frac{{{top}}}{{{bottom}}}", 9
        case ast.BinOp(left=left, op=op, right=right):
            precedence = _PRECEDENCE[type(op)]
            if isinstance(op, ast.Pow):
                # TeX takes neither x^a^b nor a fraction as the base of a power.
                first_tex = _wrapped(left, symbols, 9 + isinstance(left, ast.BinOp))
                return f"{first_tex}^{{{_tex(right, symbols)[0]}}}", precedence
            first_tex = _wrapped(left, symbols, precedence)
            strict = precedence + 1 if isinstance(op, ast.Sub) else precedence
            second_tex = _wrapped(right, symbols, strict)
            if isinstance(op, ast.Mult):
                digits = first_tex[-1].isdigit() or second_tex[0].isdigit()
                sign = r" \times " if digits else r"\,"
                return f"{first_tex}{sign}{second_tex}", precedence
            sign = "+" if isinstance(op, ast.Add) else "-"
            return f"{first_tex} {sign} {second_tex}", precedence
    raise AssertionError(ast.dump(node))


def _wrapped(node: ast.AST, symbols: Mapping[str, str], precedence: int) -> str:
    tex, inner = _tex(node, symbols)
    return tex if inner >= precedence else rf"\left({tex}\right)"
