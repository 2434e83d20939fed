"""What stands beside the answer for a patient and for a reviewer, as data for templates and exports. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.evidence.question.in_words.wording import direction, is_certain, is_open
from monitor.language.messages import message
from monitor.model import Answer, AnswerState, Control, Direction, Trial

_RESULTS = {
    Direction.NO_DIFFERENCE: message("result of a trial", "no benefit"),
    Direction.BENEFIT: message("result of a trial", "benefit"),
    Direction.HARM: message("result of a trial", "harm"),
    Direction.MIXED: message("result of a trial", "benefit on some outcomes, not on others"),
    Direction.NONINFERIOR: message("result of a trial", "not inferior to another treatment"),
}
_STATED = message("how sure a result is", "stated")
_QUOTED = message("how sure a result is", "quoted, not classified")
_SHAM = message(
    "in plain words",
    "Sham-controlled means that some people had a pretended procedure. They did not know which one they had, so that "
    "hope and attention could not be mistaken for an effect of the treatment.",
)
_PLACEBO = message(
    "in plain words",
    "Placebo-controlled means that some people had a dummy treatment that looks the same. They did not know which one "
    "they had, so that hope and attention could not be mistaken for an effect of the treatment.",
)
_OPEN = message(
    "in plain words",
    "In a trial without a sham or a placebo people know what they receive. That alone can change how they feel and "
    "what they report.",
)
_DISAGREE = message(
    "in plain words",
    "Two trials can disagree because they had other people, another comparison, other outcomes or too few people. "
    "Trials in which nobody knew who had the treatment, and larger ones, weigh more.",
)
_UNCERTAIN = message(
    "in plain words",
    "Where a trial's report does not say clearly which way its result points, its authors are quoted here and nothing "
    "is concluded for them.",
)
_NOTHING = message(
    "in plain words",
    "That no trial is counted does not mean that the treatment works or that it does not: it has not been tested in a "
    "way that could tell.",
)
_NO_ADVICE = message(
    "in plain words",
    "This page tells what has been published. It is not medical advice: ask your doctor before you start, change or "
    "stop a treatment.",
)
#: Controls of which nobody can be left in doubt.
_KNOWN_TO_ALL = (Control.WAIT_LIST, Control.USUAL_CARE, Control.NO_TREATMENT)


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One trial as a reviewer tabulates it; "" where its report says nothing.

    `people` is the number allocated, else studied. `result` is a direction in words where `sure` is "stated"; where it
    is "quoted, not classified" only `sentence` is given, in the authors' words. `appraised_by` is "" for the rules.
    `registry_status` is how it stands there and who says so.
    """

    trial: str
    people: int | None
    control: str
    blinding: str
    primary: str
    result: str
    sure: str
    sentence: str
    registry: tuple[str, ...]
    status: str
    appraised_by: str
    registry_status: str


def trial_table(answer: Answer) -> tuple[TrialRow, ...]:
    """A row for each trial of the answer, reported ones first, then those without a published result."""
    return tuple(_row(trial) for trial in (*answer.trials, *answer.silent_trials))


def _row(trial: Trial) -> TrialRow:
    said = trial.statement
    sentence = said.sentence if said else ""
    return TrialRow(
        trial=trial.name,
        people=trial.sample_size,
        control="" if trial.control is Control.NOT_STATED else str(trial.control),
        blinding=trial.blinding,
        primary=trial.primary,
        result=_RESULTS[direction(trial)]() if is_certain(trial) else "",
        sure=_STATED() if is_certain(trial) else _QUOTED() if sentence else "",
        sentence=sentence,
        registry=trial.numbers,
        status=", ".join(dict.fromkeys((trial.status, *trial.flags))),
        appraised_by=trial.appraised_by,
        registry_status=trial.registry,
    )


def patient_lines(answer: Answer) -> tuple[str, ...]:
    """What the words of the answer mean, in plain words, as far as this answer uses them; the last is no advice."""
    reported = [trial for trial in answer.trials if trial.status == "reported"]
    controls = {trial.control for trial in reported}
    is_any_open = any(is_open(t) or t.control in _KNOWN_TO_ALL for t in reported)
    told = [
        (_SHAM, Control.SHAM in controls),
        (_PLACEBO, Control.PLACEBO in controls),
        (_OPEN, is_any_open),
        (_DISAGREE, answer.state is AnswerState.SEVERAL_DISAGREE),
        (_UNCERTAIN, not all(map(is_certain, reported))),
        (_NOTHING, not reported),
        (_NO_ADVICE, True),
    ]
    return tuple(line() for line, holds in told if holds)
