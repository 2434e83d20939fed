"""What an E-utility's answer says, and whether it may be believed. Status 200 alone means nothing.

The failures told apart here are those of recorded and reported answers; bodies and statuses are
NCBI's own, see https://www.ncbi.nlm.nih.gov/books/NBK25499/ for the normal ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from monitor.errors import QueryError, RecordError, UpstreamError
from monitor.sources.pubmed.http import Response
from monitor.sources.pubmed.records import reader
from monitor.sources.pubmed.records.text import plain, squeeze
from monitor.sources.pubmed.retry import Busy

#: Words of an ERROR that a second try cannot mend: the request itself is wrong.
_FINAL = re.compile(
    r"empty term|nothing todo|invalid db|invalid field|retstart|cannot be larger|id parameter is empty"
    r"|out of range|unknown parameter|api key invalid|no correct ids",
    re.IGNORECASE,
)
_NO_CORRECT_IDS = re.compile(rb"ID list is empty|no correct IDs", re.IGNORECASE)

#: Complaints of ESearch that come with every answer of their kind and tell the operator nothing.
_USUAL = re.compile(r"^No items found\.?$|^Restrictions achieved", re.IGNORECASE)

#: What EFetch wraps records in; books come in the first one too.
SETS = ("PubmedArticleSet", "PubmedBookArticleSet")

#: An answer over its size limit, or from an overloaded server: half of it may pass.
TOO_MUCH = frozenset({500, 502, 504})


class TooMuch(UpstreamError):
    """A batch that failed in a way that a smaller one may not: a gateway error, or records that do not parse."""


@dataclass(frozen=True, slots=True)
class Listed:
    """ESearch's answer: how many match, which of them were listed, and how the query was understood."""

    count: int
    pmids: tuple[str, ...]
    translation: str
    warnings: tuple[str, ...]


def listed(response: Response) -> Listed:
    """Read ESearch; raises UpstreamError unless the answer has a Count, a list of ids and no ERROR."""
    root = read_root(response, "eSearchResult")
    count = squeeze(root.findtext("Count"))
    if not (count.isascii() and count.isdigit()):
        raise UpstreamError("PubMed's answer to the search has no Count, so it is not believed.")
    pmids = tuple([squeeze(item.text) for item in root.iterfind("IdList/Id")])
    if not all(pmid.isascii() and pmid.isdigit() for pmid in pmids):
        raise UpstreamError("PubMed's answer to the search lists ids that are not PMIDs.")
    return Listed(int(count), pmids, squeeze(root.findtext("QueryTranslation")), _warnings(root))


def _warnings(root: etree._Element) -> tuple[str, ...]:
    told = [item for name in ("ErrorList", "WarningList") for item in root.iterfind(f"{name}/*")]
    return tuple([f"{item.tag}: {plain(item)}" for item in told if not _USUAL.search(plain(item))])


def linked(response: Response, pmids: tuple[str, ...], link_name: str) -> dict[str, tuple[str, ...]]:
    """Read ELink for `pmids`: the targets of each, in order; raises UpstreamError unless each has its LinkSet."""
    root = read_root(response, "eLinkResult")
    found: dict[str, tuple[str, ...]] = {}
    for link_set in root.iterfind("LinkSet"):
        refuse(link_set.find("ERROR"))
        sources = [squeeze(item.text) for item in link_set.iterfind("IdList/Id")]
        if len(sources) != 1:
            raise UpstreamError("PubMed merged the links of several articles; who cites whom is lost.")
        targets = (
            squeeze(item.text)
            for links in link_set.iterfind("LinkSetDb")
            if links.findtext("LinkName") == link_name
            for item in links.iterfind("Link/Id")
        )
        found[sources[0]] = tuple(dict.fromkeys(targets))
    unanswered = [pmid for pmid in pmids if pmid not in found]
    if unanswered:
        raise UpstreamError(f"PubMed gave no links for {', '.join(unanswered[:5])}, not even an empty list.")
    return {pmid: found[pmid] for pmid in pmids}


def fetched(response: Response) -> reader.Read:
    """Read EFetch; ids that PubMed never had give an empty Read. Raises TooMuch when the records do not parse."""
    if _NO_CORRECT_IDS.search(response.body[:2000]):
        return reader.Read()
    _check_status(response)
    try:
        root = reader.parse(response.body)
    except RecordError as error:
        raise TooMuch(f"PubMed's records could not be read as a whole. {_glimpse(response.body, error)}") from None
    if root.tag not in SETS:
        _expect(root, SETS[0])
    return reader.of_root(root)


def salvaged(response: Response) -> reader.Read:
    """Like `fetched`, but out of an answer that is not well-formed what can be mended is mended."""
    try:
        return fetched(response)
    except TooMuch as error:
        if response.status != 200:
            raise
        try:
            return reader.read(response.body)
        except RecordError:
            raise error from None


def read_root(response: Response, expected: str) -> etree._Element:
    """The root of an XML answer; raises UpstreamError unless it is `expected` and holds no ERROR."""
    _check_status(response)
    try:
        root = reader.parse(response.body)
    except RecordError as error:
        raise UpstreamError(f"PubMed's answer is not believed. {_glimpse(response.body, error)}") from None
    _expect(root, expected)
    return root


def _expect(root: etree._Element, expected: str) -> None:
    """Raises when the root element is another one, or when it holds an ERROR."""
    refuse(root.find("ERROR") if root.find("ERROR") is not None else root.find("error"))
    if root.tag != expected:
        raise UpstreamError(f"PubMed answered with <{root.tag}> instead of <{expected}>.")


def refuse(error: etree._Element | None) -> None:
    """Raises what an ERROR element means: QueryError when the request is wrong, UpstreamError when a server is."""
    if error is None:
        return
    text = plain(error)
    if _FINAL.search(text):
        raise QueryError(f"PubMed refused the request: {text}")
    raise UpstreamError(f"PubMed reported a failure of its own: {text}")


def _check_status(response: Response) -> None:
    """Raises for every status but 200, retryable where asking again can help."""
    status = response.status
    if status == 200:
        return
    if status == 429:
        raise Busy("PubMed says that it is asked too often (429).", response.retry_after)
    if status in TOO_MUCH:
        raise TooMuch(f"PubMed's server failed ({status}).")
    if status == 503:
        raise Busy("PubMed is not available (503).", response.retry_after)
    text = squeeze(response.body[:2000].decode("utf-8", errors="replace"))
    if status == 400 and "api key invalid" in text.lower():
        raise UpstreamError("NCBI does not know the API key. Check it, or remove it to go on without.", retryable=False)
    if status == 400:
        _refuse_400(response)
    message = f"PubMed refused the request ({status})."
    raise UpstreamError(message, retryable=status >= 500 or status in {408, 425})


def _refuse_400(response: Response) -> None:
    """A 400 can relay the failure of a server behind it; only its text tells."""
    try:
        root = reader.parse(response.body)
    except RecordError:
        raise QueryError("PubMed refused the request (400) without a reason that can be read.") from None
    refuse(root.find("ERROR"))


def _glimpse(body: bytes, error: RecordError) -> str:
    """In a few words what came instead."""
    start = body[:400].lstrip().lower()
    if not start:
        return "It is empty."
    if b"<html" in start or b"<!doctype html" in start or b"<head" in start:
        return "It is a web page."
    if start.startswith(b"{"):
        return f"It is JSON: {squeeze(body[:200].decode('utf-8', errors='replace'))}"
    return str(error)
