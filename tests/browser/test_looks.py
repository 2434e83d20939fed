"""Every page and mail in a real Chromium: nothing axe-core objects to, nothing wider than the screen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from monitor import store
from monitor.delivery import deliver
from monitor.links import Purpose
from tests.support.factories import message_id
from tests.support.outside_samples import fill_outside
from tests.support.site import OPERATOR_TOKEN, RunningSite, fill_site

if TYPE_CHECKING:
    from axe_playwright_python.base import AxeResults
    from playwright.sync_api import Browser

pytestmark = pytest.mark.chromium

WIDTHS, SCHEMES = (360, 640), ("light", "dark")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page_is_accessible_and_fits(site: RunningSite, chromium: Browser, width: int, scheme: str) -> None:
    """axe-core: 0 violations; overflow: 0 pixels; an h1, a language."""
    from axe_playwright_python.sync_playwright import Axe  # ships axe-core itself

    found = {}
    context = chromium.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]  # one of its words
        http_credentials={"username": "any", "password": OPERATOR_TOKEN},
        bypass_csp=True,  # axe is injected; the pages' own policy allows no script
    )
    page = context.new_page()
    for path in _paths(site):
        page.goto(f"{site.url}{path}")
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        violations = [(each["id"], [node["html"] for node in each["nodes"]]) for each in _violations(Axe().run(page))]
        headings = page.locator("h1").count()
        if wider or violations or headings != 1:
            found[path] = (wider, headings, violations)
    context.close()
    assert found == {}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_mail_is_accessible_and_fits(site: RunningSite, chromium: Browser, width: int, scheme: str) -> None:
    """As a mail client shows them, and with every style stripped; digests with dates from either side."""
    from axe_playwright_python.sync_playwright import Axe

    site.sign_up()
    site.subscribe("other@example.org")
    site.sign_up("other@example.org")
    site.send_mails()
    _send_digest(site, "de", "he")
    assert len(site.mailbox.messages) == 5
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]  # one of its words
    page = context.new_page()
    for mail in site.mailbox.messages:
        html = mail.message.get_body(("html",))
        assert html
        for is_styled in (True, False):
            page.set_content(html.get_content())
            if not is_styled:
                page.evaluate("document.querySelectorAll('[style]').forEach(e => e.removeAttribute('style'))")
                page.evaluate("document.querySelectorAll('style, meta[name=color-scheme]').forEach(e => e.remove())")
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
            assert _violations(Axe().run(page)) == []
    context.close()


def _send_digest(site: RunningSite, *languages: str) -> None:
    """A digest to everybody, with one reader of each language among them."""
    digest_id = fill_site(site.db)
    for language in languages:
        site.subscribe(f"{language}@example.org", language=language)
    with site.db.begin() as tx:
        store.deliveries.enqueue(tx, digest_id, site.clock(), message_id)
    with ThreadPoolExecutor() as other:  # Playwright's own event loop runs in this thread
        other.submit(deliver.deliver_due, site.settings, site.links, site.db, site.mailer, site.clock()).result()


def _violations(results: AxeResults) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = results.response["violations"]
    return found


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
