"""What a subject announces is what happened: over all pairs of states, with one, two and three trials."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from monitor.digests.transition import ROOM, transition
from monitor.model import (
    Answer,
    AnswerState,
    Change,
    ChangeKind,
    Control,
    Direction,
    ReviewLine,
    Role,
    Statement,
    Trial,
    TrialReport,
)
from monitor.model import Design as D

NOW = datetime(2026, 11, 29, tzinfo=UTC)
S = AnswerState
#: The trials that an answer of each state rests on, as (control, is randomised, directions of one, two or three).
KINDS: dict[AnswerState, tuple[Control, bool, Sequence[Sequence[Direction]]]] = {
    S.NONE: (Control.NONE, False, [()]),
    S.UNCONTROLLED: (Control.NONE, False, [()]),
    S.REGISTERED: (Control.NONE, False, [()]),
    S.CONTROLLED: (Control.USUAL_CARE, False, [(Direction.BENEFIT,) * n for n in (1, 2, 3)]),
    S.UNBLINDED: (Control.NOT_STATED, True, [(Direction.BENEFIT,)]),
    S.SHAM_CONTROLLED: (Control.SHAM, True, [(Direction.NO_DIFFERENCE,)]),
    S.SEVERAL_UNCERTAIN: (Control.SHAM, True, [(Direction.NOT_STATED,) * n for n in (2, 3)]),
    S.SEVERAL_AGREE: (Control.SHAM, True, [(Direction.NO_DIFFERENCE,) * n for n in (2, 3)]),
    S.SEVERAL_DISAGREE: (
        Control.SHAM,
        True,
        [(Direction.BENEFIT, Direction.HARM), (Direction.BENEFIT, Direction.HARM, Direction.BENEFIT)],
    ),
}


def trial(name: str, control: Control, direction: Direction, *, is_randomized: bool = True) -> Trial:
    """A trial with one report, whose PMID is its name."""
    return Trial(
        key=f"pmid:{name}",
        name=name,
        randomized=is_randomized or None,
        control=control,
        statement=Statement(direction, "Said.", "abstract"),
        reports=(TrialReport(name, Role.MAIN_RESULT, name),),
        speaker=name,
    )


def answers(state: AnswerState, names: str) -> Iterator[Answer]:
    """Answers of a state, with every number of trials that it can rest on, called by `names` in order."""
    control, is_randomized, all_directions = KINDS[state]
    for directions in all_directions:
        trials = tuple(
            trial(name, control, said, is_randomized=is_randomized)
            for name, said in zip(names, directions, strict=False)
        )
        silent = (Trial("NCT1", "Registered", status="recruiting"),) if state is S.REGISTERED else ()
        yield Answer("t", state, f"{state} {len(trials)}", trials=trials, silent_trials=silent, fingerprint=names)


@dataclass(frozen=True)
class Happening:
    """A transition with the changes of its period."""

    before: Answer
    after: Answer
    changes: tuple[Change, ...] = ()

    @property
    def phrase(self) -> str:
        """What is announced."""
        return transition(self.before, self.after, self.changes)

    def names(self, answer: Answer, *, counted: bool) -> set[str]:
        """The trials of an answer, all that are listed or those that count."""
        return {t.name for t in answer.trials if t.is_counted or not counted}


def retracted(one: Trial) -> Trial:
    """The trial after its retraction: listed and not counted."""
    return replace(one, status="retracted", flags=("retracted",), is_counted=False)


def happenings() -> Iterator[Happening]:
    """Every ordered pair, with the same trials as far as they go or with others, and every cause."""
    for one, other in itertools.product(S, S):
        for names in ("123", "456", "234"):
            for before, after in itertools.product(answers(one, "123"), answers(other, names)):
                if (before.state, before.trials) != (after.state, after.trials):
                    yield from caused(before, after)


def caused(before: Answer, after: Answer) -> Iterator[Happening]:
    """The transition by itself, by a person, by retraction, by reinstatement, by another question or search."""
    was, now = ({t.name: t for t in answer.trials} for answer in (before, after))
    lost, gained = was.keys() - now.keys(), now.keys() - was.keys()
    yield Happening(before, after)
    said = "".join(f"A. Reader appraised PMID {name}: read it. " for name in sorted(lost | gained))
    yield Happening(before, after, (change(ChangeKind.ANSWER, said),))
    fallen = tuple(retracted(was[name]) for name in sorted(lost))
    yield Happening(before, replace(after, trials=(*after.trials, *fallen)))
    unfallen = tuple(retracted(now[name]) for name in sorted(gained))
    yield Happening(replace(before, trials=(*before.trials, *unfallen)), after)
    yield Happening(before, after, (change(ChangeKind.QUESTION_CHANGED, "The question was changed."),))
    yield Happening(before, after, (change(ChangeKind.SEARCH_CHANGED, "The search was changed."),))


def change(kind: ChangeKind, why: str) -> Change:
    """A change of the topic."""
    return Change("t", kind, NOW, why=why)


EVERY = tuple(happenings())


def saying(words: str) -> list[Happening]:
    """The happenings whose phrase has these words; there must be some."""
    found = [one for one in EVERY if words in one.phrase]
    assert found
    return found


def test_every_transition_has_a_short_phrase() -> None:
    """Beside a topic's name of 60 bytes it fits into a subject, and more trials and fewer are not the same."""
    assert len(EVERY) > 2_000
    for one in EVERY:
        assert 0 < len(one.phrase) <= ROOM, one
        was, now = one.names(one.before, counted=True), one.names(one.after, counted=True)
        is_more_or_fewer = was <= now or was >= now
        if not one.changes and one.before.state is not one.after.state and is_more_or_fewer:
            assert one.phrase != transition(one.after, one.before), one


