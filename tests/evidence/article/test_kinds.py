"""What a fresh record is called by its words alone, and by which of them: one of each kind, and what is like it."""

from __future__ import annotations

import pytest

from monitor import evidence
from monitor.model import Design, Level, Role
from tests.support.articles import article


@pytest.mark.parametrize(
    ("title", "text", "design", "role", "rules"),
    [
        ("Retraction: zinc for colds", "", Design.RETRACTION_NOTICE, None, "kind.retraction_notice"),
        ("Zinc for colds: expression of concern", "", Design.CONCERN_NOTICE, None, "kind.concern_notice"),
        ("Correction to: zinc for colds", "", Design.ERRATUM, Role.ERRATUM, "kind.erratum"),
        ("Editorial: zinc", "", Design.EDITORIAL, None, "kind.editorial"),
        ("Re: zinc for colds", "", Design.COMMENT, Role.COMMENT, "kind.comment"),
        ("In memoriam: a chemist", "", Design.NEWS, None, "kind.news"),
        ("Clinical practice guidelines for colds", "", Design.GUIDELINE, None, "kind.guideline"),
        (
            "Clinical guideline for colds: a randomized trial",
            "Adults were randomly assigned to zinc or placebo.",
            Design.RANDOMIZED,
            Role.MAIN_RESULT,
            "random.act random.title",
        ),
        ("Zinc for colds: a systematic review", "", Design.SYSTEMATIC_REVIEW, None, "kind.systematic_review"),
        (
            "Zinc for colds: protocol for a systematic review",
            "",
            Design.PROTOCOL,
            None,
            "kind.protocol_title kind.systematic_review",
        ),
        (
            "Zinc for colds: a meta-analysis",
            "Trials of zinc were pooled.",
            Design.META_ANALYSIS_TREATMENT,
            None,
            "kind.meta_analysis",
        ),
        (
            "Association of zinc and colds: a meta-analysis",
            "Effects of zinc were pooled.",
            Design.META_ANALYSIS_ASSOCIATION,
            None,
            "kind.meta_analysis",
        ),
        (
            "Zinc and colds: a meta-analysis",
            "Prevalence was pooled.",
            Design.META_ANALYSIS_ASSOCIATION,
            None,
            "kind.meta_analysis",
        ),
        (
            "Treatment with zinc and risk factors of colds: a meta-analysis",
            "",
            Design.META_ANALYSIS_TREATMENT,
            None,
            "kind.meta_analysis",
        ),
        (
            "Zinc and colds",
            "We searched MEDLINE. We conducted a meta-analysis of trials of zinc.",
            Design.META_ANALYSIS_TREATMENT,
            None,
            "kind.meta_analysis_text",
        ),
        (
            "Zinc and colds",
            "We searched MEDLINE for trials of zinc.",
            Design.SYSTEMATIC_REVIEW,
            None,
            "kind.systematic_review_text",
        ),
        ("Zinc and colds: a narrative review", "", Design.REVIEW, None, "kind.review"),
        (
            "Zinc and colds: a narrative review and randomized trial",
            "Adults were randomly assigned to zinc or placebo.",
            Design.RANDOMIZED,
            Role.MAIN_RESULT,
            "random.act random.title",
        ),
        ("Zinc and colds", "This article discusses zinc.", Design.REVIEW, None, "kind.review_text"),
        (
            "Zinc for colds: an observational study, rationale and design",
            "We will enrol adults.",
            Design.OBSERVATIONAL,
            None,
            "kind.no_results",
        ),
        ("Zinc for mice", "", Design.ANIMAL, None, "kind.animal_title"),
        ("Zinc in children and mice", "", Design.UNCLEAR, None, ""),
        ("Zinc and colds", "Male mice were given zinc.", Design.ANIMAL, None, "kind.animal_text"),
        (
            "Zinc and colds",
            "Male mice were given zinc. Patients, patients, patients and patients were told.",
            Design.UNCLEAR,
            None,
            "",
        ),
        ("An in vitro study of zinc", "", Design.ANIMAL, None, "kind.animal_title_sure"),
        ("Zinc on metal", "Cell lines were grown.", Design.ANIMAL, None, "kind.bench"),
        (
            "Zinc on metal: a randomized trial",
            "Cell lines were grown. Adults took it.",
            Design.RANDOMIZED,
            Role.MAIN_RESULT,
            "random.title",
        ),
        ("Zinc for colds: a case report", "", Design.CASE_REPORT, None, "kind.case_report"),
        ("Zinc and colds", "A 45-year-old man took zinc.", Design.CASE_REPORT, None, "kind.case_report_text"),
        (
            "Zinc for colds: an open-label extension study",
            "Adults who completed the randomized trial took zinc. This is an extension of a trial.",
            Design.SECONDARY_ANALYSIS,
            Role.EXTENSION,
            "kind.extension secondary.title random.design",
        ),
        ("Validation of a zinc questionnaire", "Adults answered.", Design.CROSS_SECTIONAL, None, "kind.instrument"),
        (
            "Validation of zinc: a randomized trial",
            "Adults were randomly assigned to zinc or placebo.",
            Design.RANDOMIZED,
            Role.MAIN_RESULT,
            "random.act random.title",
        ),
        (
            "Zinc and colds",
            "This retrospective study was designed as a randomized trial of zinc in adults.",
            Design.SECONDARY_ANALYSIS,
            Role.SECONDARY_ANALYSIS,
            "secondary.text random.design",
        ),
        ("Zinc and colds", "In-depth interviews were held with adults.", Design.QUALITATIVE, None, "kind.qualitative"),
        ("A mathematical model of zinc", "Nothing.", Design.MODELLING, None, "kind.modelling"),
        (
            "Zinc and colds",
            "This controlled trial gave zinc. Patients received zinc or nothing.",
            Design.CONTROLLED,
            Role.MAIN_RESULT,
            "control.trial_words intervention.given",
        ),
        (
            "Zinc and colds",
            "This retrospective controlled trial gave zinc. Patients received zinc or nothing.",
            Design.COHORT,
            None,
            "observational.cohort",
        ),
        ("Zinc and colds", "This controlled trial gave zinc.", Design.UNCLEAR, None, ""),
        (
            "Zinc and colds",
            "Sensitivity and specificity of zinc were high.",
            Design.DIAGNOSTIC,
            None,
            "observational.diagnostic",
        ),
        (
            "Zinc and colds",
            "Zinc of adults was compared with healthy controls.",
            Design.CASE_CONTROL,
            None,
            "observational.case_control",
        ),
        ("Zinc and colds", "A cohort of adults was followed.", Design.COHORT, None, "observational.cohort"),
        (
            "Zinc and colds",
            "An online survey of adults was done.",
            Design.CROSS_SECTIONAL,
            None,
            "observational.cross_sectional",
        ),
        ("Zinc and colds", "Zinc was associated with colds.", Design.OBSERVATIONAL, None, "observational.any"),
    ],
)
def test_a_record_is_called_what_its_words_say(
    title: str, text: str, design: Design, role: Role | None, rules: str
) -> None:
    """With the rules that said so; words that only hint at a review, or at nothing, make it no more than possible."""
    verdict = evidence.assess(article("1", title, text), None)
    assert (verdict.design, verdict.role, [one.rule for one in verdict.basis]) == (design, role, rules.split())
    is_hint = rules in ("", "kind.review_text")
    assert verdict.level is (Level.POSSIBLE if is_hint else Level.STATED)
