"""Articles come back as they were saved, whatever is in them."""

from __future__ import annotations

from datetime import UTC, date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor import store
from monitor.model import (
    AbstractSection,
    Article,
    Author,
    MeshHeading,
    Notice,
    NoticeKind,
    PartialDate,
    PublicationType,
    Reference,
    Registration,
    Revision,
)
from monitor.store import Database
from tests.support.factories import DAY, NOW, article

_storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
_anything = st.text(st.characters(exclude_categories=()), max_size=20)
_instants = st.none() | st.datetimes(timezones=st.just(UTC))
_days = st.none() | st.dates()


def _articles(text: st.SearchStrategy[str]) -> st.SearchStrategy[Article]:
    many = {"max_size": 2}
    lists = {
        "abstract": st.builds(AbstractSection, text, text, text, text),
        "authors": st.builds(Author, text, text, text, text, text, text),
        "publication_types": st.builds(PublicationType, text, text),
        "mesh": st.builds(MeshHeading, text, text, st.booleans(), st.lists(text, **many).map(tuple)),
        "registrations": st.builds(Registration, text, text, text),
        "notices": st.builds(Notice, st.sampled_from(NoticeKind), text, st.booleans(), text, text, text),
        "references": st.builds(Reference, text, text),
        "keywords": text,
    }
    fields = {name: st.lists(one, **many).map(tuple) for name, one in lists.items()}
    dates = st.builds(PartialDate, st.none() | st.integers(1800, 2100), st.none() | st.integers(1, 12), st.none(), text)
    return st.builds(
        Article, pmid=st.just("1"), version=st.integers(1, 9), title=text, title_html=text, doi=text, status=text,
        print_date=dates, created_at=_instants, revised_on=_days, is_book=st.booleans(), **fields,
    )  # fmt: skip


_with_one_database = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@_with_one_database
@given(original=_articles(_storable))
def test_a_stored_article_is_read_back_unchanged(db: Database, original: Article) -> None:
    """Every field, every kind of nesting, every character a record can hold."""
    with db.begin() as tx:
        store.articles.save(tx, [original], NOW)
        assert store.articles.known(tx, ["1"]) == {"1": original}


@_with_one_database
@given(original=_articles(_anything))
@example(original=article(title="a\x00b", abstract=(AbstractSection("half \ud83d a smile", label='\\u0000"'),)))
def test_unstorable_characters_are_replaced_once(db: Database, original: Article) -> None:
    """NUL and unpaired surrogates become U+FFFD; everything else is unchanged, and storing it again changes nothing."""
    with db.begin() as tx:
        store.articles.save(tx, [original], NOW)
        first = store.articles.known(tx, ["1"])["1"]
        store.articles.save(tx, [first], NOW)
        assert store.articles.known(tx, ["1"])["1"] == first
    assert first.title == "".join("\ufffd" if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in original.title)
    assert len(first.abstract) == len(original.abstract)


def test_more_values_than_a_statement_allows_are_queried_in_chunks(db: Database) -> None:
    """SQLite takes 32,766 parameters and PostgreSQL 65,535; a broad search matches more."""
    with db.begin() as tx:
        store.articles.save(tx, [article("7"), article("70000")], NOW)
        asked = [str(number) for number in range(1, 70_001)]
        assert store.articles.which_known(tx, asked) == {"7", "70000"}
        assert store.articles.known(tx, asked).keys() == {"7", "70000"}
        assert store.articles.known(tx, []) == {}


def test_a_newer_state_replaces_the_older_and_keeps_when_it_was_first_seen(db: Database) -> None:
    """One row an article, as it is now."""
    with db.begin() as tx:
        store.articles.save(tx, [article(title="Old")], NOW)
        store.articles.save(tx, [article(title="New", revised_on=date(2026, 11, 24))], NOW + DAY)
        assert store.articles.known(tx, ["1"])["1"].title == "New"
        assert store.articles.first_seen_at(tx, ["1", "2"]) == {"1": NOW}
        assert store.articles.count(tx) == 1


def test_revisions_keep_both_values_and_their_order(db: Database) -> None:
    """Which field, from what to what, seen when."""
    first, second = Revision("title", "Old", "New"), Revision("abstract", "", "Words")
    with db.begin() as tx:
        store.articles.save(tx, [article()], NOW)
        store.articles.add_revisions(tx, "1", [first], NOW)
        store.articles.add_revisions(tx, "1", [second], NOW + DAY)
        store.articles.add_revisions(tx, "1", [], NOW + DAY)
        assert store.articles.revisions(tx, "1") == [(NOW, None, first), (NOW + DAY, None, second)]


@pytest.mark.parametrize(
    ("asked", "found"), [("10.1007/S11936", "1"), ("10.1007/s11936", "1"), ("10.9/x", None), ("", None)]
)
def test_a_doi_is_found_regardless_of_case(db: Database, asked: str, found: str | None) -> None:
    """DOIs are not case-sensitive, and an empty DOI matches nothing."""
    with db.begin() as tx:
        store.articles.save(tx, [article("1", doi="10.1007/s11936"), article("2")], NOW)
        held = store.articles.by_doi(tx, asked)
        assert (held.pmid if held else None) == found


def test_the_articles_of_a_topic_include_those_that_no_longer_match(db: Database) -> None:
    """They were reported once, and are classified again with the others."""
    with db.begin() as tx:
        store.articles.save(tx, [article("1"), article("2"), article("3")], NOW)
        store.matches.record(tx, "ccsvi", "words", None, NOW, new=["1", "2"])
        store.matches.record(tx, "ccsvi", "more", None, NOW, new=["2"])
        store.matches.record(tx, "ccsvi", "words", None, NOW, gone=["1"])
        assert [held.pmid for held in store.articles.in_topic(tx, "ccsvi")] == ["1", "2"]
        assert store.articles.count(tx, "ccsvi") == 1
        assert store.articles.count_on_record(tx, "ccsvi") == 2
        assert store.articles.count(tx) == 3
