"""A source is asked for each topic that is due; whatever it does, nothing that is known is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from monitor import store
from monitor.errors import UpstreamError
from monitor.evidence import reassess
from monitor.model import PubMedSettings, Settings, SmtpSettings, SourceName, SourceSettings, SourceState, Terms, Topic
from monitor.service.alerting.failures import Unit
from monitor.service.guard import Guard
from monitor.store import Database, Tx
from monitor.watch.outside import plan
from monitor.watch.outside.rounds import Round, Saved, run_due
from tests.support.factories import DAY, HOUR, NOW, topic

CROSSREF = SourceName.CROSSREF
SETTINGS = Settings(
    path=Path("monitor.yaml"),
    pubmed=PubMedSettings("jane@example.org"),
    smtp=SmtpSettings("mail.example.org", "jane@example.org"),
    topics=(topic(), replace(topic(), key="hcq")),
    database_url="",
    postal_address="",
    operator_email="jane@example.org",
    sources={CROSSREF: SourceSettings(CROSSREF, "http://127.0.0.1:9", DAY)},
)


def _begin(db: Database) -> None:
    with db.begin() as tx:
        store.topics.sync(tx, SETTINGS.topics, NOW)
        plan.configure(tx, SETTINGS, NOW)


def _state(db: Database, key: str = "ccsvi") -> SourceState:
    with db.read() as tx:
        return store.source_states.state(tx, CROSSREF, key)


def _ask(topic: Topic, state: SourceState) -> str:
    return f"{topic.key} since {state.watermark or 'ever'}"


def _save(_tx: Tx, topic: Topic, _state: SourceState, answer: str, _now: datetime) -> Saved:
    assert answer.startswith(topic.key)
    return Saved(watermark="2026-01-01", requests=2)


GOOD = Round(_ask, _save)


def _failing(wait: float = 0.0) -> Round[str]:
    def ask(topic: Topic, state: SourceState) -> str:
        if topic.key == "ccsvi":
            raise UpstreamError("Crossref is not available (500).", requests=4, wait=wait)
        return _ask(topic, state)

    return Round(ask, _save)


def test_every_topic_that_is_due_is_asked_and_then_not_before_its_time(db: Database) -> None:
    """Each with the state it was left in."""
    _begin(db)
    assert [one.topic for one in run_due(SETTINGS, db, CROSSREF, GOOD, NOW)] == ["ccsvi", "hcq"]
    assert run_due(SETTINGS, db, CROSSREF, GOOD, NOW + HOUR) == []
    state = _state(db)
    assert (state.has_baseline, state.watermark, state.requests) == (True, "2026-01-01", 2)
    assert timedelta(hours=21) < state.due_at - NOW <= DAY


def test_one_that_fails_is_asked_again_soon_and_stops_no_other(db: Database) -> None:
    """After five minutes, then ten."""
    _begin(db)
    done = run_due(SETTINGS, db, CROSSREF, _failing(), NOW)
    assert [(one.topic, one.error) for one in done] == [("ccsvi", "Crossref is not available (500)."), ("hcq", "")]
    state = _state(db)
    assert (state.failures_in_row, state.requests, state.has_baseline) == (1, 4, False)
    assert timedelta(minutes=5) <= state.due_at - NOW < timedelta(minutes=6)
    run_due(SETTINGS, db, CROSSREF, _failing(), NOW + HOUR)
    assert _state(db).failures_in_row == 2
    run_due(SETTINGS, db, CROSSREF, GOOD, NOW + 2 * HOUR)
    assert (_state(db).failures_in_row, _state(db).has_baseline) == (0, True)


def test_who_asks_to_be_left_alone_for_hours_is(db: Database) -> None:
    """Although it failed only once."""
    _begin(db)
    run_due(SETTINGS, db, CROSSREF, _failing(wait=10_800.0), NOW)
    assert _state(db).due_at == NOW + 3 * HOUR


def test_a_bug_fails_its_own_topic_alone_and_is_told(db: Database) -> None:
    """What its transaction had written is gone."""

    def save(tx: Tx, topic: Topic, state: SourceState, answer: str, now: datetime) -> Saved:
        if topic.key == "ccsvi":
            store.meta.put(tx, "half", "done", now)
            raise KeyError("doi")
        return _save(tx, topic, state, answer, now)

    _begin(db)
    parts = Guard(db, NOW).parts(Unit.RETRACTIONS)
    done = run_due(SETTINGS, db, CROSSREF, Round(_ask, save), NOW, parts)
    assert [bool(one.error) for one in done] == [True, False]
    assert list(parts.failed) == ["Crossref, ccsvi"]
    assert _state(db).failures_in_row == 1
    with db.read() as tx:
        assert store.meta.get(tx, "half") == ""


def test_a_doubted_answer_is_asked_again_and_is_no_success(db: Database) -> None:
    """At least once a day."""

    def save(*_: object) -> Saved:
        return Saved(watermark="later", doubt="empty where there was some")

    _begin(db)
    (first, _) = run_due(SETTINGS, db, CROSSREF, Round(_ask, save), NOW)
    assert first.saved.doubt
    state = _state(db)
    assert (state.has_baseline, state.watermark, state.last_success_at) == (False, "", None)
    assert state.doubt_since == NOW


def test_a_source_that_is_off_is_not_asked_and_a_stop_leaves_the_rest_due(db: Database) -> None:
    """Neither is lost."""
    _begin(db)
    assert run_due(replace(SETTINGS, sources={}), db, CROSSREF, GOOD, NOW) == []
    assert run_due(SETTINGS, db, CROSSREF, GOOD, NOW, is_stopping=lambda: True) == []
    assert len(run_due(SETTINGS, db, CROSSREF, GOOD, NOW)) == 2


def test_a_process_with_an_older_question_leaves_the_topic_to_the_others(db: Database) -> None:
    """Its answer would be drawn from the old one."""
    _begin(db)
    old = SETTINGS.topics[0]
    new = replace(old, question=replace(old.question, population=Terms(("sclerosis",))))
    with db.begin() as tx:
        reassess.configure(tx, [new])
    assert [one.topic for one in run_due(SETTINGS, db, CROSSREF, GOOD, NOW)] == ["hcq"]


def test_a_configuration_that_changes_meanwhile_wins(db: Database) -> None:
    """The answer to the old question is not saved."""

    def ask(topic: Topic, state: SourceState) -> str:
        with db.begin() as tx:
            tx_state = store.source_states.state(tx, CROSSREF, topic.key)
            assert tx_state.source is CROSSREF
            store.source_states.sync(tx, [replace(one, asked="new") for one in plan.plans(SETTINGS)], NOW)
        return _ask(topic, state)

    _begin(db)
    assert run_due(replace(SETTINGS, topics=SETTINGS.topics[:1]), db, CROSSREF, Round(ask, _save), NOW) == []
    assert not _state(db).has_baseline
