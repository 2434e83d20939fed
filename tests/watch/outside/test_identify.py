"""Works are identified by PubMed's own records, asked through the real client of PubMed."""

from __future__ import annotations

import pytest

from monitor.model import CitingWork, PubMedSettings
from monitor.sandbox import Server
from monitor.sources.pubmed import Client
from monitor.store import Database
from monitor.watch.outside.citing.identify import Identified, identify
from tests.support.ncbi_server import Time


@pytest.fixture
def pubmed(sandbox: Server) -> Client:
    """A client that never waits."""
    passing = Time()
    return Client(PubMedSettings("jane@example.org", base_url=sandbox.url), clock=passing.clock, sleep=passing.sleep)


def _identified(pubmed: Client, db: Database, *works: CitingWork) -> Identified:
    return identify(works, [doi for work in works for doi in work.dois if not work.pmid], pubmed, db)


def test_a_doi_is_found_among_others_that_pubmed_does_not_know(pubmed: Client, sqlite_db: Database) -> None:
    """PubMed warns of those; one has a quotation mark and is not asked for."""
    known = CitingWork("W1", dois=("10.5555/open.102",))
    unknown = CitingWork("W2", dois=("10.9999/nowhere",))
    odd = CitingWork("W3", dois=('10.9999/a"b',))
    found = _identified(pubmed, sqlite_db, known, unknown, odd)
    assert found.pmids == {known: "102"}
    assert found.requests == 2


def test_only_dois_that_pubmed_does_not_know_find_nothing(pubmed: Client, sqlite_db: Database) -> None:
    """Not even by the words that PubMed takes them for."""
    found = _identified(pubmed, sqlite_db, CitingWork("W2", dois=("10.9999/vein",)))
    assert found.pmids == {}


def test_a_pmid_counts_when_its_record_is_there_and_has_no_other_doi(pubmed: Client, sqlite_db: Database) -> None:
    """One without a DOI of its own, one with the right one, one of a neighbour, one that PubMed does not have."""
    bare = CitingWork("1", pmid="103")
    right = CitingWork("W1", pmid="102", dois=("10.5555/open.102",))
    wrong = CitingWork("W2", pmid="101", dois=("10.9999/other",))
    absent = CitingWork("999", pmid="999")
    found = _identified(pubmed, sqlite_db, bare, right, wrong, absent)
    assert found.pmids == {bare: "103", right: "102"}
