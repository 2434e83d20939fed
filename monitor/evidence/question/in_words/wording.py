"""The answer in plain English, written from counted trials and the topic's names; nothing is concluded here.

English is what is stored, compared and logged. Every sentence is a message of `sentences` or `further_sentences`, by
which it is said in another language where it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.evidence.question.in_words import further_sentences as further
from monitor.evidence.question.in_words import sentences as said
from monitor.evidence.question.in_words.report_labels import trials_pooled
from monitor.model import Direction, Question, ReviewLine, Trial

_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")

#: Kinds of reports that come before a final one and are counted until it appears.
PROVISIONAL = frozenset(further.PROVISIONAL)

#: Said beside every headline that rests on words no person has appraised.
NOT_APPRAISED = further.NOT_APPRAISED()


def appraisal(trials: Sequence[Trial]) -> str:
    """Whose word the headline rests on: the authors', or a person's for some of the trials."""
    readers = sorted({t.appraised_by for t in trials if t.appraised_by})
    if not readers:
        return NOT_APPRAISED
    count, every = sum(bool(t.appraised_by) for t in trials), len(trials)
    return further.APPRAISED(count=number(count), all=number(every, starts=False), persons=", ".join(readers))


def number(count: int, *, starts: bool = True) -> str:
    """A count as an English word up to twelve, in digits beyond."""
    word = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return word if starts else word.lower()


def direction(trial: Trial) -> Direction:
    """The direction a trial's authors state."""
    return trial.statement.direction if trial.statement else Direction.NOT_STATED


def people(trials: Sequence[Trial]) -> str:
    """ "238 people" over all trials; "at least 134 people" when one does not state its size; "" when none does."""
    sizes = [t.sample_size for t in trials if t.sample_size]
    if not sizes:
        return ""
    of_all = said.PEOPLE if len(sizes) == len(trials) else said.AT_LEAST
    return of_all(sum(sizes), count=f"{sum(sizes):,}")


def kind(trials: Sequence[Trial]) -> str:
    """How these trials were controlled, as an adjective; "" where it is not stated."""
    names = [said.KINDS[t.control]() if t.control in said.KINDS else "" for t in trials]
    first, *others = reversed(list(dict.fromkeys(names)) if all(names) and names else [""])
    for other in others:
        first = said.EITHER_KIND(one=other, other=first)
    return first


def none_found(question: Question, instead: str = "", *, is_given: bool = False) -> str:
    """S0: nothing at all, or nothing but what could contradict that, told `instead`.

    `is_given`: some trial gave the intervention to these people, but did not test it.
    """
    if instead:
        return said.NO_CERTAIN_TRIAL(**_about(question), instead=instead)
    return (said.NO_TEST if is_given else said.NO_STUDY)(**_about(question))


def _about(question: Question) -> dict[str, str]:
    return {"intervention": question.intervention_name, "population": question.population_name}


def uncontrolled(question: Question, instead: str = "") -> str:
    """Only reports without a comparison group; that no trial has reported only where nothing held contradicts it."""
    if instead:
        return said.UNCONTROLLED_BUT(**_about(question), instead=instead)
    return said.UNCONTROLLED(**_about(question))


def registered(question: Question, instead: str = "", *, is_registered: bool = True) -> str:
    """Nothing but registered trials, or (not `is_registered`) published plans of which none names a registry."""
    if instead:
        return (said.REGISTERED_BUT if is_registered else said.PLANNED_BUT)(**_about(question), instead=instead)
    return (said.REGISTERED if is_registered else said.PLANNED)(**_about(question))


