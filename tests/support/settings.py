"""A database of a topic under surveillance, as polls leave it: searches with baselines, an answer, readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor import store
from monitor.links import Links
from monitor.model import (
    Answer,
    AnswerRecord,
    Change,
    ChangeKind,
    DigestPlan,
    Frequency,
    Outcome,
    Poll,
    PubMedSettings,
    Settings,
    SmtpSettings,
    Subscription,
    SubscriptionState,
    Topic,
    WebSettings,
)
from monitor.store import Database
from tests.support import digest_samples
from tests.support.digest_samples import CHANGES, NOW, THREE, TWO

#: The Monday before the news; NOW is the Monday of the news.
START = NOW - timedelta(days=7)
TOPIC = replace(digest_samples.TOPIC, digest=DigestPlan(monthday=15, quiet_every=timedelta(days=28)))


def settings(smtp: SmtpSettings, topic: Topic = TOPIC) -> Settings:
    """Settings as an operator would write them."""
    return Settings(
        path=Path("monitor.yaml"),
        pubmed=PubMedSettings("operator@example.org"),
        smtp=smtp,
        topics=(topic,),
        database_url="",
        postal_address=digest_samples.SITE.postal_address,
        operator_email="operator@example.org",
        web=WebSettings(public_url="https://monitor.example.org"),
        secret_keys=("a-key-of-the-tests-0123456789",),
    )


def links(settings: Settings) -> Links:
    """The signed links of an installation."""
    return Links(settings.secret_keys, settings.web.public_url)


def watched(db: Database, at: datetime = START, topic: Topic = TOPIC) -> None:
    """Every search has its baseline, and the question the answer of two trials."""
    with db.begin() as tx:
        store.searches.sync(tx, [topic], at)
        for search in topic.searches:
            polled(tx, search.name, at, is_baseline=True)
        store.answers.add(tx, AnswerRecord(TWO, at, is_baseline=True))


def polled(
    tx: store.Tx,
    search: str,
    at: datetime,
    outcome: Outcome = Outcome.OK,
    *,
    is_baseline: bool = False,
    error: str = "HTTP 502",
    warnings: tuple[str, ...] = (),
) -> None:
    """One search was polled; `error` is why it failed, if it did, `warnings` what PubMed said of the query."""
    token = store.searches.claim(tx, "ccsvi", search, at, early=True)
    assert token
    failed = outcome is Outcome.FAILED
    poll = Poll(
        "ccsvi", search, at, at + timedelta(seconds=2), outcome, is_baseline, "CCSVI[tiab]", "CCSVI[Title/Abstract]",
        count=None if failed else 912, error=error if failed else "", warnings=warnings,
    )  # fmt: skip
    store.polls.add(tx, poll)
    store.searches.finish(tx, poll, token, at + timedelta(days=1), at)


def subscribe(db: Database, address: str, frequency: Frequency = Frequency.WEEKLY, at: datetime = START) -> int:
    """An active subscription; returns its id."""
    with db.begin() as tx:
        return store.subscribers.add(tx, Subscription("ccsvi", address, frequency, SubscriptionState.ACTIVE), at)


def unsubscribe(db: Database, number: int, at: datetime = NOW) -> None:
    """The subscriber unsubscribes."""
    with db.begin() as tx:
        store.subscribers.set_state(tx, number, SubscriptionState.UNSUBSCRIBED, at, "asked")


def happen(db: Database, changes: Sequence[Change] = CHANGES[1:], answer: Answer | None = None) -> list[Change]:
    """These changes are found; with `answer`, it is the new one."""
    with db.begin() as tx:
        store.articles.save(tx, digest_samples.ARTICLES.values(), NOW)
        store.verdicts.save(tx, digest_samples.VERDICTS.values(), NOW)
        stored = [replace(change, id=0) for change in changes]
        if answer:
            number = store.answers.add(tx, AnswerRecord(answer, NOW, previous=TWO.state))
            stored.append(Change("ccsvi", ChangeKind.ANSWER, NOW, answer_id=number))
        return store.changes.add(tx, stored)


def news_of_three(db: Database) -> list[Change]:
    """The week in which the third trial appeared."""
    return happen(db, answer=THREE)
