"""A topic with two searches, a changed query, an outage, five articles and an answer with one counted trial."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor import store
from monitor.model import (
    AnswerRecord,
    AnswerState,
    Article,
    ChangeKind,
    Control,
    Design,
    Direction,
    Level,
    Notice,
    NoticeKind,
    Outcome,
    PartialDate,
    Poll,
    Relevance,
    Role,
    Search,
    SearchKind,
    Seed,
    Statement,
    Topic,
    Trial,
    TrialReport,
    Verdict,
)
from monitor.store import Database, Tx
from monitor.watch.search_changes import apply_searches
from tests.support import factories
from tests.support.factories import DAY, NOW

OLD, NEW = "veins[tiab]", 'veins[tiab] AND english[la] OR "a|b"[ti]'
TOPIC = replace(
    factories.topic(NEW, every=timedelta(hours=36)),
    seed=Seed(doi="10.1/seed"),
    searches=(
        Search("ccsvi", "words", SearchKind.QUERY, timedelta(hours=36), NEW),
        Search("ccsvi", "citing", SearchKind.CITING, DAY),
    ),
)
BEFORE = replace(TOPIC, searches=(replace(TOPIC.searches[0], query=OLD),))
SENTENCE = "=Angioplasty <b>did not</b> help."
_TRIAL = Trial(
    "NCT01",
    "Brave Dreams",
    ("NCT01",),
    randomized=True,
    control=Control.SHAM,
    blinding="double blind",
    sample_size=115,
    statement=Statement(Direction.NO_DIFFERENCE, SENTENCE, "conclusion"),
    level=Level.STATED,
    reports=(TrialReport("1", Role.MAIN_RESULT, "A trial"), TrialReport("5", Role.PROTOCOL, "Its protocol")),
    speaker="1",
)


def fill(db: Database, topic: Topic = TOPIC) -> None:
    """Watched from NOW on: the query is changed after two days, the trial comes on the third."""
    with db.begin() as tx:
        apply_searches(tx, [BEFORE], NOW, "Ann Lee")
        _polls(tx, OLD, [0, 1])
        store.polls.add(tx, _poll("words", 1.5, Outcome.FAILED, OLD))
        apply_searches(tx, [topic], NOW + 2 * DAY)
        _polls(tx, NEW, [2, 3])
        store.polls.add(tx, replace(_poll("citing", 3, Outcome.OK, "elink"), count=2))
        _articles(tx)
        first = factories.answer(AnswerState.NONE)
        last = replace(
            factories.answer(AnswerState.SHAM_CONTROLLED), sentence="One trial: no benefit.", trials=(_TRIAL,)
        )
        store.answers.add(tx, AnswerRecord(first, NOW, is_baseline=True))
        number = store.answers.add(tx, AnswerRecord(last, NOW + 3 * DAY, previous=first.state))
        retraction = Notice(NoticeKind.RETRACTION, "RetractionIn", about_this=True, pmid="99", citation="J Veins 2020")
        store.changes.add(
            tx,
            [
                factories.change("1", at=NOW + 3 * DAY, search="words", why="it names “veins”"),
                factories.change("1", ChangeKind.CITING, at=NOW + 3 * DAY, search="citing"),
                factories.change("2", ChangeKind.RETRACTED, at=NOW + 3 * DAY, notice=retraction),
                factories.change("", ChangeKind.ANSWER, at=NOW + 3 * DAY, answer_id=number),
                factories.change("3", at=NOW + 9 * DAY, search="words"),
            ],
        )


def _polls(tx: Tx, query: str, days: list[float]) -> None:
    for day in days:
        store.polls.add(tx, replace(_poll("words", day, Outcome.OK, query), translation=f"read: {query}", count=3))


def _poll(search: str, day: float, outcome: Outcome, query: str) -> Poll:
    at = NOW + day * DAY
    return Poll("ccsvi", search, at, at, outcome, query_sent=query, version="1.2")


def _articles(tx: Tx) -> None:
    """Six matches of five articles, of which four can be read; one verdict is a person's."""
    titles = {"1": "=A trial of veins", "2": "An uncontrolled study", "3": "Of iron", "4": "Of hearts"}
    read = [Article(pmid, 1, title, electronic_date=PartialDate(2020, 1, int(pmid))) for pmid, title in titles.items()]
    store.articles.save(tx, read, NOW)
    store.matches.record(tx, "ccsvi", "words", None, NOW, new=["1", "2", "3", "4"])
    store.matches.record(tx, "ccsvi", "citing", None, NOW, new=["1", "5"])
    verdicts = [factories.verdict("1"), factories.verdict("2", Design.SINGLE_ARM)]
    verdicts += [replace(factories.verdict("3"), relevance=Relevance(False, False, True))]
    verdicts += [factories.verdict("4")]
    store.verdicts.save(tx, verdicts, NOW)
    by_person: Verdict = replace(factories.verdict("4", matches=False), by="Maria Rossi", because="hearts")
    store.screenings.add(tx, by_person, NOW)
