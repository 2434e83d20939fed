"""What is read of a whole abstract: which sentences tell the result, and what they say against a direction."""

from __future__ import annotations

import pytest

from monitor.evidence.article import json_lines
from monitor.evidence.article.assess import reading_and_finding
from monitor.evidence.article.result.clauses import is_better, is_null, is_null_primary
from monitor.evidence.article.result.direction import OTHER_REPORT, SLIGHT, direction
from monitor.evidence.article.result.doubts import NULL_PRIMARY, UNCOMPARED, against
from monitor.evidence.article.result.forest import Forest, Tree, as_plain, forest_of
from monitor.evidence.article.result.size.stated import sample_size
from monitor.evidence.article.result.spoken import Spoken, spoken
from monitor.evidence.article.result.votes import Vote
from monitor.model import Design, Direction

AIM = "We aimed to compare zinc with copper in colds. Sixty adults were randomly assigned to zinc or copper."
SURE = {
    Direction.BENEFIT: Vote(false=0.05, right=0.95),
    Direction.NO_DIFFERENCE: Vote(false=0.9, right=0.05),
    Direction.MIXED: Vote(false=0.1, right=0.5),
}


def read(abstract: str) -> list[Spoken]:
    """The sentences of a trial of zinc with this abstract."""
    reading, _ = reading_and_finding(
        json_lines.article_of({"pmid": "1", "title": "Zinc in colds", "abstract": abstract})
    )
    return spoken(reading)


def parts(abstract: str) -> list[str]:
    """Where each sentence of the abstract stands."""
    return [one.part for one in read(abstract) if one.part != "title"]


def stated(abstract: str) -> Direction | None:
    """The direction stated where the model would be sure of a benefit."""
    said = read(abstract)
    return direction(said, Design.RANDOMIZED, against(said), SURE)


@pytest.mark.parametrize(("one", "doubt"), [(one, doubt) for one, slight in SLIGHT.items() for doubt in slight])
def test_a_vote_that_is_nearly_certain_outweighs_a_slight_doubt(one: Direction, doubt: str) -> None:
    """And no vote one that is grave, or one of a report that is hardly sure."""
    sure, hardly = {one: Vote(false=0.0, right=0.95)}, {one: Vote(false=0.2, right=0.5)}
    report = Design.SECONDARY_ANALYSIS if doubt == OTHER_REPORT else Design.RANDOMIZED
    doubts = {other: [] if report is not Design.RANDOMIZED or other is not one else [doubt] for other in Direction}
    agreed = Direction.NO_DIFFERENCE if doubt == NULL_PRIMARY else one
    assert direction([], report, doubts, sure) is agreed
    assert direction([], report, doubts, hardly) is None
    assert direction([], report, doubts | {one: [*doubts[one], "something grave"]}, sure) is None


def test_a_result_early_in_running_text_is_a_result() -> None:
    """Figures tell it, wherever they stand; a threshold of significance is no result."""
    abstract = (
        f"{AIM} Colds were shorter with zinc than with copper (P = 0.01). P < 0.05 was considered significant. "
        "Fever was reduced as well. Coughs were counted by nurses. Sleep was good in all. Zinc shortens colds."
    )
    assert parts(abstract) == ["other", "other", "result", "other", "result", "other", "other", "conclusion"]


def test_labels_in_running_text_are_read() -> None:
    """ "Results." and "Conclusion." as words of their own, in an abstract without sections."""
    abstract = f"Objectives. {AIM} Results. Colds were shorter with zinc. Conclusion. Zinc helps. It is cheap."
    assert parts(abstract)[-4:] == ["result", "conclusion", "conclusion", "conclusion"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Although there was no difference in the primary end point (35% vs 37%), deaths were fewer with zinc (P=0.03).",
        "The primary outcome was reached in 42% with zinc and in 39% with copper (P=0.31).",
        "The primary outcome measure did not differ between the groups.",
    ],
)
def test_a_null_primary_outcome_forbids_a_benefit(sentence: str) -> None:
    """Also in a subordinate clause, and where only its probability tells."""
    said = Spoken(sentence, "result")
    assert is_null_primary(said)
    assert stated(f"{AIM} {sentence} Zinc reduced deaths compared with copper.") is not Direction.BENEFIT


@pytest.mark.parametrize(
    "sentence",
    [
        "The primary outcome was better with zinc than with copper (P=0.01), while sleep did not differ (P=0.4).",
        "Adverse events did not differ between the groups.",
        "Primary care nurses found no difference in sleep.",
    ],
)
def test_a_good_or_an_unnamed_primary_outcome_is_not_null(sentence: str) -> None:
    """What did not differ must be the outcome that is named as primary."""
    assert not is_null_primary(Spoken(sentence, "result"))


def test_a_benefit_is_stated_where_nothing_speaks_against_it() -> None:
    """The plain case that the others are measured by."""
    told = "Colds were significantly shorter with zinc than with copper (P = 0.01). Zinc shortens colds."
    assert stated(f"{AIM} {told}") is Direction.BENEFIT


@pytest.mark.parametrize(
    "told",
    [
        "Colds were shorter with zinc than with copper (P=0.01). The effects of zinc depend on the presence of fever.",
        "The regimens were equally effective (96% vs 88%). Zinc is useful in colds.",
        "Colds were shorter with zinc than with copper (P=0.01). Zinc resulted in more serious events than copper.",
    ],
)
def test_what_speaks_against_a_benefit_outweighs_a_sure_vote(told: str) -> None:
    """Some people only, a lack of difference alone, more events."""
    assert stated(f"{AIM} {told}") is not Direction.BENEFIT


