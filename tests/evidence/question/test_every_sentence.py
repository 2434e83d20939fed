"""Each sentence of an answer in its forms for one and for several, word for word."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from monitor.evidence.question.in_words import further_sentences, preprint_lines, wording
from monitor.evidence.question.in_words.report_labels import cited, signed
from monitor.language.speech import speaking
from monitor.language.stored import answer_text
from monitor.model import (
    Author,
    Control,
    Design,
    Direction,
    HeldPreprint,
    Level,
    PublishedAs,
    Question,
    ReviewLine,
    Role,
    Statement,
    Terms,
    Trial,
    TrialReport,
    Verdict,
)
from tests.support import pseudo_language
from tests.support.articles import article
from tests.support.preprints import preprint
from tests.support.records import START

ASKED = Question("", "colds", "zinc", Terms(), Terms())
D = Direction


def trial(said: Direction | None = None, control: Control = Control.NOT_STATED, **fields: object) -> Trial:
    """A trial whose authors said so, and no more."""
    statement = Statement(said, "Their words.", "abstract") if said else None
    return Trial("NCT1", "Doe 2014", control=control, statement=statement, **fields)  # type: ignore[arg-type]  # fields by name


SEVERAL = {
    D.NO_DIFFERENCE: ("one shows no benefit", "two show no benefit"),
    D.BENEFIT: ("one reports benefit", "two report benefit"),
    D.HARM: ("one reports harm", "two report harm"),
    D.MIXED: (
        "one reports benefit on some outcomes and not on others",
        "two report benefit on some outcomes and not on others",
    ),
    D.NONINFERIOR: (
        "one reports that the treatment is not inferior to another",
        "two report that the treatment is not inferior to another",
    ),
}


@pytest.mark.parametrize(("said", "one", "two"), [(said, *words) for said, words in SEVERAL.items()])
def test_results_are_counted_by_direction(said: Direction, one: str, two: str) -> None:
    """Beside another, and beside one that is not certain."""
    other = D.HARM if said is not D.HARM else D.BENEFIT
    others = SEVERAL[other][0]
    assert wording.randomized([trial(said), trial(other)]) == f"Two randomised trials disagree: {one}, {others}."
    assert wording.randomized([trial(said), trial(said), trial(D.NOT_STATED)]) == (
        f"Three randomised trials: {two}; one has reported. Its authors conclude: “Their words”."
    )
    assert wording.randomized([trial(said), trial(said), trial()]) == (
        f"Three randomised trials: {two}; one has reported, and the direction of its result is not certain."
    )


def test_trials_that_may_not_be_inferior_are_told_together() -> None:
    """One, two and three."""
    same = trial(D.NONINFERIOR, Control.NO_TREATMENT)
    end = "that the treatment is not inferior to another."
    assert wording.randomized([same]) == f"One randomised no-treatment-controlled trial reports {end}"
    assert wording.randomized([same] * 2) == f"Two randomised no-treatment-controlled trials: both report {end}"
    assert wording.randomized([same] * 3) == f"Three randomised no-treatment-controlled trials: all report {end}"


def test_trials_of_which_none_is_certain_are_quoted_or_named() -> None:
    """One by its words, several by their names."""
    assert wording.randomized([trial(D.NOT_STATED)]) == (
        "One randomised trial has reported. Its authors conclude: “Their words”."
    )
    uncertain = "and the direction of"
    assert wording.randomized([trial()]) == f"One randomised trial has reported, {uncertain} its result is not certain."
    assert wording.randomized([trial(D.NOT_STATED)] * 2) == (
        f"Two randomised trials have reported (Doe 2014, Doe 2014), {uncertain} their results is not certain."
    )


@pytest.mark.parametrize(("control", "kind"), [(Control.NOT_STATED, ""), (Control.WAIT_LIST, " wait-list")])
def test_open_trials_and_trials_of_one_report_are_called_so(control: Control, kind: str) -> None:
    """With the kind of their control and without."""
    open_ = trial(D.BENEFIT, control, blinding="open-label")
    assert wording.randomized([open_], is_first=False) == f"One open randomised{kind} trial reports benefit."
    assert wording.randomized([open_] * 2, is_first=False) == f"Two open randomised{kind} trials: both report benefit."
    report = TrialReport("1", Role.MAIN_RESULT, "Zinc in colds: two randomised trials")
    pooled = replace(open_, reports=(report,), speaker="1", sample_size=1_200)
    told = "trials (1,200 people) reports benefit."
    assert wording.randomized([pooled]) == f"One report of two randomised{kind} {told}"
    assert wording.randomized([pooled], is_first=False) == f"One report of two open randomised{kind} {told}"
    assert wording.randomized([replace(pooled, speaker="2")]).startswith("One randomised")


CONTRADICTIONS = [
    (0, "one report that may be a trial awaits a person", "two reports that may be trials await a person"),
    (1, "one trial has been retracted", "two trials have been retracted"),
    (
        2,
        "one trial is known by its secondary reports alone",
        "two trials are known by their secondary reports alone",
    ),
    (3, "those that a review includes are not among the articles found", ""),
    (
        4,
        "an article found speaks of a randomised trial that is not among those found",
        "articles found speak of randomised trials that are not among those found",
    ),
    (
        5,
        "the results of one trial are reported in its registry",
        "the results of two trials are reported in their registries",
    ),
    (
        6,
        "the registry of one trial links an article that is not among those found",
        "the registries of two trials link articles that are not among those found",
    ),
]


@pytest.mark.parametrize(("place", "one", "two"), CONTRADICTIONS)
def test_what_forbids_an_absence_is_told(place: int, one: str, two: str) -> None:
    """One of it or two."""
    for count, words in ((1, one), (2, two or one)):
        assert wording.contradictions(*(count if at == place else 0 for at in range(7))) == words


def test_several_reasons_stand_side_by_side_and_hearsay_only_alone() -> None:
    """What a review or an article tells is no news beside what is held."""
    told = "one trial has been retracted; the results of two trials are reported in their registries"
    assert wording.contradictions(0, 1, 0, 3, 2, 2) == told
    assert wording.contradictions(0, 0, 0, 3, 2) == CONTRADICTIONS[3][1]
    assert wording.contradictions(0, 0, 0, 0) == ""


def test_what_there_is_without_a_trial_is_told_for_itself_and_with_what_contradicts_it() -> None:
    """Nothing, plans, registrations, uncontrolled reports, comparisons."""
    about = "zinc in colds"
    assert wording.none_found(ASKED) == f"No treatment study of {about} is indexed."
    assert wording.none_found(ASKED, is_given=True) == f"No trial that tests {about} against a control is indexed."
    assert wording.none_found(ASKED, "x; y") == f"No trial of {about} is certain yet; x; y."
    assert wording.uncontrolled(ASKED, "x") == f"Only uncontrolled reports of {about} are certain; x."
    assert wording.uncontrolled(ASKED) == (
        f"Only uncontrolled reports of {about} exist; no controlled trial has reported."
    )
    for is_registered, word in ((True, "registered"), (False, "planned")):
        assert wording.registered(ASKED, is_registered=is_registered) == (
            f"Trials of {about} are {word}; none has reported a result."
        )
        assert wording.registered(ASKED, "x", is_registered=is_registered) == f"Trials of {about} are {word}; x."
    one = "One controlled comparison, not shown to be randomised, exists"
    two = "Two controlled comparisons, not shown to be randomised, exist"
    for count, words in ((1, one), (2, two)):
        assert wording.comparisons([trial()] * count) == f"{words}; no randomised trial has reported."
        assert wording.comparisons([trial()] * count, "x") == f"{words}; x."


def test_comparisons_beside_trials_are_listed_and_not_counted() -> None:
    """One or two, with people and without."""
    one = "One further comparison was controlled but not randomised"
    two = "Two further comparisons were controlled but not randomised"
    sized = trial(sample_size=30)
    assert wording.not_counted([trial()]) == f"{one}; it is listed and not counted."
    assert wording.not_counted([trial()] * 2) == f"{two}; they are listed and not counted."
    assert wording.not_counted([sized]) == f"{one} (30 people); it is listed and not counted."
    assert wording.not_counted([sized, trial()]) == f"{two} (at least 30 people); they are listed and not counted."


@pytest.mark.parametrize(
    ("included", "on", "said"),
    [
        (0, None, "A systematic review found no eligible randomised trial."),
        (1, None, "A systematic review includes one randomised trial."),
        (2, date(2012, 1, 1), "A systematic review (2012) includes two randomised trials."),
    ],
)
def test_a_review_says_what_it_included(included: int, on: date | None, said: str) -> None:
    """With its year where it is known."""
    assert wording.review(ReviewLine("5", "", on, Design.SYSTEMATIC_REVIEW, included)) == said


def test_plans_with_a_control_whose_result_may_be_held_are_plans() -> None:
    """And not said to have no result."""
    plan = trial(control=Control.SHAM)
    assert wording.protocol([plan], is_silent=False) == (
        "The protocol of a randomised sham-controlled trial is published."
    )
    assert wording.protocol([plan] * 2, is_silent=False) == (
        "Protocols of two randomised sham-controlled trials are published."
    )


def test_what_a_reader_must_know_of_a_trial_is_a_sentence() -> None:
    """That it is provisional, replaced, perhaps two in one, or not of these people alone."""
    known = "What is known of Doe 2014 is from"
    assert [wording.provisional(trial(), stage) for stage in ("interim", "abstract", "thesis")] == [
        f"{known} an interim report, not from its final report.",
        f"{known} the abstract of a congress, not from its final report.",
        f"{known} a thesis, not from its final report.",
    ]
    assert wording.superseded(trial(), ["A 2010", "B 2011"]) == (
        "Doe 2014 replaces what was reported earlier of the same trial: A 2010; B 2011."
    )
    assert wording.perhaps_one(["A 2010", "B 2011"]) == (
        "Reports that may be of one trial, counted once: A 2010; B 2011."
    )
    assert wording.mixed(trial(), "With and without.") == (
        "Not all participants of Doe 2014 have the condition: “With and without”."
    )
    assert wording.quotations([trial(D.NOT_STATED), trial(D.HARM), trial()]) == [
        "The authors of Doe 2014 conclude: “Their words”."
    ]
    assert (wording.quoted(trial(D.HARM)), wording.quoted(trial())) == ("“Their words”", "")


def test_reports_that_do_not_count_yet_say_for_what_they_wait() -> None:
    """Each list with its reason; each report with the kind that it calls itself."""
    reports = ["A 2010", "B 2011"]
    assert further_sentences.AWAITS_A_PERSON(reports=reports) == (
        "Not counted yet (until a person has appraised it): A 2010; B 2011."
    )
    assert further_sentences.IS_PREPRINT(reports=reports) == (
        "Not counted yet (a preprint that no journal has reviewed): A 2010; B 2011."
    )
    assert further_sentences.ALLOCATION_NOT_STATED(reports=reports) == (
        "Not counted yet (its text does not state how people were allocated): A 2010; B 2011."
    )
    assert {stage: said(report="A") for stage, said in further_sentences.STAGED.items()} == {
        stage: f"A ({stage})" for stage in ("interim", "follow-up", "secondary", "abstract", "thesis", "preprint")
    }
    assert further_sentences.REPORT(report="A") == "A"
    assert further_sentences.ASSOCIATION(report="A", sentence="So.") == "Latest meta-analysis (A): “So.”"
    assert further_sentences.ASSOCIATION_SILENT(report="A") == (
        "Latest meta-analysis (A) states no conclusion in its abstract."
    )


def held(**fields: object) -> HeldPreprint:
    """A preprint of a trial of 71 people."""
    said = Statement(D.NOT_STATED, "So it is.", "abstract")
    verdict = Verdict("PPR1", "t", Design.RANDOMIZED, Level.STATED, "1", sample_size=71, statement=said)
    return HeldPreprint(preprint(**fields), verdict, "1", START)


def test_a_preprint_is_named_with_server_and_people_and_told_as_what_became_of_it() -> None:
    """As far as both are known."""
    line = preprint_lines.line_of
    reports = "A preprint, not peer-reviewed, reports a randomised trial:"
    one = held()
    assert line(one) == f"{reports} Doe 2020 (medRxiv), 71 people. Its authors write: “So it is”."
    silent = replace(one, verdict=replace(one.verdict, statement=None, sample_size=1_200))
    assert line(silent) == f"{reports} Doe 2020 (medRxiv), 1,200 people."
    assert line(replace(silent, preprint=replace(silent.preprint, server=""))) == f"{reports} Doe 2020, 1,200 people."
    sizeless = replace(silent, verdict=replace(silent.verdict, sample_size=None))
    assert line(sizeless) == f"{reports} Doe 2020 (medRxiv)."
    assert line(replace(sizeless, preprint=replace(sizeless.preprint, server=""))) == f"{reports} Doe 2020."
    named = "Doe 2020 (medRxiv), 71 people."
    assert line(held(is_withdrawn=True, article=PublishedAs("7"))) == (
        f"A preprint that reported a randomised trial has been withdrawn: {named}"
    )
    assert line(held(article=PublishedAs("7"))) == (
        f"A preprint of a randomised trial is now an article that is not counted here: {named}"
    )


def test_a_report_is_called_by_its_first_author_and_year() -> None:
    """By a group, or by its title where nobody signed it; never by a number."""
    assert cited(article("1", "[Zinc.]", authors=("Doe", "Roe"))) == signed(article("1", "", authors=("Doe",)))
    assert cited(article("1", "[Zinc.]", authors=("Doe",))) == "Doe 2014"
    group = replace(article("1", "Zinc"), authors=(Author("", collective="The Group"),))
    assert cited(group) == "The Group 2014"
    assert cited(article("1", "[Zinc.]")) == "“Zinc”, 2014"
    undated = replace(article("1", "Zinc"), created_at=None)
    assert cited(undated) == "“Zinc”"
    assert cited(replace(undated, title="")) == "an unnamed report"
    assert cited(replace(undated, authors=(Author("Doe"),))) == "Doe"


def test_every_sentence_can_be_said_in_another_language_down_to_its_parts() -> None:
    """Nothing but names and the authors' words stays as it is."""
    line = preprint_lines.line_of
    pooled = replace(
        trial(D.BENEFIT, Control.SHAM, sample_size=30),
        reports=(TrialReport("1", Role.MAIN_RESULT, "Zinc in colds: two randomised trials"),),
        speaker="1",
    )
    said = [
        wording.randomized([pooled]),
        wording.randomized([trial(D.BENEFIT), trial(D.HARM), trial(D.NOT_STATED)]),
        wording.randomized([trial(D.BENEFIT, Control.SHAM), trial(D.BENEFIT, Control.PLACEBO), trial()]),
        wording.comparisons([trial(sample_size=30)], wording.contradictions(2, 1, 2, 0, posted=1, linked=2)),
        wording.none_found(ASKED, wording.contradictions(0, 0, 0, 0, 2)),
        wording.not_counted([trial(sample_size=30), trial()]),
        wording.superseded(trial(), [further_sentences.STAGED["interim"](report="Doe 2010"), "Roe 2011"]),
        wording.silent([replace(trial(), status="completed")] * 2),
        further_sentences.IS_PREPRINT(reports=[further_sentences.STAGED["thesis"](report="Doe 2010")]),
        line(held()),
        line(held(server="")),
        line(held(is_withdrawn=True)),
        line(held(article=PublishedAs("7"))),
    ]
    data = "Doe 2014 2010 2020 Roe 2011 Their words So it is NCT1 zinc colds medRxiv and"
    for sentence in said:
        with speaking(pseudo_language.catalogue()):
            translated = answer_text(sentence)
        assert translated != sentence
        left = " ".join(pseudo_language.left_out(translated))
        assert [word for word in re.findall(r"[A-Za-z][\w.]*", left) if word not in data] == []
