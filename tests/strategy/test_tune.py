"""Two queries compared on PubMed: what each finds alone, known trials, load, reading, and what each term brings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from monitor.ports import silent
from monitor.strategy.known import SoughtTrial
from monitor.strategy.tune import Extent, Tuning, query_of, tune
from tests.support.strategies import answers_of, asking, pubmed_of, topic

MINE = ("CCSVI[tiab] OR venoplasty[tiab]", '"multiple sclerosis"[tiab] AND angioplasty[tiab]')
OTHER = '"multiple sclerosis"[tiab] AND (sham[tiab] OR jugular[tiab])'
TRIALS = ("24975855", "29150995", "30266886")


@pytest.fixture(scope="module")
def compared() -> Tuning:
    """CCSVI's literature asked with two poor queries."""
    ours = asking(topic("ccsvi"), *MINE)
    with pubmed_of("ccsvi") as server, answers_of(server) as kept:
        return tune(ours, OTHER, [SoughtTrial(pmid) for pmid in TRIALS], Extent(months=3), kept, silent)


def _asked(*queries: str) -> list[frozenset[str]]:
    with pubmed_of("ccsvi") as server, answers_of(server) as kept:
        return [kept.search(query) for query in queries]


def test_the_shares_are_pubmeds_own(compared: Tuning) -> None:
    """Only A, only B, both: together all that either finds."""
    a, b = _asked(query_of(asking(topic("ccsvi"), *MINE)), OTHER)
    assert compared.only_a
    assert compared.only_b
    assert (compared.only_a.count, compared.only_b.count, compared.both) == (len(a - b), len(b - a), len(a & b))
    assert min(len(a - b), len(b - a), len(a & b)) > 0
    assert {one.pmid for one in compared.only_b.first} <= b - a
    assert len(compared.only_a.first) == 5


def test_each_known_trial_is_said_to_be_caught_by_whom(compared: Tuning) -> None:
    """One row for each, those of the configuration without a record among them."""
    a, b = _asked(query_of(asking(topic("ccsvi"), *MINE)), OTHER)
    found = {one.trial: (one.by_a, one.by_b) for one in compared.known if one.records}
    assert found == {pmid: (pmid in a, pmid in b) for pmid in TRIALS}
    assert sum(not one.records for one in compared.known) == len(topic("ccsvi").known_trials)


def test_what_a_term_brings_is_what_is_lost_without_it(compared: Tuning) -> None:
    """Each part joined by OR, against all the rest of the topic's searches."""
    second = f"({MINE[1]})"
    whole, without_ccsvi, without_venoplasty = _asked(
        f"({MINE[0]}) OR {second}", f"venoplasty[tiab] OR {second}", f"CCSVI[tiab] OR {second}"
    )
    assert {(term.text, term.alone) for term in compared.terms} == {
        ("CCSVI[tiab]", len(whole - without_ccsvi)),
        ("venoplasty[tiab]", len(whole - without_venoplasty)),
    }


def test_the_number_needed_to_read_is_by_monitors_own_rules(compared: Tuning) -> None:
    """Of the articles read, how many are reports of trials that the answer counts."""
    reading = compared.a.reading
    assert reading.read == reading.count == compared.a.count
    assert "29150995" in {one.pmid for one in reading.reports}
    assert reading.number_needed == round(reading.read / len(reading.reports), 1)


def test_a_limit_of_reading_is_stated() -> None:
    """The newest are read, and how many."""
    with pubmed_of("ccsvi") as server, answers_of(server) as kept:
        done = tune(asking(topic("ccsvi"), "sclerosis[tiab]"), "", [], Extent(months=0, read=10), kept, silent)
    assert done.a.reading.read == 10 < done.a.reading.count
    assert (done.b, done.only_a, done.both) == (None, None, None)


def test_the_load_is_counted_by_month() -> None:
    """The last whole months, by counts only."""
    with pubmed_of("ccsvi") as server, answers_of(server) as kept:
        kept = replace(kept, today=date(2014, 8, 20))
        done = tune(asking(topic("ccsvi"), "sclerosis[tiab]"), "", [], Extent(months=12, read=0), kept, silent)
        asked = [one.request for one in server.requests if "crdt" in one.request.get("term")]
    assert [str(month) for month, _ in done.a.months][::11] == ["2013-08-01", "2014-07-01"]
    assert done.a.per_month > 0
    assert {request.get("rettype") for request in asked} == {"count"}


def test_a_long_query_goes_by_post() -> None:
    """The shipped queries against each other are longer than NCBI takes in an address."""
    with pubmed_of("ccsvi") as server, answers_of(server) as kept:
        done = tune(topic("ccsvi"), OTHER, [], Extent(months=0, read=0), kept, silent)
        lengths = {one.request.method: len(one.request.get("term")) for one in server.requests}
    assert lengths["POST"] > 1000
    assert len(done.terms) > 70
    assert done.only_b is not None
    assert done.only_b.count == 0


def test_what_a_term_behind_not_keeps_out_is_counted() -> None:
    """It brings nothing; without it the query would find more."""
    ours = asking(topic("ccsvi"), "sclerosis[tiab] NOT (review[pt] OR editorial[pt])")
    with pubmed_of("ccsvi") as server, answers_of(server) as kept:
        done = tune(ours, "", [], Extent(months=0, read=0), kept, silent)
        reviews = kept.search("sclerosis[tiab] AND review[pt] NOT editorial[pt]")
    found = {term.text: (term.alone, term.keeps_out) for term in done.terms}
    assert found["review[pt]"] == (len(reviews), True)
    assert len(reviews) > 0
