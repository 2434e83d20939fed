"""What time can do to a service: forty days off, an old backup restored, a clock that jumps, the begin of summer."""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor import store
from monitor.demo.mailbox import Mailbox
from monitor.model import Frequency
from monitor.sandbox import Server
from monitor.store import Database
from tests.support import ledger
from tests.support.cluster import JumpingClock
from tests.support.databases import url_of
from tests.support.installation import eventually, install
from tests.support.long_life import Life, lived, noon

FIRST = date(2012, 2, 1)
DAY = timedelta(days=1)


def live(life: Life, *days: date) -> None:
    """One tick on each of these days."""
    for day in days:
        life.tick(noon(day, 8))


def test_what_appeared_in_forty_days_without_monitor_is_told_once(postgresql_db: Database, tmp_path: Path) -> None:
    """In one digest of each frequency, which says that nobody looked."""
    with lived(tmp_path, url_of(postgresql_db), FIRST, FIRST + 45 * DAY) as life:
        live(life, FIRST + DAY, FIRST + 41 * DAY)
        text = str(life.mails()[-1].get_body(["plain"]).get_content())  # type: ignore[union-attr]
        live(life, FIRST + 42 * DAY)
        life.settle(FIRST + 46 * DAY)
        found = ledger.read(life)
    assert found.faults == {}, found.columns
    assert "did not run" in " ".join(text.split())


def test_an_old_backup_loses_nothing_and_no_mail_has_the_message_id_of_another(
    sqlite_template: Path, tmp_path: Path
) -> None:
    """What was told since the backup is told again; a program that drops copies keeps every digest."""
    file, backup = tmp_path / "monitor.db", tmp_path / "backup.db"
    shutil.copyfile(sqlite_template, file)
    with lived(tmp_path, f"sqlite:///{file}", FIRST, FIRST + 12 * DAY) as life:
        live(life, FIRST + DAY, FIRST + 2 * DAY, FIRST + 3 * DAY)
        with life.database() as db:
            store.maintenance.backup(db, backup)
        live(life, FIRST + 4 * DAY, FIRST + 5 * DAY)
        for left in tmp_path.glob("monitor.db*"):
            left.unlink()
        backup.rename(file)
        live(life, *(FIRST + number * DAY for number in range(6, 13)))
        life.settle(FIRST + 13 * DAY)
        found = ledger.read(life)
        bodies = {(mail["Message-ID"], mail["Subject"], str(mail.get_body(["plain"]))) for mail in life.mails()}
    assert found.untold == []
    assert max(Counter(name for name, *_ in bodies).values()) == 1, "two different mails have one Message-ID"


@pytest.mark.parametrize(("jump", "kind"), [(timedelta(days=-1), "postgresql"), (timedelta(days=40), "sqlite")])
def test_a_clock_that_jumps_and_is_set_right_loses_nothing(
    tmp_path: Path, jump: timedelta, kind: str, request: pytest.FixtureRequest
) -> None:
    """Back a day, or ahead; PubMed keeps the true time."""
    db: Database = request.getfixturevalue(f"{kind}_db")
    with lived(tmp_path, url_of(db), FIRST, FIRST + 8 * DAY) as life:
        live(life, FIRST + DAY, FIRST + 2 * DAY, FIRST + 3 * DAY)
        life.tick(noon(FIRST + 3 * DAY, 12) + jump, true=noon(FIRST + 3 * DAY, 12))
        live(life, *(FIRST + number * DAY for number in range(4, 9)))
        life.settle(FIRST + 9 * DAY)
        found = ledger.read(life)
    assert found.faults == {}, found.columns


@pytest.mark.parametrize("jump", [-DAY, 40 * DAY])
def test_a_running_service_whose_clock_is_set_goes_on_at_once(tmp_path: Path, sandbox: Server, jump: timedelta) -> None:
    """Not when it is as late as it was before: who is put on the list meanwhile is welcomed within seconds."""
    with Mailbox() as box, install(tmp_path, sandbox, box) as world:
        running = world.start("run", begin=JumpingClock(jump))
        eventually(lambda: box.to("bob@example.org"))
        for jumps, reader in enumerate(("carl@example.org", "dora@example.org"), 1):  # wrong, then right again
            running.send_signal(signal.SIGUSR1)
            eventually(lambda jumps=jumps: running.log.count("the clock has jumped") == jumps)  # type: ignore[misc]
            with (tmp_path / "people.csv").open("a", encoding="utf-8") as people:
                people.write(f"{reader}\n")
            eventually(lambda reader=reader: box.to(reader), within_s=30)  # type: ignore[misc]
        running.send_signal(signal.SIGTERM)
        log = running.communicate(timeout=60)[1]
        assert running.returncode == 0, log


@pytest.mark.parametrize(
    ("first", "why"),
    [
        (date(2012, 2, 26), "the leap day"),
        (date(2012, 3, 23), "clocks go forward on 25 March"),
        (date(2012, 10, 26), "clocks go back on 28 October"),
    ],
)
def test_the_daily_digest_comes_at_its_local_hour_on_every_day(tmp_path: Path, first: date, why: str) -> None:
    """Four days, four looks a night: one digest a day, at half past two where the reader lives."""
    zone = ZoneInfo("Europe/Berlin")
    with lived(tmp_path, f"sqlite:///{tmp_path}/monitor.db", first, first + 5 * DAY) as life:
        life.at, life.zone = "02:30", zone.key
        life.subscribe("berlin@reader.example", Frequency.DAILY, noon(first, 1), zone.key)
        for day in range(1, 5):
            for at in looks(first + day * DAY, zone):
                life.tick(at)
        found = [mail for mail in life.mails() if mail["To"] == "berlin@reader.example"]
    local = [parsedate_to_datetime(str(mail["Date"])).astimezone(zone) for mail in found[1:]]
    assert [at.date() for at in local] == [first + day * DAY for day in range(2, 5)]
    for at in local:  # on 25 March half past two does not exist
        assert (at.hour, at.minute) == ((3, 30) if at.date() == date(2012, 3, 25) else (2, 30)), why


def looks(day: date, zone: ZoneInfo) -> list[datetime]:
    """The instants at which a clock that is never changed shows 02:00, 02:30, 03:00 and 03:30."""
    begin = datetime(day.year, day.month, day.day, 0, 0, tzinfo=zone).astimezone(noon(day).tzinfo)
    return [begin + timedelta(minutes=minutes) for minutes in (120, 150, 180, 210)]
