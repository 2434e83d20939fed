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
from monitor.subscribers.opt_in import SubscriptionRequest
from tests.support import returned_mails
from tests.support.bounce_site import READER, VISIT, Office, opened
from tests.support.factories import DAY, NOW, subscription
from tests.support.settings import links
from tests.support.site import KEYS, RunningSite

DOMAIN = "bounces.example.org"
ANY = "<unknown@elsewhere>"
Shape = Callable[[str, str], bytes]


@pytest.fixture
def office(db: Database, tmp_path: Path) -> Iterator[Office]:
    """An office with signed bounce addresses."""
    with opened(db, tmp_path, DOMAIN) as found:
        yield found


@pytest.fixture
def plain_office(db: Database, tmp_path: Path) -> Iterator[Office]:
    """An office without: what comes back comes to the sender."""
    with opened(db, tmp_path, "") as found:
        yield found


def message_id(mail: Mail) -> str:
    """The Message-ID of a mail."""
    return str(mail.message["Message-ID"])


def test_every_mail_has_a_sender_of_its_own_and_an_id_that_nobody_guesses(office: Office) -> None:
    """The same at every attempt; the next mail has others."""
    office.mailbox.faults.refuse(READER, "451 4.3.0 try again later", times=1)
    office.ask()
    first = office.send(1)[0]
    second = office.ask(2)[1]
    assert re.fullmatch(rf"bounces\+mail\.1\.1-[0-9a-f]{{20}}@{DOMAIN}", first.sender)
    assert message_id(first) == f"<{first.sender.removeprefix('bounces+')}>"
    assert first.sender != second.sender
    assert message_id(first) != message_id(second)


def test_without_a_bounce_domain_mails_come_from_the_sender(plain_office: Office) -> None:
    """And their ids are of the sender's domain."""
    (mail,) = plain_office.ask()
    assert mail.sender == "monitor@example.org"
    assert message_id(mail).endswith("@example.org>")


@pytest.mark.parametrize(
    "shape", [returned_mails.postfix, returned_mails.exim, returned_mails.exchange, returned_mails.qmail]
)
def test_a_mail_to_nobody_ends_the_request(office: Office, shape: Shape) -> None:
    """Once is enough: there is nobody to confirm, and the link is dead. The bounce is kept."""
    (mail,) = office.ask()
    assert office.take(shape(mail.sender, ANY)).outcome is Outcome.ENDED
    assert office.take(shape(mail.sender, ANY)).outcome is Outcome.KNOWN
    ((state, reason),) = office.states()
    assert state is SubscriptionState.UNSUBSCRIBED
    assert reason.startswith("the confirmation mail came back")
    assert not opt_in.confirm(office.db, 1, VISIT, KEYS, NOW)
    with office.db.read() as tx:
        assert [(one.kind, one.delivery_id) for one in store.bounces.of(tx, [1])] == [(BounceKind.HARD, None)]


@pytest.mark.parametrize(
    "shape", [returned_mails.postfix, returned_mails.exim, returned_mails.exchange, returned_mails.qmail]
)
def test_the_id_of_a_returned_mail_tells_whose_it_is(plain_office: Office, shape: Shape) -> None:
    """Where it came back to a plain address."""
    (mail,) = plain_office.ask()
    assert plain_office.take(shape("monitor@example.org", message_id(mail))).outcome is Outcome.ENDED


def test_the_whole_mail_inside_a_report_tells_it_too(plain_office: Office) -> None:
    """The mail as it was sent, byte for byte, as a complaint encloses it."""
    (mail,) = plain_office.ask()
    assert plain_office.take(returned_mails.complaint_about(mail.content)).outcome is Outcome.COMPLAINT


def test_a_full_mailbox_or_a_delay_ends_no_request(office: Office) -> None:
    """The mail may be read tomorrow."""
    (mail,) = office.ask()
    for shape in (returned_mails.full, returned_mails.delayed, returned_mails.spam_refused):
        assert office.take(shape(mail.sender, ANY)).outcome is Outcome.SOFT
    assert office.states()[0][0] is SubscriptionState.UNCONFIRMED
    assert opt_in.confirm(office.db, 1, VISIT, KEYS, NOW)


def test_a_refusal_in_the_conversation_ends_the_request_as_a_returned_mail_does(office: Office) -> None:
    """550 of the mailbox; not a refusal of our mail as such."""
    office.mailbox.faults.refuse(READER, "550 5.7.1 we do not like you", times=1)
    assert office.ask() == []
    assert office.states()[0][0] is SubscriptionState.UNCONFIRMED
    office.mailbox.faults.refuse(READER, "550 5.1.1 no such mailbox", times=1)
    assert office.ask(1) == []
    assert office.states()[0][0] is SubscriptionState.UNSUBSCRIBED
    assert office.send(2) == []


def test_who_was_ended_so_may_ask_again(office: Office) -> None:
    """A mailbox that is there by now; nothing else was held against the address."""
    (mail,) = office.ask()
    office.take(returned_mails.postfix(mail.sender, ANY))
    assert len(office.ask(1)) == 2
    assert opt_in.confirm(office.db, 1, VISIT, KEYS, NOW + DAY)


