"""One group of reports as a trial: whose report leads, what it is called, what notices say of it, what is silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from monitor import evidence
from monitor.evidence.question.synthesis import Weighed, silent, spokesman, weigh
from monitor.evidence.question.trial_grouping import Group, group
from monitor.model import Article, Author, Control, Design, Judged, KnownTrial, Level, NoticeKind, Role, Verdict
from tests.support.articles import SILENT, TOPIC, article, judged, notice, sham_trial

PLAN = article(
    "4",
    "Venous angioplasty in multiple sclerosis: study protocol for a randomized sham-controlled trial",
    "Patients with multiple sclerosis will be randomised to venous angioplasty or sham.",
    numbers=("NCT1",),
    day="2012-01-01",
)
LATER = article(
    "5",
    "Lesions after venous angioplasty: post hoc analysis",
    "This is a post hoc analysis of a randomized trial of venous angioplasty in multiple sclerosis.",
    numbers=("NCT1",),
    day="2016-01-01",
)


def trial(*found: Article) -> Weighed:
    """The one trial that these articles are."""
    (one,) = group(judged(*found))
    return weigh(one)


def test_the_main_result_speaks_for_its_trial_and_all_reports_are_listed() -> None:
    """With the role of each, and what ties it to the trial."""
    main = sham_trial("1", 19, numbers=("NCT1",), authors=("Siddiqui",), journal="Neurology", doi="10.1/x")
    found = trial(PLAN, main, LATER).trial
    assert (found.key, found.name, found.sample_size, found.control) == ("NCT1", "Siddiqui 2014", 19, Control.SHAM)
    assert (found.status, found.randomized, found.first_public_on) == ("reported", True, date(2014, 6, 27))
    assert [(one.pmid, one.role, one.why) for one in found.reports] == [
        ("4", Role.PROTOCOL, "first report seen"),
        ("1", Role.MAIN_RESULT, "same registry number NCT1"),
        ("5", Role.SECONDARY_ANALYSIS, "same registry number NCT1"),
    ]
    assert (found.reports[1].journal, found.reports[1].doi) == ("Neurology", "10.1/x")
    short = replace(main, journal_abbreviation="Neurol")
    assert trial(short).trial.reports[0].journal == "Neurol"


@pytest.mark.parametrize(
    ("found", "status"),
    [((PLAN,), "protocol only"), ((LATER,), "secondary report only"), ((PLAN, LATER), "protocol only")],
)
def test_a_trial_without_a_main_result_says_what_there_is(found: tuple[Article, ...], status: str) -> None:
    """It states nothing yet."""
    weighed = trial(*found)
    assert (weighed.trial.status, weighed.main, weighed.trial.statement) == (status, None, None)
    assert not weighed.has_result


def test_a_trial_without_authors_is_called_by_its_year_or_number() -> None:
    """What is known of it, the best first."""
    assert trial(sham_trial("1", 19, numbers=("NCT1",))).trial.name == "2014"
    undated = replace(sham_trial("1", 19, numbers=("NCT1",)), created_at=None)
    assert trial(undated).trial.name == "NCT1"
    bare = replace(undated, registrations=())
    assert (trial(bare).trial.name, trial(bare).trial.key) == ("PMID 1", "pmid:1")
    group_of = replace(bare, authors=(Author(collective="PREMiSe Investigators"),))
    assert trial(group_of).trial.name == "PREMiSe Investigators"


def test_notices_become_flags_in_the_order_of_their_gravity() -> None:
    """Whether the report or the notice links; what is about another report of the trial flags nothing."""
    concern = notice("ExpressionOfConcernIn", NoticeKind.CONCERN, "8")
    erratum = article("9", "Erratum", notices=(notice("ErratumFor", NoticeKind.ERRATUM, "1"),))
    main = sham_trial("1", 19, notices=(concern,))
    assert trial(erratum, main).trial.flags == ("expression of concern", "corrected")
    about_the_plan = article("9", "Erratum", notices=(notice("ErratumFor", NoticeKind.ERRATUM, "4"),))
    assert trial(about_the_plan, PLAN, sham_trial("1", 19, numbers=("NCT1",))).trial.flags == ()


def test_a_retracted_report_gives_way_to_one_that_stands() -> None:
    """With none left the trial is retracted; it is shown with its role, and has no result."""
    gone = replace(sham_trial("1", 19, numbers=("NCT1",)), notices=(notice("RetractionIn", NoticeKind.RETRACTION, ""),))
    stands = sham_trial("2", 19, numbers=("NCT1",), day="2017-01-01")
    both = trial(gone, stands)
    assert both.main is not None
    assert (both.main.article.pmid, both.trial.status) == ("2", "reported")
    assert [one.role for one in both.trial.reports] == [Role.RETRACTED, Role.MAIN_RESULT]
    alone = trial(gone)
    assert (alone.trial.status, alone.is_retracted, alone.has_result) == ("retracted", True, False)


def test_a_type_alone_states_nothing_and_a_persons_word_does() -> None:
    """What counts is what the report says, or who has read it."""
    typed = article("1", "Venous angioplasty in multiple sclerosis", types=("Randomized Controlled Trial",))
    (one,) = judged(typed)
    assert not weigh(group([one])[0]).is_stated
    sure = replace(one.verdict, level=Level.INDEXED)
    assert not weigh(group([Judged(typed, sure)])[0]).is_stated
    read = Judged(typed, one.verdict, replace(one.verdict, by="A. Reader"))
    assert weigh(group([read])[0]).is_stated
    assert weigh(group([read])[0]).trial.appraised_by == "A. Reader"
    assert trial(sham_trial("1", 19)).is_stated


def test_a_controlled_comparison_is_not_called_randomised() -> None:
    """Nor called not so; a person's verdict decides for what the rules called a trial."""
    (one,) = judged(sham_trial("1", 19))
    compared = replace(one.verdict, design=Design.CONTROLLED, by="A. Reader")
    assert weigh(group([replace(one, screening=compared)])[0]).trial.randomized is None
    (plan,) = judged(PLAN)
    assert weigh(group([plan])[0]).trial.randomized is True
    unsaid = replace(plan.verdict, basis=())
    assert weigh(group([replace(plan, verdict=unsaid)])[0]).trial.randomized is None


