"""The stand-ins of trial registries: what was posted by then, searches, pages, exports."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from lxml import etree

from monitor.sandbox import Server
from tests.support.service_facts import NOON, get


def test_a_registry_tells_only_what_was_posted_by_then(stand_ins: Server) -> None:
    """Not registered, recruiting, terminated with its reason, results posted: each from its day on, at 09:00."""

    def status(day: str, hour: int = 12) -> tuple[int, str, object]:
        stand_ins.at = datetime.fromisoformat(f"{day}T{hour:02}:00:00+00:00")
        found = get(stand_ins, "clinicaltrials", "/studies/nct04308668")
        module = found.json()["protocolSection"]["statusModule"] if found.status_code == 200 else {}
        return found.status_code, module.get("overallStatus", ""), module.get("whyStopped")

    assert status("2020-03-10") == (404, "", None)
    assert status("2020-03-11", 8) == (404, "", None)
    assert status("2020-03-11") == (200, "RECRUITING", None)
    assert status("2020-06-29") == (200, "TERMINATED", "Futility")
    before = get(stand_ins, "clinicaltrials", "/studies/NCT04308668").json()["hasResults"]
    stand_ins.at = NOON
    assert (before, get(stand_ins, "clinicaltrials", "/studies/NCT04308668").json()["hasResults"]) == (False, True)


def test_clinical_trials_pages_by_a_token_of_one_version_of_the_data(stand_ins: Server) -> None:
    """The total on the first page only; a token is refused when the data have moved on meanwhile."""
    first = get(stand_ins, "clinicaltrials", "/studies", query_cond="MS", pageSize=1, countTotal="true").json()
    assert (first["totalCount"], len(first["studies"])) == (2, 1)
    again = {"query_cond": "MS", "pageSize": 1, "countTotal": "true", "pageToken": first["nextPageToken"]}
    second = get(stand_ins, "clinicaltrials", "/studies", **again).json()
    assert set(second) == {"studies"}
    stand_ins.at = NOON + timedelta(days=1)
    assert get(stand_ins, "clinicaltrials", "/studies", **again).status_code == 400


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"query_cond": '"multiple sclerosis" OR MS'}, ["NCT2", "NCT3"]),
        ({"query_cond": "COVID-19", "query_intr": "hydroxychloroquine AND NOT placebo"}, []),
        ({"filter_overallStatus": "COMPLETED|TERMINATED"}, ["NCT04308668", "NCT3"]),
        ({"filter_ids": "NCT2|NCT9"}, ["NCT2"]),
        ({"filter_advanced": "AREA[LastUpdatePostDate]RANGE[2020-04-02, MAX]"}, ["NCT04308668", "NCT3"]),
        ({"filter_advanced": "AREA[ResultsFirstPostDate]RANGE[MIN, MAX]"}, ["NCT04308668"]),
    ],
)
def test_clinical_trials_is_searched_by_words_numbers_and_dates(
    params: dict[str, str], found: list[str], stand_ins: Server
) -> None:
    """As the registry's own query language does."""
    studies = get(stand_ins, "clinicaltrials", "/studies", **params).json()["studies"]
    assert [study["protocolSection"]["identificationModule"]["nctId"] for study in studies] == found


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"query.recrs": "a"}, "query.recrs"),
        ({"filter.advanced": "AREA[StatusModule]x"}, "StatusModule"),
        ({"query.cond": "(MS"}, "brackets"),
    ],
)
def test_clinical_trials_rejects_what_it_does_not_know_in_plain_text(
    params: dict[str, str], words: str, stand_ins: Server
) -> None:
    """400 with the first thing that is wrong."""
    answer = httpx.get(stand_ins.base_of("clinicaltrials") + "/studies", params=params)
    assert answer.status_code == 400
    assert words in answer.text


def test_an_old_number_leads_to_the_present_one(stand_ins: Server) -> None:
    """301, which the client follows."""
    answer = httpx.get(stand_ins.base_of("clinicaltrials") + "/studies/NCT00000001", follow_redirects=True)
    assert answer.json()["protocolSection"]["identificationModule"]["nctId"] == "NCT04308668"


def test_a_registry_wide_touch_moves_the_date_of_every_record(stand_ins: Server) -> None:
    """Nothing else changes."""
    stand_ins.services.add({"kind": "touch", "registry": "clinicaltrials", "on": "2020-08-13"})
    recent = get(
        stand_ins, "clinicaltrials", "/studies", filter_advanced="AREA[LastUpdatePostDate]RANGE[2020-08-13, MAX]"
    )
    assert len(recent.json()["studies"]) == 3


def test_isrctn_has_no_status_and_finds_nothing_by_trial_id(stand_ins: Server) -> None:
    """XML with the number of all trials; the version of a trial grows with every change."""
    space = {"i": "http://www.67bricks.com/isrctn"}
    stand_ins.services.add(
        {
            "kind": "study",
            "registry": "isrctn",
            "number": "ISRCTN2",
            "revisions": [
                {"on": "2020-04-01", "conditions": ["MS"]},
                {"on": "2020-05-01", "status_override": "Suspended"},
            ],
        }
    )
    root = etree.fromstring(get(stand_ins, "isrctn", "/query/format/default", q="condition:MS", limit=1).content)
    (trial,) = root.findall("i:fullTrial/i:trial", space)
    assert (root.get("totalCount"), trial.get("version"), trial.get("lastUpdated", "")[:10]) == ("1", "2", "2020-05-01")
    assert trial.findtext("i:isrctn", "", space) == "2"
    none = etree.fromstring(get(stand_ins, "isrctn", "/query/format/default", q="trial_id:ISRCTN2").content)
    assert none.get("totalCount") == "0"


def test_an_export_of_the_ictrp_with_days_and_months_swapped(stand_ins: Server) -> None:
    """Registered in November, for nobody; the next export is right again."""

    def row() -> tuple[str, str, str]:
        (trial,) = csv.DictReader(get(stand_ins, "ictrp").text.splitlines())
        return trial["Date registration3"], trial["Target size"], trial["Recruitment Status"]

    assert row() == ("20201103", "0", "Recruiting")
    stand_ins.at = datetime(2020, 9, 4, tzinfo=UTC)
    assert row() == ("20200311", "1309", "Recruiting")
