"""How many people a trial allocated (else studied), as its abstract states it for the whole trial; else nothing.

Every number with a unit ("60 patients", "Subjects (n = 60)") is read with its neighbourhood (`mentions.py`).
A number is stated only where all that is said of the whole agrees; an arm alone never stands for the trial.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from monitor.evidence.article.result.patterns import find, pattern
from monitor.evidence.article.result.size.mentions import Mention, Said, arms, flow, is_year, products, wholes
from monitor.evidence.article.result.size.numbers import Number, numbers
from monitor.evidence.article.text import lowered, sentences

#: Parts of a person, of which there are more than people.
_COUNTED_TWICE = frozenset({"eyes", "teeth", "knees", "hips", "limbs", "cases"})


#: Of those who entered, the arms that are analysed are nearly all.
_MOST_ANALYSED = 0.9
#: Below this, number words are more often "one of", "two groups" than people.
_LEAST_IN_DIGITS = 10
#: Arms that are not all where a third is told of.
_PAIR = 2
#: Marks of a sentence that tells of another trial, of arms that this report is not about, of a part or a country.
_OF_OTHERS = ("elsewhere", "other_arms", "of_a_part", "of_a_country")


@dataclass(slots=True)
class _Told:
    """All numbers that an abstract gives: of the whole, of arms added up, of one arm times the arms."""

    wholes: list[Mention] = field(default_factory=list)
    sums: list[int] = field(default_factory=list)
    products: list[int] = field(default_factory=list)
    parts: set[int] = field(default_factory=set)
    #: Of sentences that tell what some people received; of several, each may be an arm.
    alone: set[int] = field(default_factory=set)
    #: Sums of arms that the same sentence gives as the number allocated.
    sure: set[int] = field(default_factory=set)
    #: Numbers allocated where both arms are named.
    in_both: set[int] = field(default_factory=set)

    @property
    def computed(self) -> set[int]:
        """The totals that arms give."""
        return {*self.sums, *self.products}


def sample_size(abstract: str) -> int | None:
    """The number allocated, else studied, where the abstract says it of the whole trial with certainty; else None."""
    low = lowered(abstract)
    told = _Told()
    for start, sentence in sentences(abstract):
        raw = low[start : start + len(sentence)]
        if pattern("size.a_number").search(raw) and not _is_of_others(text := _prepared(raw)):
            _add(told, text, low)
    found = _agreed(told)
    text = "" if found is None else _prepared(low)
    if found is None or _is_of_none(low) or _is_left_behind(found, text):
        return None
    if found in told.sure | told.in_both or _is_allocated_in_arms(found, told):
        return found
    firmest = max((mention.said for mention in told.wholes if mention.value == found), default=Said.NAMED)
    if firmest < Said.ALLOCATED and find("size.some_allocated", low):
        return None
    is_part = _has_larger(found, abstract, is_left=firmest is Said.COMPLETED) or _is_before_allocation(
        found, told, text
    )
    return None if is_part else found


def _is_of_none(low: str) -> bool:
    """Whether an abstract tells of several studies, of people who chose their arm, or of a trial still to come."""
    if any(find(f"size.{name}", low) for name in ("several_studies", "further", "chosen")):
        return True
    return bool(find("size.protocol", low)) and not find("size.has_begun", low)


def _is_left_behind(found: int, text: str) -> bool:
    """Whether fewer are said to have met the criteria, to have agreed or to be all that were allocated."""
    matches = pattern("size.then_part").finditer(text)
    return any(number.value < found for match in matches for number in numbers(match["n"] or match["m"] or "0"))


def _is_allocated_in_arms(found: int, told: _Told) -> bool:
    """Whether a number is said to have been allocated, and arms elsewhere add up to it: more came before allocation."""
    return found in told.sums and any(m.value == found and m.said is Said.ALLOCATED for m in told.wholes)


def _is_before_allocation(found: int, told: _Told, text: str) -> bool:
    """Whether fewer are said, without a word for them, to have been allocated: "; 88 were randomised".

    Whether the number itself is right is not known then, for it may be one arm.
    """
    matches = pattern("size.then_fewer").finditer(text)
    fewer = {number.value for match in matches for number in numbers(match["n"]) if number.value < found}
    return bool(fewer - told.parts if found in told.computed else fewer)


def _is_of_others(text: str) -> bool:
    """Whether a sentence tells of another trial, or of a trial with arms that this report is not about."""
    return any(find(f"size.{name}", text) for name in _OF_OTHERS)


@lru_cache(maxsize=64)
def _prepared(low: str) -> str:
    """Number words in digits, no full stops inside numbers; a society's name, and both sexes, as one word."""
    low = pattern("size.decimal").sub("·", _in_digits(low))
    if find("size.sexes", low):
        low = pattern("size.sexes").sub(_both_sexes, low)
    if find("size.both_sexes", low):
        low = pattern("size.both_sexes").sub(lambda match: f"{'x' * (len(match[0]) - 7)}-people", low)
    return pattern("size.society").sub(lambda match: match[0].replace(" ", "-"), low)


