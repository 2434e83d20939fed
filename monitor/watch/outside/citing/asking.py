"""One citation index asked for one topic: who cites its seed, and what of that PubMed has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor import store
from monitor.model import CitedBy, CitingWork, Seed, SourceName, SourceState, Topic
from monitor.ports import CitingWorks, Literature
from monitor.store import Database
from monitor.watch.outside.citing.identify import Identified, identify
from monitor.watch.outside.citing.listed_works import ListedWorks
from monitor.watch.seed.lookup import seed_pmid

#: DOIs for which PubMed is searched in one round, those of works that nobody had listed before first.
LOOKUPS = 200


@dataclass(frozen=True, slots=True)
class CitingAnswer:
    """What an index answered about the `seed`, and which of the works PubMed has, also of those known before.

    `works` are all that it lists but the seed itself; PubMed was searched for the DOIs `asked`.
    """

    seed: Seed
    found: CitedBy
    works: Sequence[CitingWork]
    identified: Identified
    asked: frozenset[str]

    @property
    def requests(self) -> int:
        """Sent to the index and to PubMed."""
        return self.found.requests + self.identified.requests


class Asking:
    """Asks one citation index, and PubMed for the records of what is new in its answer."""

    def __init__(
        self, source: SourceName, index: CitingWorks, literature: Literature, db: Database, now: datetime
    ) -> None:
        self._source, self._index, self._literature, self._db, self._now = source, index, literature, db, now

    def ask(self, topic: Topic, _state: SourceState) -> CitingAnswer:
        """The index's answer about the topic's seed; raises UpstreamError when it or PubMed cannot be asked."""
        seed = self._seed(topic)
        found = self._index.citing(seed)
        with self._db.read() as tx:
            known = ListedWorks(store.citing_works.of(tx, topic.key, seed.pmid))
        works = self._completed([work for work in found.works if not _is(seed, work)], known)
        unsettled = [work for work in works if not known.pmid_of(self._source, work)]
        fresh = [work for work in unsettled if not work.pmid and known.find(self._source, work) is None]
        due = [one.work for one in known.outside if one.lookup_at and one.lookup_at <= self._now]
        dois = tuple(dict.fromkeys(doi for work in (*fresh, *due) for doi in work.dois))[:LOOKUPS]
        candidates = {*unsettled, *(one.work for one in known.outside)}
        return CitingAnswer(seed, found, works, identify(candidates, dois, self._literature, self._db), frozenset(dois))

    def _seed(self, topic: Topic) -> Seed:
        """The seed by all its names: with its PMID, and with the DOI of its record where none is configured."""
        pmid = seed_pmid(topic, self._literature, self._db, self._now)
        seed = topic.seed or Seed()
        with self._db.read() as tx:
            record = None if seed.doi else store.articles.known(tx, [pmid]).get(pmid)
        return replace(seed, pmid=pmid, doi=seed.doi or (record.doi if record else ""))

    def _completed(self, works: Sequence[CitingWork], known: ListedWorks) -> list[CitingWork]:
        """The works; those that nobody has listed and that have no PMID with what else the index knows of them."""
        bare = [work for work in works if not work.pmid and known.find(self._source, work) is None]
        completed = dict(zip(bare, self._index.complete(bare), strict=True)) if bare else {}
        return [completed.get(work, work) for work in works]


def _is(seed: Seed, work: CitingWork) -> bool:
    return work.pmid == seed.pmid or (bool(seed.doi) and seed.doi.lower() in work.dois)
