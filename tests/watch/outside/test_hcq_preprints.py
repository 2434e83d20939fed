"""Hydroxychloroquine for COVID-19: what preprints said, on the days on which they were posted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from monitor import config
from monitor.demo import corpus
from monitor.model import Answer, Article, Author, Preprint, PublishedAs
from monitor.sandbox import Corpus
from monitor.sources.pubmed.records import reader, registries
from monitor.store import Database
from tests.support.preprints import preprint
from tests.support.records import query
from tests.support.watched_preprints import Watched

LITERATURE = "hydroxychloroquine-covid19"
TANG_DOI, RECOVERY_DOI = "10.1101/2020.04.10.20060558", "10.1101/2020.07.15.20151852"
REPORTS = "A preprint, not peer-reviewed, reports a randomised trial: "


@pytest.fixture(scope="module")
def facts() -> dict[str, dict[str, Any]]:
    """The facts gathered of each report, by its id."""
    path = Path(corpus.__file__).with_name(f"{LITERATURE}.jsonl")
    return {fact["id"]: fact for fact in map(json.loads, path.read_text("utf-8").splitlines())}


@pytest.fixture(scope="module")
def in_pubmed() -> dict[str, Article]:
    """The records of the journal articles, by DOI."""
    living = Corpus.from_xml(corpus.build(LITERATURE)).at(datetime(2025, 1, 1, tzinfo=UTC))
    xml = b"".join(state.xml() for state in living.states.values())
    found = reader.read(b"<PubmedArticleSet>" + xml + b"</PubmedArticleSet>").articles
    return {article.doi.lower(): article for article in found}


def posted(fact: dict[str, Any]) -> Preprint:
    """A preprint of the literature as Europe PMC lists it."""
    text, (last, _, initials) = fact["summary"], fact["authors"][0].rpartition(" ")
    return preprint(
        int(fact["id"][-3:]),
        fact["title"],
        text,
        doi=fact["doi"],
        authors=(Author(last, initials=initials),),
        posted_on=date.fromisoformat(fact["created_on"]),
        registrations=tuple(registries.in_text(" ".join(fact.get("registry_ids", ())), "abstract")),
    )


def reports(answer: Answer) -> list[str]:
    """The lines on preprints, without their quotations."""
    return [line.removeprefix(REPORTS).split(".")[0] for line in answer.lines if line.startswith(REPORTS)]


@pytest.fixture
def watched(db: Database) -> Watched:
    """The topic that ships, from 20 March 2020 on."""
    topic = config.shipped_topics()["hcq-treatment"]
    topic = replace(topic, searches=(query(key=topic.key),))
    return Watched(db, topic, start=datetime.combine(date(2020, 3, 20), time(6), UTC))


def until(watched: Watched, day: date) -> None:
    """The clock moves; what is asked next is asked on this day."""
    watched.harness.now = datetime.combine(date.fromordinal(day.toordinal() - 1), time(6), UTC)


def test_preprints_say_what_was_true_on_each_day_and_the_headline_rests_on_none(
    watched: Watched, facts: dict[str, dict[str, Any]], in_pubmed: dict[str, Article]
) -> None:
    """31 March: Chen Z, 62. April: Tang, and two cohorts that look like trials. July: RECOVERY. Then the journals."""
    before = watched.answer()

    until(watched, date(2020, 3, 31))
    (told,) = watched.ask(posted(facts["hcq-004"]))
    assert told == ("Preprint, not peer-reviewed.", "It describes itself as a randomised trial of the question.")
    assert reports(watched.answer()) == ["Chen 2020 (medRxiv), 62 people"]
    assert (watched.answer().state, watched.answer().sentence) == (before.state, before.sentence)

    tang = facts["hcq-009"]
    until(watched, date(2020, 4, 14))
    title = "Hydroxychloroquine in patients with COVID-19: an open-label, randomized, controlled trial"
    of_tang = posted({**tang, "title": title, "doi": TANG_DOI, "created_on": "2020-04-14"})
    cohort, emulation = (posted(facts[number]) for number in ("hcq-006", "hcq-039"))
    told = watched.ask(of_tang, cohort, replace(emulation, posted_on=date(2020, 4, 14)))
    assert [len(one) for one in told] == [2, 1, 1]
    assert reports(watched.answer()) == ["Chen 2020 (medRxiv), 62 people", "Tang 2020 (medRxiv), 150 people"]
    assert watched.answer().fingerprint == before.fingerprint

    until(watched, date(2020, 5, 14))
    article = in_pubmed[tang["doi"]]
    watched.poll(article)
    link = PublishedAs(article.pmid, citation="BMJ. 2020", why="Europe PMC links the preprint to it")
    watched.server.listed[1] = replace(of_tang, article=link)
    ((told_as,),) = watched.ask()
    assert told_as.startswith(f"Now published as “{tang['title']}”, ")
    assert reports(watched.answer()) == ["Chen 2020 (medRxiv), 62 people"]
    counted = watched.answer()
    assert [trial.sample_size for trial in counted.trials if trial.is_counted] == [150]

    until(watched, date(2020, 7, 15))
    recovery = facts["hcq-016"]
    of_recovery = preprint(
        16,
        "Effect of Hydroxychloroquine in Hospitalized Patients with COVID-19: Preliminary results from a multi-centre, "
        "randomized, controlled trial",
        recovery["summary"],
        doi=RECOVERY_DOI,
        authors=(Author("Horby", initials="P"), Author(collective=recovery["collective"])),
        posted_on=date(2020, 7, 15),
    )
    watched.ask(of_recovery)
    assert reports(watched.answer())[1] == "Horby 2020 (medRxiv), 4,716 people"
    assert watched.answer().fingerprint == counted.fingerprint

    until(watched, date(2020, 10, 8))
    watched.poll(in_pubmed[recovery["doi"].lower()])
    watched.server.articles[RECOVERY_DOI] = recovery["doi"].lower()
    until(watched, date(2020, 10, 20))
    ((told_as,),) = watched.ask()
    assert told_as.endswith("(Crossref records the preprint of it).")
    assert reports(watched.answer()) == ["Chen 2020 (medRxiv), 62 people"]
    assert sorted(trial.sample_size or 0 for trial in watched.answer().trials if trial.is_counted) == [150, 4716]


def test_a_preprint_that_pubmed_holds_too_is_named_once(
    watched: Watched, facts: dict[str, dict[str, Any]], in_pubmed: dict[str, Article]
) -> None:
    """Its record has the preprint's DOI."""
    fact = facts["hcq-004"]
    until(watched, date(2020, 3, 31))
    watched.ask(posted(fact))
    watched.poll(in_pubmed[fact["doi"]])
    assert reports(watched.answer()) == []
    assert [line for line in watched.answer().lines if "Chen 2020" in line] == [
        "Not counted yet (a preprint that no journal has reviewed): Chen 2020."
    ]
