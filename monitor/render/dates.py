"""Dates in a reader's language and on their clock. The sole importer of Babel, which knows Unicode's CLDR.

A digest is rendered once for all readers. Its dates stay open as marks (`monitor.render.placeholders`) and are written
when a copy is addressed, so a thousand readers in thirty languages still share one text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, negotiate_locale
from babel.dates import format_date, format_skeleton

from monitor.model import LANGUAGES
from monitor.render.placeholders import When, mark

#: Plain English ("28 Sep 2018"): what digests, pages and commands write where nobody chose.
_OURS = {"yMMMd": "d MMM y", "yMMM": "MMM y"}
#: Keeps a date written from right to left from turning the English around it (Unicode Annex 9: isolates).
_ISOLATED = "\u2068{}\u2069"
#: What browsers say for languages that are named otherwise here.
_ALIASES = {"no": "nb", "zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-tw": "zh-Hant", "zh-hk": "zh-Hant"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PRINTED = re.compile(rf"(?:(\d{{1,2}}) )?({'|'.join(_MONTHS)}) (\d{{4}})")
_INSTANT = re.compile(r"\b(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC\b")


class Dates:
    """Writes dates in `language` (a tag of LANGUAGES, else English), instants on the clock of `zone` (else of UTC).

    A zone that this machine does not know (any more) must keep no mail back.
    """

    def __init__(self, language: str = "en", zone: str = "UTC") -> None:
        self._language = language if language in LANGUAGES else "en"
        self._locale = Locale.parse(self._language, sep="-")
        self._zone = _zone(zone)
        self._written: dict[When, str] = {}

    def write(self, when: When) -> str:
        """ "28 Sep 2018", "Sep 2018" or "23 Nov 2026, 08:00 CET", as the language has it; each is made once."""
        known = self._written.get(when)
        if known is None:
            known = self._written[when] = self._write(when.iso)
        return known

    def day(self, on: date) -> str:
        """A calendar day."""
        return self._in_words(on, "yMMMd")

    def _write(self, iso: str) -> str:
        if len(iso) == len("2018-09"):
            return self._in_words(date.fromisoformat(f"{iso}-01"), "yMMM")
        if len(iso) == len("2018-09-28"):
            return self.day(date.fromisoformat(iso))
        local = datetime.fromisoformat(iso).astimezone(self._zone)
        return f"{self.day(local.date())}, {local:%H:%M} {local.tzname()}"

    def _in_words(self, on: date, skeleton: str) -> str:
        if self._language == "en":
            return format_date(on, _OURS[skeleton], locale=self._locale)
        written = format_skeleton(skeleton, on, locale=self._locale)
        return _ISOLATED.format(written) if self._locale.text_direction == "rtl" else written


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


#: English and UTC.
PLAIN = Dates()


def languages(today: date) -> Iterator[tuple[str, str]]:
    """What can be chosen: each tag, and its name in its own words with `today` as it writes it; by name."""
    named = {tag: Locale.parse(tag, sep="-").get_display_name() or tag for tag in LANGUAGES}
    for tag, name in sorted(named.items(), key=lambda entry: entry[1].casefold()):
        yield tag, f"{name[0].upper()}{name[1:]}: {Dates(tag).day(today)}"


def negotiated(accept_language: str) -> str:
    """The language of LANGUAGES that an Accept-Language header asks for first, "en" for none."""
    wanted = [part.partition(";")[0].strip() for part in accept_language[:200].split(",")]
    return negotiate_locale(wanted, LANGUAGES, sep="-", aliases=_ALIASES) or "en"


# --- marks -----------------------------------------------------------------------------------------


def day(on: date | None) -> str:
    """The mark of a day, "" for None."""
    return mark(When(on.isoformat())) if on else ""


def instant(at: datetime | None) -> str:
    """The mark of an instant, to the minute; "" for None."""
    return mark(When(f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}")) if at else ""


def local_day(at: datetime, zone: str) -> str:
    """The mark of the calendar day of an instant in `zone`: the same day for every reader."""
    return day(at.astimezone(ZoneInfo(zone)).date())


def printed(text: str) -> str:
    """The mark of a date as `PartialDate` writes it ("29 Jul 2014", "Jul 2014"); any other text is left as it is."""
    found = _PRINTED.fullmatch(text)
    if not found:
        return text
    day_of_month, month, year = found.groups()
    iso = f"{year}-{_MONTHS.index(month) + 1:02d}"
    try:
        on = date.fromisoformat(f"{iso}-{int(day_of_month or 1):02d}")
    except ValueError:  # a publisher's "31 Feb 2014" is in no calendar
        return text
    return day(on) if day_of_month else mark(When(iso))


def with_instants(text: str) -> str:
    """`text` with each "2026-11-23 07:00 UTC" in it marked: our own sentences on how searches go are full of them."""
    return _INSTANT.sub(lambda found: mark(When(f"{found[1]}T{found[2]}Z")), text)
