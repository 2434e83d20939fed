"""A letter, a discussion or a thesis that tells of another group's trial is no report of it. Pure."""

from __future__ import annotations

from monitor.evidence.article import publication_types
from monitor.evidence.article.case import Case, Finding, comment_role
from monitor.evidence.article.rules import pattern
from monitor.evidence.article.text import Reading, lowered, sentences
from monitor.model import Basis, Design


def quoted(case: Case) -> Finding | None:
    """A letter without an abstract, and a record whose sentences on allocation all tell of others' trials."""
    typed = case.typed(publication_types.LETTER)
    is_bare = bool(typed) and not case.reading.raw_abstract and not case.typed(publication_types.RANDOMIZED)
    if is_bare:
        spoken = typed
    elif pattern("quoted.allocation").search(case.reading.plain_abstract):
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
