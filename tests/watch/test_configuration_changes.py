"""What a changed configuration does, as the operator is told before it happens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor import store
from monitor.model import SourceName
from monitor.store import Database
from monitor.store.outside.source_states import SourcePlan
from monitor.watch.configuration_changes import differences
from tests.support.factories import NOW, subscription
from tests.support.records import query, topic


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
    assert (found.topic, found.what) == ("ccsvi", "new topic")


def test_a_source_that_is_switched_on_or_off_is_told(sqlite_db: Database) -> None:
    """Nothing is said on an empty database, where everything is new."""
    plan = SourcePlan(SourceName.CROSSREF, "ccsvi", timedelta(days=1))
    with sqlite_db.begin() as tx:
        assert differences(tx, [], [], [SourceName.CROSSREF]) == []
        store.searches.sync(tx, [topic(query())], NOW)
        store.source_states.sync(tx, [plan], NOW)
        assert differences(tx, [topic(query())], [], [SourceName.CROSSREF])[1:] == []
        on, off = [one for one in differences(tx, [topic(query())], [], [SourceName.ICITE]) if not one.topic]
    assert on.sentence.startswith("New source NIH iCite. Is asked at once")
    assert off.sentence == "Removed source Crossref. No longer asked; what it has told stays."
