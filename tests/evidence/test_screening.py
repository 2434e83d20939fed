"""People outrank rules, and new rules mail nothing: on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor import evidence, store
from monitor.errors import ConfigError
from monitor.evidence import screening, screening_links
from monitor.evidence.conclude import conclude
from monitor.evidence.reassess import reassess as reassess_topic
from monitor.model import (
    AnswerState,
    Article,
    ChangeKind,
    Control,
    Design,
    Direction,
    Outcome,
    Poll,
    Role,
    Search,
    SearchKind,
    Statement,
    TrialLink,
)
from monitor.store import Database
from monitor.watch.reconcile import judge
from tests.support.articles import TOPIC, indexed, sham_trial
from tests.support.factories import RENDERED, digest

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


FIRST, SECOND = sham_trial("1", 19, numbers=("NCT1",)), sham_trial("2", 115, numbers=("NCT2",))
SAID = screening.verdict_of_person(TOPIC, FIRST, Design.SINGLE_ARM, is_match=True, by="A. Reader", because="read it")
ONE, TWO = (TrialLink("1", "2", is_one, "A. Reader", "read both") for is_one in (True, False))
Act = Callable[[Database], object]


def joined(db: Database) -> None:
    """Two reports are said to be of one trial."""
    screening.link(db, TOPIC, ONE, NOW)


@pytest.mark.parametrize(
    ("before", "act", "why"),
    [
        (None, lambda db: screening.screen(db, TOPIC, SAID, NOW + DAY), "A. Reader appraised PMID 1: read it"),
        (
            lambda db: screening.screen(db, TOPIC, SAID, NOW),
            lambda db: screening.retract_screening(db, TOPIC, "1", "B. Reader", NOW + DAY),
            "B. Reader withdrew the appraisal of PMID 1",
        ),
        (
            None,
            lambda db: screening.link(db, TOPIC, ONE, NOW + DAY),
            "A. Reader: PMID 1 and PMID 2 are one trial: read both",
        ),
        (
            joined,
            lambda db: screening.link(db, TOPIC, TWO, NOW + DAY),
            "A. Reader: PMID 1 and PMID 2 are not one trial: read both",
        ),
        (
            joined,
            lambda db: screening.unlink(db, TOPIC, "1", "2", "B. Reader", NOW + DAY),
            "B. Reader took back what was said of PMID 1 and PMID 2",
        ),
    ],
)
def test_each_act_of_a_person_is_told_with_their_reason(db: Database, before: Act | None, act: Act, why: str) -> None:
    """Who, of which reports, why; also when it is taken back."""
    hold(db, FIRST, SECOND)
    if before:
        before(db)
    with db.begin() as tx:
        store.digests.add(tx, digest(), RENDERED, NOW)
    act(db)
    with db.read() as tx:
        (told,) = store.changes.since(tx, TOPIC.key, NOW)
    assert (told.kind, told.why) == (ChangeKind.ANSWER, why)


def test_what_a_person_reads_otherwise_replaces_only_that() -> None:
    """Control, people, the direction with the authors' own sentence; the rest is the rules' reading."""
    one = sham_trial("1", 19)
    read = screening.verdict_of_person(TOPIC, one, Design.RANDOMIZED, is_match=False, by="A. Reader", because="not it")
    assert (read.role, read.relevance.why_not, read.by, read.because) == (
        Role.MAIN_RESULT,
        "A. Reader: not it",
        "A. Reader",
        "not it",
    )
    assert screening.amended(read, one) == read
    told = screening.amended(read, one, control=Control.USUAL_CARE, people=0)
    assert (told.control, told.sample_size, told.statement) == (Control.USUAL_CARE, 0, read.statement)
    quoted = "Angioplasty  showed no benefit over sham."
    told = screening.amended(read, one, direction=Direction.HARM, sentence=quoted)
    assert told.statement == Statement(Direction.HARM, "Angioplasty showed no benefit over sham.", "abstract")
    for fields in ({"direction": Direction.HARM}, {"sentence": quoted}):
        with pytest.raises(ConfigError, match="go together: give both, or neither"):
            screening.amended(read, one, **fields)  # type: ignore[arg-type]  # fields by name
    with pytest.raises(ConfigError, match="does not stand in the record's abstract word for word"):
        screening.amended(read, one, direction=Direction.HARM, sentence="It harmed.")


@pytest.mark.parametrize(
    ("design", "role"),
    [
        (Design.RANDOMIZED, Role.MAIN_RESULT),
        (Design.CONTROLLED, Role.MAIN_RESULT),
        (Design.PROTOCOL, Role.PROTOCOL),
        (Design.SECONDARY_ANALYSIS, Role.SECONDARY_ANALYSIS),
        (Design.ERRATUM, Role.ERRATUM),
        (Design.REVIEW, None),
    ],
)
def test_a_design_that_a_person_gives_tells_the_part_of_the_report(design: Design, role: Role | None) -> None:
    """In its trial."""
    one = sham_trial("1", 19)
    said = screening.verdict_of_person(TOPIC, one, design, is_match=True, by="A. Reader", because="read it")
    assert (said.role, said.relevance.is_match, said.relevance.why_not) == (role, True, "")


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


def test_what_cannot_be_judged_or_tied_says_why(sqlite_db: Database) -> None:
    """An article that no search found, one report with itself, two of which nobody said anything."""
    hold(sqlite_db, sham_trial("1", 19), sham_trial("2", 115))
    assert screening.article_of(sqlite_db, TOPIC, "1") == sham_trial("1", 19)
    stored = f"PMID 9 is not stored for {TOPIC.name}. Only articles that a search found can be judged."
    with pytest.raises(ConfigError) as unknown:
        screening.link(sqlite_db, TOPIC, TrialLink("1", "9", True, "A. Reader", ""), NOW)
    assert str(unknown.value) == stored
    with pytest.raises(
        ConfigError, match=r"^PMID 1 is one report\. Name another to join it with, or to split it from\.$"
    ):
        screening.link(sqlite_db, TOPIC, TrialLink("1", "1", True, "A. Reader", ""), NOW)
    with pytest.raises(ConfigError, match=rf"^Nobody has joined or split PMID 1 and PMID 2 for {TOPIC.name}\.$"):
        screening.unlink(sqlite_db, TOPIC, "1", "2", "A. Reader", NOW)


def test_what_new_rules_would_change_is_counted_as_it_is_judged(sqlite_db: Database) -> None:
    """The end is told of one article, too; nothing is applied."""
    hold(sqlite_db, sham_trial("1", 19))
    seen: list[tuple[int, int, str]] = []
    found = reassess_topic(sqlite_db, TOPIC, NOW, progress=lambda *step: seen.append(step))
    assert seen == [(1, 1, f"judging {TOPIC.name}")]
    assert (found.looked_at, found.changed, found.was_applied, found.is_other_answer) == (1, (), False, False)


def test_links_for_a_person_are_ended_until_that_moment(sqlite_db: Database) -> None:
    """Those made before and then; of nobody else, and none made later."""
    with sqlite_db.read() as tx:
        assert not screening_links.is_ended(tx, "A. Reader", NOW)
    screening_links.end_links(sqlite_db, "A. Reader", NOW)
    with sqlite_db.read() as tx:
        assert screening_links.is_ended(tx, "A. Reader", NOW - DAY)
        assert screening_links.is_ended(tx, "A. Reader", NOW)
        assert not screening_links.is_ended(tx, "A. Reader", NOW + timedelta(seconds=1))
        assert not screening_links.is_ended(tx, "B. Reader", NOW)


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
