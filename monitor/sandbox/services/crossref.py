"""Crossref REST: /works/{doi} with its updates and relations, /works?filter=… with a cursor that never changes."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any
from urllib.parse import unquote
from zlib import crc32

from monitor.sandbox.request import TEXT, Request, Response
from monitor.sandbox.services.answers import as_json, today
from monitor.sandbox.services.corpus import Corpus, Notice

_PATH = re.compile(r"(?:^|/)works(?:/(.+))?/?$")
_HEADERS = (
    ("x-api-pool", "public"),
    ("x-concurrency-limit", "1"),
    ("x-rate-limit-interval", "1s"),
    ("x-rate-limit-limit", "5"),
)
#: Fields that `select` rejects although a work has them.
_NOT_SELECTABLE = "updated"

Item = dict[str, Any]


def answer(corpus: Corpus, request: Request) -> Response:
    """The answer to one request."""
    found = _PATH.search(unquote(request.path))
    items = _items(corpus, today(request))
    if found and found[1]:
        item = items.get(found[1].lower())
        return _message("work", item) if item else _not_found()
    return _list(corpus, request, list(items.values())) if found else _not_found()


def _message(kind: str, message: object) -> Response:
    body = {"status": "ok", "message-type": kind, "message-version": "1.0.0", "message": message}
    return as_json(body).with_headers(*_HEADERS)


def _not_found() -> Response:
    return Response(b"Resource not found.", TEXT, 404, _HEADERS)


def _failed(status: int, kind: str, problem: str, value: str, text: str) -> Response:
    message = [{"type": problem, "value": value, "message": text}]
    return as_json({"status": "failed", "message-type": kind, "message": message}, status).with_headers(*_HEADERS)


def _list(corpus: Corpus, request: Request, items: list[Item]) -> Response:
    if _NOT_SELECTABLE in request.get("select").split(","):
        return _failed(400, "validation-failure", "select-not-available", _NOT_SELECTABLE, "Select not available.")
    wanted: dict[str, list[str]] = defaultdict(list)
    for part in filter(None, request.get("filter").split(",")):
        name, _, value = part.partition(":")
        wanted[name].append(value.lower())
    unknown = next((name for name in wanted if name not in _FILTERS), "")
    if unknown:
        return _failed(400, "validation-failure", "filter-not-available", unknown, f"Filter {unknown} is not available")
    # the same filter twice means either, different filters mean both
    found = [
        item for item in items if all(any(_FILTERS[name](item, v) for v in values) for name, values in wanted.items())
    ]
    return _page(corpus, request, sorted(found, key=lambda item: item["DOI"]))


def _page(corpus: Corpus, request: Request, found: list[Item]) -> Response:
    rows = min(request.number_of("rows", 20), 1000)
    cursor, start = request.get("cursor"), request.number_of("offset", 0)
    scroll = b64encode(f"scroll {request.get('filter')} {request.get('query')}".encode()).decode()
    if cursor and cursor != "*" and cursor not in corpus.scrolls:
        return _failed(404, "resource-failure", "cursor-invalid", cursor, "Cursor specified but it is invalid")
    if cursor:
        start = 0 if cursor == "*" else corpus.scrolls[cursor]
        corpus.scrolls[scroll] = start + rows
    page = found[start : start + rows]
    message = {"facets": {}, "total-results": len(found), "items": [_selected(item, request) for item in page]}
    follow = {"next-cursor": scroll} if cursor else {}
    query = {"start-index": 0, "search-terms": request.get("query") or None}
    return _message("work-list", {**message, **follow, "items-per-page": rows, "query": query})


def _selected(item: Item, request: Request) -> Item:
    names = request.get("select").split(",") if request.get("select") else item
    return {name: item[name] for name in names if name in item}


def _updates(item: Item, value: str) -> bool:
    return any(entry["DOI"] == value for entry in item.get("update-to", ()))


def _of_type(item: Item, value: str) -> bool:
    return any(entry["type"] == value.replace("-", "_") for entry in item.get("update-to", ()))


def _has_relation(item: Item, value: str) -> bool:
    return any(value in (other["id"], name) for name, others in item["relation"].items() for other in others)


_FILTERS: dict[str, Callable[[Item, str], bool]] = {
    "doi": lambda item, value: item["DOI"] == value,
    "updates": _updates,
    "is-update": lambda item, value: bool(item.get("update-to")) == (value in ("true", "t", "1")),
    "update-type": _of_type,
    "type": lambda item, value: item["type"] == value,
    "from-index-date": lambda item, value: item["indexed"]["date-time"][:10] >= value,
    "from-update-date": lambda item, value: item["deposited"]["date-time"][:10] >= value,
    "has-relation": lambda item, value: bool(item["relation"]) == (value in ("true", "t", "1")),
    "relation.type": _has_relation,
    "relation.object": _has_relation,
}


def _items(corpus: Corpus, on: date) -> dict[str, Item]:
    """All works on `on` by DOI: articles, preprints and notices."""
    items: dict[str, Item] = {}
    for work in corpus.works.values():
        if work.doi and work.on <= on:
            items[work.doi.lower()] = _item(work.doi, work.type, work.title, work.on, work.journal)
    for preprint in corpus.preprints:
        if state := preprint.at(on):
            doi = preprint.doi.lower()
            items[doi] = _item(doi, "posted-content", state["title"], state["first_on"], "") | {"subtype": "preprint"}
            if preprint.linked_on and preprint.linked_on <= on:
                article = corpus.works[preprint.article].doi.lower()
                _relate(items, doi, "is-preprint-of", article, "subject")
                _relate(items, article, "has-preprint", doi, "object")
    for notice in corpus.notices:
        if notice.since <= on:
            _link(items, notice)
    return items


def _relate(items: dict[str, Item], doi: str, kind: str, other: str, asserted_by: str) -> None:
    if doi in items:
        related = items[doi]["relation"].setdefault(kind, [])
        related.append({"id-type": "doi", "id": other, "asserted-by": asserted_by})


def _link(items: dict[str, Item], notice: Notice) -> None:
    """Put the notice on the article, and the article on the notice; only on the article where deposited backwards."""
    doi, own = notice.doi.lower(), notice.notice.lower()
    if own not in items:
        items[own] = _item(own, "journal-article", f"{_label(notice.type)} notice", notice.on, "")
    if notice.is_backwards:
        if doi in items:
            items[doi].setdefault("update-to", []).append(_entry(notice, own))
        return
    items[own].setdefault("update-to", []).append(_entry(notice, doi))
    if doi in items:
        items[doi].setdefault("updated-by", []).append(_entry(notice, own))
        items[doi]["indexed"] = _moment(max(notice.since, date.fromisoformat(items[doi]["indexed"]["date-time"][:10])))


def _entry(notice: Notice, doi: str) -> Item:
    known = {"DOI": doi, "type": notice.type, "label": _label(notice.type), "source": notice.source}
    number = {"record-id": notice.record_id} if notice.record_id else {}
    return {**known, "updated": _moment(notice.on), **number}


def _label(kind: str) -> str:
    return kind.replace("_", " ").capitalize()


def _moment(on: date) -> Item:
    at = datetime.combine(on, time(), UTC)
    parts = [[on.year, on.month, on.day]]
    return {"date-parts": parts, "date-time": f"{at:%Y-%m-%dT%H:%M:%SZ}", "timestamp": int(at.timestamp() * 1000)}


def _item(doi: str, kind: str, title: str, on: date, journal: str) -> Item:
    return {
        "indexed": _moment(on),
        "DOI": doi.lower(),
        "type": kind,
        "created": _moment(on),
        "deposited": _moment(on),
        "source": "Crossref",
        "is-referenced-by-count": 0,
        "title": [title],
        "container-title": [journal] if journal else [],
        "issued": {"date-parts": [[on.year, on.month, on.day]]},
        "member": str(crc32(doi.split("/")[0].encode()) % 1000),
        "URL": f"https://doi.org/{doi.lower()}",
        "relation": {},
    }
