"""The pages about the service itself, its look, and how its pages are printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from lxml import etree

from monitor import store
from monitor.digests import render
from monitor.digests.display.view import Site
from monitor.model import BounceSettings, Branding, ImapSettings, Settings
from monitor.store import Database
from monitor.subscribers.retention import clean_up
from tests.support import digest_samples
from tests.support.branding import BRAND, own
from tests.support.site import NOW, TOPIC, RunningSite, fill_site, open_site

ATOM = "{http://www.w3.org/2005/Atom}"
FOOTER = ("/topics", "/privacy", "/accessibility")


@contextmanager
def _serving(db: Database, settings: Settings) -> Iterator[httpx.Client]:
    """A site with these settings."""
    with open_site(db, settings.path.parent, change=lambda _: settings) as site:
        yield site.http


@pytest.fixture
def branded(db: Database, tmp_path: Path) -> Iterator[RunningSite]:
    """A site with branding."""
    with open_site(db, tmp_path, change=lambda given: replace(given, branding=BRAND)) as site:
        fill_site(db)
        yield site


def test_a_page_shows_all_topics(filled_site: RunningSite) -> None:
    """What each asks, its answer and since when, its feeds, and where to subscribe; also when there is only one."""
    page = filled_site.http.get("/topics").text
    for expected in (
        TOPIC.question.text,
        digest_samples.THREE.sentence,
        "28 Sep 2018",
        'href="/topics/ccsvi"',
        'href="/topics/ccsvi/subscribe"',
        'href="/topics/ccsvi/changes.atom"',
        'href="/topics/ccsvi/answers.atom"',
    ):
        assert expected in page, expected


@pytest.mark.parametrize(
    "path", ["/topics", "/privacy", "/accessibility", "/topics/ccsvi", "/link", "/digests/1", "/nothing"]
)
def test_every_page_leads_to_the_pages_about_the_service(filled_site: RunningSite, path: str) -> None:
    """In its footer; each of these is there."""
    footer = filled_site.http.get(path).text.partition("<footer>")[2]
    for target in FOOTER:
        assert f'href="{target}"' in footer
        assert filled_site.http.get(target).status_code == 200


def test_every_page_leads_there_below_the_path_of_the_site(db: Database, tmp_path: Path) -> None:
    """A site that shares its host with others."""
    with open_site(db, tmp_path, path="/monitor") as site:
        footer = site.http.get("/privacy").text.partition("<footer>")[2]
        for target in FOOTER:
            assert f'href="/monitor{target}"' in footer


def test_the_privacy_page_says_what_this_installation_does(site: RunningSite) -> None:
    """Servers, periods and the operator's address are those of the configuration and the code."""
    page = " ".join(site.http.get("/privacy").text.split())
    for expected in (
        "The mail server 127.0.0.1 sends the mails",
        "eutils.ncbi.nlm.nih.gov, which belongs to",
        "<td>A request that is not confirmed</td><td>7 days</td>",
        "<td>The mails with links that were requested on these pages</td><td>3 days</td>",
        "the code of the address 365 days",
        "Your IP address is not stored, only a code",
        "operator@example.org",
        "how many people have confirmed a subscription",
        "have it erased, write to",
    ):
        assert expected in page, expected
    for absent in ("receives what your mail server returns", "is told that the service is running"):
        assert absent not in page


def test_the_privacy_page_names_everybody_else(site: RunningSite) -> None:
    """A stored IP address, the mailbox for returned mail, the dead-man's switch: its host, not its secret path."""
    settings = replace(
        site.settings,
        web=replace(site.settings.web, record_ip=True),
        bounces=BounceSettings(ImapSettings("imap.example.org", "bounces")),
        ping_url="https://switch.example.net/the-secret",
    )
    with _serving(site.db, settings) as http:
        page = http.get("/privacy").text
    assert "Your IP address is stored with each of these." in page
    assert "The mail server imap.example.org receives" in page
    assert "switch.example.net is told that the service is running" in page
    assert "the-secret" not in page


def test_the_periods_are_those_after_which_things_are_deleted(site: RunningSite) -> None:
    """A request that nobody confirms is gone after the days that the page says."""
    days = int(re.findall(r"not confirmed</td><td>(\d+) days", site.http.get("/privacy").text)[0])
    site.sign_up()
    clean_up(site.db, NOW + timedelta(days=days) - timedelta(seconds=1))
    assert site.subscription()
    clean_up(site.db, NOW + timedelta(days=days, seconds=1))
    assert site.subscription() is None


