"""NIH iCite: /pubs?pmids=… in the shape of 2024, /pubs/{pmid} in that of 2025."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from monitor.sandbox.request import Request, Response
from monitor.sandbox.services.answers import as_json, as_text, today
from monitor.sandbox.services.corpus import Corpus, Work

_PATH = re.compile(r"(?:^|/)pubs(?:/(\d+))?/?$")

#: With legacy=false the fields have these names.
_NEW_NAMES = {
    "cited_by": "citedByPmids",
    "references": "citedPmids",
    "cited_by_clin": "citingClinicalPmids",
    "relative_citation_ratio": "rcr",
    "is_clinical": "isClinicalArticle",
}


def answer(corpus: Corpus, request: Request) -> Response:
    """The answer to one request."""
    found = _PATH.search(request.path)
    if not found:
        return as_text("Not Found", 404)
    asked = [found[1]] if found[1] else [pmid for pmid in re.split(r"[,\s]+", request.get("pmids")) if pmid]
    on = today(request)
    known = [work for work in corpus.works.values() if work.pmid in asked and work.pmid and work.on <= on]
    # not in the order asked: recorded in 2024
    known.sort(key=lambda work: work.id, reverse=True)
    rows = [_row(corpus, work, on, is_single=bool(found[1])) for work in known]
    if request.get("legacy") == "false":
        rows = [{_NEW_NAMES.get(name, name): value for name, value in row.items()} for row in rows]
    if wanted := request.get("fl"):
        rows = [{name: row[name] for name in wanted.split(",") if name in row} for row in rows]
    if found[1]:
        return as_json({"data": rows})
    meta = {"pmids": request.get("pmids")} | ({"fl": wanted} if wanted else {})
    links = {} if wanted else {"links": {"self": "https://icite.od.nih.gov/api/pubs"}}
    return as_json({"meta": meta, **links, "data": rows})


def _row(corpus: Corpus, work: Work, on: date, *, is_single: bool) -> dict[str, Any]:
    """One article: flags are booleans in the shape of 2025, "Yes" and "No" in that of 2024."""
    citing = [(citation, other) for citation, other in corpus.seen_by("icite", work, on) if other.pmid]
    clinical = [other.pmid for citation, other in citing if citation.clinical_on and citation.clinical_on <= on]

    def flag(value: bool) -> bool | str:
        return value if is_single else ("Yes" if value else "No")

    row = {
        "pmid": int(work.pmid),
        "year": work.on.year,
        "title": work.title,
        "authors": [{"fullName": name} for name in work.authors.split(", ")] if is_single else work.authors,
        "journal": work.journal,
        "is_research_article": flag(True),
        "relative_citation_ratio": 1.0 if citing else None,
        "nih_percentile": None,
        "is_clinical": flag(False),
        "citation_count": len(citing),
        "provisional": flag(not citing),
        # null, not an empty list, when nothing clinical cites it
        "cited_by_clin": [int(pmid) for pmid in clinical] or None,
        "cited_by": [int(other.pmid) for _, other in citing],
        "references": _references(corpus, work, on),
        "doi": work.doi,
    }
    if not is_single:
        return {**row, "last_modified": f"{on:%m/%d/%Y}, 09:52:59"}
    return {"_id": work.pmid, **row, "citedByPmidsByYear": [{other.pmid: other.on.year} for _, other in citing]}


def _references(corpus: Corpus, work: Work, on: date) -> list[int]:
    cited = [c.cited for c in corpus.citations if c.citing == work.id and c.seen.get("icite", date.max) <= on]
    return [int(corpus.works[id].pmid) for id in cited if corpus.works[id].pmid]
