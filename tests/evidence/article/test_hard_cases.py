"""Articles that fool a naive reader: real titles, the words that mislead written anew."""

from __future__ import annotations

import pytest

from monitor import evidence
from monitor.model import Control, Design, NoticeKind, Role
from tests.support.articles import TOPIC, article, notice

MEDLINE_RCT = ("Journal Article", "Randomized Controlled Trial")


@pytest.mark.parametrize(
    ("number", "title", "text", "types", "design"),
    [
        (
            1,
            "Multimodal noninvasive and invasive imaging of extracranial venous abnormalities indicative of CCSVI: "
            "Results of the PREMiSe pilot study",
            "As part of PREMiSe (Prospective Randomized Endovascular therapy in MS) we compared "
            "Doppler with venography.",
            (),
            Design.SECONDARY_ANALYSIS,
        ),
        (
            2,
            "Effects of Venous Angioplasty on Cerebral Lesions in Multiple Sclerosis: Expanded Analysis of the Brave "
            "Dreams Double-Blind, Sham-Controlled Randomized Trial",
            "Post hoc, 130 participants of the trial were looked at again; some had fewer lesions.",
            MEDLINE_RCT,
            Design.SECONDARY_ANALYSIS,
        ),
        (
            3,
            "Efficacy and safety of venous angioplasty of the extracranial veins for multiple sclerosis. Brave dreams "
            "study (brain venous drainage exploited against multiple sclerosis): study protocol for a randomized "
            "controlled trial",
            "Patients will be randomised to angioplasty or sham.",
            MEDLINE_RCT,
            Design.PROTOCOL,
        ),
        (4, "Erratum to: Prospective randomized trial of venous angioplasty in MS (PREMiSe)", "", (), Design.ERRATUM),
        (
            5,
            "Combating the Spread of Ineffective Medical Procedures: A Lesson Learned From Multiple Sclerosis",
            "",
            ("Editorial", "Comment"),
            Design.EDITORIAL,
        ),
        (
            8,
            "Last Words on Last Words?",
            "Two sham-controlled randomised trials have now been completed.",
            ("Editorial",),
            Design.EDITORIAL,
        ),
        (
            11,
            "Percutaneous transluminal angioplasty for treatment of chronic cerebrospinal venous "
            "insufficiency in people "
            "with multiple sclerosis: a summary of a Cochrane systematic review",
            "No randomised controlled trial was eligible.",
            (),
            Design.SYSTEMATIC_REVIEW,
        ),
        (
            13,
            "Potential involvement of the extracranial venous system in central nervous system disorders and aging",
            "This review covers venous anomalies. Blinded, randomized and controlled clinical trials are needed.",
            ("Journal Article", "Review"),
            Design.REVIEW,
        ),
        (
            16,
            "Endovascular treatment for multiple sclerosis: The intersection of science, policy and the public",
            "The authors argue that a clinical trial is not indicated.",
            ("Editorial",),
            Design.EDITORIAL,
        ),
        (
            17,
            "Association between chronic cerebrospinal venous insufficiency and multiple sclerosis: a "
            "systematic review "
            "and meta-analysis",
            "Odds of CCSVI were compared between people with and without multiple sclerosis.",
            ("Meta-Analysis", "Systematic Review"),
            Design.META_ANALYSIS_ASSOCIATION,
        ),
        (
            20,
            "Italian multicentre observational study of the prevalence of CCSVI in multiple sclerosis (CoSMo study): "
            "rationale, design, and methodology",
            "Blinded sonographers will compare three groups.",
            (),
            Design.OBSERVATIONAL,
        ),
        (
            24,
            "Four-dimensional flow magnetic resonance imaging and ultrasound assessment of "
            "cerebrospinal venous flow in "
            "multiple sclerosis patients and controls",
            "Strictly blinded ultrasound compared patients with two groups of controls.",
            (),
            Design.CASE_CONTROL,
        ),
        (
            26,
            "The perfect crime? CCSVI not leaving a trace in MS",
            "Patients with multiple sclerosis and controls were examined; sonographer and statistician were blinded.",
            (),
            Design.CASE_CONTROL,
        ),
        (
            27,
            "A prospective open-label study of endovascular treatment of chronic cerebrospinal venous insufficiency",
            "All 65 patients with multiple sclerosis were treated; there was no control group.",
            (),
            Design.SINGLE_ARM,
        ),
        (
            29,
            "Venous angioplasty in patients with multiple sclerosis: results of a pilot study",
            "In this case-control study 15 patients had angioplasty immediately (8) or after 6 months of medical "
            "therapy (7, delayed treatment group).",
            (),
            Design.CONTROLLED,
        ),
        (
            33,
            "Mid-term sustained relief from headaches after balloon angioplasty of the internal "
            "jugular veins in patients "
            "with multiple sclerosis",
            "In this series headache was scored before and after angioplasty, without a control group.",
            (),
            Design.SINGLE_ARM,
        ),
        (
            34,
            "Efficacy and safety of cutting balloons for the treatment of obstructive lesions in the internal jugular "
            "veins",
            "A series of patients was treated with cutting balloons, without a comparison group.",
            (),
            Design.SINGLE_ARM,
        ),
        (
            36,
            "Patient-Reported Benefits of Extracranial Venous Therapy: British Columbia CCSVI Registry",
            "Patients told a registry over time how they felt.",
            (),
            Design.COHORT,
        ),
        (
            41,
            "Feasibility and safety of two surgical techniques for the development of an animal model of jugular vein "
            "occlusion",
            "Six-mouse groups were compared with a sham group; mice were randomly divided.",
            (),
            Design.ANIMAL,
        ),
        (
            43,
            "Aqueductal cerebrospinal fluid pulsatility in healthy individuals is affected by impaired cerebral venous "
            "outflow",
            "Pulsatility was compared between healthy individuals with and without CCSVI.",
            (),
            Design.CASE_CONTROL,
        ),
        (
            46,
            '"People power" or "pester power"? YouTube as a forum for the generation of evidence and patient advocacy',
            "Videos were read by thematic analysis.",
            (),
            Design.QUALITATIVE,
        ),
        (
            49,
            "Complications in MS Patients after CCSVI Procedures Abroad (Calgary, AB)",
            "",
            ("Case Reports",),
            Design.CASE_REPORT,
        ),
        (
            50,
            "Screening for chronic cerebrospinal venous insufficiency (CCSVI) using ultrasound - recommendations for a "
            "protocol",
            "",
            (),
            Design.GUIDELINE,
        ),
    ],
)
def test_each_hard_case_is_named_as_what_it_is(
    number: int, title: str, text: str, types: tuple[str, ...], design: Design
) -> None:
    """The design that a methodologist gives it, whatever words it uses."""
    one = article(str(number), title, text, types=types or ("Journal Article",))
    assert evidence.assess(one, TOPIC).design is design


