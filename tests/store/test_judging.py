"""Verdicts, screenings and answers: what is current, and what stays as history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.errors import StoreError
from monitor.model import AnswerRecord, AnswerState, Design, TrialLink
from monitor.store import Database, Tx
from monitor.store.schema import tables
from tests.support.factories import DAY, NOW, answer, article, verdict

_PERSON = replace(verdict(matches=False), by="Dr A", because="Not this question")


def _judged(tx: Tx, *verdicts: object) -> list[str]:
    said = list(verdicts)
    store.articles.save(tx, [article(one.pmid) for one in said], NOW)  # type: ignore[attr-defined]  # Verdicts
    store.verdicts.save(tx, said, NOW)  # type: ignore[arg-type]  # Verdicts
    return [one.article.pmid for one in store.verdicts.judged(tx, "ccsvi")]


def test_the_newest_verdict_is_current_and_the_ones_before_stay(db: Database) -> None:
    """What the rules said, and when, is answerable for years."""
    old, new = verdict(rules="1"), verdict(rules="2", design=Design.PROTOCOL)
    with db.begin() as tx:
        store.articles.save(tx, [article()], NOW)
        assert store.verdicts.save(tx, [old], NOW) == 1
        assert store.verdicts.save(tx, [old], NOW + DAY) == 0
        assert store.verdicts.save(tx, [new], NOW + DAY) == 1
        assert store.verdicts.current(tx, "ccsvi", ["1", "2"]) == {"1": new}
        assert store.verdicts.history(tx, "ccsvi", "1") == [(NOW, old), (NOW + DAY, new)]
        assert list(store.verdicts.all_current(tx, "ccsvi")) == [new]


def test_the_answer_is_made_of_what_bears_on_the_question_alone(db: Database) -> None:
    """A million stored cohort studies are not read to answer."""
    with db.begin() as tx:
        assert _judged(
            tx,
            verdict("1"),
            verdict("2", Design.COHORT, matches=False),
            verdict("3", Design.SYSTEMATIC_REVIEW, matches=False),
            verdict("4", Design.PROTOCOL, matches=False),
            verdict("5", Design.RANDOMIZED, matches=False),
        ) == ["1", "3", "4"]


def test_what_a_person_screened_or_linked_is_part_of_the_answer(db: Database) -> None:
    """Whatever the rules thought of it."""
    with db.begin() as tx:
        store.screenings.add(tx, replace(_PERSON, pmid="2"), NOW)
        store.screenings.add_link(tx, "ccsvi", TrialLink("3", "1", True, "Dr A", "same patients"), NOW)
        others = [verdict(pmid, Design.COHORT, matches=False) for pmid in "1234"]
        assert _judged(tx, *others) == ["1", "2", "3"]


@pytest.mark.parametrize(("versions", "said"), [([], ""), (["7"], "7"), (["7", "8"], "7 and 8")])
def test_the_version_of_the_rules_behind_the_verdicts_is_known(db: Database, versions: list[str], said: str) -> None:
    """So that the operator is told to classify again."""
    with db.begin() as tx:
        _judged(tx, *(verdict(str(n), rules=version) for n, version in enumerate(versions)))
        assert store.verdicts.rules_version(tx, "ccsvi") == said


def test_a_screening_counts_until_it_is_withdrawn_and_its_history_stays(db: Database) -> None:
    """A person screens an article, screens it again, and withdraws."""
    again = replace(_PERSON, because="Second look")
    with db.begin() as tx:
        _judged(tx, verdict())
        store.screenings.add(tx, _PERSON, NOW)
        store.screenings.add(tx, again, NOW + DAY)
        (judged,) = store.verdicts.judged(tx, "ccsvi")
        assert (judged.verdict, judged.effective) == (verdict(), again)
        assert store.screenings.retract(tx, "ccsvi", "1", "Dr B", NOW + 2 * DAY)
        assert not store.screenings.retract(tx, "ccsvi", "1", "Dr B", NOW + 2 * DAY)
        assert store.screenings.current(tx, "ccsvi") == {}
        assert store.screenings.history(tx, "ccsvi", "1") == [
            (NOW, _PERSON, None, ""), (NOW + DAY, again, NOW + 2 * DAY, "Dr B"),
        ]  # fmt: skip


def test_the_last_decision_on_a_pair_of_reports_counts_in_either_order(db: Database) -> None:
    """Joined, then split, then withdrawn."""
    joined = TrialLink("2", "1", True, "Dr A", "same number")
    split = TrialLink("1", "2", False, "Dr B", "other patients")
    with db.begin() as tx:
        store.screenings.add_link(tx, "ccsvi", joined, NOW)
        store.screenings.add_link(tx, "ccsvi", split, NOW)
        assert store.screenings.links(tx, "ccsvi") == [split]
        assert store.screenings.retract_link(tx, "ccsvi", "2", "1", "Dr B", NOW)
        assert store.screenings.links(tx, "ccsvi") == []


def test_answers_are_a_history(db: Database) -> None:
    """Each with the state before and what caused it."""
    first = AnswerRecord(answer(), NOW, is_baseline=True)
    second = AnswerRecord(answer(AnswerState.SHAM_CONTROLLED), NOW + DAY, previous=AnswerState.NONE)
    with db.begin() as tx:
        assert store.answers.current(tx, "ccsvi") is None
        kept = [replace(one, id=store.answers.add(tx, one)) for one in (first, second)]
        assert store.answers.history(tx, "ccsvi") == kept
        assert store.answers.current(tx, "ccsvi") == store.answers.by_id(tx, kept[1].id) == kept[1]
        with pytest.raises(KeyError):
            store.answers.by_id(tx, 0)


def _change(tx: Tx) -> None:
    tx.execute(sa.update(tables.answers).values(state=AnswerState.SHAM_CONTROLLED))


def _delete(tx: Tx) -> None:
    tx.execute(sa.delete(tables.answers))


def _replace_or_empty(tx: Tx) -> None:
    sqlite = "INSERT OR REPLACE INTO answers SELECT * FROM answers"
    tx.execute(sa.text(sqlite if tx.dialect.name == "sqlite" else "TRUNCATE answers CASCADE"))


@pytest.mark.parametrize("tamper", [_change, _delete, _replace_or_empty])
def test_the_database_itself_refuses_to_change_an_answer(db: Database, tamper: Callable[[Tx], None]) -> None:
    """Not even a hand-written statement can rewrite the history."""
    with db.begin() as tx:
        store.answers.add(tx, AnswerRecord(answer(), NOW))
    with pytest.raises((StoreError, sa.exc.DBAPIError), match="append-only"), db.begin() as tx:
        tamper(tx)
    with db.read() as tx:
        assert [one.answer for one in store.answers.history(tx, "ccsvi")] == [answer()]


def test_a_verdict_is_saved_without_reading_those_of_all_other_topics(sqlite_db: Database) -> None:
    """With a thousand topics on one literature each of them took as long as all: steps of SQLite's machine say so."""

    def steps(topic: str) -> int:
        counted = 0

        def step() -> None:
            nonlocal counted
            counted += 1

        with sqlite_db.begin() as tx:
            connection = tx.connection.driver_connection
            connection.set_progress_handler(step, 10)  # type: ignore[union-attr]  # there is one
            store.verdicts.save(tx, [replace(verdict("1"), topic=topic), replace(verdict("2"), topic=topic)], NOW)
            connection.set_progress_handler(None, 10)  # type: ignore[union-attr]
        return counted

    with sqlite_db.begin() as tx:
        store.articles.save(tx, [article(str(number)) for number in range(1, 21)], NOW)
    alone = steps("t0")
    for number in range(1, 101):
        with sqlite_db.begin() as tx:
            others = [replace(verdict(str(pmid)), topic=f"t{number}") for pmid in range(1, 21)]
            store.verdicts.save(tx, others, NOW)
    assert steps("t101") <= 2 * alone
