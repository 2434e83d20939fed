"""The operator changes the question, or Monitor its rules: all articles are judged again and readers are told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from monitor import evidence, store
from monitor.commands.status import read_status
from monitor.evidence import reassess as work
from monitor.evidence import screening
from monitor.evidence.conclude import conclude
from monitor.evidence.reassess import apply, due, reassess, reassess_due, version_of
from monitor.model import (
    AnswerState,
    Change,
    ChangeKind,
    Design,
    Question,
    Search,
    SearchKind,
    SmtpSettings,
    Terms,
    Topic,
)
from monitor.store import Database
from monitor.watch.poll import poll_due
from tests.support.articles import TOPIC, sham_trial
from tests.support.fake_pubmed import FakePubMed
from tests.support.records import DAY, START
from tests.support.settings import settings

SEARCHED = replace(TOPIC, searches=(Search(TOPIC.key, "all", SearchKind.QUERY, DAY, "veins"),))
STROKE = replace(
    SEARCHED,
    question=replace(TOPIC.question, population_name="stroke", population=Terms(("stroke",), ("Stroke",))),
)


class Installed:
    """One sham-controlled trial is held, and the answer says so."""

    def __init__(self, db: Database) -> None:
        self.db, self.pubmed, self.now = db, FakePubMed(), START
        self.pubmed.list(sham_trial("700", 19), "veins")
        self.tick(SEARCHED)

    def configure(self, topic: Topic) -> None:
        """The service starts with this configuration."""
        self.now += DAY
        with self.db.begin() as tx:
            store.searches.sync(tx, [topic], self.now)
            work.configure(tx, [topic])

    def tick(self, topic: Topic) -> list[str]:
        """The service starts, judges what is due, and polls."""
        self.configure(topic)
        done = reassess_due([topic], self.db, self.now)
        poll_due([topic], self.pubmed.sources, self.db, self.now)
        return done

    def told(self) -> list[Change]:
        """Every change so far, oldest first."""
        with self.db.read() as tx:
            return store.changes.since(tx, TOPIC.key, START - DAY)

    def state(self) -> AnswerState:
        """The state of the answer that is held."""
        with self.db.read() as tx:
            record = store.answers.current(tx, TOPIC.key)
        assert record
        return record.answer.state


@pytest.fixture
def installed(db: Database) -> Installed:
    """As it runs for a day."""
    return Installed(db)


def test_a_changed_question_judges_what_is_held_again_and_is_told_once(installed: Installed) -> None:
    """The trial was about other people: no longer an answer, and no article and no answer is mailed as news."""
    assert installed.state() is AnswerState.SHAM_CONTROLLED
    assert installed.tick(STROKE) == ["ccsvi"]
    assert installed.state() is AnswerState.NONE
    (change,) = installed.told()
    assert (change.kind, change.pmid) == (ChangeKind.QUESTION_CHANGED, "")
    assert change.why.startswith(
        "The question was changed on 8 January 2020, and the article on record was judged again. "
        "The answer was: “One randomised sham-controlled trial"
    )
    assert "It is now: “" in change.why
    assert change.why.endswith("is indexed.”")
    assert installed.tick(STROKE) == []
    assert len(installed.told()) == 1


def test_a_question_that_changes_no_answer_is_told_with_the_answer_that_stays(installed: Installed) -> None:
    """Another wording of the question stands in every digest from now on."""
    installed.tick(replace(SEARCHED, question=replace(TOPIC.question, text="Does it help?")))
    (change,) = installed.told()
    assert "The answer stays: “One randomised" in change.why
    assert change.why.endswith(".”")


def test_the_order_and_case_of_words_are_no_other_question() -> None:
    """The YAML file was tidied."""
    question: Question = TOPIC.question
    words = tuple(word.upper() for word in reversed(question.intervention.words))
    tidied = replace(TOPIC, question=replace(question, intervention=Terms(words)))
    assert version_of(tidied) == version_of(TOPIC)
    assert version_of(STROKE) != version_of(TOPIC)
    assert version_of(replace(TOPIC, requires_screening=True)) != version_of(TOPIC)


def test_new_rules_are_told_when_they_change_the_answer(installed: Installed) -> None:
    """An upgrade of Monitor: as with a changed question, and said to be Monitor's doing."""
    old = screening.verdict_of_person(
        TOPIC, sham_trial("700", 19), Design.REVIEW, is_match=False, by="rules", because=""
    )
    with installed.db.begin() as tx:
        store.verdicts.save(tx, [old], installed.now)
        conclude(tx, SEARCHED, installed.now, is_quiet=True)
        store.topics.set_judged_by(tx, TOPIC.key, "2+beef/" + version_of(SEARCHED).partition("/")[2])
    assert installed.tick(SEARCHED) == ["ccsvi"]
    (change,) = installed.told()
    assert change.why.startswith(
        "Monitor’s rules were changed on 8 January 2020, and the article on record was judged again. "
    )
    assert installed.state() is AnswerState.SHAM_CONTROLLED
    with installed.db.read() as tx:
        assert store.verdicts.rules_version(tx, TOPIC.key) == evidence.RULES_VERSION


@pytest.mark.parametrize("articles", [1, 2])
def test_another_question_by_other_rules_is_told_as_both(installed: Installed, articles: int) -> None:
    """An upgrade of Monitor with a new configuration."""
    if articles == 2:
        installed.pubmed.list(sham_trial("701", 115), "veins")
        installed.tick(SEARCHED)
    with installed.db.begin() as tx:
        store.topics.set_judged_by(tx, TOPIC.key, "2+beef/" + version_of(SEARCHED).partition("/")[2])
    assert installed.tick(STROKE) == ["ccsvi"]
    judged = "the article on record was" if articles == 1 else "all 2 articles on record were"
    day = 7 + articles
    assert installed.told()[-1].why.startswith(
        f"The question and Monitor’s rules were changed on {day} January 2020, and {judged} judged again. "
    )


