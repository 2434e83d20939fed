"""When things are due: frequencies kept across daylight saving, sooner tries after failures."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digests import schedule
from monitor.model import DigestPlan, Frequency, Search, SearchKind
from monitor.watch import schedule as poll_schedule


def utc(text: str) -> datetime:
    """An instant such as "2026-03-29 01:30"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plan(at: str = "07:00", timezone: str = "Europe/Rome", weekday: int = 0, monthday: int = 1) -> DigestPlan:
    """A plan at a local time."""
    return DigestPlan(at=time.fromisoformat(at), timezone=timezone, weekday=weekday, monthday=monthday)


@pytest.mark.parametrize(
    ("frequency", "at", "after", "due_at"),
    [
        # Rome is one hour ahead in winter, two in summer
        (Frequency.DAILY, "07:00", "2026-01-10 05:59", "2026-01-10 06:00"),
        (Frequency.DAILY, "07:00", "2026-01-10 06:00", "2026-01-11 06:00"),
        (Frequency.DAILY, "07:00", "2026-07-10 04:00", "2026-07-10 05:00"),
        (Frequency.WEEKLY, "07:00", "2026-11-23 05:00", "2026-11-23 06:00"),
        (Frequency.WEEKLY, "07:00", "2026-11-23 06:00", "2026-11-30 06:00"),
        (Frequency.MONTHLY, "07:00", "2026-11-23 06:00", "2026-12-01 06:00"),
        (Frequency.MONTHLY, "07:00", "2026-12-01 05:59", "2026-12-01 06:00"),
        (Frequency.MONTHLY, "07:00", "2026-12-01 06:00", "2027-01-01 06:00"),
        # the clock goes from 02:00 to 03:00 on 29 March 2026: 02:30 does not exist and becomes 03:30
        (Frequency.DAILY, "02:30", "2026-03-28 12:00", "2026-03-29 01:30"),
        (Frequency.DAILY, "02:30", "2026-03-29 01:30", "2026-03-30 00:30"),
        # and from 03:00 back to 02:00 on 25 October 2026: 02:30 comes twice and counts once, the first time
        (Frequency.DAILY, "02:30", "2026-10-24 12:00", "2026-10-25 00:30"),
        (Frequency.DAILY, "02:30", "2026-10-25 00:30", "2026-10-26 01:30"),
        # at once means now
        (Frequency.AT_ONCE, "07:00", "2026-01-10 05:59", "2026-01-10 05:59"),
    ],
)
def test_the_next_issue_keeps_the_local_time(frequency: Frequency, at: str, after: str, due_at: str) -> None:
    """Across months, years and both changes of the clock."""
    assert schedule.next_issue(plan(at), frequency, utc(after)) == utc(due_at)


