"""How a record bears on the question: what it says of treatment and people, and why it does not count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from monitor import evidence
from monitor.model import Article, MeshHeading, Question, Relevance, Terms
from tests.support.articles import TOPIC, article

QUESTION = Question(
    "Does zinc help in the common cold?",
    "the common cold",
    "zinc",
    Terms(("common cold", "colds", "CC"), ("Common Cold",)),
    Terms(("zinc", "zinc gluconate"), ("Zinc",)),
    Terms(("placebo",)),
    exclude=Terms(("zinc fever",)),
)
#: Records as blocks: the title; "=" its publication type; "|" its abstract; "-" why it does not count, nothing where it
#: does; "+" each reason: its rule, the field, and the words, of many the first six.
RECORDS = """
Zinc for the common cold: another randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to servo-controlled or passive zinc.
- Zinc is not what differs between the groups.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold: a randomised trial
= Randomized Controlled Trial
| BACKGROUND: Colds are common. METHODS: We randomly assigned 60 adults with the common cold to zinc or placebo.
| RESULTS: Colds were shorter with zinc.
+ intervention, title: Zinc
+ population, title: common cold

A randomised trial of lozenges
= Randomized Controlled Trial
| BACKGROUND: Colds are common. METHODS: We randomly assigned 60 adults with the common cold to zinc or placebo.
| RESULTS: Colds were shorter with zinc.
+ intervention, abstract: METHODS: We randomly assigned 60 adults …
+ population, abstract: METHODS: We randomly assigned 60 adults …

Copper for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with the common cold to copper or placebo. Zinc is another metal.
- The record only mentions “Zinc”; it is not what the study tested.
+ population, title: common cold

Copper for warts: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with warts to copper or placebo. Zinc is used in colds.
- The record only mentions “Zinc”; it is not what the study tested.
+ population, abstract: Zinc is used in colds.

Copper for warts: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with warts to copper or placebo.
- The record does not name zinc; it is not what the study tested, and does not name the common cold; it is not
- whom the study is about.

Copper for warts: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with warts to copper or placebo. Zinc is another metal.
- The record only mentions “Zinc”; it is not what the study tested, and does not name the common cold; it is not
- whom the study is about.

Copper for warts: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with warts to copper or placebo. Colds were rare.
- The record does not name zinc; it is not what the study tested, and only mentions “Colds”; it is not whom the
- study is about.

Copper for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with the common cold to copper or placebo.
- The record does not name zinc; it is not what the study tested.
+ population, title: common cold

Zinc for warts: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with warts to zinc or placebo. Colds were rare.
- The record only mentions “Colds”; it is not whom the study is about.
+ intervention, title: Zinc
+ may_be_trial, title: Zinc for warts: a randomised trial

Zinc for warts: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with warts to zinc or placebo.
- The record does not name the common cold; it is not whom the study is about.
+ intervention, title: Zinc

Zinc gluconate versus zinc acetate in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to zinc gluconate or zinc.
- Both groups had the intervention (“zinc gluconate” and “zinc”), so it is not tested against a control.
+ intervention, title: Zinc gluconate
+ population, title: common cold

Zinc in mice with the common cold
| We gave zinc to mice with colds.
- The study is of animals or in vitro.

Reminders to take zinc in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to reminders to take zinc or to no reminders.
- The trial tests something about zinc, not the treatment itself.
+ intervention, title: zinc
+ population, title: common cold

Zinc for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: Of 60 adults, 20 had the common cold. All were randomly assigned to zinc or placebo.
+ intervention, title: Zinc
+ population, title: common cold
+ mixed, abstract: 20 of 60 participants

Zinc for airway infections: a randomised trial
= Randomized Controlled Trial
| METHODS: Of 60 adults with infections, 20 had a common cold. All were randomly assigned to zinc or placebo.
- Only 20 of 60 participants had the common cold.
+ intervention, title: Zinc
+ population, abstract: METHODS: Of 60 adults with infections, …
+ mixed, abstract: 20 of 60 participants

