"""Send what waits in the outbox; back off, give up, and say which.

At least once, and counted: a delivery is claimed, sent with no transaction open, and recorded. If
we die in between, or the connection breaks after DATA, it is sent again under the same Message-ID
and counted as uncertain: twice rather than never. Each message is drawn just before it goes out,
and only for a subscription that is active at that moment.
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

#: A mail server that cannot be used at all is asked again after this long; no delivery is blamed for it.
SERVER_BACK_OFF = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the deliveries that were due; `error` says why the mail server could not be used, if so."""

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
    """Send every delivery that is due until none is left, `is_stopping`, paused, or it took longer than `within`.

    What is left stays due.
    """
    started, longest = time.monotonic(), within.total_seconds()

    def is_over() -> bool:
        return is_stopping() or time.monotonic() - started > longest

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
    """Why the server could not be used, "" when it could."""
    try:
        mailer.send_queue(outbox)
    except MailError as problem:
        return str(problem)
    return ""


def _delivered(outbox: Outbox, error: str) -> Delivered:
    found = outbox.outcomes
    return Delivered(
        sent=found[SendOutcome.SENT],
        deferred=found[SendOutcome.DEFERRED],
        failed=found[SendOutcome.FAILED],
        uncertain=found[SendOutcome.UNCERTAIN],
        error=error,
    )
