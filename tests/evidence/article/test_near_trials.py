"""What a record is taken for whose words are near those of a trial: one invented record a kind, and its likes."""

from __future__ import annotations

import pytest

from monitor import evidence
from monitor.model import Design, Level
from tests.support.articles import article

#: The design, None where anything but a randomised trial is right; title, abstract, further publication types.
RECORDS = [
    (
        Design.SECONDARY_ANALYSIS,
        "Sleep and cognition in older adults with hypertension",
        "This study was conducted within the context of the SPRINT randomized trial. Participants were "
        "randomly assigned to intensive or standard treatment; we measured sleep in 600 participants.",
        (),
    ),
    (
        Design.SECONDARY_ANALYSIS,
        "Vitamin D status and fracture in a subgroup of a randomised cohort",
        "Serum samples of 300 women, a subgroup of a randomised cohort allocated to calcium or "
        "placebo, were analysed. Low vitamin D predicted fracture.",
        (),
    ),
    (
        Design.SECONDARY_ANALYSIS,
        "Gut microbiota of infants given probiotics",
        "Stool samples analysed from infants who had been randomised to probiotics or placebo in the "
        "ABC trial were sequenced.",
        (),
    ),
    (
        Design.SECONDARY_ANALYSIS,
        "Baseline characteristics of participants in the XYZ trial of statins",
        "Participants were randomly assigned to statin or placebo. At baseline the mean age was 65 years.",
        (),
    ),
    (
        Design.SECONDARY_ANALYSIS,
        "Process evaluation of a school-based physical activity intervention",
        "A cluster randomised trial allocated 20 schools. We describe fidelity, dose and reach.",
        (),
    ),
    (
        Design.SECONDARY_ANALYSIS,
        "Development of an exercise programme for a randomised trial in people with stroke",
        "We describe the development of the intervention, tested in a randomised trial; 100 patients were randomised.",
        (),
    ),
    (
        Design.SECONDARY_ANALYSIS,
        "Obesity and response to antidepressants in depressed adults",
        "Adults were randomised to sertraline or placebo in the parent study. We examined whether body "
        "mass index predicted response.",
        (),
    ),
    (
        Design.SECONDARY_ANALYSIS,
        "Alcohol consumption and blood pressure in men with heart failure: the HEART trial",
        "Among 2,000 men randomised in the HEART trial, alcohol intake at entry was associated with blood pressure.",
        (),
    ),
    (
        None,
        "Real-world outcomes of dabigatran in atrial fibrillation",
        "We compared patients in routine practice with those of the RE-LY trial, in which 18,113 "
        "patients were randomly assigned to dabigatran or warfarin. Bleeding was similar to the trial.",
        (),
    ),
    (
        None,
        "Attitudes to vaccination among nurses",
        "A randomised group of 400 nurses were surveyed about vaccination.",
        (),
    ),
    (
        None,
        "Estimating drug use with the randomised response technique",
        "Students answered by the randomised response technique; 12% admitted drug use.",
        (),
    ),
    (
        None,
        "Hand hygiene in hospitals",
        "Randomised observations of 1,200 hand hygiene opportunities by staff were made; nurses complied in 60%.",
        (),
    ),
    (
        None,
        "Alleles and lipids: a natural experiment",
        "Because alleles are randomly allocated at conception, individuals with the variant were "
        "compared with controls; patients with the allele had lower LDL.",
        (),
    ),
    (
        Design.ANIMAL,
        "Effect of dietary fibre on weight in beagles: a randomised trial",
        "Twenty-four beagles were randomly allocated to fibre or control diets.",
        (),
    ),
    (
        Design.ANIMAL,
        "Meloxicam after ovariohysterectomy: a randomised clinical trial in Labradors",
        "Forty Labradors were randomly assigned to meloxicam or placebo.",
        (),
    ),
    (
        Design.ANIMAL,
        "Comparison of two anthelmintics in Thoroughbreds",
        "Thirty Thoroughbreds were randomly allocated to ivermectin or moxidectin.",
        (),
    ),
    (
        Design.ANIMAL,
        "Milk yield with rumen-protected choline",
        "Forty Holsteins were randomly assigned to choline or control.",
        (),
    ),
    (
        Design.ANIMAL,
        "Wound healing in New Zealand Whites",
        "Wounds were made; 20 New Zealand Whites were randomly divided into two groups.",
        (),
    ),
    (
        Design.ANIMAL,
        "Analgesia in Yorkshire terriers undergoing surgery",
        "Thirty Yorkshire terriers were randomly assigned to two groups.",
        (),
    ),
    (
        Design.ANIMAL,
        "Growth of Duroc crossbreds fed zinc",
        "Ninety Duroc crossbreds were randomly assigned to zinc diets.",
        (),
    ),
    (
        Design.ANIMAL,
        "Pain after castration in Merinos",
        "Merinos were randomised to meloxicam or saline.",
        (),
    ),
    (
        Design.CONTROLLED,
        "Early mobilisation after hip fracture",
        "Patients admitted on odd days received early mobilisation, those on even days received "
        "standard care; 100 patients were studied in two groups. Walking improved.",
        (),
    ),
    (
        Design.CONTROLLED,
        "Two dressings for burns",
        "Alternate patients were allocated to silver or standard dressing; 60 patients were treated. "
        "Healing was faster with silver.",
        (),
    ),
    (
        Design.CONTROLLED,
        "Music in the waiting room",
        "Patients were allocated alternately to music or no music. 80 patients took part. Anxiety was lower.",
        (),
    ),
    (
        Design.CONTROLLED,
        "Warming before caesarean section",
        "Women were assigned to warming or usual care by odd and even hospital number. 120 women were included.",
        (),
    ),
    (
        Design.CONTROLLED,
        "Zinc for diarrhoea",
        "Children were allocated to zinc or control according to the last digit of their record "
        "number. Duration was shorter.",
        (),
    ),
    (
        Design.RANDOMIZED,
        "Two surgical techniques for hernia",
        "Allocation to mesh or suture in 100 patients was by computer software that generated the "
        "sequence; half of the patients received mesh. Recurrence was lower with mesh in this clinical "
        "trial.",
        (),
    ),
    (
        Design.RANDOMIZED,
        "Two drugs for gout",
        "Sixty patients were randomly assigned to drug or placebo.",
        ("Case Reports",),
    ),
    (
        Design.RANDOMIZED,
        "Aspirin for colorectal adenoma: a randomised trial",
        "We randomly assigned 600 patients to aspirin or placebo.",
        ("Practice Guideline",),
    ),
    (
        None,
        "The effect of a recruitment letter on response: a study within a trial",
        "We randomly assigned invited people to a short or long recruitment letter. 20% responded to the short letter.",
        (),
    ),
    (
        None,
        "Effect of prepaid incentives on questionnaire response rates in a trial",
        "Participants were randomised to receive 5 pounds with the questionnaire or after return. Response was higher.",
        (),
    ),
    (
        None,
        "Text message reminders to improve follow-up in the ABC trial: embedded randomised trial",
        "Participants of the ABC trial were randomly allocated to a text reminder or none. Retention was 80%.",
        (),
    ),
    (
        None,
        "Framing and donation to charity",
        "Undergraduates were randomly assigned to read one of two messages. Donations were higher "
        "after the gain frame.",
        (),
    ),
    (
        None,
        "Pricing of vegetables and purchases in a virtual supermarket",
        "Participants were randomised to price conditions in a web-based virtual supermarket; purchases were recorded.",
        (),
    ),
    (
        None,
        "Sleep deprivation and risk taking",
        "Twenty healthy volunteers were randomly assigned to a night of sleep deprivation or sleep "
        "before a gambling task.",
        (),
    ),
    (
        None,
        "Working memory load and visual search",
        "Forty students were randomly assigned to high or low load; reaction time was longer under high load.",
        (),
    ),
    (
        Design.RANDOMIZED,
        "Simulation training for resuscitation: a randomised trial",
        "Sixty residents were randomised to simulation training or lectures. Skills scores were higher.",
        (),
    ),
    (
        Design.RANDOMIZED,
        "Cognitive behavioural therapy for insomnia",
        "Eighty patients were randomly assigned to therapy or waiting list. Sleep improved.",
        (),
    ),
    (
        Design.RANDOMIZED,
        "Dose of caffeine and endurance in cyclists: randomised crossover trial",
        "Twelve cyclists received caffeine or placebo in random order. Time was shorter with caffeine.",
        (),
    ),
]


