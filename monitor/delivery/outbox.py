"""The deliveries that are due, as a mailer draws them: each at its turn, if it is still wanted, and its answer kept.

However many wait, only a few hundred are in memory. They are claimed in batches, drawn domain by domain at the
pace each domain takes, and recorded a hundred at a time: what a crash leaves unrecorded goes out once more under the
same Message-ID.
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

#: Claimed in one transaction, and the most that are claimed at a time to find one whose domain has room.
BATCH, AHEAD = 250, 1_000
#: Answers are committed when there are so many, or when the first of them is so many seconds old.
RECORD, RECORD_WITHIN = 100, 1.0
#: So many seconds after sending was paused (`monitor deliver pause`, in another process) nothing more is begun.
PAUSE_HEARD_WITHIN = 1.0
#: While every domain that mail waits for is busy: seconds until a mailer asks again, and until the database is asked.
BUSY, LOOK_AGAIN = 0.02, 1.0
#: After the nth temporary refusal, try again so much later: about three days in all, then it is over. A table and not
#: `model.backoff`: greylisting ends within minutes, a full mailbox within days, and doubling would spend more tries.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 480, 720, 1080, 1800))
#: So often may a message have arrived without our knowing before we leave it at that.
MOST_UNCERTAIN = 3


@dataclass(frozen=True, slots=True)
class _Replied:
    delivery: Delivery
    result: SendResult
    next_try_at: datetime | None


class Outbox:
    """`ports.Outbox` over the database; leaving the block records what was told and gives back what was not drawn."""

    def __init__(
        self, settings: Settings, links: Links, db: Database, now: datetime, is_stopping: IsStopping = never
    ) -> None:
        self._db, self._is_stopping = db, is_stopping
        self._now, self._started = now, time.monotonic()
        self._personalizer = DigestPersonalizer(settings, links, db)
        self._watch = store.SendGate(db)
        self._throttle = Throttle(settings.smtp.per_domain, settings.smtp.rate)
        self._batch = max(1, min(BATCH, int(settings.smtp.rate * store.leases.LENGTH.total_seconds() / 3) or BATCH))
        self._waiting: dict[str, deque[Delivery]] = {}
        self._claimed = 0
        self._under_way: dict[int, Delivery] = {}
        self._answered: list[_Replied] = []
        self._first_answer = self._look_again_at = self._ask_again_at = 0.0
        self._is_paused = False
        self._unwanted: list[Delivery] = []
        self._put_off: list[tuple[datetime, list[Delivery]]] = []
        self.outcomes = dict.fromkeys(SendOutcome, 0)

    def __enter__(self) -> Outbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.release_until(timedelta())
        finally:
            self._watch.__exit__(kind, error, trace)

    def is_ending(self) -> bool:
        """Is nothing more to be begun: a stop was asked for, or sending paused? The next round asks afresh."""
        now = time.monotonic()
        if not self._is_paused and now >= self._ask_again_at:
            self._is_paused, self._ask_again_at = self._watch.is_paused(), now + PAUSE_HEARD_WITHIN
        return self._is_paused or self._is_stopping()

    def claim_batch(self) -> bool:
        """Claim another batch of what is due; False when nothing is, or nothing more is to be begun."""
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
        """The next message that is still wanted, seconds to wait, or None when nothing is left (see `ports.Outbox`)."""
        if self.is_ending():
            return None
        self._record_in_time()
        if self._claimed and (seconds := self._throttle.wait(time.monotonic())):
            return min(seconds, RECORD_WITHIN)
        while (found := self._next()) or self._look_further():
            if found and (message := self._message(found)):
                self._under_way[found.id] = found
                self._throttle.begin(_domain(found), time.monotonic())
                return found.id, message
        return BUSY if self._claimed else None

    def record_reply(self, number: int, result: SendResult) -> None:
        """Keep the server's answer; it is committed with others, within a second."""
        delivery = self._under_way.pop(number)
        self._throttle.end(_domain(delivery), result, time.monotonic())
        self._keep(delivery, result)
        self._record_in_time()

    def release_until(self, later: timedelta) -> int:
        """Record what is known, and give back what was not drawn, to be tried `later`; how many that were."""
        untried = [delivery for waiting in self._waiting.values() for delivery in waiting]
        self._waiting.clear()
        self._claimed = 0
        self._put_off.append((self._at() + later, untried))
        self._record()
        return len(untried)

    def _at(self) -> datetime:
        """The present instant: leases and retries must not be dated from long ago."""
        return self._now + timedelta(seconds=time.monotonic() - self._started)

    def _next(self) -> Delivery | None:
        """A delivery whose domain has room, the domains taking turns; those at rest are put off."""
        now = time.monotonic()
        for domain in list(self._waiting):
            if cooldown := self._throttle.cooldown(domain, now):
                untried = list(self._waiting.pop(domain))
                self._claimed -= len(untried)
                self._put_off.append((self._at() + timedelta(seconds=cooldown), untried))
            elif self._throttle.has_capacity(domain):
                return self._take(domain)
        return None

    def _look_further(self) -> bool:
        """Claim more, because no domain that waits has room; not too many, and not again and again for nothing."""
        if self._claimed >= AHEAD or (self._claimed and time.monotonic() < self._look_again_at):
            return False
        is_more = self.claim_batch()
        if not is_more:
            self._look_again_at = time.monotonic() + LOOK_AGAIN
        return is_more

    def _take(self, domain: str) -> Delivery:
        waiting = self._waiting.pop(domain)
        delivery = waiting.popleft()
        if waiting:
            self._waiting[domain] = waiting  # now the last in turn
        self._claimed -= 1
        return delivery

    def _message(self, delivery: Delivery) -> Message | None:
        """The copy, None when it is no longer wanted or the address cannot be used."""
        if not self._watch.is_wanted(delivery.id):
            self._unwanted.append(delivery)
            return None
        try:
            return self._personalizer.message(delivery, self._at())
        except ValueError as problem:
            self._keep(delivery, SendResult(SendOutcome.FAILED, 0, str(problem)))
            return None

    def _keep(self, delivery: Delivery, result: SendResult) -> None:
        if not self._answered:
            self._first_answer = time.monotonic()
        self._answered.append(_Replied(delivery, *next_try(delivery, result, self._at())))
        self.outcomes[self._answered[-1].result.outcome] += 1

    def _record_in_time(self) -> None:
        """Commit when it is time to."""
        is_old = self._answered and time.monotonic() - self._first_answer > RECORD_WITHIN
        if is_old or len(self._answered) >= RECORD:
            self._record()

    def _record(self) -> None:
        """Commit what is known."""
        if not (self._answered or self._unwanted or any(untried for _, untried in self._put_off)):
            return
        at = self._at()
        with self._db.begin() as tx:
            counted = store.deliveries.record(tx, _rows(self._answered), at)
            for one in self._answered:
                bounce = bounce_from_permanent_rejection(one.delivery, one.result, at)
                if bounce and one.delivery.id in counted:
                    register_bounce(tx, bounce, at)
            store.deliveries.cancel(tx, self._unwanted)
            for until, untried in self._put_off:
                store.deliveries.release(tx, untried, until)
        self._answered, self._unwanted, self._put_off = [], [], []


def next_try(delivery: Delivery, result: SendResult, at: datetime) -> tuple[SendResult, datetime | None]:
    """The result to record and when to try again; None when it is over. A refusal after the last try is final."""
    match result.outcome:
        case SendOutcome.DEFERRED if delivery.attempts > len(BACK_OFF):
            given_up = f"given up after {delivery.attempts} attempts: {result.text}"
            return replace(result, outcome=SendOutcome.FAILED, text=given_up), None
        case SendOutcome.DEFERRED:
            return result, at + BACK_OFF[delivery.attempts - 1]
        case SendOutcome.UNCERTAIN if delivery.uncertain + 1 < MOST_UNCERTAIN:
            return result, at + BACK_OFF[min(delivery.uncertain, len(BACK_OFF) - 1)]
        case _:
            return result, None


def _rows(replied: Iterable[_Replied]) -> Iterable[tuple[Delivery, SendResult, datetime | None]]:
    return ((one.delivery, one.result, one.next_try_at) for one in replied)


def _domain(delivery: Delivery) -> str:
    return delivery.address.rpartition("@")[2].lower()
