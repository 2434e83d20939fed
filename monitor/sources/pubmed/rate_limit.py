"""How often NCBI may be asked: one pace for all threads of a process that share an address and a key."""

from __future__ import annotations

import threading
from collections.abc import Callable

Clock = Callable[[], float]
Sleep = Callable[[float], None]

#: Seconds between two requests. NCBI allows 3 a second, 10 with a key (NBK25497), but counts so strictly that exactly
#: that pace is refused now and then; Biopython and rentrez keep the same reserve.
GAP = 0.37
GAP_WITH_KEY = 0.11


class Throttle:
    """Gives out moments to send, never closer than `gap` seconds; safe to use from several threads."""

    def __init__(self, gap: float, clock: Clock) -> None:
        self.gap = gap
        self._clock = clock
        self._next = float("-inf")
        self._lock = threading.Lock()

    def wait(self, sleep: Sleep) -> None:
        """Return when it is this caller's turn."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self.gap
        if turn > now:
            sleep(turn - now)

    def hold(self, seconds: float) -> None:
        """Nobody sends for `seconds` from now: NCBI said that we are too quick."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)


_throttles: dict[tuple[str, str, Clock], Throttle] = {}
_throttles_lock = threading.Lock()


def shared(base_url: str, api_key: str, clock: Clock) -> Throttle:
    """The one Throttle of this process for an address, a key and a clock."""
    with _throttles_lock:
        key = (base_url, api_key, clock)
        if key not in _throttles:
            _throttles[key] = Throttle(GAP_WITH_KEY if api_key else GAP, clock)
        return _throttles[key]
