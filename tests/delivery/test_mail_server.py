"""A mail server that refuses us, or the message, or is at its limit: every copy waits, and no reader is blamed."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from monitor import store
from monitor.delivery.deliver import Delivered, deliver_due
from monitor.delivery.transactional import send_transactional
from monitor.errors import MailError
from monitor.mail.smtp import SmtpMailer
from monitor.model import (
    DeliveryState,
    Settings,
    Subscription,
    SubscriptionState,
    TransactionalKind,
)
from monitor.service.alerting.alerts import alert_operator
from monitor.store import Database
from tests.support import factories
from tests.support.factories import NOW
from tests.support.mail_servers import Mailbox
from tests.support.scripted_smtp import ScriptedServer
from tests.support.settings import START, links, settings
from tests.support.shared_data import shared_data

SECONDS, MINUTES, HOUR, DAY, WEEK = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=7),
)
TWO_DOMAINS = ("ann@one.example", "bob@two.example")


class Installation:
    """A service with one topic and readers, whose mail server is the scripted one."""

    def __init__(self, db: Database, server: ScriptedServer) -> None:
        self.db, self.server = db, server
        self.settings: Settings = settings(server.settings())
        self.mailer = SmtpMailer(self.settings.smtp)
        self.readers: dict[str, int] = {}

    def read_by(self, *addresses: str) -> None:
        """These people subscribe."""
        wanted = [
            Subscription("ccsvi", address, factories.Frequency.WEEKLY, SubscriptionState.ACTIVE)
            for address in addresses
        ]
        with self.db.begin() as tx:
            self.readers |= {one.address: one.id for one in store.subscribers.add_all(tx, wanted, START)}

    def compose(self, at: datetime = NOW) -> int:
        """A digest goes into the outbox; its id."""
        with self.db.begin() as tx:
            number = store.digests.add(tx, factories.digest(), factories.RENDERED, at)
            store.deliveries.enqueue(tx, number, at, factories.message_id)
        return number

    def deliver(self, at: datetime = NOW) -> Delivered:
        """One round."""
        return deliver_due(self.settings, links(self.settings), self.db, self.mailer, at)

    def sign_up(self, address: str, at: datetime) -> None:
        """Somebody asks for the digest, and has not confirmed it."""
        asked = Subscription("ccsvi", address, factories.Frequency.WEEKLY, SubscriptionState.UNCONFIRMED)
        with self.db.begin() as tx:
            self.readers[address] = number = store.subscribers.add(tx, asked, at)
            store.transactional.add(tx, TransactionalKind.CONFIRM, number, at, address_hash=address, network_hash="n")

    def send_letters(self, at: datetime) -> int:
        """One round of transactional mails; how many were accepted."""
        return send_transactional(self.settings, links(self.settings), self.db, self.mailer, at)

    def deliver_one(self, at: datetime = NOW) -> Delivered:
        """One round that ends after a mail."""
        heard = self.server.count("RCPT")
        return deliver_due(
            self.settings,
            links(self.settings),
            self.db,
            SmtpMailer(self.settings.smtp),
            at,
            is_stopping=lambda: self.server.count("RCPT") > heard,
        )

    def three_digests(self) -> datetime:
        """A weekly digest three times, each tried every five minutes for an hour; the time afterwards."""
        for week in range(3):
            at = NOW + week * WEEK
            self.compose(at)
            for step in range(13):
                self.deliver(at + 5 * step * MINUTES)
        return at + HOUR

    def states(self) -> set[SubscriptionState]:
        """The states of all subscriptions."""
        with self.db.read() as tx:
            return {store.subscribers.get(tx, number).state for number in self.readers.values()}

    def counts(self) -> dict[DeliveryState, int]:
        """Deliveries by state."""
        with self.db.read() as tx:
            return store.delivery_counts.counts(tx)

    def waiting(self) -> int:
        """How many copies are still to be sent."""
        counts = self.counts()
        return sum(counts.get(state, 0) for state in (DeliveryState.WAITING, DeliveryState.DEFERRED))

    def alerts(self, mailbox: Mailbox, at: datetime) -> list[str]:
        """What the operator is told by a mail server that takes mail."""
        told = alert_operator(self.settings, self.db, SmtpMailer(mailbox.settings()), at)
        return [f"{alert.headline}: {alert.text}" for alert in told]


@pytest.fixture
def service(sqlite_db: Database, scripted: ScriptedServer) -> Installation:
    """A service whose mail server takes everything until it is told otherwise."""
    return Installation(sqlite_db, scripted)


def case(name: str) -> dict[str, str]:
    """What the server of a recorded case replies at which command."""
    cases = json.loads((shared_data("cases") / "delivery" / "smtp.json").read_text("utf-8"))
    server: dict[str, str] = next(one["server"] for one in cases if one["id"] == name)
    return server


# --- refusals of us ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("replies", "named"),
    [
        ("mail-550-sender", "Sender address not allowed"),
        ("mail-553-518", "smtp.sender (monitor@example.org)"),
        ("mail-530-starttls", "smtp.encryption"),
        ("ehlo-550-name", '"example.org"'),
        ("ehlo-501-name", "smtp.ehlo_name"),
        ({"banner": "554 5.7.1 no access for your network"}, "refused the connection"),
        ({"MAIL": "550 5.1.1 User unknown"}, "refused the sender"),
        ({"MAIL": "535 5.7.8 authentication credentials invalid"}, "refused the sender"),
        ({"MAIL": "554 5.7.1 blocked"}, "blocked"),
        ({"MAIL": "501 5.1.7 bad sender address syntax"}, "refused the sender"),
    ],
)
def test_a_server_that_refuses_us_costs_no_reader_anything_and_the_operator_is_told_once(
    service: Installation, mailbox: Mailbox, replies: str | dict[str, str], named: str
) -> None:
    """Three digests wait for two readers; when the configuration is mended, all go out."""
    service.read_by(*TWO_DOMAINS)
    service.server.replies.update(case(replies) if isinstance(replies, str) else replies)
    at = service.three_digests()
    assert service.states() == {SubscriptionState.ACTIVE}
    assert (service.waiting(), sum(service.counts().values())) == (6, 6)
    (told,) = service.alerts(mailbox, at)
    assert told.startswith("the mail server cannot be used: ")
    assert named in told
    assert told.endswith(
        f"\nThis has been so since {NOW:%Y-%m-%d %H:%M} UTC. Every copy waits, and nothing is counted against a "
        "subscriber. Monitor tries again every few minutes. `monitor doctor` tests the mail server."
    )
    assert service.alerts(mailbox, at + DAY) == []
    service.server.replies.clear()
    assert service.deliver(at + 10 * MINUTES) == Delivered(sent=6)
    (well,) = service.alerts(mailbox, at + 2 * DAY)
    assert well.startswith(f"the mail server takes mail again: From {NOW:%Y-%m-%d %H:%M} to ")
    assert named in well
    assert well.endswith("\nThe copies that waited go out now; nothing was counted against a subscriber.")


def test_what_could_not_be_mailed_while_it_lasted_is_told_once_afterwards(service: Installation) -> None:
    """There is one mail server only, and it refuses the operator's mail too."""
    service.read_by(*TWO_DOMAINS)
    service.compose()
    service.server.replies["MAIL"] = "550 Sender address not allowed"
    service.deliver()
    with pytest.raises(MailError, match="Sender address not allowed"):
        alert_operator(service.settings, service.db, service.mailer, NOW)
    service.server.replies.clear()
    assert service.deliver(NOW + HOUR).sent == 2
    (told,) = alert_operator(service.settings, service.db, service.mailer, NOW + HOUR)
    assert "Sender address not allowed" in told.text
    assert "smtp.sender" in told.text
    assert alert_operator(service.settings, service.db, service.mailer, NOW + 2 * HOUR) == []


