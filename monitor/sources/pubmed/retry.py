"""Ask NCBI until an answer is believed: pace, back-off, tries and a deadline."""

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
from monitor.sources.pubmed import rate_limit
from monitor.sources.pubmed.connections import Connections
from monitor.sources.pubmed.http import Response, Wire
from monitor.sources.pubmed.rate_limit import Clock, Sleep

T = TypeVar("T")

TRIES = 5

#: Seconds before the second try, doubled for each further one up to LONGEST_PAUSE; each is spread by half either way.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0

#: A longer Retry-After is cut to this: the next poll comes anyway.
LONGEST_RETRY_AFTER = 120.0

#: Seconds for all tries of one exchange together.
DEADLINE = 300.0


class Busy(UpstreamError):
    """NCBI asks us to slow down (429); `pause` are the seconds it named, if it did."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message)
        self.pause = pause


@dataclass(slots=True)
class Tally:
    """Counts the requests of one operation."""

    requests: int = 0


def full(_: UpstreamError) -> int:
    """How many tries any failure is worth."""
    return TRIES


class Transport:
    """Sends requests, one try at a time; safe to use from several threads.

    `clock` and `sleep` count monotonic seconds; `jitter` gives numbers in [0, 1); after `patience` seconds nothing is
    tried again.
    """

    def __init__(
        self,
        settings: PubMedSettings,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        jitter: Callable[[], float] = random.random,
        patience: float = DEADLINE,
    ) -> None:
        self._patience = patience
        self._clock, self._sleep, self._jitter = clock, sleep, jitter
        self._key = settings.api_key
        self._throttle = rate_limit.shared(settings.base_url, settings.api_key, clock)
        self._wire = Wire(Connections(settings.connect_timeout, settings.read_timeout, clock))

    def ask(
        self,
        request: Request,
        read: Callable[[Response], T],
        tally: Tally,
        tries: Callable[[UpstreamError], int] = full,
    ) -> T:
        """What `read` makes of the answer to `request`.

        A try fails when no whole answer comes or `read` raises an UpstreamError; it is repeated, over a new connection,
        while that is retryable, the deadline allows and there were fewer than `tries` for that failure.
        Raises the last try's error, with the requests of the whole operation counted and without the
        API key in its text.
        """
        deadline = self._clock() + self._patience
        for attempt in count(1):
            self._throttle.wait(self._sleep)
            tally.requests += 1
            try:
                return read(self._wire.send(request, lambda: self._clock() > deadline))
            except UpstreamError as error:
                self._wire.close()
                pause = self._pause(attempt, error)
                if not error.retryable or attempt >= tries(error) or self._clock() + pause > deadline:
                    raise self._told(error, tally) from None
                if isinstance(error, Busy):
                    self._throttle.hold(pause)
            self._sleep(pause)
        raise AssertionError("count() has no end")

    def close(self) -> None:
        """Close the connections that are open; another request opens new ones."""
        self._wire.close()

    def _pause(self, attempt: int, error: UpstreamError) -> float:
        if isinstance(error, Busy) and error.pause is not None:
            return min(error.pause, LONGEST_RETRY_AFTER)
        return min(FIRST_PAUSE * 2.0 ** (attempt - 1), LONGEST_PAUSE) * (0.5 + self._jitter())

    def _told(self, error: UpstreamError, tally: Tally) -> UpstreamError:
        """The error as the operator may see it."""
        error.requests = tally.requests
        if self._key:
            error.args = tuple(str(part).replace(self._key, "(API key)") for part in error.args)
        return error
