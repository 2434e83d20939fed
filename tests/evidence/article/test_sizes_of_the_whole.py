"""How many people a trial allocated, where other numbers stand beside it: by kind, as `monitor assess` states it."""

from __future__ import annotations

import pytest

from monitor import evidence
from monitor.commands.assess import line
from tests.support.articles import article

TITLE = "Honey for cough: a randomised trial"


def size(abstract: str) -> int | None:
    """The size that is stated of a randomised trial with this abstract."""
    stated = line(evidence.assess(article("1", TITLE, abstract), None), None)["result"]
    assert isinstance(stated, dict)
    return stated["size"]


@pytest.mark.parametrize(
    ("abstract", "whole"),
    [
        ("Of 220 patients randomised to therapy, 208 were available. Wheeze was present in 125 patients.", 220),
        ("Of 90 children randomised to drops, 84 were evaluable. Otitis was found in 51 children.", 90),
        ("A total of 13 male and 30 female patients were studied. Of 23 patients 7 were cured.", 43),
        ("Of 31 athletes, 9 were cured at one month. Splints were compared with tape.", None),
        ("Children had honey or syrup at random. Cough was seen in 64 children.", None),
        ("Adults had honey or syrup at random. Among the 152 adults who received honey, sleep was better.", None),
        ("68 nurses were randomised to tea or water. Eight participants met the primary endpoint (5 and 3).", 68),
        ("Patients were randomised to a splint or tape. 16 patients in the sample went on to have surgery.", None),
        ("The ulcer had healed in 54 patients. Patients had honey or gauze by random allocation.", None),
        ("We followed swimmers. 2519 cancer cases (1061 in men, 1458 in women) were documented.", None),
    ],
)
def test_people_in_whom_something_came_about_are_a_part(abstract: str, whole: int | None) -> None:
    """Those with a condition, those cured, those who had a treatment or reached an outcome."""
    assert size(abstract) == whole


@pytest.mark.parametrize(
    "abstract",
    [
        "Fifty sites are seeking to enroll a total of 1,500 persons with gout, who are given honey or placebo.",
        "We propose enrolling 450 patients with angina into a three-arm randomised trial.",
        "The trial will randomise 67 schools with 31,708 pupils.",
        "The aim is to test in a randomised trial whether yoga helps a sample of 268 patients with asthma.",
        "Men and women (n=152) aged 65 years and over will be randomly allocated to meat or rice.",
        "This study aims to accrue a total of 64 patients within two years.",
        "The trial requires n = 306 participants (n = 153 in each group), with 90% power.",
        "This study will involve 145 people. They will be randomly allocated to five groups (n = 29 each).",
        "Methods/design: A randomised trial in 500 ill patients who come to an emergency department.",
        "A controlled trial with an anticipated sample of 100 young mothers is described.",
        "A total of 600 patients is to be recruited and randomised to two drugs.",
        "Enrolment of 350 patients is anticipated; they are given light or none at random.",
        "We describe the rationale and design of a trial of 30 adults who walk or rest.",
        "In total 75 participants are randomly allocated to the order of two pills.",
    ],
)
def test_planned_numbers_are_not_stated(abstract: str) -> None:
    """Of a trial that is to come, in the words of protocols."""
    assert size(abstract) is None


def test_a_trial_that_has_recruited_has_no_size_before_it_reports() -> None:
    """Who will be followed is not yet who was; a protocol of the same trial says what was planned."""
    assert size("105 centres recruited 2,876 patients after a stroke. They will be invited to a visit.") is None


@pytest.mark.parametrize(
    ("abstract", "whole"),
    [
        ("Forty-six women completed the vegan diet and 49 completed the other diet.", None),
        ("We compared sleep in 1797 intervention with 2303 control team patients.", None),
        ("77 of 85 patients (90.6%) randomly assigned to the yoga group and 79 of 86 patients had a visit.", None),
        ("The sample randomised to the nurse intervention consisted of 294 veterans.", None),
        ("263 smokers were randomised to receive this intervention and had two sessions.", None),
        ("653 women (39.1%) were managed at home, and 1017 (60.9%) in a hospital.", None),
        ("The 232 participants randomly assigned to the sensor group (165 adults and 67 children) wore it.", None),
        ("Data on 201 children from the diet group and 167 children from the other were analysed.", None),
        ("In all, 56 patients received honey and 58 syrup, at random.", None),
        ("40 patients had an operation, allocated at random. 51 patients received radiotherapy.", None),
        ("20 eyes of 20 patients were treated with a shunt, and 20 eyes of 20 patients with surgery.", None),
        ("Fifty patients took drug A, 52 took drug B and 49 took drug C.", None),
        ("Patients were randomised to A (n=210), B (n=205) or C. The third group had 199 patients.", None),
        ("The placebo group consisted of 62 patients, who were allocated at random.", None),
        ("The 128 patients randomised to surgery were followed for five years.", None),
        ("We report on the 210 women of the control arm of a randomised trial.", None),
        ("Patients were studied for a year. 97 patients were assigned to honey.", None),
        ("One control arm (n = 18 people) had a leaflet; the other control arm (n = 15 people) had none.", None),
        ("In both intervention groups (A: n = 169; B: n = 169) the therapists are told of it.", None),
        ("Workers of 7 firms (n = 638) were assigned to yoga (n = 320) or usual care (n = 318) (n = 50).", None),
        ("Adults were randomised into yoga (n = 80) and usual care (n = 79) groups (N = 159).", 159),
    ],
)
def test_one_arm_or_two_of_three_are_not_the_whole(abstract: str, whole: int | None) -> None:
    """Nor an arm counted with the whole that it is a part of."""
    assert size(abstract) == whole


