"""Which kind of report states a direction and a size: one that tells what was found, and of the trial it is of."""

from __future__ import annotations

from datetime import date

import pytest

from monitor import evidence
from monitor.evidence.article import json_lines
from monitor.model import Design, Direction, Verdict
from tests.evidence.test_other_questions import topic
from tests.support.articles import article, judged

ZINC = topic("zinc lozenges", "common cold", ("placebo",))

#: Plans of many fields, by kind. None tells anything that was found.
PLANS = [
    pytest.param(
        "Supervised walking for older people with claudication: a randomised controlled trial",
        "BACKGROUND: Claudication limits walking. DESIGN: This prospective randomised controlled trial will include a "
        "cohort of 240 patients with claudication, allocated to supervised walking or advice. OUTCOMES: The primary "
        "outcome is improvement of walking distance. DISCUSSION: We anticipate that supervised walking will serve as a "
        "model of effective care elsewhere.",
        id="in the future",
    ),
    pytest.param(
        "Does a colour-coded inhaler diary improve asthma control: the COLAS trial",
        "BACKGROUND: Adherence to inhalers is poor, and diaries improve it. OBJECTIVE: Improved asthma control by a "
        "colour-coded diary. METHODS/DESIGN: Randomised controlled study. POPULATION: 120 adults with asthma. The "
        "control group uses a plain diary; the intervention group uses the colour-coded one. EXPECTED "
        "RESULTS/CONCLUSION: The coloured areas lead to better adherence compared with the plain diary, resulting in "
        "improved asthma control.",
        id="expected results",
    ),
    pytest.param(
        "Telephone coaching for adults with gout: a tailored intervention",
        "METHODS: Adults with gout were randomly allocated to telephone coaching or usual care. In this ongoing study, "
        "patients receive coaching every month for two years. RESULTS: The sample consisted of 210 adults; 208 were "
        "assigned to usual care. From baseline to six months, adherence increased by 9% in the coached group vs. 1% in "
        "the other. CONCLUSION: The intervention is easily implemented and is designed to enhance adherence. The "
        "study includes both general and tailored information.",
        id="while it runs",
    ),
    pytest.param(
        "Effects of light therapy on sleep and mood in dementia",
        "BACKGROUND: A single session of bright light improves sleep in healthy people. METHODS/DESIGN: The trial has "
        "a double-blind, parallel-group design. Eighty people with dementia are recruited and randomised to bright or "
        "dim light for eight weeks. The primary outcome is sleep efficiency. With 40 people a group we obtain 86% "
        "power to detect a difference of 5%.",
        id="methods in the present tense",
    ),
    pytest.param(
        "Leg elevation during resuscitation: a method article on a randomised study of survival",
        "BACKGROUND: Leg elevation has been found to improve blood flow. METHOD/DESIGN: A randomised controlled trial "
        "in which adults with cardiac arrest are randomised by envelope to leg elevation or the flat position. "
        "DISCUSSION: Leg elevation is a simple and fast manoeuvre. We believe that the benefit is greatest when it is "
        "done early. To reach power we need 3000 patients.",
        id="method article",
    ),
    pytest.param(
        "Case managers for people with stroke: a randomised controlled trial of the safety net",
        "BACKGROUND: Prevention after stroke is poor. METHODS: We have designed a programme of case management. The "
        "first aim is to test, in a randomised controlled trial, whether it improves blood pressure among 268 patients "
        "with a recent stroke. CONCLUSIONS: If it is effective, we will have the expertise to advocate for its "
        "support.",
        id="aims and no result",
    ),
    pytest.param(
        "The MEDAL adherence trial: a multi-site randomised controlled trial in tuberculosis",
        "MEDAL is a randomised controlled trial of reminders in people with tuberculosis. This study tested reminders "
        "that can be had by everyone. The primary outcome was adherence by pill counts. We present an overview of the "
        "study design and a description of the recruitment of sites and patients.",
        id="design paper in the past tense",
    ),
]

