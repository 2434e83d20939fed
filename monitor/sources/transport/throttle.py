"""The rate limit of requests to an upstream, shared by all threads of a process that ask it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable

Clock = Callable[[], float]
Sleep = Callable[[float], None]


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
        """Let no request through for `seconds` from now, after the upstream refused one for its rate."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)


_throttles: dict[tuple[Hashable, Clock], Throttle] = {}
_throttles_lock = threading.Lock()


def shared(upstream: Hashable, gap: float, clock: Clock) -> Throttle:
    """The Throttle of this process for an upstream and a clock; `gap` is in seconds, that of the first who asks."""
    with _throttles_lock:
        return _throttles.setdefault((upstream, clock), Throttle(gap, clock))
