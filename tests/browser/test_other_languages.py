"""Pages and mails in a language that is 40 % longer, and in one from right to left: nothing overflows in Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monitor import store
from monitor.delivery import deliver
from monitor.digests import render
from monitor.language.speech import speaking
from monitor.links import Purpose
from monitor.store import Database
from tests.support import pseudo_language
from tests.support.digest_samples import SITE, every_kind
from tests.support.factories import message_id
from tests.support.looks import looks, mistakes, mistakes_by_look, opened
from tests.support.outside_samples import fill_outside
from tests.support.screening_site import ONE, PLAN, REVIEW, STRICT, TWO, screening_path, store_articles
from tests.support.site import NOW, OPERATOR_TOKEN, TOPIC, RunningSite, fill_site, open_site
from tests.support.troubles import everything_wrong, with_lost_mailbox

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.chromium

#: Where pictures of a digest and of a page are kept, when somebody wants to look at them.
PICTURES = os.environ.get("MONITOR_PICTURES", "")


@pytest.fixture(params=["tlh", "he"])
def site(request: pytest.FixtureRequest, sqlite_db: Database, tmp_path: Path) -> Iterator[RunningSite]:
    """A site with articles, answers, changes and a digest."""
    catalogue = pseudo_language.catalogue(request.param)
    with open_site(sqlite_db, tmp_path, catalogue=catalogue) as opened:
        yield opened


def test_every_page_is_accessible_and_fits(site: RunningSite, chromium: Browser) -> None:
    """axe-core: 0 violations; overflow: 0 pixels, at the width of a phone and of a tablet."""
    found = {}
    page = opened(chromium)
    for path in _paths(site):
        page.goto(f"{site.url}{path}")
        for look in looks(page):
            if wrong := mistakes(page):
                found[look, path] = wrong
            if path == "/topics/ccsvi":
                _picture(page, f"page-{site.settings.language}-{look}")
    page.close()
    assert found == {}


def test_every_mail_is_accessible_and_fits(site: RunningSite, chromium: Browser) -> None:
    """The digest with a change of every kind, and the mails of the forms."""
    catalogue = site.settings.catalogue()
    with speaking(catalogue):
        digest_id = _store_digest(site)
    site.subscribe()
    site.sign_up("other@example.org")
    site.http.post("/link", data={"address": "reader@example.org", "button": "link"})
    site.send_mails()
    with site.db.begin() as tx:
        store.deliveries.enqueue(tx, digest_id, site.clock(), message_id)
    with ThreadPoolExecutor() as other:  # Playwright's own event loop runs in this thread
        other.submit(deliver.deliver_due, site.settings, site.links, site.db, site.mailer, site.clock()).result()
    assert len(site.mailbox.messages) == 3
    page = opened(chromium)
    for number, mail in enumerate(site.mailbox.messages):
        html = mail.message.get_body(("html",))
        assert html
        page.set_content(html.get_content())
        for look in looks(page):
            assert mistakes(page) == {}, look
            _picture(page, f"mail{number}-{site.settings.language}-{look}")
    page.close()


def test_the_pages_of_screening_fit(sqlite_db: Database, tmp_path: Path, chromium: Browser) -> None:
    """With long words, on a phone and on a tablet."""
    with open_site(sqlite_db, tmp_path, topic=STRICT, catalogue=pseudo_language.catalogue()) as site:
        store_articles(site, ONE, TWO, PLAN, REVIEW)
        page = opened(chromium)
        for path in (screening_path(site), f"{screening_path(site)}/11", "/topics/ccsvi"):
            page.goto(f"{site.url}{path}")
            assert mistakes_by_look(page) == {}, path
        page.close()


@pytest.mark.parametrize("tag", ["tlh", "he"])
def test_the_operators_page_fits(sqlite_db: Database, tmp_path: Path, chromium: Browser, tag: str) -> None:
    """When everything of which it can tell is wrong."""
    catalogue = pseudo_language.catalogue(tag)
    with open_site(sqlite_db, tmp_path, catalogue=catalogue, change=with_lost_mailbox) as site:
        everything_wrong(site)
        page = opened(chromium, http_credentials={"username": "operator", "password": OPERATOR_TOKEN})
        page.goto(f"{site.url}/operator")
        for look in looks(page):
            assert mistakes(page) == {}, look
            _picture(page, f"operator-{tag}-{look}")
        page.close()


def _store_digest(site: RunningSite) -> int:
    fill_site(site.db)
    digest = replace(every_kind(), change_ids=())
    with site.db.begin() as tx:
        return store.digests.add(tx, digest, render.render(digest, TOPIC, SITE), NOW)


def _picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name.replace(' ', '-')}.png", full_page=True)


def _paths(site: RunningSite) -> list[str]:
    """One of each kind of page."""
    digest_id = fill_site(site.db)
    with site.db.begin() as tx:
        fill_outside(tx, site.clock())
    number = site.subscribe()
    site.sign_up("new@example.org")
    return [
        "/topics/ccsvi",
        "/topics/ccsvi/digests",
        "/topics/ccsvi/other-sources",
        "/topics/ccsvi/articles/30266886",
        f"/digests/{digest_id}",
        "/topics/ccsvi/subscribe",
        "/link",
        site.token(Purpose.PREFERENCES, number),
        site.token(Purpose.UNSUBSCRIBE, number),
        site.link_in_last(Purpose.CONFIRM, "new@example.org"),
        site.link_in_last(Purpose.DO_NOT_MAIL, "new@example.org"),
        "/nothing",
    ]
