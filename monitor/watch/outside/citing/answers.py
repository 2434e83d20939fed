"""The answer of a citation index, stored: what it lists, what of that is news, and whether it is believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

from monitor import store
from monitor.language.messages import message
from monitor.model import (
    Change,
    ChangeKind,
    CitingWork,
    ListedWork,
    OutsideItem,
    SearchKind,
    SeenBy,
    SourceName,
    SourceState,
    Topic,
)
from monitor.render import urls
from monitor.store import Tx
from monitor.watch.outside.citing.asking import CitingAnswer
from monitor.watch.outside.citing.listed_works import ListedWorks, is_to_tell
from monitor.watch.outside.rounds import Saved

#: More new works than this, and than the index has listed so far, are a flood. It is believed when the index still
#: lists them after this long.
FEW, CONFIRMED_AFTER = 20, timedelta(hours=12)

_C = "outside"
_NOTHING = message(_C, "it lists no citing work now, and listed %(held)s before")
_FLOOD = message(_C, "it lists %(new)s citing works at once that nobody had listed, and listed %(held)s before")
_CITES = message(_C, "It cites the seed article, according to %(sources)s. PubMed does not have it.")
_KINDS = {
    "preprint": message(_C, "It is a preprint, not peer-reviewed."),
    "dissertation": message(_C, "It is a thesis."),
    "thesis": message(_C, "It is a thesis."),
    "book": message(_C, "It is a book."),
    "book chapter": message(_C, "It is a chapter of a book."),
}
_PAGES = {
    SourceName.EUROPE_PMC: "https://europepmc.org/article/{}",
    SourceName.OPENALEX: "https://openalex.org/{}",
    SourceName.OPENCITATIONS: "https://opencitations.net/meta/{}",
}


def save(tx: Tx, topic: Topic, state: SourceState, answer: CitingAnswer, now: datetime) -> Saved:
    """Store an answer with the changes that it makes, in the caller's transaction; of a doubted one, nothing."""
    cited = answer.seed.pmid
    listed = ListedWorks(store.citing_works.of(tx, topic.key, cited))
    before = listed.pmids
    if doubt := _doubt(tx, state, answer, listed, now):
        return Saved(doubt=doubt, requests=answer.requests)
    # Until it has known this seed, an index has not been asked: what it lists first is no news.
    seen_up_to = f"PMID {cited}"
    is_news = state.has_baseline and state.watermark == seen_up_to
    merging = _Merging(state.source, answer, listed, now)
    merging.add_works(is_news=is_news)
    merging.look_at_outside()
    told = store.changes.add(tx, [_change(topic, one, now) for one in merging.tell()])
    _save_edges(tx, cited, state.source, merging, now)
    store.citing_works.save(tx, topic.key, cited, listed.changed)
    if listed.pmids - before:
        store.searches.make_due(tx, topic.key, SearchKind.CITING, now)
    watermark = seen_up_to if answer.found.is_known else state.watermark
    return Saved(watermark=watermark, remark=merging.remark(), requests=answer.requests, news=len(told))


def _doubt(tx: Tx, state: SourceState, answer: CitingAnswer, listed: ListedWorks, now: datetime) -> str:
    """Why the answer is not believed, "" when it is: nothing where there was some, or far more than ever."""
    held = listed.held_of(state.source)
    if held and not answer.works:
        return _NOTHING(held=f"{held:,}")
    linked = store.citations.citing(tx, answer.seed.pmid)
    new = [w for w in answer.works if listed.find(state.source, w) is None and w.pmid not in linked]
    is_confirmed = state.doubt_since is not None and now - state.doubt_since >= CONFIRMED_AFTER
    if state.watermark and len(new) > max(FEW, held) and not is_confirmed:
        return _FLOOD(new=f"{len(new):,}", held=f"{held:,}")
    return ""


