"""Preprints: what readers are told when one is posted, withdrawn and published, and what the answer says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor import store
from monitor.model import (
    AnswerState,
    Author,
    Notice,
    NoticeKind,
    Preprint,
    PublicationType,
    PublishedAs,
    Registration,
    SourceName,
    Terms,
)
from monitor.sources.preprints.relations import CrossrefRelations
from monitor.sources.transport.web import WebService
from monitor.store import Database
from tests.support.answers import Answer as Sent
from tests.support.answers import serving
from tests.support.preprints import TITLE, FakePreprints, preprint
from tests.support.watched_preprints import Watched

PREPRINT_TYPE = PublicationType("D000076942", "Preprint")


@pytest.fixture
def watched(db: Database) -> Watched:
    """A topic under surveillance."""
    return Watched(db)


POSTED = ("Preprint, not peer-reviewed.", "It describes itself as a randomised trial of the question.")
LINE = "A preprint, not peer-reviewed, reports a randomised trial: Doe 2020 (medRxiv), 71 people"


# --- posted ------------------------------------------------------------------------------------------


def test_a_new_preprint_is_told_once_as_not_peer_reviewed(watched: Watched) -> None:
    """With who wrote it, where it is and when it was posted."""
    assert watched.ask(preprint()) == [POSTED]
    assert watched.ask() == []
    with watched.db.read() as tx:
        item = store.changes.recent(tx, "ccsvi", 1)[0].item
    assert item
    assert (item.key, item.title, item.on) == ("PPR1", TITLE, date(2020, 1, 3))
    assert item.url == "https://doi.org/10.1101/2020.01.03.20000001"
    assert (item.source, item.details) == ("Europe PMC", "Doe J, Roe R · medRxiv · 2020")


def test_one_that_is_no_trial_is_told_without_calling_it_one(watched: Watched) -> None:
    """A cohort, an essay: readers see that it exists."""
    title = "Venous angioplasty in multiple sclerosis: a cohort study"
    told = watched.ask(preprint(title=title, text="We followed 40 people."))
    assert told == [("Preprint, not peer-reviewed.",)]
    assert watched.answer().lines == ()


def test_what_the_first_answer_lists_is_no_news(db: Database) -> None:
    """It is a baseline: stored, and a line of the answer all the same."""
    watched = Watched(db, server=FakePreprints([preprint()]))
    assert watched.told() == []
    assert watched.held().told_at is None
    with db.read() as tx:
        state = store.source_states.state(tx, SourceName.PREPRINTS, "ccsvi")
    assert (state.has_baseline, state.watermark) == (True, ""), "this source has none"
    assert [line for line in watched.answer().lines if line.startswith(LINE)]


def test_of_a_changed_query_only_what_was_posted_since_is_news(watched: Watched) -> None:
    """The operator widens the query, and years of preprints are found."""
    watched.topic = replace(watched.topic, preprints_query="TITLE_ABS:vein* AND SRC:PPR")
    old = preprint(1, "Veins: an old essay on veins of the neck", "Words.", posted_on=date(2019, 5, 1))
    new = preprint(2, "Veins: a new essay on veins of the neck", "Words.", posted_on=watched.now.date())
    assert len(watched.ask(old, new)) == 1


def test_one_that_is_no_longer_listed_stays(watched: Watched) -> None:
    """A source never takes anything away."""
    watched.ask(preprint())
    watched.server.listed.clear()
    assert watched.ask() == []
    assert watched.answer().lines


def test_versions_of_one_preprint_are_told_once(watched: Watched) -> None:
    """Research Square gives each version a record and a DOI of its own."""
    assert len(watched.ask(preprint(1, doi="10.21203/rs.3.rs-6664819/v1", version=1))) == 1
    second = preprint(2, f"{TITLE}, revised", doi="10.21203/rs.3.rs-6664819/v2", version=2, posted_on=date(2020, 1, 7))
    assert watched.ask(second) == []
    held = watched.held().preprint
    assert (held.id, held.version, held.title, held.posted_on) == ("PPR1", 2, f"{TITLE}, revised", date(2020, 1, 3))
    nameless = preprint(3, doi="10.21203/rs.3.rs-6664819/v3", version=3, authors=(), server="", posted_on=None)
    assert watched.ask(nameless) == []
    assert (watched.held().preprint.authors, watched.held().preprint.server) == (held.authors, "medRxiv")
    with watched.db.read() as tx:
        titles = [state.title for _, state in store.preprints.states(tx, "ccsvi", "PPR1")]
    assert titles == [TITLE, f"{TITLE}, revised", TITLE]


def test_a_day_that_has_not_come_is_not_told(watched: Watched) -> None:
    """A server that swapped day and month."""
    watched.ask(preprint(posted_on=date(2020, 12, 3)))
    assert watched.held().preprint.posted_on is None


@pytest.mark.parametrize(("days", "is_kept"), [(2, True), (3, False)])
def test_a_day_that_has_come_further_east_is_told(watched: Watched, days: int, is_kept: bool) -> None:
    """Servers are up to a day ahead of us, and a poll may begin just before midnight; what lies beyond is a mistake."""
    posted_on = watched.now.date() + timedelta(days=1 + days)
    watched.ask(preprint(posted_on=posted_on))  # a day later
    assert (watched.held().preprint.posted_on == posted_on) is is_kept


# --- beyond belief --------------------------------------------------------------------------------------


def _several(count: int, first: int = 1) -> list[Preprint]:
    return [preprint(n, f"Essay {n} on veins in multiple sclerosis", "Words.") for n in range(first, first + count)]


def test_a_list_that_lacks_most_of_what_is_held_is_doubted(watched: Watched) -> None:
    """Nothing of it is told until a believable one comes; then everything is."""
    watched.ask(*_several(8))
    watched.server.listed[:] = _several(2, 20)
    assert watched.ask() == []
    assert watched.asked.saved.doubt == "it lists only 0 of the 8 preprints held"
    assert len(watched.ask(*_several(8))) == 2
    assert watched.asked.saved.doubt == ""


def test_a_flood_is_held_back_until_it_has_stood_for_two_days(watched: Watched) -> None:
    """Hundreds at once are a mistake, or a server that has joined the index."""
    assert watched.ask(*_several(80)) == []
    assert watched.asked.saved.doubt == "it lists 80 preprints instead of 0"
    assert watched.ask() == []
    assert len(watched.ask()) == 80


def test_a_question_without_words_is_not_asked(watched: Watched) -> None:
    """The operator is told what to write."""
    watched.topic = replace(watched.topic, question=replace(watched.topic.question, intervention=Terms()))
    watched.ask(preprint())
    assert "write preprints_query" in watched.asked.saved.remark
    assert watched.asked.saved.requests == 0


# --- withdrawn ---------------------------------------------------------------------------------------


def _withdrawn(**fields: object) -> Preprint:
    notice = "The authors have withdrawn this manuscript because of an error in the analysis."
    return preprint(text=notice, is_withdrawn=True, notice=notice, **fields)


def test_a_withdrawal_is_told_with_what_stands_in_its_place(watched: Watched) -> None:
    """What it had reported keeps its title; the answer says that it is withdrawn."""
    watched.ask(preprint())
    watched.server.listed.clear()
    assert watched.ask(_withdrawn(withdrawn_on=date(2020, 1, 9))) == [
        (
            "This preprint was withdrawn on 9 January 2020.",
            "In its place stands: “The authors have withdrawn this manuscript because of an error in the analysis.”",
        )
    ]
    looked_up = list(watched.server.looked_up)
    watched.harness.now += timedelta(days=7)
    assert watched.ask() == []
    assert watched.server.looked_up == looked_up  # what is withdrawn becomes no article
    assert watched.held().preprint.abstract == preprint().abstract
    line = "A preprint that reported a randomised trial has been withdrawn: Doe 2020 (medRxiv), 71 people."
    assert line in watched.answer().lines
    assert not [line for line in watched.answer().lines if line.startswith(LINE)]


def test_one_that_was_withdrawn_before_it_was_seen_is_no_news(watched: Watched) -> None:
    """Nobody was told of it."""
    assert watched.ask(_withdrawn()) == []


def test_a_withdrawal_that_a_later_answer_does_not_show_still_stands(watched: Watched) -> None:
    """Fields of the search may say nothing of it; a later version may."""
    watched.ask(preprint(version=1))
    watched.server.listed.clear()
    watched.ask(_withdrawn(version=2))
    watched.server.listed[:] = [preprint(version=2)]
    watched.ask()
    assert watched.held().preprint.is_withdrawn
    watched.server.listed[:] = [preprint(version=3)]
    watched.ask()
    assert not watched.held().preprint.is_withdrawn


# --- published ---------------------------------------------------------------------------------------


def test_it_is_told_once_as_what_it_is_now_published_as(watched: Watched) -> None:
    """Europe PMC links the two, after PubMed has listed the article."""
    watched.ask(preprint(title="Venoplasty of jugular veins in multiple sclerosis: a randomised trial"))
    assert watched.publish("24975855") == []
    link = PublishedAs("24975855", citation="J Veins. 2020", why="Europe PMC links the preprint to it")
    watched.server.listed[0] = replace(watched.server.listed[0], article=link)
    article_told = f"Now published as “{TITLE}”, Journal of Veins, 2020 (Europe PMC links the preprint to it)."
    assert watched.ask() == [(article_told,)]
    assert watched.ask() == []
    with watched.db.read() as tx:
        assert store.changes.recent(tx, "ccsvi", 1)[0].item.pmids == ("24975855",)  # type: ignore[union-attr]
        assert store.preprints.of_articles(tx, "ccsvi", ["24975855"]) == {"24975855": watched.held()}


def test_the_article_says_when_its_preprint_was_told(watched: Watched) -> None:
    """Beside the terms that it names; not where readers were never told of one."""
    watched.ask(preprint())
    watched.publish("24975855")
    named = "it names “Venous angioplasty” and “multiple sclerosis”"
    assert watched.harness.change("new", "24975855").why == f"{named}; told before, on 8 January 2020, as a preprint"
    watched.publish("24975856", "Venous angioplasty in multiple sclerosis: another trial of other people")
    assert watched.harness.change("new", "24975856").why == named


def test_an_article_with_its_title_and_authors_is_it(watched: Watched) -> None:
    """As soon as PubMed lists it; the reason is stated. The trial counts, and the line of the preprint goes."""
    watched.ask(preprint())
    before = watched.answer()
    assert [line for line in before.lines if line.startswith(LINE)]
    assert before.state is AnswerState.NONE
    told = f"Now published as “{TITLE}”, Journal of Veins, 2020 (both have the same title and authors)."
    assert watched.publish("24975855", f"{TITLE}.") == [(told,)]
    assert watched.ask() == []
    after = watched.answer()
    assert after.state is AnswerState.SHAM_CONTROLLED
    assert not [line for line in after.lines if "preprint" in line]


def test_accents_and_british_spelling_make_no_other_title(watched: Watched) -> None:
    """A journal spells as it is used to."""
    watched.ask(preprint(title=f"{TITLE} by Mitjà", authors=(Author("Mitjà", "O"),)))
    title = f"{TITLE} by Mitja".replace("randomized", "randomised")
    assert len(watched.publish("24975855", title, authors=(Author("Mitja", "Oriol"),))) == 1


@pytest.mark.parametrize(
    "article_of_another",
    [
        {"title": f"Comment on “{TITLE}”"},
        {"authors": (Author("Poe", "Edgar"),)},
        {"publication_types": (PublicationType("D016425", "Published Erratum"),)},
        {"publication_types": (PublicationType("D016420", "Comment"),)},
    ],
)
def test_what_only_bears_its_title_is_not_it(watched: Watched, article_of_another: dict[str, object]) -> None:
    """Comments, errata, and others who chose the same words."""
    watched.ask(preprint())
    assert watched.publish("24975855", **article_of_another) == []  # type: ignore[arg-type]
    assert watched.held().preprint.article is None


def test_a_short_title_joins_nothing(watched: Watched) -> None:
    """Many reports are called so."""
    watched.ask(preprint(title="Venous angioplasty trial"))
    assert watched.publish("24975855", "Venous angioplasty trial") == []


def test_pubmed_links_an_article_to_the_doi_of_its_preprint(watched: Watched) -> None:
    """UpdateOf, with a citation that has no PMID."""
    watched.ask(preprint(doi="10.1000/pre.1"))
    other = Notice(NoticeKind.UPDATE, "UpdateOf", about_this=False, citation="doi: 10.1000/pre.11")
    assert watched.publish("11", "Another trial of veins in multiple sclerosis", notices=(other,)) == []
    link = Notice(NoticeKind.UPDATE, "UpdateOf", about_this=False, citation="doi: 10.1000/pre.1")
    (told,) = watched.publish("12", "A trial under another title in multiple sclerosis", notices=(link,))
    assert told[0].endswith("(PubMed links the two).")


def test_crossref_knows_the_article(watched: Watched) -> None:
    """Asked once a week for trials alone; by its DOI the article of PubMed is found."""
    held = preprint(title="Venoplasty of jugular veins in multiple sclerosis: a randomised trial")
    watched.ask(held, preprint(2, "An essay on veins in multiple sclerosis, nothing more", "Words."))
    watched.publish("24975855", doi="10.1000/art.1")
    assert watched.ask() == []
    assert watched.server.looked_up == [held.doi]
    watched.server.articles[held.doi] = "10.1000/art.1"
    assert watched.ask() == []  # not within the week
    with watched.db.read() as tx:
        assert len(store.preprints.states(tx, "ccsvi", "PPR1")) == 1  # that Crossref was asked is no other state
    watched.harness.now += timedelta(days=4)
    assert watched.ask() == []  # six days later
    assert watched.ask() == [
        (f"Now published as “{TITLE}”, Journal of Veins, 2020 (Crossref records the preprint of it).",)
    ]


@pytest.mark.parametrize(("recorded", "told"), [("10.1000/art.1", 0), ("10.1000/art.2", 1)])
def test_a_guess_is_confirmed_or_corrected_by_crossref(watched: Watched, recorded: str, told: int) -> None:
    """Title and authors were the same; the server of the preprint names the article, perhaps another one."""
    watched.ask(preprint())
    assert len(watched.publish("24975855", doi="10.1000/art.1")) == 1
    watched.server.articles[preprint().doi] = recorded
    watched.harness.now += timedelta(days=7)
    assert len(watched.ask()) == told
    article = watched.held().preprint.article
    assert article
    assert (article.doi, article.why, article.is_guess) == (recorded, "Crossref records the preprint of it", False)
    watched.harness.now += timedelta(days=7)
    asked = len(watched.server.looked_up)
    assert watched.ask() == []
    assert len(watched.server.looked_up) == asked


def test_an_article_that_is_not_held_is_named_by_its_doi_once(watched: Watched) -> None:
    """And told as such; when PubMed lists it later it is joined without telling a second time."""
    watched.ask(preprint())
    watched.server.articles[preprint().doi] = "10.1000/art.1"
    assert watched.ask() == [("Now published as doi:10.1000/art.1 (Crossref records the preprint of it).",)]
    line = "A preprint of a randomised trial is now an article that is not counted here"
    assert [one for one in watched.answer().lines if one.startswith(line)]
    assert watched.publish("24975855", "A trial under another title", doi="10.1000/art.1") == []
    assert watched.held().preprint.article.pmid == "24975855"  # type: ignore[union-attr]


def test_crossref_that_is_down_holds_nothing_up(watched: Watched) -> None:
    """The operator is told; the preprints are stored, and asked about again the next time."""
    watched.ask(preprint())
    watched.server.is_crossref_down = True
    assert watched.ask(preprint(2, "An essay on veins in multiple sclerosis, nothing more", "Words.")) != []
    assert watched.asked.saved.remark == "Crossref could not be reached."
    watched.server.is_crossref_down = False
    watched.ask()
    assert watched.server.looked_up == [preprint().doi]


def test_one_strange_record_at_crossref_keeps_no_other_preprint_from_its_article(db: Database) -> None:
    """Else the first one that cannot be read would be the first one asked for every day, and the last."""
    words = "Venoplasty of veins in multiple sclerosis, report {}: a randomised trial"
    bodies = {"10.1000/pre.1": '{"message": []}', "10.1000/pre.2": '{"message": {"relation": {"is-preprint-of": '
              '[{"id": "10.1000/ART.2", "id-type": "doi"}]}}}'}  # fmt: skip
    with serving({"/": lambda asked: Sent(bodies[asked.path.removeprefix("/works/")].encode())}) as there:
        web = WebService(there.settings(SourceName.CROSSREF), sleep=lambda _: None)
        server = FakePreprints()
        server.article_of = CrossrefRelations(web).article_of  # type: ignore[method-assign]
        watched = Watched(db, server=server)
        watched.ask(
            preprint(1, words.format("one"), doi="10.1000/pre.1"), preprint(2, words.format("two"), doi="10.1000/pre.2")
        )
        assert watched.ask() == [("Now published as doi:10.1000/art.2 (Crossref records the preprint of it).",)]
    assert watched.asked.saved.remark.endswith("Expected `object`, got `array` - at `$.message`")


def test_one_whose_article_was_told_already_is_not_told(watched: Watched) -> None:
    """Europe PMC lists preprints late."""
    watched.publish("24975855")
    assert watched.ask(preprint()) == []
    assert watched.held().preprint.article.pmid == "24975855"  # type: ignore[union-attr]


# --- one thing, whoever holds it ------------------------------------------------------------------------


def test_a_preprint_that_pubmed_holds_is_one_thing(watched: Watched) -> None:
    """Its record has the DOI: it is told as that record, and the answer names it once."""
    watched.publish("990", doi=preprint().doi, publication_types=(PREPRINT_TYPE,))
    assert watched.ask(preprint()) == []
    with watched.db.read() as tx:
        assert store.preprints.of_articles(tx, "ccsvi", ["990", "1"]) == {"990": watched.held()}
    assert watched.held().preprint.pmid == "990"
    lines = [line for line in watched.answer().lines if "preprint" in line]
    assert len(lines) == 1
    assert lines[0].startswith("Not counted yet (a preprint")


def test_its_record_in_pubmed_names_the_article(watched: Watched) -> None:
    """UpdateIn, as NLM adds it to a preprint of its pilot."""
    watched.ask(preprint())
    link = Notice(NoticeKind.UPDATE, "UpdateIn", about_this=True, pmid="24975855", citation="J Veins. 2020;1:2")
    told = watched.publish("990", doi=preprint().doi, publication_types=(PREPRINT_TYPE,), notices=(link,))
    assert told == [("Now published as J Veins. 2020;1:2 (PubMed links the two).",)]


# --- the answer ----------------------------------------------------------------------------------------


def test_a_preprint_trial_makes_a_line_and_changes_nothing_else(watched: Watched) -> None:
    """Its authors are quoted; state, headline and fingerprint stay."""
    before = watched.answer()
    watched.ask(preprint())
    after = watched.answer()
    assert (after.state, after.sentence, after.fingerprint) == (before.state, before.sentence, before.fingerprint)
    quoted = "Its authors write: “The change in EDSS did not differ between groups”."
    assert set(after.lines) - set(before.lines) == {f"{LINE}. {quoted}"}


def test_a_trial_that_counts_under_its_number_is_not_told_a_second_time(watched: Watched) -> None:
    """The article has another title, and nobody has linked the two."""
    numbered = (Registration("ClinicalTrials.gov", "NCT01089686", "abstract"),)
    watched.ask(replace(preprint(), registrations=numbered))
    assert [line for line in watched.answer().lines if line.startswith(LINE)]
    watched.publish("24975855", "Opening neck veins: a randomised trial in multiple sclerosis", registrations=numbered)
    assert not [line for line in watched.answer().lines if line.startswith(LINE)]


def test_one_trial_on_two_servers_makes_one_line(watched: Watched) -> None:
    """Each preprint is told; the newest speaks for the trial."""
    other = preprint(2, server="Research Square", doi="10.21203/rs.3.rs-1/v1", posted_on=date(2020, 1, 6))
    assert watched.ask(preprint(), other) == [POSTED, POSTED]
    (line,) = [line for line in watched.answer().lines if "preprint" in line]
    assert "Doe 2020 (Research Square), 71 people" in line


def test_a_changed_question_judges_preprints_again(watched: Watched) -> None:
    """One that was a trial of the question is none of another one."""
    watched.ask(preprint())
    assert watched.held().is_trial
    other = replace(watched.topic.question.intervention, words=("naturalizumab",), mesh=())
    watched.topic = replace(watched.topic, question=replace(watched.topic.question, intervention=other))
    watched.ask()
    assert not watched.held().is_trial
    assert watched.answer().lines == ()