Zinc for airway infections: a randomised trial
= Randomized Controlled Trial
| METHODS: Of 60 adults with infections, 40 had a common cold. All were randomly assigned to zinc or placebo.
+ intervention, title: Zinc
+ population, abstract: METHODS: Of 60 adults with infections, …
+ mixed, abstract: 40 of 60 participants

Zinc for the common cold and influenza: a randomised trial
= Randomized Controlled Trial
| BACKGROUND: Colds are common. METHODS: We randomly assigned 60 adults with the common cold to zinc or placebo.
| RESULTS: Colds were shorter with zinc.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold
| We compared adults with colds who took zinc with adults who did not.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold
| Adults with colds were allocated to zinc or nothing.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold
= Clinical Trial
+ intervention, title: Zinc
+ population, title: common cold
+ may_be_trial, publication types: Clinical Trial

Zinc for the common cold
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold: a letter
= Letter
| A randomised trial of zinc in colds showed no benefit.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold: a review
= Review
| We found no randomised trial of zinc in colds.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold: a review
= Review
| A randomised trial of zinc in colds is needed.
+ intervention, title: Zinc
+ population, title: common cold

Metals in medicine: a review
= Review
| In colds, a randomised trial of zinc showed no benefit.
+ intervention, abstract: In colds, a randomised trial of …
+ population, abstract: In colds, a randomised trial of …
+ tells_of_trial, abstract: In colds, a randomised trial of …

Metals in medicine: a review
= Review
| In warts, a randomised trial of zinc showed no benefit.
- The record does not name the common cold; it is not whom the study is about.
+ intervention, abstract: In warts, a randomised trial of …

Zinc to prevent the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 healthy adults to zinc or placebo. RESULTS: The common cold occurred in 12.
+ intervention, title: Zinc
+ population, title: common cold

Zinc in healthy adults: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 healthy adults to zinc or placebo. RESULTS: Zinc reduced the incidence of the
| common cold.
+ intervention, title: Zinc
+ population, abstract: RESULTS: Zinc reduced the incidence of …

Copper versus zinc in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to copper or zinc.
- The trial tests another treatment; zinc is what it was compared with.
+ intervention, title: zinc
+ population, title: common cold

Copper in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to copper plus zinc or placebo plus zinc.
- Zinc is not what differs between the groups.
+ intervention, abstract: METHODS: We randomly assigned 60 adults …
+ population, title: common cold

Copper after zinc in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to copper or placebo after zinc.
- Zinc is not what differs between the groups.
+ intervention, title: zinc
+ population, title: common cold

Effect of exercise on zinc in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to exercise or rest. Plasma zinc was measured.
- No group was allocated to zinc.
+ intervention, title: zinc
+ population, title: common cold

A platform trial in the common cold
= Randomized Controlled Trial
| METHODS: In this platform trial we randomly assigned 60 adults with colds to zinc, copper or usual care.
| RESULTS: Copper worked. CONCLUSIONS: Copper helps.
- The trial has an arm with zinc, but this report is about another arm.
+ intervention, abstract: METHODS: In this platform trial we …
+ population, title: common cold

A platform trial in the common cold
= Randomized Controlled Trial
| METHODS: In this platform trial we randomly assigned 60 adults with colds to zinc, copper or usual care. Results
| of zinc are reported elsewhere. CONCLUSIONS: Zinc helps.
- The trial has an arm with zinc, but this report is about another arm.
+ intervention, abstract: METHODS: In this platform trial we …
+ population, title: common cold

Zinc or copper in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to zinc or copper.
+ intervention, title: Zinc
+ population, title: common cold

Vitamin C in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to vitamin C or zinc.
- The trial tests another treatment; zinc is what it was compared with.
+ intervention, abstract: METHODS: We randomly assigned 60 adults …
+ population, title: common cold

