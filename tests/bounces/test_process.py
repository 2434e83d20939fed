"""Mail that comes back: what each kind means, whose it is, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import store
from monitor.bounces import process
from monitor.bounces.process import Outcome
from monitor.bounces.suspension import bounce_from_permanent_rejection
from monitor.delivery import deliver
from monitor.errors import ConfigError
from monitor.links import Links, Purpose
from monitor.mail import dsn, mailbox
from monitor.mail.smtp import SmtpMailer
from monitor.model import (
    Bounce,
    BounceKind,
    ConsentEvent,
    Delivery,
    DeliveryState,
    Frequency,
    SendOutcome,
    SendResult,
    SubscriptionState,
    TransactionalKind,
    TransactionalMail,
)
from monitor.store import Database
from monitor.subscribers import admin, opt_in
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import SubscriptionRequest
from tests.support import returned_mails
from tests.support.factories import NOW, RENDERED, digest, message_id, outbox, subscription
from tests.support.site import RunningSite

KEYS = ("a-key-of-at-least-32-characters-long-1", "an-older-key-of-at-least-32-characters")
LINKS = Links(KEYS, "https://monitor.example.org")
READER = "reader@example.org"
Shape = Callable[[str, str], bytes]


def take(db: Database, raw: bytes, days: int = 1) -> process.Processed:
    """Take in one returned mail, so many days after the digest went out."""
    return process.process(db, raw, LINKS, NOW + timedelta(days=days))


@pytest.fixture
def verp(db: Database) -> str:
    """The bounce address of the one delivery there is."""
    with db.begin() as tx:
        outbox(tx, READER)
        (delivery,) = store.deliveries.claim(tx, NOW, 10, timedelta(minutes=5))
    return LINKS.bounce_address(delivery.id, "bounces.example.org")


def state(db: Database) -> SubscriptionState:
    """Where the reader stands."""
    with db.read() as tx:
        return store.subscribers.find(tx, READER)[0].state


@pytest.mark.parametrize(
    ("shape", "kind", "status"),
    [
        (returned_mails.postfix, BounceKind.HARD, "5.1.1"),
        (returned_mails.exim, BounceKind.HARD, "5.0.0"),
        (returned_mails.exchange, BounceKind.HARD, "5.0.0"),
        (returned_mails.qmail, BounceKind.HARD, ""),
        (returned_mails.delayed, BounceKind.SOFT, "4.4.1"),
        (returned_mails.full, BounceKind.SOFT, "5.2.2"),
        (returned_mails.spam_refused, BounceKind.SOFT, "5.7.1"),
        (returned_mails.complaint, BounceKind.COMPLAINT, ""),
        (returned_mails.out_of_office, None, ""),
        (returned_mails.delivered, None, "2.0.0"),
    ],
)
def test_each_kind_of_returned_mail_means_what_it_means(shape: Shape, kind: BounceKind | None, status: str) -> None:
    """Hard only when the address itself is the reason."""
    returned = dsn.read(shape("bounces+1-abc@bounces.example.org", "<1.1@monitor.example>"))
    assert (returned.kind, returned.status) == (kind, status)
    if kind:
        assert "<1.1@monitor.example>" in returned.message_ids
        assert "bounces+1-abc@bounces.example.org" in returned.addresses


@pytest.mark.parametrize(
    "shape", [returned_mails.postfix, returned_mails.exim, returned_mails.exchange, returned_mails.qmail]
)
def test_the_signed_address_tells_whose_it_is(db: Database, verp: str, shape: Shape) -> None:
    """Also when what came back names no Message-ID."""
    taken = take(db, shape(verp, "<unknown@elsewhere>"))
    assert (taken.outcome, taken.address) == (Outcome.HARD, READER)


@pytest.mark.parametrize(
    "shape",
    [returned_mails.postfix, returned_mails.exim, returned_mails.exchange, returned_mails.qmail, returned_mails.full],
)
def test_where_there_is_no_bounce_domain_the_message_id_tells(db: Database, verp: str, shape: Shape) -> None:
    """The mail came back to a plain address."""
    assert verp
    assert take(db, shape("monitor@example.org", message_id(1, 1))).address == READER


def test_a_forged_bounce_counts_for_nothing(db: Database, verp: str) -> None:
    """Nobody who has not seen the mail can end another's subscription."""
    forged = verp.replace("-", "-0", 1)
    assert take(db, returned_mails.postfix(forged, "<guess@monitor.example>")).outcome is Outcome.NOT_OURS
    assert take(db, returned_mails.complaint(forged, "<guess@monitor.example>")).outcome is Outcome.NOT_OURS
    assert state(db) is SubscriptionState.ACTIVE


