"""What makes the answer where kinds of evidence stand side by side, and what is told beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from monitor.evidence.question.causes import causes
from monitor.evidence.question.in_words.wording import NOT_APPRAISED
from monitor.model import AbstractSection, AnswerState, Article, NoticeKind, Registration
from tests.evidence.question.test_answer import answer_to
from tests.support.articles import TOPIC, article, notice, sham_trial

COMPARED = article(
    "7",
    "Venous angioplasty in multiple sclerosis: a controlled study",
    "15 patients with multiple sclerosis were treated with venous angioplasty at once or were in a delayed "
    "treatment group. Relapses were fewer in the treated patients.",
    day="2011-08-12",
)
SERIES = article(
    "8",
    "A prospective open-label study of venous angioplasty in multiple sclerosis",
    "All 65 patients with multiple sclerosis were treated with venous angioplasty; there was no control group.",
    day="2009-12-01",
)
PLANNED = article(
    "4",
    "Venous angioplasty in multiple sclerosis: study protocol for a randomized sham-controlled trial",
    "Patients with multiple sclerosis will be randomised to venous angioplasty or sham.",
    day="2012-10-03",
)


@pytest.mark.parametrize(
    ("found", "state", "begins", "since", "causes"),
    [
        ([SERIES], AnswerState.UNCONTROLLED, "Only uncontrolled reports of", date(2009, 12, 1), ("8",)),
        ([COMPARED, SERIES], AnswerState.CONTROLLED, "One controlled comparison (15", date(2011, 8, 12), ("7",)),
        ([PLANNED], AnswerState.REGISTERED, "Trials of venous angioplasty in multiple sclerosis are", None, ()),
        ([PLANNED, SERIES], AnswerState.REGISTERED, "Only uncontrolled reports of", date(2009, 12, 1), ("8",)),
        ([PLANNED, COMPARED], AnswerState.CONTROLLED, "One controlled comparison (15", date(2011, 8, 12), ("7",)),
    ],
)
def test_the_strongest_evidence_makes_the_answer(
    found: list[Article], state: AnswerState, begins: str, since: date | None, causes: tuple[str, ...]
) -> None:
    """Since its first day, caused by its report; a plan is told after it."""
    made = answer_to(*found)
    assert (made.state, made.since, made.causes) == (state, since, causes)
    assert made.sentence.startswith(begins)
    assert made.sentence.endswith("is published; no result yet.") is (PLANNED in found)
    assert made == answer_to(*reversed(found))


def test_beside_a_trial_a_plan_and_a_comparison_are_lines() -> None:
    """Neither stands in the headline."""
    made = answer_to(sham_trial("1", 19), PLANNED, COMPARED, SERIES)
    assert made.sentence == "One randomised sham-controlled trial (19 people) shows no benefit."
    assert made.lines == (
        NOT_APPRAISED,
        "One further comparison was controlled but not randomised (15 people); it is listed and not counted.",
        "The protocol of a randomised sham-controlled trial is published; no result yet.",
    )
    assert [trial.status for trial in made.silent_trials] == ["protocol only"]


def test_each_kind_of_evidence_alone_has_only_its_caveat_beside_it() -> None:
    """Nothing is said of what is not there."""
    lines = [answer_to(one).lines for one in (sham_trial("1", 19), COMPARED, PLANNED, SERIES)]
    assert lines == [(NOT_APPRAISED,), (NOT_APPRAISED,), (), ()]


def test_a_trial_against_a_wait_list_is_unblinded_and_told_after_the_sham_controlled() -> None:
    """Each kind by itself; directions are never averaged over kinds."""
    text = "66 patients with multiple sclerosis were randomly assigned to venous angioplasty or a wait list. {}"
    open_trial = article(
        "9",
        "Endovascular treatment in multiple sclerosis: an open-label randomized trial",
        text.format("Endovascular treatment significantly improved walking speed."),
    )
    assert answer_to(open_trial).state is AnswerState.UNBLINDED
    assert answer_to(open_trial, sham_trial("1", 19)).sentence == (
        "One randomised sham-controlled trial (19 people) shows no benefit. "
        "One open randomised wait-list trial (66 people) reports benefit."
    )


def test_what_waits_says_for_what() -> None:
    """For a person where the topic demands one, else for words of allocation."""
    strict = answer_to(sham_trial("1", 19, authors=("Siddiqui",)), topic=replace(TOPIC, requires_screening=True))
    assert strict.lines == ("Not counted yet (until a person has appraised it): Siddiqui 2014.",)
    typed = article("1", "Venous angioplasty in multiple sclerosis", types=("Randomized Controlled Trial",))
    assert answer_to(typed).lines == (
        "Not counted yet (its text does not state how people were allocated): "
        "“Venous angioplasty in multiple sclerosis”, 2014.",
    )


def test_the_basis_names_article_design_and_words() -> None:
    """For each trial that counts; the newest of several is the cause."""
    made = answer_to(sham_trial("1", 19), sham_trial("2", 115, day="2017-11-18"))
    assert made.causes == ("2",)
    assert made.basis[0].startswith("PMID 1: randomized trial (stated in the text): “")
    assert "(abstract, random.act)" in made.basis[0]


def test_the_first_review_to_include_the_most_trials_is_told() -> None:
    """A later one with as many is not; one that found none is told only while no trial counts."""
    title = "Venous angioplasty in multiple sclerosis: a systematic review"
    many = [
        article(str(pmid), title, f"We included {count} randomised trials.", day=day)
        for pmid, count, day in ((5, "two", "2015-01-01"), (6, "three", "2016-01-01"), (7, "three", "2017-01-01"))
    ]
    trial = sham_trial("1", 19)
    assert "A systematic review (2016) includes three randomised trials." in answer_to(trial, *many).sentence
    assert answer_to(trial, *many).fingerprint == answer_to(trial, *many[:2]).fingerprint
    none = article("5", title, "No randomised trial met our criteria.", day="2013-01-01")
    assert "found no eligible" in answer_to(none).sentence
    assert "review" not in answer_to(trial, none).sentence
    assert [line.pmid for line in answer_to(*reversed(many)).reviews] == ["5", "6", "7"]
    gone = [replace(one, notices=(notice("RetractionIn", NoticeKind.RETRACTION, ""),)) for one in many]
    assert answer_to(trial, *gone).reviews == ()


def test_the_latest_meta_analysis_of_association_is_quoted() -> None:
    """Only one about the intervention's own name; one that concludes nothing says so."""
    title = "Association between venous insufficiency and multiple sclerosis: a meta-analysis"
    said = "Case-control studies were pooled. Venous insufficiency was associated with multiple sclerosis."

    def association(*found: tuple[str, str, str]) -> str:
        topic = replace(TOPIC, question=replace(TOPIC.question, intervention_name="venous angioplasty"))
        made = [
            article(pmid, title, text, types=("Meta-Analysis",), authors=("Rossi",), day=day)
            for pmid, text, day in found
        ]
        return answer_to(*made, topic=topic).association

    assert association() == ""
    assert association(("1", said, "2012-01-01"), ("2", "Studies were pooled.", "2013-01-01")) == (
        "Latest meta-analysis (Rossi 2013) states no conclusion in its abstract."
    )
    assert association(("1", said, "2014-01-01"), ("2", "Studies were pooled.", "2013-01-01")) == (
        "Latest meta-analysis (Rossi 2014): “Venous insufficiency was associated with multiple sclerosis.”"
    )