#: Reports of trials that speak of what is to come, or in the present tense, or in few words.
REPORTS = [
    pytest.param(
        "Supervised walking for older people with claudication: a randomised controlled trial",
        "BACKGROUND: This trial will help to plan services. METHODS: 240 patients with claudication were randomly "
        "assigned to supervised walking or advice. RESULTS: Walking distance improved more with supervised walking "
        "(120 m versus 40 m). CONCLUSIONS: Supervised walking is better than advice. Services will be planned, and a "
        "larger trial will follow.",
        id="the future in background and conclusion",
    ),
    pytest.param(
        "Bright light for sleep in dementia",
        "Eighty people with dementia are randomised to bright or dim light. We find that people with bright light have "
        "longer sleep than those with dim light (6.9 vs. 6.1 h, P = 0.01). Bright light improves sleep in dementia.",
        id="in the present tense",
    ),
    pytest.param(
        "Leg elevation in resuscitation",
        "We randomised 90 adults to leg elevation or the flat position. Survival did not differ. A trial of 3000 "
        "patients is ongoing, and we will report it.",
        id="short",
    ),
    pytest.param(
        "Coloured diaries in asthma",
        "The study is designed to compare a coloured with a plain diary in 120 adults with asthma, who were randomly "
        "allocated. Contrary to our expectation, adherence was similar in both groups. We expect no gain from colour.",
        id="expectations that failed",
    ),
    pytest.param(
        "Early atropine in stress echocardiography: early protocol versus standard protocol",
        "121 patients were randomised to the early or the standard protocol. Test time was shorter with the early "
        "protocol (13 versus 19 minutes, p = 0.0001). The early protocol will be used from now on.",
        id="a treatment that is called a protocol",
    ),
    pytest.param(
        "Same-day review by nurses after cataract surgery: randomised crossover study",
        "Patients are recruited from one clinic and randomised to same-day or next-day review. 164 eyes were "
        "available. Complications and satisfaction were comparable in both groups.",
        id="recruitment in the present tense",
    ),
]

#: Further looks at a trial; their conclusion need not be what the trial was for.
FURTHER = [
    "Moisture of the airways and zinc: a secondary analysis of a randomised trial",
    "Zinc lozenges in smokers: a subgroup analysis of a randomised trial",
    "Open-label extension of a randomised trial of zinc lozenges",
    "Sex differences in the response to zinc lozenges compared with placebo",
    "Who may benefit most from zinc lozenges: subgroup results of a randomised trial",
    "Cost-effectiveness of zinc lozenges: economic evaluation alongside a randomised trial",
]


def read(title: str, abstract: str) -> Verdict:
    """What the rules read from one record, its headings as sections."""
    return evidence.assess(json_lines.article_of({"pmid": "1", "title": title, "abstract": abstract}), None)


def direction(verdict: Verdict) -> Direction:
    """The direction that is stated, NOT_STATED where there is none."""
    return verdict.statement.direction if verdict.statement else Direction.NOT_STATED


@pytest.mark.parametrize(("title", "abstract"), PLANS)
def test_a_plan_is_a_protocol_without_direction_or_size(title: str, abstract: str) -> None:
    """Planned numbers are no size, and what is expected is no result."""
    found = read(title, abstract)
    assert (found.design, direction(found), found.sample_size) == (Design.PROTOCOL, Direction.NOT_STATED, None)


@pytest.mark.parametrize(("title", "abstract"), REPORTS)
def test_a_report_that_speaks_of_the_future_too_has_reported(title: str, abstract: str) -> None:
    """Something was found."""
    assert read(title, abstract).design is Design.RANDOMIZED


@pytest.mark.parametrize(
    "title",
    [
        "Zinc lozenges shorten the common cold: a randomised placebo-controlled trial",
        "Zinc lozenges do not shorten the common cold: a randomised placebo-controlled trial",
        "Superiority of zinc lozenges over placebo in the common cold: a randomised trial",
    ],
)
@pytest.mark.parametrize(
    "abstract",
    [
        "",
        "People with a common cold were randomised to zinc lozenges or placebo.",
        "People with a common cold were randomised to zinc lozenges or placebo. The primary outcome was the number of "
        "days until all symptoms had gone. The findings are discussed.",
    ],
)
def test_a_title_alone_states_no_direction(title: str, abstract: str) -> None:
    """The abstract tells nothing that was found."""
    assert direction(read(title, abstract)) is Direction.NOT_STATED


