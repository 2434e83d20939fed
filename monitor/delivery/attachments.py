"""The new articles of a digest as files for reference managers and spreadsheets, for subscribers who want them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from monitor import store
from monitor.delivery.mime import Attachment
from monitor.export import citations
from monitor.model import Article, ChangeKind, Digest
from monitor.store import Tx

#: All files of a mail together are smaller than this: mail is refused by many servers long before 10 MB.
MOST_BYTES = 600_000

_ARRIVALS = {ChangeKind.NEW, ChangeKind.CITING}
#: The sections of a digest that hold nothing but arrivals, so that what was only counted there is one too.
_OF_ARRIVALS = ("trials", "reviews", "citing", "new")
_TYPES = {
    "ris": ("ris", "application/x-research-info-systems"),
    "bibtex": ("bib", "application/x-bibtex; charset=utf-8"),
    "csv": ("csv", "text/csv; charset=utf-8"),
}


def attached(tx: Tx, digest: Digest, kinds: Sequence[str]) -> tuple[Attachment, ...]:
    """A file of each kind ("ris", "bibtex", "csv") with the articles new in `digest`; () when none is new.

    Abstracts belong to their publishers and are left out. What is beyond MOST_BYTES is left out too, and the file's
    name says so.
    """
    told = [item.article.pmid for item in digest.items if any(change.kind in _ARRIVALS for change in item.changes)]
    told += [pmid for section, pmids in digest.left_out_pmids if section in _OF_ARRIVALS for pmid in pmids]
    known = store.articles.known(tx, told)
    articles = [replace(known[pmid], abstract=(), other_abstracts=()) for pmid in told if pmid in known]
    name = f"{digest.topic}-{digest.until:%Y-%m-%d}"
    room = MOST_BYTES // max(1, len(kinds))
    return tuple(_file(kind, name, _records(tx, digest.topic, kind, articles), room) for kind in kinds if articles)


def _records(tx: Tx, topic: str, kind: str, articles: Sequence[Article]) -> tuple[str, list[str]]:
    """What a file of this kind begins with, and each article in it."""
    if kind == "ris":
        return "", [citations.ris(article) for article in articles]
    if kind == "bibtex":
        return "", [citations.bibtex(article) for article in articles]
    verdicts = store.verdicts.current(tx, topic, [article.pmid for article in articles])
    verdicts |= store.screenings.current(tx, topic)  # a person's outranks the rules'
    header, *lines = citations.csv_text((article, verdicts.get(article.pmid)) for article in articles)
    return f"\ufeff{header}", lines  # the mark by which spreadsheets know UTF-8


def _file(kind: str, name: str, records: tuple[str, list[str]], room: int) -> Attachment:
    start, every = records
    content = start.encode()
    kept = list(_fitting((record.encode() for record in every), room - len(content)))
    ending, media_type = _TYPES[kind]
    part = f"-first-{len(kept)}-of-{len(every)}" if len(kept) < len(every) else ""
    return Attachment(f"{name}{part}.{ending}", media_type, b"".join([content, *kept]))


def _fitting(records: Iterable[bytes], room: int) -> Iterable[bytes]:
    """The first of the records, as many as there is room for."""
    for record in records:
        room -= len(record)
        if room < 0:
            return
        yield record