def test_an_outage_is_told_only_when_it_lasts(service: Installation, mailbox: Mailbox) -> None:
    """A server that is away for an hour has said nothing that the operator must mend."""
    service.read_by(*TWO_DOMAINS)
    service.compose()
    away = replace(service.settings.smtp, port=1)
    service.settings, service.mailer = replace(service.settings, smtp=away), SmtpMailer(away)
    for minutes in range(0, 6 * 60, 6):
        service.deliver(NOW + minutes * MINUTES)
    assert service.alerts(mailbox, NOW + 5 * HOUR) == []
    (told,) = service.alerts(mailbox, NOW + 7 * HOUR)
    assert "cannot be reached" in told


@pytest.mark.parametrize(
    "reply",
    [
        "550 relay not permitted",
        "554 5.7.1 Relay access denied",
        "553 5.1.8 Sender address rejected: Domain not found",
        "550 5.7.1 Client host rejected: cannot find your hostname",
        "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
        "550 rejected",
        "554 5.7.1 Service unavailable; blocked using a block list",
        "550 5.1.1 refused",
    ],
)
def test_what_everybodys_address_gets_at_rcpt_is_about_nobody(
    service: Installation, mailbox: Mailbox, reply: str
) -> None:
    """Servers put off their judgement of the sender until RCPT, and write 5.1.1 where they mean something else."""
    service.read_by(*TWO_DOMAINS)
    service.server.replies["RCPT"] = reply
    at = service.three_digests()
    assert service.states() == {SubscriptionState.ACTIVE}
    assert DeliveryState.FAILED not in service.counts()
    told = service.alerts(mailbox, at)
    assert len(told) >= 3
    assert any(reply[4:] in one for one in told)
    service.server.replies.clear()
    service.deliver(at + 2 * DAY)
    assert service.counts() == {DeliveryState.SENT: 6}


