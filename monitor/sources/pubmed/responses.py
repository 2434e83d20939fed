"""Read the responses of the E-utilities, and decide whether they are complete and correct: status 200 is not enough.

The failures distinguished here are those of recorded and reported responses; the normal formats are in
https://www.ncbi.nlm.nih.gov/books/NBK25499/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from monitor.errors import QueryError, RecordError, UpstreamError
from monitor.sources.pubmed.http import Response
from monitor.sources.pubmed.records import reader
from monitor.sources.pubmed.records.text import normalize_space, plain_text
from monitor.sources.pubmed.retry import Busy

#: Texts of an ERROR element that mean that the request itself is wrong, so that a retry cannot help.
_BAD_REQUEST = re.compile(
    r"empty term|nothing todo|invalid db|invalid field|retstart|cannot be larger|id parameter is empty"
    r"|out of range|unknown parameter|api key invalid|no correct ids",
    re.IGNORECASE,
)

#: A PMID, and the largest number worth reading: a longer run of digits is not one (Python refuses 4,301 of them).
_PMID = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,10}", re.ASCII)

_NO_CORRECT_IDS = re.compile(rb"ID list is empty|no correct IDs", re.IGNORECASE)

#: Warnings of ESearch that belong to every response of their kind and are no use to the operator.
_NOT_WARNINGS = re.compile(r"^No items found\.?$|^Restrictions achieved", re.IGNORECASE)

#: Root elements of EFetch responses; books are in the first one too.
SETS = ("PubmedArticleSet", "PubmedBookArticleSet")

#: Statuses of a response that is too large or of an overloaded server: a smaller batch may pass.
BATCH_STATUSES = frozenset({500, 502, 504})


class BatchFailed(UpstreamError):
    """A batch failed in a way that a smaller one may not: a gateway error, or records that are not well-formed."""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """An ESearch response: how many records match, those it lists, and how the query was translated."""

    count: int
    pmids: tuple[str, ...]
    translation: str
    warnings: tuple[str, ...]


def read_search(response: Response) -> SearchPage:
    """Read ESearch; raises UpstreamError unless the response has a Count, a list of PMIDs and no ERROR."""
    root = read_root(response, "eSearchResult")
    count = _count(root)
    pmids = tuple([normalize_space(item.text) for item in root.iterfind("IdList/Id")])
    if not all(_PMID.fullmatch(pmid) for pmid in pmids):
        raise UpstreamError("PubMed's search response lists ids that are not PMIDs.")
    return SearchPage(count, pmids, normalize_space(root.findtext("QueryTranslation")), _warnings(root))


def read_count(response: Response) -> int:
    """Read ESearch with rettype=count; raises UpstreamError unless the response has a Count and no ERROR."""
    return _count(read_root(response, "eSearchResult"))


def _count(root: etree._Element) -> int:
    count = normalize_space(root.findtext("Count"))
    if not _COUNT.fullmatch(count):
        raise UpstreamError("PubMed's search response has no Count, so it is rejected.")
    return int(count)


def _warnings(root: etree._Element) -> tuple[str, ...]:
    remarks = [item for name in ("ErrorList", "WarningList") for item in root.iterfind(f"{name}/*")]
    return tuple([f"{item.tag}: {plain_text(item)}" for item in remarks if not _NOT_WARNINGS.search(plain_text(item))])


def read_links(response: Response, pmids: tuple[str, ...], link_name: str) -> dict[str, tuple[str, ...] | str]:
    """Read ELink for `pmids`: the targets of each, in order, or why they cannot be believed.

    Raises UpstreamError unless each has its LinkSet. A target that is no PMID spoils the links of its own article only:
    one request asks for those of many.
    """
    root = read_root(response, "eLinkResult")
    found: dict[str, tuple[str, ...] | str] = {}
    for link_set in root.iterfind("LinkSet"):
        raise_for_error(link_set.find("ERROR"))
        sources = [normalize_space(item.text) for item in link_set.iterfind("IdList/Id")]
        if len(sources) != 1:
            raise UpstreamError("PubMed merged the links of several articles; which article cites which is lost.")
        targets = [
            normalize_space(item.text)
            for links in link_set.iterfind("LinkSetDb")
            if links.findtext("LinkName") == link_name
            for item in links.iterfind("Link/Id")
        ]
        bad = next((target for target in targets if not _PMID.fullmatch(target)), None)
        refused = f"PubMed links PMID {sources[0]} to “{bad[:40]}”, which is no PMID." if bad is not None else ""
        found[sources[0]] = refused or tuple(dict.fromkeys(targets))
    missing = [pmid for pmid in pmids if pmid not in found]
    if missing:
        raise UpstreamError(f"PubMed's response has no links for {', '.join(missing[:5])}, not even an empty list.")
    return {pmid: found[pmid] for pmid in pmids}


def read_records(response: Response) -> reader.ReadResult:
    """Read EFetch; ids that PubMed does not know give an empty result. Raises BatchFailed if it is not well-formed."""
    if _NO_CORRECT_IDS.search(response.body[:2000]):
        return reader.ReadResult()
    _check_status(response)
    try:
        root = reader.parse(response.body)
    except RecordError as error:
        raise BatchFailed(
            f"PubMed's records could not be read as a whole. {_describe_body(response.body, error)}"
        ) from None
    if root.tag not in SETS:
        _expect(root, SETS[0])
    return reader.of_root(root)


def read_salvageable(response: Response) -> reader.ReadResult:
    """Like `read_records`, but records of a response that is not well-formed are repaired where possible."""
    try:
        return read_records(response)
    except BatchFailed as error:
        if response.status != 200:
            raise
        try:
            return reader.read(response.body)
        except RecordError:
            raise error from None


def read_root(response: Response, expected: str) -> etree._Element:
    """The root of an XML response; raises UpstreamError unless it is `expected` and contains no ERROR."""
    _check_status(response)
    try:
        root = reader.parse(response.body)
    except RecordError as error:
        raise UpstreamError(f"PubMed's response is rejected. {_describe_body(response.body, error)}") from None
    _expect(root, expected)
    return root


def _expect(root: etree._Element, expected: str) -> None:
    """Raises UpstreamError when the root is not `expected` or contains an ERROR."""
    raise_for_error(root.find("ERROR") if root.find("ERROR") is not None else root.find("error"))
    if root.tag != expected:
        raise UpstreamError(f"PubMed responded with <{root.tag}> instead of <{expected}>.")


def raise_for_error(error: etree._Element | None) -> None:
    """Raise for an ERROR element: QueryError when the request is wrong, UpstreamError when NCBI's server failed."""
    if error is None:
        return
    text = plain_text(error)
    if _BAD_REQUEST.search(text):
        raise QueryError(f"PubMed refused the request: {text}")
    raise UpstreamError(f"PubMed reported a failure of its own: {text}")


