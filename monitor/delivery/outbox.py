"""The deliveries that are due, as a queue for a mailer: it takes messages and records the server's reply to each.

However many are due, only a few hundred are in memory. They are claimed in batches, taken domain by domain within
the limits of the throttle, and recorded a hundred at a time: after a crash, those not recorded are sent again with
the same Message-ID.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType

from monitor import store
from monitor.bounces.suspension import bounce_from_permanent_rejection, register_bounce
from monitor.delivery.personalize import DigestPersonalizer
from monitor.delivery.throttle import Throttle
from monitor.links import Links
from monitor.model import Delivery, SendOutcome, SendResult, Settings
from monitor.ports import IsStopping, Message, never
from monitor.store import Database

#: Deliveries claimed in one transaction, and the most held in memory while looking for a domain with capacity.
BATCH, MAX_CLAIMED = 250, 1_000
#: Replies are committed when there are this many, or when the oldest of them is this many seconds old.
RECORD_BATCH, RECORD_WITHIN = 100, 1.0
#: Seconds between two checks whether sending was paused (`monitor deliver pause`, in another process).
PAUSE_CHECK_INTERVAL = 1.0
#: While every domain with due mail is at its limit: seconds until the mailer asks again, and until more is claimed.
BUSY_WAIT, CLAIM_AGAIN = 0.02, 1.0
#: The wait after the nth temporary failure (4xx): about three days in all, then the delivery fails. A table and not
#: `model.backoff`: greylisting ends within minutes, a full mailbox within days, and doubling would need more attempts.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 480, 720, 1080, 1800))
#: After this many attempts with an uncertain outcome, each of which may have arrived, a delivery is not repeated.
MAX_UNCERTAIN = 3


@dataclass(frozen=True, slots=True)
class _Reply:
    """What the server replied to one delivery, and when to try it again (None: never)."""

    delivery: Delivery
    result: SendResult
    next_try_at: datetime | None


class Outbox:
    """`ports.Outbox` over the database. Leaving the block records the replies and releases deliveries not yet taken."""

    def __init__(
        self, settings: Settings, links: Links, db: Database, now: datetime, is_stopping: IsStopping = never
    ) -> None:
        self._db, self._is_stopping = db, is_stopping
        self._now, self._started = now, time.monotonic()
        self._personalizer = DigestPersonalizer(settings, links, db)
        self._gate = store.SendGate(db)
        self._throttle = Throttle(settings.smtp.per_domain, settings.smtp.rate)
        self._batch = max(1, min(BATCH, int(settings.smtp.rate * store.leases.LENGTH.total_seconds() / 3) or BATCH))
        self._waiting: dict[str, deque[Delivery]] = {}
        self._claimed = 0
        self._in_flight: dict[int, Delivery] = {}
        self._replies: list[_Reply] = []
        self._first_reply_at = self._claim_again_at = self._check_pause_at = 0.0
        self._is_paused = False
        self._cancelled: list[Delivery] = []
        self._released: list[tuple[datetime, list[Delivery]]] = []
        self.outcomes = dict.fromkeys(SendOutcome, 0)

    def __enter__(self) -> Outbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.release_until(timedelta())
        finally:
            self._gate.__exit__(kind, error, trace)

    def is_ending(self) -> bool:
        """Must no further message be started, because of a requested stop or because sending is paused?"""
        now = time.monotonic()
        if not self._is_paused and now >= self._check_pause_at:
            self._is_paused, self._check_pause_at = self._gate.is_paused(), now + PAUSE_CHECK_INTERVAL
        return self._is_paused or self._is_stopping()

    def claim_batch(self) -> bool:
        """Claim another batch of due deliveries; False when none is due, or `is_ending`."""
        if self.is_ending():
            return False
        self._record()
        with self._db.begin() as tx:
            batch = self._personalizer.with_in_reply_to(tx, store.deliveries.claim(tx, self._at(), self._batch))
        for delivery in batch:
            self._waiting.setdefault(_domain(delivery), deque()).append(delivery)
        self._claimed += len(batch)
        return bool(batch)

    def next_message(self) -> tuple[int, Message] | float | None:
        """The next message with its number, seconds to wait, or None when nothing is left (see `ports.Outbox`)."""
        if self.is_ending():
            return None
        self._record_if_due()
        if self._claimed and (seconds := self._throttle.wait(time.monotonic())):
            return min(seconds, RECORD_WITHIN)
        while (found := self._next()) or self._claim_more():
            if found and (message := self._message(found)):
                self._in_flight[found.id] = found
                self._throttle.begin(_domain(found), time.monotonic())
                return found.id, message
        return BUSY_WAIT if self._claimed else None

    def record_reply(self, number: int, result: SendResult) -> None:
        """Note the server's reply to message `number`; it is committed with others, within about a second."""
        delivery = self._in_flight.pop(number)
        self._throttle.end(_domain(delivery), result, time.monotonic())
        self._note_reply(delivery, result)
        self._record_if_due()

    def release_until(self, later: timedelta) -> int:
        """Record the replies, and release the deliveries not yet taken, due again after `later`; returns how many."""
        untried = [delivery for waiting in self._waiting.values() for delivery in waiting]
        self._waiting.clear()
        self._claimed = 0
        self._released.append((self._at() + later, untried))
        self._record()
        return len(untried)

    def _at(self) -> datetime:
        """The present instant: sending may have begun long ago, and leases and retries count from now."""
        return self._now + timedelta(seconds=time.monotonic() - self._started)

    def _next(self) -> Delivery | None:
        """A delivery whose domain has capacity, domains in turn; deliveries to a domain in cooldown are released."""
        now = time.monotonic()
        for domain in list(self._waiting):
            if cooldown := self._throttle.cooldown(domain, now):
                untried = list(self._waiting.pop(domain))
                self._claimed -= len(untried)
                self._released.append((self._at() + timedelta(seconds=cooldown), untried))
            elif self._throttle.has_capacity(domain):
                return self._take(domain)
        return None

    def _claim_more(self) -> bool:
        """Claim more because every domain in memory is at its limit; up to MAX_CLAIMED, and not too often in vain."""
        if self._claimed >= MAX_CLAIMED or (self._claimed and time.monotonic() < self._claim_again_at):
            return False
        is_more = self.claim_batch()
        if not is_more:
            self._claim_again_at = time.monotonic() + CLAIM_AGAIN
        return is_more

    def _take(self, domain: str) -> Delivery:
        waiting = self._waiting.pop(domain)
        delivery = waiting.popleft()
        if waiting:
            self._waiting[domain] = waiting  # moves the domain to the end of the queue
        self._claimed -= 1
        return delivery

    def _message(self, delivery: Delivery) -> Message | None:
        """The copy; None when its subscription is no longer active or its address cannot be used."""
        if not self._gate.is_wanted(delivery.id):
            self._cancelled.append(delivery)
            return None
        try:
            return self._personalizer.message(delivery, self._at())
        except ValueError as problem:
            self._note_reply(delivery, SendResult(SendOutcome.FAILED, 0, str(problem)))
            return None

    def _note_reply(self, delivery: Delivery, result: SendResult) -> None:
        if not self._replies:
            self._first_reply_at = time.monotonic()
        self._replies.append(_Reply(delivery, *next_try(delivery, result, self._at())))
        self.outcomes[self._replies[-1].result.outcome] += 1

    def _record_if_due(self) -> None:
        """Commit if enough replies have gathered, or the oldest is old enough."""
        is_old = self._replies and time.monotonic() - self._first_reply_at > RECORD_WITHIN
        if is_old or len(self._replies) >= RECORD_BATCH:
            self._record()

    def _record(self) -> None:
        """Commit replies, cancellations and releases in one transaction; hard bounces count against the subscriber."""
        if not (self._replies or self._cancelled or any(untried for _, untried in self._released)):
            return
        at = self._at()
        with self._db.begin() as tx:
            counted = store.deliveries.record(tx, _rows(self._replies), at)
            for one in self._replies:
                bounce = bounce_from_permanent_rejection(one.delivery, one.result, at)
                if bounce and one.delivery.id in counted:
                    register_bounce(tx, bounce, at)
            store.deliveries.cancel(tx, self._cancelled)
            for until, untried in self._released:
                store.deliveries.release(tx, untried, until)
        self._replies, self._cancelled, self._released = [], [], []


def next_try(delivery: Delivery, result: SendResult, at: datetime) -> tuple[SendResult, datetime | None]:
    """The result to record, and when to try again (None: never); a temporary failure of the last attempt is final."""
    match result.outcome:
        case SendOutcome.DEFERRED if delivery.attempts > len(BACK_OFF):
            given_up = f"given up after {delivery.attempts} attempts: {result.text}"
            return replace(result, outcome=SendOutcome.FAILED, text=given_up), None
        case SendOutcome.DEFERRED:
            return result, at + BACK_OFF[delivery.attempts - 1]
        case SendOutcome.UNCERTAIN if delivery.uncertain + 1 < MAX_UNCERTAIN:
            return result, at + BACK_OFF[min(delivery.uncertain, len(BACK_OFF) - 1)]
        case _:
            return result, None


def _rows(replies: Iterable[_Reply]) -> Iterable[tuple[Delivery, SendResult, datetime | None]]:
    return ((one.delivery, one.result, one.next_try_at) for one in replies)


def _domain(delivery: Delivery) -> str:
    return delivery.address.rpartition("@")[2].lower()
