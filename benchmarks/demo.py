"""Processor seconds of the demo's replay, beside parsing and storing the same records once.

    python benchmarks/demo.py [--rounds 2]

Both run in one process, in turn, and with all its threads: the replay holds the loopback PubMed and the mail server
too. The best round of each counts. The ratio says what asking, comparing, concluding, composing, mailing and writing
the pages over all the years cost, in units of taking the records in once.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from monitor import log, store
from monitor.demo import corpus
from monitor.demo.folder import Folder
from monitor.demo.replay import replay
from monitor.service import tick
from monitor.sources.pubmed.records import reader

UNTIL = date(2026, 11, 23)


def seconds(work: Callable[[Path], object]) -> float:
    """Processor seconds of `work` in a folder of its own."""
    with tempfile.TemporaryDirectory() as home:
        started = time.process_time()
        work(Path(home))
        return time.process_time() - started


def take_in(home: Path) -> None:
    """Parse every record of the demo's corpus and store it, as a baseline does."""
    articles = reader.read(corpus.build()).articles
    db = store.open(f"sqlite:///{home / 'monitor.db'}", durable=False)
    store.migrate.upgrade(db)
    with db.begin() as tx:
        store.articles.save(tx, articles, datetime(2026, 1, 1, tzinfo=UTC))
    db.close()


def demo(home: Path) -> None:
    """The replay as `monitor demo` runs it."""
    with (home / "monitor.log").open("w") as stream:
        log.setup(stream=stream)
        replay(Folder(home), tick.run_due, until=UNTIL)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    rounds = range(parser.parse_args().rounds)
    once, whole = (min(seconds(work) for _ in rounds) for work in (take_in, demo))
    print(f"taken in once {once:.2f} s   replay {whole:.2f} s   {whole / once:.0f} times")
