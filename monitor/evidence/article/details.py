"""What a report says of its own study: control, blinding, sample size, and the trials a review included."""

from __future__ import annotations

import re

from monitor.evidence.article.classification.allocation import allocations, arms
from monitor.evidence.article.classification.rules import find, pattern
from monitor.evidence.article.result.size import stated as size
from monitor.evidence.article.result.size.numbers import numbers
from monitor.evidence.article.text import Reading, blanked, lowered, read, sentences
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
#: In each sentence that names, denies or wishes for a control stands one of these; before allocation one of the inert.
_CONTROLS = ("placebo", "sham", "wait", "care", "historical", "untreated", "active")
_INERT = ("placebo", "sham")
#: After the name of an author.
_AUTHORS = ("et al", "colleagues", "workers")
_INCLUDED = ("included.1", "included.2")


def control(reading: Reading) -> Control:
    """What the comparison group received, by the strongest kind the words name; the title before the abstract.

    Words that deny a control, tell of other trials, of the time before allocation or of what should be done name none.
    """
    if _is_contradictory(reading):
        return Control.NOT_STATED
    own = _own_words(reading)
    if spoken := _named(reading, own):
        return spoken[0]
    if pattern("control.none").search(f"{reading.plain_title} {reading.plain_abstract}"):
        return Control.NONE
    return Control.ACTIVE if _is_active(reading, own) else Control.NOT_STATED


def _named(reading: Reading, own: str) -> tuple[Control, str, re.Match[str]] | None:
    """The strongest kind that is named, the field that names it, and the words; the title before the abstract."""
    for field, text in (("title", _denials_blanked(reading.plain_title)), ("abstract", own)):
        for kind in _STRONGEST_FIRST:
            if match := _words_for(kind, text, reading):
                return kind, field, match
    return None


def _words_for(kind: Control, text: str, reading: Reading) -> re.Match[str] | None:
    """The words for a kind; where placebos only hide which drug is given, an arm must have had placebo alone."""
    found = find(f"control.{kind.replace(' ', '_')}", text)
    if found and kind is Control.PLACEBO and _has_dummies(reading):
        return find("control.placebo_arm", text)
    return found


def _own_words(reading: Reading) -> str:
    """The abstract without what tells of other trials, of before and of after this one; offsets stay."""
    text = reading.plain_abstract
    for category, start, end in reading.sections:
        if category in _NOT_OF_THE_GROUPS:
            text = text[:start] + _aims(reading.raw_abstract[start:end], category) + text[end:]
    text = _others_blanked(text)
    if any(map(text.__contains__, _INERT)):
        text = pattern("control.before").sub(_blank, text)
    return _denials_blanked(blanked(text, pattern("control.wished"), _CONTROLS))


def _others_blanked(text: str) -> str:
    """Without what tells of other trials: in its own sentence, but after the name of an author in the next one, too."""
    if any(map(text.__contains__, _AUTHORS)):
        return pattern("control.of_others").sub(_blank, text)
    return blanked(text, pattern("control.of_others"), _CONTROLS)


def _aims(section: str, category: str) -> str:
    """A section in lower case, all blanked but what a background says of this study's own plan; offsets stay."""
    kept = _BLANK * len(section)
    for start, sentence in sentences(section) if category == "BACKGROUND" else ():
        if pattern("control.own_aim").search(lowered(sentence)):
            kept = kept[:start] + lowered(sentence) + kept[start + len(sentence) :]
    return kept


def _denials_blanked(text: str) -> str:
    return blanked(text, pattern("control.denied"), _CONTROLS)


def _blank(match: re.Match[str]) -> str:
    return _BLANK * len(match[0])


def _has_dummies(reading: Reading) -> bool:
    """Whether placebos accompany drugs that differ ("A plus placebo or B plus placebo"), as in a double-dummy trial."""
    if find("control.double_dummy", f"{reading.plain_title} {reading.plain_abstract}"):
        return True
    told = (low for _, text in sentences(reading.raw_abstract) if "placebo" in (low := lowered(text)))
    return any(_are_dummies(arms(low)) for low in told if find("control.given", low))


def _are_dummies(parts: list[str]) -> bool:
    """Placebo beside a drug in several arms, or in one beside a drug that no arm without placebo has."""
    beside = [match["drug"] or match["after"] for arm in parts if (match := find("control.beside_placebo", arm))]
    others = " ".join(arm for arm in parts if "placebo" not in arm)
    is_shared = any(word in others for drug in beside for word in pattern("control.drug_word").findall(drug))
    is_alone = any("placebo" in arm and not find("control.beside_placebo", arm) for arm in parts)
    return bool(beside) and not is_alone and (len(beside) > 1 or not is_shared)


def _is_contradictory(reading: Reading) -> bool:
    """Whether a factorial trial has other kinds of control for its other question: which is whose is not certain."""
    if not find("control.factorial", f"{reading.plain_title}. {reading.plain_abstract}"):
        return False
    told = " ".join((reading.plain_title, *allocations(reading)))
    named = [kind for kind in _STRONGEST_FIRST[:4] if find(f"control.{kind.replace(' ', '_')}", told)]
    return len(named) + bool(pattern("control.without").search(told)) > 1


def _is_active(reading: Reading, own: str) -> bool:
    """Whether the other group certainly had another treatment: both named, in the title or where people are allocated.

    Nothing is certain where one name holds the other ("A plus B or B"), or a word leaves open what the others had.
    """
    if pattern("control.active").search(f"{_denials_blanked(reading.plain_title)} {own}"):
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
    spoken = None if _is_contradictory(reading) else _named(reading, _own_words(reading))
    if not spoken:
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
    if find("included.none", text):
        return 0
    for _, sentence in sentences(reading.raw_abstract):
        for name in _INCLUDED:
            if match := find(name, sentence.lower()):
                number = _number(match["n"])
                if number is not None:
                    return number
    return None


def _number(text: str) -> int | None:
    found = numbers(text)
    return found[0].value if len(found) == 1 else None
