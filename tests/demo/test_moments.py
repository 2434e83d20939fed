"""The moments of the replay: frequent enough that nothing is late, few enough to be quick."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

from monitor.demo import corpus, outside
from monitor.demo.moments import PROMPT, Outage, moments

OUTAGE = Outage(date(2015, 5, 11), date(2015, 5, 14))
START, UNTIL = date(2009, 1, 1), date(2026, 11, 23)


def days() -> list[date]:
    """The days of all moments."""
    return [moment.at.date() for moment in moments(corpus.entries(), START, UNTIL, OUTAGE)]


def test_there_is_a_look_on_every_day_on_which_a_record_appears() -> None:
    """No report is seen later than on its day."""
    moment_done = set(days())
    assert all(not START <= entry.created_on <= UNTIL or entry.created_on in moment_done for entry in corpus.entries())


def test_the_weekly_digest_of_a_happening_is_composed_on_its_monday() -> None:
    """There is a moment on the Monday that follows each new record."""
    moment_done = set(days())
    for entry in corpus.entries():
        monday = entry.created_on + timedelta(days=-entry.created_on.weekday() % 7)
        assert not START <= monday <= UNTIL or monday in moment_done


def test_each_day_of_the_outage_is_tried_and_the_day_after() -> None:
    """PubMed cannot be reached on four days and responds on the fifth."""
    moment_done = set(days())
    assert {OUTAGE.first + timedelta(days=n) for n in range(5)} <= moment_done


def test_looks_are_in_order_and_end_today() -> None:
    """From the first day to the last, each once, never more than a quarter apart."""
    moment_done = days()
    assert moment_done[0] == START
    assert moment_done[-1] == UNTIL
    assert all(timedelta(0) < later - day <= timedelta(days=100) for day, later in itertools.pairwise(moment_done))


def test_what_a_registry_shows_is_seen_on_its_day_and_told_on_its_monday() -> None:
    """Its day has a moment, and the Monday after; an index may wait for the next one, and is not forgotten."""
    shows = outside.shows(outside.facts("ccsvi"))
    found = moments(corpus.entries(), START, UNTIL, OUTAGE, shows)
    asked = {(moment.at.date(), name) for moment in found for name in moment.asks}
    moment_done = {moment.at.date() for moment in found}
    for name in PROMPT:
        for day in shows.get(name, ()):
            assert (day, name) in asked
            assert day + timedelta(days=-day.weekday() % 7) in moment_done
    for name, all_days in shows.items():
        last = max((day for day in all_days if day <= UNTIL), default=START)
        assert last == START or max(day for day, asked_name in asked if asked_name == name) >= last