@pytest.mark.parametrize(
    "abstract",
    [
        "The results of eight double-blind, placebo-controlled, volunteer studies of syrups are summarised.",
        "Data from an uncontrolled trial with 5,209 patients who took honey were added.",
        "Analysis 1 included 4 randomised studies (838 patients); analysis 2 had two (n = 716) and (n = 928).",
        "In 2 clinical trials, 75 women were randomised to a vaccine or placebo.",
        "Students with insomnia (n = 57) were compared with a control group who slept well (n = 61). "
        "To see an effect of treatment, 28 students were randomly assigned to light.",
        "The taste test was done among 19 nurses (15 female and 4 male subjects) and 12 physicians.",
        "Around 200,000 women are treated for cystitis annually in Denmark. Half had honey at random.",
        "A convenience sample of 10 patients who had acupuncture as part of a randomised trial was asked.",
        "There were 14 deaths among 500 patients given honey and 20 among 498 given syrup, at random.",
        "The experimental group (n=40) had training; a group of healthy subjects (n=38) served as reference.",
        "A total of 1,006 patients were included in the analysis of 5 trials of honey or placebo.",
        "120 patients were recruited; 20 dropped out before randomisation to honey or syrup.",
        "Five focus groups of 27 patients who took part in the randomised trial were held.",
    ],
)
def test_pooled_trials_other_people_and_parts_are_not_stated(abstract: str) -> None:
    """No single trial, no trial at all, or those of a trial who were asked afterwards."""
    assert size(abstract) is None


@pytest.mark.parametrize(
    "abstract",
    [
        "We assigned 12 Veterans Affairs hospital clinics to four arms.",
        "25 control pharmacies received a manual and 32 experimental pharmacies received support.",
        "With 85 practices randomised to each arm there is power enough; there were two arms.",
        "Families randomly assigned to the course received 14 contacts with a health worker.",
        "Patients are randomised to a pressure of 110 to 140 mm Hg or 155 to 165 mm Hg.",
        "Each of 24 practices recruited 10 patients, to honey or syrup at random.",
        "Vitamins were given at random to two groups. Another group of 6 teeth was the control.",
    ],
)
def test_what_is_no_person_is_not_counted(abstract: str) -> None:
    """Clinics, practices, calls, teeth and pressures."""
    assert size(abstract) is None


@pytest.mark.parametrize(
    ("abstract", "whole"),
    [
        ("A sample of 927 youth had a run-in. Of the 772 who did well, 704 (91.2%) were randomised.", None),
        ("In several firms, workplace screening of 7,151 persons found 833 with gout.", None),
        ("31 subjects (A n = 15; B n = 16) met the criteria but only 24 were randomised.", None),
        ("From among 120 students, 22 who breathed little were recruited and had exercises or rest.", None),
        ("109 patients were recruited in the cohort, of which 70 patients took part in the randomised trial.", None),
        ("Patients (n = 354) had calls. All patients, except those excluded (n = 44), were randomised.", None),
        ("610 patients were treated with zinc. Patients not in remission were randomised to A or B.", None),
        ("294 of 536 eligible patients were recruited and randomised. 236 patients completed the study.", None),
        ("A total of 200 elderly (> 60 years) patients were recruited. 194 patients completed the study.", None),
        ("A total of 33 centres and 221 patients were included. 109 patients remained in the programme.", None),
        ("We randomised prospectively 60 consecutive patients. 55 patients remained, 28 and 27.", 60),
    ],
)
def test_those_before_and_after_allocation_are_not_the_whole(abstract: str, whole: int | None) -> None:
    """Screened, in the run-in, left at the end."""
    assert size(abstract) == whole


@pytest.mark.parametrize(
    ("abstract", "whole"),
    [
        ("A total of 235 male and 400 female outpatients were randomly assigned to sertraline or placebo.", 635),
        ("A study of 138 women and 47 men with headache. 160 patients (56, 49 and 55) completed it.", 185),
        ("All 114 students were assigned to a film (n = 57) or a book (n = 57).", 114),
        ("Of 425 women enrolled, 401 were included in the analysis (n = 212 honey, n = 213 syrup).", 425),
        ("Of 40 included patients, 35 completed the trial, in which they were randomised to tea or coffee.", 40),
        ("Seventy-five adults were included. 64 patients completed the study.", 75),
    ],
)
def test_what_is_said_of_the_whole_is_still_stated(abstract: str, whole: int) -> None:
    """Men and women are added; a smaller number of completers does not hide those who were allocated."""
    assert size(abstract) == whole
