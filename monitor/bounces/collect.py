"""Read the configured bounce mailbox when it is due, and store how that went.

A mailbox that cannot be read delays nothing else and fails nothing else: it is retried, each time after twice as
long, and the stored state lets `status`, metrics and alerts report it.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor import store
from monitor.bounces import attention
from monitor.bounces.intake import take_in
from monitor.bounces.process import Outcome, Processed
from monitor.errors import ConfigError, MailError
from monitor.links import Links
from monitor.model import BounceSettings, Settings
from monitor.model.values import backoff
from monitor.ports import Guard, IsStopping, Progress, Unguarded, never, silent
from monitor.store import Database, Tx

if TYPE_CHECKING:
    from monitor.mail.mailbox import Unfetchable

#: How many mails are processed in one run, and how long one may take; the others are read in the next.
MAX_MAILS = 1_000
MAX_DURATION = timedelta(minutes=1)
#: While one process reads, no other on the same database does. Longer than any run that goes well.
LEASE = timedelta(minutes=15)
#: A mailbox that keeps failing is tried at least this often.
LONGEST_WAIT = timedelta(hours=1)

#: Called before each mail with the number of mails processed so far: is the run over?
_IsOver = Callable[[int], bool]

#: The key of the state in `store.meta`, and the name of the work in `store.leases`.
_STATE, _WORK = "bounces/mailbox", "returned mail"


@dataclass(frozen=True, slots=True)
class MailboxState:
    """How reading a mailbox has gone. `has_more`: the last run ended before it had read all mails.

    `unfetched` are the mails that an IMAP server could not send, by UID, with the number of runs in which it tried.
    """

    mailbox: str
    tried_at: datetime | None = None
    last_success_at: datetime | None = None
    first_failure_at: datetime | None = None
    failures_in_row: int = 0
    last_error: str = ""
    has_more: bool = False
    unfetched: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Collected:
    """The result of one run: the outcome of each mail, and in `error` why reading failed or stopped ("" for none)."""

    taken: tuple[Processed, ...] = ()
    error: str = ""
    has_more: bool = False

    def counts(self) -> dict[str, int]:
        """The number of mails by outcome."""
        return {str(outcome): number for outcome, number in Counter(one.outcome for one in self.taken).items()}

    def summary(self) -> str:
        """How many mails were read with which outcomes, in words."""
        number = len(self.taken)
        outcomes = ", ".join(f"{times} {outcome}" for outcome, times in self.counts().items())
        return f"{number:,} {'mail' if number == 1 else 'mails'} read{': ' + outcomes if outcomes else ''}"


def state(tx: Tx, settings: Settings) -> MailboxState | None:
    """How reading the configured mailbox has gone so far; None when none is configured."""
    if settings.bounces is None:
        return None
    name = str(settings.bounces.mailbox)
    values = json.loads(store.meta.get(tx, _STATE) or "{}")
    if values.get("mailbox") != name:  # the operator has configured another one since
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
    most: int = MAX_MAILS,
    within: timedelta = MAX_DURATION,
    guard: Guard | None = None,
) -> Collected | None:
    """Read the mailbox if it is due and no other process reads it; None when there was nothing to do.

    At most `most` mails within `within`; `is_stopping` ends the run earlier.

    Raises StoreError, and ConflictError when another process took over meanwhile; a mailbox that cannot be read
    is reported in the result.
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
        if not _is_due(tx, settings, bounces, now):  # another process has just read it
            store.leases.finish(tx, _WORK, token)
            return None
    ends_at = time.monotonic() + within.total_seconds()

    def is_over(done: int) -> bool:
        return done >= most or time.monotonic() > ends_at or is_stopping()

    return _run(settings, bounces, links, db, now, token, is_over, guard or Unguarded())


