"""A topic is deleted; what other topics share stays exactly as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from monitor import store
from monitor.model import (
    AnswerRecord,
    Change,
    ChangeKind,
    CitingWork,
    Frequency,
    HeldPreprint,
    ListedWork,
    Outcome,
    Poll,
    Preprint,
    Revision,
    Search,
    SearchKind,
    Seed,
    SeenBy,
    SourceName,
    Subscription,
    SubscriptionState,
    Topic,
    Verdict,
)
from monitor.store import Database, Tx
from monitor.store.literature.topic_deletion import TopicHoldings, delete_topic, holdings
from monitor.store.schema.tables import answers, metadata
from monitor.watch.search_changes import apply_searches
from tests.support import factories
from tests.support.contents import contents
from tests.support.factories import DAY, NOW, RENDERED, message_id
from tests.support.registry import entry


def _topic(key: str) -> Topic:
    search = Search(key, "words", SearchKind.QUERY, DAY, key)
    return replace(factories.topic(seed=Seed(pmid=f"{key}-seed")), key=key, searches=(search,))


def _fill(tx: Tx, key: str, own: str) -> int:
    """One of everything for a topic that matches the article `own` and the one that both match; returns a poll."""
    store.digests.start_schedule(tx, key, Frequency.WEEKLY, NOW, NOW)
    poll = store.polls.add(tx, Poll(key, "words", NOW, NOW, Outcome.OK, version="1"))
    store.articles.save(tx, [factories.article(own), factories.article("both")], NOW, poll)
    store.articles.add_revisions(tx, own, [], NOW)
    store.matches.record(tx, key, "words", poll, NOW, new=[own, "both"])
    store.citations.add(tx, f"{key}-seed", [own], "elink", NOW, poll)
    listed = ListedWork("doi:10.1/x", CitingWork("W1", dois=("10.1/x",)), (SeenBy(SourceName.OPENALEX, "W1", NOW),))
    store.citing_works.save(tx, key, f"{key}-seed", [listed])
    store.registry_entries.save(tx, key, [entry()], NOW)
    store.registry_entries.add_revisions(tx, key, entry(), [Revision("status", '"recruiting"', '"completed"')], NOW)
    verdict: Verdict = replace(factories.verdict(own), topic=key)
    store.verdicts.save(tx, [verdict, replace(verdict, pmid="both")], NOW)
    store.screenings.add(tx, replace(verdict, by="Maria Rossi"), NOW)
    held = HeldPreprint(Preprint(f"PPR-{key}", "A preprint on veins"), verdict, "1", NOW)
    store.preprints.save(tx, key, [held])
    store.preprints.add_states(tx, key, [held.preprint], NOW)
    answer = replace(factories.answer(), topic=key)
    number = store.answers.add(tx, AnswerRecord(answer, NOW, poll_id=poll))
    found = [Change(key, ChangeKind.NEW, NOW, own, poll_id=poll), Change(key, ChangeKind.ANSWER, NOW, answer_id=number)]
    _mail(tx, key, [change for change in store.changes.add(tx, found) if change.kind is ChangeKind.NEW])
    return poll


def _mail(tx: Tx, key: str, changes: list[Change]) -> None:
    for address in ("both@example.org", f"{key}@example.org"):
        store.subscribers.add(tx, Subscription(key, address, Frequency.WEEKLY, SubscriptionState.ACTIVE), NOW)
    digest = replace(factories.digest(changes), topic=key)
    store.deliveries.enqueue(tx, store.digests.add(tx, digest, RENDERED, NOW), NOW, message_id)


def _both(db: Database) -> None:
    """Two topics, "gone" and "other", which share an article and a person."""
    with db.begin() as tx:
        apply_searches(tx, [_topic("other"), _topic("gone")], NOW, "Ann")
        _fill(tx, "other", "of-other")
        poll = _fill(tx, "gone", "of-gone")
        # what a poll of the topic reported and concluded for the other one
        store.matches.record(tx, "other", "words", poll, NOW, new=["late"])
        record = AnswerRecord(replace(factories.answer(), topic="other"), NOW, poll_id=poll)
        store.answers.add(tx, record)


def test_everything_of_the_topic_goes_and_nothing_of_another(db: Database) -> None:
    """Every row of the other topic is as it was before, and none refers to what is gone."""
    _both(db)
    before = contents(db)
    delete_topic(db, "gone")
    after = contents(db)
    assert store.maintenance.problems(db) == []
    for table, rows in after.items():
        assert set(map(repr, rows)) <= set(map(repr, before[table])), table
        if table != "polls":
            assert not [row for row in rows if "gone" in map(str, row) or "of-gone" in row], table
        kept = [row for row in before[table] if "other" in row]
        assert [row for row in rows if "other" in row] == kept, table
    assert [row[1] for row in after["polls"]] == ["other", "gone"]  # the second is referred to by the other's answer
    assert sorted(row[0] for row in after["articles"]) == ["both", "of-other"]
    assert sorted(row[1] for row in after["subscribers"]) == ["both@example.org", "other@example.org"]
    assert len(after["deliveries"]) == len(after["bounces"]) + 2
    assert set(after) == set(metadata.tables)


def test_what_would_be_lost_is_counted(db: Database) -> None:
    """Before anybody says yes."""
    _both(db)
    with db.read() as tx:
        assert holdings(tx, "gone") == TopicHoldings(
            articles=1, shared_articles=1, answers=1, screenings=1, digests=1, deliveries=2, people=2, only_here=1
        )
        assert holdings(tx, "nothing") == TopicHoldings(0, 0, 0, 0, 0, 0, 0, 0)


def test_answers_are_append_only_again_afterwards(db: Database) -> None:
    """The trigger was away for the deletion only; also its indexes."""
    _both(db)
    delete_topic(db, "gone")
    for change in (answers.delete(), answers.update().values(topic="x")):
        with pytest.raises(DatabaseError, match="append-only"), db.begin() as tx:
            tx.execute(change)
    names = "SELECT name FROM sqlite_master" if db.is_sqlite else "SELECT indexname FROM pg_indexes"
    with db.read() as tx:
        assert not [name for name in tx.scalars(text(names)) if name.startswith("deletion_")]


def test_the_same_key_may_begin_anew(db: Database) -> None:
    """As a topic that was never watched."""
    _both(db)
    delete_topic(db, "gone")
    with db.begin() as tx:
        apply_searches(tx, [_topic("other"), _topic("gone")], NOW + DAY, "Ann")
        assert not store.searches.state(tx, "gone", "words").has_baseline
        _fill(tx, "gone", "of-gone")