def contradictions(
    possible: int, retracted: int, secondary: int, reviewed: int, told: int = 0, posted: int = 0, linked: int = 0
) -> str:
    """What is held that forbids to say that no trial exists, "" when nothing does.

    `possible` reports may be trials, `retracted` trials no longer count, `secondary` ones are known by secondary
    reports alone, `reviewed` ones a systematic review included, `told` articles speak of one that is not held, of
    `posted` ones the results are public in a registry, and `linked` ones have articles there that are not held.
    """
    parts = [awaits(possible)] if possible else []
    if retracted:
        parts.append(said.ARE_RETRACTED(retracted, count=number(retracted, starts=False)))
    if secondary:
        parts.append(said.ARE_SECONDARY(secondary, count=number(secondary, starts=False)))
    if posted:
        parts.append(said.ARE_POSTED(posted, count=number(posted, starts=False)))
    if linked:
        parts.append(said.ARE_LINKED(linked, count=number(linked, starts=False)))
    if reviewed and not parts:
        parts.append(said.ARE_REVIEWED())
    if told and not parts:
        parts.append(said.ONE_IS_TOLD() if told == 1 else said.SEVERAL_ARE_TOLD())
    return "; ".join(parts)


def comparisons(trials: Sequence[Trial], instead: str = "") -> str:
    """Controlled comparisons that are not shown to be randomised, with what is still missing, or `instead` of it."""
    count, sizes = len(trials), people(trials)
    phrase = said.COMPARISONS(count, count=number(count))
    if sizes:
        phrase = said.COMPARISONS_AND_PEOPLE(comparisons=phrase, people=sizes)
    if instead:
        return said.COMPARED_BUT(count, comparisons=phrase, instead=instead)
    return said.COMPARED(count, comparisons=phrase)


def not_counted(trials: Sequence[Trial]) -> str:
    """Comparisons without randomisation beside randomised trials: shown, with no say in the headline."""
    count, sizes = len(trials), people(trials)
    if sizes:
        return further.NOT_COUNTED_WITH_PEOPLE(count, count=number(count), people=sizes)
    return further.NOT_COUNTED(count, count=number(count))


def randomized(trials: Sequence[Trial], *, is_first: bool = True) -> str:
    """Randomised trials of one kind of control and what their authors report."""
    phrase = _randomized_trials(trials, is_open=not is_first and all(is_open(t) for t in trials))
    certain = [direction(t) for t in trials if is_certain(t)]
    rest = [t for t in trials if not is_certain(t)]
    if not certain:
        return _uncertain(phrase, rest)
    if not rest and len(set(certain)) == 1:
        together = said.ONE if len(trials) == 1 else said.BOTH if len(trials) == 2 else said.ALL
        return together[certain[0]](trials=phrase)
    is_disagreement = len(set(certain)) > 1
    if not rest:
        return said.DISAGREE(trials=phrase, results=_counted(certain))
    told = said.DISAGREE_BESIDE if is_disagreement else said.AGREE_BESIDE
    return told(trials=phrase, results=_counted(certain), rest=_rest(rest))


def _randomized_trials(trials: Sequence[Trial], *, is_open: bool) -> str:
    """ "Two open randomised wait-list trials (134 people)"; "One report of two randomised trials"."""
    count, control, sizes = len(trials), kind(trials), people(trials)
    form = is_open, bool(control)
    several = trials_reported(trials[0]) if count == 1 else 1
    if several > 1:
        pooled = said.POOLED[form](several, count=number(several, starts=False), kind=control)
        phrase = said.ONE_REPORT(count=number(1), pooled=pooled)
    else:
        phrase = said.TRIALS[form](count, count=number(count), kind=control)
    return said.TRIALS_AND_PEOPLE(trials=phrase, people=sizes) if sizes else phrase


def trials_reported(trial: Trial) -> int:
    """How many trials the report that speaks for it says it is of: mostly one."""
    return max((trials_pooled(report.title) for report in trial.reports if report.pmid == trial.speaker), default=1)


def is_certain(trial: Trial) -> bool:
    """Whether the direction of its result is certain, so that it may be counted, agree or disagree."""
    return direction(trial) is not Direction.NOT_STATED


def _counted(directions: Sequence[Direction]) -> list[str]:
    counts = {each: directions.count(each) for each in dict.fromkeys(directions)}
    return [said.COUNTED[each](many, count=number(many, starts=False)) for each, many in counts.items()]