def test_one_mailbox_that_is_gone_is_one_readers_and_the_others_get_their_mail(service: Installation) -> None:
    """The server accepts others at the same time, also at other domains, so its words are believed."""
    service.read_by("gone@one.example", "left@two.example", *(f"p{number}@three.example" for number in range(4)))
    gone = ("gone@one.example", "left@two.example")
    service.server.replies["RCPT"] = lambda _, line: (
        "550 5.1.1 User unknown" if any(one in line for one in gone) else None
    )
    service.three_digests()
    with service.db.read() as tx:
        states = {address: store.subscribers.get(tx, number).state for address, number in service.readers.items()}
    assert {address for address, state in states.items() if state is SubscriptionState.SUSPENDED} == set(gone)
    assert service.counts() == {DeliveryState.SENT: 12, DeliveryState.FAILED: 6}


def test_a_server_that_knows_only_its_own_domain_is_doubted_for_three_days(
    service: Installation, mailbox: Mailbox
) -> None:
    """Readers at three other domains hear the same words: the operator is told, and only then does it count."""
    service.read_by("ann@own.example", *TWO_DOMAINS, "cid@three.example")
    service.compose()
    service.server.replies["RCPT"] = lambda _, line: None if "own" in line else "550 5.1.1 User unknown"
    service.deliver()
    (told,) = service.alerts(mailbox, NOW)
    assert "User unknown" in told
    for hour in range(2 * 24):
        service.deliver(NOW + hour * HOUR)
    assert service.waiting() == 3
    for hour in range(2 * 24, 14 * 24):
        service.deliver(NOW + hour * HOUR)
    assert service.counts() == {DeliveryState.SENT: 1, DeliveryState.FAILED: 3}


def test_a_server_that_knows_nobody_at_three_domains_has_the_wrong_tables(
    service: Installation, mailbox: Mailbox
) -> None:
    """ "User unknown" for everybody: no reader is meant, and the operator is told."""
    service.read_by(*TWO_DOMAINS, "cid@three.example")
    service.server.replies["RCPT"] = "550 5.1.1 <reader>: Recipient address rejected: User unknown in local table"
    at = service.three_digests()
    assert service.states() == {SubscriptionState.ACTIVE}
    assert any("User unknown" in one for one in service.alerts(mailbox, at))
    service.server.replies.clear()
    service.deliver(at + 2 * DAY)
    assert service.counts() == {DeliveryState.SENT: 9}


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("RCPT", "550 5.1.1 <reader>: Recipient address rejected: User unknown in local table"),
        ("RCPT", "550 5.1.1 refused"),
        ("after DATA", "550 5.1.1 User unknown"),
    ],
)
def test_readers_who_are_tried_one_after_the_other_are_judged_as_those_of_one_round(
    service: Installation, mailbox: Mailbox, command: str, reply: str
) -> None:
    """A sender that takes one mail a round, each round by a new process: what was final before is taken back."""
    service.read_by(*TWO_DOMAINS, "cid@three.example")
    service.server.replies[command] = reply
    for week in range(3):
        service.compose(NOW + week * WEEK)
        for step in range(40):
            service.deliver_one(NOW + week * WEEK + 5 * step * MINUTES)
    assert service.states() == {SubscriptionState.ACTIVE}
    assert DeliveryState.FAILED not in service.counts()
    at = NOW + 2 * WEEK + DAY
    assert any(reply[4:] in one for one in service.alerts(mailbox, at))
    service.server.replies.clear()
    service.deliver(at + 2 * DAY)
    assert service.counts() == {DeliveryState.SENT: 9}