@pytest.mark.parametrize("shape", [returned_mails.postfix, returned_mails.exim, returned_mails.qmail])
def test_hard_bounces_made_up_with_a_known_message_id_suspend_nobody(db: Database, verp: str, shape: Shape) -> None:
    """It stands in every reply; the operator is told. A full mailbox is noted as ever."""
    assert verp
    for day in range(1, 7):
        raw = shape("monitor@example.org", message_id(1, 1)).replace(b"essage-I", b"essage-Id: <%d@x>\r\nX-I" % day, 1)
        assert take(db, raw, day).outcome is Outcome.UNPROVED_HARD
    assert state(db) is SubscriptionState.ACTIVE
    with db.read() as tx:
        assert store.bounces.of(tx, [1]) == []
    assert take(db, returned_mails.full("monitor@example.org", message_id(1, 1))).outcome is Outcome.SOFT


@pytest.mark.parametrize(
    "field",
    [
        "List-Unsubscribe: <mailto:op@example.org?subject=unsubscribe%20{}>",
        "List-Unsubscribe: <https://monitor.example.org/unsubscribe/{}>",
    ],
)
def test_where_there_is_no_bounce_domain_a_returned_copy_of_our_mail_proves_itself(
    db: Database, verp: str, field: str
) -> None:
    """Its header has a link by which its sender could end the subscription anyway. Another one's proves nothing."""
    assert verp

    def returned(number: int, day: int) -> bytes:
        raw = returned_mails.postfix("monitor@example.org", message_id(1, 1), f"{day}@x")
        link = field.format(LINKS.token(Purpose.UNSUBSCRIBE, number)).encode()
        return raw.replace(b"Subject: 1 new article", link + b"\r\nSubject: 1 new article")

    assert take(db, returned(2, 9)).outcome is Outcome.UNPROVED_HARD
    told = [take(db, returned(1, day), day).outcome for day in (1, 2, 3)]
    assert told == [Outcome.HARD, Outcome.HARD, Outcome.SUSPENDED]


def test_three_hard_bounces_suspend_with_a_reason(db: Database, verp: str) -> None:
    """Not two, and not the same one three times."""
    outcomes = [
        take(db, returned_mails.postfix(verp, "<x@y>", key), day) for day, key in enumerate(("a", "a", "b", "c"), 1)
    ]
    told = [one.outcome for one in outcomes]
    assert told == [Outcome.HARD, Outcome.KNOWN, Outcome.HARD, Outcome.SUSPENDED]
    with db.read() as tx:
        held = store.subscribers.find(tx, READER)[0]
    assert held.state is SubscriptionState.SUSPENDED
    assert "3 hard bounces" in held.reason
    assert "unknown user" in held.reason


