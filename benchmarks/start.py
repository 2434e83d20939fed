"""What `monitor run` needs: seconds until it works, memory while nothing is due, and memory once it has worked.

    python benchmarks/start.py [--rounds 3] [--idle 10]

A SQLite file, the loopback E-utilities server with the demo's literature, a loopback mail server, one topic with one
search and one reader, and the pages on a free port. A first service works: it polls, assesses, composes and mails the
welcome digest, and shows the pages in `PAGES`. The services after it find nothing due; the last of them has no pages.
Counted are the seconds from the start of the process to its first sign of life, which begins the first tick; the
processor seconds until then; and the resident memory `--idle` seconds after that, or after the work. The best round of
each counts.
Aim: 1 second, 80 MB while nothing is due.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from monitor.demo import corpus
from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Corpus, Server

CONFIG = """\
contact_email: jane@example.org
postal_address: Example Street 1, Rome
smtp: {{host: 127.0.0.1, port: {mail}, encryption: none, sender: monitor@example.org}}
pubmed: {{base_url: "{pubmed}"}}
web: {{listen: "127.0.0.1:{port}"{public_url}}}
subscribers_file: people.csv
topics:
  bench:
    name: Bench
    question:
      text: Does it help?
      population: {{name: multiple sclerosis, words: [multiple sclerosis]}}
      intervention: {{name: angioplasty, words: [angioplasty]}}
    searches:
      - {{name: veins, query: "venous[tiab]"}}
"""
#: What is asked of the pages of a service that has worked.
PAGES = ("/", "/topics/bench", "/topics/bench/digests", "/topics/bench/subscribe", "/metrics", "/healthz")


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of one process to its first sign of life, processor seconds until then, and MB later."""

    seconds: float
    processor_s: float
    megabytes: float


def start(folder: Path, idle: float, work: Callable[[], None] | None = None) -> Start:
    """Start the service, and stop it again `idle` seconds after its first sign of life, or after it did `work`."""
    began, at = time.monotonic(), datetime.now(UTC)
    log = (folder / "log").open("a")
    with log, subprocess.Popen([*command("run"), *config_of(folder)], stdout=log, stderr=log) as process:
        try:
            while not is_alive_since(folder, at):
                if process.poll() is not None:
                    raise SystemExit((folder / "log").read_text())
                time.sleep(0.02)
            seconds, processor_s = time.monotonic() - began, processor_seconds(process.pid)
            if work:
                work()
            time.sleep(idle)
            return Start(seconds, processor_s, megabytes(process.pid))
        finally:
            process.send_signal(signal.SIGTERM)


def command(*words: str) -> list[str]:
    """Monitor with these words."""
    return [sys.executable, "-m", "monitor", *words]


def config_of(folder: Path) -> list[str]:
    """The option that names the configuration."""
    return ["-c", str(folder / "monitor.yaml")]


def work_through(box: Mailbox, url: str) -> None:
    """Wait for the welcome digest, then look at the pages."""
    while not box.messages:
        time.sleep(0.1)
    for page in PAGES:
        with urlopen(url + page) as answer:  # noqa: S310  our own service
            answer.read()


def is_alive_since(folder: Path, at: datetime) -> bool:
    """Has the service given a sign of life since `at`?"""
    if not folder.joinpath("monitor.db").exists():
        return False
    with closing(sqlite3.connect(folder / "monitor.db")) as db, suppress(sqlite3.OperationalError):  # no tables yet
        found = db.execute("SELECT value FROM meta WHERE key = 'service/heartbeat'").fetchone()
        return found is not None and datetime.fromisoformat(found[0]) >= at
    return False


def megabytes(pid: int) -> float:
    """The resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def processor_seconds(pid: int) -> float:
    """Its processor seconds so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--idle", type=float, default=10.0)
    arguments = parser.parse_args()
    now = datetime.now(UTC)
    records = Corpus.from_xml(corpus.build())
    with tempfile.TemporaryDirectory() as home, Server(records, now) as pubmed, Mailbox() as box:
        folder, port = Path(home), free_port()
        site = f"http://127.0.0.1:{port}"

        def configure(public_url: str) -> None:
            text = CONFIG.format(pubmed=pubmed.url, port=port, mail=box.port, public_url=public_url)
            (folder / "monitor.yaml").write_text(text)

        configure(f', public_url: "{site}"')
        (folder / "people.csv").write_text("address,topic\nreader@example.org,bench\n")
        subprocess.run([*command("db", "upgrade"), *config_of(folder)], check=True, stdout=subprocess.DEVNULL)
        worked = start(folder, arguments.idle, partial(work_through, box, site))
        rounds = [start(folder, arguments.idle) for _ in range(arguments.rounds)]
        configure("")
        bare = start(folder, arguments.idle)
    best = [min(getattr(one, name) for one in rounds) for name in ("seconds", "processor_s", "megabytes")]
    print(f"nothing due: {best[0]:.2f} s, {best[1]:.2f} s of processor time; idle {best[2]:.0f} MB")
    print(f"nothing due, without pages: idle {bare.megabytes:.0f} MB")
    print(f"after a poll, a digest and pages: {worked.megabytes:.0f} MB")


if __name__ == "__main__":
    main()
