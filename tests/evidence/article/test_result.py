"""What one report says of its result: texts written to mislead, by kind, and the sizes of a trial."""

from __future__ import annotations

import pytest

from monitor import evidence
from monitor.evidence.article.result import features, votes
from monitor.evidence.article.result.size.numbers import numbers
from monitor.evidence.article.result.size.stated import sample_size
from monitor.model import Direction
from tests.support.articles import TOPIC, article, judged, sham_trial


def direction_of(says: str) -> Direction:
    """The direction read from a short report of a sham-controlled trial that ends with these words."""
    said = evidence.assess(sham_trial("1", 64, says=says), TOPIC).statement
    return said.direction if said else Direction.NOT_STATED


@pytest.mark.parametrize(
    "says",
    [
        "Venous angioplasty was no better than sham.",
        "There was a lack of effect on walking.",
        "Angioplasty offered no additional benefit to standard care.",
        "Venous angioplasty had no effect.",
        "Walking was similar in both groups.",
        "There was a non-significant trend towards fewer relapses after angioplasty.",
        "Venous angioplasty was not significantly better than sham.",
        "Venous angioplasty failed to improve walking.",
        "The trial did not meet its primary end point.",
        "There was no evidence that venous angioplasty improves walking.",
        "Angioplasty showed no benefit over sham.",
        "Venous angioplasty was not effective in multiple sclerosis.",
        "The change in EDSS did not differ between groups.",
        "Walking did not improve with angioplasty.",
        "Venous angioplasty did not reduce relapses.",
        "Neither walking nor fatigue improved with angioplasty.",
        "Venous angioplasty was not superior to sham.",
        "Venous angioplasty was not superior to placebo (P=0.4).",
    ],
)
def test_no_difference_is_read_where_it_is_said_plainly(says: str) -> None:
    """Whatever the words of benefit that it denies."""
    assert direction_of(says) is Direction.NO_DIFFERENCE


@pytest.mark.parametrize(
    "says",
    [
        "Venous angioplasty significantly improved walking speed.",
        "Balloon venoplasty improved walking.",
        "Venous angioplasty reduced relapses compared with sham.",
        "Relapses were fewer after venous angioplasty than after sham.",
        "Venous angioplasty prolonged the time to relapse compared with sham.",
        "Venous angioplasty was superior to sham.",
        "Remission was more frequent after venous angioplasty than after sham.",
        "Pain relief was greater after venous angioplasty than after sham.",
        "Venous angioplasty slowed disability progression compared with sham.",
        "Fatigue was reduced with angioplasty, whereas it increased with sham.",
    ],
)
def test_benefit_is_read_with_the_sign_of_its_outcome(says: str) -> None:
    """More of a good thing, less of a bad one, and longer where longer is better."""
    assert direction_of(says) is Direction.BENEFIT


@pytest.mark.parametrize(
    "says",
    [
        "Venous angioplasty was less detrimental than sham.",
        "There was insufficient evidence that venous angioplasty improves walking.",
        "Walking tended to improve after angioplasty.",
        "Venous angioplasty may improve walking.",
        "Venous angioplasty is a promising treatment.",
        "Whether venous angioplasty improves walking remains uncertain.",
        "Walking improved in both groups.",
        "Walking improved from baseline after angioplasty.",
        "Venous angioplasty improved walking in the subgroup of women.",
        "Sham was better than venous angioplasty.",
        "Venous angioplasty did not increase adverse events.",
        "There were no differences in adverse events.",
        "Venous angioplasty might reduce relapses; larger trials are needed.",
        "Follow-up was six months.",
        "Venous angioplasty could not be shown to be effective.",
        "We found little evidence of benefit.",
        "Venous angioplasty was as effective as stenting.",
        "Venous angioplasty should not be recommended.",
        "Benefit of venous angioplasty was not confirmed.",
        "Earlier trials showed that venous angioplasty improves walking.",
        "The hypothesis that venous angioplasty improves walking was rejected.",
        "Venous angioplasty was safe and well tolerated.",
        "We conclude that venous angioplasty is feasible.",
        "Time to relapse was shorter after venous angioplasty than after sham.",
        "Remission was less frequent after venous angioplasty.",
        "The improvement in walking after angioplasty was not maintained.",
        "It is doubtful that angioplasty improves walking.",
        "There is no doubt that this question remains open.",
        "Angioplasty was neither inferior nor superior to sham.",
        "No trial has shown that angioplasty improves walking.",
        "The sham group improved more.",
        "Angioplasty reduced walking speed.",
        "Angioplasty increased fatigue.",
        "Angioplasty lowered quality of life.",
        "Angioplasty reduced survival.",
        "Angioplasty shortened the time to relapse.",
        # good things that are named by the bad thing they end
        "Pain relief was lower after venous angioplasty than after sham (P=0.01).",
        "Pain thresholds were lower after venous angioplasty than after sham (P=0.01).",
        "The reduction in fatigue was smaller after venous angioplasty than after sham (P=0.01).",
        "Patients free of pain were fewer after venous angioplasty than after sham (P=0.01).",
        "Recovery from fatigue was lower after venous angioplasty than after sham (P=0.01).",
        # the sign of a score is not known, and less of a good thing may be told by "more"
        "Constant scores were lower after venous angioplasty than after sham (P=0.01).",
        "Muscle strength decreased more after venous angioplasty than after sham (P=0.01).",
        # how the trial went, a part of the people, a difference too small to matter
        "Attendance was higher after venous angioplasty than after sham (P=0.01).",
        "Relapses were fewer after venous angioplasty than after sham in patients under 40.",
        "Fatigue was lower after venous angioplasty than after sham (P=0.04), below the minimal important difference.",
        "Venous angioplasty was no more toxic than sham.",
        "Stenting was superior to sham (P=0.001); venous angioplasty was not (P=0.44).",
    ],
)
def test_nothing_is_stated_where_it_is_not_certain(says: str) -> None:
    """Hedges, one or both arms, a part of the people, harms denied, the comparator praised, unknown signs, silence."""
    assert direction_of(says) is Direction.NOT_STATED


