"""What readers are told when the operator changes a search: one change with one sentence, and as news only the articles
that PubMed has added since it was last asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from datetime import datetime, timedelta

from monitor import __version__, store
from monitor.model import Change, ChangeKind, Search, SearchEditKind, SearchKind, SearchResult, SearchState, Topic
from monitor.store import Tx

_STAYS = "What was found before stays on record."

#: PubMed lists a record up to so long after its create date, which has no time zone.
_LISTED_WITHIN = timedelta(days=2)


def apply_searches(tx: Tx, topics: Iterable[Topic], now: datetime, by: str = "") -> None:
    """Bring the stored searches in line with the configuration; a search that it names no more is told to readers.

    `by` is who configured it, for the report of the searches.
    """
    by_key = {topic.key: topic for topic in topics}
    store.search_edits.record(tx, by_key.values(), now, by, __version__)
    removed: defaultdict[str, list[str]] = defaultdict(list)
    for key, name in store.searches.sync(tx, by_key.values(), now):
        removed[key].append(name)
    for key, names in removed.items():
        lost = _found_by_no_other(tx, by_key[key], names) if key in by_key else 0
        if lost and store.answers.current(tx, key):
            store.changes.add(tx, [_change(key, _removed(names, lost, now), now)])


def news_since(tx: Tx, state: SearchState) -> datetime | None:
    """What was created since then is news though a baseline lists it: the search was last asked before it was changed.

    None where nothing is: the search has its baseline, or readers have no answer yet.
    """
    if state.has_baseline or store.answers.current(tx, state.topic) is None:
        return None
    last = state.last_success_at or _last_success_before(tx, state)
    return last - _LISTED_WITHIN if last else None


def _last_success_before(tx: Tx, added: SearchState) -> datetime | None:
    """When the searches were last asked that were removed as this one was added; without any, the others of its topic.

    A search that is given another name is one that is removed and one that is added.
    """
    edits = store.search_edits.of_topic(tx, added.topic)
    added_at = max((edit.at for edit in edits if edit.search == added.name), default=None)
    removed = {edit.search for edit in edits if edit.at == added_at and edit.what is SearchEditKind.REMOVED}
    asked = [store.searches.state(tx, added.topic, name).last_success_at for name in removed]
    if replaced := [at for at in asked if at]:
        return min(replaced)
    return max(
        (one.last_success_at for one in store.searches.states(tx, added.topic) if one.last_success_at), default=None
    )


def of_baseline(
    search: Search, state: SearchState, stored: Set[str], found: SearchResult, arrived: Set[str], now: datetime
) -> list[Change]:
    """What to tell of a baseline taken while readers have an answer: the search was changed, or it was added.

    `state` is that from before the poll, `stored` are the PMIDs that the search matched or that are told as news,
    `arrived` are new to the topic and no news. Nothing is told when the search matches what it matched before. Pure.
    """
    lost = len(stored - found.pmids) if search.kind is SearchKind.QUERY else 0  # searches by link lose nothing
    more = len(found.pmids - stored)
    if state.last_success_at is not None:
        why = _changed(search.name, lost, more, now) if lost or more else ""
    else:
        why = _added(search.name, len(arrived), now) if arrived else ""
    return [_change(search.topic, why, now, search.name)] if why else []


def _found_by_no_other(tx: Tx, topic: Topic, removed: list[str]) -> int:
    """How many articles only these searches of the topic have matched."""
    pmids = {pmid for name in removed for pmid in store.matches.current(tx, topic.key, name)}
    found_by = store.matches.searches_of(tx, topic.key, pmids)
    configured = {search.name for search in topic.searches}
    return sum(configured.isdisjoint(found_by.get(pmid, ())) for pmid in pmids)


def _changed(name: str, lost: int, more: int, now: datetime) -> str:
    """The sentence: "12 articles no longer match it and 3 more do"."""
    no_longer = f"{'1 article no longer matches' if lost == 1 else f'{lost:,} articles no longer match'} it"
    do = f"{more:,} more {'does' if more == 1 else 'do'}"
    if lost and more:
        what = f"{no_longer} and {do}. {_STAYS}"
    elif lost:
        what = f"{no_longer}. {_STAYS}"
    else:
        what = f"{more:,} more {'article matches' if more == 1 else 'articles match'} it."
    return f"The search “{name}” was changed on {_day(now)}: {what}"


def _added(name: str, count: int, now: datetime) -> str:
    articles = "1 article" if count == 1 else f"{count:,} articles"
    return f"The search “{name}” was added on {_day(now)} and brought {articles} not found before."


def _removed(names: list[str], lost: int, now: datetime) -> str:
    listed = " and ".join(f"“{name}”" for name in sorted(names))
    were = f"The search {listed} was" if len(names) == 1 else f"The searches {listed} were"
    articles = "1 article that nothing else finds is" if lost == 1 else f"{lost:,} articles that nothing else finds are"
    return f"{were} removed on {_day(now)}: {articles} no longer looked for. {_STAYS}"


def _change(topic: str, why: str, now: datetime, search: str = "") -> Change:
    return Change(topic, ChangeKind.SEARCH_CHANGED, now, search=search, why=why)


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
