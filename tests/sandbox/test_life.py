"""How records live in virtual time."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from monitor.sandbox import Corpus, Server
from monitor.sandbox.corpus.record import ref_day
from tests.support.sandbox import CORPUS_XML, article
from tests.support.sandbox_calls import call


def day(year: int, month: int, number: int, hour: int = 12) -> datetime:
    """Noon of a day, UTC."""
    return datetime(year, month, number, hour, tzinfo=UTC)


def seen(server: Server, pmid: int, at: datetime) -> ElementTree.Element:
    """The record as EFetch gives it at an instant."""
    server.at = at
    return call(server, "efetch", {"id": pmid, "retmode": "xml"}).xml


def types(record: ElementTree.Element) -> list[str]:
    """The publication types of a fetched record."""
    return [each.text or "" for each in record.iter("PublicationType")]


def found(server: Server, term: str) -> list[str]:
    """The PMIDs a search finds, sorted."""
    return sorted(call(server, "esearch", {"term": term}).texts("IdList/Id"))


def test_a_record_appears_on_its_create_date(sandbox: Server) -> None:
    """Not a minute earlier, in no endpoint."""
    sandbox.at = day(2012, 3, 1, 5)
    assert found(sandbox, "trial[ti]") == []
    assert len(seen(sandbox, 102, day(2012, 3, 1, 5))) == 0
    assert "cannot get document summary" in call(sandbox, "esummary", {"id": "102"}).texts("ERROR")[0]
    sandbox.at = day(2012, 3, 1, 6)
    assert found(sandbox, "trial[ti]") == ["102"]


def test_indexing_comes_months_later(sandbox: Server) -> None:
    """Before the MeSH date: another status, no MeSH, no type that indexers give; after it, all of that."""
    before = seen(sandbox, 102, day(2012, 8, 31))
    assert before.find("PubmedArticle/MedlineCitation").get("Status") == "In-Process"
    assert types(before) == ["Journal Article"]
    assert before.find(".//MeshHeadingList") is None
    assert before.find(".//DateCompleted") is None
    assert found(sandbox, "randomized controlled trial[pt]") == []
    assert found(sandbox, "NCT09990102[si]") == ["102"]

    after = seen(sandbox, 102, day(2012, 9, 1))
    assert after.find("PubmedArticle/MedlineCitation").get("Status") == "MEDLINE"
    assert types(after) == ["Journal Article", "Randomized Controlled Trial"]
    assert found(sandbox, "randomized controlled trial[pt]") == ["102"]
    assert found(sandbox, "2012/09/01[mdat]") == ["102"]


def test_a_retraction_shows_when_its_notice_is_public(sandbox: Server) -> None:
    """The link, the publication type and the modification date all come with the notice, not before."""
    before = seen(sandbox, 103, day(2014, 2, 5, 5))
    assert before.find(".//CommentsCorrections") is None
    assert types(before) == ["Journal Article"]
    after = seen(sandbox, 103, day(2014, 2, 5, 6))
    assert after.find(".//CommentsCorrections").get("RefType") == "RetractionIn"
    assert types(after) == ["Journal Article", "Retracted Publication"]
    assert found(sandbox, "2014/02/05[mdat] AND stenting[ti]") == ["103", "104"]


def test_a_notice_without_a_pmid_is_dated_by_its_citation(sandbox: Server) -> None:
    """ "J Inv Med. 2013 Aug 19;2(8):773" shows on that day."""
    assert seen(sandbox, 105, day(2013, 8, 18)).find(".//CommentsCorrections") is None
    assert seen(sandbox, 105, day(2013, 8, 19)).find(".//CommentsCorrections") is not None


def test_the_last_revision_is_a_change_without_news(sandbox: Server) -> None:
    """On its own DateRevised a record is exported again: [mdat] finds it, its content is the same."""
    before = seen(sandbox, 105, day(2015, 5, 31))
    after = seen(sandbox, 105, day(2015, 6, 1))
    assert (before.findtext(".//DateRevised/Year"), after.findtext(".//DateRevised/Year")) == ("2013", "2015")
    assert found(sandbox, "2015/06/01[mdat]") == ["105"]
    assert [e.text for e in before.iter("ArticleTitle")] == [e.text for e in after.iter("ArticleTitle")]


def test_a_late_arrival_has_an_old_entry_date(sandbox: Server) -> None:
    """An entry-date window of its year would find it, had it not appeared two years later."""
    sandbox.at = day(2013, 12, 31)
    assert found(sandbox, "pressure[ti] AND 2011[edat]") == []
    sandbox.at = day(2014, 1, 1)
    assert found(sandbox, "pressure[ti] AND 2011[edat]") == ["106"]
    assert found(sandbox, '"last 2 days"[edat]') == []


def test_a_record_can_be_deleted_or_merged(corpus: Corpus) -> None:
    """From that instant it is in no response; before it, it was."""
    corpus.delete("107", day(2011, 1, 1))
    corpus.merge("108", "107", day(2012, 1, 1))
    with Server(corpus, day(2010, 12, 31)) as server:
        assert found(server, "jugular") == ["107", "108"]
        server.at = day(2011, 1, 1)
        assert found(server, "jugular") == ["108"]
        assert len(seen(server, 107, day(2011, 1, 1))) == 0
        server.at = day(2012, 1, 1)
        assert found(server, "jugular") == []
    assert corpus.records["108"].merged_into == "107"


def test_a_state_can_be_written_by_hand(corpus: Corpus) -> None:
    """From that instant the record looks as given, and searches find it by its new words."""
    corpus.add_state("107", day(2011, 5, 5), article(107, "Jugular veins in rats", (2010, 2, 2)).encode())
    with Server(corpus, day(2011, 5, 4)) as server:
        assert found(server, "mice[ti]") == ["107"]
        assert found(server, "rats[ti]") == []
        server.at = day(2011, 5, 5)
        assert found(server, "rats[ti] AND 2011/05/05[mdat]") == ["107"]
        assert found(server, "mice[ti]") == []


def test_time_can_go_backwards(sandbox: Server) -> None:
    """The same instant always looks the same."""
    first = seen(sandbox, 103, day(2013, 1, 1))
    seen(sandbox, 103, day(2015, 1, 1))
    assert ElementTree.tostring(seen(sandbox, 103, day(2013, 1, 1))) == ElementTree.tostring(first)


def test_a_record_that_is_none_is_left_out_and_named() -> None:
    """One broken record does not keep the others from being served."""
    broken = "<PubmedArticle/><PubmedArticle><MedlineCitation><PMID>x</PMID></MedlineCitation></PubmedArticle>"
    corpus = Corpus.from_xml(
        f"<PubmedArticleSet>{broken}{article(1, 'Veins', (2010, 1, 1))}</PubmedArticleSet>".encode()
    )
    assert list(corpus.records) == ["1"]
    assert corpus.unreadable == ["PubmedArticle without MedlineCitation", '"x" is not a PMID']


def test_files_may_be_packed_and_later_ones_win(tmp_path: Path) -> None:
    """gz and plain files together; a PMID that comes again replaces the first, a DeleteCitation removes it."""
    packed, plain = tmp_path / "a.xml.gz", tmp_path / "b.xml"
    packed.write_bytes(gzip.compress(CORPUS_XML))
    update = article(101, "Slow veins, corrected", (2009, 4, 25))
    removed = "<DeleteCitation><PMID Version='1'>107</PMID></DeleteCitation>"
    plain.write_text(f"<PubmedArticleSet>{update}{removed}</PubmedArticleSet>")
    corpus = Corpus.from_xml(packed, plain)
    assert len(corpus.records) == 8
    assert "corrected" in corpus.records["101"].facts.line("ti")


@pytest.mark.parametrize("data", [b"<PubmedArticleSet><PubmedArticle>", b"", b"<PubmedArticleSet><PubmedArticle/>"])
def test_a_file_that_is_none_is_refused_by_name(data: bytes, tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "broken.xml"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"broken\.xml is not a readable PubmedArticleSet"):
        Corpus.from_xml(path)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Neurology. 2014 Aug 19;83(8):773", day(2014, 8, 19, 0)),
        ("J Inv Med. 2013 Feb;2(8):7", day(2013, 2, 1, 0)),
        ("J Inv Med. 2013 Feb 31;2(8):7", day(2013, 2, 1, 0)),
        ("J Inv Med. 2013;2(8):7", day(2013, 1, 1, 0)),
        ("J Inv Med. in press", None),
    ],
)
def test_the_date_of_a_notice_is_read_from_its_citation(source: str, expected: datetime | None) -> None:
    """The first of the month or year where no more is said."""
    assert ref_day(source) == expected