@pytest.mark.parametrize(
    "says",
    [
        "The composite improved with angioplasty (P=0.03), while the evoked potentials showed no difference.",
        "Pain was reduced with venous angioplasty, whereas fatigue did not differ between the groups.",
        "Pain was relieved, but fatigue was similar in both groups.",
    ],
)
def test_a_result_on_some_outcomes_only_is_mixed(says: str) -> None:
    """Clause by clause: one improves, the other does not differ; set against that it needs no comparator of its own."""
    assert direction_of(says) is Direction.MIXED
    alone = says.partition(", ")[0].replace(" (P=0.03)", "")
    assert direction_of(f"{alone}.") is Direction.NOT_STATED


def test_harm_is_read_where_it_is_said_plainly() -> None:
    """And never from a harm that became less."""
    assert direction_of("Venous angioplasty increased mortality.") is Direction.HARM
    assert direction_of("Patients treated with venous angioplasty fared worse than those given sham.") is Direction.HARM
    assert direction_of("Venous angioplasty was less detrimental than sham.") is not Direction.HARM


def test_an_uncertain_result_keeps_the_authors_sentence() -> None:
    """The quotation carries what the headline may not."""
    said = evidence.assess(sham_trial("1", 64, says="Venous angioplasty may improve walking."), TOPIC).statement
    assert said is not None
    assert (said.direction, said.sentence) == (Direction.NOT_STATED, "Venous angioplasty may improve walking.")


@pytest.mark.parametrize(
    ("abstract", "size"),
    [
        ("One hundred and twenty patients were randomised to zinc or placebo.", 120),
        ("Between 2001 and 2005, 202 638 women were randomly assigned.", 202638),
        ("Of 119 patients, 57 received tamsulosin and 62 received placebo.", 119),
        ("Patients were randomly assigned to zinc (n = 59) or placebo (n = 62).", 121),
        ("Patients were randomised into two groups (n = 60 per group).", 120),
        ("In total 874 people were allocated to zinc and 1,410 to usual care.", 2284),
        ("Subjects (n=79) were randomly assigned to zinc or placebo.", 79),
        ("A total of 33 participants were randomized, and 14 participants completed the study.", 33),
        ("Patients with COVID-19 were randomised to zinc or placebo.", None),
        ("Of 696 people who were born in 1924 and were screened we treated some.", None),
        ("Patients aged 65 years were randomised to 40 mg of zinc or placebo for 12 weeks.", None),
        ("A sample size of 120 patients was planned.", None),
        ("Eight volunteers were randomly assigned to the control group.", None),
        ("30 patients were randomised to zinc.  A further 20 patients served as controls.", None),
        ("253 employees were given lozenges; 88 caught a cold and were randomised to zinc or placebo.", None),
        ("121 adults were screened, and ninety-six were randomly assigned to zinc (48) or placebo (48).", None),
        ("194 patients were enrolled; 96 were randomised to zinc and 98 to placebo.", 194),
        ("Of 3515 patients randomised, 679 were assigned to zinc, 679 to placebo and 2157 to other treatments.", None),
        ("169 candidates were randomised to surgery or training. 47 of 82 training patients crossed over.", 169),
        ("Outcomes of 47 patients given zinc were compared with 47 historical controls.", None),
        ("Twelve schools with 600 families were randomised to zinc or the usual meals.", None),
        ("Ninety-six hypersensitive teeth were randomly divided into two groups.", None),
        ("26 client-owned dogs were randomised to zinc or placebo.", None),
        ("1'250 women were randomised to zinc or placebo.", 1250),
        ("Some 1.5 thousand children were randomised to zinc or placebo.", None),
        ("Of 300 patients, 110 agreed to be randomised and 190 chose zinc or no zinc.", None),
        ("Fifty-four men and women aged between 20 and 60 were randomized to zinc or placebo.", 54),
        ("Ninety-six patients were enrolled and 91 patients were randomised to zinc (N=46) or placebo (N=45).", 91),
        ("Patients were randomly assigned to zinc (31 cases) or placebo (29 cases).", 60),
        ("Patients were randomised to zinc or placebo. Of the 60 patients enrolled, 50 completed it.", 60),
        ("Of the 60 patients with pain, all were randomised to zinc or placebo.", None),
        ("The first 60 patients enrolled were randomised to zinc or placebo.", None),
        ("The remaining 60 patients included were randomised to zinc or placebo.", None),
        ("All 60 patients were randomised to zinc or placebo.", 60),
        ("In study 2 patients were randomised to zinc or placebo.", None),
        ("We applied zinc in 18 eyes (group 1) and nothing in 17 eyes (group 2), randomly chosen.", None),
    ],
)
def test_the_size_is_that_of_the_whole_trial_or_none(abstract: str, size: int | None) -> None:
    """Sums, words and separators are read; ages, doses, screened, planned and single arms are not."""
    assert sample_size(abstract) == size


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("one hundred and twenty patients", [120]),
        ("two hundred forty-one people", [241]),
        ("one thousand two hundred and five", [1205]),
        ("ten and twelve", [10, 12]),
        ("1,436 and 202 638 of 3 groups of 20", [1436, 202638, 3, 20]),
        ("covid-19, 1:1, 12.5 and 5%", []),
    ],
)
def test_numbers_are_read_in_digits_and_in_words(text: str, values: list[int]) -> None:
    """Never a part of a code, a ratio, a decimal or a percentage."""
    assert [one.value for one in numbers(text)] == values