Zinc fever in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to zinc or placebo.
- It is about “Zinc fever”, which this question excludes.
+ intervention, abstract: METHODS: We randomly assigned 60 adults …
+ population, title: common cold
+ words, title: Zinc fever

Metals in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to zinc or placebo. Zinc fever was seen.
- It is about “Zinc fever”, which this question excludes.
+ intervention, abstract: METHODS: We randomly assigned 60 adults …
+ population, title: common cold
+ words, abstract: Zinc fever

Zinc in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to zinc or placebo. Zinc fever was seen.
+ intervention, title: Zinc
+ population, title: common cold

Zinc gluconate versus zinc in the common cold
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to zinc gluconate versus zinc, each with a placebo.
- Both groups had the intervention (“zinc gluconate” and “zinc”), so it is not tested against a control.
+ intervention, title: Zinc gluconate
+ population, title: common cold

Zinc for airway infections: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults, of whom 40% had a common cold, to zinc or placebo.
- Only 24 of 60 participants had the common cold.
+ intervention, title: Zinc
+ population, abstract: METHODS: We randomly assigned 60 adults, …
+ mixed, abstract: 24 of 60 participants

Zinc for airway infections: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults, of whom 60% had a common cold, to zinc or placebo.
+ intervention, title: Zinc
+ population, abstract: METHODS: We randomly assigned 60 adults, …
+ mixed, abstract: 36 of 60 participants

Zinc for airway infections: a randomised trial
= Randomized Controlled Trial
| METHODS: We screened 600 adults. 60 adults, 30 of whom had a common cold, were randomly assigned to zinc or
| placebo.
- Only 30 of 60 participants had the common cold.
+ intervention, title: Zinc
+ population, abstract: 60 adults, 30 of whom had …
+ mixed, abstract: 30 of 60 participants

Zinc for airway infections: a randomised trial
= Randomized Controlled Trial
| METHODS: We screened 600 adults. 60 adults, 31 of whom had a common cold, were randomly assigned to zinc or
| placebo.
+ intervention, title: Zinc
+ population, abstract: 60 adults, 31 of whom had …
+ mixed, abstract: 31 of 60 participants

Zinc for adults with and without the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults to zinc or placebo.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold: a new approach
| METHODS: Adults with colds were randomised. RESULTS: They were well.
+ intervention, title: Zinc
+ population, title: common cold

Zinc versus nothing for the common cold
+ intervention, title: Zinc
+ population, title: common cold
+ may_be_trial, title: versus

Zinc for the common cold
| Colds were shorter in two groups.
+ intervention, title: Zinc
+ population, title: common cold
+ may_be_trial, abstract: two groups

Zinc for the common cold: a letter
= Letter
| We read of zinc. In a randomised trial of zinc it showed no benefit.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold: an editorial
= Editorial
| A randomised trial of copper showed no benefit.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold: an editorial
= Editorial
| A randomised trial has now been done; it showed no benefit.
+ intervention, title: Zinc
+ population, title: common cold
+ tells_of_trial, abstract: A randomised trial has now been …

Zinc for the common cold: an editorial
= Editorial
| A randomised trial is under way, but none has reported.
+ intervention, title: Zinc
+ population, title: common cold

A randomised trial of zinc in colds is discussed
= Editorial
| It is good.
+ intervention, title: zinc
+ population, title: colds
+ tells_of_trial, title: A randomised trial of zinc in …

Zinc for the common cold: an editorial
= Editorial
| A randomised trial should be done; it is not known what it will show.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold: a review
= Review
| We included 3 randomised trials of zinc.
+ intervention, title: Zinc
+ population, title: common cold
+ tells_of_trial, abstract: We included 3 randomised trials of …

Lozenges for infections: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults to zinc or placebo. Colds were counted.
- The record only mentions “Colds”; it is not whom the study is about.
+ intervention, abstract: METHODS: We randomly assigned 60 adults …
+ may_be_trial, abstract: zinc or placebo.

