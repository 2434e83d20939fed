"""An answer beyond belief is told to nobody as news, and takes nothing away, until it is settled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import store
from monitor.model import FreshnessState, NoticeKind, Outcome
from monitor.sources.pubmed import responses
from monitor.sources.pubmed.http import Response
from monitor.store import Database
from monitor.watch import freshness
from tests.support.fake_pubmed import FakePubMed
from tests.support.poll_harness import PollHarness
from tests.support.records import DAY, article, notice, query, topic

DROPPED = ("PhraseNotFound: aaa",)


def watching(db: Database, pmids: Iterable[int], *, polls: int = 1) -> PollHarness:
    """A search that has found these articles, in a baseline and in quiet polls since."""
    harness = PollHarness(db, FakePubMed(), ())
    lists(harness, pmids)
    harness.pubmed.translations["veins"] = "aaa[Author] OR ccc[Author]"
    harness.configure(topic(query()))
    harness.poll(timedelta())
    for _ in range(polls):
        harness.poll()
    return harness


def lists(harness: PollHarness, pmids: Iterable[int]) -> None:
    """From now on PubMed lists exactly these."""
    harness.pubmed.listed["veins"] = set()
    for pmid in pmids:
        harness.pubmed.list(harness.pubmed.records.get(str(pmid), article(str(pmid))), "veins")


def drops_a_term(harness: PollHarness, pmids: Iterable[int]) -> None:
    """PubMed does not find a word of the query, reads the rest, and lists these."""
    lists(harness, pmids)
    harness.pubmed.warnings["veins"] = DROPPED
    harness.pubmed.translations["veins"] = "ccc[Author]"


def reads_it_again(harness: PollHarness, pmids: Iterable[int]) -> None:
    """PubMed finds the word again."""
    lists(harness, pmids)
    harness.pubmed.warnings.clear()
    harness.pubmed.translations["veins"] = "aaa[Author] OR ccc[Author]"


def current(harness: PollHarness) -> set[str]:
    """The articles that the search is held to match."""
    with harness.db.read() as tx:
        return store.matches.current(tx, "ccsvi", "veins")


@pytest.mark.parametrize(
    ("before", "then", "is_doubted"),
    [
        (2, 300, True),
        (150, 450, True),
        (150, 158, True),
        (150, 156, False),
        (150, 152, False),
        (3, 5, False),
        (3, 6, True),
    ],
)
def test_a_flood_with_a_sign_that_pubmed_dropped_a_term_is_doubted(
    db: Database, before: int, then: int, *, is_doubted: bool
) -> None:
    """It is measured by the size of the search, and a few new ones are always believed."""
    harness = watching(db, range(1, before + 1))
    drops_a_term(harness, range(1, then + 1))
    (poll,) = harness.poll()
    assert bool(poll.doubt) is is_doubted
    assert (poll.outcome, poll.count) == (Outcome.INCOMPLETE if is_doubted else Outcome.OK, then)
    assert len(harness.reported()) == (0 if is_doubted else then - before)


@pytest.mark.parametrize("sign", ["a warning", "another translation"])
def test_either_sign_is_enough(db: Database, sign: str) -> None:
    """A shorter translation without a word of warning, or a warning with the same translation."""
    harness = watching(db, range(1, 9))
    lists(harness, range(1, 60))
    if sign == "a warning":
        harness.pubmed.warnings["veins"] = ('QuotedPhraseNotFound: "aaa bbb"',)
    else:
        harness.pubmed.translations["veins"] = "ccc[Author]"
    (poll,) = harness.poll()
    assert poll.doubt == "PubMed reads it differently and lists 59 articles instead of 8"


@pytest.mark.parametrize("burst", [40, 400])
def test_a_burst_of_news_is_told(db: Database, burst: int) -> None:
    """A congress supplement of forty papers in one day, the query read as ever, with the warnings it always had."""
    harness = watching(db, range(1, 151))
    harness.pubmed.warnings["veins"] = DROPPED
    harness.poll()
    lists(harness, range(1, 151 + burst))
    (poll,) = harness.poll()
    assert (poll.new, poll.doubt) == (burst, "")


def test_a_translation_spelled_otherwise_is_the_same(db: Database) -> None:
    """Blanks and capitals are no sign."""
    harness = watching(db, range(1, 9))
    lists(harness, range(1, 60))
    harness.pubmed.translations["veins"] = "AAA[author]  OR ccc[Author]"
    (poll,) = harness.poll()
    assert (poll.new, poll.doubt) == (51, "")


def test_a_search_that_always_brings_much_may_bring_as_much_when_mesh_changes(db: Database) -> None:
    """Its own history is the measure."""
    harness = watching(db, range(1, 101))
    lists(harness, range(1, 121))
    harness.poll()
    lists(harness, range(1, 161))
    harness.pubmed.translations["veins"] = "aaa[MeSH Terms]"
    (poll,) = harness.poll()
    assert (poll.new, poll.doubt) == (40, "")


def test_the_recorded_flood_is_not_news(db: Database, shared_data: Path) -> None:
    """Two answers to one unchanged query: 2 articles, then 300, a term dropped."""
    first, second = (
        responses.read_search(
            Response(200, (shared_data / "cases" / "upstream" / f"dropped-term-{number}.esearch.xml").read_bytes())
        )
        for number in (1, 2)
    )
    harness = watching(db, map(int, first.pmids), polls=0)
    for answer in (first, second):
        lists(harness, map(int, answer.pmids))
        harness.pubmed.translations["veins"] = answer.translation
        harness.pubmed.warnings["veins"] = answer.warnings
        (poll,) = harness.poll()
    assert (poll.doubt, poll.new) == ("PubMed reads it differently and lists 300 articles instead of 2", 0)
    assert "PhraseNotFound: aaa" in poll.warnings
    assert "PhraseNotFound: aaa" in poll.error
    assert harness.reported() == []
    assert len(harness.pubmed.calls) == len([call for call in harness.pubmed.calls if call != "fetch"]) + 1


@pytest.mark.parametrize(
    ("held", "left", "is_doubted"),
    [
        (40, 19, True),
        (40, 20, False),
        (30, 15, True),
        (30, 22, True),
        (30, 23, False),
        (10, 0, True),
        (9, 0, True),
        (8, 0, True),
        (8, 4, True),
        (8, 6, True),
        (8, 7, False),
        (4, 3, False),
        (3, 1, True),
        (2, 0, True),
        (2, 1, False),
        (1, 0, False),
    ],
)
def test_an_answer_that_is_empty_or_lacks_too_much_is_doubted(
    db: Database, held: int, left: int, *, is_doubted: bool
) -> None:
    """More than half of any search, a quarter of a small one; one article may always go."""
    harness = watching(db, range(1, held + 1))
    lists(harness, range(1, left + 1))
    for _ in range(2):
        (poll,) = harness.poll()
        assert bool(poll.doubt) is is_doubted
    assert len(current(harness)) == (held if is_doubted else left)
    assert len(harness.reported()) == (0 if is_doubted else held - left)


def test_eight_articles_that_vanish_and_come_back_are_neither_gone_nor_new(db: Database) -> None:
    """The index was being rebuilt for two days."""
    harness = watching(db, range(1, 9))
    for answered in ((), (), range(1, 5), range(1, 9)):
        lists(harness, answered)
        harness.poll()
    assert harness.reported() == []
    assert harness.state().doubt == ""


def test_a_single_article_that_is_removed_is_told_as_gone(db: Database) -> None:
    """Also of a search of two."""
    harness = watching(db, range(1, 3))
    harness.pubmed.delete("2")
    harness.poll()
    harness.poll()
    assert harness.reported() == [("gone", "2")]


def test_records_that_pubmed_deleted_are_gone_for_a_reason(db: Database) -> None:
    """Three of eight duplicates are removed from PubMed: EFetch says so, and no operator need look."""
    harness = watching(db, range(1, 9))
    for pmid in ("6", "7", "8"):
        harness.pubmed.delete(pmid)
    polls = [poll for _ in range(2) for poll in harness.poll()]
    assert [poll.doubt for poll in polls] == ["", ""]
    assert harness.reported() == [("gone", "6"), ("gone", "7"), ("gone", "8")]


def test_articles_arriving_in_a_vanishing_are_told_if_they_are_few(db: Database) -> None:
    """They match, whatever else is missing; an answer about other articles altogether is no answer."""
    harness = watching(db, range(1, 9))
    lists(harness, [1, 2, 20])
    harness.poll()
    assert harness.reported() == [("new", "20")]
    lists(harness, range(30, 39))
    (poll,) = harness.poll()
    assert poll.doubt == "PubMed lists only 0 of the 9 articles held"
    assert harness.reported() == []


def test_what_is_in_doubt_says_so_and_is_not_current(db: Database) -> None:
    """To the operator and to readers, since when and why; PubMed's own words are for the operator."""
    harness = watching(db, range(1, 3))
    believed = harness.now
    drops_a_term(harness, range(1, 301))
    harness.poll()
    began = harness.now
    harness.poll()
    state = harness.state()
    assert (state.doubt_since, state.last_success_at, state.translation) == (
        began, believed, "aaa[Author] OR ccc[Author]",
    )  # fmt: skip
    judged = freshness.judge_for_mail(state, DAY, harness.now)
    assert judged.state is FreshnessState.STALE
    assert (judged.doubt, judged.doubt_since) == (state.doubt, began)
    assert judged.sentence == (
        f"Last success {believed:%Y-%m-%d %H:%M} UTC; in doubt since {began:%Y-%m-%d %H:%M} UTC: "
        "PubMed reads it differently and lists 300 articles instead of 2."
    )
    assert "Phrase" not in judged.sentence


