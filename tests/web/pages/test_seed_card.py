"""The seed's card in the page as served: what is named, where it leads, and what is said when nothing is known."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from lxml import html

from monitor import store
from monitor.model import (
    Access,
    ArticleSummary,
    CitingWork,
    FullText,
    ListedWork,
    RelatedArticles,
    Seed,
    SeedContext,
    SeenBy,
    SourceName,
)
from monitor.render.dates import written_day
from monitor.sandbox import Server
from monitor.store import Database
from monitor.watch.seed.context import refresh_due
from tests.support import digest_samples
from tests.support.ncbi_server import sources
from tests.support.site import NOW, SEED, SEED_CONTEXT, TOPIC, RunningSite, open_site

WEEK = timedelta(days=7)


def seed_card(site: RunningSite) -> html.HtmlElement:
    """The part of the topic page from the seed's heading to the next."""
    page = site.http.get("/topics/ccsvi").text
    found = re.search(r'<h2 id="seed">.*?(?=<h2)', page, re.DOTALL)
    assert found
    return html.fromstring(f"<div>{found[0]}</div>")


def card_text(site: RunningSite) -> str:
    """What a reader reads of it."""
    return " ".join(seed_card(site).text_content().split())


def card_links(site: RunningSite) -> dict[str, str]:
    """Where each text leads."""
    return {" ".join(one.text_content().split()): one.get("href") or "" for one in seed_card(site).iter("a")}


def store_context(site: RunningSite, known: SeedContext, *summaries: ArticleSummary) -> None:
    """Store what PubMed returned about the seed."""
    with site.db.begin() as tx:
        store.seed_context.save(tx, known, NOW + WEEK)
        store.seed_context.summarize(tx, summaries, NOW)


def test_references_are_named_with_journal_year_and_link(filled_site: RunningSite) -> None:
    """A stored article links to our page about it, any other to PubMed."""
    found = card_links(filled_site)
    pmid, held = next(iter(digest_samples.ARTICLES.items()))
    assert found[held.title] == f"/topics/ccsvi/articles/{pmid}"
    assert filled_site.http.get(found[held.title]).status_code == 200
    assert found["Venous flow1"] == "https://pubmed.ncbi.nlm.nih.gov/19060000/"
    assert found["PMID 19060001"] == "https://pubmed.ncbi.nlm.nih.gov/19060001/"
    assert "Venous flow1 J Veins, 2009" in card_text(filled_site)


def test_the_rest_is_counted_and_linked(filled_site: RunningSite) -> None:
    """All of them are one click away, and the page says how old the lists are."""
    text, found = card_text(filled_site), card_links(filled_site)
    assert f"{len(SEED_CONTEXT.references.pmids)} references in PubMed" in text
    assert "95 similar articles" in text
    assert "75 more are not listed here." in text
    assert "From PubMed, as of 1 Oct 2018" in text
    everywhere = f"https://pubmed.ncbi.nlm.nih.gov/?linkname={{}}&from_uid={SEED.pmid}"
    assert found["All references in PubMed"] == everywhere.format("pubmed_pubmed_refs")
    assert found["All similar articles in PubMed"] == everywhere.format("pubmed_pubmed")


def test_full_texts_say_whether_they_are_free(filled_site: RunningSite) -> None:
    """PMC, DOI and whoever LinkOut names."""
    text, found = card_text(filled_site), card_links(filled_site)
    assert found["A Publisher of Journals"] == "https://press.example.org/article?id=1&full=yes"
    assert found["DOI"] == f"https://doi.org/{SEED.doi}"
    assert "PubMed Central free" in text
    assert "A Publisher of Journals subscription or fee" in text
    assert [one.get("rel") for one in seed_card(filled_site).iter("a") if "press" in (one.get("href") or "")] == [
        "noopener nofollow"
    ]


def test_before_pubmed_has_answered_the_card_says_so(site: RunningSite) -> None:
    """Nothing known is not nothing there; what is known of the seed stands."""
    assert "PubMed has not yet returned all of its references, similar articles and full texts." in card_text(site)
    assert "Diaconu C, et al." in card_text(site)


def test_what_pubmed_does_not_know_is_said_with_its_date(site: RunningSite) -> None:
    """It was asked, and named none."""
    store_context(site, SeedContext(SEED.pmid, similar=RelatedArticles(("1",), NOW), asked_at=NOW))
    assert "PubMed listed no references of it, no full text of it when last asked, on 1 Oct 2018." in card_text(site)


def test_a_seed_known_by_its_doi_alone_is_not_said_to_have_nothing(db: Database, tmp_path: Path) -> None:
    """Its PMID comes with the first poll."""
    with open_site(db, tmp_path, topic=replace(TOPIC, seed=Seed(doi=SEED.doi))) as site:
        assert "Its PMID is not known yet" in card_text(site)


def test_strangers_words_are_only_text(filled_site: RunningSite) -> None:
    """Titles, journals, providers and addresses are all written by somebody else."""
    evil = "</a><script>alert(1)</script>\x1aunsubscribe\x1a \"'><img src=x onerror=alert(1)>"
    known = replace(
        SEED_CONTEXT,
        references=RelatedArticles(("7",), NOW),
        full_texts=(FullText(evil, 'https://evil.example.org/"><script>alert(2)</script>', Access.NOT_STATED),),
    )
    store_context(filled_site, known, ArticleSummary("7", evil, evil, evil, 2012, evil))
    page = filled_site.http.get("/topics/ccsvi").text
    assert "<script" not in page
    assert "<img" not in page
    assert "\x1a" not in page


