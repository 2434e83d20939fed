"""Which reports are one trial, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from monitor.evidence.question.trial_grouping import group
from monitor.model import Article, Design, Judged, NoticeKind, TrialLink
from tests.support.articles import article, judged, notice, sham_trial, shipped_topic


def keys(*found: Article, links: tuple[TrialLink, ...] = ()) -> list[list[str]]:
    """PMIDs by trial."""
    return [[r.article.pmid for r in one.reports] for one in group(judged(*found), links, shipped_topic().question)]


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


def test_a_notice_between_two_reports_joins_them_and_a_comment_does_not() -> None:
    """A report that replaces or updates another is the same trial; one that comments on it is not."""
    one = sham_trial("1", 19)
    updates = secondary("2", notices=(notice("UpdateOf", NoticeKind.OTHER, "1"),), day="2019-01-01")
    (found,) = group(judged(one, updates))
    assert found.why["2"] == "linked as UpdateOf"
    commented = replace(one, notices=(notice("CommentIn", NoticeKind.COMMENT, "2"),))
    assert keys(commented, secondary("2", day="2019-01-01")) == [["1"], ["2"]]


def test_the_name_of_a_trial_in_both_titles_joins_with_an_author() -> None:
    """Not without one, not the name of a disease, not more than ten years apart, and never over two numbers."""
    text = "This is a post hoc analysis of a randomized trial of venous angioplasty in multiple sclerosis."
    titles = "Venous angioplasty in multiple sclerosis: results of {}", "Lesions in the {} study: post hoc analysis"

    def pair(name: str, day: str = "2016-06-27", author: str = "Zamboni", number: str = "") -> list[list[str]]:
        first, second = (title.format(name) for title in titles)
        numbers = (("NCT1",), (number,)) if number else ((), ())
        old = article("1", first, text, authors=("Zamboni", "Galeotti"), numbers=numbers[0])
        new = article("2", second, text, authors=(author, "Salvi"), numbers=numbers[1], day=day)
        return keys(old, new)

    assert pair("PREMiSe") == [["1", "2"]]
    assert pair("PREMiSe", day="2024-06-27") == [["1", "2"]]
    assert pair("PREMiSe", day="2025-06-27") == [["1"], ["2"]]
    assert pair("PREMiSe", author="Rossi") == [["1"], ["2"]]
    assert pair("CCSVI") == [["1"], ["2"]]
    assert pair("PREMiSe", number="NCT2") == [["1"], ["2"]]


def test_an_abbreviation_of_the_field_is_no_name_of_a_trial() -> None:
    """A group writes of two trials of JVSX: what others write of, or the article is indexed under is a term."""
    text = "This is a post hoc analysis of a randomized trial of venous angioplasty in multiple sclerosis."
    titles = "Venous angioplasty: results for JVSX in multiple sclerosis", "JVSX and lesions: post hoc analysis"
    old, new = (article(str(n), title, text, authors=("Rossi", f"Verdi{n}")) for n, title in enumerate(titles, 1))
    assert keys(old, new) == [["1", "2"]]
    assert keys(replace(old, keywords=("JVSX",)), new) == [["1"], ["2"]]
    other = article("3", "Angioplasty of JVSX, a post hoc analysis of walking", text, authors=("Bianchi",))
    assert keys(old, new, other) == [["1"], ["2"], ["3"]]


def test_nearly_the_same_title_joins_with_an_author() -> None:
    """Words that stand in every title make no likeness."""
    text = "This is a post hoc analysis of a randomized trial of venous angioplasty in multiple sclerosis."
    one = article("1", "Walking after venous angioplasty in multiple sclerosis", text, authors=("Zamboni",))
    two = replace(one, pmid="2", title="Effects of venous angioplasty on walking in patients with multiple sclerosis")
    (found,) = group(judged(one, two))
    assert found.why["2"] == "shared author Zamboni A and nearly the same title"
    assert keys(one, replace(two, title="Effects of venous angioplasty on sleep and mood in the clinical trial")) == [
        ["1"],
        ["2"],
    ]


def test_the_same_size_joins_for_five_years() -> None:
    """Later it is chance; the reason names up to three of the shared authors."""
    people = ("Zamboni", "Menegatti", "Bartolomei", "Galeotti")
    one = sham_trial("1", 15, authors=people)
    two = replace(replace_title(one), pmid="2")

    def later(day: str) -> list[Judged]:
        return judged(one, replace(two, created_at=datetime.fromisoformat(day).replace(tzinfo=UTC)))

    (found,) = group(later("2019-12-01"))
    assert found.why["2"] == "shared authors Bartolomei A, Galeotti A, Menegatti A and 15 people in both"
    assert len(group(later("2020-01-01"))) == 2


def test_an_erratum_and_a_letter_are_attached_to_the_trial_they_are_about() -> None:
    """With the link as the reason; what is linked with no report of a trial is attached to none."""
    erratum = article("8", "Erratum", notices=(notice("ErratumFor", NoticeKind.ERRATUM, "1"),))
    letter = article("9", "On a trial", types=("Letter",), notices=(notice("CommentOn", NoticeKind.COMMENT, "1"),))
    stray = article("7", "Erratum", notices=(notice("ErratumFor", NoticeKind.ERRATUM, "99"),))
    (found,) = group(judged(sham_trial("1", 19), erratum, letter, stray))
    assert [one.article.pmid for one in found.attached] == ["8", "9"]
    assert found.why == {"8": "linked as ErratumFor 1", "9": "linked as CommentOn 1"}


def test_the_oldest_report_leads_and_the_undated_one_comes_last() -> None:
    """Whatever their PMIDs; those of one day by PMID."""
    first, second = sham_trial("30", 19, day="2013-01-01"), sham_trial("4", 50, day="2014-01-01")
    undated = replace(sham_trial("2", 60), created_at=None)
    same_day = sham_trial("10", 70, day="2014-01-01")
    assert keys(undated, same_day, second, first) == [["30"], ["4"], ["10"], ["2"]]


def test_what_is_tied_to_two_reports_of_one_trial_ties_them_once() -> None:
    """Three reports of one number are one trial, each with its reason but the first."""
    found = group(
        judged(
            sham_trial("1", 19, numbers=("NCT1",)),
            secondary("2", numbers=("NCT1",), day="2015-01-01"),
            secondary("3", numbers=("NCT1",), day="2016-01-01", notices=(notice("UpdateOf", NoticeKind.OTHER, "2"),)),
        )
    )
    assert [one.why for one in found] == [{"2": "same registry number NCT1", "3": "same registry number NCT1"}]


def test_an_operators_reason_is_kept() -> None:
    """Who joined them and why; a word about reports that are not there ties nothing."""
    one, two = sham_trial("1", 19, numbers=("NCT1",)), sham_trial("3", 115, numbers=("NCT3",), day="2017-01-01")
    together = TrialLink("1", "3", joined=True, by="A. Reader", because="extension of the first")
    away = TrialLink("1", "99", joined=True, by="A. Reader", because="not here")
    (found,) = group(judged(one, two), (together, away))
    assert found.why == {"3": "joined by A. Reader: extension of the first"}
    assert found.numbers == ("NCT1", "NCT3")


def test_a_protocol_of_no_trial_is_no_report_of_one() -> None:
    """Unless a person says so."""
    review = article("1", "Venous angioplasty in multiple sclerosis: protocol for a systematic review")
    (rules,) = judged(review)
    assert rules.verdict.design is Design.PROTOCOL
    assert group([rules]) == []
    assert len(group([replace(rules, screening=replace(rules.verdict, by="A. Reader"))])) == 1


COMMON = """a an and the of in for with on to from by or at trial study randomized randomised controlled clinical
patients results protocol blind double single treatment effect effects efficacy safety versus using based"""


@pytest.mark.parametrize(("word", "is_common"), [*((word, True) for word in COMMON.split()), ("zinc", False)])
def test_words_that_stand_in_every_title_make_no_difference_to_a_likeness(word: str, *, is_common: bool) -> None:
    """Another word among three does."""
    text = "This is a post hoc analysis of a randomized trial of venous angioplasty in multiple sclerosis."
    one = article("1", "Lesions healed", text, authors=("Zamboni",))
    two = replace(one, pmid="2", title=f"Lesions healed: {word}")
    assert (keys(one, two) == [["1", "2"]]) is is_common


def test_a_report_without_a_date_is_near_to_every_other() -> None:
    """Nobody knows how many years lie between."""
    one = sham_trial("1", 15, authors=("Zamboni",))
    undated = replace(replace_title(one), pmid="2", created_at=None)
    assert keys(one, undated) == [["1", "2"]]
    assert keys(replace(one, created_at=None), undated) == [["1", "2"]]


def test_people_with_and_without_something_are_two_trials() -> None:
    """Titles that differ by a "non-" alone name two trials; nearly the same title with other numbers is not sure."""
    first = sham_trial("1", 60, authors=("Rossi",))
    apart = replace(sham_trial("2", 30, authors=("Rossi",)), title=f"{first.title} of non-relapsing disease")
    first = replace(first, title=f"{first.title} of relapsing disease")
    assert keys(first, apart) == [["1"], ["2"]]
    same = "Venous angioplasty of narrowed neck veins in multiple sclerosis: a randomised sham-controlled trial"
    large, small = (replace(sham_trial(str(n), n, authors=("Rossi", "Verdi")), title=same) for n in (60, 30))
    (one,) = group(judged(large, small))
    assert one.unsure == {"60"}
