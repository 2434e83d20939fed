"""What a full mailbox of returned mail costs: seconds and memory, with 100 mails and with 10,000.

    python benchmarks/returned_mail.py [--mails 10000]

A real SQLite file, a Maildir, and `monitor bounces --maildir` as a process of its own. Of every hundredth mail, of 50
MB, only the beginning is read. Aim: memory that does not grow with the mailbox.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from monitor import config, store

CONFIGURATION = """\
contact_email: jane@example.org
postal_address: Example Street 1, Rome
smtp: {host: 127.0.0.1, port: 1025, encryption: none}
topics:
  veins:
    name: Veins in MS
    question:
      text: Does opening veins help?
      population: {name: multiple sclerosis, words: [multiple sclerosis]}
      intervention: {name: vein dilation, words: [vein dilation]}
    searches:
      - {name: veins, query: "vein*[tiab]"}
"""
REPORT = (
    b"From: MAILER-DAEMON@mx.example.net\r\nSubject: Undelivered Mail\r\nMessage-ID: <%d@mx.example.net>\r\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
    b"Final-Recipient: rfc822; r@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    b"Diagnostic-Code: smtp; 550 5.1.1 unknown user\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
    b"Message-ID: <digest.1.1.%016x@example.org>\r\nSubject: 1 new article\r\n\r\nText\r\n--b--\r\n"
)
LARGE = 50_000_000


def mailbox(folder: Path, number: int) -> Path:
    """A Maildir with so many mails; the large ones are sparse files."""
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)
    for mail in range(number):
        with (folder / "new" / f"{mail:06d}.host").open("wb") as file:
            file.write(REPORT % (mail, mail))
            if mail % 100 == 0:
                file.truncate(LARGE)
    return folder


def measured(number: int) -> tuple[float, int]:
    """(seconds, megabytes at most) of the command that reads so many mails."""
    with tempfile.TemporaryDirectory() as where:
        path, environ = Path(where) / "monitor.yaml", {**os.environ, "MONITOR_SECRET_KEY": "k" * 32}
        path.write_text(CONFIGURATION, encoding="utf-8")
        db = store.open(config.load(path, environ).database_url)
        store.migrate.upgrade(db)
        db.close()
        box = mailbox(Path(where) / "box", number)
        words = [sys.executable, "-m", "monitor", "bounces", "--maildir", str(box), "--config", str(path), "--json"]
        begun = time.perf_counter()
        done = subprocess.run(words, env=environ, capture_output=True, check=True)
        seconds = time.perf_counter() - begun
        assert len(json.loads(done.stdout)) == number
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def main() -> None:
    """Read the arguments, print the figures."""
    parser = argparse.ArgumentParser(description="What a full mailbox of returned mail costs.")
    parser.add_argument("--mails", type=int, default=10_000)
    largest = parser.parse_args().mails
    print("| mails | seconds | ms a mail | MB |\n|---:|---:|---:|---:|")
    for number in (100, largest):
        seconds, megabytes = measured(number)
        print(f"| {number:,} | {seconds:.1f} | {1000 * seconds / number:.1f} | {megabytes} |")


if __name__ == "__main__":
    main()
