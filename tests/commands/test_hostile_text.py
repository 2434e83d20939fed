"""Text of strangers on the operator's terminal: titles, bounce diagnostics, replies of servers, whatever they hold."""

from __future__ import annotations

import csv
import json
import re
import socketserver
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from monitor import store
from monitor.demo.mailbox import Mailbox
from monitor.model.values import clean_text
from monitor.sandbox import Server
from monitor.service.alerting.failures import Unit
from tests.support import registry
from tests.support.factories import NOW
from tests.support.installation import World, install

#: Clears the screen, names the window, reverses the line, opens and closes what rich takes for markup.
EVIL = (
    "\x1b[2J\x1b]0;owned\x07\x9b31m\u202eabc\u2066 [/red] [bold]B[/bold] [link=http://x]y[/link] :warning: \ufffe\x07"
)
SHOWN = "31mabc [/red] [bold]B[/bold] [link=http://x]y[/link] :warning:"
#: What a terminal obeys, and what reverses or hides the text around it.
COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


@pytest.fixture
def world(tmp_path: Path, sandbox: Server) -> Iterator[World]:
    """An installation whose database holds hostile text wherever it holds text of others."""
    with Mailbox() as box, install(tmp_path, sandbox, box) as ready:
        assert ready.run("tick").returncode == 0
        poison(next(tmp_path.glob("**/*.db")))
        yield ready


def poison(file: Path) -> None:
    """As if an older version, or another program, had stored it uncleaned."""
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE subscriptions SET reason = ?, state = 'suspended'", (EVIL,))
        db.execute("UPDATE searches SET last_error = ?, failures_in_row = 1", (EVIL,))
        db.execute("UPDATE polls SET error = ?, outcome = 'failed'", (EVIL,))
        for pmid, record in db.execute("SELECT pmid, record FROM articles").fetchall():
            hostile = json.dumps(json.loads(record) | {"title": EVIL, "title_html": EVIL, "journal": EVIL})
            db.execute("UPDATE articles SET record = ?, title = ? WHERE pmid = ?", (hostile, EVIL, pmid))
    failure = {"unit": Unit.POLLS, "error": EVIL, "at": NOW.isoformat(), "is_bug": False}
    database = store.open(f"sqlite:///{file}")
    with database.begin() as tx:
        store.meta.put(tx, f"service/failure/{Unit.POLLS}/", json.dumps(failure), NOW)
        for topic in store.topics.keys(tx):
            store.registry_entries.save(tx, topic, [registry.entry("NCT00000009", title=EVIL, why_stopped=EVIL)], NOW)
    database.close()


#: Every command that prints what is stored, and whether it prints the hostile text itself.
PRINTING = {
    ("subscribers", "list"): True,
    ("subscribers", "list", "--json"): False,
    ("subscribers", "export"): True,
    ("subscribers", "export", "ann@example.org"): False,
    ("subscribers", "resume", f"ann{EVIL}@example.org"): False,
    ("status",): True,
    ("status", "--json"): False,
    ("explain", "101"): True,
    ("explain", "101", "--json"): False,
    ("reassess",): False,
    ("preview", "--text"): False,
    ("doctor", "--no-dns"): False,
    ("export", "-f", "csv"): True,
    ("export", "-f", "jsonl"): False,
    ("export", "-f", "ris"): True,
    ("export", "-f", "bibtex"): False,
    ("export", "-f", "nbib"): True,
    ("export", "-f", "answers"): False,
    ("export", "other-sources"): True,
    ("export", "other-sources", "-f", "jsonl"): False,
    ("explain", "NCT00000009"): True,
    ("explain", "NCT00000009", "--json"): False,
    ("poll",): False,
}


def test_no_command_passes_on_what_commands_a_terminal(world: World) -> None:
    """The text itself is shown, brackets and all."""
    for words, shows in PRINTING.items():
        done = world.run(*words)
        assert "This is a bug" not in done.stderr, (words, done.stderr)
        assert not COMMANDS.search(done.stdout.replace("\r\n", "\n")), words
        assert not COMMANDS.search(done.stderr), words
        assert not shows or SHOWN in " ".join(done.stdout.split()), (words, done.stdout)


BOUNCE = b"""\
From: MAILER-DAEMON@example.org
To: monitor@example.org
Subject: Undelivered \x1b[2J
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

no
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; ann@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 \x1b[2J\x1b]0;owned\x07 [/red] [bold]no such user[/bold] \xc2\x9b31m

--b
Content-Type: message/rfc822

%s

--b--
"""


def test_a_hostile_bounce_is_printed_as_text(world: World) -> None:
    """The diagnostic was written by a mail server of anybody's."""
    for name in ("new", "cur", "tmp"):
        (world.folder / "returned" / name).mkdir(parents=True)
    (world.folder / "returned" / "new" / "1").write_bytes(BOUNCE.replace(b"%s", world.mailbox.messages[0].content))
    done = world.run("bounces", "--maildir", str(world.folder / "returned"))
    assert not COMMANDS.search(done.stdout + done.stderr)
    assert "[/red] [bold]no such user[/bold]" in done.stdout


class _Rude(socketserver.StreamRequestHandler):
    """An SMTP server with colours in its replies."""

    def handle(self) -> None:
        self.wfile.write(b"220 mx\r\n")
        while line := self.rfile.readline(1000):
            refused = line.upper().startswith((b"MAIL", b"RCPT"))
            self.wfile.write(
                b"550 5.7.1 \x1b[2J[/red] [bold]go away[/bold] \xe2\x80\xaeabc\r\n" if refused else b"250 ok\r\n"
            )


@contextmanager
def rude_server() -> Iterator[int]:
    """Its port."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Rude) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def test_a_hostile_mail_server_is_quoted_as_text(world: World) -> None:
    """On the terminal and in the log."""
    with rude_server() as port:
        text = world.config.read_text(encoding="utf-8").replace(f"port: {world.mailbox.port}", f"port: {port}")
        world.config.write_text(text, encoding="utf-8")
        for words in (("send-test", "ann@example.org"), ("tick",), ("doctor", "--no-dns"), ("status",)):
            done = world.run(*words)
            assert not COMMANDS.search(done.stdout + done.stderr), words
            if words[0] == "send-test":
                assert "[/red] [bold]go away[/bold] abc" in done.stderr


def test_what_an_import_brings_is_stored_clean(tmp_path: Path, sandbox: Server) -> None:
    """The list of another program may hold anything."""
    with Mailbox() as box, install(tmp_path, sandbox, box) as ready:
        ready.run("tick")
        people = tmp_path / "others.csv"
        row = f'address,state,reason\nzoe@example.org,unsubscribed,"{EVIL}"\n'
        people.write_text(row, encoding="utf-8")
        assert ready.run("subscribers", "import", str(people), "--agreed", "x").returncode == 0
        listed = csv.DictReader(ready.run("subscribers", "export").stdout.splitlines())
        (zoe,) = [one for one in listed if one["address"] == "zoe@example.org"]
        assert zoe["reason"] == clean_text.one_line(EVIL) == SHOWN
