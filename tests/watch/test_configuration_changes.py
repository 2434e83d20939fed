"""What a changed configuration does, as the operator is told before it happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import store
from monitor.evidence import reassess as work
from monitor.model import ChannelSettings, Frequency, Outcome, Poll, SmtpSettings, SourceName
from monitor.store import Database
from monitor.store.outside.source_states import SourcePlan
from monitor.subscribers import channels
from monitor.watch.configuration_changes import differences
from tests.support.factories import NOW, subscription
from tests.support.records import article, query, topic
from tests.support.settings import settings


@pytest.mark.parametrize(("readers", "named"), [(0, "0 readers"), (1, "1 reader"), (2, "2 readers")])
def test_a_topic_that_is_taken_out_leaves_its_readers_without_digests(
    sqlite_db: Database, readers: int, named: str
) -> None:
    """They are counted, and nothing is said of the topic that stays."""
    with sqlite_db.begin() as tx:
        store.searches.sync(tx, [topic(query())], NOW)
        for number in range(readers):
            store.subscribers.add(tx, subscription(f"r{number}@example.org"), NOW)
        (found,) = differences(tx, [], [])
    assert (found.topic, found.search, found.what) == ("ccsvi", "", "removed topic")
    assert found.effect == f"No longer polled; {named} of it get no more digests. All that is stored stays."


def test_a_new_topic_takes_a_baseline(sqlite_db: Database) -> None:
    """What it finds first is no news."""
    with sqlite_db.begin() as tx:
        (found,) = differences(tx, [topic(query())], [])
    assert found.sentence == (
        "ccsvi: new topic. Its searches take a baseline at their first poll: what they find then is no news."
    )


def test_a_search_that_is_added_changed_or_removed_is_told(sqlite_db: Database) -> None:
    """With what readers will hear of it; one that stays is not."""
    with sqlite_db.begin() as tx:
        store.searches.sync(tx, [topic(query(), query("other", "x"), query("old", "y"))], NOW)
        work.configure(tx, [topic(query(), query("other", "x"), query("old", "y"))])
        found = differences(tx, [topic(query(), query("other", "z"), query("new", "w"))], [])
    assert [one.sentence for one in found] == [
        "ccsvi/other: changed search. Is asked at once and takes a new baseline: one sentence tells readers what it "
        "finds more and no longer. Only what PubMed has added since the last poll is told as news.",
        "ccsvi/new: new search. Takes a baseline at its first poll; one sentence tells readers how many articles it "
        "brought.",
        "ccsvi/old: removed search. No longer asked. What only it found stays on record; one sentence tells readers.",
    ]


def test_another_question_is_told_with_how_many_articles_are_judged_again(sqlite_db: Database) -> None:
    """Before it happens."""
    with sqlite_db.begin() as tx:
        store.searches.sync(tx, [topic(query())], NOW)
        (none,) = differences(tx, [topic(query())], [])
        poll = store.polls.add(tx, Poll("ccsvi", "veins", NOW, NOW, Outcome.OK))
        store.articles.save(tx, [article("1")], NOW, poll)
        store.matches.record(tx, "ccsvi", "veins", poll, NOW, new={"1"}, missing=(), back=(), gone={})
        (one,) = differences(tx, [topic(query())], [])
    again = "judged again at the next tick. When the answer changes by that, readers are told why."
    assert none.sentence == f"ccsvi: changed question or rules. 0 articles are {again}"
    assert one.sentence == f"ccsvi: changed question or rules. 1 article is {again}"


def test_a_channel_that_comes_or_goes_is_told(sqlite_db: Database) -> None:
    """By its name: addresses are secrets."""
    room = ChannelSettings("team", ("ccsvi",), "https://rooms.example.org/x", "", Frequency.WEEKLY)
    told = replace(settings(SmtpSettings("127.0.0.1", "Monitor <monitor@example.org>")), channels=(room,))
    with sqlite_db.begin() as tx:
        (new,) = differences(tx, [], [room])
        channels.configure(tx, told, NOW)
        assert differences(tx, [], [room]) == []
        (old,) = differences(tx, [], [])
    assert new.sentence == "New channel team. Gets the welcome digest of each of its topics with the next digests."
    assert old.sentence == "Removed channel team. Gets nothing more; what waits for it is cancelled."


def test_a_source_that_is_switched_on_or_off_is_told(sqlite_db: Database) -> None:
    """Nothing is said on an empty database, where everything is new."""
    plan = SourcePlan(SourceName.CROSSREF, "ccsvi", timedelta(days=1))
    with sqlite_db.begin() as tx:
        assert differences(tx, [], [], [SourceName.CROSSREF]) == []
        store.searches.sync(tx, [topic(query())], NOW)
        store.source_states.sync(tx, [plan], NOW)
        assert differences(tx, [topic(query())], [], [SourceName.CROSSREF])[1:] == []
        on, off = [one for one in differences(tx, [topic(query())], [], [SourceName.ICITE]) if not one.topic]
    assert on.sentence == (
        "New source NIH iCite. Is asked at once for each topic; its first answer is a baseline and no news."
    )
    assert off.sentence == "Removed source Crossref. No longer asked; what it has told stays."