@pytest.mark.parametrize(("design", "title", "text", "types"), RECORDS)
def test_a_record_is_called_what_it_is(design: Design | None, title: str, text: str, types: tuple[str, ...]) -> None:
    """Sub-studies, yardsticks, random people, breeds, alternate allocation, studies within a trial, experiments."""
    found = evidence.assess(article("1", title, text, types=("Journal Article", *types)), None).design
    assert found is design if design else found is not Design.RANDOMIZED


@pytest.mark.parametrize(
    "text",
    [
        "Undergraduates were randomly assigned to read one of two messages. Donations rose after the gain frame.",
        "Participants were randomised to price conditions in a virtual supermarket; purchases were recorded.",
        "Twenty healthy volunteers were randomly assigned to sleep deprivation or sleep before a gambling task.",
    ],
)
def test_an_experiment_without_a_treatment_is_named_as_one(text: str) -> None:
    """With the words that say so."""
    found = evidence.assess(article("1", "Choices of adults", text), None)
    assert (found.design, found.level, found.basis[-1].rule) == (Design.EXPERIMENT, Level.STATED, "kind.laboratory")


@pytest.mark.parametrize(
    "text",
    [
        "We randomly assigned 60 patients to prednisone on alternate days or placebo.",
        "We randomised 60 patients, with stratification by date of birth, to zinc or placebo.",
        "Sixty patients were randomly assigned to zinc or placebo; blood was drawn on even days.",
    ],
)
def test_turns_and_dates_that_allocate_nobody_leave_a_trial_randomised(text: str) -> None:
    """Doses on alternate days, strata, days of measurement."""
    assert evidence.assess(article("1", "Treatment of colds", text), None).design is Design.RANDOMIZED