def test_the_accessibility_page_says_what_was_tested_and_what_not(site: RunningSite) -> None:
    """Pages that the operator has changed are not vouched for."""
    page = site.http.get("/accessibility").text
    for expected in ("axe-core", "keyboard", "4.5 to 1", "not tested by people", "operator@example.org"):
        assert expected in page, expected
    assert "The operator has changed" not in page
    for name, is_said in (("pages/link.html", True), ("digest/body.txt", False)):
        settings = replace(site.settings, branding=Branding(templates=(own(name, "x"),)))
        with _serving(site.db, settings) as http:
            assert ("The operator has changed" in http.get("/accessibility").text) is is_said


def test_pages_and_feeds_show_whose_they_are(branded: RunningSite) -> None:
    """Logo with the name in its place, footer, title, colours, icon; in feeds the author and the logo."""
    page = branded.http.get("/topics/ccsvi").text
    assert '<img src="/logo" width="120" height="28" alt="Vein Watch of Example Hospital">' in page
    assert "– Vein Watch of Example Hospital</title>" in page
    for line in BRAND.footer_lines:
        assert line in page
    logo = branded.http.get("/logo")
    assert BRAND.logo
    assert (logo.content, logo.headers["content-type"]) == (BRAND.logo.content, "image/png")
    css = branded.http.get("/style.css").text
    for colours in (BRAND.light, BRAND.dark):
        assert f"--paper: {colours.background}; --accent: {colours.accent}; --on-accent: {colours.on_accent};" in css
    assert BRAND.light.accent in branded.http.get("/favicon.ico").text
    feed = etree.fromstring(branded.http.get("/topics/ccsvi/changes.atom").content)
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Vein Watch of Example Hospital"
    assert feed.findtext(f"{ATOM}logo") == f"{branded.url}/logo"


def test_without_branding_pages_show_none(filled_site: RunningSite) -> None:
    """No logo, no name, the shipped colours."""
    assert 'class="brand"' not in filled_site.http.get("/topics").text
    assert filled_site.http.get("/logo").status_code == 404
    assert filled_site.http.get("/style.css").text.count("--accent:") == 3  # light, dark, print
    feed = etree.fromstring(filled_site.http.get("/topics/ccsvi/answers.atom").content)
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Monitor"


def test_a_digest_as_sent_shows_the_logo_without_loading_it(branded: RunningSite) -> None:
    """Its policy allows pictures that are part of the page only."""
    digest = replace(digest_samples.quiet(), change_ids=())
    with branded.db.begin() as tx:
        rendered = render.render(digest, TOPIC, Site("London", "", "", BRAND))
        number = store.digests.add(tx, digest, rendered, NOW)
    page = branded.http.get(f"/digests/{number}/as-sent").text
    assert "data:image/png;base64," in page
    assert "cid:" not in page


def test_a_page_of_the_operators_is_shown_in_place_of_ours(site: RunningSite) -> None:
    """The others stay."""
    text = "{% extends 'shipped/pages/link.html' %}{% block title %}Come and go{% endblock %}"
    settings = replace(site.settings, branding=Branding(templates=(own("pages/link.html", text),)))
    with _serving(site.db, settings) as http:
        assert "<title>Come and go</title>" in http.get("/link").text
        assert "Send me a link" in http.get("/link").text
        assert "<title>Privacy</title>" in http.get("/privacy").text


@pytest.mark.parametrize("url", ["https://monitor.example.org/a", 'https://m.example.org"}*{x:y', ""])
def test_the_style_sheet_writes_links_out_in_print(site: RunningSite, url: str) -> None:
    """Those to our own pages with the address of the site, which cannot break out of the sheet."""
    settings = replace(site.settings, web=replace(site.settings.web, public_url=url))
    with _serving(site.db, settings) as http:
        rule = http.get("/style.css").text.strip().splitlines()[-1]
    origin = {"https://monitor.example.org/a": "https://monitor.example.org", "": ""}.get(
        url, "https://m.example.orgx:y"
    )
    assert f'content: " <{origin}" attr(href) ">"' in rule