def test_whom_the_same_words_had_suspended_is_active_again(service: Installation) -> None:
    """Ann alone was refused in three weeks; in the third the server says so to everybody."""
    service.read_by("ann@one.example")
    service.server.replies["RCPT"] = "550 5.1.1 User unknown"
    service.three_digests()
    assert service.states() == {SubscriptionState.SUSPENDED}
    service.read_by("bob@two.example", "cid@three.example")
    service.compose(at := NOW + 2 * WEEK + DAY)
    service.deliver(at)
    assert service.states() == {SubscriptionState.ACTIVE}


def test_words_about_one_mailbox_are_forgotten_when_others_get_their_mail(service: Installation) -> None:
    """Three readers leave in the same week; between them the server took mail."""
    service.read_by(*(f"p{number}@four.example" for number in range(4)))
    for day, leaver in enumerate(("ann@one.example", "bob@two.example", "cid@three.example")):
        service.read_by(leaver)
        service.compose(NOW + day * DAY)
        service.server.replies["RCPT"] = lambda _, line: None if "four" in line else "550 5.1.1 User unknown"
        for minute in range(8):
            service.deliver_one(NOW + day * DAY + minute * MINUTES)
    assert service.counts()[DeliveryState.FAILED] == 6
    assert service.waiting() == 0


@pytest.mark.parametrize("reply", ["550 5.7.1 relaying denied", "550 rejected"])
def test_a_server_that_turns_against_us_after_the_first_mails_fails_nobodys_copy(
    service: Installation, reply: str
) -> None:
    """One reader has the digest; the same words to all the others are about us."""
    service.read_by(*(f"p{number}@d{number}.example" for number in range(9)))
    service.compose()
    service.server.replies["RCPT"] = lambda server, _: reply if server.count("RCPT") > 2 else None
    service.deliver()
    assert service.counts() == {DeliveryState.SENT: 2, DeliveryState.DEFERRED: 7}


@pytest.mark.parametrize("reply", ["550 5.7.1 relaying denied", "550 rejected"])
def test_so_it_is_when_one_mail_is_tried_a_round(service: Installation, reply: str) -> None:
    """The words of earlier rounds are remembered, though they say nothing of a mailbox."""
    service.read_by(*(f"p{number}@d{number}.example" for number in range(9)))
    service.compose()
    service.server.replies["RCPT"] = lambda server, _: reply if server.count("RCPT") > 2 else None
    for step in range(30):
        service.deliver_one(NOW + step * MINUTES)
    assert DeliveryState.FAILED not in service.counts()
    assert service.counts()[DeliveryState.SENT] == 2


@pytest.mark.parametrize("readers", [("ann@one.example",), TWO_DOMAINS, ("ann@one.example", "abe@one.example")])
def test_a_mailbox_that_outlook_says_is_gone_is_suspended(service: Installation, readers: Sequence[str]) -> None:
    """The case rcpt-550-outlookcom."""
    service.read_by(*readers)
    service.server.replies.update(case("rcpt-550-outlookcom"))
    service.three_digests()
    assert service.states() == {SubscriptionState.SUSPENDED}


def test_a_letter_that_the_server_does_not_take_from_us_ends_no_request(service: Installation) -> None:
    """The case letter-550-sender: somebody signed up; the letter goes out once the server is mended."""
    with service.db.begin() as tx:
        asked = Subscription("ccsvi", "ann@one.example", factories.Frequency.WEEKLY, SubscriptionState.UNCONFIRMED)
        number = store.subscribers.add(tx, asked, NOW)
        store.transactional.add(tx, TransactionalKind.CONFIRM, number, NOW, address_hash="a", network_hash="n")
    service.readers["ann@one.example"] = number
    service.server.replies.update(case("letter-550-sender"))

    def send(at: datetime) -> int:
        return send_transactional(service.settings, links(service.settings), service.db, service.mailer, at)

    with pytest.raises(MailError, match="refused the sender"):
        send(NOW)
    assert service.states() == {SubscriptionState.UNCONFIRMED}
    service.server.replies.clear()
    assert send(NOW + 3 * MINUTES) == 1


