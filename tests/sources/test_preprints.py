"""Preprints of Europe PMC and their articles by Crossref: every recorded answer, and what goes wrong on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import UpstreamError
from monitor.model import Preprint, PublishedAs, Question, SourceName, Terms
from monitor.sources.preprints import Preprints
from monitor.sources.preprints.query import preprints_of
from monitor.sources.transport.web import WebService
from tests.support.answers import Answer, Asked, Route, Service, serving

QUERY = "TITLE_ABS:vein* AND SRC:PPR"


@contextmanager
def server(route: Route, crossref: Route = Answer(b"Resource not found.", 404)) -> Iterator[tuple[Preprints, Service]]:  # noqa: B008  frozen
    """A Preprints whose two services answer so."""
    with serving({"/": route}) as europe_pmc, serving({"/": crossref}) as relations:
        web = [
            WebService(service.settings(name, read_timeout=0.5), sleep=lambda _: None, patience=3)
            for service, name in ((europe_pmc, SourceName.PREPRINTS), (relations, SourceName.CROSSREF))
        ]
        yield Preprints(*web, contact="jane@example.org"), europe_pmc


def page(*records: Mapping[str, Any], query: str = QUERY, **fields: object) -> Answer:
    """One page of a search as Europe PMC sends it."""
    envelope = {"version": "6.9", "hitCount": len(records), "request": {"queryString": query}}
    return Answer(json.dumps({**envelope, "resultList": {"result": list(records)}, **fields}).encode())


def record(number: int = 1, **fields: object) -> dict[str, object]:
    """One record of result type core."""
    return {"id": f"PPR{number}", "source": "PPR", "title": f"Preprint {number}", **fields}


def read(**fields: object) -> Preprint:
    """The preprint in one record with these fields."""
    with server(page(record(**fields))) as (preprints, _):
        (found,) = preprints.matching(QUERY).preprints
        return found


# --- recorded ------------------------------------------------------------------------------------------


@pytest.fixture
def recorded(shared_data: Path) -> Callable[[str], dict[str, Any]]:
    """A recorded answer of Europe PMC by its name."""
    return lambda name: json.loads((shared_data / "sources" / "europepmc" / f"{name}.json").read_text("utf-8"))


def test_recorded_preprints_of_four_servers_are_read(recorded: Callable[[str], dict[str, Any]]) -> None:
    """Server, DOI, version, day and authors of each."""
    answer = recorded("preprints_lite")
    answer["hitCount"] = len(answer["resultList"]["result"])  # the file keeps 8 of 24 records
    with server(Answer(json.dumps(answer).encode())) as (preprints, _):
        found = preprints.matching(QUERY)
    assert len(found.preprints) == found.count == 8
    assert {one.server for one in found.preprints} == {"Research Square", "Preprints.org", "medRxiv", "bioRxiv"}
    first, last = found.preprints[0], found.preprints[-1]
    assert (first.id, first.doi, first.version) == ("PPR1037166", "10.21203/rs.3.rs-6664819/v1", 1)
    assert (last.server, last.version, last.posted_on) == ("bioRxiv", 0, date(2025, 6, 5))
    assert [str(author) for author in last.authors] == ["Prol-Castelo G", "Cirillo D", "Valencia A"]
    assert not any(one.is_withdrawn for one in found.preprints)


def test_a_recorded_list_that_lacks_most_of_its_records_is_refused(recorded: Callable[[str], dict[str, Any]]) -> None:
    """24 are counted and 8 listed."""
    answer = Answer(json.dumps(recorded("preprints_lite")).encode())
    with server(answer) as (preprints, _), pytest.raises(UpstreamError, match=r"counts 24 .*lists 8"):
        preprints.matching(QUERY)


def test_a_recorded_withdrawal_that_its_fields_do_not_show_is_read_as_it_is(
    recorded: Callable[[str], dict[str, Any]],
) -> None:
    """Nothing is claimed that the record does not say."""
    answer = {**recorded("preprint_withdrawn_core"), "request": {"queryString": QUERY}}
    with server(Answer(json.dumps(answer).encode())) as (preprints, _):
        (found,) = preprints.matching(QUERY).preprints
    assert (found.id, found.title, found.is_withdrawn) == ("PPR110986", "Uncanny similarity of unique inserts", False)


def test_recorded_articles_that_an_operators_query_finds_are_left_out(
    recorded: Callable[[str], dict[str, Any]],
) -> None:
    """It had forgotten SRC:PPR."""
    answer = {**recorded("core_comment_correction"), "request": {"queryString": QUERY}}
    with server(Answer(json.dumps(answer).encode())) as (preprints, _):
        assert preprints.matching(QUERY).preprints == ()


def test_an_operators_query_is_asked_of_preprints_alone() -> None:
    """Whether it says so or not."""
    with server(page()) as (preprints, service), pytest.raises(UpstreamError, match="another question"):
        preprints.matching("TITLE:veins OR TITLE:vein")
    assert service.asked[0].params["query"] == "(TITLE:veins OR TITLE:vein) AND (SRC:PPR)"


def test_pages_are_followed_until_the_cursor_stands(recorded: Callable[[str], dict[str, Any]]) -> None:
    """As recorded: the echo is percent-encoded, the next cursor is not."""
    pages = [recorded(f"search_page{n}_of_many") for n in (1, 2)]
    for one in pages:
        one["hitCount"] = 12
        one["resultList"]["result"] = [{**r, "source": "PPR"} for r in one["resultList"]["result"]]
    pages[1]["nextCursorMark"] = pages[0]["nextCursorMark"]
    with server([Answer(json.dumps(one).encode()) for one in pages]) as (preprints, service):
        found = preprints.matching(QUERY)
    assert (len(found.preprints), found.requests) == (12, 2)
    assert [one.params["cursorMark"] for one in service.asked] == ["*", pages[0]["nextCursorMark"]]
    assert {one.params["resultType"] for one in service.asked} == {"core"}
    assert {one.params["email"] for one in service.asked} == {"jane@example.org"}


def test_nothing_is_nothing_only_as_recorded(recorded: Callable[[str], dict[str, Any]]) -> None:
    """The number 0, an empty list, and the question echoed."""
    nothing = recorded("search_empty")
    to_us = {**nothing, "request": {**nothing["request"], "queryString": QUERY}}
    with server([Answer(json.dumps(one).encode()) for one in (to_us, nothing)]) as (preprints, _):
        assert preprints.matching(QUERY).preprints == ()
        with pytest.raises(UpstreamError, match="another question"):
            preprints.matching(QUERY)


@pytest.mark.parametrize("name", ["error_200_errmsg", "error_200_version_only"])
def test_an_error_with_status_200_is_no_answer(name: str, recorded: Callable[[str], dict[str, Any]]) -> None:
    """As it answers bad queries and rejected parameters."""
    with server(Answer(json.dumps(recorded(name)).encode())) as (preprints, _), pytest.raises(UpstreamError):
        preprints.matching(QUERY)


# --- what a record says ---------------------------------------------------------------------------------


def test_a_record_of_result_type_core_is_read_whole() -> None:
    """Markup, headings, versions, groups, registry numbers, and the article it is linked to."""
    found = read(
        title="CO<sub>2</sub> &amp; <i>veins</i>: a trial.",
        abstractText="<h4>Background</h4>Few know.<h4>Methods </h4><p>NCT01089686.</p><p>We randomised 20.</p>",
        authorList={
            "author": [
                {"fullName": "Doe J", "firstName": "Jane", "lastName": "Doe", "initials": "J"},
                {"collectiveName": "RECOVERY Group"},
            ]
        },
        bookOrReportDetails={"publisher": "medRxiv", "yearOfPublication": 2020},
        versionNumber=2,
        firstPublicationDate="2020-04-10",
        pubTypeList={"pubType": ["Preprint", "preprint"]},
        versionList={
            "version": [{"id": "PPR0", "source": "PPR", "firstPublishDate": "2020-03-31", "versionNumber": 1}]
        },
        commentCorrectionList={
            "commentCorrection": [
                {"id": "PPR9", "source": "PPR", "type": "Preprint of"},
                {"id": "32379955", "source": "MED", "type": "Erratum for"},
                {
                    "id": "32379955",
                    "source": "MED",
                    "type": "Preprint of",
                    "reference": "BMJ. 2020;369:m1849",
                    "note": "Link created based on a title-first author match",
                },
            ]
        },
    )
    assert (found.title, found.server, found.version) == ("CO2 & veins: a trial.", "medRxiv", 2)
    assert [(part.label, part.text) for part in found.abstract] == [
        ("BACKGROUND", "Few know."),
        ("METHODS", "NCT01089686. We randomised 20."),
    ]
    assert [str(author) for author in found.authors] == ["Doe J", "RECOVERY Group"]
    assert [one.number for one in found.registrations] == ["NCT01089686"]
    assert (found.id, found.posted_on) == ("PPR0", date(2020, 3, 31))
    why = "Europe PMC links the preprint to it, by title and first author"
    assert found.article == PublishedAs("32379955", citation="BMJ. 2020;369:m1849", why=why, is_guess=True)


def test_lists_of_one_may_come_as_the_element_and_unknown_values_as_null() -> None:
    """As converters from XML send them."""
    found = read(
        doi=None,
        authorList={"author": {"lastName": "Doe", "initials": "J"}},
        pubTypeList={"pubType": "preprint"},
        versionList={"version": {"id": "PPR1", "versionNumber": "1"}},
        commentCorrectionList={
            "commentCorrection": {"id": "123", "source": "MED", "type": "Preprint of", "note": None}
        },
    )
    assert (found.doi, [str(author) for author in found.authors], found.versions[0].number) == ("", ["Doe J"], 1)
    assert found.article == PublishedAs("123", why="Europe PMC links the preprint to it")


def test_an_article_outside_pubmed_is_named_as_europe_pmc_names_it() -> None:
    """By its citation, else by its number in PMC."""
    link = {"id": "PMC7502863", "source": "PMC", "type": "Preprint of"}
    found = [
        read(commentCorrectionList={"commentCorrection": [{**link, "reference": named}]}).article
        for named in ("J Veins. 2020", None)
    ]
    assert [(one.pmid, one.citation) for one in found if one] == [("", "J Veins. 2020"), ("", "PMC7502863")]


@pytest.mark.parametrize(
    "says_so",
    [
        {"title": "WITHDRAWN: A trial of veins"},
        {"title": "Withdrawn – A trial of veins"},
        {"title": "[WITHDRAWN]"},
        {"title": "Withdrawn"},
        {"title": "Withdrawn preprint: A trial of veins"},
        {"abstractText": "Editor's Note: this manuscript has been withdrawn at the request of the authors."},
        {"abstractText": "This preprint has been withdrawn by its authors."},
        {"abstractText": "<p>The authors have withdrawn this manuscript owing to errors.</p>"},
        {"abstractText": "Withdrawal Statement The authors have withdrawn their manuscript."},
        {"abstractText": "This article has been temporarily withdrawn by medRxiv."},
        {"abstractText": "WITHDRAWN: see the notice."},
        {"abstractText": "The full text of this preprint has been withdrawn by the authors while they correct it."},
        {"abstractText": "Version 2 of this preprint has been removed."},
        {"abstractText": "medRxiv has removed this preprint."},
        {"abstractText": "We have withdrawn this manuscript because of an error."},
        {"abstractText": "The corresponding author has withdrawn this manuscript."},
        {"abstractText": "All authors have withdrawn this preprint."},
        {"abstractText": "The authors withdrew this manuscript."},
        {"abstractText": "The authors of this preprint have withdrawn it."},
        {"abstractText": "The authors have withdrawn this study due to an error."},
        {"abstractText": "The authors request the withdrawal of this preprint."},
        {"abstractText": "Preprint withdrawn at the request of the authors."},
        {"abstractText": "This work has been withdrawn by the authors."},
        {"abstractText": "This submission has been withdrawn by arXiv."},
        {"abstractText": "ABSTRACT This preprint has been withdrawn."},
        {"abstractText": "<h4>Withdrawal notice</h4>The authors no longer stand by the results."},
        {"title": "WITHDRAWN A trial of veins"},
        {"title": "WITHDRAWN BY AUTHORS: A trial of veins"},
        {"title": "Withdrawal notice: A trial of veins"},
        {"title": "TEMPORARY REMOVAL: A trial of veins"},
        {"title": "A trial of veins [withdrawn]"},
        {"title": "A trial of veins - WITHDRAWN"},
        {"title": "A trial of veins (RETRACTED)"},
        {"pubTypeList": {"pubType": ["Preprint", "preprint-withdrawal"]}},
        {"pubType": "preprint; preprint-removal"},
        {
            "versionList": {
                "version": [{"id": "PPR2", "versionNumber": 2, "pubTypeList": {"pubType": ["preprint-withdrawal"]}}]
            }
        },
    ],
)
def test_a_withdrawal_is_seen_by_title_text_or_type(says_so: dict[str, object]) -> None:
    """Servers say it in different places."""
    assert read(**says_so).is_withdrawn


@pytest.mark.parametrize(
    "subject",
    [
        {"title": "Withdrawn patients in trials of veins"},
        {"title": "Removed catheters"},
        {"title": "WITHDRAWN PATIENTS IN TRIALS OF VEINS"},
        {"title": "Drugs of which the licence was withdrawn"},
        {"title": "Lorcaserin (withdrawn) and weight"},
        {"title": "Removal of catheters: a randomised trial"},
        {"abstractText": "We have withdrawn the drug from 40 patients."},
        {"abstractText": "The study was withdrawn by the sponsor; we report why."},
        {"abstractText": "The authors withdrew the study drug in 12 patients."},
        {"abstractText": "The full text of retracted papers has been removed from our analyses."},
        {"abstractText": "The Lancet has retracted this article; we ask what followed."},
        {"abstractText": "Removed tissue was examined. The study drug was withdrawn."},
        {"abstractText": "This study was stopped early and the drug withdrawn."},
        {"abstractText": "The study drug was withdrawn in 12 of 60 patients."},
        {"abstractText": "The authors have withdrawn the drug from 40 patients."},
        {"title": "Withdrawal of hydroxychloroquine: a randomised trial"},
        {"title": "Retracted eyelids"},
        {"abstractText": "The drug has been withdrawn from the market. This study asked why."},
        {"abstractText": "Two authors read each report. The study was stopped early."},
        {"versionList": {"version": [
            {"id": "PPR0", "versionNumber": 1, "pubTypeList": {"pubType": ["preprint-withdrawal"]}},
            {"id": "PPR1", "versionNumber": 2, "pubTypeList": {"pubType": ["preprint"]}},
        ]}},
    ],
)  # fmt: skip
def test_withdrawal_as_a_subject_is_none(subject: dict[str, object]) -> None:
    """Nor is an earlier version that a later one has replaced."""
    assert not read(**subject).is_withdrawn


def test_the_day_of_a_withdrawal_is_that_of_its_version() -> None:
    """And its title is shown without the word."""
    versions = [{"id": "PPR1", "versionNumber": 1, "firstPublishDate": "2020-03-31"}]
    versions += [{"id": "PPR2", "versionNumber": 2, "firstPublishDate": "2020-04-11"}]
    versions[1]["pubTypeList"] = {"pubType": ["preprint-withdrawal"]}
    found = read(title="WITHDRAWN: A trial of veins", abstractText="Words.", versionList={"version": versions})
    assert (found.title, found.withdrawn_on, found.posted_on) == (
        "A trial of veins",
        date(2020, 4, 11),
        date(2020, 3, 31),
    )


@pytest.mark.parametrize(
    "broken", [{"title": None}, {"id": None}, {"authorList": {"author": "Doe J"}}, {"versionNumber": "x"}]
)
def test_a_record_of_another_shape_is_told_and_the_others_are_read(broken: dict[str, object]) -> None:
    """One field missing or of another type."""
    others = [record(number) for number in range(2, 6)]
    with server(page({**record(1), **broken}, *others)) as (preprints, _):
        found = preprints.matching(QUERY)
    assert [one.id for one in found.preprints] == ["PPR2", "PPR3", "PPR4", "PPR5"]
    assert "could not be read: 1" in found.remark


# --- what goes wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Answer(b"busy", 503),
        Answer(b"slow down", 429, {"Retry-After": "7200"}),
        Answer(b"<html>maintenance</html>", 200, {"Content-Type": "text/html"}),
        Answer(b"not found", 404),
        Answer(page(record()).body, cut=60),
        Answer(page(record()).body, drip=0.4),
        Answer(json.dumps({"hitCount": 1, "request": {"queryString": QUERY}}).encode()),
        Answer(json.dumps({"hitCount": "many", "request": {}, "resultList": {"result": []}}).encode()),
        page(record(), hitCount=12),
    ],
)  # fmt: skip
def test_a_fault_is_an_error_and_never_an_empty_list(fault: Answer) -> None:
    """Down, limited, a web page, half an answer, byte by byte, without its list, with too few records."""
    with server(fault) as (preprints, _), pytest.raises(UpstreamError) as failed:
        preprints.matching(QUERY)
    assert "jane@example.org" not in str(failed.value)
    assert "TITLE_ABS" not in str(failed.value)


def test_a_page_that_fails_once_is_asked_for_again() -> None:
    """Within the same answer."""
    with server([Answer(b"busy", 503), page(record())]) as (preprints, _):
        found = preprints.matching(QUERY)
    assert (len(found.preprints), found.requests) == (1, 2)


# --- Crossref ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "doi", "article"),
    [
        ("preprint_is_preprint_of", "10.5194/acp-2021-781", "10.5194/acp-22-2365-2022"),
        ("preprint_version3_is_preprint_of", "10.1002/essoar.10503377.3", "10.1029/2020jg005891"),
        ("article_has_preprint_asserted_by_object", "10.1371/journal.pone.0173707", ""),
        ("work_wakefield_retracted", "10.1016/s0140-6736(97)11096-0", ""),
    ],
)
def test_recorded_relations_name_the_article_of_a_preprint(
    name: str, doi: str, article: str, shared_data: Path
) -> None:
    """Reviews and comments are none, and an article is no preprint."""
    body = (shared_data / "sources" / "crossref" / f"{name}.json").read_bytes()
    asked: list[Asked] = []

    def answer(one: Asked) -> Answer:
        asked.append(one)
        return Answer(body)

    with server(page(), answer) as (preprints, _):
        assert preprints.article_of(doi) == article
    assert (asked[0].path, asked[0].params) == (f"/works/{doi}", {"mailto": "jane@example.org"})


def test_a_doi_that_crossref_does_not_know_has_no_article(shared_data: Path) -> None:
    """404 in plain text, as recorded: it may be another agency's."""
    text = (shared_data / "sources" / "crossref" / "error_404_plain_text.txt").read_bytes()
    with server(page(), Answer(text, 404, {"Content-Type": "text/plain"})) as (preprints, _):
        assert preprints.article_of("10.48550/arxiv.2004.1") == ""


