"""LinkOut: the full texts of an article that providers have registered with NCBI. Their input is untrusted.

ELink's `cmd=llinks` lists the resources of all providers that are not libraries; only full texts are kept
(NBK25499; the format is that of the recorded responses and of eLink_101123.dtd).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import etree

from monitor.errors import UpstreamError
from monitor.model import Access, FullText
from monitor.sources.pubmed.http import Response
from monitor.sources.pubmed.records.text import normalize_space, plain_text
from monitor.sources.pubmed.responses import raise_for_error, read_root

#: Characters; a longer URL is left out, a longer name truncated.
MAX_URL_LENGTH = 1_000
MAX_NAME_LENGTH = 120

#: Full texts of one article that are kept; popular articles have a dozen.
MAX_PROVIDERS = 20

#: NCBI's category of providers that have the full text.
_FULL_TEXT = "full text sources"

#: NCBI's attributes that distinguish free from paid access.
_ACCESS = {"free resource": Access.FREE, "subscription/membership/fee required": Access.PAID}

#: A host name with a dot; its last label starts with a letter, which excludes IP addresses.
_HOST = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*", re.IGNORECASE)


def full_texts(response: Response, pmids: tuple[str, ...]) -> dict[str, tuple[FullText, ...]]:
    """Read ELink's `cmd=llinks` for `pmids`; raises UpstreamError unless each has an IdUrlSet, be it "No links"."""
    root = read_root(response, "eLinkResult")
    found: dict[str, tuple[FullText, ...]] = {}
    for link_set in root.iterfind("LinkSet"):
        raise_for_error(link_set.find("ERROR"))
        for one in link_set.iterfind("IdUrlList/IdUrlSet"):
            if one.find("ObjUrl") is not None or one.find("Info") is not None:
                found[normalize_space(one.findtext("Id"))] = tuple(dict.fromkeys(_full_text_links(one)))[:MAX_PROVIDERS]
    missing = [pmid for pmid in pmids if pmid not in found]
    if missing:
        raise UpstreamError(
            f"PubMed's response has no LinkOut entry for {', '.join(missing[:5])}, not even an empty one."
        )
    return {pmid: found[pmid] for pmid in pmids}


def _full_text_links(id_url_set: etree._Element) -> Iterator[FullText]:
    for link in id_url_set.iterfind("ObjUrl"):
        url = (link.findtext("Url") or "").strip()
        provider = plain_text(link.find("Provider/Name"))
        if _has_full_text(link) and provider and is_web_address(url):
            yield FullText(provider[:MAX_NAME_LENGTH], url, _access(link))


def _has_full_text(link: etree._Element) -> bool:
    return any(normalize_space(kind.text).lower() == _FULL_TEXT for kind in link.iterfind("Category"))


def _access(link: etree._Element) -> Access:
    stated = [_ACCESS.get(normalize_space(word.text).lower()) for word in link.iterfind("Attribute")]
    return next((access for access in stated if access), Access.NOT_STATED)


def is_web_address(url: str) -> bool:
    """True for a printable http or https URL with a host name, without user information, of limited length.

    Nothing else may become a link: `javascript:` is executed, and `https://pubmed.gov@elsewhere/` leads elsewhere.
    """
    if len(url) > MAX_URL_LENGTH or not url.isprintable() or re.search(r"[\s\\]", url):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # not a URL
        return False
    return parts.scheme in ("http", "https") and "@" not in parts.netloc and bool(_HOST.fullmatch(host))
