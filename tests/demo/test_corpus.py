"""The demo corpus holds facts, says which are not, and is shaped like PubMed's records."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from monitor.demo import corpus
from monitor.demo.corpus.entry import FIRST_INVENTED_PMID, MARK, MARK_WITH_TITLE
from monitor.model import Article
from monitor.sources.pubmed.records import reader

SAME = ("title", "doi", "pmcid", "journal", "year", "month", "day", "epub_date", "design", "verified")


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    """The corpus as Monitor reads it, by PMID."""
    read = reader.read(corpus.build())
    assert not read.unreadable
    return {article.pmid: article for article in read.articles}


@pytest.fixture(scope="module")
def entry() -> dict[str, corpus.Entry]:
    """The facts, by their id."""
    return {entry.id: entry for entry in corpus.entries()}


def known_facts(shared_data: Path) -> list[dict[str, Any]]:
    """The gathered facts, one dictionary an article."""
    lines = (shared_data / "ccsvi" / "articles.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_every_record_can_be_read_and_none_is_lost(articles: dict[str, Article]) -> None:
    """The parser that reads PubMed reads the whole corpus."""
    assert set(articles) == {entry.pmid for entry in corpus.entries()}


def test_the_corpus_is_built_the_same_every_time() -> None:
    """The same bytes twice: ids and dates are data, not chance."""
    assert corpus.build() == corpus.build()


def test_every_known_article_is_there_with_its_facts(shared_data: Path, entry: dict[str, corpus.Entry]) -> None:
    """Titles, journals, dates and identifiers equal what was gathered."""
    for fact in known_facts(shared_data):
        held = entry[fact["id"]]
        assert held.is_on_topic is fact["is_ms"]
        for name in SAME:
            expected = fact[name] if fact[name] is not None else type(getattr(held, name))()
            if name == "title":
                expected = re.sub(r"^\[(.*)\]$", r"\1", expected)
            assert (getattr(held, name) or "") == (expected or ""), (fact["id"], name)
        assert list(held.registry_ids) == fact["registry_ids"]


def test_a_pmid_nobody_saw_is_not_guessed(shared_data: Path, entry: dict[str, corpus.Entry]) -> None:
    """Unknown PMIDs are numbered where PubMed will never be; known ones are kept."""
    for fact in known_facts(shared_data):
        held = entry[fact["id"]]
        assert held.pmid_is_known == (fact["pmid"] is not None)
        assert held.pmid == fact["pmid"] or (fact["pmid"] is None and int(held.pmid) >= FIRST_INVENTED_PMID)
    numbers = sorted(int(held.pmid) for held in entry.values() if not held.pmid_is_known)
    assert numbers == list(range(FIRST_INVENTED_PMID, FIRST_INVENTED_PMID + len(numbers)))


def test_ids_stay_what_they_were() -> None:
    """A digest sent years ago still points at the same record."""
    ids = {entry.id: entry.pmid for entry in corpus.entries()}
    assert ids["ccsvi-002"] == "990000001"
    assert ids["ccsvi-006"] == "990000003"
    assert ids["ccsvi-138"] == "990000079"
    assert ids["more-model-2024"] == "990000124"


def test_no_abstract_is_copied(articles: dict[str, Article]) -> None:
    """An abstract is at most two sentences of our own, and says so."""
    for article in articles.values():
        text = article.abstract_text
        if not text:
            continue
        assert text.endswith((MARK, MARK_WITH_TITLE))
        summary = text.removesuffix(MARK).removesuffix(MARK_WITH_TITLE).strip()
        assert len(re.findall(r"[.?!](?:\s|$)", summary)) <= 2, summary
        assert len(summary) < 420


def test_created_where_the_date_is_known_to_the_day(entry: dict[str, corpus.Entry]) -> None:
    """An exact electronic date is the day the record appears, but for one whose date is a known trap."""
    late = {e.id for e in entry.values() if len(e.epub_date) == 10 and e.created_on != date.fromisoformat(e.epub_date)}
    assert late == {"ccsvi-016"}


def test_indexing_comes_after_creation(articles: dict[str, Article]) -> None:
    """The MeSH date of every indexed record is later than its Create date."""
    for article in articles.values():
        assert article.created_at is not None
        assert article.indexed_at is not None
        assert article.indexed_at > article.created_at
        assert (article.status == "MEDLINE") == (article.completed_on is not None)


@pytest.mark.parametrize(
    ("id_", "day"),
    [
        ("ccsvi-014", "2009-12-01"),
        ("ccsvi-006", "2011-08-12"),
        ("ccsvi-008", "2012-10-03"),
        ("ccsvi-009", "2012-12-12"),
        ("ccsvi-099", "2013-10-20"),
        ("ccsvi-001", "2014-06-27"),
        ("ccsvi-002", "2014-08-19"),
        ("ccsvi-003", "2017-11-18"),
        ("ccsvi-004", "2018-09-28"),
        ("ccsvi-011", "2019-05-30"),
        ("ccsvi-005", "2019-08-23"),
        ("ccsvi-007", "2019-11-17"),
    ],
)
def test_the_decisive_reports_appear_on_their_day(
    id_: str, day: str, entry: dict[str, corpus.Entry], articles: dict[str, Article]
) -> None:
    """The dates of the timeline are the dates on which the records are first public."""
    article = articles[entry[id_].pmid]
    assert str(article.first_public_on) == day
    assert article.created_at is not None
    assert str(article.created_at.date()) == day


def test_the_erratum_is_linked_both_ways(entry: dict[str, corpus.Entry], articles: dict[str, Article]) -> None:
    """PREMiSe says it was corrected, the erratum says what it corrects."""
    trial, erratum = articles[entry["ccsvi-001"].pmid], articles[entry["ccsvi-002"].pmid]
    assert ("ErratumIn", erratum.pmid) in [(n.ref_type, n.pmid) for n in trial.notices]
    assert [(n.ref_type, n.pmid) for n in erratum.notices] == [("ErratumFor", trial.pmid)]
    assert [n.citation for n in trial.notices if n.ref_type == "ErratumIn"] == ["Neurology. 2014 Aug 19;83(8):773"]


def test_every_link_between_records_is_there_from_both_ends(articles: dict[str, Article]) -> None:
    """ErratumIn has its ErratumFor, CommentIn its CommentOn, UpdateIn its UpdateOf."""
    other = {"ErratumIn": "ErratumFor", "CommentIn": "CommentOn", "UpdateIn": "UpdateOf"}
    links = Counter((a.pmid, n.ref_type, n.pmid) for a in articles.values() for n in a.notices)
    back = Counter((target, other[kind], source) for source, kind, target in links if kind in other)
    assert sum(back.values()) == sum(links.values()) / 2
    assert set(back) <= set(links)


def test_registry_numbers_are_those_of_the_trials(shared_data: Path, articles: dict[str, Article]) -> None:
    """The DataBankList of each report of a trial names that trial, as far as anyone saw it."""
    trials = json.loads((shared_data / "ccsvi" / "trials.json").read_text("utf-8"))["controlled_trials"]
    by_id = {entry.id: entry.pmid for entry in corpus.entries()}
    for trial in trials:
        for report in trial["reports"]:
            if report["kind"] in ("main_result", "protocol", "secondary_analysis", "secondary_imaging"):
                assert list(articles[by_id[report["paper_id"]]].registry_numbers) == trial["registry_ids"]


def test_publication_types_bear_their_mesh_ids(articles: dict[str, Article]) -> None:
    """The four randomised trials are typed as such once indexed, the erratum as an erratum."""
    by_id = {entry.id: articles[entry.pmid] for entry in corpus.entries()}
    for trial in ("ccsvi-001", "ccsvi-003", "ccsvi-004", "ccsvi-005"):
        assert "D016449" in {t.ui for t in by_id[trial].publication_types}
    assert {t.ui for t in by_id["ccsvi-002"].publication_types} == {"D016425"}
    assert "D016449" not in {t.ui for t in by_id["ccsvi-006"].publication_types}


def test_only_later_reports_cite_the_seed(entry: dict[str, corpus.Entry], articles: dict[str, Article]) -> None:
    """The citations are illustrative, modest in number, and possible in time."""
    seed = entry["ccsvi-138"]
    citing = [e for e in entry.values() if any(link.target == seed.id for link in e.cites)]
    assert 8 <= len(citing) <= 15
    assert all(e.created_on > seed.created_on for e in citing)
    assert {link.basis for e in citing for link in e.cites if link.target == seed.id} == {"illustrative"}
    assert all(seed.doi in {r.doi for r in articles[e.pmid].references} for e in citing)


def test_words_that_fool_a_naive_reader_are_there(entry: dict[str, corpus.Entry]) -> None:
    """The traps of the hard cases stand in the summaries, so that passing them means something."""
    assert "Prospective Randomized" in entry["ccsvi-099"].summary
    assert "a randomized clinical trial is required" in entry["ccsvi-147"].summary
    assert "blinded, randomized and controlled clinical trials" in entry["ccsvi-040"].summary
    assert "case-control study" in entry["ccsvi-006"].summary
    assert "0 included" in entry["ccsvi-009"].summary
    assert "sham group" in entry["ccsvi-078"].summary


def test_the_xml_declares_what_pubmed_declares() -> None:
    """A DOCTYPE in this year's form and no entity to load."""
    tree = etree.fromstring(corpus.build())
    assert tree.tag == "PubmedArticleSet"
    assert tree.getroottree().docinfo.public_id == "-//NLM//DTD PubMedArticle, 1st January 2025//EN"
