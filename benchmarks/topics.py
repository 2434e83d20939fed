"""What a topic costs from the first poll to its reader's mailbox, with 1,000 topics and with 100.

    python benchmarks/topics.py [--topics 1000]

Each topic has one search by query of the demo's literature, one subscriber and one welcome digest; a quarter of a year
later its news is composed and mailed. A real SQLite file, the loopback E-utilities server with Bio.Entrez (without
pauses), a loopback mail server. Each number of topics is measured in a process of its own, with all its threads:
processor time for each topic, and memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import config, log
from monitor.demo import corpus
from monitor.demo.mailbox import Mailbox
from monitor.model import Outcome, Search, SearchKind, Settings, Topic
from monitor.ports import Sources
from monitor.sandbox import Corpus, Server
from monitor.service import connections, tick
from monitor.service.connections import Connections
from monitor.service.tick import Tick
from monitor.sources.pubmed import Client

FIRST = datetime(2014, 4, 1, 6, 0, tzinfo=UTC)
LATER = FIRST + timedelta(days=91)

CONFIG = """\
contact_email: benchmark@example.org
postal_address: Example Street 1, Rome
smtp: {{host: 127.0.0.1, port: {port}, encryption: none}}
pubmed: {{base_url: "{url}"}}
subscribers_file: people.csv
topics:
  pattern:
    name: Veins in MS
    question:
      text: Does it help?
      population: {{name: multiple sclerosis, words: [multiple sclerosis]}}
      intervention: {{name: angioplasty, words: [angioplasty, venoplasty]}}
    searches: [{{name: veins, query: "venous[tiab]"}}]
    digest: {{frequency: daily}}
"""


def installed(folder: Path, url: str, port: int, number: int) -> Settings:
    """A configuration with so many topics, each with a search of its own and one reader."""
    file = folder / "monitor.yaml"
    file.write_text(CONFIG.format(url=url, port=port), encoding="utf-8")
    people = "".join(f"reader{n}@example.org,topic{n}\n" for n in range(number))
    (folder / "people.csv").write_text("address,topic\n" + people, encoding="utf-8")
    settings = config.load(file, {"MONITOR_SECRET_KEY": "k" * 32})
    return replace(settings, topics=tuple(_topic(settings.topics[0], n) for n in range(number)))


def _topic(pattern: Topic, number: int) -> Topic:
    """A topic whose query differs from that of any other, and lists the same articles."""
    key = f"topic{number}"
    text = f'"multiple sclerosis"[tiab] AND venous[tiab] NOT {90_000_000 + number}[uid]'
    return replace(pattern, key=key, searches=(Search(key, "veins", SearchKind.QUERY, timedelta(days=1), text),))


@contextmanager
def started(settings: Settings, at: datetime) -> Iterator[Connections]:
    """The service with a PubMed client that does not wait between requests."""
    with connections.connected(settings, at, is_pretended=True) as works:
        pubmed = Client(settings.pubmed, sleep=lambda _seconds: None)
        yield replace(works, sources=Sources(pubmed, pubmed, pubmed))


def run(number: int) -> dict[str, float]:
    """Milliseconds of processor time for each topic, and the memory."""
    took: dict[str, float] = {}
    records = Corpus.from_xml(corpus.build())
    with tempfile.TemporaryDirectory() as home, Server(records, FIRST) as server, Mailbox() as box:
        log.setup(stream=(Path(home) / "monitor.log").open("w"))
        settings = installed(Path(home), server.url, box.port, number)
        for name, at in (("first tick, welcome", FIRST), ("news a quarter later", LATER)):
            server.at = at
            before = time.process_time()
            with started(settings, at) as works:
                done = tick.run_due(works, at)
            took[f"{name}, ms a topic"] = 1_000 * (time.process_time() - before) / number
            _check(done, number)
    return {**took, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _check(done: Tick, number: int) -> None:
    assert [poll.outcome for poll in done.polls] == [Outcome.OK] * number, done.summary()
    assert (len(done.digests), done.deliveries.sent) == (number, number), done.summary()


def main() -> None:
    """Compare a tenth of the topics with all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", type=int, default=1_000)
    parser.add_argument("--run", type=int)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(run(options.run)))
        return
    results = {}
    for number in (options.topics // 10, options.topics):
        printed = subprocess.run([sys.executable, __file__, "--run", str(number)], check=True, stdout=subprocess.PIPE)
        results[number] = json.loads(printed.stdout)
    few, many = results.values()
    print(f"{'':34}{options.topics // 10:>10,} topics{options.topics:>12,} topics")
    for name, value in many.items():
        print(f"{name:34}{few[name]:>10.1f}{value:>19.1f}{value / few[name]:>16.2f} times")


if __name__ == "__main__":
    main()
