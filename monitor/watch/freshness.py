"""How current a search is: current, stale, broken or never polled, so that silence never means two things. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.language.messages import INSTANT, message, plural
from monitor.model import Freshness, FreshnessState, SearchState
from monitor.model.values.instants import is_future

#: Failures in a row after which a search counts as broken, whatever its interval.
BROKEN_AFTER_FAILURES = 5

#: A search is stale when its last success is older than this many of its intervals, or its last answer is doubted.
STALE_AFTER_INTERVALS = 2

_STATE, _SUCCESS, _SPAN, _OFTEN = "state of a search", "last success of a search", "length of time", "how often"
_DAYS = plural(_SPAN, "%(count)s day", "%(count)s days")
_HOURS = plural(_SPAN, "%(count)s hour", "%(count)s hours")
_MINUTES = plural(_SPAN, "%(count)s minute", "%(count)s minutes")
_MOMENTS = message(_SPAN, "moments")
_TIMES = plural(_OFTEN, "once", "%(count)s times")
_UNKNOWN = message(_STATE, "Last success unknown: it is dated %(instant)s, which is later than now.", instant=INSTANT)
_NEVER_POLLED = message(_STATE, "Never answered so far; not yet polled.")
_NEVER_TRIED = message(_STATE, "Never answered so far; tried %(times)s without success.", times=_OFTEN)
_CURRENT = message(_STATE, "%(success)s.", success=_SUCCESS)
_OVERDUE = message(_STATE, "%(success)s; overdue.", success=_SUCCESS)
_FAILED = message(_STATE, "%(success)s; failed %(times)s.", success=_SUCCESS, times=_OFTEN)
_FAILED_SINCE = message(
    _STATE, "%(success)s; failed %(times)s since %(instant)s.", success=_SUCCESS, times=_OFTEN, instant=INSTANT
)
_LAST_SUCCESS = message(_SUCCESS, "Last success %(instant)s", instant=INSTANT)
_LAST_SUCCESS_AGO = message(_SUCCESS, "Last success %(ago)s ago, %(instant)s", ago=_SPAN, instant=INSTANT)
_DOUBTED = message(
    _SUCCESS,
    "%(success)s; in doubt since %(instant)s: %(doubt)s",
    success=_SUCCESS,
    doubt="doubt about a search",
    instant=INSTANT,
)


def judge(state: SearchState, every: timedelta, now: datetime) -> Freshness:
    """How current one search is at `now`, with how long ago its last success was; `every` is its interval."""
    ago = in_words(now - state.last_success_at) if state.last_success_at else ""
    return _unknown(state, now) or _judged(state, _state(state, every, now), ago)


def judge_for_mail(state: SearchState, every: timedelta, now: datetime) -> Freshness:
    """The same, but its sentence has only instants (UTC): a mail may be read long after it was written."""
    return _unknown(state, now) or _judged(state, _state(state, every, now), "")


def _unknown(state: SearchState, now: datetime) -> Freshness | None:
    """For a last success that is dated later than now: a clock was wrong, so that nobody knows when it was."""
    at = state.last_success_at
    if at is None or not is_future(at, now):
        return None
    sentence = _UNKNOWN(instant=_instant(at))
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
    times = {"times": _times(state.failures_in_row)}
    if state.last_success_at is None:
        return _NEVER_TRIED(**times) if state.failures_in_row else _NEVER_POLLED()
    facts = {"success": _success(state, ago)}
    if state.failures_in_row and state.first_failure_at:
        return _FAILED_SINCE(**facts, **times, instant=_instant(state.first_failure_at))
    if state.failures_in_row:
        return _FAILED(**facts, **times)
    return (_OVERDUE if verdict is FreshnessState.STALE and not state.doubt else _CURRENT)(**facts)


def _success(state: SearchState, ago: str) -> str:
    """When the search last succeeded, and since when that answer is doubted."""
    instant = _instant(state.last_success_at) if state.last_success_at else ""
    success = _LAST_SUCCESS_AGO(ago=ago, instant=instant) if ago else _LAST_SUCCESS(instant=instant)
    if not (state.doubt and state.doubt_since):
        return success
    return _DOUBTED(success=success, instant=_instant(state.doubt_since), doubt=state.doubt)


def in_words(span: timedelta) -> str:
    """A span in its largest unit, rounded down: "3 days", "5 hours", "12 minutes", "moments"."""
    minutes = int(span.total_seconds() // 60)
    for size, unit in ((24 * 60, _DAYS), (60, _HOURS), (1, _MINUTES)):
        if minutes >= size:
            return unit(minutes // size, count=str(minutes // size))
    return _MOMENTS()


def _times(number: int) -> str:
    return _TIMES(number, count=str(number))


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