def test_letters_that_come_back_in_the_same_words_at_three_domains_end_no_request(service: Installation) -> None:
    """Each is asked for by another visitor, an hour after the last; the server has lost its tables."""
    service.server.replies["RCPT"] = "550 5.1.1 <reader>: Recipient address rejected: User unknown in local table"
    for hour, address in enumerate((*TWO_DOMAINS, "cid@three.example")):
        service.sign_up(address, NOW + hour * HOUR)
        service.send_letters(NOW + hour * HOUR)
    assert service.states() == {SubscriptionState.UNCONFIRMED}
    service.server.replies.clear()
    assert service.send_letters(NOW + 3 * HOUR) == 3


def test_a_mistyped_address_ends_its_request_while_others_get_their_letters(service: Installation) -> None:
    """The words about it stay with it, though they are those about the next one."""
    service.server.replies["RCPT"] = lambda _, line: "550 5.1.1 User unknown" if "typo" in line else None
    addresses = [f"{name}@d{number}.example" for number in range(4) for name in ("ann", "typo")]
    for minute, address in enumerate(addresses):
        service.sign_up(address, NOW)
        service.send_letters(NOW + minute * MINUTES)
    with service.db.read() as tx:
        states = {address: store.subscribers.get(tx, number).state for address, number in service.readers.items()}
    ended = {address for address, state in states.items() if state is SubscriptionState.UNSUBSCRIBED}
    assert ended == {address for address in addresses if "typo" in address}


# --- refusals of the message ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "replies",
    [
        "data-550-spam",
        {"after DATA": "554 5.7.1 Message rejected as spam"},
        {"after DATA": "550 5.1.1 User unknown"},
        {"after DATA": "552 5.3.4 message too large"},
        {"after DATA": "550 5.7.26 fails DMARC"},
        {"DATA": "554 5.5.1 no"},
        {"MAIL": "552 5.3.4 Message size exceeds fixed limit"},
    ],
)
def test_a_message_that_is_refused_to_everybody_is_kept_and_told(
    service: Installation, mailbox: Mailbox, replies: str | dict[str, str]
) -> None:
    """No reader is suspended, no copy fails in silence, and all go out when the server thinks otherwise."""
    service.read_by(*TWO_DOMAINS)
    service.server.replies.update(case(replies) if isinstance(replies, str) else replies)
    at = service.three_digests()
    assert service.states() == {SubscriptionState.ACTIVE}
    assert DeliveryState.FAILED not in service.counts()
    told = service.alerts(mailbox, at)
    assert [one.partition(":")[0] for one in told] == [f"the mail server refuses digest {n}" for n in (1, 2, 3)]
    assert all(
        one.endswith(
            "\nIts copies wait and are tried again, at longer and longer intervals. No subscriber is at fault. If the "
            "reply names spam, SPF, DKIM or DMARC, run `monitor doctor`; if it names a policy or the size, ask who "
            "runs the mail server."
        )
        for one in told
    )
    assert service.alerts(mailbox, at + DAY) == []
    service.server.replies.clear()
    service.deliver(at + 2 * DAY)
    assert service.counts() == {DeliveryState.SENT: 6}


@pytest.mark.parametrize("reply", ["550 spam", "550 5.1.1 User unknown", "554 5.7.1 refused by the content filter"])
def test_a_message_that_only_one_filter_dislikes_fails_for_that_reader_alone(
    service: Installation, mailbox: Mailbox, reply: str
) -> None:
    """It does not count against the reader, whatever its words, and there is nothing to tell: the others have it."""
    service.read_by("ann@one.example", "bob@two.example", "cid@three.example")
    service.server.replies["after DATA"] = lambda server, _: (
        reply if server.present.recipient == "bob@two.example" else None
    )
    at = service.three_digests()
    with service.db.read() as tx:
        assert store.bounces.of(tx, service.readers.values()) == []
    assert service.alerts(mailbox, at) == []
    assert service.states() == {SubscriptionState.ACTIVE}
    assert service.counts() == {DeliveryState.SENT: 6, DeliveryState.FAILED: 3}


