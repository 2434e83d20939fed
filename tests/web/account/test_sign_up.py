"""Signing up: confirmed opt-in by mail, nothing disclosed to strangers, limits that hold."""

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
from tests.support.site import KEYS, READER, RunningSite, fill_site


def test_a_person_signs_up_confirms_and_is_subscribed(site: RunningSite) -> None:
    """Form → mail → page with a button → active, with the choices made."""
    assert site.sign_up(frequency="monthly").status_code == 200
    subscription = site.subscription()
    assert subscription
    assert subscription.state is SubscriptionState.UNCONFIRMED
    path = site.link_in_last(Purpose.CONFIRM)
    assert "Yes, send me these mails" in site.http.get(path).text
    assert site.http.post(path, data={"button": "confirm"}).status_code == 200
    subscription = site.subscription()
    assert subscription
    assert (subscription.state, subscription.frequency, subscription.timezone) == (
        SubscriptionState.ACTIVE,
        Frequency.MONTHLY,
        "Europe/Rome",
    )


def test_what_a_frequency_brings_is_said_wherever_one_is_chosen(site: RunningSite) -> None:
    """On the form, in the mail, on the page with the button and on the one after it; also what comes without news."""
    form = site.http.get("/topics/ccsvi/subscribe").text
    site.sign_up(frequency="at_once")
    path = site.link_in_last(Purpose.CONFIRM)
    (mail,) = site.mails()
    for said in (form, mail, site.http.get(path).text, site.http.post(path, data={"button": "confirm"}).text):
        assert "when the answer changes, or one of its trials is retracted or doubted" in said
        assert "After 28 days without a mail, the next one comes in any case." in said


def test_the_consent_record_says_what_was_shown_and_when(site: RunningSite) -> None:
    """Text and version, instants in UTC, forms; no address of a computer unless the operator allows."""
    site.sign_up()
    site.clock.pass_by(timedelta(minutes=3))
    site.http.post(site.link_in_last(Purpose.CONFIRM))
    with site.db.read() as tx:
        subscription_id = store.subscribers.find(tx, READER)[0].id
        asked, confirmed = store.consents.of(tx, [subscription_id])
    assert (asked.event, confirmed.event) == (ConsentEvent.REQUESTED, ConsentEvent.CONFIRMED)
    assert asked.form == "sign-up page"
    assert asked.text in site.http.get("/topics/ccsvi/subscribe").text.replace("&#39;", "'")
    assert asked.text_version
    assert confirmed.at - asked.at == timedelta(minutes=3)
    assert asked.ip == confirmed.ip == ""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_mail_scanner_that_opens_the_link_confirms_nothing(site: RunningSite, method: str) -> None:
    """GET and HEAD change nothing."""
    site.sign_up()
    assert site.http.request(method, site.link_in_last(Purpose.CONFIRM)).status_code == 200
    subscription = site.subscription()
    assert subscription
    assert subscription.state is SubscriptionState.UNCONFIRMED


def test_whether_an_address_is_known_is_never_disclosed(site: RunningSite) -> None:
    """The same page for a stranger, for a subscriber, and for a new link to either."""
    site.subscribe()
    known, unknown = site.sign_up(READER), site.sign_up("stranger@example.org")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    known = site.http.post("/link", data={"address": READER})
    unknown = site.http.post("/link", data={"address": "other@example.org"})
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


def test_who_is_subscribed_already_is_told_so_in_the_mailbox_alone(site: RunningSite) -> None:
    """A second request mails the link to one's preferences, and changes nothing."""
    site.subscribe()
    site.sign_up(frequency="daily")
    assert site.http.get(site.link_in_last(Purpose.PREFERENCES)).status_code == 200
    subscription = site.subscription()
    assert subscription
    assert subscription.frequency is Frequency.WEEKLY


def test_a_new_link_goes_to_subscribers_only(site: RunningSite) -> None:
    """An address without a subscription gets no mail at all."""
    site.http.post("/link", data={"address": "stranger@example.org"})
    site.send_mails()
    assert site.mailbox.messages == []


def test_one_address_gets_three_mails_a_day_and_no_more(site: RunningSite) -> None:
    """Nobody's mailbox is filled from here, on the next day either; the page says nothing of it."""
    pages = [site.sign_up().status_code for _ in range(5)]
    assert pages == [200] * 5
    assert len(site.mails()) == 3
    site.clock.pass_by(timedelta(days=1, minutes=1))
    assert site.sign_up().status_code == 200
    assert len(site.mails()) == 3
    site.http.post(site.link_in_last(Purpose.CONFIRM))
    site.http.post("/link", data={"address": READER})
    assert len(site.mails()) == 4


def test_one_network_cannot_bomb_many_mailboxes(site: RunningSite) -> None:
    """After twenty requests in an hour the same network has to wait, and nothing is sent."""
    codes = [site.sign_up(f"victim{number}@example.org").status_code for number in range(22)]
    assert codes == [200] * 20 + [429] * 2
    site.send_mails()
    assert len(site.mailbox.messages) == 20
    site.clock.pass_by(timedelta(hours=1, minutes=1))
    assert site.sign_up("late@example.org").status_code == 200


def test_all_networks_together_have_a_limit(site: RunningSite) -> None:
    """However many networks send requests."""
    limits = opt_in.Limits(overall=2)
    asked = [
        opt_in.request(
            site.db,
            opt_in.SubscriptionRequest("ccsvi", Frequency.WEEKLY),
            address_hash.AddressKey(f"r{n}@example.org", KEYS),
            consent.Visit("test", ip=f"192.0.2.{n}"),
            site.clock(),
            limits,
        )
        for n in range(3)
    ]
    assert asked == [True, True, False]


