"""What readers are told when the operator changes a search: one change with one sentence, and as news only the articles
that PubMed has added since it was last asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from datetime import datetime, timedelta

from monitor import __version__, store
from monitor.language.messages import DAY, message, plural
from monitor.model import Change, ChangeKind, Search, SearchEditKind, SearchKind, SearchResult, SearchState, Topic
from monitor.store import Tx

_WHY = "change"
_MORE_DO = plural("more articles match", "%(count)s more does", "%(count)s more do")
_LOST_AND_MORE = plural(
    _WHY,
    "The search “%(search)s” was changed on %(day)s: %(count)s article no longer matches it and %(more)s. What was "
    "found before stays on record.",
    "The search “%(search)s” was changed on %(day)s: %(count)s articles no longer match it and %(more)s. What was "
    "found before stays on record.",
    day=DAY,
    more="more articles match",
)
_LOST = plural(
    _WHY,
    "The search “%(search)s” was changed on %(day)s: %(count)s article no longer matches it. What was found before "
    "stays on record.",
    "The search “%(search)s” was changed on %(day)s: %(count)s articles no longer match it. What was found before "
    "stays on record.",
    day=DAY,
)
_MORE = plural(
    _WHY,
    "The search “%(search)s” was changed on %(day)s: %(count)s more article matches it.",
    "The search “%(search)s” was changed on %(day)s: %(count)s more articles match it.",
    day=DAY,
)
_ADDED = plural(
    _WHY,
    "The search “%(search)s” was added on %(day)s and brought %(count)s article not found before.",
    "The search “%(search)s” was added on %(day)s and brought %(count)s articles not found before.",
    day=DAY,
)
_ONE_REMOVED = plural(
    _WHY,
    "The search %(searches)s was removed on %(day)s: %(count)s article that nothing else finds is no longer "
    "looked for. What was found before stays on record.",
    "The search %(searches)s was removed on %(day)s: %(count)s articles that nothing else finds are no longer "
    "looked for. What was found before stays on record.",
    day=DAY,
)
_SEVERAL_REMOVED = plural(
    _WHY,
    "The searches %(searches)s were removed on %(day)s: %(count)s article that nothing else finds is no longer "
    "looked for. What was found before stays on record.",
    "The searches %(searches)s were removed on %(day)s: %(count)s articles that nothing else finds are no longer "
    "looked for. What was found before stays on record.",
    day=DAY,
)
#: What a subject line says of it (see `monitor.digests.transition`).
_SHORT = "what was changed"
IN_A_SUBJECT = (
    message(_SHORT, "the search “%(search)s” was changed"),
    message(_SHORT, "the search “%(search)s” was added"),
    message(_SHORT, "the search %(search)s was removed"),
    message(_SHORT, "the searches %(searches)s were removed"),
)

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
    facts = {"search": name, "day": _day(now)}
    if lost and more:
        both = _MORE_DO(more, count=f"{more:,}")
        return _LOST_AND_MORE(lost, count=f"{lost:,}", more=both, **facts)
    if lost:
        return _LOST(lost, count=f"{lost:,}", **facts)
    return _MORE(more, count=f"{more:,}", **facts)


def _added(name: str, count: int, now: datetime) -> str:
    return _ADDED(count, count=f"{count:,}", search=name, day=_day(now))


def _removed(names: list[str], lost: int, now: datetime) -> str:
    listed = " and ".join(f"“{name}”" for name in sorted(names))
    removed = _ONE_REMOVED if len(names) == 1 else _SEVERAL_REMOVED
    return removed(lost, count=f"{lost:,}", searches=listed, day=_day(now))


def _change(topic: str, why: str, now: datetime, search: str = "") -> Change:
    return Change(topic, ChangeKind.SEARCH_CHANGED, now, search=search, why=why)


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
