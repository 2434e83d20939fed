"""Is the question's intervention what differs between the arms of a trial? Pure.

What all participants had (a background therapy), what another treatment was compared with, another arm of a
platform trial, and what was given around the intervention (after it, during it, to guide it) do not test it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from monitor.evidence.article.bearing.allocation import (
    is_in_every_arm,
    is_in_no_arm,
    is_said_to_act,
    only_carries,
    speaks_of_it,
    split,
)
from monitor.evidence.article.bearing.concept import Concept, marked, matcher
from monitor.evidence.article.bearing.spelling import spelled
from monitor.evidence.article.classification.allocation import allocations, arms
from monitor.evidence.article.classification.rules import pattern as named
from monitor.evidence.article.text import Reading, lowered, sentences
from monitor.language.messages import message
from monitor.model import Question, Terms

#: An arm that is named by what differs from the arm before it.
_BY_WHAT_DIFFERS = re.compile(r"\s*(?:with|at|by|for|in|every|once|twice|over|via)\b")
#: A kind, as an adjective: "conventional", "servo-controlled", "face-to-face".
_KIND = re.compile(r"(?:[\w-]+(?:ed|ive|al|ic|ous|ary)|[\w]+(?:-[\w]+)+)")
_BRACKETS = re.compile(r" ?\([^)]*\)")
#: Initials of terms of no more words than these stand for too much else.
_LEAST_WORDS = 2

_C = "why not this question"
_EVERY_GROUP = message(
    _C, "Every group had %(name)s, in different forms or doses, so it is not tested against a control."
)
_COMPARATOR = message(_C, "The trial tests another treatment; %(name)s is what it was compared with.")
_OTHER_ARM = message(_C, "The trial has an arm with %(name)s, but this report is about another arm.")
_SAME = message(_C, "%(name)s is not what differs between the groups.")
_ONLY_ABOUT = message(_C, "The trial tests something about %(name)s, not the treatment itself.")
_NO_GROUP = message(_C, "No group was allocated to %(name)s.")
_UNSURE = message(_C, "It is not certain that a group was allocated to the intervention itself.")
#: Why a trial is not counted whose arms may be called by another word, or may have only an aid to the intervention.
UNSURE = _UNSURE()


def why_not_tested(reading: Reading, question: Question, intervention: Concept) -> str:
    """In one sentence why this trial does not test the intervention, "" when it does or nothing speaks against it."""
    name = question.intervention_name
    if _are_forms(reading, question, intervention):
        return _EVERY_GROUP(name=name)
    if _is_comparator(reading, question, intervention):
        return _COMPARATOR(name=name)
    if _is_reported_elsewhere(reading, intervention):
        return _OTHER_ARM(name=name)
    if is_in_every_arm(reading, intervention) or _is_given_to_all(reading, question, intervention):
        return _SAME(name=f"{name[:1].upper()}{name[1:]}")
    return ""


def why_not_allocated(reading: Reading, question: Question, intervention: Concept) -> str:
    """In one sentence why no group of a trial was allocated to the intervention itself; `UNSURE` where it may be."""
    if speaks_of_it(reading, intervention):
        return _ONLY_ABOUT(name=question.intervention_name)
    if _is_in_no_arm(reading, question, intervention):
        is_theirs = is_said_to_act(reading, intervention)
        return UNSURE if is_theirs else _NO_GROUP(name=question.intervention_name)
    is_means = speaks_of_it(reading, intervention, "question.delivers") or only_carries(reading, intervention)
    return UNSURE if is_means else ""


def _is_in_no_arm(reading: Reading, question: Question, intervention: Concept) -> bool:
    told = [
        text for text in allocations(reading) if len(split(text)) > 1
    ]  # "randomisation to … continues" names no arms
    if not told or any(names(text, intervention, question.intervention) for text in told):
        return False
    return is_in_no_arm(reading, told, intervention)


def _is_comparator(reading: Reading, question: Question, intervention: Concept) -> bool:
    """The title, or an allocation in the order of the title's words, names the intervention after another treatment."""
    parts = named("question.versus").split(lowered(reading.raw_title), maxsplit=1)
    if len(parts) > 1:
        first, second = parts
        is_second = not intervention.first(first) and bool(intervention.first(second))
        if is_second and any(_is_control(text, question) and intervention.first(text) for text in allocations(reading)):
            return False  # "specific versus other points of X", beside an arm without it
        return is_second and not _is_control(first, question) and not _is_control(second, question)
    if intervention.first(reading.raw_title):
        return False
    return any(_is_second_arm(text, reading, question, intervention) for text in allocations(reading))


def _is_second_arm(text: str, reading: Reading, question: Question, intervention: Concept) -> bool:
    first, *others = named("question.or").split(text.split(";")[0], maxsplit=1)
    if not others or intervention.first(first) or not intervention.first(others[0]) or _is_control(first, question):
        return False
    return bool(set(re.findall(r"[a-z]{5,}", first)) & set(re.findall(r"[a-z]{5,}", lowered(reading.raw_title))))


def _is_control(text: str, question: Question) -> bool:
    comparator = matcher(question.comparator)
    return bool((comparator and comparator.search(text)) or named("question.control").search(text))