Lozenges for infections: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults to lozenges or placebo. We asked whether zinc shortens colds.
- The record only mentions “zinc”; it is not what the study tested, and only mentions “colds”; it is not whom the
- study is about.
+ may_be_trial, abstract: We asked whether zinc shortens colds.

Sleep after zinc: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults to zinc or placebo. The cold was common.
- The record does not name the common cold; it is not whom the study is about.
+ intervention, title: zinc
+ may_be_trial, abstract: zinc or placebo.

Zinc for common winter colds: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with a cold that is common to zinc or placebo.
+ intervention, title: Zinc
+ population, title: colds

Zinc lozenges on the pain of the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to lozenges or nothing.
+ intervention, title: Zinc
+ population, title: common cold

Use of zinc in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to an invitation or nothing.
- Zinc is not what differs between the groups.
+ intervention, title: zinc
+ population, title: common cold

Leaflets on zinc for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to a leaflet on zinc or a leaflet on sleep.
- The trial tests something about zinc, not the treatment itself.
+ intervention, title: zinc
+ population, title: common cold

Courses for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to a course on zinc or usual care.
- The trial tests something about zinc, not the treatment itself.
+ intervention, abstract: METHODS: We randomly assigned 60 adults …
+ population, title: common cold

Copper in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to zinc with or without copper.
- Zinc is not what differs between the groups.
+ intervention, abstract: METHODS: We randomly assigned 60 adults …
+ population, title: common cold

Zinc with or without copper in the common cold
= Randomized Controlled Trial
| METHODS: Adults were given both.
- Zinc is not what differs between the groups.
+ intervention, title: Zinc
+ population, title: common cold

Zinc plus copper versus iron plus zinc in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to one of the two.
- Zinc is not what differs between the groups.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to zinc in the morning or in the evening.
- Zinc is not what differs between the groups.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to oral zinc or nasal zinc.
- Zinc is not what differs between the groups.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to conventional zinc or servo-controlled zinc.
- Zinc is not what differs between the groups.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to zinc or sham zinc.
+ intervention, title: Zinc
+ population, title: common cold

Zinc for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to early zinc or delayed zinc.
+ intervention, title: Zinc
+ population, title: common cold

Lozenges for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to lozenges or syrup. Zinc reduced cough.
- The record only mentions “Zinc”; it is not what the study tested.
+ population, title: common cold

Lozenges with zinc for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to lozenges or syrup. Zinc reduced cough.
- It is not certain that a group was allocated to the intervention itself.
+ intervention, title: zinc
+ population, title: common cold
+ may_be_trial, title: zinc

Lozenges with zinc for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to lozenges or syrup. All was well.
- No group was allocated to zinc.
+ intervention, title: zinc
+ population, title: common cold

Copper or zinc for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to copper or to zinc.
+ intervention, title: zinc
+ population, title: common cold

Copper is superior to zinc in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to copper or to zinc.
- The trial tests another treatment; zinc is what it was compared with.
+ intervention, title: zinc
+ population, title: common cold

No treatment versus zinc in the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to no treatment or to zinc.
+ intervention, title: zinc
+ population, title: common cold

Copper for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to copper or to zinc.
- The trial tests another treatment; zinc is what it was compared with.
+ intervention, abstract: METHODS: We randomly assigned 60 adults …
+ population, title: common cold

Syrup for the common cold: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with colds to copper or to zinc.
+ intervention, abstract: METHODS: We randomly assigned 60 adults …
+ population, title: common cold

Zinc for the common cold: post hoc analysis of a randomised trial
= Randomized Controlled Trial
| This is a post hoc analysis. Of 60 adults, 20 had a common cold.
+ intervention, title: Zinc
+ population, title: common cold
+ mixed, abstract: 20 of 60 participants

