"""Factories for the tests: one fixed instant, and minimal values of the model."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from monitor import store
from monitor.model import (
    Answer,
    AnswerState,
    Article,
    Change,
    ChangeKind,
    Delivery,
    Design,
    Digest,
    DigestKind,
    Frequency,
    Level,
    Outcome,
    Poll,
    Question,
    Relevance,
    Rendered,
    Search,
    SearchKind,
    Seed,
    Subscription,
    SubscriptionState,
    Terms,
    Topic,
    Verdict,
)
from monitor.store import Database, Tx
from monitor.store.schema.mail_tables import deliveries

T = TypeVar("T")

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LEASE = 5 * MINUTE


def topic(query: str = "ccsvi", *, every: timedelta = DAY, seed: Seed | None = None, searches: int = 1) -> Topic:
    """The topic "ccsvi": searches "words", "words2", …, and "citing" when it has a seed."""
    found = [Search("ccsvi", f"words{n or ''}", SearchKind.QUERY, every, query) for n in range(searches)]
    if seed:
        found.append(Search("ccsvi", "citing", SearchKind.CITING, every))
    question = Question("Does it help?", "MS", "venous angioplasty", Terms(), Terms())
    return Topic("ccsvi", "CCSVI in MS", question, tuple(found), seed)


def article(pmid: str = "1", title: str = "A trial of veins", **fields: object) -> Article:
    """A minimal Article."""
    return Article(pmid, 1, title, **fields)  # type: ignore[arg-type]  # any field of Article


def poll(outcome: Outcome = Outcome.OK, at: datetime = NOW, **fields: object) -> Poll:
    """A Poll of the search "words"."""
    return Poll("ccsvi", "words", at, at, outcome, **fields)  # type: ignore[arg-type]  # any field of Poll


def verdict(pmid: str = "1", design: Design = Design.RANDOMIZED, *, matches: bool = True, rules: str = "1") -> Verdict:
    """The rules' verdict on one article."""
    return Verdict(pmid, "ccsvi", design, Level.INDEXED, rules, relevance=Relevance(matches, matches, matches))


def change(pmid: str = "1", kind: ChangeKind = ChangeKind.NEW, at: datetime = NOW, **fields: object) -> Change:
    """A Change of the topic "ccsvi"."""
    return Change("ccsvi", kind, at, pmid, **fields)  # type: ignore[arg-type]  # any field of Change


def answer(state: AnswerState = AnswerState.NONE) -> Answer:
    """An Answer of the topic "ccsvi"."""
    return Answer("ccsvi", state, f"Evidence: {state}.", fingerprint=state.value)


def subscription(
    address: str = "reader@example.org",
    frequency: Frequency = Frequency.WEEKLY,
    state: SubscriptionState = SubscriptionState.ACTIVE,
) -> Subscription:
    """A Subscription to the topic "ccsvi"."""
    return Subscription("ccsvi", address, frequency, state)


def digest(changes: list[Change] | None = None, frequency: Frequency = Frequency.WEEKLY) -> Digest:
    """A Digest that contains these changes."""
    change_ids = tuple(one.id for one in changes or [])
    return Digest("ccsvi", DigestKind.NEWS, frequency, None, NOW, answer(), False, change_ids=change_ids)


RENDERED = Rendered("1 new article", "One new article.", "<p>One new article.</p>")


def message_id(digest_id: int, subscription_id: int) -> str:
    """A deterministic Message-ID."""
    return f"<{digest_id}.{subscription_id}@monitor.example>"


def outbox(tx: Tx, *addresses: str) -> int:
    """Put one digest in the outbox for a subscriber at each address; returns the digest's id."""
    for address in addresses or ("reader@example.org",):
        store.subscribers.add(tx, subscription(address), NOW)
    number = store.digests.add(tx, digest(), RENDERED, NOW)
    store.deliveries.enqueue(tx, number, NOW, message_id)
    return number


def at_the_same_time(db: Database, work: Callable[[Tx], T], workers: int = 6) -> list[T]:
    """Run `work` in several threads, each in a transaction on its own connection; returns their results."""

    def one(_: int) -> T:
        with db.begin() as tx:
            return work(tx)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(workers)))


def begin(tx: Tx, *claimed: Delivery) -> None:
    """Note that these deliveries are being sent, as `store.SendGate` does in a transaction of its own."""
    for one in claimed:
        begun = {"attempts": deliveries.c.attempts + 1, "uncertain": deliveries.c.uncertain + 1}
        tx.execute(deliveries.update().where(deliveries.c.id == one.id).values(begun))