@pytest.mark.parametrize(
    ("ip", "near"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("testclient", ""),
    ],
)
def test_a_network_is_one_household(ip: str, near: str) -> None:
    """An IPv4 address, or the /64 of an IPv6 one."""
    assert address_hash.network(ip, 32, 64) == near


def test_an_address_with_mails_of_any_language_behind_the_at_gets_its_mail(site: RunningSite) -> None:
    """It is written to in the DNS's spelling, and either spelling requests a new link."""
    assert site.sign_up("jane@bücher.de").status_code == 200
    site.http.post(site.link_in_last(Purpose.CONFIRM, "jane@xn--bcher-kva.de"))
    site.http.post("/link", data={"address": "Jane@BÜCHER.de"})
    assert len(site.mails("jane@xn--bcher-kva.de")) == 2


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
def test_a_mistake_in_the_form_is_said_beside_its_field(site: RunningSite, field: str, value: str, said: str) -> None:
    """Nothing is sent, and what was filled in is still there."""
    response = site.sign_up(**{field: value}) if field != "address" else site.sign_up(value)
    assert response.status_code == 422
    assert said in response.text
    assert site.mailbox.messages == []


def test_dates_come_in_the_language_a_reader_chose(site: RunningSite) -> None:
    """The form begins with the browser's; the digest that follows, and a later choice, keep to it."""
    fill_site(site.db)
    form = site.http.get("/topics/ccsvi/subscribe", headers={"Accept-Language": "de-AT,de;q=0.9"}).text
    assert '<option value="de" lang="de" selected>Deutsch: 1. Okt. 2018</option>' in form
    site.sign_up(language="de")
    site.http.post(site.link_in_last(Purpose.CONFIRM))
    site.clock.pass_by(timedelta(minutes=1))
    compose_due(site.settings, site.db, site.clock())
    deliver_due(site.settings, site.links, site.db, site.mailer, site.clock())
    digest = " ".join(site.mails()[-1].split())
    assert "CCSVI in MS - 1. Okt. 2018" in digest
    assert "The answer stands since 28. Sept. 2018" in digest
    assert "next check 2. Okt. 2018, 10:00 CEST" in digest

    preferences = site.link_in_last(Purpose.PREFERENCES)
    assert '<option value="de" lang="de" selected>' in site.http.get(preferences).text
    site.http.post(preferences, data={"frequency": "weekly", "timezone": "Europe/Rome", "language": "ja"})
    subscription = site.subscription()
    assert subscription
    assert subscription.language == "ja"


def test_a_program_that_fills_in_every_field_gets_no_mail_sent(site: RunningSite) -> None:
    """The field nobody sees gives it away; it gets the page that everybody gets."""
    assert site.sign_up(website="https://spam.example").text == site.sign_up("other@example.org").text
    assert site.subscription() is None


def test_a_confirm_link_is_too_old_after_a_week(site: RunningSite) -> None:
    """And what was kept of the request is deleted."""
    site.sign_up()
    path = site.link_in_last(Purpose.CONFIRM)
    site.clock.pass_by(timedelta(days=7, seconds=1))
    assert site.http.post(path).status_code == 404
    retention.clean_up(site.db, site.clock())
    assert site.subscription() is None


def test_a_mail_waits_while_the_mail_server_is_away(site: RunningSite) -> None:
    """The page says to check the inbox, and a later tick sends it."""
    site.mailbox.faults.refuse(READER, "451 4.3.0 try again later", times=1)
    assert site.sign_up().status_code == 200
    assert site.mails() == []
    mailer = SmtpMailer(site.settings.smtp)
    assert transactional.send_transactional(site.settings, site.links, site.db, mailer, site.clock()) == 0
    site.clock.pass_by(transactional.FIRST_RETRY)
    assert transactional.send_transactional(site.settings, site.links, site.db, mailer, site.clock()) == 1
    assert len(site.mails()) == 1


def test_mails_keep_to_the_rate_and_wait_while_sending_is_paused(site: RunningSite) -> None:
    """A provider's limit holds for them too; a visitor comes before those an operator imported."""
    for n in range(5):
        site.sign_up(f"r{n}@example.org")
    slow = replace(site.settings, smtp=replace(site.settings.smtp, rate=0.7))
    with site.db.begin() as tx:
        store.deliveries.pause(tx, site.clock())
    assert transactional.send_transactional(slow, site.links, site.db, site.mailer, site.clock()) == 0
    with site.db.begin() as tx:
        store.deliveries.resume(tx)
    assert [
        transactional.send_transactional(slow, site.links, site.db, site.mailer, site.clock()) for _ in range(3)
    ] == [
        2,
        2,
        1,
    ]


def test_a_mail_survives_a_mail_server_that_cannot_be_reached(site: RunningSite) -> None:
    """MailError is raised to the caller, and the mail waits."""
    site.mailbox.faults.refuse(READER, "451 4.3.0 try again later", times=1)
    site.sign_up()
    site.send_mails()
    site.clock.pass_by(timedelta(hours=1))
    nobody = SmtpMailer(replace(site.settings.smtp, port=1))
    with pytest.raises(MailError):
        transactional.send_transactional(site.settings, site.links, site.db, nobody, site.clock())
    site.clock.pass_by(timedelta(hours=1))
    assert (
        transactional.send_transactional(
            site.settings, site.links, site.db, SmtpMailer(site.settings.smtp), site.clock()
        )
        == 1
    )


def test_a_mail_is_a_proper_mail(site: RunningSite) -> None:
    """From, To, a Message-ID of our own domain, text and HTML, and marked as written by a program."""
    site.sign_up()
    site.send_mails()
    message = site.mailbox.to(READER)[0].message
    assert message["To"] == READER
    assert message["Subject"] == "Please confirm: mails about CCSVI in MS"
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Auto-Submitted"] == "auto-replied"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
