"""The outbox is emptied: each mail once, later, never again, or twice and counted; and never to one who left."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text

from monitor import store
from monitor.delivery.deliver import Delivered, deliver_due, outbox_of_mails
from monitor.delivery.outbox import BATCH, RECORD_BATCH
from monitor.delivery.refusals import BACK_OFF
from monitor.delivery.retries import MAX_UNCERTAIN, next_try
from monitor.delivery.server_state import SERVER_BACK_OFF
from monitor.digests.compose import compose_due
from monitor.links import Links, Purpose
from monitor.mail.smtp import SmtpMailer
from monitor.model import Delivery, DeliveryState, SendOutcome, SendResult, Settings, Stage
from monitor.ports import Outbox
from monitor.store import Database
from tests.support.digest_samples import NOW
from tests.support.mail_servers import Arrived, Mailbox
from tests.support.settings import START, links, news_of_three, settings, subscribe, unsubscribe, watched

PEOPLE = ("a@example.org", "b@example.org", "c@example.org")


@pytest.fixture
def configured(mailbox: Mailbox) -> Settings:
    """Settings whose mail server is the mailbox."""
    return settings(mailbox.settings())


@pytest.fixture
def ready(db: Database, configured: Settings) -> dict[str, int]:
    """Three readers were welcomed; the news of the third trial is in the outbox. Subscriptions by address."""
    watched(db)
    people = {address: subscribe(db, address) for address in PEOPLE}
    compose_due(configured, db, START)
    with db.begin() as tx:
        tx.execute(text("UPDATE deliveries SET state = 'sent', next_try_at = NULL"))
    news_of_three(db)
    compose_due(configured, db, NOW)
    return people


def deliver(db: Database, configured: Settings, at: datetime = NOW) -> Delivered:
    """One round."""
    return deliver_due(configured, links(configured), db, SmtpMailer(configured.smtp), at)


def counts(db: Database) -> dict[DeliveryState, int]:
    """Deliveries by state, without the three welcomes."""
    with db.read() as tx:
        found = store.delivery_counts.counts(tx)
    found[DeliveryState.SENT] = found.get(DeliveryState.SENT, 0) - 3
    return {state: number for state, number in found.items() if number}


def test_each_reader_gets_one_mail_with_their_own_links(
    db: Database, mailbox: Mailbox, configured: Settings, ready: dict[str, int]
) -> None:
    """And a second round sends nothing."""
    assert deliver(db, configured) == Delivered(sent=3)
    assert deliver(db, configured, NOW + timedelta(days=4)) == Delivered()
    links = Links(configured.secret_keys, "https://monitor.example.org")
    for address, number in ready.items():
        (mail,) = mailbox.to(address)
        assert mail.message["Subject"] == "CCSVI in MS: third sham-controlled trial reported"
        assert f"<{links.url(Purpose.UNSUBSCRIBE, number)}>" in mail.message["List-Unsubscribe"]
        plain = mail.message.get_body(("plain",))
        assert plain is not None
        assert links.url(Purpose.UNSUBSCRIBE, number) in plain.get_content()
    assert len({mail.message["Message-ID"] for mail in mailbox.arrived}) == 3
    assert counts(db) == {DeliveryState.SENT: 3}


@pytest.mark.usefixtures("ready")
def test_a_greylisted_reader_gets_it_later(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """The same mail, under the same Message-ID, five minutes on."""
    mailbox.answers["b@example.org"] = ["450 4.2.0 greylisted"]
    assert deliver(db, configured) == Delivered(sent=2, deferred=1)
    assert deliver(db, configured, NOW + timedelta(minutes=4)) == Delivered()
    assert deliver(db, configured, NOW + timedelta(minutes=6)) == Delivered(sent=1)
    assert len(mailbox.to("b@example.org")) == 1


@pytest.mark.usefixtures("ready")
def test_after_three_days_of_temporary_refusals_it_is_over(
    db: Database, mailbox: Mailbox, configured: Settings
) -> None:
    """Nine attempts, then failed with the reason."""
    mailbox.answers["b@example.org"] = ["452 4.2.2 mailbox full"] * 100
    at = NOW
    deliver(db, configured, at)
    for pause in BACK_OFF:
        at += pause + timedelta(minutes=1)
        deliver(db, configured, at)
    assert counts(db) == {DeliveryState.SENT: 2, DeliveryState.FAILED: 1}
    assert timedelta(days=2.5) < at - NOW < timedelta(days=3.5)
    assert deliver(db, configured, at + timedelta(days=9)) == Delivered()
    with db.read() as tx:
        assert tx.execute(text("SELECT last_reply FROM deliveries WHERE state = 'failed'")).scalar_one() == (
            "given up after 9 attempts: 4.2.2 mailbox full"
        )


@pytest.mark.usefixtures("ready")
def test_a_permanent_refusal_is_final(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """One attempt."""
    mailbox.answers["b@example.org"] = ["550 5.1.1 no such person"]
    assert deliver(db, configured) == Delivered(sent=2, failed=1)
    assert deliver(db, configured, NOW + timedelta(days=1)) == Delivered()


@pytest.mark.usefixtures("ready")
def test_a_lost_answer_means_the_same_mail_again_and_is_counted(
    db: Database, mailbox: Mailbox, configured: Settings
) -> None:
    """Twice rather than never, under one Message-ID, and not for ever."""
    mailbox.drop_after_data.add("b@example.org")
    assert deliver(db, configured) == Delivered(sent=2, uncertain=1)
    assert deliver(db, configured, NOW + timedelta(minutes=6)) == Delivered(sent=1)
    first, second = mailbox.to("b@example.org")
    assert first.message["Message-ID"] == second.message["Message-ID"]


@pytest.mark.usefixtures("ready")
def test_a_mail_whose_answer_is_always_lost_is_left_at_that(
    db: Database, mailbox: Mailbox, configured: Settings
) -> None:
    """Three possible copies are enough."""
    at = NOW
    for _ in range(10):
        mailbox.drop_after_data.add("b@example.org")
        deliver(db, configured, at)
        at += timedelta(days=1)
    assert len(mailbox.to("b@example.org")) == MAX_UNCERTAIN
    assert counts(db) == {DeliveryState.SENT: 2, DeliveryState.UNCERTAIN: 1}


def test_who_left_gets_nothing_though_it_is_in_the_outbox(
    db: Database, mailbox: Mailbox, configured: Settings, ready: dict[str, int]
) -> None:
    """From the moment it is committed."""
    unsubscribe(db, ready["b@example.org"])
    assert deliver(db, configured) == Delivered(sent=2)
    assert not mailbox.to("b@example.org")
    assert counts(db) == {DeliveryState.SENT: 2, DeliveryState.CANCELLED: 1}


def test_who_leaves_while_the_digest_is_being_sent_gets_nothing(
    db: Database, mailbox: Mailbox, configured: Settings, ready: dict[str, int]
) -> None:
    """The third reader leaves when the first mail arrives; all three were claimed already."""

    def leave(mail: Arrived) -> None:
        if mail.recipients == ("a@example.org",):
            unsubscribe(db, ready["c@example.org"])

    mailbox.on_arrival = leave
    assert deliver(db, configured) == Delivered(sent=2)
    assert not mailbox.to("c@example.org")
    assert counts(db) == {DeliveryState.SENT: 2, DeliveryState.CANCELLED: 1}


@pytest.mark.usefixtures("ready")
def test_a_mail_server_that_is_down_costs_no_delivery_an_attempt(
    db: Database, mailbox: Mailbox, configured: Settings
) -> None:
    """It may be down for weeks; when it is back everything goes out."""
    down = replace(configured, smtp=replace(configured.smtp, port=1))
    at = NOW
    for _ in range(30):
        assert "cannot be reached" in deliver(db, down, at).error
        assert deliver(db, down, at + timedelta(minutes=1)) == Delivered()
        at += SERVER_BACK_OFF + timedelta(seconds=2)
    assert deliver(db, configured, at) == Delivered(sent=3)
    assert len(mailbox.arrived) == 3


class _Dying(SmtpMailer):
    """A mailer on a machine that loses its power after the server's yes."""

    def send_queue(self, outbox: Outbox) -> None:
        """Send, and die before any outcome is recorded."""
        messages = []
        while isinstance(taken := outbox.next_message(), tuple):
            messages.append(taken[1])
        SmtpMailer(self._server.settings).send(messages)
        raise KeyboardInterrupt


