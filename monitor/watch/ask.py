"""What one poll asks of PubMed, and the answers as one value. No transaction is open while PubMed is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from monitor import store
from monitor.errors import UpstreamError
from monitor.model import Article, FetchResult, Search, SearchKind, SearchResult, SearchState, Topic, Unread
from monitor.ports import Progress, Sources
from monitor.store import Database
from monitor.watch import belief
from monitor.watch.belief import Doubt, Past
from monitor.watch.together import Links, Modified, ModifiedAmong, SearchKey

#: NCBI's modification dates have no stated time zone and arrive late; ask from this long before the last success on.
OVERLAP = timedelta(days=3)

#: Every stored record is fetched again this often, in case a record changed without a new modification date.
FULL_CHECK_EVERY = timedelta(days=30)

#: Articles found by link have no query by which to ask for modified ones; their records are checked this often.
LINKED_CHECK_EVERY = timedelta(days=1)

#: The polls in which to look for the most new articles that one of them brought.
_RECENT = 50

#: Records fetched for one search that are kept for the searches after it, some 10 MB: what they share is fetched once.
_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed search with its stored state from before the poll, and the token of the claim.

    `is_accepted`: the operator has looked, and what PubMed answers now is believed.
    """

    topic: Topic
    search: Search
    state: SearchState
    token: str
    is_accepted: bool = False


@dataclass(frozen=True, slots=True)
class PollSnapshot:
    """The responses to one search: every PMID listed, the records fetched, and how many requests that took.

    `doubtful` are matches that were missing from the last poll too; they were fetched to tell a
    deleted record from one that no longer matches. `seed` is the seed's PMID, "" where unknown; `linked` is what PubMed
    links to it, and `found` has what citation indexes list too. With a `doubt`, `found` lists only what is believed.
    """

    found: SearchResult
    fetched: FetchResult
    requests: int
    is_full_check: bool
    seed: str
    doubtful: frozenset[str] = frozenset()
    linked: frozenset[str] = frozenset()
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class _Held:
    """What the database holds about the PMIDs a search lists, read before the records are asked for.

    `matched` are the search's own matches, `suspected` those missing from its last poll. `current` are PMIDs whose
    stored record is kept up to date: some search matches them. `unread` are those of the topic. `seed` is the PMID of
    the topic's seed, "" where unknown.
    """

    matched: set[str]
    suspected: set[str]
    known: frozenset[str]
    current: frozenset[str]
    unread: dict[str, Unread]
    seed: str

    def to_fetch(self, listed: Set[str], others: Set[str], now: datetime) -> tuple[set[str], set[str]]:
        """The records to fetch: what is new in `listed`, and `others`; and apart the unread ones of both that are due.

        An unread record may spoil a whole batch, and is asked for at a time of its own. What left all searches was not
        kept up to date, so it is fetched as if it were new.
        """
        wanted = (listed - self.current) | others
        ours = listed | others | self.matched
        due = {pmid for pmid in ours & self.unread.keys() if self.unread[pmid].due_at <= now}
        return wanted - self.unread.keys(), due


