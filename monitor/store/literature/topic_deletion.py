"""What the database holds of one topic alone, and its deletion; what another topic has too is kept as it is.

Polls to which rows of other topics refer stay, so that no other topic's row is changed. The history of answers is
append-only; this is the one place that deletes of it, at an operator's request.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    union,
    update,
)

from monitor.store.database.engine import Database, Tx
from monitor.store.schema.mail_tables import (
    bounces,
    consents,
    deliveries,
    digest_changes,
    digest_schedules,
    digests,
    subscribers,
    subscriptions,
    transactional_mails,
)
from monitor.store.schema.outside_tables import notices, source_states
from monitor.store.schema.service_tables import search_edits
from monitor.store.schema.tables import (
    answers,
    articles,
    changes,
    citations,
    matches,
    polls,
    revisions,
    screenings,
    searches,
    seed_context,
    topics,
    trial_links,
    unread,
    verdicts,
)

#: The columns that refer to polls. None has an index, which a database that works never needs.
_POLL_REFERENCES = (
    matches.c.first_poll_id,
    articles.c.first_poll_id,
    revisions.c.poll_id,
    citations.c.first_poll_id,
    changes.c.poll_id,
    answers.c.poll_id,
)


@dataclass(frozen=True, slots=True)
class TopicHoldings:
    """What is held of a topic: `articles` that no other topic watches and `shared_articles` that another does too.

    `people` is how many have chosen to get its digests, or no longer to get them; `only_here` of these chose nothing
    of another topic.
    """

    articles: int
    shared_articles: int
    answers: int
    screenings: int
    digests: int
    deliveries: int
    people: int
    only_here: int


def holdings(tx: Tx, topic: str) -> TopicHoldings:
    """What would be lost with the topic, and what would stay."""
    own = tx.scalar(select(func.count()).select_from(articles).where(_is_of_topic_alone(tx, topic))) or 0
    matched = articles.c.pmid.in_(select(matches.c.pmid).where(matches.c.topic == topic))
    return TopicHoldings(
        articles=own,
        shared_articles=(tx.scalar(select(func.count()).select_from(articles).where(matched)) or 0) - own,
        answers=_count(tx, answers, topic),
        screenings=_count(tx, screenings, topic),
        digests=_count(tx, digests, topic),
        deliveries=tx.scalar(select(func.count()).where(deliveries.c.subscription_id.in_(_subscriptions(topic)))) or 0,
        people=_count(tx, subscriptions, topic),
        only_here=tx.scalar(select(func.count()).select_from(subscribers).where(_is_subscriber_alone(topic))) or 0,
    )


def delete_topic(db: Database, topic: str) -> None:
    """Delete everything held of the topic alone, in one transaction."""
    with db.migrate() as tx, _references_indexed(tx):
        people = list(tx.scalars(select(subscribers.c.id).where(_is_subscriber_alone(topic))))
        _delete_mailing(tx, topic)
        for number in people:
            tx.execute(delete(subscribers).where(subscribers.c.id == number))
        _delete_literature(tx, topic)
        _delete_history(tx, topic)
        tx.execute(delete(topics).where(topics.c.key == topic))


def _count(tx: Tx, table: Table, topic: str) -> int:
    return tx.scalar(select(func.count()).select_from(table).where(table.c.topic == topic)) or 0


def _subscriptions(topic: str) -> Select[int]:
    return select(subscriptions.c.id).where(subscriptions.c.topic == topic)


def _is_subscriber_alone(topic: str) -> ColumnElement[bool]:
    """A person with a subscription to this topic and to no other."""
    of_person = subscriptions.c.subscriber_id == subscribers.c.id
    return and_(
        exists().where(of_person, subscriptions.c.topic == topic),
        ~exists().where(of_person, subscriptions.c.topic != topic),
    )


def _delete_mailing(tx: Tx, topic: str) -> None:
    """Digests, deliveries and choices. Requests for mails go on counting for the limits, as those of nobody."""
    mine = _subscriptions(topic)
    tx.execute(delete(bounces).where(bounces.c.subscription_id.in_(mine)))
    of_nobody = {"subscription_id": None, "next_try_at": None, "lease_token": None}
    tx.execute(update(transactional_mails).where(transactional_mails.c.subscription_id.in_(mine)).values(of_nobody))
    issues = select(digests.c.id).where(digests.c.topic == topic)
    is_mine = or_(deliveries.c.subscription_id.in_(mine), deliveries.c.digest_id.in_(issues))
    tx.execute(delete(deliveries).where(is_mine))
    tx.execute(delete(consents).where(consents.c.subscription_id.in_(mine)))
    for table in (subscriptions, digest_schedules, digest_changes, digests, changes):
        tx.execute(delete(table).where(table.c.topic == topic))


def _delete_literature(tx: Tx, topic: str) -> None:
    """Articles that no other topic watches, with what is held of each; then what the topic found and judged."""
    is_alone = _is_of_topic_alone(tx, topic)
    own = select(articles.c.pmid).where(is_alone)
    tx.execute(delete(revisions).where(revisions.c.pmid.in_(own)))
    seed = _own_seed(tx, topic)
    if seed:
        tx.execute(delete(citations).where(citations.c.cited == seed))
        tx.execute(delete(seed_context).where(seed_context.c.seed == seed))
    tx.execute(delete(articles).where(is_alone))
    for table in (matches, unread, verdicts, screenings, trial_links, searches, search_edits, source_states, notices):
        tx.execute(delete(table).where(table.c.topic == topic))


def _is_of_topic_alone(tx: Tx, topic: str) -> ColumnElement[bool]:
    """An article that the topic has matched, or its seed, which no other topic has matched and none has as seed."""
    other = matches.alias()
    matched = exists().where(matches.c.pmid == articles.c.pmid, matches.c.topic == topic)
    matched_elsewhere = exists().where(other.c.pmid == articles.c.pmid, other.c.topic != topic)
    seed_elsewhere = exists().where(topics.c.seed_pmid == articles.c.pmid, topics.c.key != topic)
    is_ours = or_(matched, articles.c.pmid == (_own_seed(tx, topic) or None))
    return and_(is_ours, ~matched_elsewhere, ~seed_elsewhere)


def _own_seed(tx: Tx, topic: str) -> str:
    """The PMID of the topic's seed; "" when it has none, and when another topic has the same."""
    seed = tx.scalar(select(topics.c.seed_pmid).where(topics.c.key == topic)) or ""
    shared = select(topics.c.key).where(topics.c.seed_pmid == seed, topics.c.key != topic)
    return "" if tx.execute(shared).first() else seed