@pytest.mark.usefixtures("ready")
def test_a_crash_after_sending_sends_again_and_counts_it(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """Not before the lease is over, and with the same Message-IDs."""
    with pytest.raises(KeyboardInterrupt):
        deliver_due(configured, links(configured), db, _Dying(configured.smtp), NOW)
    assert deliver(db, configured, NOW + store.leases.LENGTH / 2) == Delivered()
    assert deliver(db, configured, NOW + store.leases.LENGTH + timedelta(seconds=5)) == Delivered(sent=3)
    assert len(mailbox.arrived) == 6
    assert len({mail.message["Message-ID"] for mail in mailbox.arrived}) == 3
    with db.read() as tx:
        assert tx.execute(text("SELECT sum(uncertain) FROM deliveries")).scalar_one() == 3


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("is_finished", [True, False], ids=["sent", "still sending"])
def test_a_sender_that_stalls_while_another_takes_over_records_nothing_but_its_yes(
    db: Database, mailbox: Mailbox, configured: Settings, is_finished: bool
) -> None:
    """Refused for good, refused for now, accepted, each long after the lease; the newer one's record stands."""
    mailbox.answers.update({"a@example.org": ["550 5.1.1 no such user"], "b@example.org": ["450 4.2.0 later"]})
    newer: list[Delivery] = []

    def take_over(_mail: Arrived) -> None:
        if not newer:
            with db.begin() as tx:
                newer.extend(store.deliveries.claim(tx, NOW + 2 * store.leases.LENGTH, 9))
                sent = SendResult(SendOutcome.SENT, 250, "by the newer one")
                store.deliveries.record(tx, [(one, sent, None) for one in newer if is_finished], NOW)

    mailbox.on_arrival = take_over
    deliver(db, configured)
    with db.read() as tx:
        recorded = set(tx.scalars(text("SELECT last_reply FROM deliveries WHERE last_try_at IS NOT NULL")))
        assert store.bounces.hard_since(tx, newer[0].subscription_id, START) == 0
    if is_finished:
        assert recorded == {"by the newer one"}
        assert counts(db) == {DeliveryState.SENT: 3}
    else:
        assert counts(db) == {DeliveryState.SENDING: 2, DeliveryState.SENT: 1}


def test_an_address_that_no_mail_can_go_to_fails_alone(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """A stray line in an imported file stops nobody else's mail."""
    watched(db)
    subscribe(db, "a@example.org\r\nBcc: x@example.org")
    subscribe(db, "b@example.org")
    compose_due(configured, db, START)
    assert deliver(db, configured, START) == Delivered(sent=1, failed=1)
    assert [mail.recipients for mail in mailbox.arrived] == [("b@example.org",)]


@pytest.mark.usefixtures("ready")
def test_bounces_come_back_to_the_delivery_they_are_about(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """With a domain for them, each envelope has its own sender."""
    bouncing = replace(configured, smtp=replace(configured.smtp, bounce_domain="bounce.example.org"))
    assert deliver(db, bouncing) == Delivered(sent=3)
    links = Links(configured.secret_keys)
    numbers = {links.read_bounce_address(mail.sender) for mail in mailbox.arrived}
    with db.read() as tx:
        rows = tx.execute(text("SELECT id FROM deliveries WHERE digest_id = (SELECT max(id) FROM digests)"))
        assert numbers == {row.id for row in rows}


def test_whether_there_was_anything_to_send() -> None:
    """A server that could not be used counts, too."""
    assert not Delivered()
    assert all(
        (Delivered(sent=1), Delivered(deferred=1), Delivered(failed=1), Delivered(uncertain=1), Delivered(error="x"))
    )


class _Leaving(SmtpMailer):
    """A mailer that takes one message and returns."""

    def send_queue(self, outbox: Outbox) -> None:
        """One is sent."""
        taken = outbox.next_message()
        assert isinstance(taken, tuple)
        outbox.record_reply(taken[0], SendResult(SendOutcome.SENT, 250, "ok"))


@pytest.mark.usefixtures("ready")
def test_a_server_that_stops_without_a_word_is_left_alone_for_five_minutes(db: Database, configured: Settings) -> None:
    """The others wait, and the operator is told."""
    leaving = deliver_due(configured, links(configured), db, _Leaving(configured.smtp), NOW)
    assert leaving == Delivered(sent=1, error="The mail server stopped responding.")
    assert deliver(db, configured, NOW + timedelta(minutes=4, seconds=59)) == Delivered()
    assert deliver(db, configured, NOW + timedelta(minutes=5, seconds=5)) == Delivered(sent=2)


@pytest.mark.usefixtures("ready")
def test_a_stop_is_heard_between_batches(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """What was not begun stays waiting."""
    mailer = SmtpMailer(configured.smtp)
    assert deliver_due(configured, links(configured), db, mailer, NOW, is_stopping=lambda: True) == Delivered()
    assert mailbox.arrived == []
    assert deliver_due(configured, links(configured), db, mailer, NOW) == Delivered(sent=3)


@pytest.mark.usefixtures("ready")
def test_two_processes_share_the_outbox_without_a_double(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """While one sends, the other finds nothing to do."""
    inner: list[Delivered] = []

    class Nested(SmtpMailer):
        """Another process wakes while this one sends."""

        def send_queue(self, outbox: Outbox) -> None:
            """Deliver from elsewhere first."""
            inner.append(deliver(db, configured))
            super().send_queue(outbox)

    assert deliver_due(configured, links(configured), db, Nested(configured.smtp), NOW) == Delivered(sent=3)
    assert inner == [Delivered()]
    assert len(mailbox.arrived) == 3


def test_however_many_wait_only_a_few_are_in_memory(db: Database, configured: Settings) -> None:
    """The mail is written once; claims come in batches, and each is recorded before the next."""
    watched(db)
    for number in range(2 * BATCH + 10):
        subscribe(db, f"p{number}@example.org")
    compose_due(configured, db, START)
    taking = _Taking(db)
    assert deliver_due(configured, links(configured), db, taking, START) == Delivered(sent=2 * BATCH + 10)
    assert taking.most_claimed == BATCH


class _Taking(SmtpMailer):
    """A mail server that takes everything, and looks at the table meanwhile."""

    def __init__(self, db: Database) -> None:
        self._db, self.most_claimed = db, 0

    def send_queue(self, outbox: Outbox) -> None:
        """Take every message."""
        while isinstance(taken := outbox.next_message(), tuple):
            outbox.record_reply(taken[0], SendResult(SendOutcome.SENT, 250, "ok"))
            if taken[0] % 50 == 1:
                with self._db.read() as tx:
                    claimed = store.delivery_counts.counts(tx).get(DeliveryState.SENDING, 0)
                self.most_claimed = max(self.most_claimed, claimed)


def test_replies_are_committed_by_the_hundred(db: Database, configured: Settings) -> None:
    """A commit for each of 250 mails would be what most of the time is spent on."""
    watched(db)
    for number in range(BATCH):
        subscribe(db, f"p{number}@example.org")
    compose_due(configured, db, START)
    recorded = {0}
    with outbox_of_mails(configured, links(configured), db, START) as waiting:
        while isinstance(taken := waiting.next_message(), tuple):
            waiting.record_reply(taken[0], SendResult(SendOutcome.SENT, 250, "ok"))
            with db.read() as tx:
                recorded.add(store.delivery_counts.counts(tx).get(DeliveryState.SENT, 0))
    steps = [after - before for before, after in pairwise(sorted({*recorded, BATCH}))]
    assert len(steps) < BATCH / 10  # three where it takes less than a second
    assert max(steps) <= RECORD_BATCH


@pytest.mark.usefixtures("ready")
def test_a_stop_is_heard_between_two_mails(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """What is under way is finished and recorded; the others wait again, and no try is counted."""
    stop = deliver_due(
        configured,
        links(configured),
        db,
        SmtpMailer(configured.smtp),
        NOW,
        is_stopping=lambda: len(mailbox.arrived) == 1,
    )
    assert stop == Delivered(sent=1)
    assert counts(db) == {DeliveryState.SENT: 1, DeliveryState.WAITING: 2}
    assert deliver(db, configured, NOW + timedelta(minutes=1)) == Delivered(sent=2)


@pytest.mark.usefixtures("ready")
def test_work_that_takes_too_long_goes_on_with_the_next_tick(
    db: Database, mailbox: Mailbox, configured: Settings
) -> None:
    """So that a slow rate keeps no poll waiting."""
    slow = replace(configured, smtp=replace(configured.smtp, rate=5.0))
    within = timedelta(seconds=0.3)
    first = deliver_due(slow, links(slow), db, SmtpMailer(slow.smtp), NOW, within=within)
    assert 1 <= first.sent < 3
    again = NOW + timedelta(minutes=1)
    rest = deliver_due(slow, links(slow), db, SmtpMailer(slow.smtp), again, within=timedelta(minutes=1))
    assert (rest.sent, len(mailbox.arrived)) == (3 - first.sent, 3)


@pytest.mark.usefixtures("ready")
def test_an_answer_is_kept_though_the_next_mail_must_wait(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """At a slow rate there is nothing to gather: what a crash leaves in doubt stays small."""
    slow = replace(configured, smtp=replace(configured.smtp, rate=0.6))
    recorded: list[int] = []

    def count_sent(_mail: Arrived) -> None:
        recorded.append(counts(db).get(DeliveryState.SENT, 0))

    mailbox.on_arrival = count_sent
    assert deliver(db, slow) == Delivered(sent=3)
    assert recorded == [0, 1, 2]


def test_a_domain_that_closes_its_door_keeps_nobody_else_waiting(
    db: Database, mailbox: Mailbox, configured: Settings
) -> None:
    """Its other readers are not even tried until it has rested; those elsewhere have their mail at once."""
    watched(db)
    for number in range(5):
        subscribe(db, f"p{number}@busy.example.org")
        subscribe(db, f"p{number}@calm.example.org")
    compose_due(configured, db, START)
    mailbox.answers["p0@busy.example.org"] = ["421 4.7.0 too much from you"]
    assert deliver(db, configured, START) == Delivered(sent=5, deferred=1)
    assert {mail.recipients[0].partition("@")[2] for mail in mailbox.arrived} == {"calm.example.org"}
    assert deliver(db, configured, START + timedelta(minutes=2)) == Delivered(sent=4)
    assert deliver(db, configured, START + timedelta(minutes=6)) == Delivered(sent=1)


def test_one_domain_never_gets_more_at_once_than_it_may(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """Two connections are open, and both are used only where two domains are waiting."""
    one_each = replace(configured, smtp=replace(configured.smtp, connections=4, per_domain=1))
    watched(db)
    for number in range(12):
        subscribe(db, f"p{number}@{'one' if number % 2 else 'two'}.example.org")
    compose_due(one_each, db, START)
    counting = _Counting(one_each.smtp)
    assert deliver_due(one_each, links(one_each), db, counting, START) == Delivered(sent=12)
    assert counting.most == {"one.example.org": 1, "two.example.org": 1}


class _Counting(SmtpMailer):
    """Notes how many mails to each domain are under way at most."""

    def send_queue(self, outbox: Outbox) -> None:
        """Send through an outbox that counts."""
        self.most: dict[str, int] = {}
        under_way: dict[int, str] = {}
        most = self.most

        class Counted:
            """The outbox, watched."""

            def next_message(self) -> tuple[int, tuple[str, str, bytes]] | float | None:
                """Note whom the message is for."""
                taken = outbox.next_message()
                if isinstance(taken, tuple):
                    domain = under_way[taken[0]] = taken[1][1].partition("@")[2]
                    most[domain] = max(most.get(domain, 0), list(under_way.values()).count(domain))
                return taken

            def record_reply(self, number: int, result: SendResult) -> None:
                """It is no longer under way."""
                del under_way[number]
                outbox.record_reply(number, result)

        super().send_queue(Counted())


WAITS = (5, 15, 60, 240, 480, 720, 1080, 1800)


def a_delivery(attempts: int = 1, uncertain: int = 0) -> Delivery:
    """One that was just tried for the nth time."""
    return Delivery(1, 1, 1, "a@example.org", "<m@x>", DeliveryState.SENDING, attempts=attempts, uncertain=uncertain)


@pytest.mark.parametrize(("attempts", "minutes"), list(enumerate(WAITS, 1)))
def test_each_refusal_for_now_is_waited_out_longer(attempts: int, minutes: int) -> None:
    """Five minutes, a quarter, an hour … thirty hours."""
    full = SendResult(SendOutcome.DEFERRED, 452, "4.2.2 mailbox full")
    assert next_try(a_delivery(attempts), full, NOW) == (full, NOW + timedelta(minutes=minutes))


def test_the_last_refusal_for_now_is_for_good() -> None:
    """The ninth, with its reason."""
    full = SendResult(SendOutcome.DEFERRED, 452, "4.2.2 mailbox full")
    given_up = SendResult(SendOutcome.FAILED, 452, "given up after 9 attempts: 4.2.2 mailbox full")
    assert next_try(a_delivery(9), full, NOW) == (given_up, None)


@pytest.mark.parametrize(("before", "minutes"), [(0, 5), (1, 15), (2, None)])
def test_a_mail_that_may_have_arrived_goes_out_three_times_at_most(before: int, minutes: int | None) -> None:
    """What was taken or refused for good is over at once."""
    lost = SendResult(SendOutcome.UNCERTAIN, 0, "the connection broke")
    again_at = NOW + timedelta(minutes=minutes) if minutes else None
    assert next_try(a_delivery(uncertain=before), lost, NOW) == (lost, again_at)
    for outcome in (SendOutcome.SENT, SendOutcome.FAILED):
        over = SendResult(outcome, 550, "x")
        assert next_try(a_delivery(), over, NOW) == (over, None)


@pytest.mark.parametrize(("before", "wait"), [(0, timedelta(minutes=5)), (1, timedelta(hours=12)), (2, None)])
def test_a_message_to_a_room_that_may_have_arrived_waits_longer(before: int, wait: timedelta | None) -> None:
    """A server that is too slow to answer is so for hours."""
    lost = SendResult(SendOutcome.UNCERTAIN, 0, "it did not answer in time", Stage.HTTP)
    assert next_try(a_delivery(uncertain=before), lost, NOW) == (lost, NOW + wait if wait else None)


@pytest.mark.usefixtures("ready")
def test_a_mail_that_was_under_way_in_a_crash_is_ours_for_half_an_hour(
    db: Database, mailbox: Mailbox, configured: Settings
) -> None:
    """Then it goes out once more."""
    with pytest.raises(KeyboardInterrupt):
        deliver_due(configured, links(configured), db, _Dying(configured.smtp), NOW)
    assert deliver(db, configured, NOW + timedelta(minutes=29, seconds=50)) == Delivered()
    assert deliver(db, configured, NOW + timedelta(minutes=30, seconds=5)) == Delivered(sent=3)


def test_two_hundred_and_fifty_are_claimed_at_a_time(db: Database, configured: Settings) -> None:
    """The others stay free for another process; a slow server claims what it can send in a third of the lease."""
    watched(db)
    for number in range(255):
        subscribe(db, f"p{number}@example.org")
    compose_due(configured, db, START)

    def claimed(asked: Settings, at: datetime) -> int:
        with outbox_of_mails(asked, links(asked), db, at) as waiting:
            assert waiting.claim_batch()
            with db.read() as tx:
                return store.delivery_counts.counts(tx).get(DeliveryState.SENDING, 0)

    assert claimed(configured, START) == 250
    slow = replace(configured, smtp=replace(configured.smtp, rate=0.1))
    assert claimed(slow, START + timedelta(minutes=1)) == 60
