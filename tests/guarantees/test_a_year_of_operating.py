"""A year of operating: topics and queries come and go, the database moves twice, keys change; no reader misses a thing.

The year is lived once; the tests read the ledger of every article and subscriber, and the history of the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from csv import DictReader
from datetime import datetime
from io import StringIO
from itertools import pairwise
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from monitor.model import ChangeKind
from tests.support import operated
from tests.support.databases import Reused, url_of
from tests.support.looks import mistakes_by_look, opened
from tests.support.operated import morning
from tests.support.operated_ledger import Post, post_of, text_of
from tests.support.operated_year import (
    ASKED_OTHERWISE,
    BARRED,
    CHANGED_WHILE_POLLED,
    JUGULAR,
    LEAVER,
    LEFT,
    READERS,
    REMOVED,
    RETRACTED_ON,
    TRIALS,
    WIDENED,
    Year,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, postgresql_reused: Reused) -> Iterator[Year]:
    """Lived through once; the tests only read."""
    folder, articles = tmp_path_factory.mktemp("year"), operated.literature()
    for pmid, (what, day) in TRIALS.items():
        articles.add_trial(pmid, day, what)
    corpus = articles.corpus()
    articles.retract_trial(corpus, 70_001, morning(RETRACTED_ON, 6), TRIALS[70_001][0])
    people = [*(f"{reader},veins,{word}" for reader, word in READERS.items()), f"{LEAVER},veins,daily"]
    with operated.installed(folder, corpus, *people) as site:
        made = Year(site, articles, people)
        made.live(url_of(postgresql_reused.ready()), f"sqlite:///{folder}/back.db")
        yield made
    postgresql_reused.give_back()


@pytest.fixture(scope="module")
def post(year: Year) -> Post:
    """Every mail of the year."""
    return post_of(year.site.mailbox)


def test_every_article_is_stored_and_told_to_every_subscriber_in_one_mail(year: Year, post: Post) -> None:
    """Whatever was changed on its day: nothing is lost, untold, only counted, or told in two mails."""
    ledger = year.ledger(post)
    assert len(ledger) == 3_033  # as docs/guarantees.md has it
    assert [row for row in ledger if not row.is_whole] == []


def test_the_mail_whose_reply_was_lost_came_twice_and_is_on_record(year: Year, post: Post) -> None:
    """And no other."""
    (name,) = [name for name, copies in post.copies.items() if copies > 1]
    assert (post.copies[name], year.told["veins"].uncertain[name]) == (2, 1)
    assert {other for other, number in year.told["veins"].uncertain.items() if number} == {name}


def test_the_history_of_the_answer_only_grows_whatever_is_changed(year: Year) -> None:
    """Through both copies it stays as it was; each answer came on the day of its cause."""
    for before, after in pairwise(year.histories):
        assert after.startswith(before)
    records = [json.loads(line) for line in year.histories[-1].splitlines()]
    assert [(one["at"][:10], one["answer"]["sentence"]) for one in records] == [
        ("2013-01-01", "No treatment study of vein dilation in multiple sclerosis is indexed."),
        ("2013-02-10", "One randomised sham-controlled trial (21 people) shows no benefit."),
        ("2013-06-03", "Two randomised sham-controlled trials (43 people): neither shows benefit."),
        ("2013-08-20", "Three randomised sham-controlled trials (66 people): none shows benefit."),
        ("2013-12-02", "Two randomised sham-controlled trials (45 people): neither shows benefit."),
    ]


def test_every_digest_says_truly_since_when_the_answer_is_what_it_is(year: Year) -> None:
    """Whether a trial, another question or a retraction has changed it."""
    records = [json.loads(line) for line in year.histories[-1].splitlines()]
    changed = [datetime.fromisoformat(one["at"]).date() for one in records]
    said = 0
    for mail in (one.message for reader in READERS for one in year.site.mailbox.to(reader)):
        if found := re.search(r"The answer is unchanged since (\d+ \w+ \d+)\.", text_of(mail)):
            told = datetime.strptime(found[1], "%d %b %Y").date()  # noqa: DTZ007  a day
            assert told == max(day for day in changed if day <= mail["Date"].datetime.date())
            said += 1
    assert said > 100


def test_a_changed_query_is_told_with_the_articles_that_are_no_news(year: Year) -> None:
    """Each article that the query brought is either told as new or counted in its sentence."""
    told = [change.why for change in year.changes if change.kind is ChangeKind.SEARCH_CHANGED]
    news = {change.pmid for change in year.changes if change.kind is ChangeKind.NEW}
    counts = [
        len({pmid for pmid in year.articles.matching(word) if year.articles.days[pmid] <= day} - news - before)
        for word, day, before in (
            ("venoplasty", WIDENED, set()),
            ("jugular", CHANGED_WHILE_POLLED, year.articles.matching("vein")),
        )
    ]
    assert [int(re.findall(r"(\d+) more articles match it", why)[0]) for why in told] == counts


def test_who_left_and_who_asked_for_no_mail_get_none_with_any_key(year: Year) -> None:
    """The links were signed and the addresses hashed with the key of January; the list of October names one of them."""
    last = max(mail.message["Date"].datetime for mail in year.site.mailbox.to(LEAVER))
    assert last < morning(LEFT)
    assert len(year.site.mailbox.to(BARRED)) == 1


def test_a_removed_topic_is_archived_whole_and_takes_nothing_from_another(year: Year) -> None:
    """Its articles that the other topic lists too are still stored; its reader gets no more mail."""
    with ZipFile(year.site.folder / "jugular.zip") as archive:
        listed = {row["pmid"] for row in DictReader(StringIO(archive.read("articles.csv").decode()))}
    last = year.last_look_before(REMOVED)
    assert listed == {pmid for pmid in year.articles.matching("jugular") if year.articles.days[pmid] <= last}
    assert year.articles.matching("jugular") <= year.told["veins"].stored
    assert max(mail.message["Date"].datetime for mail in year.site.mailbox.to(JUGULAR)) < morning(REMOVED)


@pytest.mark.chromium
def test_digests_that_tell_of_a_change_are_accessible_and_fit(year: Year, chromium: Browser) -> None:
    """360 and 640 pixels, light and dark: a changed query, a changed question."""
    told = [("daily@reader.example", WIDENED), ("at-once@reader.example", ASKED_OTHERWISE)]
    sent = [(mail.message, day) for who, day in told for mail in year.site.mailbox.to(who)]
    mails = [mail for mail, day in sent if mail["Date"].datetime.date() == day]
    assert len(mails) == 2
    shown = opened(chromium)
    for html in filter(None, (mail.get_body(["html"]) for mail in mails)):
        shown.set_content(html.get_content())
        assert mistakes_by_look(shown) == {}
    shown.close()
