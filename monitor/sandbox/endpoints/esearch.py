"""ESearch: a query to PMIDs (NBK25499; recorded responses of 2024-2026 for the shapes)."""

from __future__ import annotations

from monitor.sandbox.corpus.view import Library, Search
from monitor.sandbox.endpoints import envelopes
from monitor.sandbox.endpoints.envelopes import element
from monitor.sandbox.endpoints.history import HistoryError
from monitor.sandbox.query import QuerySyntaxError
from monitor.sandbox.request import Request, Response

WALL = 9999
DEFAULT_RETMAX = 20
RESTRICTED = f"Restrictions achieved. start and count adjusted to 0, {WALL}"
BEHIND_THE_WALL = (
    "Search Backend failed: Exception:\n'retstart' cannot be larger than 9998. For PubMed, ESearch can only retrieve "
    "the first 9,999 records matching the query. To obtain more than 9,999 PubMed records, consider using EDirect that "
    "contains additional logic to batch PubMed search results automatically so that an arbitrary number can be "
    "retrieved. For details see https://www.ncbi.nlm.nih.gov/books/NBK25499/"
)


def esearch(library: Library, request: Request) -> Response:
    """The response to an ESearch call."""
    db = request.get("db", "pubmed")
    if db != "pubmed":
        return _error(request, f"Invalid db name specified: {db}")
    start = request.number_of("retstart", 0)
    if start > WALL - 1:
        return _error(request, BEHIND_THE_WALL)
    try:
        found = library.search(request)
    except (QuerySyntaxError, HistoryError) as problem:
        return _error(request, str(problem))
    if request.get("rettype") == "count":
        return _count(request, len(found.pmids))
    return _page(library, request, found, start)


def _error(request: Request, message: str) -> Response:
    if request.is_json():
        return envelopes.json_result("esearch", {"esearchresult": {"ERROR": message}})
    return envelopes.error("eSearchResult", message)


def _count(request: Request, count: int) -> Response:
    if request.is_json():
        return envelopes.json_result("esearch", {"esearchresult": {"count": str(count)}})
    return envelopes.result("eSearchResult", f"\n\t{element('Count', count)}\n")


def _page(library: Library, request: Request, found: Search, start: int) -> Response:
    asked = request.number_of("retmax", DEFAULT_RETMAX)
    page = found.pmids[start : min(start + asked, WALL)]
    kept = None
    if request.get("usehistory").lower() == "y":
        kept = library.history.add(found.pmids, request.get("WebEnv"))
    warnings = [RESTRICTED] if asked > WALL else []
    if not found.pmids:
        warnings.append("No items found.")
    shape = _json if request.is_json() else _xml
    return shape(found, page, start, kept, warnings)


def _xml(found: Search, page: list[str], start: int, kept: tuple[str, int] | None, warnings: list[str]) -> Response:
    result = found.result
    parts = [element("Count", len(found.pmids)), element("RetMax", len(page)), element("RetStart", start)]
    if kept:
        parts += [element("QueryKey", kept[1]), element("WebEnv", kept[0])]
    parts += [
        envelopes.id_list(page),
        _translations(result.translated),
        element("QueryTranslation", result.translation),
    ]
    errors = [element("PhraseNotFound", phrase) for phrase in result.phrases_not_found]
    errors += [element("FieldNotFound", field) for field in result.fields_not_found]
    remarks = [element("QuotedPhraseNotFound", phrase) for phrase in result.quoted_not_found]
    remarks += [element("OutputMessage", message) for message in warnings]
    for name, inside in (("ErrorList", errors), ("WarningList", remarks)):
        if inside:
            parts.append(f"<{name}>{''.join(inside)}</{name}>")
    return envelopes.result("eSearchResult", "".join(parts))


def _translations(translated: tuple[tuple[str, str], ...]) -> str:
    if not translated:
        return "<TranslationSet/>"
    blank = " " * 5
    inside = (
        f"<Translation>{blank}{element('From', source)}{blank}{element('To', target)}    </Translation>"
        for source, target in translated
    )
    return f"<TranslationSet>{''.join(inside)}</TranslationSet>"


def _json(found: Search, page: list[str], start: int, kept: tuple[str, int] | None, warnings: list[str]) -> Response:
    result = found.result
    content: dict[str, object] = {
        "count": str(len(found.pmids)),
        "retmax": str(len(page)),
        "retstart": str(start),
    }
    if kept:
        content |= {"querykey": str(kept[1]), "webenv": kept[0]}
    content |= {
        "idlist": page,
        "translationset": [{"from": source, "to": target} for source, target in result.translated],
        "querytranslation": result.translation,
    }
    if result.phrases_not_found or result.fields_not_found:
        content["errorlist"] = {
            "phrasesnotfound": list(result.phrases_not_found),
            "fieldsnotfound": list(result.fields_not_found),
        }
    if warnings or result.quoted_not_found:
        content["warninglist"] = {
            "phrasesignored": [],
            "quotedphrasesnotfound": list(result.quoted_not_found),
            "outputmessages": warnings,
        }
    return envelopes.json_result("esearch", {"esearchresult": content})
