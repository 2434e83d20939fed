"""CommentsCorrections elements: retractions, concerns, errata, comments and updates, by or about the article."""

from __future__ import annotations

from lxml import etree

from monitor.model import Notice, NoticeKind, Reference
from monitor.sources.pubmed.records.text import plain_text

#: RefType (DTD pubmed_250101) without its direction. "Retracted and republished in" is a retraction of the article
#: that carries it; a partial one is an erratum to NLM; the republished article ("…From") is not itself retracted.
KINDS = {
    "RetractionIn": NoticeKind.RETRACTION,
    "RetractionOf": NoticeKind.RETRACTION,
    "PartialRetractionIn": NoticeKind.ERRATUM,
    "PartialRetractionOf": NoticeKind.ERRATUM,
    "RetractedandRepublishedIn": NoticeKind.RETRACTION,
    "RetractedandRepublishedFrom": NoticeKind.REPUBLISHED,
    "ExpressionOfConcernIn": NoticeKind.CONCERN,
    "ExpressionOfConcernFor": NoticeKind.CONCERN,
    "ErratumIn": NoticeKind.ERRATUM,
    "ErratumFor": NoticeKind.ERRATUM,
    "CorrectedandRepublishedIn": NoticeKind.REPUBLISHED,
    "CorrectedandRepublishedFrom": NoticeKind.REPUBLISHED,
    "RepublishedIn": NoticeKind.REPUBLISHED,
    "RepublishedFrom": NoticeKind.REPUBLISHED,
    "CommentIn": NoticeKind.COMMENT,
    "CommentOn": NoticeKind.COMMENT,
    "UpdateIn": NoticeKind.UPDATE,
    "UpdateOf": NoticeKind.UPDATE,
}

#: The RefType with which older records list their references.
CITES = "Cites"


def of(links: etree._Element | None) -> tuple[tuple[Notice, ...], tuple[Reference, ...]]:
    """(notices, references) of a CommentsCorrectionsList; links of type Cites are the references."""
    notices: list[Notice] = []
    cites: list[Reference] = []
    for link in links if links is not None else ():
        if link.tag != "CommentsCorrections":
            continue
        if link.get("RefType") == CITES:
            pmid = plain_text(link.find("PMID"))
            if pmid:
                cites.append(Reference(pmid=pmid))
        else:
            notices.append(_notice(link))
    return tuple(notices), tuple(cites)


def _notice(link: etree._Element) -> Notice:
    parts = {child.tag: child for child in link}
    ref_type = link.get("RefType") or ""
    return Notice(
        kind=KINDS.get(ref_type, NoticeKind.OTHER),
        ref_type=ref_type,
        about_this=ref_type.endswith("In"),
        pmid=plain_text(parts.get("PMID")),
        citation=plain_text(parts.get("RefSource")),
        note=plain_text(parts.get("Note")),
    )
