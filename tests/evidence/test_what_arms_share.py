"""Arms that share a treatment, repeat its name to deny it, or prevent a condition: what is tested, and in whom."""

from __future__ import annotations

import pytest

from monitor.model import Topic
from tests.evidence.test_abbreviations import COUNTED, UNTESTED, said
from tests.evidence.test_other_questions import topic

OIL = topic("fish oil", "psoriasis")
CREAM = topic("barrier cream*", "hand dermatitis")
CUFF = topic("preventive splint*", "foot drop contracture")
UNSURE = "certain yet; one report that may be a trial awaits a person."


@pytest.mark.parametrize(
    ("title", "allocated"),
    [
        ("Ultraviolet light added to fish oil", "ultraviolet light in fish oil or fish oil with placebo"),
        ("Curcumin in psoriasis", "curcumin or placebo, both in fish oil"),
        ("Curcumin in psoriasis", "curcumin or placebo (both with oral fish oil)"),
        ("Curcumin in psoriasis", "curcumin or no curcumin, each added to fish oil"),
        ("Curcumin in psoriasis", "light or dark rooms, both groups with 2% fish oil"),
        ("Light with fish oil", "light stimulation with fish oil or sham stimulation with fish oil"),
        ("Light added to fish oil", "2.5% fish oil plus light or 2.5% fish oil alone"),
        ("Fish oil with or without calls", "fish oil with e-mail support or the same treatment with weekly calls"),
    ],
)
def test_what_both_arms_had_is_not_what_was_tested(title: str, allocated: str) -> None:
    """It is the vehicle, the base or the programme of both."""
    told = f"Methods: 90 adults with psoriasis were randomised to {allocated}. Results: scores were lower (p=0.02)."
    assert said(OIL, f"{title} for psoriasis: a randomised trial", told).startswith(UNTESTED[0])


@pytest.mark.parametrize(
    ("title", "allocated"),
    [
        ("Fish oil", "oral fish oil or no oral fish oil"),
        ("Cold-water fish oil versus no cold-water fish oil", "a group with cold-water fish oil or one without"),
        ("Fish oil", "care with oral fish oil or care without oral fish oil"),
        ("Fish oil with or without light versus methotrexate", "one of three groups"),
        ("Fish oil alone or with light versus methotrexate", "fish oil alone or with light, or methotrexate"),
        ("Fish oil baths", "fish oil baths plus care including leave-on fish oil or care including leave-on fish oil"),
        ("Fish oil and light", "fish oil plus light or light with placebo"),
        ("Fish oil and light", "fish oil with light, or the same light alone"),
        ("Fish oil", "fish oil or olive oil, both with a light meal"),
    ],
)
def test_what_one_arm_lacks_is_what_was_tested(title: str, allocated: str) -> None:
    """Its name is repeated with "no", or a third arm has another drug."""
    told = f"Methods: 90 adults with psoriasis were randomised to {allocated}. Results: scores were lower (p=0.02)."
    assert said(OIL, f"{title} for psoriasis: a randomised trial", told).startswith(COUNTED)


@pytest.mark.parametrize(
    ("title", "end"),
    [
        ("Preventive splints after spinal injury", "The primary outcome was contracture at 2 years."),
        ("Preventive splints after spinal injury: a trial of contracture", "Contracture occurred in 9 and 21."),
        ("Preventive splints after spinal injury", "Preventive splints reduced contracture."),
    ],
)
def test_a_condition_that_a_trial_prevents_is_its_outcome(title: str, end: str) -> None:
    """Named in full in the background, by its last word from then on."""
    told = "Background: Foot drop contracture is frequent. Methods: 90 people with spinal injury were randomised to "
    assert said(CUFF, f"{title}: a randomised trial", f"{told}preventive splints or none. {end}").startswith(COUNTED)


@pytest.mark.parametrize(
    ("asked", "title", "told"),
    [
        (
            OIL,
            "Sleep of skin patients: a randomised trial",
            "Does fish oil help? Design: randomised trial. Participants: Adults with psoriasis. Interventions: Four "
            "grams of FO or olive oil.",
        ),
        (
            CREAM,
            "Barrier creams in nurses: a randomised trial",
            "Background: Hand dermatitis is common. Methods: 90 nurses were randomised to a barrier cream or none. "
            "Results: scores of dermatitis fell.",
        ),
    ],
)
def test_a_randomised_trial_that_names_both_forbids_to_say_that_there_is_none(
    asked: Topic, title: str, told: str
) -> None:
    """Its arms are in letters that it explains nowhere; or its people are called by less than the whole name."""
    assert said(asked, title, told).endswith(UNSURE)


@pytest.mark.parametrize(
    ("title", "told"),
    [
        (
            "Barrier creams for diaper rash",
            "Background: Barrier creams prevent hand dermatitis. Methods: 90 infants were randomised to barrier "
            "creams or none. Results: rash was rarer (p<0.01).",
        ),
        (
            "Barrier creams for diaper dermatitis",
            "Barrier creams help in hand dermatitis. We randomised 90 infants with diaper dermatitis to barrier "
            "creams or none. Diaper dermatitis was rarer (p<0.01).",
        ),
    ],
)
def test_a_condition_of_the_background_alone_is_not_whom_a_trial_is_about(title: str, told: str) -> None:
    """Why it was tried there is not where it was tried."""
    assert said(CREAM, f"{title}: a randomised trial", told).startswith(UNTESTED)


def test_a_number_in_the_name_of_a_condition_is_no_number_of_participants() -> None:
    """ "Established in type 2 …", before a trial in another type."""
    asked = topic("fish oil", "type 2 oxalosis")
    told = (
        "Fish oil is established in type 2 oxalosis. We randomised 90 adults with type 3 oxalosis to fish oil or none."
    )
    sentence = said(asked, "Fish oil in type 3 oxalosis: a randomised trial", f"{told} Stones were fewer (p=0.02).")
    assert sentence.startswith(UNTESTED)
