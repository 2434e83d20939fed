"""The weekly refresh of each seed's context: what it stores, how many requests it makes, what it never changes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from monitor import store
from monitor.errors import ConflictError, UpstreamError
from monitor.model import (
    Access,
    ArticleSummary,
    FullText,
    LinkResult,
    Outcome,
    PartialDate,
    RelatedArticles,
    Seed,
    SeedContext,
    Topic,
)
from monitor.sandbox import Server
from monitor.sandbox.faults import Fault
from monitor.store import Database
from monitor.watch.poll import poll_due
from monitor.watch.seed.context import (
    REFERENCES_NAMED,
    REFRESH_EVERY,
    SIMILAR_NAMED,
    RefreshResult,
    named,
    refresh_due,
    summarize,
)
from tests.support.fake_pubmed import FakePubMed
from tests.support.ncbi_server import sources
from tests.support.records import DAY, START, article, citing, query, topic

HOUR = timedelta(hours=1)
PRESS = FullText("A Press", "https://press.example.org/100", Access.PAID)
PMC = FullText("PubMed Central", "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC100/", Access.FREE)


@dataclass
class RefreshHarness:
    """A PubMed, a database, topics with seeds and a clock that a test moves."""

    db: Database
    pubmed: FakePubMed
    topics: Sequence[Topic]
    now: datetime = START

    def __post_init__(self) -> None:
        with self.db.begin() as tx:
            store.searches.sync(tx, self.topics, self.now)

    def refresh(self, after: timedelta = REFRESH_EVERY) -> RefreshResult | None:
        """Time passes; PubMed is asked if that is due."""
        self.now += after
        return refresh_due(self.topics, self.pubmed.sources, self.db, self.now)

    def known(self, seed: str = "100") -> SeedContext:
        """The stored context of a seed."""
        with self.db.read() as tx:
            return store.seed_context.of(tx, seed)

    def titles(self, *pmids: str) -> dict[str, str]:
        """The stored titles of articles that are named."""
        with self.db.read() as tx:
            return {pmid: one.title for pmid, one in store.seed_context.summaries(tx, pmids).items()}


def a_pubmed() -> FakePubMed:
    """The seed 100 cites 1 and 2, is like 3, and can be read in two places."""
    pubmed = FakePubMed(
        cites={"100": {"1", "2"}}, similar_to={"100": {"3"}}, readable_at={"100": (PRESS, PMC)}, cited_by={"100": {"4"}}
    )
    for pmid in ("1", "2", "3", "4", "100"):
        pubmed.add(article(pmid))
    return pubmed


@pytest.fixture
def harness(db: Database) -> RefreshHarness:
    """One topic whose seed was never asked about."""
    return RefreshHarness(db, a_pubmed(), [topic(query(), citing(), seed=Seed(pmid="100"))])


def test_the_first_refresh_stores_everything(harness: RefreshHarness) -> None:
    """Links in order, titles, places to read, when it was seen; one request of each kind."""
    assert harness.refresh(timedelta()) == RefreshResult(seeds=1, requests=4)
    assert harness.pubmed.calls == ["references", "similar", "fetch", "full_texts"]
    known = harness.known()
    assert (known.references.pmids, known.similar.pmids, known.full_texts) == (("1", "2"), ("3",), (PRESS, PMC))
    assert {known.references.seen_at, known.similar.seen_at, known.full_texts_seen_at, known.asked_at} == {START}
    assert harness.titles("1", "3") == {"1": "Venous study number 1", "3": "Venous study number 3"}


def test_it_is_asked_once_a_week_and_titles_once(harness: RefreshHarness) -> None:
    """Between two refreshes no request is made."""
    harness.refresh(timedelta())
    assert harness.refresh(REFRESH_EVERY - HOUR) is None
    assert len(harness.pubmed.calls) == 4
    assert harness.refresh(HOUR) == RefreshResult(seeds=1, requests=3)
    assert harness.pubmed.calls[4:] == ["references", "similar", "full_texts"]


def test_seeds_of_all_topics_share_their_requests(db: Database) -> None:
    """One added in the middle of a week brings the others with it; one without a PMID waits."""
    topics = [
        topic(query(), seed=Seed(pmid="100")),
        topic(query(key="other"), key="other", seed=Seed(pmid="4")),
        topic(query(key="vague"), key="vague", seed=Seed(doi="10.1000/vague")),
        topic(query(key="plain"), key="plain"),
    ]
    harness = RefreshHarness(db, a_pubmed(), topics)
    assert harness.refresh(timedelta()) == RefreshResult(seeds=2, requests=4)
    with db.begin() as tx:
        store.topics.set_seed_pmid(tx, "vague", "3", harness.now)
    assert harness.refresh(DAY) == RefreshResult(seeds=1, requests=3)
    assert harness.refresh(REFRESH_EVERY - DAY) == RefreshResult(seeds=3, requests=3)


def test_nothing_seen_becomes_an_article_a_change_or_a_verdict(harness: RefreshHarness) -> None:
    """And what a search finds later is news, though its title was on the card."""
    with harness.db.read() as tx:
        polls = store.polls.since(tx, "ccsvi", "veins", START - DAY)
    harness.refresh(timedelta())
    with harness.db.read() as tx:
        assert (store.articles.count(tx), store.articles.count(tx, "ccsvi")) == (0, 0)
        assert store.changes.recent(tx, "ccsvi", 9) == []
        assert list(store.verdicts.all_current(tx, "ccsvi")) == []
        assert store.polls.since(tx, "ccsvi", "veins", START - DAY) == polls == []
        assert store.answers.current(tx, "ccsvi") is None
    poll_due(harness.topics, harness.pubmed.sources, harness.db, harness.now)
    harness.pubmed.list(harness.pubmed.records["1"], "veins")
    poll_due(harness.topics, harness.pubmed.sources, harness.db, harness.now + DAY)
    with harness.db.read() as tx:
        assert [(c.kind, c.pmid) for c in store.changes.recent(tx, "ccsvi", 9)] == [("new", "1")]


def test_what_is_stored_is_not_fetched_again(harness: RefreshHarness) -> None:
    """Its title is that of the record."""
    with harness.db.begin() as tx:
        store.articles.save(tx, [article("1"), article("2"), article("3")], START)
    assert harness.refresh(timedelta()) == RefreshResult(seeds=1, requests=3)
    assert "fetch" not in harness.pubmed.calls


def test_only_what_is_named_is_fetched(harness: RefreshHarness) -> None:
    """Of hundreds the first are named; all are counted."""
    many = [str(number) for number in range(1_000, 1_100)]
    harness.pubmed.cites["100"], harness.pubmed.similar_to["100"] = set(many), {str(int(p) + 500) for p in many}
    for pmid in (*harness.pubmed.cites["100"], *harness.pubmed.similar_to["100"]):
        harness.pubmed.add(article(pmid))
    harness.refresh(timedelta())
    known = harness.known()
    assert (len(known.references.pmids), len(known.similar.pmids)) == (100, 100)
    titled = harness.titles(*known.references.pmids, *known.similar.pmids)
    assert len(titled) == REFERENCES_NAMED + SIMILAR_NAMED


def test_an_empty_response_removes_nothing(harness: RefreshHarness) -> None:
    """ELink's answers come and go: what was seen stays with the day it was seen on."""
    harness.refresh(timedelta())
    harness.pubmed.cites, harness.pubmed.similar_to, harness.pubmed.readable_at = {}, {}, {}
    before = harness.known()
    assert harness.refresh() == RefreshResult(seeds=1, requests=3)
    assert harness.known() == replace(before, asked_at=harness.now)


