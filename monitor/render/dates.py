"""Dates in a reader's language and time zone. Formats are those of Unicode CLDR (Babel).

A digest is rendered once for all readers. Its dates are placeholders (`monitor.render.placeholders`), formatted when
the digest is personalized, so that readers of all languages and time zones share one rendered text.
"""

from __future__ import annotations

import gc
import re
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, localedata, negotiate_locale
from babel.dates import format_skeleton

from monitor.language import speech
from monitor.model import LANGUAGES
from monitor.render.placeholders import DatePlaceholder, placeholder

#: Isolates a right-to-left date, so that it does not reorder the English text around it (UAX #9).
_ISOLATED = "\u2068{}\u2069"
#: Language tags sent by browsers for languages that have another tag in LANGUAGES.
_ALIASES = {"no": "nb", "zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-tw": "zh-Hant", "zh-hk": "zh-Hant"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PRINTED = re.compile(rf"(?:(\d{{1,2}}) )?({'|'.join(_MONTHS)}) (\d{{4}})")
_INSTANT = re.compile(r"\b(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC\b")


class Dates:
    """Formats dates in `language` and instants in the time zone `zone` (else UTC).

    `language` is a tag of LANGUAGES, or one for a region of such a language; for another the dates are English.

    An unknown time zone is no error: it must not stop a mail.
    """

    def __init__(self, language: str = "en", zone: str = "UTC") -> None:
        self._language = next((tag for tag in (language, language.split("-")[0]) if tag in LANGUAGES), "en")
        self._locale = Locale.parse(self._language, sep="-")
        self._zone = _zone(zone)
        self._formatted: dict[DatePlaceholder, str] = {}

    def write(self, when: DatePlaceholder) -> str:
        """ "28 Sep 2018", "Sep 2018" or "23 Nov 2026, 08:00 CET", in the language; cached."""
        known = self._formatted.get(when)
        if known is None:
            known = self._formatted[when] = self._write(when.iso)
        return known

    def day(self, on: date) -> str:
        """A calendar day."""
        return self._format_day(on, "yMMMd")

    def _write(self, iso: str) -> str:
        if len(iso) == len("2018-09"):
            return self._format_day(date.fromisoformat(f"{iso}-01"), "yMMM")
        if len(iso) == len("2018-09-28"):
            return self.day(date.fromisoformat(iso))
        local = datetime.fromisoformat(iso).astimezone(self._zone)
        return f"{self.day(local.date())}, {local:%H:%M} {local.tzname()}"

    def _format_day(self, on: date, skeleton: str) -> str:
        if self._language == "en":  # "28 Sep 2018", not CLDR's "Sep 28, 2018"; and without its data, 5 MB
            month = f"{_MONTHS[on.month - 1]} {on.year}"
            return f"{on.day} {month}" if skeleton == "yMMMd" else month
        text = format_skeleton(skeleton, on, locale=self._locale)
        return _ISOLATED.format(text) if self._locale.text_direction == "rtl" else text


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


#: English, in UTC.
ENGLISH = Dates()


_of_language = lru_cache(maxsize=64)(Dates)


def spoken() -> Dates:
    """Dates in the language that is spoken (see `monitor.language.speech`), in UTC."""
    return _of_language(speech.language())


def written_day(on: date) -> str:
    """A day as the pages write it; of an instant its day in UTC."""
    return spoken().day(on)


def written_instant(at: datetime) -> str:
    """An instant as the pages write it: to the minute, in UTC."""
    return f"{spoken().day(at)}, {at:%H:%M} UTC"


@lru_cache(maxsize=1)
def languages(today: date) -> tuple[tuple[str, str], ...]:
    """The choices of a form, sorted by name: each tag, with the language's own name and `today` as its example."""
    named = []
    for tag in LANGUAGES:
        name = Locale.parse(tag, sep="-").get_display_name() or tag
        named.append((name.casefold(), tag, f"{name[0].upper()}{name[1:]}: {Dates(tag).day(today)}"))
        localedata._cache.clear()  # Babel keeps what it has read, in cycles: 40 MB for all of them
        gc.collect(1)
    return tuple((tag, text) for _, tag, text in sorted(named))


def negotiate_language(accept_language: str) -> str:
    """The first language of an Accept-Language header (RFC 9110, 12.5.4) that is in LANGUAGES, else "en"."""
    wanted = [part.partition(";")[0].strip() for part in accept_language[:200].split(",")]
    return negotiate_locale(wanted, LANGUAGES, sep="-", aliases=_ALIASES) or "en"


# --- placeholders ----------------------------------------------------------------------------------


def day(on: date | None) -> str:
    """The placeholder of a day, "" for None."""
    return placeholder(DatePlaceholder(on.isoformat())) if on else ""


def instant(at: datetime | None) -> str:
    """The placeholder of an instant, to the minute; "" for None."""
    return placeholder(DatePlaceholder(f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}")) if at else ""


def local_day(at: datetime, zone: str) -> str:
    """The placeholder of the calendar day of `at` in `zone`: the same day for every reader."""
    return day(at.astimezone(ZoneInfo(zone)).date())


def printed_date(text: str) -> str:
    """The placeholder of a date as `PartialDate` prints it ("29 Jul 2014", "Jul 2014"); other text is unchanged."""
    found = _PRINTED.fullmatch(text)
    if not found:
        return text
    day_of_month, month, year = found.groups()
    iso = f"{year}-{_MONTHS.index(month) + 1:02d}"
    try:
        on = date.fromisoformat(f"{iso}-{int(day_of_month or 1):02d}")
    except ValueError:  # a publisher's "31 Feb 2014"
        return text
    return day(on) if day_of_month else placeholder(DatePlaceholder(iso))


def with_instants(text: str) -> str:
    """`text` with a placeholder for each "2026-11-23 07:00 UTC", as in our sentences on the state of a search."""
    return _INSTANT.sub(lambda found: placeholder(DatePlaceholder(f"{found[1]}T{found[2]}Z")), text)
