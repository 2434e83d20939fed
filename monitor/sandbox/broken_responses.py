"""Broken responses: the bodies that NCBI sends on errors, and good responses made slightly wrong."""

from __future__ import annotations

import re
from collections.abc import Callable

from monitor.sandbox.endpoints import envelopes
from monitor.sandbox.endpoints.efetch import EMPTY_ID, NO_CORRECT_IDS
from monitor.sandbox.faults import Fault, Rule
from monitor.sandbox.request import HTML, JSON, TEXT, Request, Response

_ROOTS = {
    "esearch": "eSearchResult",
    "efetch": "eFetchResult",
    "elink": "eLinkResult",
    "epost": "ePostResult",
    "esummary": "eSummaryResult",
    "einfo": "eInfoResult",
}

#: Fault → (HTTP status, text of the ERROR element), for failures inside NCBI's own envelope.
_ERRORS: dict[Fault, tuple[int, str]] = {
    Fault.SEARCH_BACKEND: (200, "Search Backend failed: Database is not supported: pubmed"),
    Fault.VIEWER: (200, " Error: External viewer error: Empty Response. Bytes read: 0 Status: Timeout"),
    Fault.LINK_SERVER: (200, "Couldn't resolve #exLinkSrv2, the address table is empty."),
    Fault.BACKEND_EXCEPTION: (200, "NCBI C++ Exception: Error: CTxRawClient: closed connection EOF"),
    Fault.HISTORY_LOST: (200, "Unable to obtain query #1"),
    Fault.EMPTY_IDS: (200, EMPTY_ID),
    Fault.PROXY_ERROR: (400, "cannot get document: proxy_stream(): 502 Bad Gateway"),
    Fault.BAD_IDS: (400, NO_CORRECT_IDS),
    Fault.OUT_OF_RANGE: (400, "Cannot retrieve history data: OUT OF RANGE."),
}


def _page(title: str) -> bytes:
    return f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n".encode()


#: Fault → a complete response, the same for every endpoint.
_RESPONSES: dict[Fault, Response] = {
    Fault.BAD_KEY: Response(b'{"error":"API key invalid","api-key":"0000","type":"api","status":"unknown"}', JSON, 400),
    Fault.RATE_CONTROL: Response(
        b'{"error":"/lbsm/eutils_lb -> Neg","api-key":"127.0.0.1","type":"ip","status":"ok"}', JSON
    ),
    Fault.NO_ROUTE: Response(b"Unable to route request!\n\nservice name: /http/service/ratecontrol\n", TEXT),
    Fault.SERVER_ERROR: Response(_page("NCBI/eutils202 - WWW Error 500 Diagnostic"), HTML, 500),
    Fault.BAD_GATEWAY: Response(_page("502 Bad Gateway"), HTML, 502),
    Fault.UNAVAILABLE: Response(_page("503 Service Unavailable"), HTML, 503),
    Fault.MAINTENANCE: Response(_page("Site maintenance: down_bethesda"), HTML),
    Fault.JSON_INSTEAD: Response(b'{"header":{"type":"esearch","version":"0.3"},"esearchresult":{}}', JSON),
    Fault.EMPTY: Response(b""),
}


def limit_headers(limit: int, remaining: int) -> tuple[tuple[str, str], ...]:
    """NCBI's headers with the rate limit and what remains of it."""
    return (("X-RateLimit-Limit", str(limit)), ("X-RateLimit-Remaining", str(remaining)))


def too_many(count: int, limit: int, who: str, has_retry_after: bool = False) -> Response:
    """The 429 of the rate limiter."""
    body = f'{{"error":"API rate limit exceeded","api-key":"{who}","count":"{count}","limit":"{limit}"}}'
    retry = (("Retry-After", "1"),) if has_retry_after else ()
    return Response(body.encode(), JSON, 429, limit_headers(limit, 0) + retry)


def instead(fault: Fault, request: Request) -> Response | None:
    """The response to send in place of the real one, None when the fault modifies the real one."""
    root = _ROOTS[request.endpoint]
    if fault is Fault.RATE_LIMIT:
        return too_many(4, 3, "127.0.0.1", has_retry_after=True)
    if fault is Fault.PROLOG_ONLY:
        return Response(envelopes.prolog(root).encode())
    if fault is Fault.DOCSUM_COMMENT:
        inside = '\n<DocumentSummarySet status="OK"><!-- DocSum Backend failed --></DocumentSummarySet>\n'
        return envelopes.result(root, inside)
    if fault in _ERRORS:
        status, message = _ERRORS[fault]
        if request.is_json():
            key = "esearchresult" if request.endpoint == "esearch" else "ERROR"
            return envelopes.json_result(request.endpoint, {key: {"ERROR": message} if key != "ERROR" else message})
        return envelopes.error(root, message, status=status)
    return _RESPONSES.get(fault)