def test_a_shorter_response_keeps_references_and_replaces_similar_articles(harness: RefreshHarness) -> None:
    """References accumulate; the most similar articles change as the literature grows."""
    harness.refresh(timedelta())
    harness.pubmed.cites["100"], harness.pubmed.similar_to["100"] = {"2"}, {"4"}
    harness.pubmed.readable_at["100"] = (PMC,)
    harness.refresh()
    known = harness.known()
    assert (known.references.pmids, known.similar.pmids, known.full_texts) == (("2", "1"), ("4",), (PMC,))


def test_an_outage_is_waited_out_longer_each_time(harness: RefreshHarness) -> None:
    """One request each: tried after one hour, two, four, and never more seldom than once a week."""
    harness.pubmed.is_down = True
    tried_after = []
    last = harness.now
    for _ in range(400):
        looked = harness.refresh(HOUR)
        if looked:
            assert looked == RefreshResult(1, 1, "PubMed could not be reached.")
            tried_after.append((harness.now - last) // HOUR)
            last = harness.now
    assert tried_after == [1, 1, 2, 4, 8, 16, 32, 64, 128]
    harness.pubmed.is_down = False
    assert harness.refresh(REFRESH_EVERY) == RefreshResult(seeds=1, requests=4)
    with harness.db.read() as tx:
        assert store.seed_context.failures_in_row(tx, "100") == 0


def test_an_outage_leaves_polls_and_their_search_reports_alone(harness: RefreshHarness) -> None:
    """The search is due when it was due, and says nothing of it."""
    poll_due(harness.topics, harness.pubmed.sources, harness.db, harness.now)
    with harness.db.read() as tx:
        before = store.searches.states(tx, "ccsvi")
    harness.pubmed.is_down = True
    assert harness.refresh(HOUR)
    with harness.db.read() as tx:
        assert store.searches.states(tx, "ccsvi") == before
        assert all(state.failures_in_row == 0 for state in before)


class FailsAt(FakePubMed):
    """Down for one kind of question only."""

    def _ask(self, name: str) -> None:
        super()._ask(name)
        if name == "full_texts":
            raise UpstreamError("PubMed did not say where 100 can be read.", requests=5)


def test_what_came_before_a_failure_is_stored(db: Database) -> None:
    """The card shows its lists while the full texts are waited for."""
    pubmed = a_pubmed()
    harness = RefreshHarness(
        db, FailsAt(pubmed.records, cites=pubmed.cites, similar_to=pubmed.similar_to), [topic(seed=Seed(pmid="100"))]
    )
    looked = harness.refresh(timedelta())
    assert looked
    assert (looked.requests, looked.error) == (8, "PubMed did not say where 100 can be read.")
    known = harness.known()
    assert (known.references.pmids, known.similar.pmids, known.asked_at) == (("1", "2"), ("3",), None)
    assert harness.titles("1") == {"1": "Venous study number 1"}


@dataclass
class Slow(FakePubMed):
    """Answers the first question when both services had the chance to ask it."""

    barrier: Barrier = field(default_factory=lambda: Barrier(2, timeout=30))

    def references(self, pmids: Sequence[str]) -> LinkResult:
        """As the fake, late."""
        self.barrier.wait()
        return super().references(pmids)


def test_two_services_at_once_ask_once(db: Database) -> None:
    """The second finds it claimed, and does nothing."""
    harness = RefreshHarness(db, Slow(cites={"100": {"1"}}), [topic(seed=Seed(pmid="100"))])
    pubmed = harness.pubmed
    assert isinstance(pubmed, Slow)

    def second() -> RefreshResult | None:
        try:
            return refresh_due(harness.topics, pubmed.sources, db, START)
        finally:
            pubmed.barrier.wait()

    with ThreadPoolExecutor() as pool:
        first = pool.submit(refresh_due, harness.topics, pubmed.sources, db, START)
        while not pubmed.barrier.n_waiting:
            assert not first.done()
            time.sleep(0.005)
        assert pool.submit(second).result() is None
    assert first.result() == RefreshResult(seeds=1, requests=4)
    assert pubmed.calls.count("references") == 1


def test_a_refresh_that_died_is_taken_over(harness: RefreshHarness) -> None:
    """When its lease has run out, not before."""
    with harness.db.begin() as tx:
        assert store.leases.take(tx, store.seed_context.WORK, harness.now)
    assert harness.refresh(store.leases.LENGTH - HOUR / 60) is None
    assert harness.refresh(HOUR / 60)


@pytest.mark.parametrize("is_finished", [True, False], ids=["finished", "still asking"])
def test_a_refresh_that_stalls_while_another_takes_over_stores_nothing(
    harness: RefreshHarness, is_finished: bool
) -> None:
    """Its process was stopped for longer than its lease."""
    later = harness.now + store.leases.LENGTH

    def another_service() -> None:
        if is_finished:
            assert refresh_due(harness.topics, harness.pubmed.sources, harness.db, later)
            harness.pubmed.cites["100"] = {"9"}  # what the stalled one then sees is not what the newer one saw
        else:
            with harness.db.begin() as tx:
                assert store.leases.take(tx, store.seed_context.WORK, later)

    harness.pubmed.meanwhile = another_service
    with pytest.raises(ConflictError):
        harness.refresh(timedelta())
    assert harness.known().references.pmids == (("1", "2") if is_finished else ())
    assert harness.known().asked_at == (later if is_finished else None)


def test_topics_without_a_seed_cost_nothing(db: Database) -> None:
    """Not one question."""
    harness = RefreshHarness(db, a_pubmed(), [topic(query())])
    assert harness.refresh(timedelta()) is None
    assert harness.pubmed.calls == []


# --- with Bio.Entrez against the sandbox --------------------------------------------------------------------------


def sandboxed(db: Database, seed: str = "105") -> tuple[Topic, ...]:
    """A topic about one of the sandbox's records."""
    topics = (topic(query(text="veins"), seed=Seed(pmid=seed)),)
    with db.begin() as tx:
        store.searches.sync(tx, topics, START)
    return topics


def test_the_sandbox_tells_it_over_the_wire(db: Database, sandbox: Server) -> None:
    """Real requests and real XML; the article with a DOI can be read at its publisher."""
    topics = sandboxed(db, "102")
    looked = refresh_due(topics, sources(sandbox.url), db, START)
    assert looked == RefreshResult(seeds=1, requests=4)
    with db.read() as tx:
        known = store.seed_context.of(tx, "102")
        titles = store.seed_context.summaries(tx, known.references.pmids)
    assert known.references.pmids == ("101",)
    assert titles["101"].title == "Slow veins in multiple sclerosis"
    assert (titles["101"].journal, titles["101"].year) == ("J Inv Med", 2009)
    assert known.similar.pmids[0] == "101"
    assert [one.url for one in known.full_texts] == ["https://doi.org/10.5555/open.102"]


@pytest.mark.parametrize("fault", [Fault.MAINTENANCE, Fault.PROLOG_ONLY, Fault.RESET, Fault.TRUNCATED, Fault.EMPTY])
def test_a_broken_response_removes_nothing(db: Database, sandbox: Server, fault: Fault) -> None:
    """However PubMed fails, the card stays as it was."""
    topics = sandboxed(db)
    refresh_due(topics, sources(sandbox.url), db, START)
    with db.read() as tx:
        before = store.seed_context.of(tx, "105")
    sandbox.faults.add(fault)
    looked = refresh_due(topics, sources(sandbox.url), db, START + REFRESH_EVERY)
    assert looked
    assert looked.error
    with db.read() as tx:
        assert store.seed_context.of(tx, "105") == before
    sandbox.faults.clear()
    again = refresh_due(topics, sources(sandbox.url), db, START + REFRESH_EVERY + HOUR)
    assert again
    assert again.error == ""


def test_links_that_vanish_from_an_answer_stay_on_the_card(db: Database, sandbox: Server) -> None:
    """A LinkSet without links is a valid response, and is not taken to mean that there are none."""
    topics = sandboxed(db)
    refresh_due(topics, sources(sandbox.url), db, START)
    sandbox.faults.add(Fault.NO_LINKS)
    assert refresh_due(topics, sources(sandbox.url), db, START + REFRESH_EVERY)
    with db.read() as tx:
        known = store.seed_context.of(tx, "105")
    assert (known.references.pmids, known.references.seen_at) == (("102", "101"), START)
    assert known.asked_at == START + REFRESH_EVERY


def test_a_quiet_poll_costs_as_many_requests_as_before(db: Database, sandbox: Server) -> None:
    """Two for a search by query, whether or not the seed's context is refreshed."""
    topics, pubmed = sandboxed(db), sources(sandbox.url)
    sandbox.at = datetime(2020, 2, 1, tzinfo=UTC)
    poll_due(topics, pubmed, db, START)
    refresh_due(topics, pubmed, db, START)
    (quiet,) = poll_due(topics, pubmed, db, START + DAY)
    assert (quiet.requests, quiet.outcome) == (2, Outcome.OK)


def test_a_summary_says_what_a_list_needs(harness: RefreshHarness) -> None:
    """The year of the issue, else of whatever came first; a title in its own language where there is no other."""
    printed = article(
        "7", "Veins", title_html="<i>Veins</i>", journal_abbreviation="J Veins", doi="10.1/x",
        print_date=PartialDate(2011), electronic_date=PartialDate(2010),
    )  # fmt: skip
    assert summarize(printed) == ArticleSummary("7", "Veins", "<i>Veins</i>", "J Veins", 2011, "10.1/x")
    online = replace(printed, print_date=PartialDate(), journal_abbreviation="")
    assert (summarize(online).year, summarize(online).journal) == (2010, "Journal of Veins")
    bare = replace(online, electronic_date=PartialDate(), title="", vernacular_title="Venen")
    assert (summarize(bare).year, summarize(bare).title) == (START.year, "Venen")
    assert summarize(replace(bare, created_at=None)).year is None


def test_a_card_names_forty_references_and_twenty_alike(harness: RefreshHarness) -> None:
    """References first."""
    many = tuple(str(number) for number in range(100))
    known = SeedContext("100", references=RelatedArticles(many, START), similar=RelatedArticles(many[::-1], START))
    assert named(known) == (*many[:40], *many[:-21:-1])


def test_a_seed_due_within_half_a_week_comes_along(db: Database) -> None:
    """One due later has its own day."""
    topics = [topic(query(), seed=Seed(pmid="100")), topic(query(key="other"), key="other", seed=Seed(doi="10.1/o"))]
    harness = RefreshHarness(db, a_pubmed(), topics)
    harness.refresh(timedelta())
    with db.begin() as tx:
        store.topics.set_seed_pmid(tx, "other", "4", harness.now)
    assert harness.refresh(timedelta(days=3.5) - timedelta(seconds=1)) == RefreshResult(seeds=1, requests=3)
    assert harness.refresh(timedelta(days=3.5) + timedelta(seconds=1)) == RefreshResult(seeds=2, requests=3)


def test_a_refresh_that_died_is_taken_over_after_half_an_hour(harness: RefreshHarness) -> None:
    """Not before: it may only be slow."""
    with harness.db.begin() as tx:
        assert store.leases.take(tx, store.seed_context.WORK, START)
    assert harness.refresh(timedelta(minutes=29, seconds=59)) is None
    assert harness.refresh(timedelta(seconds=1)) is not None
