"""Citation indexes see who cites the seed: one item with all their names, told once; and nothing is ever taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from monitor import store
from monitor.model import (
    Change,
    ChangeKind,
    PubMedSettings,
    Seed,
    Settings,
    SmtpSettings,
    SourceName,
    SourceSettings,
    SourceState,
    Topic,
)
from monitor.ports import CitingWorks
from monitor.sandbox import Corpus, Fault, Server, services
from monitor.sandbox.services.corpus import Citation, Work
from monitor.sources.europe_pmc import EuropePmc
from monitor.sources.icite import ICite
from monitor.sources.openalex import OpenAlex
from monitor.sources.opencitations import OpenCitations
from monitor.sources.transport.web import WebService
from monitor.store import Database
from monitor.watch.outside import plan
from monitor.watch.outside.citing import ask as citation_indexes
from monitor.watch.outside.rounds import Asked
from tests.support.fake_pubmed import FakePubMed
from tests.support.ncbi_server import Time
from tests.support.poll_harness import PollHarness
from tests.support.records import DAY, START, article, citing, topic

INDEXES = (SourceName.EUROPE_PMC, SourceName.ICITE, SourceName.OPENCITATIONS, SourceName.OPENALEX)
EUROPE_PMC, ICITE, OPENCITATIONS, OPENALEX = INDEXES
TOPIC = topic(citing(), seed=Seed(pmid="100", doi="10.1000/seed"))
EVER = date(2010, 1, 1)


@dataclass
class Indexes(PollHarness):
    """A PubMed, four citation indexes over HTTP, a database and a clock that a test moves."""

    server: Server | None = None

    @property
    def settings(self) -> Settings:
        """All four indexes are on, each asked once a day."""
        assert self.server
        location = {name: self.server.base_of(name) for name in INDEXES}
        sources = {name: SourceSettings(name, location[name], DAY, rate=1e6, key="k") for name in INDEXES}
        pubmed, smtp = PubMedSettings("jane@example.org"), SmtpSettings("mail.example.org", "jane@example.org")
        return Settings(Path("monitor.yaml"), pubmed, smtp, tuple(self.topics), "", "", "", sources=sources)

    def begin(self, *topics: Topic) -> None:
        """The service starts with these topics: PubMed is polled and every index asked, as baselines."""
        self.configure(*topics)
        self.poll(timedelta())
        self.ask(timedelta())

    def configure(self, *topics: Topic) -> None:
        """The operator edits the configuration and restarts the service."""
        super().configure(*topics)
        with self.db.begin() as tx:
            plan.configure(tx, self.settings, self.now)

    def cite(self, number: str, *seen: SourceName, on: date = EVER, **facts: str) -> None:
        """A work cites the seed, and these indexes list it from `on` on."""
        assert self.server
        self.server.services.works[number] = Work(number, EVER, f"Work {number}", **facts)
        known = [one for one in self.server.services.citations if one.citing != number]
        self.server.services.citations[:] = [*known, Citation("seed", number, {str(name): on for name in seen})]

    def ask(self, after: timedelta = DAY) -> list[Asked]:
        """Time passes; every index that is due is asked, and then every search that is due is polled."""
        assert self.server
        self.now += after
        self.server.at = self.now
        sources = replace(self.pubmed.sources, indexes=self.clients())
        done = citation_indexes.ask_due(self.settings, sources, self.db, self.now)
        self.poll(timedelta())
        return done

    def clients(self) -> dict[SourceName, CitingWorks]:
        """The clients of the indexes; they never wait in real time."""
        passing = Time()
        web = {
            name: WebService(source, clock=passing.clock, sleep=passing.sleep)
            for name, source in self.settings.sources.items()
        }
        return {
            EUROPE_PMC: EuropePmc(web[EUROPE_PMC]),
            ICITE: ICite(web[ICITE]),
            OPENCITATIONS: OpenCitations(web[OPENCITATIONS]),
            OPENALEX: OpenAlex(web[OPENALEX], "k"),
        }

    def outside(self, key: str = "ccsvi") -> list[Change]:
        """What was told of works that PubMed does not have, oldest first."""
        with self.db.read() as tx:
            return store.changes.recent(tx, key, 100, [ChangeKind.CITING_OUTSIDE])[::-1]

    def of(self, source: SourceName, key: str = "ccsvi") -> SourceState:
        """How an index stands with a topic."""
        with self.db.read() as tx:
            return store.source_states.state(tx, source, key)

    def edges(self) -> dict[str, tuple[datetime, tuple[str, ...]]]:
        """Who cites the seed, since when that is known, and who says so, the first first."""
        with self.db.read() as tx:
            return store.citations.citing(tx, "100")


@pytest.fixture
def indexes(sqlite_db: Database) -> Iterator[Indexes]:
    """A world on SQLite."""
    with _world(sqlite_db) as world:
        yield world


@pytest.fixture
def on_both(db: Database) -> Iterator[Indexes]:
    """The same on each kind of database."""
    with _world(db) as world:
        yield world


@contextmanager
def _world(db: Database) -> Iterator[Indexes]:
    """The seed is cited by article 1 according to PubMed, and by article 2 according to all indexes."""
    pubmed = FakePubMed()
    for record in (article("100", doi="10.1000/seed"), article("1"), article("2", doi="10.1000/two")):
        pubmed.add(record)
    pubmed.cited_by["100"] = {"1"}
    facts = services.Corpus()
    facts.works["seed"] = Work("seed", EVER, "The seed", pmid="100", doi="10.1000/seed")
    with Server(Corpus(), START, services=facts) as server:
        harness = Indexes(db, pubmed, (), server=server)
        harness.cite("two", *INDEXES, pmid="2", doi="10.1000/two")
        yield harness


def test_what_an_index_lists_when_it_is_first_asked_is_stored_and_told_to_nobody(on_both: Indexes) -> None:
    """It is watched from then on: a retraction of it is news."""
    on_both.begin(TOPIC)
    assert on_both.reported() == []
    assert set(on_both.edges()) == {"1", "2"}
    assert set(on_both.edges()["2"][1]) == set(INDEXES)
    with on_both.db.read() as tx:
        assert store.matches.current(tx, "ccsvi", "citing") == {"1", "2"}
        assert set(store.articles.which_known(tx, ["1", "2"])) == {"1", "2"}
    assert all(on_both.of(name).has_baseline for name in INDEXES)


def test_an_article_that_three_see_is_one_item_with_three_names(on_both: Indexes) -> None:
    """On the day it is first seen; who sees it later is added to the citation and tells nothing."""
    on_both.begin(TOPIC)
    on_both.pubmed.add(article("3", doi="10.1000/three"))
    on_both.cite("three", EUROPE_PMC, ICITE, OPENCITATIONS, pmid="3", doi="10.1000/three")
    on_both.ask()
    assert on_both.reported() == [("citing", "3")]
    told = on_both.change("citing", "3")
    assert told.sources == ("europe_pmc", "icite", "opencitations")
    seen_at = on_both.edges()["3"][0]
    on_both.pubmed.cited_by["100"].add("3")
    on_both.cite("three", *INDEXES, pmid="3", doi="10.1000/three")
    on_both.ask()
    assert on_both.reported() == []
    assert on_both.edges()["3"] == (seen_at, ("europe_pmc", "icite", "opencitations", "elink", "openalex"))


def test_an_article_that_pubmed_links_first_is_not_told_again_when_an_index_sees_it(indexes: Indexes) -> None:
    """And the other way round for one that was in an index's baseline."""
    indexes.begin(TOPIC)
    indexes.pubmed.add(article("3"))
    indexes.pubmed.cited_by["100"] |= {"2", "3"}
    indexes.ask()
    assert indexes.reported() == [("citing", "3")]
    indexes.cite("three", *INDEXES, pmid="3")
    indexes.ask()
    assert indexes.reported() == []


