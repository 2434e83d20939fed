"""Europe PMC's REST service: /search for articles and preprints, /MED/{pmid}/citations."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from datetime import date
from typing import Any
from urllib.parse import quote

from monitor.sandbox.request import Request, Response
from monitor.sandbox.services.answers import as_json, as_text, present, today
from monitor.sandbox.services.corpus import Corpus, Preprint, Work
from monitor.sandbox.services.words import Query, QueryError, Term, parse

_VERSION = "6.9"
_ORDERS = {"", "P_PDATE_D desc", "P_PDATE_D asc", "CITED desc", "AUTH_FIRST asc", "PUB_YEAR desc", "FIRST_PDATE_D desc"}
_DATES = {
    "FIRST_PDATE": "firstPublicationDate",
    "E_PDATE": "firstPublicationDate",
    "CREATION_DATE": "firstIndexDate",
    "FIRST_IDATE": "firstIndexDate",
    "UPDATE_DATE": "dateOfRevision",
    "PUB_YEAR": "pubYear",
}
_WORDS = {
    "TITLE": ("title",),
    "ABSTRACT": ("abstractText",),
    "TITLE_ABS": ("title", "abstractText"),
    "AUTH": ("authorString",),
}
_CITATIONS = re.compile(r"(?:^|/)([A-Z]{3})/([^/]+)/citations$")

#: In "lite" a record has none of these.
_CORE_ONLY = {
    "abstractText",
    "pubTypeList",
    "commentCorrectionList",
    "fullTextUrlList",
    "dateOfCreation",
    "dateOfRevision",
}


def answer(corpus: Corpus, request: Request) -> Response:
    """The answer to one request."""
    if found := _CITATIONS.search(request.path):
        return _citations(corpus, request, found[1], found[2])
    return _search(corpus, request) if request.path.endswith("search") else as_text("Not Found", 404)


def _search(corpus: Corpus, request: Request) -> Response:
    if request.get("sort") not in _ORDERS:
        return as_json({"version": _VERSION})
    try:
        query = parse(request.get("query"))
        found = [record for record in _records(corpus, today(request)) if _matches(record, query)]
    except QueryError as problem:
        return as_json({"errCode": 404, "errMsg": f"Invalid query: {problem}"})
    found.sort(key=lambda record: (record["firstPublicationDate"], record["id"]), reverse=True)
    return _page(found, request)


def _page(found: list[dict[str, Any]], request: Request) -> Response:
    """One page by its cursor: the one after the last record is told with every page that has records."""
    size = min(request.number_of("pageSize", 25), 1000)
    cursor = request.get("cursorMark", "*")
    start = 0 if cursor == "*" else int(b64decode(cursor).decode().rpartition("/")[2])
    page = found[start : start + size]
    after = b64encode(f"Ao/{start + len(page)}".encode()).decode()
    kind = request.get("resultType", "lite")
    body = {
        "version": _VERSION,
        "hitCount": len(found),
        "nextCursorMark": (after if page else cursor) if found else None,
        "request": {
            "queryString": request.get("query"),
            "resultType": kind,
            "cursorMark": quote(cursor, safe=""),
            "pageSize": size,
            "sort": request.get("sort"),
            "synonym": request.get("synonym") == "true",
        },
        "resultList": {"result": [_shown(record, kind) for record in page]},
    }
    return as_json(present(body))


def _shown(record: dict[str, Any], kind: str) -> dict[str, Any]:
    if kind == "idlist":
        return {name: record[name] for name in ("id", "source", "pmid", "doi") if record.get(name)}
    return record if kind == "core" else {name: value for name, value in record.items() if name not in _CORE_ONLY}


def _matches(record: dict[str, Any], query: Query) -> bool:
    def holds(term: Term) -> bool:
        field = term.field.upper()
        if field in _DATES:
            return term.holds_of(record.get(_DATES[field]) or "")
        if field in _WORDS or not field:
            return term.is_in(" | ".join(str(record.get(name, "")) for name in _WORDS[field or "TITLE_ABS"]))
        if field == "PUB_TYPE":
            return any(term.holds_of(kind) for kind in record["pubTypeList"]["pubType"])
        name = {"SRC": "source", "EXT_ID": "id", "DOI": "doi", "OPEN_ACCESS": "isOpenAccess"}.get(field)
        if name is None:
            raise QueryError(f"unknown field {term.field}")
        return term.holds_of(str(record.get(name, "")))

    return query(holds)


def _records(corpus: Corpus, on: date) -> list[dict[str, Any]]:
    works = [_article(corpus, work, on) for work in corpus.works.values() if work.on <= on]
    return works + [record for preprint in corpus.preprints if (record := _preprint(corpus, preprint, on))]


def _article(corpus: Corpus, work: Work, on: date) -> dict[str, Any]:
    linked = [p for p in corpus.preprints if p.article == work.id and p.linked_on and p.linked_on <= on]
    return {
        **_common(work.europe_pmc_id, work.source, work.doi, work.title, work.authors, work.on),
        "pmid": work.pmid or None,
        "journalTitle": work.journal or None,
        "pubTypeList": {"pubType": list(work.types)},
        "commentCorrectionList": _links("Preprint in", [("PPR", p.id, p.server) for p in linked]),
    }


def _preprint(corpus: Corpus, preprint: Preprint, on: date) -> dict[str, Any] | None:
    state = preprint.at(on)
    if state is None:
        return None
    article = corpus.works[preprint.article] if preprint.linked_on and preprint.linked_on <= on else None
    links = [(article.source, article.europe_pmc_id, article.journal)] if article else []
    return {
        **_common(preprint.id, "PPR", preprint.doi, state["title"], preprint.authors, state["first_on"]),
        "abstractText": state.get("abstract"),
        "bookOrReportDetails": {"publisher": preprint.server, "yearOfPublication": state["first_on"].year},
        "pubTypeList": {"pubType": state["types"]},
        "commentCorrectionList": _links("Preprint of", links),
        "versionNumber": state["number"],
        "dateOfRevision": str(state["last_on"]),
    } | {"pubType": "; ".join(state["types"])}


def _common(id: str, source: str, doi: str, title: str, authors: str, on: date) -> dict[str, Any]:
    return {
        "id": id,
        "source": source,
        "doi": doi or None,
        "title": title,
        "authorString": authors,
        "pubYear": str(on.year),
        "isOpenAccess": "N",
        "inEPMC": "N",
        "inPMC": "N",
        "citedByCount": 0,
        "firstIndexDate": str(on),
        "firstPublicationDate": str(on),
        "dateOfCreation": str(on),
    }


def _links(kind: str, others: list[tuple[str, str, str]]) -> dict[str, Any] | None:
    rows = [
        {"id": id, "source": source, "reference": reference, "type": kind, "orderIn": number}
        for number, (source, id, reference) in enumerate(others, 1)
    ]
    return {"commentCorrection": rows} if rows else None


def _citations(corpus: Corpus, request: Request, source: str, id: str) -> Response:
    """Who cites an article: without DOI, and with a year only; a page beyond the last is empty."""
    cited = next((w for w in corpus.works.values() if (w.source, w.europe_pmc_id) == (source, id)), None)
    found = corpus.seen_by("europe_pmc", cited, today(request)) if cited else []
    size = min(request.number_of("pageSize", 25), 1000)
    offset = (max(request.number_of("page", 1), 1) - 1) * size
    body = {
        "version": _VERSION,
        "hitCount": len(found),
        "request": {"id": id, "source": source, "offSet": offset, "pageSize": size},
        "citationList": {"citation": [_citing(work) for _, work in found[offset : offset + size]]} if found else None,
    }
    return as_json(present(body))


def _citing(work: Work) -> dict[str, Any]:
    return {
        "id": work.europe_pmc_id,
        "source": work.source,
        "citationType": "; ".join(work.types),
        "title": work.title,
        "authorString": work.authors,
        "journalAbbreviation": work.journal or None,
        "pubYear": work.on.year,
        "citedByCount": 0,
    }
