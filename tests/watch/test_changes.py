"""Which differences are reported to readers, and which are not."""

# ruff: noqa: D103 - the name of a happening says what happens

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from monitor.model import Article, Author, Notice, NoticeKind, Registration
from monitor.watch import changes
from tests.support.records import JOURNAL_ARTICLE, RANDOMIZED, RETRACTED, START, article, notice, query

SENT_LONG_AGO = article("1", text="We treated people.", doi="10.1000/one")

Happening = Callable[[Article], Article]


def nothing_happens(old: Article) -> Article:
    return old


def the_abstract_is_corrected(old: Article) -> Article:
    return replace(old, abstract=article("1", text="We treated 12 people.").abstract)


def an_orcid_is_added(old: Article) -> Article:
    return replace(old, authors=(Author("Rossi", orcid="0000-0001"),), journal="J Veins")


def it_is_indexed_as_randomized(old: Article) -> Article:
    return replace(old, publication_types=(JOURNAL_ARTICLE, RANDOMIZED))


def a_registry_number_appears(old: Article) -> Article:
    return replace(old, registrations=(Registration("ClinicalTrials.gov", "NCT01450072", "databank"),))


def the_article_is_retracted(old: Article) -> Article:
    link = notice("RetractionIn", NoticeKind.RETRACTION, "77")
    return replace(old, notices=(*old.notices, link), publication_types=(JOURNAL_ARTICLE, RETRACTED))


def only_the_type_says_retracted(old: Article) -> Article:
    return replace(old, publication_types=(JOURNAL_ARTICLE, RETRACTED))


def an_erratum_is_published(old: Article) -> Article:
    return replace(old, notices=(notice("ErratumIn", NoticeKind.ERRATUM),))


def a_concern_is_expressed_and_the_title_changes(old: Article) -> Article:
    return replace(old, title="Another title", notices=(notice("ExpressionOfConcernIn", NoticeKind.CONCERN),))