def test_a_work_outside_pubmed_is_told_once_with_its_doi(indexes: Indexes) -> None:
    """Two indexes list a thesis; a third lists it a day later."""
    indexes.begin(TOPIC)
    indexes.cite("thesis", EUROPE_PMC, OPENALEX, doi="10.5555/Thesis", authors="Doe J", source="ETH", source_id="uk.1")
    indexes.ask()
    indexes.cite("thesis", EUROPE_PMC, OPENALEX, OPENCITATIONS, doi="10.5555/thesis", source="ETH", source_id="uk.1")
    indexes.ask()
    (told,) = indexes.outside()
    assert told.item
    assert (told.item.key, told.item.title, told.item.url) == (
        "doi:10.5555/thesis", "Work thesis", "https://doi.org/10.5555/thesis",
    )  # fmt: skip
    assert told.item.sentences[0].startswith("It cites the seed article, according to Europe PMC")
    with indexes.db.read() as tx:
        (held,) = store.citing_works.outside(tx, "ccsvi", "100")
    assert [seen.source for seen in held.seen_by] == [EUROPE_PMC, OPENALEX, OPENCITATIONS]
    assert indexes.reported() == [("citing outside PubMed", "")]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("preprint", "It is a preprint, not peer-reviewed."),
        ("dissertation", "It is a thesis."),
        ("thesis", "It is a thesis."),
        ("book", "It is a book."),
        ("book-chapter", "It is a chapter of a book."),
        ("article", ""),
    ],
)
def test_what_cites_the_seed_is_called_what_it_is(indexes: Indexes, kind: str, said: str) -> None:
    """As far as the index says; with its year, and a link."""
    indexes.begin(TOPIC)
    indexes.cite("w", OPENALEX, doi="10.5555/w", type=kind)
    indexes.ask()
    (told,) = indexes.outside()
    assert told.item
    cites = "It cites the seed article, according to OpenAlex. PubMed does not have it."
    assert told.item.sentences == ((cites, said) if said else (cites,))
    assert (told.item.source, told.item.details, told.item.url) == (
        "OpenAlex", str(EVER.year), "https://doi.org/10.5555/w",
    )  # fmt: skip