def test_a_retrospective_series_that_asks_for_a_trial_is_none() -> None:
    """Case 35: "a randomized clinical trial is required", and "uncontrolled" holds "controlled"."""
    one = article(
        "35",
        "Endovascular correction of cerebrovenous anomalies in multiple sclerosis: a retrospective review of an "
        "uncontrolled case series",
        "Retrospective review of patients treated with stents. A randomized clinical trial is required.",
    )
    verdict = evidence.assess(one, TOPIC)
    assert verdict.design in (Design.SINGLE_ARM, Design.COHORT)
    assert verdict.role is None


def test_an_observational_comparison_with_an_intervention_heading_gave_none() -> None:
    """Case 47: the heading "Intervention and Outcomes" is no intervention."""
    one = article(
        "47",
        "Upper Cervical Vertebral Subluxation in Multiple Sclerosis Subjects with Chronic Cerebrospinal Venous "
        "Insufficiency: A Pilot Study",
        "Radiographs of subjects and of a control group were compared.",
    )
    assert evidence.assess(one, TOPIC).design not in (Design.RANDOMIZED, Design.CONTROLLED)


def test_a_randomised_wait_list_trial_without_registry_number_is_found() -> None:
    """Case 38: no sham, no number, still a randomised trial; control and blinding are told."""
    one = article(
        "38",
        "Percutaneous Venous Angioplasty in Patients with Multiple Sclerosis and Chronic Cerebrospinal Venous "
        "Insufficiency: A Randomized Wait List Control Study",
        "66 patients with multiple sclerosis were randomised to angioplasty at once (31) or a wait list (35).",
    )
    verdict = evidence.assess(one, TOPIC)
    assert (verdict.design, verdict.role) == (Design.RANDOMIZED, Role.MAIN_RESULT)
    assert (verdict.control, verdict.sample_size, verdict.relevance.is_match) == (Control.WAIT_LIST, 66, True)


def test_an_erratum_is_tied_to_what_it_corrects() -> None:
    """A notice by its link alone, whatever its title."""
    one = article("4", "Prospective randomized trial", notices=(notice("ErratumFor", NoticeKind.ERRATUM, "1"),))
    assert evidence.assess(one, TOPIC).design is Design.ERRATUM


@pytest.mark.parametrize(
    ("title", "text", "why"),
    [
        (
            "Natalizumab in multiple sclerosis: a randomized trial",
            "300 patients with multiple sclerosis were randomly assigned to natalizumab or placebo. "
            "Patients with previous venous angioplasty were excluded.",
            "only mentions",
        ),
        (
            "Chronic cerebrospinal venous insufficiency in Ménière's disease: venous angioplasty "
            "against medical therapy",
            "Patients with Ménière's disease were randomised to angioplasty or medical therapy.",
            "excludes",
        ),
        (
            "Jugular vein ligation and venoplasty in mice",
            "Mice were randomly divided into ligation and sham groups.",
            "animals",
        ),
        (
            "A Climate Change Social Vulnerability Index (CCSVI) for coastal towns",
            "Index values were compared in a randomised survey.",
            "excludes",
        ),
        (
            "Transvascular autonomic modulation in multiple sclerosis patients",
            "In patients with multiple sclerosis 21 had transvascular autonomic modulation and 20 had traditional "
            "balloon angioplasty.",
            "Both groups",
        ),
    ],
)
def test_what_is_not_this_question_says_why(title: str, text: str, why: str) -> None:
    """Other drug, other disease, mice, a shared acronym, two forms of the same treatment."""
    bearing = evidence.assess(article("9", title, text), TOPIC).relevance
    assert not bearing.is_match
    assert why in bearing.why_not