# --- what made it differ from the one before ---------------------------------------------------------

SMALL, LARGE = sham_trial("1", 19, numbers=("NCT1",)), sham_trial("2", 115, numbers=("NCT2",), day="2017-11-18")
REVIEW = article(
    "5",
    "Venous angioplasty in multiple sclerosis: a systematic review",
    "We included two randomised trials.",
    day="2015-01-01",
)


def test_a_first_answer_is_caused_by_the_newest_it_rests_on() -> None:
    """There is nothing to compare it with."""
    assert causes(None, answer_to(SMALL, LARGE)) == ("2",)


def test_a_new_trial_is_the_cause_and_outweighs_a_review() -> None:
    """Its main result, not its other reports."""
    later = article(
        "6",
        "Lesions after venous angioplasty: post hoc analysis",
        "This is a post hoc analysis of a randomized trial of venous angioplasty in multiple sclerosis.",
        numbers=("NCT2",),
        day="2019-01-01",
    )
    assert causes(answer_to(SMALL), answer_to(SMALL, LARGE, REVIEW, later)) == ("2",)
    assert causes(answer_to(SMALL, LARGE), answer_to(SMALL, LARGE, REVIEW, later)) == ("5",)


@pytest.mark.parametrize("says", ["Angioplasty improved walking.", "It was compared with usual care.", ""])
def test_a_trial_that_says_something_else_is_the_cause(says: str) -> None:
    """Its statement or its number of people changed."""
    after = sham_trial("1", 20 if not says else 19, says=says or "Angioplasty showed no benefit over sham.")
    assert causes(answer_to(SMALL, LARGE), answer_to(replace(after, registrations=SMALL.registrations), LARGE)) == (
        "1",
    )


