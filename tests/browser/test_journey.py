"""A person with a real browser and a real mailbox: sign up, confirm, a digest, unsubscribe, silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from monitor import deliver, store
from monitor.model import SubscriptionState
from tests.postfix.server import DOMAIN, Postfix
from tests.store.given import message_id
from tests.web.house import House, furnish, text_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.chromium, pytest.mark.postfix]

READER = f"reader@{DOMAIN}"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh window of a phone, without script: the pages must not need any."""
    context = chromium.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_from_sign_up_to_silence(post_house: House, postfix: Postfix, page: Page) -> None:
    """As a person lives it, through Postfix and its Maildir."""
    digest_id = furnish(post_house.db)
    page.goto(f"{post_house.url}/")
    page.get_by_role("link", name="Get mails about this").click()
    page.get_by_label("Your email address").fill(READER)
    page.get_by_label("Daily").check()
    page.get_by_role("button", name="Ask for mails").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Look into your mailbox"

    page.goto(_link(text_of(postfix.wait_for("reader")[0]), "confirm"))
    assert _state(post_house) is SubscriptionState.UNCONFIRMED
    page.get_by_role("button", name="Yes, send me these mails").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Your subscription is confirmed"
    assert _state(post_house) is SubscriptionState.ACTIVE

    _send(post_house, digest_id)
    arrived = message_from_bytes(postfix.wait_for("reader", 2)[-1], policy=policy.default)
    assert arrived["Subject"].startswith("CCSVI in MS: ")
    page.goto(_link(text_of(arrived.as_bytes()), "unsubscribe"))
    assert _state(post_house) is SubscriptionState.ACTIVE
    page.get_by_role("button", name="Unsubscribe").click()
    assert page.get_by_role("heading", level=1).inner_text() == "You are unsubscribed"
    assert _state(post_house) is SubscriptionState.UNSUBSCRIBED

    _send(post_house, digest_id)
    postfix.wait_until_idle()
    assert len(postfix.mails("reader")) == 2


def test_choices_are_changed_with_a_fresh_link(post_house: House, postfix: Postfix, page: Page) -> None:
    """For who has no mail at hand."""
    post_house.subscribe(READER)
    page.goto(f"{post_house.url}/link")
    page.get_by_label("Your email address").fill(READER)
    page.get_by_role("button", name="Mail me a link").click()
    page.goto(_link(text_of(postfix.wait_for("reader")[0]), "preferences"))
    page.get_by_label("Monthly").check()
    page.get_by_label("Your time zone").select_option("Asia/Tokyo")
    page.get_by_label("RIS").check()
    page.get_by_role("button", name="Save").click()
    assert "Your choices are saved." in page.get_by_role("status").inner_text()
    held = post_house.subscription(READER)
    assert held
    assert (held.timezone, held.attachments) == ("Asia/Tokyo", ("ris",))


def _link(text: str, purpose: str) -> str:
    found = re.search(rf"http://\S+/{purpose}/[\w.-]+", text)
    assert found, text
    return found[0]


def _state(house: House) -> SubscriptionState:
    held = house.subscription(READER)
    assert held
    return held.state


def _send(house: House, digest_id: int) -> None:
    """The digest goes out to whoever is active: a copy of it, as if composed anew."""
    with house.db.begin() as tx:
        digest, rendered = store.digests.get(tx, digest_id)
        number = store.digests.add(tx, replace(digest, change_ids=()), rendered, house.clock())
        for one in store.subscribers.everyone(tx):
            store.deliveries.enqueue_for(tx, number, [one], house.clock(), message_id)
    with ThreadPoolExecutor(1) as elsewhere:  # the browser keeps the event loop of this thread
        elsewhere.submit(deliver.deliver_due, house.settings, house.db, house.mailer, house.clock()).result()
