"""Read the configured mailbox of returned mail when it is due, and keep how that went.

A mailbox that cannot be read delays nothing else and fails nothing else: it is tried again, each time after twice as
long, and told by whoever reads the state kept here.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from monitor import store
from monitor.bounces.process import Processed, process
from monitor.errors import ConfigError, MailError
from monitor.links import Links
from monitor.mail import mailbox
from monitor.model import BounceSettings, Settings, backoff
from monitor.ports import IsStopping, never
from monitor.store import Database, Tx

#: At most so many mails, and so long, in one visit; what is left is read with the next tick.
MOST = 1_000
WITHIN = timedelta(minutes=1)
#: While one process reads, another one on the same database does not. Longer than any visit that goes well.
LEASE = timedelta(minutes=15)
#: A mailbox that keeps failing is tried at least this often.
LONGEST_WAIT = timedelta(hours=1)

#: Asked before each mail with the number of mails taken in: is the visit over?
_IsOver = Callable[[int], bool]

#: Under which key of `store.meta` the state is kept, and what `store.leases` calls the work.
_STATE, _WORK = "bounces/mailbox", "returned mail"


@dataclass(frozen=True, slots=True)
class MailboxState:
    """How reading a mailbox has gone. `has_more`: the last visit ended before it had read everything."""

    mailbox: str
    tried_at: datetime | None = None
    last_success_at: datetime | None = None
    first_failure_at: datetime | None = None
    failures_in_row: int = 0
    last_error: str = ""
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Collected:
    """What one visit brought: what came of each mail; `error` says why the mailbox could not be read (on)."""

    taken: tuple[Processed, ...] = ()
    error: str = ""
    has_more: bool = False

    def counts(self) -> dict[str, int]:
        """How often each outcome."""
        return {str(outcome): number for outcome, number in Counter(one.outcome for one in self.taken).items()}

    def summary(self) -> str:
        """How many mails were read and what came of them."""
        number = len(self.taken)
        told = ", ".join(f"{times} {outcome}" for outcome, times in self.counts().items())
        return f"{number:,} {'mail' if number == 1 else 'mails'} read{': ' + told if told else ''}"


def state(tx: Tx, settings: Settings) -> MailboxState | None:
    """How reading the configured mailbox has gone so far; None when none is configured."""
    if settings.bounces is None:
        return None
    name = str(settings.bounces.mailbox)
    values = json.loads(store.meta.get(tx, _STATE) or "{}")
    if values.get("mailbox") != name:  # the operator has named another one since
        return MailboxState(name)
    instants = {key: datetime.fromisoformat(text) for key, text in values.items() if key.endswith("_at") and text}
    return MailboxState(**{**values, **instants})


def collect_due(
    settings: Settings,
    links: Links,
    db: Database,
    now: datetime,
    *,
    is_stopping: IsStopping = never,
    most: int = MOST,
    within: timedelta = WITHIN,
) -> Collected | None:
    """Read the mailbox if that is due and nobody else does; None when there was nothing to do.

    Raises StoreError, and ConflictError when another process took over meanwhile; a mailbox that cannot be read is
    told in what is returned.
    """
    bounces = settings.bounces
    if bounces is None:
        return None
    with db.read() as tx:
        if not _is_due(tx, settings, bounces, now):
            return None
    with db.begin() as tx:
        token = store.leases.take(tx, _WORK, now, LEASE)
        if token is None:
            return None
        if not _is_due(tx, settings, bounces, now):  # somebody else has just read it
            store.leases.finish(tx, _WORK, token)
            return None
    ends_at = time.monotonic() + within.total_seconds()

    def is_over(done: int) -> bool:
        return done >= most or time.monotonic() > ends_at or is_stopping()

    return _visit(settings, bounces, links, db, now, token, is_over)


def collect(settings: Settings, links: Links, db: Database, now: datetime) -> Collected:
    """Read all of the mailbox now, due or not; a visit of another process ends. Raises ConfigError when none is
    configured, and ConflictError when another process took over meanwhile.
    """
    if settings.bounces is None:
        raise ConfigError("No mailbox of returned mail is configured.")
    with db.begin() as tx:
        token = store.leases.take_over(tx, _WORK, now, LEASE)
    return _visit(settings, settings.bounces, links, db, now, token, lambda _done: False)


def _is_due(tx: Tx, settings: Settings, bounces: BounceSettings, now: datetime) -> bool:
    held = state(tx, settings)
    if held is None or held.tried_at is None or held.tried_at > now:  # a clock that was set back delays nothing
        return True
    return now >= held.tried_at + _wait(held, bounces.every)


def _wait(held: MailboxState, every: timedelta) -> timedelta:
    """The time until the next visit."""
    if held.has_more:
        return timedelta()
    return backoff.back_off(every, max(1, held.failures_in_row), max(every, LONGEST_WAIT))


def _visit(
    settings: Settings,
    bounces: BounceSettings,
    links: Links,
    db: Database,
    now: datetime,
    token: str,
    is_over: _IsOver,
) -> Collected:
    collected = _read(settings, bounces, links, db, now, token, is_over)
    with db.begin() as tx:
        store.leases.finish(tx, _WORK, token)
        held = _after(state(tx, settings) or MailboxState(str(bounces.mailbox)), collected, now)
        store.meta.put(tx, _STATE, json.dumps(asdict(held), default=datetime.isoformat), now)
    return collected


def _read(
    settings: Settings,
    bounces: BounceSettings,
    links: Links,
    db: Database,
    now: datetime,
    token: str,
    is_over: _IsOver,
) -> Collected:
    taken: list[Processed] = []
    try:
        with closing(mailbox.mails(bounces.mailbox)) as mails:
            for raw in mails:
                if is_over(len(taken)):
                    return Collected(tuple(taken), has_more=True)
                with db.read() as tx:
                    store.leases.require(tx, _WORK, token)  # a mail another process takes in is not taken in late
                taken.append(process(db, raw, links, settings.secret_keys, now))
    except (MailError, ConfigError) as error:
        return Collected(tuple(taken), str(error))
    return Collected(tuple(taken))


def _after(held: MailboxState, collected: Collected, now: datetime) -> MailboxState:
    if not collected.error:
        return MailboxState(held.mailbox, tried_at=now, last_success_at=now, has_more=collected.has_more)
    return replace(
        held,
        tried_at=now,
        first_failure_at=held.first_failure_at or now,
        failures_in_row=held.failures_in_row + 1,
        last_error=collected.error,
        has_more=False,
    )
