"""Sample data for tests of digests: a topic, its trials and answers, articles, changes and search reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from monitor.digests.content import Standing, compose, welcome
from monitor.digests.display.view import Site
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
    OutsideItem,
    PartialDate,
    Question,
    Registration,
    Relevance,
    Revision,
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


OLD_ABSTRACT = (
    "BACKGROUND: Neck veins are narrow in some people. RESULTS: The score fell by 2.1 points (P = 0.03). "
    "CONCLUSIONS: Venous angioplasty improved disability compared with sham in people with multiple sclerosis."
)
NEW_ABSTRACT = (
    OLD_ABSTRACT.replace("improved", "did not improve").replace("2.1 points", "0.2 points").replace("0.03", "0.63")
)
#: One change of each kind, each about an article of its own, as a week could bring them.
EVERY_KIND = (
    *CHANGES,
    change(ChangeKind.UNREAD, "31000001", 10),
    change(
        ChangeKind.REVISED,
        "31000002",
        11,
        revisions=(Revision("abstract", OLD_ABSTRACT, NEW_ABSTRACT), Revision("title", "An early trial", "A trial")),
    ),
    change(
        ChangeKind.RETRACTED,
        "31000003",
        12,
        notice=Notice(NoticeKind.RETRACTION, "RetractionIn", about_this=True, pmid="31000013", citation="Vasa. 2018"),
    ),
    change(ChangeKind.REINSTATED, "31000004", 13),
    change(ChangeKind.CONCERN, "31000005", 14),
    change(ChangeKind.GONE, "31000006", 15, why="PubMed deleted it"),
    change(ChangeKind.REAPPEARED, "31000007", 16),
    change(ChangeKind.MERGED, "31000008", 17, merged_into="31000018"),
    change(ChangeKind.NEW, "31000009", 18),
    change(
        ChangeKind.SEARCH_CHANGED,
        number=19,
        why="The search “ccsvi” was changed on 27 Sep 2018: 12 articles no longer matched, 3 more.",
    ),
    change(ChangeKind.NEW, "31000010", 20),
    *(
        change(
            kind, number=number, item=OutsideItem(key, title, f"https://example.org/{key}", source, said, on=NOW.date())
        )
        for number, kind, key, title, source, said in (
            (21, ChangeKind.REGISTRY, "NCT01864941", "Venous angioplasty in MS", "ClinicalTrials.gov", ()),
            (22, ChangeKind.PREPRINT, "PPR123456", "Veins and MS", "Europe PMC preprints", ()),
            (23, ChangeKind.CITING_OUTSIDE, "doi:10.1000/thesis", "A thesis on veins", "OpenAlex", ()),
        )
    ),
)


def every_kind(*more: Change) -> Digest:
    """A digest with a change of every kind, an outage, PubMed's warnings, articles left out and many reports."""
    plans = (TrialReport("31000020", Role.PROTOCOL, "The plan of PREMiSe", "Trials", date(2011, 3, 1)),)
    trials = (replace(PREMISE, reports=(*plans, *PREMISE.reports), speaker="24975855", flags=("corrected",)), CANADA)
    answer = replace(THREE, trials=(*trials, *THREE.trials * 3), silent_trials=(replace(ALBANY, note="No money"),) * 8)
    pmids = [one.pmid for one in EVERY_KIND if one.pmid.startswith("31")]
    articles = ARTICLES | {pmid: article(pmid, f"Article {pmid} on venous angioplasty") for pmid in pmids[1:]}
    trial = replace(VERDICTS["30266886"], statement=None)
    verdicts = VERDICTS | {
        "31000002": replace(trial, pmid="31000002"),
        "31000009": replace(trial, pmid="31000009", relevance=Relevance(False, False, False, why_not="It is food.")),
        "31000010": Verdict("31000010", "ccsvi", Design.META_ANALYSIS_TREATMENT, Level.STATED, "1", included_trials=3),
    }
    reports = (
        replace(OUTAGE[0], warnings=("PhraseNotFound: azygos[tiab]",), held=911),
        *(search_report(f"search {number}", count=50) for number in range(9)),
    )
    standing = Standing(answer, reports, 914, answer_before=TWO, unlisted_count=3)
    made = compose(
        TOPIC,
        Frequency.WEEKLY,
        LAST,
        NOW,
        standing,
        changes=(*EVERY_KIND, *more),
        articles=articles,
        verdicts=verdicts,
    )
    assert made is not None
    left_out = (("citing", tuple(str(number) for number in range(32_000_000, 32_000_468))), ("new", ("990000009",)))
    return replace(
        made,
        left_out=tuple((section, len(pmids)) for section, pmids in left_out),
        left_out_pmids=left_out,
        answer_whys=("A. Reader appraised PMID 30266886: read in full",),
    )
