"""Works that several indexes list are merged by PMID, DOI or an index's own name; nothing known of them is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor.model import CitingWork, ListedWork, SeenBy, SourceName
from monitor.watch.outside.citing.listed_works import LOOK_AGAIN_MOST, ListedWorks, is_to_tell
from tests.support.factories import DAY, NOW

ICITE, OPENALEX, OPENCITATIONS = SourceName.ICITE, SourceName.OPENALEX, SourceName.OPENCITATIONS
THESIS = CitingWork("W1", dois=("10.5555/thesis",), title="A thesis", year=2015)


def test_two_dois_of_one_work_join_what_two_indexes_know_by_one_of_them_each() -> None:
    """An article and its preprint; what only one of them knows is kept."""
    listed = ListedWorks([])
    listed.add(OPENALEX, THESIS, NOW, is_news=True)
    both = CitingWork("br/1", dois=("10.1101/preprint", "10.5555/thesis"), title="Other words", authors="Doe J")
    one = listed.add(OPENCITATIONS, both, NOW + DAY, is_news=True)
    assert one.work.dois == ("10.5555/thesis", "10.1101/preprint")
    assert (one.work.title, one.work.authors, one.work.year) == ("A thesis", "Doe J", 2015)
    assert one.seen_by == (SeenBy(OPENALEX, "W1", NOW), SeenBy(OPENCITATIONS, "br/1", NOW + DAY))
    assert listed.changed == [one]
    assert listed.find(ICITE, CitingWork("x", dois=("10.1101/preprint",))) == one


def test_the_same_again_changes_nothing() -> None:
    """On most days."""
    first = ListedWorks([])
    first.add(OPENALEX, THESIS, NOW, is_news=True)
    again = ListedWorks(first)
    again.add(OPENALEX, THESIS, NOW + DAY, is_news=True)
    assert again.changed == []
    assert (again.held_of(OPENALEX), again.held_of(ICITE)) == (1, 0)


def test_a_doi_that_an_index_learns_later_is_looked_up_then() -> None:
    """Until then the work was known by the index's own name."""
    listed = ListedWorks([])
    bare = listed.add(OPENALEX, replace(THESIS, dois=()), NOW, is_news=True)
    assert (bare.key, bare.lookup_at) == ("openalex:W1", None)
    one = listed.add(OPENALEX, THESIS, NOW + DAY, is_news=True)
    assert (one.key, one.lookup_at) == ("openalex:W1", NOW + DAY)


def test_two_dois_under_one_pmid_are_one_work() -> None:
    """PubMed's record has no DOI, and each index gives another one: neither is lost."""
    listed = ListedWorks([])
    listed.add(OPENALEX, CitingWork("W1", "12", ("10.1/a",)), NOW, is_news=True)
    one = listed.add(OPENCITATIONS, CitingWork("br/1", "12", ("10.1/b",)), NOW, is_news=True)
    assert [seen.source for seen in one.seen_by] == [OPENALEX, OPENCITATIONS]
    assert one.work.dois == ("10.1/a", "10.1/b")


def test_a_pmid_of_one_index_does_not_join_works_with_different_dois() -> None:
    """It may be that of a neighbour."""
    listed = ListedWorks([])
    listed.add(OPENALEX, CitingWork("W1", "12", ("10.1/a",)), NOW, is_news=True)
    assert listed.find(OPENCITATIONS, CitingWork("br/1", "12", ("10.1/b",))) is None
    assert listed.find(ICITE, CitingWork("12", "12")) is not None


def test_pubmed_is_asked_again_after_one_week_two_four_and_at_most_half_a_year() -> None:
    """A thesis will never be there."""
    listed = ListedWorks([])
    one = listed.add(OPENALEX, THESIS, NOW, is_news=True)
    waits = []
    for _ in range(7):
        one = listed.looked_up(one, NOW)
        assert one.lookup_at
        waits.append((one.lookup_at - NOW).days)
    assert waits == [7, 14, 28, 56, 112, 180, 180]
    assert timedelta(days=180) == LOOK_AGAIN_MOST


def test_a_work_is_told_when_it_has_a_name_is_news_and_pubmed_has_been_asked() -> None:
    """With a DOI PubMed is asked first; without one a title must say what it is."""
    seen = (SeenBy(OPENALEX, "W1", NOW),)
    asked = ListedWork("doi:10.5555/thesis", THESIS, seen, is_news=True, lookups=1)
    assert is_to_tell(asked)
    assert not is_to_tell(replace(asked, lookups=0))
    assert not is_to_tell(replace(asked, is_news=False))
    assert not is_to_tell(replace(asked, told_at=NOW))
    assert not is_to_tell(replace(asked, work=replace(THESIS, pmid="12")))
    assert is_to_tell(replace(asked, lookups=0, work=replace(THESIS, dois=())))
    assert not is_to_tell(replace(asked, lookups=0, work=replace(THESIS, dois=(), title="")))