@pytest.mark.parametrize(("stage", "reply"), [("RCPT", "450 4.1.8 try later"), ("after DATA", "451 4.7.1 not now")])
def test_a_digest_that_is_put_off_for_everybody_is_never_given_up_in_silence(
    service: Installation, mailbox: Mailbox, stage: str, reply: str
) -> None:
    """After the last attempt it is kept, and the operator told."""
    service.read_by(*TWO_DOMAINS)
    service.compose()
    service.server.replies[stage] = reply
    for hour in range(14 * 24):
        service.deliver(NOW + hour * HOUR)
    assert service.waiting() == 2
    (told,) = service.alerts(mailbox, NOW + 14 * DAY)
    assert reply[4:] in told
    service.server.replies.clear()
    assert service.deliver(NOW + 16 * DAY).sent == 2


def test_a_server_that_refuses_everybody_is_not_asked_for_all_of_them(service: Installation) -> None:
    """Twenty are enough to know."""
    service.read_by(*(f"p{number}@d{number}.example" for number in range(60)))
    service.compose()
    service.server.replies["after DATA"] = "550 spam"
    done = service.deliver()
    assert "refuses everybody's mail: 550 spam" in done.error
    assert service.server.count("RCPT") == 20
    assert service.waiting() == 60


# --- limits --------------------------------------------------------------------------------------


class Hourly:
    """Takes so many mails in each hour of `now`."""

    def __init__(self, limit: int, reply: str) -> None:
        self.limit, self.reply, self.now = limit, reply, NOW
        self._counted: dict[int, int] = {}

    def __call__(self, _server: ScriptedServer, _line: str) -> str | None:
        """The refusal, once this hour's mails are used up."""
        hour = (self.now - NOW) // HOUR
        self._counted[hour] = self._counted.get(hour, 0) + 1
        return self.reply if self._counted[hour] > self.limit else None


@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("MAIL", "450 4.7.1 hourly limit of messages exceeded"),
        ("MAIL", "550 5.7.1 hourly sending quota exceeded"),
        ("MAIL", "421 4.7.0 try again later"),
        ("RCPT", "452 4.5.3 too many recipients per hour"),
        ("RCPT", "450 4.7.1 rate limit exceeded"),
        ("after DATA", "451 4.7.1 too many messages, slow down"),
    ],
)
def test_an_hourly_limit_is_used_hour_by_hour_and_costs_no_reader_an_attempt(
    service: Installation, stage: str, reply: str
) -> None:
    """The case mail-450-quota and its like: 300 readers, 30 an hour, a round every five minutes.

    How long a limit takes to be over is learned, so that the server is asked half as often as one not known.
    """
    service.read_by(*(f"p{number}@d{number % 7}.example" for number in range(300)))
    service.compose()
    hourly = Hourly(30, reply)
    service.server.replies[stage] = hourly
    for step in range(10 * 12):
        hourly.now = NOW + 5 * step * MINUTES
        service.deliver(hourly.now)
    assert service.counts() == {DeliveryState.SENT: 300}
    assert service.server.count("MAIL") - 300 <= (35 if stage == "MAIL" else 80)
    assert len(set(service.server.taken)) == 300
    with service.db.read() as tx:
        attempts = tx.exec_driver_sql("SELECT max(attempts), max(uncertain) FROM deliveries").one()
    assert tuple(attempts) == (1, 0)


class Speed:
    """Takes so many mails in each second of real time."""

    def __init__(self, limit: int) -> None:
        self.limit, self.taken = limit, list[float]()

    def __call__(self, _server: ScriptedServer, _line: str) -> str | None:
        """The refusal while the last `limit` mails are not a second old."""
        now = time.monotonic()
        if len(self.taken) >= self.limit and now - self.taken[-self.limit] < 1:
            return "454 Throttling failure: Maximum sending rate exceeded."
        self.taken.append(now)
        return None


