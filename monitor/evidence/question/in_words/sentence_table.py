"""Every pattern of the headline, written by the functions that write headlines; for docs/evidence.md. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from monitor.evidence.question.in_words import wording
from monitor.model import Control, Design, Direction, Question, ReviewLine, Role, Statement, Terms, Trial, TrialReport

_QUESTION = Question("", "the condition", "the treatment", Terms(), Terms())
_SAID = "The treatment may help."
_DIRECTIONS = [one for one in Direction if one is not Direction.NOT_STATED]


def table() -> str:
    """The patterns as a Markdown table: when, and the sentence. Numbers and names are examples."""
    rows = [f"| {when} | {sentence} |" for when, sentence in patterns()]
    return "\n".join(["| when | the sentence |", "|---|---|", *rows])


def patterns() -> Iterator[tuple[str, str]]:
    """Each pattern with the case it is for, weakest evidence first."""
    yield from _without_a_trial()
    yield from _comparisons()
    yield from _one_trial()
    yield from _several_trials()
    yield from _beside_a_headline()


def _without_a_trial() -> Iterator[tuple[str, str]]:
    cases = (
        ("nothing is indexed", wording.none_found),
        ("only uncontrolled reports", wording.uncontrolled),
        ("trials are registered", wording.registered),
    )
    yield "nothing but trials in which it is not what was tested", wording.none_found(_QUESTION, is_given=True)
    yield "trials are planned, and name no registry", wording.registered(_QUESTION, is_registered=False)
    for when, write in cases:
        yield when, write(_QUESTION)
        yield f"{when}, but a report may be a trial", write(_QUESTION, wording.contradictions(1, 0, 0, 0))
        yield f"{when}, but reports may be trials", write(_QUESTION, wording.contradictions(2, 0, 0, 0))
        yield f"{when}, but a trial is retracted", write(_QUESTION, wording.contradictions(0, 1, 0, 0))
        yield f"{when}, but one has secondary reports", write(_QUESTION, wording.contradictions(0, 0, 1, 0))
        yield f"{when}, but a registry has results", write(_QUESTION, wording.contradictions(0, 0, 0, 0, posted=1))
        yield f"{when}, but a registry links an article", write(_QUESTION, wording.contradictions(0, 0, 0, 0, linked=1))
        yield f"{when}, but a review includes trials", write(_QUESTION, wording.contradictions(0, 0, 0, 2))
        yield f"{when}, but an article tells of one", write(_QUESTION, wording.contradictions(0, 0, 0, 0, 1))
        yield f"{when}, but articles tell of some", write(_QUESTION, wording.contradictions(0, 0, 0, 0, 2))


def _comparisons() -> Iterator[tuple[str, str]]:
    for count in (1, 2):
        when = f"{wording.number(count, starts=False)} controlled, not randomised"
        yield when, wording.comparisons([_trial()] * count)
        yield f"{when}, but a report may be a trial", wording.comparisons([_trial()] * count, wording.awaits(1))


def _one_trial() -> Iterator[tuple[str, str]]:
    for control in Control:
        yield f"one randomised trial, control: {control}", wording.randomized([_trial(control=control)])
    for direction in _DIRECTIONS:
        yield f"one randomised trial, certain: {direction}", wording.randomized([_example(direction)])
    yield "one randomised trial, size not certain", wording.randomized([_trial(people=None)])
    yield "one randomised trial, direction not certain", wording.randomized([_trial(Direction.NOT_STATED)])
    yield "one randomised trial, nothing concluded", wording.randomized([_trial(None)])
    two = TrialReport("1", Role.MAIN_RESULT, "The treatment in the condition: two randomised trials")
    yield "one report of several trials", wording.randomized([replace(_trial(), reports=(two,), speaker="1")])


def _several_trials() -> Iterator[tuple[str, str]]:
    benefit, null = _trial(Direction.BENEFIT), _trial(Direction.NO_DIFFERENCE)
    unsure, bare = _trial(Direction.NOT_STATED), _trial(people=None)
    other = replace(unsure, name="Roe 2015")
    for direction in _DIRECTIONS:
        yield f"two agree: {direction}", wording.randomized([_example(direction)] * 2)
        yield f"three or more agree: {direction}", wording.randomized([_example(direction)] * 3)
    yield "they disagree", wording.randomized([null, null, benefit])
    yield "some sizes are not certain", wording.randomized([null, bare])
    yield "one direction is not certain", wording.randomized([null, null, unsure])
    yield "several directions are not certain", wording.randomized([null, unsure, other])
    yield "no direction is certain", wording.randomized([unsure, other])
    open_trial = _trial(Direction.BENEFIT, control=Control.WAIT_LIST, blinding="open-label")
    yield "another kind of control, open: a sentence of its own", wording.randomized([open_trial], is_first=False)


def _beside_a_headline() -> Iterator[tuple[str, str]]:
    yield "added: a plan is published", wording.protocol([_trial()])
    yield "added: plans are published", wording.protocol([_trial(), _trial()])
    yield "added: a plan is published, but a report may be its result", wording.protocol([_trial()], is_silent=False)
    for count in (0, 1, 3):
        line = ReviewLine("1", "", None, Design.SYSTEMATIC_REVIEW, count)
        yield f"added: a review says it includes {wording.number(count, starts=False)}", wording.review(line)


def _example(direction: Direction) -> Trial:
    """A trial of the comparison that the direction is possible in."""
    return _trial(direction, control=Control.ACTIVE if direction is Direction.NONINFERIOR else Control.SHAM)


def _trial(
    direction: Direction | None = Direction.NO_DIFFERENCE,
    *,
    people: int | None = 40,
    control: Control = Control.SHAM,
    blinding: str = "",
) -> Trial:
    said = Statement(direction, _SAID, "conclusion") if direction else None
    return Trial("1", "Doe 2014", control=control, blinding=blinding, sample_size=people, statement=said)
