"""Send the deliveries that are due; retry, give up, and record which.

Delivery is at least once: a delivery is claimed, sent with no transaction open, and then its outcome
is recorded. If the process dies in between, or the connection breaks after DATA, it is sent again
with the same Message-ID and counted as uncertain: twice rather than never. Each message is built
just before it is sent, and only while its subscription is active.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor import log
from monitor.delivery.outbox import Outbox
from monitor.errors import MailError
from monitor.links import Links
from monitor.model import SendOutcome, Settings
from monitor.ports import IsStopping, Mailer, never
from monitor.store import Database

#: When the mail server cannot be used at all, deliveries are retried after this long; it counts as no attempt.
SERVER_BACK_OFF = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many deliveries had which outcome; `error` says why the mail server could not be used, "" if it could."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    uncertain: int = 0
    error: str = ""


def deliver_due(
    settings: Settings,
    links: Links,
    db: Database,
    mailer: Mailer,
    now: datetime,
    *,
    is_stopping: IsStopping = never,
    within: timedelta = timedelta.max,
) -> Delivered:
    """Send the deliveries that are due, until none is left, `is_stopping`, sending is paused, or `within` has passed.

    The others stay due. A mail server that cannot be used is logged and reported in `Delivered.error`, not raised.
    """
    started, max_seconds = time.monotonic(), within.total_seconds()

    def is_over() -> bool:
        return is_stopping() or time.monotonic() - started > max_seconds

    error = ""
    with Outbox(settings, links, db, now, is_over) as outbox:
        if outbox.claim_batch():
            error = _send_queue(outbox, mailer)
            if not outbox.is_ending() and outbox.release_until(SERVER_BACK_OFF):
                error = error or "The mail server stopped responding."
    if error:
        log.get().warning("mail server cannot be used", error=error)
    return _delivered(outbox, error)


def _send_queue(outbox: Outbox, mailer: Mailer) -> str:
    """Let the mailer empty the outbox; returns why the server could not be used, "" when it could."""
    try:
        mailer.send_queue(outbox)
    except MailError as problem:
        return str(problem)
    return ""


def _delivered(outbox: Outbox, error: str) -> Delivered:
    outcomes = outbox.outcomes
    return Delivered(
        sent=outcomes[SendOutcome.SENT],
        deferred=outcomes[SendOutcome.DEFERRED],
        failed=outcomes[SendOutcome.FAILED],
        uncertain=outcomes[SendOutcome.UNCERTAIN],
        error=error,
    )