def test_a_limit_of_speed_is_kept_to_after_it_was_met_and_after_a_restart(service: Installation) -> None:
    """Five a second: after three rounds the others go out at half that speed, each round by a new process."""
    service.read_by(*(f"p{number}@d{number}.example" for number in range(24)))
    service.compose()
    service.server.replies["MAIL"] = speed = Speed(5)
    rounds = []
    for minute in range(1, 9):
        speed.taken.clear()  # of a minute ago
        service.mailer = SmtpMailer(service.server.settings())
        rounds.append(service.deliver(NOW + 2 * minute * MINUTES).sent)
    assert sum(rounds) == 24
    assert max(rounds) >= 9, "it sends more in a round than the server takes at once"
    assert service.server.count("MAIL") - 24 <= 8


@pytest.mark.parametrize("connections", [1, 2])
@pytest.mark.parametrize(
    ("stage", "reply"),
    [
        ("MAIL", "421 4.7.0 too many messages in this connection"),
        ("MAIL", "450 4.3.2 no"),
        ("MAIL", "550 enough"),
        ("RCPT", "421 4.7.0 closing"),
        ("RCPT", "452 4.5.3 too many recipients in this session"),
        ("after DATA", "421 4.4.2 goodbye"),
    ],
)
def test_a_limit_of_the_connection_is_learned_and_everything_goes_out_at_once(
    service: Installation, stage: str, reply: str, connections: int
) -> None:
    """The case mail-421-per-connection and its like: 40 readers of one domain, 10 a connection."""
    service.read_by(*(f"p{number}@one.example" for number in range(40)))
    service.compose()
    service.server.replies[stage] = lambda server, _: reply if server.on_connection >= 10 else None
    service.mailer = SmtpMailer(service.server.settings(connections=connections))
    assert service.deliver() == Delivered(sent=40)
    assert service.server.connections <= 8
    service.compose(NOW + DAY)
    refusals = service.server.count("MAIL") - 40
    assert service.deliver(NOW + DAY) == Delivered(sent=40)
    assert service.server.count("MAIL") - 80 == refusals, "the limit is known now: the server need not say it again"


@pytest.mark.parametrize(
    "reply", ["mail-550-545-quota", "452 4.7.1 daily limit reached", "550 quota: 500 mails per day"]
)
def test_a_daily_limit_is_waited_out_until_the_next_day(service: Installation, reply: str) -> None:
    """It is not asked again before; then all go out, and nobody was suspended."""
    service.read_by(*TWO_DOMAINS)
    service.server.replies["MAIL"] = case(reply)["MAIL"] if reply.startswith("mail-") else reply
    for number in range(3):
        service.compose(NOW + number * MINUTES)
        for step in range(12):
            service.deliver(NOW + (number + 5 * step) * MINUTES)
    assert service.server.count("MAIL") == 1
    assert service.states() == {SubscriptionState.ACTIVE}
    assert service.waiting() == 6
    service.server.replies.clear()
    assert service.deliver(NOW + DAY) == Delivered(sent=6)


def test_a_limit_for_one_domain_stops_no_other_and_costs_no_attempt(service: Installation) -> None:
    """Though those refused are the least often tried, and so come first each time."""
    service.read_by("ann@busy.example", "abe@busy.example", *(f"p{number}@d{number}.example" for number in range(9)))
    service.compose()
    service.server.replies["RCPT"] = lambda _, line: "450 4.7.1 rate limit exceeded" if "busy" in line else None
    assert service.deliver() == Delivered(sent=9)
    for minutes in range(5, 24 * 60, 5):
        service.deliver(NOW + minutes * MINUTES)
    assert service.waiting() == 2
    service.server.replies.clear()
    assert service.deliver(NOW + 2 * DAY).sent == 2


def test_what_is_composed_while_a_server_rests_waits_with_the_rest(service: Installation) -> None:
    """It is not asked for the sake of the new digest; its refusal was counted."""
    service.read_by(*TWO_DOMAINS)
    service.compose()
    service.server.replies["MAIL"] = "450 4.7.1 rate limit"
    assert service.deliver() == Delivered()
    service.compose(NOW + 30 * SECONDS)
    assert service.deliver(NOW + 30 * SECONDS) == Delivered()
    assert service.server.count("MAIL") == 1
    with service.db.read() as tx:
        assert store.counters.read(tx, "smtp replies") == {("MAIL", "4xx"): 1}
    service.server.replies.clear()
    assert service.deliver(NOW + 2 * MINUTES) == Delivered(sent=4)


