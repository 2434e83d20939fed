"""Silence never means two things."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.model import SearchState
from monitor.watch import freshness
from tests.support.records import DAY, START

WORKING = SearchState("ccsvi", "veins", due_at=START, last_success_at=START, has_baseline=True)


@pytest.mark.parametrize(
    ("state", "later", "expected", "words"),
    [
        (WORKING, timedelta(hours=5), "current", "Last success 5 hours ago, 2020-01-06 06:00 UTC."),
        (WORKING, 2 * DAY, "current", "Last success 2 days ago, 2020-01-06 06:00 UTC."),
        (WORKING, 2 * DAY + timedelta(seconds=1), "stale", "Last success 2 days ago, 2020-01-06 06:00 UTC; overdue."),
        (replace(WORKING, failures_in_row=4), DAY, "current", "failed 4 times."),
        (WORKING, 3 * DAY, "stale", "Last success 3 days ago, 2020-01-06 06:00 UTC; overdue."),
        (
            replace(WORKING, failures_in_row=2, first_failure_at=START + DAY),
            timedelta(days=1, hours=2),
            "current",
            "Last success 1 day ago, 2020-01-06 06:00 UTC; failed 2 times since 2020-01-07 06:00 UTC.",
        ),
        (replace(WORKING, failures_in_row=5), DAY, "broken", "failed 5 times"),
        (replace(WORKING, last_success_at=None), DAY, "never", "Never answered so far; not yet polled."),
        (
            replace(WORKING, last_success_at=None, failures_in_row=1),
            DAY,
            "never",
            "Never answered so far; tried once without success.",
        ),
    ],
)
def test_a_search_says_how_current_its_picture_is(
    state: SearchState, later: timedelta, expected: str, words: str
) -> None:
    """A state for machines, a sentence for the search report."""
    judged = freshness.judge(state, DAY, START + later)
    assert judged.state == expected
    assert words in judged.sentence


def test_what_goes_into_a_mail_is_said_in_instants() -> None:
    """It is the same judgement, and still true when the mail is read the next day."""
    state = replace(WORKING, failures_in_row=2, first_failure_at=START + DAY)
    judged = freshness.judge_for_mail(state, DAY, START + 3 * DAY)
    assert judged.sentence == "Last success 2020-01-06 06:00 UTC; failed 2 times since 2020-01-07 06:00 UTC."
    assert replace(judged, sentence="") == replace(freshness.judge(state, DAY, START + 3 * DAY), sentence="")
    assert freshness.judge_for_mail(replace(state, last_success_at=None), DAY, START).sentence.startswith("Never ")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "moments"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=2), "2 minutes"),
        (timedelta(minutes=59, seconds=59), "59 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=9, hours=23), "9 days"),
    ],
)
def test_a_span_is_said_as_a_person_says_it(span: timedelta, words: str) -> None:
    """In its largest unit, never rounded up."""
    assert freshness.in_words(span) == words