@pytest.mark.parametrize("title", FURTHER)
def test_a_further_look_at_a_trial_is_quoted(title: str) -> None:
    """What its authors conclude is shown in their words."""
    found = read(
        title,
        "METHODS: 80 people with a common cold were randomly assigned to zinc lozenges or placebo. RESULTS: Colds were "
        "shorter with zinc than with placebo (4 versus 7 days, P<0.001). CONCLUSIONS: Zinc lozenges were more "
        "effective than placebo.",
    )
    assert (found.design, direction(found)) == (Design.SECONDARY_ANALYSIS, Direction.NOT_STATED)
    assert found.statement
    assert found.statement.sentence.startswith("Zinc lozenges were more effective")


@pytest.mark.parametrize(
    "abstract",
    [
        "We searched MEDLINE. In 4 double-blind studies colds were shorter with zinc than with placebo (P<0.001). Zinc "
        "is more effective than placebo.",
        "A decision tree was built with data of a double-blind comparison. Colds were shorter with zinc than with "
        "placebo. Zinc was more effective and cheaper than placebo.",
        "In this non-randomised comparison 40 people with a cold took zinc and 40 took none. Colds were shorter with "
        "zinc (4 versus 7 days, P<0.001). Zinc was more effective than no treatment.",
        "Forty people had placebo (one week) and then zinc in an open study. Colds were shorter than expected "
        "(P<0.001). Zinc is more effective than no treatment.",
        "Records were randomly selected. Colds were shorter in users than in others (4 versus 7 days, P<0.001). Zinc "
        "was more effective than no treatment.",
    ],
)
def test_what_pools_models_or_observes_states_no_direction(abstract: str) -> None:
    """A word of trials alone makes no trial."""
    assert direction(read("Zinc and the common cold", abstract)) is Direction.NOT_STATED


@pytest.mark.parametrize(
    "method",
    [
        "80 people took part in a prospective, observational cohort study. They were randomly assigned to one or two "
        "lozenges a day.",
        "This cross-sectional study is of the 80 people who were randomly assigned to zinc or placebo at entry.",
    ],
)
def test_a_study_of_what_was_so_states_no_direction(method: str) -> None:
    """Its groups are not those that were allocated."""
    found = read(
        "Adherence to zinc lozenges by electronic counts",
        f"{method} Adherence was better in women than in men (72% vs. 61%, P=0.04). Zinc lozenges were taken more "
        "often by women.",
    )
    assert direction(found) is Direction.NOT_STATED


def test_a_randomised_trial_that_calls_itself_a_cohort_study_states_its_direction() -> None:
    """The allocation is what it is about."""
    found = read(
        "Zinc lozenges versus placebo in the common cold: a randomised trial",
        "METHODS: This was a prospective, randomised cohort study of 80 people with a common cold, who were randomly "
        "assigned to zinc lozenges or placebo. RESULTS: Colds were shorter with zinc lozenges than with placebo (4 "
        "versus 7 days, P<0.001). CONCLUSIONS: Zinc lozenges shortened the common cold compared with placebo.",
    )
    assert direction(found) is Direction.BENEFIT


@pytest.mark.parametrize("title", FURTHER)
def test_a_further_look_changes_no_headline(title: str) -> None:
    """The main report speaks for its trial, whatever a later look at it concludes."""
    main = article(
        "1",
        "Zinc lozenges for the common cold: a randomised placebo-controlled trial",
        "80 people with a common cold were randomly assigned to zinc lozenges or placebo. The primary outcome, days "
        "with symptoms, did not differ between zinc lozenges and placebo (P=0.61). Zinc lozenges were no better than "
        "placebo.",
        numbers=("NCT1",),
        day="2020-01-01",
    )
    later = article(
        "2",
        title,
        "80 people with a common cold were randomly assigned to zinc lozenges or placebo. Colds were shorter with zinc "
        "lozenges than with placebo (P<0.001). Zinc lozenges were more effective than placebo.",
        numbers=("NCT1",),
        day="2021-01-01",
    )
    alone = evidence.answer(ZINC, judged(main, topic=ZINC), (), date(2024, 1, 1)).sentence
    assert evidence.answer(ZINC, judged(main, later, topic=ZINC), (), date(2024, 1, 1)).sentence == alone