@pytest.mark.parametrize(
    ("banner", "counted", "logged"),
    [
        ("554 5.7.1 no access for your network", ("banner", "5xx"), "refused the connection"),
        ("", ("banner", "none"), "cannot be reached"),
    ],
)
def test_what_a_server_says_before_any_mail_is_counted_and_in_the_log(
    service: Installation, banner: str, counted: tuple[str, str], logged: str
) -> None:
    """Under the stage of the conversation."""
    service.read_by(*TWO_DOMAINS)
    service.compose()
    service.server.replies["banner"] = banner
    with capture_logs() as lines:
        done = service.deliver()
    assert logged in done.error
    with service.db.read() as tx:
        assert store.counters.read(tx, "smtp replies") == {counted: 1}
    (line,) = [one for one in lines if one["event"] == "mail waits"]
    assert (line["reason"], line["log_level"]) == (done.error, "warning")


def test_a_server_that_hangs_up_after_ten_mails_without_a_word_is_called_anew(service: Installation) -> None:
    """Nobody's copy is deferred for it."""
    service.read_by(*(f"p{number}@one.example" for number in range(40)))
    service.compose()
    service.server.replies["MAIL"] = lambda server, _: "" if server.on_connection >= 10 else None
    assert service.deliver() == Delivered(sent=40)


def test_a_server_at_its_limit_is_asked_again_at_growing_intervals(service: Installation) -> None:
    """Within a quarter of an hour at the latest, so that no hour is lost."""
    service.read_by(*TWO_DOMAINS)
    service.compose()
    service.server.replies["MAIL"] = "450 4.7.1 rate limit"
    for minute in range(120):
        service.deliver(NOW + minute * MINUTES)
    assert 9 <= service.server.count("MAIL") <= 14


def test_a_server_that_takes_fewer_connections_is_used_with_fewer(service: Installation) -> None:
    """421 at the second greeting: the mails go over the first."""
    service.read_by(*(f"p{number}@one.example" for number in range(20)))
    service.compose()
    service.server.replies["banner"] = lambda server, _: (
        "421 4.7.0 too many connections from you" if server.connections > 1 else None
    )
    service.mailer = SmtpMailer(service.server.settings(connections=4))
    assert service.deliver() == Delivered(sent=20)


# --- the name we greet with ----------------------------------------------------------------------


@pytest.mark.parametrize(("name", "greeted"), [("", "EHLO example.org"), ("mon.example.net", "EHLO mon.example.net")])
def test_the_server_is_greeted_with_the_senders_domain_or_the_configured_name(
    scripted: ScriptedServer, name: str, greeted: str
) -> None:
    """Not with "localhost" or a container's number."""
    mailer = SmtpMailer(replace(scripted.settings(), ehlo_name=name))
    mailer.send([("monitor@example.org", "ann@one.example", b"Subject: x\r\n\r\nx\r\n")])
    assert scripted.heard[0] == greeted


def test_doctor_finds_a_sender_that_is_refused(scripted: ScriptedServer) -> None:
    """It begins a mail as sending would, and sends none."""
    assert "responds" in SmtpMailer(scripted.settings()).probe()
    scripted.replies["MAIL"] = "550 Sender address not allowed"
    with pytest.raises(MailError, match="refused the sender"):
        SmtpMailer(scripted.settings()).probe()
    assert scripted.count("DATA") == 0


def heard_words(lines: Sequence[str]) -> list[str]:
    """The commands of a conversation."""
    return [line.split(" ")[0] for line in lines]


def test_a_server_that_knows_no_ehlo_is_greeted_with_helo(scripted: ScriptedServer) -> None:
    """RFC 5321 section 3.2."""
    scripted.replies["EHLO"] = "502 not implemented"
    SmtpMailer(scripted.settings()).send([("monitor@example.org", "ann@one.example", b"Subject: x\r\n\r\nx\r\n")])
    assert heard_words(scripted.heard)[:3] == ["EHLO", "HELO", "MAIL"]
