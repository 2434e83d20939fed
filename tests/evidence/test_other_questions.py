"""Questions that nobody tuned for: what is tested, against what, and what may be said where nothing is."""

from __future__ import annotations

from datetime import date

import pytest

from monitor import evidence
from monitor.model import Question, Terms, Topic
from tests.support.articles import article, judged


def topic(intervention: str, population: str, comparator: tuple[str, ...] = ()) -> Topic:
    """A question of one term each, as an operator would write it first."""
    text = f"Does {intervention} help in {population}?"
    parts = Terms((population,)), Terms((intervention,)), Terms(comparator)
    return Topic("other", "Other", Question(text, population, intervention, *parts), ())


CEMENT = topic("vertebroplasty", "vertebral fracture", ("sham",))
VITAMIN = topic("vitamin D", "COVID-19")
NEEDLES = topic("acupuncture", "migraine")
NO_TEST = "No trial that tests"


@pytest.mark.parametrize(
    ("asked", "title", "abstract", "says"),
    [
        (
            CEMENT,
            "Nerve block with vertebroplasty versus vertebroplasty alone: a randomised trial",
            "Sixty patients with vertebral fractures were randomised to vertebroplasty with a nerve block or to "
            "vertebroplasty alone. Pain was lower with the nerve block (P=0.01).",
            NO_TEST,
        ),
        (
            CEMENT,
            "Thick or thin cement for vertebral fractures: a randomised trial",
            "Ninety patients with vertebral fractures were randomly assigned to vertebroplasty plus a brace or "
            "vertebroplasty without a brace. Pain was lower with the brace.",
            NO_TEST,
        ),
        (
            CEMENT,
            "Teriparatide in patients receiving vertebroplasty: a randomised placebo-controlled trial",
            "All 80 patients with vertebral fractures received vertebroplasty and were randomised to teriparatide or "
            "placebo. Fractures were fewer with teriparatide (P=0.01).",
            NO_TEST,
        ),
        (
            CEMENT,
            "Pain after vertebral fractures: a randomised trial of two needles",
            "Sixty patients with vertebral fractures were randomised to vertebroplasty with a thick needle or with a "
            "thin needle. Pain did not differ.",
            NO_TEST,
        ),
        (
            CEMENT,
            "Outcome after vertebroplasty for vertebral fractures: a cohort study",
            "A cohort of 300 patients with vertebral fractures was followed. After vertebroplasty pain was less.",
            NO_TEST,
        ),
        (
            CEMENT,
            "Vertebroplasty for vertebral fractures: protocol of a randomised sham-controlled trial",
            "Patients with vertebral fractures will be randomised to vertebroplasty or sham.",
            "Trials of vertebroplasty in vertebral fracture are planned;",
        ),
        (
            CEMENT,
            "Thick or thin cement for vertebral fractures: a randomised comparison",
            "Ninety patients with vertebral fractures were randomly assigned to thick-cement or conventional-cement "
            "vertebroplasty. Leaks were fewer with thick cement.",
            NO_TEST,
        ),
        (
            CEMENT,
            "Vertebroplasty or sham for vertebral fractures: bone density",
            "In a subgroup of a randomised cohort of 115 patients with vertebral fractures (76 vertebroplasty) "
            "bone density was measured. It did not differ.",
            "No trial of vertebroplasty in vertebral fracture is certain yet; one trial is known by its secondary",
        ),
        (
            CEMENT,
            "Response to “Vertebroplasty for vertebral fractures: a randomised sham-controlled trial”",
            "Forty patients with vertebral fractures were randomly assigned to vertebroplasty or sham. We disagree.",
            "No trial of vertebroplasty in vertebral fracture is certain yet; an article found speaks of a randomised",
        ),
        (
            CEMENT,
            "“Retracted”: Vertebroplasty for vertebral fractures: a randomised sham-controlled trial",
            "Forty patients with vertebral fractures were randomly assigned to vertebroplasty or sham.",
            "No trial of vertebroplasty in vertebral fracture is certain yet; one trial has been retracted.",
        ),
        (
            VITAMIN,
            "High versus standard dose vitamin D in COVID-19: a randomised trial",
            "In this trial 254 adults with COVID-19 were randomised to high-dose vitamin D (400,000 IU) or standard "
            "dose (50,000 IU). Fewer died with the high dose.",
            NO_TEST,
        ),
        (
            VITAMIN,
            "Vitamin D3 for inpatients with COVID-19: a randomised placebo-controlled trial",
            "We randomly assigned 240 adults with COVID-19 to vitamin D3 or placebo. The length of stay did not differ "
            "between vitamin D3 and placebo.",
            "One randomised placebo-controlled trial (240 people) shows no benefit.",
        ),
        (
            NEEDLES,
            "Specific versus other points of acupuncture in migraine: a randomised trial",
            "We randomised 480 patients with migraine to acupuncture at specific points, acupuncture at other points "
            "or sham acupuncture. Migraine days did not differ significantly between the groups.",
            "One randomised sham-controlled trial (480 people)",
        ),
        (
            NEEDLES,
            "Acupuncture versus topiramate in chronic migraine: a randomised trial",
            "We randomly assigned 66 patients with chronic migraine to acupuncture or topiramate.",
            "One randomised actively controlled trial (66 people)",
        ),
        (
            NEEDLES,
            "Acupuncture in migraine: a randomised trial",
            "We randomly assigned 66 patients with migraine to acupuncture or to a control group.",
            "One randomised trial (66 people)",
        ),
        (
            NEEDLES,
            "Acupuncture for tension-type headache: a randomised trial",
            "We randomly assigned 66 patients with tension-type headache, none with migraine, to acupuncture or sham.",
            "No treatment study of",
        ),
        (
            NEEDLES,
            "Cost-effectiveness of acupuncture in migraine: economic evaluation alongside a randomised trial",
            "Patients with migraine had been randomly allocated to acupuncture or usual care. It was cost-effective.",
            "No trial of acupuncture in migraine is certain yet; one trial is known by its secondary reports alone.",
        ),
        (
            NEEDLES,
            "RETRACTED: Acupuncture in migraine: a randomised trial",
            "We randomly assigned 66 patients with migraine to acupuncture or sham. It was better than sham.",
            "No trial of acupuncture in migraine is certain yet; one trial has been retracted.",
        ),
        (
            NEEDLES,
            "Acupuncture in migraine: a systematic review",
            "We searched three databases. We included 22 randomised trials with 4,985 people with migraine.",
            "No trial of acupuncture in migraine is certain yet; those that a review includes are not among the",
        ),
    ],
)
def test_what_is_tested_and_against_what(asked: Topic, title: str, abstract: str, says: str) -> None:
    """A background therapy and a dose test nothing; a control has a name only where it certainly is of that kind."""
    found = evidence.answer(asked, judged(article("1", title, abstract), topic=asked), (), date(2024, 1, 1))
    assert found.sentence.startswith(says)


