"""Preferences and unsubscribing: from any mail, at once, for good, and never by a mail scanner."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import store
from monitor.delivery import deliver
from monitor.demo.mailbox import Mailbox
from monitor.digests import compose
from monitor.links import Links, Purpose
from monitor.mail.smtp import SmtpMailer
from monitor.model import Change, ChangeKind, ConsentEvent, Frequency, SubscriptionState
from monitor.subscribers import admin, consent
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.unsubscribe import unsubscribe_by_link
from tests.support import digest_samples
from tests.support.factories import message_id
from tests.support.site import KEYS, READER, RunningSite, fill_site, text_of


def test_one_click_in_a_mail_program_ends_it(site: RunningSite) -> None:
    """RFC 8058: a POST without cookies, no redirect, and it says how many subscriptions ended."""
    path = site.token(Purpose.UNSUBSCRIBE, site.subscribe())
    response = site.http.post(path, data={"List-Unsubscribe": "One-Click"})
    assert (response.status_code, response.text) == (200, "Subscriptions ended: 1\n")
    assert response.history == []
    assert "set-cookie" not in response.headers
    assert site.http.post(path, data={"List-Unsubscribe": "One-Click"}).text == "Subscriptions ended: 0\n"


def test_one_click_may_come_as_multipart(site: RunningSite) -> None:
    """RFC 8058 allows either form encoding."""
    path = site.token(Purpose.UNSUBSCRIBE, site.subscribe())
    response = site.http.post(path, files={"List-Unsubscribe": (None, "One-Click")})
    assert response.text == "Subscriptions ended: 1\n"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("purpose", [Purpose.UNSUBSCRIBE, Purpose.PREFERENCES])
def test_a_mail_scanner_that_opens_the_links_changes_nothing(site: RunningSite, method: str, purpose: Purpose) -> None:
    """However often it opens them."""
    subscription_id = site.subscribe()
    with site.db.read() as tx:
        before = store.consents.of(tx, [subscription_id])
    assert site.http.request(method, site.token(purpose, subscription_id)).status_code == 200
    subscription = site.subscription()
    assert subscription
    assert subscription.state is SubscriptionState.ACTIVE
    with site.db.read() as tx:
        assert store.consents.of(tx, [subscription_id]) == before


def test_the_button_ends_it_and_the_record_says_so(site: RunningSite) -> None:
    """A page, a button, a sentence."""
    subscription_id = site.subscribe()
    path = site.token(Purpose.UNSUBSCRIBE, subscription_id)
    assert "Unsubscribe" in site.http.get(path).text
    assert "One subscription was ended." in site.http.post(path, data={"button": "leave"}).text
    with site.db.read() as tx:
        entry = store.consents.of(tx, [subscription_id])[-1]
    assert (entry.event, entry.form) == (ConsentEvent.WITHDRAWN, "unsubscribe page")


def test_the_next_digest_does_not_go_out(site: RunningSite) -> None:
    """It waits in the outbox; its reader unsubscribes; nothing is sent."""
    subscription_id = site.subscribe()
    _digest_waits(site)
    site.http.post(site.token(Purpose.UNSUBSCRIBE, subscription_id), data={"List-Unsubscribe": "One-Click"})
    deliver.deliver_due(site.settings, site.links, site.db, SmtpMailer(site.settings.smtp), site.clock())
    assert site.mailbox.messages == []


def test_nor_does_a_digest_that_is_being_sent_at_that_moment(site: RunningSite) -> None:
    """Two copies are claimed; the first has just arrived when the second's reader presses the button."""
    site.subscribe("first@example.org")
    second = site.subscribe("second@example.org")
    _digest_waits(site)
    with _Overtaken(site, site.token(Purpose.UNSUBSCRIBE, second)) as server:
        smtp = replace(site.settings.smtp, port=server.port, connections=1)
        deliver.deliver_due(replace(site.settings, smtp=smtp), site.links, site.db, SmtpMailer(smtp), site.clock())
    assert [mail.recipient for mail in server.messages] == ["first@example.org"]


class _Overtaken(Mailbox):
    """A mail server that a person's click overtakes: it comes while the first message is being accepted."""

    def __init__(self, site: RunningSite, path: str) -> None:
        super().__init__()
        self.site, self.path = site, path

    def accept(self, sender: str, recipient: str, content: bytes) -> None:
        """Keep the message; the person clicks before the sender hears of it."""
        super().accept(sender, recipient, content)
        assert self.site.http.post(self.path, data={"List-Unsubscribe": "One-Click"}).status_code == 200