def test_returned_digests_are_counted_by_kind_once_and_short_mails_never(db: Database, verp: str) -> None:
    """Anybody may read the numbers, and must not learn whether an address that they typed gets mail."""
    kinds = (returned_mails.postfix, returned_mails.full, returned_mails.complaint)
    for raw in [shape(verp, "<x@y>") for shape in kinds]:
        for _ in range(2):
            take(db, raw)
    with db.begin() as tx:
        number = store.subscribers.add(tx, subscription("new@example.org", state=SubscriptionState.UNCONFIRMED), NOW)
    name = LINKS.transactional_name(9, number)
    for_short = returned_mails.postfix(f"bounces+{name}@bounces.example.org", "<x@y>", "another")
    assert take(db, for_short).outcome is Outcome.ENDED
    with db.read() as tx:
        assert store.counters.read(tx, "returned mails") == {("hard",): 1, ("soft",): 1, ("complaint",): 1}


def test_a_short_mail_that_comes_back_to_its_own_address_proves_itself_and_by_its_id_alone_does_not(
    db: Database, verp: str
) -> None:
    """The address is known to who has the mail; the id stands in every reply to it."""
    assert verp
    name = LINKS.transactional_name(9, 1)
    assert take(db, returned_mails.postfix("monitor@example.org", f"<{name}@x>", "a")).outcome is Outcome.UNPROVED_HARD
    assert take(db, returned_mails.postfix(f"bounces+{name}@example.org", "<x@y>", "b")).outcome is Outcome.HARD


def test_a_mail_to_unsubscribe_from_what_was_deleted_is_none_of_ours(db: Database, verp: str) -> None:
    """Its token is signed by us, and nobody is there any more."""
    assert verp
    raw = f"From: x@y\r\nSubject: unsubscribe {LINKS.token(Purpose.UNSUBSCRIBE, 99)}\r\n\r\n".encode()
    assert take(db, raw) == process.Processed(Outcome.NOT_OURS)


def test_soft_bounces_never_suspend(db: Database, verp: str) -> None:
    """A full mailbox is emptied one day."""
    for day in range(1, 9):
        raw = returned_mails.full(verp, "<x@y>").replace(b"<full@mx>", b"<full%d@mx>" % day)
        assert take(db, raw, day).outcome is Outcome.SOFT
    assert state(db) is SubscriptionState.ACTIVE


def test_bounces_of_before_do_not_count_after_the_address_was_mended(db: Database, verp: str) -> None:
    """Who is resumed starts anew."""
    for day, key in enumerate("abc", 1):
        take(db, returned_mails.postfix(verp, "<x@y>", key), day)
    assert admin.resume(db, READER, NOW + timedelta(days=4)) == 1
    assert take(db, returned_mails.postfix(verp, "<x@y>", "d"), 5).outcome is Outcome.HARD
    assert state(db) is SubscriptionState.ACTIVE


def test_a_complaint_ends_the_subscription_and_no_import_brings_it_back(db: Database, verp: str) -> None:
    """Not even after the person was erased."""
    assert take(db, returned_mails.complaint(verp, "<x@y>")).outcome is Outcome.COMPLAINT
    assert state(db) is SubscriptionState.UNSUBSCRIBED
    with db.read() as tx:
        assert store.consents.of(tx, [1])[-1].event is ConsentEvent.WITHDRAWN
    admin.erase(db, AddressKey(READER, KEYS), NOW)
    done = admin.import_subscribers(db, [subscription(READER)], KEYS, NOW, form="import", consent="an old list")
    assert (done.added, done.suppressed) == (0, 1)


@pytest.mark.parametrize("form", ["<{}>", "{}"])
def test_a_complaint_may_name_us_only_as_the_original_sender(db: Database, verp: str, form: str) -> None:
    """RFC 5965, Original-Mail-From: some providers leave nothing else of the mail."""
    assert take(db, returned_mails.complaint_without_mail(form.format("other@example.org"))).outcome is Outcome.NOT_OURS
    assert take(db, returned_mails.complaint_without_mail(form.format(verp))).outcome is Outcome.COMPLAINT


def test_not_spam_takes_nothing_back_and_ends_nothing(db: Database, verp: str) -> None:
    """Some providers report that too."""
    assert take(db, returned_mails.complaint(verp, "<x@y>", "not-spam")).outcome is Outcome.NO_BOUNCE
    assert state(db) is SubscriptionState.ACTIVE


