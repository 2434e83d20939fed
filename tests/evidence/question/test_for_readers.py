"""What stands beside the answer for a patient and for a reviewer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor import evidence
from monitor.evidence.article.classification.claims import QUOTED, STATED, Claim, claims
from monitor.evidence.question.in_words.for_readers import patient_lines, trial_table
from monitor.language.speech import speaking
from monitor.language.stored import stored
from monitor.model import Answer, AnswerState, Article, Control, Design, Direction, Statement
from tests.support import pseudo_language
from tests.support.articles import SILENT, TOPIC, article, judged, sham_trial

NO_ADVICE = "It is not medical advice"
UNSURE = "Venous angioplasty may improve walking."


def answer_to(*found: Article) -> Answer:
    """The answer that these articles give, with one registered trial without a report."""
    return evidence.answer(replace(TOPIC, known_trials=(SILENT,)), judged(*found))


def has(answer: Answer, words: str) -> bool:
    """Whether a patient reads these words."""
    return any(words in line for line in patient_lines(answer))


def test_a_reviewer_has_a_row_for_each_trial() -> None:
    """Number, control, blinding, primary outcome, result, registry and status, each as stated or empty."""
    text = (
        "40 patients with multiple sclerosis were randomly assigned to venous angioplasty or a sham procedure in this "
        "double-blind trial. The primary outcome was walking speed. Angioplasty showed no benefit over sham."
    )
    title = "Venous angioplasty in multiple sclerosis: a randomized trial"
    one = article("1", title, text, authors=("Doe",), numbers=("NCT01000001",))
    reported, silent = trial_table(answer_to(one))
    assert (reported.trial, reported.people, reported.control, reported.blinding) == (
        "Doe 2014", 40, "sham", "double-blind",
    )  # fmt: skip
    assert (reported.primary, reported.result, reported.sure) == ("walking speed", "no benefit", "stated")
    assert (reported.sentence, reported.registry) == ("Angioplasty showed no benefit over sham.", ("NCT01000001",))
    assert (reported.status, reported.appraised_by) == ("reported", "")
    assert (silent.trial, silent.result, silent.sure, silent.status) == ("Albany", "", "", "terminated")


def test_a_result_that_is_not_certain_is_quoted_in_the_table() -> None:
    """No direction stands beside the authors' words."""
    row = trial_table(answer_to(sham_trial("1", 40, says=UNSURE)))[0]
    assert (row.result, row.sure, row.sentence) == ("", QUOTED, UNSURE)


@pytest.mark.parametrize(
    ("direction", "result"),
    [
        (Direction.NO_DIFFERENCE, "no benefit"),
        (Direction.BENEFIT, "benefit"),
        (Direction.HARM, "harm"),
        (Direction.MIXED, "benefit on some outcomes, not on others"),
        (Direction.NONINFERIOR, "not inferior to another treatment"),
    ],
)
def test_a_result_stands_in_the_table_in_a_readers_words(direction: Direction, result: str) -> None:
    """With what is marked on the trial, each once, and how it stands in its registry."""
    answer = answer_to(sham_trial("1", 40))
    trial = replace(
        answer.trials[0],
        statement=Statement(direction, "Said.", "abstract"),
        flags=("corrected", "reported", "expression of concern"),
        registry="completed, says ClinicalTrials.gov",
        appraised_by="A. Reader",
        control=Control.NOT_STATED,
    )
    (row, _) = trial_table(replace(answer, trials=(trial,)))
    assert (row.result, row.sure, row.control) == (result, "stated", "")
    assert row.status == "reported, corrected, expression of concern"
    assert (row.registry_status, row.appraised_by) == ("completed, says ClinicalTrials.gov", "A. Reader")


