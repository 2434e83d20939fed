"""The topic's answer: what changes it, what does not, and what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from monitor import evidence
from monitor.evidence.question.in_words import report_labels
from monitor.evidence.question.in_words.wording import NOT_APPRAISED
from monitor.model import Answer, AnswerState, Article, Control, Design, Direction, Judged, NoticeKind, Topic, Verdict
from tests.support.articles import SILENT, TOPIC, article, indexed, judged, notice, sham_trial


def answer_to(*found: Article, topic: Topic = TOPIC, today: date | None = None) -> Answer:
    """The answer that these articles give."""
    return evidence.answer(topic, judged(*found, topic=topic), (), today)


def test_nothing_found_is_said_plainly() -> None:
    """S0."""
    found = answer_to()
    assert found.state is AnswerState.NONE
    assert found.sentence == "No treatment study of venous angioplasty in multiple sclerosis is indexed."


def test_one_sham_controlled_trial_is_told_with_its_size_and_direction() -> None:
    """The headline names number, control, people and what the authors say; the quote is theirs."""
    found = answer_to(sham_trial("1", 19))
    assert found.state is AnswerState.SHAM_CONTROLLED
    assert found.sentence == "One randomised sham-controlled trial (19 people) shows no benefit."
    assert found.trials[0].statement is not None
    assert found.trials[0].statement.sentence == "Angioplasty showed no benefit over sham."
    assert found.lines[0] == NOT_APPRAISED
    assert (found.since, found.causes) == (date(2014, 6, 27), ("1",))


def test_trials_that_agree_are_added_up() -> None:
    """Trials are counted, people are summed."""
    found = answer_to(sham_trial("1", 19), sham_trial("2", 115, day="2017-11-18"))
    assert found.state is AnswerState.SEVERAL_AGREE
    assert found.sentence == "Two randomised sham-controlled trials (134 people): neither shows benefit."
    assert found.since == date(2017, 11, 18)


def test_two_trials_that_disagree_are_both_shown() -> None:
    """Neither direction is averaged away."""
    good = sham_trial("2", 40, says="Angioplasty significantly improved walking speed.")
    found = answer_to(sham_trial("1", 19), good)
    assert found.state is AnswerState.SEVERAL_DISAGREE
    assert "one shows no benefit, one reports benefit" in found.sentence
    assert [t.statement.direction for t in found.trials if t.statement] == [
        Direction.NO_DIFFERENCE,
        Direction.BENEFIT,
    ]


def test_a_retracted_trial_stops_counting_and_the_answer_says_so() -> None:
    """The support is gone at once, the trial stays visible."""
    before = answer_to(sham_trial("1", 19), sham_trial("2", 115))
    retracted = replace(sham_trial("2", 115), notices=(notice("RetractionIn", NoticeKind.RETRACTION, "3"),))
    after = answer_to(sham_trial("1", 19), retracted)
    assert after.state is AnswerState.SHAM_CONTROLLED
    assert "(19 people)" in after.sentence
    assert any("is retracted and no longer counts" in line for line in after.lines)
    assert {t.key for t in after.trials} == {t.key for t in before.trials}
    assert after.fingerprint != before.fingerprint


def test_the_only_trial_retracted_leaves_none() -> None:
    """A retracted trial must remove the support it gave."""
    gone = replace(sham_trial("1", 19), notices=(notice("RetractionIn", NoticeKind.RETRACTION, ""),))
    found = answer_to(gone)
    assert found.state is AnswerState.NONE
    assert "retracted" in found.trials[0].flags


@pytest.mark.parametrize(
    ("ref_type", "kind", "said"),
    [
        ("ErratumIn", NoticeKind.ERRATUM, "corrected by an erratum"),
        ("ExpressionOfConcernIn", NoticeKind.CONCERN, "expression of concern"),
    ],
)
def test_a_notice_on_a_trial_is_news_of_the_answer(ref_type: str, kind: NoticeKind, said: str) -> None:
    """An erratum or a concern changes the fingerprint and has its own line."""
    before = answer_to(sham_trial("1", 19))
    after = answer_to(replace(sham_trial("1", 19), notices=(notice(ref_type, kind, "9"),)))
    assert after.fingerprint != before.fingerprint
    assert any(said in line for line in after.lines)


def test_the_record_of_an_erratum_speaks_as_the_link_does() -> None:
    """Whether the erratum or the corrected record is seen first, it is one change."""
    erratum = article("9", "Erratum", notices=(notice("ErratumFor", NoticeKind.ERRATUM, "1"),))
    by_record = answer_to(sham_trial("1", 19), erratum)
    linked = replace(sham_trial("1", 19), notices=(notice("ErratumIn", NoticeKind.ERRATUM, "9"),))
    assert by_record.fingerprint == answer_to(linked, erratum).fingerprint
    assert len(by_record.trials) == 1


def test_letters_substudies_and_later_protocols_change_nothing() -> None:
    """They are shown, they are not news of the answer."""
    trial = sham_trial("1", 19, numbers=("NCT01450072",))
    before = answer_to(trial)
    more = (
        article(
            "2",
            "Post hoc analysis of a randomized trial of venous angioplasty in multiple sclerosis",
            "This is a post hoc analysis of a randomized trial.",
            numbers=("NCT01450072",),
        ),
        article(
            "3", "Curbing enthusiasm", types=("Editorial",), notices=(notice("CommentOn", NoticeKind.COMMENT, "1"),)
        ),
        article(
            "4",
            "Venous angioplasty in multiple sclerosis: study protocol for a randomized sham-controlled trial",
            "Patients with multiple sclerosis will be randomised to venous angioplasty or sham.",
        ),
    )
    after = answer_to(trial, *more)
    assert after.fingerprint == before.fingerprint
    assert len(after.trials[0].reports) == 3
    assert any("protocol" in line for line in after.lines)


def test_the_first_protocol_is_news_while_no_trial_has_reported() -> None:
    """S2 → S3."""
    plan = article(
        "4",
        "Venous angioplasty in multiple sclerosis: study protocol for a randomized sham-controlled trial",
        "Patients with multiple sclerosis will be randomised to venous angioplasty or sham.",
    )
    found = answer_to(plan)
    assert found.state is AnswerState.REGISTERED
    assert "The protocol of a randomised sham-controlled trial is published; no result yet." in found.sentence
    assert found.fingerprint != answer_to().fingerprint


def test_registered_but_silent_trials_stay_visible_and_are_no_news() -> None:
    """A terminated trial is shown with the registry's word; a registry entry alone does not change the answer."""
    topic = replace(TOPIC, known_trials=(SILENT,))
    early = answer_to(topic=topic, today=date(2010, 1, 1))
    late = answer_to(topic=topic, today=date(2012, 1, 1))
    assert early.silent_trials == ()
    assert [(t.key, t.status) for t in late.silent_trials] == [("NCT01089686", "terminated")]
    assert "NCT01089686 (terminated)" in late.lines[0]
    assert late.state is AnswerState.REGISTERED
    assert early.fingerprint == late.fingerprint


