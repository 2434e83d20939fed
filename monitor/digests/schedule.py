"""When a thing is due. Pure: the caller passes the time, the answer is an instant in UTC."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.model import DigestPlan, Frequency
from monitor.resources import time_zones

#: A reader whose hour had passed by so little when a digest was due gets it at once, not a day later.
PUNCTUAL = timedelta(hours=2)


def next_issue(plan: DigestPlan, frequency: Frequency, after: datetime) -> datetime:
    """The next instant strictly after `after` at which a digest of `frequency` is due.

    `at_once` is due at once: `after` itself. The local time of the plan is kept across
    daylight-saving changes: an hour that does not exist is read as the same wall time before the
    jump (02:30 becomes 03:30), an hour that comes twice counts once, the first time.
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
    """When a digest that was due at `due_at` and is composed `now` should reach a reader in `zone`.

    At the plan's hour on their clock; at once where it has come since, or had passed up to PUNCTUAL before, in the
    plan's own zone, and where nobody knows the zone. So a late digest is late for nobody by more than for that zone.
    """
    if zone == plan.timezone or zone not in time_zones():
        return now
    there = ZoneInfo(zone)
    day = due_at.astimezone(there).date()
    instants = (_instant(day + timedelta(days=days), plan, there) for days in (-1, 0, 1))
    return max(now, min(at for at in instants if at >= due_at - PUNCTUAL))


def _day_on_or_after(plan: DigestPlan, frequency: Frequency, day: date) -> date:
    """The first day from `day` on that the frequency names; a month shorter than `monthday` uses its last day."""
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
    """`plan.at` on `day` as UTC. With fold=0 zoneinfo moves a missing hour on and takes the first of a repeated one."""
    return datetime.combine(day, plan.at, tzinfo=zone).astimezone(UTC)
