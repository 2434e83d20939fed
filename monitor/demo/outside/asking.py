"""How the replay asks the other sources, all of them on the sandbox, and when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from monitor import store
from monitor.model import Settings, SourceName, SourceSettings
from monitor.ports import Sources
from monitor.sandbox import Server
from monitor.service.connections import open_sources
from monitor.sources.pubmed import Client
from monitor.sources.retraction_watch import RetractionWatch
from monitor.sources.transport.web import WebService
from monitor.store import Tx
from monitor.watch.outside import plan

#: They are asked when they show something else, and else once in three years.
EVERY = timedelta(days=3 * 365)

#: The requests a second that a server of one's own bears.
_RATE = 1e6


def sources_of(
    server: Server, contact: str, every: timedelta = EVERY, key: str = ""
) -> dict[SourceName, SourceSettings]:
    """Every source besides PubMed, as `server` stands in for it; OpenAlex only with a `key`."""
    return {
        name: SourceSettings(name, server.base_of(name), every, contact, key, rate=_RATE)
        for name in SourceName
        if key or name is not SourceName.OPENALEX
    }


def opened(settings: Settings, server: Server, pubmed: Client) -> Sources:
    """The clients of all sources. A list that was downloaded is kept for an hour of the clock of `server`."""
    sources = replace(open_sources(settings), literature=pubmed, citations=pubmed, related=pubmed)
    if (listed := settings.sources.get(SourceName.RETRACTION_WATCH)) is None:
        return sources
    watch = RetractionWatch(listed, WebService(listed), lambda: server.at.timestamp())
    return replace(sources, retractions={**sources.retractions, SourceName.RETRACTION_WATCH: watch})


def known_by(settings: Settings, *, is_seed_published: bool) -> Settings:
    """Settings without the citation indexes until the seed is published: nothing can cite it before."""
    known = {name: one for name, one in settings.sources.items() if is_seed_published or name not in plan.INDEXES}
    return replace(settings, sources=known)


def due(tx: Tx, settings: Settings, names: Collection[SourceName], now: datetime) -> Settings:
    """Make these sources due; settings with those alone that are due `now`, so that no other is looked for."""
    if names or not store.source_states.all_states(tx):
        plan.configure(tx, at_once(settings, names), now)
        plan.configure(tx, settings, now)  # with its own interval again; it stays due
    found = {state.source for state in store.source_states.due(tx, tuple(SourceName), now)}
    return replace(settings, sources={name: one for name, one in settings.sources.items() if name in found})


def at_once(settings: Settings, names: Collection[SourceName]) -> Settings:
    """Settings by which these sources, where they are on, are due now."""
    due = {name: replace(one, every=timedelta()) for name, one in settings.sources.items() if name in names}
    return replace(settings, sources={**settings.sources, **due})