def test_first_is_said_when_there_was_none_before_and_one_was_added() -> None:
    """None of the kind, counted or merely listed."""
    for one in saying("first "):
        gained = one.names(one.after, counted=True) - one.names(one.before, counted=False)
        (new,) = [t for t in one.after.trials if t.name in gained]
        others = [t for t in (*one.before.trials, *one.after.trials) if t.name != new.name]
        assert not [t for t in others if t.control is new.control and bool(t.randomized) is bool(new.randomized)], one


def test_reported_is_said_of_trials_that_no_answer_listed_before() -> None:
    """And that no person put there; "more" only beside others."""
    for one in [*saying("trial reported"), *saying("trials reported"), *saying("comparison reported")]:
        assert one.names(one.after, counted=True) - one.names(one.before, counted=False), one
        assert not one.changes, one
    for one in saying("more controlled trials"):
        assert one.names(one.before, counted=True) & one.names(one.after, counted=True), one


def test_a_retraction_is_said_of_a_trial_that_counted() -> None:
    """A reinstatement of one that counts again."""
    for one in [*saying("is retracted"), *saying("are retracted")]:
        fallen = {t.name for t in one.after.trials if "retracted" in t.flags}
        assert fallen & one.names(one.before, counted=True), one
    for one in saying("no longer retracted"):
        fallen = {t.name for t in one.before.trials if "retracted" in t.flags}
        assert fallen & one.names(one.after, counted=True), one


def test_a_loss_is_said_when_a_trial_is_lost_and_always_then() -> None:
    """Unless the question or the search is another: that says it."""
    losses = ("no longer count", "retracted", "found to be")
    for one in EVERY:
        lost = one.names(one.before, counted=True) - one.names(one.after, counted=True)
        if lost and not any(c.kind is not ChangeKind.ANSWER for c in one.changes):
            assert any(words in one.phrase for words in losses), (one.phrase, one)
    for one in saying("no longer count"):
        assert one.names(one.before, counted=True) - one.names(one.after, counted=False), one


def test_a_person_is_named_when_a_person_did_it() -> None:
    """In and out."""
    for one in saying("by a person's decision"):
        assert any(c.kind is ChangeKind.ANSWER and c.why for c in one.changes), one


