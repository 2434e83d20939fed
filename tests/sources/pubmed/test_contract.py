"""One contract, two PubMeds: the fake that other tests use, and Bio.Entrez against the sandbox."""

from __future__ import annotations

from datetime import date
from typing import Protocol

import pytest

from monitor.errors import QueryError
from monitor.model import FullText
from monitor.ports import CitationIndex, Literature, RelatedArticles
from monitor.sandbox import Server
from monitor.sources.pubmed.records import reader
from tests.support.fake_pubmed import FakePubMed
from tests.support.ncbi_server import client
from tests.support.sandbox import CORPUS_XML


class PubMed(Literature, CitationIndex, RelatedArticles, Protocol):
    """All that PubMed is asked."""


QUERY = "vein OR veins"
MATCHING = {"101", "102", "103", "104", "105", "106", "107", "109"}


def fake() -> FakePubMed:
    """The fake with the corpus of the sandbox: its records, what the query lists, who cites whom."""
    pubmed = FakePubMed()
    for article in reader.read(CORPUS_XML).articles:
        pubmed.add(article)
    for pmid in MATCHING:
        pubmed.list(pubmed.records[pmid], QUERY)
    pubmed.cited_by = {"101": {"102", "103", "105"}, "102": {"105"}}
    pubmed.cites = {"105": {"101", "102"}}
    pubmed.similar_to = {"101": {"102"}}
    pubmed.readable_at = {"101": (FullText("Publisher, through doi.org", "https://doi.org/10.5555/Slow.101"),)}
    pubmed.warnings = {"veins[nosuchfield]": ("FieldNotFound: nosuchfield",)}
    return pubmed


@pytest.fixture(params=["fake", "Bio.Entrez and sandbox"])
def pubmed(request: pytest.FixtureRequest) -> PubMed:
    """A PubMed that holds the nine records of the sandbox's corpus."""
    if request.param == "fake":
        return fake()
    sandbox: Server = request.getfixturevalue("sandbox")
    return client(sandbox.url)


def test_a_search_lists_every_match(pubmed: PubMed) -> None:
    """The full set, with its count, the query as sent and one request."""
    found = pubmed.search(QUERY)
    assert found.pmids == MATCHING
    assert (found.count, found.query_sent, found.requests) == (len(MATCHING), QUERY, 1)
    assert found.translation


def test_a_count_is_that_of_the_search(pubmed: PubMed) -> None:
    """Without the PMIDs; nothing is no error."""
    assert (pubmed.count(QUERY), pubmed.count("nosuchword[ti]")) == (len(MATCHING), 0)


def test_a_search_without_a_match_is_empty_not_an_error(pubmed: PubMed) -> None:
    """Zero is an answer."""
    found = pubmed.search("thiswordisnowhere")
    assert (found.pmids, found.count) == (frozenset(), 0)


def test_an_unknown_field_is_warned_of(pubmed: PubMed) -> None:
    """PubMed searches something else instead; the operator must know."""
    assert "FieldNotFound: nosuchfield" in pubmed.search("veins[nosuchfield]").warnings


def test_modified_records_are_listed_since_a_day(pubmed: PubMed) -> None:
    """The day itself counts."""
    assert pubmed.modified_since(QUERY, date(2015, 6, 1)).pmids == {"105"}
    assert pubmed.modified_since(QUERY, date(2015, 6, 2)).pmids == frozenset()


def test_modified_records_of_several_queries_are_listed_in_one_answer(pubmed: PubMed) -> None:
    """Queries are joined with OR, each in parentheses, and keep their own meaning."""
    joined = f"(thiswordisnowhere) OR ({QUERY})"
    assert pubmed.modified_since(joined, date(2015, 6, 1)).pmids == {"105"}
    assert pubmed.modified_since(joined, date(2015, 6, 2)).pmids == frozenset()


def test_modified_records_are_listed_among_some(pubmed: PubMed) -> None:
    """Only those asked about."""
    assert pubmed.modified_among(["101", "105"], date(2015, 1, 1)).pmids == {"105"}
    assert pubmed.modified_among(["101"], date(2015, 1, 1)).pmids == frozenset()


def test_citing_articles_come_per_seed_in_one_request(pubmed: PubMed) -> None:
    """A seed that nobody cites has an empty set, not a missing one."""
    linked = pubmed.citing(["101", "102", "107"])
    assert linked.links == {"101": {"102", "103", "105"}, "102": {"105"}, "107": frozenset()}
    assert (linked.link_name, linked.requests) == ("pubmed_pubmed_citedin", 1)


def test_references_and_similar_articles(pubmed: PubMed) -> None:
    """An article is not similar to itself."""
    assert pubmed.references(["105"]).links == {"105": {"101", "102"}}
    assert "101" not in pubmed.similar(["101"]).links["101"]


def test_links_keep_an_order(pubmed: PubMed) -> None:
    """For similar articles it means the closest first."""
    for linked in (pubmed.references(["105"]), pubmed.citing(["101", "107"]), pubmed.similar(["101"])):
        assert {pmid: frozenset(targets) for pmid, targets in linked.in_order.items()} == linked.links
        assert all(len(set(targets)) == len(targets) for targets in linked.in_order.values())


def test_full_texts_come_for_all_in_one_request(pubmed: PubMed) -> None:
    """An article that nobody offers, or that PubMed does not have, has none."""
    linked = pubmed.full_texts(["101", "107", "999"])
    assert [one.url for one in linked.links["101"]] == ["https://doi.org/10.5555/Slow.101"]
    assert (linked.links["107"], linked.links["999"], linked.requests) == ((), (), 1)


def test_records_come_in_the_order_asked_with_books(pubmed: PubMed) -> None:
    """Each once, whatever the order on the wire."""
    told: list[tuple[int, int]] = []
    fetched = pubmed.fetch(["109", "102", "101", "102"], lambda done, total, _: told.append((done, total)))
    assert [article.pmid for article in fetched.articles] == ["109", "102", "101"]
    assert fetched.articles[0].is_book
    assert fetched.articles[1].registry_numbers == ("NCT09990102",)
    assert (fetched.missing, fetched.unreadable) == (frozenset(), ())
    assert told[-1][0] == told[-1][1]


def test_an_id_that_pubmed_does_not_have_is_missing(pubmed: PubMed) -> None:
    """Missing is told, and costs the others nothing."""
    fetched = pubmed.fetch(["101", "999"])
    assert [article.pmid for article in fetched.articles] == ["101"]
    assert fetched.missing == {"999"}
    assert pubmed.fetch(["999"]).missing == {"999"}


def test_a_doi_is_resolved_whatever_its_case(pubmed: PubMed) -> None:
    """A DOI has no letter case."""
    assert pubmed.resolve_doi("10.5555/SLOW.101") == "101"


def test_an_unknown_doi_is_the_operators_to_mend(pubmed: PubMed) -> None:
    """Asking again would not help."""
    with pytest.raises(QueryError, match=r"10\.5555/nowhere"):
        pubmed.resolve_doi("10.5555/nowhere")