def test_a_day_that_the_month_lacks_is_its_last() -> None:
    """Settings allow 1 to 28 only; the pure function is right for 31 too."""
    assert schedule.next_issue(plan(timezone="UTC", monthday=31), Frequency.MONTHLY, utc("2026-02-01 00:00")) == utc(
        "2026-02-28 07:00"
    )


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001  made aware below
    st.sampled_from(["UTC", "Europe/Rome", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo"]),
    st.sampled_from([Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY]),
    st.times(),
    st.integers(0, 6),
    st.integers(1, 28),
)
def test_issues_follow_each_other_at_the_frequency_and_never_twice_a_day(
    after: datetime, timezone: str, frequency: Frequency, at: time, weekday: int, monthday: int
) -> None:
    """From any instant in any zone: later than asked, on the right local day, one a day at most."""
    wanted = DigestPlan(at=at.replace(second=0, microsecond=0), timezone=timezone, weekday=weekday, monthday=monthday)
    first = schedule.next_issue(wanted, frequency, after.replace(tzinfo=UTC))
    second = schedule.next_issue(wanted, frequency, first)
    local, following = (moment.astimezone(ZoneInfo(timezone)) for moment in (first, second))
    assert first > after.replace(tzinfo=UTC)
    assert first.tzinfo is UTC
    assert following.date() > local.date()
    assert frequency is not Frequency.WEEKLY or local.weekday() == weekday
    assert frequency is not Frequency.MONTHLY or local.day == monthday
    longest = {Frequency.DAILY: 2, Frequency.WEEKLY: 8, Frequency.MONTHLY: 32}[frequency]
    assert second - first < timedelta(days=longest)


def a_search(name: str = "words", every: timedelta = timedelta(hours=10)) -> Search:
    """A search by query."""
    return Search("ccsvi", name, SearchKind.QUERY, every, "ccsvi")


def test_a_search_comes_to_a_place_of_its_own_in_the_interval_and_stays_there() -> None:
    """Wherever its baseline fell: every poll up to a tenth early until it is there, then each after the interval."""
    search, now = a_search(), utc("2026-11-23 00:00")
    for _ in range(100):
        before, now = now, poll_schedule.next_poll(search, now)
        assert search.every * 0.9 < now - before <= search.every
    assert search.every - timedelta(seconds=1) < poll_schedule.next_poll(search, now) - now <= search.every
    elsewhere = utc("2026-12-24 17:00")
    for _ in range(100):
        elsewhere = poll_schedule.next_poll(search, elsewhere)
    apart = (elsewhere - now) % search.every
    assert min(apart, search.every - apart) < timedelta(minutes=1)


def test_a_thousand_searches_of_one_interval_are_spread_over_it() -> None:
    """All had their baseline in one minute. The next day they take a tenth of the day; a month later the whole day."""
    now, day = utc("2026-11-23 00:00"), timedelta(days=1)
    due = dict.fromkeys(range(1000), now)
    busiest = []
    for _ in range(30):
        due = {n: poll_schedule.next_poll(a_search(f"search {n}", day), at) for n, at in due.items()}
        minutes = Counter((at - now) % day // timedelta(minutes=15) for at in due.values())
        busiest.append(max(minutes.values()))
    assert busiest[0] < 2 * 1_000 / 9.6
    assert busiest[-1] < 2.5 * 1_000 / 96


def test_after_failures_the_next_try_comes_sooner_and_backs_off_to_the_interval() -> None:
    """5, 10, 20, 40 … minutes, and up to a tenth more; never longer than that however long it lasts."""
    now, search = utc("2026-11-23 00:00"), a_search(every=timedelta(hours=12))
    waits = [poll_schedule.next_poll(search, now, failures) - now for failures in (1, 2, 3, 4, 8, 9, 50, 10_000)]
    for minutes, wait in zip((5, 10, 20, 40, 640, 720, 720, 720), waits, strict=True):
        assert timedelta(minutes=minutes) <= wait < timedelta(minutes=minutes * 1.1)


@pytest.mark.parametrize(
    ("zone", "arrives", "arrives_late"),
    [
        ("Europe/Rome", "06:00", "09:30"),  # the plan's own zone: as soon as it is composed
        ("Europe/Paris", "06:00", "09:30"),  # the same clock: no later than in the plan's own zone
        ("Europe/London", "07:00", "09:30"),  # an hour later; late, that hour has come meanwhile
        ("America/Sao_Paulo", "10:00", "10:00"),  # that hour is still to come
        ("America/New_York", "12:00", "12:00"),  # 01:00 there: this morning
        ("Europe/Helsinki", "06:00", "09:30"),  # 08:00 there: just passed
        ("Asia/Tokyo", "22:00", "22:00"),  # 15:00 there: the next morning
        ("Mars/Base", "06:00", "09:30"),  # nobody knows: at once
    ],
)
def test_a_digest_arrives_at_the_readers_own_hour(zone: str, arrives: str, arrives_late: str) -> None:
    """Due at 07:00 in Rome; composed then, or three and a half hours late."""
    due_at, late = utc("2026-11-23 06:00"), utc("2026-11-23 09:30")
    assert schedule.arrival(plan(), zone, due_at, due_at) == utc(f"2026-11-23 {arrives}")
    assert schedule.arrival(plan(), zone, due_at, late) == utc(f"2026-11-23 {arrives_late}")


@pytest.mark.parametrize(
    ("at", "own", "zone", "due_at", "now", "arrives"),
    [
        # New York is on summer time from 8 March 2026, Rome from 29 March: five hours apart, then six
        ("07:00", "Europe/Rome", "America/New_York", "2026-03-09 06:00", "2026-03-09 06:00", "2026-03-09 11:00"),
        ("07:00", "Europe/Rome", "America/New_York", "2026-03-29 05:00", "2026-03-29 05:00", "2026-03-29 11:00"),
        ("07:00", "Europe/Rome", "America/New_York", "2026-03-29 05:00", "2026-03-29 10:59", "2026-03-29 11:00"),
        ("07:00", "Europe/Rome", "America/New_York", "2026-03-29 05:00", "2026-03-29 11:01", "2026-03-29 11:01"),
        # on 29 March 02:30 does not exist in Rome and is 03:30, 01:30 UTC
        ("02:30", "Asia/Riyadh", "Europe/Rome", "2026-03-28 23:30", "2026-03-28 23:30", "2026-03-29 01:30"),
        ("02:30", "Asia/Riyadh", "Europe/Rome", "2026-03-28 23:30", "2026-03-29 01:00", "2026-03-29 01:30"),
        ("02:30", "UTC", "Europe/Rome", "2026-03-29 02:30", "2026-03-29 02:30", "2026-03-29 02:30"),
        # on 25 October 02:30 comes twice in Rome, at 00:30 and 01:30 UTC: the first counts
        ("02:30", "Asia/Riyadh", "Europe/Rome", "2026-10-24 23:30", "2026-10-24 23:30", "2026-10-25 00:30"),
        ("02:30", "Asia/Riyadh", "Europe/Rome", "2026-10-24 23:30", "2026-10-25 00:45", "2026-10-25 00:45"),
        # a clock that goes forward by half an hour, on 4 October: 02:00 is 02:30
        ("02:00", "Asia/Tokyo", "Australia/Lord_Howe", "2026-10-03 17:00", "2026-10-03 17:20", "2026-10-03 17:20"),
    ],
)
def test_the_readers_hour_is_kept_when_clocks_change(
    at: str, own: str, zone: str, due_at: str, now: str, arrives: str
) -> None:
    """On time or late, on the days on which one clock goes forward or back and the other does not."""
    assert schedule.arrival(plan(at, own), zone, utc(due_at), utc(now)) == utc(arrives)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001  made aware below
    st.timedeltas(timedelta(), timedelta(days=3)),
    st.sampled_from(["UTC", "Europe/Rome", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo"]),
    st.sampled_from(["Europe/Paris", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"]),
    st.times(),
)
def test_a_late_digest_keeps_nobody_waiting_longer_than_one_in_time(
    after: datetime, late: timedelta, own: str, zone: str, at: time
) -> None:
    """Whose hour came meanwhile gets it at once; nobody ever waits a day for it."""
    wanted = plan(at.replace(second=0, microsecond=0).isoformat(), own)
    due_at = schedule.next_issue(wanted, Frequency.DAILY, after.replace(tzinfo=UTC))
    in_time = schedule.arrival(wanted, zone, due_at, due_at)
    assert due_at <= in_time < due_at + timedelta(days=1)
    assert schedule.arrival(wanted, zone, due_at, due_at + late) == max(due_at + late, in_time)


def test_an_hour_that_passed_up_to_two_hours_ago_is_now() -> None:
    """A moment earlier it is tomorrow's."""
    due_at = now = utc("2026-01-10 06:00")
    assert schedule.arrival(plan("08:00"), "Europe/Helsinki", due_at, now) == now
    assert schedule.arrival(plan("07:00"), "Asia/Kuwait", due_at, now) == now
    assert schedule.arrival(plan("06:59"), "Asia/Kuwait", due_at, now) == utc("2026-01-11 03:59")
