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

from monitor.digests.display.trial_comparison import Difference, compare, is_same
from monitor.digests.newcomers import is_new, newcomers
from monitor.language.speech import gettext as _
from monitor.language.speech import later, later_plural, ngettext
from monitor.language.stored import stored
from monitor.model import Answer, AnswerState, Change, ChangeKind, Control, Direction, Role, Trial

#: Where the evidence stands, in words that announce nothing.
_STANDS = {
    AnswerState.NONE: later("no treatment study found"),
    AnswerState.UNCONTROLLED: later("only uncontrolled reports"),
    AnswerState.REGISTERED: later("no controlled trial has reported"),
    AnswerState.CONTROLLED: later("controlled comparison only, not randomised"),
    AnswerState.UNBLINDED: later("one randomised trial, no sham or placebo"),
    AnswerState.SHAM_CONTROLLED: later("one sham- or placebo-controlled trial"),
    AnswerState.SEVERAL_UNCERTAIN: later("several controlled trials, direction not certain"),
    AnswerState.SEVERAL_AGREE: later("several controlled trials, agreeing"),
    AnswerState.SEVERAL_DISAGREE: later("controlled trials disagree"),
}
#: States without a trial that counts, as they are announced when the answer comes to them from one another.
_BECAME = {
    AnswerState.NONE: later("no study of the treatment left to report"),
    AnswerState.UNCONTROLLED: later("only uncontrolled reports so far"),
    AnswerState.REGISTERED: later("a controlled trial is registered, no result yet"),
}
_RESULTS = {
    Direction.BENEFIT: later("benefit"),
    Direction.NO_DIFFERENCE: later("no difference"),
    Direction.HARM: later("harm"),
    Direction.MIXED: later("mixed results"),
    Direction.NONINFERIOR: later("non-inferiority"),
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
        return _joined(asked, _now(after))
    if before is None:
        return _(_STANDS[after.state])
    found = compare(before, after, changes)
    searched = what_changed(changes, ChangeKind.SEARCH_CHANGED)
    if searched and (found.lost or found.gained) and not any(map(found.has_arrived, found.gained)):
        return _joined(searched, _now(after))
    phrases = list(islice(filter(None, (say(found) for say in _SAID)), _PHRASES))
    if not phrases:
        return _state_alone(before, after)
    if len(phrases) == 1 and found.lost and not found.gained and before.state is not after.state:
        phrases.append(_now(after))
    return _joined(*phrases)


def _now(after: Answer) -> str:
    return _("now: %(state)s", state=_(_STANDS[after.state]))


def what_changed(changes: Iterable[Change], kind: ChangeKind) -> str:
    """ "the search “ccsvi” was changed", "the question was changed": what the changes of this kind say; "" for none."""
    whys = [change.why for change in changes if change.kind is kind]
    if len(whys) > 1 and kind is ChangeKind.SEARCH_CHANGED:
        return ngettext("one search was changed", "%(number)s searches were changed", len(whys))
    said = next((found[0] for why in whys if (found := _WHAT_CHANGED.match(why))), "")
    if not said:
        other = _("the question was changed") if kind is ChangeKind.QUESTION_CHANGED else _("a search was changed")
        return other if whys else ""
    return stored(re.sub("^The ", "the ", said), "what was changed")


def _joined(*phrases: str) -> str:
    """The phrases, or the first where all of them are too long."""
    joined = "; ".join(phrases)
    return joined if len(joined) <= ROOM else phrases[0]


def _retracted(found: Difference) -> str:
    fallen = [t for t in found.lost if (new := found.becomes(t)) and "retracted" in (*new.flags, new.status)]
    return _some(
        len(fallen), later_plural("a trial that counted is retracted", "%(number)s trials that counted are retracted")
    )


def _reversed(found: Difference) -> str:
    """A trial that counts in both answers and whose authors now state something else."""
    for was, now in found.kept:
        old, new = _RESULTS.get(_direction(was)), _RESULTS.get(_direction(now))
        if old and new and old != new:
            return _("a counted trial now reports %(new)s instead of %(old)s", new=_(new), old=_(old))
        if old != new:
            if not new:
                return _("the result of a trial that counts is no longer certain")
            return _("the result of a trial that counts is now read as %(new)s", new=_(new))
    return ""


def _direction(trial: Trial) -> Direction:
    return trial.statement.direction if trial.statement else Direction.NOT_STATED


def _concern(found: Difference) -> str:
    has_concern = _newly(found, "expression of concern")
    return _("expression of concern about a trial that counts") if has_concern else ""


def _corrected(found: Difference) -> str:
    is_gravest = _newly(found, "corrected") and not _newly(found, "expression of concern")
    return _("a trial that counts is corrected") if is_gravest else ""


def _newly(found: Difference, flag: str) -> bool:
    return any(flag in now.flags and flag not in was.flags for was, now in found.kept)


def _reinstated(found: Difference) -> str:
    back = [trial for trial in found.gained if _was_retracted(found, trial)]
    return _some(
        len(back),
        later_plural("a trial is no longer retracted and counts again", "%(number)s trials are no longer retracted"),
    )


def _was_retracted(found: Difference, trial: Trial) -> bool:
    was = found.was(trial)
    return was is not None and "retracted" in (*was.flags, was.status)


_WITHDRAWN = {
    "expression of concern": later("the expression of concern about a trial that counts is withdrawn"),
    "corrected": later("the correction about a trial that counts is withdrawn"),
}


def _withdrawn(found: Difference) -> str:
    """A notice on a trial that counts is gone."""
    for flag, said in _WITHDRAWN.items():
        if any(flag in was.flags and flag not in now.flags for was, now in found.kept):
            return _(said)
    return ""


def _fewer(found: Difference) -> str:
    """Trials that count no more without being retracted: screened out, joined with another, or for another reason."""
    gone = [t for t in found.lost if not ((new := found.becomes(t)) and "retracted" in (*new.flags, new.status))]
    screened = sum(found.is_judged(trial) for trial in gone)
    joined = sum(any(is_same(trial, now) for _, now in found.kept) for trial in gone)
    if gone and joined == len(gone):
        return _some(
            joined,
            later_plural("two trials are found to be one", "trials are found to be the same, %(number)s fewer"),
        )
    if gone and screened == len(gone):
        return _some(
            screened,
            later_plural(
                "a trial no longer counts, by a person's decision",
                "%(number)s trials no longer count, by a person's decision",
            ),
        )
    return _some(len(gone), later_plural("a trial no longer counts", "%(number)s trials no longer count"))


def _admitted(found: Difference) -> str:
    """Trials that were listed before, or that a person judged, and that count now."""
    in_by_person = [
        t for t in found.gained if found.is_judged(t) and not is_new(found, t) and not _was_retracted(found, t)
    ]
    if in_by_person:
        return _some(
            len(in_by_person),
            later_plural(
                "a trial counts now, by a person's decision",
                "%(number)s trials count now, by a person's decision",
            ),
        )
    split = [t for t in found.gained if any(is_same(was, t) for was, _ in found.kept)]
    if split:
        return _some(
            len(split),
            later_plural("one trial is found to be two", "trials are found to be separate, %(number)s more"),
        )
    listed = [t for t in found.gained if found.was(t) is not None and not _was_retracted(found, t)]
    return _some(
        len(listed), later_plural("a trial listed before counts now", "%(number)s trials listed before count now")
    )


def _read_otherwise(found: Difference) -> str:
    """A trial that counts in both answers, with another control or allocation than was read before."""
    for was, now in found.kept:
        if bool(was.randomized) != bool(now.randomized):
            if now.randomized:
                return _("a trial that counts is now shown to be randomised")
            return _("a trial that counts is no longer shown to be randomised")
        if (was.control in _MASKED) != (now.control in _MASKED):
            if now.control in _MASKED:
                return _("a trial that counts has a sham or placebo control")
            return _("a trial that counts has no sham or placebo control")
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
    if not included:
        return _("a review found no trial")
    return ngettext(
        "a systematic review includes %(number)s trial", "a systematic review includes %(number)s trials", included
    )


def _protocol(found: Difference) -> str:
    """A protocol that is why the answer changed."""
    had = {report.pmid for trial in found.before.silent_trials for report in trial.reports}
    plans = [r for t in found.after.silent_trials for r in t.reports if r.role is Role.PROTOCOL and r.pmid not in had]
    is_cause = any(plan.pmid in found.after.causes for plan in plans)
    return _("the protocol of a randomised trial is published") if is_cause else ""


#: What can have happened, the gravest first.
_SAID: tuple[Callable[[Difference], str], ...] = (
    _retracted,
    _fewer,
    _reversed,
    _concern,
    _reinstated,
    newcomers,
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
        return said or _("the answer has changed")
    if after.state is AnswerState.REGISTERED and before.state is AnswerState.UNCONTROLLED and before.silent_trials:
        return _("no report of the treatment left, a trial is registered")
    return _(_BECAME[after.state]) if after.state in _BECAME else _now(after)


def _some(number: int, forms: tuple[str, str]) -> str:
    """The message (one, many) for a number, "" for none."""
    return ngettext(*forms, number) if number else ""
