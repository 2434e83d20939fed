"""OpenCitations: /index/v2/citations and /citation-count by doi: or pmid:, /meta/v1/metadata."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import unquote
from zlib import crc32

from monitor.sandbox.request import Request, Response
from monitor.sandbox.services.answers import as_json, as_text, today
from monitor.sandbox.services.corpus import Citation, Corpus, Work

_PATH = re.compile(r"(?:^|/)(citations|citation-count|metadata)/(.+)$")

#: Meta answers 500 when it is asked for more.
_MOST_IDS = 14


def answer(corpus: Corpus, request: Request) -> Response:
    """The answer to one request. Nothing, unknown, and an id without prefix are all an empty list."""
    found = _PATH.search(unquote(request.path))
    if not found:
        return as_text("HTTP status code 500: something unexpected happened", 500)
    on = today(request)
    if found[1] == "metadata":
        return _metadata(corpus, found[2].split("__"), on)
    cited = _known(corpus, found[2], on)
    rows = (
        [_row(cited, citing, citation) for citation, citing in corpus.seen_by("opencitations", cited, on)]
        if cited
        else []
    )
    return as_json([{"count": str(len(rows))}] if found[1] == "citation-count" else rows)


def _metadata(corpus: Corpus, ids: list[str], on: date) -> Response:
    if len(ids) > _MOST_IDS:
        return as_text("HTTP status code 500: too many identifiers", 500)
    works = [work for id in ids if (work := _known(corpus, id, on))]
    return as_json([_meta(work) for work in works])


def _known(corpus: Corpus, id: str, on: date) -> Work | None:
    """The work by a prefixed id; a work is in Meta since it is published."""
    return next((work for work in corpus.works.values() if work.on <= on and id.lower() in _ids(work).split()), None)


def _ids(work: Work) -> str:
    """All ids of a work in one string, the omid first."""
    ids = [f"omid:br/06{crc32(work.id.encode())}"]
    ids += [f"doi:{work.doi.lower()}"] if work.doi else []
    return " ".join([*ids, f"pmid:{work.pmid}"] if work.pmid else ids)


def _row(cited: Work, citing: Work, citation: Citation) -> dict[str, str]:
    years = max(0, (citing.on - cited.on).days // 365)
    return {
        "oci": f"06{crc32(citation.citing.encode())}-06{crc32(citation.cited.encode())}",
        "citing": _ids(citing),
        "cited": _ids(cited),
        "creation": str(citing.on),
        "timespan": f"P{years}Y",
        "journal_sc": "no",
        "author_sc": "no",
    }


def _meta(work: Work) -> dict[str, str]:
    return {
        "id": _ids(work),
        "title": work.title,
        "author": work.authors,
        "pub_date": str(work.on),
        "venue": work.journal,
        "type": work.type.replace("-", " "),
        "publisher": "",
    }
