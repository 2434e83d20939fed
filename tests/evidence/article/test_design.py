"""What a methodologist would call a record: plans, further looks, experiments, and trials that others ran."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor import evidence
from monitor.model import Design, Level, MeshHeading, NoticeKind, PublicationType, Role
from tests.support.articles import TOPIC, article, indexed, notice

COLDS = "Zinc lozenges and colds in adults"


def design(title: str, text: str) -> Design:
    """What the rules call a fresh record with these words."""
    return evidence.assess(article("1", title, text), None).design


@pytest.mark.parametrize(
    "text",
    [
        "Adults will be stratified by age and randomized to zinc or placebo.",
        "We will perform a randomized trial of zinc.",
        "In this randomised trial the primary outcome is days with a cold. Recruitment started in May.",
        "This randomised trial compares zinc with placebo. Findings will be disseminated in journals.",
        "The trial is expected to be completed in 2027. Adults are randomly assigned to zinc or placebo.",
    ],
)
def test_a_plan_is_a_protocol_in_whatever_tense(text: str) -> None:
    """Future, present or past: what has no result yet and tells what it is going to find."""
    assert design(COLDS, text) is Design.PROTOCOL


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("A network for reading scans", "We propose a network. It will be useful in industrial settings."),
        ("Growing cells from mice", "This protocol presents steps for growing cells."),
        ("What is wrong with clinical trial design", "Many trials are too small."),
    ],
)
def test_steps_in_a_laboratory_and_proposed_methods_are_no_protocol_of_a_trial(title: str, text: str) -> None:
    """The same words stand in papers on methods."""
    assert design(title, text) is not Design.PROTOCOL


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (COLDS, "This is a post-hoc analysis reporting data from a larger randomized controlled trial of zinc."),
        (COLDS, "In a secondary analysis of patients from five randomized trials of zinc, age made no difference."),
        (COLDS, "Using participant-level data from 900 adults in the ZINC (Zinc In Colds) trial, we fitted models."),
        (COLDS, "Data were pooled from ten double-blind, randomized studies. Adults had fewer colds."),
        (COLDS, "Interaction terms of pre-randomization copper and the assigned zinc were fitted. Adults took part."),
        ("Immune signatures and outcomes from a randomised trial of zinc", "Samples of 60 adults were examined."),
        ("Effect of zinc on colds varies with age", "Adults were randomized to zinc or placebo."),
    ],
)
def test_a_further_look_at_a_trial_is_named_as_one(title: str, text: str) -> None:
    """Also where "larger trial" and "randomised trials" would be a wish or a mention in other sentences."""
    assert design(title, text) is Design.SECONDARY_ANALYSIS


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Predictors of atrial fibrillation after surgery", "Adults with atrial fibrillation were followed."),
        ("Prognostic markers of endometrial cancer", "Records of women in an industrial town were read."),
        ("Predictors of colds in adults", "Zinc should be tested in clinical trials."),
    ],
)
def test_predictors_without_a_trial_are_no_further_look_at_one(title: str, text: str) -> None:
    """ "Atrial" and "industrial" name no trial, and a wish for one is not one."""
    assert design(title, text) is not Design.SECONDARY_ANALYSIS


def test_two_trials_in_one_report_are_its_own() -> None:
    """A plural that the authors conducted is a statement, not a mention of others."""
    text = "Two randomized, placebo-controlled, crossover trials in healthy adults were conducted. {}"
    told = text.format("Adults were randomly assigned to zinc or placebo. Colds were shorter with zinc.")
    verdict = evidence.assess(article("1", COLDS, told), None)
    assert verdict.design is Design.RANDOMIZED
    assert "random.two_trials" in {reason.rule for reason in verdict.basis}


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Charts of adults on zinc compared with a randomized trial", "Adults in a register took zinc."),
        ("Zinc for colds: a feasibility study for a randomised trial", "Twelve adults took zinc."),
        ("Zinc for colds: emulating a target randomized trial", "Adults in a register took zinc."),
    ],
)
def test_a_trial_that_a_record_is_set_against_is_not_its_own(title: str, text: str) -> None:
    """What was compared with, prepared or emulated was run by others, or by nobody yet."""
    assert design(title, text) is not Design.RANDOMIZED


def test_half_random_is_not_random() -> None:
    """A semi-randomised comparison is controlled, whatever verb its sentences use."""
    text = (
        "This semi-randomized controlled trial gave zinc to one school. Children there were randomized to zinc or milk."
    )
    assert design(COLDS, text) is not Design.RANDOMIZED


def test_an_experiment_in_a_laboratory_is_named_as_one() -> None:
    """Randomised people without a treatment are no trial; with a placebo they are."""
    shown = "Adults were randomly assigned to read one of two vignettes."
    verdict = evidence.assess(article("1", "How adults judge colds", shown), None)
    assert (verdict.design, verdict.level) == (Design.EXPERIMENT, Level.STATED)
    assert verdict.basis[-1].rule == "kind.laboratory"
    treated = "Adults were randomly assigned to zinc or placebo. Reaction times were shorter with zinc than placebo."
    assert design("Zinc and reaction times: a randomized study", treated) is Design.RANDOMIZED


@pytest.mark.parametrize(
    "title",
    ["Dietary fish and fatty acids in women: a randomized trial", "In vitro and clinical effects: a randomized trial"],
)
def test_food_and_a_laboratory_beside_people_make_no_animal_study(title: str) -> None:
    """Fish on a plate, and test tubes beside a trial."""
    text = "Sixty women were randomly assigned to two meals. Fatty acids rose in the women who ate both."
    assert design(title, text) is Design.RANDOMIZED


@pytest.mark.parametrize(
    ("name", "ui", "meant", "role"),
    [
        ("Randomized Controlled Trial", "D016449", Design.RANDOMIZED, Role.MAIN_RESULT),
        ("Equivalence Trial", "", Design.RANDOMIZED, Role.MAIN_RESULT),
        ("Controlled Clinical Trial", "D018848", Design.CONTROLLED, Role.MAIN_RESULT),
        ("Meta-Analysis", "D017418", Design.META_ANALYSIS_TREATMENT, None),
        ("Network Meta-Analysis", "", Design.META_ANALYSIS_TREATMENT, None),
        ("Systematic Review", "D000078182", Design.SYSTEMATIC_REVIEW, None),
        ("Scoping Review", "", Design.SYSTEMATIC_REVIEW, None),
        ("Review", "D016454", Design.REVIEW, None),
        ("Comment", "D016420", Design.COMMENT, Role.COMMENT),
        ("Letter", "D016422", Design.LETTER, None),
        ("Editorial", "D016421", Design.EDITORIAL, None),
        ("News", "D016433", Design.NEWS, None),
        ("Newspaper Article", "", Design.NEWS, None),
        ("Published Erratum", "D016425", Design.ERRATUM, Role.ERRATUM),
        ("Retraction of Publication", "D016440", Design.RETRACTION_NOTICE, None),
        ("Retraction Notice", "", Design.RETRACTION_NOTICE, None),
        ("Expression of Concern", "D000075742", Design.CONCERN_NOTICE, None),
        ("Guideline", "D016431", Design.GUIDELINE, None),
        ("Practice Guideline", "D017065", Design.GUIDELINE, None),
        ("Consensus Development Conference", "D016446", Design.GUIDELINE, None),
        ("Consensus Statement", "", Design.GUIDELINE, None),
        ("Case Reports", "D002363", Design.CASE_REPORT, None),
        ("Observational Study", "D064888", Design.OBSERVATIONAL, None),
    ],
)
def test_a_type_that_an_indexer_set_says_what_the_record_is(
    name: str, ui: str, meant: Design, role: Role | None
) -> None:
    """Known by its name where a record has names only, and by NLM's id whatever the name is today."""
    silent = article("1", "Zinc and colds")
    named = evidence.assess(indexed(silent, name), None)
    assert (named.design, named.level, named.role) == (meant, Level.INDEXED, role)
    assert (named.basis[0].field, named.basis[0].words) == ("publication types", name)
    if ui:
        renamed = replace(silent, status="MEDLINE", publication_types=(PublicationType(ui, "Renamed"),))
        assert evidence.assess(renamed, None).design is meant


