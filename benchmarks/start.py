"""What `monitor run` needs while nothing is due: seconds until it works, and memory.

    python benchmarks/start.py [--rounds 3] [--idle 10]

A SQLite file whose one search was polled by the run before, so that nothing is due, the loopback E-utilities server,
and the pages on a free port. Counted are the seconds from the start of the process to its first sign of life, which
begins the first tick; the processor seconds until then; and the resident memory `--idle` seconds later. The best round
of each counts. Aim: 1 second, 80 MB.
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
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.demo import corpus
from monitor.sandbox import Corpus, Server

CONFIG = """\
contact_email: jane@example.org
postal_address: Example Street 1, Rome
smtp: {{host: 127.0.0.1, port: 9, encryption: none, sender: monitor@example.org}}
pubmed: {{base_url: "{pubmed}"}}
web: {{listen: "127.0.0.1:{port}"}}
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


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of one process to its first sign of life, processor seconds until then, and MB later."""

    seconds: float
    processor_s: float
    megabytes: float


def start(folder: Path, idle: float) -> Start:
    """Start the service, and stop it again `idle` seconds after its first sign of life."""
    began, at = time.monotonic(), datetime.now(UTC)
    command = [sys.executable, "-m", "monitor", "run", "-c", str(folder / "monitor.yaml")]
    log = (folder / "log").open("a")
    with log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            while not is_alive_since(folder, at):
                if process.poll() is not None:
                    raise SystemExit((folder / "log").read_text())
                time.sleep(0.02)
            seconds, processor_s = time.monotonic() - began, processor_seconds(process.pid)
            time.sleep(idle)
            return Start(seconds, processor_s, megabytes(process.pid))
        finally:
            process.send_signal(signal.SIGTERM)


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
    with tempfile.TemporaryDirectory() as home, Server(Corpus.from_xml(corpus.build()), now) as pubmed:
        folder = Path(home)
        (folder / "monitor.yaml").write_text(CONFIG.format(pubmed=pubmed.url, port=free_port()))
        first, *later = [start(folder, arguments.idle) for _ in range(arguments.rounds + 1)]
    print(f"first start, with a poll: {first.seconds:.2f} s, {first.megabytes:.0f} MB")
    best = [min(getattr(one, name) for one in later) for name in ("seconds", "processor_s", "megabytes")]
    print(f"nothing due: {best[0]:.2f} s, {best[1]:.2f} s of processor time; idle {best[2]:.0f} MB")


if __name__ == "__main__":
    main()
