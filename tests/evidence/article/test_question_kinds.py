"""Invented records that name the question's words and do not answer it, and their likes that do; the shipped topic."""

from __future__ import annotations

import pytest

from monitor import evidence
from monitor.model import Relevance
from tests.support.articles import article, judged, shipped_topic

COMPARATOR = "The trial tests another treatment; venous angioplasty is what it was compared with."
OTHER_ARM = "The trial has an arm with venous angioplasty, but this report is about another arm."
GIVEN_TO_ALL = "Venous angioplasty is not what differs between the groups."
FEW = "Only 14 of 140 participants had multiple sclerosis."
ONLY_MENTIONED = "it is not what the study tested."
NOT_THE_PEOPLE = "it is not whom the study is about."

NOT_OF_THE_QUESTION = [
    (
        GIVEN_TO_ALL,
        "Reminder letters and uptake of venous angioplasty in multiple sclerosis: a randomised trial",
        "200 patients with multiple sclerosis were randomised to a reminder letter or none. Uptake rose.",
    ),
    (
        GIVEN_TO_ALL,
        "Adding aspirin to venous angioplasty in multiple sclerosis: a randomised placebo-controlled trial",
        "60 patients with multiple sclerosis were randomised to venous angioplasty plus aspirin or venous angioplasty "
        "plus placebo. Relapses were fewer with aspirin (P=0.02).",
    ),
    (
        COMPARATOR,
        "Natalizumab versus venous angioplasty in multiple sclerosis: a randomized trial",
        "We randomly assigned 80 patients with multiple sclerosis to natalizumab or to venous "
        "angioplasty. Natalizumab was superior.",
    ),
    (
        COMPARATOR,
        "Aspirin versus warfarin following endovascular treatment in multiple sclerosis: a randomized trial",
        "One hundred patients with multiple sclerosis treated with balloon angioplasty were randomised "
        "to aspirin or warfarin after the procedure.",
    ),
    (
        COMPARATOR,
        "Alemtuzumab is superior to venous angioplasty in relapsing multiple sclerosis: randomised trial",
        "We randomised 90 patients with multiple sclerosis to alemtuzumab or venous angioplasty. "
        "Relapses were fewer with alemtuzumab.",
    ),
    (
        COMPARATOR,
        "Exercise training in multiple sclerosis: a randomised controlled trial",
        "Ninety patients with multiple sclerosis were randomised to exercise or venous angioplasty. "
        "Exercise improved walking more than angioplasty did.",
    ),
    (
        COMPARATOR,
        "Fingolimod compared with endovascular treatment in MS: a randomised trial",
        "Patients with MS were assigned to fingolimod or endovascular treatment.",
    ),
    (
        COMPARATOR,
        "Dexmedetomidine versus propofol for venous angioplasty in multiple sclerosis",
        "In this randomised trial 60 patients with multiple sclerosis received dexmedetomidine or propofol.",
    ),
    (
        COMPARATOR,
        "Superiority of autologous stem cell transplantation over venous angioplasty in multiple "
        "sclerosis: a randomised trial",
        "Sixty patients with MS were randomised to transplantation or venous angioplasty. Relapses were "
        "fewer after transplantation.",
    ),
    (
        COMPARATOR,
        "Cooling garments in multiple sclerosis: a randomised controlled trial",
        "We randomly allocated 50 people with MS to cooling garments or balloon venoplasty. Fatigue "
        "improved more with garments.",
    ),
    (
        COMPARATOR,
        "Intravascular ultrasound versus venography for guiding venous angioplasty in multiple "
        "sclerosis: randomized trial",
        "Patients with MS were randomised to intravascular ultrasound guidance or venography guidance of angioplasty.",
    ),
    (
        FEW,
        "Venous angioplasty for neurological disease: a randomised sham-controlled trial",
        "We randomised 140 patients, of whom 14 had multiple sclerosis, to venous angioplasty or sham.",
    ),
    (
        FEW,
        "Venous angioplasty for chronic headache: a randomised sham-controlled trial",
        "140 patients with headache (14 with multiple sclerosis) were randomly assigned to venous angioplasty or sham.",
    ),
    (
        FEW,
        "Jugular stenting in neurological disorders: a randomised controlled trial",
        "Participants were 140 adults, including 14 (10%) with multiple sclerosis. They were randomised "
        "to stenting or usual care.",
    ),
    (
        FEW,
        "Venous angioplasty in chronic neurological disease: a randomised sham-controlled trial",
        "One hundred and forty patients were randomised to venous angioplasty or sham: 70 with Parkinson "
        "disease, 56 with migraine and 14 with multiple sclerosis.",
    ),
    (
        FEW,
        "Venous angioplasty in neurological disease: a randomised sham-controlled trial",
        "We randomised 140 patients to venous angioplasty or sham; 10% had multiple sclerosis.",
    ),
    (
        FEW,
        "Venous stenting for intracranial hypertension: randomised sham-controlled trial",
        "Of 140 randomised patients, 14 (10%) also had multiple sclerosis.",
    ),
    (
        FEW,
        "Venous angioplasty for dizziness: a randomised sham-controlled trial",
        "Patients (n = 140; 14 with MS) were randomised to venous angioplasty or sham.",
    ),
    (
        GIVEN_TO_ALL,
        "Interferon beta added to venous angioplasty in multiple sclerosis: a randomized trial",
        "All 60 patients with multiple sclerosis had undergone venous angioplasty and were randomly "
        "assigned to interferon beta or placebo. Relapses did not differ.",
    ),
    (
        GIVEN_TO_ALL,
        "Physiotherapy for walking in multiple sclerosis: a randomised controlled trial",
        "METHODS: Sixty patients with multiple sclerosis on stable background treatment after venous "
        "angioplasty were randomised to physiotherapy or no physiotherapy. RESULTS: Walking did not "
        "differ between groups.",
    ),
    (
        GIVEN_TO_ALL,
        "Vitamin D after venous angioplasty in multiple sclerosis: a randomized placebo-controlled trial",
        "Forty patients with multiple sclerosis who had undergone venous angioplasty were randomly "
        "assigned to vitamin D or placebo. Restenosis did not differ.",
    ),
    (
        GIVEN_TO_ALL,
        "Music during venous angioplasty in people with multiple sclerosis: a randomized controlled trial",
        "Fifty patients with multiple sclerosis undergoing venous angioplasty were randomised to music "
        "or no music. Anxiety was lower with music.",
    ),
    (
        GIVEN_TO_ALL,
        "Ultrasound contrast to guide venoplasty in multiple sclerosis: a randomised trial",
        "Sixty patients with multiple sclerosis scheduled for venoplasty were randomised to "
        "contrast-enhanced or plain ultrasound. Image quality was better.",
    ),
    (
        GIVEN_TO_ALL,
        "Sedation for venous angioplasty in multiple sclerosis: a randomised double-blind trial",
        "Patients with MS were randomly assigned to dexmedetomidine or midazolam during angioplasty.",
    ),
    (
        GIVEN_TO_ALL,
        "Rehabilitation in multiple sclerosis: a randomised controlled trial",
        "Sixty patients with multiple sclerosis, all of whom had undergone balloon angioplasty, were "
        "randomly allocated to rehabilitation or a waiting list.",
    ),
    (
        GIVEN_TO_ALL,
        "Atorvastatin for people with MS already treated by venoplasty: a randomised, double-blind, "
        "placebo-controlled trial",
        "Participants received atorvastatin 80 mg or placebo. Disability did not differ.",
    ),
    (
        GIVEN_TO_ALL,
        "Effect of music on anxiety during jugular stenting for multiple sclerosis: a randomised controlled trial",
        "Eighty patients with MS were randomly assigned to listen to music or to silence during the "
        "procedure. Anxiety was lower with music.",
    ),
    (
        GIVEN_TO_ALL,
        "Contrast-enhanced ultrasound before venous angioplasty in multiple sclerosis: randomised trial",
        "Patients with MS referred for venous angioplasty were randomised to receive ultrasound contrast or saline.",
    ),
    (
        GIVEN_TO_ALL,
        "Does vitamin D prevent restenosis after venous angioplasty in multiple sclerosis? A randomised trial",
        "Eighty patients were randomised to vitamin D or placebo after venous angioplasty.",
    ),
    (
        GIVEN_TO_ALL,
        "Low molecular weight heparin in patients undergoing venoplasty for CCSVI and multiple sclerosis: RCT",
        "Patients were randomised to heparin for 3 weeks or no heparin.",
    ),
    (
        GIVEN_TO_ALL,
        "Ocrelizumab plus venous angioplasty versus placebo plus venous angioplasty in multiple "
        "sclerosis: a randomized trial",
        "All participants with MS underwent venous angioplasty and were randomised to ocrelizumab or placebo.",
    ),
    (
        GIVEN_TO_ALL,
        "Compression stockings following jugular stenting in people with MS: a randomised trial",
        "Participants were randomised to wear stockings or none.",
    ),
    (
        GIVEN_TO_ALL,
        "Antiplatelet therapy to maintain patency after endovascular treatment of CCSVI in multiple "
        "sclerosis: a randomised comparison",
        "Clopidogrel and aspirin were compared in 80 patients with MS, randomly assigned after the procedure.",
    ),
    (
        GIVEN_TO_ALL,
        "Virtual reality goggles to reduce anxiety during balloon angioplasty for multiple sclerosis: "
        "randomised controlled trial",
        "MS patients were randomised to goggles or standard care while the procedure was performed.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous angioplasty in patients without multiple sclerosis: a randomized sham-controlled trial",
        "Forty patients with headache but without multiple sclerosis were randomly assigned to venous "
        "angioplasty or sham.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous angioplasty for headache: a randomized sham-controlled trial",
        "Forty patients with headache and no multiple sclerosis were randomly assigned to venous angioplasty or sham.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous angioplasty in a disorder distinct from multiple sclerosis: a randomized sham-controlled trial",
        "Forty patients were randomly assigned to venous angioplasty or sham. Their disorder is distinct from MS.",
    ),
    (
        NOT_THE_PEOPLE,
        "Stenting in metabolic syndrome (MS): a randomised controlled trial",
        "Eighty patients with MS were randomly assigned to stenting or medical therapy.",
    ),
    (
        NOT_THE_PEOPLE,
        "Balloon dilatation in mitral stenosis (MS): a randomised trial",
        "Eighty patients with MS were randomly assigned to balloon dilatation or surgery.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous stents and plasma markers: a randomised controlled trial",
        "Eighty adults were randomly assigned to venous stents or standard care. Markers in plasma were "
        "measured by LC-MS in all patients.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous stents and plasma markers: a randomised controlled trial",
        "Eighty patients were randomly assigned to venous stents or standard care. Metabolites of "
        "participants were measured with gas chromatography-MS (GC/MS).",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous stents: a randomised controlled trial",
        "Eighty patients were randomly assigned to venous stents or standard care. Markers in patients "
        "were measured with tandem MS/MS.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous stents: a randomised controlled trial",
        "Eighty patients were randomly assigned to venous stents or standard care. In patients, MS was "
        "used as the detector; mass spectrometry (MS) profiles differed.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous stents: a randomised controlled trial",
        "Eighty patients were randomly assigned to venous stents or standard care. Reaction time of "
        "patients was 300 ms in the stent group.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous stents in healthy volunteers: a randomised trial",
        "Healthy volunteers free of multiple sclerosis were randomly assigned to stents or none.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venoplasty for dizziness: a randomised sham-controlled trial",
        "Adults with dizziness were randomly assigned to venoplasty or sham. People with a diagnosis of "
        "multiple sclerosis were not enrolled.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venoplasty for dizziness: a randomised sham-controlled trial",
        "Adults who had relatives with multiple sclerosis were randomly assigned to venoplasty or sham.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venoplasty for dizziness: a randomised sham-controlled trial",
        "Adults with dizziness were randomly assigned to venoplasty or sham; patients with multiple "
        "sclerosis served as controls for imaging.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous angioplasty in Parkinson disease: randomised sham-controlled trial",
        "Patients with Parkinson disease who were free of multiple sclerosis were randomised to venous "
        "angioplasty or sham.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous angioplasty in migraine: randomised sham-controlled trial",
        "Forty patients with migraine who had never had multiple sclerosis were randomised to venous "
        "angioplasty or sham.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous angioplasty in migraine: randomised sham-controlled trial",
        "Forty patients with migraine in whom multiple sclerosis had been ruled out were randomised to "
        "venous angioplasty or sham.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous angioplasty for a disease resembling multiple sclerosis: randomised sham-controlled trial",
        "Forty patients with Susac syndrome were randomised to venous angioplasty or sham.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous angioplasty in neuromyelitis optica, a disease distinct from multiple sclerosis: a "
        "randomised sham-controlled trial",
        "Forty patients were randomised.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous angioplasty in non-MS patients: randomised sham-controlled trial",
        "Forty patients were randomised to venous angioplasty or sham.",
    ),
    (
        NOT_THE_PEOPLE,
        "Stent implantation and metabolic syndrome: a randomised trial",
        "Patients with metabolic syndrome (MetS, MS) were randomised to stent or drugs. MS patients did well.",
    ),
    (
        NOT_THE_PEOPLE,
        "Balloon dilatation in multiple sulfatase deficiency (MS): a randomised trial",
        "People with MS were randomised to balloon dilatation or none.",
    ),
    (
        NOT_THE_PEOPLE,
        "Morphine sulfate (MS) with stents: a randomised trial",
        "Patients with MS were compared with those without.",
    ),
    (
        NOT_THE_PEOPLE,
        "Endovascular treatment in stroke and metabolites by UPLC–MS/MS: randomised trial",
        "Patients were randomised to endovascular treatment or standard care; serum of patients was "
        "analysed with UPLC–QTOF-MS.",
    ),
    (
        NOT_THE_PEOPLE,
        "Jugular stenting in patients in whom MS was excluded: randomised sham-controlled trial",
        "Sixty patients were randomised to stenting or sham.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous angioplasty in myelopathy not due to multiple sclerosis: randomised sham-controlled trial",
        "Sixty patients were randomised to angioplasty or sham.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venoplasty in metabolic syndrome: a randomised sham-controlled trial",
        "Metabolic syndrome (MS) affects many. We randomised 80 patients with MS to venoplasty or sham.",
    ),
    (
        NOT_THE_PEOPLE,
        "Stents and lipidomics: a randomised trial",
        "We randomised 60 patients with stroke to stents or drugs. Lipids were profiled by liquid "
        "chromatography tandem MS in patients.",
    ),
    (
        NOT_THE_PEOPLE,
        "Effect of venous angioplasty on caregivers of people with multiple sclerosis: randomised trial",
        "Caregivers were randomised.",
    ),
    (
        NOT_THE_PEOPLE,
        "Venous angioplasty in healthy siblings of patients with multiple sclerosis: randomised sham-controlled trial",
        "Forty siblings were randomised to venous angioplasty or sham.",
    ),
    (
        ONLY_MENTIONED,
        "Simvastatin in multiple sclerosis: an arm of a platform trial",
        "The platform trial compares several treatments, among them venous angioplasty. In this report "
        "120 patients with multiple sclerosis were randomly assigned to simvastatin or placebo. "
        "Disability did not differ.",
    ),
    (
        ONLY_MENTIONED,
        "Oral fampridine for gait in multiple sclerosis: a double-blind randomised placebo-controlled trial",
        "BACKGROUND: Many patients have had venoplasty. METHODS: Seventy adults with MS, most of whom "
        "had previously undergone venous angioplasty, received fampridine or placebo for 8 weeks. "
        "RESULTS: Gait speed was better with fampridine.",
    ),
    (
        OTHER_ARM,
        "Ibudilast in progressive multiple sclerosis: results from a multi-arm platform randomised trial",
        "Participants with multiple sclerosis were randomised to ibudilast, venoplasty, or placebo; this "
        "report is of ibudilast versus placebo, and the results of venoplasty are reported elsewhere. "
        "200 people were included. Ibudilast did not slow progression.",
    ),
    (
        OTHER_ARM,
        "Lipoic acid for progressive multiple sclerosis: the OCTOPUS platform trial",
        "Patients with progressive multiple sclerosis were randomly assigned to lipoic acid, venous "
        "angioplasty or placebo. Here 300 patients on lipoic acid or placebo are compared. Lipoic acid "
        "did not slow disability.",
    ),
    (
        OTHER_ARM,
        "Metformin arm of the CCMR platform trial in progressive multiple sclerosis",
        "In this multi-arm multi-stage trial people with MS were randomised to metformin, clemastine, "
        "venous stenting or placebo. We report metformin. Visual evoked potentials did not differ from "
        "placebo.",
    ),
]
OF_THE_QUESTION = [
    (
        "Venous angioplasty in multiple sclerosis: a randomized sham-controlled trial",
        "We randomly assigned 115 patients with multiple sclerosis to venous angioplasty or sham. "
        "Disability did not differ.",
    ),
    (
        "Venous angioplasty for MS: a randomised trial",
        "We randomised 60 people with MS to venous angioplasty or usual care.",
    ),
    (
        "Venous angioplasty added to interferon beta in multiple sclerosis: a randomised trial",
        "Sixty patients with multiple sclerosis taking interferon beta were randomised to additional "
        "venous angioplasty or no angioplasty.",
    ),
    (
        "Venous angioplasty after failure of drug therapy in multiple sclerosis: a randomised sham-controlled trial",
        "Patients with multiple sclerosis were randomised to venoplasty or sham.",
    ),
    (
        "Immediate versus delayed venous angioplasty in multiple sclerosis: a randomised trial",
        "Patients with multiple sclerosis were randomised to immediate or delayed venous angioplasty.",
    ),
    (
        "Quality of life after venous angioplasty in multiple sclerosis: a randomised sham-controlled trial",
        "Forty patients with multiple sclerosis were randomly assigned to venous angioplasty or sham. "
        "Quality of life did not differ.",
    ),
    (
        "Autonomic changes during venous angioplasty in multiple sclerosis: a randomized sham-controlled trial",
        "40 patients with MS were randomised to venoplasty or catheter venography.",
    ),
    (
        "Venous angioplasty in multiple sclerosis with and without CCSVI: a randomised sham-controlled trial",
        "Patients with MS were randomised to venoplasty or sham.",
    ),
    (
        "Balloon angioplasty without stenting in multiple sclerosis: a randomised sham-controlled trial",
        "Patients with MS were randomised to angioplasty or sham.",
    ),
    (
        "Percutaneous transluminal angioplasty versus methylprednisolone in MS: a randomised trial",
        "Patients with MS were randomised to PTVA or methylprednisolone.",
    ),
    (
        "A randomised comparison of medical therapy and venous angioplasty in multiple sclerosis",
        "Patients with multiple sclerosis were randomised to venous angioplasty or to medical therapy.",
    ),
    (
        "Medical therapy versus venous stenting in multiple sclerosis: randomised trial",
        "Patients with multiple sclerosis were randomised to stenting or medical therapy.",
    ),
    (
        "Venous angioplasty in neurological disease: a randomised sham-controlled trial",
        "We randomised 140 patients, 126 with multiple sclerosis and 14 with other diseases, to venous "
        "angioplasty or sham.",
    ),
    (
        "Venous angioplasty for CCSVI: a randomised sham-controlled trial",
        "We randomised 40 patients to venous angioplasty or sham: 14 with secondary progressive multiple "
        "sclerosis and 26 with relapsing remitting multiple sclerosis.",
    ),
    (
        "Venous angioplasty for CCSVI: a randomised sham-controlled trial",
        "A total of 115 patients with CCSVI were screened and 100 with multiple sclerosis were "
        "randomised to venous angioplasty or sham.",
    ),
    (
        "Venous angioplasty in RR-MS: randomised sham-controlled trial",
        "Patients with relapsing-remitting multiple sclerosis were randomised.",
    ),
    (
        "Venous angioplasty in CCSVI: randomised sham-controlled trial",
        "Patients with CCSVI and MS were randomised to venoplasty or sham.",
    ),
    (
        "VENOUS ANGIOPLASTY IN MULTIPLE SCLEROSIS: A RANDOMISED SHAM-CONTROLLED TRIAL",
        "Patients were randomised to venous angioplasty or sham.",
    ),
    (
        "Efficacy and safety of extracranial vein angioplasty in multiple sclerosis: a randomized clinical trial",
        "A total of 115 patients with MS were randomized to vein angioplasty or catheter venography "
        "without venous angioplasty.",
    ),
    (
        "Walking before and after venous angioplasty in multiple sclerosis: randomised sham-controlled trial",
        "Patients with MS were randomised to venoplasty or sham.",
    ),
    (
        "Randomised sham-controlled trial of treatment of CCSVI in multiple sclerosis",
        "Patients with MS were randomised to treatment or sham.",
    ),
    (
        "Venous dilation for multiple sclerosis",
        "Patients with multiple sclerosis were randomised to group A or group B. Group A underwent "
        "balloon dilatation, group B sham.",
    ),
    (
        "Venous angioplasty in multiple sclerosis treated with interferon: randomised sham-controlled trial",
        "Patients with MS on interferon were randomised to venous angioplasty or sham.",
    ),
    (
        "Venous angioplasty combined with interferon versus interferon alone in multiple sclerosis: a randomised trial",
        "Patients with MS were randomised to angioplasty plus interferon or interferon.",
    ),
    (
        "Interferon combined with venous angioplasty versus interferon alone in multiple sclerosis: a randomised trial",
        "Patients with MS were randomised to interferon plus angioplasty or interferon.",
    ),
    (
        "Venous angioplasty and exercise versus exercise alone in multiple sclerosis: randomised trial",
        "Patients with MS were randomised to angioplasty plus exercise or exercise alone.",
    ),
    (
        "Interventional treatment of jugular stenosis in MS patients not responding to drugs: randomised "
        "sham-controlled trial of venoplasty",
        "Sixty patients with MS were randomised to venoplasty or sham.",
    ),
    (
        "Clinical outcome after venous angioplasty in patients with multiple sclerosis: a randomised, "
        "double-blind, sham-controlled study",
        "Sixty-six patients with MS were randomised to venous PTA or sham PTA.",
    ),
    (
        "Sham versus venous angioplasty for multiple sclerosis: a double blind randomised trial",
        "Patients with MS were randomised to sham or venous angioplasty.",
    ),
    (
        "Does liberation treatment help? A randomised controlled trial in multiple sclerosis",
        "People with MS were allocated to liberation treatment or delayed treatment.",
    ),
    (
        "Endovascular treatment versus best medical therapy for multiple sclerosis with CCSVI: RCT",
        "Patients with MS were randomised to endovascular treatment or best medical therapy.",
    ),
]


