"""What made one answer differ from the one before, as the phrase of a subject line. Pure.

Nothing is announced that did not happen: each phrase is tied to a difference between the two answers, the values that
the digest's headline and its "Until now" show. "First" needs that nothing of the kind was there before and that a trial
was added; "a person's decision" needs a person's action on that trial; a state alone is announced only where no trial
explains it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import islice

from monitor.digests.trial_comparison import Difference, compare, counted, is_same
from monitor.model import Answer, AnswerState, Change, ChangeKind, Control, Direction, Role, Trial
from monitor.render.text import count, ordinal

#: Where the evidence stands, in words that announce nothing.
_STANDS = {
    AnswerState.NONE: "no treatment study found",
    AnswerState.UNCONTROLLED: "only uncontrolled reports",
    AnswerState.REGISTERED: "no controlled trial has reported",
    AnswerState.CONTROLLED: "controlled comparison only, not randomised",
    AnswerState.UNBLINDED: "one randomised trial, no sham or placebo",
    AnswerState.SHAM_CONTROLLED: "one sham- or placebo-controlled trial",
    AnswerState.SEVERAL_UNCERTAIN: "several controlled trials, direction not certain",
    AnswerState.SEVERAL_AGREE: "several controlled trials, agreeing",
    AnswerState.SEVERAL_DISAGREE: "controlled trials disagree",
}
#: States without a trial that counts, as they are announced when the answer comes to them from one another.
_BECAME = {
    AnswerState.NONE: "no study of the treatment left to report",
    AnswerState.UNCONTROLLED: "only uncontrolled reports so far",
    AnswerState.REGISTERED: "a controlled trial is registered, no result yet",
}
_RESULTS = {
    Direction.BENEFIT: "benefit",
    Direction.NO_DIFFERENCE: "no difference",
    Direction.HARM: "harm",
    Direction.MIXED: "mixed results",
    Direction.NONINFERIOR: "non-inferiority",
}
#: The beginning of a sentence about a changed question or search: "The search “ccsvi” was changed".
_WHAT_CHANGED = re.compile(r".{1,60}? (?:was|were) (?:changed|added|removed)\b")
_MASKED = (Control.SHAM, Control.PLACEBO)
#: How many phrases a subject joins, the gravest first, and the characters they may take: a topic's name takes the rest.
_PHRASES, ROOM = 2, 98


def transition(before: Answer | None, after: Answer, changes: Iterable[Change] = ()) -> str:
    """The phrase for the change from `before` (None: unknown) to `after`, in a period with these changes."""
    changes = tuple(changes)
    asked = what_changed(changes, ChangeKind.QUESTION_CHANGED)
    if asked:
        return _joined(asked, f"now: {_STANDS[after.state]}")
    if before is None:
        return _STANDS[after.state]
    found = compare(before, after, changes)
    searched = what_changed(changes, ChangeKind.SEARCH_CHANGED)
    if searched and (found.lost or found.gained) and not any(map(found.has_arrived, found.gained)):
        return _joined(searched, f"now: {_STANDS[after.state]}")
    phrases = list(islice(filter(None, (say(found) for say in _SAID)), _PHRASES))
    if not phrases:
        return _state_alone(before, after)
    if len(phrases) == 1 and found.lost and not found.gained and before.state is not after.state:
        phrases.append(f"now: {_STANDS[after.state]}")
    return _joined(*phrases)


def what_changed(changes: Iterable[Change], kind: ChangeKind) -> str:
    """ "the search “ccsvi” was changed", "the question was changed": what the changes of this kind say; "" for none."""
    whys = [change.why for change in changes if change.kind is kind]
    if len(whys) > 1 and kind is ChangeKind.SEARCH_CHANGED:
        return f"{len(whys)} searches were changed"
    said = next((found[0] for why in whys if (found := _WHAT_CHANGED.match(why))), "")
    other = "the question was changed" if kind is ChangeKind.QUESTION_CHANGED else "a search was changed"
    return re.sub("^The ", "the ", said or other) if whys else ""


def _joined(*phrases: str) -> str:
    """The phrases, or the first where all of them are too long."""
    joined = "; ".join(phrases)
    return joined if len(joined) <= ROOM else phrases[0]


def _retracted(found: Difference) -> str:
    fallen = [t for t in found.lost if (new := found.becomes(t)) and "retracted" in (*new.flags, new.status)]
    return _some(len(fallen), "a trial that counted is retracted", "{} trials that counted are retracted")


def _reversed(found: Difference) -> str:
    """A trial that counts in both answers and whose authors now state something else."""
    for was, now in found.kept:
        old, new = _RESULTS.get(_direction(was)), _RESULTS.get(_direction(now))
        if old and new and old != new:
            return f"a counted trial now reports {new} instead of {old}"
        if old != new:
            return f"the result of a trial that counts is {f'now read as {new}' if new else 'no longer certain'}"
    return ""


def _direction(trial: Trial) -> Direction:
    return trial.statement.direction if trial.statement else Direction.NOT_STATED


def _concern(found: Difference) -> str:
    return "expression of concern about a trial that counts" if _newly(found, "expression of concern") else ""


def _corrected(found: Difference) -> str:
    is_gravest = _newly(found, "corrected") and not _newly(found, "expression of concern")
    return "a trial that counts is corrected" if is_gravest else ""


def _newly(found: Difference, flag: str) -> bool:
    return any(flag in now.flags and flag not in was.flags for was, now in found.kept)


def _reinstated(found: Difference) -> str:
    back = [trial for trial in found.gained if _was_retracted(found, trial)]
    return _some(len(back), "a trial is no longer retracted and counts again", "{} trials are no longer retracted")


def _was_retracted(found: Difference, trial: Trial) -> bool:
    was = found.was(trial)
    return was is not None and "retracted" in (*was.flags, was.status)


def _withdrawn(found: Difference) -> str:
    """A notice on a trial that counts is gone."""
    for flag, said in (("expression of concern", "the expression of concern"), ("corrected", "the correction")):
        if any(flag in was.flags and flag not in now.flags for was, now in found.kept):
            return f"{said} about a trial that counts is withdrawn"
    return ""


def _fewer(found: Difference) -> str:
    """Trials that count no more without being retracted: screened out, joined with another, or for another reason."""
    gone = [t for t in found.lost if not ((new := found.becomes(t)) and "retracted" in (*new.flags, new.status))]
    screened = sum(found.is_judged(trial) for trial in gone)
    joined = sum(any(is_same(trial, now) for _, now in found.kept) for trial in gone)
    if gone and joined == len(gone):
        return _some(joined, "two trials are found to be one", "trials are found to be the same, {} fewer")
    if gone and screened == len(gone):
        return _some(
            screened,
            "a trial no longer counts, by a person's decision",
            "{} trials no longer count, by a person's decision",
        )
    return _some(len(gone), "a trial no longer counts", "{} trials no longer count")


def _newcomers(found: Difference) -> str:
    """Trials of which no answer listed a result before."""
    new = [trial for trial in found.gained if _is_new(found, trial)]
    if len(new) == 1:
        return f"{_rank(new[0], found)} reported"
    noun = "controlled trials" if any(trial.randomized for trial in new) else "controlled comparisons"
    return f"{len(new)} {'more ' if found.kept else ''}{noun} reported" if new else ""


def _is_new(found: Difference, trial: Trial) -> bool:
    """Is the trial itself news? One that a person found among older reports, and screened in, is not."""
    return found.was(trial) is None and (found.has_arrived(trial) or not found.is_judged(trial))


def _admitted(found: Difference) -> str:
    """Trials that were listed before, or that a person judged, and that count now."""
    in_by_person = [
        t for t in found.gained if found.is_judged(t) and not _is_new(found, t) and not _was_retracted(found, t)
    ]
    if in_by_person:
        return _some(
            len(in_by_person),
            "a trial counts now, by a person's decision",
            "{} trials count now, by a person's decision",
        )
    split = [t for t in found.gained if any(is_same(was, t) for was, _ in found.kept)]
    if split:
        return _some(len(split), "one trial is found to be two", "trials are found to be separate, {} more")
    listed = [t for t in found.gained if found.was(t) is not None and not _was_retracted(found, t)]
    return _some(len(listed), "a trial listed before counts now", "{} trials listed before count now")


def _read_otherwise(found: Difference) -> str:
    """A trial that counts in both answers, with another control or allocation than was read before."""
    for was, now in found.kept:
        if bool(was.randomized) != bool(now.randomized):
            return f"a trial that counts is {'now' if now.randomized else 'no longer'} shown to be randomised"
        if (was.control in _MASKED) != (now.control in _MASKED):
            return f"a trial that counts has {'a' if now.control in _MASKED else 'no'} sham or placebo control"
    return ""


def _review(found: Difference) -> str:
    """The review that is why the answer changed."""
    answer = found.after
    had = {(review.pmid, review.included_trials) for review in found.before.reviews}
    new = [r for r in answer.reviews if r.pmid in answer.causes and (r.pmid, r.included_trials) not in had]
    review = next((r for r in new if r.included_trials is not None), None)
    if review is None:
        return ""
    included = review.included_trials or 0
    return f"a systematic review includes {count(included, 'trial')}" if included else "a review found no trial"


def _protocol(found: Difference) -> str:
    """A protocol that is why the answer changed."""
    had = {report.pmid for trial in found.before.silent_trials for report in trial.reports}
    plans = [r for t in found.after.silent_trials for r in t.reports if r.role is Role.PROTOCOL and r.pmid not in had]
    is_cause = any(plan.pmid in found.after.causes for plan in plans)
    return "the protocol of a randomised trial is published" if is_cause else ""


#: What can have happened, the gravest first.
_SAID: tuple[Callable[[Difference], str], ...] = (
    _retracted,
    _fewer,
    _reversed,
    _concern,
    _reinstated,
    _newcomers,
    _admitted,
    _withdrawn,
    _corrected,
    _read_otherwise,
)
_SAID_OF_PLANS: tuple[Callable[[Difference], str], ...] = (_review, _protocol)


def _state_alone(before: Answer, after: Answer) -> str:
    """The phrase where no trial that counts explains the change: a review, a protocol, or the state itself."""
    found = Difference(before, after, (), (), (), frozenset())
    said = next(filter(None, (say(found) for say in _SAID_OF_PLANS)), "")
    if said or before.state is after.state:
        return said or "the answer has changed"
    if after.state is AnswerState.REGISTERED and before.state is AnswerState.UNCONTROLLED and before.silent_trials:
        return "no report of the treatment left, a trial is registered"
    return _BECAME.get(after.state) or f"now: {_STANDS[after.state]}"


def _some(number: int, one: str, many: str) -> str:
    """`one` for 1, `many` with the number for more, "" for none."""
    return (one if number == 1 else many.format(number)) if number else ""


def _rank(trial: Trial, found: Difference) -> str:
    """ "third sham-controlled trial", "first randomised wait-list-controlled trial": its rank among those called so.

    Without a rank ("another sham-controlled trial") where one called so was listed that does not count: whether this
    one is the first is then a matter of opinion.
    """
    listed = [*found.after.trials, *(old for old in found.before.trials if found.becomes(old) is None)]
    called_so = [other for other in listed if _is_called_like(other, trial)]
    standing = [other for other in counted(found.after) if other in called_so]
    rank = ordinal(len(standing)) if len(standing) == len(called_so) else "another"
    return f"{rank} {_kind_in_words(trial)}"


def _is_called_like(other: Trial, trial: Trial) -> bool:
    """Do the words for the kind of `trial` hold of `other` too? A sham-controlled trial is a randomised trial too."""
    is_control_named = trial.control not in (Control.NONE, Control.NOT_STATED)
    is_control_same = other.control is trial.control or not is_control_named
    return is_control_same and (bool(other.randomized) or not trial.randomized)


def _kind_in_words(trial: Trial) -> str:
    if trial.control in (Control.NONE, Control.NOT_STATED):
        return "randomised trial" if trial.randomized else "controlled comparison"
    prefix = "randomised " if trial.randomized and trial.control not in _MASKED else ""
    noun = "trial" if trial.randomized else "comparison"
    return f"{prefix}{str(trial.control).replace(' ', '-')}-controlled {noun}"
