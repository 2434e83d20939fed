""" "Never write to me again": in every transactional mail, by one click or a button, for good, and with a way back."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from monitor import store
from monitor.links import CONFIRM_WITHIN, Purpose
from monitor.model import SubscriptionState
from monitor.subscribers import admin, retention
from tests.support.factories import subscription
from tests.support.site import KEYS, READER, RunningSite

DAY = timedelta(days=1)


def declined(site: RunningSite, path: str) -> None:
    """The reader presses the button."""
    assert "We will not write to you again" in site.http.post(path, data={"button": "decline"}).text


def requests_after_a_while(site: RunningSite, address: str = READER) -> int:
    """How many mails come when a stranger enters the address again, weeks later."""
    before = len(site.mails(address))
    site.clock.pass_by(400 * DAY)
    retention.clean_up(site.db, site.clock())
    assert "Check your inbox" in site.sign_up(address).text
    return len(site.mails(address)) - before


def test_a_stranger_can_have_nobody_mailed_who_declined(site: RunningSite) -> None:
    """Under no "+tag" either; the page says what it always says, and the request ends."""
    site.sign_up()
    confirm, path = site.link_in_last(Purpose.CONFIRM), site.link_in_last(Purpose.DO_NOT_MAIL)
    assert "Never write to me again?" in site.http.get(path).text
    declined(site, path)
    assert site.http.post(confirm).status_code == 404
    assert requests_after_a_while(site) == 0
    assert requests_after_a_while(site, "reader+other@example.org") == 0


def test_the_link_works_when_nothing_of_the_request_is_stored_any_more(site: RunningSite) -> None:
    """A mail may be read after the summer."""
    site.sign_up()
    path = site.link_in_last(Purpose.DO_NOT_MAIL)
    site.clock.pass_by(CONFIRM_WITHIN + 500 * DAY)
    retention.clean_up(site.db, site.clock())
    assert site.subscription() is None
    declined(site, path)
    assert requests_after_a_while(site) == 0


def test_one_click_in_a_mail_program_is_enough(site: RunningSite) -> None:
    """RFC 8058, in the mail that asks to confirm."""
    site.sign_up()
    site.send_mails()
    (mail,) = site.mailbox.to(READER)
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = urlsplit(str(mail.message["List-Unsubscribe"]).strip("<>")).path
    assert path == site.link_in_last(Purpose.DO_NOT_MAIL)
    response = site.http.post(path, data={"List-Unsubscribe": "One-Click"})
    assert (response.status_code, response.text) == (200, "No more mail will be sent.\n")
    assert requests_after_a_while(site) == 0


def test_a_subscriber_who_declines_is_unsubscribed_from_everything_and_not_imported(site: RunningSite) -> None:
    """From the mail with links to preferences; the record says how."""
    number = site.subscribe()
    site.http.post("/link", data={"address": READER})
    declined(site, site.link_in_last(Purpose.DO_NOT_MAIL))
    found = site.subscription()
    assert found
    assert (found.state, found.reason) == (SubscriptionState.UNSUBSCRIBED, "never write to me again")
    with site.db.read() as tx:
        assert store.consents.of(tx, [number])[-1].form == "never write to me again"
    people = [subscription(READER), subscription("reader+list@example.org")]
    result = admin.import_subscribers(site.db, people, KEYS, site.clock(), form="list", consent="x")
    assert (result.added, result.suppressed) == (0, 1)


def test_it_can_be_taken_back(site: RunningSite) -> None:
    """With the same link; the address may then sign up, but no import adds it."""
    site.sign_up()
    path = site.link_in_last(Purpose.DO_NOT_MAIL)
    declined(site, path)
    assert "Take it back" in site.http.get(path).text
    assert "Taken back" in site.http.post(path, data={"button": "allow"}).text
    imported = admin.import_subscribers(site.db, [subscription("reader@example.org")], KEYS, site.clock(), form="x")
    assert imported.added == 0
    assert requests_after_a_while(site) == 1
    site.http.post(site.link_in_last(Purpose.CONFIRM))
    found = site.subscription()
    assert found
    assert found.state is SubscriptionState.ACTIVE


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_mail_scanner_declines_nothing(site: RunningSite, method: str) -> None:
    """However often it opens the link."""
    site.sign_up()
    path = site.link_in_last(Purpose.DO_NOT_MAIL)
    assert site.http.request(method, f"{path}?button=decline").status_code == 200
    assert site.http.post(site.link_in_last(Purpose.CONFIRM)).status_code == 200


def test_a_forged_link_declines_for_nobody(site: RunningSite) -> None:
    """Nor does a link for something else."""
    number = site.subscribe()
    for token in ("x", site.links.token(Purpose.UNSUBSCRIBE, number), site.links.token(Purpose.DO_NOT_MAIL, number)):
        assert site.http.get(f"/do-not-mail/{token}").status_code == 404
        assert site.http.post(f"/do-not-mail/{token}", data={"button": "decline"}).status_code == 404
    found = site.subscription()
    assert found
    assert found.state is SubscriptionState.ACTIVE
