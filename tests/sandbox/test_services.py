"""The stand-ins of the services beside PubMed: recorded shapes, and faults."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from monitor.sandbox import Fault, Server
from monitor.sandbox.services.words import Term, parse
from tests.support.service_facts import NOON, SEED_W, get


def shape(value: object, path: str = "") -> dict[str, set[str]]:
    """The type of every part of a JSON value by its path; the members of a list share theirs."""
    kind = "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    found = {path: {kind}}
    parts = (
        value.items()
        if isinstance(value, dict)
        else (("[]", part) for part in value)
        if isinstance(value, list)
        else ()
    )
    for name, part in parts:
        for inner, kinds in shape(part, f"{path}.{'#' if name.isdigit() else name}").items():
            found.setdefault(inner, set()).update(kinds)
    return found


RECORDED = [
    ("clinicaltrials", "/version", "ctgov/version.json", ""),
    (
        "clinicaltrials",
        "/studies/NCT04308668",
        "ctgov/study_terminated_whystopped_derived.json",
        "nctIdAliases secondaryIdInfos",
    ),
    ("europe_pmc", "/search?query=EXT_ID:24975855", "europepmc/search_page1_of_many.json", ""),
    (
        "europe_pmc",
        "/search?query=SRC:PPR&resultType=core",
        "europepmc/core_comment_correction.json",
        "request bookOrReportDetails abstractText versionNumber pubType nextCursorMark",
    ),
    (
        "preprints",
        "/search?query=SRC:PPR",
        "europepmc/preprints_lite.json",
        "cursorMark pageSize sort synonym nextCursorMark",
    ),
    ("europe_pmc", "/MED/22402947/citations", "europepmc/citations_page1.json", ""),
    ("icite", "/pubs?pmids=22402947,1", "icite/pubs_two_pmids_legacy.json", "cited_by"),
    ("icite", "/pubs/22402947", "icite/pubs_single_2025.json", ""),
    ("opencitations", "/index/v2/citations/doi:10.1/seed", "opencitations/index_v2_citations.json", ""),
    ("opencitations", "/index/v2/citation-count/doi:10.1/seed", "opencitations/index_v2_citation_count.json", ""),
    ("opencitations", "/meta/v1/metadata/doi:10.1/a", "opencitations/meta_v1_metadata.json", ""),
    ("openalex", "/works/pmid:24975855", "openalex/work_single.json", ""),
    (
        "openalex",
        f"/works?filter=cites:{SEED_W}",
        "openalex/list_cites_last_page.json",
        "ids title created_date updated_date authorships primary_location",
    ),
    ("crossref", "/works/10.1%2Fa", "crossref/work_surgisphere_lancet_retracted.json", "relation"),
    ("crossref", "/works/10.1101/x", "crossref/preprint_is_preprint_of.json", "container-title"),
    (
        "crossref",
        "/works?filter=doi:10.1/seed&cursor=*",
        "crossref/works_cursor_page1.json",
        "relation search-terms issued",
    ),
]


@pytest.mark.parametrize(("service", "path", "name", "extra"), RECORDED)
def test_each_answer_has_the_recorded_shape(
    service: str, path: str, name: str, extra: str, stand_ins: Server, shared_data: Path
) -> None:
    """Every part is one that the service has sent, of the same type, but for what the recorded answer lacks."""
    recorded = json.loads((shared_data / "sources" / name).read_text("utf-8"))
    sent = httpx.get(stand_ins.base_of(service) + path).json()
    if service == "crossref" and "message" not in recorded:
        sent = sent["message"]
    known = shape(recorded)
    strange = {part: kinds for part, kinds in shape(sent).items() if not kinds - {"NoneType"} <= known.get(part, set())}
    assert {part for part in strange if not set(part.split(".")) & set(extra.split())} == set()


NOTHING = [
    ("clinicaltrials", "/studies?query.cond=nothing&countTotal=true", "ctgov/search_empty.json"),
    ("europe_pmc", "/search?query=nothing", "europepmc/search_empty.json"),
    ("europe_pmc", "/MED/1/citations", "europepmc/citations_empty.json"),
    ("icite", "/pubs?pmids=99999999", "icite/pubs_none_found.json"),
    ("opencitations", "/index/v2/citations/10.1/seed", "opencitations/index_v2_empty.json"),
    ("openalex", "/works?filter=cites:W1", "openalex/list_empty.json"),
    ("crossref", "/works?filter=doi:10.1/none", "crossref/works_empty.json"),
]


@pytest.mark.parametrize(("service", "path", "name"), NOTHING)
def test_nothing_found_looks_as_recorded(
    service: str, path: str, name: str, stand_ins: Server, shared_data: Path
) -> None:
    """The parts that the service sends when there is nothing."""
    recorded = json.loads((shared_data / "sources" / name).read_text("utf-8"))
    answer = httpx.get(stand_ins.base_of(service) + path)
    assert answer.status_code == 200
    sent = answer.json()
    assert set(sent) == set(recorded) if isinstance(sent, dict) else sent == recorded


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (Fault.UNAVAILABLE, 503, "Service Unavailable"),
        (Fault.SERVER_ERROR, 500, "Internal Server Error"),
        (Fault.MAINTENANCE, 200, "Site maintenance"),
        (Fault.OWN_ERROR, 200, "errMsg"),
        (Fault.EMPTY, 200, ""),
    ],
)
def test_a_service_fails_in_the_ways_that_services_do(fault: Fault, status: int, words: str, stand_ins: Server) -> None:
    """With an error status, or with 200 and something else than an answer."""
    stand_ins.faults.add(fault, endpoint="europe_pmc", calls=1)
    answer = get(stand_ins, "europe_pmc", "/MED/22402947/citations")
    assert (answer.status_code, words in answer.text) == (status, True)
    assert get(stand_ins, "europe_pmc", "/MED/22402947/citations").json()["hitCount"] == 2


def test_a_service_that_limits_says_how_long_to_wait(stand_ins: Server) -> None:
    """429 with Retry-After, a day for a budget that is used up."""
    stand_ins.faults.add(Fault.RATE_LIMIT, endpoint="openalex", retry_after=54_000)
    answer = get(stand_ins, "openalex", "/works/pmid:24975855")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "54000")


@pytest.mark.parametrize(
    ("fault", "fields", "found"),
    [
        (Fault.RECORDS_MISSING, [], (2, 1)),
        (Fault.COUNT_TOO_HIGH, [], (3, 2)),
        (Fault.NOTHING_FOUND, [], (0, 0)),
        (Fault.FIELD_MISSING, ["citation"], (2, None)),
        (Fault.FIELD_RETYPED, ["hitCount"], ({"value": 2}, 2)),
    ],
)
def test_an_answer_is_partial_or_of_another_shape(
    fault: Fault, fields: list[str], found: object, stand_ins: Server
) -> None:
    """Fewer records than promised, none at all, a field that is gone or has another type."""
    stand_ins.faults.add(fault, endpoint="europe_pmc", fields=fields)
    answer = get(stand_ins, "europe_pmc", "/MED/22402947/citations").json()
    citations = answer["citationList"].get("citation")
    assert (answer["hitCount"], None if citations is None else len(citations)) == found


def test_a_service_that_is_down_takes_down_no_other(stand_ins: Server) -> None:
    """An outage of PubMed is none of the registry, nor the other way round; preprints fail apart from citations."""
    stand_ins.faults.outage(NOON, NOON + timedelta(days=7), endpoint="clinicaltrials")
    stand_ins.faults.outage(NOON, NOON + timedelta(days=7), endpoint="preprints")
    stand_ins.faults.outage(NOON + timedelta(days=8), NOON + timedelta(days=9))
    paths = {"clinicaltrials": "/version", "europe_pmc": "/search?query=x", "preprints": "/search?query=x"}
    statuses = {name: get(stand_ins, name, path).status_code for name, path in paths.items()}
    assert statuses == {"clinicaltrials": 503, "europe_pmc": 200, "preprints": 503}
    assert httpx.get(f"{stand_ins.url}esearch.fcgi?db=pubmed&term=x").status_code == 200
    stand_ins.at = NOON + timedelta(days=8)
    assert get(stand_ins, "clinicaltrials", "/version").status_code == 200
    assert httpx.get(f"{stand_ins.url}esearch.fcgi?db=pubmed&term=x").status_code == 503


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("sham angioplasty", True),
        ('"sham angioplasty"', False),
        ('"angioplasty or sham"', True),
        ("stent OR angioplast*", True),
        ("stent AND angioplasty", False),
        ("angioplasty NOT stent", True),
        ("(stent OR sham) AND (angioplasty OR venoplasty)", True),
        ("TITLE:(stent OR sham)", True),
        ("FIRST_PDATE:[2014-01-01 TO 2014-12-31]", True),
        ("FIRST_PDATE:[2015-01-01 TO *]", False),
    ],
)
def test_words_brackets_phrases_and_fields(query: str, holds: bool) -> None:
    """The query language that both services share."""

    def decide(term: Term) -> bool:
        return term.holds_of("2014-06-27") if term.low else term.is_in("Angioplasty or sham: a trial")

    assert parse(query)(decide) is holds
