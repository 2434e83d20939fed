"""Mails that come back: who never asked for them is left alone, and what is no mailbox is not tried again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.bounces import process
from monitor.bounces.process import Outcome
from monitor.delivery import transactional
from monitor.demo.mailbox import Mail
from monitor.links import CONFIRM_WITHIN, Links
from monitor.mail.smtp import SmtpMailer
from monitor.model import BounceKind, ConsentEvent, Frequency, SubscriptionState
from monitor.store import Database
from monitor.store.schema import mail_tables
from monitor.subscribers import address_hash, admin, opt_in, retention
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.opt_in import SubscriptionRequest
from tests.support import returned_mails
from tests.support.bounce_site import READER, VISIT, BounceSite, opened
from tests.support.factories import DAY, NOW, subscription
from tests.support.settings import links
from tests.support.site import KEYS, RunningSite

DOMAIN = "bounces.example.org"
ANY = "<unknown@elsewhere>"
Shape = Callable[[str, str], bytes]


@pytest.fixture
def bounce_site(db: Database, tmp_path: Path) -> Iterator[BounceSite]:
    """A bounce site with signed bounce addresses (VERP)."""
    with opened(db, tmp_path, DOMAIN) as found:
        yield found


@pytest.fixture
def plain_bounce_site(db: Database, tmp_path: Path) -> Iterator[BounceSite]:
    """A bounce site without a bounce domain: bounces go to the sender."""
    with opened(db, tmp_path, "") as found:
        yield found


def message_id(mail: Mail) -> str:
    """The Message-ID of a mail."""
    return str(mail.message["Message-ID"])


def test_every_mail_has_a_sender_of_its_own_and_an_id_that_nobody_guesses(bounce_site: BounceSite) -> None:
    """The same at every attempt; the next mail has others."""
    bounce_site.mailbox.faults.refuse(READER, "451 4.3.0 try again later", times=1)
    bounce_site.ask()
    first = bounce_site.send(1)[0]
    second = bounce_site.ask(2)[1]
    assert re.fullmatch(rf"bounces\+mail\.1\.1-[0-9a-f]{{20}}@{DOMAIN}", first.sender)
    assert message_id(first) == f"<{first.sender.removeprefix('bounces+')}>"
    assert first.sender != second.sender
    assert message_id(first) != message_id(second)


def test_without_a_bounce_domain_mails_come_from_the_sender(plain_bounce_site: BounceSite) -> None:
    """And their ids are of the sender's domain."""
    (mail,) = plain_bounce_site.ask()
    assert mail.sender == "monitor@example.org"
    assert message_id(mail).endswith("@example.org>")


@pytest.mark.parametrize(
    "shape", [returned_mails.postfix, returned_mails.exim, returned_mails.exchange, returned_mails.qmail]
)
def test_a_mail_to_nobody_ends_the_request(bounce_site: BounceSite, shape: Shape) -> None:
    """Once is enough: there is nobody to confirm, and the link is dead. The bounce is kept."""
    (mail,) = bounce_site.ask()
    assert bounce_site.receive(shape(mail.sender, ANY)).outcome is Outcome.ENDED
    assert bounce_site.receive(shape(mail.sender, ANY)).outcome is Outcome.KNOWN
    ((state, reason),) = bounce_site.states()
    assert state is SubscriptionState.UNSUBSCRIBED
    assert reason.startswith("the confirmation mail came back")
    assert not opt_in.confirm(bounce_site.db, 1, AddressKey(READER, KEYS), VISIT, NOW)
    with bounce_site.db.read() as tx:
        assert [(one.kind, one.delivery_id) for one in store.bounces.of(tx, [1])] == [(BounceKind.HARD, None)]


