"""What a registry is asked for a topic, and what the operator learns of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from monitor import store
from monitor.model import (
    KnownTrial,
    PubMedSettings,
    Registration,
    RegistryAnswer,
    RegistryEntry,
    RegistryQuestion,
    Settings,
    SmtpSettings,
    SourceName,
    SourceSettings,
    Terms,
)
from monitor.store import Database
from monitor.watch.outside import plan
from monitor.watch.outside.registries import ask as registries
from tests.support.articles import sham_trial
from tests.support.fake_pubmed import FakePubMed
from tests.support.poll_harness import PollHarness
from tests.support.records import DAY, query, topic
from tests.support.registry import entry

REGISTRY = SourceName.CLINICAL_TRIALS
TOPIC = topic(query())


@dataclass
class Listening:
    """A registry that gives one answer after the other, the last again and again, and keeps what it was asked."""

    answers: list[RegistryAnswer]
    asked: list[RegistryQuestion] = field(default_factory=list)

    def entries(self, asked: RegistryQuestion, watermark: str, today: date) -> RegistryAnswer:  # noqa: ARG002
        """The next answer."""
        self.asked.append(asked)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass
class World:
    """A topic with trials in PubMed, and its registry."""

    db: Database
    registry: Listening
    harness: PollHarness

    def ask(self, name: SourceName = REGISTRY) -> list[str]:
        """A day later; what is told, by number of trial."""
        self.harness.now += DAY
        settings = Settings(
            path=Path("monitor.yaml"),
            pubmed=PubMedSettings("jane@example.org"),
            smtp=SmtpSettings("mail.example.org", "jane@example.org"),
            topics=tuple(self.harness.topics),
            database_url="",
            postal_address="",
            operator_email="jane@example.org",
            sources={name: SourceSettings(name, "http://127.0.0.1:9", DAY)},
        )
        with self.db.begin() as tx:
            plan.configure(tx, settings, self.harness.now)
            before = len(store.changes.since(tx, "ccsvi", self.harness.now - 400 * DAY))
        sources = replace(self.harness.pubmed.sources, registries={name: self.registry})
        registries.ask_due(settings, sources, self.db, self.harness.now)
        with self.db.read() as tx:
            told = store.changes.since(tx, "ccsvi", self.harness.now - 400 * DAY)[before:]
        return [one.item.key for one in told if one.item]

    def remark(self) -> str:
        """What the operator learns."""
        with self.db.read() as tx:
            return store.source_states.state(tx, REGISTRY, "ccsvi").remark


def watching(db: Database, *answers: RegistryAnswer, numbers: Sequence[str] = ()) -> World:
    """One trial of the question is on record, whose report names these numbers."""
    pubmed = FakePubMed()
    named = tuple(Registration("ClinicalTrials.gov", number, "databank") for number in numbers)
    pubmed.list(replace(sham_trial("70", 19), registrations=named), "veins")
    harness = PollHarness(db, pubmed, ())
    harness.configure(TOPIC)
    harness.poll(timedelta())
    return World(db, Listening(list(answers) or [RegistryAnswer((), "1")]), harness)


def test_a_registry_is_asked_in_the_words_of_the_question(sqlite_db: Database) -> None:
    """Of the topic and of its headings; with the operator's own query, and each number once."""
    asked = registries.question(replace(TOPIC, registry_query="veins"), ("NCT2", "NCT1", "NCT2"))
    assert asked == RegistryQuestion(
        conditions=("multiple sclerosis", "Multiple Sclerosis"),
        interventions=("venous angioplasty", "venoplasty", "Angioplasty"),
        query="veins",
        numbers=("NCT2", "NCT1"),
    )


@pytest.mark.parametrize(("count", "is_asked"), [(1, True), (4, True), (5, False)])
def test_trials_that_reports_name_are_asked_for_by_number(sqlite_db: Database, count: int, *, is_asked: bool) -> None:
    """Up to four of one report: one that names more tells of other people's trials."""
    numbers = tuple(f"NCT0100000{place}" for place in range(count))
    world = watching(sqlite_db, numbers=numbers)
    world.ask()
    assert world.registry.asked[0].numbers == (numbers if is_asked else ())


def test_trials_that_the_operator_lists_or_the_registry_has_shown_are_asked_for(sqlite_db: Database) -> None:
    """Of this registry alone, and of the question."""
    other = replace(entry("NCT03"), interventions=("Zinc",), title="Zinc", arms=())
    first = RegistryAnswer((entry("NCT01"), other), "1")
    world = watching(sqlite_db, first)
    known = KnownTrial("NCT02", "Albany", "terminated", date(2010, 3, 17))
    world.harness.configure(replace(TOPIC, known_trials=(known,)))
    world.ask()
    world.ask()
    assert [one.numbers for one in world.registry.asked] == [("NCT02",), ("NCT01", "NCT02")]


def test_the_operator_learns_what_could_not_be_read_and_what_is_not_there(sqlite_db: Database) -> None:
    """The first of the one, all of the other."""
    bad = (("NCT01", "no title"), ("", "no number"))
    world = watching(
        sqlite_db,
        RegistryAnswer((), "1", unreadable=bad, missing=("NCT08", "NCT09")),
        RegistryAnswer((), "1", unreadable=bad[1:]),
        RegistryAnswer((), "1"),
    )
    world.ask()
    assert world.remark() == ("2 records could not be read: NCT01: no title; no record has the number NCT08, NCT09")
    world.ask()
    assert world.remark() == "1 records could not be read: one without a number: no number"
    world.ask()
    assert world.remark() == ""


def answer(*entries: RegistryEntry, **facts: object) -> RegistryAnswer:
    """A full answer with these entries."""
    return RegistryAnswer(entries, "1", **facts)  # type: ignore[arg-type]  # facts by name


def test_a_trial_found_by_a_number_that_was_named_already_is_no_news(sqlite_db: Database) -> None:
    """One found by its words is."""
    held, found, numbered = entry("NCT01"), entry("NCT02"), entry("NCT03")
    world = watching(sqlite_db, answer(held), answer(held, found, numbered, by_number=frozenset({"NCT03"})))
    assert world.ask() == []
    assert world.ask() == ["NCT02"]
    assert world.ask() == []


def test_what_one_registry_told_another_tells_not_again(sqlite_db: Database) -> None:
    """The one that is believed more tells what changes."""
    isrctn = replace(entry("ISRCTN01"), source=SourceName.ISRCTN, other_numbers=("NCT01",))
    world = watching(sqlite_db, answer(isrctn))
    assert world.ask(SourceName.ISRCTN) == []
    world.registry = Listening([answer(), answer(entry("NCT01"))])
    assert world.ask() == []
    assert world.ask() == []
    later = replace(isrctn, title="Another title", enrolment=20, is_enrolment_actual=True)
    world.registry = Listening([answer(later)])
    assert world.ask(SourceName.ISRCTN) == []
    world.registry = Listening([answer(replace(entry("NCT01"), enrolment=20, is_enrolment_actual=True))])
    assert world.ask() == ["NCT01"]


def test_a_question_without_words_is_asked_by_its_headings(sqlite_db: Database) -> None:
    """Which are words, too."""
    bare = replace(TOPIC.question, population=Terms((), ("Heading",)), intervention=Terms(("zinc",)))
    assert registries.question(replace(TOPIC, question=bare)).conditions == ("Heading",)
