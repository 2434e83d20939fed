"""What a channel last showed: until when it is left alone, and why it cannot be used. Kept in the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from monitor import store
from monitor.model import SendOutcome, SendResult
from monitor.model.values.backoff import back_off
from monitor.store import Tx

#: How long a channel in trouble is left alone, at first and at most, when it does not say how long itself.
BACK_OFF, LONGEST_BACK_OFF = timedelta(minutes=5), timedelta(minutes=15)
_PREFIX = "channel "
_TIMES = ("rest_until", "since", "last_sent_at")


@dataclass(frozen=True, slots=True)
class ChannelState:
    """`error` is why it took no message the last time, "" when it did, since `since` and `tries` times in a row."""

    rest_until: datetime | None = None
    error: str = ""
    since: datetime | None = None
    last_sent_at: datetime | None = None
    tries: int = 0

    def is_resting(self, now: datetime) -> bool:
        """Is it left alone for now? A date beyond every wait, of a clock that was wrong, means no."""
        return self.rest_until is not None and now < self.rest_until <= now + timedelta(days=1)

    def after(self, result: SendResult, at: datetime) -> ChannelState:
        """The state after one message."""
        if result.outcome is SendOutcome.SENT:
            return ChannelState(last_sent_at=at)
        tries = self.tries + 1
        wait = result.retry_after or back_off(BACK_OFF, tries, LONGEST_BACK_OFF)
        rest_until = None if result.outcome is SendOutcome.FAILED else at + wait
        return ChannelState(rest_until, result.text, self.since or at, self.last_sent_at, tries)


def read_all(tx: Tx) -> Mapping[str, ChannelState]:
    """The states by the channels' names."""
    kept = store.meta.starting_with(tx, _PREFIX)
    return {name.removeprefix(_PREFIX): _state(json.loads(text)) for name, text in kept.items()}


def write(tx: Tx, name: str, state: ChannelState, now: datetime) -> None:
    """Keep the state of a channel."""
    store.meta.put(tx, _PREFIX + name, json.dumps(asdict(state), default=datetime.isoformat), now)


def forget(tx: Tx, name: str) -> None:
    """It is no longer configured."""
    store.meta.remove(tx, _PREFIX + name)


def _state(values: dict[str, Any]) -> ChannelState:
    times = {name: values[name] and datetime.fromisoformat(values[name]) for name in _TIMES}
    return ChannelState(**{**values, **times})