def test_a_registered_trial_is_silent_until_a_report_names_it() -> None:
    """From the day of its registration on; without a name its number is its name, withdrawn means nobody took part."""
    day = SILENT.registered_on
    assert day is not None
    (one,) = silent([SILENT], [], day)
    assert (one.key, one.name, one.numbers, one.status, one.first_public_on) == (
        "NCT01089686", "Albany", ("NCT01089686",), "terminated", day,
    )  # fmt: skip
    assert silent([SILENT], [], date(2010, 3, 16)) == []
    assert silent([SILENT], {"NCT01089686"}, None) == []
    assert len(silent([SILENT], [], None)) == 1
    withdrawn = KnownTrial("NCT9", "", "withdrawn", sample_size=80, note="No money.")
    (none,) = silent([withdrawn], [], None)
    assert (none.name, none.sample_size, none.note) == ("NCT9", 0, "No money.")
    (going,) = silent([replace(withdrawn, status="recruiting")], [], None)
    assert going.sample_size == 80


def test_trials_of_another_question_are_in_no_group() -> None:
    """However well they are done."""
    other = article("1", "Aspirin in gout: a randomized trial", "60 patients with gout were randomly assigned.")
    assert evidence.assess(other, TOPIC).design is Design.RANDOMIZED
    assert group(judged(other)) == []


def result(pmid: str, day: str = "2014-01-01", **verdict: object) -> Judged:
    """A main result of a randomised trial with this verdict."""
    made = Verdict(pmid, "t", Design.RANDOMIZED, Level.STATED, "1", role=Role.MAIN_RESULT)
    return Judged(article(pmid, "Zinc", day=day), replace(made, **verdict))  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("first", "later", "speaks"),
    [
        ({}, {}, "1"),
        ({"stage": "interim"}, {}, "2"),
        ({}, {"stage": "interim"}, "1"),
        ({"stage": "interim"}, {"stage": "interim"}, "1"),
        ({}, {"sample_size": 60}, "1"),
        ({"sample_size": 60}, {}, "1"),
        ({"sample_size": 60}, {"sample_size": 61}, "2"),
        ({"sample_size": 60}, {"sample_size": 60}, "1"),
        ({"sample_size": 61}, {"sample_size": 60}, "1"),
        ({"sample_size": 60}, {"sample_size": 60, "primary": "cough"}, "2"),
        ({"sample_size": 60, "primary": "cough"}, {"sample_size": 60, "primary": "fever"}, "1"),
        ({"sample_size": 61}, {"sample_size": 60, "primary": "cough"}, "1"),
        ({}, {"primary": "cough"}, "2"),
        ({"primary": "cough"}, {"primary": "fever"}, "1"),
        ({"sample_size": 60}, {"primary": "cough"}, "1"),
    ],
)
def test_the_first_final_report_speaks_unless_a_later_one_is_fuller(
    first: dict[str, object], later: dict[str, object], speaks: str
) -> None:
    """Of more people, or of as many where it alone names the primary outcome."""
    found = spokesman([result("1", **first), result("2", "2015-01-01", **later)])
    assert found is not None
    assert found.article.pmid == speaks


def test_a_report_that_is_retracted_speaks_only_where_all_final_ones_are() -> None:
    """It takes the provisional ones with it."""
    gone = result("1")
    gone = replace(gone, article=replace(gone.article, notices=(notice("RetractionIn", NoticeKind.RETRACTION, "9"),)))
    for others, speaks in (([result("2")], "2"), ([result("2", stage="interim")], "1"), ([], "1")):
        found = spokesman([gone, *others])
        assert found is not None
        assert found.article.pmid == speaks
    assert spokesman([]) is None


def test_what_was_reported_before_or_with_it_is_replaced_by_the_report_that_speaks() -> None:
    """What came later stands beside it; two that may be of two trials replace nothing of each other."""

    def replaced(*found: Judged, unsure: frozenset[str] = frozenset()) -> list[str]:
        weighed = weigh(Group(list(found), unsure=unsure))
        return [one.article.pmid for one in weighed.superseded]

    assert replaced(result("1", stage="interim"), result("2", "2015-01-01")) == ["1"]
    assert replaced(result("1", "2015-01-01", stage="interim"), result("2", "2015-01-01")) == ["1"]
    assert replaced(result("1"), result("2", "2015-01-01", stage="follow-up")) == []
    both = (result("1", sample_size=60), result("2", "2015-01-01", sample_size=61))
    assert replaced(*both) == ["1"]
    assert replaced(*both, unsure=frozenset("2")) == []
