"""Pings a dead-man's switch: a server of a third party that alerts the operator when the pings stop.

A ping is sent after a round of work that succeeded and none after one that failed, so the grace period set on that
server decides how long an outage may last. Nothing waits for a ping, and a failed ping stops nothing.
"""

from __future__ import annotations

import http.client
import time
from datetime import datetime, timedelta
from urllib.request import Request

from monitor import __version__, log, store
from monitor.model import Settings
from monitor.service.alerting import failures
from monitor.service.alerting.failures import Unit
from monitor.sources.pubmed.connections import Connections
from monitor.store import Database, Tx

#: At most one ping in this time, from all processes together.
PAUSE = timedelta(minutes=1)
#: How often each process tries: slightly longer than PAUSE, or every second ping would come too early.
EVERY = PAUSE + timedelta(seconds=5)
#: Seconds to wait for a connection or for the next bytes of the response, and for the whole response.
TIMEOUT, WITHIN = 5.0, 10.0


def ping(settings: Settings, db: Database, now: datetime, within: float = WITHIN) -> bool:
    """Request `ping_url` if the last round succeeded and no process has pinged within PAUSE; True if it was requested.

    The response may take `within` seconds. A failed ping is only logged. Raises StoreError.
    """
    if not settings.ping_url:
        return False
    with db.read() as tx:
        trouble = troubles(tx)
    if trouble:
        log.get().warning("not pinged", reason=", ".join(trouble))
        return False
    with db.begin() as tx:
        is_ours = store.leases.take(tx, "ping", now, PAUSE)
    if is_ours is None:
        return False
    if error := _get(settings.ping_url, within):
        log.get().warning("ping failed", error=error)
    return True


def troubles(tx: Tx) -> list[str]:
    """What failed in the last round: names of units; "every search" when all fail, as when PubMed is down. [] for none.

    A single failing search does not mean that the service is down; it has an alert of its own.
    """
    failed = [str(failure.unit) for failure in failures.all_failures(tx) if failure.unit is not Unit.PING]
    return [*failed, "every search"] if store.searches.all_fail(tx) else failed


def _get(url: str, within: float) -> str:
    """Request the address; why that failed, "" for success. Never contains the address, which is a secret."""
    ends_at = time.monotonic() + within
    request = Request(url, headers={"User-Agent": f"monitor/{__version__}", "Connection": "close"})  # noqa: S310  checked
    try:
        response, _ = Connections(TIMEOUT, TIMEOUT).send(request, lambda: time.monotonic() > ends_at)
        with response:
            return "" if response.status < http.client.BAD_REQUEST else f"HTTP {response.status}"
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
