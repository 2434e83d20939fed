"""When the replay asks the other sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import store
from monitor.demo.folder import Folder
from monitor.demo.outside import asking
from monitor.demo.replay import TOPIC, settings_of
from monitor.model import SourceName, SourceSettings
from monitor.store import Database

WATCH = SourceName.RETRACTION_WATCH
DAY = datetime(2012, 5, 10, 8, tzinfo=UTC)
LATER = DAY + timedelta(days=1)


def test_a_source_asked_on_the_day_of_its_news_is_not_asked_again_the_day_after(
    sqlite_db: Database, tmp_path: Path
) -> None:
    """It waits for its own interval; that is no date which only a wrong clock can have set."""
    source = SourceSettings(WATCH, "http://127.0.0.1:1/", asking.EVERY)
    settings = replace(settings_of(Folder(tmp_path)), sources={WATCH: source})
    with sqlite_db.begin() as tx:
        store.searches.sync(tx, settings.topics, DAY)
        assert WATCH in asking.due(tx, settings, [WATCH], DAY).sources
        token = store.source_states.claim(tx, WATCH, TOPIC, DAY)
        assert token
        state = store.source_states.state(tx, WATCH, TOPIC)
        store.source_states.finish(tx, state, token, DAY + asking.EVERY, DAY)
        assert not store.clock.has_future(tx, LATER, {})
        assert not asking.due(tx, settings, (), LATER).sources
        assert WATCH in asking.due(tx, settings, [WATCH], LATER).sources
