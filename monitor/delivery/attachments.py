"""Files with a digest: its new articles for reference managers and spreadsheets, for subscribers who want them.

Everybody gets a list of the articles that a very large digest counts and has no room to link.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from monitor import store
from monitor.delivery.mime import Attachment
from monitor.digests.display.sections import ARRIVALS
from monitor.digests.left_out import in_file
from monitor.export import citations
from monitor.model import Article, ChangeKind, Digest
from monitor.render import urls
from monitor.render.text import clip
from monitor.store import Tx

#: The most bytes of all attachments of a mail together, before base64: many servers reject mail well below 10 MB.
MAX_BYTES = 600_000

_ARRIVALS = {ChangeKind.NEW, ChangeKind.CITING}
#: Characters of a title in the list of articles that a mail does not link, so that thousands fit.
_LISTED_TITLE = 100
_TYPES = {
    "ris": ("ris", "application/x-research-info-systems"),
    "bibtex": ("bib", "application/x-bibtex; charset=utf-8"),
    "csv": ("csv", "text/csv; charset=utf-8"),
}


def attached(tx: Tx, digest: Digest, kinds: Sequence[str]) -> tuple[Attachment, ...]:
    """A file of each kind ("ris", "bibtex", "csv") with the new articles of `digest`, none when none is new.

    Before them a list of all articles that the mail cannot link, whatever the kinds: nothing is only counted.
    Abstracts belong to their publishers and are left out. Articles beyond MAX_BYTES are left out of a file too, whose
    name then says "first N of M".
    """
    pmids = [item.article.pmid for item in digest.items if any(change.kind in _ARRIVALS for change in item.changes)]
    pmids += [pmid for section, left_out in digest.left_out_pmids if section in ARRIVALS for pmid in left_out]
    known = store.notices.overlaid(tx, digest.topic, store.articles.known(tx, pmids))
    articles = [replace(known[pmid], abstract=(), other_abstracts=()) for pmid in pmids if pmid in known]
    name = f"{digest.topic}-{digest.until:%Y-%m-%d}"
    max_bytes = MAX_BYTES // max(1, len(kinds))
    chosen = (_file(kind, name, _records(tx, digest.topic, kind, articles), max_bytes) for kind in kinds if articles)
    return (*_not_linked(tx, digest, name), *chosen)


def _not_linked(tx: Tx, digest: Digest, name: str) -> Iterator[Attachment]:
    """The list of the articles that the mail only counts, a line each: its link, or its PMID, and its title."""
    pmids = in_file(digest)
    if pmids:
        known = store.articles.known(tx, pmids)
        titles = {
            pmid: clip(article.title or article.vernacular_title, _LISTED_TITLE) for pmid, article in known.items()
        }
        lines = (f"{urls.pubmed(pmid) or f'PMID {pmid}'} {titles.get(pmid, '')}".rstrip() for pmid in pmids)
        text = "".join(f"{line}\n" for line in lines)
        yield Attachment(f"{name}-further-articles.txt", "text/plain; charset=utf-8", text.encode())


def _records(tx: Tx, topic: str, kind: str, articles: Sequence[Article]) -> tuple[str, list[str]]:
    """The header of a file of this kind ("" for none), and one record for each article."""
    verdicts = store.verdicts.current(tx, topic, [article.pmid for article in articles])
    verdicts |= store.screenings.current(tx, topic)  # a screening outranks the rules' verdict
    if kind in ("ris", "bibtex"):
        entry = citations.ris if kind == "ris" else citations.bibtex
        return "", [entry(article, verdicts.get(article.pmid)) for article in articles]
    header, *lines = citations.csv_text((article, verdicts.get(article.pmid)) for article in articles)
    return f"\ufeff{header}", lines  # a byte order mark tells spreadsheets that this is UTF-8


def _file(kind: str, name: str, records: tuple[str, list[str]], max_bytes: int) -> Attachment:
    start, all_records = records
    content = start.encode()
    included = list(_fitting((record.encode() for record in all_records), max_bytes - len(content)))
    ending, media_type = _TYPES[kind]
    part = f"-first-{len(included)}-of-{len(all_records)}" if len(included) < len(all_records) else ""
    return Attachment(f"{name}{part}.{ending}", media_type, b"".join([content, *included]))


def _fitting(records: Iterable[bytes], max_bytes: int) -> Iterable[bytes]:
    """The first records, as many as fit into `max_bytes`."""
    for record in records:
        max_bytes -= len(record)
        if max_bytes < 0:
            return
        yield record
