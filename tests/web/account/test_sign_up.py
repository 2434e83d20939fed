"""Signing up: confirmed opt-in by mail, nothing told to strangers, limits that hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import store
from monitor.delivery import transactional
from monitor.delivery.deliver import deliver_due
from monitor.digests.compose import compose_due
from monitor.errors import MailError
from monitor.links import Purpose
from monitor.mail.smtp import SmtpMailer
from monitor.model import ConsentEvent, Frequency, SubscriptionState
from monitor.subscribers import address_hash, consent, opt_in, retention
from tests.support.site import KEYS, READER, House, furnish


def test_a_person_signs_up_confirms_and_is_subscribed(house: House) -> None:
    """Form → mail → page with a button → active, with the choices made."""
    assert house.sign_up(frequency="monthly").status_code == 200
    held = house.subscription()
    assert held
    assert held.state is SubscriptionState.UNCONFIRMED
    path = house.link_in_last(Purpose.CONFIRM)
    assert "Yes, send me these mails" in house.http.get(path).text
    assert house.http.post(path, data={"button": "confirm"}).status_code == 200
    held = house.subscription()
    assert held
    assert (held.state, held.frequency, held.timezone) == (SubscriptionState.ACTIVE, Frequency.MONTHLY, "Europe/Rome")


def test_what_a_frequency_brings_is_said_wherever_one_is_chosen(house: House) -> None:
    """On the form, in the mail, on the page with the button and on the one after it; also what comes without news."""
    form = house.http.get("/topics/ccsvi/subscribe").text
    house.sign_up(frequency="at_once")
    path = house.link_in_last(Purpose.CONFIRM)
    (letter,) = house.letters()
    for said in (form, letter, house.http.get(path).text, house.http.post(path, data={"button": "confirm"}).text):
        assert "when the answer changes, or one of its trials is retracted or doubted" in said
        assert "After 28 days without a mail, the next one comes in any case." in said


def test_the_consent_record_says_what_was_shown_and_when(house: House) -> None:
    """Text and version, instants in UTC, forms; no address of a computer unless the operator allows."""
    house.sign_up()
    house.clock.pass_by(timedelta(minutes=3))
    house.http.post(house.link_in_last(Purpose.CONFIRM))
    with house.db.read() as tx:
        number = store.subscribers.find(tx, READER)[0].id
        asked, confirmed = store.consents.of(tx, [number])
    assert (asked.event, confirmed.event) == (ConsentEvent.REQUESTED, ConsentEvent.CONFIRMED)
    assert asked.form == "sign-up page"
    assert asked.text in house.http.get("/topics/ccsvi/subscribe").text.replace("&#39;", "'")
    assert asked.text_version
    assert confirmed.at - asked.at == timedelta(minutes=3)
    assert asked.ip == confirmed.ip == ""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_mail_scanner_that_opens_the_link_confirms_nothing(house: House, method: str) -> None:
    """GET and HEAD change nothing."""
    house.sign_up()
    assert house.http.request(method, house.link_in_last(Purpose.CONFIRM)).status_code == 200
    held = house.subscription()
    assert held
    assert held.state is SubscriptionState.UNCONFIRMED


def test_whether_an_address_is_known_is_never_told(house: House) -> None:
    """The same page for a stranger, for a subscriber, and for a fresh link to either."""
    house.subscribe()
    known, unknown = house.sign_up(READER), house.sign_up("stranger@example.org")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    known = house.http.post("/link", data={"address": READER})
    unknown = house.http.post("/link", data={"address": "other@example.org"})
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


def test_who_is_subscribed_already_is_told_so_in_the_mailbox_alone(house: House) -> None:
    """A second request mails the link to one's choices, and changes nothing."""
    house.subscribe()
    house.sign_up(frequency="daily")
    assert house.http.get(house.link_in_last(Purpose.PREFERENCES)).status_code == 200
    held = house.subscription()
    assert held
    assert held.frequency is Frequency.WEEKLY


