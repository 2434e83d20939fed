"""The seeds of topics: the PMID of each, and the articles that cite it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from monitor import store
from monitor.errors import QueryError, UpstreamError
from monitor.model import LinkResult, Topic
from monitor.ports import Literature, Sources
from monitor.store import Database


def seed_pmid(topic: Topic, literature: Literature, db: Database, now: datetime) -> str:
    """The PMID of the topic's seed: as configured, as stored, or resolved from its DOI on first use and then stored.

    Raises QueryError when the topic has no seed or PubMed does not know it, UpstreamError when PubMed fails.
    """
    if topic.seed is None:
        raise QueryError(f'Topic "{topic.key}" has a search by link but no seed. Add "seed:" with a doi or pmid.')
    with db.read() as tx:
        known = topic.seed.pmid or store.topics.seed_pmid(tx, topic.key)
    if known:
        return known
    pmid = literature.resolve_doi(topic.seed.doi)
    with db.begin() as tx:
        store.topics.set_seed_pmid(tx, topic.key, pmid, now)
    return pmid


class Citing:
    """The articles citing the seeds of several topics: one request for all seeds, made when the first is needed.

    When that request fails, each seed is asked for alone: it may have failed because of one of them.
    """

    def __init__(self, topics: Sequence[Topic], sources: Sources, db: Database, now: datetime) -> None:
        self._topics, self._sources, self._db, self._now = topics, sources, db, now
        self._seeds: Mapping[str, str | UpstreamError] | None = None
        self._linked: LinkResult | UpstreamError | None = None

    def of(self, topic: Topic) -> tuple[str, LinkResult]:
        """The PMID of the topic's seed, and links with those of the seed; raises UpstreamError when there are none.

        A seed that cannot be resolved, or whose own links cannot be read, fails only its own topic.
        """
        if self._seeds is None:
            self._seeds = {one.key: self._resolve(one) for one in self._topics}
        seed = self._seeds[topic.key]
        if isinstance(seed, UpstreamError):
            raise seed
        all_seeds = {known for known in self._seeds.values() if isinstance(known, str)}
        self._linked = self._linked or self._ask(all_seeds)
        if not isinstance(self._linked, UpstreamError):
            if reason := self._linked.refused.get(seed):
                raise UpstreamError(reason)
            return seed, self._linked
        if all_seeds == {seed}:
            raise self._linked
        return seed, self._sources.citations.citing([seed])

    def _resolve(self, topic: Topic) -> str | UpstreamError:
        try:
            return seed_pmid(topic, self._sources.literature, self._db, self._now)
        except UpstreamError as error:
            return error

    def _ask(self, seeds: set[str]) -> LinkResult | UpstreamError:
        try:
            return self._sources.citations.citing(sorted(seeds))
        except UpstreamError as error:
            return error