def test_the_shipped_model_sees_no_word_of_a_topic() -> None:
    """Its features are signs; its data card says what it was trained on and what it may not be used for."""
    model = votes.load()
    assert votes.PATH.stat().st_size < 200_000
    assert {"limits", "labels", "rows", "trained_by"} <= set(model.card)
    assert not [name for name in model.sentence.weights if "pain" in name or "placebo" in name]


def test_every_feature_that_the_shipped_model_was_trained_on_is_still_computed() -> None:
    """One that is called otherwise now would count as absent in every article."""
    computed = features.of_article([], [], {}, is_randomized=True)
    doubts = {name for name in votes.load().article.features if ", but " in name}
    assert set(votes.load().article.features) - doubts <= set(computed)


def test_a_sentence_that_turns_is_quoted_with_the_one_it_turns_against() -> None:
    """ "However, …" alone would say the opposite of what the authors conclude."""
    text = (
        "We randomly assigned 98 patients with multiple sclerosis to venous angioplasty or sham. By intention to treat "
        "venous angioplasty was of no significant benefit. However, it was superior to sham in the per-protocol set."
    )
    (one,) = judged(article("1", "Venous angioplasty in multiple sclerosis", text))
    assert one.effective.statement is not None
    assert one.effective.statement.direction is Direction.NOT_STATED
    assert one.effective.statement.sentence.startswith("By intention to treat venous angioplasty was of no")
    assert one.effective.statement.sentence.endswith("in the per-protocol set.")


@pytest.mark.parametrize(
    "ending",
    [
        "In the per-protocol analysis venous angioplasty was superior.",
        "Post hoc, only venous angioplasty improved walking.",
        "If venous angioplasty reduces disability, it will be cheap.",
        "Results are presented.",
        "Results are expected in 2025.",
    ],
)
def test_what_is_no_conclusion_is_not_quoted_as_one(ending: str) -> None:
    """An analysis of a part, a condition, an announcement."""
    text = f"We randomly assigned 98 patients with multiple sclerosis to venous angioplasty or sham. {ending}"
    (one,) = judged(article("1", "Venous angioplasty in multiple sclerosis", text))
    assert one.effective.statement is None or one.effective.statement.sentence != ending


@pytest.mark.parametrize(
    ("title", "says"),
    [
        ("Safety of venous angioplasty", "Walking did not differ."),
        ("Pharmacokinetics of contrast after venous angioplasty", "Uptake did not differ."),
        ("Venous angioplasty", "The primary outcome was serious adverse events, which did not differ between groups."),
    ],
)
def test_a_trial_of_safety_or_of_levels_shows_no_lack_of_benefit(title: str, says: str) -> None:
    """It was not made to find one."""
    text = f"We randomly assigned 98 patients with multiple sclerosis to venous angioplasty or sham. {says}"
    (one,) = judged(article("1", f"{title} in multiple sclerosis", text))
    assert one.effective.statement is None or one.effective.statement.direction is not Direction.NO_DIFFERENCE


def test_a_gain_beside_a_primary_outcome_without_one_is_not_called_mixed() -> None:
    """The trial was made for the outcome that did not differ."""
    says = "Venous angioplasty lowered disability (P<0.001) but had no effect on walking, the primary outcome."
    assert direction_of(says) is not Direction.MIXED
    spun = "The primary outcome did not differ between groups, but fatigue improved after angioplasty."
    assert direction_of(spun) is Direction.NOT_STATED
