"""Compare two search strategies on PubMed as it is today, and say what each term of the first brings.

Set algebra is asked of PubMed itself ("A NOT B"), by counts where a count is enough; long queries are sent by POST.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from monitor import evidence
from monitor.model import Article, Judged, SearchKind, Topic
from monitor.ports import Progress
from monitor.strategy import known as known_trials
from monitor.strategy import structure
from monitor.strategy.kept_answers import KeptAnswers
from monitor.strategy.known import SoughtTrial
from monitor.strategy.remarks import remarks


@dataclass(frozen=True, slots=True)
class Title:
    """One article as a line of a list."""

    pmid: str
    title: str
    journal: str = ""
    first_public_on: date | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A part of what two queries find: how many articles, and the newest of them."""

    count: int
    first: tuple[Title, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading the newest `read` of `count` articles brings: reports of trials that answer the question.

    `number_needed` is articles read for each report, None when there was none. Monitor's rules judged.
    """

    count: int
    read: int
    reports: tuple[Title, ...]
    number_needed: float | None


@dataclass(frozen=True, slots=True)
class Strategy:
    """One query: how many it finds, per month by Create date, what reading costs, and remarks about it."""

    query: str
    count: int
    months: tuple[tuple[date, int], ...]
    reading: Reading
    remarks: tuple[str, ...]

    @property
    def per_month(self) -> float:
        """New articles in a month, on average."""
        return sum(count for _, count in self.months) / max(1, len(self.months))


@dataclass(frozen=True, slots=True)
class Caught:
    """A known trial, and which of the two queries find a record of it."""

    trial: str
    name: str
    records: tuple[str, ...]
    by_a: bool
    by_b: bool | None


@dataclass(frozen=True, slots=True)
class Term:
    """One part joined by OR: how many articles it alone brings (behind NOT: keeps out), and which known trials."""

    search: str
    text: str
    alone: int
    keeps_out: bool = False
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tuning:
    """The comparison: `a` is the topic's query, `b` the other one, None where only the first is examined."""

    topic: str
    a: Strategy
    b: Strategy | None
    only_a: Share | None
    only_b: Share | None
    both: int | None
    known: tuple[Caught, ...]
    terms: tuple[Term, ...]
    requests: int


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is asked: months of load, titles of each list, articles to read for the number needed to read."""

    months: int = 24
    titles: int = 5
    read: int = 200


def query_of(topic: Topic) -> str:
    """The topic's queries as one; searches by links have none."""
    queries = [search.query for search in topic.searches if search.kind is SearchKind.QUERY]
    return queries[0] if len(queries) == 1 else " OR ".join(f"({query})" for query in queries)


def tune(
    topic: Topic, other: str, trials: Sequence[SoughtTrial], extent: Extent, kept: KeptAnswers, progress: Progress
) -> Tuning:
    """The comparison of the topic's query with `other` ("" for none). Raises UpstreamError."""
    desk = _Desk(topic, extent, kept, progress)
    query = query_of(topic)
    named = known_trials.with_records((*known_trials.of_topic(topic), *trials), kept, progress)
    pmids = sorted({pmid for trial in named for pmid in trial.pmids}, key=int)
    caught_a = desk.caught(query, pmids)
    caught_b = desk.caught(other, pmids) if other else None
    return Tuning(
        topic=topic.key,
        a=desk.strategy(query),
        b=desk.strategy(other) if other else None,
        only_a=desk.share(f"({query}) NOT ({other})") if other else None,
        only_b=desk.share(f"({other}) NOT ({query})") if other else None,
        both=kept.count(f"({query}) AND ({other})") if other else None,
        known=tuple(_caught(trial, caught_a, caught_b) for trial in named),
        terms=tuple(desk.terms(pmids)),
        requests=kept.requests,
    )


def _caught(trial: SoughtTrial, by_a: frozenset[str], by_b: frozenset[str] | None) -> Caught:
    is_in_b = None if by_b is None else not by_b.isdisjoint(trial.pmids)
    return Caught(trial.named, trial.name, trial.pmids, not by_a.isdisjoint(trial.pmids), is_in_b)


class _Desk:
    """Asks PubMed about queries on one topic."""

    def __init__(self, topic: Topic, extent: Extent, kept: KeptAnswers, progress: Progress) -> None:
        self._topic, self._extent, self._kept, self._progress = topic, extent, kept, progress

    def strategy(self, query: str) -> Strategy:
        """One query by itself."""
        months = tuple((month, self._kept.count(_created_in(query, month))) for month in self._months())
        found = [*remarks(query), *self._kept.warnings(query)]
        reading = self._reading(self._kept.search(query))
        return Strategy(query, reading.count, months, reading, tuple(found))

    def share(self, query: str) -> Share:
        """How many a query finds, with its newest titles."""
        pmids = self._kept.search(query)
        first = self._kept.fetch(_newest(pmids, self._extent.titles), self._progress)
        return Share(len(pmids), tuple(map(_title, first.values())))

    def caught(self, query: str, pmids: Sequence[str]) -> frozenset[str]:
        """Those of `pmids` that the query finds."""
        among = " OR ".join(f"{pmid}[uid]" for pmid in pmids)
        return self._kept.search(f"({query}) AND ({among})") if pmids else frozenset()

    def terms(self, known: Sequence[str]) -> Iterable[Term]:
        """What each part joined by OR brings that no other part of any of the topic's searches does."""
        searches = [search for search in self._topic.searches if search.kind is SearchKind.QUERY]
        parts = [(search, part) for search in searches for part in structure.alternatives(search.query)]
        whole = query_of(self._topic)
        for number, (search, part) in enumerate(parts, 1):
            others = [one.query for one in searches if one is not search]
            rest = " OR ".join(f"({query})" for query in (*others, part.without))
            asked = f"({rest}) NOT ({whole})" if part.excludes else f"({whole}) NOT ({rest})"
            alone = self._kept.count(asked)
            trials = tuple(sorted(self.caught(asked, known), key=int)) if alone else ()
            yield Term(search.name, part.part.text, alone, part.excludes, trials)
            self._progress(number, len(parts), "terms tried")

    def _reading(self, pmids: frozenset[str]) -> Reading:
        articles = self._kept.fetch(_newest(pmids, self._extent.read), self._progress)
        judged = [Judged(article, evidence.assess(article, self._topic)) for article in articles.values()]
        answer = evidence.answer(self._topic, judged, (), self._kept.today)
        told = {r.pmid for t in answer.trials if t.is_counted and t.status == "reported" for r in t.reports}
        reports = tuple(_title(article) for pmid, article in articles.items() if pmid in told)
        return Reading(len(pmids), len(articles), reports, round(len(articles) / len(reports), 1) if reports else None)

    def _months(self) -> list[date]:
        """The first days of the last whole months, oldest first."""
        months, day = [], self._kept.today
        for _ in range(self._extent.months):
            day = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
            months.append(day)
        return months[::-1]


def _created_in(query: str, month: date) -> str:
    """By Create date: the Entrez date of what PubMed adds late is set back to its publication."""
    last = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return f'({query}) AND ("{month:%Y/%m/%d}"[crdt] : "{last:%Y/%m/%d}"[crdt])'


def _newest(pmids: Iterable[str], most: int) -> list[str]:
    return sorted(pmids, key=int, reverse=True)[:most]


def _title(article: Article) -> Title:
    return Title(article.pmid, article.title, article.journal, article.first_public_on)