def _check_status(response: Response) -> None:
    """Raise UpstreamError for every status but 200, retryable where a retry may help."""
    status = response.status
    if status == 200:
        return
    if status == 429:
        raise Busy("PubMed reports too many requests (429).", response.retry_after)
    if status in BATCH_STATUSES:
        raise BatchFailed(f"PubMed's server failed ({status}).")
    if status == 503:
        raise Busy("PubMed is not available (503).", response.retry_after)
    text = normalize_space(response.body[:2000].decode("utf-8", errors="replace"))
    if status == 400 and "api key invalid" in text.lower():
        raise UpstreamError("NCBI does not know the API key. Check it, or remove it to go on without.", retryable=False)
    if status == 400:
        _raise_for_400(response)
    message = f"PubMed refused the request ({status})."
    raise UpstreamError(message, retryable=status >= 500 or status in {408, 425})


def _raise_for_400(response: Response) -> None:
    """Raise for status 400, which can also report a failure of NCBI's own server: its text decides."""
    try:
        root = reader.parse(response.body)
    except RecordError:
        raise QueryError("PubMed refused the request (400) without a readable reason.") from None
    raise_for_error(root.find("ERROR"))


def _describe_body(body: bytes, error: RecordError) -> str:
    """A short description of an unexpected response body."""
    start = body[:400].lstrip().lower()
    if not start:
        return "It is empty."
    if b"<html" in start or b"<!doctype html" in start or b"<head" in start:
        return "It is a web page."
    if start.startswith(b"{"):
        return f"It is JSON: {normalize_space(body[:200].decode('utf-8', errors='replace'))}"
    return str(error)
