"""The short mails that visitors ask for on a page: what is in each, to whom it goes, and when it is tried again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.delivery.transactional import send_transactional
from monitor.errors import MailError, StoreError
from monitor.links import Links, Purpose
from monitor.model import (
    Branding,
    SendOutcome,
    SendResult,
    Settings,
    SmtpSettings,
    Stage,
    SubscriptionState,
    TransactionalKind,
    WebSettings,
)
from monitor.ports import Message, Outbox
from monitor.store import Database
from monitor.store.schema.mail_tables import transactional_mails
from monitor.subscribers import do_not_mail
from monitor.subscribers.address_hash import AddressKey
from tests.support.factories import DAY, MINUTE, NOW, subscription
from tests.support.noting_guard import NotingGuard
from tests.support.settings import links, settings

READER = "reader@example.org"
SMTP = SmtpSettings("mail.example.org", "Monitor <monitor@example.org>")
PAGES = settings(SMTP)
NO_PAGES = replace(PAGES, web=WebSettings())
CONFIRM, LINK = TransactionalKind.CONFIRM, TransactionalKind.LINK
SENT = SendResult(SendOutcome.SENT, 250, "ok", Stage.CONTENT)
LATER = SendResult(SendOutcome.DEFERRED, 450, "later", Stage.RCPT)
BROKE = SendResult(SendOutcome.UNCERTAIN, 0, "the connection broke")


class Server:
    """A mailer whose server replies as it is told, else takes everything."""

    def __init__(self, *replies: SendResult, problem: MailError | None = None) -> None:
        self._replies, self._problem = list(replies), problem
        self.taken: list[Message] = []

    def send(self, messages: Iterable[Message]) -> list[SendResult]:
        """Take them one after the other."""
        if self._problem:
            raise self._problem
        results = []
        for one in messages:
            self.taken.append(one)
            results.append(self._replies.pop(0) if self._replies else SENT)
        return results

    def send_queue(self, outbox: Outbox) -> None:
        """It has none."""

    @property
    def mails(self) -> list[EmailMessage]:
        """What was taken."""
        found = [message_from_bytes(raw, policy=policy.default) for _, _, raw in self.taken]
        return [one for one in found if isinstance(one, EmailMessage)]


def asked(
    db: Database,
    kind: TransactionalKind = CONFIRM,
    address: str = READER,
    topics: tuple[str, ...] = ("ccsvi",),
    state: SubscriptionState | None = None,
) -> int:
    """Somebody asks for a mail about a subscription to the last of these topics; its id."""
    usual = SubscriptionState.UNCONFIRMED if kind is CONFIRM else SubscriptionState.ACTIVE
    with db.begin() as tx:
        for topic in topics:
            wanted = replace(subscription(address), topic=topic, state=state or usual)
            number = store.subscribers.add(tx, wanted, NOW)
        store.transactional.add(tx, kind, number, NOW, address_hash=address, network_hash="n")
    return number


def send(db: Database, server: Server, configured: Settings = PAGES, after: timedelta = timedelta()) -> int:
    """One round."""
    return send_transactional(configured, links(configured), db, server, NOW + after)


def due(db: Database) -> list[timedelta | None]:
    """How long after NOW each mail is due, None where it is over."""
    with db.read() as tx:
        return [at and at - NOW for at in tx.scalars(sa.select(transactional_mails.c.next_try_at))]


def replies(db: Database) -> list[str]:
    """The last reply to each."""
    with db.read() as tx:
        return list(tx.scalars(sa.select(transactional_mails.c.last_reply)))


def parts(message: EmailMessage) -> tuple[str, str]:
    """Text and HTML."""
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    return str(text.get_content()), str(html.get_content())


# --- what is in them -----------------------------------------------------------------------------


def test_a_request_to_confirm(sqlite_db: Database) -> None:
    """Topic, frequency, the link, the way never to be mailed again, and who sends it."""
    number = asked(sqlite_db)
    server = Server()
    branded = replace(PAGES, branding=Branding(reply_to="re@x.org"))
    assert send(sqlite_db, server, branded) == 1
    ((sender, address, _),), (message,) = server.taken, server.mails
    never = links(PAGES).do_not_mail_url(do_not_mail.hmac_for_link(AddressKey(READER, PAGES.secret_keys)), number)
    assert (sender, address, message["To"], message["Reply-To"]) == ("monitor@example.org", READER, READER, "re@x.org")
    assert message["Subject"] == "Please confirm: mails about CCSVI in MS"
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-replied", "en")
    assert message["List-Unsubscribe"] == f"<{never}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Message-ID"] == f"<{links(PAGES).transactional_name(1, number)}@example.org>"
    for part in parts(message):
        words = " ".join(part.split())
        assert links(PAGES).url(Purpose.CONFIRM, number, NOW) in words
        assert never in words
        for expected in ("CCSVI in MS", "weekly", "7 days", "London W1 1AA"):
            assert expected in words, expected
    assert "weekly: everything new, in weeks with news\n" in parts(message)[0].replace("\r\n", "\n")
    assert server.taken[0][2].startswith(b"List-Unsubscribe: <")


def test_links_to_preferences(sqlite_db: Database) -> None:
    """Of every active subscription of the person, and of no other; no button of the mail program's ends one of them."""
    asked(sqlite_db, topics=("veins",), kind=CONFIRM)
    number = asked(sqlite_db, LINK, topics=("ccsvi", "gone-from-the-configuration"))
    server = Server()
    bounces = replace(PAGES, smtp=replace(SMTP, bounce_domain="b.example.org"))
    with sqlite_db.begin() as tx:
        tx.execute(sa.update(transactional_mails).where(transactional_mails.c.id == 1).values(next_try_at=None))
    assert send(sqlite_db, server, bounces) == 1
    (message,) = server.mails
    assert server.taken[0][0] == f"bounces+{links(PAGES).transactional_name(2, number)}@b.example.org"
    assert message["Subject"] == "Your preferences: mails about CCSVI in MS, gone-from-the-configuration"
    assert (message["List-Unsubscribe"], message["Reply-To"]) == (None, None)
    for part in parts(message):
        found = [one for one in range(1, 9) if links(PAGES).url(Purpose.PREFERENCES, one, NOW) in part]
        assert found == [number - 1, number]
        assert "/do-not-mail/" in part