class _Merging:
    """One answer on its way into what is known; `joined` are works that PubMed has got since they were first listed."""

    def __init__(self, source: SourceName, answer: CitingAnswer, listed: ListedWorks, now: datetime) -> None:
        self._source, self._answer, self._now = source, answer, now
        self.listed = listed
        self.joined: list[ListedWork] = []
        self._lacking = 0

    def add_works(self, *, is_news: bool) -> None:
        """Add every work of the answer, with the PMID that PubMed confirms."""
        for work in self._answer.works:
            confirmed = self._confirmed(work)
            if work.pmid and not confirmed.pmid and not confirmed.dois:
                self._lacking += 1  # PubMed has no such record, or not yet
                continue
            one = self.listed.add(self._source, confirmed, self._now, is_news=is_news)
            if confirmed.pmid and not one.work.pmid:
                self._join(one, confirmed.pmid)

    def look_at_outside(self) -> None:
        """Works outside PubMed until now: those that it has got, and those that it was searched for in vain."""
        for one in self.listed.outside:
            if pmid := self._answer.identified.pmids.get(one.work):
                self._join(one, pmid)
            elif self._answer.asked.intersection(one.work.dois):
                self.listed.looked_up(one, self._now)

    def tell(self) -> list[ListedWork]:
        """The works outside PubMed of which readers are told now."""
        return [self.listed.told(one, self._now) for one in self.listed.outside if is_to_tell(one)]

    def remark(self) -> str:
        """What the operator should know of the answer."""
        unknown = "" if self._answer.found.is_known else "it does not know the seed"
        lacking = f"PMIDs that PubMed does not have: {self._lacking}" if self._lacking else ""
        return "; ".join(part for part in (self._answer.found.remark, unknown, lacking) if part)

    def ours(self) -> dict[str, CitingWork]:
        """The works of the answer that PubMed has, by PMID."""
        works = ((self.listed.pmid_of(self._source, work), work) for work in self._answer.works)
        return {pmid: work for pmid, work in works if pmid}

    def _confirmed(self, work: CitingWork) -> CitingWork:
        """The work with the PMID that is known of it, or that PubMed confirms, and with the DOI of PubMed's record."""
        pmid = self.listed.pmid_of(self._source, work) or self._answer.identified.pmids.get(work, "")
        article = self._answer.identified.articles.get(pmid)
        dois = (*work.dois, article.doi.lower()) if article and article.doi else work.dois
        return replace(work, pmid=pmid, dois=tuple(dict.fromkeys(dois)))

    def _join(self, one: ListedWork, pmid: str) -> None:
        """PubMed has the work. That is news when its record is younger than our knowledge of the work."""
        article = self._answer.identified.articles.get(pmid)
        created_at = article.created_at if article else None
        is_younger = created_at is not None and created_at > one.seen_by[0].at
        is_untold = one.is_news and one.told_at is None
        self.joined.append(self.listed.joined(one, pmid, is_news=is_untold or is_younger))


def _save_edges(tx: Tx, cited: str, source: SourceName, merging: _Merging, now: datetime) -> None:
    """Store who cites whom: as this index says, and of works that have joined as every index has said before."""
    ours = merging.ours()
    store.citations.add(tx, cited, ours, source, now)
    store.citations.mark_clinical(tx, cited, [pmid for pmid, work in ours.items() if work.is_clinical], source)
    for one in merging.joined:
        for seen in one.seen_by:
            store.citations.add(tx, cited, [one.work.pmid], seen.source, seen.at)


def _change(topic: Topic, one: ListedWork, now: datetime) -> Change:
    work = one.work
    kind = _KINDS.get(work.kind.lower().replace("-", " "))
    labels = dict.fromkeys(seen.source.label for seen in one.seen_by)
    item = OutsideItem(
        key=one.key,
        title=work.title or f"DOI {work.dois[0]}",
        url=urls.doi(work.dois[0]) if work.dois else _page(one.seen_by[0]),
        source=one.seen_by[0].source.label,
        sentences=(_CITES(sources=", ".join(labels)), *([kind()] if kind else [])),
        details=" · ".join(part for part in (work.authors, str(work.year or "")) if part),
    )
    return Change(topic.key, ChangeKind.CITING_OUTSIDE, now, item=item)


def _page(seen: SeenBy) -> str:
    """The page that the index has of a work without a DOI; "" for none."""
    name = seen.key.replace(":", "/", 1) if seen.source is SourceName.EUROPE_PMC else seen.key
    return _PAGES.get(seen.source, "").format(quote(name))
