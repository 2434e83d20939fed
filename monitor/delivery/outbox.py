"""The deliveries that are due, as a queue for a mailer: it takes messages and records the server's reply to each.

However many are due, only a few hundred are in memory. They are claimed in batches, taken domain by domain within
the limits of the throttle, noted as begun one by one, and recorded a hundred at a time: after a crash, those begun and
not recorded are sent again with the same Message-ID. After a crash every reply is recorded at once, so that a process
that keeps dying gets further each time. Permanent refusals are judged together (`delivery.refusals`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Generic, Protocol, TypeVar

from monitor import store
from monitor.bounces.suspension import bounce_from_permanent_rejection, register_bounce, take_back
from monitor.delivery import refusals
from monitor.delivery.refusals import BACK_OFF, Memory, Refusals, Reply
from monitor.delivery.retries import next_try
from monitor.delivery.throttle import DomainQueue, Throttle, domain_of
from monitor.errors import AddressError, StoreError
from monitor.model import Delivery, SendOutcome, SendResult, Stage
from monitor.ports import Guard, IsStopping, Unguarded, never
from monitor.store import Database, Tx

T = TypeVar("T")
#: What is sent: a mail, or a message to a channel.
M = TypeVar("M")
M_co = TypeVar("M_co", covariant=True)

#: Deliveries claimed in one transaction, and the most held in memory while looking for a domain with capacity.
BATCH, MAX_CLAIMED = 250, 1_000
#: Replies are committed when there are this many, or when the oldest of them is this many seconds old.
RECORD_BATCH, RECORD_WITHIN = 100, 1.0
#: Seconds between two checks whether sending was paused (`monitor deliver pause`, in another process).
PAUSE_CHECK_INTERVAL = 1.0
#: While every domain with due mail is at its limit: seconds until the mailer asks again, and until more is claimed.
BUSY_WAIT, CLAIM_AGAIN = 0.02, 1.0
#: Permanent refusals are judged when there are this many, or when the oldest is this many seconds old (within its
#: lease).
JUDGE_BATCH, JUDGE_WITHIN = 200, 300.0
#: A copy that a bug of ours keeps from being made is due again after this long, for as long as the bug is there.
BUG_REST = timedelta(minutes=15)
#: The counter of the server's replies by stage and class, and the class where the connection broke without one.
REPLIES, NO_REPLY = "smtp replies", "none"


class Writer(Protocol[M_co]):
    """Makes each copy of a digest, just before it is sent."""

    def with_in_reply_to(self, tx: Tx, batch: list[Delivery]) -> list[Delivery]:
        """The deliveries, each with the Message-ID of the one that it updates, where its recipient has that."""

    def message(self, delivery: Delivery, at: datetime) -> M_co:
        """The copy, dated `at`. Raises AddressError when nothing can be sent to its address."""


class Outbox(Generic[M]):
    """The queue over the database. Leaving the block records the replies and releases deliveries not yet taken.

    Without a `channel` it has the mails (see `delivery.deliver`): then it is a `ports.Outbox`. `outcomes` counts the
    attempts by outcome, `refused_digests` are those refused and kept, each with a reply; `clock` counts seconds.
    """

    def __init__(
        self,
        writer: Writer[M],
        db: Database,
        now: datetime,
        is_stopping: IsStopping = never,
        guard: Guard | None = None,
        *,
        channel: str = "",
        per_domain: int = 1,
        rate: float = 0.0,
        said: Memory | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db, self._is_stopping, self._guard = db, is_stopping, guard or Unguarded()
        self._clock, self._now, self._started = clock, now, clock()
        self._writer, self._channel = writer, channel
        self._gate = store.SendGate(db)
        self._throttle = Throttle(per_domain, rate)
        self._batch = min(BATCH, max(1, int(rate * store.leases.LENGTH.total_seconds() / 3))) if rate else BATCH
        self._waiting = DomainQueue(self._throttle)
        self._in_flight: dict[int, Delivery] = {}
        self._replies: list[Reply] = []
        self._refusals, self._not_attempted = Refusals(said or {}), list[tuple[Delivery, SendResult]]()
        self._first_reply_at = self._first_refusal_at = self._claim_again_at = self._check_pause_at = 0.0
        self._record_batch = 0
        self._is_paused = False
        self._cancelled: list[Delivery] = []
        self._released: list[tuple[datetime, list[Delivery]]] = []
        self._counted: Counter[tuple[str, ...]] = Counter()
        self.outcomes = dict.fromkeys(SendOutcome, 0)
        self.refused_digests: dict[int, str] = {}

    def __enter__(self) -> Outbox[M]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.release_until(timedelta())
        finally:
            self._gate.__exit__(kind, error, trace)

    @property
    def sent(self) -> int:
        """How many mails the server accepted."""
        return self._refusals.accepted

    @property
    def received(self) -> set[int]:
        """The digests that the server accepted for somebody in this run."""
        return self._refusals.received

    def said(self) -> Memory:
        """What later runs are to know of the refusals (see `delivery.refusals`)."""
        return self._refusals.remembered(self.at())

    def is_ending(self) -> bool:
        """Must no further message be started, because of a requested stop or because sending is paused?"""
        now = self._clock()
        if not self._is_paused and now >= self._check_pause_at:
            self._is_paused, self._check_pause_at = self._gate.is_paused(), now + PAUSE_CHECK_INTERVAL
        return self._is_paused or self._is_stopping()

    def claim_batch(self) -> bool:
        """Claim another batch of due deliveries; False when none is due, or `is_ending`."""
        if self.is_ending():
            return False
        self._record()
        with self._db.begin() as tx:
            if not self._record_batch:  # the first claim
                self._record_batch = 1 if store.deliveries.is_any_interrupted(tx, self.at()) else RECORD_BATCH
            batch = store.deliveries.claim(tx, self.at(), self._batch, channel=self._channel)
        for number in dict.fromkeys(delivery.digest_id for delivery in batch):
            copies = [delivery for delivery in batch if delivery.digest_id == number]
            self._guarded(copies, partial(self._queue, copies))
        return bool(batch)

    def _queue(self, copies: list[Delivery]) -> None:
        """Queue claimed copies of one digest."""
        with self._db.read() as tx:
            copies = self._writer.with_in_reply_to(tx, copies)
        self._waiting.add(copies)

    def _guarded(self, copies: Sequence[Delivery], work: Callable[[], T]) -> T | None:
        """What `work` makes of copies of one digest; when it fails they wait, and count no attempt, but others go."""

        def rest(_: str) -> None:
            self._released.append((self.at() + BUG_REST, list(copies)))

        return self._guard.attempt(f"digest {copies[0].digest_id}", work, rest, lets_through=StoreError)

    def next_message(self) -> tuple[int, M] | float | None:
        """The next message with its number, seconds to wait, or None when nothing is left (see `ports.Outbox`)."""
        if self.is_ending() or self._refusals.is_enough:
            return None
        self._record_if_due()
        if self._waiting.size and (seconds := self._throttle.wait(self._clock())):
            return min(seconds, RECORD_WITHIN)
        while (found := self._next()) or self._claim_more():
            if found and (message := self._message(found)):
                self._in_flight[found.id] = found
                self._throttle.begin(domain_of(found), self._clock())
                return found.id, message
        return BUSY_WAIT if self._waiting.size else None

    def record_reply(self, number: int, result: SendResult) -> None:
        """Note the server's reply to message `number`; it is committed with others, within about a second."""
        delivery = self._in_flight.pop(number)
        self._throttle.end(domain_of(delivery), result, self._clock())
        self._note_reply(delivery, result)
        self._record_if_due()

    def count_reply(self, stage: str, code: int) -> None:
        """Count a reply of the server for the metrics, by its stage and class; `code` is 0 when none came."""
        self._counted[stage, f"{code // 100}xx" if code else NO_REPLY] += 1

    def release_until(self, later: timedelta) -> int:
        """Record the replies, and release the deliveries not attempted, due again after `later`.

        Returns how many were not taken yet.
        """
        untried = self._waiting.take_all()
        self._released.append((self.at() + later, untried))
        self._replies += [Reply(delivery, result, self.at() + later) for delivery, result in self._not_attempted]
        self._not_attempted = []
        self._record(is_last=True)
        return len(untried)

    def at(self) -> datetime:
        """The present instant: sending may have begun long ago, and leases and retries count from now."""
        return self._now + timedelta(seconds=self._clock() - self._started)

    def _next(self) -> Delivery | None:
        """A delivery whose domain has capacity; those to a domain in cooldown are released."""
        found, cooling = self._waiting.next(self._clock())
        self._released += [(self.at() + timedelta(seconds=seconds), untried) for seconds, untried in cooling]
        return found

    def _claim_more(self) -> bool:
        """Claim more because every domain in memory is at its limit; up to MAX_CLAIMED, and not too often in vain."""
        if self._waiting.size >= MAX_CLAIMED or (self._waiting.size and self._clock() < self._claim_again_at):
            return False
        is_more = self.claim_batch()
        if not is_more:
            self._claim_again_at = self._clock() + CLAIM_AGAIN
        return is_more

    def _message(self, delivery: Delivery) -> M | None:
        """The copy, noted as begun; None when its subscription is no longer active or its address cannot be used."""
        if not self._gate.is_wanted(delivery.id):
            self._cancelled.append(delivery)
            return None
        message = self._guarded([delivery], partial(self._written, delivery))
        if message is None or not self._gate.begin(delivery.id, delivery.lease_token):
            return None
        if isinstance(message, AddressError):
            self._note_reply(delivery, SendResult(SendOutcome.FAILED, 0, str(message)))
            return None
        return message

    def _written(self, delivery: Delivery) -> M | AddressError:
        try:
            return self._writer.message(delivery, self.at())
        except AddressError as problem:
            return problem

    def _note_reply(self, delivery: Delivery, result: SendResult) -> None:
        if result.stage and result.stage is not Stage.HTTP:
            self.count_reply(result.stage, result.code)
        if not result.is_attempt:
            self._not_attempted.append((delivery, result))
            return
        result, next_try_at = next_try(delivery, result, self.at())
        if next_try_at and result.retry_after:
            next_try_at = max(next_try_at, self.at() + result.retry_after)
        if not self._refusals.held:
            self._first_refusal_at = self._clock()
        if not self._refusals.note(delivery, result):
            self._add(Reply(delivery, result, next_try_at))

    def _add(self, reply: Reply) -> None:
        if not self._replies:
            self._first_reply_at = self._clock()
        self._replies.append(reply)
        self.outcomes[reply.result.outcome] += 1

    def _record_if_due(self) -> None:
        """Commit if enough replies have gathered, or the oldest is old enough."""
        now = self._clock()
        is_old = self._replies and now - self._first_reply_at > RECORD_WITHIN
        is_judging = self._refusals.held and now - self._first_refusal_at > JUDGE_WITHIN
        if is_old or is_judging or len(self._replies) >= self._record_batch:
            self._record(is_last=bool(is_judging))

    def _record(self, *, is_last: bool = False) -> None:
        """Commit replies, cancellations and releases in one transaction; hard bounces count against the subscriber."""
        at = self.at()
        if is_last or len(self._refusals.held) >= JUDGE_BATCH:
            self._judge(at)
        if not (self._replies or self._cancelled or any(untried for _, untried in self._released)):
            return
        with self._db.begin() as tx:
            counted = store.deliveries.record(tx, self._replies, at)
            for one in self._replies:
                bounce = bounce_from_permanent_rejection(one.delivery, one.result, at)
                if bounce and one.delivery.id in counted:
                    register_bounce(tx, bounce, at)
            take_back(tx, self._refusals.taken_back, at, at + BACK_OFF[0])
            store.deliveries.cancel(tx, self._cancelled)
            for until, untried in self._released:
                store.deliveries.release(tx, untried, until)
            store.counters.add(tx, REPLIES, self._counted)
        self._counted.clear()
        self._replies, self._cancelled, self._released = [], [], []
        self._refusals.taken_back.clear()

    def _judge(self, at: datetime) -> None:
        if not self._refusals.held:
            return
        with self._db.read() as tx:
            received = store.delivery_counts.received_by_anyone(tx, self._refusals.digests())
        judged = self._refusals.take(received, at)
        self.refused_digests |= refusals.kept(judged)
        for reply in judged:
            self._add(reply)
