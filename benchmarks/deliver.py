"""How fast a digest goes out, as ratios within one run: `python benchmarks/deliver.py [--to 20000] [--bytes 60000]`.

Three ways to send the same mail to the same number of people at Postfix's `smtp-sink` on loopback:

  monitor       claim, fill in each subscriber's links and dates (five languages, three time zones), send, record every
                delivery durably (SQLite, fsync)
  aiosmtplib    bare: one finished message, eight connections, nothing recorded
  smtp-source   Postfix's own generator, eight sessions, nothing recorded

Also the peak memory of the first at a tenth of the people and at all of them: it must not grow with their number.
Needs Debian's `postfix` for smtp-sink and smtp-source; nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import aiosmtplib

from monitor import store
from monitor.delivery import deliver
from monitor.links import Links
from monitor.mail.smtp import SmtpMailer
from monitor.model import (
    Answer,
    AnswerState,
    Digest,
    DigestKind,
    Encryption,
    Frequency,
    PubMedSettings,
    Rendered,
    Settings,
    SmtpSettings,
    Subscription,
    SubscriptionState,
    WebSettings,
)
from monitor.render.dates import day, instant

CONNECTIONS = 8
LANGUAGES = ("en", "de", "fr", "en-US", "ja")
ZONES = ("UTC", "Europe/Rome", "America/Chicago")
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    if asked.memory:
        print(_memory(asked.to, asked.bytes, asked.port))
        return
    with _sink() as port:
        print(f"measuring memory with {asked.to // 10:,} and {asked.to:,} readers …", file=sys.stderr)
        small, large = (_in_a_process(n, asked.bytes, port) for n in (asked.to // 10, asked.to))
        seconds = {}
        for name, way in (("monitor", _monitor), ("aiosmtplib", _bare), ("smtp-source", _source)):
            print(f"{name}: {asked.to:,} mails …", file=sys.stderr)
            seconds[name] = way(asked.to, asked.bytes, port)
    print(f"{asked.to:,} mails of {asked.bytes // 1000} kB, {CONNECTIONS} connections, loopback")
    for name, took in seconds.items():
        print(f"  {name:<12} {took:6.1f} s  {asked.to / took:7,.0f} mails/s")
    print(f"monitor / aiosmtplib   {seconds['aiosmtplib'] / seconds['monitor']:.2f}")
    print(f"monitor / smtp-source  {seconds['smtp-source'] / seconds['monitor']:.2f}")
    print(f"peak memory            {small} MB for {asked.to // 10:,} readers, {large} MB for {asked.to:,}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=int, default=5_000, help="how many readers")
    parser.add_argument("--bytes", type=int, default=60_000, help="how large the digest's HTML is")
    parser.add_argument("--memory", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


# --- the three ways --------------------------------------------------------------------------------


def _monitor(readers: int, size: int, port: int) -> float:
    """Seconds to send and record; filling the outbox is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        settings = _settings(Path(folder), port)
        db = store.open(settings.database_url)
        store.migrate.upgrade(db)
        _fill(db, readers, size)
        began = time.perf_counter()
        done = deliver.deliver_due(settings, Links(settings.secret_keys), db, SmtpMailer(settings.smtp), NOW)
        took = time.perf_counter() - began
        with db.read() as tx:
            recorded = store.delivery_counts.counts(tx)
        assert done.sent == readers, (done, recorded)
        db.close()
        return took


def _bare(readers: int, size: int, port: int) -> float:
    """Seconds for aiosmtplib with one finished message over the same number of connections."""
    message = b"Subject: news\r\n\r\n" + (_html(size).replace("\n", "\r\n")).encode()

    async def worker(share: int) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, use_tls=False) as smtp:
            for number in range(share):
                await smtp.sendmail("monitor@example.org", [f"reader{number}@example.org"], message)

    async def all_lanes() -> None:
        await asyncio.gather(*(worker(readers // CONNECTIONS) for _ in range(CONNECTIONS)))

    began = time.perf_counter()
    asyncio.run(all_lanes())
    return time.perf_counter() - began


def _source(readers: int, size: int, port: int) -> float:
    """Seconds for Postfix's own generator."""
    command = [_tool("smtp-source"), "-c", "-d", "-s", str(CONNECTIONS), "-m", str(readers), "-l", str(size)]
    command += ["-f", "monitor@example.org", "-t", "reader@example.org", f"127.0.0.1:{port}"]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


# --- memory ----------------------------------------------------------------------------------------


def _memory(readers: int, size: int, port: int) -> int:
    """Peak resident megabytes of this process after sending to so many subscribers."""
    _monitor(readers, size, port)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _in_a_process(readers: int, size: int, port: int) -> int:
    command = [sys.executable, __file__, "--memory", "--to", str(readers), "--bytes", str(size), "--port", str(port)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(ended.stdout)


# --- what is sent, and to whom ---------------------------------------------------------------------


def _fill(db: store.Database, readers: int, size: int) -> None:
    """A database with a digest in the outbox for so many subscribers."""
    answer = Answer("bench", AnswerState.NONE, "None found.", fingerprint="none")
    digest = Digest("bench", DigestKind.NEWS, Frequency.WEEKLY, None, NOW, answer, False)
    with db.begin() as tx:
        for number in range(readers):
            address = f"reader{number}@host{number % 500}.example.org"  # many domains: each takes few at once
            reader = Subscription("bench", address, Frequency.WEEKLY, SubscriptionState.ACTIVE)
            zone, language = ZONES[number % len(ZONES)], LANGUAGES[number % len(LANGUAGES)]
            store.subscribers.add(tx, replace(reader, timezone=zone, language=language), NOW)
        digest_id = store.digests.add(tx, digest, Rendered("news", "News.", _html(size)), NOW)
        store.deliveries.enqueue(tx, digest_id, NOW, lambda digest, reader: f"<{digest}.{reader}@example.org>")


def _html(size: int) -> str:
    """Lines of a digest, one in twenty with dates in it."""
    lines = ["<p>A line of a digest, as long as lines of digests are.</p>\n"] * 19
    piece = "".join([*lines, f"<p>Last looked at {instant(NOW)}, and first public on {day(NOW.date())}.</p>\n"])
    return piece * (size // len(piece))


def _settings(folder: Path, port: int) -> Settings:
    return Settings(
        path=folder / "monitor.yaml",
        pubmed=PubMedSettings("jane@example.org"),
        smtp=SmtpSettings("127.0.0.1", "monitor@example.org", port, Encryption.NONE, connections=CONNECTIONS),
        topics=(),
        database_url=f"sqlite:///{folder}/monitor.db",
        postal_address="Example Street 1",
        operator_email="operator@example.org",
        web=WebSettings("https://monitor.example.org"),
        secret_keys=("a-key-for-the-benchmark-of-32-characters",),
    )


@contextlib.contextmanager
def _sink() -> Iterator[int]:
    """smtp-sink on a free port; accepts every mail and keeps none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    command = [_tool("smtp-sink"), "-u", "nobody", f"127.0.0.1:{port}", "1024"]
    sink = subprocess.Popen(command)
    time.sleep(0.5)
    try:
        yield port
    finally:
        sink.terminate()
        sink.wait()


def _tool(name: str) -> str:
    path = shutil.which(name, path="/usr/sbin:/usr/bin")
    if path is None:
        raise SystemExit(f"{name} is missing. Install Debian's package postfix.")
    return path


if __name__ == "__main__":
    main()
