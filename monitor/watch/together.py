"""One request for several searches, where PubMed's answer tells apart what each of them asks.

It is made when the first of a group needs it. When it fails, each search is asked for alone: one of them may be the
cause. Every search still has a poll of its own, with its own claim.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date, datetime
from typing import Generic, TypeVar

from monitor import store
from monitor.errors import QueryError, UpstreamError
from monitor.model import LinkResult, SearchResult, Topic
from monitor.ports import Literature
from monitor.store import Database
from monitor.watch.seed.lookup import seed_pmid

K = TypeVar("K", bound=Hashable)
A = TypeVar("A", bound=LinkResult | SearchResult)

#: Seeds in one request for their links, and so many of them at most whose PMID must be asked for first: whoever asks
#: for a group holds the claim on one search meanwhile.
SEEDS, UNRESOLVED = 100, 10

#: Queries in one question for modified articles, and characters of them.
QUERIES, CHARACTERS = 20, 4_000

#: Articles in one question for those of them that were modified: what a client asks in one request.
ARTICLES = 300

#: A search: its topic's key and its name.
SearchKey = tuple[str, str]


class Joint(Generic[K, A]):
    """Asks for each group at most once; `ask` raises UpstreamError."""

    def __init__(self, groups: Iterable[Sequence[K]], ask: Callable[[Sequence[K]], A]) -> None:
        self._group_of = {key: tuple(group) for group in groups for key in group}
        self._ask: Callable[[Sequence[K]], A] = ask
        self._answers: dict[tuple[K, ...], A | UpstreamError] = {}

    def of(self, key: K) -> A:
        """The answer about `key`, perhaps with others; it counts the requests that were made for it now."""
        group = self._group_of.get(key, (key,))
        if known := self._answers.get(group):
            if not isinstance(known, UpstreamError):
                return replace(known, requests=0)
            return self._ask([key])
        try:
            answer = self._answers[group] = self._ask(group)
        except UpstreamError as error:
            self._answers[group] = error
            if len(group) == 1:
                raise
            return self._ask([key])
        return answer


class Links:
    """The links of the seeds of several topics, as `ask` gives them for PMIDs."""

    def __init__(
        self,
        topics: Sequence[Topic],
        ask: Callable[[Sequence[str]], LinkResult],
        literature: Literature,
        db: Database,
        now: datetime,
    ) -> None:
        self._topics = {topic.key: topic for topic in topics}
        self._ask_pmids, self._literature, self._db, self._now = ask, literature, db, now
        self._seeds: dict[str, str | UpstreamError] = {}
        self._joint = Joint(self._groups(), self._ask)

    def of(self, topic: Topic) -> tuple[str, LinkResult]:
        """The PMID of the topic's seed, and links with those of the seed; raises UpstreamError when there are none.

        A seed that cannot be resolved, or whose own links cannot be read, fails only its own topic.
        """
        found = self._joint.of(topic.key)
        if topic.key not in self._seeds:  # PubMed failed while the seeds of the group were resolved
            found = self._ask([topic.key])
        seed = self._seeds[topic.key]
        if isinstance(seed, UpstreamError):
            raise seed
        if reason := found.refused.get(seed):
            raise UpstreamError(reason)
        return seed, found if seed in found.in_order else self._ask([topic.key])

    def _groups(self) -> Iterator[list[str]]:
        """The topics in their order, in groups that can be asked for in one request."""
        if not self._topics:
            return
        with self._db.read() as tx:
            resolved = store.topics.resolved(tx, self._topics.values())
        group: list[str] = []
        unresolved = 0
        for key in self._topics:
            if group and (len(group) == SEEDS or unresolved == UNRESOLVED):
                yield group
                group, unresolved = [], 0
            group.append(key)
            unresolved += key not in resolved
        yield group

    def _ask(self, keys: Sequence[str]) -> LinkResult:
        for key in keys:
            if not self._resolve(key) and len(keys) > 1:
                break
        seeds = {seed for key in keys if isinstance(seed := self._seeds.get(key), str)}
        return self._ask_pmids(sorted(seeds)) if seeds else LinkResult({}, "", requests=0)

    def _resolve(self, key: str) -> bool:
        """Resolve the seed of a topic; False when PubMed fails, so that a further seed need not be tried."""
        try:
            self._seeds[key] = seed_pmid(self._topics[key], self._literature, self._db, self._now)
        except QueryError as error:
            self._seeds[key] = error
        except UpstreamError as error:
            self._seeds[key] = error
            return False
        return True


class Modified:
    """Which articles that match a query were modified since a day: one question for several queries and one day.

    The answer may list articles of the other queries too: whoever asks keeps those that its own query matches.
    """

    def __init__(self, wanted: Iterable[tuple[str, date]], literature: Literature) -> None:
        by_day: dict[date, dict[str, None]] = {}
        for query, day in wanted:
            by_day.setdefault(day, {})[query] = None
        self._literature = literature
        self._joint = Joint(_questions(by_day), self._ask)

    def since(self, query: str, day: date) -> SearchResult:
        """The articles; raises UpstreamError."""
        return self._joint.of((query, day))

    def _ask(self, questions: Sequence[tuple[str, date]]) -> SearchResult:
        queries = [query for query, _ in questions]
        joined = queries[0] if len(queries) == 1 else " OR ".join(f"({query})" for query in queries)
        return self._literature.modified_since(joined, questions[0][1])


def _questions(by_day: Mapping[date, Iterable[str]]) -> Iterator[list[tuple[str, date]]]:
    """Groups of queries that are asked for together; a long query is asked for alone."""
    for day, queries in by_day.items():
        group: list[tuple[str, date]] = []
        length = 0
        for query in queries:
            if group and (len(group) == QUERIES or length + len(query) > CHARACTERS):
                yield group
                group, length = [], 0
            group.append((query, day))
            length += len(query)
        yield group


class ModifiedAmong:
    """Which of the articles that searches hold were modified since a day: one question for several searches.

    `wanted` is the day for each search, `held` reads what it holds. Searches share a question while their articles fit
    in one request, as those that hold the same ones always do. The answer may list articles of the others too.
    """

    def __init__(
        self, wanted: Mapping[SearchKey, date], held: Callable[[SearchKey], Set[str]], literature: Literature
    ) -> None:
        self._wanted, self._held, self._literature = wanted, held, literature
        self._asked: dict[SearchKey, Set[str]] = {}
        self._joint: Joint[SearchKey, SearchResult] | None = None

    def since(self, search: SearchKey, pmids: Set[str], day: date) -> SearchResult:
        """Those of `pmids`, perhaps with others; raises UpstreamError."""
        if self._joint is None:  # not before: where nothing is to be asked, nothing is read
            self._asked = {key: self._held(key) for key in self._wanted}
            self._joint = Joint(list(self._groups()), self._ask)
        if self._wanted.get(search) != day or not pmids <= self._asked[search]:
            return self._literature.modified_among(sorted(pmids), day)
        return self._joint.of(search)

    def _groups(self) -> Iterator[list[SearchKey]]:
        by_day: dict[date, list[SearchKey]] = {}
        for key, day in self._wanted.items():
            by_day.setdefault(day, []).append(key)
        for keys in by_day.values():
            group: list[SearchKey] = []
            together: set[str] = set()
            for key in sorted(keys, key=self._size):  # so that those which hold the same articles are neighbours
                both = together | self._asked[key]
                if group and len(both) > max(ARTICLES, len(together)):
                    yield group
                    group, both = [], set(self._asked[key])
                group.append(key)
                together = both
            yield group

    def _size(self, key: SearchKey) -> tuple[int, str]:
        return len(self._asked[key]), min(self._asked[key], default="")

    def _ask(self, keys: Sequence[SearchKey]) -> SearchResult:
        pmids = set[str]().union(*(self._asked[key] for key in keys))
        return self._literature.modified_among(sorted(pmids), self._wanted[keys[0]])
