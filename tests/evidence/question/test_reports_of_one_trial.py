"""Several reports of one trial, several trials of one group, and what only tells of a trial: what is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor import evidence
from monitor.evidence.question.likeness import likeness
from monitor.model import Answer, AnswerState, Article, Registration
from tests.support.articles import article, judged, shipped_topic

GROUP = ("Rossi", "Bianchi", "Verdi", "Neri")
NO = "Disability did not differ between venous angioplasty and sham."
YES = "Venous angioplasty significantly improved walking compared with sham."
NO_BENEFIT = "One randomised sham-controlled trial (120 people) shows no benefit."


def report(pmid: str, title: str, people: int, says: str, day: str = "2016-01-01", **fields: object) -> Article:
    """The report of a randomised sham-controlled trial by one group."""
    text = f"We randomly assigned {people} patients with multiple sclerosis to venous angioplasty or sham. {says}"
    return article(pmid, title, text, day, **{"authors": GROUP, **fields})


def answer_to(*found: Article) -> Answer:
    """The answer of the shipped topic to these reports."""
    return evidence.answer(shipped_topic(), judged(*found, topic=shipped_topic()))


FINAL = report("2", "Venous angioplasty in multiple sclerosis: a randomised sham-controlled trial", 120, NO)
ALIKE = [
    report(
        "1", "Venous angioplasty in multiple sclerosis: interim analysis of a randomised trial", 60, YES, "2014-01-01"
    ),
    report("3", FINAL.title, 120, YES, "2015-01-01", types=("Preprint",)),
    report("4", FINAL.title, 120, YES, "2015-01-01", journal="medRxiv : the preprint server for health sciences"),
    report("5", "P123. Endovascular treatment of CCSVI: randomised sham-controlled study", 118, YES, "2015-06-01"),
    report("6", "Opening veins in multiple sclerosis: a doctoral thesis", 120, YES, "2015-02-01", authors=GROUP[:1]),
    report("7", f"[{FINAL.title}]", 120, YES, "2016-06-01", languages=("ita",), authors=GROUP[:2]),
    report(
        "8", "Venous angioplasty: three-year follow-up of a randomised sham-controlled trial", 90, YES, "2019-01-01"
    ),
]


@pytest.mark.parametrize(
    "other", ALIKE, ids=["interim", "type", "server", "congress", "thesis", "language", "follow-up"]
)
def test_the_final_report_speaks_for_its_trial(other: Article) -> None:
    """Before or after it, and whatever an interim report, preprint, abstract, thesis or follow-up says."""
    found = answer_to(replace(FINAL, languages=("eng",)) if other.languages else FINAL, other)
    assert (found.sentence, len(found.trials)) == (NO_BENEFIT, 1)
    assert len(found.trials[0].reports) == 2


def test_one_author_in_common_makes_no_thesis_of_a_trial() -> None:
    """Two are needed where neither the title nor the number of people is the same."""
    trial = report("1", "Venous angioplasty in multiple sclerosis: a randomised trial", 120, YES, authors=GROUP[:2])
    title = "Opening veins in multiple sclerosis: a doctoral thesis"
    ties = [
        likeness(*judged(trial, report("2", title, 60, YES, authors=authors)))
        for authors in (GROUP[:2], (GROUP[0], "Doe"))
    ]
    assert [tie is not None for tie in ties] == [True, False]


def test_an_earlier_report_is_shown_as_earlier() -> None:
    """With what it called itself; alone it counts and is said to be provisional."""
    told = "Rossi 2016 replaces what was reported earlier of the same trial: Rossi 2014 (interim)."
    assert told in answer_to(FINAL, ALIKE[0]).lines
    alone = answer_to(ALIKE[0])
    assert alone.sentence == "One randomised sham-controlled trial (60 people) reports benefit."
    assert "What is known of Rossi 2014 is from an interim report, not from its final report." in alone.lines


def test_a_retracted_final_report_takes_its_preprint_with_it() -> None:
    """The preprint does not speak for the trial again."""
    retracted = replace(FINAL, title=f"RETRACTED: {FINAL.title}")
    found = answer_to(retracted, ALIKE[1])
    assert found.state is AnswerState.REGISTERED
    assert [trial.status for trial in found.trials] == ["retracted"]


def test_a_preprint_alone_is_a_line_and_no_headline() -> None:
    """Nor is it silence."""
    found = answer_to(ALIKE[1])
    assert found.state is AnswerState.REGISTERED
    assert found.sentence.endswith("are registered; one report that may be a trial awaits a person.")
    assert "Not counted yet (a preprint that no journal has reviewed): Rossi 2015." in found.lines


def test_a_later_report_of_more_people_speaks_for_the_trial() -> None:
    """The first was of a part of them."""
    first = report(
        "9", "Venous angioplasty in multiple sclerosis: a randomised trial of walking", 60, YES, "2014-01-01"
    )
    number = (Registration("", "NCT01000001", "databank"),)
    found = answer_to(replace(first, registrations=number), replace(FINAL, registrations=number))
    assert found.sentence == NO_BENEFIT


def sibling(pmid: str, who: str, number: str = "") -> Article:
    """One of two trials of one group with as many people each."""
    one = report(pmid, f"Venous angioplasty in {who} multiple sclerosis: a randomised sham-controlled trial", 60, NO)
    return replace(one, registrations=(Registration("", number, "databank"),) if number else ())


@pytest.mark.parametrize("numbers", [("", ""), ("NCT01000001", "NCT01000002"), ("NCT01000001", "")])
def test_sibling_trials_with_the_same_number_of_people_stay_two(numbers: tuple[str, str]) -> None:
    """Their titles, or their registry numbers, tell them apart."""
    found = answer_to(sibling("1", "relapsing", numbers[0]), sibling("2", "progressive", numbers[1]))
    assert found.sentence == "Two randomised sham-controlled trials (120 people): neither shows benefit."


def test_a_second_trial_that_says_so_is_one() -> None:
    """Though authors and size are the same."""
    second = report("3", "Opening jugular veins: results of a second trial in MS", 120, NO, "2017-01-01")
    assert len(answer_to(FINAL, second).trials) == 2


def test_reports_that_may_be_of_one_trial_are_counted_once_and_said_to_be() -> None:
    """Same group, same number of people, other outcomes: nobody can know."""
    walking = report("1", "Walking after opening veins: a randomised sham-controlled trial", 60, NO)
    lesions = report("2", "Brain lesions and opened jugular veins, a double-blind study", 60, NO, "2017-01-01")
    found = answer_to(walking, lesions)
    assert found.sentence == "One randomised sham-controlled trial (60 people) shows no benefit."
    assert "Reports that may be of one trial, counted once: Rossi 2016; Rossi 2017." in found.lines


ASSIGNED = "120 patients with multiple sclerosis were randomly assigned to venous angioplasty or sham"
TOLD = [
    ("Venous angioplasty in multiple sclerosis: a randomised trial", "", ("Letter",)),
    ("Venous angioplasty in multiple sclerosis", f"We read with interest that {ASSIGNED}. We wonder.", ("Letter",)),
    (
        "Should veins be opened in multiple sclerosis?",
        f"Rossi and colleagues report that {ASSIGNED}. We discuss it.",
        (),
    ),
    ("Lessons of the vein story", f"In the trial of Rossi et al., {ASSIGNED}; disability did not differ.", ()),
    ("Vascular hypotheses of MS [dissertation]", f"This thesis reviews veins. In a published trial, {ASSIGNED}.", ()),
    ("Veins and multiple sclerosis", f"In the recent randomised trial {ASSIGNED}. Their trial ended a debate.", ()),
]


@pytest.mark.parametrize(("title", "text", "types"), TOLD)
def test_what_only_tells_of_a_trial_is_not_one(title: str, text: str, types: tuple[str, ...]) -> None:
    """A letter, a discussion, a thesis: alone no trial is found, beside the trial one is counted."""
    told = article("9", title, text, "2017-01-01", types=("Journal Article", *types), authors=("Doe",))
    assert answer_to(told).state is AnswerState.REGISTERED
    assert answer_to(FINAL, told).sentence == NO_BENEFIT


@pytest.mark.parametrize(
    "background",
    [
        "Rossi et al. randomly assigned patients elsewhere.",
        "In a recent trial patients were randomised.",
        "Veins are debated.",
    ],
)
def test_a_trial_that_tells_of_others_in_its_background_is_one(background: str) -> None:
    """Its own allocation is told in a sentence of its own."""
    one = report("1", FINAL.title, 120, NO)
    text = f"{background} {one.abstract_text}"
    assert answer_to(replace(one, abstract=article("1", "", text).abstract)).sentence == NO_BENEFIT


def test_no_agreement_is_claimed_across_comparisons() -> None:
    """No better than a sham and no better than another drug are two findings."""
    text = "We randomly assigned 80 patients with multiple sclerosis to venous angioplasty or natalizumab. "
    said = "Relapses did not differ between venous angioplasty and natalizumab."
    title = "Venous angioplasty versus natalizumab in multiple sclerosis: a randomised trial"
    found = answer_to(FINAL, article("3", title, text + said, authors=("Doe",)))
    assert found.state is AnswerState.SEVERAL_UNCERTAIN
    assert "agree" not in found.sentence


def test_no_absence_is_claimed_while_a_report_may_be_a_trial() -> None:
    """By its publication type, or by words that the model doubts."""
    typed = article(
        "1", "Venous angioplasty in multiple sclerosis", "Patients with MS underwent venous angioplasty.",
        types=("Randomized Controlled Trial",),
    )  # fmt: skip
    one, two = answer_to(typed), answer_to(typed, replace(typed, pmid="2", title=f"{typed.title}, again"))
    assert "none has reported" not in one.sentence
    assert one.sentence.endswith("one report that may be a trial awaits a person.")
    assert two.sentence.endswith("two reports that may be trials await a person.")
    assert one.fingerprint != two.fingerprint


def test_a_registered_trial_named_beside_another_number_is_not_called_silent() -> None:
    """A report that lists several numbers may be its result."""
    known = shipped_topic().known_trials[0].number
    both = tuple(Registration("", number, "databank") for number in (known, "NCT09999991"))
    found = answer_to(replace(FINAL, registrations=both))
    assert known not in {trial.key for trial in found.silent_trials}


@pytest.mark.parametrize("authors", [GROUP, ("Verdi", "Rossi", "Gialli")])
def test_two_outcomes_of_as_many_people_by_the_same_authors_may_be_one_trial(authors: tuple[str, ...]) -> None:
    """Never a disagreement, never twice the people: fatigue in one paper, sleep in the next."""
    title = "Venous angioplasty and {} in multiple sclerosis: a randomised sham-controlled trial"
    fatigue = report("1", title.format("fatigue"), 90, "Fatigue was lower after venous angioplasty than sham (P=0.01).")
    sleep = "Sleep did not differ between venous angioplasty and sham."
    found = answer_to(fatigue, report("2", title.format("sleep"), 90, sleep, "2017-01-01", authors=authors))
    assert found.sentence.startswith("One randomised sham-controlled trial (90 people)")
    assert "Reports that may be of one trial, counted once: Rossi 2016;" in " ".join(found.lines)


def test_two_outcomes_by_one_common_author_are_two_trials() -> None:
    """A name that many have ties nothing."""
    title = "Venous angioplasty and {} in multiple sclerosis: a randomised sham-controlled trial"
    sleep = report("2", title.format("sleep"), 90, "Sleep did not differ between venous angioplasty and sham.")
    found = answer_to(report("1", title.format("fatigue"), 90, NO, authors=("Li", "Wang")), replace(sleep, authors=()))
    assert "(180 people)" in found.sentence


@pytest.mark.parametrize("name", ["VEINO", "OPEN-MS", "CliVe2"])
def test_the_follow_up_of_a_named_study_by_others_makes_no_disagreement(name: str) -> None:
    """It stands behind the report that bears the name."""
    first = report("1", f"Opening veins in multiple sclerosis: the {name} randomised trial", 90, YES, authors=("Bo",))
    title = f"Venous angioplasty in multiple sclerosis: five-year follow-up of the {name} study"
    found = answer_to(first, report("2", title, 60, NO, "2021-01-01", authors=("Cy",)))
    assert found.sentence.startswith("One randomised sham-controlled trial (90 people)")


def test_pooled_results_of_two_trials_are_of_two() -> None:
    """Neither is held."""
    title = "Venous angioplasty in multiple sclerosis: pooled results of two randomised sham-controlled trials"
    assert answer_to(report("1", title, 90, NO)).sentence.endswith(
        "two trials are known by their secondary reports alone."
    )


@pytest.mark.parametrize(
    ("title", "says"),
    [
        (
            "Venous angioplasty in multiple sclerosis: two randomised sham-controlled trials",
            "One report of two randomised",
        ),
        ("Opening veins in multiple sclerosis: results of 3 sham-controlled trials", "One report of three randomised"),
        ("Venous angioplasty in multiple sclerosis: the second of two trials", "One randomised"),
        (
            "Venous angioplasty in multiple sclerosis: randomised trial and meta-analysis of two trials",
            "One randomised",
        ),
    ],
)
def test_one_report_of_two_trials_is_said_to_be_that(title: str, says: str) -> None:
    """Neither one trial nor a count that nobody can follow."""
    assert answer_to(report("1", title, 90, NO)).sentence.startswith(says)
