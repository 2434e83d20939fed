"""Which source is due for which topic, who may ask it, and what became of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor import store
from monitor.errors import ConflictError
from monitor.model import SourceName, SourceState
from monitor.store import Database, Tx
from monitor.store.outside.source_states import SourcePlan
from tests.support.factories import DAY, HOUR, LEASE, MINUTE, NOW

CROSSREF, ICITE = SourceName.CROSSREF, SourceName.ICITE
PLAN = SourcePlan(CROSSREF, "ccsvi", DAY, "a question")


def _state(tx: Tx) -> SourceState:
    return store.source_states.state(tx, CROSSREF, "ccsvi")


def _claimed(tx: Tx, at: timedelta = timedelta()) -> str:
    token = store.source_states.claim(tx, CROSSREF, "ccsvi", NOW + at, LEASE)
    assert token
    return token


def _answered(tx: Tx, at: timedelta = timedelta(), doubt: str = "", watermark: str = "2026-01-01") -> SourceState:
    token = _claimed(tx, at)
    store.source_states.finish(
        tx, _state(tx), token, NOW + at + DAY, NOW + at, watermark=watermark, doubt=doubt, requests=3
    )
    return _state(tx)


def _failed(tx: Tx, at: timedelta = timedelta()) -> SourceState:
    token = _claimed(tx, at)
    store.source_states.fail(tx, _state(tx), token, NOW + at + HOUR, NOW + at, "no answer", 4)
    return _state(tx)


def test_a_new_source_is_due_at_once_for_each_topic(db: Database) -> None:
    """Without a baseline, and only those that are asked for."""
    with db.begin() as tx:
        store.source_states.sync(tx, [PLAN, SourcePlan(ICITE, "ccsvi", DAY)], NOW)
        assert [one.source for one in store.source_states.due(tx, [CROSSREF], NOW)] == [CROSSREF]
        assert store.source_states.count_due(tx, NOW) == 2
        assert not _state(tx).has_baseline


def test_an_answer_is_a_baseline_and_moves_the_watermark(db: Database) -> None:
    """It is due again when it was said to be."""
    with db.begin() as tx:
        store.source_states.sync(tx, [PLAN], NOW)
        state = _answered(tx)
        assert (state.has_baseline, state.watermark, state.last_success_at, state.requests) == (
            True,
            "2026-01-01",
            NOW,
            3,
        )
        assert store.source_states.due(tx, [CROSSREF], NOW + HOUR) == []
        assert len(store.source_states.due(tx, [CROSSREF], NOW + DAY)) == 1
        assert store.source_states.troubled(tx) == []


def test_a_doubted_answer_is_no_baseline_and_moves_nothing(db: Database) -> None:
    """The doubt is dated from its first answer, and ends with a believed one."""
    with db.begin() as tx:
        store.source_states.sync(tx, [PLAN], NOW)
        _answered(tx)
        _answered(tx, DAY, "empty", "2026-02-02")
        state = _answered(tx, 2 * DAY, "still empty", "2026-02-02")
        assert (state.doubt, state.doubt_since, state.watermark) == ("still empty", NOW + DAY, "2026-01-01")
        assert state.last_success_at == NOW
        assert store.source_states.troubled(tx) == [state]
        state = _answered(tx, 3 * DAY)
        assert (state.doubt, state.doubt_since) == ("", None)


def test_failures_are_counted_from_the_first_and_take_nothing_away(db: Database) -> None:
    """Until it answers again."""
    with db.begin() as tx:
        store.source_states.sync(tx, [PLAN], NOW)
        _answered(tx)
        _failed(tx, DAY)
        state = _failed(tx, 2 * DAY)
        assert (state.failures_in_row, state.first_failure_at, state.last_error) == (2, NOW + DAY, "no answer")
        assert (state.has_baseline, state.watermark, state.last_success_at) == (True, "2026-01-01", NOW)
        state = _answered(tx, 3 * DAY)
        assert (state.failures_in_row, state.first_failure_at, state.last_error) == (0, None, "")


def test_two_never_ask_at_once_and_who_lost_the_lease_saves_nothing(db: Database) -> None:
    """The second takes over when the lease of the first has ended."""
    with db.begin() as tx:
        store.source_states.sync(tx, [PLAN], NOW)
        first = _claimed(tx)
        assert store.source_states.claim(tx, CROSSREF, "ccsvi", NOW) is None
        _claimed(tx, LEASE + MINUTE)
    with pytest.raises(ConflictError, match="What Crossref answered for ccsvi is not saved"), db.begin() as tx:
        store.source_states.finish(tx, _state(tx), first, NOW, NOW)


def test_another_question_needs_another_baseline(db: Database) -> None:
    """What the new question adds is no news; whoever asks the old one just now saves nothing."""
    with db.begin() as tx:
        store.source_states.sync(tx, [PLAN], NOW)
        _answered(tx)
        store.source_states.sync(tx, [PLAN], NOW)
        assert _state(tx).has_baseline
        store.source_states.sync(tx, [SourcePlan(CROSSREF, "ccsvi", DAY, "another question")], NOW + HOUR)
        state = _state(tx)
        assert (state.has_baseline, state.watermark, state.due_at) == (False, "", NOW + HOUR)


def test_a_source_that_is_switched_off_keeps_what_it_has(db: Database) -> None:
    """On again it is asked at once, and its baseline still holds."""
    with db.begin() as tx:
        store.source_states.sync(tx, [PLAN], NOW)
        _answered(tx)
        store.source_states.sync(tx, [], NOW)
        assert store.source_states.states(tx, "ccsvi") == store.source_states.due(tx, [CROSSREF], NOW + DAY) == []
        store.source_states.sync(tx, [PLAN], NOW + HOUR)
        (state,) = store.source_states.states(tx, "ccsvi")
        assert (state.has_baseline, state.due_at) == (True, NOW + HOUR)


def test_what_a_wrong_clock_has_left_is_due_again(db: Database) -> None:
    """It was forty days ahead for a while."""
    with db.begin() as tx:
        store.source_states.sync(tx, [PLAN], NOW)
        _answered(tx, 40 * DAY)
        assert store.clock.has_future(tx, NOW, {})
        store.clock.forget_future(tx, NOW, {})
        state = _state(tx)
        assert (state.due_at, state.last_success_at) == (NOW, None)
        assert not store.clock.has_future(tx, NOW, {})
