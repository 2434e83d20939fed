"""The envelopes of E-utilities responses: XML headers, DOCTYPEs, errors, JSON headers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from xml.sax.saxutils import escape

from monitor.sandbox.request import JSON, Response

_NO_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_DTD = "https://eutils.ncbi.nlm.nih.gov/eutils/dtd"
#: Root element → (name in the DOCTYPE, DTD). EFetch's error DOCTYPE really is misspelt.
_DOCTYPES = {
    "eSearchResult": ("eSearchResult", "esearch 20060628", "20060628/esearch.dtd"),
    "eFetchResult": ("eEfetchResult", "efetch 20131226", "20131226/efetch.dtd"),
    "eLinkResult": ("eLinkResult", "elink 20101123", "20101123/elink.dtd"),
    "ePostResult": ("ePostResult", "epost 20090526", "20090526/epost.dtd"),
    "eSummaryResult": ("eSummaryResult", "esummary v1 20041029", "20041029/esummary-v1.dtd"),
    "eInfoResult": ("eInfoResult", "einfo 20130322", "20130322/einfo.dtd"),
}


def prolog(root: str) -> str:
    """XML declaration and DOCTYPE for `root`."""
    name, public, system = _DOCTYPES[root]
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n'
        f'<!DOCTYPE {name} PUBLIC "-//NLM//DTD {public}//EN" "{_DTD}/{system}">\n'
    )


def result(root: str, inside: str) -> Response:
    """A complete XML response."""
    return Response(f"{prolog(root)}<{root}>{inside}</{root}>\n".encode())


def error(root: str, *messages: str, status: int = 200) -> Response:
    """An XML response of ERROR elements only."""
    inside = "".join(f"\n\t{element('ERROR', message)}" for message in messages)
    return Response(result(root, inside + "\n").body, status=status)


def json_result(kind: str, content: dict[str, object], version: str = "0.3") -> Response:
    """A JSON response with NCBI's header."""
    body = {"header": {"type": kind, "version": version}, **content}
    return Response(json.dumps(body).encode(), JSON)


def element(name: str, value: object) -> str:
    """<name>value</name>, escaped; characters that XML cannot hold are left out."""
    return f"<{name}>{escape(_NO_XML.sub('', str(value)))}</{name}>"


def id_list(pmids: Iterable[str]) -> str:
    """An IdList; the empty element where there are none."""
    inside = "\n".join(element("Id", pmid) for pmid in pmids)
    return f"<IdList>\n{inside}\n</IdList>" if inside else "<IdList/>"


def article_set(at: datetime, records: Iterable[bytes]) -> bytes:
    """A PubmedArticleSet as EFetch writes it: the DTD of the current year, no line breaks between records."""
    head = (
        '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC '
        f'"-//NLM//DTD PubMedArticle, 1st January {at.year}//EN" '
        f'"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_{at:%y}0101.dtd">\n<PubmedArticleSet>\n'
    )
    return head.encode() + b"".join(records) + b"</PubmedArticleSet>"
