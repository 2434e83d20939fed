"""`monitor bounces` at the end of an alias: what it cannot take now, the mail server keeps."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import config, store
from monitor.commands.bounces import KeptByItsSender
from monitor.errors import TryAgainError
from monitor.store import Database
from tests.config.files import SMALL, written
from tests.support import returned_mails
from tests.support.command import run
from tests.support.databases import url_of
from tests.support.mailboxes import KEYS, sent_to_the_reader

EX_TEMPFAIL = 75


class Installation:
    """A configuration, a database with one delivery, and an alias that pipes mail."""

    def __init__(self, folder: Path) -> None:
        """With a fresh database."""
        self.path, self.environ = written(folder, SMALL), {**os.environ, "MONITOR_SECRET_KEY": KEYS[0]}
        self.db: Database = store.open(config.load(self.path, self.environ).database_url)
        store.migrate.upgrade(self.db)
        self.report = returned_mails.postfix(sent_to_the_reader(self.db), "<x@y>").decode()

    def piped(self, text: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """A mail comes through the pipe."""
        return run(["bounces", "--config", str(self.path)], {**self.environ, **environ}, text)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation whose database is closed at the end."""
    made = Installation(tmp_path)
    yield made
    made.db.close()


def test_a_report_that_comes_while_the_database_is_locked_is_kept_by_the_mail_server(
    installation: Installation,
) -> None:
    """Another process holds the write lock for longer than the busy time; afterwards the same mail is taken."""
    impatient = f"{url_of(installation.db)}?timeout=1"
    with installation.db.begin():
        done = installation.piped(installation.report, MONITOR_DATABASE_URL=impatient)
    assert done.returncode == EX_TEMPFAIL
    assert "try again later" in done.stderr
    assert "locked" in done.stderr
    again = installation.piped(installation.report)
    assert (again.returncode, "1 hard bounce" in again.stdout) == (0, True)


def test_without_a_database_or_a_configuration_the_mail_server_keeps_it_too(installation: Installation) -> None:
    """The operator mistyped a line, or is moving house; without a pipe the same is a usage error as ever."""
    installation.db.close()
    next(installation.path.parent.glob("*.db")).rename(installation.path.parent / "moved")
    assert installation.piped(installation.report).returncode == EX_TEMPFAIL
    installation.path.write_text("smtp: [", encoding="utf-8")
    assert installation.piped(installation.report).returncode == EX_TEMPFAIL
    words = ["bounces", "--maildir", "nowhere", "--config", str(installation.path)]
    assert run(words, installation.environ).returncode == 2


def test_a_mail_that_cannot_be_read_is_taken_and_kept_for_the_operator(installation: Installation) -> None:
    """The mail server must not try it for five days."""
    done = installation.piped("Content-Type: message/rfc822\n\n" * 1_000)
    assert done.returncode == 0
    assert "unreadable" in done.stdout
    assert len(list((installation.path.parent / "unreadable-mail").iterdir())) == 1


def test_a_pipe_is_read_to_its_end(installation: Installation) -> None:
    """A mail of 50 MB: of it only the beginning is used, and the mail server sees no broken pipe."""
    command = [sys.executable, "-m", "monitor", "bounces", "--config", str(installation.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=installation.environ) as process:  # noqa: S603  our own command
        assert process.stdin
        process.stdin.write(installation.report.encode())
        for _ in range(50):
            process.stdin.write(b"x" * 1_000_000)
        process.stdin.close()
        assert process.stdout
        assert "1 hard bounce" in process.stdout.read().decode()
    assert process.returncode == 0


def test_a_bug_of_monitor_too_leaves_the_mail_with_its_server() -> None:
    """Any exit code but 75 would be a refusal, and the report lost."""
    with pytest.raises(TryAgainError, match="try again later"), KeptByItsSender():
        raise ZeroDivisionError


def test_what_is_kept_for_the_operator_cannot_be_read_and_the_mail_is_taken(installation: Installation) -> None:
    """The note that an unreadable mail came cannot be made; the mail itself is kept, and those behind it are read."""
    with installation.db.begin() as tx:
        store.meta.put(tx, "bounces/attention", "no JSON", datetime(2026, 11, 23, tzinfo=UTC))
    done = installation.piped("Content-Type: message/rfc822\n\n" * 1_000)
    assert (done.returncode, "unreadable" in done.stdout) == (0, True)
    assert len(list((installation.path.parent / "unreadable-mail").iterdir())) == 1
    assert len(list((installation.path.parent / "bug-reports").iterdir())) == 1