class Asking:
    """Asks for one search after another; what several of those in `due` ask is asked for together."""

    def __init__(
        self,
        sources: Sources,
        db: Database,
        now: datetime,
        progress: Progress,
        due: Sequence[tuple[Topic, Search, SearchState]],
    ) -> None:
        self.sources, self.db, self.now, self.progress = sources, db, now, progress
        kinds = {SearchKind.CITING: sources.citations.citing, SearchKind.SIMILAR: sources.related.similar}
        self._links = {
            kind: Links([t for t, search, _ in due if search.kind is kind], ask, sources.literature, db, now)
            for kind, ask in kinds.items()
        }
        self._modified = Modified(self._questions(due), sources.literature)
        self._modified_among = ModifiedAmong(dict(self._linked_questions(due)), self._linked, sources.literature)
        self._fetched: dict[str, Article] = {}

    def _questions(self, due: Sequence[tuple[Topic, Search, SearchState]]) -> Iterator[tuple[str, date]]:
        """What may be asked together about modified articles; a search that fails is kept away from the others."""
        for _, search, state in due:
            is_asked = not self._is_older(state.last_full_check_at, FULL_CHECK_EVERY)
            if search.kind is SearchKind.QUERY and is_asked and state.last_success_at and not state.failures_in_row:
                yield search.query, _since(state.last_success_at)

    def _linked_questions(self, due: Sequence[tuple[Topic, Search, SearchState]]) -> Iterator[tuple[SearchKey, date]]:
        """The same of searches by link."""
        for topic, search, state in due:
            is_by_link = search.kind is not SearchKind.QUERY and not state.failures_in_row
            day = _linked_since(state)
            if is_by_link and day and self._is_older(state.last_full_check_at, LINKED_CHECK_EVERY):
                yield (topic.key, search.name), day

    def _linked(self, search: SearchKey) -> set[str]:
        """The articles that a search by link holds, with the seed."""
        topic, name = search
        with self.db.read() as tx:
            seed = store.topics.seed_pmid(tx, topic)
            return store.matches.current(tx, topic, name) | ({seed} if seed else set())

    def ask(self, due: Due) -> PollSnapshot:
        """Everything that PubMed says about one search; raises UpstreamError when it cannot be asked."""
        if due.search.kind is SearchKind.QUERY:
            return self._by_query(due)
        return self._by_link(due)

    def _by_query(self, due: Due) -> PollSnapshot:
        found = self.sources.literature.search(due.search.query)
        held = self._held(due, found.pmids)
        doubt, explaining = self._doubt(due, found, held)
        believed = _believed(found, held, doubt)
        requests = found.requests + explaining.requests
        is_full = doubt is None and self._is_older(due.state.last_full_check_at, FULL_CHECK_EVERY)
        modified = believed.pmids & held.known if is_full else frozenset[str]()
        if not is_full and due.state.last_success_at:
            answer = self._modified.since(due.search.query, _since(due.state.last_success_at))
            # What had left all searches is fetched once it is believed again: stored before, its changes were lost.
            modified = answer.pmids & found.pmids & held.known & held.current
            requests += answer.requests
        absent = held.matched - found.pmids
        doubtful = frozenset[str]() if doubt else frozenset(absent if due.is_accepted else absent & held.suspected)
        fetched = self._fetch(held, believed.pmids, modified | doubtful)
        return PollSnapshot(
            believed,
            fetched,
            requests=requests + fetched.requests,
            is_full_check=is_full,
            doubtful=doubtful,
            seed=held.seed,
            doubt=doubt.reason if doubt else "",
        )

    def _by_link(self, due: Due) -> PollSnapshot:
        """Articles linked to the seed by ELink. Its response may be empty by mistake, so no match is ever removed.

        A search for those that cite the seed lists what citation indexes know of them too.
        """
        seed, linked = self._links[due.search.kind].of(due.topic)
        by_elink = frozenset(linked.in_order.get(seed, ()))
        others = self._listed_by_indexes(due, seed) - by_elink
        listed, strategy = by_elink | others, f"{linked.link_name} of PMID {seed}"
        sent = f"{strategy}, and what citation indexes list" if others else strategy
        found = SearchResult(listed, len(listed), sent, requests=linked.requests)
        held = self._held(due, listed | {seed})
        requests, modified = found.requests, frozenset[str]()
        is_checked = self._is_older(due.state.last_full_check_at, LINKED_CHECK_EVERY)
        if is_checked and (day := _linked_since(due.state)):
            ours = held.matched | {seed}
            answer = self._modified_among.since((due.topic.key, due.search.name), ours, day)
            modified, requests = answer.pmids & ours, requests + answer.requests
        fetched = self._fetch(held, listed, modified | ({seed} - held.known))
        requests += fetched.requests
        return PollSnapshot(found, fetched, requests=requests, is_full_check=is_checked, seed=seed, linked=by_elink)

    def _listed_by_indexes(self, due: Due, seed: str) -> frozenset[str]:
        if due.search.kind is not SearchKind.CITING:
            return frozenset()
        with self.db.read() as tx:
            return frozenset(store.citing_works.in_pubmed(tx, due.topic.key, seed))

    def _doubt(self, due: Due, found: SearchResult, held: _Held) -> tuple[Doubt | None, FetchResult]:
        """Why `found` is not believed, and what was fetched to decide it; a baseline has nothing to compare with."""
        nothing = FetchResult(())
        if due.is_accepted or not due.state.has_baseline:
            return None, nothing
        if not belief.is_remarkable(found, held.matched, due.state):
            return None, nothing
        with self.db.read() as tx:
            polls = store.polls.latest(tx, due.topic.key, due.search.name, _RECENT)
        most_new = max((poll.new for poll in polls), default=0)
        past = Past(held.matched, due.state, most_new)
        if not belief.is_worth_explaining(found, past):
            return belief.doubt(found, past), nothing
        absent = held.matched - found.pmids
        fetched = self._fetch_all(absent)
        return belief.doubt(found, past, fetched.missing | self._changed(fetched.articles)), fetched

    def _changed(self, articles: Sequence[Article]) -> set[str]:
        """Those of `articles` that are no longer as stored."""
        with self.db.read() as tx:
            stored = store.articles.known(tx, [article.pmid for article in articles])
        return {article.pmid for article in articles if stored.get(article.pmid) != article}

    def _held(self, due: Due, listed: Set[str]) -> _Held:
        with self.db.read() as tx:
            matched = store.matches.current(tx, due.topic.key, due.search.name)
            known = frozenset(store.articles.which_known(tx, listed | matched))
            matching = store.matches.matched_by_any(tx, known - matched)
            return _Held(
                matched=matched,
                suspected=store.matches.suspected_missing(tx, due.topic.key, due.search.name),
                known=known,
                current=frozenset(matched | matching),
                unread=store.unread.of_topic(tx, due.topic.key),
                seed=store.topics.seed_pmid(tx, due.topic.key),
            )

    def _fetch(self, held: _Held, listed: Set[str], others: Set[str]) -> FetchResult:
        wanted, unread = held.to_fetch(listed, others, self.now)
        return _together([self._fetch_all(wanted), self._fetch_unread(unread)])

    def _fetch_all(self, pmids: Set[str]) -> FetchResult:
        kept = {pmid: self._fetched[pmid] for pmid in pmids & self._fetched.keys()}
        wanted = sorted(pmids - kept.keys(), key=int)
        fetched = self.sources.literature.fetch(wanted, self.progress) if wanted else FetchResult(())
        if len(self._fetched) + len(wanted) <= _KEPT:
            self._fetched |= {article.pmid: article for article in fetched.articles}
        articles = sorted([*fetched.articles, *kept.values()], key=lambda article: int(article.pmid))
        return replace(fetched, articles=tuple(articles))

    def _fetch_unread(self, pmids: Set[str]) -> FetchResult:
        """The same of records that could not be read before; when all of them fail, the poll goes on without them."""
        try:
            return self._fetch_all(pmids)
        except UpstreamError as error:
            return FetchResult((), unreadable=tuple((pmid, str(error)) for pmid in pmids), requests=error.requests)

    def _is_older(self, at: datetime | None, age: timedelta) -> bool:
        return at is None or self.now - at >= age


def _since(last_success_at: datetime) -> date:
    """The day from which on articles count as modified since the last success."""
    return (last_success_at - OVERLAP).date()


def _linked_since(state: SearchState) -> date | None:
    """The same for a search by link, which is asked about less often; None before its first success."""
    checked_at = state.last_full_check_at or state.last_success_at
    return (checked_at - OVERLAP).date() if checked_at and state.last_success_at else None


def _believed(found: SearchResult, held: _Held, doubt: Doubt | None) -> SearchResult:
    """`found` without what is not believed."""
    if doubt is None or doubt.is_new_believed:
        return found
    return replace(found, pmids=found.pmids & held.matched)


def _together(parts: Sequence[FetchResult]) -> FetchResult:
    return FetchResult(
        articles=tuple(article for part in parts for article in part.articles),
        missing=frozenset[str]().union(*(part.missing for part in parts)),
        unreadable=tuple(pair for part in parts for pair in part.unreadable),
        requests=sum(part.requests for part in parts),
        notes=tuple(note for part in parts for note in part.notes),
    )
