"""What feedparser, which many feed readers are built on, finds in our Atom feeds: every field of every entry."""

from __future__ import annotations

from calendar import timegm
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest

from monitor import store
from monitor.digests.display.item import item_view
from monitor.model import Change, ChangeKind, Design, DigestItem, Level, Verdict
from tests.support import digest_samples
from tests.support.record_xml import read
from tests.support.site import NOW, RunningSite

TITLE = "T2* & <i>veins</i> in MS: “naïve” Ménière's α-blocker & 5 < 6"


def feed(site: RunningSite, name: str) -> Any:
    """The parsed feed; an error of its XML or its encoding fails the test."""
    response = site.http.get(f"/topics/ccsvi/{name}.atom")
    found = feedparser.parse(response.content, response_headers={"content-type": response.headers["content-type"]})
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


def instant(parsed: Any) -> datetime:
    """The instant of a parsed date."""
    return datetime.fromtimestamp(timegm(parsed), UTC)


@pytest.mark.parametrize(
    ("name", "about"), [("changes", "everything that changed"), ("answers", "changes of the answer")]
)
def test_a_feed_says_what_it_is(filled_site: RunningSite, name: str, about: str) -> None:
    """Title, subtitle, language, author, links, id, and when it changed last."""
    found = feed(filled_site, name).feed
    topic = filled_site.settings.topics[0]
    assert found.title == f"{topic.name}: {about}"
    assert found.subtitle == topic.question.text
    assert found.language == "en"
    assert found.author == "Monitor"
    assert found.id == f"{filled_site.url}/topics/ccsvi/{name}.atom"
    assert {(link.rel, link.type, link.href) for link in found.links} == {
        ("self", "application/atom+xml", found.id),
        ("alternate", "text/html", f"{filled_site.url}/topics/ccsvi"),
    }
    changes = [one for one in digest_samples.CHANGES if name == "changes" or one.kind is ChangeKind.ANSWER]
    assert instant(found.updated_parsed) == max(one.at for one in changes)


def test_every_change_is_an_entry(filled_site: RunningSite) -> None:
    """Its kind as category, its article's title, journal, PMID and DOI, its instant, its page, an id of its own."""
    with filled_site.db.read() as tx:
        changes = {
            f"{filled_site.url}/topics/ccsvi#change-{one.id}": one
            for one in store.changes.recent(tx, "ccsvi", 50, None)
        }
    entries = feed(filled_site, "changes").entries
    assert len(entries) == len(digest_samples.CHANGES)
    assert {entry.id for entry in entries} == set(changes)
    for entry in entries:
        change = changes[entry.id]
        article = digest_samples.ARTICLES.get(change.pmid)
        assert [tag.term for tag in entry.tags] == [change.kind]
        assert instant(entry.updated_parsed) == change.at
        assert entry.title.endswith(f": {article.title if article else digest_samples.THREE.sentence}")
        page = f"{filled_site.url}/topics/ccsvi"
        assert entry.link == (f"{page}/articles/{change.pmid}" if article else page)
        assert change.why in entry.summary
        for part in (article.journal, f"PMID {article.pmid}", article.doi) if article else digest_samples.THREE.lines:
            assert part in entry.summary


def test_markup_and_umlauts_in_a_title_are_text(filled_site: RunningSite) -> None:
    """A title is plain text; a reader that knows Atom shows it as it is."""
    with filled_site.db.begin() as tx:
        store.articles.save(tx, [digest_samples.article("7", TITLE, journal="Phlébologie <b>")], NOW)
        store.changes.add(tx, [Change("ccsvi", ChangeKind.NEW, NOW, "7", why="matches “naïve” & <b>")])
    (entry,) = [one for one in feed(filled_site, "changes").entries if one.link.endswith("/7")]
    assert entry.title == f"New: {TITLE}"
    assert entry.title_detail.type == entry.summary_detail.type == "text/plain"
    assert entry.summary == "matches “naïve” & <b> Phlébologie <b>, PMID 7"


@pytest.mark.parametrize("heading", ["[Not Available].", ""])
def test_without_an_english_title_the_vernacular_one_is_shown_everywhere(
    filled_site: RunningSite, heading: str
) -> None:
    """In the feed, on the pages, in the API, in the digest as HTML and as text."""
    title = "Angioplastia venosa nella sclerosi multipla."
    headings = f"<ArticleTitle>{heading}</ArticleTitle><VernacularTitle>{title}</VernacularTitle>"
    article = replace(read(article=headings), pmid="7")
    change = Change("ccsvi", ChangeKind.NEW, NOW, "7")
    with filled_site.db.begin() as tx:
        store.articles.save(tx, [article], NOW)
        store.changes.add(tx, [change])
        store.verdicts.save(tx, [Verdict("7", "ccsvi", Design.UNCLEAR, Level.POSSIBLE, "1")], NOW)
    (entry,) = [one for one in feed(filled_site, "changes").entries if one.link.endswith("/7")]
    assert entry.title == f"New: {title}"
    for path in (
        "/topics/ccsvi/articles/7",
        "/topics/ccsvi",
        "/api/v1/topics/ccsvi/articles/7",
        "/api/v1/topics/ccsvi/changes",
    ):
        shown = filled_site.http.get(path)
        assert (shown.status_code, title in shown.text, "[Not Available]" in shown.text) == (200, True, False), path
    item = DigestItem("new", article, (change,))
    view = item_view(item, digest_samples.TOPIC, filled_site.url)
    assert (view.title, view.title_markup) == (title, title)


@pytest.mark.parametrize("bad", ["\ufffe", "\uffff", "\x00", "\x0b", "\x1b[31m", "\x9b", "\u202e", "\ud800"])
def test_a_feed_is_well_formed_whatever_a_title_holds(filled_site: RunningSite, bad: str) -> None:
    """XML 1.0 forbids some characters, and no escape makes them legal."""
    with filled_site.db.begin() as tx:
        store.articles.save(tx, [digest_samples.article("7", f"On{bad} veins", journal=f"J{bad}")], NOW)
        store.changes.add(tx, [Change("ccsvi", ChangeKind.NEW, NOW, "7", why=f"matches{bad} x")])
    (entry,) = [one for one in feed(filled_site, "changes").entries if one.link.endswith("/7")]
    assert bad not in entry.title + entry.summary
    assert [word in entry.title for word in ("On", "veins")] == [True, True]


def test_before_the_first_change_a_feed_is_empty(site: RunningSite) -> None:
    """And valid."""
    found = feed(site, "changes")
    assert found.entries == []
    assert found.feed.updated
