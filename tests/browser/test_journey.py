"""A person with a real browser and a real mailbox: sign up, confirm, a digest, unsubscribe, silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from monitor import store
from monitor.delivery.deliver import deliver_due
from monitor.digests.compose import compose_due
from monitor.model import Change, ChangeKind, Frequency, SubscriptionState
from tests.support.postfix_server import DOMAIN, Postfix
from tests.support.site import RunningSite, fill_site, text_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.chromium, pytest.mark.postfix]

READER, OTHER = f"reader@{DOMAIN}", f"other@{DOMAIN}"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh window of a phone, without script: the pages must not need any."""
    context = chromium.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_from_sign_up_to_silence(postfix_site: RunningSite, postfix: Postfix, page: Page) -> None:
    """As a person lives it, through Postfix and its Maildir."""
    fill_site(postfix_site.db)
    postfix_site.subscribe(OTHER, Frequency.DAILY)
    page.goto(f"{postfix_site.url}/")
    page.get_by_role("link", name="Get updates by mail").click()
    page.get_by_label("Your email address").fill(READER)
    page.get_by_label("Daily").check()
    page.get_by_role("button", name="Subscribe").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Check your inbox"

    page.goto(_link(text_of(postfix.wait_for("reader")[0]), "confirm"))
    assert _state(postfix_site) is SubscriptionState.UNCONFIRMED
    page.get_by_role("button", name="Yes, send me these mails").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Your subscription is confirmed"
    assert _state(postfix_site) is SubscriptionState.ACTIVE

    _pass(postfix_site, timedelta(minutes=1))
    welcome = message_from_bytes(postfix.wait_for("reader", 2)[-1], policy=policy.default)
    assert welcome["Subject"].startswith("CCSVI in MS: where the evidence stands")
    _publish(postfix_site, "29150995")
    _pass(postfix_site, timedelta(days=1))
    arrived = message_from_bytes(postfix.wait_for("reader", 3)[-1], policy=policy.default)
    assert arrived["Subject"] == "CCSVI in MS: 1 new article, answer unchanged"
    page.goto(_link(text_of(arrived.as_bytes()), "unsubscribe"))
    assert _state(postfix_site) is SubscriptionState.ACTIVE
    page.get_by_role("button", name="Unsubscribe").click()
    assert page.get_by_role("heading", level=1).inner_text() == "You are unsubscribed"
    assert _state(postfix_site) is SubscriptionState.UNSUBSCRIBED

    _publish(postfix_site, "24975855")
    _pass(postfix_site, timedelta(days=1))
    assert len(postfix.wait_for("other", 3)) == 3  # who stayed gets the next digest
    postfix.wait_until_idle()
    assert len(postfix.mails("reader")) == 3


def test_choices_are_changed_with_a_fresh_link(postfix_site: RunningSite, postfix: Postfix, page: Page) -> None:
    """For who has no mail at hand."""
    postfix_site.subscribe(READER)
    page.goto(f"{postfix_site.url}/link")
    page.get_by_label("Your email address").fill(READER)
    page.get_by_role("button", name="Send me a link").click()
    page.goto(_link(text_of(postfix.wait_for("reader")[0]), "preferences"))
    page.get_by_label("Monthly").check()
    page.get_by_label("Your time zone").select_option("Asia/Tokyo")
    page.get_by_label("RIS").check()
    page.get_by_role("button", name="Save").click()
    assert "Your preferences are saved." in page.get_by_role("status").inner_text()
    subscription = postfix_site.subscription(READER)
    assert subscription
    assert (subscription.timezone, subscription.attachments) == ("Asia/Tokyo", ("ris",))


def _link(text: str, purpose: str) -> str:
    found = re.search(rf"http://\S+/{purpose}/[\w.-]+", text)
    assert found, text
    return found[0]


def _state(site: RunningSite) -> SubscriptionState:
    subscription = site.subscription(READER)
    assert subscription
    return subscription.state


def _publish(site: RunningSite, pmid: str) -> None:
    """An article of the samples is found as if it were new."""
    with site.db.begin() as tx:
        store.changes.add(tx, [Change("ccsvi", ChangeKind.NEW, site.clock(), pmid, search="ccsvi")])


def _pass(site: RunningSite, span: timedelta) -> None:
    """Time passes, and the service composes and sends what is due."""
    site.clock.pass_by(span)
    with ThreadPoolExecutor(1) as elsewhere:  # the browser keeps the event loop of this thread
        elsewhere.submit(_tick, site).result()


def _tick(site: RunningSite) -> None:
    compose_due(site.settings, site.db, site.clock())
    deliver_due(site.settings, site.links, site.db, site.mailer, site.clock())
