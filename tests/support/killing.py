"""Deaths of a process at named points: at a commit, as PubMed hears a request, as the mail server hears a command.

A process that dies can be told from one that died a moment earlier only by what it has committed and by what it has
sent. So these points, with a random instant now and then, stand for all instants.
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, event

from monitor.sandbox.request import Logged
from tests.support.installation import eventually
from tests.support.long_life import Life
from tests.support.scripted_smtp import ScriptedServer

_WRITTEN = re.compile(r"\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE)


class Point(Protocol):
    """Where a process dies."""

    @property
    def begin(self) -> Callable[[], object] | None:
        """What the process does to itself before it begins to work."""

    def watch(self, life: Life, strike: Callable[[], None]) -> None:
        """Let the world strike when it hears of the point."""


@dataclass(frozen=True)
class AtCommit:
    """Before or after the process's n-th commit that writes to all of the tables `writes`, and to none of `not_to`."""

    writes: str
    not_to: str = ""
    number: int = 1
    is_after: bool = False

    @property
    def begin(self) -> Callable[[], object]:
        """It strikes itself."""
        return _Listener(self)

    def watch(self, life: Life, strike: Callable[[], None]) -> None:
        """The world hears of nothing."""


@dataclass
class _Listener:
    """In the process that is to die: hears every statement and every commit."""

    point: AtCommit
    seen: int = 0
    written: dict[Any, set[str]] = field(default_factory=dict)

    def __call__(self) -> None:
        """Begin to listen."""
        event.listen(Engine, "before_cursor_execute", self._execute)
        event.listen(Engine, "begin", lambda connection: self.written.pop(connection, None))
        event.listen(Engine, "commit", self._commit)

    def _execute(self, connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if found := _WRITTEN.match(statement):
            self.written.setdefault(connection, set()).add(found[1])

    def _commit(self, connection: Any) -> None:
        tables = self.written.pop(connection, set())
        wanted, unwanted = set(self.point.writes.split()), set(self.point.not_to.split())
        self.seen += wanted <= tables and not unwanted & tables
        if self.seen == self.point.number:
            if self.point.is_after:
                connection.connection.driver_connection.commit()
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class AtRequest:
    """As PubMed hears the n-th request, before it answers."""

    number: int
    begin: None = None

    def watch(self, life: Life, strike: Callable[[], None]) -> None:
        """Count the requests from now on."""
        before = len(life.pubmed.requests)

        def heard(_request: Logged) -> None:
            if len(life.pubmed.requests) - before == self.number:
                strike()

        life.pubmed.on_request = heard


@dataclass(frozen=True)
class AtCommand:
    """As the mail server hears the n-th such command; "after DATA", as it has taken a mail and has not said so."""

    word: str
    number: int = 1
    begin: None = None

    def watch(self, life: Life, strike: Callable[[], None]) -> None:
        """Count the commands from now on."""
        heard = 0

        def reply(_server: ScriptedServer, _line: str) -> None:
            nonlocal heard
            heard += 1
            if heard == self.number:
                strike()

        life.mail.replies[self.word] = reply


@dataclass(frozen=True)
class AtInstant:
    """So many seconds after it was started."""

    seconds: float
    begin: None = None

    def watch(self, life: Life, strike: Callable[[], None]) -> None:
        """The clock is all that is needed."""


#: What each commit of a tick means, in the order in which they come; those of the same tables are told by their number.
COMMITS = {
    "a changed question stored": AtCommit("topics", "changes polls verdicts"),
    "articles judged again": AtCommit("topics changes"),
    "a search claimed": AtCommit("searches", "polls topics"),
    "a poll stored": AtCommit("polls"),
    "the second poll stored": AtCommit("polls", number=2),
    "alerts claimed": AtCommit("leases meta"),
    "alerts done": AtCommit("leases", "meta"),
    "a digest composed": AtCommit("digests"),
    "the second digest composed": AtCommit("digests", number=2),
    "transactional mails claimed": AtCommit("transactional_mails", "subscriptions"),
    "transactional mails recorded": AtCommit("transactional_mails", "subscriptions", number=2),
    "deliveries claimed": AtCommit("deliveries", "digests"),
    "replies recorded": AtCommit("deliveries", "digests", number=2),
    "clean-up claimed": AtCommit("leases", "meta", number=2),
    "clean-up done": AtCommit("subscriptions transactional_mails"),
    "returned mail claimed": AtCommit("leases", "meta", number=3),
    "a returned mail taken": AtCommit("bounces"),
    "returned mail done": AtCommit("leases meta", number=2),
}


def named_points() -> dict[str, Point]:
    """Every named point of a tick."""
    points: dict[str, Point] = {}
    for name, point in COMMITS.items():
        points[f"before: {name}"] = point
        points[f"after: {name}"] = AtCommit(point.writes, point.not_to, point.number, is_after=True)
    for number in range(1, 6):
        points[f"PubMed hears request {number}"] = AtRequest(number)
    for word in ("banner", "EHLO", "MAIL", "RCPT", "DATA"):
        points[f"the mail server hears {word}"] = AtCommand(word)
    for number in range(1, 5):
        points[f"the mail server has taken mail {number}"] = AtCommand("after DATA", number)
    return points


def strike_at(life: Life, moment: datetime, point: Point, number: int = signal.SIGKILL) -> int | None:
    """One tick in a process that is sent a signal at `point`; its exit status, below zero when the signal ended it."""
    process = started(life, moment, point, number)
    process.join(point.seconds if isinstance(point, AtInstant) else 60)
    if process.exitcode is None:
        os.kill(process.pid or 0, number)
        process.join(60)
    life.hear_nothing()
    return process.exitcode


def stopped_at(life: Life, moment: datetime, point: Point) -> BaseProcess:
    """A process that stands still at `point` of its tick, until it is sent SIGCONT."""
    process = started(life, moment, point, signal.SIGSTOP)
    eventually(lambda: is_stopped(process), within_s=60)
    life.hear_nothing()
    return process


def is_stopped(process: BaseProcess) -> bool:
    """Does it stand still (proc(5): state T)?"""
    return Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "T"


def started(life: Life, moment: datetime, point: Point, number: int) -> BaseProcess:
    """A process that begins its tick, and is sent the signal when the world hears of the point."""
    pids: list[int] = []
    point.watch(life, lambda: os.kill(pids[0], number))
    process = life.process(moment, point.begin)
    pids.append(process.pid or 0)
    return process
