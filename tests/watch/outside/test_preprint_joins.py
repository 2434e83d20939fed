"""What the versions of a preprint are together, and which article is the one that it became."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from monitor.model import (
    AbstractSection,
    Author,
    Notice,
    NoticeKind,
    PreprintVersion,
    PublicationType,
    PublishedAs,
    SourceName,
)
from monitor.watch.outside import plan
from monitor.watch.outside.preprints.joins import article_in, as_published, is_record_of, title_key
from monitor.watch.outside.preprints.versions import updated
from tests.support.preprints import TITLE, preprint
from tests.support.records import START, article, citing, query, topic

FIRST = preprint(version=1, versions=(PreprintVersion("PPR1", 1),), posted_on=date(2020, 1, 3))
SECOND = replace(
    preprint(2, "Another title of the same work", "Other words.", posted_on=date(2020, 2, 3)),
    version=2, versions=(PreprintVersion("PPR2", 2),),
)  # fmt: skip


def test_the_newest_version_speaks_and_nothing_known_is_lost() -> None:
    """Whichever was seen first; the first day it was posted stays."""
    for before, now in ((FIRST, SECOND), (SECOND, FIRST)):
        one = updated(before, now)
        assert (one.id, one.title, one.version) == (before.id, SECOND.title, 2)
        assert (one.abstract, one.posted_on) == (SECOND.abstract, date(2020, 1, 3))
        assert [version.id for version in one.versions] == ["PPR1", "PPR2"]
    bare = replace(SECOND, abstract=(), authors=(), server="", doi="", posted_on=None, pmid="")
    kept = updated(replace(FIRST, pmid="7"), bare)
    assert (kept.abstract, kept.authors, kept.server, kept.doi) == (
        FIRST.abstract, FIRST.authors, FIRST.server, FIRST.doi,
    )  # fmt: skip
    assert (kept.posted_on, kept.pmid, updated(FIRST, replace(SECOND, pmid="8")).pmid) == (date(2020, 1, 3), "7", "8")


WITHDRAWN = replace(
    SECOND,
    is_withdrawn=True,
    withdrawn_on=date(2020, 3, 1),
    notice="Taken back.",
    abstract=(AbstractSection("Taken back."),),
)


def test_a_withdrawn_preprint_keeps_its_words_until_a_later_version() -> None:
    """And its day and notice, though a record of the same version does not show them."""
    gone = updated(FIRST, WITHDRAWN)
    assert (gone.title, gone.abstract, gone.is_withdrawn) == (FIRST.title, FIRST.abstract, True)
    assert (gone.withdrawn_on, gone.notice) == (date(2020, 3, 1), "Taken back.")
    again = updated(gone, replace(gone, is_withdrawn=False, withdrawn_on=None, notice=""))
    assert (again.is_withdrawn, again.withdrawn_on, again.notice) == (True, date(2020, 3, 1), "Taken back.")
    third = updated(gone, replace(SECOND, version=3))
    assert (third.is_withdrawn, third.withdrawn_on, third.notice) == (False, None, "")


GUESS, SURE = PublishedAs("7", why="title", is_guess=True), PublishedAs("8", why="PubMed")


@pytest.mark.parametrize(
    ("held", "told", "kept"),
    [(None, None, None), (None, GUESS, GUESS), (GUESS, None, GUESS), (GUESS, SURE, SURE), (SURE, GUESS, SURE)],
)
def test_a_guess_gives_way_to_something_surer_alone(
    held: PublishedAs | None, told: PublishedAs | None, kept: PublishedAs | None
) -> None:
    """What is sure stays."""
    assert updated(replace(FIRST, article=held), replace(SECOND, article=told)).article == kept
    other = PublishedAs("9", is_guess=True)
    assert updated(replace(FIRST, article=GUESS), replace(SECOND, article=other)).article == GUESS


AUTHORS = (Author("Doe"), Author("Roe"))


def became(title: str = TITLE, **fields: Any) -> PublishedAs | None:
    """What the preprint became where this article has appeared."""
    return article_in(article("12", title, **{"authors": AUTHORS, **fields}), FIRST)


@pytest.mark.parametrize(
    ("fields", "is_it"),
    [
        ({}, True),
        ({"title": TITLE.upper().replace("Z", "S")}, True),
        ({"title": "Another trial of veins in multiple sclerosis"}, False),
        ({"authors": (Author("DOE"), Author("Poe"))}, True),
        ({"authors": (Author("Döe"), Author("Poe"))}, True),
        ({"authors": (Author("Doe"), Author("Poe"), Author("Coe"))}, True),
        ({"authors": (Author("Poe"),)}, False),
        ({"authors": ()}, False),
    ],
)
def test_an_article_of_the_same_title_with_half_of_the_authors_is_a_guess(fields: dict[str, Any], is_it: bool) -> None:
    """Of the shorter list, without case and accents."""
    found = became(**fields)
    assert (found is not None) is is_it
    if found:
        assert found.is_guess


def test_a_third_of_the_authors_is_too_few() -> None:
    """Of three on both sides."""
    three = replace(FIRST, authors=(*AUTHORS, Author("Coe")))
    one_of_three = article("12", TITLE, authors=(Author("Doe"), Author("X"), Author("Y")))
    two_of_three = article("12", TITLE, authors=(*AUTHORS, Author("Y")))
    assert article_in(one_of_three, three) is None
    assert article_in(two_of_three, three) is not None


@pytest.mark.parametrize(
    "kind",
    [
        "Preprint", "Published Erratum", "Retraction Notice", "Expression of Concern", "Comment", "Editorial", "News",
        "Meeting Abstract", "Clinical Trial Protocol",
    ],
)  # fmt: skip
def test_what_only_tells_of_the_work_is_not_it(kind: str) -> None:
    """Though it has its title and authors."""
    assert became(publication_types=(PublicationType("", kind),)) is None


@pytest.mark.parametrize(
    ("link", "is_it"),
    [
        ({"citation": f"medRxiv. doi: {FIRST.doi}"}, True),
        ({"citation": f"medRxiv. doi: {FIRST.doi.upper()}v2"}, True),
        ({"citation": f"medRxiv. doi: {FIRST.doi}7"}, False),
        ({"pmid": "99"}, True),
        ({"pmid": "98"}, False),
        ({"pmid": "99", "about_this": True}, False),
        ({"pmid": "99", "kind": NoticeKind.COMMENT}, False),
    ],
)
def test_pubmed_links_an_article_to_the_preprint_that_it_updates(link: dict[str, Any], is_it: bool) -> None:
    """By its DOI, of any version, or by its own record."""
    made = {"kind": NoticeKind.UPDATE, "ref_type": "UpdateOf", "about_this": False, **link}
    one = article("12", "Quite another title of it", notices=(Notice(**made),))
    found = article_in(one, replace(FIRST, pmid="99"))
    assert (found is not None) is is_it
    if found:
        assert (found.pmid, found.is_guess, found.why) == ("12", False, "PubMed links the two")


def test_the_record_of_the_preprint_itself_names_the_article() -> None:
    """Or nothing, where it does not."""
    own = article("99", TITLE, doi=FIRST.doi, authors=AUTHORS)
    assert is_record_of(own, FIRST)
    assert not is_record_of(article("99", TITLE), replace(FIRST, doi=""))
    assert article_in(own, FIRST) is None
    linked = Notice(NoticeKind.UPDATE, "UpdateIn", about_this=True, pmid="12", citation="Vasa. 2020.")
    found = article_in(replace(own, notices=(linked,)), FIRST)
    assert found
    assert (found.pmid, found.citation, found.is_guess) == ("12", "Vasa. 2020.", False)
    assert article_in(replace(own, notices=(replace(linked, pmid=""),)), FIRST) is None


def test_an_article_is_cited_by_title_journal_and_year() -> None:
    """As far as they are known."""
    one = article("12", "Veins.", doi="10.1/x", created_at=START)
    assert as_published(one, "why").citation == "“Veins”, Journal of Veins, 2020"
    assert as_published(replace(one, journal_abbreviation="J Veins"), "why").citation == "“Veins”, J Veins, 2020"
    bare = as_published(replace(one, journal="", created_at=None), "why")
    assert (bare.citation, bare.pmid, bare.doi, bare.why, bare.is_guess) == ("“Veins”", "12", "10.1/x", "why", False)


def test_a_title_of_few_words_tells_nothing() -> None:
    """Of more, its words are known without accents and in either spelling."""
    assert title_key("A short title") == ""
    assert title_key("Étude randomised, of very many words in it") == title_key(
        "etude RANDOMIZED of very many words in it"
    )


def test_what_a_source_is_asked_decides_when_it_begins_anew() -> None:
    """The question's words, the operator's own query, or the seed; of retractions nothing does."""
    asked = topic(query(), citing())
    words = "multiple sclerosis, Multiple Sclerosis | venous angioplasty, venoplasty, Angioplasty"
    assert plan.asked(SourceName.CLINICAL_TRIALS, asked) == plan.asked(SourceName.PREPRINTS, asked) == words
    own = replace(asked, registry_query="veins", preprints_query="necks")
    assert [plan.asked(name, own) for name in (SourceName.ISRCTN, SourceName.PREPRINTS)] == ["veins", "necks"]
    assert [plan.asked(name, own) for name in (SourceName.CROSSREF, SourceName.RETRACTION_WATCH)] == ["", ""]
    assert plan.asked(SourceName.ICITE, own) == ""