def test_the_type_of_a_protocol_makes_a_plan_one() -> None:
    """Also where its words alone would not; "will" or a trial must still be there."""
    plan = indexed(article("1", "Zinc and colds", "Eighty adults will take zinc."), "Clinical Trial Protocol")
    assert evidence.assess(plan, None).design is Design.PROTOCOL
    coded = replace(plan, publication_types=(PublicationType("D000078325", "Renamed"),))
    assert evidence.assess(coded, None).design is Design.PROTOCOL


@pytest.mark.parametrize(
    ("ref_type", "kind", "meant", "role"),
    [
        ("RetractionOf", NoticeKind.RETRACTION, Design.RETRACTION_NOTICE, None),
        ("ExpressionOfConcernFor", NoticeKind.CONCERN, Design.CONCERN_NOTICE, None),
        ("ErratumFor", NoticeKind.ERRATUM, Design.ERRATUM, Role.ERRATUM),
        ("CommentOn", NoticeKind.COMMENT, Design.COMMENT, Role.COMMENT),
    ],
)
def test_a_link_to_another_record_says_what_this_one_is(
    ref_type: str, kind: NoticeKind, meant: Design, role: Role | None
) -> None:
    """The link is the reason; the record that is linked to is not one itself."""
    verdict = evidence.assess(article("1", "Zinc and colds", notices=(notice(ref_type, kind, "2"),)), None)
    assert (verdict.design, verdict.role, verdict.level) == (meant, role, Level.STATED)
    assert (verdict.basis[0].rule, verdict.basis[0].field, verdict.basis[0].words) == ("link", "notices", ref_type)
    other_end = article("2", "Zinc and colds", notices=(notice(f"{kind}In", kind, "1"),))
    assert evidence.assess(other_end, None).design is Design.UNCLEAR