def collect(
    settings: Settings,
    links: Links,
    db: Database,
    now: datetime,
    progress: Progress = silent,
    guard: Guard | None = None,
) -> Collected:
    """Read the whole mailbox now, due or not; another process that is reading it stops.

    Raises ConfigError when none is configured, and ConflictError when another process took over meanwhile.
    """
    if settings.bounces is None:
        raise ConfigError("No mailbox of returned mail is configured.")
    with db.begin() as tx:
        token = store.leases.take_over(tx, _WORK, now, LEASE)
    return _run(settings, settings.bounces, links, db, now, token, lambda _: False, guard or Unguarded(), progress)


def _is_due(tx: Tx, settings: Settings, bounces: BounceSettings, now: datetime) -> bool:
    previous = state(tx, settings)
    if previous is None or previous.tried_at is None or previous.tried_at > now:  # a clock set back must not delay it
        return True
    return now >= previous.tried_at + _wait(previous, bounces.every)


def _wait(previous: MailboxState, every: timedelta) -> timedelta:
    """How long after the last attempt the mailbox is due again."""
    if previous.has_more:
        return timedelta()
    return backoff.back_off(every, max(1, previous.failures_in_row), max(every, LONGEST_WAIT))


def _run(
    settings: Settings,
    bounces: BounceSettings,
    links: Links,
    db: Database,
    now: datetime,
    token: str,
    is_over: _IsOver,
    guard: Guard,
    progress: Progress = silent,
) -> Collected:
    with db.read() as tx:
        before = state(tx, settings) or MailboxState(str(bounces.mailbox))
    failures = {int(uid): runs for uid, runs in before.unfetched.items()}
    collected = _read(settings, bounces, links, db, now, token, is_over, guard, progress, failures)
    with db.begin() as tx:
        store.leases.finish(tx, _WORK, token)
        after = replace(_after(before, collected, now), unfetched={str(uid): runs for uid, runs in failures.items()})
        store.meta.put(tx, _STATE, json.dumps(asdict(after), default=datetime.isoformat), now)
    return collected


def _read(
    settings: Settings,
    bounces: BounceSettings,
    links: Links,
    db: Database,
    now: datetime,
    token: str,
    is_over: _IsOver,
    guard: Guard,
    progress: Progress,
    failures: dict[int, int],
) -> Collected:
    from monitor.mail import mailbox  # imported here: imapclient, for those who have a mailbox read

    taken: list[Processed] = []
    try:
        with closing(mailbox.mails(bounces.mailbox, failures, progress)) as mails:
            for raw in mails:
                if is_over(len(taken)):
                    return Collected(tuple(taken), has_more=True)
                with db.read() as tx:
                    store.leases.require(tx, _WORK, token)  # another process that took over processes the rest
                if isinstance(raw, mailbox.Unfetchable):
                    taken.append(_give_up(db, bounces, raw, mailbox.MAX_FETCHES, now))
                else:
                    taken.append(take_in(settings, links, db, raw, now, guard))
    except (MailError, ConfigError) as error:
        return Collected(tuple(taken), str(error))
    return Collected(tuple(taken))


def _give_up(db: Database, bounces: BounceSettings, mail: Unfetchable, tries: int, now: datetime) -> Processed:
    """A mail that the server cannot send: told to the operator, who may look at it there."""
    done = Processed(
        Outcome.UNREADABLE,
        detail=f"The server could not send the mail with UID {mail.uid} of {bounces.mailbox} in {tries} tries. "
        "It is there, marked as seen.",
    )
    with db.begin() as tx:
        attention.note(tx, done, now)
    return done


def _after(previous: MailboxState, collected: Collected, now: datetime) -> MailboxState:
    if not collected.error:
        return MailboxState(previous.mailbox, tried_at=now, last_success_at=now, has_more=collected.has_more)
    return replace(
        previous,
        tried_at=now,
        first_failure_at=previous.first_failure_at or now,
        failures_in_row=previous.failures_in_row + 1,
        last_error=collected.error,
        has_more=False,
    )
