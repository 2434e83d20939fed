"""The client against the sandbox on its bad days."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from monitor.errors import QueryError, UpstreamError
from monitor.sandbox import Corpus, Fault, Server
from tests.support.ncbi_server import SEARCH, answering, client, http
from tests.support.record_xml import document, record
from tests.support.sandbox import article

#: Every fault that must not change an answer when it strikes once.
PASSING = [
    fault
    for fault in Fault
    if fault
    not in {
        Fault.BAD_KEY,  # the operator's to mend
        Fault.BAD_IDS,  # "none of your ids": believed, and asked once more
        Fault.EMPTY_IDS,
        Fault.OUT_OF_RANGE,
        Fault.NO_LINKS,  # looks like nobody cites: never believed by the caller either
        Fault.DRIP,
    }
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.name)
def test_a_fault_that_strikes_once_changes_no_answer(fault: Fault, sandbox: Server) -> None:
    """Each way of going wrong, at each utility: the second try gives what a good day gives."""
    asking = client(sandbox.url, read_timeout=0.5)
    good = (asking.search("veins").pmids, asking.citing(["101", "107"]).links, asking.fetch(["101", "102"]).articles)
    for endpoint in ("esearch", "elink", "efetch"):
        sandbox.faults.add(fault, endpoint=endpoint, calls=1, seconds=2.0)
    fetched = asking.fetch(["101", "102"])
    assert (asking.search("veins").pmids, asking.citing(["101", "107"]).links, fetched.articles) == good
    assert (fetched.missing, fetched.unreadable) == (frozenset(), ())


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault.name)
def test_a_fault_that_stays_is_never_taken_for_an_answer(fault: Fault, sandbox: Server) -> None:
    """No fault becomes zero hits, fewer hits or fewer citing articles: the right answer, or UpstreamError."""
    asking = client(sandbox.url, read_timeout=0.2)
    good = (asking.search("veins").pmids, asking.citing(["101", "107"]).links)
    sandbox.faults.add(fault, seconds=1.0)
    for number, ask in enumerate((lambda: asking.search("veins").pmids, lambda: asking.citing(["101", "107"]).links)):
        with contextlib.suppress(UpstreamError):
            assert ask() == good[number]
    assert len(sandbox.requests) > 2


def test_an_outage_is_told_after_a_bounded_number_of_requests(sandbox: Server) -> None:
    """Two hundred records behind a dead gateway do not cost two hundred times five tries."""
    sandbox.faults.add(Fault.BAD_GATEWAY)
    with pytest.raises(UpstreamError) as failure:
        client(sandbox.url).fetch([str(n) for n in range(101, 301)])
    assert failure.value.requests == len(sandbox.requests) < 50


@pytest.fixture(scope="module")
def crowd() -> Iterator[Server]:
    """10,200 records, more than one ESearch can list."""
    body = "".join(
        f"<PubmedArticle><MedlineCitation><PMID Version='1'>{pmid}</PMID><Article><ArticleTitle>vein {pmid % 3}"
        "</ArticleTitle></Article></MedlineCitation><PubmedData><History><PubMedPubDate PubStatus='entrez'>"
        "<Year>2010</Year><Month>1</Month><Day>1</Day></PubMedPubDate></History></PubmedData></PubmedArticle>"
        for pmid in range(20_000_001, 20_010_201)
    )
    corpus = Corpus.from_xml(f"<PubmedArticleSet>{body}</PubmedArticleSet>".encode())
    with Server(corpus, datetime(2016, 1, 1, tzinfo=UTC)) as server:
        yield server


def test_more_matches_than_one_answer_holds_are_all_listed(crowd: Server) -> None:
    """Beyond 9,999 the query is split by ranges of PMIDs, and the parts add up."""
    crowd.requests.clear()
    found = client(crowd.url).search("vein[ti]")
    assert len(found.pmids) == found.count == 10_200
    assert found.requests == len(crowd.requests) < 24
    assert found.query_sent == "vein[ti]"


def test_parts_that_do_not_add_up_are_not_believed() -> None:
    """PubMed counts 10,002 but its halves list fewer, also when counted again."""
    listed = "".join(f"<Id>{n}</Id>" for n in range(1, 10_000))
    whole = http(SEARCH.format(f"<Count>10002</Count><IdList>{listed}</IdList>"))
    half = http(SEARCH.format("<Count>1</Count><IdList><Id>1</Id></IdList>"))
    with answering(whole, half, half, whole) as server, pytest.raises(UpstreamError, match="ranges"):
        client(server.url).search("veins")


def test_a_record_that_breaks_its_batch_is_found_and_named() -> None:
    """Halving isolates it; the other records are had."""
    broken = record(102).replace('Version="1"', 'Version4"1"')
    good = {n: record(n) for n in (101, 103, 104)}

    def response(*numbers: int) -> bytes:
        return http(document(*[broken if n == 102 else good[n] for n in numbers]))

    both, left, right = response(101, 102, 103, 104), response(101, 102), response(103, 104)
    alone = response(102)
    script = (both, both, left, left, response(101), *[alone] * 6, right)
    with answering(*script) as server:
        fetched = client(server.url).fetch(["101", "102", "103", "104"])
    assert [a.pmid for a in fetched.articles] == ["101", "103", "104"]
    assert [pmid for pmid, _ in fetched.unreadable] == ["102"]
    assert fetched.requests == len(server.asked) == len(script)


def test_a_record_with_a_forbidden_character_is_mended_when_alone() -> None:
    """One control character costs no article."""
    bad = http(document(record(1)).replace(b"A title.", b"A\x0b title."))
    with answering(bad) as server:
        fetched = client(server.url).fetch(["1"])
    assert [a.title for a in fetched.articles] == ["A title."]
    assert fetched.unreadable == ()


def test_doubled_and_unasked_records_are_dropped_and_noted() -> None:
    """The newest version of what was asked for is kept."""
    newer = record(1, article="<ArticleTitle>Newer</ArticleTitle>").replace('Version="1"', 'Version="2"')
    with answering(http(document(newer, record(1), record(9)))) as server:
        fetched = client(server.url).fetch(["1"])
    assert [(a.pmid, a.version, a.title) for a in fetched.articles] == [("1", 2, "Newer")]
    assert fetched.notes == ("PMID 9 was returned without being requested",)


def test_many_records_are_asked_for_by_post_in_batches(crowd: Server) -> None:
    """450 ids are three requests, the last one short enough for a GET, and the progress is told after each."""
    crowd.requests.clear()
    told: list[tuple[int, int, str]] = []
    wanted = [str(n) for n in range(20_000_001, 20_000_451)]
    fetched = client(crowd.url).fetch(wanted, lambda *step: told.append(step))
    assert (len(fetched.articles), fetched.requests) == (450, 3)
    assert [step[0] for step in told] == [200, 400, 450]
    assert [logged.request.method for logged in crowd.requests] == ["POST", "POST", "GET"]


def test_ids_that_pubmed_never_had_are_missing() -> None:
    """A 400 that says so is an answer."""
    refusal = "<eFetchResult><ERROR>ID list is empty! Possibly it has no correct IDs.</ERROR></eFetchResult>"
    with answering(http(refusal, 400)) as server:
        assert client(server.url).fetch(["0"]).missing == {"0"}


def test_merged_link_sets_are_not_believed() -> None:
    """One LinkSet for two seeds would credit each with the other's citations."""
    merged = (
        "<eLinkResult><LinkSet><DbFrom>pubmed</DbFrom><IdList><Id>1</Id><Id>2</Id></IdList><LinkSetDb><DbTo>pubmed"
        "</DbTo><LinkName>pubmed_pubmed_citedin</LinkName><Link><Id>3</Id></Link></LinkSetDb></LinkSet></eLinkResult>"
    )
    with answering(http(merged)) as server, pytest.raises(UpstreamError, match="merged"):
        client(server.url).citing(["1", "2"])