def _is_reported_elsewhere(reading: Reading, intervention: Concept) -> bool:
    """An arm of a platform trial that neither title nor conclusion names, or that is said to be told elsewhere."""
    if intervention.first(reading.raw_title):
        return False
    whole = [text for _, text in sentences(reading.raw_abstract) if intervention.first(text)]
    if any(named("question.elsewhere").search(lowered(text)) for text in whole):
        return True
    is_platform = named("question.platform").search(lowered(f"{reading.raw_title} {reading.raw_abstract}"))
    conclusion = reading.section("CONCLUSIONS") or "".join(text for _, text in sentences(reading.raw_abstract)[-1:])
    return bool(whole and is_platform) and not intervention.first(conclusion)


def _are_forms(reading: Reading, question: Question, intervention: Concept) -> bool:
    """The arms, or the title, name doses, techniques or schedules of the intervention and no arm without it."""
    spoken = (lowered(reading.raw_title), *allocations(reading))
    told = [_BRACKETS.sub("", marked(text, intervention)) for text in spoken]
    is_named = any(named("question.forms").search(text) or _are_doses(text) for text in told)
    return is_named and not any(_is_control(text, question) for text in told)


def _are_doses(told: str) -> bool:
    """ "0.5%, 0.1% or 0.01% of the intervention": each arm is a dose of its own, and none has another name."""
    parts, dose = split(told), named("question.dose")
    doses = [found and found["dose"] for found in map(dose.search, parts)]
    are_all = all(found and ("¤" in part or dose.fullmatch(part)) for found, part in zip(doses, parts, strict=True))
    return are_all and len(set(doses)) > 1 and "¤" in told


def _is_given_to_all(reading: Reading, question: Question, intervention: Concept) -> bool:
    """Every mention is of something around the intervention, and no arm names it."""
    title = list(intervention.mentions(reading.raw_title))
    low, told = lowered(reading.raw_title), list(allocations(reading))
    head = next((lowered(text) for _, text in sentences(reading.raw_title)), "")  # without the name of a study group
    if _is_on_both_sides(head, intervention) or any(_is_beside_another(text, intervention, low) for text in told):
        return True
    if any(names(text, intervention, question.intervention) for text in told):
        return False
    is_vague = not told or any(named("question.unnamed_arm").search(text) for text in told)
    if title:
        if not all(is_around(low, match.start()) for match in title):
            return False
        head = low[: title[0].start()]
        is_outcome = named("question.outcome").search(head) and not named("question.purpose").search(head)
        return not is_vague or not is_outcome
    return not is_vague and all(
        is_around(lowered(text), match.start())
        for _, text in sentences(reading.raw_abstract)
        for match in intervention.mentions(text)
    )


def _is_on_both_sides(title: str, intervention: Concept) -> bool:
    """ "X plus the intervention versus Y plus the intervention"."""
    parts = named("question.versus").split(title, maxsplit=1)
    found = [(part, intervention.first(part)) for part in parts]
    if len(parts) > 1 and all(one and named("question.beside").search(part[: one.start()]) for part, one in found):
        return True
    if named("question.real_control").search(title) or len(parts) < 2:
        return False
    if any(named("question.not_given").search(marked(part, intervention)) for part in parts):
        return False
    return all(one for _, one in found) or _is_told_by_what_differs(parts, intervention)


def _is_beside_another(text: str, intervention: Concept, title: str) -> bool:
    """ "the intervention with X or with Y", "one kind or another of it", as arms.

    "with a drug or with saline" is the intervention and its placebo, unless the title names the drug.
    """
    inert = named("question.inert").search(text)
    if named("question.real_control").search(text) or (inert and inert["what"] not in title):
        return False
    parts = arms(text)
    return len(parts) > 1 and _is_told_by_what_differs(parts, intervention)


def _is_told_by_what_differs(parts: list[str], intervention: Concept) -> bool:
    """Two arms that both have the intervention, one of which is told by what differs alone."""
    has = [bool(intervention.first(part.upper())) for part in parts]  # arms are in lower case, abbreviations not
    # "the intervention with X or with Y", "servo-controlled or passive cooling"
    is_shared = has[0] and all(_BY_WHAT_DIFFERS.match(part) for part in parts[1:])
    is_kind = has[-1] and len(parts) == 2 and _KIND.fullmatch(parts[0].strip()) and _is_kind_of(parts[1], intervention)
    return bool(is_shared or is_kind)


def _is_kind_of(part: str, intervention: Concept) -> bool:
    """Whether one word stands before the intervention: "passive cooling"."""
    found = intervention.first(part)
    return bool(found and re.fullmatch(r"\s*[\w-]+ ", part[: found.start()]))


def is_around(low: str, start: int) -> bool:
    """Whether the words before `start` say that what follows is background: "after …", "users of …"."""
    return bool(named("question.around").search(low[max(0, start - 80) : start]))


def names(text: str, intervention: Concept, terms: Terms) -> bool:
    """Whether the words name the intervention, be it by its head noun alone ("angioplasty")."""
    return bool(intervention.first(text) or _heads(terms).search(text))


@lru_cache(maxsize=64)
def _heads(terms: Terms) -> re.Pattern[str]:
    """What arms are often called by alone: the nouns that the terms end in ("angioplasty"), and their initials."""
    split = [words.lower().split() for words in terms.words if words.split()]
    initials = {"".join(word[0] for word in words) for words in split if len(words) > _LEAST_WORDS}
    last = {words[-1].rstrip("*") for words in split}
    heads = [rf"\b{spelled(f'{word}*')}" for word in sorted(last) if not named("question.unnamed_arm").search(word)]
    return re.compile("|".join([*heads, *(rf"\b{re.escape(letters)}\b" for letters in sorted(initials))]) or r"(?!)")
