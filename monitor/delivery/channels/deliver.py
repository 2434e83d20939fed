"""Send what is due for channels, from the same outbox and with the same guarantees as mail (`delivery.outbox`).

Each channel is by itself: one that cannot be used rests, its messages wait, and the others go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from monitor import store
from monitor.delivery.channels import state
from monitor.delivery.channels.state import ChannelState
from monitor.delivery.channels.writer import ChannelWriter
from monitor.delivery.deliver import Delivered, delivered
from monitor.delivery.outbox import BATCH, Outbox
from monitor.links import Links
from monitor.model import ChannelMessage, SendOutcome, Settings
from monitor.ports import Channel, Guard, IsStopping, Unguarded, never
from monitor.store import Database

#: So long may one channel keep the others waiting, beside the message under way; the rest goes out with the next run.
_SHARE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Round:
    """What all channels of one run share."""

    writer: ChannelWriter
    db: Database
    now: datetime
    is_stopping: IsStopping
    guard: Guard
    clock: Callable[[], float]
    started: float


def deliver_to_channels(
    settings: Settings,
    links: Links,
    db: Database,
    channels: Mapping[str, Channel],
    now: datetime,
    *,
    is_stopping: IsStopping = never,
    guard: Guard | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Delivered]:
    """Send what is due, one channel after the other; what became of it by the channels' names.

    Of a channel that is no longer configured the deliveries are cancelled. `Delivered.error` says why a channel took no
    more; nothing is raised for that. `clock` counts seconds.
    """
    with db.read() as tx:
        due = store.deliveries.due_channels(tx, now)
        if not due or store.deliveries.paused_at(tx) is not None:
            return {}
        states = state.read_all(tx)
    works = _Round(ChannelWriter(settings, links, db), db, now, is_stopping, guard or Unguarded(), clock, clock())
    done: dict[str, Delivered] = {}
    for name in due:
        known = states.get(name, ChannelState())
        if is_stopping() or known.is_resting(now):
            continue
        if name not in channels:
            _cancel(db, name, now)
            continue
        work = partial(_send_all, name, channels[name], known, works)
        done[name] = works.guard.attempt(f"channel {name}", work, lambda _: Delivered())
    return done


def _cancel(db: Database, name: str, now: datetime) -> None:
    """Claiming cancels what is due for subscriptions that have ended (see `store.deliveries.claim`)."""
    with db.begin() as tx:
        store.deliveries.release(tx, store.deliveries.claim(tx, now, BATCH, channel=name), now + state.BACK_OFF)
        state.forget(tx, name)


def _send_all(name: str, channel: Channel, known: ChannelState, works: _Round) -> Delivered:
    """Send what is due for one channel until it is done, in trouble, or its share of time is over."""
    began = works.clock()
    now = works.now + timedelta(seconds=began - works.started)

    def is_over() -> bool:
        return works.is_stopping() or works.clock() - began > _SHARE.total_seconds()

    after = known
    with Outbox(works.writer, works.db, now, is_over, works.guard, channel=name, clock=works.clock) as outbox:
        while not (after.rest_until and after is not known) and (message := _next(outbox)):
            number, written = message
            result = channel.send(written)
            if after.error and result.outcome is SendOutcome.DEFERRED:
                # It has taken nothing since the first refusal: then this message is not to blame, and never given up.
                result = replace(result, is_attempt=False)
            after = after.after(result, outbox.at())
            outbox.record_reply(number, result)
        if after is not known and after.rest_until:
            outbox.release_until(after.rest_until - outbox.at())
    if after != known:
        with works.db.begin() as tx:
            state.write(tx, name, after, now)
    return delivered(outbox.outcomes, after.error if after is not known else "")


def _next(outbox: Outbox[ChannelMessage]) -> tuple[int, ChannelMessage] | None:
    """The next message; None when nothing is left. Nothing has to wait: one is under way at a time."""
    found = outbox.next_message()
    return found if isinstance(found, tuple) else None
