"""What a report says of its own study: control, blinding, sample size, and the trials a review included."""

from __future__ import annotations

import re

from monitor.evidence.article.allocation import allocations, arms
from monitor.evidence.article.result import size
from monitor.evidence.article.result.numbers import numbers
from monitor.evidence.article.rules import pattern
from monitor.evidence.article.text import Reading, lowered, read, sentences
from monitor.model import Article, Control

#: In this order: the strongest kind of control that the words name wins.
_STRONGEST_FIRST = (
    Control.SHAM,
    Control.PLACEBO,
    Control.WAIT_LIST,
    Control.USUAL_CARE,
    Control.NO_TREATMENT,
    Control.HISTORICAL,
)
#: Sections that speak of other trials and of what is wished for, not of what the groups of this one received.
_NOT_OF_THE_GROUPS = ("BACKGROUND", "CONCLUSIONS")
_BLANK = "·"
_INCLUDED = ("included.1", "included.2")


def control(reading: Reading) -> Control:
    """What the comparison group received, by the strongest kind the words name; the title before the abstract.

    Words that deny a control, tell of other trials, of the time before allocation or of what should be done name none.
    """
    if spoken := _named(reading):
        return spoken[0]
    if _is_contradictory(reading):
        return Control.NOT_STATED
    if pattern("control.none").search(f"{reading.plain_title} {reading.plain_abstract}"):
        return Control.NONE
    return Control.ACTIVE if _is_active(reading) else Control.NOT_STATED


def _named(reading: Reading) -> tuple[Control, str, re.Match[str]] | None:
    """The strongest kind that is named, the field that names it, and the words; the title before the abstract."""
    if _is_contradictory(reading):
        return None
    for field, text in (("title", _denials_blanked(reading.plain_title)), ("abstract", _own_words(reading))):
        for kind in _STRONGEST_FIRST:
            if match := _pattern_of(kind, reading).search(text):
                return kind, field, match
    return None


def _pattern_of(kind: Control, reading: Reading) -> re.Pattern[str]:
    """The words for a kind; where placebos only hide which drug is given, an arm must have had placebo alone."""
    is_dummy = kind is Control.PLACEBO and _has_dummies(reading)
    return pattern("control.placebo_arm" if is_dummy else f"control.{kind.replace(' ', '_')}")


def _own_words(reading: Reading) -> str:
    """The abstract without what tells of other trials, of before and of after this one; offsets stay."""
    text = reading.plain_abstract
    for category, start, end in reading.sections:
        if category in _NOT_OF_THE_GROUPS:
            text = text[:start] + _aims(reading.raw_abstract[start:end], category) + text[end:]
    for name in ("control.of_others", "control.before", "control.wished"):
        text = pattern(name).sub(_blank, text)
    return _denials_blanked(text)


def _aims(section: str, category: str) -> str:
    """A section in lower case, all blanked but what a background says of this study's own plan; offsets stay."""
    kept = _BLANK * len(section)
    for start, sentence in sentences(section) if category == "BACKGROUND" else ():
        if pattern("control.own_aim").search(lowered(sentence)):
            kept = kept[:start] + lowered(sentence) + kept[start + len(sentence) :]
    return kept


def _denials_blanked(text: str) -> str:
    return pattern("control.denied").sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    return _BLANK * len(match[0])


def _has_dummies(reading: Reading) -> bool:
    """Whether placebos accompany drugs that differ ("A plus placebo or B plus placebo"), as in a double-dummy trial."""
    if pattern("control.double_dummy").search(f"{reading.plain_title} {reading.plain_abstract}"):
        return True
    told = (lowered(text) for _, text in sentences(reading.raw_abstract))
    return any(_are_dummies(arms(text)) for text in told if pattern("control.given").search(text))