def test_a_notice_on_a_trial_is_the_cause() -> None:
    """Its own record, or the trial's report where only that tells of it; what was there before is no cause."""
    erratum = article("9", "Erratum", notices=(notice("ErratumFor", NoticeKind.ERRATUM, "1"),))
    linked = replace(SMALL, notices=(notice("ErratumIn", NoticeKind.ERRATUM, ""),))
    before = answer_to(SMALL, LARGE)
    assert causes(before, answer_to(SMALL, LARGE, erratum)) == ("9",)
    assert causes(before, answer_to(linked, LARGE)) == ("1",)
    concern = replace(SMALL, notices=(notice("ExpressionOfConcernIn", NoticeKind.CONCERN, ""),))
    assert causes(answer_to(SMALL, LARGE, erratum), answer_to(concern, LARGE, erratum)) == ("1",)


def test_the_protocol_of_a_trial_that_a_registry_named_before_is_the_cause() -> None:
    """The trial was known by its number alone; what is new is the report."""
    planned = replace(PLANNED, registrations=(Registration("ClinicalTrials.gov", "NCT01371760", "databank"),))
    after = answer_to(COMPARED, planned)
    (trial,) = (trial for trial in after.silent_trials if trial.reports)
    before = replace(answer_to(COMPARED), silent_trials=(replace(trial, reports=()),))
    assert causes(before, after) == ("4",)


def test_the_review_that_includes_more_is_the_cause() -> None:
    """Not one with as many as any before; of several new ones that with the most."""
    more = replace(REVIEW, pmid="6", abstract=(AbstractSection("We included three randomised trials."),))
    as_many = replace(REVIEW, pmid="7")
    trial = answer_to(SMALL)
    assert causes(trial, answer_to(SMALL, REVIEW, more)) == ("6",)
    assert causes(answer_to(SMALL, REVIEW), answer_to(SMALL, REVIEW, as_many)) == ("1",)
    assert causes(answer_to(SMALL, REVIEW), answer_to(SMALL, REVIEW, more)) == ("6",)
    silent = replace(REVIEW, pmid="8", abstract=())
    assert causes(trial, answer_to(SMALL, silent)) == ("1",)


def test_a_first_plan_is_the_cause() -> None:
    """One that was known before is not."""
    known = answer_to(SERIES)
    assert causes(known, answer_to(SERIES, PLANNED)) == ("4",)
    assert causes(answer_to(SERIES, PLANNED), answer_to(SERIES, PLANNED)) == ("8",)


TRIAL = sham_trial("1", 19)
UNSURE = sham_trial("1", 19, says="Angioplasty may improve walking.")


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        ([TRIAL], [replace(TRIAL, title=f"{TRIAL.title}.")], False),
        ([TRIAL], [TRIAL, SERIES], False),
        ([TRIAL], [TRIAL, PLANNED], False),
        ([TRIAL], [sham_trial("1", 20)], True),
        ([TRIAL], [sham_trial("1", 19, says="Angioplasty significantly improved walking compared with sham.")], True),
        ([UNSURE], [sham_trial("1", 19, says="Angioplasty may improve sleep.")], True),
        ([TRIAL], [replace(TRIAL, notices=(notice("ErratumIn", NoticeKind.ERRATUM, "9"),))], True),
        ([TRIAL], [TRIAL, sham_trial("2", 40)], True),
        ([TRIAL], [], True),
        ([COMPARED], [COMPARED, SERIES], False),
        ([COMPARED], [COMPARED, PLANNED], True),
        ([COMPARED], [TRIAL], True),
        ([], [SERIES], True),
        ([], [PLANNED], True),
        ([SERIES], [SERIES, PLANNED], True),
    ],
)
def test_what_readers_must_be_told_is_another_answer(
    before: list[Article], after: list[Article], *, is_told: bool
) -> None:
    """What is merely shown is the same one; the order of reports makes no difference."""
    assert (answer_to(*before).fingerprint != answer_to(*after).fingerprint) is is_told
    assert answer_to(*after).fingerprint == answer_to(*reversed(after)).fingerprint


def test_a_trial_by_hearsay_is_another_answer_only_up_to_two() -> None:
    """While none counts; how many more articles speak of one is no news."""
    told = "Venous angioplasty was tested in a randomised trial in multiple sclerosis, which showed no benefit."
    letters = [
        article(str(n), f"On venous angioplasty in multiple sclerosis, part {n}", told, types=("Editorial",))
        for n in range(20, 24)
    ]
    prints = [answer_to(*letters[:count]).fingerprint for count in range(4)]
    assert len(set(prints)) == 3
    assert prints[2] == prints[3]
    assert answer_to(TRIAL, *letters).fingerprint == answer_to(TRIAL).fingerprint
