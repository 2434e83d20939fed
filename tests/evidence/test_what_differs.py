"""What was tested stands in one arm and not in the other; what all had, or what is only spoken of, was not tested."""

from __future__ import annotations

from datetime import date

import pytest

from monitor import evidence
from monitor.model import Topic
from tests.evidence.test_other_questions import topic
from tests.support.articles import article, judged

YOGA = topic("yoga", "back pain", ("usual care",))
PILL = topic("melatonin", "insomnia", ("placebo",))
BOOT = topic("orthopaedic shoes", "foot ulcers")
UNTESTED = "No trial that tests"
UNSURE = "certain yet; one report that may be a trial awaits a person."


def said(asked: Topic, title: str, abstract: str) -> str:
    """The headline while one article is held."""
    return evidence.answer(asked, judged(article("1", title, abstract), topic=asked), (), date(2024, 1, 1)).sentence


@pytest.mark.parametrize(
    ("asked", "title", "allocated"),
    [
        (PILL, "Magnesium and melatonin for insomnia", "{} melatonin plus magnesium or melatonin plus placebo."),
        (PILL, "Adding valerian to melatonin in insomnia", "{} valerian and melatonin or placebo and melatonin."),
        (PILL, "Melatonin with or without light in insomnia", "{} melatonin with or without light."),
        (PILL, "Melatonin before or after sunset in insomnia", "{} take melatonin before or after sunset."),
        (PILL, "Light for insomnia in people on melatonin", "All took melatonin. {} light or no light."),
        (YOGA, "Magnesium for back pain: randomised trial", "People who did yoga took part. {} magnesium or placebo."),
        (YOGA, "Magnesium to enhance yoga for back pain", "{} magnesium or placebo. Pain did not differ."),
        (BOOT, "Foam dressings for foot ulcers", "Patients wore orthopaedic shoes. {} foam dressings or gauze."),
    ],
)
def test_what_every_group_or_none_was_allocated_to_is_not_tested(asked: Topic, title: str, allocated: str) -> None:
    """It is in both arms, or beside the trial."""
    people = f"Eighty patients with {asked.question.population_name} were randomised to"
    told = allocated.format(people)
    sentence = said(asked, f"{title}: a randomised trial", f"{told} The score was lower (p=0.01).")
    assert sentence.startswith((UNTESTED, "No treatment study"))


@pytest.mark.parametrize(
    ("asked", "allocated"),
    [
        (YOGA, "a leaflet on yoga or none"),
        (YOGA, "a decision aid about yoga or a booklet"),
        (YOGA, "text messages that encourage adherence to yoga or no messages"),
        (YOGA, "reminders to do yoga or none"),
        (YOGA, "feedback on their use of yoga or no feedback"),
        (BOOT, "a voucher for orthopaedic shoes or none"),
        (BOOT, "warning labels on orthopaedic shoes or none"),
        (PILL, "a campaign for the promotion of melatonin or none"),
        (PILL, "a letter about melatonin or a letter about tea"),
    ],
)
def test_what_is_only_spoken_of_in_an_arm_is_not_tested(asked: Topic, allocated: str) -> None:
    """A leaflet on a treatment is not the treatment."""
    names = asked.question.intervention_name, asked.question.population_name
    told = f"Eighty patients with {names[1]} were randomised to {allocated}. Use was higher (p=0.01)."
    assert said(asked, f"How to promote {names[0]} in {names[1]}: a randomised trial", told).startswith(UNTESTED)


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("An app for yoga in back pain", "Eighty patients with back pain were randomised to an app for yoga or none."),
        (
            "Stretching on a mat, with yoga at home, for back pain",
            "Eighty patients with back pain were randomised to stretching or rest. Yoga improved pain.",
        ),
    ],
)
def test_where_an_arm_may_be_the_treatment_by_another_name_a_person_is_asked(title: str, told: str) -> None:
    """Neither counted nor said to be absent."""
    assert said(YOGA, f"{title}: a randomised trial", told).endswith(UNSURE)