@pytest.mark.parametrize(
    "shape", [returned_mails.postfix, returned_mails.exim, returned_mails.exchange, returned_mails.qmail]
)
def test_the_id_of_a_returned_mail_tells_whose_it_is(plain_bounce_site: BounceSite, shape: Shape) -> None:
    """When it bounced to the plain sender address."""
    (mail,) = plain_bounce_site.ask()
    assert plain_bounce_site.receive(shape("monitor@example.org", message_id(mail))).outcome is Outcome.ENDED


def test_the_whole_mail_inside_a_report_tells_it_too(plain_bounce_site: BounceSite) -> None:
    """The mail as it was sent, byte for byte, as a complaint encloses it."""
    (mail,) = plain_bounce_site.ask()
    assert plain_bounce_site.receive(returned_mails.complaint_about(mail.content)).outcome is Outcome.COMPLAINT


def test_a_full_mailbox_or_a_delay_ends_no_request(bounce_site: BounceSite) -> None:
    """The mail may be read tomorrow."""
    (mail,) = bounce_site.ask()
    for shape in (returned_mails.full, returned_mails.delayed, returned_mails.spam_refused):
        assert bounce_site.receive(shape(mail.sender, ANY)).outcome is Outcome.SOFT
    assert bounce_site.states()[0][0] is SubscriptionState.UNCONFIRMED
    assert opt_in.confirm(bounce_site.db, 1, AddressKey(READER, KEYS), VISIT, NOW)


def test_a_refusal_in_the_conversation_ends_the_request_as_a_returned_mail_does(bounce_site: BounceSite) -> None:
    """550 of the mailbox; not a refusal of our mail as such."""
    bounce_site.mailbox.faults.refuse(READER, "550 5.7.1 we do not like you", times=1)
    assert bounce_site.ask() == []
    assert bounce_site.states()[0][0] is SubscriptionState.UNCONFIRMED
    bounce_site.mailbox.faults.refuse(READER, "550 5.1.1 no such mailbox", times=1)
    assert bounce_site.ask(1) == []
    assert bounce_site.states()[0][0] is SubscriptionState.UNSUBSCRIBED
    assert bounce_site.send(2) == []


def test_who_was_ended_so_may_ask_again(bounce_site: BounceSite) -> None:
    """A mailbox that is there by now; nothing else was held against the address."""
    (mail,) = bounce_site.ask()
    bounce_site.receive(returned_mails.postfix(mail.sender, ANY))
    assert len(bounce_site.ask(1)) == 2
    assert opt_in.confirm(bounce_site.db, 1, AddressKey(READER, KEYS), VISIT, NOW + DAY)


def test_a_fresh_link_that_is_returned_counts_as_a_digest_that_does(bounce_site: BounceSite) -> None:
    """A reader is not lost over one of them."""
    with bounce_site.db.begin() as tx:
        store.subscribers.add(tx, subscription(READER), NOW - DAY)
    for number, expected in enumerate((Outcome.HARD, Outcome.HARD, Outcome.SUSPENDED)):
        assert opt_in.request_link(bounce_site.db, AddressKey(READER, KEYS), VISIT, NOW + number * DAY)
        mail = bounce_site.send(number)[-1]
        assert bounce_site.receive(returned_mails.postfix(mail.sender, ANY, f"dsn{number}"), number).outcome is expected


