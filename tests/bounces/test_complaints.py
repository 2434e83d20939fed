"""Complaints: in both forms, from a named source or not, made up or not; and what they end."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from monitor import store
from monitor.bounces.process import Outcome, Processed, process
from monitor.links import Links
from monitor.mail import dsn
from monitor.model import BounceKind, SubscriptionState
from monitor.store import Database
from tests.support import returned_mails
from tests.support.factories import NOW, message_id
from tests.support.mailboxes import KEYS, READER, sent_to_the_reader

OURS = message_id(1, 1)
PASSED = "Authentication-Results: mx.example.org; dkim=pass (2048-bit) header.d=fbl.provider.example; spf=none\r\n"


def jmrp(
    field: str = "X-HmXmrOriginalRecipient: reader@example.org", subject: str = "complaint about message"
) -> bytes:
    """Microsoft's older form: the mail complained about as an attachment, a field of JMRP in it, no RFC 5965 part."""
    return (
        f"From: staff@hotmail.example\r\nTo: abuse@example.org\r\nSubject: {subject}\r\nMessage-ID: <j@x>\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        f"{field}\r\nMessage-ID: {OURS}\r\nSubject: 1 new article\r\n\r\nText\r\n--b--\r\n"
    ).encode()


def taken(db: Database, raw: bytes, *sources: str) -> Processed:
    """One complaint, a day after the digest went out."""
    return process(db, raw, Links(KEYS), NOW + timedelta(days=1), sources)


def state(db: Database) -> SubscriptionState:
    """Of the reader's subscription."""
    with db.read() as tx:
        return store.subscribers.find(tx, READER)[0].state


@pytest.mark.parametrize(
    "raw",
    [
        returned_mails.complaint("b@example.org", OURS),
        returned_mails.complaint("b@example.org", OURS, "opt-out"),
        returned_mails.complaint("b@example.org", OURS, "fraud"),
        returned_mails.complaint("b@example.org", OURS).replace(
            b"message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n",
            b"message/feedback-report\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.b64encode(b"Feedback-Type: abuse\r\n")
            + b"\r\n",
        ),
        returned_mails.complaint("b@example.org", OURS).replace(b"message/feedback-report", b"text/plain"),
        jmrp(),
        jmrp("X-Reporter-IP: 192.0.2.1"),
        jmrp("X-Other: none", "Complaint about message from 192.0.2.1"),
    ],
)
def test_both_forms_are_known(db: Database, raw: bytes) -> None:
    """RFC 5965 of every type that takes something back, and Microsoft's older form."""
    sent_to_the_reader(db)
    assert dsn.read(raw).kind is BounceKind.COMPLAINT
    assert taken(db, raw).outcome is Outcome.COMPLAINT
    assert state(db) is SubscriptionState.UNSUBSCRIBED


@pytest.mark.parametrize(
    "raw",
    [
        returned_mails.complaint("b@example.org", OURS, "not-spam"),
        returned_mails.complaint("b@example.org", OURS, "auth-failure"),
        jmrp("X-Other: none"),
        b"From: Jane <jane@x.example>\r\nSubject: A complaint about message three\r\n\r\nI did not like it.",
    ],
)
def test_what_takes_nothing_back_ends_nothing(db: Database, raw: bytes) -> None:
    """Feedback of other types, a person who forwards a digest."""
    sent_to_the_reader(db)
    assert taken(db, raw).outcome is Outcome.NO_BOUNCE
    assert state(db) is SubscriptionState.ACTIVE


