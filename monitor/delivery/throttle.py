"""How fast mail may be sent, to each domain and in all. Pure: times are arguments, in seconds of one monotonic clock.

A temporary failure (4xx) halves the number of mails in flight to its domain, down to one; each mail accepted after
that adds one. Other domains are not slowed down. After a 421 nothing is sent to the domain for a minute, and for
twice as long after each further 421. Greylisting rejects one recipient, not the domain; it only makes the next mails
to that domain go one at a time. What the server refuses because of us says nothing about the domain; when it is over
within a minute or two, the next mails to everybody go more slowly (`Pace`).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from monitor.model import Delivery, SendOutcome, SendResult
from monitor.model.values.backoff import back_off

#: The first cooldown after a 421, and the longest, in seconds.
FIRST_COOLDOWN, LONGEST_COOLDOWN = 60.0, 3600.0
#: The reply of a server that closes the connection (RFC 5321, 3.8).
CLOSING = 421
#: A mail server's own limit was one of speed if its mails, spread over so many seconds, are all taken; else of number.
LONGEST_SPREAD = 4.0
#: How much faster each round is in which no limit was met.
QUICKER = 1.25


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a mail server takes mail: `rate` a second (0: no limit known), learned when it took `burst` at once."""

    rate: float = 0.0
    burst: int = 0

    def slower(self, taken: int) -> Pace:
        """After a limit was met behind `taken` mails: these in a second, then at half that speed, and again.

        A server that still takes no more counts mails, and not how fast they come: then slowness gains nothing.
        """
        if not self.rate:
            return Pace(float(taken), taken)
        half = self.rate / 2
        return Pace(half, self.burst) if self.burst <= half * LONGEST_SPREAD else Pace()

    def quicker(self) -> Pace:
        """After a round in which no limit was met: a little faster, and forgotten when far from where it was met."""
        rate = self.rate * QUICKER
        return replace(self, rate=rate) if rate < self.burst * LONGEST_SPREAD else Pace()

    def within(self, configured: float) -> float:
        """The rate to send at when `configured` is the most that the operator wants (both: 0 for no limit)."""
        return min(self.rate or configured, configured or self.rate)


#: Of a server that has shown none.
NO_LIMIT = Pace()


@dataclass(slots=True)
class DomainBackoff:
    """How many mails may be in flight to a domain that deferred some, and until when none may be (`now` seconds)."""

    at_once: int
    closings_in_row: int = 0
    cooldown_until: float = 0.0


class Throttle:
    """Counts the mails in flight: at most `per_domain` to one domain, at most `rate` a second in all (0: no limit)."""

    def __init__(self, per_domain: int, rate: float = 0.0) -> None:
        self._per_domain, self._rate = per_domain, rate
        self._in_flight: Counter[str] = Counter()
        self._backoffs: dict[str, DomainBackoff] = {}
        self._next_at = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the rate allows one more mail; 0 when it does."""
        return max(0.0, self._next_at - now) if self._rate else 0.0

    def has_capacity(self, domain: str) -> bool:
        """May one more mail to the domain be sent now?"""
        backoff = self._backoffs.get(domain)
        return self._in_flight[domain] < (backoff.at_once if backoff else self._per_domain)

    def cooldown(self, domain: str, now: float) -> float:
        """Seconds for which nothing is to be sent to the domain; 0 outside a cooldown."""
        backoff = self._backoffs.get(domain)
        return max(0.0, backoff.cooldown_until - now) if backoff else 0.0

    def begin(self, domain: str, now: float) -> None:
        """A mail to the domain is about to be sent."""
        self._in_flight[domain] += 1
        if self._rate:
            self._next_at = max(now, self._next_at) + 1 / self._rate

    def end(self, domain: str, result: SendResult, now: float) -> None:
        """The server replied, or the connection broke."""
        self._in_flight[domain] -= 1
        if result.outcome is SendOutcome.DEFERRED and result.code and result.is_attempt:
            self._slow_down(domain, result.code, now)
        elif result.outcome is SendOutcome.SENT and domain in self._backoffs:
            self._speed_up(domain)

    def _slow_down(self, domain: str, code: int, now: float) -> None:
        backoff = self._backoffs.setdefault(domain, DomainBackoff(self._per_domain))
        backoff.at_once = max(1, backoff.at_once // 2)
        # Several 421 to mails that were in flight together count as one.
        if code == CLOSING and now >= backoff.cooldown_until:
            backoff.closings_in_row += 1
            backoff.cooldown_until = now + back_off(FIRST_COOLDOWN, backoff.closings_in_row, LONGEST_COOLDOWN)

    def _speed_up(self, domain: str) -> None:
        backoff = self._backoffs[domain]
        backoff.at_once, backoff.closings_in_row = backoff.at_once + 1, 0
        if backoff.at_once >= self._per_domain:
            del self._backoffs[domain]


class DomainQueue:
    """Deliveries that wait for the throttle to let one more to their domain; the domains take turns.

    `size` is how many there are.
    """

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._by_domain: dict[str, deque[Delivery]] = {}
        self.size = 0

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Put them behind the others to their domains."""
        for delivery in deliveries:
            self._by_domain.setdefault(domain_of(delivery), deque()).append(delivery)
            self.size += 1

    def next(self, now: float) -> tuple[Delivery | None, list[tuple[float, list[Delivery]]]]:
        """Take the next delivery whose domain has capacity, if any, and those to domains found in a cooldown.

        These come with the seconds that their cooldown still lasts.
        """
        cooling = []
        for domain in list(self._by_domain):
            if seconds := self._throttle.cooldown(domain, now):
                untried = list(self._by_domain.pop(domain))
                self.size -= len(untried)
                cooling.append((seconds, untried))
            elif self._throttle.has_capacity(domain):
                return self._take(domain), cooling
        return None, cooling

    def take_all(self) -> list[Delivery]:
        """Take every delivery that waits."""
        untried = [delivery for waiting in self._by_domain.values() for delivery in waiting]
        self._by_domain.clear()
        self.size = 0
        return untried

    def _take(self, domain: str) -> Delivery:
        waiting = self._by_domain.pop(domain)
        delivery = waiting.popleft()
        if waiting:
            self._by_domain[domain] = waiting  # moves the domain to the end
        self.size -= 1
        return delivery


def domain_of(delivery: Delivery) -> str:
    """The domain of a delivery's address, in lower case."""
    return delivery.address.rpartition("@")[2].lower()
