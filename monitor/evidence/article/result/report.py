"""What one report of a trial says of its result: the direction where it is certain, else the authors' own sentence."""

from __future__ import annotations

import re

from monitor.evidence.article.result import votes
from monitor.evidence.article.result.clauses import COMPARED, GOOD
from monitor.evidence.article.result.direction import direction, supports
from monitor.evidence.article.result.doubts import against
from monitor.evidence.article.result.patterns import family, find, pattern
from monitor.evidence.article.result.plain import is_refuted, is_short, is_unsure, plain_direction
from monitor.evidence.article.result.spoken import Spoken, spoken
from monitor.evidence.article.rules import pattern as rule_pattern
from monitor.evidence.article.text import Reading, lowered
from monitor.model import Design, Direction, Statement

#: Reports of one trial, or of what may be one; what a review concludes is quoted and not classified.
_ABOUT_ONE_TRIAL = frozenset({Design.RANDOMIZED, Design.CONTROLLED, Design.SECONDARY_ANALYSIS, Design.UNCLEAR})


def statement(reading: Reading, design: Design) -> Statement | None:
    """The certain direction with the concluding sentence that bears it out, else NOT_STATED with what they conclude.

    None where the abstract concludes nothing that could be quoted.
    """
    if design is Design.UNCLEAR and not _may_be_trial(reading):
        return None
    said = spoken(reading)
    found = certain_direction(reading, said, design, votes.load())
    quoted = _quoted(said, found)
    if quoted is None:
        return None
    field = "conclusion" if reading.section("CONCLUSIONS") else "abstract"
    text = quoted.text if found else _whole(said, quoted, reading)
    return Statement(found or Direction.NOT_STATED, text, field)


def _may_be_trial(reading: Reading) -> bool:
    """Whether a record whose design is unclear has a word of trials; most have none, and are not read further."""
    return any(find("report.may_be_trial", text) for text in (reading.plain_title, reading.plain_abstract))


def may_compare(reading: Reading) -> bool:
    """Whether a record whose design is unclear has a word of groups that are compared; most have none."""
    return bool(find("report.may_compare", lowered(f"{reading.raw_title}. {reading.raw_abstract}")))


def certain_direction(reading: Reading, said: list[Spoken], design: Design, model: votes.Model) -> Direction | None:
    """The direction that is certain in the report of one trial; None for every other record."""
    if design not in _ABOUT_ONE_TRIAL or (design is Design.UNCLEAR and not _may_be_trial(reading)):
        return None
    doubts = against(said)
    voted = direction(said, design, doubts, model.votes(said, doubts, is_randomized=design is Design.RANDOMIZED))
    if not is_short(reading.raw_abstract):
        return voted
    plain = plain_direction(said)
    if plain and voted in (plain, None):
        return plain
    # what is mixed may be of two arms, or of a part of the people: a few sentences do not tell
    is_certain = voted not in (None, Direction.MIXED) and not plain and not is_unsure(said)
    return voted if voted and is_certain and not is_refuted(voted, said) else None


def _quoted(said: list[Spoken], found: Direction | None) -> Spoken | None:
    """The first concluding sentence that states the direction; without one the first that reports something."""
    concluding = [one for one in said if one.part == "conclusion" and not _is_no_conclusion(one)]
    if found:
        results = [one for one in said if one.part == "result"]
        return next((one for one in [*concluding, *results] if supports(found, one)), next(iter(concluding), None))
    about = [one for one in concluding if not _is_aside(one, said[0])]
    reporting = [one for one in about if rule_pattern("says.reports").search(lowered(one.text))]
    return next((one for one in reporting if "wish" not in one.signs), next(iter(reporting), None))


def _is_no_conclusion(one: Spoken) -> bool:
    """Whether a sentence where a conclusion stands only announces, sets a condition, or is of an analysis of a part.

    One that turns against the sentence before it is quoted with that one (`_whole`), and so does not mislead.
    """
    low = lowered(one.text)
    if pattern("report.announces").search(low):
        return True
    return bool(pattern("report.other_analysis").search(low)) and not pattern("report.turns").match(low)


def _is_aside(one: Spoken, title: Spoken) -> bool:
    """Whether a lack of difference in what the title does not name stands last, between nothing that is named."""
    is_bare = one.signs & {"null_diff", "null_differ"} and one.signs.isdisjoint(COMPARED | {"conclude"})
    words = (set(re.findall(r"[a-z]{5,}", lowered(each.text))) for each in (one, title))
    return bool(is_bare) and set.isdisjoint(*words)


def _whole(said: list[Spoken], quoted: Spoken, reading: Reading) -> str:
    """The sentence, after the one that it turns against: "However, X was better in some" alone would mislead."""
    before = said[said.index(quoted) - 1]
    tells = before.part != "title" and bool(before.signs & (GOOD | {"null"}))
    if tells and pattern("report.turns").match(lowered(quoted.text)):
        return f"{before.text.strip()} {reading.raw_abstract[quoted.start : quoted.end].strip()}"
    return quoted.text


def primary_outcome(reading: Reading) -> str:
    """The outcome that the abstract names as primary, in its own words; "" where it names none."""
    match = pattern("report.primary").search(reading.raw_abstract)
    return match["what"].strip() if match else ""


def stage(reading: Reading) -> str:
    """What kind of report it calls itself: the names of the `stage` patterns, "" where it says nothing."""
    title = lowered(reading.raw_title)
    named = next((name for name, words in family("stage").items() if words.search(title)), "")
    is_interim = not named and find("report.interim", lowered(reading.raw_abstract))
    return "interim" if is_interim else named