@pytest.mark.parametrize(
    ("url", "post"),
    [("https://m.example", True), ("http://127.0.0.1:8000", True), ("http://m.example", False)],
)
def test_one_click_is_promised_where_pages_can_keep_it(sqlite_db: Database, url: str, post: bool) -> None:
    """RFC 8058: over https; on loopback is the demo."""
    asked(sqlite_db)
    server = Server()
    send(sqlite_db, server, replace(PAGES, web=WebSettings(public_url=url)))
    (message,) = server.mails
    assert str(message["List-Unsubscribe"]).startswith(f"<{url}/do-not-mail/")
    assert (message["List-Unsubscribe-Post"] is not None) == post
    assert message["From"] == "Monitor <monitor@example.org>"


@pytest.mark.parametrize(
    ("topics", "language"),
    [(("ccsvi",), "en"), (("venen",), "de"), (("venen", "adern"), "de"), (("venen", "ccsvi"), "fr")],
)
def test_a_mail_is_in_the_language_of_its_topics(sqlite_db: Database, topics: tuple[str, ...], language: str) -> None:
    """That of the service where they differ."""
    one = replace(PAGES.topics[0], language="en")
    german = [replace(one, key=key, language="de") for key in ("venen", "adern")]
    asked(sqlite_db, LINK, topics=topics)
    server = Server()
    send(sqlite_db, server, replace(PAGES, language="fr", topics=(one, *german)))
    assert server.mails[0]["Content-Language"] == language


# --- what is not sent ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (CONFIRM, SubscriptionState.ACTIVE),
        (CONFIRM, SubscriptionState.UNSUBSCRIBED),
        (LINK, SubscriptionState.UNSUBSCRIBED),
        (LINK, SubscriptionState.UNCONFIRMED),
    ],
)
def test_what_is_settled_when_its_turn_comes_is_not_sent(
    sqlite_db: Database, kind: TransactionalKind, state: SubscriptionState
) -> None:
    """It is over; the next one goes out."""
    asked(sqlite_db, kind, state=state)
    asked(sqlite_db, address="next@example.org")
    server = Server()
    assert send(sqlite_db, server) == 1
    assert [address for _, address, _ in server.taken] == ["next@example.org"]
    assert (due(sqlite_db), replies(sqlite_db)) == ([None, None], ["no longer wanted", "ok"])


def test_an_address_that_no_mail_can_be_sent_to_is_passed_over(sqlite_db: Database) -> None:
    """Such as one of an old list."""
    asked(sqlite_db, address="no body@example.org")
    assert send(sqlite_db, server := Server()) == 0
    assert (server.taken, due(sqlite_db), replies(sqlite_db)) == ([], [None], ["no longer wanted"])


