"""Since when an answer holds: since its newest trial, or since something else changed it. On both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from monitor import store
from monitor.evidence.conclude import conclude, standing
from monitor.model import Article, NoticeKind
from monitor.store import Database
from monitor.watch.reconcile import judge
from tests.evidence.test_screening import hold
from tests.support import factories
from tests.support.articles import TOPIC, notice, sham_trial

FIRST = sham_trial("1", 19, day="2014-06-27", numbers=("NCT1",))
SECOND = sham_trial("2", 115, day="2017-11-18", numbers=("NCT2",))
RETRACTION = notice("RetractionIn", NoticeKind.RETRACTION, "9")
TODAY = factories.NOW + timedelta(days=3)


@pytest.fixture
def told(db: Database) -> Database:
    """Both trials are held, and a digest has told the answer."""
    hold(db, FIRST, SECOND)
    with db.begin() as tx:
        store.digests.add(tx, factories.digest(), factories.RENDERED, factories.NOW)
    return db


def revised(db: Database, *articles: Article, now: datetime = TODAY, is_quiet: bool = False) -> date | None:
    """The records are so from `now` on; since when the answer that is drawn then holds."""
    with db.begin() as tx:
        store.articles.save(tx, articles, now)
        judge(tx, TOPIC, articles, now)
        conclude(tx, TOPIC, now, is_quiet=is_quiet)
    with db.read() as tx:
        shown, held = standing(tx, TOPIC, now), store.answers.current(tx, TOPIC.key)
    assert shown
    assert held
    assert shown.answer.since == held.answer.since
    return held.answer.since


def test_what_is_found_at_first_holds_since_its_newest_trial(told: Database) -> None:
    """Long before Monitor looked."""
    assert revised(told) == date(2017, 11, 18)


@pytest.mark.parametrize("one", [FIRST, SECOND], ids=["the older", "the newer"])
def test_after_a_retraction_the_answer_holds_since_that_day(told: Database, one: Article) -> None:
    """No digest says "unchanged since" the day of a trial when the retraction of another has changed it later."""
    assert revised(told, replace(one, notices=(RETRACTION,))) == TODAY.date()


def test_a_trial_that_is_read_late_changes_the_answer_on_its_day(told: Database) -> None:
    """Its first day is before that of the others: the answer was another one until now."""
    late = sham_trial("3", 40, day="2012-01-05", numbers=("NCT3",))
    assert revised(told, late) == TODAY.date()


def test_a_new_trial_brings_its_own_day(told: Database) -> None:
    """As it was published first."""
    assert revised(told, sham_trial("3", 40, day="2019-08-30", numbers=("NCT3",))) == date(2019, 8, 30)


def test_a_question_that_was_changed_has_its_answer_since_then(told: Database) -> None:
    """Even where the newest trial that counts now is newer than those that counted before."""
    newer = sham_trial("3", 40, day="2018-05-01", numbers=("NCT3",))
    assert revised(told, newer, is_quiet=True) == TODAY.date()
