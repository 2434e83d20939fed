"""Made-up mails on which templates are tried: between them every part of a mail is there once and is not there once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from monitor.delivery.transactional import values
from monitor.digests.content import Standing, compose, welcome
from monitor.digests.display.outside import SECTION_OF
from monitor.links import Links
from monitor.model import (
    Answer,
    AnswerState,
    Article,
    Author,
    Change,
    ChangeKind,
    Control,
    Design,
    Digest,
    Direction,
    Frequency,
    Freshness,
    FreshnessState,
    Level,
    Notice,
    NoticeKind,
    OutsideItem,
    PartialDate,
    Question,
    Relevance,
    Revision,
    Role,
    Search,
    SearchKind,
    SearchReport,
    Settings,
    Statement,
    Subscription,
    SubscriptionState,
    Terms,
    Topic,
    TransactionalKind,
    Trial,
    TrialReport,
    Verdict,
)

NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)
URL = "https://monitor.example.org"
TOPIC = Topic(
    key="made-up",
    name="A made-up topic",
    question=Question("Does it help?", "people", "a treatment", Terms(("people",)), Terms(("treatment",))),
    searches=(Search("made-up", "main", SearchKind.QUERY, timedelta(days=1), query="treatment[tiab]"),),
)
#: The same, with no digest when there is no news.
ONLY_NEWS = replace(TOPIC, digest=replace(TOPIC.digest, quiet_every=None))
_SAID = Statement(Direction.NO_DIFFERENCE, "The groups did not differ.", "abstract")
_MAIN = TrialReport("1000001", Role.MAIN_RESULT, "First", first_public_on=date(2026, 2, 27), doi="10.1000/first")
_PLAN = TrialReport("1000002", Role.PROTOCOL, "The plan of the first trial", "Trials", date(2021, 3, 1))
_TRIAL = Trial(
    key="NCT00000001",
    name="First",
    numbers=("NCT00000001",),
    randomized=True,
    control=Control.SHAM,
    blinding="double-blind",
    sample_size=100,
    statement=_SAID,
    level=Level.STATED,
    first_public_on=date(2026, 2, 27),
    reports=(_PLAN, _MAIN),
    speaker="1000001",
    flags=("corrected",),
)
_SILENT = Trial("NCT00000002", "Second", ("NCT00000002",), status="terminated", randomized=True, note="No money")
NONE = Answer("made-up", AnswerState.NONE, "No controlled trial of a made-up treatment has been found.")
ONE = replace(
    NONE,
    state=AnswerState.SHAM_CONTROLLED,
    sentence="One made-up sham-controlled trial (100 people): it shows no benefit of the treatment.",
    since=date(2026, 2, 27),
    lines=("One protocol of this trial adds no result.",),
    trials=(_TRIAL,) * 10,
    silent_trials=(_SILENT,) * 8,
    association="A made-up review found both together more often.",
    causes=("1000001",),
    fingerprint="one",
)


def digests() -> Iterator[Digest]:
    """A digest with everything that one can have, one without news, a welcome, and one while no search works."""
    yield _full()
    yield _quiet(_report(FreshnessState.CURRENT))
    yield welcome(TOPIC, Frequency.WEEKLY, NOW, Standing(ONE, (_report(FreshnessState.CURRENT),), 12))
    yield _quiet(_report(FreshnessState.BROKEN, failures=9, failure_days=3, gaps=("No usable answer for three days",)))


def transactional(settings: Settings, kind: TransactionalKind) -> Iterator[dict[str, Any]]:
    """What the templates of a transactional mail get: for one subscription and, where the kind has several, for two."""
    about = [
        Subscription(topic.key, "reader@example.org", topic.digest.frequency, SubscriptionState.UNCONFIRMED, id=number)
        for number, topic in enumerate((*settings.topics, TOPIC)[:2], 1)
    ]
    known = replace(settings, topics=(*settings.topics, TOPIC))
    links = Links(("a made-up key that signs only made-up mails",), URL)
    for number in (1,) if kind is TransactionalKind.CONFIRM else (1, 2):
        for do_not_mail in (f"{URL}/do-not-mail/made-up", ""):
            yield values(kind, "reader@example.org", about[:number], links, known, NOW, do_not_mail)


def _full() -> Digest:
    kinds = [kind for kind in ChangeKind if kind is not ChangeKind.ANSWER]
    changes = [_change(kind, number) for number, kind in enumerate(kinds, 1)]
    changes += [_change(ChangeKind.NEW, number) for number in range(90, 99)]
    changes += [_change(ChangeKind.SEARCH_CHANGED, number) for number in range(80, 90)]
    changes.append(replace(_change(ChangeKind.ANSWER, 99), pmid="", why="PMID 1000001 was read in full"))
    articles = {one.pmid: article(one.pmid) for one in changes if one.pmid and one.kind is not ChangeKind.UNREAD}
    verdicts = {pmid: verdict(pmid) for pmid in list(articles)[::2]}
    reports = [_report(FreshnessState.CURRENT, f"search {number}") for number in range(9)]
    outage = _report(FreshnessState.STALE, failures=2, gaps=("No usable answer for a day",), warnings=("A phrase",))
    standing = Standing(
        ONE,
        (outage, *reports),
        1_234,
        answer_before=NONE,
        unlisted_count=3,
        source_reports=("A source could not be asked.",),
    )
    made = compose(
        TOPIC, Frequency.WEEKLY, NOW - timedelta(days=7), NOW, standing,
        changes=changes, articles=articles, verdicts=verdicts,
    )  # fmt: skip
    left_out = (("citing", tuple(str(number) for number in range(2_000_000, 2_000_468))), ("new", ("990000009",)))
    numbers = tuple((section, len(pmids)) for section, pmids in left_out)
    return replace(made or _quiet(outage), left_out=numbers, left_out_pmids=left_out)


def _quiet(report: SearchReport) -> Digest:
    standing = Standing(replace(NONE, since=None), (report,), 1)
    made = compose(TOPIC, Frequency.DAILY, None, NOW, standing, changes=(), articles={}, verdicts={}, is_quiet_due=True)
    return made or welcome(TOPIC, Frequency.DAILY, NOW, standing)


def _change(kind: ChangeKind, number: int) -> Change:
    revisions = (Revision("abstract", "CONCLUSIONS: It helped.", "CONCLUSIONS: It did not help."),)
    notice = Notice(NoticeKind.RETRACTION, "RetractionIn", about_this=True, pmid="1000099", citation="J. 2026")
    is_note = kind in (ChangeKind.SEARCH_CHANGED, ChangeKind.QUESTION_CHANGED)
    item = OutsideItem(f"NCT{number:08}", "A made-up trial", f"{URL}/trial", "A registry", ("It began.",))
    return Change(
        topic="made-up",
        kind=kind,
        at=NOW - timedelta(days=1),
        pmid="" if is_note or kind in SECTION_OF else str(1_000_100 + number),
        search="main",
        id=number,
        why="A made-up reason.",
        revisions=revisions if kind is ChangeKind.REVISED else (),
        notice=notice if kind in (ChangeKind.RETRACTED, ChangeKind.CORRECTED) else None,
        merged_into="1000098" if kind is ChangeKind.MERGED else "",
        item=item if kind in SECTION_OF else None,
    )


def article(pmid: str) -> Article:
    """An article of this PMID."""
    return Article(
        pmid=pmid,
        version=1,
        title=f"A made-up article {pmid}",
        authors=(Author("Example", initials="A"),),
        journal="Journal of Examples",
        electronic_date=PartialDate(2026, 2, 27),
        doi=f"10.1000/{pmid}",
    )


def verdict(pmid: str) -> Verdict:
    """What was made of it: a trial."""
    relevance = Relevance(is_match=True, intervention=True, population=True)
    return Verdict(
        pmid, "made-up", Design.RANDOMIZED, Level.STATED, "1", role=Role.MAIN_RESULT, control=Control.SHAM,
        blinding="double-blind", sample_size=100, statement=_SAID, relevance=relevance,
    )  # fmt: skip


def _report(state: FreshnessState, name: str = "main", **fields: Any) -> SearchReport:
    known: dict[str, Any] = {
        "query": "treatment[tiab]",
        "translation": '"treatment"[Title/Abstract]',
        "count": 12,
        "freshness": Freshness("made-up", name, state, "Last success 2026-03-02 03:00 UTC.", NOW - timedelta(hours=4)),
        "next_due_at": NOW + timedelta(hours=20),
    }
    return SearchReport(search=name, **{**known, **fields})