def test_a_fresh_link_goes_to_subscribers_only(house: House) -> None:
    """An address without a subscription gets no mail at all."""
    house.http.post("/link", data={"address": "stranger@example.org"})
    house.settle()
    assert house.mailbox.messages == []


def test_one_address_gets_three_letters_a_day_and_no_more(house: House) -> None:
    """Nobody's mailbox is filled from here; the page says nothing of it."""
    pages = [house.sign_up().status_code for _ in range(5)]
    assert pages == [200] * 5
    assert len(house.letters()) == 3
    house.clock.pass_by(timedelta(days=1, minutes=1))
    house.sign_up()
    assert len(house.letters()) == 4


def test_one_network_cannot_bomb_many_mailboxes(house: House) -> None:
    """After twenty requests in an hour the same network is asked to wait, and nothing is sent."""
    codes = [house.sign_up(f"victim{number}@example.org").status_code for number in range(22)]
    assert codes == [200] * 20 + [429] * 2
    house.settle()
    assert len(house.mailbox.messages) == 20
    house.clock.pass_by(timedelta(hours=1, minutes=1))
    assert house.sign_up("late@example.org").status_code == 200


def test_all_networks_together_have_a_limit(house: House) -> None:
    """However many networks ask."""
    limits = opt_in.Limits(overall=2)
    asked = [
        opt_in.request(
            house.db,
            opt_in.Wish("ccsvi", f"r{n}@example.org", Frequency.WEEKLY),
            consent.Visit("test", ip=f"192.0.2.{n}"),
            KEYS,
            house.clock(),
            limits,
        )
        for n in range(3)
    ]
    assert asked == [True, True, False]


@pytest.mark.parametrize(
    ("ip", "near"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("testclient", ""),
    ],
)
def test_a_network_is_one_household(ip: str, near: str) -> None:
    """An IPv4 address, or the /64 of an IPv6 one."""
    assert address_hash.network(ip) == near


def test_an_address_with_letters_of_any_language_behind_the_at_gets_its_mail(house: House) -> None:
    """It is written to in the DNS's spelling, and either spelling asks for a fresh link."""
    assert house.sign_up("jane@bücher.de").status_code == 200
    house.http.post(house.link_in_last(Purpose.CONFIRM, "jane@xn--bcher-kva.de"))
    house.http.post("/link", data={"address": "Jane@BÜCHER.de"})
    assert len(house.letters("jane@xn--bcher-kva.de")) == 2


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("address", "jane@", "not an email address. There must be something after the @-sign"),
        ("address", "jane@example.org\r\nBcc: x@y.org", "is not an email address"),
        ("address", "a" * 65 + "@example.org", "too long before the @-sign"),
        ("address", "jane\x7f@example.org", "U+007F"),
        ("address", "jösé@example.org", "This has letters before the @ that most mail servers cannot take: ö é."),
        ("frequency", "hourly", "Choose how often"),
        ("timezone", "Mars/Base", "Choose a time zone"),
        ("language", "tlh", "Choose a language"),
    ],
)
def test_a_mistake_in_the_form_is_said_beside_its_field(house: House, field: str, value: str, said: str) -> None:
    """Nothing is sent, and what was filled in is still there."""
    answer = house.sign_up(**{field: value}) if field != "address" else house.sign_up(value)
    assert answer.status_code == 422
    assert said in answer.text
    assert house.mailbox.messages == []