def test_a_doubt_ends_by_itself_when_the_answer_is_believable(db: Database) -> None:
    """What truly appeared meanwhile is told then, once."""
    harness = watching(db, range(1, 9))
    drops_a_term(harness, range(1, 301))
    harness.poll()
    harness.poll()
    reads_it_again(harness, [*range(1, 9), 400, 401])
    (poll,) = harness.poll()
    assert (poll.doubt, harness.state().doubt, harness.state().doubt_since) == ("", "", None)
    assert harness.reported() == [("new", "400"), ("new", "401")]
    assert harness.state().last_success_at == harness.now


def test_the_operator_accepts_and_what_was_held_back_is_told(db: Database) -> None:
    """The wider reading is right after all: its articles are news, and the reading is from now on the usual one."""
    harness = watching(db, range(1, 9))
    drops_a_term(harness, range(1, 31))
    harness.poll()
    (accepted,) = harness.accept()
    assert (accepted.doubt, accepted.new, accepted.outcome) == ("", 22, Outcome.OK)
    assert len(harness.reported()) == 22
    assert (harness.state().doubt, harness.state().translation) == ("", "ccc[Author]")
    (quiet,) = harness.poll()
    assert (quiet.doubt, harness.reported()) == ("", [])


def test_the_operator_accepts_a_vanishing(db: Database) -> None:
    """They are gone at once; the next poll has nothing to doubt."""
    harness = watching(db, range(1, 9))
    lists(harness, range(1, 4))
    harness.poll()
    (accepted,) = harness.accept()
    assert (accepted.gone, harness.reported()) == (5, [("gone", str(pmid)) for pmid in range(4, 9)])
    (quiet,) = harness.poll()
    assert (quiet.doubt, len(current(harness))) == ("", 3)


