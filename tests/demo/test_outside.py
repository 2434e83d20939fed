"""What the stand-ins serve on the topics that ship equals the gathered facts, and says what is none."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from monitor.demo import corpus, outside
from monitor.sandbox.services.corpus import Study

CCSVI, HCQ = "ccsvi", "hydroxychloroquine-covid19"


def study(topic: str, number: str, registry: str = "clinicaltrials") -> Study:
    """One registry entry."""
    return next(s for s in outside.facts(topic).studies if (s.number, s.registry) == (number, registry))


def state(topic: str, number: str, on: str, registry: str = "clinicaltrials") -> dict[str, Any]:
    """The facts of one entry on a day."""
    found = study(topic, number, registry).at(date.fromisoformat(on))
    assert found is not None
    return found


def test_every_line_says_how_its_date_is_known() -> None:
    """A basis on each fact, or on each of its revisions; a row of the Retraction Watch list has its own dates."""
    known = ("page", "recorded", "memory", "inferred", "assumed", "illustrative", "invented", "day ", "number ", "DOI ")
    for topic in (CCSVI, HCQ):
        path = Path(outside.__file__).with_name(f"{topic}.jsonl")
        for text in path.read_text("utf-8").splitlines():
            line = json.loads(text)
            if line["kind"] in ("retraction_watch", "ictrp_export"):
                continue
            bases = [line["basis"]] if "basis" in line else [revision["basis"] for revision in line["revisions"]]
            assert all(basis.startswith(known) for basis in bases), text


def test_ccsvi_is_registered_as_the_registries_had_it(shared_data: Path) -> None:
    """Every number of the registry view: the day it was posted, its people and its end, as far as they are known."""
    view = json.loads((shared_data / "topics" / CCSVI / "registry_view.json").read_text("utf-8"))["registry_view"]
    entries = {study.number: study for study in outside.facts(CCSVI).studies}
    assert set(entries) == {fact["registry_id"] for fact in view}
    for fact in view:
        entry = entries[fact["registry_id"]]
        last = entry.at(date.max)
        assert last is not None
        posted, ended = fact.get("posted", ""), fact.get("state", "unknown").removesuffix(" (m)")
        assert str(entry.first_on).startswith(posted.removesuffix(" (m)"))
        assert ended == "unknown" or last["status"] == ended
        assert fact.get("n_actual") is None or last["enrollment"][0] == fact["n_actual"]
        if paper := fact.get("result_paper"):
            assert paper in [pmid for _, pmid, _ in last["references"]]


@pytest.mark.parametrize(
    ("number", "before", "after", "status"),
    [
        ("NCT01089686", "2012-03-05", "2012-03-06", "TERMINATED"),
        ("NCT01201707", "2013-08-31", "2013-09-30", "TERMINATED"),
        ("NCT01555684", "2015-11-30", "2015-12-31", "WITHDRAWN"),
    ],
)
def test_a_trial_that_ended_is_so_from_its_day_on(number: str, before: str, after: str, status: str) -> None:
    """Not before: the day where it is known, else the month."""
    assert state(CCSVI, number, before)["status"] != status
    assert state(CCSVI, number, after)["status"] == status


def test_no_ccsvi_preprint_or_retraction_is_made_up() -> None:
    """None is known; the only invented work says so in its title."""
    facts = outside.facts(CCSVI)
    dois = {entry.doi.lower() for entry in corpus.entries(CCSVI) if entry.doi}
    assert (facts.preprints, facts.notices) == ([], [])
    assert {row.row["OriginalPaperDOI"].lower() for row in facts.retraction_watch} & dois == set()
    known = {entry.id for entry in corpus.entries(CCSVI)}
    strange = [work for id_, work in facts.works.items() if id_ not in known]
    assert [("invented for the demo" in work.title, work.doi.split("/")[0]) for work in strange] == [(True, "10.5555")]


def test_no_index_lists_a_citation_before_the_citing_article_appears() -> None:
    """Of either topic; every index lists some that another one does not."""
    facts = outside.facts(CCSVI)
    for citation in facts.citations:
        assert all(on > facts.works[citation.citing].on for on in citation.seen.values())
    by_index = {
        index: {citation.citing for citation in facts.citations if index in citation.seen}
        for index in ("europe_pmc", "icite", "opencitations", "openalex")
    }
    assert len({frozenset(citing) for citing in by_index.values()}) == 4


def test_the_exports_of_2020_are_the_recorded_ones(shared_data: Path) -> None:
    """Each status and target from the first weekly export that shows it, but for the one that was wrong."""
    path = shared_data / "sources" / "registries" / "ictrp_status_history_2020.json"
    for trial in json.loads(path.read_text("utf-8"))["trials"]:
        for recorded in trial["states"]:
            if recorded["snapshot"] != "2020-08-12":
                held = state(HCQ, trial["trial"], recorded["snapshot"], "ictrp")
                assert held["status"] == recorded["recruitment_status"]
                assert recorded["target"] is None or held["target"] == recorded["target"]
                assert held["registered"] == trial["states"][0]["date_registration"]


def test_the_lancet_article_has_the_recorded_notices(shared_data: Path) -> None:
    """Concern, correction and retraction by two sources, and four links deposited backwards."""
    path = shared_data / "sources" / "crossref" / "work_surgisphere_lancet_retracted.json"
    recorded = json.loads(path.read_text("utf-8"))
    recorded = recorded.get("message", recorded)
    held = [notice for notice in outside.facts(HCQ).notices if "31180-6" in notice.doi]
    for is_backwards, name in ((False, "updated-by"), (True, "update-to")):
        expected = {(e["DOI"], e["type"], e["source"], e["updated"]["date-time"][:10]) for e in recorded[name]}
        assert {(n.notice, n.type, n.source, str(n.on)) for n in held if n.is_backwards is is_backwards} == expected


def test_preprints_appear_before_their_articles_and_are_linked_after() -> None:
    """RECOVERY's on 15 July 2020; each summary says that it was written for the demo."""
    facts = outside.facts(HCQ)
    assert {p.doi: str(p.versions[0][0]) for p in facts.preprints}["10.1101/2020.07.15.20151852"] == "2020-07-15"
    for preprint in facts.preprints:
        assert "[Summary written for the demo" in preprint.versions[0][1]["abstract"]
        if preprint.article and preprint.linked_on:
            article = facts.works[preprint.article]
            assert preprint.versions[0][0] < article.on < preprint.linked_on
