"""What a room reads of a digest: the answer, what happened, and a line with its link for each thing that is new."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from monitor import store
from monitor.delivery.channels.writer import ChannelWriter
from monitor.digests.compose import compose_due
from monitor.model import Change, ChangeKind, ChannelMessage, ChannelSettings, Frequency, OutsideItem, SmtpSettings
from monitor.store import Database
from monitor.subscribers import channels
from tests.support.digest_samples import CHANGES, EVERY_KIND, NOW, THREE, article, change
from tests.support.settings import START, happen, links, settings, watched

TOLD = (ChangeKind.REGISTRY, ChangeKind.PREPRINT, ChangeKind.CITING_OUTSIDE)
OUTSIDE = tuple(one for one in EVERY_KIND if one.kind in TOLD)
SEARCH_CHANGED = next(one for one in EVERY_KIND if one.kind is ChangeKind.SEARCH_CHANGED)


def messages(db: Database, changes: Sequence[Change]) -> list[ChannelMessage]:
    """What a room gets: its welcome, and the digest of the week of these changes and of the third trial."""
    room = ChannelSettings("team", ("ccsvi",), "slack://x", "", Frequency.WEEKLY)
    configured = replace(settings(SmtpSettings("127.0.0.1", "Monitor <monitor@example.org>")), channels=(room,))
    watched(db)
    with db.begin() as tx:
        channels.configure(tx, configured, START)
    compose_due(configured, db, START)  # its welcome
    happen(db, changes, THREE)
    compose_due(configured, db, NOW)
    with db.begin() as tx:
        waiting = store.deliveries.claim(tx, NOW, 10, channel="team")
    writer = ChannelWriter(configured, links(configured), db)
    return [writer.message(one, NOW) for one in waiting]


def message(db: Database, changes: Sequence[Change]) -> ChannelMessage:
    """What a room gets in the week of these changes and of the third trial."""
    return messages(db, changes)[-1]


def test_the_page_of_a_welcome_is_for_who_gets_it_and_that_of_a_digest_is_in_the_archive(sqlite_db: Database) -> None:
    """The one has a link that nobody can guess. A program reads since when the answer is as it is."""
    welcome, digest = messages(sqlite_db, CHANGES[1:])
    assert re.fullmatch(r"https://monitor\.example\.org/digests/MQ\..{40,}", welcome.page)
    assert digest.page == "https://monitor.example.org/digests/2"
    read = json.loads(digest.document)
    assert datetime.fromisoformat(read["answer"]["at"]) == NOW
    assert (read["version"], read["digest"]["page"], read["digest"]["subject"]) == (1, digest.page, digest.subject)
    assert datetime.fromisoformat(json.loads(welcome.document)["answer"]["at"]) == START


def test_each_thing_that_is_new_has_a_line_that_leads_to_it(db: Database) -> None:
    """After the answer and the summary: changes of searches, articles by their sections, and what PubMed lacks."""
    answer, told, *lines = message(db, (*CHANGES[1:], SEARCH_CHANGED, *OUTSIDE)).paragraphs
    assert answer.text == THREE.sentence
    assert told.text.startswith("Since 24 Sep 2018: 1 controlled-trial report, ")
    assert [(one.text, one.url, one.label) for one in lines] == [
        ("The search “ccsvi” was changed on 27 Sep 2018: 12 articles no longer matched, 3 more.", "", ""),
        (
            "Controlled trials: Safety and efficacy of venoplasty in MS: A randomized, double-blind, sham-controlled, "
            "phase II trial",
            "https://pubmed.ncbi.nlm.nih.gov/30266886/",
            "PubMed",
        ),
        (
            "Retractions and corrections: Prospective randomized trial of venous angioplasty in MS (PREMiSe)",
            "https://pubmed.ncbi.nlm.nih.gov/24975855/",
            "PubMed",
        ),
        (  # its PMID is one of the tests' own, which PubMed does not have
            "New citations of the seed article: Venous flow in the neck measured by phase-contrast MRI",
            "https://doi.org/10.1000/example.7",
            "DOI",
        ),
        (
            "Other new articles: Neurophysiology after venous angioplasty: a series without controls",
            "https://pubmed.ncbi.nlm.nih.gov/30537671/",
            "PubMed",
        ),
        ("Trials in registries: Venous angioplasty in MS", "https://example.org/NCT01864941", "ClinicalTrials.gov"),
        ("Preprints, not peer-reviewed: Veins and MS", "https://example.org/PPR123456", "Europe PMC preprints"),
        (
            "Citations of the seed article by works that PubMed does not have: A thesis on veins",
            "https://example.org/doi:10.1000/thesis",
            "OpenAlex",
        ),
    ]


def test_what_happened_to_a_trial_in_its_registry_follows_its_title(db: Database) -> None:
    """A title alone would not say why it is told."""
    (trial, *_others) = OUTSIDE
    assert trial.item
    halted = replace(trial, item=replace(trial.item, sentences=("It was terminated early; no reason is given.",)))
    *_before, line = message(db, (halted,)).paragraphs
    assert line.text == "Trials in registries: Venous angioplasty in MS It was terminated early; no reason is given."


@pytest.mark.parametrize(
    ("outside_pubmed", "citing", "rest"),
    [
        (23, 12, ["3 more outside PubMed", "New citations of the seed article: 2 more articles"]),
        (21, 11, ["1 more outside PubMed", "New citations of the seed article: 1 more article"]),
    ],
)
def test_of_very_much_the_rest_is_counted(db: Database, outside_pubmed: int, citing: int, rest: list[str]) -> None:
    """Twenty things outside PubMed are named, and as many citations as a digest shows."""
    outside = [
        change(ChangeKind.PREPRINT, item=OutsideItem(f"PPR{n}", f"Preprint {n}", f"https://example.org/{n}", "medRxiv"))
        for n in range(outside_pubmed)
    ]
    cited = [change(ChangeKind.CITING, str(32_000_000 + n), search="citing") for n in range(citing)]
    with db.begin() as tx:
        store.articles.save(tx, [article(one.pmid, f"Article {one.pmid}") for one in cited], NOW)
    texts = [one.text for one in message(db, (*cited, *outside)).paragraphs]
    assert sum(text.startswith("Preprints, not peer-reviewed: Preprint ") for text in texts) == 20
    assert sum(text.startswith("New citations of the seed article: Article 32") for text in texts) == 10
    assert texts[-2:] == rest


def test_long_titles_and_sentences_are_cut(sqlite_db: Database) -> None:
    """Titles of articles at 300 bytes, what is told of something outside PubMed at 700."""
    item = OutsideItem("PPR1", "p" * 800, "https://example.org/1", "medRxiv")
    with sqlite_db.begin() as tx:
        store.articles.save(tx, [article("32000001", "t" * 400)], NOW)
    *_, cut, outside = message(
        sqlite_db, [change(ChangeKind.NEW, "32000001"), change(ChangeKind.PREPRINT, item=item)]
    ).paragraphs
    assert cut.text == f"Other new articles: {'t' * 297}…"
    assert outside.text == f"Preprints, not peer-reviewed: {'p' * 697}…"


def test_an_article_without_an_english_title_is_named_by_its_own(db: Database) -> None:
    """And one with no title at all is a link all the same."""
    known = [article("32000001", "", vernacular_title="Über Venen"), article("32000002", "")]
    with db.begin() as tx:
        store.articles.save(tx, known, NOW)
    lines = message(db, [change(ChangeKind.NEW, one.pmid) for one in known]).paragraphs[2:]
    assert {(one.text, one.url) for one in lines} == {
        ("Other new articles: Über Venen", "https://pubmed.ncbi.nlm.nih.gov/32000001/"),
        ("Other new articles: (no title)", "https://pubmed.ncbi.nlm.nih.gov/32000002/"),
    }
