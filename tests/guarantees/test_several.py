"""Several services on one database, and one that stood still beyond its lease: nothing is lost, nothing told twice."""

from __future__ import annotations

import os
import signal
from datetime import date, timedelta
from pathlib import Path

from monitor.model import Frequency
from monitor.store import Database
from tests.support import killing, ledger
from tests.support.databases import url_of
from tests.support.killing import AtCommand, AtRequest, Point
from tests.support.long_life import lived, noon

FIRST = date(2012, 2, 1)
DAY, HALF_AN_HOUR = timedelta(days=1), timedelta(minutes=31)

#: Where the process stands still: as PubMed hears a request, and as the mail server hears a command.
STALLS: dict[str, Point] = {
    "records are fetched": AtRequest(3),
    "a transactional mail is taken": AtCommand("after DATA", 1),
    "a reader is named": AtCommand("RCPT", 3),
    "a digest is taken": AtCommand("after DATA", 3),
}


def test_a_process_that_stood_still_beyond_its_lease_does_nothing_that_was_done_meanwhile(
    db: Database, tmp_path: Path
) -> None:
    """SIGSTOP, another process does the work half an hour later, SIGCONT: at one point after the other.

    Over one connection, so that no transaction is open: one that is open on SQLite keeps everybody from writing.
    """
    with lived(tmp_path, url_of(db), FIRST, FIRST + (len(STALLS) + 2) * DAY) as life:
        life.connections = 1
        for number, (name, point) in enumerate(STALLS.items(), 1):
            day = FIRST + number * DAY
            life.sign_up(f"visitor{number}@x.example", Frequency.DAILY, noon(day, 7))
            stalled = killing.stopped_at(life, noon(day, 8), point)
            life.tick(noon(day, 8) + HALF_AN_HOUR)
            os.kill(stalled.pid or 0, signal.SIGCONT)
            stalled.join(60)
            assert stalled.exitcode == 0, name
        life.settle(FIRST + (len(STALLS) + 1) * DAY)
        found = ledger.read(life)
    assert found.faults == {}, found.columns


def test_four_services_on_one_database_share_the_work(db: Database, tmp_path: Path) -> None:
    """They tick at the same moment, day after day; on one day one of them is killed."""
    days = 3
    with lived(tmp_path, url_of(db), FIRST, FIRST + (days + 1) * DAY) as life:
        for number in range(1, days + 1):
            moment = noon(FIRST + number * DAY, 8)
            life.sign_up(f"visitor{number}@x.example", Frequency.DAILY, noon(FIRST + number * DAY, 7))
            life.send_back()
            together = [life.process(moment) for _ in range(4)]
            if number == 2:
                together[0].join(0.5)
                together[0].kill()
            for process in together:
                process.join(120)
            assert {process.exitcode for process in together} <= {0, -signal.SIGKILL}
            life.tick(moment + HALF_AN_HOUR)
        life.settle(FIRST + (days + 1) * DAY)
        found = ledger.read(life)
    assert found.faults == {}, found.columns
    assert found.columns["copies, flagged uncertain"] <= 1
