"""What a template consists of, read from its syntax tree without rendering it: the fields it shows in any branch,
the templates it builds on, its blocks and macros.

A field is written as a path: `answer.sentence`; `trials[].name` is the name of each of the trials, whatever the loop
calls it. Where a path cannot be known, because a macro got the value as its parameter, only the last name is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from monitor.render.templates import environment

#: Names that Jinja2 gives every template beside the functions of its environment.
_GIVEN = ("loop", "self", "super", "caller", "varargs", "kwargs")
#: Filters after which a list has the same elements.
_SAME_ELEMENTS = ("reverse", "sort", "list", "unique", "batch", "slice", "selectattr", "rejectattr", "select", "reject")
#: What can be called on values of Python's own types, which is no field of ours.
_METHODS = {name for kind in (str, list, tuple, dict, int, float, datetime) for name in dir(kind) if name[0] != "_"}

#: A local name and the path of its value, None where that cannot be known.
_Scope = dict[str, str | None]


@dataclass(slots=True)
class TemplateParts:
    """Everything is given with the first line where it stands. `names` are the last names of paths that are not known;
    `unknown` are filters and tests that do not exist; `blocks` stand in no other; `exports` are macros, with their
    parameters, and variables set at the top, which other templates import; `defined` are names of the template's own
    making, such as the keys of a dictionary; `extends` is the template that it builds on as a whole, "" for none.
    """

    fields: dict[str, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    references: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    blocks: dict[str, int] = field(default_factory=dict)
    exports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    defined: set[str] = field(default_factory=set)
    extends: str = ""


class SyntaxMistake(Exception):
    """A template is not well formed; `line` counts from 1."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


def read(text: str, *, is_html: bool = True) -> TemplateParts:
    """The parts of the template `text`. Raises SyntaxMistake."""
    env = environment(is_html=is_html)
    try:
        tree = env.parse(text)
        parts = TemplateParts()
        _Reader(parts, env).body(tree.body, {})
        if not parts.unknown:  # at the first of them it would stop
            env.compile(text)
    except TemplateSyntaxError as error:
        raise SyntaxMistake(error.lineno, error.message or "not a template") from error
    extended = tree.find(nodes.Extends)
    parts.extends = str(extended.template.as_const()) if extended else ""
    inner = {inner.name for block in tree.find_all(nodes.Block) for inner in block.find_all(nodes.Block)}
    parts.blocks = {block.name: block.lineno for block in tree.find_all(nodes.Block) if block.name not in inner}
    parts.exports = dict(_exports(tree))
    parts.defined = inner | parts.blocks.keys() | set(_defined(tree))
    return parts


def _exports(tree: nodes.Template) -> Iterator[tuple[str, tuple[str, ...]]]:
    for node in tree.body:
        if isinstance(node, nodes.Macro):
            yield node.name, tuple(argument.name for argument in node.args)
        elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
            yield node.target.name, ()


def _defined(tree: nodes.Template) -> Iterator[str]:
    """Keys of dictionaries, keyword arguments, and what is set in a namespace."""
    for node in tree.find_all((nodes.Pair, nodes.Keyword, nodes.NSRef)):
        if isinstance(node, nodes.NSRef):
            yield node.attr
        elif isinstance(node, nodes.Keyword):
            yield node.key
        elif isinstance(node, nodes.Pair) and isinstance(node.key, nodes.Const):
            yield str(node.key.value)