def _delete_history(tx: Tx, topic: str) -> None:
    """Answers, and the polls to which nothing refers any more."""
    with _answers_deletable(tx):
        tx.execute(delete(answers).where(answers.c.topic == topic))
    tx.execute(delete(polls).where(polls.c.topic == topic, polls.c.id.not_in(_referenced_polls())))


def _referenced_polls() -> CompoundSelect[int]:
    return union(*(select(column).where(column.is_not(None)) for column in _POLL_REFERENCES))


@contextmanager
def _answers_deletable(tx: Tx) -> Iterator[None]:
    """While the block lasts the trigger that keeps answers append-only is away; another transaction waits."""
    if tx.dialect.name == "sqlite":
        made = tx.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'answers_not_deleted'"))
        tx.execute(text("DROP TRIGGER answers_not_deleted"))
        yield
        tx.exec_driver_sql(str(made))
    else:
        tx.execute(text("ALTER TABLE answers DISABLE TRIGGER answers_not_changed"))
        yield
        tx.execute(text("ALTER TABLE answers ENABLE TRIGGER answers_not_changed"))


@contextmanager
def _references_indexed(tx: Tx) -> Iterator[None]:
    """On PostgreSQL: indexes for the block, so that it need not search six tables for each poll that is deleted.

    On SQLite references are not checked in this transaction.
    """
    if tx.dialect.name == "sqlite":
        yield
        return
    names = [f"deletion_{column.table.name}" for column in _POLL_REFERENCES]
    for name, column in zip(names, _POLL_REFERENCES, strict=True):
        tx.execute(text(f"CREATE INDEX {name} ON {column.table.name} ({column.name})"))
    yield
    for name in names:
        tx.execute(text(f"DROP INDEX {name}"))