def test_one_that_a_bug_keeps_from_being_written_waits_and_the_others_go(sqlite_db: Database) -> None:
    """As long as after a refusal for now, and without a server it is to blame."""

    class Buggy(Links):
        """Has a bug that one subscription shows."""

        def url(self, purpose: Purpose, number: int, made_at: object = None) -> str:
            """As ever, but for that one."""
            if number == 1:
                raise ZeroDivisionError
            return f"https://x/{purpose}/{number}/{made_at}"

    asked(sqlite_db)
    asked(sqlite_db, address="next@example.org")
    guard, server = NotingGuard(), Server()
    assert send_transactional(PAGES, Buggy(PAGES.secret_keys, "https://x"), sqlite_db, server, NOW, guard) == 1
    assert guard.failed == [("transactional mail 1", StoreError)]
    assert (due(sqlite_db), replies(sqlite_db)) == ([2 * MINUTE, None], ["a bug", "ok"])
    with pytest.raises(ZeroDivisionError):
        send_transactional(PAGES, Buggy(PAGES.secret_keys, "https://x"), sqlite_db, server, NOW + 2 * MINUTE)


def test_while_sending_is_paused_they_wait(sqlite_db: Database) -> None:
    """And are not claimed."""
    asked(sqlite_db)
    with sqlite_db.begin() as tx:
        store.deliveries.pause(tx, NOW)
    assert send(sqlite_db, server := Server()) == 0
    assert (server.taken, due(sqlite_db)) == ([], [timedelta()])


# --- when it is tried again ----------------------------------------------------------------------


def test_a_server_that_cannot_be_used_is_told_and_they_wait(sqlite_db: Database) -> None:
    """Two minutes, with its words."""
    asked(sqlite_db)
    with pytest.raises(MailError, match="It is away"):
        send(sqlite_db, Server(problem=MailError("It is away.")))
    assert (due(sqlite_db), replies(sqlite_db)) == ([2 * MINUTE], ["It is away."])


def test_one_whose_reply_was_lost_goes_out_three_times(sqlite_db: Database) -> None:
    """Each time later; then it is left at that, since each may have arrived."""
    asked(sqlite_db)
    waits = []
    for minutes in (0, 2, 6):
        assert send(sqlite_db, Server(BROKE), after=minutes * MINUTE) == 0
        waits += due(sqlite_db)
    assert waits == [2 * MINUTE, 6 * MINUTE, None]
    assert send(sqlite_db, server := Server(), after=DAY) == 0
    assert server.taken == []


def test_one_that_is_put_off_again_and_again_is_given_up_after_two_days(sqlite_db: Database) -> None:
    """The last attempt is less than two days after it was asked for."""
    asked(sqlite_db)
    at, tries = timedelta(), 0
    while True:
        assert send(sqlite_db, Server(LATER), after=at) == 0
        tries += 1
        (again,) = due(sqlite_db)
        if again is None:
            break
        assert again - at == 2**tries * MINUTE
        at = again
    assert (tries, DAY < at < 2 * DAY, at + 2**tries * MINUTE >= 2 * DAY) == (11, True, True)


@pytest.mark.parametrize(("rate", "number"), [(0.0, 12), (2.0, 6), (2.5, 7), (0.1, 1)])
def test_no_more_go_out_than_the_rate_allows_in_three_seconds(sqlite_db: Database, rate: float, number: int) -> None:
    """The others with the next round."""
    for one in range(12):
        asked(sqlite_db, address=f"p{one}@example.org")
    slow = replace(PAGES, smtp=replace(SMTP, rate=rate))
    assert send(sqlite_db, Server(), slow) == number
    assert sum(one is not None for one in due(sqlite_db)) == 12 - number


def test_mailboxes_said_to_be_gone_in_the_same_words_at_three_domains_are_doubted(sqlite_db: Database) -> None:
    """One by one, each in a round of its own: the first two ended their requests, which wait again."""
    gone = SendResult(SendOutcome.FAILED, 550, "5.1.1 User unknown", Stage.RCPT)
    found = []
    for minutes, domain in enumerate(("one", "two", "three")):
        asked(sqlite_db, address=f"p@{domain}.example")
        assert send(sqlite_db, Server(gone), after=minutes * 2 * MINUTE) == 0
        with sqlite_db.read() as tx:
            found.append([one.state for one in store.subscribers.everyone(tx)])
    ended, waiting = SubscriptionState.UNSUBSCRIBED, SubscriptionState.UNCONFIRMED
    assert found == [[ended], [ended, ended], [waiting, waiting, waiting]]
    assert due(sqlite_db) == [6 * MINUTE] * 3
    assert send(sqlite_db, Server(), after=6 * MINUTE) == 3