Zinc for the common cold: study protocol of a randomised trial
= Randomized Controlled Trial
| We randomly assigned 60 adults with colds to reminders to use zinc or none.
- The trial tests something about zinc, not the treatment itself.
+ intervention, title: Zinc
+ population, title: common cold

CC and zinc: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with CC to zinc or placebo.
+ intervention, title: zinc
+ population, title: CC

Cervical cancer (CC) and zinc: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults with CC to zinc or placebo.
- The record only mentions “CC”; it is not whom the study is about.
+ intervention, title: zinc

Non-common cold and zinc: a randomised trial
= Randomized Controlled Trial
| METHODS: We randomly assigned 60 adults without colds to zinc or placebo.
- The record only mentions “common cold”; it is not whom the study is about.
+ intervention, title: zinc
"""


def bearing(one: Article) -> Relevance:
    """What the rules say of the record."""
    return evidence.assess(one, replace(TOPIC, question=QUESTION)).relevance


def blocks() -> Iterator[tuple[Article, str, list[str]]]:
    """Each record with why it does not count, and the reasons."""
    for block in RECORDS.strip().split("\n\n"):
        title, *lines = block.splitlines()
        parts = {sign: [line[2:] for line in lines if line.startswith(sign)] for sign in "=|-+"}
        one = article("1", title, " ".join(parts["|"]), types=("Journal Article", *parts["="]))
        yield one, " ".join(parts["-"]), parts["+"]


def shortened(words: str) -> str:
    """The first six words of many."""
    first = words.split()
    return words if len(first) < 7 else f"{' '.join(first[:6])} …"


@pytest.mark.parametrize(
    ("one", "why", "reasons"), list(blocks()), ids=[str(number) for number, _ in enumerate(blocks())]
)
def test_each_record_counts_or_says_why_it_does_not(one: Article, why: str, reasons: list[str]) -> None:
    """With the words by which that was told."""
    found = bearing(one)
    assert (found.why_not, found.is_match) == (why, not why)
    assert [
        f"{reason.rule.removeprefix('question.')}, {reason.field}: {shortened(reason.words)}" for reason in found.basis
    ] == reasons


def test_a_record_about_animals_has_neither_treatment_nor_people() -> None:
    """Nor has one about other animals than those that are asked about."""
    mice = article("1", "Zinc in mice with colds", "We gave zinc to mice with colds.")
    found = bearing(mice)
    assert (found.intervention, found.population, found.basis) == (False, False, ())
    cats, dogs = (
        replace(QUESTION, population_name=f"{kind} with colds", population=Terms((kind, "dogs")))
        for kind in ("cats", "dogs")
    )
    of_dogs = article(
        "1", "Zinc in dogs with colds: a randomised trial", "Sixty dogs were randomised to zinc or placebo."
    )
    assert evidence.assess(of_dogs, replace(TOPIC, question=dogs)).relevance.is_match
    of_people = article("1", "Zinc for colds: a randomised trial", "Sixty adults had zinc or placebo at random.")
    other = evidence.assess(of_people, replace(TOPIC, question=cats)).relevance
    assert (other.is_match, other.intervention, other.population) == (False, False, False)
    assert other.why_not == "The study is not of cats with colds."
    any_kind = replace(QUESTION, population_name="animals with colds", population=Terms(("animals", "dogs")))
    assert evidence.assess(of_dogs, replace(TOPIC, question=any_kind)).relevance.is_match


def test_where_the_words_are_silent_the_headings_tell() -> None:
    """Of the treatment and of the people."""
    one = article("1", "Lozenges in children", "METHODS: Lozenges were given. RESULTS: All was well.")
    found = bearing(replace(one, mesh=(MeshHeading("", "Zinc"), MeshHeading("", "Common Cold"))))
    assert [(reason.rule, reason.field, reason.words) for reason in found.basis] == [
        ("question.intervention", "MeSH", "Zinc"),
        ("question.population", "MeSH", "Common Cold"),
    ]
