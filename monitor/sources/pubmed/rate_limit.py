"""The rate limit of requests to NCBI, shared by all threads of a process that use one base URL and API key."""

from __future__ import annotations

from monitor.sources.transport import throttle
from monitor.sources.transport.throttle import Clock, Sleep, Throttle

__all__ = ["MIN_INTERVAL", "MIN_INTERVAL_WITH_KEY", "Clock", "Sleep", "Throttle", "interval", "shared"]

#: Seconds between two requests. NCBI allows 3 a second, 10 with an API key (NBK25497), but sometimes refuses exactly
#: that rate; Biopython and rentrez keep the same reserve.
MIN_INTERVAL = 0.37
MIN_INTERVAL_WITH_KEY = 0.11


def interval(api_key: str) -> float:
    """Seconds between two requests with this API key, "" for none."""
    return MIN_INTERVAL_WITH_KEY if api_key else MIN_INTERVAL


def shared(base_url: str, api_key: str, clock: Clock) -> Throttle:
    """The Throttle of this process for a base URL, an API key and a clock."""
    return throttle.shared((base_url, api_key), interval(api_key), clock)
