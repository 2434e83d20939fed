"""At which number of articles an answer of PubMed is no longer believed."""

from __future__ import annotations

import pytest

from monitor.model import SearchResult, SearchState
from monitor.watch.belief import Doubt, Past, doubt, is_remarkable, is_worth_explaining
from tests.support.records import START

READ = "veins[Title/Abstract]"


def past(held: int, most_new: int = 0, translation: str = READ) -> Past:
    """A search that holds so many articles."""
    return Past({str(n) for n in range(held)}, SearchState("ccsvi", "veins", START, translation=translation), most_new)


def found(held: int, gone: int = 0, new: int = 0, translation: str = READ) -> SearchResult:
    """What PubMed lists when of the articles held so many are gone and so many others have come."""
    pmids = frozenset(str(n) for n in range(gone, held + new))
    return SearchResult(pmids, len(pmids), "veins", translation)


@pytest.mark.parametrize(
    ("held", "gone", "is_doubted"),
    [
        (1, 1, False),  # a single article may always go
        (2, 2, True),
        (4, 2, True),
        (9, 2, False),
        (8, 2, True),  # a quarter of a small search
        (39, 10, True),
        (39, 9, False),
        (40, 20, False),  # half of a larger one
        (40, 21, True),
        (1_000, 500, False),
        (1_000, 501, True),
    ],
)
def test_so_many_articles_are_not_gone_at_once(held: int, gone: int, is_doubted: bool) -> None:
    """And when they are doubted, readers learn how many are left of how many."""
    told = doubt(found(held, gone), past(held))
    assert bool(told) is is_doubted
    if told:
        assert told.reason == f"PubMed lists only {held - gone:,} of the {held:,} articles held"
        assert told.is_new_believed


@pytest.mark.parametrize(("gone", "is_doubted"), [(1, False), (4, False), (5, True), (6, True)])
def test_a_twentieth_is_too_much_when_pubmed_reads_the_query_otherwise(gone: int, is_doubted: bool) -> None:
    """Then what is new among the rest is not believed either."""
    told = doubt(found(100, gone, translation="arteries"), past(100))
    assert told == (Doubt(f"PubMed lists only {100 - gone} of the 100 articles held") if is_doubted else None)


@pytest.mark.parametrize(
    ("new", "most_new", "is_doubted"),
    [(2, 0, False), (3, 0, False), (5, 0, True), (5, 2, True), (5, 3, False), (6, 3, False), (7, 3, True)],
)
def test_a_flood_is_more_than_twice_what_ever_came_and_a_twentieth(new: int, most_new: int, is_doubted: bool) -> None:
    """Only when PubMed reads the query otherwise; a burst alone is news."""
    assert doubt(found(100, new=new), past(100, most_new)) is None
    told = doubt(found(100, new=new, translation="arteries"), past(100, most_new))
    reason = f"PubMed reads it differently and lists {100 + new} articles instead of 100"
    assert told == (Doubt(reason) if is_doubted else None)


def test_what_comes_in_an_answer_that_lacks_much_is_believed_if_it_is_little() -> None:
    """As much as usual, whatever the reason for the rest."""
    for new, is_believed in ((2, True), (3, False)):
        told = doubt(found(10, 8, new), past(10))
        assert told
        assert told.is_new_believed is is_believed


@pytest.mark.parametrize(("explained", "is_doubted"), [(0, True), (1, False), (8, False)])
def test_articles_that_are_gone_for_a_reason_do_not_count(explained: int, is_doubted: bool) -> None:
    """Of nine, three are missing: with one of them deleted by PubMed it is less than a quarter."""
    gone = [str(n) for n in range(explained)]
    assert bool(doubt(found(9, 3), past(9), gone)) is is_doubted
    assert is_worth_explaining(found(9, 3), past(9))
    assert doubt(found(9, 9), past(9), [str(n) for n in range(9)])  # never all of them


@pytest.mark.parametrize(("gone", "is_worth_it"), [(1, False), (20, False), (21, True), (39, True), (40, False)])
def test_records_are_asked_for_only_where_they_could_settle_it(gone: int, is_worth_it: bool) -> None:
    """Few, and doubted without them."""
    assert is_worth_explaining(found(40, gone), past(40)) is is_worth_it


def test_an_answer_like_the_last_needs_no_further_thought() -> None:
    """Spaces and capitals are no other reading, nor is a translation that is not known yet."""
    before = past(10)
    assert not is_remarkable(found(10, 1), before.held, before.state)
    assert is_remarkable(found(10, 2), before.held, before.state)
    assert is_remarkable(found(10, translation="arteries"), before.held, before.state)
    for translation in (READ.upper(), f" {READ}  ", ""):
        assert not is_remarkable(found(10, translation=translation), before.held, before.state)
    assert not is_remarkable(found(10), before.held, past(10, translation="").state)
