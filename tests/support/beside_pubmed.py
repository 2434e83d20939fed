"""A topic of which every kind of source besides PubMed holds something: one is down, one doubted, one switched off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from monitor import store
from monitor.model import (
    ChangeKind,
    CitingWork,
    Design,
    HeldPreprint,
    Level,
    ListedWork,
    Nature,
    OutsideItem,
    OutsideNotice,
    PublishedAs,
    Question,
    RegistryStatus,
    Relevance,
    Revision,
    SeenBy,
    SourceName,
    SourceSettings,
    Terms,
    Topic,
    Verdict,
)
from monitor.store import Database, Tx
from monitor.store.outside.source_states import SourcePlan
from monitor.watch.outside import plan
from tests.support import factories, reported
from tests.support.factories import DAY, NOW
from tests.support.preprints import preprint
from tests.support.registry import entry

_QUESTION = Question(
    "Does it help?", "MS", "venous angioplasty", Terms(("multiple sclerosis",)), Terms(("venous angioplasty",))
)
TOPIC: Topic = replace(reported.TOPIC, question=_QUESTION)
#: What is configured: addresses with what must not be told of them.
SOURCES = {
    name: SourceSettings(name, location, DAY, "jane@example.org", key="s3cret")
    for name, location in {
        SourceName.ICITE: "https://icite.od.nih.gov/api",
        SourceName.OPENALEX: "https://user:pass@openalex.example/api",
        SourceName.CLINICAL_TRIALS: "https://clinicaltrials.gov/api/v2",
        SourceName.ICTRP: "/home/jane/exports/ictrp.xml",
        SourceName.CROSSREF: "https://api.crossref.org",
        SourceName.RETRACTION_WATCH: "https://api.labs.crossref.example/data/retractionwatch?jane@example.org",
        SourceName.PREPRINTS: "https://www.ebi.ac.uk/europepmc/webservices/rest",
    }.items()
}
TRIAL = entry("NCT01089686", why_stopped="No sponsor", status=RegistryStatus.TERMINATED, acronym="=VEINS")
OTHER = entry("NCT00000002", title="Cooling in stroke", conditions=("Stroke",), interventions=("Ice",), arms=())
PREPRINT = preprint(7, article=PublishedAs(pmid="1", why="its server names it"))
_MATCH = Relevance(is_match=True, intervention=True, population=True)
HELD = HeldPreprint(
    PREPRINT, Verdict("PPR7", "ccsvi", Design.RANDOMIZED, Level.STATED, "1", relevance=_MATCH), "1", NOW, NOW + DAY
)
THESIS = ListedWork(
    "doi:10.1/thesis",
    CitingWork("W1", dois=("10.1/thesis",), title="A thesis on veins", year=2017, kind="dissertation"),
    (SeenBy(SourceName.OPENALEX, "W1", NOW), SeenBy(SourceName.ICITE, "x", NOW + DAY)),
    is_news=True,
    told_at=NOW + DAY,
)
IN_PUBMED = ListedWork("pmid:1", CitingWork("1", "1"), (SeenBy(SourceName.ICITE, "1", NOW),))
NOTICE = OutsideNotice(
    SourceName.CROSSREF, "10.1/notice", Nature.RETRACTION, doi="10.1/notice", reason="Data", on=date(2018, 9, 30)
)
ITEM = OutsideItem(
    "NCT01089686", "Venous Angioplasty", TRIAL.url, "ClinicalTrials.gov", ("It was terminated early.",), on=NOW.date()
)
DOWN = "ClinicalTrials.gov answered 503."


def fill(db: Database) -> int:
    """Everything of `reported.fill`, and of each source; returns the number of the digest that told the termination."""
    reported.fill(db, TOPIC)
    with db.begin() as tx:
        store.topics.set_seed_pmid(tx, "ccsvi", "19060024", NOW)
        store.source_states.sync(tx, _plans(), NOW)
        for name in SOURCES:
            _asked(tx, name)
        _asked(tx, SourceName.CLINICAL_TRIALS, error=DOWN)
        _asked(tx, SourceName.OPENALEX, doubt="It listed nothing where it had 4 works")
        store.registry_entries.save(tx, "ccsvi", [TRIAL, OTHER], NOW)
        revision = Revision("status", '"recruiting"', '"terminated"')
        store.registry_entries.add_revisions(tx, "ccsvi", TRIAL, [revision], NOW + 2 * DAY)
        store.preprints.save(tx, "ccsvi", [HELD])
        earlier = replace(PREPRINT, title="An earlier title", article=None)
        store.preprints.add_states(tx, "ccsvi", [earlier], NOW)
        store.preprints.add_states(tx, "ccsvi", [PREPRINT], NOW + DAY)
        store.citing_works.save(tx, "ccsvi", "19060024", [THESIS, IN_PUBMED])
        store.citations.add(tx, "19060024", ["1"], "icite", NOW)
        store.notices.save(tx, "ccsvi", {"1": [NOTICE]}, NOW)
        told = factories.change("", ChangeKind.REGISTRY, at=NOW + 2 * DAY, item=ITEM)
        return store.digests.add(tx, factories.digest(store.changes.add(tx, [told])), factories.RENDERED, NOW + 3 * DAY)


def _plans() -> list[SourcePlan]:
    return [SourcePlan(name, "ccsvi", timedelta(days=1), plan.asked(name, TOPIC)) for name in SOURCES]


def _asked(tx: Tx, name: SourceName, error: str = "", doubt: str = "") -> None:
    """Ask a source at NOW, or, for what goes wrong, a day later."""
    at = NOW + DAY if error or doubt else NOW
    token = store.source_states.claim(tx, name, "ccsvi", at)
    state = store.source_states.state(tx, name, "ccsvi")
    assert token
    if error:
        store.source_states.fail(tx, state, token, at + DAY, at, error)
    else:
        store.source_states.finish(tx, state, token, at + DAY, at, doubt=doubt)
