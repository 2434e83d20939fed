"""The clause on allocation, "randomised to A or B": is the intervention in one arm, in each, or in none? Pure.

What every arm has is background, what no arm has was given beside the trial, and a leaflet on a treatment, an app for
it or training in it is not the treatment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.evidence.article.bearing.concept import Concept, marked
from monitor.evidence.article.classification.rules import pattern as named
from monitor.evidence.article.text import Reading, lowered, sentences

_BRACKETS = re.compile(r" ?\([^)]*\)")
_ADDED = re.compile(r"\b(?:plus|and|combined with|together with|added to)\b|\+")
#: Words of an arm that can name what is given: none of the articles, controls and common words.
_WORD = re.compile(r"[a-z][\w-]{2,}")


def clauses(reading: Reading) -> list[str]:
    """What people were allocated to, in the words of each sentence on allocation, up to what was done next."""
    found = []
    for _, sentence in sentences(reading.raw_abstract):
        low = lowered(sentence)
        if match := named("question.allocated_to").search(low):
            start = max([match.start("arms"), *(m.end() for m in named("question.then_to").finditer(low))])
            text = _BRACKETS.sub("", sentence[start:])
            end = named("question.arms_end").search(lowered(text))
            found.append(text[: end.start()] if end else text)
    return [text for text in found if not named("question.is_aim").match(lowered(text))]


def is_in_every_arm(reading: Reading, intervention: Concept) -> bool:
    """ "X plus A or X plus placebo", "A or B, both with X", "X with or without A"; the title where no arms are told.

    In "X with or without A versus B" one arm lacks X.
    """
    whole = [marked(text, intervention) for _, text in sentences(reading.raw_abstract)]
    if any(named("question.allocated_to").search(text) and named("question.both_with").search(text) for text in whole):
        return True
    told = [text for text in (marked(each, intervention) for each in clauses(reading)) if len(split(text)) > 1]
    if told:
        return any(map(_is_in_each, told))
    first, *others = named("question.versus").split(marked(reading.raw_title, intervention), maxsplit=1)
    return bool(named("question.with_or_without").search(first)) and all("¤" in other for other in others)


def speaks_of_it(reading: Reading, intervention: Concept, how: str = "question.speaks_of") -> bool:
    """Every arm that names the intervention only speaks of it: "a leaflet on X", "reminders to use X"."""
    parts = [part for text in clauses(reading) for part in split(marked(text, intervention))]
    named_in = [part for part in parts if "¤" in part]
    return bool(named_in) and all(named(how).search(part) for part in named_in)


def only_carries(reading: Reading, intervention: Concept) -> bool:
    """Every clause on arms names the intervention as the means of another treatment: "oxygen by X or by Y"."""
    named_in = [text for each in clauses(reading) if "¤" in (text := lowered(marked(each, intervention)))]
    return bool(named_in) and all(named("question.carries").search(text) for text in named_in)


def is_in_no_arm(reading: Reading, arms: Sequence[str], intervention: Concept) -> bool:
    """The arms name another thing, which the title names too: before the intervention, or in place of it.

    `arms` are the clauses that name the intervention by none of its words. The title may call it by a kind
    ("walking exercise"), and an arm by what it is given with ("self-management by telephone"): these say nothing.
    """
    title = marked(reading.raw_title, intervention)
    before, meant, _ = title.partition("¤")
    words = {word for text in arms for part in split(text) for word in _given_words(part)}
    is_other = words & set(_WORD.findall(before)) and not (meant and _ends_with(before, words))
    return bool(is_other)


def is_said_to_act(reading: Reading, intervention: Concept) -> bool:
    """Some sentence says what the intervention did: it may be what an arm is called by another word."""
    told = (marked(text, intervention) for _, text in sentences(reading.raw_abstract))
    return any(named("question.acts").search(text) for text in told)


def split(clause: str) -> list[str]:
    """The arms of one clause, in lower case."""
    return [part.strip() for part in named("question.either").split(lowered(clause)) if part.strip()]


def _is_in_each(clause: str) -> bool:
    with_or_without = named("question.with_or_without")
    parts = split(_with_the_same(with_or_without.sub("¤", clause)))
    if len(parts) < 2 and not with_or_without.search(clause):
        return False
    is_one_more = len({part.count("¤") for part in parts}) > 1  # "X of one kind beside usual X, or usual X"
    return all(map(_is_given, parts)) and not is_one_more


def _with_the_same(clause: str) -> str:
    """ "X with A or the same programme with B": the same is X, where nothing was added to X."""
    first, *others = split(clause)
    if not others or "¤" not in first or _ADDED.search(first):
        return clause
    return named("question.the_same").sub("¤", clause)


def _is_given(part: str) -> bool:
    """Whether an arm has the intervention itself: neither pretended, nor late, nor left out, nor only spoken of."""
    units = [unit for unit in named("question.units").split(part) if "¤" in unit]
    is_real = any(not named("question.real_control").search(unit) for unit in units)
    not_it = ("question.speaks_of", "question.later", "question.not_given")
    return is_real and not any(named(name).search(part) for name in not_it)


def _given_words(part: str) -> set[str]:
    """The words that name what an arm is given, up to how long, how often or in whom."""
    head = named("question.arm_detail").split(part)[0]
    return {word for word in _WORD.findall(head) if not named("question.no_name").fullmatch(word)}


def _ends_with(before: str, words: set[str]) -> bool:
    """Whether a word of an arm stands right before the intervention: "walking ¤", "bright ¤"."""
    last = _WORD.findall(before)[-1:]
    return bool(last and last[0] in words and re.search(rf"{re.escape(last[0])}[\s-]*$", before))
