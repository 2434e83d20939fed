"""Sample data for tests of digests: a topic, its trials and answers, articles, changes and search reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from monitor.digests.content import Standing, compose, welcome
from monitor.digests.view import Site
from monitor.model import (
    Answer,
    AnswerState,
    Article,
    Author,
    Basis,
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
    PartialDate,
    Question,
    Registration,
    Relevance,
    Role,
    Search,
    SearchKind,
    SearchReport,
    Statement,
    Terms,
    Topic,
    Trial,
    TrialReport,
    Verdict,
)

NOW = datetime(2018, 10, 1, 7, 0, tzinfo=UTC)
LAST = NOW - timedelta(days=7)
SITE = Site(
    postal_address="Monitor, Example Hospital\n1 Example Street\nLondon W1 1AA\nUnited Kingdom",
    operator_email="operator@example.org",
    public_url="https://monitor.example.org",
)
TOPIC = Topic(
    key="ccsvi",
    name="CCSVI in MS",
    question=Question(
        text="Does opening narrowed neck veins (CCSVI) help people with multiple sclerosis?",
        population_name="multiple sclerosis",
        intervention_name="venous angioplasty",
        population=Terms(("multiple sclerosis",)),
        intervention=Terms(("angioplasty",)),
    ),
    searches=(
        Search("ccsvi", "ccsvi", SearchKind.QUERY, timedelta(days=1), query="CCSVI[tiab]"),
        Search("ccsvi", "citing", SearchKind.CITING, timedelta(days=1)),
    ),
)
RELEVANT = Relevance(is_match=True, intervention=True, population=True)


def _trial(name: str, pmid: str, doi: str, numbers: tuple[str, ...], people: int, on: date, said: str) -> Trial:
    return Trial(
        key=numbers[0] if numbers else f"pmid:{pmid}",
        name=name,
        numbers=numbers,
        randomized=True,
        control=Control.SHAM,
        blinding="double-blind",
        sample_size=people,
        statement=Statement(Direction.NO_DIFFERENCE, said, "abstract"),
        level=Level.STATED,
        first_public_on=on,
        reports=(TrialReport(pmid, Role.MAIN_RESULT, name, first_public_on=on, doi=doi),),
    )


#: Statements are written for the tests; names, dates, numbers and identifiers are facts.
PREMISE = _trial(
    "PREMiSe", "24975855", "10.1212/WNL.0000000000000638", ("NCT01450072",), 19, date(2014, 6, 27),
    "Angioplasty did not improve the measures chosen for this small trial.",
)  # fmt: skip
BRAVE_DREAMS = _trial(
    "Brave Dreams", "29150995", "10.1001/jamaneurol.2017.3825", ("NCT01371760",), 115, date(2017, 11, 18),
    "The treated group did no better than the sham group on either primary outcome.",
)  # fmt: skip
CANADA = _trial(
    "Canadian sham-controlled trial", "30266886", "10.1212/WNL.0000000000006423", ("NCT01864941",), 104,
    date(2018, 9, 28), "Sham and venoplasty groups did not differ in patient-reported or clinical outcomes at a year.",
)  # fmt: skip
ALBANY = Trial(
    key="NCT01089686", name="Albany Vascular Group", numbers=("NCT01089686",), status="terminated", randomized=True
)
TWO = Answer(
    topic="ccsvi",
    state=AnswerState.SEVERAL_AGREE,
    sentence="Two sham-controlled trials (134 people): neither shows a benefit of venous angioplasty in MS.",
    since=date(2017, 11, 18),
    trials=(PREMISE, BRAVE_DREAMS),
    silent_trials=(ALBANY,),
    association="A meta-analysis of 2011 found CCSVI more often in people with MS; its studies disagree.",
    causes=("29150995",),
    fingerprint="two",
)
THREE = replace(
    TWO,
    sentence="Three sham-controlled trials (238 people): none shows a benefit of venous angioplasty in MS.",
    since=date(2018, 9, 28),
    lines=("One protocol and four further reports of these trials add no new result.",),
    trials=(PREMISE, BRAVE_DREAMS, CANADA),
    causes=("30266886",),
    fingerprint="three",
)


def article(pmid: str, title: str, **fields: object) -> Article:
    """An article with three authors, a journal and a day."""
    known: dict[str, object] = {
        "authors": (
            Author("Traboulsee", initials="AL"),
            Author("Machan", initials="L"),
            Author("Girard", initials="JM"),
        ),
        "journal": "Neurology",
        "electronic_date": PartialDate(2018, 9, 28),
        "print_date": PartialDate(2018, 10),
    }
    return Article(pmid=pmid, version=1, title=title, **{**known, **fields})  # type: ignore[arg-type]  # fields by name


ARTICLES = {
    "30266886": article(
        "30266886",
        "Safety and efficacy of venoplasty in MS: A randomized, double-blind, sham-controlled, phase II trial",
        authors_complete=False,
        doi="10.1212/WNL.0000000000006423",
        registrations=(Registration("ClinicalTrials.gov", "NCT01864941", "databank"),),
    ),
    "24975855": article(
        "24975855",
        "Prospective randomized trial of venous angioplasty in MS (PREMiSe)",
        authors=(Author("Siddiqui", initials="AH"), Author("Zivadinov", initials="R")),
        authors_complete=False,
        doi="10.1212/WNL.0000000000000638",
        pmcid="PMC4132574",
        electronic_date=PartialDate(2014, 6, 27),
        print_date=PartialDate(2014, 7, 29),
    ),
    "990000007": article(
        "990000007",
        "Venous flow in the neck measured by phase-contrast MRI",
        title_html="Venous flow in the neck measured by <i>phase-contrast</i> MRI: T<sub>2</sub> &amp; more",
        doi="10.1000/example.7",
        journal="Phlebology",
    ),
    "30537671": article(
        "30537671", "Neurophysiology after venous angioplasty: a series without controls", journal="Vasa"
    ),
}
VERDICTS = {
    "30266886": Verdict(
        "30266886", "ccsvi", Design.RANDOMIZED, Level.STATED, "1", role=Role.MAIN_RESULT, score=0.99,
        basis=(Basis("title-names-design", "title", "randomized, double-blind, sham-controlled"),),
        control=Control.SHAM, blinding="double-blind", sample_size=104, statement=CANADA.statement, relevance=RELEVANT,
    ),
    "30537671": Verdict(
        "30537671", "ccsvi", Design.SINGLE_ARM, Level.STATED, "1",
        basis=(Basis("series", "title", "series without controls"),), relevance=RELEVANT,
    ),
}  # fmt: skip


def change(kind: ChangeKind, pmid: str = "", number: int = 1, **fields: object) -> Change:
    """A change of the topic a day before NOW."""
    known: dict[str, object] = {"search": "ccsvi", "at": NOW - timedelta(days=1)}
    return Change(topic="ccsvi", kind=kind, pmid=pmid, id=number, **{**known, **fields})  # type: ignore[arg-type]


CHANGES = (
    change(ChangeKind.ANSWER, number=1, answer_id=2),
    change(ChangeKind.NEW, "30537671", 2, why="matches “venous angioplasty” in the title"),
    change(ChangeKind.NEW, "30266886", 3, why="matches “venoplasty” and “MS” in the title"),
    change(ChangeKind.CITING, "30266886", 4, search="citing"),
    change(
        ChangeKind.CORRECTED,
        "24975855",
        5,
        notice=Notice(NoticeKind.ERRATUM, "ErratumIn", about_this=True, citation="Neurology. 2014 Aug 19;83(8):773"),
    ),
    change(ChangeKind.CITING, "990000007", 6, search="citing"),
)


def search_report(
    name: str = "ccsvi", state: FreshnessState = FreshnessState.CURRENT, **fields: object
) -> SearchReport:
    """How one search has gone."""
    known: dict[str, object] = {
        "query": '"chronic cerebrospinal venous insufficiency"[tiab] OR CCSVI[tiab] OR venoplasty[tiab]',
        "translation": '"chronic cerebrospinal venous insufficiency"[Title/Abstract] OR "CCSVI"[Title/Abstract]',
        "count": 912,
        "freshness": Freshness("ccsvi", name, state, "Last success 2018-10-01 03:00 UTC.", LAST),
        "next_due_at": NOW + timedelta(hours=20),
    }
    return SearchReport(search=name, **{**known, **fields})  # type: ignore[arg-type]  # fields by name


SEARCH_REPORTS = (
    search_report(),
    search_report("citing", query="articles citing PMID 22350642", translation="", count=41),
)
OUTAGE = (
    search_report(
        failures=9,
        failure_days=3,
        gaps=("No usable answer from 2018-09-25 04:00 UTC until 2018-09-28 04:00 UTC: timed out",),
    ),
    SEARCH_REPORTS[1],
)


def news(
    changes: Sequence[Change] = CHANGES, answer: Answer = THREE, frequency: Frequency = Frequency.WEEKLY
) -> Digest:
    """The digest of the week in which the third trial appeared, or in which the answer came to be `answer`."""
    if answer != TWO and answer.fingerprint == TWO.fingerprint:  # made from TWO, and not the same
        answer = replace(answer, fingerprint="another")
    standing = Standing(answer, SEARCH_REPORTS, 914, answer_before=TWO)
    made = compose(TOPIC, frequency, LAST, NOW, standing, changes=changes, articles=ARTICLES, verdicts=VERDICTS)
    assert made is not None
    return made


def quiet(search_reports: Sequence[SearchReport] = OUTAGE) -> Digest:
    """A week without news, but with an outage."""
    standing = Standing(THREE, tuple(search_reports), 914)
    made = compose(
        TOPIC, Frequency.WEEKLY, LAST, NOW, standing, changes=(), articles={}, verdicts={}, is_quiet_due=True
    )
    assert made is not None
    return made


def first() -> Digest:
    """What a new subscriber gets."""
    return welcome(TOPIC, Frequency.WEEKLY, NOW, Standing(THREE, SEARCH_REPORTS, 914))