class _Reader:
    """Walks a syntax tree; each method of an expression returns its path, None where that cannot be known."""

    def __init__(self, parts: TemplateParts, env: Environment) -> None:
        self._parts, self._filters, self._tests = parts, frozenset(env.filters), frozenset(env.tests)
        self._given = frozenset((*_GIVEN, *env.globals))
        self._readers: dict[type[nodes.Node], Callable[[Any, _Scope], str | None]] = {
            nodes.Name: self._name,
            nodes.Getattr: self._getattr,
            nodes.Getitem: self._getitem,
            nodes.Call: self._call,
            nodes.Filter: self._filter,
            nodes.Test: self._test,
            nodes.CondExpr: self._choice,
            nodes.For: self._for,
            nodes.Assign: self._assign,
            nodes.AssignBlock: self._assign_block,
            nodes.Macro: self._macro,
            nodes.CallBlock: self._call_block,
            nodes.Block: self._block,
            nodes.Import: self._import,
            nodes.FromImport: self._import,
            nodes.Include: self._reference,
            nodes.Extends: self._reference,
        }

    def body(self, body: list[nodes.Node], scope: _Scope) -> None:
        """Read statements in turn; macros may be called above the place where they stand."""
        scope.update({node.name: None for node in body if isinstance(node, nodes.Macro)})
        for node in body:
            self.read(node, scope)

    def read(self, node: nodes.Node | None, scope: _Scope) -> str | None:
        """Read one node."""
        return self._readers.get(type(node), self._any)(node, scope) if node is not None else None

    def _any(self, node: nodes.Node, scope: _Scope) -> None:
        for child in node.iter_child_nodes():
            self.read(child, scope)

    def _name(self, node: nodes.Name, scope: _Scope) -> str | None:
        if node.ctx != "load" or node.name in scope or node.name in self._given:
            return scope.get(node.name)
        self._parts.fields.setdefault(node.name, node.lineno)
        return node.name

    def _getattr(self, node: nodes.Getattr, scope: _Scope) -> str | None:
        return self._inner(self.read(node.node, scope), node.attr, node)

    def _getitem(self, node: nodes.Getitem, scope: _Scope) -> str | None:
        outer = self.read(node.node, scope)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self._inner(outer, node.arg.value, node)
        self.read(node.arg, scope)
        if isinstance(node.arg, nodes.Slice):
            return outer
        return f"{outer}[]" if outer else None

    def _inner(self, outer: str | None, name: str, node: nodes.Node) -> str | None:
        if outer is None:
            self._parts.names.setdefault(name, node.lineno)
            return None
        self._parts.fields.setdefault(f"{outer}.{name}", node.lineno)
        return f"{outer}.{name}"

    def _call(self, node: nodes.Call, scope: _Scope) -> None:
        called = node.node
        if isinstance(called, nodes.Getattr) and called.attr in _METHODS:
            called = called.node
        self.read(called, scope)
        for argument in (*node.args, *node.kwargs, node.dyn_args, node.dyn_kwargs):
            self.read(argument, scope)

    def _filter(self, node: nodes.Filter, scope: _Scope) -> str | None:
        if node.name not in self._filters:
            self._parts.unknown.setdefault(f"filter {node.name}", node.lineno)
        inner = self.read(node.node, scope)
        for argument in (*node.args, *node.kwargs, node.dyn_args, node.dyn_kwargs):
            self.read(argument, scope)
        if attribute := _attribute(node):
            path = inner if node.name == "attr" else f"{inner}[]" if inner else None
            for part in attribute.split("."):
                path = self._inner(path, part, node)
        if node.name in ("first", "last", "random"):
            return f"{inner}[]" if inner else None
        return inner if node.name in _SAME_ELEMENTS else None

    def _test(self, node: nodes.Test, scope: _Scope) -> None:
        if node.name not in self._tests:
            self._parts.unknown.setdefault(f"test {node.name}", node.lineno)
        self._any(node, scope)

    def _choice(self, node: nodes.CondExpr, scope: _Scope) -> str | None:
        self.read(node.test, scope)
        first, second = self.read(node.expr1, scope), self.read(node.expr2, scope)
        return first or second

    def _for(self, node: nodes.For, scope: _Scope) -> None:
        path = self.read(node.iter, scope)
        inner = {**scope, **_bound(node.target, f"{path}[]" if path else None)}
        self.read(node.test, inner)
        self.body(node.body, inner)
        self.body(node.else_, dict(scope))

    def _assign(self, node: nodes.Assign, scope: _Scope) -> None:
        scope.update(_bound(node.target, self.read(node.node, scope)))

    def _assign_block(self, node: nodes.AssignBlock, scope: _Scope) -> None:
        self.body(node.body, dict(scope))
        scope.update(_bound(node.target, None))

    def _macro(self, node: nodes.Macro, scope: _Scope) -> None:
        for default in node.defaults:
            self.read(default, scope)
        self.body(node.body, {**scope, **{argument.name: None for argument in node.args}})

    def _call_block(self, node: nodes.CallBlock, scope: _Scope) -> None:
        self.read(node.call, scope)
        self.body(node.body, {**scope, **{argument.name: None for argument in node.args}})

    def _block(self, node: nodes.Block, scope: _Scope) -> None:
        self.body(node.body, dict(scope))

    def _import(self, node: nodes.Import | nodes.FromImport, scope: _Scope) -> None:
        self._reference(node, scope)
        if isinstance(node, nodes.Import):
            scope[node.target] = None
            return
        for name in node.names:
            taken, called = (name, name) if isinstance(name, str) else name
            self._parts.names.setdefault(taken, node.lineno)
            scope[called] = None

    def _reference(self, node: nodes.Include | nodes.Extends | nodes.Import | nodes.FromImport, scope: _Scope) -> None:
        name = node.template.value if isinstance(node.template, nodes.Const) else ""
        if isinstance(name, str):
            self._parts.references.setdefault(name, node.lineno)
        self._any(node, scope)


def _attribute(node: nodes.Filter) -> str:
    """The attribute that a filter looks at in each element, such as `trials|map(attribute="name")`; "" for none."""
    given = [argument.value for argument in node.kwargs if argument.key == "attribute"]
    given += node.args[:1] if node.name in ("attr", "selectattr", "rejectattr", "groupby") else []
    found = given[0].value if given and isinstance(given[0], nodes.Const) else ""
    return found if isinstance(found, str) else ""


def _bound(target: nodes.Node, path: str | None) -> _Scope:
    """The local names that `target` binds: one to `path`, several to what nobody knows."""
    if isinstance(target, nodes.Name):
        return {target.name: path}
    return {name.name: None for name in target.find_all(nodes.Name)}
