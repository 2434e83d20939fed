"""The new articles of a digest as files for reference managers and spreadsheets, for subscribers who want them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor import formats, store
from monitor.model import Article, ChangeKind, Digest
from monitor.render.message import Attachment
from monitor.store import Tx

_ARRIVALS = {ChangeKind.NEW, ChangeKind.CITING}
#: The sections of a digest that hold nothing but arrivals, so that what was only counted there is one too.
_OF_ARRIVALS = ("trials", "reviews", "citing", "new")


def attached(tx: Tx, digest: Digest, kinds: Sequence[str]) -> tuple[Attachment, ...]:
    """A file of each kind ("ris", "bibtex", "csv") with the articles new in `digest`; () when none is new.

    Abstracts belong to their publishers and are left out.
    """
    told = [item.article.pmid for item in digest.items if any(change.kind in _ARRIVALS for change in item.changes)]
    told += [pmid for section, pmids in digest.left_out_pmids if section in _OF_ARRIVALS for pmid in pmids]
    known = store.articles.known(tx, told)
    articles = [replace(known[pmid], abstract=(), other_abstracts=()) for pmid in told if pmid in known]
    name = f"{digest.topic}-{digest.until:%Y-%m-%d}"
    return tuple(_file(tx, digest.topic, kind, name, articles) for kind in kinds) if articles else ()


def _file(tx: Tx, topic: str, kind: str, name: str, articles: Sequence[Article]) -> Attachment:
    if kind == "ris":
        text = "".join(formats.ris(article) for article in articles)
        return Attachment(f"{name}.ris", "application/x-research-info-systems", text.encode())
    if kind == "bibtex":
        text = "".join(formats.bibtex(article) for article in articles)
        return Attachment(f"{name}.bib", "application/x-bibtex; charset=utf-8", text.encode())
    verdicts = store.verdicts.current(tx, topic, [article.pmid for article in articles])
    rows = ((article, verdicts.get(article.pmid)) for article in articles)
    return Attachment(f"{name}.csv", "text/csv; charset=utf-8", "".join(formats.csv_text(rows)).encode("utf-8-sig"))