def spoiled(rule: Rule, good: Response) -> Response:
    """`good` made slightly wrong by a rule whose fault is about content; unchanged for all other faults."""
    if rule.fault in _BY_RULE:
        return good.but(_BY_RULE[rule.fault](good.body, rule))
    return good.but(_BY_CONTENT[rule.fault](good.body)) if rule.fault in _BY_CONTENT else good


def _middle(body: bytes, rule: Rule) -> int:
    return len(body) // 2 if rule.at_byte is None else min(rule.at_byte, len(body))


def _truncated(body: bytes, rule: Rule) -> bytes:
    return body[: _middle(body, rule)]


def _corrupted(body: bytes, rule: Rule) -> bytes:
    """The first ">" at or after the place becomes a "4", as seen at NCBI: malformed XML, not only a wrong letter."""
    place = body.find(b">", _middle(body, rule))
    return body if place < 0 else body[:place] + b"4" + body[place + 1 :]


def _doubled(body: bytes) -> bytes:
    doubled = re.sub(rb"(<Id>\d+</Id>)", rb"\1\n\1", body)
    return re.sub(rb'(\[|, )("\d+")(?=[,\]])', rb"\1\2, \2", doubled)


def _counted(body: bytes, add: int) -> bytes:
    """The first Count of an XML or JSON response, increased by `add`."""
    pattern = rb'(<Count>|"count": ")(\d+)'
    return re.sub(pattern, lambda found: found[1] + str(int(found[2]) + add).encode(), body, count=1)


def _records(body: bytes) -> list[bytes]:
    return re.findall(rb"<Pubmed(?:Book)?Article>.*?</Pubmed(?:Book)?Article>", body, re.DOTALL)


def _halved(body: bytes) -> bytes:
    for record in _records(body)[1::2]:
        body = body.replace(record, b"", 1)
    return body


def _without(body: bytes, rule: Rule) -> bytes:
    for record in _of(body, rule):
        body = body.replace(record, b"", 1)
    return body


def _malformed(body: bytes, rule: Rule) -> bytes:
    """An end tag in the records of the rule loses its bracket, so that no part of them can be trusted."""
    for record in _of(body, rule):
        body = body.replace(record, record.replace(b"</ArticleTitle>", b"</ArticleTitle", 1), 1)
    return body


def _of(body: bytes, rule: Rule) -> list[bytes]:
    """The records in `body` that the rule names: the first PMID in a record is its own."""
    own = re.compile(rb"<PMID[^>]*>(\d+)</PMID>")
    found = ((record, own.search(record)) for record in _records(body))
    return [record for record, pmid in found if pmid and pmid[1].decode() in rule.pmids]


def _unlisted(body: bytes, rule: Rule) -> bytes:
    """As an index answers that is being rebuilt: without an error, and the Count fits what is listed."""
    listed = [pmid.encode() for pmid in rule.pmids if b"<Id>%b</Id>" % pmid.encode() in body]
    for pmid in listed:
        body = body.replace(b"<Id>%b</Id>" % pmid, b"")
    return _counted(body, -len(listed))


def _dropped(body: bytes, rule: Rule) -> bytes:
    """As PubMed answers a query whose term it does not find: with a warning, and what the rest of the query matches."""
    ids = b"".join(b"<Id>%b</Id>" % pmid.encode() for pmid in sorted(rule.pmids))
    warning = b"<ErrorList><PhraseNotFound>%b</PhraseNotFound></ErrorList></eSearchResult>" % rule.fault.name.encode()
    body = re.sub(rb"<IdList ?/>|(?=</IdList>)", lambda found: b"<IdList>%b</IdList>" % ids if found[0] else ids, body)
    return _counted(body.replace(b"</eSearchResult>", warning, 1), len(rule.pmids))


def _unlinked(body: bytes) -> bytes:
    body = re.sub(rb"<LinkSetDb>.*?</LinkSetDb>", b"", body, flags=re.DOTALL)
    return re.sub(rb', "linksetdbs": \[.*?\]\}\]', b"", body, flags=re.DOTALL)


#: Faults that depend on the rule: a place, or how often it was applied.
_BY_RULE: dict[Fault, Callable[[bytes, Rule], bytes]] = {
    Fault.TRUNCATED: _truncated,
    Fault.CORRUPTED: _corrupted,
    Fault.COUNT_DRIFTS: lambda body, rule: _counted(body, rule.seen),
    Fault.RECORDS_LEFT_OUT: _without,
    Fault.RECORDS_MALFORMED: _malformed,
    Fault.IDS_LEFT_OUT: _unlisted,
    Fault.TERM_DROPPED: _dropped,
}
#: Faults that depend on the body alone.
_BY_CONTENT: dict[Fault, Callable[[bytes], bytes]] = {
    Fault.DUPLICATE_IDS: _doubled,
    Fault.COUNT_TOO_HIGH: lambda body: _counted(body, 1),
    Fault.RECORDS_MISSING: _halved,
    Fault.NO_LINKS: _unlinked,
}
