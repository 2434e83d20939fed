"""The page and the JSON of what PubMed does not hold: registries, preprints, citing works, and how each source is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from monitor import store
from monitor.model import Nature, OutsideNotice, Settings, SourceName, SourceSettings
from monitor.store import Database
from monitor.watch.outside import plan
from tests.support.digest_samples import ARTICLES
from tests.support.outside_samples import PREPRINT, TRIAL, fill_outside
from tests.support.site import NOW, TOPIC, RunningSite, fill_site, open_site

PAGE = "/topics/ccsvi/other-sources"


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
            fill_outside(tx, NOW)
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
