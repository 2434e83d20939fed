"""OpenAlex: /works/{pmid:… | doi:… | W…} and the list of works that cite one."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import unquote
from zlib import crc32

from monitor.sandbox.request import HTML, Request, Response
from monitor.sandbox.services.answers import as_json, today
from monitor.sandbox.services.corpus import Corpus, Work

_PATH = re.compile(r"(?:^|/)works(?:/(.+))?/?$")
_CITES = re.compile(r"cites:(W\d+)")


def answer(corpus: Corpus, request: Request) -> Response:
    """The answer to one request."""
    found = _PATH.search(unquote(request.path))
    if not found:
        return _not_found()
    if found[1]:
        one = next((work for work in _public(corpus, request) if found[1].lower() in _names(work)), None)
        return as_json(_shown(one, request)) if one else _not_found()
    return _list(corpus, request)


def _list(corpus: Corpus, request: Request) -> Response:
    if request.get("cursor") and not request.get("api_key"):
        return as_json({"error": "Invalid or missing API key", "message": "Provide a valid API key"}, 401)
    cites = _CITES.search(request.get("filter"))
    if not cites:
        return as_json({"error": "Invalid query parameters error.", "message": "filter is not a valid field."}, 400)
    cited = next((work for work in _public(corpus, request) if openalex_id(work) == cites[1]), None)
    found = [work for _, work in corpus.seen_by("openalex", cited, today(request))] if cited else []
    size = min(request.number_of("per_page", request.number_of("per-page", 25)), 200)
    cursor = request.get("cursor", "*")
    start = 0 if cursor == "*" else int(b64decode(cursor).decode())
    page = found[start : start + size]
    after = b64encode(str(start + size).encode()).decode() if len(page) == size else None
    meta: dict[str, object] = {
        "count": len(found),
        "db_response_time_ms": 9,
        "page": None,
        "per_page": size,
        "groups_count": None,
        "next_cursor": after,
    }
    results = [_shown(work, request) for work in page]
    return as_json({"meta": meta, "results": results, "group_by": []})


def _not_found() -> Response:
    return Response(b"<!doctype html><html lang=en><title>404 Not Found</title></html>\n", HTML, 404)


def _public(corpus: Corpus, request: Request) -> list[Work]:
    return [work for work in corpus.works.values() if work.on <= today(request)]


def openalex_id(work: Work) -> str:
    """Its id at OpenAlex."""
    return f"W{4_000_000_000 + crc32(work.id.encode()) % 1_000_000_000}"


def _names(work: Work) -> set[str]:
    """What a work may be asked for by."""
    doi = work.doi.lower()
    names = {openalex_id(work).lower(), f"pmid:{work.pmid}", f"doi:{doi}", f"https://doi.org/{doi}"}
    return names - {"pmid:", "doi:", "https://doi.org/"}


def _shown(work: Work, request: Request) -> dict[str, Any]:
    url = f"https://openalex.org/{openalex_id(work)}"
    retracted_on = work.is_retracted_on
    whole = {
        "id": url,
        "doi": f"https://doi.org/{work.doi}" if work.doi else None,
        "title": work.title,
        "display_name": work.title,
        "publication_year": work.on.year,
        "publication_date": str(work.on),
        "ids": {"openalex": url} | ({"pmid": f"https://pubmed.ncbi.nlm.nih.gov/{work.pmid}"} if work.pmid else {}),
        "primary_location": {"source": {"display_name": work.journal}} if work.journal else None,
        "type": {"journal-article": "article", "posted-content": "preprint"}.get(work.type, work.type),
        "authorships": [
            {"author": {"display_name": name}, "raw_author_name": name} for name in work.authors.split(", ")
        ],
        "cited_by_count": 0,
        "is_retracted": bool(retracted_on and retracted_on <= today(request)),
        "is_paratext": False,
        "created_date": str(work.on),
        "updated_date": f"{today(request)}T00:03:37.532706",
    }
    wanted = request.get("select").split(",") if request.get("select") else whole
    return {name: whole[name] for name in wanted if name in whole}