def test_a_work_that_pubmed_gets_later_is_told_as_now_in_pubmed(on_both: Indexes) -> None:
    """Found by its DOI, which PubMed is asked for again after a week; those told before read that they were."""
    on_both.begin(TOPIC)
    on_both.cite("early", OPENALEX, doi="10.1000/early")
    on_both.ask()
    assert on_both.reported() == [("citing outside PubMed", "")]
    on_both.pubmed.add(article("9", doi="10.1000/early", created_at=on_both.now + DAY))
    on_both.ask(timedelta(days=8))
    assert on_both.reported() == [("citing", "9")]
    assert on_both.change("citing", "9").why == (
        "now in PubMed; it was told on 7 January 2020 as a citing work that PubMed did not have"
    )
    on_both.ask(timedelta(days=8))
    assert on_both.reported() == []
    assert on_both.edges()["9"][0] == START + DAY


def test_pubmed_may_link_a_work_that_it_did_not_have_before_it_is_asked_for_its_doi(indexes: Indexes) -> None:
    """It is the same work: told as now in PubMed, not as new, and once."""
    indexes.begin(TOPIC)
    indexes.cite("early", OPENALEX, doi="10.1000/early")
    indexes.ask()
    indexes.reported()
    indexes.pubmed.add(article("9", doi="10.1000/early", created_at=indexes.now + DAY))
    indexes.pubmed.cited_by["100"].add("9")
    indexes.poll()
    indexes.ask()
    assert indexes.reported() == [("citing", "9")]
    assert indexes.change("citing", "9").why.startswith("now in PubMed; it was told on 7 January 2020")
    assert indexes.edges()["9"][1] == ("openalex", "elink")


def test_a_work_of_a_baseline_that_was_in_pubmed_all_along_is_never_told(indexes: Indexes) -> None:
    """OpenCitations has no PMID for it; PubMed finds it by DOI."""
    indexes.pubmed.add(article("7", doi="10.1000/seven"))
    indexes.cite("seven", OPENCITATIONS, doi="10.1000/Seven")
    indexes.begin(TOPIC)
    indexes.ask()
    assert indexes.reported() == []
    assert indexes.edges()["7"][1] == ("opencitations",)


def test_a_wrong_pmid_of_an_index_is_not_believed(indexes: Indexes) -> None:
    """The PMID is a neighbour's: PubMed's record with it has another DOI. The work itself has its own record."""
    indexes.begin(TOPIC)
    indexes.pubmed.add(article("50", doi="10.1000/neighbour"))
    indexes.pubmed.add(article("51", doi="10.1000/right"))
    indexes.cite("wrong", OPENALEX, pmid="50", doi="10.1000/right")
    indexes.ask()
    indexes.ask()
    assert "50" not in indexes.edges()
    assert indexes.reported() == [("citing", "51")]


def test_a_pmid_that_pubmed_does_not_have_yet_waits(indexes: Indexes) -> None:
    """It is remarked to the operator, and told when PubMed has the record."""
    indexes.begin(TOPIC)
    indexes.cite("soon", ICITE, pmid="60")
    indexes.ask()
    assert indexes.reported() == []
    assert indexes.of(ICITE).remark == "PMIDs that PubMed does not have: 1"
    indexes.pubmed.add(article("60"))
    indexes.ask()
    assert indexes.reported() == [("citing", "60")]
    assert indexes.of(ICITE).remark == ""


