"""Something of what each kind of source besides PubMed holds: registry entries, a preprint, a citing work."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from monitor import store
from monitor.model import (
    CitingWork,
    Design,
    HeldPreprint,
    Level,
    ListedWork,
    Preprint,
    PublishedAs,
    RegistryArm,
    RegistryDate,
    RegistryEntry,
    RegistryStatus,
    Relevance,
    SeenBy,
    SourceName,
    Verdict,
)
from monitor.store import Tx

SEEN_AT = datetime(2018, 10, 1, 8, 0, tzinfo=UTC)
TRIAL = RegistryEntry(
    source=SourceName.CLINICAL_TRIALS,
    number="NCT01864941",
    title="Venous angioplasty in multiple sclerosis",
    url="https://clinicaltrials.gov/study/NCT01864941",
    status=RegistryStatus.TERMINATED,
    conditions=("Multiple Sclerosis",),
    interventions=("Venous angioplasty",),
    arms=(RegistryArm("Venous angioplasty"), RegistryArm("Sham", is_control=True)),
    is_interventional=True,
    is_randomized=True,
    why_stopped="Nobody <b>came</b>",
    registered_on=date(2013, 5, 30),
    primary_completion=RegistryDate("2016-03"),
    enrolment=104,
)
OTHER = replace(TRIAL, number="NCT00000002", title="Cooling in stroke", conditions=("Stroke",), interventions=("Ice",))
PREPRINT = Preprint(
    "PPR123456",
    "A randomised trial of neck veins",
    doi="10.1101/2018.01.02",
    server="medRxiv",
    posted_on=date(2018, 1, 2),
    article=PublishedAs(pmid="30266886", why="the preprint’s own record names it"),
)
MATCH = Relevance(is_match=True, intervention=True, population=True)
VERDICT = Verdict("PPR123456", "ccsvi", Design.RANDOMIZED, Level.STATED, "1", relevance=MATCH)
WORK = ListedWork(
    "doi:10.1/thesis",
    CitingWork("W1", dois=("10.1/thesis",), title="A thesis on veins", year=2017, kind="dissertation"),
    (SeenBy(SourceName.OPENALEX, "W1", SEEN_AT),),
)


def fill_outside(tx: Tx, now: datetime, topic: str = "ccsvi") -> None:
    """Store all of it for a topic with a seed whose PMID is known."""
    store.registry_entries.save(tx, topic, [TRIAL, OTHER], now)
    store.preprints.save(tx, topic, [HeldPreprint(PREPRINT, VERDICT, "1", now)])
    if seed := store.topics.seed_pmid(tx, topic):
        store.citing_works.save(tx, topic, seed, [WORK])