def bearing(title: str, text: str) -> Relevance:
    """How a record bears on the shipped question."""
    return evidence.assess(article("1", title, text), shipped_topic()).relevance


@pytest.mark.parametrize(("why", "title", "text"), NOT_OF_THE_QUESTION)
def test_a_trial_of_something_else_is_not_counted(why: str, title: str, text: str) -> None:
    """The reason names the kind: another treatment, another arm, given to all, other people, or too few."""
    found = bearing(title, text)
    assert not found.is_match
    assert found.why_not.endswith(why)
    assert not evidence.answer(shipped_topic(), judged(article("1", title, text), topic=shipped_topic())).trials


@pytest.mark.parametrize(("title", "text"), OF_THE_QUESTION)
def test_a_trial_of_the_question_in_like_words_is_counted(title: str, text: str) -> None:
    """What the rules above must not take away."""
    assert bearing(title, text).is_match


@pytest.mark.parametrize(
    ("title", "text", "words"),
    [
        (
            "Venous angioplasty in neurological disease: a randomised sham-controlled trial",
            "We randomised 140 patients, 126 with multiple sclerosis and 14 with other diseases, to PTVA or sham.",
            "We randomised 140 patients, 126 with multiple sclerosis and 14 with other diseases, to PTVA or sham",
        ),
        (
            "Venous angioplasty in multiple sclerosis and Parkinson disease: a randomised sham-controlled trial",
            "We randomised 100 people to venous angioplasty or sham.",
            "Venous angioplasty in multiple sclerosis and Parkinson disease: a randomised sham-controlled trial",
        ),
        (
            "Venous angioplasty for fatigue: a randomised sham-controlled trial",
            "Adults were randomised to venous angioplasty or sham. Of these 90 patients, 60 (67%) had MS.",
            "60 of 90 participants",
        ),
    ],
)
def test_a_mixed_population_is_said_to_be_mixed(title: str, text: str, words: str) -> None:
    """The trial counts, and a line says whom else it studied."""
    found = evidence.answer(shipped_topic(), judged(article("1", title, text), topic=shipped_topic()))
    assert len(found.trials) == 1
    (line,) = (line for line in found.lines if line.startswith("Not all participants"))
    assert words in line
    bearing = evidence.assess(article("1", title, text), shipped_topic()).relevance
    (basis,) = (one for one in bearing.basis if one.rule == "question.mixed")
    assert basis.field == ("title" if words in title else "abstract")
    assert words in basis.words


@pytest.mark.parametrize(
    "text",
    [
        "40 patients with multiple sclerosis were randomised to venous angioplasty or sham.",
        "We randomised 40 patients: 14 with secondary progressive multiple sclerosis and 26 with relapsing multiple "
        "sclerosis, to venous angioplasty or sham.",
    ],
)
def test_people_who_all_have_the_condition_are_not_mixed(text: str) -> None:
    """Nor are forms of it."""
    one = article("1", "Venous angioplasty in multiple sclerosis: a randomised sham-controlled trial", text)
    found = evidence.answer(shipped_topic(), judged(one, topic=shipped_topic()))
    assert not any(line.startswith("Not all participants") for line in found.lines)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Opening veins in post-MS syndrome", "Patients were randomised to venous angioplasty or sham."),
        (
            "Opening veins in multiple sclerosis: a randomised sham-controlled trial",
            "Patients were randomised to venoplasty or sham; the protocol of venoplasty was published elsewhere.",
        ),
    ],
)
def test_a_hyphen_and_a_protocol_elsewhere_make_no_other_question(title: str, text: str) -> None:
    """A prefix in small letters leaves an abbreviation what it is; a protocol is not a result."""
    assert bearing(title, text).is_match
