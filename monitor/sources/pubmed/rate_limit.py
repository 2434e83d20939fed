"""The rate limit of requests to NCBI, shared by all threads of a process that use one base URL and API key."""

from __future__ import annotations

import threading
from collections.abc import Callable

Clock = Callable[[], float]
Sleep = Callable[[float], None]

#: Seconds between two requests. NCBI allows 3 a second, 10 with an API key (NBK25497), but sometimes refuses exactly
#: that rate; Biopython and rentrez keep the same reserve.
MIN_INTERVAL = 0.37
MIN_INTERVAL_WITH_KEY = 0.11


class Throttle:
    """Lets requests through at intervals of at least `gap` seconds; thread-safe."""

    def __init__(self, gap: float, clock: Clock) -> None:
        self.gap = gap
        self._clock = clock
        self._next = float("-inf")
        self._lock = threading.Lock()

    def wait(self, sleep: Sleep) -> None:
        """Sleep until it is this caller's turn."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self.gap
        if turn > now:
            sleep(turn - now)

    def hold(self, seconds: float) -> None:
        """Let no request through for `seconds` from now, after NCBI refused one for its rate."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)


_throttles: dict[tuple[str, str, Clock], Throttle] = {}
_throttles_lock = threading.Lock()


def interval(api_key: str) -> float:
    """Seconds between two requests with this API key, "" for none."""
    return MIN_INTERVAL_WITH_KEY if api_key else MIN_INTERVAL


def shared(base_url: str, api_key: str, clock: Clock) -> Throttle:
    """The Throttle of this process for a base URL, an API key and a clock."""
    with _throttles_lock:
        key = (base_url, api_key, clock)
        if key not in _throttles:
            _throttles[key] = Throttle(interval(api_key), clock)
        return _throttles[key]
