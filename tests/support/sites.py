"""Fixtures: an installation; the running site, empty or with a topic of some years; a real Postfix; a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monitor import store
from monitor.demo.mailbox import Mailbox
from monitor.model import ChangeKind, Revision
from monitor.sandbox import Server
from monitor.store import Database
from tests.support import digest_samples, postfix_server
from tests.support.installation import World, install
from tests.support.postfix_server import Postfix
from tests.support.screening_site import ONE, PLAN, REVIEW, STRICT, TWO, store_articles
from tests.support.site import NOW, RunningSite, fill_site, open_site, sending_mails

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: The PMID of an article that a person has screened, at the site `api`.
SCREENED = "30266886"


@pytest.fixture
def world(tmp_path: Path, sandbox: Server) -> Iterator[World]:
    """An installation on SQLite that has never run, with the sandbox as its PubMed and a mailbox of its own."""
    with Mailbox() as box, install(tmp_path, sandbox, box) as installed:
        yield installed


@pytest.fixture
def site(sqlite_db: Database, tmp_path: Path) -> Iterator[RunningSite]:
    """The site on SQLite, before its first poll."""
    with open_site(sqlite_db, tmp_path) as opened:
        yield opened


@pytest.fixture
def filled_site(site: RunningSite) -> RunningSite:
    """The site with articles, answers, changes and a digest."""
    fill_site(site.db)
    return site


@pytest.fixture
def api(db: Database, tmp_path: Path) -> Iterator[RunningSite]:
    """The site with something in every list, on either database: also a screened article, and a revised one."""
    with open_site(db, tmp_path) as site:
        fill_site(db)
        with db.begin() as tx:
            screened = replace(digest_samples.VERDICTS[SCREENED], by="A. Reader", because="allocation by lot")
            store.screenings.add(tx, screened, NOW)
            revised = Revision("title", "Venoplasty in MS", digest_samples.ARTICLES[SCREENED].title)
            change = digest_samples.change(ChangeKind.REVISED, SCREENED, at=NOW, revisions=(revised,))
            store.changes.add(tx, [replace(change, id=0)])
        yield site


@pytest.fixture
def strict(sqlite_db: Database, tmp_path: Path) -> Iterator[RunningSite]:
    """A site whose topic requires screening, after its first poll."""
    with open_site(sqlite_db, tmp_path, topic=STRICT) as opened:
        store_articles(opened, ONE, TWO, PLAN, REVIEW)
        yield opened


@pytest.fixture
def postfix() -> Iterator[Postfix]:
    """A Postfix of the test's own; where it cannot be, only CI insists."""
    if lacking := postfix_server.missing():
        _do_without(f"Postfix cannot be tested here: {', '.join(lacking)} missing.")
    with postfix_server.running() as started:
        yield started


@pytest.fixture
def postfix_site(sqlite_db: Database, tmp_path: Path, postfix: Postfix) -> Iterator[RunningSite]:
    """The site on SQLite, with Postfix as its mail server and mails that go out by themselves."""
    with open_site(sqlite_db, tmp_path, smtp=postfix.smtp, tls=postfix.tls) as opened, sending_mails(opened):
        yield opened


@pytest.fixture(scope="module")  # it occupies the event loop of this thread, which other modules need
def chromium() -> Iterator[Browser]:
    """A real Chromium without a window; where there is none, only CI insists."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        _do_without("The pages cannot be tested in a browser here: no Chromium is installed.")
    from playwright.sync_api import sync_playwright  # slow to import: only for tests that need a browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def _do_without(sentence: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)
