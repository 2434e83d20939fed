"""What one sentence says of numbers of people: of the whole trial, of its arms, per arm. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from monitor.evidence.article.result.patterns import find, pattern
from monitor.evidence.article.result.size.numbers import Number, numbers

_LEAST, _MOST = 4, 10_000_000
#: A smaller number after "study" is the name of one.
_LEAST_UNNUMBERED = 12
#: Several people each, parts of one, or animals.
_NO_PERSON = frozenset(
    {"couples", "dyads", "family", "families"}
    | {"eyes", "teeth", "knees", "hips", "limbs"}
    | {"dogs", "cats", "horses", "rats", "mice"}
)
_LEAST_GROUPS = 2
#: Letters before a number in which a word stands that makes it a part.
_WORDS_BEFORE = 60
#: What follows a number that is only a part of the people whom the sentence tells of.
_ONE_OF_SEVERAL = ("one_of_two", "also_completed", "also_received", "and_others", "one_arm_at_once")
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6}


class Said(IntEnum):
    """How firmly a number is said to be the whole trial."""

    COMPLETED = 0
    NAMED = 1
    ENTERED = 2
    ALLOCATED = 3


@dataclass(frozen=True, slots=True)
class Mention:
    """A number said of the whole trial."""

    value: int
    said: Said


def wholes(text: str) -> list[Mention]:
    """The numbers that one sentence, in lower case, says of the whole trial.

    Of two that it merely names ("in 20 volunteers and in 20 patients") none is the whole.
    """
    groups = [int(n) for n in pattern("size.group_numbers").findall(text)]
    if _has("numbered_arm", text) and len(groups) < _LEAST_GROUPS:
        return []
    found = (
        _mention(number, text)
        for number in numbers(text)
        if _LEAST <= number.value < _MOST
        and not is_year(number, text)
        and not _has("negated", text[: number.start + 80])
    )
    mentions = [mention for mention in found if mention]
    named = [mention for mention in mentions if mention.said is Said.NAMED]
    return (
        mentions
        if len(named) < 2 and not _has("more_eyes", text)
        else [mention for mention in mentions if mention.said is not Said.NAMED]
    )


def _has(name: str, text: str) -> bool:
    return find(f"size.{name}", text) is not None


def _mention(number: Number, text: str) -> Mention | None:
    before, after = text[: number.start], text[number.end :]
    if bracket := pattern("size.n_of").search(before):
        within, _, rest = after.partition(")")
        return _in_brackets(number, before[: bracket.start()], within, rest)
    unit = pattern("size.unit_after").match(after)
    is_within = before.count("(") > before.count(")")
    if is_within or not unit or unit["unit"] in _NO_PERSON or _is_no_whole(number, before, after, after[unit.end() :]):
        return None
    rest = after[unit.end() :]
    if any(_has("share_after", text) for text in (after, rest)) and not _has("allocated_after", rest):
        return None
    if _has("arm_within", after[: unit.end()]) or _is_share(number.value, before, after[unit.start("unit") :]):
        return None
    is_allocated = _has("just_allocated", rest) or _has("who", rest)
    if _has("planned", text) and (not is_allocated or _has("only_planned", text)):
        return None
    if any(_has(name, rest) for name in _ONE_OF_SEVERAL):
        return None
    if _is_even(number.value, text) and is_allocated:
        return Mention(number.value, Said.ALLOCATED)
    if _has("completed", rest) or _has("completed_before", before):
        if _has("of_these", rest):
            return None
        return Mention(number.value, Said.COMPLETED)
    if _adds_up(number.value, rest) and not _has("outcome", rest):
        return Mention(number.value, Said.ALLOCATED)
    if _has("group_bracket", rest):
        return None
    if _has("named_allocated", after):
        return Mention(number.value, Said.ALLOCATED)
    if _has("named_entered", after):
        return Mention(number.value, Said.ENTERED)
    rest = pattern("size.bracketed").sub("", rest)
    said = None if _is_part(before, rest) else _said(before, rest, text)
    return Mention(number.value, said) if said else None


def _is_share(value: int, before: str, after: str) -> bool:
    """Of one arm ("77 of 85 patients"), or of those in whom something came about ("was seen in 60 patients")."""
    if any(_has(name, before) for name in ("share_before", "of_one_arm", "found_in", "each_cluster")):
        return True
    if not _has("among_before", before):
        return False
    is_some = _has("some_of", after) and not _has("allocated_after", after) and not _adds_up(value, after)
    return is_some or _has("fewer_entered", after)


def _is_no_whole(number: Number, before: str, after: str, rest: str) -> bool:
    """A word before it makes it a part or a name ("study 2"); "all 60 patients were randomised" is the whole."""
    found = pattern("size.not_whole_before").search(before[-_WORDS_BEFORE:])
    if not found:
        return False
    word = found[0].strip()
    is_the = word in {"of the", "among the"}
    if is_the and _has("named_allocated", after):
        return False
    is_all = word in {"all", ";"} and _has("just_allocated", rest)
    is_enrolled = is_the and _has("just_enrolled", rest)
    is_no_name = word == "study" and number.value >= _LEAST_UNNUMBERED
    return not (is_all or is_enrolled or is_no_name)


def _is_part(before: str, rest: str) -> bool:
    """Said of an arm, of those left over, or of those before allocation: "of 80 patients, 60 were randomised"."""
    if (_has("of_before", before) and _has("then_allocated", rest)) or _has("share_before", before):
        return True
    if _has("set_against", rest):
        return True
    is_described = _has("allocated_at_once", rest) or _has("who", rest)
    return (_has("not_whole_after", rest) and not is_described) or _is_arm(rest) or _has("two_kinds", rest)


def _said(before: str, rest: str, text: str) -> Said | None:
    if _has("allocated_before", before) or _has("allocated_after", rest):
        return Said.ALLOCATED
    if _has("whole_before", before) or any(_has(name, rest) for name in ("entered_after", "formed", "who_entered")):
        return Said.ENTERED
    return Said.NAMED if _has("through", before) and not _has("group", text) else None


def _adds_up(whole: int, rest: str) -> bool:
    """True when the next numbers of the sentence are parts of this one: "Of 119 patients, 57 had X and 62 Y"."""
    leading = [int(n) for n in pattern("size.leading_in_bracket").findall(rest)]
    if len(leading) > 1 and sum(leading[:2]) == whole:
        return True
    following = [n.value for n in numbers(rest) if 1 < n.value < whole]
    starts = range(min(3, len(following)))
    return any(sum(following[i : i + count]) == whole for count in (2, 3, 4) for i in starts)


def _is_even(whole: int, text: str) -> bool:
    """Whether as many in each arm make up this number: "188 people were randomised, 94 to each group"."""
    each = _each(text)
    return len(each) == 1 and any(whole == arms * number for arms in _COUNTS.values() for number in each)


def _each(text: str) -> set[int]:
    found = (m for m in pattern("size.each").finditer(text) if not _has("cluster_pair", m[0]))
    return {int(next(filter(None, m.groups()))) for m in found}


def _is_arm(rest: str) -> bool:
    """Said of one arm: "30 patients were assigned to placebo and 31 to …"; "received X and 20 patients …"."""
    return _has("to_one_arm", rest) or _has("next_arm", rest)


def _in_brackets(number: Number, before: str, within: str, after: str) -> Mention | None:
    """ "Subjects (n = 79) were randomly assigned": the unit stands before the bracket, or in it."""
    if _has("only_planned", f"{before}{number.value}{within}{after}"):
        return None
    if _has("people_within", within) and not _has("arm_words", before) and not _has("n_in_brackets", after + before):
        return Mention(number.value, Said.ENTERED)
    unit = pattern("size.unit_before").search(before)
    if not unit or _has("per_arm", after) or _has("arm_words", before[unit.start() :]):
        return None
    if _has("n_in_brackets", after[:200]) or _has("n_in_brackets", before[-200:]):
        return None
    if _has("allocated_after", after):
        return Mention(number.value, Said.ALLOCATED)
    is_entered = _has("entered_after", after) or (_has("bare_people", before) and not _has("planned", after))
    return Mention(number.value, Said.ENTERED) if is_entered else None


def flow(text: str) -> list[Mention]:
    """How many of those who came were allocated, where both arms are named or those who completed follow."""
    found = (int(match["n"].replace(",", "")) for match in pattern("size.flow").finditer(text))
    return [Mention(value, Said.ALLOCATED) for value in found if value >= _LEAST]


def arms(text: str) -> list[int]:
    """The sizes of the arms that one sentence names in brackets, or "59 to X and 62 to Y"; [] where unsure."""
    if _has("only_planned", text):
        return []
    text = pattern("size.glued").split(text)[0]
    found = [int(re.sub(r"\D", "", n)) for n in pattern("size.n_in_brackets").findall(text)]
    if len(found) > 1:
        return _bracketed_arms(found, text)
    for name in ("two_numbers", "received", "one_and_other", "named_numbers"):
        if both := find(f"size.{name}", text):
            return [] if _names_clusters(text, both) else _alike([int(n.replace(",", "")) for n in both.groups()])
    if not _has("allocated", text):
        return []
    people = [int(n) for n in pattern("size.people_in_brackets").findall(text)]
    if len(people) > 1 and not found:
        return _bracketed_arms(people, text)
    to_each = [int(n.replace(",", "")) for n in pattern("size.to_each").findall(text)]
    return to_each if len(to_each) > 1 else _pair(text)


def _bracketed_arms(values: list[int], text: str) -> list[int]:
    if not _has("allocation_near", text) or _has("one_of_more", text) or _has("beside_healthy", text):
        return []
    if len(values) > 2 and values[0] == sum(values[1:]):
        return values[1:]
    if len(values) > 2 and values[-1] == sum(values[:-1]):
        return values[:-1]
    if any(values[0] == sum(values[1:end]) for end in range(3, len(values))) or _has("of_clusters", text):
        return []
    if _has("p_value", text) or _has("not_at_entry", text):
        return []
    is_twice = len(values) == 4 and sum(values[:2]) == sum(values[2:]) and len(set(values)) > 2
    is_nested = len(values) > 4 or (len(values) > 2 and max(values) > sum(values) / 2)
    return [] if is_twice or is_nested or len(values) < 2 else values


def _pair(text: str) -> list[int]:
    pair = pattern("size.pair").search(text)
    if not pair or _has("time", text[pair.start(1) : pair.start(1) + 12]) or _names_clusters(text, pair):
        return []
    return _alike([int(pair[1]), int(pair[2])])


def _alike(values: list[int]) -> list[int]:
    """The same numbers where they may be arms of one trial: none is more than five times the other."""
    return [] if max(values) > 5 * min(values) else values


def _names_clusters(text: str, pair: re.Match[str]) -> bool:
    """Whether two numbers count what people belong to: "25 practices received it and 32 clinics did not"."""
    return any(_has("cluster_pair", text[start:]) for start in (pair.start(1), pair.start(2)))


def products(text: str, whole: str) -> list[int]:
    """ "n = 60 per group" times the number of arms, where both are said; `whole` is the abstract."""
    if any(_has(name, text) for name in ("p_value", "only_planned")):
        return []
    each = _each(text)
    if len(each) != 1:
        return []
    counts = {_COUNTS[m["n"]] for m in pattern("size.arms_word").finditer(whole) if m["n"]}
    return [each.pop() * counts.pop()] if len(counts) == 1 else []


def is_year(number: Number, text: str) -> bool:
    """Whether a number between 1900 and 2100 stands as a year does."""
    if number.is_word or not 1900 <= number.value <= 2100:
        return False
    return _has("year_before", text[max(0, number.start - 8) : number.start])