def _uncertain(phrase: str, trials: Sequence[Trial]) -> str:
    """What is said of trials whose direction is not certain: the authors' own words where they conclude something."""
    if len(trials) == 1 and _concludes(trials[0]):
        return said.QUOTED(trials=phrase, sentence=_words(trials[0]))
    return said.UNCERTAIN(len(trials), trials=phrase, names=", ".join(t.name for t in trials))


def _rest(trials: Sequence[Trial]) -> str:
    """The same of those beside others whose direction is certain."""
    count = number(len(trials), starts=False)
    if len(trials) == 1 and _concludes(trials[0]):
        return said.REST_QUOTED(count=count, sentence=_words(trials[0]))
    return said.REST(len(trials), count=count, names=", ".join(t.name for t in trials))


def _concludes(trial: Trial) -> bool:
    return bool(trial.statement and trial.statement.sentence)


def quoted(trial: Trial) -> str:
    """The authors' sentence in quotation marks, without its full stop: the sentence it stands in has one."""
    return f"“{_words(trial)}”" if trial.statement else ""


def _words(trial: Trial) -> str:
    return trial.statement.sentence.strip().rstrip(".") if trial.statement else ""


def quotations(trials: Sequence[Trial]) -> list[str]:
    """One line for each of several trials whose direction is not certain and whose authors conclude something."""
    rest = [t for t in trials if not is_certain(t) and _concludes(t)]
    return [further.QUOTATION(trial=t.name, sentence=_words(t)) for t in rest]


def is_open(trial: Trial) -> bool:
    """True when the report says that nobody was blinded."""
    return any(word in trial.blinding.lower() for word in ("open", "unblind", "unmask", "non"))


def protocol(trials: Sequence[Trial], *, is_silent: bool = True) -> str:
    """Published plans of randomised trials; that they have no result where no report may be theirs (`is_silent`)."""
    count, control = len(trials), kind(trials)
    if control:
        of_kind = further.NO_RESULT_YET_OF_KIND if is_silent else further.PROTOCOL_OF_KIND
        return of_kind(count, count=number(count, starts=False), kind=control)
    return (further.NO_RESULT_YET if is_silent else further.PROTOCOL)(count, count=number(count, starts=False))


def review(line: ReviewLine) -> str:
    """What a systematic review says it included."""
    year = {"year": str(line.first_public_on.year)} if line.first_public_on else {}
    count = line.included_trials or 0
    if line.included_trials == 0:
        return (further.REVIEW_OF_YEAR_EMPTY if year else further.REVIEW_EMPTY)(**year)
    return (further.REVIEW_OF_YEAR if year else further.REVIEW)(count, count=number(count, starts=False), **year)


def silent(trials: Sequence[Trial]) -> str:
    """Registered trials without a result, with the registry's word for each."""
    named = [further.SILENT_TRIAL(trial=t.key, status=t.status) for t in trials]
    return further.SILENT(len(trials), count=number(len(trials)), trials=named)


def flagged(trial: Trial) -> list[str]:
    """One sentence for each notice on a trial's main result."""
    return [further.FLAGGED[flag](trial=trial.name, key=trial.key) for flag in trial.flags]


def mixed(trial: Trial, words: str) -> str:
    """One sentence for a trial whose participants do not all have the condition, with the words that say so."""
    return further.MIXED(trial=trial.name, sentence=words.rstrip("."))


def provisional(trial: Trial, stage: str) -> str:
    """One sentence for a trial whose only report is not its final one."""
    return further.PROVISIONAL[stage](trial=trial.name)


def superseded(trial: Trial, earlier: Sequence[str]) -> str:
    """One sentence for earlier reports of a trial, whose results its present report replaces."""
    return further.SUPERSEDED(trial=trial.name, reports=earlier)


def perhaps_one(names: Sequence[str]) -> str:
    """One sentence for reports of the same people with the same number, or with the same authors, counted once."""
    return further.PERHAPS_ONE(reports=names)


def awaits(count: int) -> str:
    """What is said of reports that may be trials in place of an absence: "two reports that may be trials await …"."""
    return said.AWAITS(count, count=number(count, starts=False))
