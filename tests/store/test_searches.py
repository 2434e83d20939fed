"""What is due, who may poll it, and how it went."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import store
from monitor.errors import ConflictError
from monitor.model import Outcome, Seed, Topic
from monitor.store import Database, Tx
from tests.support.factories import DAY, HOUR, LEASE, MINUTE, NOW, at_the_same_time, poll, topic


def _configured(tx: Tx, *topics: Topic) -> None:
    store.searches.sync(tx, topics or [topic()], NOW)


def _due(tx: Tx, at: timedelta = timedelta(0)) -> list[str]:
    return [state.name for state in store.searches.due(tx, NOW + at)]


def _polled(tx: Tx, outcome: Outcome = Outcome.OK, at: timedelta = timedelta(0), **fields: object) -> None:
    token = store.searches.claim(tx, "ccsvi", "words", NOW + at, LEASE)
    assert token
    store.searches.finish(tx, poll(outcome, NOW + at, **fields), token, NOW + at + DAY, NOW + at)


# --- configuration ---------------------------------------------------------------------------------


def test_a_new_search_is_due_at_once_and_without_baseline(db: Database) -> None:
    """The first poll records and announces nothing."""
    with db.begin() as tx:
        _configured(tx)
        assert _due(tx) == ["words"]
        assert not store.searches.state(tx, "ccsvi", "words").has_baseline


def test_the_same_configuration_again_changes_nothing(db: Database) -> None:
    """A restart is not a reason to poll."""
    with db.begin() as tx:
        _configured(tx)
        _polled(tx)
        before = store.searches.state(tx, "ccsvi", "words")
        _configured(tx)
        assert store.searches.state(tx, "ccsvi", "words") == before


def test_a_changed_query_is_a_new_baseline_and_due_at_once(db: Database) -> None:
    """Else everything the new query adds would be announced as news."""
    with db.begin() as tx:
        _configured(tx)
        _polled(tx, translation="ccsvi[All Fields]")
        _configured(tx, topic("ccsvi OR venous"))
        state = store.searches.state(tx, "ccsvi", "words")
    assert (state.query, state.translation, state.has_baseline, state.due_at) == ("ccsvi OR venous", "", False, NOW)


def test_a_shorter_interval_brings_the_next_poll_forward_and_a_longer_one_does_not_delay_it(db: Database) -> None:
    """From a day to an hour, and back."""
    with db.begin() as tx:
        _configured(tx)
        _polled(tx)
        _configured(tx, topic(every=HOUR))
        assert store.searches.state(tx, "ccsvi", "words").due_at == NOW + HOUR
        _configured(tx, topic(every=7 * DAY))
        assert store.searches.state(tx, "ccsvi", "words").due_at == NOW + HOUR


def test_a_search_removed_from_the_configuration_is_inactive_and_due_when_it_returns(db: Database) -> None:
    """Its history stays."""
    with db.begin() as tx:
        _configured(tx, topic(searches=2))
        _polled(tx)
        store.searches.sync(tx, [], NOW)
        assert (_due(tx, 9 * DAY), store.searches.states(tx, "ccsvi")) == ([], [])
        _configured(tx)
        assert _due(tx) == ["words"]
        assert store.searches.state(tx, "ccsvi", "words").has_baseline


def test_a_search_nobody_configured_is_not_known(db: Database) -> None:
    """A mistyped name is an error, not an empty state."""
    with db.read() as tx, pytest.raises(KeyError, match="ccsvi/wrods"):
        store.searches.state(tx, "ccsvi", "wrods")


# --- the seed ----------------------------------------------------------------------------------------


def test_the_resolved_seed_is_kept(db: Database) -> None:
    """PubMed is asked for its PMID once."""
    with db.begin() as tx:
        _configured(tx, topic(seed=Seed(doi="10.1007/S11936-012-0168-7")))
        assert store.topics.seed_pmid(tx, "ccsvi") == ""
        store.topics.set_seed_pmid(tx, "ccsvi", "22350782", NOW)
        _configured(tx, topic(seed=Seed(doi="10.1007/s11936-012-0168-7")))
        assert store.topics.seed_pmid(tx, "ccsvi") == "22350782"


def test_another_seed_is_resolved_anew_and_a_new_baseline_of_the_searches_by_link(db: Database) -> None:
    """All that cites the other seed is not news."""
    with db.begin() as tx:
        _configured(tx, topic(seed=Seed(pmid="1")))
        _polled(tx)
        token = store.searches.claim(tx, "ccsvi", "citing", NOW, LEASE)
        assert token
        store.searches.finish(tx, replace(poll(), search="citing"), token, NOW + DAY, NOW)
        _configured(tx, topic(seed=Seed(doi="10.1/other")))
        assert store.topics.seed_pmid(tx, "ccsvi") == ""
        assert {s.name: s.has_baseline for s in store.searches.states(tx, "ccsvi")} == {"citing": False, "words": True}


# --- what the operator is told ---------------------------------------------------------------------------


def _unnoticed(tx: Tx) -> list[str]:
    return [state.name for state in store.searches.unnoticed(tx)]


def test_a_search_is_looked_at_once_after_each_poll_and_always_while_it_fails(db: Database) -> None:
    """Whether a failure lasts long enough to be told is a matter of time."""
    with db.begin() as tx:
        _configured(tx, topic(searches=2))
        assert _unnoticed(tx) == []
        _polled(tx)
        looked_at = store.searches.unnoticed(tx)
        assert [state.name for state in looked_at] == ["words"]
        store.searches.mark_noticed(tx, looked_at)
        assert _unnoticed(tx) == []
        _polled(tx, Outcome.FAILED, DAY)
        store.searches.mark_noticed(tx, store.searches.unnoticed(tx))
        assert _unnoticed(tx) == ["words"]


def test_a_poll_that_ends_while_the_operator_is_being_told_is_looked_at_next_time(db: Database) -> None:
    """What was read before it is marked, not what has happened since."""
    with db.begin() as tx:
        _configured(tx)
        _polled(tx)
        looked_at = store.searches.unnoticed(tx)
        _polled(tx, at=DAY)
        store.searches.mark_noticed(tx, looked_at)
        assert _unnoticed(tx) == ["words"]


def test_of_a_search_that_is_no_longer_configured_nothing_is_told(db: Database) -> None:
    """It may have failed when it was removed."""
    with db.begin() as tx:
        _configured(tx)
        _polled(tx, Outcome.FAILED)
        store.searches.sync(tx, [], NOW)
        assert _unnoticed(tx) == []


# --- claims -----------------------------------------------------------------------------------------


def test_of_many_services_that_claim_at_once_exactly_one_wins(db: Database) -> None:
    """Real connections, at the same time."""
    with db.begin() as tx:
        _configured(tx)
    won = at_the_same_time(db, lambda tx: store.searches.claim(tx, "ccsvi", "words", NOW, LEASE))
    assert sorted(map(bool, won)) == [False] * 5 + [True]


def test_a_claimed_search_is_not_due_until_its_lease_runs_out(db: Database) -> None:
    """A service that died is replaced, one that works is left alone."""
    with db.begin() as tx:
        _configured(tx)
        assert store.searches.claim(tx, "ccsvi", "words", NOW, LEASE)
        assert _due(tx, LEASE - MINUTE) == []
        assert not store.searches.claim(tx, "ccsvi", "words", NOW + LEASE - MINUTE, LEASE)
        assert _due(tx, LEASE) == ["words"]
        assert store.searches.claim(tx, "ccsvi", "words", NOW + LEASE, LEASE)


def test_an_operator_may_poll_before_it_is_due_but_not_beside_another_poll(db: Database) -> None:
    """`monitor poll` is early, never double."""
    with db.begin() as tx:
        _configured(tx)
        _polled(tx)
        assert not store.searches.claim(tx, "ccsvi", "words", NOW + HOUR, LEASE)
        assert store.searches.claim(tx, "ccsvi", "words", NOW + HOUR, LEASE, early=True)
        assert not store.searches.claim(tx, "ccsvi", "words", NOW + HOUR, LEASE, early=True)


def test_the_slower_of_two_polls_of_one_search_saves_nothing(db: Database) -> None:
    """The lease ran out, another poll took over and finished first."""
    with db.begin() as tx:
        _configured(tx)
        slow = store.searches.claim(tx, "ccsvi", "words", NOW, LEASE)
        assert slow
        _polled(tx, at=LEASE)
    with pytest.raises(ConflictError, match="not saved"), db.begin() as tx:
        _save_late(tx, slow)
    with db.read() as tx:
        assert store.polls.latest(tx, "ccsvi", "words", 9) == []


def test_the_slower_of_two_polls_saves_nothing_while_the_other_is_running(db: Database) -> None:
    """The lease ran out, another poll took over; it is still asking when the slow one comes back."""
    with db.begin() as tx:
        _configured(tx)
        slow = store.searches.claim(tx, "ccsvi", "words", NOW, LEASE)
        newer = store.searches.claim(tx, "ccsvi", "words", NOW + LEASE, LEASE)
        assert slow
        assert newer
    with pytest.raises(ConflictError, match="not saved"), db.begin() as tx:
        _save_late(tx, slow)
    with db.begin() as tx:
        assert _due(tx, LEASE) == [], "the newer one still has it"
        store.searches.finish(tx, poll(), newer, NOW + DAY, NOW)


def test_a_poll_that_took_longer_than_its_lease_is_saved_when_nobody_took_over(db: Database) -> None:
    """The only service there is, on a slow network."""
    with db.begin() as tx:
        _configured(tx)
        slow = store.searches.claim(tx, "ccsvi", "words", NOW, LEASE)
        assert slow
        store.searches.finish(tx, poll(), slow, NOW + DAY, NOW + 9 * LEASE)
        assert store.searches.state(tx, "ccsvi", "words").has_baseline


def _save_late(tx: Tx, token: str) -> None:
    store.polls.add(tx, poll())
    store.searches.finish(tx, poll(), token, NOW + DAY, NOW)


def test_a_poll_of_the_query_as_it_was_saves_nothing_after_the_query_changed(db: Database) -> None:
    """Its result is of a query that is no longer configured."""
    with db.begin() as tx:
        _configured(tx)
        token = store.searches.claim(tx, "ccsvi", "words", NOW, LEASE)
        assert token
        _configured(tx, topic("another query"))
        with pytest.raises(ConflictError):
            store.searches.finish(tx, poll(), token, NOW + DAY, NOW)


# --- how it went -------------------------------------------------------------------------------------


def test_failures_are_counted_from_the_first_and_reset_by_a_success(db: Database) -> None:
    """What the digest says of a gap."""
    with db.begin() as tx:
        _configured(tx)
        _polled(tx)
        _polled(tx, Outcome.FAILED, DAY, error="503")
        _polled(tx, Outcome.FAILED, 2 * DAY, error="Search Backend failed")
        failing = store.searches.state(tx, "ccsvi", "words")
        _polled(tx, Outcome.INCOMPLETE, 3 * DAY, warnings=("PhraseNotFound: veinz",))
        mended = store.searches.state(tx, "ccsvi", "words")
    assert (failing.failures_in_row, failing.first_failure_at, failing.last_error, failing.last_success_at) == (
        2, NOW + DAY, "Search Backend failed", NOW,
    )  # fmt: skip
    assert (mended.failures_in_row, mended.first_failure_at, mended.last_success_at) == (0, None, NOW + 3 * DAY)
    assert mended.warnings_seen == ("PhraseNotFound: veinz",)


def test_a_search_that_never_succeeded_has_no_baseline(db: Database) -> None:
    """The first success, however late, is the baseline."""
    with db.begin() as tx:
        _configured(tx)
        _polled(tx, Outcome.FAILED)
        assert not store.searches.state(tx, "ccsvi", "words").has_baseline
        _polled(tx, Outcome.OK, DAY)
        assert store.searches.state(tx, "ccsvi", "words").has_baseline


def test_polls_are_stored_with_what_prisma_s_requires(db: Database) -> None:
    """Query as sent, PubMed's translation, count, when, outcome; oldest or newest first."""
    first = poll(count=912, query_sent="ccsvi", translation='"ccsvi"[All Fields]', warnings=("w",), requests=2)
    second = poll(Outcome.FAILED, NOW + DAY, error="timeout")
    with db.begin() as tx:
        numbers = [store.polls.add(tx, one) for one in (first, second)]
        kept = store.polls.since(tx, "ccsvi", "words", None)
        assert [(one.id, one.count, one.warnings, one.error) for one in kept] == [
            (numbers[0], 912, ("w",), ""), (numbers[1], None, (), "timeout"),
        ]  # fmt: skip
        assert store.polls.since(tx, "ccsvi", "words", NOW) == [kept[1]]
        assert store.polls.latest(tx, "ccsvi", "words", 1) == [kept[1]]