def test_a_letter_or_an_editorial_on_an_article_is_a_comment_on_it() -> None:
    """Its role, whatever its type."""
    link = (notice("CommentOn", NoticeKind.COMMENT, "2"),)
    editorial = evidence.assess(article("1", "On zinc", types=("Editorial",), notices=link), None)
    assert (editorial.design, editorial.role) == (Design.EDITORIAL, Role.COMMENT)


def test_a_record_about_animals_is_told_by_its_headings() -> None:
    """Animals without people; with people it is not one."""
    mice = article("1", "Zinc and colds", mesh=(MeshHeading("D000818", "Animals"),))
    verdict = evidence.assess(mice, None)
    assert (verdict.design, verdict.level) == (Design.ANIMAL, Level.INDEXED)
    assert (verdict.basis[0].rule, verdict.basis[0].field) == ("mesh", "MeSH")
    both = replace(mice, mesh=(*mice.mesh, MeshHeading("D006801", "Humans")))
    assert evidence.assess(both, None).design is not Design.ANIMAL


def test_the_cochrane_database_prints_reviews_only() -> None:
    """A record of it is one before its types arrive."""
    verdict = evidence.assess(article("1", "Zinc for colds", journal="Cochrane Database Syst Rev"), None)
    assert verdict.design is Design.SYSTEMATIC_REVIEW
    assert (verdict.basis[0].rule, verdict.basis[0].field) == ("journal.cochrane", "journal")


def test_half_an_expression_of_randomness_needs_a_crossover() -> None:
    """ "In random order" alone allocates nobody."""
    order = "Twelve patients received zinc and placebo in random order."
    assert design(COLDS, order) is not Design.RANDOMIZED
    assert design(COLDS, f"{order} This was a crossover study.") is Design.RANDOMIZED


def test_a_letter_without_an_abstract_that_indexers_call_a_trial_is_one() -> None:
    """Indexers have read it whole."""
    title = "Venous angioplasty in multiple sclerosis"
    assert evidence.assess(article("1", title, "", types=("Letter",)), TOPIC).design is Design.LETTER
    both = article("1", title, "", types=("Letter", "Randomized Controlled Trial"))
    assert evidence.assess(both, TOPIC).design is Design.RANDOMIZED


def test_a_simulated_trial_was_held_by_nobody_unless_an_indexer_saw_one() -> None:
    """The type counts where a person set it, and an indexed record without it is a model all the same."""
    simulated = article("1", "A simulated trial of zinc in colds", "We simulated a randomised trial of zinc.")
    typed = replace(simulated, publication_types=(PublicationType("", "Randomized Controlled Trial"),))
    designs = [evidence.assess(one, None).design for one in (simulated, indexed(simulated), typed, indexed(typed))]
    assert designs == [Design.MODELLING, Design.MODELLING, Design.MODELLING, Design.RANDOMIZED]


@pytest.mark.parametrize(
    ("title", "people", "is_animal"),
    [
        ("Zinc and fever", 0, True),
        ("Zinc and fever", 3, True),
        ("Zinc and fever", 4, False),
        ("Zinc and fever in patients", 0, False),
    ],
)
def test_rats_in_the_abstract_of_a_report_on_people_make_no_animal_study(
    title: str, people: int, *, is_animal: bool
) -> None:
    """The title names people, or the abstract does so again and again."""
    rats = "Twenty adult Wistar rats were given zinc."
    text = f"{rats} {' '.join(['It was seen in patients.'] * people)}"
    assert (design(title, text) is Design.ANIMAL) is is_animal
