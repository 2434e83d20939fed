"""How fast mail may go, to each domain and to all together. Pure: seconds of any one clock are passed in.

A domain that answers "not now" (4xx) is given half as many mails at once, down to one, and one more again after
each that it takes: it slows itself down and nobody else. One that closes its door (421) is left alone for a
minute, and for twice as long each time it does so again. Greylisting refuses one recipient and not a domain;
it costs no more than that the next mails to the domain go one by one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from monitor.model import SendOutcome, SendResult
from monitor.model.backoff import back_off

#: The first rest after a 421, and the longest, in seconds.
FIRST_COOLDOWN, LONGEST_COOLDOWN = 60.0, 3600.0
#: The answer of a server that closes the connection (RFC 5321 section 3.8).
CLOSING = 421


@dataclass(slots=True)
class DomainBackoff:
    """What a domain in trouble is allowed, and when it may be asked again."""

    at_once: int
    closed_in_row: int = 0
    cooldown_until: float = 0.0


class Throttle:
    """Keeps count of what is under way; at most `per_domain` mails at once to one domain, `rate` a second to all."""

    def __init__(self, per_domain: int, rate: float = 0.0) -> None:
        self._per_domain, self._rate = per_domain, rate
        self._under_way: Counter[str] = Counter()
        self._troubled: dict[str, DomainBackoff] = {}
        self._next_at = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the rate allows one more mail; 0 when it does."""
        return max(0.0, self._next_at - now) if self._rate else 0.0

    def has_capacity(self, domain: str) -> bool:
        """May one more mail to the domain be under way?"""
        backoff = self._troubled.get(domain)
        return self._under_way[domain] < (backoff.at_once if backoff else self._per_domain)

    def cooldown(self, domain: str, now: float) -> float:
        """Seconds for which the domain is to be left alone; 0 when it is not."""
        backoff = self._troubled.get(domain)
        return max(0.0, backoff.cooldown_until - now) if backoff else 0.0

    def begin(self, domain: str, now: float) -> None:
        """A mail to the domain goes out."""
        self._under_way[domain] += 1
        if self._rate:
            self._next_at = max(now, self._next_at) + 1 / self._rate

    def end(self, domain: str, result: SendResult, now: float) -> None:
        """The server has answered, or the connection broke."""
        self._under_way[domain] -= 1
        if not self._under_way[domain]:
            del self._under_way[domain]
        if result.outcome is SendOutcome.DEFERRED and result.code:
            self._refused(domain, result.code, now)
        elif result.outcome is SendOutcome.SENT and domain in self._troubled:
            self._taken(domain)

    def _refused(self, domain: str, code: int, now: float) -> None:
        backoff = self._troubled.setdefault(domain, DomainBackoff(self._per_domain))
        backoff.at_once = max(1, backoff.at_once // 2)
        if (
            code == CLOSING and now >= backoff.cooldown_until
        ):  # mails under way at the same time are one and the same no
            backoff.closed_in_row += 1
            backoff.cooldown_until = now + back_off(FIRST_COOLDOWN, backoff.closed_in_row, LONGEST_COOLDOWN)

    def _taken(self, domain: str) -> None:
        backoff = self._troubled[domain]
        backoff.at_once, backoff.closed_in_row = backoff.at_once + 1, 0
        if backoff.at_once >= self._per_domain:
            del self._troubled[domain]