def test_retractions_are_told_while_the_search_is_in_doubt(db: Database) -> None:
    """What is held is watched as ever."""
    harness = watching(db, range(1, 9))
    drops_a_term(harness, range(1, 301))
    harness.poll()
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    harness.pubmed.revise(article("3", notices=(link,)), harness.now.date())
    harness.poll()
    assert harness.reported() == [("retracted", "3")]


def test_a_modification_dated_before_the_doubt_is_found_after_it(db: Database) -> None:
    """Time in doubt is time nobody looked."""
    harness = watching(db, range(1, 9))
    lists(harness, ())
    harness.poll()
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    harness.pubmed.revise(article("3", notices=(link,)), harness.now.date())
    for _ in range(9):
        harness.poll()
    lists(harness, range(1, 9))
    harness.poll()
    assert harness.reported() == [("retracted", "3")]


def test_a_failure_in_between_leaves_the_doubt_as_it_was(db: Database) -> None:
    """And a changed query ends it."""
    harness = watching(db, range(1, 9))
    lists(harness, ())
    harness.poll()
    since = harness.now
    harness.pubmed.is_down = True
    harness.poll()
    harness.pubmed.is_down = False
    harness.poll()
    assert harness.state().doubt_since == since
    harness.configure(topic(query(text="arteries")))
    assert (harness.state().doubt, harness.state().doubt_since) == ("", None)


def test_two_baselines_are_not_compared(db: Database) -> None:
    """The operator's own change of the query is no doubt."""
    harness = watching(db, range(1, 9))
    harness.pubmed.listed["arteries"] = {"1"}
    harness.configure(topic(query(text="arteries")))
    (poll,) = harness.poll()
    assert (poll.is_baseline, poll.doubt) == (True, "")