def _are_dummies(parts: list[str]) -> bool:
    """Placebo beside a drug in several arms, or in one beside a drug that no arm without placebo has."""
    beside = [
        match["drug"] or match["after"] for arm in parts if (match := pattern("control.beside_placebo").search(arm))
    ]
    others = " ".join(arm for arm in parts if "placebo" not in arm)
    is_shared = any(word in others for drug in beside for word in pattern("control.drug_word").findall(drug))
    is_alone = any("placebo" in arm and not pattern("control.beside_placebo").search(arm) for arm in parts)
    return bool(beside) and not is_alone and (len(beside) > 1 or not is_shared)


def _is_contradictory(reading: Reading) -> bool:
    """Whether a factorial trial has other kinds of control for its other question: which is whose is not certain."""
    if not pattern("control.factorial").search(f"{reading.plain_title}. {reading.plain_abstract}"):
        return False
    told = " ".join((reading.plain_title, *allocations(reading)))
    named = [kind for kind in _STRONGEST_FIRST[:4] if pattern(f"control.{kind.replace(' ', '_')}").search(told)]
    return len(named) + bool(pattern("control.without").search(told)) > 1


def _is_active(reading: Reading) -> bool:
    """Whether the other group certainly had another treatment: both named, in the title or where people are allocated.

    Nothing is certain where one name holds the other ("A plus B or B"), or a word leaves open what the others had.
    """
    if pattern("control.active").search(f"{_denials_blanked(reading.plain_title)} {_own_words(reading)}"):
        return True
    if pattern("control.others").search(lowered(f"{reading.raw_title}. {reading.raw_abstract}")):
        return False
    told = [lowered(reading.raw_title), *(f"to {words}" for words in allocations(reading))]
    found = (pattern("control.pair").search(text) for text in told)
    return any(_are_two(*_sides(pair)) for pair in found if pair)


def _are_two(one: str, two: str) -> bool:
    """Two names of treatments of which neither holds the other and neither leaves open what it was."""
    if any(pattern("control.open").search(text) for text in (one, two)):
        return False
    first, second = (set(re.findall(r"[a-z]{4,}", pattern("control.shared").sub(" ", text))) for text in (one, two))
    is_one = bool(first & second) and all(re.search(r"\d", text) for text in (one, two))  # the same, in two doses
    return bool(first - second) and bool(second - first) and not is_one


def _sides(pair: re.Match[str]) -> tuple[str, str]:
    return (pair["first"], pair["second"]) if pair["first"] else (pair["one"], pair["two"])


def control_words(article: Article) -> tuple[str, str]:
    """The words by which the kind of control was told, and the field they stand in; ("", "") where it is implied."""
    reading = read(article, ())
    if not (spoken := _named(reading)):
        return "", ""
    _, field, match = spoken
    raw = reading.raw_title if field == "title" else reading.raw_abstract
    return raw[match.start() : match.end()], field


def blinding(reading: Reading) -> str:
    """Who was kept unaware of the allocation, in the record's own words; "" where it says nothing."""
    said = [
        text[match.start() : match.end()]
        for text in (reading.raw_title, reading.raw_abstract)
        for match in pattern("blinding.any").finditer(lowered(text))
    ]
    blinded = [words for words in said if not pattern("blinding.open").search(words.lower())]
    return (blinded or said or [""])[0]


def sample_size(reading: Reading) -> int | None:
    """How many people the whole trial allocated, else studied, where the abstract says so with certainty."""
    return size.sample_size(reading.raw_abstract)


def included_trials(reading: Reading) -> int | None:
    """How many randomised trials a review says it included; 0 when none was eligible, None when it is silent."""
    text = reading.raw_abstract.lower()
    if pattern("included.none").search(text):
        return 0
    for _, sentence in sentences(reading.raw_abstract):
        for included in map(pattern, _INCLUDED):
            if match := included.search(sentence.lower()):
                number = _number(match["n"])
                if number is not None:
                    return number
    return None


def _number(text: str) -> int | None:
    found = numbers(text)
    return found[0].value if len(found) == 1 else None