@pytest.mark.parametrize(
    ("head", "outcome"),
    [
        (PASSED, Outcome.COMPLAINT),
        (PASSED.replace("fbl.provider", "other"), Outcome.UNPROVED_COMPLAINT),
        (PASSED.replace("dkim=pass", "dkim=fail"), Outcome.UNPROVED_COMPLAINT),
        (PASSED.replace("fbl.provider.example", "fbl.provider.example.evil.example"), Outcome.UNPROVED_COMPLAINT),
        (PASSED.replace("fbl.provider.example", "notprovider.example"), Outcome.UNPROVED_COMPLAINT),
        (
            "Authentication-Results: mx.example.org; dkim=fail header.d=x.example\r\n" + PASSED,
            Outcome.UNPROVED_COMPLAINT,
        ),
        ("Authentication-Results: mx; spf=pass smtp.mailfrom=fbl@provider.example\r\n", Outcome.COMPLAINT),
        (
            "Authentication-Results: mx;\r\n\tdmarc=pass (p=none)\r\n\theader.from=Provider.Example\r\n",
            Outcome.COMPLAINT,
        ),
        ("", Outcome.UNPROVED_COMPLAINT),
    ],
)
def test_where_sources_are_named_only_theirs_count(db: Database, head: str, outcome: Outcome) -> None:
    """As our own mail server found at the head of the mail; what others wrote below it does not count."""
    sent_to_the_reader(db)
    raw = head.encode() + returned_mails.complaint("b@example.org", OURS)
    assert taken(db, raw, "provider.example", "another.example").outcome is outcome
    is_active = state(db) is SubscriptionState.ACTIVE
    assert is_active is (outcome is Outcome.UNPROVED_COMPLAINT)


def test_an_unproved_complaint_counts_once_it_comes_from_a_source(db: Database) -> None:
    """The made-up one must not take its place."""
    sent_to_the_reader(db)
    raw = returned_mails.complaint("b@example.org", OURS)
    assert taken(db, raw, "provider.example") == Processed(
        Outcome.UNPROVED_COMPLAINT, READER, '<feedback@provider.example>, "FW: 1 new article"'
    )
    assert taken(db, PASSED.encode() + raw, "provider.example").outcome is Outcome.COMPLAINT


def test_one_known_message_id_does_not_keep_a_reader_away_for_ever(db: Database) -> None:
    """Whoever came back is not ended again by a complaint about a digest of before, whoever makes it up."""
    sent_to_the_reader(db)
    raw = returned_mails.complaint("b@example.org", OURS)
    assert taken(db, raw).outcome is Outcome.COMPLAINT
    with db.begin() as tx:
        store.subscribers.set_state(tx, 1, SubscriptionState.ACTIVE, NOW + timedelta(days=2))
    again = raw.replace(b"<arf@provider.example>", b"<made-up@provider.example>")
    assert [taken(db, again).outcome, taken(db, again).outcome] == [Outcome.OLD_COMPLAINT, Outcome.KNOWN]
    assert state(db) is SubscriptionState.ACTIVE


@pytest.mark.parametrize(
    "spelling",
    [
        str.upper,
        str.title,
        lambda address: address.partition("@")[0] + "@EXAMPLE.NET",
        lambda address: address.partition("@")[0],
        lambda address: f"prvs=1234abcd={address}",
        lambda address: "SRS0=HHH=TT=example.org=" + address.partition("@")[0] + "@forwarder.example",
    ],
)
def test_the_signed_address_is_found_in_other_spellings(db: Database, spelling: object) -> None:
    """Servers fold its case; BATV and SRS write something before it."""
    assert callable(spelling)
    verp = str(spelling(sent_to_the_reader(db)))
    assert taken(db, returned_mails.postfix(verp, "<x@y>")).outcome is Outcome.HARD


def test_the_signed_address_may_stand_anywhere_in_the_mail(db: Database) -> None:
    """In the text alone, as some servers quote it."""
    verp = sent_to_the_reader(db)
    raw = (
        "From: MAILER-DAEMON@mx.example.net\r\nTo: postmaster@example.org\r\nSubject: failure notice\r\n\r\n"
        f"Your mail was sent as {verp.upper()}.\r\n\r\n<r@example.org>: 550 5.1.1 unknown user\r\n"
    )
    assert taken(db, raw.encode()).outcome is Outcome.HARD