def _both_sexes(match: re.Match[str]) -> str:
    """ "13 men and 30 women" as "43 people"."""
    return f"{sum(int(match[name].replace(',', '')) for name in 'ab')} people"


def _in_digits(low: str) -> str:
    """With "sixty-four" as "64": what is said of arms is read in digits."""
    for number in reversed(numbers(low)):
        if number.is_word and number.value >= _LEAST_IN_DIGITS:
            low = f"{low[: number.start]}{number.value}{low[number.end :]}"
    return low


def _add(told: _Told, text: str, low: str) -> None:
    allocated = flow(text)
    told.wholes += [*wholes(text), *allocated]
    told.in_both |= {mention.value for mention in allocated}
    told.products += products(text, low)
    if alone := find("size.own_sentence", text.strip()):
        told.alone.add(int(alone["n"].replace(",", "")))
    values = arms(text)
    if values and not (len(values) == _PAIR and find("size.third_arm", low)):
        told.sums.append(sum(values))
        told.sure |= {
            number.value for number in numbers(text) if number.value == sum(values) and _is_allocated(number, text)
        }
        told.parts |= set(values)
    told.in_both |= {number.value for number in numbers(text) if _is_allocated(number, text, "size.to_both_arms")}


def _is_allocated(number: Number, text: str, words: str = "size.just_allocated") -> bool:
    """Whether a number of people is said to have been allocated there and then: "and 91 patients were randomised"."""
    unit = pattern("size.unit_after").match(text, number.end)
    return bool(unit and pattern(words).search(text[unit.end() :]))


def _agreed(told: _Told) -> int | None:
    """The one value that everything said of the whole trial allows; None where two could stand."""
    for said in sorted(Said, reverse=True):
        values = {m.value for m in told.wholes if m.said is said}
        confirmed = values & told.computed
        if len(confirmed) == 1:
            return confirmed.pop()
        if len(values) > 1:
            return None
        if values:
            value = values.pop()
            return value if _stands(value, said, told) else None
    return told.computed.pop() if len(told.computed) == 1 else None


def _stands(value: int, said: Said, told: _Told) -> bool:
    """Whether nothing else in the abstract makes this number a part, or another number the whole."""
    weaker = {m.value for m in told.wholes if Said.COMPLETED < m.said < said}
    weaker |= {m.value for m in told.wholes if m.said is Said.COMPLETED and m.value > value}
    if (
        value in told.parts
        or (len(told.alone) > 1 and value in told.alone)
        or any(total > value for total in told.computed)
    ):
        return False
    if said is Said.ALLOCATED:
        return not any(1.7 * value < other < 2.3 * value for other in weaker)
    is_analysed = all(value >= total > _MOST_ANALYSED * value for total in told.computed)
    return not weaker - {value} and is_analysed


def _has_larger(found: int, abstract: str, *, is_left: bool) -> bool:
    """Whether a larger group of the study is named, that was not merely screened or planned.

    `is_left`: the number is of those who completed it, so that all who entered are more than it.
    """
    if any(int(re.sub(r"\D", "", n)) > found for n in pattern("size.n_in_brackets").findall(lowered(abstract))):
        return True
    prepared = (_prepared(lowered(sentence)) for _, sentence in sentences(abstract))
    texts = (text for whole in prepared for text in (_without_brackets(whole), whole))
    return any(_names_larger(found, text) and not _is_before_entry(text, is_left=is_left) for text in texts)


def _without_brackets(text: str) -> str:
    """A text without what stands in brackets, and in brackets within them."""
    for _ in range(2):
        text = pattern("size.bracketed").sub("", text)
    return text.replace("  ", " ")


def _is_before_entry(text: str, *, is_left: bool) -> bool:
    if any(find(f"size.{name}", text) for name in ("planned", "elsewhere")):
        return True
    return bool(find("size.before_entry", text)) and not (is_left and find("size.entered_words", text))


def _names_larger(found: int, text: str) -> bool:
    for number in numbers(text):
        unit = pattern("size.unit_after").match(text, number.end) if number.value > found else None
        if unit and not is_year(number, text) and unit["unit"] not in _COUNTED_TWICE:
            return True
    return False
