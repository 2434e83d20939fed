"""How current what a source besides PubMed told is, and when it gave no usable answer, as sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from monitor.language.messages import INSTANT, message
from monitor.model import Freshness, SearchState, SourceState
from monitor.watch import freshness

#: An outage that has ended is told to readers when it lasted this long; a shorter one was over before it mattered.
TOLD_AFTER = timedelta(hours=6)

_OUTAGE = "outage of a source"
_FAILS = message(_OUTAGE, "%(source)s could not be asked since %(first)s.", first=INSTANT)
_FAILED = message(_OUTAGE, "%(source)s could not be asked from %(first)s until %(last)s.", first=INSTANT, last=INSTANT)
_DOUBTED = message(
    _OUTAGE,
    "What %(source)s answered since %(first)s is in doubt; nothing of it is told until it is confirmed.",
    first=INSTANT,
)


def judge(state: SourceState, every: timedelta, now: datetime) -> Freshness:
    """How current a source is for a topic at `now`, as a search is; `every` is its interval."""
    return freshness.judge(_as_search(state), every, now)


def outages(states: Iterable[SourceState], since: datetime | None, now: datetime) -> Iterator[str]:
    """A sentence for each source that gives no usable answer now, or gave none for a while since the last digest."""
    for state in states:
        name, began = state.source.label, state.unusable_since
        if began and began <= now:
            yield (_DOUBTED if state.doubt else _FAILS)(source=name, first=_instant(began))
        elif since and _is_told(state, since, now):
            yield _FAILED(source=name, first=_instant(state.outage_from), last=_instant(state.outage_until))


def _is_told(state: SourceState, since: datetime, now: datetime) -> bool:
    """Did an outage that mattered end since the last digest?"""
    first, last = state.outage_from, state.outage_until
    return first is not None and last is not None and since < last <= now and last - first >= TOLD_AFTER


def _as_search(state: SourceState) -> SearchState:
    return SearchState(
        state.topic,
        state.source.label,
        state.due_at,
        last_success_at=state.last_success_at,
        failures_in_row=state.failures_in_row,
        first_failure_at=state.first_failure_at,
        last_error=state.last_error,
        has_baseline=state.has_baseline,
        doubt=state.doubt,
        doubt_since=state.doubt_since,
    )


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""
