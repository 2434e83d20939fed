"""Which articles of PubMed the preprints of a topic became: found when either of the two arrives, and told once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor import store
from monitor.model import Article, Change, ChangeKind, HeldPreprint, NoticeKind, Preprint
from monitor.model.outside.preprint import doi_of_all_versions
from monitor.store import Tx
from monitor.watch.outside.preprints import joins, sentences
from monitor.watch.outside.preprints.joins import title_key

_ARRIVALS = frozenset({ChangeKind.NEW, ChangeKind.CITING})


@dataclass(slots=True)
class Shelf:
    """The articles of a topic by what a preprint may know of its own: PMID, DOI, title."""

    pmids: set[str] = field(default_factory=set)
    _by_name: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def put(self, pmid: str, title: str, doi: str) -> None:
        """Add an article."""
        self.pmids.add(pmid)
        for name in (title_key(title), doi_of_all_versions(doi)):
            self._by_name[name].add(pmid)

    def alike(self, preprint: Preprint) -> set[str]:
        """The PMIDs of those that may be the preprint's record or article."""
        article = preprint.article
        names = {title_key(preprint.title), doi_of_all_versions(preprint.doi), article.doi.lower() if article else ""}
        found = set[str]().union(*(self._by_name.get(name, ()) for name in names - {""}))
        return found | ({preprint.pmid, article.pmid if article else ""} & self.pmids)


def shelf(tx: Tx, topic: str) -> Shelf:
    """Everything on record for `topic`."""
    found = Shelf()
    for pmid, title, doi in store.articles.titles(tx, topic):
        found.put(pmid, title, doi)
    return found


def joined_all(tx: Tx, preprints: Iterable[Preprint], shelf: Shelf) -> list[Preprint]:
    """Each preprint with what the articles on the shelf tell of it."""
    near = [(one, sorted(shelf.alike(one))) for one in preprints]
    articles = store.articles.known(tx, {pmid for _, pmids in near for pmid in pmids})
    return [joined(one, [articles[pmid] for pmid in pmids]) for one, pmids in near]


def joined(preprint: Preprint, articles: Iterable[Article]) -> Preprint:
    """The preprint with what these articles tell of it: its own record, its article."""
    for article in articles:
        known = preprint.article
        if joins.is_record_of(article, preprint):
            preprint = replace(preprint, pmid=article.pmid)
        if known and (known.pmid == article.pmid or (known.doi and known.doi == article.doi.lower())):
            preprint = replace(preprint, article=joins.as_published(article, known.why, is_guess=known.is_guess))
        elif known is None and (told := joins.article_in(article, preprint)):
            preprint = replace(preprint, article=told)
    return preprint


def join_arrived(tx: Tx, topic: str, arrived: Sequence[Article], now: datetime, *, is_quiet: bool = False) -> None:
    """Join the preprints held for `topic` with articles that a poll has brought, and tell readers unless `is_quiet`."""
    held = store.preprints.without_article(tx, topic) if arrived else []
    if not held:
        return
    by_pmid, on_shelf = {article.pmid: article for article in arrived}, Shelf()
    for article in arrived:
        on_shelf.put(article.pmid, article.title, article.doi)
    linked = {article.pmid for article in arrived if any(n.kind is NoticeKind.UPDATE for n in article.notices)}
    changed = []
    for before in held:
        candidates = [by_pmid[pmid] for pmid in sorted(on_shelf.alike(before.preprint) | linked)]
        after = replace(before, preprint=joined(before.preprint, candidates))
        changed += [(before, after)] if after != before else []
    store.preprints.save(tx, topic, [after for _, after in changed])
    store.preprints.add_states(tx, topic, [after.preprint for _, after in changed], now)
    if not is_quiet:
        store.changes.add(tx, [told for before, after in changed if (told := _told(topic, before, after, now))])


def told_before(tx: Tx, reported: Iterable[Change]) -> list[Change]:
    """These changes; one that announces an article says when readers were told of its preprint."""
    changes = list(reported)
    arrived: defaultdict[str, set[str]] = defaultdict(set)
    for change in changes:
        if change.kind in _ARRIVALS:
            arrived[change.topic].add(change.pmid)
    known = {topic: store.preprints.of_articles(tx, topic, pmids) for topic, pmids in arrived.items()}

    def told(change: Change) -> Change:
        held = known[change.topic].get(change.pmid) if change.kind in _ARRIVALS else None
        return replace(change, why=sentences.told_before(held, change.why)) if held else change

    return [told(change) for change in changes]


def _told(topic: str, before: HeldPreprint, after: HeldPreprint, now: datetime) -> Change | None:
    article = after.preprint.article
    if before.preprint.article or article is None:
        return None
    item = sentences.item(after.preprint, sentences.published(article))
    return Change(topic, ChangeKind.PREPRINT, now, item=item)
