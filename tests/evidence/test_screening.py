"""People outrank rules, and new rules mail nothing: on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor import evidence, store
from monitor.errors import ConfigError
from monitor.evidence import screening
from monitor.evidence.conclude import conclude
from monitor.evidence.reassess import reassess as reassess_topic
from monitor.model import AnswerState, Article, ChangeKind, Design, Outcome, Poll, Search, SearchKind, TrialLink
from monitor.store import Database
from monitor.watch.reconcile import judge
from tests.support.articles import TOPIC, indexed, sham_trial

NOW = datetime(2019, 9, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1)


def hold(db: Database, *found: Article) -> None:
    """The articles stored and judged, and the answer drawn, as a poll leaves them."""
    with db.begin() as tx:
        search = Search(TOPIC.key, "all", SearchKind.QUERY, DAY, "venoplasty")
        topic = replace(TOPIC, searches=(search,))
        store.searches.sync(tx, [topic], NOW)
        store.articles.save(tx, found, NOW)
        pmids = {one.pmid for one in found}
        poll = store.polls.add(tx, poll_of(search))
        store.matches.record(tx, TOPIC.key, "all", poll, NOW, new=pmids, missing=(), back=(), gone=())
        judge(tx, TOPIC, found, NOW)
        conclude(tx, TOPIC, NOW)


def poll_of(search: Search) -> Poll:
    """A finished poll of the search."""
    return Poll(search.topic, search.name, NOW, NOW, Outcome.OK)


def state(db: Database) -> AnswerState:
    """The state of the answer that is held."""
    with db.read() as tx:
        record = store.answers.current(tx, TOPIC.key)
    assert record is not None
    return record.answer.state


def test_a_screening_changes_the_answer_and_its_withdrawal_changes_it_back(db: Database) -> None:
    """The history keeps all three answers; nothing is overwritten."""
    one = sham_trial("1", 19)
    hold(db, one)
    assert state(db) is AnswerState.SHAM_CONTROLLED
    said = screening.verdict_of_person(
        TOPIC, one, Design.SINGLE_ARM, is_match=True, by="A. Reader", because="no allocation"
    )
    screening.screen(db, TOPIC, said, NOW + DAY)
    assert state(db) is AnswerState.UNCONTROLLED
    screening.retract_screening(db, TOPIC, "1", "A. Reader", NOW + 2 * DAY)
    assert state(db) is AnswerState.SHAM_CONTROLLED
    with db.read() as tx:
        assert len(store.answers.history(tx, TOPIC.key)) == 3


def test_a_screening_survives_reindexing(db: Database) -> None:
    """The record comes back with a new type; the person's word stays."""
    one = sham_trial("1", 19)
    hold(db, one)
    said = screening.verdict_of_person(
        TOPIC, one, Design.SINGLE_ARM, is_match=True, by="A. Reader", because="no allocation"
    )
    screening.screen(db, TOPIC, said, NOW + DAY)
    with db.begin() as tx:
        again = indexed(one, "Randomized Controlled Trial")
        store.articles.save(tx, [again], NOW + 2 * DAY)
        judge(tx, TOPIC, [again], NOW + 2 * DAY)
        conclude(tx, TOPIC, NOW + 2 * DAY)
    assert state(db) is AnswerState.UNCONTROLLED


def test_what_nobody_screened_cannot_be_withdrawn(db: Database) -> None:
    """A clear sentence."""
    hold(db, sham_trial("1", 19))
    with pytest.raises(ConfigError, match="Nobody has screened PMID 1"):
        screening.retract_screening(db, TOPIC, "1", "A. Reader", NOW)


def test_an_operator_joins_two_reports_and_the_count_goes_down(db: Database) -> None:
    """Two trials become one."""
    hold(db, sham_trial("1", 19, numbers=("NCT1",)), sham_trial("2", 115, numbers=("NCT2",)))
    assert state(db) is AnswerState.SEVERAL_AGREE
    screening.link(db, TOPIC, TrialLink("1", "2", True, "A. Reader", "one trial, two numbers"), NOW + DAY)
    assert state(db) is AnswerState.SHAM_CONTROLLED


def test_new_rules_say_first_what_they_would_change_and_never_mail_the_past(db: Database) -> None:
    """A dry run writes nothing; applying stores the verdicts and tells nobody."""
    one = sham_trial("1", 19)
    hold(db, one)
    old = screening.verdict_of_person(TOPIC, one, Design.REVIEW, is_match=False, by="rules", because="")
    with db.begin() as tx:
        store.verdicts.save(tx, [old], NOW + DAY)
        conclude(tx, TOPIC, NOW + DAY, is_quiet=True)
    dry = reassess_topic(db, TOPIC, NOW + 2 * DAY)
    assert [(a.design if a else None, b.design) for a, b in dry.changed] == [(Design.REVIEW, Design.RANDOMIZED)]
    assert dry.is_other_answer
    assert state(db) is AnswerState.NONE
    reassess_topic(db, TOPIC, NOW + 2 * DAY, is_dry=False)
    assert state(db) is AnswerState.SHAM_CONTROLLED
    with db.read() as tx:
        assert store.verdicts.rules_version(tx, TOPIC.key) == evidence.RULES_VERSION
        assert not [c for c in store.changes.recent(tx, TOPIC.key, 50) if c.kind is ChangeKind.ANSWER]