@pytest.mark.parametrize("relation", [{}, [], None, {"has-review": [{"id-type": "doi", "id": "10.1/r"}]}])
def test_a_work_without_relations_has_no_article(relation: object) -> None:
    """Crossref writes none in several ways."""
    with server(page(), Answer(json.dumps({"message": {"relation": relation}}).encode())) as (preprints, _):
        assert preprints.article_of("10.1101/x") == ""


@pytest.mark.parametrize(
    "fault", [Answer(b"{}"), Answer(b"oops", 500), Answer(b'{"message":[]}', 400), Answer(b"<html>", 200)]
)
def test_a_fault_of_crossref_is_an_error(fault: Answer) -> None:
    """Not the news that there is no article."""
    with server(page(), fault) as (preprints, _), pytest.raises(UpstreamError):
        preprints.article_of("10.1101/x")


@pytest.mark.parametrize(
    "recorded",
    [
        [{"id": "https://doi.org/10.1/ART", "id-type": "DOI"}], {"id": "10.1/art", "id-type": "doi"},
        [{"id": "10.1%2FArt"}], [{"id-type": "doi"}, {"id": "10.1/art", "id-type": "doi"}],
        [{"id": "10.1/art", "id-type": "doi"}, {"id": "10.1101/ABC", "id-type": "doi"}],
        [{"id": "10.1/art", "id-type": "doi"}, {"id": "PMC1", "id-type": "pmcid"}],
    ],
)  # fmt: skip
def test_a_relation_is_read_in_any_spelling(recorded: object) -> None:
    """In another case, as an address, alone, without a type, beside the preprint itself."""
    answer = Answer(json.dumps({"message": {"relation": {"is-preprint-of": recorded}}}).encode())
    with server(page(), answer) as (preprints, _):
        assert preprints.article_of("10.1101/Abc") == "10.1/art"


