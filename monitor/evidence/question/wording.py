"""The answer in plain English, written from counted trials and the topic's names; nothing is concluded here."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.evidence.question.report_labels import trials_pooled
from monitor.model import Control, Direction, Question, ReviewLine, Trial

_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
_KINDS = {
    Control.SHAM: "sham-controlled",
    Control.PLACEBO: "placebo-controlled",
    Control.WAIT_LIST: "wait-list",
    Control.USUAL_CARE: "usual-care-controlled",
    Control.NO_TREATMENT: "no-treatment-controlled",
    Control.ACTIVE: "actively controlled",
    Control.HISTORICAL: "historically controlled",
    Control.NONE: "",
    Control.NOT_STATED: "",
}
_ONE = {
    Direction.NO_DIFFERENCE: "shows no benefit",
    Direction.BENEFIT: "reports benefit",
    Direction.HARM: "reports harm",
    Direction.MIXED: "reports benefit on some outcomes and not on others",
    Direction.NONINFERIOR: "reports that the treatment is not inferior to another",
}
_MANY = {
    Direction.NO_DIFFERENCE: "show no benefit",
    Direction.BENEFIT: "report benefit",
    Direction.HARM: "report harm",
    Direction.MIXED: "report benefit on some outcomes and not on others",
    Direction.NONINFERIOR: "report that the treatment is not inferior to another",
}

_PROVISIONAL = {"interim": "an interim report", "abstract": "the abstract of a congress", "thesis": "a thesis"}

#: Kinds of reports that come before a final one and are counted until it appears.
PROVISIONAL = frozenset(_PROVISIONAL)

#: Said beside every headline that rests on words no person has appraised.
NOT_APPRAISED = "Stated by the authors, not yet appraised by a person."


def appraisal(trials: Sequence[Trial]) -> str:
    """Whose word the headline rests on: the authors', or a person's for some of the trials."""
    readers = sorted({t.appraised_by for t in trials if t.appraised_by})
    if not readers:
        return NOT_APPRAISED
    count = sum(bool(t.appraised_by) for t in trials)
    shares = f"{number(count)} of {number(len(trials), starts=False)} trials"
    return f"{shares} appraised by a person ({', '.join(readers)}); the others as stated by the authors."


def number(count: int, *, starts: bool = True) -> str:
    """A count as an English word up to twelve, in digits beyond."""
    word = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return word if starts else word.lower()


def direction(trial: Trial) -> Direction:
    """The direction a trial's authors state."""
    return trial.statement.direction if trial.statement else Direction.NOT_STATED


def people(trials: Sequence[Trial]) -> str:
    """ "(238 people)" over all trials; "(at least 134 people)" when one does not state its size; "" when none does."""
    sizes = [t.sample_size for t in trials if t.sample_size]
    if not sizes:
        return ""
    at_least = "" if len(sizes) == len(trials) else "at least "
    return f" ({at_least}{sum(sizes):,} people)"


def kind(trials: Sequence[Trial]) -> str:
    """How these trials were controlled, as an adjective with a leading space, "" where it is not stated."""
    names = list(dict.fromkeys(_KINDS[t.control] for t in trials))
    return f" {' or '.join(names)}" if all(names) and names else ""


def none_found(question: Question, instead: str = "", *, is_given: bool = False) -> str:
    """S0: nothing at all, or nothing but what could contradict that, told `instead`.

    `is_given`: some trial gave the intervention to these people, but did not test it.
    """
    about = f"{question.intervention_name} in {question.population_name}"
    if instead:
        return f"No trial of {about} is certain yet; {instead}."
    if is_given:
        return f"No trial that tests {about} against a control is indexed."
    return f"No treatment study of {about} is indexed."


def uncontrolled(question: Question, instead: str = "") -> str:
    """Only reports without a comparison group; that no trial has reported only where nothing held contradicts it."""
    head = f"Only uncontrolled reports of {question.intervention_name} in {question.population_name}"
    return f"{head} are certain; {instead}." if instead else f"{head} exist; no controlled trial has reported."


def registered(question: Question, instead: str = "", *, is_registered: bool = True) -> str:
    """Nothing but registered trials, or (not `is_registered`) published plans of which none names a registry."""
    about = f"{question.intervention_name} in {question.population_name}"
    known = "registered" if is_registered else "planned"
    return f"Trials of {about} are {known}; {instead or 'none has reported a result'}."


