"""Visitors' connections, bounded in time and number: half-sent requests stop neither pages nor polling nor mail.

uvicorn waits for the rest of a request for as long as the client likes, and accepts connections until the process has
no file descriptor left for anything else.
"""

from __future__ import annotations

import asyncio
import resource
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

#: File descriptors that visitors never get: for the database, PubMed, mail servers and files.
RESERVED_DESCRIPTORS = 160
#: How many connections the kernel holds ready, and asyncio accepts at a time.
BACKLOG = 64
#: So many visitors at a time get a page even where the process may have very few file descriptors.
FEWEST_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class VisitorLimits:
    """What visitors get: `connections` at a time, and seconds.

    `request_within`: from the first byte, or the beginning of the connection, until the response is made.
    `response_within`: from then until the response is taken, or the next request begins.
    """

    connections: int = 400
    request_within: float = 20.0
    response_within: float = 60.0

    @property
    def concurrency(self) -> int:
        """Beyond this, requests are answered with 503: all connections are busy, and those just accepted as well."""
        return self.connections + 2 * BACKLOG


def limits_for(descriptors: int) -> VisitorLimits:
    """The limits where the process may have that many file descriptors."""
    left = descriptors - RESERVED_DESCRIPTORS - 2 * BACKLOG
    return VisitorLimits(connections=max(FEWEST_CONNECTIONS, min(VisitorLimits().connections, left)))


def limits_of_process() -> VisitorLimits:
    """The limits for this process, from RLIMIT_NOFILE."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return limits_for(soft) if soft != resource.RLIM_INFINITY else VisitorLimits()


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 with a deadline for each request and response.

    When all connections are taken, a new one takes the place of the one whose request has been incomplete for longest.
    """

    def __init__(self, limits: VisitorLimits, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._limits = limits
        self._deadline: asyncio.TimerHandle | None = None
        self._is_idle = False
        self.since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Begin the deadline of the first request."""
        super().connection_made(transport)
        self._begin_request()
        self._make_room()

    def data_received(self, data: bytes) -> None:
        """Begin the deadline of a request at its first byte; further bytes do not extend it."""
        if self._is_idle:
            self._begin_request()
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Begin the deadline for taking the response."""
        super().on_response_complete()
        self._is_idle = self.cycle.response_complete  # else the next request has come already
        self._set_deadline(self._limits.response_within if self._is_idle else self._limits.request_within)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        if self._deadline:
            self._deadline.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The service stops: requests that are complete are answered; nobody waits for the rest of the others."""
        if self.is_incomplete:
            self._end()
        else:
            super().shutdown()

    @property
    def is_incomplete(self) -> bool:
        """Whether the client has not sent a whole request, so that nothing is being done for it."""
        is_waiting = self.cycle is None or self.cycle.response_complete or self.cycle.more_body
        return is_waiting and not self.transport.is_closing()

    def _begin_request(self) -> None:
        self._is_idle, self.since = False, self.loop.time()
        self._set_deadline(self._limits.request_within)

    def _set_deadline(self, seconds: float) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self._end)

    def _end(self) -> None:
        self.transport.abort()

    def _make_room(self) -> None:
        if len(self.connections) <= self._limits.connections:
            return
        others = [one for one in self.connections if isinstance(one, BoundedProtocol)]
        if sum(not one.transport.is_closing() for one in others) > self._limits.connections:
            incomplete = [one for one in others if one.is_incomplete]  # at least this new one
            min(incomplete, key=lambda one: one.since)._end()