def test_a_review_that_includes_more_trials_is_news_and_one_of_association_is_not() -> None:
    """Treatment and association are separate."""
    trial = sham_trial("1", 19)
    review = article(
        "5",
        "Venous angioplasty in multiple sclerosis: a systematic review",
        "Three randomised controlled trials of venous angioplasty in people with multiple sclerosis were included.",
        day="2019-05-30",
    )
    association = article(
        "6",
        "Association between venous insufficiency and multiple sclerosis: a meta-analysis",
        "Case-control studies were pooled. Venous insufficiency was associated with multiple sclerosis.",
        day="2023-06-28",
        types=("Meta-Analysis",),
        authors=("Rossi", "Bianchi"),
    )
    first, second, third = answer_to(trial), answer_to(trial, review), answer_to(trial, review, association)
    assert "A systematic review (2019) includes three randomised trials." in second.sentence
    assert first.fingerprint != second.fingerprint
    assert second.fingerprint == third.fingerprint
    assert third.association.startswith("Latest meta-analysis (Rossi 2023): “")
    assert "was associated with multiple sclerosis" in third.association
    assert third.sentence == second.sentence


def test_reindexing_never_upgrades_an_answer_silently() -> None:
    """A type that the text does not bear out makes a line for a person, not a trial that counts."""
    one = article(
        "1", "Venous angioplasty in multiple sclerosis", "Patients with multiple sclerosis had venous angioplasty."
    )
    before, after = answer_to(one), answer_to(indexed(one, "Randomized Controlled Trial"))
    assert evidence.assess(indexed(one, "Randomized Controlled Trial"), TOPIC).design is Design.RANDOMIZED
    assert after.state is not AnswerState.SHAM_CONTROLLED
    assert not [t for t in after.trials if t.status == "reported" and t.appraised_by]
    assert any(
        line.startswith("Not counted yet") and "Venous angioplasty in multiple sclerosis" in line
        for line in after.lines
    )
    assert before.state in (AnswerState.NONE, AnswerState.UNCONTROLLED)


