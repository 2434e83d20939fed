"""NCBI's rate limit: a number of requests in any second, per API key or per address."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable


class RateLimit:
    """Counts requests in a sliding second. `limit` 0 switches it off; a caller with an API key gets `with_key`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = 0
        self.with_key = 10
        self._clock = clock
        self._calls: dict[str, deque[float]] = defaultdict(deque)

    def take(self, who: str, has_key: bool) -> tuple[int, int]:
        """Count one call of `who`; returns (calls in the last second with this one, the limit that counts)."""
        limit = self.with_key if has_key and self.limit else self.limit
        now, calls = self._clock(), self._calls[who]
        while calls and now - calls[0] >= 1:
            calls.popleft()
        if not limit or len(calls) < limit:
            calls.append(now)  # a rejected call does not count, or a persistent caller would never succeed
            return len(calls), limit
        return len(calls) + 1, limit
