"""What is about other records: notices, comments, letters, and what only tells of another group's trial. Pure."""

from __future__ import annotations

from monitor.evidence.article.classification import publication_types
from monitor.evidence.article.classification.case import Case, Finding, comment_role, linked_as
from monitor.evidence.article.classification.rules import pattern
from monitor.evidence.article.text import Reading, lowered, sentences
from monitor.model import Basis, Design, NoticeKind, Role

#: One of these stands in every sentence on allocation.
_ALLOCATION = ("random", "allocated", "assigned")


def notice(case: Case) -> Finding | None:
    """A notice of retraction, of concern or of an error, by type, link or title."""
    for design, ui, kind, group in _NOTICES:
        spoken = case.typed(ui) or linked_as(case.article, kind) or case.says(group)
        if spoken:
            role = Role.ERRATUM if design is Design.ERRATUM else None
            return Finding(design, case.level(spoken), (spoken,), role)
    return None


_NOTICES = (
    (Design.RETRACTION_NOTICE, publication_types.RETRACTION, NoticeKind.RETRACTION, "retraction_notice"),
    (Design.CONCERN_NOTICE, publication_types.CONCERN, NoticeKind.CONCERN, "concern_notice"),
    (Design.ERRATUM, publication_types.ERRATUM, NoticeKind.ERRATUM, "erratum"),
)


def comment(case: Case) -> Finding | None:
    """An editorial, a comment or news, by type, link or title."""
    if spoken := case.typed(publication_types.EDITORIAL) or case.says("editorial"):
        return Finding(Design.EDITORIAL, case.level(spoken), (spoken,), comment_role(case))
    if (
        spoken := case.typed(publication_types.COMMENT)
        or linked_as(case.article, NoticeKind.COMMENT)
        or case.says("comment")
    ):
        return Finding(Design.COMMENT, case.level(spoken), (spoken,), Role.COMMENT)
    if spoken := case.typed(publication_types.NEWS) or case.says("news"):
        return Finding(Design.NEWS, case.level(spoken), (spoken,))
    return None


def letter(case: Case) -> Finding | None:
    """A letter by its type; it may report a trial, so that it is asked after the text."""
    spoken = case.typed(publication_types.LETTER)
    return Finding(Design.LETTER, case.level(spoken), (spoken,), comment_role(case)) if spoken else None


def hypothetical(case: Case) -> Finding | None:
    """People asked whether they would take part in a trial, which allocated nobody."""
    spoken = None if case.says("random_act") else case.says("hypothetical")
    return Finding(Design.CROSS_SECTIONAL, case.level(spoken), (spoken,)) if spoken else None


def quoted(case: Case) -> Finding | None:
    """A letter without an abstract, and a record whose sentences on allocation all tell of others' trials."""
    typed = case.typed(publication_types.LETTER)
    is_bare = bool(typed) and not case.reading.raw_abstract and not case.typed(publication_types.RANDOMIZED)
    if is_bare:
        spoken = typed
    elif any(map(case.reading.plain_abstract.__contains__, _ALLOCATION)):
        spoken = case.says("quotes") or _others_allocation(case.reading)
    else:
        return None
    if not spoken:
        return None
    design = Design.LETTER if typed else Design.COMMENT
    return Finding(design, case.level(typed or spoken), (spoken,), comment_role(case))


def _others_allocation(reading: Reading) -> Basis | None:
    """The sentence on allocation, where every such sentence tells of others' trials and none of the record's own."""
    if not pattern("quoted.others").search(reading.plain_abstract):
        return None
    told = [
        low for _, text in sentences(reading.raw_abstract) if pattern("quoted.allocation").search(low := lowered(text))
    ]
    is_others = all(pattern("quoted.others").search(text) and not pattern("quoted.own").search(text) for text in told)
    return Basis("kind.quoted", "abstract", told[0].strip()) if told and is_others else None
