"""The direction of a very short abstract, by its words alone: too little is written for the trained vote. Pure.

A summary of a few sentences states its result once and plainly, or it states nothing certain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.evidence.article.result.clauses import BAD, GOOD, Clause, clauses
from monitor.evidence.article.result.spoken import Spoken
from monitor.evidence.article.text import lowered
from monitor.model import Direction

#: Words below which an abstract is short: the shortest of 520 labelled ones but two has 113.
SHORT = 100

#: Any of these in a sentence that tells the result: it is not certain.
_UNSURE = frozenset({"maybe", "subgroup", "wish", "secondary", "noninf", "feasible"})
_NO_COMPARISON = frozenset({"within", "both_arms", "trend"})
_VAGUE = re.compile(
    r"\bwhether\b|\bunclear\b|\buncertain|\bunknown\b|\binconclusive|\bno conclusion|\bsuggest|\bhope\b|\bexpect|\bwill\b|\bplanned\b|"
    r"\bcannot be (?:excluded|ruled out)|\bnot (?:yet )?known\b|\bpost[- ]hoc\b|\bexplorat|\bprevious(?:ly)?\b|\bother (?:trials|studies)\b|"
    r"\bearlier (?:trials|studies)\b|\binsufficient\b|\blittle evidence\b|\bnot (?:be )?(?:confirmed|maintained|sustained)\b|\bdoubt|\brecommend|\brejected\b|\brefuted\b|\bneither inferior\b|\bonly\b|\bin (?:women|men) with\b"
)
#: A harm said to be smaller, or a loss said to be slower, is none.
_LESS_HARM = re.compile(
    r"\b(?:less|fewer|lower|reduc\w+|prevent\w*|slow\w*|delay\w*|attenuat\w*|decreas\w*|without|no|not|never|limit\w*|protect\w* (?:from|against)|avoid\w*)"
    r"\b[^.;,]{0,40}\b(?:harm\w*|worse\w*|detriment\w*|deteriorat\w*|impair\w*|mortality|death\w*|risk|progress\w*|relaps\w*|declin\w*|disab\w*)"
    r"|\b(?:worsened|deteriorated|declined|progressed) (?:less|more slowly|later)\b"
)
_HARM = re.compile(
    r"\b(?:increased|higher|more|greater|raised|excess)\b[^.;]{0,30}\b(?:mortality|deaths?|relapses?|disability|thrombos\w+|strokes?)\b|"
    r"\b(?:mortality|deaths?|relapses?|disability) (?:\w+ ){0,3}?(?:was|were|rose|increased)(?: significantly)?(?: higher| more| increased| greater| raised)?\b(?=.*\b(?:higher|more|increased|rose|greater))|"
    r"\b(?:was|were|is) (?:\w+ )?(?:harmful|detrimental)\b|\bharmed\b|\b(?:worsened|worse than|did worse)\b"
)
#: A good thing that became less, or took less time.
_LESS_GOOD = re.compile(
    r"\b(?:short\w+|reduced|lower\w*|decreased|less|fewer|worsened|impaired)\b[^.;,]{0,30}\b(?:time to (?!recovery|healing|discharge|extubation|onset)\w+|"
    r"survival|remissions?|quality of life|walking|function|mobility|speed|strength)\b|"
    r"\b(?:time to (?!recovery|healing|discharge|extubation|onset)[\w ]{3,30}|survival|remissions?|quality of life)\b[^.;,]{0,20}\b(?:shorter|shortened|reduced|lower|decreased|less|fewer|worse)\b"
)
_LONGER = re.compile(r"\b(?:prolong\w*|length\w*|longer|delay\w*|increas\w*)\b[^.;,]{0,40}\b(?:time to|survival|free|remission)\b|\b(?:time to|survival|free|remission)\b[^.;,]{0,40}\b(?:longer|prolonged|increased|delayed)")
_BETTER = re.compile(
    r"\b(?:improved|reduced|relieved|prevented|alleviated|shortened|lowered|prolonged|lengthened|increased|decreased|raised|delayed|halved|slowed|enhanced)\b|"
    r"\b(?:better|superior|more effective|(?<!not )effective|beneficial|benefit(?:ed|ted)?|fewer|shorter|lower|longer|higher|greater|less)\b"
)
#: "did not increase adverse events" denies a harm, not a benefit.
_DENIED_HARM = re.compile(
    r"\b(?:not|no|without)\b[^.;]{0,30}\b(?:increas\w*|rais\w*|worsen\w*|more|excess|higher|greater)?\b[^.;]{0,25}\b(?:adverse|side[- ]effects?|mortality|deaths?|"
    r"complications?|harm\w*|toxicit\w*|serious|safety|bleeding|infections?|worse\w*)"
)
_AGAINST_EXPERIMENTAL = re.compile(
    r"\b(?:sham|placebo|control(?:s| group)?|usual care|comparator|wait(?:ing)?[- ]list)\b[^.;,]{0,30}\b(?:was|were|is|did|had|improved|reduced)\b(?: \w+){0,2} ?(?:better|superior|more|fewer|less|lower|greater)"
)


def is_short(abstract: str) -> bool:
    """Whether so little is written that words alone must decide."""
    return len(abstract.split()) < SHORT


def plain_direction(said: Sequence[Spoken]) -> Direction | None:
    """The direction that every sentence which tells the result agrees on; None where one is unsure or they differ."""
    told = [one for one in said if one.part in ("conclusion", "result")]
    low = [lowered(one.text) for one in told]
    if not told or any(map(_VAGUE.search, low)) or any(map(_AGAINST_EXPERIMENTAL.search, low)) or any(map(_LESS_GOOD.search, low)):
        return None
    if any(not one.signs.isdisjoint(_UNSURE) for one in told):
        return None
    found = {one for sentence in told for one in _stated(sentence)}
    if len(found) == 1:
        return found.pop()
    return Direction.MIXED if found == {Direction.BENEFIT, Direction.NO_DIFFERENCE} and _is_contrasted(told) else None


def _is_contrasted(told: Sequence[Spoken]) -> bool:
    """Whether one sentence states both, one against the other."""
    return any("contrast" in one.signs and len(set(_stated(one))) > 1 for one in told)


def _stated(one: Spoken) -> list[Direction]:
    """What each clause of a sentence states."""
    low = lowered(one.text)
    if _HARM.search(low) and not _LESS_HARM.search(low) and not one.signs & {"null"}:
        return [Direction.HARM]
    return [stated for clause in clauses(one) if (stated := _of_clause(clause))]


def _of_clause(clause: Clause) -> Direction | None:
    """Improvement from the start, or in both arms, states nothing."""
    found, low = clause.signs, clause.low
    if "null" in found:
        is_of_harm = bool(_DENIED_HARM.search(low)) or "safety" in found or "baseline" in found
        return None if is_of_harm else Direction.NO_DIFFERENCE
    bad = found & BAD if not _LONGER.search(low) else found & {"harm"}
    if found & GOOD and not bad - {"bad_up"} and _BETTER.search(low) and not found & _NO_COMPARISON:
        return Direction.BENEFIT
    return None
