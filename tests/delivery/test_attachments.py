"""The new articles as files: of the kinds a reader chose, complete or saying so."""

from __future__ import annotations

from dataclasses import replace

from monitor import store
from monitor.delivery.attachments import MAX_BYTES, attached
from monitor.delivery.personalize import test_message as message_of
from monitor.model import Digest, SmtpSettings
from monitor.store import Database
from tests.support.digest_samples import ARTICLES, NOW, news
from tests.support.factories import RENDERED
from tests.support.settings import settings, watched

KINDS = ("ris", "bibtex", "csv")


def files(db: Database, digest: Digest, *kinds: str) -> dict[str, bytes]:
    """The files by name."""
    with db.read() as tx:
        return {file.name: file.content for file in attached(tx, digest, kinds)}


def arrivals(digest: Digest) -> int:
    """How many articles of the digest are new in it."""
    return sum(any(change.kind in ("new", "citing") for change in item.changes) for item in digest.items)


def test_each_kind_holds_every_new_article(db: Database) -> None:
    """And no abstract, which belongs to its publisher."""
    watched(db)
    with db.begin() as tx:
        store.articles.save(tx, ARTICLES.values(), NOW)
    digest = news()
    found = files(db, digest, *KINDS)
    assert [name.rpartition(".")[2] for name in found] == ["ris", "bib", "csv"]
    ris, bib, table = found.values()
    expected = arrivals(digest)
    assert expected > 0
    assert ris.count(b"ER  - ") == bib.count(b"\n}\n") == len(table.splitlines()) - 1 == expected
    assert b"\nAB  - " not in ris
    assert table.startswith(b"\xef\xbb\xbfpmid,")


def test_what_a_digest_only_counts_is_in_the_files(db: Database) -> None:
    """Nothing is dropped because it did not fit into the mail's text."""
    watched(db)
    one = next(iter(ARTICLES.values()))
    with db.begin() as tx:
        store.articles.save(tx, [replace(one, pmid=str(number)) for number in range(900, 930)], NOW)
    digest = replace(news(), items=(), left_out_pmids=(("new", tuple(str(number) for number in range(900, 930))),))
    (ris,) = files(db, digest, "ris").values()
    assert ris.count(b"ER  - ") == 30


def test_files_stay_small_and_say_what_they_leave_out(db: Database) -> None:
    """All together below the bound; the name tells how many of how many."""
    watched(db)
    one = next(iter(ARTICLES.values()))
    pmids = tuple(str(number) for number in range(1_000, 2_500))
    with db.begin() as tx:
        store.articles.save(tx, [replace(one, pmid=pmid, title="A long title " * 40) for pmid in pmids], NOW)
    found = files(db, replace(news(), items=(), left_out_pmids=(("new", pmids),)), *KINDS)
    assert sum(len(content) for content in found.values()) <= MAX_BYTES
    for name, content in found.items():
        shown = int(name.partition("-first-")[2].partition("-of-1500.")[0])
        assert content.count(b"https://pubmed.ncbi.nlm.nih.gov/") == shown > 100


def test_without_new_articles_there_are_no_files(db: Database) -> None:
    """A welcome or a quiet digest brings none."""
    watched(db)
    assert files(db, replace(news(), items=(), left_out_pmids=()), *KINDS) == {}


def test_a_test_mail_has_the_list_that_a_readers_copy_has(db: Database) -> None:
    """The articles that the mail only counts."""
    watched(db)
    one = next(iter(ARTICLES.values()))
    pmids = tuple(str(number) for number in range(10_000, 12_500))
    with db.begin() as tx:
        store.articles.save(tx, [replace(one, pmid=pmid) for pmid in pmids], NOW)
    digest = replace(news(), items=(), left_out_pmids=(("new", pmids),))
    with db.read() as tx:
        further = attached(tx, digest, ())
    configured = settings(SmtpSettings("mail.example.org", "monitor@example.org"))
    _, _, raw = message_of(configured, digest, RENDERED, "me@example.net", NOW, further)
    assert b"further-articles.txt" in raw