def test_new_rules_that_change_no_answer_are_not_worth_a_line(installed: Installed) -> None:
    """Most upgrades are of this kind."""
    with installed.db.begin() as tx:
        store.topics.set_judged_by(tx, TOPIC.key, "2+beef/" + version_of(SEARCHED).partition("/")[2])
    assert installed.tick(SEARCHED) == ["ccsvi"]
    assert installed.told() == []


def test_a_reassessment_that_was_stopped_goes_on_and_gives_no_half_answer(installed: Installed) -> None:
    """Articles that arrive meanwhile are stored; the answer is drawn when everything is judged."""
    installed.configure(STROKE)
    assert reassess_due([STROKE], installed.db, installed.now, is_stopping=lambda: True) == []
    installed.pubmed.list(sham_trial("701", 115), "veins")
    poll_due([STROKE], installed.pubmed.sources, installed.db, installed.now)
    assert [change.kind for change in installed.told()] == [ChangeKind.NEW]
    assert installed.state() is AnswerState.SHAM_CONTROLLED
    assert installed.tick(STROKE) == ["ccsvi"]
    assert [change.kind for change in installed.told()] == [ChangeKind.NEW, ChangeKind.QUESTION_CHANGED]
    assert "all 2 articles on record were judged again" in installed.told()[-1].why
    assert installed.state() is AnswerState.NONE


def test_the_status_says_that_articles_wait_to_be_judged_again(installed: Installed) -> None:
    """From the start with the changed configuration until the next tick."""

    def shown(topic: Topic) -> bool:
        found = read_status(
            replace(settings(SmtpSettings("mail.example.org", "monitor@example.org")), topics=(topic,)),
            installed.db,
            installed.now,
        )
        return found.topics[0].is_reassessment_due

    assert not shown(SEARCHED)
    assert shown(STROKE)
    installed.configure(STROKE)
    assert shown(STROKE)
    installed.tick(STROKE)
    assert not shown(STROKE)


def test_many_articles_are_judged_in_batches_with_progress(installed: Installed) -> None:
    """No transaction is long."""
    for number in range(1000, 1250):
        installed.pubmed.list(replace(sham_trial(str(number), 20), title=f"Report {number}"), "veins")
    installed.tick(SEARCHED)
    installed.configure(STROKE)
    seen: list[tuple[int, int]] = []
    reassess_due([STROKE], installed.db, installed.now, lambda done, total, _what: seen.append((done, total)))
    assert seen == [(100, 251), (200, 251), (251, 251)]


def test_a_service_with_the_configuration_of_yesterday_leaves_the_new_question_alone(installed: Installed) -> None:
    """It runs on until it is restarted, and must not judge everything back."""
    installed.tick(STROKE)
    assert reassess_due([SEARCHED], installed.db, installed.now + timedelta(hours=1)) == []
    assert len(installed.told()) == 1


def test_another_question_that_comes_while_articles_are_judged_stops_it(installed: Installed) -> None:
    """Nothing counts as done; an operator who insists is obeyed."""
    installed.configure(STROKE)
    assert not apply(installed.db, SEARCHED, installed.now)
    assert installed.state() is AnswerState.SHAM_CONTROLLED
    assert installed.told() == []
    with installed.db.read() as tx:
        assert due(tx, [STROKE]) == {"ccsvi"}
    assert apply(installed.db, STROKE, installed.now, is_forced=True)
    assert installed.state() is AnswerState.NONE
    assert not apply(installed.db, STROKE, installed.now, is_stopping=lambda: True)


def test_the_command_does_the_same_and_the_next_tick_has_nothing_left(installed: Installed) -> None:
    """`monitor reassess --apply` before the service was restarted."""
    dry = reassess(installed.db, STROKE, installed.now)
    assert (dry.looked_at, dry.is_other_answer, installed.told()) == (1, True, [])
    reassess(installed.db, STROKE, installed.now, is_dry=False)
    assert [change.kind for change in installed.told()] == [ChangeKind.QUESTION_CHANGED]
    assert installed.tick(STROKE) == []
    assert len(installed.told()) == 1


def test_articles_whose_verdicts_were_lost_are_named_and_judged(installed: Installed) -> None:
    """As after somebody emptied the table: the answer is drawn from what is on record."""
    with installed.db.begin() as tx:
        tx.execute(sa.text("DELETE FROM verdicts"))
    (lost,) = reassess(installed.db, SEARCHED, installed.now).changed
    assert (lost[0], lost[1].pmid) == (None, "700")
    reassess(installed.db, SEARCHED, installed.now, is_dry=False)
    assert installed.state() is AnswerState.SHAM_CONTROLLED
    assert reassess(installed.db, SEARCHED, installed.now).changed == ()


def test_a_question_that_changes_before_the_first_answer_is_told_to_nobody(db: Database) -> None:
    """Half a literature would give half an answer: it is drawn when every search has its baseline."""
    with db.begin() as tx:
        store.searches.sync(tx, [SEARCHED], START)
        work.configure(tx, [SEARCHED])
    with db.begin() as tx:
        work.configure(tx, [STROKE])
    assert reassess_due([STROKE], db, START) == ["ccsvi"]
    with db.read() as tx:
        assert store.answers.current(tx, "ccsvi") is None
        assert store.changes.recent(tx, "ccsvi", 9) == []
