"""What one report of a trial says of its result: the direction where it is certain, else the authors' own sentence."""

from __future__ import annotations

from monitor.evidence.article.result import votes
from monitor.evidence.article.result.direction import direction
from monitor.evidence.article.result.doubts import EXTENSION, ONE_ARM, against
from monitor.evidence.article.result.findings import tells_a_finding
from monitor.evidence.article.result.patterns import family, find, pattern
from monitor.evidence.article.result.plain import is_refuted, is_short, is_unsure, plain_direction
from monitor.evidence.article.result.quotation import quoted, whole
from monitor.evidence.article.result.spoken import Spoken, spoken
from monitor.evidence.article.text import Reading, lowered
from monitor.model import Design, Direction, Statement

#: Main reports of one trial, or of what may be one. What a review or a further look at a trial (its subgroups, costs,
#: extension) concludes is quoted and not classified: it need not be what the trial was for.
_ABOUT_ONE_TRIAL = frozenset({Design.RANDOMIZED, Design.CONTROLLED, Design.UNCLEAR})
#: Where this is doubted even plain words of a short abstract state no direction.
_NOTHING_COMPARED = frozenset({EXTENSION, ONE_ARM})


def statement(reading: Reading, design: Design) -> Statement | None:
    """The certain direction with the concluding sentence that bears it out, else NOT_STATED with what they conclude.

    None where the abstract concludes nothing that could be quoted.
    """
    if design is Design.UNCLEAR and not _may_be_trial(reading):
        return None
    said = spoken(reading)
    found = certain_direction(reading, said, design, votes.load())
    told = quoted(said, found)
    if told is None:
        return None
    field = "conclusion" if reading.section("CONCLUSIONS") else "abstract"
    text = told.text if found else whole(said, told, reading)
    return Statement(found or Direction.NOT_STATED, text, field)


def _may_be_trial(reading: Reading) -> bool:
    """Whether a record whose design is unclear has a word of trials; most have none, and are not read further."""
    return any(find("report.may_be_trial", text) for text in (reading.plain_title, reading.plain_abstract))


def _compares_people(reading: Reading) -> bool:
    """Whether a record whose design is unclear is likely a trial: its word of one is no sampling, wish, pool or model.

    The blanked text no longer holds what only sounds like allocation ("randomly selected", "non-randomised").
    """
    texts = (reading.title, reading.abstract)
    is_other = any(find("report.no_trial", text) for text in (reading.plain_title, reading.plain_abstract))
    return not is_other and any(find("report.compares_people", text) for text in texts)


def may_compare(reading: Reading) -> bool:
    """Whether a record whose design is unclear has a word of groups that are compared; most have none."""
    return bool(find("report.may_compare", lowered(f"{reading.raw_title}. {reading.raw_abstract}")))


def certain_direction(reading: Reading, said: list[Spoken], design: Design, model: votes.Model) -> Direction | None:
    """The direction that is certain in the main report of one trial, and has a finding to rest on; else None.

    A report of a trial that calls itself a cohort or cross-sectional study compares other groups.
    """
    if design not in _ABOUT_ONE_TRIAL or (design is Design.UNCLEAR and not _compares_people(reading)):
        return None
    if any(find("report.observes", text) for text in (reading.plain_title, reading.plain_abstract)):
        return None
    found = _direction(reading, said, design, model)
    return found if found and tells_a_finding(said, reading) else None


def _direction(reading: Reading, said: list[Spoken], design: Design, model: votes.Model) -> Direction | None:
    """What vote and rules agree on; in a few sentences by their words."""
    doubts = against(said)
    voted = direction(said, design, doubts, model.votes(said, doubts, is_randomized=design is Design.RANDOMIZED))
    if not is_short(reading.raw_abstract):
        return voted
    plain = plain_direction(said)
    if _NOTHING_COMPARED.intersection(doubts.get(plain or Direction.MIXED, ())):
        return None
    if plain and voted in (plain, None):
        return plain
    # what is mixed may be of two arms, or of a part of the people: a few sentences do not tell
    is_certain = voted not in (None, Direction.MIXED) and not plain and not is_unsure(said)
    return voted if voted and is_certain and not is_refuted(voted, said) else None


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
