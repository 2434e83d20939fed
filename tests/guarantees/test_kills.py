"""A service that is killed day after day, at every named point and at random instants, loses nothing.

The ledger follows every article from published to stored and told; a mail comes twice only where that is on record.
"""

from __future__ import annotations

import os
import random
import signal
from datetime import date, timedelta
from pathlib import Path

from monitor.model import Frequency
from monitor.store import Database
from tests.support import killing, ledger
from tests.support.databases import url_of
from tests.support.killing import AtInstant, Point
from tests.support.long_life import GONE, Life, lived, noon

FIRST = date(2012, 2, 1)
DAY = timedelta(days=1)
#: How many processes are killed on each of the two databases; `make guarantees` kills 20, its long form 110.
KILLS = int(os.environ.get("MONITOR_TEST_KILLS", "4"))
#: A tick takes about so long; random instants lie within.
TICK_S = 1.0


def points(count: int, seed: int) -> list[tuple[str, Point]]:
    """So many points: the named ones in a random order, and random instants when these are used up, or one of five."""
    chance = random.Random(seed)  # noqa: S311  not for secrets
    named = list(killing.named_points().items())
    chance.shuffle(named)
    found: list[tuple[str, Point]] = []
    while len(found) < count:
        if named and len(found) % 5 != 4:
            found.append(named.pop())
        else:
            seconds = chance.uniform(0.05, TICK_S)
            found.append((f"after {seconds:.2f} s", AtInstant(seconds)))
    return found


def test_whatever_it_is_killed_at_nothing_is_lost_and_nothing_told_twice(db: Database, tmp_path: Path) -> None:
    """Each day a visitor signs up, a mail comes back, the question is changed, and the morning's tick is killed."""
    seed = 7 if db.is_sqlite else 8
    todo = points(KILLS, seed)
    with lived(tmp_path, url_of(db), FIRST, FIRST + (len(todo) + 2) * DAY) as life:
        missed = []
        for number, (name, point) in enumerate(todo, 1):
            day = FIRST + number * DAY
            eventful(life, day, number)
            if killing.strike_at(life, noon(day, 8), point) != -signal.SIGKILL and not isinstance(point, AtInstant):
                missed.append(name)
            recover(life, day)
        life.settle(FIRST + (len(todo) + 1) * DAY)
        found = ledger.read(life)
        to_the_gone = {mail["Message-ID"] for mail in life.mails() if mail["To"] == GONE}
    assert len(to_the_gone) in (4, 5), "the third that comes back suspends, when the fourth has left"
    assert found.faults == {}, (found.columns, [name for name, _ in todo])
    assert len(missed) <= len(todo) / 4, missed


def eventful(life: Life, day: date, number: int) -> None:
    """A day on which every unit of work has something to do."""
    life.sign_up(f"visitor{number}@x.example", Frequency.DAILY, noon(day, 7))
    life.question = "vein dilation, venoplasty" if number % 2 else "vein dilation"
    life.send_back()


def recover(life: Life, day: date) -> None:
    """The leases of the dead have run out."""
    for minute in (40, 80):
        life.tick(noon(day, 8) + timedelta(minutes=minute))