def test_nothing_where_there_was_some_is_doubted_and_fewer_takes_nothing_away(indexes: Indexes) -> None:
    """The operator is told of the first; both leave every citation as it was."""
    for number in ("3", "4"):
        indexes.pubmed.add(article(number))
        indexes.cite(number, ICITE, pmid=number)
    indexes.begin(TOPIC)
    before = indexes.edges()
    indexes.cite("3", EUROPE_PMC, pmid="3")
    indexes.ask()
    assert indexes.of(ICITE).doubt == ""
    assert indexes.edges()["4"] == before["4"]
    assert indexes.server
    indexes.server.services.citations.clear()
    indexes.ask()
    assert indexes.of(ICITE).doubt == "it lists no citing work now, and listed 3 before"
    assert set(indexes.edges()) == set(before)
    assert indexes.reported() == []
    indexes.cite("4", ICITE, pmid="4")
    indexes.ask()
    assert indexes.of(ICITE).doubt == ""


def test_a_flood_is_held_back_until_the_index_still_says_so(indexes: Indexes) -> None:
    """Thirty at once where there was one; told when the next answer has them too."""
    indexes.begin(TOPIC)
    for number in range(200, 230):
        indexes.pubmed.add(article(str(number)))
        indexes.cite(str(number), ICITE, pmid=str(number))
    indexes.ask()
    assert indexes.of(ICITE).doubt == "it lists 30 citing works at once that nobody had listed, and listed 1 before"
    assert indexes.reported() == []
    indexes.ask()
    assert len(indexes.reported()) == 30
    assert indexes.of(ICITE).doubt == ""


@pytest.mark.parametrize(
    ("index", "facts", "url"),
    [
        (OPENALEX, {}, r"https://openalex\.org/W\d+"),
        (EUROPE_PMC, {}, r"https://europepmc\.org/article/MED/"),
        (OPENCITATIONS, {}, r"https://opencitations\.net/meta/br/\d+"),
        (OPENALEX, {"doi": "10.5555/w"}, r"https://doi\.org/10\.5555/w"),
    ],
)
def test_a_work_without_a_doi_leads_to_the_page_of_the_index_that_has_it(
    indexes: Indexes, index: SourceName, facts: dict[str, str], url: str
) -> None:
    """Else to its DOI."""
    indexes.begin(TOPIC)
    indexes.cite("w", index, **facts)
    indexes.ask()
    (told,) = indexes.outside()
    assert told.item
    assert re.fullmatch(url, told.item.url)


@pytest.mark.parametrize(("number", "told"), [(20, 20), (21, 0)])
def test_twenty_new_works_at_once_are_no_flood(indexes: Indexes, number: int, told: int) -> None:
    """One more is, where few were listed before."""
    indexes.begin(TOPIC)
    for place in range(200, 200 + number):
        indexes.pubmed.add(article(str(place)))
        indexes.cite(str(place), ICITE, pmid=str(place))
    indexes.ask()
    assert len(indexes.reported()) == told


def test_one_index_that_fails_stops_no_other_and_changes_nothing(indexes: Indexes) -> None:
    """What it would have told is told when it answers again."""
    indexes.begin(TOPIC)
    indexes.pubmed.add(article("3"))
    indexes.pubmed.add(article("4"))
    assert indexes.server
    indexes.server.faults.add(Fault.MAINTENANCE, endpoint="europe_pmc")
    indexes.cite("3", EUROPE_PMC, pmid="3")
    indexes.cite("4", ICITE, pmid="4")
    failed = {one.source for one in indexes.ask() if one.error}
    assert failed == {EUROPE_PMC}
    assert indexes.reported() == [("citing", "4")]
    indexes.server.faults.clear()
    indexes.ask()
    assert indexes.reported() == [("citing", "3")]


@pytest.mark.parametrize("index", INDEXES)
@pytest.mark.parametrize(
    "fault",
    [
        Fault.UNAVAILABLE, Fault.RATE_LIMIT, Fault.MAINTENANCE, Fault.TRUNCATED, Fault.EMPTY, Fault.RESET, Fault.CUT,
        Fault.OWN_ERROR, Fault.BAD_GZIP,
    ],
)  # fmt: skip
def test_whatever_an_index_does_nothing_is_lost_and_nothing_invented(
    indexes: Indexes, index: SourceName, fault: Fault
) -> None:
    """It fails on the day of the news; the day after, the news is told."""
    indexes.begin(TOPIC)
    before = indexes.edges()
    indexes.pubmed.add(article("3", doi="10.1000/three"))
    indexes.cite("three", index, pmid="3", doi="10.1000/three")
    assert indexes.server
    indexes.server.faults.add(fault, endpoint=str(index))
    errors = {one.source: one.error for one in indexes.ask()}
    assert {source for source, error in errors.items() if error} == {index}
    assert errors[index].startswith(index.label)
    assert (indexes.edges(), indexes.reported()) == (before, [])
    assert indexes.of(index).failures_in_row == 1
    indexes.server.faults.clear()
    indexes.ask()
    assert indexes.reported() == [("citing", "3")]
    assert indexes.of(index).failures_in_row == 0