def test_a_mail_refused_for_now_is_tried_for_two_days(bounce_site: BounceSite) -> None:
    """After two minutes, four, eight and so on; then nobody waits for it."""
    bounce_site.mailbox.faults.refuse(READER, "451 4.3.0 try again later")
    bounce_site.ask()
    at, waits = NOW, []
    while (again_at := waits_until(bounce_site)) is not None:
        waits.append((again_at - at) // timedelta(minutes=1))
        at = again_at
        transactional.send_transactional(
            bounce_site.settings, links(bounce_site.settings), bounce_site.db, SmtpMailer(bounce_site.settings.smtp), at
        )
    assert waits == [2 << n for n in range(10)]
    assert timedelta(days=1) < at - NOW < timedelta(days=2)
    assert bounce_site.mailbox.to(READER) == []


def waits_until(bounce_site: BounceSite) -> datetime | None:
    """When the only mail is tried again, None when it is over."""
    with bounce_site.db.read() as tx:
        return tx.execute(sa.select(mail_tables.transactional_mails.c.next_try_at)).scalar_one()


def test_a_process_that_died_with_a_mail_in_hand_keeps_it_ten_minutes(bounce_site: BounceSite) -> None:
    """Then another one sends it."""
    assert opt_in.request(
        bounce_site.db, SubscriptionRequest("ccsvi", Frequency.WEEKLY), AddressKey(READER, KEYS), VISIT, NOW
    )
    with bounce_site.db.begin() as tx:
        assert len(store.transactional.claim(tx, NOW, 1, transactional.LEASE)) == 1
    mailer = SmtpMailer(bounce_site.settings.smtp)
    assert (
        transactional.send_transactional(
            bounce_site.settings,
            links(bounce_site.settings),
            bounce_site.db,
            mailer,
            NOW + timedelta(minutes=9, seconds=59),
        )
        == 0
    )
    assert (
        transactional.send_transactional(
            bounce_site.settings, links(bounce_site.settings), bounce_site.db, mailer, NOW + timedelta(minutes=10)
        )
        == 1
    )


@pytest.mark.parametrize(("rate", "sent"), [(0.0, 50), (2.0, 6), (0.1, 1), (1000.0, 50)])
def test_mails_keep_to_the_rate_for_the_three_seconds_until_the_next_beat(
    bounce_site: BounceSite, rate: float, sent: int
) -> None:
    """At least one, and at most fifty at a time."""
    slow = replace(bounce_site.settings, smtp=replace(bounce_site.settings.smtp, rate=rate))
    for number in range(52):
        visit = replace(VISIT, ip=f"198.51.100.{number}")
        person = AddressKey(f"r{number}@example.org", KEYS)
        assert opt_in.request(bounce_site.db, SubscriptionRequest("ccsvi", Frequency.WEEKLY), person, visit, NOW)
    unhurried = SmtpMailer(bounce_site.settings.smtp)
    assert transactional.send_transactional(slow, links(slow), bounce_site.db, unhurried, NOW) == sent


# --- "this is spam" ----------------------------------------------------------------------------------


def test_a_complaint_ends_the_request_it_names_and_its_owner_may_ask_anew(bounce_site: BounceSite) -> None:
    """Whoever knows a Message-ID can make a complaint up, so it must not bar anybody; the old link no longer works."""
    (mail,) = bounce_site.ask()
    assert bounce_site.receive(returned_mails.complaint(mail.sender, ANY)) == process.Processed(
        Outcome.COMPLAINT, READER, "complaint: abuse Provider/1.0"
    )
    assert bounce_site.states() == [(SubscriptionState.UNSUBSCRIBED, "complaint")]
    assert not opt_in.confirm(bounce_site.db, 1, AddressKey(READER, KEYS), VISIT, NOW)
    assert len(bounce_site.ask(1)) == 2
    assert opt_in.confirm(bounce_site.db, 1, AddressKey(READER, KEYS), VISIT, NOW + DAY)
    assert [state for state, _ in bounce_site.states()] == [SubscriptionState.ACTIVE]


def test_no_import_brings_back_whom_a_complaint_has_ended(bounce_site: BounceSite) -> None:
    """Only the person may come back."""
    (mail,) = bounce_site.ask()
    bounce_site.receive(returned_mails.complaint(mail.sender, ANY))
    done = admin.import_subscribers(bounce_site.db, [subscription(READER)], KEYS, NOW, form="import")
    assert (done.added, done.known) == (0, 1)
    assert [state for state, _ in bounce_site.states()] == [SubscriptionState.UNSUBSCRIBED]


def barred(db: Database, address: str) -> None:
    """The owner of an address has clicked "never write to me again"."""
    person = AddressKey(address, KEYS)
    with db.begin() as tx:
        for hashed in {person.hmacs[0], person.untagged_hmacs[0]}:
            store.suppressions.add(tx, hashed, store.suppressions.DECLINED, NOW)


def test_nobody_learns_on_the_page_that_an_address_is_barred(site: RunningSite) -> None:
    """The same page for whoever enters it, and no mail."""
    told, told_of_link = site.sign_up().text, site.http.post("/link", data={"address": READER}).text
    site.send_mails()
    barred(site.db, READER)
    site.clock.pass_by(DAY)
    assert site.sign_up().text == told
    assert site.http.post("/link", data={"address": READER}).text == told_of_link
    assert len(site.mails()) == 1


def test_a_mailbox_is_barred_under_whatever_tag(bounce_site: BounceSite) -> None:
    """Or a stranger would go on with +1, +2, +3; another mailbox is another person's, also where only a dot differs."""
    barred(bounce_site.db, "jane.roe+1@example.org")
    for address in ("jane.roe+1@example.org", "jane.roe+2@example.org", "Jane.Roe@example.org"):
        number = len(bounce_site.mailbox.messages)
        bounce_site.ask(1, address=address)
        assert len(bounce_site.mailbox.messages) == number, address
    assert len(bounce_site.ask(2, address="janeroe+1@example.org")) == 1


def test_a_mail_that_still_waits_is_not_sent_after_the_complaint(bounce_site: BounceSite) -> None:
    """The second of two was asked for before it."""
    (mail,) = bounce_site.ask()
    bounce_site.mailbox.faults.refuse(READER, "451 4.3.0 try again later", times=1)
    bounce_site.ask()
    bounce_site.receive(returned_mails.complaint(mail.sender, ANY))
    assert len(bounce_site.send(1)) == 1


def test_a_complaint_ends_no_subscription_that_it_does_not_name(bounce_site: BounceSite) -> None:
    """The person goes on reading about the other topic; the end of the one is in the record of consents."""
    with bounce_site.db.begin() as tx:
        other = store.subscribers.add(tx, replace(subscription(READER), topic="another"), NOW)
    (mail,) = bounce_site.ask()
    bounce_site.receive(returned_mails.complaint(mail.sender, ANY))
    with bounce_site.db.read() as tx:
        named = next(one for one in store.subscribers.find(tx, READER) if one.id != other)
        assert store.subscribers.get(tx, other).state is SubscriptionState.ACTIVE
        assert named.state is SubscriptionState.UNSUBSCRIBED
        assert store.consents.of(tx, [named.id])[-1].event is ConsentEvent.WITHDRAWN


def test_who_is_barred_outweighs_that_the_address_was_erased_before(bounce_site: BounceSite) -> None:
    """Who was erased may come back by their own hand; who wants no mail may not be written to by anybody's."""
    with bounce_site.db.begin() as tx:
        store.subscribers.add(tx, subscription(READER), NOW)
    admin.erase(bounce_site.db, AddressKey(READER, KEYS), NOW)
    barred(bounce_site.db, READER)
    assert bounce_site.ask(1) == []
    with bounce_site.db.read() as tx:
        assert store.suppressions.reasons(tx, address_hash.address_hmacs(READER, KEYS)) == {store.suppressions.DECLINED}
    admin.erase(bounce_site.db, AddressKey(READER, KEYS), NOW + DAY)
    assert bounce_site.ask(2) == []


def test_a_complaint_that_names_us_only_as_the_original_sender_is_understood(bounce_site: BounceSite) -> None:
    """RFC 5965, Original-Mail-From: some providers leave nothing else of the mail."""
    (mail,) = bounce_site.ask()
    assert (
        bounce_site.receive(returned_mails.complaint_without_mail("<someone@elsewhere.example>")).outcome
        is Outcome.NOT_OURS
    )
    assert bounce_site.receive(returned_mails.complaint_without_mail(f"<{mail.sender}>")).outcome is Outcome.COMPLAINT


def test_a_report_about_a_mail_that_was_never_sent_counts_for_nothing(bounce_site: BounceSite) -> None:
    """A guess, the signature of another mail, the signed address of a digest."""
    (mail,) = bounce_site.ask()
    digests = Links(KEYS).bounce_address(1, DOMAIN).removeprefix("bounces+1-")
    guesses = (
        mail.sender.replace("mail.1.1", "mail.1.2"),
        mail.sender.replace("mail.1.1", "mail.2.1"),
        f"bounces+mail.1.1-{digests}",
        mail.sender.replace("mail.1.1", "1"),
        f"bounces+mail.1.1@{DOMAIN}",
        f"bounces+mail.x.y-{digests}",
    )
    for guess in guesses:
        raw = returned_mails.complaint(guess, f"<{guess.removeprefix('bounces+')}>")
        assert bounce_site.receive(raw).outcome is Outcome.NOT_OURS, guess
    assert bounce_site.states()[0][0] is SubscriptionState.UNCONFIRMED


def test_mails_of_before_a_change_of_key_are_recognised(bounce_site: BounceSite) -> None:
    """As long as the old key counts."""
    older = replace(bounce_site.settings, secret_keys=KEYS[1:])
    opt_in.request(bounce_site.db, SubscriptionRequest("ccsvi", Frequency.WEEKLY), AddressKey(READER, KEYS), VISIT, NOW)
    (mail,) = replace(bounce_site, settings=older).send()
    assert bounce_site.receive(returned_mails.complaint(mail.sender, ANY)).outcome is Outcome.COMPLAINT


# --- retention ----------------------------------------------------------------------------------------


def test_who_never_confirmed_is_forgotten_after_a_returned_mail_too(bounce_site: BounceSite) -> None:
    """After the week that every request has nothing of it stays, and whoever it was may ask again."""
    (mail,) = bounce_site.ask()
    bounce_site.receive(returned_mails.postfix(mail.sender, ANY))
    retention.clean_up(bounce_site.db, NOW + CONFIRM_WITHIN)
    assert len(bounce_site.states()) == 1
    retention.clean_up(bounce_site.db, NOW + CONFIRM_WITHIN + timedelta(hours=1))
    assert bounce_site.states() == []
    with bounce_site.db.read() as tx:
        assert store.personal_data.export(tx, READER)["subscribers"] == []
        assert store.bounces.of(tx, [1]) == []
        assert not store.suppressions.has_any(tx, address_hash.address_hmacs(READER, KEYS))
    assert bounce_site.receive(returned_mails.postfix(mail.sender, ANY), 8).outcome is Outcome.NOT_OURS
    assert len(bounce_site.ask(9)) == 2


def test_who_left_or_came_with_an_import_as_having_left_stays_so(bounce_site: BounceSite) -> None:
    """Their rows keep imports from bringing them back."""
    left = replace(subscription(READER), state=SubscriptionState.UNSUBSCRIBED)
    admin.import_subscribers(bounce_site.db, [left], KEYS, NOW, form="import")
    retention.clean_up(bounce_site.db, NOW + 2 * CONFIRM_WITHIN)
    assert [state for state, _ in bounce_site.states()] == [SubscriptionState.UNSUBSCRIBED]


def test_who_complained_about_the_request_stays_known_as_having_left(bounce_site: BounceSite) -> None:
    """Were it forgotten after a week, the next import would mail them again."""
    (mail,) = bounce_site.ask()
    bounce_site.receive(returned_mails.complaint(mail.sender, ANY))
    retention.clean_up(bounce_site.db, NOW + CONFIRM_WITHIN + timedelta(hours=1))
    admin.import_subscribers(bounce_site.db, [subscription(READER)], KEYS, NOW + 8 * DAY, form="import")
    assert [state for state, _ in bounce_site.states()] == [SubscriptionState.UNSUBSCRIBED]