def test_a_change_from_the_start_compares_nothing() -> None:
    """ "Relative to baseline" names no comparator."""
    said = read(f"{AIM} Colds were shorter relative to baseline in 75% (P = 0.01). Zinc improved colds.")
    assert UNCOMPARED in against(said)[Direction.BENEFIT]


def test_as_effective_in_one_thing_and_better_in_another_is_not_noninferior() -> None:
    """Unless the other is safety."""
    unsure = (
        "Both were equally effective against fever. Zinc was associated with significantly shorter colds than copper."
    )
    assert stated(f"{AIM} {unsure}") is not Direction.NONINFERIOR
    safer = "In conclusion, zinc was as effective as copper. It had fewer adverse effects than copper."
    assert stated(f"{AIM} {safer}") is Direction.NONINFERIOR


def test_better_but_not_significantly_so_is_no_better_result() -> None:
    """The sentence takes back what it says."""
    said = Spoken("Zinc was better than placebo, but not significantly so.", "result")
    assert is_null(said)
    assert not is_better(said)


def test_similarly_may_only_join_two_sentences() -> None:
    """ "Similarly, ..." compares nothing; "similarly effective" does."""
    assert "null" not in Spoken("Similarly, fever was shorter with zinc.", "result").signs
    assert "null" in Spoken("Zinc and copper were similarly effective.", "result").signs


def test_a_lower_part_of_the_body_is_no_less_of_anything() -> None:
    """ "Lower respiratory infections" may as well be more."""
    assert "down" not in Spoken("Zinc had an effect on lower respiratory infections.", "result").signs
    assert "down_bad" in Spoken("Zinc led to a lower rate of respiratory infections.", "result").signs


@pytest.mark.parametrize(
    ("abstract", "size"),
    [
        ("Eleven men and one woman took part in the trial.", None),
        ("The cohort consists of 5294 males and 5602 females.", 10896),
        ("This corresponds to a mean of 37 new cases per 10 000 women.", None),
        ("Reactions were measured in 20 healthy volunteers and with pollen in 20 atopic patients.", None),
        ("345 patients were randomised to zinc or placebo, and 337 patients received at least one dose.", 345),
        ("Wheelchair users (zinc n=34, placebo n=38, n=48 for the combined analysis) were randomly assigned.", None),
    ],
)
def test_men_women_rates_and_those_treated_are_not_the_whole(abstract: str, size: int | None) -> None:
    """Only a number of the whole trial is its size."""
    assert sample_size(abstract) == size


def test_a_forest_gives_the_mean_of_its_trees() -> None:
    """What is not larger than the limit goes left; an unknown feature is 0; it survives its file."""
    stump = Tree(feature=(0, -1, -1), limit=(500, 0, 0), right=(2, 0, 1), leaves=("!{", "{!"))
    leaf = Tree(feature=(-1,), limit=(0,), right=(0,), leaves=("!!",))
    forest = Forest(("fever",), ("false", "right"), (stump, leaf))
    assert forest.shares({}) == {"false": 0.0, "right": 0.5}
    assert forest_of(as_plain(forest)).shares({"fever": 1.0}) == {"false": 0.5, "right": 0.0}
    assert Forest((), ("false",), ()).shares({}) == {"false": 0.0}


@pytest.mark.parametrize(
    ("abstract", "size"),
    [
        ("Sixteen people were allocated to zinc, 15 people to copper.", 31),
        ("One-hundred-and-fifty patients were randomised to zinc or copper.", 150),
        ("Of 696 referred people, 328 were randomised to an intervention group or a control group.", 328),
        ("Of 313 patients enrolled, 248 were randomised and 212 completed the study.", 248),
        ("145 patients were enrolled. After a washout, 139 patients were randomised to receive zinc or copper.", 139),
        ("RESULTS: 227 patients with colds received 4 mg of zinc and 226 patients received 10 mg of copper.", 453),
        ("One group (20 patients) received zinc and rest for 10 days; the other group (20 patients) only rest.", 40),
        ("38 patients were enrolled (group A: 12, group B: 12, group C: 14).", 38),
        ("We randomised 146 fourth year medical students into two groups.", 146),
        ("52 ambulatory patients who presented with colds and fever were recruited for this study.", 52),
        ("Participants (n=88) were on average 53.3 years old.", 88),
        ("We included 100 patients in the age group of 18-65 years.", 100),
        ("Over 1000 randomised participants took part in the pilot. The trial aims to recruit 20,000 patients.", None),
        ("324 patients with colds received open-label zinc, and 182 patients were randomly assigned to more.", None),
        ("Participants (n = 24) will be up to 30 days since onset.", None),
        ("42 women took part. They were randomly divided into zinc (n = 18) and copper (n = 18) groups.", None),
        ("Five to 20 patients with colds received 4 mg of zinc and 19 of 40 had a cough.", None),
    ],
)
def test_the_people_of_a_trial_are_read_from_its_flow_and_its_arms(abstract: str, size: int | None) -> None:
    """Numbers in words, arms told one by one, and those who were left when others had been excluded."""
    assert sample_size(abstract) == size


@pytest.mark.parametrize(
    ("abstract", "is_null_told"),
    [
        ("The change from baseline to one month did not differ between the groups.", True),
        ("No measures demonstrated statistically significant changes.", True),
        ("Zinc can not only help children but also their parents.", False),
    ],
)
def test_a_change_from_baseline_that_does_not_differ_is_a_null_result(abstract: str, *, is_null_told: bool) -> None:
    """And "not only" denies nothing."""
    assert is_null(Spoken(abstract, "result")) is is_null_told


def test_where_no_group_was_a_control_nothing_is_stated() -> None:
    """Not even where the words of a benefit are all there."""
    assert (
        stated("We compared zinc and copper. Although there was no control group, zinc was better than copper.") is None
    )