def test_everything_ends_with_one_tick_of_a_box(site: RunningSite) -> None:
    """Both topics of one person, and nobody else's."""
    subscription_id = site.subscribe()
    with site.db.begin() as tx:
        subscription = store.subscribers.get(tx, subscription_id)
        store.subscribers.add(tx, replace(subscription, topic="other"), site.clock())
    site.subscribe("somebody@example.org")
    response = site.http.post(
        site.token(Purpose.UNSUBSCRIBE, subscription_id), data={"button": "x", "everything": "yes"}
    )
    assert "2 subscriptions were ended." in response.text
    other = site.subscription("somebody@example.org")
    assert other
    assert other.state is SubscriptionState.ACTIVE


def test_choices_are_changed_on_their_page(site: RunningSite) -> None:
    """Frequency, time zone and attachments; the record keeps what was chosen."""
    subscription_id = site.subscribe()
    form = {"frequency": "daily", "timezone": "Asia/Tokyo", "attachments": ["ris", "csv"], "button": "save"}
    response = site.http.post(site.token(Purpose.PREFERENCES, subscription_id), data=form)
    assert "Your preferences are saved." in response.text
    subscription = site.subscription()
    assert subscription
    assert (subscription.frequency, subscription.timezone, subscription.attachments) == (
        Frequency.DAILY,
        "Asia/Tokyo",
        ("ris", "csv"),
    )
    with site.db.read() as tx:
        assert "Asia/Tokyo" in store.consents.of(tx, [subscription_id])[-1].text


def test_a_frequency_that_is_pending_is_shown_and_kept(filled_site: RunningSite) -> None:
    """Weekly goes on until monthly loses nothing; saving something else does not forget the request."""
    path = _waits_for_monthly(filled_site)
    for form in ({}, {"frequency": "monthly", "timezone": "Asia/Tokyo", "button": "save"}):
        said = filled_site.http.post(path, data=form).text if form else filled_site.http.get(path).text
        assert re.search(r'value="monthly" required checked', said)
        assert "You chose monthly. Your mails keep coming weekly until" in said
        assert "usually after the digest of" in said
        subscription = filled_site.subscription()
        assert subscription
        assert (subscription.frequency, subscription.next_frequency) == (Frequency.WEEKLY, Frequency.MONTHLY)
    changed = filled_site.subscription()
    assert changed
    assert changed.timezone == "Asia/Tokyo"


def test_a_pending_frequency_is_taken_back_by_choosing_the_old_one(filled_site: RunningSite) -> None:
    """And nothing is pending any more."""
    path = _waits_for_monthly(filled_site)
    said = filled_site.http.post(path, data={"frequency": "weekly", "timezone": "UTC", "button": "save"}).text
    assert "keep coming" not in said
    subscription = filled_site.subscription()
    assert subscription
    assert (subscription.frequency, subscription.next_frequency) == (Frequency.WEEKLY, None)


def test_a_pending_frequency_begins_also_when_nobody_else_has_it(filled_site: RunningSite) -> None:
    """The first monthly reader of a topic does not wait for ever; each article is reported once."""
    path = _waits_for_monthly(filled_site)
    for _ in range(40):
        filled_site.clock.pass_by(timedelta(days=1))
        _work(filled_site)
    subscription = filled_site.subscription()
    assert subscription
    assert (subscription.frequency, subscription.next_frequency) == (Frequency.MONTHLY, None)
    assert "keep coming" not in filled_site.http.get(path).text
    mails = [text_of(mail.content) for mail in filled_site.mailbox.to(READER)]
    assert sum("A cohort nobody knew" in mail for mail in mails) == 1


def _waits_for_monthly(site: RunningSite) -> str:
    """A weekly reader whom an article waits for asks for monthly; the path of their preferences."""
    subscription_id = site.subscribe()
    _work(site)
    with site.db.begin() as tx:
        store.articles.save(tx, [digest_samples.article("31000001", "A cohort nobody knew of")], site.clock())
        store.changes.add(tx, [Change("ccsvi", ChangeKind.NEW, site.clock(), "31000001", search="ccsvi")])
    path = site.token(Purpose.PREFERENCES, subscription_id)
    site.http.post(path, data={"frequency": "monthly", "timezone": "UTC", "button": "save"})
    return path


def _work(site: RunningSite) -> None:
    compose.compose_due(site.settings, site.db, site.clock())
    deliver.deliver_due(site.settings, site.links, site.db, site.mailer, site.clock())


