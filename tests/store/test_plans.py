"""What every quiet tick asks is answered from an index: a million stored articles cost what a thousand do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.model import ChangeKind, Frequency
from monitor.store import Database, Tx
from tests.support.factories import DAY, LEASE, NOW, article, topic, verdict

#: Tables that grow with the literature, the subscribers, the topics or the years.
GROWING = {
    "searches",
    "articles", "answers", "bounces", "changes", "citations", "citing_works", "deliveries", "digest_changes", "digests",
    "matches", "polls", "revisions", "subscribers", "subscriptions", "verdicts",
}  # fmt: skip

QUIET: dict[str, Callable[[Tx], object]] = {
    "searches.due": lambda tx: store.searches.due(tx, NOW + DAY),
    "searches.claim": lambda tx: store.searches.claim(tx, "ccsvi", "words", NOW, LEASE),
    "matches.current": lambda tx: store.matches.current(tx, "ccsvi", "words"),
    "matches.suspected_missing": lambda tx: store.matches.suspected_missing(tx, "ccsvi", "words"),
    "matches.searches_of": lambda tx: store.matches.searches_of(tx, "ccsvi", ["1"]),
    "matches.topics_matching": lambda tx: store.matches.topics_matching(tx, ["1"]),
    "polls.since": lambda tx: store.polls.since(tx, "ccsvi", "words", NOW),
    "polls.latest": lambda tx: store.polls.latest(tx, "ccsvi", "words", 1),
    "articles.which_known": lambda tx: store.articles.which_known(tx, ["1"]),
    "articles.by_doi": lambda tx: store.articles.by_doi(tx, "10.1/x"),
    "articles.revisions": lambda tx: store.articles.revisions(tx, "1"),
    "citations.citing": lambda tx: store.citations.citing(tx, "9"),
    "citing_works.in_pubmed": lambda tx: store.citing_works.in_pubmed(tx, "ccsvi", "9"),
    "citing_works.of": lambda tx: store.citing_works.of(tx, "ccsvi", "9"),
    "changes.undigested": lambda tx: store.changes.undigested(tx, "ccsvi", Frequency.WEEKLY),
    "changes.has_undigested": lambda tx: store.changes.has_undigested(
        tx, "ccsvi", Frequency.AT_ONCE, [ChangeKind.ANSWER]
    ),
    "changes.for_article": lambda tx: store.changes.for_article(tx, "ccsvi", "1"),
    "changes.recent": lambda tx: store.changes.recent(tx, "ccsvi", 5),
    "verdicts.judged": lambda tx: store.verdicts.judged(tx, "ccsvi"),
    "verdicts.save": lambda tx: store.verdicts.save(tx, [verdict(rules="2")], NOW),
    "answers.current": lambda tx: store.answers.current(tx, "ccsvi"),
    "digests.claim_due": lambda tx: store.digests.claim_due(tx, "ccsvi", Frequency.WEEKLY, NOW, LEASE),
    "digests.archive": lambda tx: store.digests.archive(tx, "ccsvi", 5),
    "subscribers.frequencies": lambda tx: store.subscribers.frequencies(tx, "ccsvi"),
    "subscribers.active": lambda tx: list(store.subscribers.active(tx, "ccsvi", Frequency.WEEKLY)),
    "subscribers.unwelcomed": lambda tx: list(store.subscribers.unwelcomed(tx, "ccsvi")),
    "searches.unnoticed": lambda tx: store.searches.unnoticed(tx),
    "topics.to_reassess": lambda tx: store.topics.to_reassess(tx),
    "due_topics.may_be_due": lambda tx: store.due_topics.may_be_due(tx, NOW),
    "due_topics.silent_since": lambda tx: store.due_topics.silent_since(tx, NOW),
    "subscribers.find": lambda tx: store.subscribers.find(tx, "reader@example.org"),
    "frequencies.apply": lambda tx: store.frequency_changes.apply(tx, "ccsvi"),
    "deliveries.claim": lambda tx: store.deliveries.claim(tx, NOW, 100, LEASE),
    "deliveries.is_any_due": lambda tx: store.deliveries.is_any_due(tx, NOW),
    "deliveries.due_channels": lambda tx: store.deliveries.due_channels(tx, NOW),
    "delivery_counts.channel_counts": lambda tx: store.delivery_counts.channel_counts(tx),
    "subscribers.of_channels": lambda tx: store.subscribers.of_channels(tx),
    "deliveries.is_any_interrupted": lambda tx: store.deliveries.is_any_interrupted(tx, NOW),
    "delivery_counts.received_by_anyone": lambda tx: store.delivery_counts.received_by_anyone(tx, [1]),
    "delivery_counts.sent_message_ids": lambda tx: store.delivery_counts.sent_message_ids(tx, 1, [1]),
    "deliveries.cancel": lambda tx: store.deliveries.cancel(tx, store.deliveries.claim(tx, NOW, 9)),
    "bounces.delivery_of": lambda tx: store.bounces.delivery_of(tx, "<1@monitor.example>"),
    "bounces.hard_since": lambda tx: store.bounces.hard_since(tx, 1),
}


@pytest.mark.parametrize("ask", QUIET.values(), ids=QUIET)
def test_no_growing_table_is_read_from_end_to_end(sqlite_db: Database, ask: Callable[[Tx], object]) -> None:
    """SQLite says how it will answer each statement; it must not SCAN one of these, unless by a partial index."""
    with sqlite_db.begin() as tx:
        store.searches.sync(tx, [topic()], NOW)
        store.articles.save(tx, [article()], NOW)
        store.verdicts.save(tx, [verdict()], NOW)
        with _listening(tx) as statements:
            ask(tx)
        assert statements
        plans = [line for statement, values in statements for line in _plan(tx, statement, values)]
    assert [line for line in plans if _reads_all(line)] == []


@contextmanager
def _listening(tx: Tx) -> Iterator[list[tuple[str, Any]]]:
    heard: list[tuple[str, Any]] = []

    def hear(_tx: Tx, _cursor: object, statement: str, values: Any, _context: object, is_many: bool) -> None:
        heard.append((statement, values[0] if is_many else values))

    sa.event.listen(tx, "before_cursor_execute", hear)
    yield heard
    sa.event.remove(tx, "before_cursor_execute", hear)


def _plan(tx: Tx, statement: str, values: Any) -> list[str]:
    return [row[3] for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]


#: Partial indexes, which have only the rows that wait for something, or the few channels.
WAITING = {
    "ix_deliveries_open",
    "ix_searches_unnoticed",
    "ix_subscribers_channels",
    "ix_subscriptions_switching",
    "ix_subscriptions_unwelcomed",
}


def _reads_all(line: str) -> bool:
    """ "SCAN articles" reads the table; "SCAN deliveries USING INDEX ix_deliveries_open" only what waits."""
    words = line.split()
    return words[0] == "SCAN" and words[1] in GROWING and WAITING.isdisjoint(words)
