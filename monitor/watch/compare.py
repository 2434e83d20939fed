"""One poll compared with the database: all that is needed to decide what changed, read in the saving transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime

from monitor import store
from monitor.language.messages import message
from monitor.model import Article, ChangeKind, Search, SearchKind
from monitor.store import Tx
from monitor.watch import unread
from monitor.watch.ask import PollSnapshot
from monitor.watch.unread import UnreadDiff

#: Why an article is gone; only a record that is deleted can have been merged into another.
_NO_MATCH = message("change", "it no longer matches the search")()
_DELETED = message("change", "PubMed no longer has the record")()
_SEARCH_CHANGED = message("change", "the search was changed")()
_PRESENCE = (ChangeKind.GONE, ChangeKind.MERGED, ChangeKind.REAPPEARED)


@dataclass(frozen=True, slots=True)
class Matches:
    """How the PMIDs `listed` differ from the matches `stored` before; `gone` maps a PMID to the reason.

    `missing` are missing for the first time.
    """

    stored: Set[str]
    listed: frozenset[str]
    missing: frozenset[str] = frozenset()
    gone: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PollDiff:
    """One poll compared with the database.

    `known` are the stored states of `articles` from before this poll; `holders` maps the topic to those of them it
    matched before, and each other topic to those that have changed; `changed` are new or differ in any field from the
    stored state; `citing` are newly found to cite the seed;
    `gone_from_topic` excludes what another search of the topic still matches. `arrived` are listed and were matched by
    no search of the topic; `returned` those of them that once were, `recent` those that are news though this is a
    baseline. `merged` maps an article that is gone to the one held instead.
    """

    search: Search
    is_baseline: bool
    matches: Matches
    unread: UnreadDiff
    articles: Mapping[str, Article]
    known: Mapping[str, Article]
    holders: Mapping[str, set[str]]
    changed: frozenset[str]
    arrived: frozenset[str]
    returned: frozenset[str]
    recent: frozenset[str]
    citing: frozenset[str]
    gone_from_topic: Mapping[str, str]
    merged: Mapping[str, str]

    @property
    def quiet(self) -> frozenset[str]:
        """PMIDs that are new but not announced: what a baseline lists and is not recent, even if read only now."""
        told = {one.pmid for one in self.unread.read if one.is_news}
        held_back = {one.pmid for one in self.unread.read if not one.is_news}
        return frozenset(held_back | (self.articles.keys() - told - self.recent if self.is_baseline else set()))


def compare(
    tx: Tx,
    search: Search,
    snapshot: PollSnapshot,
    now: datetime,
    *,
    is_baseline: bool,
    news_since: datetime | None = None,
) -> PollDiff:
    """Compare one poll with the database. What was created since `news_since` is news though it is a baseline's."""
    stored = store.matches.current(tx, search.topic, search.name)
    unread_diff = _compare_unread(tx, search, snapshot, stored, now, is_baseline=is_baseline)
    matches = _compare_matches(stored, search, snapshot, unread_diff.unheld, is_baseline=is_baseline)
    fetched = {a.pmid: a for a in snapshot.fetched.articles}
    articles = store.articles.known(tx, matches.listed - matches.stored) | fetched
    known = store.articles.known(tx, articles)
    changed = frozenset(pmid for pmid, article in articles.items() if known.get(pmid) != article)
    holders = _holders(tx, search.topic, articles, changed)
    arrived = (matches.listed & articles.keys()) - holders.get(search.topic, set())
    returned = frozenset(store.matches.once_matched(tx, search.topic, arrived))
    gone_from_topic = _gone_from_topic(tx, search, matches)
    return PollDiff(
        search=search,
        is_baseline=is_baseline,
        matches=matches,
        unread=unread_diff,
        articles=articles,
        known=known,
        holders=holders,
        changed=changed,
        arrived=arrived,
        returned=returned,
        recent=_created_since(news_since, articles, arrived - returned),
        citing=_newly_citing(tx, search, snapshot, matches),
        gone_from_topic=gone_from_topic,
        merged={} if is_baseline else _merged(tx, search.topic, gone_from_topic, [articles[p] for p in arrived]),
    )


def _created_since(since: datetime | None, articles: Mapping[str, Article], pmids: Set[str]) -> frozenset[str]:
    """Those of `pmids` whose record PubMed has created since then; none where that is None."""
    created = {pmid: articles[pmid].created_at for pmid in pmids} if since else {}
    return frozenset(pmid for pmid, at in created.items() if at and since and at >= since)


def _holders(tx: Tx, topic: str, pmids: Iterable[str], changed: Iterable[str]) -> dict[str, set[str]]:
    """Which of `pmids` the topic matches, and which other topics match those that have changed."""
    own = store.matches.matched_in(tx, topic, pmids)
    return store.matches.topics_matching(tx, changed) | ({topic: own} if own else {})