def test_indexing_of_a_stated_trial_is_no_news() -> None:
    """What the text stated stays what it is when the indexer agrees."""
    one = sham_trial("1", 19)
    assert answer_to(one).fingerprint == answer_to(indexed(one, "Randomized Controlled Trial")).fingerprint


def screened(one: Article, **fields: object) -> Judged:
    """The article with a person's word beside the rules'."""
    verdict = evidence.assess(one, TOPIC)
    said: Verdict = replace(verdict, by="A. Reader", because="read in full", **fields)  # type: ignore[arg-type]  # any field of a verdict
    return Judged(one, verdict, said)


def test_a_person_outranks_the_rules_and_the_answer_says_who() -> None:
    """A screening that calls it uncontrolled takes the trial out; one that confirms it drops the caveat."""
    confirmed = evidence.answer(TOPIC, [screened(sham_trial("1", 19))])
    assert confirmed.appraised
    assert NOT_APPRAISED not in confirmed.lines
    assert "appraised by A. Reader" in confirmed.basis[0]
    refuted = evidence.answer(TOPIC, [screened(sham_trial("1", 19), design=Design.SINGLE_ARM, control=Control.NONE)])
    assert refuted.state is AnswerState.UNCONTROLLED


def test_a_topic_may_demand_screening_first() -> None:
    """With requires_screening nothing counts until a person has read it."""
    strict = replace(TOPIC, requires_screening=True)
    assert answer_to(sham_trial("1", 19), topic=strict).state is AnswerState.NONE
    found = evidence.answer(strict, [screened(sham_trial("1", 19))])
    assert found.state is AnswerState.SHAM_CONTROLLED


def test_a_direction_is_quoted_or_not_stated() -> None:
    """Where the authors conclude nothing the answer invents nothing."""
    found = answer_to(sham_trial("1", 19, says="Follow-up was six months."))
    assert "has reported, and the direction of its result is not certain" in found.sentence


def test_the_same_verdicts_in_any_order_give_the_same_answer() -> None:
    """Nothing depends on the order in which articles were found."""
    found = judged(sham_trial("1", 19), sham_trial("2", 115, day="2017-11-18"), sham_trial("3", 104, day="2018-09-28"))
    assert evidence.answer(TOPIC, found) == evidence.answer(TOPIC, list(reversed(found)))


def test_trials_stand_in_the_order_in_which_they_were_published() -> None:
    """Whatever their numbers; one whose day nobody knows stands last."""
    undated = replace(sham_trial("1", 64), created_at=None)
    found = answer_to(
        undated, sham_trial("2", 104, day="2018-09-28"), sham_trial("3", 19), sham_trial("4", 115, day="2017-11-18")
    )
    assert [trial.reports[0].pmid for trial in found.trials] == ["3", "4", "2", "1"]


def test_a_part_that_a_person_has_read_is_told_as_a_part() -> None:
    """One of two trials appraised: the caveat names how many and by whom."""
    found = evidence.answer(TOPIC, [screened(sham_trial("1", 19)), *judged(sham_trial("2", 115))])
    assert found.lines[0].startswith("One of two trials appraised by a person (A. Reader)")
    assert not found.appraised


def test_a_comparison_without_randomisation_beside_a_trial_is_told_and_not_counted() -> None:
    """It has its own line with its people; the headline stays with the randomised trial."""
    compared = article(
        "7",
        "Venous angioplasty in multiple sclerosis: a controlled study",
        "15 patients with multiple sclerosis were treated with venous angioplasty at once or were in a delayed "
        "treatment group. Relapses were fewer in the treated patients.",
        day="2011-08-12",
    )
    found = answer_to(sham_trial("1", 19), compared)
    told = "One further comparison was controlled but not randomised (15 people); it is listed and not counted."
    assert told in found.lines
    assert "15" not in found.sentence


def test_a_report_is_named_by_author_and_year_and_never_by_its_number() -> None:
    """Without authors the title does it; without either the year, or a plain word."""
    named = [
        article("990000001", "A trial", authors=("Siddiqui",)),
        article("990000002", "A trial."),
        article("990000003", ""),
    ]
    assert [report_labels.cited(one) for one in named] == ["Siddiqui 2014", "“A trial”, 2014", "2014"]
    assert report_labels.cited(Article("990000004", 1, "")) == "an unnamed report"
