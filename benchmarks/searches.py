"""What a tick costs with many searches of which twelve are due, compared with one that has only those.

    python benchmarks/searches.py [--searches 10000]

Four searches a topic; a real SQLite file, the loopback E-utilities server, Bio.Entrez without its pauses. Each number
of searches is measured in a process of its own: the processor time of the start (configuration as Python values),
of a tick with twelve polls, of one in which nothing is due, and of what `monitor status` reads; and the memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from monitor import config
from monitor.commands import status
from monitor.demo import corpus
from monitor.model import Outcome, Search, SearchKind, Seed, Settings, Topic
from monitor.ports import Sources
from monitor.sandbox import Corpus, Server
from monitor.service import connections, tick
from monitor.service.connections import Connections
from monitor.sources.pubmed import Client
from monitor.store.schema.tables import searches

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
A_TOPIC = 4
DUE = 12

CONFIG = """\
contact_email: benchmark@example.org
postal_address: Example Street 1, Rome
smtp: {{host: 127.0.0.1, port: 9, encryption: none}}
pubmed: {{base_url: "{url}"}}
topics:
  first:
    name: Veins in MS
    question:
      text: Does it help?
      population: {{name: multiple sclerosis, words: [multiple sclerosis]}}
      intervention: {{name: angioplasty, words: [angioplasty]}}
    searches: [{{name: veins, query: "venous[tiab]"}}]
"""


def settings_of(folder: Path, url: str, number: int) -> Settings:
    """A configuration with so many searches; the words of each differ, so that no two are one question."""
    file = folder / "monitor.yaml"
    file.write_text(CONFIG.format(url=url), encoding="utf-8")
    settings = config.load(file, {"MONITOR_SECRET_KEY": "k" * 32})
    return replace(settings, topics=tuple(_topics(settings.topics[0], number)))


def _topics(pattern: Topic, number: int) -> Iterator[Topic]:
    for n in range(0, number, A_TOPIC):
        key = f"t{n}"
        by_query = [
            Search(key, f"words{m}", SearchKind.QUERY, DAY, f"venous[tiab] NOT {90_000_000 + n + m}[uid]")
            for m in range(min(A_TOPIC - 1, number - n))
        ]
        citing = [Search(key, "citing", SearchKind.CITING, DAY)][: max(0, number - n - len(by_query))]
        yield replace(pattern, key=key, searches=(*by_query, *citing), seed=Seed(pmid="22350642"))


@contextmanager
def started(settings: Settings) -> Iterator[Connections]:
    """The service with a PubMed client that does not wait between requests."""
    with connections.connected(settings, NOW) as works:
        pubmed = Client(settings.pubmed, sleep=lambda _seconds: None)
        yield replace(works, sources=Sources(pubmed, pubmed, pubmed))


def only_due(works: Connections, number: int, at: datetime) -> None:
    """All searches were asked a day ago and are due in an hour, but so many that are due now."""
    due = searches.c.topic.in_([f"t{n}" for n in range(0, number - A_TOPIC + 1, A_TOPIC)])
    done = {"has_baseline": True, "last_success_at": at - DAY, "last_full_check_at": at - DAY}
    with works.db.begin() as tx:
        tx.execute(sa.update(searches).where(~due).values(due_at=at + timedelta(hours=1), **done))
        tx.execute(sa.update(searches).where(due).values(due_at=at))


def seconds(work: Callable[[], object]) -> float:
    """Processor time."""
    started_at = time.process_time()
    work()
    return time.process_time() - started_at


def run(folder: Path, url: str, number: int) -> dict[str, float]:
    """Measure one number of searches."""
    settings = settings_of(folder, url, number)
    with started(settings) as works:  # makes the database; these polls are the baselines
        only_due(works, DUE, NOW)
        tick.run_due(works, NOW)
    before = time.process_time()
    with started(settings) as works:
        took = {"start": time.process_time() - before}
        quiet = [seconds(lambda at=at: tick.run_due(works, at)) for at in (NOW + MINUTE, NOW + 2 * MINUTE)]  # type: ignore[misc]
        later = NOW + timedelta(minutes=3)
        only_due(works, DUE, later)
        done: list[tick.Tick] = []
        took["tick with twelve due"] = seconds(lambda: done.append(tick.run_due(works, later)))
        assert [poll.outcome for poll in done[0].polls] == [Outcome.OK] * DUE, done[0].summary()
        took["tick with none due"] = quiet[-1]
        took["status"] = seconds(lambda: status.read_status(settings, works.db, later))
    return {**took, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    """Compare twelve searches with many."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--searches", type=int, default=10_000)
    parser.add_argument("--run", type=int)
    parser.add_argument("--url", default="")
    options = parser.parse_args()
    if options.run:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(run(Path(folder), options.url, options.run)))
        return
    results = {}
    with Server(Corpus.from_xml(corpus.build()), NOW) as server:
        for number in (DUE, options.searches):
            command = [sys.executable, __file__, "--run", str(number), "--url", server.url]
            printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            results[number] = json.loads(printed.splitlines()[-1])
    few, many = results[DUE], results[options.searches]
    print(f"{'':22}{DUE:>10,} searches{options.searches:>12,} searches")
    for name, value in many.items():
        print(f"{name:22}{few[name]:>10.3f}{value:>21.3f}{value / few[name]:>18.2f} times")


if __name__ == "__main__":
    main()