def contradictions(possible: int, retracted: int, secondary: int, reviewed: int, told: int = 0) -> str:
    """What is held that forbids to say that no trial exists, "" when nothing does.

    `possible` reports may be trials, `retracted` trials no longer count, `secondary` ones are known by secondary
    reports alone, `reviewed` ones a systematic review included, and `told` articles speak of one that is not held.
    """
    parts = [awaits(possible)] if possible else []
    if retracted:
        parts.append(f"{_trials(retracted)} {'has' if retracted == 1 else 'have'} been retracted")
    if secondary:
        known = "is known by its" if secondary == 1 else "are known by their"
        parts.append(f"{_trials(secondary)} {known} secondary reports alone")
    if reviewed and not parts:
        parts.append("those that a review includes are not among the articles found")
    if told and not parts:
        parts.append(f"{_tellers(told)} not among those found")
    return "; ".join(parts)


def _tellers(count: int) -> str:
    if count == 1:
        return "an article found speaks of a randomised trial that is"
    return "articles found speak of randomised trials that are"


def _trials(count: int) -> str:
    return f"{number(count, starts=False)} {'trial' if count == 1 else 'trials'}"


def comparisons(trials: Sequence[Trial], instead: str = "") -> str:
    """Controlled comparisons that are not shown to be randomised, with what is still missing, or `instead` of it."""
    one = len(trials) == 1
    noun, verb = ("comparison", "exists") if one else ("comparisons", "exist")
    return (
        f"{number(len(trials))} controlled {noun}{people(trials)}, not shown to be randomised, {verb}; "
        f"{instead or 'no randomised trial has reported'}."
    )


def not_counted(trials: Sequence[Trial]) -> str:
    """Comparisons without randomisation beside randomised trials: shown, with no say in the headline."""
    one = len(trials) == 1
    noun, verb, they = ("comparison", "was", "it is") if one else ("comparisons", "were", "they are")
    head = f"{number(len(trials))} further {noun} {verb} controlled but not randomised{people(trials)}"
    return f"{head}; {they} listed and not counted."


def randomized(trials: Sequence[Trial], *, is_first: bool = True) -> str:
    """Randomised trials of one kind of control and what their authors report."""
    count = len(trials)
    noun = "trial" if count == 1 else "trials"
    openness = " open" if not is_first and all(is_open(t) for t in trials) else ""
    head = f"{number(count)}{openness} randomised{kind(trials)} {noun}{people(trials)}"
    if count == 1 and (several := trials_reported(trials[0])) > 1:
        of = f"{number(several, starts=False)}{openness} randomised{kind(trials)} trials"
        head = f"One report of {of}{people(trials)}"
    certain = [direction(t) for t in trials if is_certain(t)]
    rest = [t for t in trials if not is_certain(t)]
    if count == 1:
        return f"{head} {_ONE[certain[0]]}." if certain else f"{head} {_uncertain(rest)}."
    if not certain:
        return f"{head} {_uncertain(rest)}."
    if not rest and len(set(certain)) == 1:
        return f"{head}: {_together(certain[0], count)}."
    counted = _counted(certain)
    verb = " disagree:" if len(set(certain)) > 1 else ":"
    told = f"{head}{verb} {counted}"
    return f"{told}; {number(len(rest), starts=False)} {_uncertain(rest)}." if rest else f"{told}."


def trials_reported(trial: Trial) -> int:
    """How many trials the report that speaks for it says it is of: mostly one."""
    return max((trials_pooled(report.title) for report in trial.reports if report.pmid == trial.speaker), default=1)


def is_certain(trial: Trial) -> bool:
    """Whether the direction of its result is certain, so that it may be counted, agree or disagree."""
    return direction(trial) is not Direction.NOT_STATED


def _counted(directions: Sequence[Direction]) -> str:
    parts = []
    for each in dict.fromkeys(directions):
        many = directions.count(each)
        parts.append(f"{number(many, starts=False)} {_ONE[each] if many == 1 else _MANY[each]}")
    return ", ".join(parts)


