"""The shapes of ESearch's responses, its paging, its limit of 9,999 and its history."""

from __future__ import annotations

import gzip

import pytest

from monitor.sandbox import Server
from tests.support.sandbox_calls import call


def test_an_answer_has_the_elements_in_ncbis_order(sandbox: Server) -> None:
    """Count, RetMax (as returned), RetStart, ids, translations; no TranslationStack."""
    found = call(sandbox, "esearch", {"term": "veins", "retmax": "3"})
    assert [child.tag for child in found.xml] == [
        "Count",
        "RetMax",
        "RetStart",
        "IdList",
        "TranslationSet",
        "QueryTranslation",
    ]
    assert found.texts("Count") == ["5"]
    assert found.texts("RetMax") == ["3"]
    assert len(found.texts("IdList/Id")) == 3


def test_pages_together_are_the_whole_result(sandbox: Server) -> None:
    """retstart and retmax cut the same order each time."""
    pages = [call(sandbox, "esearch", {"term": "all[sb]", "retstart": n, "retmax": 4}) for n in (0, 4, 8)]
    assert [page.texts("RetMax") for page in pages] == [["4"], ["4"], ["1"]]
    assert len({pmid for page in pages for pmid in page.texts("IdList/Id")}) == 9


def test_json_has_only_text_for_numbers(sandbox: Server) -> None:
    """All numbers of the JSON form are strings."""
    found = call(sandbox, "esearch", {"term": "mice", "retmode": "json", "usehistory": "y"}).json
    assert found["header"] == {"type": "esearch", "version": "0.3"}
    result = found["esearchresult"]
    assert (result["count"], result["retmax"], result["retstart"], result["querykey"]) == ("1", "1", "0", "1")
    assert result["idlist"] == ["107"]


def test_any_query_text_comes_back_as_well_formed_xml(sandbox: Server) -> None:
    """Control characters and markup in a query do not break the response."""
    found = call(sandbox, "esearch", {"term": 'a\x00\x1b<b>&"c[ti]'})
    assert found.texts("Count") == ["0"]


def test_rettype_count_gives_the_count_alone(sandbox: Server) -> None:
    """Nothing but Count."""
    assert [child.tag for child in call(sandbox, "esearch", {"term": "veins", "rettype": "count"}).xml] == ["Count"]


def test_nothing_found_says_so(sandbox: Server) -> None:
    """Count 0 with PhraseNotFound and the output message."""
    found = call(sandbox, "esearch", {"term": "xyzzy"})
    assert found.texts("Count") == ["0"]
    assert found.texts("ErrorList/PhraseNotFound") == ["xyzzy"]
    assert found.texts("WarningList/OutputMessage") == ["No items found."]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"db": "fleegle", "term": "veins"}, "Invalid db name specified: fleegle"),
        ({"term": ""}, "Empty term and query_key - nothing todo"),
        ({"term": "#7"}, "Unable to obtain query #7"),
    ],
)
def test_a_refused_search_is_an_error_with_status_200(sandbox: Server, params: dict[str, str], message: str) -> None:
    """ERROR takes the place of everything else, and the status is 200."""
    found = call(sandbox, "esearch", params)
    assert (found.status, [child.tag for child in found.xml], found.texts("ERROR")) == (200, ["ERROR"], [message])


def test_sorting_by_date_and_author(sandbox: Server) -> None:
    """pub_date is newest first, Author is alphabetical, and the default is neither."""
    newest = call(sandbox, "esearch", {"term": "all[sb]", "sort": "pub_date"}).texts("IdList/Id")
    assert newest[0] == "104"
    assert newest[-1] == "101"
    by_author = call(sandbox, "esearch", {"term": "jugular[ti] OR revisited", "sort": "Author"}).texts("IdList/Id")
    assert by_author == ["105", "108", "107"]
    assert call(sandbox, "esearch", {"term": "all[sb]"}).texts("IdList/Id") not in (newest, newest[::-1])


