"""What a reader costs when there are 100,000 of them, and when there are 10,000: `python benchmarks/subscribers.py`.

    python benchmarks/subscribers.py [--people 100000] [--mails 3000]

A SQLite file with durable commits. The list is imported, and imported again with nobody new in it; a digest of 2 kB is
put into the outbox for everybody, to arrive at each reader's own hour; the first few thousand copies are sent to
Postfix's `smtp-sink`; then what `monitor status` counts, and the daily clean-up. Each number of people is measured in a
process of its own: processor time for each person or mail, and memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

from deliver import LANGUAGES, NOW, ZONES, _html, _settings, _sink

from monitor import log, store
from monitor.delivery import deliver
from monitor.digests import schedule
from monitor.links import Links
from monitor.mail.smtp import SmtpMailer
from monitor.model import (
    Answer,
    AnswerState,
    Digest,
    DigestKind,
    DigestPlan,
    Frequency,
    Rendered,
    Settings,
    Subscription,
    SubscriptionState,
)
from monitor.subscribers import admin, retention

PLAN = DigestPlan()


def people(number: int) -> list[Subscription]:
    """So many readers at 500 domains, in three time zones and five languages."""
    listed = []
    for n in range(number):
        address = f"reader{n}@host{n % 500}.example.org"
        reader = Subscription("bench", address, Frequency.WEEKLY, SubscriptionState.ACTIVE)
        listed.append(replace(reader, timezone=ZONES[n % len(ZONES)], language=LANGUAGES[n % len(LANGUAGES)]))
    return listed


def run(number: int, mails: int, port: int, folder: Path) -> dict[str, float]:
    """Microseconds of processor time, and the memory: of the import, or in the same folder of the rest."""
    is_first = not (folder / "monitor.db").exists()
    took: dict[str, float] = {}

    def measured(name: str, work: Callable[[], int | None]) -> None:
        before = time.process_time()
        times = work() or 1
        took[name] = 1e6 * (time.process_time() - before) / times

    log.setup(stream=(folder / "monitor.log").open("a"))
    settings = _settings(folder, port)
    db = store.open(settings.database_url)
    store.migrate.upgrade(db)
    if is_first:
        listed = people(number)
        for name in ("imported, µs a person", "imported again, µs a person"):
            measured(name, lambda: imported(db, listed, settings))
    else:
        measured("into the outbox, µs a person", lambda: enqueued(db))
        measured("sent, µs a mail", lambda: send(db, settings, mails))
        measured("counted for status, µs", lambda: counted(db))
        measured("daily clean-up, µs", lambda: cleaned_up(db))
    db.close()
    name = "megabytes, import" if is_first else "megabytes, the rest"
    return {**took, name: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def imported(db: store.Database, listed: list[Subscription], settings: Settings) -> int:
    """The list, as by `monitor subscribers import`; how many."""
    admin.import_subscribers(db, listed, settings.secret_keys, NOW, form="benchmark", consent="benchmark")
    return len(listed)


def enqueued(db: store.Database) -> int:
    """One digest for everybody, to arrive at their own hour; how many copies."""
    answer = Answer("bench", AnswerState.NONE, "None found.", fingerprint="none")
    digest = Digest("bench", DigestKind.NEWS, Frequency.WEEKLY, None, NOW, answer, False)
    with db.begin() as tx:
        number = store.digests.add(tx, digest, Rendered("news", "News.", _html(2_000)), NOW)
        store.deliveries.enqueue(tx, number, NOW, lambda digest, reader: f"<{digest}.{reader}@example.org>")
        store.deliveries.postpone(tx, number, lambda zone: schedule.arrival(PLAN, zone, NOW, NOW), NOW)
        return sum(store.delivery_counts.counts(tx).values())


def send(db: store.Database, settings: Settings, mails: int) -> int:
    """Some of the copies, when all are due: about as many as `mails`; how many."""
    asked = count(1)  # whether to stop is asked before each mail
    done = deliver.deliver_due(
        settings,
        Links(settings.secret_keys),
        db,
        SmtpMailer(settings.smtp),
        NOW + timedelta(days=1),
        is_stopping=lambda: next(asked) > mails,
    )
    assert done.sent > 0.9 * mails, done
    return done.sent


def counted(db: store.Database) -> None:
    """What `monitor status` counts."""
    with db.read() as tx:
        store.subscribers.all_counts(tx)
        store.delivery_counts.counts(tx)


def cleaned_up(db: store.Database) -> None:
    """What the service does once a day."""
    retention.clean_up(db, NOW + timedelta(days=1))


def main() -> None:
    """Compare a tenth of the people with all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--mails", type=int, default=3_000)
    parser.add_argument("--run", type=int)
    parser.add_argument("--port", type=int)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.run:
        print(json.dumps(run(asked.run, asked.mails, asked.port, asked.folder)))
        return
    results = []
    with _sink() as port:
        for number in (asked.people // 10, asked.people):
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, __file__, "--run", str(number), "--mails", str(asked.mails)]
                command += ["--port", str(port), "--folder", folder]
                parts = [subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout for _ in range(2)]
            results.append(json.loads(parts[0]) | json.loads(parts[1]))
    few, many = results
    print(f"{'':30}{asked.people // 10:>14,} people{asked.people:>14,} people")
    for name, value in many.items():
        print(f"{name:30}{few[name]:>14.1f}{value:>21.1f}{value / few[name]:>12.2f} times")


if __name__ == "__main__":
    main()
