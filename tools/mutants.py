"""What `mutate.py` breaks: each place of a file whose meaning one small change would alter."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PAIRS = ("Lt LtE", "Gt GtE", "Eq NotEq", "In NotIn", "Is IsNot", "And Or", "Add Sub", "Mult FloorDiv", "BitOr BitAnd")
SWAPS = {getattr(ast, a): getattr(ast, b) for pair in _PAIRS for a, b in (pair.split(), pair.split()[::-1])}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """`old`, at the offset `start` in the bytes of `file`, becomes `new`; `lines` are those of the statement."""

    file: str
    line: int
    start: int
    old: bytes
    new: bytes
    lines: range


def changed(node: ast.AST) -> str | None:
    """`node` with another meaning, as source; None for a node that is left alone."""
    node = copy.copy(node)
    match node:
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            return "return None"
        case ast.Raise() | ast.AugAssign() | ast.Continue() | ast.Expr() | ast.Delete():
            return "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            return "pass"
        case ast.Compare(ops=[first, *rest]) if type(first) in SWAPS:
            node.ops = [SWAPS[type(first)](), *rest]
        case ast.BoolOp(op=op) | ast.BinOp(op=op) if type(op) in SWAPS:
            node.op = SWAPS[type(op)]()
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"({ast.unparse(operand)})"
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            node.func = ast.Name(CALLS[name])
        case ast.IfExp(body=body, orelse=orelse):
            node.body, node.orelse = orelse, body
        case ast.Constant(value=bool() as value):
            node.value = not value
        case ast.Constant(value=int() | float() as value):
            node.value = value + 1
        case ast.Constant(value=str() as value):
            node.value = value + "~"
        case _:
            return None
    return f"({ast.unparse(node)})"


def mutants(root: Path, file: str) -> Iterator[Mutant]:
    """Every mutant of `file`.

    Left out: annotations, docstrings, f-strings (no positions), what is only logged, and the belts beside the braces:
    `frozen`, `slots` (decorators) and `strict`.
    """
    text = (root / file).read_bytes()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def walk(node: Any, lines: range) -> Iterator[Mutant]:
        if isinstance(node, ast.stmt):
            end = node.body[0].lineno if getattr(node, "body", None) else node.end_lineno + 1
            lines = range(node.lineno, end)
        match node:
            case ast.Expr(value=ast.Constant()) | ast.JoinedStr() | ast.keyword(arg="strict"):
                return
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "_log" | "_LOG")))):
                return
        if new := changed(node):
            start = starts[node.lineno - 1] + node.col_offset
            old = text[start : starts[node.end_lineno - 1] + node.end_col_offset]
            yield Mutant(file, node.lineno, start, old, new.encode(), lines)
        for name, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and name not in ("annotation", "returns", "decorator_list"):
                    yield from walk(child, lines)

    yield from walk(ast.parse(text), range(0))
