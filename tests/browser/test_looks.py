"""Every page and mail in a real Chromium: nothing axe-core objects to, nothing wider than the screen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from monitor import store
from monitor.delivery import deliver
from monitor.links import Purpose
from tests.support.factories import message_id
from tests.support.looks import mistakes_by_look, opened
from tests.support.outside_samples import fill_outside
from tests.support.site import OPERATOR_TOKEN, RunningSite, fill_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.chromium


def test_every_page_is_accessible_and_fits(site: RunningSite, chromium: Browser) -> None:
    """axe-core: 0 violations; overflow: 0 pixels; an h1, a language."""
    found = {}
    page = opened(chromium, http_credentials={"username": "any", "password": OPERATOR_TOKEN})
    for path in _paths(site):
        page.goto(f"{site.url}{path}")
        wrong, headings = mistakes_by_look(page), page.locator("h1").count()
        if wrong or headings != 1:
            found[path] = (headings, wrong)
    page.close()
    assert found == {}


def test_every_mail_is_accessible_and_fits(site: RunningSite, chromium: Browser) -> None:
    """As a mail client shows them, and with every style stripped; digests with dates from either side."""
    site.sign_up()
    site.subscribe("other@example.org")
    site.sign_up("other@example.org")
    site.send_mails()
    _send_digest(site, "de", "he")
    assert len(site.mailbox.messages) == 5
    page = opened(chromium)
    for mail in site.mailbox.messages:
        html = mail.message.get_body(("html",))
        assert html
        page.set_content(html.get_content())
        assert mistakes_by_look(page) == {}
        page.evaluate("document.querySelectorAll('[style]').forEach(e => e.removeAttribute('style'))")
        page.evaluate("document.querySelectorAll('style, meta[name=color-scheme]').forEach(e => e.remove())")
        assert mistakes_by_look(page) == {}
    page.close()


def _send_digest(site: RunningSite, *languages: str) -> None:
    """A digest to everybody, with one reader of each language among them."""
    digest_id = fill_site(site.db)
    for language in languages:
        site.subscribe(f"{language}@example.org", language=language)
    with site.db.begin() as tx:
        store.deliveries.enqueue(tx, digest_id, site.clock(), message_id)
    with ThreadPoolExecutor() as other:  # Playwright's own event loop runs in this thread
        other.submit(deliver.deliver_due, site.settings, site.links, site.db, site.mailer, site.clock()).result()


def _paths(site: RunningSite) -> list[str]:
    """One of each kind of page, full and empty."""
    digest_id = fill_site(site.db)
    with site.db.begin() as tx:
        fill_outside(tx, site.clock())
    number = site.subscribe()
    site.sign_up("new@example.org")
    desk = site.links.screening_url("ccsvi", "A. Reader", site.clock(), site.clock()).removeprefix(site.url)
    return [
        desk,
        f"{desk}/30266886",
        "/topics/ccsvi",
        "/topics/ccsvi/digests",
        "/topics/ccsvi/other-sources",
        "/topics/ccsvi/articles/30266886",
        f"/digests/{digest_id}",
        f"/digests/{digest_id}/as-sent",
        "/topics/ccsvi/subscribe",
        "/link",
        "/topics",
        "/privacy",
        "/accessibility",
        site.token(Purpose.PREFERENCES, number),
        site.token(Purpose.UNSUBSCRIBE, number),
        site.link_in_last(Purpose.CONFIRM, "new@example.org"),
        site.link_in_last(Purpose.DO_NOT_MAIL, "new@example.org"),
        "/operator",
        "/nothing",
    ]
