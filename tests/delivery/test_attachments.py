"""The new articles as files: of the kinds a reader chose, complete or saying so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor import store
from monitor.delivery.attachments import MAX_BYTES, Attachment, _file, _fitting, attached
from monitor.delivery.personalize import test_message as message_of
from monitor.digests.left_out import in_file
from monitor.model import Article, Design, Digest, SmtpSettings
from monitor.store import Database
from tests.support.digest_samples import ARTICLES, NOW, VERDICTS, news
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


def saved(db: Database, *articles: Article) -> None:
    """These articles are known."""
    watched(db)
    with db.begin() as tx:
        store.articles.save(tx, articles, NOW)


ONE = next(iter(ARTICLES.values()))
NOTHING = replace(news(), items=(), left_out_pmids=())


def test_each_file_has_a_name_and_a_type_of_its_own(sqlite_db: Database) -> None:
    """By topic and day; of the kinds that were asked for, in that order."""
    saved(sqlite_db, replace(ONE, pmid="7"))
    with sqlite_db.read() as tx:
        found = attached(tx, replace(NOTHING, left_out_pmids=(("new", ("7",)),)), ("csv", "ris", "bibtex"))
    day = f"{NOTHING.until:%Y-%m-%d}"
    assert [(one.name, one.media_type) for one in found] == [
        (f"ccsvi-{day}.csv", "text/csv; charset=utf-8"),
        (f"ccsvi-{day}.ris", "application/x-research-info-systems"),
        (f"ccsvi-{day}.bib", "application/x-bibtex; charset=utf-8"),
    ]


def test_only_what_is_new_is_in_a_file(sqlite_db: Database) -> None:
    """An article of which anything is new, beside what else happened to it; one that was only corrected is not."""
    kept, other = (replace(ONE, pmid=pmid, title=f"Title {pmid}") for pmid in ("7", "8"))
    saved(sqlite_db, kept, other)
    items = [item for item in news().items if any(change.kind == "new" for change in item.changes)]
    corrected = next(item for item in news().items if all(change.kind != "new" for change in item.changes))
    both = replace(items[0], article=kept, changes=(*corrected.changes, *items[0].changes))
    only_corrected = replace(corrected, article=other)
    digest = replace(NOTHING, items=(both, only_corrected), left_out_pmids=(("retractions", ("8",)),))
    (ris,) = files(sqlite_db, digest, "ris").values()
    assert (b"Title 7" in ris, b"Title 8" in ris) == (True, corrected.changes[0].kind == "citing")


def test_files_together_have_six_hundred_thousand_bytes_and_each_its_share(sqlite_db: Database) -> None:
    """To the record: the next one would not have fitted. The header of a table counts."""
    pmids = tuple(str(number) for number in range(1_000, 3_000))
    saved(sqlite_db, *[replace(ONE, pmid=pmid, title="x" * 900) for pmid in pmids])
    digest = replace(NOTHING, left_out_pmids=(("new", pmids),))
    for kinds in (("csv",), ("csv", "ris")):
        for content in files(sqlite_db, digest, *kinds).values():
            records = content.count(b"https://pubmed")
            assert 600_000 // len(kinds) - len(content) // records * 1.2 < len(content) <= 600_000 // len(kinds)
    assert MAX_BYTES == 600_000


@pytest.mark.parametrize(("room", "number"), [(8, 3), (7, 3), (6, 2), (3, 1), (2, 1), (1, 0), (0, 0)])
def test_records_are_taken_as_long_as_they_fit(room: int, number: int) -> None:
    """The first that does not fit ends it, though a shorter one follows."""
    records = [b"ab", b"cdef", b"g"]
    assert list(_fitting(records, room)) == records[:number]


def test_the_header_of_a_table_takes_its_room_and_the_name_says_how_many_are_left() -> None:
    """In bytes, not in letters."""
    made = _file("csv", "name", ("é" * 50, ["é" * 5] * 9), 139)
    assert made == Attachment("name-first-3-of-9.csv", "text/csv; charset=utf-8", ("é" * 65).encode())
    assert _file("ris", "name", ("", ["a", "b"]), 2) == Attachment(
        "name.ris", "application/x-research-info-systems", b"ab"
    )


def test_an_article_that_a_person_screened_is_in_a_file_as_they_judged_it(sqlite_db: Database) -> None:
    """Above what the rules say."""
    saved(sqlite_db, replace(ONE, pmid="7"))
    ruled = replace(VERDICTS[next(iter(VERDICTS))], pmid="7", topic="ccsvi", design=Design.RANDOMIZED)
    with sqlite_db.begin() as tx:
        store.verdicts.save(tx, [ruled], NOW)
    digest = replace(NOTHING, left_out_pmids=(("new", ("7",)),))
    (before,) = files(sqlite_db, digest, "csv").values()
    with sqlite_db.begin() as tx:
        store.screenings.add(tx, replace(ruled, design=Design.REVIEW, by="Dr A", because="read"), NOW)
    (after,) = files(sqlite_db, digest, "csv").values()
    assert before != after


def test_in_a_list_each_article_has_a_line_by_its_title_or_its_own_language(sqlite_db: Database) -> None:
    """A link where PubMed has it, else its number; a title that is not known is left out, a long one is cut."""
    pmids = tuple(str(number) for number in range(10_000, 12_400))
    named = (
        replace(ONE, pmid=pmids[-1], title="", vernacular_title="Über Venen"),
        replace(ONE, pmid=pmids[-2], title="y" * 300),
    )
    saved(sqlite_db, *named)
    digest = replace(NOTHING, left_out_pmids=(("new", pmids),))
    with sqlite_db.read() as tx:
        (found,) = attached(tx, digest, ())
    assert (found.name, found.media_type) == (
        f"ccsvi-{NOTHING.until:%Y-%m-%d}-further-articles.txt",
        "text/plain; charset=utf-8",
    )
    lines = found.content.decode().splitlines()
    assert len(lines) == len(in_file(digest)) > 100
    url = "https://pubmed.ncbi.nlm.nih.gov"
    assert lines[-1] == f"{url}/{pmids[-1]}/ Über Venen"
    assert lines[-2].startswith(f"{url}/{pmids[-2]}/ yyy")
    assert 90 < lines[-2].count("y") <= 100
    assert lines[-3] == f"{url}/{pmids[-3]}/"