@pytest.mark.parametrize(
    "unknown",
    [
        {"bookOrReportDetails": None, "authorList": None, "pubTypeList": None, "commentCorrectionList": None},
        {"versionList": {"version": [{"versionNumber": 1}]}, "pmid": None},
        {"commentCorrectionList": {"commentCorrection": {}}, "authorList": {"author": [None, {"fullName": None}]}},
    ],
)
def test_what_a_record_does_not_have_is_unknown_and_loses_nothing_else(unknown: dict[str, object]) -> None:
    """Null for a part with parts of its own, and a version without an id."""
    found = read(doi="10.1101/A", **unknown)
    assert (found.id, found.doi, found.server, found.authors, found.article) == ("PPR1", "10.1101/a", "", (), None)


def test_a_pmid_may_be_a_number() -> None:
    """That of the preprint's own record, and that of its article."""
    link = {"type": "Preprint of", "source": "MED", "id": 24975855}
    found = read(pmid=5, commentCorrectionList={"commentCorrection": link})
    assert found.pmid == "5"
    assert found.article
    assert found.article.pmid == "24975855"


# --- the query ---------------------------------------------------------------------------------------------


def _question(population: tuple[str, ...], intervention: tuple[str, ...], mesh: tuple[str, ...] = ()) -> Question:
    return Question("Does it help?", "people", "it", Terms(population), Terms(intervention, mesh))


def test_the_words_of_a_question_become_a_query() -> None:
    """Phrases in quotation marks, endings with an asterisk; in a phrase with one each word by itself."""
    words = ("venoplast*", "dilation of vein*", 'so-called "liberation"')
    veins = '(TITLE_ABS:"dilation" AND TITLE_ABS:vein*)'
    assert preprints_of(_question(("multiple sclerosis", "MS"), words)) == (
        '(TITLE_ABS:"multiple sclerosis" OR TITLE_ABS:"MS")'
        f' AND (TITLE_ABS:venoplast* OR {veins} OR TITLE_ABS:"so-called liberation") AND (SRC:PPR)'
    )


def test_headings_stand_in_for_a_concept_without_words() -> None:
    """And a question without either is not asked."""
    assert 'TITLE_ABS:"Angioplasty"' in preprints_of(_question(("MS",), (), ("Angioplasty",)))
    assert preprints_of(_question(("MS",), ())) == ""
    assert preprints_of(_question(("MS",), ("*", '"'))) == ""
