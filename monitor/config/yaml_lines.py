"""YAML → dicts, lists and text, with the line of every key. The sole importer of PyYAML.

Every scalar stays text until its key's type is known, so that `no`, `07:00` and `1e3` mean what
was typed (in YAML 1.1 a boolean, 420 minutes and a number). Only an unquoted `~` or `null`, or an
empty value, is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from monitor.config.problems import Problem, Where, dotted, printable, shown

#: A configuration has hundreds of values, and one with thousands of topics no more than it has characters; more than
#: both comes from aliases that expand without bound.
MAX_VALUES = 50_000
MAX_DEPTH = 40

Value = str | None | list["Value"] | dict[str, "Value"]

#: Messages for the parser's most common errors.
ADVICE = {
    "found character '\\t' that cannot start any token": "a tab. YAML indents with spaces only; write spaces instead.",
    "mapping values are not allowed here": "a second colon on one line, or a wrong indent. Put quotes around text that "
    'contains ": " and align the keys of one block.',
    "found unexpected end of stream": "a quotation mark that is never closed.",
    "could not find expected ':'": "a key without its colon, or text that continues without being indented.",
    "expected <block end>, but found '<block mapping start>'": "this key is indented deeper than its neighbours.",
    "expected <block end>, but found '<block sequence start>'": 'this "-" is not aligned with its neighbours.',
}

#: A key with a value that YAML takes for something else than text that goes on to the end of the line.
_STARTS_OTHERWISE = re.compile(r"""\s*(?:-\s+)?(?:(\w+):\s+(?P<quote>["'])|(query):\s+[*&%@`!{\[])""")
_ENDS_EARLY = "text that starts with a quotation mark, which YAML ends at the next one"
_IS_NO_TEXT = "text that starts with a sign of YAML"
_PUT_IT_AFTER = "{}: put it after `{}: >-`, on a line of its own and indented further."


@dataclass(slots=True)
class Document:
    """A YAML file: its values, the line of each path, which values stand in quotes, and its syntax errors."""

    values: Value = None
    lines: dict[Where, int] = field(default_factory=dict)
    quoted: set[Where] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def line(self, where: Where) -> int:
        """The line of `where`, or of the nearest key above it that is in the file."""
        for length in range(len(where), -1, -1):
            if where[:length] in self.lines:
                return self.lines[where[:length]]
        return 1


def read(text: str) -> Document:
    """Parse `text`; never raises: syntax errors are in `problems`."""
    document = Document()
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        document.problems.append(_syntax_problem(error, text))
    except (ValueError, OverflowError):
        document.problems.append(Problem(1, "", "an escape such as \\U… names a character that does not exist."))
    except RecursionError:
        document.problems.append(Problem(1, "", "nested too deeply to be a configuration."))
    else:
        _Reader(document, max(MAX_VALUES, len(text))).read_root(node)
    return document


def _syntax_problem(error: yaml.YAMLError, text: str) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        what = error.problem or "not readable as YAML"
        advice = ADVICE.get(what, f"not readable as YAML here: {what}.")
        opened = error.context_mark.line + 1 if error.context_mark else None
        if "never closed" in advice and opened:
            return Problem(opened, "", advice)
        if sentence := _starts_otherwise(text, error.problem_mark.line):
            return Problem(error.problem_mark.line + 1, "", sentence)
        return Problem(error.problem_mark.line + 1, "", printable(advice))
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return Problem(line, "", "a character that YAML does not allow (a control character). Delete it.")
    return Problem(1, "", f"not readable as YAML: {printable(str(error))}")


def _starts_otherwise(text: str, line: int) -> str:
    """How to write a value on `line` (from 0) that begins with a sign that YAML reads otherwise; "" for other lines."""
    lines = re.split("\r\n?|\n", text)
    match = _STARTS_OTHERWISE.match(lines[line]) if line < len(lines) else None
    if match is None:
        return ""
    return _PUT_IT_AFTER.format(_ENDS_EARLY if match["quote"] else _IS_NO_TEXT, match[1] or match[3])


class _Reader:
    """Walks the node tree once and fills the Document."""

    def __init__(self, document: Document, most: int) -> None:
        self.document = document
        self.count, self.most = 0, most

    def read_root(self, node: yaml.Node | None) -> None:
        if node is not None:
            self.document.lines[()] = node.start_mark.line + 1
            self.document.values = self.value(node, ())

    def value(self, node: yaml.Node, where: Where) -> Value:
        self.count += 1
        if self.count > self.most or len(where) > MAX_DEPTH:
            if not self.count > self.most + 1:
                self.problem(node, where, "repeats itself without end, or is far too large. Remove the alias (*name).")
            self.count = max(self.count, self.most + 1)
            return None
        if isinstance(node, yaml.MappingNode):
            return dict(self.pairs(node, where))
        if isinstance(node, yaml.SequenceNode):
            return [self.item(child, (*where, index)) for index, child in enumerate(node.value)]
        return self.scalar(node, where)

    def item(self, node: yaml.Node, where: Where) -> Value:
        self.document.lines[where] = node.start_mark.line + 1
        return self.value(node, where)

    def pairs(self, node: yaml.MappingNode, where: Where) -> Iterator[tuple[str, Value]]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.problem(key_node, where, "a key must be one word, not a list or a block.")
                continue
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in seen:
                again = f"written twice (also on line {seen[key]}). YAML would silently use the last one; keep one."
                self.document.problems.append(Problem(line, dotted((*where, key)), again))
                continue
            seen[key] = line
            self.document.lines[(*where, key)] = line
            yield key, self.value(value_node, (*where, key))

    def scalar(self, node: yaml.Node, where: Where) -> Value:
        if not node.tag.startswith("tag:yaml.org,2002:") or "python" in node.tag:
            self.problem(node, where, f"{shown(node.tag)} is a YAML tag; write the value without it.")
            return None
        style = getattr(node, "style", None)
        is_unquoted = style is None
        if style in ("'", '"'):
            self.document.quoted.add(where)
        return None if is_unquoted and node.value in ("", "~", "null", "Null", "NULL") else str(node.value)

    def problem(self, node: yaml.Node, where: Where, text: str) -> None:
        self.document.problems.append(Problem(node.start_mark.line + 1, dotted(where), text))