def test_dates_come_in_the_language_a_reader_chose(house: House) -> None:
    """The form begins with the browser's; the digest that follows, and a later choice, keep to it."""
    furnish(house.db)
    form = house.http.get("/topics/ccsvi/subscribe", headers={"Accept-Language": "de-AT,de;q=0.9"}).text
    assert '<option value="de" lang="de" selected>Deutsch: 1. Okt. 2018</option>' in form
    house.sign_up(language="de")
    house.http.post(house.link_in_last(Purpose.CONFIRM))
    house.clock.pass_by(timedelta(minutes=1))
    compose_due(house.settings, house.db, house.clock())
    deliver_due(house.settings, house.db, house.mailer, house.clock())
    digest = " ".join(house.letters()[-1].split())
    assert "CCSVI in MS - 1. Okt. 2018" in digest
    assert "The answer stands since 28. Sept. 2018" in digest
    assert "next look 2. Okt. 2018, 10:00 CEST" in digest

    preferences = house.link_in_last(Purpose.PREFERENCES)
    assert '<option value="de" lang="de" selected>' in house.http.get(preferences).text
    house.http.post(preferences, data={"frequency": "weekly", "timezone": "Europe/Rome", "language": "ja"})
    held = house.subscription()
    assert held
    assert held.language == "ja"


def test_a_program_that_fills_in_every_field_gets_no_mail_sent(house: House) -> None:
    """The field nobody sees gives it away; it is told what everybody is told."""
    assert house.sign_up(website="https://spam.example").text == house.sign_up("other@example.org").text
    assert house.subscription() is None


def test_a_confirm_link_is_too_old_after_a_week(house: House) -> None:
    """And what was kept of the request is deleted."""
    house.sign_up()
    path = house.link_in_last(Purpose.CONFIRM)
    house.clock.pass_by(timedelta(days=7, seconds=1))
    assert house.http.post(path).status_code == 404
    retention.clean_up(house.db, house.clock())
    assert house.subscription() is None


def test_a_letter_waits_while_the_mail_server_is_away(house: House) -> None:
    """The person is told to look into the mailbox, and a later tick sends it."""
    house.mailbox.faults.refuse(READER, "451 4.3.0 try again later", times=1)
    assert house.sign_up().status_code == 200
    assert house.letters() == []
    mailer = SmtpMailer(house.settings.smtp)
    assert transactional.send_transactional(house.db, mailer, house.settings, house.clock()) == 0
    house.clock.pass_by(transactional.FIRST_RETRY)
    assert transactional.send_transactional(house.db, mailer, house.settings, house.clock()) == 1
    assert len(house.letters()) == 1


def test_letters_keep_to_the_rate_and_wait_while_sending_is_paused(house: House) -> None:
    """A provider's limit holds for them too; a visitor comes before those an operator imported."""
    for n in range(5):
        house.sign_up(f"r{n}@example.org")
    slow = replace(house.settings, smtp=replace(house.settings.smtp, rate=0.7))
    with house.db.begin() as tx:
        store.deliveries.pause(tx, house.clock())
    assert transactional.send_transactional(house.db, house.mailer, slow, house.clock()) == 0
    with house.db.begin() as tx:
        store.deliveries.resume(tx)
    assert [transactional.send_transactional(house.db, house.mailer, slow, house.clock()) for _ in range(3)] == [
        2,
        2,
        1,
    ]


def test_a_letter_survives_a_mail_server_that_cannot_be_reached(house: House) -> None:
    """MailError is told to the caller, and the letter waits."""
    house.mailbox.faults.refuse(READER, "451 4.3.0 try again later", times=1)
    house.sign_up()
    house.settle()
    house.clock.pass_by(timedelta(hours=1))
    nobody = SmtpMailer(replace(house.settings.smtp, port=1))
    with pytest.raises(MailError):
        transactional.send_transactional(house.db, nobody, house.settings, house.clock())
    house.clock.pass_by(timedelta(hours=1))
    assert (
        transactional.send_transactional(house.db, SmtpMailer(house.settings.smtp), house.settings, house.clock()) == 1
    )


def test_a_letter_is_a_proper_mail(house: House) -> None:
    """From, To, a Message-ID of our own domain, text and HTML, and marked as written by a program."""
    house.sign_up()
    house.settle()
    message = house.mailbox.to(READER)[0].message
    assert message["To"] == READER
    assert message["Subject"] == "Please confirm: mails about CCSVI in MS"
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Auto-Submitted"] == "auto-replied"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
