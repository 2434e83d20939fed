"""Send a request to NCBI until its response is accepted: rate limit, back-off, number of tries, deadline."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar
from urllib.request import Request

from monitor.errors import UpstreamError
from monitor.model import PubMedSettings
from monitor.model.values.backoff import back_off
from monitor.ports import Turns
from monitor.sources.pubmed import rate_limit
from monitor.sources.pubmed.connections import Connections
from monitor.sources.pubmed.http import Response, Wire
from monitor.sources.pubmed.rate_limit import Clock, Sleep

T = TypeVar("T")

TRIES = 5

#: Seconds before the second try, doubled for each further one up to MAX_DELAY, with a jitter of ±50 %.
FIRST_DELAY = 1.0
MAX_DELAY = 30.0

#: Seconds to which a longer Retry-After is shortened: the next poll tries again anyway.
MAX_RETRY_AFTER = 120.0

#: Seconds for all tries of one request together.
DEADLINE = 300.0


class Busy(UpstreamError):
    """NCBI asks us to slow down (429, 503); `pause` is its Retry-After in seconds, None without one."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


@dataclass(slots=True)
class Tally:
    """The number of requests sent by one operation."""

    requests: int = 0


def all_tries(_: UpstreamError) -> int:
    """The number of tries for any failure."""
    return TRIES


class Transport:
    """Sends requests with retries; thread-safe.

    `clock` and `sleep` are in monotonic seconds; `jitter` returns numbers in [0, 1); there is no retry after
    `patience` seconds. `turns` keep the rate limit; by default those of this process.
    """

    def __init__(
        self,
        settings: PubMedSettings,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        jitter: Callable[[], float] = random.random,
        patience: float = DEADLINE,
        turns: Turns | None = None,
    ) -> None:
        self._patience = patience
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._key = settings.api_key
        self._turns = turns or rate_limit.shared(settings.base_url, settings.api_key, clock)
        self._wire = Wire(Connections(settings.connect_timeout, settings.read_timeout, clock))

    def ask(
        self,
        request: Request,
        read: Callable[[Response], T],
        tally: Tally,
        tries: Callable[[UpstreamError], int] = all_tries,
    ) -> T:
        """The result of `read` for the response to `request`.

        A try fails when no whole answer comes or `read` raises an UpstreamError; it is repeated, over a new connection,
        while that is retryable, the deadline allows and there were fewer than `tries` for that failure.
        Raises the last try's error, with the requests of the whole operation counted and without the
        API key in its text.
        """
        deadline = self._clock() + self._patience
        for attempt in count(1):
            self._turns.wait(self._sleep)
            tally.requests += 1
            try:
                return read(self._wire.send(request, lambda: self._clock() > deadline))
            except UpstreamError as error:
                self._wire.close()
                pause = self._pause(attempt, error)
                if not error.retryable or attempt >= tries(error) or self._clock() + pause > deadline:
                    raise self._for_operator(error, tally) from None
                if isinstance(error, Busy):
                    self._turns.hold(pause)
            self._sleep(pause)
        raise AssertionError("count() has no end")

    def close(self) -> None:
        """Close the connections that are open; another request opens new ones."""
        self._wire.close()

    def _pause(self, attempt: int, error: UpstreamError) -> float:
        if isinstance(error, Busy) and error.pause is not None:
            return min(error.pause, MAX_RETRY_AFTER)
        return back_off(FIRST_DELAY, attempt, MAX_DELAY) * (0.5 + self._jitter())

    def _for_operator(self, error: UpstreamError, tally: Tally) -> UpstreamError:
        """The error without the API key in its text."""
        error.requests = tally.requests
        if self._key:
            error.args = tuple(str(part).replace(self._key, "(API key)") for part in error.args)
        return error
