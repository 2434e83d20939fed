"""Everybody reads the digest at the topic's hour on their own clock, and what it says is still true by then."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.delivery.deliver import deliver_due
from monitor.digests.compose import compose_due
from monitor.mail.smtp import SmtpMailer
from monitor.model import Frequency, Outcome, Settings, Subscription, SubscriptionState
from monitor.store import Database
from monitor.store.schema import mail_tables
from tests.support.digest_samples import NOW
from tests.support.mail_servers import Mailbox
from tests.support.settings import START, links, news_of_three, polled, settings, watched

#: The topic's zone is UTC, its hour 07:00.
ZONES = ("UTC", "Africa/Abidjan", "Europe/London", "Africa/Lagos", "Atlantic/Azores", "America/New_York", "Asia/Tokyo")


@pytest.fixture
def configured(db: Database, mailbox: Mailbox) -> Settings:
    """Settings whose mail server is the mailbox; one reader in each zone was welcomed, and there are news."""
    configured = settings(mailbox.settings())
    watched(db)
    with db.begin() as tx:
        for zone in ZONES:
            reader = Subscription("ccsvi", f"{zone}@example.org", Frequency.WEEKLY, SubscriptionState.ACTIVE)
            store.subscribers.add(tx, replace(reader, timezone=zone), START)
    compose_due(configured, db, START)
    deliver_due(configured, links(configured), db, SmtpMailer(configured.smtp), START)
    mailbox.arrived.clear()
    news_of_three(db)
    return configured


def waits(db: Database) -> dict[str, str]:
    """When each reader's copy of the last digest goes out, by their zone."""
    sent, readers = mail_tables.deliveries.c, mail_tables.subscriptions
    last = sa.select(sa.func.max(sent.digest_id)).scalar_subquery()
    rows = sa.select(readers.c.timezone, sent.next_try_at).join(readers).where(sent.digest_id == last)
    with db.read() as tx:
        return {zone: f"{at:%d %H:%M}" for zone, at in tx.execute(rows)}


@pytest.mark.parametrize(
    ("composed", "goes"),
    [
        (NOW, ["01 07:00", "01 07:00", "01 07:00", "01 07:00", "01 07:00", "01 11:00", "01 22:00"]),
        (
            NOW + timedelta(hours=3, minutes=30),
            ["01 10:30", "01 10:30", "01 10:30", "01 10:30", "01 10:30", "01 11:00", "01 22:00"],
        ),
    ],
    ids=["in time", "late"],
)
def test_a_late_digest_makes_nobody_wait_for_the_next_day(
    db: Database, configured: Settings, composed: datetime, goes: list[str]
) -> None:
    """The machine was off over the hour of those in Abidjan, who have the clock of the topic; others are not yet up."""
    compose_due(configured, db, composed)
    assert waits(db) == dict(zip(ZONES, goes, strict=True))


def test_a_mail_that_was_stored_says_nothing_that_depends_on_when_it_is_read(
    db: Database, mailbox: Mailbox, configured: Settings
) -> None:
    """When a search last succeeded and since when it fails is said in instants, in either part of the mail."""
    with db.begin() as tx:
        polled(tx, "ccsvi", NOW - timedelta(hours=4))
        polled(tx, "citing", NOW - timedelta(hours=4), Outcome.FAILED)
    compose_due(configured, db, NOW)
    deliver_due(configured, links(configured), db, SmtpMailer(configured.smtp), NOW + timedelta(hours=16))
    (mail,) = mailbox.to("Asia/Tokyo@example.org")
    for part in ("plain", "html"):
        body = mail.message.get_body((part,))
        assert body is not None
        said = " ".join(re.sub(r"<[^>]*>", "", body.get_content()).split())
        assert "Last success 1 Oct 2018, 12:00 JST" in said
        assert "failed once since 1 Oct 2018, 12:00 JST" in said
        assert not re.search(r"\b(moments|minutes?|hours?|days?) ago\b", said)
