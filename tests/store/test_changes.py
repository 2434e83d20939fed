"""Every reportable change is stored once, and digested once in each frequency."""

from __future__ import annotations

import pytest

from monitor import store
from monitor.errors import ConflictError
from monitor.model import AnswerRecord, Change, ChangeKind, Frequency, Notice, NoticeKind, Revision
from monitor.store import Database, Tx
from tests.support.factories import DAY, NOW, RENDERED, answer, change, digest, poll

_RETRACTION = Notice(NoticeKind.RETRACTION, "RetractionIn", True, "99")


def _two_polls(tx: Tx) -> tuple[int, int]:
    return store.polls.add(tx, poll()), store.polls.add(tx, poll(at=NOW + DAY))


@pytest.mark.parametrize(
    ("kind", "again"),
    [(ChangeKind.NEW, 0), (ChangeKind.CITING, 0), (ChangeKind.REVISED, 1), (ChangeKind.GONE, 1)],
)
def test_the_same_change_seen_by_a_later_poll(db: Database, kind: ChangeKind, again: int) -> None:
    """An article is new once for ever; it may be revised again."""
    with db.begin() as tx:
        first, second = _two_polls(tx)
        assert len(store.changes.add(tx, [change(kind=kind, poll_id=first)] * 2)) == 1
        assert store.changes.add(tx, [change(kind=kind, poll_id=first)]) == []
        assert len(store.changes.add(tx, [change(kind=kind, poll_id=second)])) == again


def test_two_notices_about_one_article_are_two_changes(db: Database) -> None:
    """Its erratum has an erratum."""
    errata = [Notice(NoticeKind.ERRATUM, "ErratumIn", True, pmid) for pmid in ("98", "99")]
    with db.begin() as tx:
        added = store.changes.add(tx, [change(kind=ChangeKind.CORRECTED, notice=notice) for notice in errata])
        assert [one.notice for one in added] == errata


def test_a_stored_change_is_read_back_unchanged(db: Database) -> None:
    """Why, revisions, notice, answer."""
    with db.begin() as tx:
        number = store.polls.add(tx, poll())
        answer_id = store.answers.add(tx, AnswerRecord(answer(), NOW, poll_id=number))
        said = [
            change(kind=ChangeKind.REVISED, why="title", revisions=(Revision("title", "a", "b"),), poll_id=number),
            change(kind=ChangeKind.RETRACTED, notice=_RETRACTION, poll_id=number),
            change("", ChangeKind.ANSWER, answer_id=answer_id),
        ]
        added = store.changes.add(tx, said)
        assert store.changes.undigested(tx, "ccsvi", Frequency.WEEKLY) == added
        assert store.changes.for_article(tx, "ccsvi", "1") == added[:2]
        assert store.changes.recent(tx, "ccsvi", 1) == added[2:]
        assert store.changes.recent(tx, "ccsvi", 9, [ChangeKind.RETRACTED]) == [added[1]]
        assert store.changes.since(tx, "ccsvi", NOW) == []


def test_a_change_is_digested_once_in_each_frequency(db: Database) -> None:
    """The weekly digest does not take it from the monthly one."""
    with db.begin() as tx:
        added = store.changes.add(tx, [change("1"), change("2")])
        number = store.digests.add(tx, digest(added[:1]), RENDERED, NOW)
        assert store.changes.undigested(tx, "ccsvi", Frequency.WEEKLY) == added[1:]
        assert store.changes.undigested(tx, "ccsvi", Frequency.MONTHLY) == added
        assert store.digests.digested_in(tx, added[0].id) == {Frequency.WEEKLY: number}


def test_a_second_digest_cannot_contain_the_same_change(db: Database) -> None:
    """Two composers whose leases overlapped: the later one is undone."""
    with db.begin() as tx:
        added = store.changes.add(tx, [change()])
        store.digests.add(tx, digest(added), RENDERED, NOW)
    with pytest.raises(ConflictError), db.begin() as tx:
        store.digests.add(tx, digest(added), RENDERED, NOW)
    with db.read() as tx:
        assert len(store.digests.archive(tx, "ccsvi", 9)) == 1


def test_only_the_kinds_asked_for_count_as_waiting(db: Database) -> None:
    """Subscribers "at once" wait for the answer, not for every new article."""
    at_once = Frequency.AT_ONCE
    with db.begin() as tx:
        store.changes.add(tx, [change()])
        assert store.changes.has_undigested(tx, "ccsvi", at_once)
        assert not store.changes.has_undigested(tx, "ccsvi", at_once, [ChangeKind.ANSWER])
        assert store.changes.undigested(tx, "ccsvi", at_once, [ChangeKind.ANSWER]) == []
        assert not store.changes.has_undigested(tx, "other", at_once)


def test_a_change_that_commits_late_is_not_lost(postgresql_db: Database) -> None:
    """Its id and instant are older than those of a change that was already digested."""
    with postgresql_db.begin() as slow:
        (late,) = store.changes.add(slow, [change("1", at=NOW)])
        with postgresql_db.begin() as quick:
            _tell_all(quick, [change("2", at=NOW + DAY)])
    with postgresql_db.read() as tx:
        assert store.changes.undigested(tx, "ccsvi", Frequency.WEEKLY) == [late]


def test_a_change_whose_transaction_was_open_when_a_frequency_began_is_not_lost(postgresql_db: Database) -> None:
    """Earlier changes are never digested in a new frequency; this one was recorded later."""
    with postgresql_db.begin() as tx:
        store.changes.add(tx, [change("0")])
    with postgresql_db.begin() as slow:
        (late,) = store.changes.add(slow, [change("1")])
        with postgresql_db.begin() as other:
            store.digests.start_schedule(other, "ccsvi", Frequency.DAILY, NOW + DAY, NOW)
    with postgresql_db.read() as tx:
        assert store.changes.undigested(tx, "ccsvi", Frequency.DAILY) == [late]


def _tell_all(tx: Tx, found: list[Change]) -> None:
    store.changes.add(tx, found)
    store.digests.add(tx, digest(store.changes.undigested(tx, "ccsvi", Frequency.WEEKLY)), RENDERED, NOW)