def test_a_changed_question_or_search_is_the_reason_it_gives() -> None:
    """Then no trial is called new, or lost: nothing happened to it."""
    for kind, words in (
        (ChangeKind.QUESTION_CHANGED, "the question was changed"),
        (ChangeKind.SEARCH_CHANGED, "the search was changed"),
    ):
        for one in EVERY:
            if words in one.phrase:
                assert [c.kind for c in one.changes] == [kind]
                assert not any(said in one.phrase for said in ("trial reported", "first", "no longer count")), one
    assert all(
        "question" in one.phrase for one in EVERY if ChangeKind.QUESTION_CHANGED in {c.kind for c in one.changes}
    )


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("no treatment study found", S.NONE),
        ("only uncontrolled reports", S.UNCONTROLLED),
        ("no study of the treatment left", S.NONE),
        ("no controlled trial has reported", S.REGISTERED),
        ("controlled comparison only", S.CONTROLLED),
        ("no sham or placebo", S.UNBLINDED),
        ("one sham- or placebo-controlled trial", S.SHAM_CONTROLLED),
        ("direction not certain", S.SEVERAL_UNCERTAIN),
        ("agreeing", S.SEVERAL_AGREE),
        ("controlled trials disagree", S.SEVERAL_DISAGREE),
    ],
)
def test_a_state_is_said_only_when_it_is_the_new_one(words: str, state: AnswerState) -> None:
    """Whichever way it was come to."""
    for one in saying(words):
        if "has no sham" not in one.phrase:
            assert one.after.state is state, one


def test_another_result_of_a_trial_that_counts_is_said() -> None:
    """With both results; when only the certainty changed, that."""
    for one in saying("instead of"):
        was = {t.name: t.statement for t in one.before.trials}
        assert any(t.name in was and was[t.name] != t.statement for t in one.after.trials), one
    for one in saying("no longer certain"):
        assert one.after.state is S.SEVERAL_UNCERTAIN, one


A, B, C = (trial(name, Control.SHAM, Direction.NO_DIFFERENCE) for name in "123")
ONE = Answer("t", S.SHAM_CONTROLLED, "One.", trials=(A,), fingerprint="1")
TWO = replace(ONE, state=S.SEVERAL_AGREE, sentence="Two.", trials=(A, B), fingerprint="2")
NONE = replace(ONE, state=S.UNCONTROLLED, sentence="None.", trials=(), fingerprint="0")


def listed(answer: Answer, *trials: Trial) -> Answer:
    """The answer with these trials in place of its own."""
    return replace(answer, trials=trials)


def flagged(one: Trial, *flags: str) -> Trial:
    """The trial with these flags, which still counts."""
    return replace(one, flags=flags)


COMPARED = trial("7", Control.USUAL_CARE, Direction.BENEFIT, is_randomized=False)
OUTRANKED = replace(COMPARED, is_counted=False)
COMPARISON = replace(ONE, state=S.CONTROLLED, sentence="Compared.", trials=(COMPARED,), fingerprint="3")
WAITING = replace(B, is_counted=False)
JOINED = replace(A, reports=(*A.reports, *B.reports))
PLAN = Trial("pmid:9", "Plan", status="protocol only", reports=(TrialReport("9", Role.PROTOCOL, "Plan"),))
LETTER = replace(PLAN, reports=(TrialReport("9", Role.COMMENT, "Letter"),))
REGISTERED = replace(NONE, state=S.REGISTERED)
REVIEW = ReviewLine("8", "", None, D.SYSTEMATIC_REVIEW, 3)
BY_PERSON = "A. Reader appraised PMID 2: not this treatment"


