"""A few facts for the stand-ins of the services beside PubMed, and a running sandbox that serves them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx

from monitor.sandbox import Corpus, Server, services
from monitor.sandbox.services.openalex import openalex_id

NOON = datetime(2020, 8, 13, 12, tzinfo=UTC)

#: One trial in three registries, one article with its preprint, its citers and its retraction.
FACTS: list[dict[str, Any]] = [
    {
        "kind": "study",
        "number": "NCT04308668",
        "revisions": [
            {
                "on": "2020-03-11",
                "status": "RECRUITING",
                "title": "Hydroxychloroquine as post-exposure prophylaxis",
                "conditions": ["COVID-19"],
                "interventions": [["DRUG", "Hydroxychloroquine"]],
                "arms": [["PLACEBO_COMPARATOR", "Placebo"]],
                "allocation": "RANDOMIZED",
                "masking": "DOUBLE",
                "primary_completion": ["2020-05", "ESTIMATED"],
                "enrollment": [3000, "ESTIMATED"],
                "secondary": [["CTIS-1", "OTHER"]],
                "aliases": ["NCT00000001"],
            },
            {
                "on": "2020-06-29",
                "status": "TERMINATED",
                "why_stopped": "Futility",
                "enrollment": [1309, "ACTUAL"],
                "references": [["DERIVED", "32492293", "Boulware DR. N Engl J Med. 2020."]],
            },
            {"on": "2020-08-10", "results_posted": "2020-08-10"},
        ],
    },
    {
        "kind": "study",
        "number": "NCT2",
        "revisions": [{"on": "2020-04-01", "status": "RECRUITING", "conditions": ["MS"]}],
    },
    {
        "kind": "study",
        "number": "NCT3",
        "revisions": [{"on": "2020-04-02", "status": "COMPLETED", "conditions": ["MS"]}],
    },
    {
        "kind": "study",
        "registry": "isrctn",
        "number": "ISRCTN86534580",
        "revisions": [{"on": "2020-03-17", "title": "PRINCIPLE", "conditions": ["COVID-19"], "nct": "NCT1"}],
    },
    {
        "kind": "study",
        "registry": "ictrp",
        "number": "NCT04308668",
        "revisions": [{"on": "2020-04-01", "registered": "2020-03-11", "status": "Recruiting", "target": "1309"}],
    },
    {"kind": "ictrp_export", "on": "2020-08-12", "is_swapped": True},
    {"kind": "ictrp_export", "on": "2020-09-04"},
    {"kind": "work", "id": "seed", "pmid": "22402947", "doi": "10.1/Seed", "on": "2012-03-01", "title": "Review"},
    {"kind": "work", "id": "a", "pmid": "24975855", "doi": "10.1/a", "on": "2014-06-27", "title": "A trial"},
    {"kind": "work", "id": "t", "source": "ETH", "source_id": "T1", "on": "2014-07-27", "title": "A thesis"},
    {
        "kind": "citation",
        "cited": "seed",
        "citing": "a",
        "seen": dict.fromkeys(("icite", "europe_pmc", "opencitations", "openalex"), "2014-08-01"),
        "clinical_on": "2014-10-01",
    },
    {
        "kind": "citation",
        "cited": "seed",
        "citing": "t",
        "seen": {"europe_pmc": "2014-08-02", "openalex": "2014-08-02"},
    },
    {
        "kind": "preprint",
        "id": "PPR1",
        "doi": "10.1101/x",
        "server": "medRxiv",
        "authors": "Doe J.",
        "article": "a",
        "linked_on": "2014-10-01",
        "versions": [
            {"on": "2014-01-02", "title": "Venous angioplasty", "abstract": "A randomised trial."},
            {"on": "2020-05-01", "title": "WITHDRAWN: Venous angioplasty", "types": ["preprint-withdrawal"]},
        ],
    },
    {
        "kind": "notice",
        "doi": "10.1/a",
        "notice": "10.1/n",
        "type": "retraction",
        "on": "2020-06-05",
        "source": "retraction-watch",
        "record_id": "23529",
    },
    {
        "kind": "notice",
        "doi": "10.1/a",
        "notice": "10.1/n",
        "type": "retraction",
        "on": "2020-05-22",
        "is_backwards": True,
    },
    {
        "kind": "retraction_watch",
        "since": "2020-06-08",
        "row": {"Record ID": "23529", "RetractionDate": "6/5/2020 0:00", "OriginalPaperDOI": "10.1/A"},
    },
]

#: The number that OpenAlex gives the seed.
SEED_W = openalex_id(services.Corpus.from_lines(FACTS).works["seed"])


def running() -> Iterator[Server]:
    """The stand-ins on 13 August 2020."""
    with Server(Corpus(), NOON, services=services.Corpus.from_lines(FACTS)) as server:
        yield server


def get(server: Server, service: str, path: str = "", **params: object) -> httpx.Response:
    """One request; a name such as query_cond is sent as query.cond."""
    sent = {
        name.replace("_", ".") if name.startswith(("query_", "filter_")) else name: str(value)
        for name, value in params.items()
    }
    return httpx.get(server.base_of(service) + path, params=sent or None)
