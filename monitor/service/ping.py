"""The dead-man's switch: somebody else's server that is asked for while all is well, and tells the operator when not.

It is asked for after a round of work that went well and left alone after one that did not, so that its own grace period
decides from when on an outage matters. Nothing waits for it, and its failure stops nothing.
"""

from __future__ import annotations

import http.client
import time
from datetime import datetime, timedelta
from urllib.request import Request

from monitor import __version__, log, store
from monitor.model import Settings
from monitor.service import failures
from monitor.service.failures import Unit
from monitor.sources.pubmed.connections import Connections
from monitor.store import Database, Tx

#: At most one ping in this time, whichever process sends it.
PAUSE = timedelta(minutes=1)
#: How often a service tries: later than the pause ends, or every other ping would come too early.
EVERY = PAUSE + timedelta(seconds=5)
#: Seconds to wait for a connection or for more of an answer, and for the whole of it.
TIMEOUT, WITHIN = 5.0, 10.0


def ping(settings: Settings, db: Database, now: datetime, within: float = WITHIN) -> bool:
    """Ask for `ping_url` if all went well the last time and no process has done so in the last minute; True if asked.

    The answer may take `within` seconds. Raises StoreError. That the ping failed is logged only.
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
    """What went wrong the last time: the units that failed; and all searches, as when PubMed is down. [] for nothing.

    One search that fails among others that do not says nothing about the service; it has an alert of its own.
    """
    failed = [str(failure.unit) for failure in failures.all_failures(tx) if failure.unit is not Unit.PING]
    return [*failed, "every search"] if store.searches.all_fail(tx) else failed


def _get(url: str, within: float) -> str:
    """Ask for the address; why that failed, "" when it did not. Never shows the address, which is a secret."""
    ends_at = time.monotonic() + within
    request = Request(url, headers={"User-Agent": f"monitor/{__version__}", "Connection": "close"})  # noqa: S310  checked
    try:
        response, _ = Connections(TIMEOUT, TIMEOUT).send(request, lambda: time.monotonic() > ends_at)
        with response:
            return "" if response.status < http.client.BAD_REQUEST else f"HTTP {response.status}"
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
