"""Which source a topic is to ask, and what of the topic decides about its answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitor import store
from monitor.model import Settings, SourceName, Terms, Topic
from monitor.store import Tx
from monitor.store.outside.source_states import SourcePlan

INDEXES = (SourceName.EUROPE_PMC, SourceName.ICITE, SourceName.OPENCITATIONS, SourceName.OPENALEX)
REGISTRIES = (SourceName.CLINICAL_TRIALS, SourceName.ISRCTN, SourceName.ICTRP)
RETRACTIONS = (SourceName.CROSSREF, SourceName.RETRACTION_WATCH)
PREPRINTS = (SourceName.PREPRINTS,)


def configure(tx: Tx, settings: Settings, now: datetime) -> None:
    """Bring the stored states in line with the configuration; the searches of its topics must be, already."""
    store.source_states.sync(tx, plans(settings), now)


def plans(settings: Settings) -> Iterator[SourcePlan]:
    """Every source that is on for every topic; citation indexes only for topics with a seed."""
    for topic in settings.topics:
        for name, source in settings.sources.items():
            if topic.seed or name not in INDEXES:
                yield SourcePlan(name, topic.key, source.every, asked(name, topic))


def sources(settings: Settings) -> set[SourceName]:
    """The sources that some topic asks."""
    return {one.source for one in plans(settings)}


def asked(source: SourceName, topic: Topic) -> str:
    """What of a topic decides about the answer of a source; when it changes, a new baseline is needed.

    Retractions are asked of the articles held, whatever question they answer.
    """
    if source in RETRACTIONS:
        return ""
    if source in INDEXES:
        return (topic.seed.pmid or topic.seed.doi) if topic.seed else ""
    question = topic.question
    return " | ".join(_words(terms) for terms in (question.population, question.intervention))


def _words(terms: Terms) -> str:
    return ", ".join((*terms.words, *terms.mesh))