@pytest.mark.parametrize(
    ("happening", "expected"),
    [
        (nothing_happens, []),
        (an_orcid_is_added, []),
        (the_abstract_is_corrected, [("revised", ("abstract",))]),
        (it_is_indexed_as_randomized, [("revised", ("publication_types",))]),
        (a_registry_number_appears, [("revised", ("registry_numbers",))]),
        (the_article_is_retracted, [("retracted", ())]),
        (only_the_type_says_retracted, [("retracted", ())]),
        (an_erratum_is_published, [("corrected", ())]),
        (a_concern_is_expressed_and_the_title_changes, [("concern", ()), ("revised", ("title",))]),
    ],
)
def test_a_later_state_of_an_article_sent_long_ago_reports_exactly(
    happening: Happening, expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    """Each happening is reported once, under its own name."""
    reported = changes.detect(query(), {"1": SENT_LONG_AGO}, [happening(SENT_LONG_AGO)], now=START)
    assert [(c.kind.value, tuple(r.field for r in c.revisions)) for c in reported] == expected


def test_a_retraction_is_reported_once_though_type_and_link_arrive_apart() -> None:
    """NLM sets the type first and the link later: the second state is no second retraction."""
    by_type = only_the_type_says_retracted(SENT_LONG_AGO)
    by_both = the_article_is_retracted(by_type)
    reported = changes.detect(query(), {"1": by_type}, [by_both], now=START)
    assert "retracted" not in [c.kind for c in reported]


def test_a_retraction_that_only_the_type_tells_is_named_as_pubmed_names_the_type() -> None:
    """There is no linked notice yet whose own name could be told."""
    retracted = only_the_type_says_retracted(SENT_LONG_AGO)
    (reported,) = changes.detect(query(), {"1": SENT_LONG_AGO}, [retracted], now=START)
    assert reported.notice == Notice(NoticeKind.RETRACTION, "Retracted Publication", about_this=True)


def test_an_erratum_is_not_reported_again_when_its_pmid_is_added() -> None:
    """The same notice, completed later."""
    bare = an_erratum_is_published(SENT_LONG_AGO)
    complete = replace(bare, notices=(notice("ErratumIn", NoticeKind.ERRATUM, "88"),))
    reported = changes.detect(query(), {"1": bare}, [complete], now=START)
    assert reported == []


def test_a_second_erratum_is_reported() -> None:
    """Another place is another correction."""
    first = an_erratum_is_published(SENT_LONG_AGO)
    second = replace(first, notices=(*first.notices, notice("ErratumIn", NoticeKind.ERRATUM, "", "J Veins. 2021;9:9")))
    reported = changes.detect(query(), {"1": first}, [second], now=START)
    assert [c.kind.value for c in reported] == ["corrected"]
    assert reported[0].notice is not None
    assert reported[0].notice.citation.startswith("J Veins. 2021")


def test_an_article_that_arrives_already_retracted_is_reported_as_both() -> None:
    """A reader must never meet a retracted article as mere news."""
    reported = changes.detect(query(), {}, [the_article_is_retracted(SENT_LONG_AGO)], arrived=frozenset("1"), now=START)
    assert [c.kind.value for c in reported] == ["new", "retracted"]


def test_both_values_of_a_revision_are_kept() -> None:
    """Field, old and new, as text."""
    (revision,) = changes.revised_fields(SENT_LONG_AGO, the_abstract_is_corrected(SENT_LONG_AGO))
    assert (revision.field, revision.old, revision.new) == ("abstract", "We treated people.", "We treated 12 people.")


def test_lists_are_reported_in_one_order_however_pubmed_lists_them() -> None:
    """Types, registry numbers and notices, each once, as a reader would write them."""
    numbers = [Registration("ClinicalTrials.gov", number, "databank") for number in ("NCT2", "NCT1", "NCT2")]
    remark = notice("CommentIn", NoticeKind.COMMENT, "5", "")
    new = replace(
        SENT_LONG_AGO,
        publication_types=(RANDOMIZED, JOURNAL_ARTICLE),
        registrations=tuple(numbers),
        notices=(notice("ErratumIn", NoticeKind.ERRATUM), remark, notice("UpdateOf", NoticeKind.OTHER, "6")),
    )
    assert [(one.field, one.old, one.new) for one in changes.revised_fields(SENT_LONG_AGO, new)] == [
        ("publication_types", "Journal Article", "Journal Article; Randomized Controlled Trial"),
        ("registry_numbers", "", "NCT1; NCT2"),
        ("notices", "", "CommentIn: 5; ErratumIn: J Veins. 2020;1:2"),
    ]


def test_the_other_end_of_a_link_is_no_alarm_about_this_article() -> None:
    """An erratum's own record is new, not corrected."""
    of_another = replace(notice("ErratumFor", NoticeKind.ERRATUM, "9"), about_this=False)
    reported = changes.detect(
        query(), {}, [replace(SENT_LONG_AGO, notices=(of_another,))], arrived=frozenset("1"), now=START
    )
    assert [c.kind.value for c in reported] == ["new"]


def test_what_happens_beside_a_retraction_is_reported_too() -> None:
    """The type that comes with it is not; a new abstract is, and so is a type that comes later."""
    retracted = the_article_is_retracted(SENT_LONG_AGO)
    reported = changes.detect(query(), {"1": SENT_LONG_AGO}, [the_abstract_is_corrected(retracted)], now=START)
    assert [(c.kind.value, tuple(r.field for r in c.revisions)) for c in reported] == [
        ("retracted", ()),
        ("revised", ("abstract",)),
    ]
    typed = replace(an_erratum_is_published(SENT_LONG_AGO), publication_types=(JOURNAL_ARTICLE, RANDOMIZED))
    reported = changes.detect(query(), {"1": SENT_LONG_AGO}, [typed], now=START)
    assert [(c.kind.value, tuple(r.field for r in c.revisions)) for c in reported] == [
        ("corrected", ()),
        ("revised", ("publication_types",)),
    ]


def test_a_notice_whose_citation_is_only_tidied_is_the_same() -> None:
    """Spaces, capitals and the last full stop; another kind at the same place is another notice."""
    untidy = replace(SENT_LONG_AGO, notices=(notice("ErratumIn", NoticeKind.ERRATUM, "", "J  Veins. 2020;1:2."),))
    tidy = replace(SENT_LONG_AGO, notices=(notice("ErratumIn", NoticeKind.ERRATUM, "", "J VEINS. 2020;1:2"),))
    assert "corrected" not in [c.kind for c in changes.detect(query(), {"1": untidy}, [tidy], now=START)]
    concern = replace(tidy, notices=(notice("ExpressionOfConcernIn", NoticeKind.CONCERN, "", "J VEINS. 2020;1:2"),))
    assert "concern" in [c.kind for c in changes.detect(query(), {"1": untidy}, [concern], now=START)]


def test_a_notice_is_known_by_its_pmid_wherever_it_is_said_to_stand() -> None:
    """NLM corrects a place; another PMID at another place is another notice."""

    def kinds(*after: Notice) -> list[str]:
        first = replace(SENT_LONG_AGO, notices=(notice("ErratumIn", NoticeKind.ERRATUM, "88", "J Veins. 2020;1:2"),))
        told = changes.detect(query(), {"1": first}, [replace(first, notices=after)], now=START)
        return [c.kind.value for c in told]

    assert "corrected" not in kinds(notice("ErratumIn", NoticeKind.ERRATUM, "88", "J Veins. 2020;1:3"))
    assert "corrected" in kinds(notice("ErratumIn", NoticeKind.ERRATUM, "89", "J Veins. 2021;9:9"))


def test_what_is_gone_is_reported_with_its_reason() -> None:
    """In the order of the PMIDs, with search and instant."""
    reported = changes.detect(query(), {}, [], gone={"3": "it no longer matches", "2": "deleted"}, now=START)
    assert [(c.kind.value, c.pmid, c.why, c.search, c.at) for c in reported] == [
        ("gone", "2", "deleted", "veins", START),
        ("gone", "3", "it no longer matches", "veins", START),
    ]
