"""What the report of a search says of what was asked, and of why there was no answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import store
from monitor.digests.display.search_reports import search_reports
from monitor.model import Outcome, Search, SearchKind, SearchReport, Seed, Topic
from monitor.store import Database
from tests.support.settings import START, TOPIC, polled, watched

DAY = timedelta(days=1)
OUT_OF_ORDER = "PubMed was out of order, or too busy to answer"
UNREACHED = "PubMed could not be reached"
REFUSED = "PubMed did not accept the request"
ERRORS = {
    "HTTP 502": OUT_OF_ORDER,
    "PubMed is not available (503).": OUT_OF_ORDER,
    "too many requests (429)": OUT_OF_ORDER,
    "PubMed timed out.": OUT_OF_ORDER,
    "The time out of 30 s has passed.": OUT_OF_ORDER,
    "Search Backend failed": OUT_OF_ORDER,
    "PubMed reports a failure of its own.": OUT_OF_ORDER,
    "PubMed could not be reached: [Errno 111]": UNREACHED,
    "Could not connect.": UNREACHED,
    "The name does not resolve.": UNREACHED,
    "No name resolution": UNREACHED,
    "The connection was refused by the host.": UNREACHED,
    "The network is down.": UNREACHED,
    "There was no answer.": UNREACHED,
    "There was no whole response.": UNREACHED,
    "Reset by peer": UNREACHED,
    "The answer was cut short.": UNREACHED,
    "PubMed refused the request.": REFUSED,
    "Wrong API key": REFUSED,
    "PubMed did not understand it.": REFUSED,
    "The query is empty.": REFUSED,
    "It counts 512 articles and lists 511.": "PubMed’s answer could not be used",
    "Error 5020": "PubMed’s answer could not be used",
}


def reports(db: Database, days: int, topic: Topic = TOPIC) -> Sequence[SearchReport]:
    """The reports so many days after the start, of what happened since then."""
    with db.read() as tx:
        return search_reports(tx, topic, START, START + days * DAY)


def test_each_error_of_a_source_has_its_cause_in_a_readers_words(sqlite_db: Database) -> None:
    """A day without an answer, and a day with one, again and again; each gap has a sentence of its own."""
    watched(sqlite_db)
    with sqlite_db.begin() as tx:
        for number, error in enumerate(ERRORS):
            polled(tx, "ccsvi", START + (1 + 2 * number) * DAY, Outcome.FAILED, error=error)
            polled(tx, "ccsvi", START + (2 + 2 * number) * DAY)
    gaps = reports(sqlite_db, 2 * len(ERRORS) + 1)[0].gaps
    assert dict(zip(ERRORS, (gap.partition(" UTC: ")[2] for gap in gaps), strict=True)) == ERRORS
    assert gaps[0].startswith("No usable answer from 2018-09-25 07:00 UTC until 2018-09-26 07:00 UTC: ")


def test_failures_in_a_row_are_one_gap_which_ends_with_the_next_answer(sqlite_db: Database) -> None:
    """Or with the last failure before Monitor itself stood still."""
    watched(sqlite_db)
    with sqlite_db.begin() as tx:
        for day, outcome in enumerate((Outcome.FAILED, Outcome.FAILED, Outcome.OK, Outcome.OK, Outcome.FAILED), 1):
            polled(tx, "ccsvi", START + day * DAY, outcome)
        polled(tx, "ccsvi", START + 8 * DAY)
    (report, other) = reports(sqlite_db, 8)
    assert [gap.partition(": ")[0] for gap in report.gaps] == [
        "No usable answer from 2018-09-25 07:00 UTC until 2018-09-27 07:00 UTC",
        "No usable answer from 2018-09-29 07:00 UTC until 2018-09-29 07:00 UTC",
    ]
    assert (report.failures, report.failure_days, report.idle_days) == (3, 3, 2)
    assert (other.failures, other.gaps) == (0, ())


def test_one_day_without_monitor_is_named_alone(sqlite_db: Database) -> None:
    """Not as from a day to the same day."""
    watched(sqlite_db)
    with sqlite_db.begin() as tx:
        for day in (1, 3):
            polled(tx, "ccsvi", START + day * DAY)
    assert reports(sqlite_db, 3)[0].idle == "Monitor itself did not run on 1 day, 2018-09-26"


def test_without_a_poll_since_the_last_digest_the_one_before_is_told(sqlite_db: Database) -> None:
    """With its count and its translation; how many articles of the search are on record is a number also then."""
    watched(sqlite_db)
    (report, _) = reports(sqlite_db, 0)
    assert report.last_poll is not None
    assert (report.count, report.translation, report.failures) == (912, "CCSVI[Title/Abstract]", 0)
    assert report.held == 0
    assert report.next_due_at == START + DAY


def test_after_failures_alone_the_warnings_are_those_of_the_last_answer(sqlite_db: Database) -> None:
    """What PubMed misread is not forgotten while PubMed is down."""
    watched(sqlite_db)
    with sqlite_db.begin() as tx:
        polled(tx, "ccsvi", START + DAY, warnings=("PhraseNotFound: azygos",))
        polled(tx, "ccsvi", START + 3 * DAY, Outcome.FAILED)
    with sqlite_db.read() as tx:
        later = search_reports(tx, TOPIC, START + 2 * DAY, START + 4 * DAY)[0]
    assert (later.warnings, later.failures) == (("PhraseNotFound: azygos",), 1)


@pytest.mark.parametrize(
    ("kind", "pmid", "seed", "asked"),
    [
        (SearchKind.CITING, "7", Seed(citation="Doe 2012", doi="10.1/x"), "articles citing PMID 7 (Doe 2012)"),
        (SearchKind.CITING, "7", None, "articles citing PMID 7"),
        (SearchKind.CITING, "", Seed(doi="10.1/x"), "articles citing PMID not yet known (10.1/x)"),
        (SearchKind.CITING, "", None, "articles citing PMID not yet known"),
        (SearchKind.SIMILAR, "7", Seed(doi="10.1/x"), "articles similar to PMID 7 (10.1/x)"),
        (SearchKind.SIMILAR, "7", Seed(pmid="7"), "articles similar to PMID 7"),
        (SearchKind.SIMILAR, "", Seed(doi="10.1/x"), "articles similar to PMID not yet known (10.1/x)"),
        (SearchKind.SIMILAR, "", None, "articles similar to PMID not yet known"),
    ],
)
def test_a_search_by_link_says_what_it_follows(
    sqlite_db: Database, kind: SearchKind, pmid: str, seed: Seed | None, asked: str
) -> None:
    """By the seed's PMID as soon as it is known, and by what the operator calls it."""
    topic = replace(TOPIC, seed=seed, searches=(Search("ccsvi", "linked", kind, DAY),))
    with sqlite_db.begin() as tx:
        store.searches.sync(tx, [topic], START)
        if pmid:
            store.topics.set_seed_pmid(tx, "ccsvi", pmid, START)
    (report,) = reports(sqlite_db, 1, topic)
    assert (report.query, report.count, report.last_poll) == (asked, None, None)
