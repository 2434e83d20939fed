"""Dates of PubMed records: exact, by month, by season, or free text."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache

from lxml import etree

from monitor.model import PartialDate
from monitor.sources.pubmed.records.text import normalize_space

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(_NAMES, start=1)}

# "1998 Dec-1999 Jan", "2007 Mar-Apr", "1998 Dec 25-31", "2000 Spring", "Fall 1976": the year may stand anywhere,
# a month and a day count only right behind it.
_WORDS = re.compile(
    r"(?<!\d)(?P<year>1[5-9]\d\d|20\d\d)(?!\d)"
    r"(?:\s+(?P<month>[A-Za-z]{3})[a-z]*\.?(?:\s+(?P<day>\d{1,2})(?!\d))?)?",
    re.ASCII,
)


def partial(element: etree._Element | None) -> PartialDate:
    """PubDate, ArticleDate, BeginningDate and the like: Year[, Month[, Day]] | Year, Season | MedlineDate."""
    if element is None:
        return PartialDate()
    text = {child.tag: child.text or "" for child in element}.get
    words = text("MedlineDate")
    if words is not None:
        return from_text(normalize_space(words))
    season = normalize_space(text("Season"))
    if season:
        return from_text(f"{normalize_space(text('Year'))} {season}".strip())
    return from_parts(text("Year", ""), text("Month", ""), text("Day", ""))


@lru_cache(maxsize=4096)
def from_parts(year: str, month: str, day: str) -> PartialDate:
    """A date from the text of its parts; what is not a calendar date is kept as text only."""
    year, month, day = normalize_space(year), normalize_space(month), normalize_space(day)
    text = " ".join(part for part in (year, month, day) if part)
    years = _number(year, 1, 9999)
    months = _number(month, 1, 12) or MONTHS.get(month[:3].lower())
    days = _number(day, 1, 31)
    if not years or (month and not months) or (day and not days):
        return from_text(text)
    if months and days and not _day(years, months, days):
        return PartialDate(years, months, None, text)
    return PartialDate(years, months, days if months else None)


@lru_cache(maxsize=4096)
def from_text(text: str) -> PartialDate:
    """A date in free text, with the first year, month and day found in it."""
    match = _WORDS.search(text)
    if not match:
        return PartialDate(text=text)
    year = int(match["year"])
    month = MONTHS.get((match["month"] or "").lower())
    day = int(match["day"]) if month and match["day"] else None
    exact = bool(month and day and _day(year, month, day))
    return PartialDate(year, month, day if exact else None, text)


def day(element: etree._Element | None) -> date | None:
    """The calendar day of a DateCompleted or DateRevised element; None when it is missing or not exact."""
    found = partial(element)
    return _day(found.year, found.month, found.day) if found.year and found.month and found.day else None


def instant(element: etree._Element) -> datetime | None:
    """The instant of a PubMedPubDate element; NCBI states no time zone, UTC is assumed."""
    text = {child.tag: child.text for child in element}.get
    exact = _exact(text("Year"), text("Month"), text("Day"), text("Hour"), text("Minute"))
    if exact is None and (found := day(element)):
        return datetime(found.year, found.month, found.day, tzinfo=UTC)
    return exact


@lru_cache(maxsize=4096)
def _exact(
    year: str | None, month: str | None, day: str | None, hour: str | None, minute: str | None
) -> datetime | None:
    """The instant of these numbers; None when they are not the numbers of one."""
    try:
        return datetime(int(year or 0), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _number(text: str, low: int, high: int) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        return None
    return int(text) if low <= int(text) <= high else None
