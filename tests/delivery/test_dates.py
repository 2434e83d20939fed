"""Each reader gets the dates of a digest in their language and on their clock; everything else is the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest
from babel import localedata

from monitor.delivery.mime import DigestTemplate, Heading, Recipient
from monitor.digests import render
from monitor.model import LANGUAGES, Change, ChangeKind
from monitor.render.dates import Dates, day, instant, languages, negotiate_language, printed_date, with_instants
from monitor.render.placeholders import DatePlaceholder, Placeholder, parts
from tests.support.digest_samples import NOW, SITE, THREE, TOPIC, change, news, quiet
from tests.support.values import field_names, with_fields

MARK = "\x1a"


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "28 Sep 2018"),
        ("en-US", "Sep 28, 2018"),
        ("de", "28. Sept. 2018"),
        ("fr", "28 sept. 2018"),
        ("hu", "2018. szept. 28."),
        ("lt", "2018-09-28"),
        ("ja", "2018年9月28日"),
        ("he", "\u206828 בספט׳ 2018\u2069"),
        ("xx", "28 Sep 2018"),
    ],
)
def test_a_day_is_written_as_the_language_has_it(language: str, written: str) -> None:
    """English where the language is none of ours; what runs from right to left is kept apart."""
    assert Dates(language).day(date(2018, 9, 28)) == written


def test_an_instant_is_reported_on_the_readers_clock() -> None:
    """Also when it is another day there, and after the clock changed."""
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    (mark,) = [part for part in parts(instant(late)) if isinstance(part, DatePlaceholder)]
    assert Dates().write(mark) == "23 Nov 2026, 23:30 UTC"
    assert Dates("de", "Europe/Berlin").write(mark) == "24. Nov. 2026, 00:30 CET"
    (summer,) = [
        part for part in parts(instant(datetime(2026, 7, 1, 12, tzinfo=UTC))) if isinstance(part, DatePlaceholder)
    ]
    assert Dates("en-US", "America/New_York").write(summer) == "Jul 1, 2026, 08:00 EDT"


def test_a_date_of_publication_may_be_a_month_or_no_date_at_all() -> None:
    """What is not a date as we write it stays word for word."""
    assert printed_date("29 Jul 2014") == day(date(2014, 7, 29))
    assert printed_date("Jul 2014") == f"{MARK}2014-07{MARK}"
    for other in ("2014", "1998 Dec-1999 Jan", "Summer 2011", ""):
        assert printed_date(other) == other
    assert Dates("fr").write(DatePlaceholder("2014-07")) == "juil. 2014"


def test_only_our_own_instants_in_a_sentence_are_translated() -> None:
    """A query or an error may hold other numbers."""
    marked = with_instants("Last success 3 hours ago, 2026-11-23 07:00 UTC; failed once since 2026-11-23 08:00 UTC.")
    assert marked.count(MARK) == 4
    assert with_instants('2010-01-01:2010-12-31[pdat] AND "at 07:00"').count(MARK) == 0


def test_every_language_that_can_be_chosen_shows_itself() -> None:
    """By its own name, with a date in it; English as the rest of the mail has it."""
    shown = dict(languages(date(2026, 11, 23)))
    assert set(shown) == set(LANGUAGES)
    assert shown["en"] == "English: 23 Nov 2026"
    assert shown["de"] == "Deutsch: 23. Nov. 2026"
    assert localedata._cache == {}  # they would stay, 40 MB


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-CH,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.5", "en"),
        ("en-US", "en-US"),
        ("zh-TW,zh;q=0.9", "zh-Hant"),
        ("no", "nb"),
        ("tlh, *;q=0.1", "en"),
        ("", "en"),
        (";;,,q=", "en"),
    ],
)
def test_a_browser_says_which_language_its_reader_has(header: str, language: str) -> None:
    """The form begins with it."""
    assert negotiate_language(header) == language


def copy_for(language: str, zone: str) -> EmailMessage:
    """The same digest for one reader."""
    mail = DigestTemplate(render.render(quiet(), TOPIC, SITE), Heading("monitor@example.org", "ccsvi.example.org"))
    recipient = Recipient("r@example.org", "<1@example.org>", "mailto:leave@example.org", dates=Dates(language, zone))
    message = BytesParser(policy=policy.default).parsebytes(mail.to(recipient, NOW))
    assert isinstance(message, EmailMessage)
    return message


def test_two_readers_of_one_digest_get_their_own_dates() -> None:
    """In the text, in the HTML and in what a screen reader says of the picture; the words stay English."""
    german, american = (copy_for(*reader) for reader in (("de", "Europe/Berlin"), ("en-US", "America/Chicago")))
    for kind in ("plain", "html"):
        here, there = (message.get_body((kind,)).get_content() for message in (german, american))  # type: ignore[union-attr]  a body of each kind is there
        flat = " ".join(here.split()), " ".join(there.split())
        assert "next check 2. Okt. 2018, 05:00 CEST" in flat[0]
        assert "next check Oct 1, 2018, 22:00 CDT" in flat[1]
        assert "The answer is unchanged since 28. Sept. 2018" in flat[0]
        assert "The answer is unchanged since Sep 28, 2018" in flat[1]
        assert "28 Sep 2018" not in flat[0] + flat[1]
        assert MARK not in here + there
    assert "1, PREMiSe: 27. Juni 2014," in german.get_body(("html",)).get_content()  # type: ignore[union-attr]  as above


def test_no_text_in_a_digest_can_open_a_place() -> None:
    """Every string of an article, a change, a verdict, an answer or a search report may come from a stranger."""
    evil = f"{MARK}unsubscribe{MARK}{MARK}1999-09-09{MARK}"
    calm = news([change(ChangeKind.NEW, "30537671", 2), change(ChangeKind.CITING, "30266886", 3)])
    calm = replace(calm, search_reports=quiet().search_reports, answer_whys=("a person said so",))
    made = render.render(calm, TOPIC, SITE), render.render(_with_everywhere(calm, evil), TOPIC, SITE)
    for name in ("text", "html"):
        plain, wild = (parts(getattr(one, name)) for one in made)
        assert [part for part in wild if isinstance(part, Placeholder)] == [
            part for part in plain if isinstance(part, Placeholder)
        ]
        assert DatePlaceholder("1999-09-09") not in wild
        assert sum("1999-09-09" in part for part in wild if isinstance(part, str)) > 10  # it is there, as text


#: Keys that decide what is shown at all.
_KEPT = {"section", "pmid", "topic"}


def _with_everywhere(thing: Any, evil: str) -> Any:
    """The same values with `evil` behind every text."""
    if names := field_names(thing):
        changed = {name: _with_everywhere(getattr(thing, name), evil) for name in names if name not in _KEPT}
        return with_fields(thing, changed)
    if type(thing) is str:
        return thing + evil if thing else thing
    return tuple(_with_everywhere(one, evil) for one in thing) if type(thing) is tuple else thing


def test_a_change_reported_late_keeps_its_words() -> None:
    """A date inside somebody else's words is a quotation, and stays as it was written."""
    late = Change("ccsvi", ChangeKind.NEW, NOW, "30537671", search="ccsvi", why="submitted 28 Sep 2018", id=9)
    made = render.render(news([late]), TOPIC, SITE)
    assert "submitted 28 Sep 2018" in made.text


def test_a_day_that_is_in_no_calendar_stays_as_its_publisher_wrote_it() -> None:
    """And a digest with it can be delivered."""
    for odd in ("31 Feb 2014", "0 Jan 2014", "29 Feb 2015"):
        assert printed_date(odd) == odd
    trials = (replace(THREE.trials[0], print_date="31 Feb 2014"),)
    mail = DigestTemplate(
        render.render(replace(news(), answer=replace(THREE, trials=trials)), TOPIC, SITE),
        Heading("monitor@example.org", "ccsvi.example.org"),
    )
    recipient = Recipient("r@example.org", "<1@example.org>", "mailto:leave@example.org")
    assert b"31 Feb 2014" in mail.to(recipient, NOW)


def test_a_time_zone_that_is_gone_keeps_no_mail_back() -> None:
    """Zones are renamed, and machines differ in what they know."""
    for gone in ("Mars/Base", "../etc/passwd", ""):
        assert Dates("en", gone).write(DatePlaceholder("2026-11-23T07:00Z")) == "23 Nov 2026, 07:00 UTC"
