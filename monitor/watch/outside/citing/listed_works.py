"""What several citation indexes list as citing one seed, merged: one work for each, with the names of who saw it. Pure.

Works are the same by PMID, else by a DOI, else by the name that the same index gave before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.model import CitingWork, ListedWork, SeenBy, SourceName

#: PubMed is asked again for the DOI of a work that it did not have after this long, then after twice as long each time.
LOOK_AGAIN, LOOK_AGAIN_MOST = timedelta(days=7), timedelta(days=180)


class ListedWorks:
    """The works known so far, to which answers of indexes are added; `changed` are those that are to be stored."""

    def __init__(self, known: Iterable[ListedWork]) -> None:
        self._works: dict[str, ListedWork] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._changed: set[str] = set()
        for one in known:
            self._put(one)

    @property
    def changed(self) -> list[ListedWork]:
        """The works that are new or differ from what was known."""
        return [self._works[key] for key in sorted(self._changed)]

    def __iter__(self) -> Iterator[ListedWork]:
        return iter(list(self._works.values()))

    def find(self, source: SourceName, work: CitingWork) -> ListedWork | None:
        """The work of which an index speaks, None for one that nobody has listed."""
        for name in (*(("doi", doi) for doi in work.dois), (source, work.key)):
            if name in self._keys:
                return self._works[self._keys[name]]
        known = self._works.get(self._keys.get(("pmid", work.pmid), ""))
        is_another = known and known.work.dois and work.dois  # the PMID of one index is that of a neighbour
        return None if is_another else known

    def pmid_of(self, source: SourceName, work: CitingWork) -> str:
        """The PMID that is known of the work of which an index speaks, "" for none."""
        known = self.find(source, work)
        return known.work.pmid if known else ""

    @property
    def pmids(self) -> set[str]:
        """The PMIDs of the works that PubMed has."""
        return {one.work.pmid for one in self if one.work.pmid}

    @property
    def outside(self) -> list[ListedWork]:
        """The works that PubMed does not have."""
        return [one for one in self if not one.work.pmid]

    def held_of(self, source: SourceName) -> int:
        """How many works this index has listed."""
        return sum(any(seen.source is source for seen in one.seen_by) for one in self)

    def add(self, source: SourceName, work: CitingWork, now: datetime, *, is_news: bool) -> ListedWork:
        """A work as an index lists it; what is known of it stays. Only one that is new gets its PMID (see `joined`)."""
        seen = SeenBy(source, work.key, now)
        known = self.find(source, work) or self._works.get(_key(source, work))
        if known is None:
            one = ListedWork(_key(source, work), work, (seen,), is_news, lookup_at=now if _is_open(work) else None)
            return self._change(one)
        is_seen = any(each.source is source for each in known.seen_by)
        merged = replace(
            known, work=_merged(known.work, work), seen_by=known.seen_by if is_seen else (*known.seen_by, seen)
        )
        if merged.lookup_at is None and not merged.lookups and _is_open(merged.work):
            merged = replace(merged, lookup_at=now)
        return merged if merged == known else self._change(merged)

    def joined(self, one: ListedWork, pmid: str, *, is_news: bool) -> ListedWork:
        """A work that was outside PubMed and is in it now."""
        return self._change(replace(one, work=replace(one.work, pmid=pmid), is_news=is_news, lookup_at=None))

    def looked_up(self, one: ListedWork, now: datetime) -> ListedWork:
        """A work that PubMed was asked for and does not have."""
        again = min(LOOK_AGAIN * 2 ** min(one.lookups, 5), LOOK_AGAIN_MOST)
        return self._change(replace(one, lookups=one.lookups + 1, lookup_at=now + again))

    def told(self, one: ListedWork, now: datetime) -> ListedWork:
        """A work of which readers are told."""
        return self._change(replace(one, told_at=now))

    def _change(self, one: ListedWork) -> ListedWork:
        self._changed.add(one.key)
        return self._put(one)

    def _put(self, one: ListedWork) -> ListedWork:
        self._works[one.key] = one
        names = [("doi", doi) for doi in one.work.dois] + [(seen.source, seen.key) for seen in one.seen_by]
        self._keys |= dict.fromkeys(names + [("pmid", one.work.pmid)] * bool(one.work.pmid), one.key)
        return one


def is_to_tell(one: ListedWork) -> bool:
    """Is it news, outside PubMed as far as PubMed has been asked, and not told yet? It must have a name."""
    is_open = one.is_news and not one.work.pmid and not one.told_at
    return is_open and (one.lookups > 0 if one.work.dois else bool(one.work.title))


def _is_open(work: CitingWork) -> bool:
    """Outside PubMed, with a DOI by which PubMed can be asked for it."""
    return not work.pmid and bool(work.dois)


def _key(source: SourceName, work: CitingWork) -> str:
    if work.pmid:
        return f"pmid:{work.pmid}"
    return f"doi:{work.dois[0]}" if work.dois else f"{source}:{work.key}"


def _merged(known: CitingWork, other: CitingWork) -> CitingWork:
    """What is known of a work, with what only the other answer says; nothing known is taken away."""
    return replace(
        known,
        dois=tuple(dict.fromkeys((*known.dois, *other.dois))),
        title=known.title or other.title,
        authors=known.authors or other.authors,
        year=known.year or other.year,
        kind=known.kind or other.kind,
    )
