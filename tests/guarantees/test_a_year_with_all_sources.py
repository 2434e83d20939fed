"""A year with PubMed and every other source, each down for a week in turn, just when it has something new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.demo import corpus, outside
from monitor.model import AnswerState, ChangeKind, SourceName
from monitor.sandbox import Corpus, Fault, Server, services
from tests.demo.test_replay import PMIDS
from tests.support import strategies
from tests.support.all_sources import Watched, watching

TOPIC, SEED = "ccsvi", "ccsvi-138"
FIRST, WEEKS = date(2013, 12, 30), 54
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
#: How a source is down.
KINDS = (Fault.UNAVAILABLE, Fault.MAINTENANCE, Fault.RATE_LIMIT)
#: It asks to be left alone for so many seconds: a client that tried again at once would make the test wait.
RETRY_AFTER = 3600
CONCERNED, RETRACTED = "ccsvi-087", "ccsvi-085"
OF_MS: dict[str, Any] = {"conditions": ["Multiple Sclerosis"], "interventions": [["PROCEDURE", "Venous angioplasty"]]}


@dataclass(frozen=True)
class Week:
    """The week in which one source is down; `first` is its Monday. What is new appears on the Tuesday."""

    source: SourceName
    number: int

    @property
    def first(self) -> date:
        """Its Monday."""
        return FIRST + self.number * WEEK

    @property
    def new_on(self) -> str:
        """The day on which something new appears."""
        return str(self.first + DAY)


DOWN = {source: Week(source, 4 + 4 * number) for number, source in enumerate(SourceName)}
#: PubMed is down in a week in which it has something new, too.
PUBMED_DOWN, NEW_IN_PUBMED = date(2014, 12, 8), "ccsvi-111"


def at(day: date) -> datetime:
    """The morning of a day."""
    return datetime.combine(day, time(8), UTC)


def cited_by(source: SourceName, citing: str) -> dict[str, object]:
    """This index, and no other, lists a citing work from the Tuesday on."""
    return {"kind": "citation", "cited": SEED, "citing": citing, "seen": {source: DOWN[source].new_on}}


def work(index: SourceName, **known: str) -> dict[str, object]:
    """A citing work that PubMed does not have."""
    return {"kind": "work", "id": f"by-{index}", "on": "2013-11-01", "title": f"A work known to {index}", **known}


def study(source: SourceName, number: str, **known: str) -> dict[str, object]:
    """A trial that is registered on the Tuesday."""
    about = {"title": f"Venous angioplasty in multiple sclerosis ({number})", **OF_MS, **known}
    first = {"on": DOWN[source].new_on, "allocation": "RANDOMIZED", "design": "Randomised", **about}
    return {"kind": "study", "registry": source, "number": number, "revisions": [first]}


def facts() -> services.Corpus:
    """The literature as works, the list of Retraction Watch as it is, and of each source one thing more."""
    held = outside.facts(TOPIC)
    held.studies.clear()
    held.citations.clear()
    for line in (
        work(SourceName.EUROPE_PMC, source="ETH", source_id="990002"),
        cited_by(SourceName.EUROPE_PMC, "by-europe_pmc"),
        cited_by(SourceName.ICITE, "ccsvi-086"),
        work(SourceName.OPENCITATIONS, doi="10.5555/oc"),
        cited_by(SourceName.OPENCITATIONS, "by-opencitations"),
        work(SourceName.OPENALEX, doi="10.5555/oa"),
        cited_by(SourceName.OPENALEX, "by-openalex"),
        study(SourceName.CLINICAL_TRIALS, "NCT09000001", status="RECRUITING"),
        study(SourceName.ISRCTN, "ISRCTN90000002", start="2014-01-01", completion="2019-01-01"),
        study(SourceName.ICTRP, "ACTRN12614000000003", status="Recruiting", source_register="ANZCTR"),
        retraction(held.works[RETRACTED].doi),
        concern(held.works[CONCERNED].doi),
        preprint(),
    ):
        held.add(line)
    return held


def retraction(doi: str) -> dict[str, object]:
    """Crossref learns on its Tuesday that an article is retracted."""
    on = DOWN[SourceName.CROSSREF].new_on
    return {"kind": "notice", "doi": doi, "notice": "10.5555/notice", "type": "retraction", "on": on}


def concern(doi: str) -> dict[str, object]:
    """The list of Retraction Watch gains a row on its Tuesday."""
    week = DOWN[SourceName.RETRACTION_WATCH]
    row = {
        "Record ID": "990002",
        "RetractionNature": "Expression of concern",
        "RetractionDate": f"{week.first + DAY:%m/%d/%Y} 0:00",
        "OriginalPaperDOI": doi,
        "OriginalPaperPubMedID": "0",
    }
    return {"kind": "retraction_watch", "since": week.new_on, "row": row}


def preprint() -> dict[str, object]:
    """A preprint that is no trial is posted on its Tuesday."""
    title = "Venous angioplasty in multiple sclerosis: a series of patients"
    about = {"title": title, "abstract": "A series of patients without control."}
    posted = {"on": DOWN[SourceName.PREPRINTS].new_on, **about}
    known = {"id": "PPR990100", "doi": "10.5555/preprint", "server": "medRxiv", "authors": "Doe J."}
    return {"kind": "preprint", **known, "versions": [posted]}


@pytest.fixture(scope="module")
def year(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """From the last Monday of 2013 to the first one of 2015: every Monday, and on the Thursday of a bad week."""
    with (
        Server(Corpus.from_xml(corpus.build(TOPIC)), at(FIRST), services=facts()) as server,
        watching(
            sqlite_template, tmp_path_factory.mktemp("year"), server, [strategies.topic(TOPIC)], 6 * DAY
        ) as service,
    ):
        for number, week in enumerate(DOWN.values()):
            until = at(week.first + WEEK) - timedelta(hours=1)
            server.faults.outage(at(week.first), until, KINDS[number % len(KINDS)], week.source, RETRY_AFTER)
        server.faults.outage(at(PUBMED_DOWN), at(PUBMED_DOWN + WEEK) - timedelta(hours=1))
        bad = {PUBMED_DOWN, *(week.first for week in DOWN.values())}
        for number in range(WEEKS):
            monday = FIRST + number * WEEK
            service.tick(at(monday))
            if monday in bad:
                service.tick(at(monday + 3 * DAY))
        yield service


#: What each source has new: the kind of the change, and its key or PMID.
NEW = {
    SourceName.EUROPE_PMC: (ChangeKind.CITING_OUTSIDE, "europe_pmc:ETH:990002"),
    SourceName.ICITE: (ChangeKind.CITING, PMIDS["ccsvi-086"]),
    SourceName.OPENCITATIONS: (ChangeKind.CITING_OUTSIDE, "doi:10.5555/oc"),
    SourceName.OPENALEX: (ChangeKind.CITING_OUTSIDE, "doi:10.5555/oa"),
    SourceName.CLINICAL_TRIALS: (ChangeKind.REGISTRY, "NCT09000001"),
    SourceName.ISRCTN: (ChangeKind.REGISTRY, "ISRCTN90000002"),
    SourceName.ICTRP: (ChangeKind.REGISTRY, "ACTRN12614000000003"),
    SourceName.CROSSREF: (ChangeKind.RETRACTED, PMIDS[RETRACTED]),
    SourceName.RETRACTION_WATCH: (ChangeKind.CONCERN, PMIDS[CONCERNED]),
    SourceName.PREPRINTS: (ChangeKind.PREPRINT, "PPR990100"),
}


@pytest.mark.parametrize("source", SourceName)
def test_what_a_source_has_new_while_it_is_down_is_told_once_when_it_answers(source: SourceName, year: Watched) -> None:
    """On the Monday after its week, and never again: not lost, not told twice.

    That an article of PubMed cites the seed is told by the next poll of PubMed, a week later.
    """
    kind, key = NEW[source]
    told = [c for c in year.changes(TOPIC, kind) if key in (c.pmid, c.item.key if c.item else "")]
    on = DOWN[source].first + WEEK * (2 if kind is ChangeKind.CITING else 1)
    assert [str(change.at.date()) for change in told] == [str(on)]


@pytest.mark.parametrize("source", SourceName)
def test_the_next_digest_names_the_week_without_an_answer(source: SourceName, year: Watched) -> None:
    """In the digest of the Monday after it: which source, from when until when."""
    monday = DOWN[source].first + WEEK
    text = next(text for digest, text in year.digests(TOPIC) if digest.until.date() == monday)
    assert f"{source.label} could not be asked" in " ".join(text.split())


def test_no_source_is_named_that_answered(year: Watched) -> None:
    """Each is named in the digests about its own week, and in no other."""
    for digest, text in year.digests(TOPIC):
        named = {source for source in SourceName if f"{source.label} could not be asked" in " ".join(text.split())}
        near = {w.source for w in DOWN.values() if w.first <= digest.until.date() <= w.first + 2 * WEEK}
        assert named <= near


def test_every_source_stands_well_at_the_end(year: Watched) -> None:
    """Asked on the last day, nothing in doubt."""
    states = [year.state(TOPIC, source) for source in SourceName]
    assert {str(state.source): (state.failures_in_row, state.doubt, state.last_error) for state in states} == {
        str(source): (0, "", "") for source in SourceName
    }


def test_pubmed_s_own_week_is_told_too_and_loses_nothing(year: Watched) -> None:
    """Every article of the year is told once, the one of that week on the Monday after."""
    told = [change.pmid for kind in (ChangeKind.NEW, ChangeKind.CITING) for change in year.changes(TOPIC, kind)]
    news = [change.pmid for change in year.changes(TOPIC, ChangeKind.NEW)]
    assert len(news) == len(set(news))
    with year.works.db.read():
        appeared = [e for e in corpus.entries(TOPIC) if FIRST < e.created_on <= date(2015, 1, 5) and e.is_on_topic]
    assert {entry.pmid for entry in appeared} <= set(told)


def test_the_history_of_the_answer_is_the_true_one(year: Watched) -> None:
    """PREMiSe on the Monday after 27 June, its erratum on the Monday after 19 August; nothing else changes it."""
    history = [(str(day), answer.state, answer.causes) for day, answer in year.answers(TOPIC)]
    assert history[1:] == [
        ("2014-06-30", AnswerState.SHAM_CONTROLLED, (PMIDS["ccsvi-001"],)),
        ("2014-08-25", AnswerState.SHAM_CONTROLLED, (PMIDS["ccsvi-002"],)),
    ]
