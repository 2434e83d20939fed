"""What a quiet tick costs: requests, seconds and memory, at 1,000 and at 1,000,000 stored articles.

    python benchmarks/tick.py [--large 1000000]

A real SQLite file, the loopback E-utilities server and Bio.Entrez. The tick runs in a process of
its own, so that its memory can be measured. Aim: 2 requests for a search, 1 for all seeds together, none
for the seed's context, and the same seconds and megabytes at both sizes. Filling the large
database takes a few minutes.
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
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor import store
from monitor.demo import corpus
from monitor.model import Article, PubMedSettings, Question, Search, SearchKind, Seed, Terms, Topic
from monitor.ports import Sources
from monitor.sandbox import Corpus, Server
from monitor.sources.pubmed import Client
from monitor.watch.poll import poll_due
from monitor.watch.seed.context import refresh_due

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
SEED = Seed(doi="10.1007/s11936-012-0168-7")
EVERY = timedelta(hours=6)


def topics() -> list[Topic]:
    """Two topics on the demo's literature, each with a search by query and one for articles citing its seed."""
    terms = Terms(("multiple sclerosis",)), Terms(("angioplasty",))
    question = Question("Does it help?", "multiple sclerosis", "angioplasty", *terms)
    return [
        Topic(
            key,
            key,
            question,
            (
                Search(key, "veins", SearchKind.QUERY, EVERY, '"multiple sclerosis"[tiab] AND venous[tiab]'),
                Search(key, "citing", SearchKind.CITING, EVERY),
            ),
            seed=SEED,
        )
        for key in ("first", "second")
    ]


def filler(number: int) -> Iterator[Article]:
    """`number` articles that no search matches."""
    for pmid in range(1, number + 1):
        yield Article(str(pmid), 1, f"Filler number {pmid} about something else entirely", journal="Filler")


def prepare(path: Path, number: int, url: str) -> None:
    """A database with `number` filler articles in which every baseline is done."""
    db = store.open(f"sqlite:///{path}", durable=False)
    store.migrate.upgrade(db)
    with db.begin() as tx:
        store.searches.sync(tx, topics(), NOW)
        store.articles.save(tx, filler(number), NOW, None)
    poll_due(topics(), sources(url), db, NOW)
    poll_due(topics(), sources(url), db, NOW + EVERY)
    refresh_due(topics(), sources(url), db, NOW)
    db.close()


def sources(url: str) -> Sources:
    """PubMed as the sandbox serves it."""
    pubmed = Client(PubMedSettings("benchmark@example.org", base_url=url))
    return Sources(pubmed, pubmed, pubmed)


def tick(path: Path, url: str) -> None:
    """One quiet tick, measured; prints JSON."""
    db = store.open(f"sqlite:///{path}")
    started = time.perf_counter()
    polls = poll_due(topics(), sources(url), db, NOW + 2 * EVERY)
    took = time.perf_counter() - started
    refresh_due(topics(), sources(url), db, NOW + 2 * EVERY)  # due once a week; otherwise one read of SQLite
    refreshed = time.perf_counter() - started - took
    requests = {f"{p.topic}/{p.search}": p.requests for p in polls}
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "seconds": took,
                "seconds_for_the_seed_context": refreshed,
                "megabytes": megabytes,
                "requests": requests,
                "errors": [p.error for p in polls],
            }
        )
    )


def measure(path: Path, server: Server) -> dict[str, object]:
    """Run the tick in its own process against the running server; `sent` counts what the server saw."""
    before = len(server.requests)
    command = [sys.executable, __file__, "--tick", str(path), "--url", server.url]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {**json.loads(printed), "sent": len(server.requests) - before}


def main() -> None:
    """Compare a quiet tick at both sizes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--tick", type=Path)
    parser.add_argument("--url", default="")
    options = parser.parse_args()
    if options.tick:
        tick(options.tick, options.url)
        return
    results = {}
    with tempfile.TemporaryDirectory() as folder, Server(Corpus.from_xml(corpus.build()), NOW) as server:
        for number in (1_000, options.large):
            path = Path(folder) / f"{number}.db"
            prepare(path, number, server.url)
            results[number] = measure(path, server)
            print(f"{number:>9,} stored: {results[number]}")
    small, large = results[1_000], results[options.large]
    for unit in ("seconds", "megabytes"):
        print(f"{unit}: large/small = {float(str(large[unit])) / float(str(small[unit])):.2f}")


if __name__ == "__main__":
    main()