def test_one_search_lists_no_more_than_9999(crowd: Server) -> None:
    """Asked for more, it gives 9,999 ids, a warning, and the true Count."""
    found = call(crowd, "esearch", {"term": "report", "retmax": "20000"})
    assert found.texts("Count") == ["10050"]
    assert len(found.texts("IdList/Id")) == 9999
    assert found.texts("WarningList/OutputMessage") == ["Restrictions achieved. start and count adjusted to 0, 9999"]


def test_retstart_stops_at_the_wall(crowd: Server) -> None:
    """9998 is the last start; beyond it the backend fails with status 200."""
    assert len(call(crowd, "esearch", {"term": "report", "retstart": "9998"}).texts("IdList/Id")) == 1
    beyond = call(crowd, "esearch", {"term": "report", "retstart": "9999"})
    assert beyond.status == 200
    assert beyond.texts("ERROR")[0].startswith(
        "Search Backend failed: Exception:\n'retstart' cannot be larger than 9998"
    )


def test_uid_ranges_reach_every_record_behind_the_wall(crowd: Server) -> None:
    """The slices that NCBI's own tools use add up to the whole."""
    parts = ("1:5000[uid]", "5001:20000[uid]")
    found = [call(crowd, "esearch", {"term": f"report AND {part}", "retmax": "9999"}) for part in parts]
    assert len({pmid for page in found for pmid in page.texts("IdList/Id")}) == 10_050


def test_results_can_be_combined_through_history(sandbox: Server) -> None:
    """#1 stands for the first result of the WebEnv, and each step gives a new WebEnv."""
    first = call(sandbox, "esearch", {"term": "veins", "usehistory": "y"})
    webenv = first.texts("WebEnv")[0]
    assert webenv.startswith("MCID_")
    assert len(webenv) == 29
    second = call(sandbox, "esearch", {"term": "#1 AND mice", "usehistory": "y", "WebEnv": webenv})
    assert second.texts("IdList/Id") == ["107"]
    assert second.texts("QueryKey") == ["2"]
    assert second.texts("WebEnv") != [webenv]
    by_key = call(sandbox, "esearch", {"term": "mice", "WebEnv": webenv, "query_key": "1"})
    assert by_key.texts("IdList/Id") == ["107"]


def test_parameters_may_come_in_two_parts(sandbox: Server) -> None:
    """Some in the query string, some in the form."""
    found = call(sandbox, "esearch", {"retmode": "json"}, form={"term": "mice[ti]"})
    assert found.json["esearchresult"]["idlist"] == ["107"]


def test_gzip_is_used_when_asked_for(sandbox: Server) -> None:
    """Only a client that accepts gzip gets it."""
    packed = call(sandbox, "esearch", {"term": "veins"}, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == call(sandbox, "esearch", {"term": "veins"}).body


def test_a_long_query_needs_post(sandbox: Server) -> None:
    """A URL that is too long gets 414; the same query as a form succeeds."""
    term = " OR ".join(["veins[ti]"] * 1000)
    assert call(sandbox, "esearch", {"term": term}).status == 414
    assert call(sandbox, "esearch", form={"term": term}).texts("Count") == ["5"]


def test_einfo_tells_how_fresh_the_index_is(sandbox: Server) -> None:
    """LastUpdate follows the virtual clock; an unknown database is an error."""
    assert call(sandbox, "einfo").texts("DbInfo/LastUpdate") == ["2016/01/01 00:00"]
    assert call(sandbox, "einfo", {"db": "fleegle"}).texts("ERROR") == ["Can not retrieve DbInfo for db=fleegle"]
    fields = call(sandbox, "einfo", {"retmode": "json"}).json["einforesult"]["dbinfo"][0]["fieldlist"]
    assert {"CRDT", "TIAB", "MH"} <= {field["name"] for field in fields}
