"""A month with a webhook that misbehaves every day, and a service that dies: nothing is lost, nothing told twice."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from monitor.delivery.channels.http import Patience
from monitor.delivery.channels.webhook import Webhook
from monitor.model import ChannelSettings, Frequency
from monitor.service import connections
from monitor.store import Database
from tests.support import rooms as world
from tests.support.crashing import crashes
from tests.support.history import BASELINE, History
from tests.support.rooms import Answer, Rooms, status

SECRET = "a-secret-of-both-sides-0123456789"
PATIENCE = Patience(connect=2.0, read=0.2, whole=0.4)
#: After these nobody knows whether the message arrived.
IN_DOUBT: tuple[Answer, ...] = (world.breaking_off, world.hanging)
#: What a day may bring; most requests are answered well.
MOODS: tuple[Answer | None, ...] = (
    None,
    None,
    status(429, Retry_After="5000"),
    status(500),
    status(503),
    status(404),
    status(400),
    *IN_DOUBT,
)


def opened(history: History, channel: ChannelSettings) -> None:
    """The service begins again with this channel."""
    configured = replace(history.works.settings, channels=(channel,))
    connections.prepare(configured, history.db, history.now)
    webhook = Webhook(channel.url, channel.secret, PATIENCE)
    history.works = replace(history.works, settings=configured, channels={channel.name: webhook})


def told(rooms: Rooms) -> dict[str, set[str]]:
    """The keys of the messages that told of each article, by PMID."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for got in rooms.got:
        message = got.json
        for pmid in [*(change["pmid"] for change in message["changes"]), *message["left_out"]]:
            found[pmid].add(got.headers["idempotency-key"])
    return found


def test_a_month_of_bad_days(db: Database, rooms: Rooms) -> None:
    """Each article is told in one message; that comes again only where this is on record, three times at most."""
    chance = random.Random(11 if db.is_sqlite else 12)  # noqa: S311  not for secrets
    with crashes(db) as crash:
        history = History(db, crash)
        opened(history, ChannelSettings("hospital", ("ccsvi",), rooms.url, SECRET, Frequency.DAILY))
        history.tick(timedelta(hours=1))
        history.tick(timedelta(hours=1))
        assert rooms.got[0].json["digest"]["kind"] == "welcome"
        published = []
        for day in range(30):
            published.append(str(5_000 + day))
            history.list(published[-1])
            for _ in range(3):
                if mood := chance.choice(MOODS):
                    rooms.answers = [mood]
                if chance.random() < 0.1:
                    history.crash.commits, history.crash.is_after = chance.randint(1, 12), chance.random() < 0.5
                history.tick(timedelta(hours=8))
        rooms.answers = []
        history.heal()
    found = told(rooms)
    assert {pmid: len(found[pmid]) for pmid in published} == dict.fromkeys(published, 1)
    assert not set(BASELINE) & found.keys()
    kept = zip(rooms.got, rooms.answered, strict=True)
    copies = Counter(got.headers["idempotency-key"] for got, answer in kept if answer in (None, *IN_DOUBT))
    with db.read() as tx:
        rows = tx.execute(text("SELECT message_id, attempts, uncertain, state FROM deliveries")).all()
    assert {row.state for row in rows} == {"sent"}
    assert max(row.uncertain for row in rows) > 0, "a month in which something was in doubt"
    assert [row for row in rows if not 0 <= copies[row.message_id] - 1 <= min(row.uncertain, 2)] == []
