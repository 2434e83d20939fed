"""Dates as written in a query: 2009, 2009/05, "2009/05/06", "last 30 days"."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

from monitor.sandbox.corpus.index_keys import MONTHS

_DAY = re.compile(r"^(\d{4})(?:[/\-. ](\w{1,9})(?:[/\-. ](\d{1,2}))?)?$")
_LAST = re.compile(r"^last\s+(\d+)\s+(day|week|month|year)s?$", re.IGNORECASE)
_DAYS_IN = {"day": 1, "week": 7, "month": 30, "year": 365}


def period(text: str, today: date) -> tuple[int, int] | None:
    """First and last day (yyyymmdd) that `text` means, None when it is not a date. `today` ends "last n days"."""
    relative = _LAST.match(text.strip())
    if relative:
        days = int(relative[1]) * _DAYS_IN[relative[2].lower()]
        return number(today - timedelta(days=days)), number(today)
    found = _DAY.match(text.strip())
    if not found:
        return None
    year, month, day = found.groups()
    if month is None:
        return int(year) * 10000 + 101, int(year) * 10000 + 1231
    which = int(month) if month.isdigit() else MONTHS.get(month[:3].lower(), 0)
    if not 1 <= which <= 12:
        return None
    base = int(year) * 10000 + which * 100
    if day is not None:
        return base + int(day), base + int(day)
    return base + 1, base + (monthrange(int(year), which)[1] if int(year) > 0 else 31)


def number(day: date) -> int:
    """`day` as yyyymmdd."""
    return day.year * 10000 + day.month * 100 + day.day


def written(day: int) -> str:
    """yyyymmdd as QueryTranslation writes it: 2009/05/06, and 3000 for the far end."""
    return f"{day // 10000}/{day // 100 % 100:02}/{day % 100:02}"
