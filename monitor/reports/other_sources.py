"""What sources besides PubMed hold of a topic, and how each of them is: registries, preprints, citation indexes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor import store
from monitor.evidence.question.registered import is_controlled, is_of_question
from monitor.model import Freshness, HeldPreprint, ListedWork, RegistryEntry, Settings, SourceState, Topic
from monitor.store import Tx
from monitor.watch.outside import freshness


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source that is on, and how current what it told of the topic is."""

    state: SourceState
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class OtherSources:
    """All of it. `trials` are the registry entries of controlled trials of the question, `entries` the others that the
    registries list for its words; both oldest first. `preprints` are newest first. `works` cite the seed.
    """

    sources: tuple[SourceHealth, ...]
    trials: tuple[RegistryEntry, ...]
    entries: tuple[RegistryEntry, ...]
    preprints: tuple[HeldPreprint, ...]
    works: tuple[ListedWork, ...]


def read_other_sources(tx: Tx, settings: Settings, topic: Topic, now: datetime) -> OtherSources:
    """What is held of the topic at `now`."""
    entries = sorted(
        store.registry_entries.of_topic(tx, topic.key),
        key=lambda entry: (str(entry.registered_on or "9999"), entry.number),
    )
    trials = [entry for entry in entries if is_of_question(entry, topic.question) and is_controlled(entry)]
    preprints = sorted(
        store.preprints.of_topic(tx, topic.key), key=lambda one: str(one.preprint.posted_on or ""), reverse=True
    )
    seed = store.topics.seed_pmid(tx, topic.key)
    return OtherSources(
        health(tx, settings, topic, now),
        tuple(trials),
        tuple(entry for entry in entries if entry not in trials),
        tuple(preprints),
        tuple(store.citing_works.outside(tx, topic.key, seed)) if seed else (),
    )


def health(tx: Tx, settings: Settings, topic: Topic, now: datetime) -> tuple[SourceHealth, ...]:
    """How each source that is on stands with the topic."""
    states = (state for state in store.source_states.states(tx, topic.key) if state.source in settings.sources)
    return tuple(
        SourceHealth(state, freshness.judge(state, settings.sources[state.source].every, now)) for state in states
    )