@pytest.mark.parametrize(
    ("before", "after", "why", "phrase"),
    [
        (NONE, ONE, "", "first sham-controlled trial reported"),
        (ONE, NONE, "", "a trial no longer counts; now: only uncontrolled reports"),
        (TWO, ONE, BY_PERSON,
         "a trial no longer counts, by a person's decision; now: one sham- or placebo-controlled trial"),
        (ONE, TWO, BY_PERSON, "a trial counts now, by a person's decision"),
        (ONE, TWO, "", "second sham-controlled trial reported"),
        (COMPARISON, listed(ONE, A, OUTRANKED), "", "first sham-controlled trial reported"),
        (listed(ONE, A, OUTRANKED), listed(COMPARISON, COMPARED, retracted(A)), "",
         "a trial that counted is retracted; now: controlled comparison only, not randomised"),
        (listed(ONE, A, WAITING), TWO, "", "a trial listed before counts now"),
        (NONE, TWO, "", "2 controlled trials reported"),
        (ONE, listed(TWO, A, B, C), "", "2 more controlled trials reported"),
        (ONE, listed(NONE, retracted(A)), "", "a trial that counted is retracted; now: only uncontrolled reports"),
        (listed(NONE, retracted(A)), ONE, "", "a trial is no longer retracted and counts again"),
        (listed(NONE, retracted(A)), listed(ONE, retracted(A), B), "", "another sham-controlled trial reported"),
        (TWO, listed(TWO, A, flagged(B, "corrected")), "", "a trial that counts is corrected"),
        (listed(TWO, A, flagged(B, "expression of concern")), TWO, "",
         "the expression of concern about a trial that counts is withdrawn"),
        (listed(TWO, A, flagged(B, "corrected")), TWO, "", "the correction about a trial that counts is withdrawn"),
        (listed(TWO, A, B), listed(TWO, A, replace(B, key="NCT00000001")), "", "the answer has changed"),
        (TWO, listed(ONE, JOINED), "", "two trials are found to be one; now: one sham- or placebo-controlled trial"),
        (listed(ONE, JOINED), TWO, "", "one trial is found to be two"),
        (ONE, listed(replace(ONE, state=S.UNBLINDED), replace(A, control=Control.NONE)), "",
         "a trial that counts has no sham or placebo control"),
        (listed(replace(ONE, state=S.UNBLINDED), replace(A, control=Control.NONE)), ONE, "",
         "a trial that counts has a sham or placebo control"),
        (listed(replace(ONE, state=S.CONTROLLED), replace(A, randomized=None)), ONE, "",
         "a trial that counts is now shown to be randomised"),
        (ONE, listed(replace(ONE, state=S.CONTROLLED), replace(A, randomized=None)), "",
         "a trial that counts is no longer shown to be randomised"),
        (NONE, replace(NONE, silent_trials=(PLAN,), causes=("9",), state=S.REGISTERED), "",
         "the protocol of a randomised trial is published"),
        (replace(NONE, silent_trials=(PLAN,), state=S.REGISTERED), NONE, "", "only uncontrolled reports so far"),
        (NONE, replace(NONE, silent_trials=(LETTER,), causes=("9",)), "", "the answer has changed"),
        (TWO, replace(TWO, reviews=(REVIEW,), causes=("8",)), "", "a systematic review includes 3 trials"),
        (replace(TWO, reviews=(REVIEW,)), replace(TWO, reviews=(REVIEW,), causes=("8",)), "", "the answer has changed"),
    ],
)  # fmt: skip
def test_each_kind_of_transition_has_its_words(before: Answer, after: Answer, why: str, phrase: str) -> None:
    """In both directions."""
    assert transition(before, after, [change(ChangeKind.ANSWER, why)]) == phrase


def test_a_trial_that_appears_in_the_week_of_another_search_is_news_all_the_same() -> None:
    """One that only the other search finds is not."""
    searched = change(ChangeKind.SEARCH_CHANGED, "The search was changed.")
    found = replace(change(ChangeKind.NEW, ""), pmid="2")
    assert transition(ONE, TWO, [searched, found]) == "second sham-controlled trial reported"
    assert transition(ONE, TWO, [searched, replace(found, pmid="5")]) == (
        "the search was changed; now: several controlled trials, agreeing"
    )


FELL, STOOD = (retracted(A), retracted(B)), (replace(A, is_counted=False), replace(B, is_counted=False))
BOTH = "A. Reader appraised PMID 1: no. A. Reader appraised PMID 2: no"
MORE = tuple(trial(name, Control.USUAL_CARE, Direction.BENEFIT, is_randomized=False) for name in "89")
ALL_IN_ONE = replace(A, reports=(*A.reports, *B.reports, *C.reports))


@pytest.mark.parametrize(
    ("before", "after", "why", "phrase"),
    [
        (TWO, NONE, "", "2 trials no longer count; now: only uncontrolled reports"),
        (TWO, NONE, BOTH, "2 trials no longer count, by a person's decision; now: only uncontrolled reports"),
        (NONE, TWO, BOTH, "2 trials count now, by a person's decision"),
        (TWO, listed(NONE, *FELL), "", "2 trials that counted are retracted; now: only uncontrolled reports"),
        (listed(NONE, *FELL), TWO, "", "2 trials are no longer retracted"),
        (listed(NONE, *STOOD), TWO, "", "2 trials listed before count now"),
        (listed(TWO, A, B, C), listed(ONE, ALL_IN_ONE), "",
         "trials are found to be the same, 2 fewer; now: one sham- or placebo-controlled trial"),
        (listed(ONE, ALL_IN_ONE), listed(TWO, A, B, C), "", "trials are found to be separate, 2 more"),
        (COMPARISON, listed(COMPARISON, COMPARED, *MORE), "", "2 more controlled comparisons reported"),
    ],
)  # fmt: skip
def test_several_trials_at_once_are_counted(before: Answer, after: Answer, why: str, phrase: str) -> None:
    """Whatever happened to them."""
    assert transition(before, after, [change(ChangeKind.ANSWER, why)]) == phrase


