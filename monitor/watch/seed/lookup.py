"""The seeds of topics: the PMID of each."""

from __future__ import annotations

from datetime import datetime

from monitor import store
from monitor.errors import QueryError
from monitor.model import Topic
from monitor.ports import Literature
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
