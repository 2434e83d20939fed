"""When a digest is due, and when each subscriber gets it. Pure: takes the time, returns instants in UTC."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.model import DigestPlan, DigestSchedule, Frequency
from monitor.resources import time_zones

#: A subscriber whose local hour passed no longer than this before the digest was due gets it now, not a day later.
LOCAL_HOUR_GRACE = timedelta(hours=2)
#: Ticks come a little early or late; a quiet digest must not wait a whole period longer because of that.
_SLACK = timedelta(hours=1)


def next_issue(plan: DigestPlan, frequency: Frequency, after: datetime) -> datetime:
    """The next instant strictly after `after` at which a digest of `frequency` is due.

    `at_once` is always due: `after` itself. The plan's local time is the same before and after a
    daylight-saving change. A local time that the change skips is moved on by the change (02:30
    becomes 03:30); of one that occurs twice the first counts.
    """
    if frequency is Frequency.AT_ONCE:
        return after
    zone = ZoneInfo(plan.timezone)
    day = after.astimezone(zone).date()
    while True:
        day = _day_on_or_after(plan, frequency, day)
        due_at = _instant(day, plan, zone)
        if due_at > after:
            return due_at
        day += timedelta(days=1)


def arrival(plan: DigestPlan, zone: str, due_at: datetime, now: datetime) -> datetime:
    """When a digest that was due at `due_at` and is composed `now` is to be sent to a subscriber in `zone`.

    At the plan's hour in `zone`. At `now` when that hour has come since `due_at` or passed up to LOCAL_HOUR_GRACE
    before it, when `zone` is the plan's own, and when it is unknown or "". So a digest that is composed late is
    later for nobody than for subscribers in the plan's own zone.
    """
    if zone == plan.timezone or zone not in time_zones():
        return now
    there = ZoneInfo(zone)
    day = due_at.astimezone(there).date()
    instants = (_instant(day + timedelta(days=days), plan, there) for days in (-1, 0, 1))
    return max(now, min(at for at in instants if at >= due_at - LOCAL_HOUR_GRACE))


def is_quiet_due(plan: DigestPlan, found: DigestSchedule, now: datetime) -> bool:
    """Has no digest of this frequency gone out for as long as the plan allows?

    A `quiet_every` of zero means "whenever a digest is due"; "at once" is due every minute, so there zero means never.
    """
    every, silent = plan.quiet_every, now - (found.last_sent_at or found.started_at)
    if every is None:
        return False
    if found.frequency is Frequency.AT_ONCE:
        return bool(every) and silent >= every
    return silent >= every - _SLACK


def _day_on_or_after(plan: DigestPlan, frequency: Frequency, day: date) -> date:
    """The first day from `day` on at which the frequency is due; a month shorter than `monthday` uses its last day."""
    if frequency is Frequency.WEEKLY:
        return day + timedelta(days=(plan.weekday - day.weekday()) % 7)
    if frequency is Frequency.MONTHLY:
        this_month = _month_day(day.year, day.month, plan.monthday)
        following = (day.year + day.month // 12, day.month % 12 + 1)
        return this_month if this_month >= day else _month_day(*following, plan.monthday)
    return day


def _month_day(year: int, month: int, monthday: int) -> date:
    return date(year, month, min(monthday, calendar.monthrange(year, month)[1]))


def _instant(day: date, plan: DigestPlan, zone: ZoneInfo) -> datetime:
    """`plan.at` on `day` as UTC. With fold=0 zoneinfo moves on a skipped local time and takes a repeated one first."""
    return datetime.combine(day, plan.at, tzinfo=zone).astimezone(UTC)