@pytest.mark.parametrize(
    ("control", "randomised", "otherwise"),
    [
        (Control.SHAM, "sham-controlled trial", "sham-controlled comparison"),
        (Control.PLACEBO, "placebo-controlled trial", "placebo-controlled comparison"),
        (Control.ACTIVE, "randomised active-controlled trial", "active-controlled comparison"),
        (Control.WAIT_LIST, "randomised wait-list-controlled trial", "wait-list-controlled comparison"),
        (Control.USUAL_CARE, "randomised usual-care-controlled trial", "usual-care-controlled comparison"),
        (Control.NO_TREATMENT, "randomised no-treatment-controlled trial", "no-treatment-controlled comparison"),
        (Control.HISTORICAL, "randomised historical-controlled trial", "historical-controlled comparison"),
        (Control.NOT_STATED, "randomised trial", "controlled comparison"),
        (Control.NONE, "randomised trial", "controlled comparison"),
    ],
)
def test_a_new_trial_is_called_by_its_control(control: Control, randomised: str, otherwise: str) -> None:
    """And a trial only where it is randomised."""
    for is_randomized, called in ((True, randomised), (False, otherwise)):
        new = trial("5", control, Direction.BENEFIT, is_randomized=is_randomized)
        assert transition(NONE, listed(ONE, new)) == f"first {called} reported"


@pytest.mark.parametrize(
    ("was", "now", "phrase"),
    [
        (Direction.BENEFIT, Direction.NO_DIFFERENCE, "a counted trial now reports no difference instead of benefit"),
        (Direction.NONINFERIOR, Direction.HARM, "a counted trial now reports harm instead of non-inferiority"),
        (
            Direction.NO_DIFFERENCE,
            Direction.MIXED,
            "a counted trial now reports mixed results instead of no difference",
        ),
        (Direction.BENEFIT, Direction.NOT_STATED, "the result of a trial that counts is no longer certain"),
        (Direction.NOT_STATED, Direction.HARM, "the result of a trial that counts is now read as harm"),
    ],
)
def test_what_a_trial_reports_now_is_said_beside_what_it_reported(was: Direction, now: Direction, phrase: str) -> None:
    """Also where only one of the two is certain."""
    before, after = (replace(A, statement=Statement(said, "Said.", "abstract")) for said in (was, now))
    assert transition(listed(ONE, before), listed(ONE, after)) == phrase


@pytest.mark.parametrize(
    ("before", "after", "phrase"),
    [
        (NONE, replace(NONE, state=S.NONE), "no study of the treatment left to report"),
        (replace(NONE, state=S.NONE), NONE, "only uncontrolled reports so far"),
        (replace(NONE, state=S.NONE), REGISTERED, "a controlled trial is registered, no result yet"),
        (replace(NONE, silent_trials=(LETTER,)), REGISTERED, "no report of the treatment left, a trial is registered"),
    ],
)
def test_without_a_trial_that_counts_the_state_is_said(before: Answer, after: Answer, phrase: str) -> None:
    """What became of the reports, and whether a trial is planned."""
    assert transition(before, after) == phrase


def test_several_searches_that_changed_are_counted() -> None:
    """None of them is named."""
    searched = [change(ChangeKind.SEARCH_CHANGED, f"The search “{name}” was changed.") for name in "ab"]
    assert transition(ONE, TWO, searched) == "2 searches were changed; now: several controlled trials, agreeing"


def test_a_new_trial_that_a_person_reads_in_the_same_week_is_news() -> None:
    """Where people must screen everything, each new trial comes to count by a person's decision."""
    found = replace(change(ChangeKind.NEW, ""), pmid="2")
    assert (
        transition(ONE, TWO, [found, change(ChangeKind.ANSWER, BY_PERSON)]) == "second sham-controlled trial reported"
    )