@pytest.mark.parametrize("index", [EUROPE_PMC, OPENALEX])
def test_a_list_that_is_not_complete_is_no_baseline(indexes: Indexes, index: SourceName) -> None:
    """Otherwise the rest would be told as news when it comes."""
    for number in range(200, 206):
        indexes.pubmed.add(article(str(number)))
        indexes.cite(str(number), index, pmid=str(number))
    assert indexes.server
    indexes.server.faults.add(Fault.RECORDS_MISSING, endpoint=str(index))
    indexes.begin(TOPIC)
    assert "not complete" in indexes.of(index).last_error
    assert not indexes.of(index).has_baseline
    indexes.server.faults.clear()
    indexes.ask()
    assert indexes.of(index).has_baseline
    assert indexes.reported() == []


def test_clinical_articles_are_marked(on_both: Indexes) -> None:
    """By NIH iCite, when the article is told; also later, on the citation."""
    on_both.begin(TOPIC)
    on_both.pubmed.add(article("3"))
    assert on_both.server
    on_both.cite("three", ICITE, pmid="3")
    seen = on_both.server.services.citations
    seen[-1] = replace(seen[-1], clinical_on=EVER)
    on_both.ask()
    assert on_both.change("citing", "3").is_clinical
    seen[0] = replace(seen[0], clinical_on=EVER)
    on_both.ask()
    with on_both.db.read() as tx:
        assert store.citations.clinical(tx, "100") == {"2", "3"}


def test_each_topic_with_the_seed_is_told(indexes: Indexes) -> None:
    """The citation is one, the readers are others."""
    second = replace(topic(citing(key="second"), key="second"), seed=TOPIC.seed)
    indexes.begin(TOPIC, second)
    indexes.pubmed.add(article("3"))
    indexes.cite("three", ICITE, pmid="3")
    indexes.ask()
    assert indexes.reported() == [("citing", "3")]
    assert indexes.reported("second") == [("citing", "3")]


def test_another_seed_begins_anew(indexes: Indexes) -> None:
    """What the indexes list of the new seed at first is no news, and nothing of the old one is listed for it."""
    indexes.begin(TOPIC)
    indexes.pubmed.add(article("300", doi="10.1000/other"))
    indexes.pubmed.add(article("3"))
    assert indexes.server
    facts = indexes.server.services
    facts.works["other"] = Work("other", EVER, "The other seed", pmid="300", doi="10.1000/other")
    facts.works["3"] = Work("3", EVER, "Work 3", pmid="3")
    facts.citations.append(Citation("other", "3", {"icite": EVER}))
    indexes.configure(replace(TOPIC, seed=Seed(pmid="300", doi="10.1000/other")))
    indexes.ask()
    assert [kind for kind, _ in indexes.reported() if kind == "citing"] == []
    with indexes.db.read() as tx:
        assert set(store.citing_works.in_pubmed(tx, "ccsvi", "300")) == {"3"}


def test_an_index_that_does_not_know_the_seed_yet_is_not_yet_asked(indexes: Indexes) -> None:
    """Its first list, when it knows the seed, is its baseline."""
    assert indexes.server
    seed = indexes.server.services.works.pop("seed")
    citations = list(indexes.server.services.citations)
    indexes.server.services.citations.clear()
    indexes.begin(TOPIC)
    assert indexes.of(ICITE).remark == "it does not know the seed"
    indexes.server.services.works["seed"] = seed
    indexes.server.services.citations.extend(citations)
    indexes.ask()
    assert indexes.reported() == []
    assert set(indexes.edges()["2"][1]) == set(INDEXES)


def test_a_quiet_day_costs_few_requests(indexes: Indexes) -> None:
    """One each to Europe PMC, iCite and OpenCitations, three to OpenAlex; none to PubMed for what is known."""
    indexes.cite("thesis", OPENALEX, doi="10.5555/thesis")
    indexes.begin(TOPIC)
    indexes.pubmed.calls.clear()
    asked = {one.source: one.saved.requests for one in indexes.ask()}
    assert asked == {EUROPE_PMC: 1, ICITE: 1, OPENCITATIONS: 1, OPENALEX: 3}
    assert "search" not in indexes.pubmed.calls
    assert "fetch" not in indexes.pubmed.calls