def test_a_fresh_link_that_comes_back_counts_as_a_digest_that_does(office: Office) -> None:
    """A reader is not lost over one of them."""
    with office.db.begin() as tx:
        store.subscribers.add(tx, subscription(READER), NOW - DAY)
    for number, expected in enumerate((Outcome.HARD, Outcome.HARD, Outcome.SUSPENDED)):
        assert opt_in.request_link(office.db, READER, VISIT, KEYS, NOW + number * DAY)
        mail = office.send(number)[-1]
        assert office.take(returned_mails.postfix(mail.sender, ANY, f"dsn{number}"), number).outcome is expected


def test_a_mail_refused_for_now_is_tried_for_two_days(office: Office) -> None:
    """After two minutes, four, eight and so on; then nobody waits for it."""
    office.mailbox.faults.refuse(READER, "451 4.3.0 try again later")
    office.ask()
    at, waits = NOW, []
    while (again_at := waits_until(office)) is not None:
        waits.append((again_at - at) // timedelta(minutes=1))
        at = again_at
        transactional.send_transactional(
            office.settings, links(office.settings), office.db, SmtpMailer(office.settings.smtp), at
        )
    assert waits == [2 << n for n in range(10)]
    assert timedelta(days=1) < at - NOW < timedelta(days=2)
    assert office.mailbox.to(READER) == []


def waits_until(office: Office) -> datetime | None:
    """When the only mail is tried again, None when it is over."""
    with office.db.read() as tx:
        return tx.execute(sa.select(mail_tables.transactional_mails.c.next_try_at)).scalar_one()


def test_a_process_that_died_with_a_mail_in_hand_keeps_it_ten_minutes(office: Office) -> None:
    """Then another one sends it."""
    assert opt_in.request(office.db, SubscriptionRequest("ccsvi", READER, Frequency.WEEKLY), VISIT, KEYS, NOW)
    with office.db.begin() as tx:
        assert len(store.transactional.claim(tx, NOW, 1, transactional.LEASE)) == 1
    mailer = SmtpMailer(office.settings.smtp)
    assert (
        transactional.send_transactional(
            office.settings, links(office.settings), office.db, mailer, NOW + timedelta(minutes=9, seconds=59)
        )
        == 0
    )
    assert (
        transactional.send_transactional(
            office.settings, links(office.settings), office.db, mailer, NOW + timedelta(minutes=10)
        )
        == 1
    )


@pytest.mark.parametrize(("rate", "sent"), [(0.0, 50), (2.0, 6), (0.1, 1), (1000.0, 50)])
def test_mails_keep_to_the_rate_for_the_three_seconds_until_the_next_beat(
    office: Office, rate: float, sent: int
) -> None:
    """At least one, and at most fifty at a time."""
    slow = replace(office.settings, smtp=replace(office.settings.smtp, rate=rate))
    for number in range(52):
        visit = replace(VISIT, ip=f"198.51.100.{number}")
        assert opt_in.request(
            office.db, SubscriptionRequest("ccsvi", f"r{number}@example.org", Frequency.WEEKLY), visit, KEYS, NOW
        )
    unhurried = SmtpMailer(office.settings.smtp)
    assert transactional.send_transactional(slow, links(slow), office.db, unhurried, NOW) == sent


# --- "this is spam" ----------------------------------------------------------------------------------


def test_who_calls_a_mail_unwanted_is_never_written_to_again(office: Office) -> None:
    """Whoever enters the address, for whatever topic, is told what everybody is told; no mail goes out."""
    (mail,) = office.ask()
    assert office.take(returned_mails.complaint(mail.sender, ANY)) == process.Processed(
        Outcome.COMPLAINT, READER, "complaint: abuse Provider/1.0"
    )
    assert office.states() == [(SubscriptionState.UNSUBSCRIBED, "complaint")]
    assert len(office.ask(1)) == 1
    assert len(office.ask(2, "another")) == 1
    done = admin.import_subscribers(office.db, [replace(subscription(READER), topic="third")], KEYS, NOW, form="import")
    assert (done.added, done.suppressed) == (0, 1)
    assert not opt_in.confirm(office.db, 1, VISIT, KEYS, NOW)


def test_nobody_learns_on_the_page_that_an_address_is_barred(site: RunningSite) -> None:
    """The same page for whoever enters it, and no mail."""
    told, told_of_link = site.sign_up().text, site.http.post("/link", data={"address": READER}).text
    site.send_mails()
    (mail,) = site.mailbox.to(READER)
    taken = process.process(site.db, returned_mails.complaint_about(mail.content), site.links, KEYS, site.clock())
    assert taken.outcome is Outcome.COMPLAINT
    site.clock.pass_by(DAY)
    assert site.sign_up().text == told
    assert site.http.post("/link", data={"address": READER}).text == told_of_link
    assert len(site.mails()) == 1


def test_it_bars_the_mailbox_under_whatever_tag(office: Office) -> None:
    """Or a stranger would go on with +1, +2, +3; another mailbox is another person's, also where only a dot differs."""
    (mail,) = office.ask(address="jane.roe+1@example.org")
    office.take(returned_mails.complaint(mail.sender, ANY))
    for address in ("jane.roe+1@example.org", "jane.roe+2@example.org", "Jane.Roe@example.org"):
        number = len(office.mailbox.messages)
        office.ask(1, address=address)
        assert len(office.mailbox.messages) == number, address
    assert len(office.ask(2, address="janeroe+1@example.org")) == 1


def test_a_mail_that_still_waits_is_not_sent_after_the_complaint(office: Office) -> None:
    """The second of two was asked for before it."""
    (mail,) = office.ask()
    office.mailbox.faults.refuse(READER, "451 4.3.0 try again later", times=1)
    office.ask()
    office.take(returned_mails.complaint(mail.sender, ANY))
    assert len(office.send(1)) == 1


def test_it_ends_what_the_person_reads_as_well(office: Office) -> None:
    """As a complaint about a digest does; each end is in the record of consents."""
    with office.db.begin() as tx:
        other = store.subscribers.add(tx, replace(subscription(READER), topic="another"), NOW)
    (mail,) = office.ask()
    office.take(returned_mails.complaint(mail.sender, ANY))
    assert {state for state, _ in office.states()} == {SubscriptionState.UNSUBSCRIBED}
    with office.db.read() as tx:
        assert store.consents.of(tx, [other])[-1].event is ConsentEvent.WITHDRAWN


def test_a_complaint_outweighs_that_the_address_was_erased_before(office: Office) -> None:
    """Who was erased may come back by their own hand; who then complains may not be written to by anybody's."""
    with office.db.begin() as tx:
        store.subscribers.add(tx, subscription(READER), NOW)
    admin.erase(office.db, READER, KEYS, NOW)
    (mail,) = office.ask()
    office.take(returned_mails.complaint(mail.sender, ANY))
    assert len(office.ask(1)) == 1
    with office.db.read() as tx:
        assert store.suppressions.reasons(tx, address_hash.address_hmacs(READER, KEYS)) == {
            store.suppressions.COMPLAINED
        }
    admin.erase(office.db, READER, KEYS, NOW + DAY)
    assert len(office.ask(2)) == 1


def test_a_complaint_that_names_us_only_as_the_original_sender_is_understood(office: Office) -> None:
    """RFC 5965, Original-Mail-From: some providers leave nothing else of the mail."""
    (mail,) = office.ask()
    assert office.take(returned_mails.complaint_without_mail("<someone@elsewhere.example>")).outcome is Outcome.NOT_OURS
    assert office.take(returned_mails.complaint_without_mail(f"<{mail.sender}>")).outcome is Outcome.COMPLAINT


def test_a_report_about_a_mail_that_was_never_sent_counts_for_nothing(office: Office) -> None:
    """A guess, a seal from another mail, a digest's seal."""
    (mail,) = office.ask()
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
        assert office.take(raw).outcome is Outcome.NOT_OURS, guess
    assert office.states()[0][0] is SubscriptionState.UNCONFIRMED


def test_mails_of_before_a_change_of_key_are_recognised(office: Office) -> None:
    """As long as the old key counts."""
    older = replace(office.settings, secret_keys=KEYS[1:])
    opt_in.request(office.db, SubscriptionRequest("ccsvi", READER, Frequency.WEEKLY), VISIT, KEYS, NOW)
    (mail,) = replace(office, settings=older).send()
    assert office.take(returned_mails.complaint(mail.sender, ANY)).outcome is Outcome.COMPLAINT


# --- what is kept -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [returned_mails.postfix, returned_mails.complaint])
def test_who_never_confirmed_is_forgotten_after_a_returned_mail_too(office: Office, shape: Shape) -> None:
    """After the week that every request has; only the hash of who complained stays."""
    (mail,) = office.ask()
    office.take(shape(mail.sender, ANY))
    retention.clean_up(office.db, NOW + CONFIRM_WITHIN)
    assert len(office.states()) == 1
    retention.clean_up(office.db, NOW + CONFIRM_WITHIN + timedelta(hours=1))
    assert office.states() == []
    with office.db.read() as tx:
        assert store.personal_data.export(tx, READER)["subscribers"] == []
        assert store.bounces.of(tx, [1]) == []
        has_hash = store.suppressions.has_any(tx, address_hash.address_hmacs(READER, KEYS))
    assert has_hash is (shape is returned_mails.complaint)
    assert office.take(shape(mail.sender, ANY), 8).outcome is Outcome.NOT_OURS
    assert len(office.ask(9)) == (1 if has_hash else 2)


def test_who_left_or_came_with_an_import_as_having_left_stays_so(office: Office) -> None:
    """Their rows keep imports from bringing them back."""
    left = replace(subscription(READER), state=SubscriptionState.UNSUBSCRIBED)
    admin.import_subscribers(office.db, [left], KEYS, NOW, form="import")
    retention.clean_up(office.db, NOW + 2 * CONFIRM_WITHIN)
    assert [state for state, _ in office.states()] == [SubscriptionState.UNSUBSCRIBED]
