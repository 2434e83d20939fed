"""A mail about an article replies to the mail that first told of it: the one this reader has, or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.delivery.deliver import Delivered, deliver_due
from monitor.delivery.personalize import DigestPersonalizer
from monitor.digests.compose import compose_due
from monitor.mail.smtp import SmtpMailer
from monitor.model import ChangeKind, Settings
from monitor.store import Database
from tests.support.digest_samples import NOW, change
from tests.support.mail_servers import Mailbox
from tests.support.settings import START, happen, links, settings, subscribe, watched

WEEK, HOUR = timedelta(days=7), timedelta(hours=1)
#: After every retry of what was sent a week before.
CORRECTED_AT = NOW + WEEK
READERS = ("a@example.org", "b@example.org")


@pytest.fixture
def configured(db: Database, mailbox: Mailbox) -> Settings:
    """Settings whose mail server is the mailbox; two readers were welcomed, news of an article wait."""
    configured = settings(mailbox.settings())
    watched(db)
    for address in READERS:
        subscribe(db, address)
    compose_due(configured, db, START)
    deliver(db, configured, START)
    mailbox.arrived.clear()
    happen(db)
    compose_due(configured, db, NOW)
    return configured


def deliver(db: Database, configured: Settings, at: datetime) -> Delivered:
    """One round."""
    return deliver_due(configured, links(configured), db, SmtpMailer(configured.smtp), at)


def corrected(db: Database, configured: Settings) -> None:
    """A week later the article is corrected, and the digest about it is in the outbox."""
    happen(db, [change(ChangeKind.CORRECTED, "30537671", 9)])
    assert len(compose_due(configured, db, CORRECTED_AT)) >= 1


def ids(mailbox: Mailbox, address: str) -> list[str]:
    """The Message-IDs a reader got, in their order."""
    return [str(mail.message["Message-ID"]) for mail in mailbox.to(address)]


def replies(mailbox: Mailbox, address: str) -> str | None:
    """What the last mail to a reader replies to; both headers say the same."""
    last = mailbox.to(address)[-1].message
    assert last["References"] == last["In-Reply-To"]
    return last["In-Reply-To"] and str(last["In-Reply-To"])


@pytest.mark.parametrize("happening", ["nothing", "a new key", "a new domain for bounces"])
def test_a_correction_replies_to_the_mail_each_reader_has(
    db: Database, mailbox: Mailbox, configured: Settings, happening: str
) -> None:
    """Also when Message-IDs are made in another way by then."""
    deliver(db, configured, NOW)
    if happening == "a new key":
        configured = replace(configured, secret_keys=("a-new-key-of-the-tests-9876543210", *configured.secret_keys))
    elif happening == "a new domain for bounces":
        configured = replace(configured, smtp=replace(configured.smtp, bounce_domain="bounce.example.org"))
    corrected(db, configured)
    assert deliver(db, configured, CORRECTED_AT) == Delivered(sent=2)
    for address in READERS:
        first, second = ids(mailbox, address)
        assert (replies(mailbox, address), second == first) == (first, False)


def test_who_joined_later_gets_no_reply_to_a_mail_they_never_had(
    db: Database, mailbox: Mailbox, configured: Settings
) -> None:
    """The others do."""
    deliver(db, configured, NOW)
    subscribe(db, "late@example.org", at=NOW + HOUR)
    corrected(db, configured)
    deliver(db, configured, CORRECTED_AT)
    assert replies(mailbox, "late@example.org") is None
    assert replies(mailbox, "a@example.org") == ids(mailbox, "a@example.org")[0]


def test_a_mail_that_was_refused_is_not_replied_to(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """It never arrived."""
    mailbox.answers["a@example.org"] = ["550 5.7.1 not today"]
    assert deliver(db, configured, NOW) == Delivered(sent=1, failed=1)
    corrected(db, configured)
    assert deliver(db, configured, CORRECTED_AT) == Delivered(sent=2)
    assert replies(mailbox, "a@example.org") is None
    assert replies(mailbox, "b@example.org") is not None


def test_a_mail_that_may_have_arrived_is_replied_to(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """Its answer was always lost; the mail is there."""
    for day in range(5):
        mailbox.drop_after_data.add("a@example.org")
        deliver(db, configured, NOW + timedelta(days=day))
    corrected(db, configured)
    mailbox.drop_after_data.clear()
    deliver(db, configured, CORRECTED_AT)
    assert replies(mailbox, "a@example.org") == ids(mailbox, "a@example.org")[0]


def test_mails_that_waited_together_go_out_as_one_thread(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """Sending was held back for a week; both are claimed at once, the first goes first."""
    corrected(db, configured)
    assert deliver(db, configured, CORRECTED_AT) == Delivered(sent=4)
    for address in READERS:
        assert replies(mailbox, address) == ids(mailbox, address)[0]


def test_however_many_readers_there_are_it_is_asked_once_a_batch(db: Database, configured: Settings) -> None:
    """One question for all who get the correction."""
    for number in range(40):
        subscribe(db, f"reader{number}@example.org", at=NOW - HOUR)
    deliver(db, configured, NOW)
    corrected(db, configured)
    copies, heard = DigestPersonalizer(configured, links(configured), db), []
    with db.begin() as tx:
        batch = store.deliveries.claim(tx, CORRECTED_AT, 100)
        copies.with_in_reply_to(tx, batch)
        sa.event.listen(tx, "before_cursor_execute", lambda *said: heard.append(said[2]))
        with_in_reply_to = copies.with_in_reply_to(tx, batch)
    assert len({one.in_reply_to for one in with_in_reply_to} - {""}) == len(READERS) < len(batch)
    assert len(heard) == 1