@pytest.mark.parametrize(
    ("asked", "title", "allocated"),
    [
        (PILL, "Melatonin added to light in insomnia", "light plus melatonin or light plus placebo"),
        (PILL, "Light with or without melatonin in insomnia", "light with or without melatonin"),
        (PILL, "Melatonin and valerian in insomnia", "melatonin, valerian, both or placebo"),
        (PILL, "Melatonin with or without light in insomnia", "placebo, melatonin, or melatonin with light"),
        (PILL, "Add-on melatonin in insomnia", "add-on melatonin or placebo"),
        (PILL, "Melatonin in insomnia", "melatonin or placebo melatonin"),
        (PILL, "Melatonin in insomnia", "melatonin at once or melatonin after six weeks of waiting"),
        (YOGA, "Yoga for back pain", "yoga and usual care or usual care and a leaflet on yoga"),
        (YOGA, "Sun salutation yoga for back pain", "sun salutation or usual care"),
        (YOGA, "Yoga for back pain by telephone", "telephone classes or usual care"),
        (YOGA, "Yoga for back pain", "the treatment group or the control group"),
        (YOGA, "Yoga versus non-yoga stretching for back pain", "yoga or stretching without yoga"),
        (BOOT, "Orthopaedic shoes for foot ulcers", "wear orthopaedic shoes or their own"),
        (BOOT, "Orthopedic shoes for foot ulcers", "a prescription for orthopaedic shoes or none"),
        (BOOT, "Orthopaedic shoes versus casts for foot ulcers. Orthopaedic Shoes Study Group", "shoes or casts"),
    ],
)
def test_a_treatment_that_one_arm_lacks_is_tested(asked: Topic, title: str, allocated: str) -> None:
    """Added to something, pretended or late in the other arm, or called by its kind."""
    told = f"Eighty patients with {asked.question.population_name} were randomised to {allocated}."
    sentence = said(asked, f"{title}: a randomised trial", f"{told} Pain did not differ.")
    assert sentence.startswith("One randomised"), sentence


@pytest.mark.parametrize(
    ("told", "is_counted"),
    [
        ("oxygen by nasal cannula or by face mask", False),
        ("nasal oxygen or a face mask for oxygen", False),
        ("sedation through a face mask or by drip", False),
        ("face masks or no face masks", True),
        ("a face mask or hand washing", True),
    ],
)
def test_what_another_treatment_is_given_by_is_not_tested(told: str, *, is_counted: bool) -> None:
    """The oxygen is the treatment, and the mask its means."""
    masks = topic("face mask*", "influenza")
    told = f"Eighty patients with influenza were randomised to {told}. Influenza did not differ (p=0.8)."
    assert (
        said(masks, "A randomised trial of oxygen or a face mask in influenza", told).startswith("No trial")
        is not is_counted
    )


def test_a_saline_arm_is_the_placebo_of_an_injection_unless_its_drug_is_the_subject() -> None:
    """ "a block with ropivacaine or with saline" tests the block; "ropivacaine in …" in the title tests the drug."""
    asked = topic("ankle block", "ankle fracture")
    told = "Eighty patients with ankle fracture were randomised to an ankle block with ropivacaine or with saline."
    assert said(asked, "Ankle block for ankle fracture: a randomised trial", told).startswith("One randomised")
    assert said(asked, "Ropivacaine in ankle block for ankle fracture: a trial", told).startswith(UNTESTED)


def test_what_authors_found_after_the_allocation_is_no_arm() -> None:
    """ "… or usual care and found better walking with it"."""
    told = "We randomised 88 patients with back pain to yoga or usual care and found less pain with yoga."
    assert said(YOGA, "Yoga for back pain: a trial", told).startswith("One randomised usual-care-controlled trial")


def test_another_arm_of_a_platform_is_told_by_its_own_title() -> None:
    """The treatment has an arm of its own, in another report."""
    told = (
        "In this platform, which has a melatonin arm, 90 people with insomnia were randomised to valerian or placebo. "
    )
    told += "Sleep did not differ. Randomisation to melatonin continues."
    assert said(PILL, "A platform trial in insomnia: results of the valerian arm", told).startswith(
        ("No trial that tests", "No treatment study")
    )


def test_people_who_are_vaccinated_against_a_disease_do_not_have_it() -> None:
    """ "given with measles vaccine"."""
    asked = topic("zinc", "measles")
    told = "We randomised 400 infants to zinc or placebo with measles vaccine. Seroconversion did not differ."
    assert said(asked, "Zinc with measles vaccine: a randomised trial", told).startswith("No treatment study")
