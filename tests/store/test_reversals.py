"""What was undone before a digest told it is told in no digest; each frequency is a reader of its own."""

from __future__ import annotations

import pytest

from monitor import store
from monitor.model import AnswerRecord, AnswerState, Change, ChangeKind, Frequency, Notice, NoticeKind
from monitor.store import Database, Tx
from tests.support.factories import DAY, NOW, RENDERED, answer, change, digest

WEEKLY, DAILY = Frequency.WEEKLY, Frequency.DAILY
GONE, BACK, MERGED, UNREAD = ChangeKind.GONE, ChangeKind.REAPPEARED, ChangeKind.MERGED, ChangeKind.UNREAD
RETRACTED, REINSTATED, NEW = ChangeKind.RETRACTED, ChangeKind.REINSTATED, ChangeKind.NEW
NOTICE = Notice(NoticeKind.RETRACTION, "RetractionIn", True, "99")


def happens(tx: Tx, kind: ChangeKind, day: int = 0) -> None:
    """It is seen by the poll of that day."""
    notice = NOTICE if kind in (RETRACTED, REINSTATED) else None
    assert store.changes.add(tx, [change(kind=kind, at=NOW + day * DAY, notice=notice)])


def tell(tx: Tx, frequency: Frequency) -> list[ChangeKind]:
    """A digest of everything that waits goes out: the kinds it told."""
    waiting = store.changes.undigested(tx, "ccsvi", frequency)
    if waiting:
        store.digests.add(tx, digest(waiting, frequency), RENDERED, NOW)
    return [one.kind for one in waiting]


@pytest.mark.parametrize(
    ("happened", "told"),
    [
        ([GONE, BACK], []),
        ([NEW, GONE, BACK], [NEW]),
        ([GONE, BACK, GONE], [GONE]),
        ([GONE, BACK, GONE, BACK], []),
        ([GONE, MERGED], [MERGED]),
        ([GONE, MERGED, BACK], []),
        ([BACK], [BACK]),
        ([UNREAD, GONE], []),
        ([RETRACTED, REINSTATED], []),
        ([RETRACTED, REINSTATED, RETRACTED], [RETRACTED]),
        ([REINSTATED], [REINSTATED]),
        ([GONE, RETRACTED, REINSTATED], [GONE]),
    ],
)
def test_within_one_period_only_what_remains_is_told(
    db: Database, happened: list[ChangeKind], told: list[ChangeKind]
) -> None:
    """An article that was gone for two days of the week was never gone for a weekly reader."""
    with db.begin() as tx:
        for day, kind in enumerate(happened):
            happens(tx, kind, day)
        assert tell(tx, WEEKLY) == told
        assert len(store.changes.for_article(tx, "ccsvi", "1")) == len(happened)  # the history keeps them


@pytest.mark.parametrize(
    ("first", "then", "told"),
    [
        ([GONE], [BACK], [BACK]),
        ([GONE], [BACK, GONE], []),
        ([GONE], [BACK, GONE, BACK], [BACK]),
        ([GONE], [MERGED], [MERGED]),
        ([GONE, BACK], [GONE], [GONE]),
        ([RETRACTED], [REINSTATED], [REINSTATED]),
        ([RETRACTED], [REINSTATED, RETRACTED], []),
        ([UNREAD], [GONE], [GONE]),
    ],
)
def test_what_a_digest_has_told_is_taken_back_in_the_next(
    db: Database, first: list[ChangeKind], then: list[ChangeKind], told: list[ChangeKind]
) -> None:
    """The reader is left with what is true."""
    with db.begin() as tx:
        for day, kind in enumerate(first):
            happens(tx, kind, day)
        tell(tx, WEEKLY)
        for day, kind in enumerate(then, len(first)):
            happens(tx, kind, day)
        assert tell(tx, WEEKLY) == told


def test_each_frequency_is_settled_by_itself(db: Database) -> None:
    """The daily reader was told that it is gone, the weekly one not yet."""
    with db.begin() as tx:
        happens(tx, GONE)
        assert tell(tx, DAILY) == [GONE]
        happens(tx, BACK, 1)
        assert (tell(tx, DAILY), tell(tx, WEEKLY)) == ([BACK], [])


def test_a_frequency_that_began_since_is_not_told_of_a_return(db: Database) -> None:
    """Its readers were never told that the article was gone."""
    with db.begin() as tx:
        happens(tx, GONE)
        store.digests.start_schedule(tx, "ccsvi", WEEKLY, NOW, NOW)
        happens(tx, BACK, 1)
        assert tell(tx, WEEKLY) == []


def test_other_articles_are_left_alone(db: Database) -> None:
    """Two are gone, one of them is back."""
    with db.begin() as tx:
        store.changes.add(tx, [change(pmid, GONE) for pmid in ("1", "2")])
        store.changes.add(tx, [change("2", BACK, NOW + DAY)])
        assert [one.pmid for one in store.changes.undigested(tx, "ccsvi", WEEKLY)] == ["1"]


def test_an_unread_article_that_was_read_before_anybody_was_told_is_no_news(db: Database) -> None:
    """Who was told of it is not told otherwise: the article itself follows as new."""
    with db.begin() as tx:
        happens(tx, UNREAD)
        tell(tx, DAILY)
        store.reversals.withdraw(tx, "ccsvi", UNREAD, ["1"], NOW + DAY)
        assert tell(tx, WEEKLY) == []
        assert list(store.digests.digested_in(tx, 1)) == [DAILY]


def _answered(tx: Tx, state: AnswerState) -> AnswerRecord:
    record = AnswerRecord(answer(state), NOW)
    number = store.answers.add(tx, record)
    store.changes.add(tx, [Change("ccsvi", ChangeKind.ANSWER, NOW, answer_id=number)])
    store.reversals.settle_answers(tx, "ccsvi", record.answer.fingerprint, NOW)
    return record


def test_an_answer_that_is_again_what_it_was_has_not_changed(db: Database) -> None:
    """Its trial was retracted on Tuesday and reinstated on Thursday: a weekly reader's answer is the same."""
    with db.begin() as tx:
        store.answers.add(tx, AnswerRecord(answer(AnswerState.SHAM_CONTROLLED), NOW))
        _answered(tx, AnswerState.NONE)
        assert tell(tx, DAILY) == [ChangeKind.ANSWER]
        _answered(tx, AnswerState.SHAM_CONTROLLED)
        assert (tell(tx, DAILY), tell(tx, WEEKLY)) == ([ChangeKind.ANSWER], [])
        _answered(tx, AnswerState.NONE)
        assert tell(tx, WEEKLY) == [ChangeKind.ANSWER]
