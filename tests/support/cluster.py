"""An installation on PostgreSQL whose work is done by several `monitor worker`, and what the database tells of it."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import time_machine

from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Server
from tests.support.command import Command
from tests.support.installation import World, install

#: Seconds without a sign of life after which the workers of tests count each other as dead.
DEAD_AFTER = 3

#: Keeps every job that is put into a queue: procrastinate deletes those that are done.
_AUDIT = """
CREATE TABLE audit (task text, slot bigint);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO audit VALUES (NEW.task_name, (NEW.args->>'timestamp')::bigint); RETURN NEW; END $$;
CREATE TRIGGER noted AFTER INSERT ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION note();
"""


class SlowMailbox(Mailbox):
    """A mail server that needs a moment for each mail, so that there is a middle of the work to be killed in."""

    def accept(self, sender: str, recipient: str, content: bytes) -> None:
        """Keep the mail, after a while."""
        time.sleep(0.03)
        super().accept(sender, recipient, content)

    def copies(self) -> Counter[str]:
        """How many copies each reader has."""
        return Counter(mail.recipient for mail in self.messages)


@contextmanager
def installed(folder: Path, sandbox: Server, mailbox: Mailbox, url: str, people: int = 2) -> Iterator[World]:
    """An installation with `engine: procrastinate`, its database made ready; `people` subscribe from the start."""
    environ = {"MONITOR_DATABASE_URL": url}
    with install(folder, sandbox, mailbox, environ) as world:
        with world.config.open("a", encoding="utf-8") as file:
            file.write("engine: procrastinate\n")
        addresses = "".join(f"reader{number}@example.org\n" for number in range(people))
        (folder / "people.csv").write_text(f"address\n{addresses}", encoding="utf-8")
        made = world.run("db", "upgrade")
        assert made.returncode == 0, made.stderr
        with psycopg.connect(url) as connection:
            connection.execute(_AUDIT)
        yield world


def start(world: World, *words: str, begin: Callable[[], object] | None = None) -> Command:
    """One worker, which calls `begin` first."""
    return world.start("worker", "--dead-after", str(DEAD_AFTER), *words, begin=begin)


@dataclass(frozen=True)
class JumpingClock:
    """A process's clock that jumps with the first SIGUSR1, and is right again from the second on.

    The database's clock, and those of other processes, stay right.
    """

    by: timedelta

    def __call__(self) -> None:
        """Wait for the signals, in a thread: the first one of `monitor run` waits for signals of its own."""
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        threading.Thread(target=self._jump, daemon=True).start()

    def _jump(self) -> None:
        signal.sigwait([signal.SIGUSR1])
        wrong = time_machine.travel(datetime.now(UTC) + self.by)
        wrong.start()
        signal.sigwait([signal.SIGUSR1])
        wrong.stop()


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    """What the database answers."""
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]


def is_sent(url: str, number: int) -> Callable[[], bool]:
    """Are so many deliveries sent?"""
    return lambda: rows(url, "SELECT count(*) FROM deliveries WHERE state = 'sent'") == [(number,)]
