"""Send the deliveries that are due; retry, give up, and record which.

Delivery is at least once: a delivery is claimed, noted as begun, sent with no transaction open, and then its outcome
is recorded. If the process dies after it was begun, or the connection breaks after DATA, it is sent again
with the same Message-ID and counted as uncertain: twice rather than never, and at most three times. Each message is
built just before it is sent, and only while its subscription is active.

What the mail server refuses before it knows the recipient, or because of a limit on what we send, is no attempt of any
delivery: all wait, and `delivery.server_state` keeps why and until when.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor import log, store
from monitor.delivery import server_state
from monitor.delivery.outbox import Outbox
from monitor.delivery.personalize import DigestPersonalizer
from monitor.delivery.refusals import Memory
from monitor.delivery.server_state import ServerState
from monitor.delivery.throttle import NO_LIMIT, Pace
from monitor.errors import MailError
from monitor.links import Links
from monitor.model import SendOutcome, Settings
from monitor.ports import Guard, IsStopping, Mailer, Message, never
from monitor.store import Database


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many deliveries had which outcome; `error` says why the mail server could not be used, "" if it could."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    uncertain: int = 0
    error: str = ""

    def __bool__(self) -> bool:
        """Was there anything to send?"""
        return self != Delivered()


def deliver_due(
    settings: Settings,
    links: Links,
    db: Database,
    mailer: Mailer,
    now: datetime,
    *,
    is_stopping: IsStopping = never,
    within: timedelta = timedelta.max,
    guard: Guard | None = None,
) -> Delivered:
    """Send the deliveries that are due, until none is left, `is_stopping`, sending is paused, or `within` has passed.

    The others stay due. A mail server that cannot be used is logged and reported in `Delivered.error`, not raised; one
    that takes no more for now is left alone for a while.
    """
    with db.read() as tx:
        if not store.deliveries.is_any_due(tx, now):
            return Delivered()
        state = server_state.read(tx, settings.smtp)
    if state.is_resting(now):
        return Delivered()
    started, max_seconds = time.monotonic(), within.total_seconds()

    def is_over() -> bool:
        return is_stopping() or time.monotonic() - started > max_seconds

    with outbox_of_mails(settings, links, db, now, is_over, guard, state.pace, state.said) as outbox:
        if not outbox.claim_batch():
            return Delivered()
        problem = _send_queue(outbox, mailer)
        if problem and problem.stage:
            outbox.count_reply(problem.stage, problem.code)
        after = state.after(problem, outbox.sent, outbox.at())
        if not outbox.is_ending() and outbox.release_until(after.rest(outbox.at())):
            problem = problem or _not_emptied(outbox)
    _keep(db, state, after.with_digests(outbox.refused_digests, outbox.received, outbox.said()), outbox.at())
    return delivered(outbox.outcomes, _error(problem))


def outbox_of_mails(
    settings: Settings,
    links: Links,
    db: Database,
    now: datetime,
    is_stopping: IsStopping = never,
    guard: Guard | None = None,
    pace: Pace = NO_LIMIT,
    said: Memory | None = None,
) -> Outbox[Message]:
    """The mails that are due; at most as fast as the operator wants and the server has shown to take them (`pace`)."""
    writer, rate = DigestPersonalizer(settings, links, db), pace.within(settings.smtp.rate)
    return Outbox(writer, db, now, is_stopping, guard, per_domain=settings.smtp.per_domain, rate=rate, said=said)


def _not_emptied(outbox: Outbox[Message]) -> MailError:
    """Why messages were left although the server gave no reason."""
    for reply in outbox.refused_digests.values():
        return MailError(f"The mail server refuses everybody's mail: {reply}")
    return MailError("The mail server stopped responding.")


def _send_queue(outbox: Outbox[Message], mailer: Mailer) -> MailError | None:
    """Let the mailer empty the outbox; returns why the server could not be used, None when it could."""
    try:
        mailer.send_queue(outbox)
    except MailError as problem:
        return problem
    return None


def _keep(db: Database, before: ServerState, after: ServerState, at: datetime) -> None:
    """Keep what was learned about the mail server, if anything."""
    if after != before:
        with db.begin() as tx:
            server_state.write(tx, after, at)


def _error(problem: MailError | None) -> str:
    """What is wrong with the mail server, for the operator; a limit is not wrong."""
    if problem is None:
        return ""
    log.get().warning("mail waits", reason=str(problem))
    return "" if problem.is_temporary and problem.reply else str(problem)


def delivered(outcomes: Mapping[SendOutcome, int], error: str) -> Delivered:
    """The counts of an outbox, and why it was not emptied ("" when nothing was wrong)."""
    return Delivered(
        sent=outcomes[SendOutcome.SENT],
        deferred=outcomes[SendOutcome.DEFERRED],
        failed=outcomes[SendOutcome.FAILED],
        uncertain=outcomes[SendOutcome.UNCERTAIN],
        error=error,
    )
