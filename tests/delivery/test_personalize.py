"""Each reader's copy of a digest: whose it is, where its links lead, in which language its dates are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from monitor import store
from monitor.delivery import personalize
from monitor.delivery.attachments import Attachment
from monitor.delivery.personalize import DigestPersonalizer, date_language
from monitor.links import Links, Purpose
from monitor.model import (
    Branding,
    Delivery,
    DeliveryState,
    Digest,
    DigestKind,
    Rendered,
    SendOutcome,
    SendResult,
    Settings,
    SmtpSettings,
    WebSettings,
)
from monitor.render.placeholders import DatePlaceholder, placeholder
from monitor.store import Database
from tests.support.digest_samples import news
from tests.support.factories import DAY, NOW, digest, subscription
from tests.support.settings import settings

SMTP = SmtpSettings("mail.example.org", "Monitor <monitor@example.org>")
PAGES = settings(SMTP)
NO_PAGES = replace(PAGES, web=WebSettings())
WHEN = placeholder(DatePlaceholder("2026-11-23T07:00Z"))
RENDERED = Rendered("Subject", f"Text of {WHEN}.", "<p>HTML</p>", language="fr")
READER = "reader@example.net"


def links(configured: Settings) -> Links:
    """Links of these settings."""
    return Links(configured.secret_keys, configured.web.public_url)


def a_copy(**fields: object) -> Delivery:
    """The copy of digest 1 for subscription 1."""
    sent = Delivery(5, 1, 1, READER, "<5@example.org>", DeliveryState.SENDING)
    return replace(sent, **fields)  # type: ignore[arg-type]  # any field of Delivery


def stored(db: Database, *digests: Digest) -> None:
    """These digests, and a subscription of the reader."""
    with db.begin() as tx:
        store.subscribers.add(tx, subscription(READER), NOW)
        for one in digests or (digest(),):
            store.digests.add(tx, one, RENDERED, NOW)


def written(
    db: Database, configured: Settings, delivery: Delivery, at: datetime = NOW
) -> tuple[str, str, EmailMessage]:
    """Envelope sender, address and mail."""
    sender, address, raw = DigestPersonalizer(configured, links(configured), db).message(delivery, at)
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return sender, address, message


def text(message: EmailMessage) -> str:
    """Its text part."""
    part = message.get_body(("plain",))
    assert part
    return str(part.get_content())


def test_a_copy_where_there_are_pages_and_a_domain_for_bounces(sqlite_db: Database) -> None:
    """One click leaves, a mail does too, and what comes back tells whose it was."""
    stored(sqlite_db)
    bounces = replace(PAGES, smtp=replace(SMTP, bounce_domain="b.example.org"), branding=Branding(reply_to="re@x.org"))
    sender, address, message = written(sqlite_db, bounces, a_copy(in_reply_to="<1@example.org>"))
    token = links(bounces).token(Purpose.UNSUBSCRIBE, 1)
    assert (links(bounces).read_bounce_address(sender), address, message["To"]) == (5, READER, READER)
    assert sender.endswith("@b.example.org")
    assert message["List-Unsubscribe"] == (
        f"<https://monitor.example.org/unsubscribe/{token}>, "
        f"<mailto:bounces+unsubscribe@b.example.org?subject=unsubscribe%20{token}>"
    )
    assert (message["Message-ID"], message["In-Reply-To"]) == ("<5@example.org>", "<1@example.org>")
    assert (message["From"], message["Reply-To"]) == ("Monitor <monitor@example.org>", "re@x.org")
    assert message["List-ID"] == "<ccsvi.b.example.org>"
    assert message["List-Help"] == "<mailto:operator@example.org?subject=help>"
    assert message["List-Archive"] == "<https://monitor.example.org/topics/ccsvi>"
    assert message["Date"].datetime == NOW


def test_a_copy_where_there_are_none(sqlite_db: Database) -> None:
    """Leaving is by a mail to the operator, who gets what comes back as well."""
    stored(sqlite_db)
    sender, _, message = written(sqlite_db, NO_PAGES, a_copy())
    token = links(NO_PAGES).token(Purpose.UNSUBSCRIBE, 1)
    assert sender == "monitor@example.org"
    assert message["List-Unsubscribe"] == f"<mailto:operator@example.org?subject=unsubscribe%20{token}>"
    assert [message[name] for name in ("List-Archive", "Reply-To", "In-Reply-To", "List-Unsubscribe-Post")] == [
        None
    ] * 4


@pytest.mark.parametrize("kind", [DigestKind.NEWS, DigestKind.WELCOME])
def test_links_in_a_copy_are_its_readers_and_the_page_of_a_welcome_is_not_listed(
    sqlite_db: Database, kind: DigestKind
) -> None:
    """A welcome is for the one who gets it; that of a digest is in the archive."""
    stored(sqlite_db, replace(digest(), kind=kind))
    writer = DigestPersonalizer(PAGES, links(PAGES), sqlite_db)
    template, page, language = writer._template(1, ())
    assert page == links(PAGES).digest_url(1, is_listed=kind is DigestKind.NEWS)
    assert (language, template) == ("fr", writer._template(1, ())[0]), "it is written once"


@pytest.mark.parametrize(
    ("language", "zone", "shown"),
    [
        ("en", "UTC", "23 nov. 2026, 07:00 UTC"),
        ("de", "Europe/Berlin", "23. Nov. 2026, 08:00 CET"),
    ],
)
def test_dates_are_in_the_readers_language_and_on_their_clock(
    sqlite_db: Database, language: str, zone: str, shown: str
) -> None:
    """Who chose no language has that of the mail."""
    stored(sqlite_db)
    _, _, message = written(sqlite_db, PAGES, a_copy(language=language, timezone=zone))
    assert text(message).strip() == f"Text of {shown}."
    assert [date_language(*given) for given in (("en", "fr"), ("de", "fr"), ("de", "en"))] == ["fr", "de", "de"]


def test_a_mail_that_updates_another_replies_to_the_one_its_reader_got(sqlite_db: Database) -> None:
    """Those who got none, and the mails that update nothing, reply to nothing."""
    stored(sqlite_db, digest(), replace(digest(), replies_to=1), digest())
    with sqlite_db.begin() as tx:
        store.deliveries.enqueue_for(tx, 1, [1], NOW, lambda *_: "<first@x>")
        (first,) = store.deliveries.claim(tx, NOW, 9)
        store.deliveries.record(tx, [(first, SendResult(SendOutcome.SENT, 250), None)], NOW)
        writer = DigestPersonalizer(PAGES, links(PAGES), sqlite_db)
        batch = [a_copy(digest_id=2), a_copy(digest_id=3), a_copy(digest_id=2, subscription_id=9)]
        assert [one.in_reply_to for one in writer.with_in_reply_to(tx, batch)] == ["<first@x>", "", ""]
        assert writer.with_in_reply_to(tx, batch[1:2]) == batch[1:2]


@pytest.mark.parametrize("files", [(), (Attachment("a.ris", "application/x-ris", b"one"),)])
def test_a_test_mail_is_like_a_copy_and_leads_nowhere(files: Sequence[Attachment]) -> None:
    """It has no reader: whoever gets it leaves by writing to the operator. Dates are on the topic's clock."""
    topic = PAGES.topics[0]
    berlin = replace(PAGES, topics=(replace(topic, digest=replace(topic.digest, timezone="Europe/Berlin")),))
    sender, address, raw = personalize.test_message(berlin, news(), RENDERED, "me@example.net", NOW + DAY, files)
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert (sender, address, message["To"]) == ("monitor@example.org", "me@example.net", "me@example.net")
    assert message["List-Unsubscribe"] == "<mailto:operator@example.org?subject=unsubscribe>"
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Date"].datetime == NOW + DAY
    assert text(message).strip() == "Text of 23 nov. 2026, 08:00 CET."
    attached = [part for part in message.walk() if part.get_content_disposition() == "attachment"]
    assert [part.get_filename() for part in attached] == [one.name for one in files]
