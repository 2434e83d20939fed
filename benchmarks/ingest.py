"""Records parsed and stored per second, compared with parsing alone, on the same real file.

    python benchmarks/ingest.py [FILE.xml.gz] [--records 4000] [--postgresql URL]

Each round reads the file into a new database, in batches of 500 with a transaction each, as
a first poll does. SQLite is a real file with its default durability. Prints the ratios within this run.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from monitor import store
from monitor.model import Article
from monitor.sources.pubmed.records import reader
from monitor.store import Database

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
FILE = Path(__file__).parents[2] / "shared" / "data" / "eutils" / "bulk" / "pubmed21n1298.xml.gz"
BATCH = 500


def articles(path: Path, number: int) -> Iterator[Article]:
    """The first `number` articles of the file."""
    return islice((found for found in reader.read_file(path) if isinstance(found, Article)), number)


def parse(path: Path, number: int) -> int:
    """Parse only."""
    return sum(1 for _ in articles(path, number))


def ingest(path: Path, number: int, db: Database) -> int:
    """Parse and store, a transaction for each batch."""
    source, stored = articles(path, number), 0
    while batch := list(islice(source, BATCH)):
        with db.begin() as tx:
            store.articles.save(tx, batch, NOW, None)
        stored += len(batch)
    return stored


def rate(work: Callable[[], int]) -> float:
    """Records per second of wall-clock time."""
    started = time.perf_counter()
    return work() / (time.perf_counter() - started)


def main() -> None:
    """Measure and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, nargs="?", default=FILE)
    parser.add_argument("--records", type=int, default=4000)
    parser.add_argument("--postgresql", default="", help="the URL of an empty PostgreSQL database")
    options = parser.parse_args()
    rates = {"parsed": rate(lambda: parse(options.file, options.records))}
    with tempfile.TemporaryDirectory() as folder:
        urls = {"parsed and stored, SQLite": f"sqlite:///{folder}/ingest.db"}
        if options.postgresql:
            urls["parsed and stored, PostgreSQL"] = options.postgresql
        for name, url in urls.items():
            db = store.open(url)
            store.migrate.upgrade(db)
            rates[name] = rate(lambda db=db: ingest(options.file, options.records, db))  # type: ignore[misc]  # bound now
            db.close()
    for name, found in rates.items():
        print(f"{name:<30} {found:>8,.0f} records/s   {found / rates['parsed']:.2f} of parsing alone")


if __name__ == "__main__":
    main()
