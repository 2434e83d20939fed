"""What a stranger who types somebody's address can find out, or do to them: nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitor import store
from monitor.links import Purpose
from monitor.mail.smtp import SmtpMailer
from monitor.model import Frequency, SubscriptionState
from monitor.service import connections
from monitor.service.units import Units
from monitor.store import Database
from monitor.subscribers import admin, retention
from monitor.subscribers.address_hash import AddressKey
from monitor.web.account.sign_up import MIN_SECONDS
from tests.support.site import KEYS, NOW, READER, RunningSite, open_site

BOUNCED = "3 hard bounces, the last on 2018-09-30: 5.1.1 no such user"
STATES = tuple(SubscriptionState)


@pytest.fixture
def either(db: Database, tmp_path: Path) -> Iterator[RunningSite]:
    """The site on either database."""
    with open_site(db, tmp_path) as opened:
        yield opened


def put(site: RunningSite, state: SubscriptionState, reason: str = "") -> int:
    """The reader has a subscription in some state; its id."""
    subscription_id = site.subscribe()
    with site.db.begin() as tx:
        store.subscribers.set_state(tx, subscription_id, state, NOW, reason)
    return subscription_id


@pytest.mark.parametrize("state", STATES)
def test_the_metrics_never_disclose_whether_an_address_is_known(either: RunningSite, state: SubscriptionState) -> None:
    """Anybody may read /metrics: no request for a mail changes anything in it, whatever the address."""
    put(either, state)
    before = either.http.get("/metrics").text
    for address in (READER, "stranger@example.org"):
        either.sign_up(address)
        assert either.http.get("/metrics").text == before, address
        either.http.post("/link", data={"address": address})
        assert either.http.get("/metrics").text == before, address
    either.send_mails()
    assert either.http.get("/metrics").text == before


@pytest.mark.parametrize("is_down", [False, True], ids=["mail server up", "mail server down"])
def test_a_mail_that_the_service_sends_or_cannot_send_shows_in_no_metric(either: RunningSite, is_down: bool) -> None:
    """Its unit of work is the one that is not counted."""
    put(either, SubscriptionState.ACTIVE)
    before = either.http.get("/metrics").text
    either.http.post("/link", data={"address": READER})
    mailer = SmtpMailer(replace(either.settings.smtp, port=1)) if is_down else either.mailer
    sources = connections.open_sources(either.settings)
    works = connections.Connections(either.settings, either.db, sources, either.links, mailer)
    assert Units(works, either.clock()).send_transactional() == int(not is_down)
    assert either.http.get("/metrics").text == before


def test_no_mail_is_sent_while_a_page_is_served(site: RunningSite) -> None:
    """A mail that went out beside the visitor's next page would slow it, and so disclose that there was one to send."""
    site.subscribe()
    site.http.post("/link", data={"address": READER})
    site.sign_up("stranger@example.org")
    for _ in range(5):
        site.http.get("/topics/ccsvi/subscribe")
    assert site.mailbox.messages == []
    site.send_mails()
    assert sorted(mail.recipient for mail in site.mailbox.messages) == [READER, "stranger@example.org"]


@pytest.mark.parametrize("address", [READER, "stranger@example.org"])
def test_the_response_time_does_not_disclose_whether_an_address_is_known(site: RunningSite, address: str) -> None:
    """A known address and an unknown one take a different number of statements, and both are done by then."""
    site.subscribe()
    for response in (site.sign_up(address), site.http.post("/link", data={"address": address})):
        assert response.elapsed.total_seconds() >= MIN_SECONDS


# --- a suspended address -----------------------------------------------------------------------------


def test_a_stranger_cannot_take_a_suspended_address_from_the_operator(either: RunningSite) -> None:
    """It stays suspended, with its reason and the choices its owner made; `resume` finds it."""
    put(either, SubscriptionState.SUSPENDED, BOUNCED)
    before = either.subscription()
    assert either.sign_up(frequency="daily", timezone="Asia/Tokyo").status_code == 200
    assert either.subscription() == before
    retention.clean_up(either.db, either.clock.at.replace(year=2019))
    assert either.subscription() == before
    assert admin.resume(either.db, READER, either.clock()) == 1


def test_its_owner_comes_back_by_confirming(either: RunningSite) -> None:
    """The link goes to the mailbox; who opens it there shows that it works again."""
    put(either, SubscriptionState.SUSPENDED, BOUNCED)
    either.sign_up()
    path = either.link_in_last(Purpose.CONFIRM)
    assert "Yes, send me these mails" in either.http.get(path).text
    assert either.http.post(path, data={"button": "confirm"}).status_code == 200
    subscription = either.subscription()
    assert subscription
    assert (subscription.state, subscription.reason, subscription.frequency) == (
        SubscriptionState.ACTIVE,
        "",
        Frequency.WEEKLY,
    )


def test_who_was_suspended_by_the_operator_is_resumed_by_the_operator(site: RunningSite) -> None:
    """No mail, and a link of before opens nothing."""
    subscription_id = site.subscribe()
    admin.suspend(site.db, READER, site.clock(), "asked on the telephone")
    before = site.subscription()
    site.sign_up()
    assert site.mails() == []
    assert site.http.post(site.token(Purpose.CONFIRM, subscription_id)).status_code == 404
    assert site.subscription() == before


def test_who_was_erased_is_nobody(site: RunningSite) -> None:
    """A fresh request begins a fresh subscription."""
    subscription_id = site.subscribe()
    admin.erase(site.db, AddressKey(READER, KEYS), site.clock())
    site.sign_up()
    subscription = site.subscription()
    assert subscription
    assert subscription.id != subscription_id