def test_the_mail_a_mail_program_writes_to_unsubscribe_does_so(db: Database, verp: str) -> None:
    """The mailto address of List-Unsubscribe, with our token as its subject."""
    assert verp
    token = LINKS.token(Purpose.UNSUBSCRIBE, 1)
    raw = f"From: {READER}\r\nTo: bounces+unsubscribe@example.org\r\nSubject: unsubscribe {token}\r\n\r\n".encode()
    assert take(db, raw).outcome is Outcome.UNSUBSCRIBED
    assert take(db, raw).outcome is Outcome.KNOWN
    assert state(db) is SubscriptionState.UNSUBSCRIBED
    with db.read() as tx:
        assert store.consents.of(tx, [1])[-1].event is ConsentEvent.WITHDRAWN
    forged = raw.replace(token.encode(), b"1.forged-token")
    assert take(db, forged).outcome is Outcome.UNMATCHED_WISH


def test_what_is_returned_about_an_erased_person_names_nobody(db: Database, verp: str) -> None:
    """The report names the address; it is counted, and the address is not kept."""
    admin.erase(db, AddressKey(READER, KEYS), NOW)
    assert READER in dsn.read(returned_mails.postfix(verp, "<x@y>")).diagnostic
    taken = take(db, returned_mails.postfix(verp, "<x@y>"))
    assert (taken.outcome, taken.address, taken.detail) == (Outcome.HARD, "", "5.1.1")
    with db.read() as tx:
        assert [(one.status, one.diagnostic) for one in store.bounces.of(tx, [1])] == [("5.1.1", "")]


@pytest.mark.parametrize("way", ["mail to unsubscribe", "complaint"])
def test_whom_the_operator_suspended_stays_so_however_they_leave(db: Database, verp: str, way: str) -> None:
    """The operator's reason outlasts it: asking anew is answered as ever and does nothing."""
    admin.suspend(db, READER, NOW, "asked by phone")
    token = LINKS.token(Purpose.UNSUBSCRIBE, 1)
    leaving = f"From: {READER}\r\nSubject: unsubscribe {token}\r\n\r\n".encode()
    take(db, leaving if way == "mail to unsubscribe" else returned_mails.complaint(verp, "<x@y>"))
    assert state(db) is SubscriptionState.UNSUBSCRIBED
    with db.read() as tx:
        assert store.subscribers.find(tx, READER)[0].reason == "suspended by the operator: asked by phone"
        assert store.consents.of(tx, [1])[-1].form == way
    assert opt_in.request(
        db, SubscriptionRequest("ccsvi", Frequency.WEEKLY), AddressKey(READER, KEYS), Visit("test"), NOW
    )
    assert state(db) is SubscriptionState.UNSUBSCRIBED


@given(st.binary(max_size=2_000))
def test_nothing_in_a_mail_can_break_the_reader(raw: bytes) -> None:
    """Strangers write these."""
    assert dsn.read(raw).key


@given(
    st.text(max_size=300),
    st.sampled_from([returned_mails.postfix, returned_mails.complaint, returned_mails.exim, returned_mails.qmail]),
)
def test_nothing_between_real_parts_can_either(text: str, shape: Shape) -> None:
    """Damaged reports."""
    raw = shape("bounces+1-a@example.org", "<1.1@x>")
    middle = len(raw) // 2
    assert dsn.read(raw[:middle] + text.encode("utf-8", "replace") + raw[middle:]).key