def test_the_sandbox_fills_the_card(site: RunningSite, sandbox: Server) -> None:
    """From real requests to the served page; the sandbox does not know this seed, so it says that."""
    with site.db.begin() as tx:
        store.searches.sync(tx, [TOPIC], NOW)
    looked = refresh_due([TOPIC], sources(sandbox.url), site.db, NOW)
    assert looked
    assert looked.error == ""
    expected = (
        "PubMed listed no references of it, no similar articles, no full text of it when last asked, on 1 Oct 2018."
    )
    assert expected in card_text(site)


def test_the_card_of_a_seed_in_the_sandbox(db: Database, sandbox: Server, tmp_path: Path) -> None:
    """References, likeness and the publisher's address, with titles fetched for the purpose."""
    topic = replace(TOPIC, seed=Seed(pmid="102", citation="Marsh AB, Öster C. 2012"))
    with db.begin() as tx:
        store.searches.sync(tx, [topic], NOW)
    refresh_due([topic], sources(sandbox.url), db, NOW)
    with open_site(db, tmp_path, topic=topic) as site:
        found = card_links(site)
        assert "1 reference in PubMed" in card_text(site)
    assert found["Slow veins in multiple sclerosis"] == "https://pubmed.ncbi.nlm.nih.gov/101/"
    assert found["Publisher, through doi.org"] == "https://doi.org/10.5555/open.102"


def test_programs_read_the_card_as_json(filled_site: RunningSite) -> None:
    """The same lists with numbers, and instants instead of sentences."""
    seed = filled_site.http.get("/api/v1/topics/ccsvi/seed").json()
    assert (seed["pmid"], seed["doi"]) == (SEED.pmid, SEED.doi)
    assert (seed["similar"]["total"], len(seed["similar"]["named"])) == (95, 20)
    first = seed["references"]["named"][0]
    assert (first["pmid"], first["journal"], first["year"]) == ("19060000", "J Veins", 2009)
    assert [one["access"] for one in seed["full_texts"]] == ["subscription or fee", "free"]
    assert seed["asked_at"] == "2018-10-01T08:00:00+00:00"
    assert sum(year["count"] for year in seed["cited_by"][0]["by_year"]) == seed["cited_by"][0]["total"]


def test_a_topic_without_a_seed_has_no_card(db: Database, tmp_path: Path) -> None:
    """Neither on its page nor for programs."""
    with open_site(db, tmp_path, topic=replace(TOPIC, seed=None)) as site:
        assert 'id="seed"' not in site.http.get("/topics/ccsvi").text
        assert site.http.get("/api/v1/topics/ccsvi/seed").status_code == 404


def test_what_is_only_named_is_not_counted_as_read(filled_site: RunningSite) -> None:
    """The page and the API count the articles of the searches; there is no page about what is not stored."""
    assert f"{len(digest_samples.ARTICLES)} articles found" in filled_site.http.get("/topics/ccsvi").text
    assert filled_site.http.get("/api/v1/topics/ccsvi").json()["articles"] == len(digest_samples.ARTICLES)
    assert filled_site.http.get("/topics/ccsvi/articles/19060000").status_code == 404


def test_each_index_has_its_own_count_over_time_and_works_outside_pubmed_are_listed(filled_site: RunningSite) -> None:
    """The works outside count for the indexes that list them; each leads to its DOI."""
    thesis = CitingWork("W1", dois=("10.5555/thesis",), title="A thesis", authors="Doe J", year=2015)
    seen = (SeenBy(SourceName.OPENALEX, "W1", NOW), SeenBy(SourceName.EUROPE_PMC, "ETH:1", NOW))
    with filled_site.db.begin() as tx:
        store.citations.add(tx, SEED.pmid, list(digest_samples.ARTICLES)[:2], "icite", NOW)
        store.citing_works.save(tx, "ccsvi", SEED.pmid, [ListedWork("doi:10.5555/thesis", thesis, seen)])
    text = card_text(filled_site)
    assert f"According to PubMed: {len(digest_samples.ARTICLES)}," in text
    assert "According to NIH iCite: 2," in text
    assert "According to OpenAlex: 1," in text
    assert "1 citing work that PubMed does not have A thesis Doe J · 2015 · OpenAlex, Europe PMC" in text
    assert card_links(filled_site)["A thesis"] == "https://doi.org/10.5555/thesis"


def test_the_page_of_a_citing_article_says_who_lists_it_and_since_when(filled_site: RunningSite) -> None:
    """An edge keeps who saw it, and when first."""
    pmid = next(iter(digest_samples.ARTICLES))
    with filled_site.db.begin() as tx:
        store.citations.add(tx, SEED.pmid, [pmid], "icite", NOW + timedelta(days=40))
    text = " ".join(html.fromstring(filled_site.http.get(f"/topics/ccsvi/articles/{pmid}").text).text_content().split())
    first, second = (written_day(at) for at in (NOW, NOW + timedelta(days=40)))
    assert f"Cites the seed article, according to PubMed (seen {first}) and NIH iCite (seen {second})." in text
