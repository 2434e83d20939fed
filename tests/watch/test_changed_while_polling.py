"""One process takes a new configuration while another, or another thread of it, still polls by the old one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from monitor import store
from monitor.evidence import reassess
from monitor.evidence.reassess import reassess_due, version_of
from monitor.model import Poll, Terms, Topic
from monitor.store import Database
from monitor.watch.poll import poll_due
from tests.support.articles import TOPIC, sham_trial
from tests.support.fake_pubmed import FakePubMed
from tests.support.records import DAY, START, query

OLD = replace(TOPIC, searches=(query("veins", "veins", key=TOPIC.key),))
OTHER = replace(OLD, key="other", searches=(query("veins", "veins", key="other"),))
STROKE = replace(OLD.question, population_name="stroke", population=Terms(("stroke",), ("Stroke",)))


class Site:
    """A database with one trial that both topics hold, and a PubMed."""

    def __init__(self, db: Database) -> None:
        self.db, self.pubmed, self.now = db, FakePubMed(), START
        self.pubmed.list(sham_trial("700", 19), "veins")
        self.configure(OLD, OTHER)
        self.poll(OLD, OTHER)

    def configure(self, *topics: Topic) -> None:
        """A process takes this configuration."""
        with self.db.begin() as tx:
            store.searches.sync(tx, topics, self.now)
            reassess.configure(tx, topics)

    def poll(self, *topics: Topic, meanwhile: Callable[[], object] = lambda: None, only: str = "") -> list[Poll]:
        """A day passes; a process with these topics polls, `only` one of them, and something happens meanwhile."""
        self.now += DAY
        waiting = [meanwhile]

        def progress(_done: int, _total: int, what: str) -> None:
            if "/" in what and waiting:  # the search is claimed, and not yet asked
                waiting.pop()()

        wanted = [(only, "veins")] if only else None
        return poll_due(topics, self.pubmed.sources, self.db, self.now, progress, only=wanted)

    def is_relevant(self, topic: str) -> bool:
        """Is the trial relevant to the topic, by the stored verdict?"""
        with self.db.read() as tx:
            return next(iter(store.verdicts.all_current(tx, topic))).relevance.is_match


@pytest.fixture
def site(db: Database) -> Site:
    """As it runs for a day."""
    return Site(db)


def test_the_answer_to_a_query_that_was_changed_meanwhile_is_dropped(site: Site) -> None:
    """And the new query is due at once."""
    new = replace(OLD, searches=(query("veins", "arteries", key=OLD.key),))
    site.pubmed.list(sham_trial("701", 20), "veins")
    polls = site.poll(OLD, meanwhile=lambda: site.configure(new))
    assert polls == []
    (poll,) = poll_due([new], site.pubmed.sources, site.db, site.now)
    assert (poll.query_sent, poll.is_baseline) == ("arteries", True)


@pytest.mark.parametrize("polled", [OLD, OTHER], ids=["its own search", "a search of another topic"])
def test_no_record_stays_judged_by_the_question_before(site: Site, polled: Topic) -> None:
    """The record is revised, and was to be judged for both topics by a process that had the old question."""
    new = replace(OLD, question=STROKE)
    assert site.is_relevant(OLD.key)
    site.pubmed.revise(replace(sham_trial("700", 19), title="Venous angioplasty, revised"), site.now.date())

    def change() -> None:
        site.configure(new, OTHER)
        reassess_due([new, OTHER], site.db, site.now)

    assert site.poll(OLD, OTHER, meanwhile=change, only=polled.key) == []
    assert not site.is_relevant(OLD.key)
    poll_due([new, OTHER], site.pubmed.sources, site.db, site.now)
    assert (site.is_relevant(OLD.key), site.is_relevant("other")) == (False, True)


def test_a_process_with_an_older_configuration_leaves_what_was_changed_alone(site: Site) -> None:
    """It polls what is the same in both."""
    site.configure(replace(OLD, searches=(query("veins", "arteries", key=OLD.key),)), OTHER)
    assert [poll.topic for poll in site.poll(OLD, OTHER)] == ["other"]


def test_judging_again_ends_when_the_question_is_changed_once_more(site: Site) -> None:
    """The verdicts of the question in between are replaced by those of the last."""
    between, last = (replace(OLD, question=replace(STROKE, text=text)) for text in ("Between?", "Last?"))
    site.configure(between, OTHER)
    done = reassess_due([between], site.db, site.now, lambda *_: site.configure(last, OTHER))
    assert done == []
    assert reassess_due([last], site.db, site.now) == [OLD.key]
    with site.db.read() as tx:
        assert store.topics.versions(tx, OLD.key) == (version_of(last), version_of(last))
