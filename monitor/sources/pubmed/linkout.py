"""LinkOut: where providers say the full text of an article is. Whatever they registered is a stranger's input.

ELink's `cmd=llinks` lists every provider that is no library, of all kinds; kept are those of full texts
(NBK25499; the shape is that of the recorded answers and of eLink_101123.dtd).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import etree

from monitor.errors import UpstreamError
from monitor.model import Access, FullText
from monitor.sources.pubmed.http import Response
from monitor.sources.pubmed.records.text import plain, squeeze
from monitor.sources.pubmed.responses import read_root, refuse

#: What is longer is left out: no address of an article needs it, and pages and rows stay small.
LONGEST_URL = 1_000
LONGEST_NAME = 120

#: So many providers of one article are kept; popular articles have a dozen.
MOST = 20

#: NCBI's name for the kind of provider that has the text itself.
_FULL_TEXT = "full text sources"

#: NCBI's words for what a reader meets there, as far as they tell free from paid.
_ACCESS = {"free resource": Access.FREE, "subscription/membership/fee required": Access.PAID}

#: A name with a dot; the last part begins with a letter, so that no number of a machine passes.
_HOST = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*", re.IGNORECASE)


def full_texts(response: Response, pmids: tuple[str, ...]) -> dict[str, tuple[FullText, ...]]:
    """Read ELink's `cmd=llinks` for `pmids`; raises UpstreamError unless each has its IdUrlSet, were it "No links"."""
    root = read_root(response, "eLinkResult")
    found: dict[str, tuple[FullText, ...]] = {}
    for link_set in root.iterfind("LinkSet"):
        refuse(link_set.find("ERROR"))
        for one in link_set.iterfind("IdUrlList/IdUrlSet"):
            if one.find("ObjUrl") is not None or one.find("Info") is not None:
                found[squeeze(one.findtext("Id"))] = tuple(dict.fromkeys(_kept(one)))[:MOST]
    unanswered = [pmid for pmid in pmids if pmid not in found]
    if unanswered:
        raise UpstreamError(f"PubMed did not say where {', '.join(unanswered[:5])} can be read, not even nowhere.")
    return {pmid: found[pmid] for pmid in pmids}


def _kept(id_url_set: etree._Element) -> Iterator[FullText]:
    for link in id_url_set.iterfind("ObjUrl"):
        url = (link.findtext("Url") or "").strip()
        provider = plain(link.find("Provider/Name"))
        if _has_full_text(link) and provider and is_web_address(url):
            yield FullText(provider[:LONGEST_NAME], url, _access(link))


def _has_full_text(link: etree._Element) -> bool:
    return any(squeeze(kind.text).lower() == _FULL_TEXT for kind in link.iterfind("Category"))


def _access(link: etree._Element) -> Access:
    told = [_ACCESS.get(squeeze(word.text).lower()) for word in link.iterfind("Attribute")]
    return next((access for access in told if access), Access.NOT_STATED)


def is_web_address(url: str) -> bool:
    """Is this an http or https address of a named host, printable, of bearable length, with no name or password in it?

    Nothing else may become a link: `javascript:` runs, and `https://pubmed.gov@elsewhere/` is elsewhere.
    """
    if len(url) > LONGEST_URL or not url.isprintable() or re.search(r"[\s\\]", url):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # no address at all
        return False
    return parts.scheme in ("http", "https") and "@" not in parts.netloc and bool(_HOST.fullmatch(host))
