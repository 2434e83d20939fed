"""The true history of the answer on CCSVI in MS, day by day, from the demo corpus."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor import config, evidence
from monitor.demo import corpus
from monitor.model import AnswerState, Article, Judged
from monitor.resources import folder
from monitor.sandbox import Corpus
from monitor.sources.pubmed.records import reader

#: Day, state and words of the sentence: S0 to S8 of the known history, and the correction of August 2014.
HISTORY = [
    ("2009-12-01", AnswerState.UNCONTROLLED, "Only uncontrolled reports"),
    ("2011-08-12", AnswerState.CONTROLLED, "One controlled comparison (15 people)"),
    ("2012-10-03", AnswerState.CONTROLLED, "The protocol of a randomised sham-controlled trial is published"),
    ("2012-12-12", AnswerState.CONTROLLED, "A systematic review (2012) found no eligible randomised trial"),
    ("2014-06-27", AnswerState.SHAM_CONTROLLED, "One randomised sham-controlled trial (19 people) shows no benefit."),
    ("2014-08-19", AnswerState.SHAM_CONTROLLED, "One randomised sham-controlled trial (19 people) shows no benefit."),
    ("2017-11-18", AnswerState.SEVERAL_AGREE, "Two randomised sham-controlled trials (134 people): neither"),
    ("2018-09-28", AnswerState.SEVERAL_AGREE, "Three randomised sham-controlled trials (238 people): none"),
    ("2019-05-30", AnswerState.SEVERAL_AGREE, "A systematic review (2019) includes three randomised trials."),
    ("2019-08-23", AnswerState.SEVERAL_DISAGREE, "One randomised wait-list trial (66 people) reports benefit on some"),
]


@pytest.fixture(scope="module")
def history() -> list[tuple[str, AnswerState, str]]:
    """Every change of the answer while the corpus lives through its years, one look a day."""
    topic = config.load_topics(folder("config") / "monitor.yaml")[0]
    living = Corpus.from_xml(corpus.build())
    judged: dict[bytes, Judged] = {}
    found: list[tuple[str, AnswerState, str]] = []
    fingerprint, known = evidence.answer(topic, ()).fingerprint, 0
    day = datetime(2009, 1, 1, 23, 59, tzinfo=UTC)
    while day.year < 2025:
        states = living.at(day).states
        looks = hash(frozenset((pmid, state.at) for pmid, state in states.items()))
        if looks != known:
            known = looks
            xmls = [state.xml() for state in states.values()]
            judged |= {xml: _judged(xml, topic) for xml in xmls if xml not in judged}
            answer = evidence.answer(topic, [judged[xml] for xml in xmls], (), day.date())
            if answer.fingerprint != fingerprint:
                found.append((day.date().isoformat(), answer.state, answer.sentence))
                fingerprint = answer.fingerprint
        day += timedelta(days=1)
    return found


def _judged(xml: bytes, topic: object) -> Judged:
    one: Article = reader.read(b"<PubmedArticleSet>" + xml + b"</PubmedArticleSet>").articles[0]
    return Judged(one, evidence.assess(one, topic))  # type: ignore[arg-type]  # the shipped topic


def test_the_answer_changes_on_its_true_days_and_on_no_other(history: list[tuple[str, AnswerState, str]]) -> None:
    """S0→S1→S2→S3→S3b→S4→(corrected)→S5→S6→S7→S8, and silence in between."""
    assert [day for day, _, _ in history] == [day for day, _, _ in HISTORY]


@pytest.mark.parametrize("number", range(len(HISTORY)))
def test_each_change_says_what_a_truthful_digest_would(
    number: int, history: list[tuple[str, AnswerState, str]]
) -> None:
    """State and sentence of each change."""
    _, state, words = HISTORY[number]
    assert history[number][1] is state
    assert words in history[number][2]