def _uncertain(trials: Sequence[Trial]) -> str:
    """What is said of trials whose direction is not certain: the authors' own words where they conclude something."""
    spoken = [t for t in trials if t.statement and t.statement.sentence]
    if len(trials) > 1:
        named = ", ".join(t.name for t in trials)
        return f"have reported ({named}), and the direction of their results is not certain"
    if not spoken:
        return "has reported, and the direction of its result is not certain"
    return f"has reported. Its authors conclude: {quoted(spoken[0])}"


def quoted(trial: Trial) -> str:
    """The authors' sentence in quotation marks, without its full stop: the sentence it stands in has one."""
    return f"“{trial.statement.sentence.strip().rstrip('.')}”" if trial.statement else ""


def quotations(trials: Sequence[Trial]) -> list[str]:
    """One line for each of several trials whose direction is not certain and whose authors conclude something."""
    rest = [t for t in trials if not is_certain(t) and t.statement and t.statement.sentence]
    return [f"The authors of {t.name} conclude: {quoted(t)}." for t in rest]


def _together(each: Direction, count: int) -> str:
    if each is Direction.NO_DIFFERENCE:
        return "neither shows benefit" if count == 2 else "none shows benefit"
    return f"{'both' if count == 2 else 'all'} {_MANY[each]}"


def is_open(trial: Trial) -> bool:
    """True when the report says that nobody was blinded."""
    return any(word in trial.blinding.lower() for word in ("open", "unblind", "unmask", "non"))


def protocol(trials: Sequence[Trial], *, is_silent: bool = True) -> str:
    """Published plans of randomised trials; that they have no result where no report may be theirs (`is_silent`)."""
    one = len(trials) == 1
    noun, verb = ("trial", "is") if one else ("trials", "are")
    article = "The protocol of a" if one else f"Protocols of {number(len(trials), starts=False)}"
    silence = "; no result yet" if is_silent else ""
    return f"{article} randomised{kind(trials)} {noun} {verb} published{silence}."


def review(line: ReviewLine) -> str:
    """What a systematic review says it included."""
    when = f" ({line.first_public_on.year})" if line.first_public_on else ""
    if line.included_trials == 0:
        return f"A systematic review{when} found no eligible randomised trial."
    noun = "trial" if line.included_trials == 1 else "trials"
    return f"A systematic review{when} includes {number(line.included_trials or 0, starts=False)} randomised {noun}."


def silent(trials: Sequence[Trial]) -> str:
    """Registered trials without a result, with the registry's word for each."""
    named = ", ".join(f"{t.key} ({t.status})" for t in trials)
    noun = "trial has" if len(trials) == 1 else "trials have"
    return f"{number(len(trials))} registered {noun} no result in PubMed: {named}."


def flagged(trial: Trial) -> list[str]:
    """One sentence for each notice on a trial's main result."""
    said = {
        "retracted": f"{trial.name} ({trial.key}) is retracted and no longer counts.",
        "expression of concern": f"An expression of concern has been published about {trial.name} ({trial.key}).",
        "corrected": f"{trial.name} ({trial.key}) has been corrected by an erratum.",
    }
    return [said[flag] for flag in trial.flags]


def mixed(trial: Trial, words: str) -> str:
    """One sentence for a trial whose participants do not all have the condition, with the words that say so."""
    return f"Not all participants of {trial.name} have the condition: “{words.rstrip('.')}”."


def provisional(trial: Trial, stage: str) -> str:
    """One sentence for a trial whose only report is not its final one."""
    return f"What is known of {trial.name} is from {_PROVISIONAL[stage]}, not from its final report."


def superseded(trial: Trial, earlier: Sequence[str]) -> str:
    """One sentence for earlier reports of a trial, whose results its present report replaces."""
    return f"{trial.name} replaces what was reported earlier of the same trial: {'; '.join(earlier)}."


def perhaps_one(names: Sequence[str]) -> str:
    """One sentence for reports of the same people with the same number, or with the same authors, counted once."""
    return f"Reports that may be of one trial, counted once: {'; '.join(names)}."


def awaits(count: int) -> str:
    """What is said of reports that may be trials in place of an absence: "two reports that may be trials await …"."""
    noun, verb, kind_ = ("report", "awaits", "a trial") if count == 1 else ("reports", "await", "trials")
    return f"{number(count, starts=False)} {noun} that may be {kind_} {verb} a person"
