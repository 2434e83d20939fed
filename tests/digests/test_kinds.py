"""What each kind of change does to a digest: where it stands, what undoes it, and what is urgent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.digests import content, subject
from monitor.digests.content import Standing, compose
from monitor.model import Change, ChangeKind, Design, Digest, DigestKind, Frequency, Revision, Verdict
from monitor.store.mailing.frequency_changes import URGENT
from tests.support.digest_samples import (
    LAST,
    NEW_ABSTRACT,
    NOW,
    OLD_ABSTRACT,
    RELEVANT,
    THREE,
    TOPIC,
    TWO,
    VERDICTS,
    change,
)

K = ChangeKind
COUNTED = THREE.trials[0].reports[0].pmid


def made(
    *changes: Change, frequency: Frequency = Frequency.WEEKLY, standing: Standing | None = None, is_quiet: bool = False
) -> Digest | None:
    """The digest of these changes, in this order."""
    numbered = [replace(one, id=number) for number, one in enumerate(changes, 1)]
    return compose(
        TOPIC,
        frequency,
        LAST,
        NOW,
        standing or Standing(THREE),
        changes=numbered,
        articles={},
        verdicts={},
        is_quiet_due=is_quiet,
    )


def told(*kinds: ChangeKind) -> list[tuple[str, list[ChangeKind]]]:
    """The sections and changes that a digest tells of an article to which these things happened, in this order."""
    digest = made(*(change(kind, "7") for kind in kinds))
    if digest is None:
        return []
    assert digest.change_ids == tuple(range(1, len(kinds) + 1))
    return [(item.section, [one.kind for one in item.changes]) for item in digest.items]


@pytest.mark.parametrize(
    ("kind", "section"),
    [
        (K.UNREAD, "unread"),
        (K.REAPPEARED, "back"),
        (K.MERGED, "back"),
        (K.GONE, "gone"),
        (K.RETRACTED, "notices"),
        (K.REINSTATED, "reinstated"),
        (K.REVISED, "revised"),
        (K.NEW, "new"),
        (K.CITING, "citing"),
    ],
)
def test_each_kind_has_its_place(kind: ChangeKind, section: str) -> None:
    """And none is dropped."""
    assert told(kind) == [(section, [kind])]


@pytest.mark.parametrize(
    ("happened", "left"),
    [
        ((K.GONE, K.REAPPEARED), []),
        ((K.REAPPEARED, K.GONE), [("gone", [K.REAPPEARED, K.GONE])]),
        ((K.GONE, K.REAPPEARED, K.GONE), [("gone", [K.GONE])]),
        ((K.GONE, K.MERGED), [("back", [K.MERGED])]),
        ((K.RETRACTED, K.REINSTATED), []),
        ((K.RETRACTED, K.REINSTATED, K.RETRACTED), [("notices", [K.RETRACTED])]),
        ((K.NEW, K.RETRACTED, K.REINSTATED), [("new", [K.NEW])]),
        ((K.UNREAD, K.NEW), [("new", [K.NEW])]),
        ((K.UNREAD, K.CITING), [("citing", [K.CITING])]),
        ((K.UNREAD, K.GONE), []),
        ((K.REVISED, K.GONE, K.REAPPEARED), [("revised", [K.REVISED])]),
        ((K.NEW, K.GONE), [("gone", [K.NEW, K.GONE])]),
    ],
)
def test_what_was_undone_before_it_was_told_is_not_told(
    happened: tuple[ChangeKind, ...], left: list[tuple[str, list[ChangeKind]]]
) -> None:
    """A reader hears of what stands at the end of the period, and what stands is never dropped."""
    assert told(*happened) == left


def test_the_undoing_of_something_told_is_told() -> None:
    """Whoever read "no longer found" last week reads this week that it is back."""
    assert told(K.REAPPEARED) == [("back", [K.REAPPEARED])]
    digest = made(change(K.GONE, "7"), change(K.REAPPEARED, "8"))
    assert digest is not None
    assert [item.section for item in digest.items] == ["back", "gone"]


def test_an_answer_that_came_back_before_it_was_told_has_not_changed() -> None:
    """A trial was retracted and reinstated within the week: no "until now" that equals the new sentence."""
    back = Standing(THREE, answer_before=THREE)
    happened = [change(K.RETRACTED, COUNTED), change(K.ANSWER), change(K.REINSTATED, COUNTED), change(K.ANSWER)]
    assert made(*happened, standing=back) is None
    assert made(*happened, standing=back, frequency=Frequency.AT_ONCE) is None
    quiet = made(*happened, standing=back, is_quiet=True)
    assert quiet is not None
    assert (quiet.kind, quiet.answer_changed, len(quiet.change_ids)) == (DigestKind.QUIET, False, 4)
    assert subject.subject(quiet, TOPIC) == "CCSVI in MS: nothing new, answer unchanged"


@pytest.mark.parametrize(
    ("happened", "is_told"),
    [
        (change(K.REINSTATED, COUNTED), True),
        (change(K.RETRACTED, COUNTED), True),
        (change(K.CONCERN, COUNTED), True),
        (change(K.REINSTATED, "7"), False),
        (change(K.QUESTION_CHANGED, why="The question was changed."), True),
        (change(K.SEARCH_CHANGED, why="The search was changed."), False),
        (change(K.UNREAD, "7"), False),
        (change(K.REAPPEARED, "7"), False),
        (change(K.MERGED, "7"), False),
    ],
)
def test_what_is_told_at_once(happened: Change, is_told: bool) -> None:
    """What bears on the answer; and each such kind wakes the schedule."""
    assert (made(happened, frequency=Frequency.AT_ONCE) is not None) is is_told
    if is_told:
        assert happened.kind in URGENT


def test_a_changed_question_or_search_is_a_line_of_its_own() -> None:
    """Never an article; the question first, and neither counts as one in the summary."""
    searched = change(K.SEARCH_CHANGED, why="The search was changed.")
    asked = change(K.QUESTION_CHANGED, why="The question was changed.")
    digest = made(searched, asked)
    assert digest is not None
    assert (digest.items, [note.why for note in digest.notes]) == ((), [asked.why, searched.why])
    assert subject.summary(digest, "UTC").endswith(": nothing new.")
    assert subject.verdict_line(digest) == "The question has changed, and this is the answer to it"
    assert subject.subject(digest, TOPIC) == (
        "CCSVI in MS: the question was changed; now: several controlled trials, agreeing"
    )
    only_searched = made(searched)
    assert only_searched is not None
    assert subject.subject(only_searched, TOPIC) == "CCSVI in MS: the search was changed, answer unchanged"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (K.UNREAD, "1 article whose record could not be read yet"),
        (K.REAPPEARED, "1 record back in PubMed or under a new number"),
        (K.MERGED, "1 record back in PubMed or under a new number"),
        (K.REINSTATED, "1 article no longer retracted"),
    ],
)
def test_without_a_new_answer_a_new_kind_is_named_by_what_happened(kind: ChangeKind, words: str) -> None:
    """In the subject."""
    digest = made(change(kind, "7"))
    assert digest is not None
    assert subject.subject(digest, TOPIC) == f"CCSVI in MS: {words}, answer unchanged"


def test_a_trial_whose_result_turned_round_is_news_of_a_trial() -> None:
    """Though its record was only revised; another revision, or one of no trial, is not."""
    verdict = VERDICTS["30266886"]
    turned = change(K.REVISED, "30266886", revisions=(Revision("abstract", OLD_ABSTRACT, NEW_ABSTRACT),))
    respelt = change(K.REVISED, "30266886", revisions=(Revision("abstract", OLD_ABSTRACT, f"{OLD_ABSTRACT} Thanks."),))
    assert content.section_of([turned], verdict, is_cause=False) == "trials"
    assert content.section_of([respelt], verdict, is_cause=False) == "revised"
    cohort = Verdict("30266886", "ccsvi", Design.COHORT, verdict.level, "1", relevance=RELEVANT)
    assert content.section_of([turned], cohort, is_cause=False) == "revised"


def test_a_trial_that_counts_and_turned_round_is_the_subject() -> None:
    """With both results."""
    was = TWO.trials[0]
    assert was.statement is not None
    now = replace(was, statement=replace(was.statement, direction=type(was.statement.direction).BENEFIT))
    answer = replace(TWO, trials=(now, TWO.trials[1]), fingerprint="turned")
    digest = made(change(K.ANSWER), standing=Standing(answer, answer_before=TWO))
    assert digest is not None
    assert subject.subject(digest, TOPIC) == "CCSVI in MS: a counted trial now reports benefit instead of no difference"
