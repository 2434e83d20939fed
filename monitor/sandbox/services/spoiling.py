"""How the answer of a service looks when it is slightly wrong: records or fields missing, another type, nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from monitor.sandbox.faults import Fault, Rule
from monitor.sandbox.request import Response

#: What becomes of one named part of a JSON value; GONE takes it away.
Change = Callable[[str, Any], Any]
GONE = object()

#: They lead to the next page, and there is none when nothing was found.
_CURSORS = ("nextPageToken", "nextCursorMark", "next-cursor", "next_cursor")


def spoiled(rule: Rule, good: Response, rows: Collection[str], total: str) -> Response:
    """`good` spoiled by `rule`; `rows` are the names of its list of records, `total` that of the number it promises."""
    if rule.fault is Fault.TRUNCATED:
        return good.but(good.body[: len(good.body) // 2 if rule.at_byte is None else rule.at_byte])
    if rule.fault not in _CHANGES:
        return good
    if "json" not in good.content_type:
        return good.but(_text(good.body, rule))
    value = json.loads(good.body)
    # a service that answers with a bare list of records has its list under the name ""
    whole = changed({"": value}, _CHANGES[rule.fault](rule, rows, total))
    return good.but(json.dumps(whole.get(""), ensure_ascii=False).encode())


def changed(value: Any, change: Change) -> Any:
    """The JSON value with `change(name, part)` in place of each of its named parts, the inner ones first."""
    if isinstance(value, dict):
        parts = {name: change(name, changed(part, change)) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part is not GONE}
    return [changed(part, change) for part in value] if isinstance(value, list) else value


def _halved(_rule: Rule, rows: Collection[str], _total: str) -> Change:
    return lambda name, part: part[::2] if name in rows and isinstance(part, list) else part


def _emptied(_rule: Rule, rows: Collection[str], total: str) -> Change:
    def change(name: str, part: Any) -> Any:
        if name in _CURSORS:
            return GONE
        return [] if name in rows else 0 if name == total else part

    return change


def _counted_up(_rule: Rule, _rows: Collection[str], total: str) -> Change:
    return lambda name, part: part + 1 if name == total else part


def _fields_gone(rule: Rule, rows: Collection[str], _total: str) -> Change:
    names = rule.fields or rows
    return lambda name, part: GONE if name in names else part


def _fields_retyped(rule: Rule, rows: Collection[str], _total: str) -> Change:
    names = rule.fields or rows
    return lambda name, part: {"value": part} if name in names else part


_CHANGES: Mapping[Fault, Callable[[Rule, Collection[str], str], Change]] = {
    Fault.RECORDS_MISSING: _halved,
    Fault.NOTHING_FOUND: _emptied,
    Fault.COUNT_TOO_HIGH: _counted_up,
    Fault.FIELD_MISSING: _fields_gone,
    Fault.FIELD_RETYPED: _fields_retyped,
}


def _text(body: bytes, rule: Rule) -> bytes:
    """XML or CSV: certain names are other ones, or every second line after the first is missing, or all of them are."""
    if rule.fault in (Fault.FIELD_MISSING, Fault.FIELD_RETYPED):
        for name in rule.fields:
            body = re.sub(rb"\b%b\b" % re.escape(name.encode()), b"renamed", body)
        return body
    head, *lines = body.splitlines(keepends=True)
    return head if rule.fault is Fault.NOTHING_FOUND else head + b"".join(lines[::2])
