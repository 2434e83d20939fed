"""Records and matches as they stood on a day: what was public then, and not what became known later."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.model import Article
from monitor.ports import silent
from monitor.strategy.collect import Collected, collect
from tests.support.sandbox import CORPUS_XML
from tests.support.strategies import answers_of, asking, pubmed_of, topic


def _collected(query: str, last: date = date(2016, 1, 1)) -> Collected:
    with pubmed_of(CORPUS_XML) as server, answers_of(server) as kept:
        return collect(asking(topic("ccsvi"), query), last, kept, silent)


def _record(pmid: str, day: date) -> Article:
    past = _collected("vein*[tiab]").past
    past.day = day
    return past.fetch([pmid]).articles[0]


@pytest.mark.parametrize(("day", "is_retracted"), [(date(2014, 2, 4), False), (date(2014, 2, 5), True)])
def test_an_article_is_retracted_from_the_day_of_its_notice(day: date, is_retracted: bool) -> None:
    """The publication type goes with the notice."""
    record = _record("103", day)
    assert record.is_retracted is is_retracted
    assert bool(record.notices) is is_retracted


@pytest.mark.parametrize(("day", "headings"), [(date(2012, 8, 31), 0), (date(2012, 9, 1), 2)])
def test_headings_and_indexers_types_come_on_the_mesh_date(day: date, headings: int) -> None:
    """Until then the record has what its publisher supplied."""
    record = _record("102", day)
    assert len(record.mesh) == headings
    assert any(one.ui == "D016449" for one in record.publication_types) is bool(headings)


@pytest.mark.parametrize(
    ("query", "day"), [("angioplasty[mh]", "2012-09-01"), ("vein[tiab] OR angioplasty[mh]", "2012-03-01")]
)
def test_what_only_a_heading_finds_is_found_once_it_is_indexed(query: str, day: str) -> None:
    """And what a word finds too is found from the first day on."""
    past = _collected(query).past
    (found,) = past.found.values()
    assert str(past.appears_on("102", found)) == day


def test_an_article_added_late_appears_when_it_was_added() -> None:
    """Its Entrez date was set back by years; nobody could have read it then."""
    past = _collected("vein*[tiab]").past
    past.day = date(2013, 12, 31)
    assert "106" not in past.search("vein*[tiab]").pmids
    past.day = date(2014, 1, 1)
    assert "106" in past.search("vein*[tiab]").pmids


def test_nothing_after_the_last_day_is_asked_for() -> None:
    """Only records of the period and before it."""
    assert "105" not in _collected("vein*[tiab]", date(2012, 12, 31)).past.articles


def test_a_notice_without_a_pmid_is_remarked() -> None:
    """Its day is not known: it is shown from the first day on, and the page says of which article."""
    collected = _collected("vein*[tiab]")
    assert any("105" in remark for remark in collected.remarks)
    assert collected.past.articles["105"].notices