def test_a_doi_that_two_records_carry_is_ambiguous() -> None:
    """The operator is told both PMIDs."""
    records = [article(pmid, "Veins", (2010, 1, 1), doi="10.5555/twice") for pmid in (1, 2)]
    corpus = Corpus.from_xml(f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>".encode())
    with Server(corpus, datetime(2016, 1, 1, tzinfo=UTC)) as server, pytest.raises(QueryError, match="1, 2"):
        client(server.url).resolve_doi("10.5555/twice")


def test_a_doi_must_really_stand_in_the_record() -> None:
    """PubMed may find something else for a phrase it does not know."""
    hit = http(SEARCH.format("<Count>1</Count><IdList><Id>1</Id></IdList>"))
    with answering(hit, http(document(record(1)))) as server, pytest.raises(QueryError, match=r"10\.5555/x"):
        client(server.url).resolve_doi("10.5555/x")


def test_the_date_goes_into_the_term_and_the_query_into_brackets(sandbox: Server) -> None:
    """An OR in the query must not escape the date."""
    client(sandbox.url).modified_since("vein OR veins", date(2015, 3, 9))
    terms = dict(sandbox.requests[-1].request.params)
    assert terms["term"] == '(vein OR veins) AND ("2015/03/09"[mdat] : "3000"[mdat])'


def test_nothing_asked_costs_nothing(sandbox: Server) -> None:
    """Empty lists are answered at home."""
    asking = client(sandbox.url)
    assert asking.fetch([]).requests == asking.citing([]).requests == 0
    assert asking.modified_among([], date(2015, 1, 1)).pmids == frozenset()
    assert sandbox.requests == []
