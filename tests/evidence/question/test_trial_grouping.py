"""Which reports are one trial, and why."""

from __future__ import annotations

from monitor.evidence.question.trial_grouping import group
from monitor.model import Article, TrialLink
from tests.support.articles import article, judged, sham_trial


def keys(*found: Article, links: tuple[TrialLink, ...] = ()) -> list[list[str]]:
    """PMIDs by trial."""
    return [[r.article.pmid for r in one.reports] for one in group(judged(*found), links)]


def secondary(pmid: str, **fields: object) -> Article:
    """A later look at a trial of the question."""
    text = "This is a post hoc analysis of a randomized trial of venous angioplasty in multiple sclerosis."
    return article(pmid, "Lesions after venous angioplasty: post hoc analysis", text, **fields)


def test_a_registry_number_joins_reports() -> None:
    """The number is the trial; the reason is kept."""
    found = group(judged(sham_trial("1", 19, numbers=("NCT1",)), secondary("2", numbers=("NCT1",), day="2019-01-01")))
    assert [len(one.reports) for one in found] == [2]
    assert found[0].why["2"] == "same registry number NCT1"


def test_a_record_that_lists_several_numbers_joins_none() -> None:
    """A pooled analysis names both trials and is neither."""
    one, two = sham_trial("1", 19, numbers=("NCT1",)), sham_trial("2", 115, numbers=("NCT2",))
    pooled = secondary("3", numbers=("NCT1", "NCT2"), day="2019-01-01")
    assert keys(one, two, pooled) == [["1"], ["2"], ["3"]]


def test_authors_with_the_same_number_of_people_join() -> None:
    """Without a number: a shared author and the same stated size."""
    one = sham_trial("1", 15, authors=("Zamboni", "Zivadinov"))
    two = article(
        "2",
        "Flow dynamics after venous angioplasty in multiple sclerosis",
        "This is a further report of that study: 15 patients with multiple sclerosis were followed.",
        authors=("Zivadinov", "Magnano"),
        day="2015-01-01",
    )
    found = group(judged(one, two))
    assert len(found) == 1
    assert "shared author" in found[0].why["2"]


def test_authors_alone_never_join() -> None:
    """One group runs several trials."""
    one, two = sham_trial("1", 19, authors=("Zamboni",)), sham_trial("2", 115, authors=("Zamboni",))
    assert keys(one, replace_title(two)) == [["1"], ["2"]]


def replace_title(one: Article) -> Article:
    """The same trial under quite another title."""
    return article(
        one.pmid,
        "Opening jugular stenoses by balloon angioplasty: sham-controlled randomised evaluation of walking in MS",
        one.abstract_text,
        authors=tuple(a.last for a in one.authors),
    )


def test_an_operator_joins_and_splits_over_everything_else() -> None:
    """A person's word outranks the registry number, both ways."""
    one, two = sham_trial("1", 19, numbers=("NCT1",)), secondary("2", numbers=("NCT1",))
    apart = TrialLink("1", "2", joined=False, by="A. Reader", because="another centre")
    assert keys(one, two, links=(apart,)) == [["1"], ["2"]]
    other = sham_trial("3", 115, numbers=("NCT3",))
    together = TrialLink("1", "3", joined=True, by="A. Reader", because="extension of the first")
    assert keys(one, other, links=(together,)) == [["1", "3"]]
    back = TrialLink("3", "1", joined=False, by="B. Reader", because="looked again")
    assert keys(one, other, links=(together, back)) == [["1"], ["3"]]