def test_what_stands_in_the_table_and_what_a_patient_reads_can_be_said_in_another_language() -> None:
    """Each in the words of its own context."""
    trial = answer_to(sham_trial("1", 40)).trials[0]
    for direction in Direction:
        said = replace(trial, statement=Statement(direction, "Said.", "abstract"))
        (row, *_) = trial_table(replace(answer_to(), trials=(said,)))
        with speaking(pseudo_language.catalogue()):
            words = (stored(row.result, "result of a trial"), stored(row.sure, "how sure a result is"))
        assert [pseudo_language.left_out(one) for one in words] == [[], []]
    controls = (Control.SHAM, Control.PLACEBO, Control.WAIT_LIST)
    found = tuple(replace(trial, control=control, statement=None) for control in controls)
    lines = patient_lines(replace(answer_to(), trials=found, state=AnswerState.SEVERAL_DISAGREE))
    nothing = patient_lines(answer_to())
    with speaking(pseudo_language.catalogue()):
        told = [stored(line, "in plain words") for line in (*lines, *nothing)]
    assert [pseudo_language.left_out(line) for line in told] == [[]] * 8


OPEN = "In a trial without a sham or a placebo people know what they receive."


@pytest.mark.parametrize(
    ("control", "lines"),
    [
        (Control.SHAM, ("Sham-controlled means",)),
        (Control.PLACEBO, ("Placebo-controlled means",)),
        (Control.WAIT_LIST, (OPEN,)),
        (Control.USUAL_CARE, (OPEN,)),
        (Control.NO_TREATMENT, (OPEN,)),
        (Control.ACTIVE, ()),
    ],
)
def test_a_patient_reads_what_a_control_is(control: Control, lines: tuple[str, ...]) -> None:
    """Of a trial that has reported; of one that has not, that nothing could tell yet."""
    answer = answer_to(sham_trial("1", 40))
    trial = replace(answer.trials[0], control=control)
    told = patient_lines(replace(answer, trials=(trial,)))
    assert [line.startswith(begin) for line, begin in zip(told, (*lines, "This page tells"), strict=True)] == [
        True
    ] * len(told)
    waiting = patient_lines(replace(answer, trials=(replace(trial, status="retracted"),)))
    assert [line.partition(" ")[0] for line in waiting] == ["That", "This"]


def test_a_patient_reads_what_the_words_mean_and_that_it_is_no_advice() -> None:
    """Only what this answer uses."""
    sham = answer_to(sham_trial("1", 40))
    assert has(sham, "pretended procedure")
    assert not has(sham, "dummy treatment")
    assert not has(sham, "Two trials can disagree")
    assert not has(sham, "authors are quoted")
    assert has(answer_to(sham_trial("1", 40, says=UNSURE)), "authors are quoted")
    two = answer_to(sham_trial("1", 19), sham_trial("2", 40, says="Angioplasty significantly improved walking speed."))
    assert has(two, "Two trials can disagree")
    nothing = answer_to()
    assert has(nothing, "does not mean that the treatment works or that it does not")
    assert all(has(one, NO_ADVICE) for one in (sham, two, nothing))


def found_claims(one: Article) -> dict[str, Claim]:
    """What is claimed of one report, by what it is."""
    return {claim.what: claim for claim in claims(one, evidence.assess(one, TOPIC))}


def test_each_claim_has_its_words_and_where_they_were_read() -> None:
    """With how sure, and by whom."""
    one = sham_trial("1", 40, numbers=("NCT01000001",))
    found = found_claims(one)
    assert found["direction"] == Claim(
        "direction", "no difference", "Angioplasty showed no benefit over sham.", "abstract", STATED, "rules"
    )
    assert found["size"].value == "40"
    assert found["size"].words.startswith("40 patients with multiple sclerosis were randomly assigned")
    assert (found["control"].value, found["control"].words, found["control"].where) == ("sham", "sham", "abstract")
    assert (found["registry"].value, found["registry"].where) == ("NCT01000001", "databank")


def test_what_is_not_certain_is_quoted_and_not_classified() -> None:
    """And what is not said is not claimed."""
    found = found_claims(sham_trial("1", 40, says=UNSURE))
    assert (found["direction"].value, found["direction"].sure, found["direction"].words) == ("", QUOTED, UNSURE)
    assert "blinding" not in found
    assert "primary outcome" not in found


def test_a_persons_reading_is_claimed_by_that_person() -> None:
    """By name."""
    one = sham_trial("1", 40)
    verdict = replace(evidence.assess(one, TOPIC), by="A. Reader", design=Design.RANDOMIZED)
    (direction,) = (claim for claim in claims(one, verdict) if claim.what == "direction")
    assert (direction.by, direction.value) == ("A. Reader", str(Direction.NO_DIFFERENCE))
