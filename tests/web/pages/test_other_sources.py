"""The page and the JSON of what PubMed does not hold: registries, preprints, citing works, and how each source is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from monitor import store
from monitor.model import (
    CitingWork,
    Design,
    HeldPreprint,
    Level,
    ListedWork,
    Nature,
    OutsideNotice,
    Preprint,
    PublishedAs,
    RegistryArm,
    RegistryDate,
    RegistryEntry,
    RegistryStatus,
    Relevance,
    SeenBy,
    Settings,
    SourceName,
    SourceSettings,
    Verdict,
)
from monitor.store import Database
from monitor.watch.outside import plan
from tests.support.digest_samples import ARTICLES
from tests.support.site import NOW, TOPIC, RunningSite, fill_site, open_site

PAGE = "/topics/ccsvi/other-sources"
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
    (SeenBy(SourceName.OPENALEX, "W1", NOW),),
)


def with_sources(settings: Settings) -> Settings:
    """ClinicalTrials.gov is on."""
    source = SourceSettings(SourceName.CLINICAL_TRIALS, "https://clinicaltrials.gov/api/v2", timedelta(days=1))
    return replace(settings, sources={source.name: source})


@pytest.fixture
def site(db: Database, tmp_path: Path) -> Iterator[RunningSite]:
    """A topic of years with something from every source."""
    fill_site(db)
    with open_site(db, tmp_path, change=with_sources) as running:
        with db.begin() as tx:
            plan.configure(tx, running.settings, NOW)
            store.registry_entries.save(tx, "ccsvi", [TRIAL, OTHER], NOW)
            store.preprints.save(tx, "ccsvi", [HeldPreprint(PREPRINT, VERDICT, "1", NOW)])
            seed = store.topics.seed_pmid(tx, "ccsvi")
            store.citing_works.save(tx, "ccsvi", seed, [WORK])
        yield running


def test_what_registries_and_preprint_servers_hold_is_on_a_page_of_its_own(site: RunningSite) -> None:
    """A trial of the question first, what only has its words folded away, text of theirs never markup."""
    page = site.http.get(PAGE).text
    trials, _, others = page.partition("1 more entry that the registries list for these words")
    assert TRIAL.url in trials
    assert "terminated" in trials
    assert "104 people" in trials
    assert "Nobody &lt;b&gt;came&lt;/b&gt;" in trials
    assert "NCT00000002" not in trials
    assert "NCT00000002" in others
    for said in (
        PREPRINT.title,
        "medRxiv",
        "10.1101/2018.01.02",
        "/topics/ccsvi/articles/30266886",
        "not peer-reviewed",
    ):
        assert said in page
    assert "1 work outside PubMed cites the seed article" in page


def test_the_topics_page_names_the_sources_and_their_state_and_leads_there(site: RunningSite) -> None:
    """Beside the searches of PubMed."""
    page = site.http.get("/topics/ccsvi").text
    assert "ClinicalTrials.gov" in page
    assert PAGE in page


def test_programs_get_the_same_as_json(site: RunningSite) -> None:
    """Each with where it comes from."""
    found = site.http.get(f"/api/v1{PAGE}").json()
    assert [(one["number"], one["is_of_question"]) for one in found["registry_entries"]] == [
        ("NCT01864941", True),
        ("NCT00000002", False),
    ]
    assert found["registry_entries"][0]["source"] == "clinicaltrials"
    assert (found["preprints"][0]["is_trial"], found["preprints"][0]["article_pmid"]) == (True, "30266886")
    assert found["citing_works"][0]["seen_by"] == [{"source": "openalex", "at": NOW.isoformat()}]
    assert [(one["name"], one["freshness"]) for one in found["sources"]] == [("clinicaltrials", "never")]


def test_a_topic_of_which_other_sources_hold_nothing_has_the_page_too(db: Database, tmp_path: Path) -> None:
    """It says that no source is on."""
    fill_site(db)
    with open_site(db, tmp_path, topic=TOPIC) as running:
        page = running.http.get(PAGE).text
    assert "No source besides PubMed is switched on." in page
    assert page.count("None is known.") == 2


def test_the_privacy_page_names_every_server_that_is_asked(site: RunningSite) -> None:
    """They learn searches, and nothing about readers."""
    page = site.http.get("/privacy").text
    assert "registered trials, preprints and retractions, and learn no more than that: clinicaltrials.gov." in page


def test_an_article_that_another_source_calls_retracted_is_shown_as_retracted(site: RunningSite) -> None:
    """On its page and as JSON; PubMed's record does not say so."""
    pmid = next(iter(ARTICLES))
    notice = OutsideNotice(SourceName.CROSSREF, "10.1/notice", Nature.RETRACTION, on=date(2018, 9, 30))
    with site.db.begin() as tx:
        store.notices.save(tx, "ccsvi", {pmid: [notice]}, NOW)
    assert "Retracted" in site.http.get(f"/topics/ccsvi/articles/{pmid}").text
    assert site.http.get(f"/api/v1/topics/ccsvi/articles/{pmid}").json()["is_retracted"] is True
