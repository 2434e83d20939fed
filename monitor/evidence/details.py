"""What a report says of its own study: control, blinding, sample size, and the trials a review included."""

from __future__ import annotations

import re

from monitor.evidence.text import Reading, lowered, sentences
from monitor.model import Control

#: In this order: the strongest kind of control that the words name wins.
_CONTROLS = (
    (
        Control.SHAM,
        r"\bsham\b|\bsimulated (?:procedure|treatment|surgery)|\bmock (?:procedure|stimulation|treatment)|venograph?y only",
    ),
    (Control.PLACEBO, r"\bplacebos?\b"),
    (
        Control.WAIT_LIST,
        r"\bwait(?:ing)?[- ]?list\w*|\b(?:delayed|deferred)[- ](?:\(\d|\w+ )?(?:treatment|intervention|start|group|angioplasty|therapy)?|\bdelayed by \d",
    ),
    (
        Control.USUAL_CARE,
        r"\b(?:usual|standard|routine|conventional)[- ](?:medical )?(?:care|treatment|therapy|management)\b|\btreatment as usual|\bbest (?:medical|supportive) (?:care|therapy|treatment)|\bmedical therapy\b",
    ),
    (Control.HISTORICAL, r"\bhistorical(?:ly)?[- ](?:control\w*|cohort|comparison)"),
    (
        Control.ACTIVE,
        r"\b(?:versus|vs\.?|compared (?:with|to)|comparing|comparison (?:of|between)|or)\b|\bactive[- ](?:control|comparator)",
    ),
)
_COMPILED = tuple((control, re.compile(pattern)) for control, pattern in _CONTROLS)
_NO_CONTROL = re.compile(
    r"\b(?:no|without (?:a |any )?)(?: \w+)? ?(?:control|comparison)(?: group| arm)?s?\b|\bsingle[- ]arm\b|\buncontrolled\b"
)

_BLIND = re.compile(
    r"\b(?:(?:single|double|triple|quadruple|assessor|observer|participant|patient|evaluator|investigator|outcome[- ]assessor|rater|examiner)s?(?:[- ]and[- ]\w+)?[- ](?:blind(?:ed)?|mask(?:ed)?)|open[- ]label(?:led)?|(?:single|double|triple)[,-]? (?:blind|mask)(?:ed)?|unblinded|unmasked|non-?blinded|(?:blinded|masked) (?:assessors?|evaluators?|raters?|examiners?|investigators?))\b"
)

_OPEN = re.compile(r"open|unblind|unmask|non-?blind")

_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100}

_PEOPLE = (
    r"(?:patients?|participants?|subjects?|people|persons?|women|men|children|adults?|volunteers?|individuals?|infants?|"
    r"adolescents?|cases|students|nurses|parturients|girls|boys|neonates|veterans|pregnant women|eyes|mothers|couples|dyads|caregivers)"
)
_WORD = "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True))
_COUNT = rf"(?P<n>\d{{1,3}}(?:[ ,]\d{{3}})+|\d+|(?:{_WORD})(?:[- ](?:{_WORD}))?)"
#: Words between a count and the people counted: none that is counted itself.
_BETWEEN = r"(?: \(?(?!cent(?:er|re)s|sites|hospitals|countries|weeks|months|years|days|groups|arms|clinics)[a-z][\w%,'-]*\)?){0,4}?"
_ALLOCATED = r"(?:randomi[sz]ed|randomly|assigned|allocated|at random|enrolled|included|recruited|divided|participated|completed|studied)"
_SIZES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_COUNT}\b{_BETWEEN} {_PEOPLE}\b[^.;]{{0,90}}?\b(?:randomi[sz]ed|randomly (?:assigned|allocated|divided)|allocated at random)",
        rf"\brandomi[sz]ed (?P<n>\d{{1,3}}(?:,\d{{3}})+|\d+)\b(?: [\w-]+){{0,3}} {_PEOPLE}",
        r"\b(?P<n>\d{1,3}(?:,\d{3})+|\d+) (?:were |had been |underwent )?(?:randomi[sz](?:ed|ation)|randomly)",
        rf"\b{_COUNT}\b{_BETWEEN} {_PEOPLE}\b[^.;]{{0,60}}?\b{_ALLOCATED}",
        rf"\b(?:total of|sample of|included|enrolled|recruited|studied) {_COUNT}\b(?: [\w-]+){{0,4}}? {_PEOPLE}",
        rf"\(n ?= ?(?P<n>\d+)\) {_PEOPLE}",
        rf"\b(?P<n>\d+)\b(?: [\w-]+){{0,2}} {_PEOPLE}\b",
    )
)
_ARMS = re.compile(r"\bn ?= ?(\d+)")

