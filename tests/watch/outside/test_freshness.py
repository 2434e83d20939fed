"""What a digest says of sources besides PubMed that gave no usable answer, and for how long they gave none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.model import FreshnessState, SourceName, SourceState
from monitor.watch.outside.freshness import judge, outages
from tests.support.records import DAY, START

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = START + 7 * DAY
GOOD = SourceState(SourceName.CROSSREF, "ccsvi", NOW, has_baseline=True, last_success_at=NOW - HOUR)


def at(hours: float) -> str:
    """The instant so many hours before NOW, as a sentence has it."""
    return f"{NOW - hours * HOUR:%Y-%m-%d %H:%M} UTC"


def test_a_source_that_answers_is_not_mentioned() -> None:
    """Nor one that fails only from now on."""
    assert list(outages([GOOD, replace(GOOD, first_failure_at=NOW + MINUTE)], START, NOW)) == []


def test_a_source_that_fails_is_told_with_since_when() -> None:
    """Also in the first digest of a reader, which tells nothing of what is over."""
    failing = replace(GOOD, first_failure_at=NOW - 3 * HOUR, failures_in_row=3)
    for since in (START, None):
        assert list(outages([failing], since, NOW)) == [f"Crossref could not be asked since {at(3)}."]


def test_an_answer_in_doubt_is_told_as_one_that_is_held_back() -> None:
    """Since the first of both, where the source fails as well."""
    doubted = replace(GOOD, doubt="it lists none of 3", doubt_since=NOW - 5 * HOUR)
    held_back = "is in doubt; nothing of it is told until it is confirmed."
    assert list(outages([doubted], START, NOW)) == [f"What Crossref answered since {at(5)} {held_back}"]
    earlier = replace(doubted, first_failure_at=NOW - 9 * HOUR)
    assert list(outages([earlier], START, NOW)) == [f"What Crossref answered since {at(9)} {held_back}"]


@pytest.mark.parametrize(
    ("began", "ended", "is_told"),
    [
        (10.0, 4.0, True),
        (10.0, 4.1, False),  # over in less than six hours
        (40.0, 24.0, False),  # it ended with the last digest
        (40.0, 23.9, True),
        (10.0, 0.0, True),
        (10.0, -1.0, False),  # a clock that went wrong
    ],
)
def test_an_outage_that_is_over_is_told_once_if_it_mattered(began: float, ended: float, is_told: bool) -> None:
    """It lasted for six hours, and ended since the last digest, which was a day ago."""
    over = replace(GOOD, outage_from=NOW - began * HOUR, outage_until=NOW - ended * HOUR)
    told = [f"Crossref could not be asked from {at(began)} until {at(ended)}."] if is_told else []
    assert list(outages([over], NOW - DAY, NOW)) == told
    assert list(outages([over], None, NOW)) == []
    assert list(outages([replace(over, outage_until=None)], NOW - DAY, NOW)) == []


def test_a_source_is_judged_as_a_search_is() -> None:
    """Current, overdue, failing, in doubt, never asked."""
    never = SourceState(SourceName.CROSSREF, "ccsvi", NOW)
    for state, found in (
        (GOOD, FreshnessState.CURRENT),
        (replace(GOOD, last_success_at=NOW - 9 * DAY), FreshnessState.STALE),
        (replace(GOOD, doubt="x", doubt_since=NOW - HOUR), FreshnessState.STALE),
        (never, FreshnessState.NEVER),
    ):
        judged = judge(state, DAY, NOW)
        assert (judged.state, judged.topic, judged.search) == (found, "ccsvi", "Crossref")