def test_a_link_for_one_thing_opens_nothing_else(site: RunningSite) -> None:
    """Nor does one that was cut off, or made up."""
    subscription_id = site.subscribe()
    token = site.links.token(Purpose.PREFERENCES, subscription_id)
    for path in (f"/unsubscribe/{token}", f"/preferences/{token[:-1]}", "/unsubscribe/1", "/confirm/1"):
        assert site.http.get(path).status_code == 404
        assert site.http.post(path, data={"button": "x"}).status_code == 404
    subscription = site.subscription()
    assert subscription
    assert subscription.state is SubscriptionState.ACTIVE


def test_links_in_old_mails_survive_a_change_of_keys(site: RunningSite) -> None:
    """A mail of before the new key still ends a subscription."""
    old = Links(KEYS[1:], site.url)
    path = f"/unsubscribe/{old.token(Purpose.UNSUBSCRIBE, site.subscribe())}"
    assert site.http.post(path, data={"List-Unsubscribe": "One-Click"}).text == "Subscriptions ended: 1\n"


def test_who_unsubscribed_can_come_back(site: RunningSite) -> None:
    """Only by confirming anew, with what was chosen anew."""
    subscription_id = site.subscribe()
    site.http.post(site.token(Purpose.UNSUBSCRIBE, subscription_id))
    site.sign_up(frequency="monthly")
    site.http.post(site.link_in_last(Purpose.CONFIRM))
    subscription = site.subscription()
    assert subscription
    assert (subscription.state, subscription.frequency) == (SubscriptionState.ACTIVE, Frequency.MONTHLY)


def test_who_comes_back_gets_the_first_mail_again(filled_site: RunningSite) -> None:
    """As the page promises; and only once each time."""
    for visits in (1, 2):
        filled_site.sign_up()
        page = filled_site.http.post(filled_site.link_in_last(Purpose.CONFIRM)).text
        assert "The first one summarises the evidence so far." in page
        for _ in range(2):
            _work(filled_site)
        subjects = [mail.message["Subject"] for mail in filled_site.mailbox.to(READER)]
        assert sum("where the evidence stands" in subject for subject in subjects) == visits
        subscription = filled_site.subscription()
        assert subscription
        filled_site.http.post(filled_site.token(Purpose.UNSUBSCRIBE, subscription.id))
        filled_site.clock.pass_by(timedelta(days=2))


def test_ending_a_request_invalidates_its_confirm_link(site: RunningSite) -> None:
    """What was withdrawn before it was confirmed does not come back to life."""
    site.sign_up()
    path = site.link_in_last(Purpose.CONFIRM)
    subscription = site.subscription()
    assert subscription
    unsubscribe_by_link(site.db, subscription.id, consent.Visit("test"), site.clock())
    assert site.http.post(path).status_code == 404


def test_an_erased_person_cannot_be_found_by_any_link(site: RunningSite) -> None:
    """Every page answers as for a link that never was."""
    subscription_id = site.subscribe()
    admin.erase(site.db, AddressKey(READER, KEYS), site.clock())
    for purpose in (Purpose.PREFERENCES, Purpose.UNSUBSCRIBE):
        assert site.http.get(site.token(purpose, subscription_id)).status_code == 404


def _digest_waits(site: RunningSite) -> None:
    digest_id = fill_site(site.db)
    with site.db.begin() as tx:
        store.deliveries.enqueue(tx, digest_id, site.clock(), message_id)


def test_files_of_the_new_articles_come_with_the_mail_for_who_wants_them(site: RunningSite) -> None:
    """RIS, BibTeX and CSV, as chosen; nobody else gets any."""
    subscription_id = site.subscribe()
    site.subscribe("plain@example.org")
    chosen = {"frequency": "weekly", "timezone": "UTC", "attachments": ["ris", "bibtex", "csv"]}
    site.http.post(site.token(Purpose.PREFERENCES, subscription_id), data=chosen)
    _digest_waits(site)
    deliver.deliver_due(site.settings, site.links, site.db, SmtpMailer(site.settings.smtp), site.clock())
    files = {part.get_filename(): part.get_content() for part in site.mailbox.to(READER)[0].message.iter_attachments()}
    ris, bib, table = (files[f"ccsvi-2018-10-01.{ending}"] for ending in ("ris", "bib", "csv"))
    assert b"TI  - Safety and efficacy of venoplasty in MS" in ris
    assert b"@article{pmid30266886," in bib
    assert table.lstrip("\ufeff").startswith("pmid,title")
    assert "24975855" not in table  # corrected, not new
    assert list(site.mailbox.to("plain@example.org")[0].message.iter_attachments()) == []
    body = site.mailbox.to(READER)[0].message.get_body(("html",))
    assert body
    assert "Three sham-controlled trials" in body.get_content()