_INCLUDED = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?P<n>\d+|[a-z]+(?:-[a-z]+)?) (?:eligible |relevant |published |small |parallel |placebo-controlled |sham-controlled )*(?:randomi[sz]ed|rcts?|controlled trials|clinical trials|trials)\b[^.]{0,120}\b(?:were |was |are |is )?(?:included|eligible|met (?:the|our)|identified|analy[sz]ed)",
        r"\b(?:includ(?:ed|es|ing)|identified|found|analy[sz]ed|on) (?P<n>\d+|[a-z]+(?:-[a-z]+)?) (?:[\w-]+ ){0,3}(?:rcts?|randomi[sz]ed|trials)\b",
    )
)
_NONE_INCLUDED = re.compile(
    r"\bno (?:eligible |relevant |published |completed )*(?:randomi[sz]ed|rcts?|controlled|clinical)[^.]{0,120}\b(?:met|eligible|found|identified|included|available|fulfilled|exist)|\bno (?:studies|trials) (?:met|were (?:included|eligible|identified|found))|\b(?:randomi[sz]ed|rcts?)\b[^.]{0,120}\bnone (?:\w+ ){0,2}(?:met|fulfilled|were|was)|\(?\b0 included (?:studies|trials)"
)


def control(reading: Reading) -> Control:
    """What the comparison group received, by the strongest kind the words name; the title before the abstract."""
    for text in (reading.raw_title.lower(), reading.raw_abstract.lower()):
        for kind, pattern in _COMPILED[:-1]:
            if pattern.search(text):
                return kind
    whole = f"{reading.raw_title} {reading.raw_abstract}".lower()
    if _NO_CONTROL.search(whole):
        return Control.NONE
    return Control.ACTIVE if _COMPILED[-1][1].search(whole) else Control.NOT_STATED


def blinding(reading: Reading) -> str:
    """Who was kept unaware of the allocation, in the record's own words; "" where it says nothing."""
    said = [
        text[match.start() : match.end()]
        for text in (reading.raw_title, reading.raw_abstract)
        for match in _BLIND.finditer(lowered(text))
    ]
    blinded = [words for words in said if not _OPEN.search(words.lower())]
    return (blinded or said or [""])[0]


def sample_size(reading: Reading) -> int | None:
    """How many people were allocated, where the abstract states it; arms in brackets are added up."""
    text = reading.raw_abstract.lower()
    for pattern in _SIZES:
        for match in pattern.finditer(text):
            number = _number(match["n"])
            if number is not None and 4 <= number < 10_000_000 and not _is_year(match, text):
                return number
    arms = [int(n) for n in _ARMS.findall(text)[:2]]
    return sum(arms) if len(arms) == 2 else None


def included_trials(reading: Reading) -> int | None:
    """How many randomised trials a review says it included; 0 when it says none was eligible, None when it is silent."""
    text = reading.raw_abstract.lower()
    if _NONE_INCLUDED.search(text):
        return 0
    for _, sentence in sentences(reading.raw_abstract):
        for pattern in _INCLUDED:
            if match := pattern.search(sentence.lower()):
                number = _number(match["n"])
                if number is not None:
                    return number
    return None


def _number(text: str) -> int | None:
    digits = text.replace(",", "").replace(" ", "")
    if digits.isdigit():
        return int(digits)
    parts = [_NUMBER_WORDS.get(part) for part in re.split(r"[- ]", text)]
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None


def _is_year(match: re.Match[str], text: str) -> bool:
    value = match["n"]
    if not (len(value) == 4 and value.isdigit() and 1900 <= int(value) <= 2100):
        return False
    return bool(
        re.search(
            r"(?:in|from|to|and|between|since|until|of|,|\w{3,9})\s$", text[max(0, match.start() - 8) : match.start()]
        )
    )
