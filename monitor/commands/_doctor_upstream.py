"""The checks of `monitor doctor` that ask PubMed and the other sources, and whether their rates suffice."""

from __future__ import annotations

import time
from collections.abc import Iterator

from monitor import store
from monitor.commands._doctor_database import opened
from monitor.commands._doctor_report import CheckWarning, Test
from monitor.errors import MonitorError, QueryError
from monitor.model import Settings
from monitor.ports import Literature

#: The first sham-controlled trial of the shipped topic: a record that PubMed will always have.
KNOWN_PMID = "24975855"
#: Seconds that PubMed has to respond, retries included: the operator is waiting.
PATIENCE = 8.0
#: So many seeds are looked up, with two requests each: the operator is waiting.
MOST_SEEDS = 20


def _pubmed(settings: Settings) -> str:
    """Raises CheckWarning for what is not the real PubMed, and for seeds that it does not know."""
    from monitor.sources.pubmed import Client

    started = time.monotonic()
    pubmed = Client(settings.pubmed, patience=PATIENCE)
    found = pubmed.search(f"{KNOWN_PMID}[uid]")
    took = time.monotonic() - started
    wrong = list(_wrong_seeds(settings, pubmed))
    hint = "Correct the seed in the configuration; until then the searches that follow it fail." if wrong else ""
    if found.pmids != {KNOWN_PMID}:
        wrong.insert(
            0, f"responds, but does not know PMID {KNOWN_PMID}: {settings.pubmed.base_url} is not the real PubMed"
        )
    if wrong:
        raise CheckWarning("\n".join(wrong), hint)
    key = "with a key" if settings.pubmed.api_key else "without a key (3 requests a second)"
    return f"responded in {took:.1f} s, {key}"


def _sources(settings: Settings) -> str:
    """Raises CheckWarning for sources besides PubMed that do not answer: digests go out without them."""
    from monitor.sources.probe import probe

    silent = []
    for source in settings.sources.values():
        try:
            probe(source, PATIENCE)
        except MonitorError as error:
            silent.append(str(error))
    names = ", ".join(source.label for source in settings.sources)
    if silent:
        raise CheckWarning("\n".join(silent))
    return f"{names} answer" if names else "none besides PubMed is on"


def _wrong_seeds(settings: Settings, literature: Literature) -> Iterator[str]:
    """What is wrong with each seed that has only a DOI and was not yet resolved, as the first poll does."""
    by_doi = {topic.key: topic.seed.doi for topic in settings.topics if topic.seed and not topic.seed.pmid}
    resolved = _resolved(settings) if by_doi else set()
    unknown = [key for key in by_doi if key not in resolved]
    for key in unknown[:MOST_SEEDS]:
        try:
            literature.resolve_doi(by_doi[key])
        except QueryError as error:
            yield f"the seed of {key}: {error}"
    if len(unknown) > MOST_SEEDS:
        yield f"of {len(unknown)} seeds only the first {MOST_SEEDS} were looked up; the first polls look up the others"


def _resolved(settings: Settings) -> set[str]:
    """The topics whose seed, as configured, PubMed was found to know."""
    with opened(settings) as db:
        if db is None or not store.migrate.current(db):
            return set()
        with db.read() as tx:
            return store.topics.resolved(tx, settings.topics)


def _rate(settings: Settings) -> str:
    """Raises MonitorError when the searches need more requests than PubMed allows."""
    from monitor.service import request_load

    load = request_load.of(settings)
    if load.is_too_much:
        raise MonitorError(f"{load.sentence} {load.advice}")
    return load.sentence


TESTS = (
    Test("pubmed", _pubmed, "Is this machine allowed to reach the address? Is a proxy needed (HTTPS_PROXY)?"),
    Test("sources", _sources, "Digests go out without them. Proxy needed (HTTPS_PROXY)? Else see docs/sources.md."),
    Test("rate", _rate, "See docs/scale.md."),
)
