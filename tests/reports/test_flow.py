"""Each step of the flow is the one before without what was left out there."""

from __future__ import annotations

from datetime import timedelta

from monitor.model import Outcome, Poll
from monitor.reports.flow import flow
from monitor.reports.runs import Run, runs
from monitor.store import Database
from tests.support.factories import NOW
from tests.support.reported import fill


def test_found_read_judged_and_counted_add_up(db: Database) -> None:
    """Duplicates, an unreadable record, a person's judgement, a design that does not count, a linked protocol."""
    fill(db)
    with db.read() as tx:
        found = flow(tx, "ccsvi")
    assert found.found == (("citing", 2), ("words", 4))
    assert (found.duplicates, found.distinct, found.not_read, found.read) == (1, 5, 1, 4)
    assert (found.not_judged, found.judged, found.by_people) == (0, 4, 1)
    assert dict(found.not_about) == {"does not name the treatment": 1, "by a person's judgement": 1}
    assert (found.about, found.not_counted) == (2, (("single-arm intervention", 1),))
    assert (found.trials, found.reports, found.linked) == (1, 2, 1)
    assert found.judged - sum(number for _, number in found.not_about) == found.about
    assert found.about - sum(number for _, number in found.not_counted) == found.reports - found.linked


def test_a_topic_before_its_first_poll_has_a_flow_of_zeros(db: Database) -> None:
    """Nothing is divided by nothing, and nothing is missing."""
    with db.read() as tx:
        found = flow(tx, "ccsvi")
    assert (found.found, found.distinct, found.read, found.trials) == ((), 0, 0, 0)
    assert found.steps()[0][0] == ["Found by the searches: 0 records"]


def _poll(hours: float, query: str = "q", outcome: Outcome = Outcome.OK, **fields: object) -> Poll:
    at = NOW + timedelta(hours=hours)
    return Poll("ccsvi", "words", at, at, outcome, query_sent=query, **fields)  # type: ignore[arg-type]


def test_quiet_polls_are_one_run_and_another_reading_or_version_begins_the_next() -> None:
    """A year of hourly polls is a line, unless PubMed reads the query otherwise or Monitor is upgraded."""
    found = runs(
        [
            _poll(0, outcome=Outcome.FAILED),
            _poll(1, count=5, translation="a", version="1"),
            _poll(2, count=9, translation="b", version="1", doubt="too few"),
            _poll(3, outcome=Outcome.FAILED),
            _poll(4, count=6, translation="a", version="1"),
            _poll(5, count=6, translation="a", version="2"),
            _poll(6, count=8, translation="b", version="2"),
        ]
    )

    def at(hours: int) -> object:
        return NOW + timedelta(hours=hours)

    assert found == [
        Run("q", "a", "1", at(1), at(4), 5, 6, polls=2, doubted=1, failed=2),  # type: ignore[arg-type]
        Run("q", "a", "2", at(5), at(5), 6, 6),  # type: ignore[arg-type]
        Run("q", "b", "2", at(6), at(6), 8, 8),  # type: ignore[arg-type]
    ]