def test_a_maildir_is_read_once_and_keeps_its_mails(tmp_path: Path) -> None:
    """Read mails move to cur and are marked as seen."""
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.a.host").write_bytes(b"Subject: first\r\n\r\n")
    (tmp_path / "new" / "2.b.host").write_bytes(b"Subject: second\r\n\r\n")
    reading = mailbox.maildir(tmp_path)
    next(reading)
    next(reading)
    reading.close()  # broken off before the second was dealt with
    assert list(mailbox.maildir(tmp_path)) == [b"Subject: second\r\n\r\n"]
    assert list(mailbox.maildir(tmp_path)) == []
    assert len(list((tmp_path / "cur").iterdir())) == 2


def test_a_folder_that_is_no_maildir_is_said_to_be_none(tmp_path: Path) -> None:
    """Before anything is touched."""
    with pytest.raises(ConfigError, match="is not a Maildir"):
        list(mailbox.maildir(tmp_path))


def test_a_refusal_in_the_conversation_counts_like_a_bounce(site: RunningSite) -> None:
    """Three digests refused with 550, and the reader is suspended; a refusal of our mail as such does not count."""
    number, other = site.subscribe(), site.subscribe("policy@example.org")
    site.mailbox.faults.refuse("reader@example.org", "550 5.1.1 no such mailbox")
    site.mailbox.faults.refuse("policy@example.org", "550 5.7.1 we do not like you")
    for _ in range(3):
        with site.db.begin() as tx:
            digest_id = store.digests.add(tx, digest(), RENDERED, site.clock())
            store.deliveries.enqueue(tx, digest_id, site.clock(), message_id)
        deliver.deliver_due(site.settings, site.links, site.db, SmtpMailer(site.settings.smtp), site.clock())
    with site.db.read() as tx:
        assert store.subscribers.get(tx, number).state is SubscriptionState.SUSPENDED
        assert store.subscribers.get(tx, other).state is SubscriptionState.ACTIVE


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (550, "5.1.1 no such user", BounceKind.HARD),
        (551, "user not local", BounceKind.HARD),
        (553, "5.1.3 bad address", BounceKind.HARD),
        (550, "5.7.1 we do not like you", BounceKind.SOFT),
        (552, "5.3.4 too big", None),
        (554, "5.7.1 no", None),
        (549, "x", None),
    ],
)
def test_only_a_refusal_of_the_mailbox_is_stored_against_it(code: int, text: str, kind: BounceKind | None) -> None:
    """Others blame us, the message or the server."""
    sent = Delivery(7, 1, 3, READER, "<m@x>", DeliveryState.SENDING)
    mail = TransactionalMail(8, TransactionalKind.LINK, 3, READER, NOW)
    result = SendResult(SendOutcome.FAILED, code, text)
    found = bounce_from_permanent_rejection(sent, result, NOW)
    of_mail = bounce_from_permanent_rejection(mail, result, NOW)
    if kind is None:
        assert (found, of_mail) == (None, None)
        return
    status = text.split()[0] if text[0] == "5" else ""
    assert found == Bounce(3, kind, NOW, "delivery 7", 7, status, text)
    assert of_mail == Bounce(3, kind, NOW, "transactional mail 8", None, status, text)
    assert bounce_from_permanent_rejection(sent, replace(result, outcome=SendOutcome.DEFERRED), NOW) is None


def test_what_came_back_is_reported_with_its_words(db: Database, verp: str) -> None:
    """Whose it was, the status and what the server said; of a mail that is not ours the words only."""
    taken = take(db, returned_mails.postfix(verp, "<x@y>"))
    assert taken.address == READER
    assert taken.detail.startswith("5.1.1 ")
    assert "unknown user" in taken.detail
    with db.read() as tx:
        (kept,) = store.bounces.of(tx, [1])
    assert (kept.status, kept.kind, kept.delivery_id) == ("5.1.1", BounceKind.HARD, 1)
    assert "unknown user" in kept.diagnostic
    strange = take(db, returned_mails.postfix("monitor@example.org", "<x@y>", "other"))
    assert (strange.outcome, strange.address) == (Outcome.NOT_OURS, "")
    assert "unknown user" in strange.detail
