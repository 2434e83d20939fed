"""Who cites, what is cited, what is similar."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.sandbox import Corpus, Server
from monitor.sandbox.faults import Fault
from tests.support.sandbox import article
from tests.support.sandbox_calls import Answer, call

CITEDIN = {"dbfrom": "pubmed", "linkname": "pubmed_pubmed_citedin"}
ONE = article(1, "Offered twice", (2012, 1, 1), doi="10.5555/a(b)c&lt;1&gt;")


def links(found: Answer) -> list[list[str]]:
    """The linked PMIDs of each LinkSet."""
    return [[i.text or "" for i in each.iterfind("LinkSetDb/Link/Id")] for each in found.xml.iterfind("LinkSet")]


def test_a_comma_list_gives_one_merged_set(sandbox: Server) -> None:
    """Who cites whom is lost."""
    assert links(call(sandbox, "elink", {**CITEDIN, "id": "101,102"})) == [["105", "103", "102"]]


def test_repeated_ids_give_one_set_each(sandbox: Server) -> None:
    """In the order asked; a DOI in a reference list counts; no citing article means no LinkSetDb at all."""
    found = call(sandbox, "elink", {**CITEDIN, "id": ["101", "105", "102", "999"]})
    assert links(found) == [["105", "103", "102"], [], ["105"], []]
    assert [each.findtext("IdList/Id") for each in found.xml.iterfind("LinkSet")] == ["101", "105", "102", "999"]
    assert len(found.xml.findall("LinkSet/LinkSetDb")) == 2


def test_a_citation_is_there_once_the_citing_record_is(sandbox: Server) -> None:
    """The graph follows the virtual clock."""
    sandbox.at = datetime(2012, 4, 1, tzinfo=UTC)
    assert links(call(sandbox, "elink", {**CITEDIN, "id": "101"})) == [["102"]]


def test_references_are_the_other_direction(sandbox: Server) -> None:
    """pubmed_pubmed_refs lists what the article cites."""
    assert links(call(sandbox, "elink", {"linkname": "pubmed_pubmed_refs", "id": "105"})) == [["102", "101"]]


def test_similar_articles_begin_with_the_article_itself(sandbox: Server) -> None:
    """The most alike come next; scores fall."""
    params = {"linkname": "pubmed_pubmed", "id": "102", "cmd": "neighbor_score"}
    found = call(sandbox, "elink", params)
    assert links(found)[0][:2] == ["102", "101"]
    scores = [int(score) for score in found.texts("LinkSet/LinkSetDb/Link/Score")]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 2147483647


def test_json_has_the_same_links(sandbox: Server) -> None:
    """Without links there is no "linksetdbs" key."""
    sets = call(sandbox, "elink", {**CITEDIN, "id": ["101", "108"], "retmode": "json"}).json["linksets"]
    assert sets[0]["linksetdbs"][0]["links"] == ["105", "103", "102"]
    assert sets[1] == {"dbfrom": "pubmed", "ids": ["108"]}


def test_links_can_be_limited_and_kept(sandbox: Server) -> None:
    """A term limits the targets; neighbor_history keeps them for EFetch."""
    assert links(call(sandbox, "elink", {**CITEDIN, "id": "101", "term": "randomized"})) == [["102"]]
    kept = call(sandbox, "elink", {**CITEDIN, "id": "101", "cmd": "neighbor_history"})
    params = {
        "query_key": kept.texts("LinkSet/LinkSetDbHistory/QueryKey")[0],
        "WebEnv": kept.texts("LinkSet/WebEnv")[0],
    }
    listed = call(sandbox, "efetch", {**params, "rettype": "uilist", "retmode": "text"})
    assert listed.body.split() == [b"105", b"103", b"102"]


def offered(found: Answer) -> list[tuple[str, str, list[str]]]:
    """The LinkOut links: PMID, address, attributes."""
    return [
        (one.findtext("Id") or "", link.findtext("Url") or "", [each.text or "" for each in link.iterfind("Attribute")])
        for one in found.xml.iterfind("LinkSet/IdUrlList/IdUrlSet")
        for link in one.iterfind("ObjUrl")
    ]


def test_linkout_offers_what_the_record_tells() -> None:
    """The publisher by DOI, PubMed Central free; an article with neither has "No links"."""
    pmc = ONE.replace('<ArticleId IdType="doi">', '<ArticleId IdType="pmc">PMC77</ArticleId><ArticleId IdType="doi">')
    xml = f"<PubmedArticleSet>{pmc}{article(2, 'Nobody offers this', (2012, 1, 1))}</PubmedArticleSet>"
    with Server(Corpus.from_xml(xml.encode()), datetime(2016, 1, 1, tzinfo=UTC)) as server:
        found = call(server, "elink", {"dbfrom": "pubmed", "cmd": "llinks", "id": "1,2"})
        first = call(server, "elink", {"dbfrom": "pubmed", "cmd": "prlinks", "id": ["1", "2"]})
    assert offered(found) == [
        ("1", "https://doi.org/10.5555/a(b)c%3C1%3E", ["full-text online", "publisher of information in URL"]),
        ("1", "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC77/", ["free resource"]),
    ]
    assert found.texts("LinkSet/IdUrlList/IdUrlSet/Info") == ["No links"]
    assert [len(found.xml.findall("LinkSet")), len(first.xml.findall("LinkSet"))] == [1, 2]
    assert offered(first) == offered(found)[:1]


def test_linkout_in_json_has_the_same_links(sandbox: Server) -> None:
    """As programs that ask for JSON read it."""
    params = {"dbfrom": "pubmed", "cmd": "llinks", "id": ["101", "107"], "retmode": "json"}
    first, second = call(sandbox, "elink", params).json["linksets"]
    (link,) = first["idurllist"][0]["objurls"]
    assert link["url"] == {"value": "https://doi.org/10.5555/Slow.101"}
    assert link["provider"]["nameabbr"] == "doi"
    assert "objurls" not in second["idurllist"][0]


def test_a_fault_strikes_linkout_too(sandbox: Server) -> None:
    """It is a call like any other."""
    sandbox.faults.add(Fault.SERVER_ERROR)
    assert call(sandbox, "elink", {"dbfrom": "pubmed", "cmd": "llinks", "id": "101"}).status == 500


def test_no_ids_is_an_error(sandbox: Server) -> None:
    """With status 200, in XML and in JSON."""
    assert call(sandbox, "elink", {**CITEDIN, "id": ""}).texts("ERROR") == ["Empty id list"]
    assert "ERROR" in call(sandbox, "elink", {**CITEDIN, "id": "", "retmode": "json"}).json
