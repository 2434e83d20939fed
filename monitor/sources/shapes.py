"""What a service answered, read into structs that say which fields are needed and of which type they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from typing import TypeVar

import msgspec

from monitor.errors import UpstreamError
from monitor.model.values.clean_text import one_line

S = TypeVar("S")

#: Of so many records one may be missing from a list: those of Europe PMC have been one or two in a hundred short.
MAY_LACK = 20
#: Tags that some deposit as entities: "&lt;i&gt;in vivo&lt;/i&gt;".
_ESCAPED = re.compile(r"</?(?:i|b|u|em|strong|sub|sup|sc|scp)>", re.IGNORECASE)
_SECRET = re.compile(r"\b(api_key|email|mailto)(?:=|%3D)[^&\s\"'<>]+", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_YEAR = re.compile(r"[12][0-9]{3}(?![0-9])")


def read(label: str, value: object, shape: type[S]) -> S:
    """JSON as decoded by `json` as a struct; fields that it does not name are ignored.

    Raises UpstreamError, with the path of the first field that is missing or of another type; `label` names the source.
    """
    try:
        return msgspec.convert(value, shape, strict=False)
    except msgspec.ValidationError as error:
        raise UpstreamError(f"{label} answered in a form that Monitor does not know: {error}") from error


def words_of(message: object) -> str:
    """What a service says of an error, short and without the key and the address that it may repeat from the request.

    A text for logs, mails and `monitor status`.
    """
    return _SECRET.sub(r"\1=…", one_line(str(message)))[:300]


def readable(label: str, values: Iterable[object], shape: type[S]) -> tuple[tuple[S, ...], tuple[str, ...]]:
    """Those of `values` that have this shape, and why each of the others has not; null is the same as missing."""
    found: list[S] = []
    problems: list[str] = []
    for value in values:
        try:
            found.append(read(label, _without_nulls(value), shape))
        except UpstreamError as error:
            problems.append(str(error))
    return tuple(found), tuple(problems)


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nulls(part) for key, part in value.items() if part is not None}
    return [_without_nulls(part) for part in value if part is not None] if isinstance(value, list) else value


def several(listed: list[S] | S | None) -> list[S]:
    """The elements of a list; converters from XML write a list of one element as that element, and none as null."""
    return listed if isinstance(listed, list) else [] if listed is None else [listed]


def plain(title: str) -> str:
    """A title without the markup and the entities that publishers deposit in it and indexes hand on."""
    return one_line(_ESCAPED.sub("", unescape(_TAG.sub("", title))))


def year_in(value: object) -> int | None:
    """The year of 2021, "2021", "2021-03" and "2021-03-10"; None of anything else."""
    found = _YEAR.match(str(value)) if isinstance(value, str | int) else None
    return int(found[0]) if found else None


def compare_with_count(label: str, counted: int, listed: int) -> str:
    """A remark when the records listed are fewer than the source counts, "" when they are not.

    Raises UpstreamError when more are missing than counts and lists are known to differ by.
    """
    missing = counted - listed
    if missing > max(1, counted // MAY_LACK):
        raise UpstreamError(f"{label} counts {counted:,} and lists {listed:,}; the answer is not complete.")
    return f"{label} counts {counted:,} and lists {listed:,}" if missing > 0 else ""