NO_STUDY = "No trial that tests acupuncture in migraine against a control is indexed."
SERIES = "Thirty patients with migraine were treated with acupuncture. Headache days fell by a third. "


@pytest.mark.parametrize(
    ("title", "abstract", "says"),
    [
        ("Acupuncture in migraine", SERIES + "A randomised control group is now required.", NO_STUDY),
        ("Acupuncture in migraine", SERIES + "Only a randomised comparison can tell what the needles did.", NO_STUDY),
        ("Acupuncture in migraine", SERIES + "We hope that a double-blind randomised trial will be done.", NO_STUDY),
        ("Acupuncture in migraine", SERIES + "A sham-controlled study would settle the question.", NO_STUDY),
        ("Acupuncture in migraine", SERIES + "Controlled trials of acupuncture are warranted.", NO_STUDY),
        ("Acupuncture in migraine", SERIES + "Without randomisation and a control group nothing is proven.", NO_STUDY),
        (
            "Acupuncture in migraine: a randomised trial emulated in insurance records",
            "We emulated a trial that would have assigned 9,000 patients with migraine to acupuncture or none.",
            NO_STUDY,
        ),
        (
            "Acupuncture in migraine: simulating a randomised trial",
            "In simulation of a randomised trial 9,000 virtual patients with migraine had acupuncture or sham.",
            "No treatment study of acupuncture in migraine is indexed.",
        ),
        (
            "Acupuncture in migraine: baseline data of the randomised NEEDLE trial",
            "We randomised 66 patients with migraine to acupuncture or sham. The groups did not differ at baseline. "
            "Results will be reported in 2026.",
            "Trials of acupuncture in migraine are planned; none has reported a result.",
        ),
        (
            "Acupuncture in migraine: a randomised trial",
            "We randomised 66 patients with migraine to acupuncture or sham. Follow-up is still ongoing.",
            "Trials of acupuncture in migraine are planned; none has reported a result.",
        ),
        (
            "Acupuncture in migraine: a randomised trial",
            "We randomised 66 patients with migraine to acupuncture or sham. Headache days were fewer with acupuncture "
            "than with sham (p=0.01). Data on costs are awaited.",
            "One randomised sham-controlled trial (66 people)",
        ),
        (
            "Acupuncture or exercise in migraine",
            "Sixty-six patients with migraine were assigned by date of referral to acupuncture or exercise.",
            "One controlled comparison (66 people), not shown to be randomised, exists",
        ),
        (
            "Acupuncture in migraine: a stepped-wedge trial",
            "Twelve clinics with 400 patients with migraine changed to acupuncture in random order.",
            "One randomised trial",
        ),
        (
            "Acupuncture in migraine: a randomised trial with an updated meta-analysis",
            "We randomised 66 patients with migraine to acupuncture or sham, and pooled the result with nine trials.",
            "One randomised sham-controlled trial (66 people)",
        ),
        (
            "Controlled trial of acupuncture in migraine",
            "",
            "No trial of acupuncture in migraine is certain yet; one report that may be a trial awaits a person.",
        ),
        (
            "Acupuncture in migraine",
            "A randomised controlled trial of acupuncture was held in 66 patients with migraine. Repeat it.",
            "One randomised trial (66 people)",
        ),
    ],
)
def test_a_trial_counts_when_it_was_held_and_has_a_result(title: str, abstract: str, says: str) -> None:
    """Not one that is wished for, emulated, simulated or still running; one allocated by date is not randomised."""
    found = evidence.answer(NEEDLES, judged(article("1", title, abstract), topic=NEEDLES), (), date(2024, 1, 1))
    assert found.sentence.startswith(says)