def _compare_unread(
    tx: Tx, search: Search, snapshot: PollSnapshot, stored: Set[str], now: datetime, *, is_baseline: bool
) -> UnreadDiff:
    before = store.unread.of_topic(tx, search.topic)
    failed = {pmid for pmid, _ in snapshot.fetched.unreadable} | snapshot.fetched.missing
    known = store.articles.which_known(tx, before.keys() | failed)
    return unread.compare(before, search, snapshot, stored, known, now, is_baseline=is_baseline)


def _compare_matches(
    stored: Set[str], search: Search, snapshot: PollSnapshot, unheld: frozenset[str], *, is_baseline: bool
) -> Matches:
    """The PMIDs listed compared with the stored matches.

    Only a query can lose matches, after two polls without them; a changed query at once, and one whose answer the
    operator accepted. An answer that is doubted takes nothing away.
    """
    listed = (snapshot.found.pmids - unheld) | (snapshot.found.pmids & stored)
    absent = stored - snapshot.found.pmids if search.kind is SearchKind.QUERY else set()
    if is_baseline:
        return Matches(stored, listed, gone=dict.fromkeys(absent, _SEARCH_CHANGED))
    if snapshot.doubt:
        return Matches(stored, listed)
    read = {a.pmid for a in snapshot.fetched.articles}
    gone = dict.fromkeys(absent & snapshot.doubtful & read, _NO_MATCH)
    gone |= dict.fromkeys(absent & snapshot.doubtful & snapshot.fetched.missing, _DELETED)
    return Matches(stored, listed, frozenset(absent - snapshot.doubtful), gone)


def _gone_from_topic(tx: Tx, search: Search, matches: Matches) -> dict[str, str]:
    still = store.matches.searches_of(tx, search.topic, matches.gone)
    return {p: reason for p, reason in matches.gone.items() if set(still.get(p, ())) <= {search.name}}


def _newly_citing(tx: Tx, search: Search, snapshot: PollSnapshot, matches: Matches) -> frozenset[str]:
    """The articles first found to cite the seed by this poll: by ELink, or in the article's own reference list.

    Also those that a citation index found since the last poll; what it listed when it was first asked is no news.
    """
    if not snapshot.seed:
        return frozenset()
    by_link = matches.listed if search.kind is SearchKind.CITING else frozenset[str]()
    by_references = {a.pmid for a in snapshot.fetched.articles if any(r.pmid == snapshot.seed for r in a.references)}
    listed = store.citing_works.in_pubmed(tx, search.topic, snapshot.seed)
    by_index = {pmid for pmid, is_news in listed.items() if is_news} & by_link - matches.stored
    known = store.citations.citing(tx, snapshot.seed).keys() | listed.keys()
    return frozenset(((by_link | by_references) - known) | by_index)


def _merged(tx: Tx, topic: str, gone: Mapping[str, str], arrived: Iterable[Article]) -> dict[str, str]:
    """The articles deleted, now or earlier, that the topic holds under another PMID: one with the same DOI.

    PubMed deletes the duplicate of a record, sometimes weeks after it has listed the other, sometimes before.
    """
    deleted = [pmid for pmid, reason in gone.items() if reason == _DELETED]
    leaving = {one.pmid: one.doi.lower() for one in store.articles.known(tx, deleted).values() if one.doi}
    arriving = {article.pmid: article.doi.lower() for article in arrived if article.doi}
    same = store.articles.by_dois(tx, {*leaving.values(), *arriving.values()})
    found = [pmid for pmids in same.values() for pmid in pmids]
    held = (store.matches.topics_matching(tx, found).get(topic, set()) | arriving.keys()) - leaving.keys()
    by_doi = {doi: pmid for pmid, doi in arriving.items()} | {
        doi: pmid for doi, pmids in same.items() for pmid in pmids if pmid in held
    }
    left = {pmid: doi for doi in arriving.values() for pmid in same.get(doi, ()) if _is_gone(tx, topic, pmid, held)}
    return {pmid: by_doi[doi] for pmid, doi in (leaving | left).items() if doi in by_doi and by_doi[doi] != pmid}


def _is_gone(tx: Tx, topic: str, pmid: str, held: Set[str]) -> bool:
    """Does the topic's last change about this article say that its record was deleted?"""
    if pmid in held:
        return False
    told = [change for change in store.changes.for_article(tx, topic, pmid) if change.kind in _PRESENCE]
    return bool(told) and (told[-1].kind, told[-1].why) == (ChangeKind.GONE, _DELETED)
