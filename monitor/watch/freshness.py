"""How current a search is: current, stale, broken or never polled, so that silence never means two things. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model import Freshness, FreshnessState, SearchState
from monitor.model.instants import is_future

#: Failures in a row after which a search counts as broken, whatever its interval.
BROKEN_AFTER_FAILURES = 5

#: A search is stale when its last success is older than this many of its intervals, or its last answer is doubted.
STALE_AFTER_INTERVALS = 2


def judge(state: SearchState, every: timedelta, now: datetime) -> Freshness:
    """How current one search is at `now`, with how long ago its last success was; `every` is its interval."""
    ago = f"{in_words(now - state.last_success_at)} ago, " if state.last_success_at else ""
    return _unknown(state, now) or _judged(state, _state(state, every, now), ago)


def judge_for_mail(state: SearchState, every: timedelta, now: datetime) -> Freshness:
    """The same, but its sentence has only instants (UTC): a mail may be read long after it was written."""
    return _unknown(state, now) or _judged(state, _state(state, every, now), "")


def _unknown(state: SearchState, now: datetime) -> Freshness | None:
    """For a last success that is dated later than now: a clock was wrong, so that nobody knows when it was."""
    at = state.last_success_at
    if at is None or not is_future(at, now):
        return None
    sentence = f"Last success unknown: it is dated {_instant(at)}, which is later than now."
    return Freshness(state.topic, state.name, FreshnessState.STALE, sentence)


def _judged(state: SearchState, verdict: FreshnessState, ago: str) -> Freshness:
    sentence = _sentence(state, verdict, ago)
    return Freshness(state.topic, state.name, verdict, sentence, state.last_success_at, state.doubt, state.doubt_since)


def _state(state: SearchState, every: timedelta, now: datetime) -> FreshnessState:
    if state.failures_in_row >= BROKEN_AFTER_FAILURES:
        return FreshnessState.BROKEN
    if state.last_success_at is None:
        return FreshnessState.NEVER
    is_late = now - state.last_success_at > every * STALE_AFTER_INTERVALS
    return FreshnessState.STALE if is_late or state.doubt else FreshnessState.CURRENT


def _sentence(state: SearchState, verdict: FreshnessState, ago: str) -> str:
    if state.last_success_at is None:
        tried = f"tried {_times(state.failures_in_row)} without success" if state.failures_in_row else "not yet polled"
        return f"Never answered so far; {tried}."
    success = f"Last success {ago}{_instant(state.last_success_at)}"
    if state.doubt and state.doubt_since:
        success += f"; in doubt since {_instant(state.doubt_since)}: {state.doubt}"
    if state.failures_in_row:
        since = f" since {_instant(state.first_failure_at)}" if state.first_failure_at else ""
        return f"{success}; failed {_times(state.failures_in_row)}{since}."
    return f"{success}; overdue." if verdict is FreshnessState.STALE and not state.doubt else f"{success}."


def in_words(span: timedelta) -> str:
    """A span in its largest unit, rounded down: "3 days", "5 hours", "12 minutes", "moments"."""
    minutes = int(span.total_seconds() // 60)
    for size, unit in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            return f"{minutes // size} {unit}{'s' if minutes // size > 1 else ''}"
    return "moments"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
