"""Trial registries are asked for each topic; what happens to a trial is told once, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor import store
from monitor.evidence.conclude import conclude, standing
from monitor.model import (
    Change,
    ChangeKind,
    Frequency,
    KnownTrial,
    PubMedSettings,
    Question,
    RegistryStatus,
    Settings,
    SmtpSettings,
    SourceName,
    Terms,
    Topic,
)
from monitor.service.connections import open_sources
from monitor.store import Database
from monitor.watch.outside import plan
from monitor.watch.outside.registries import ask as registries
from tests.support import factories
from tests.support.answers import Answer, serving
from tests.support.registry import Register, study

NOW = datetime(2012, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
QUESTION = Question(
    "Does venous angioplasty help in multiple sclerosis?",
    "multiple sclerosis",
    "venous angioplasty",
    Terms(("multiple sclerosis", "MS")),
    Terms(("venous angioplasty", "percutaneous transluminal angioplasty")),
)
TOPIC = replace(factories.topic(), question=QUESTION)


@dataclass
class Watched:
    """A topic that is watched in a registry, with a clock."""

    db: Database
    register: Register
    settings: Settings
    routes: dict[str, Any]
    now: datetime = NOW

    @property
    def topic(self) -> Topic:
        """The topic."""
        return self.settings.topics[0]

    def ask(self, *, days: int = 1) -> list[str]:
        """Some days later, with new data: what is told, one line for each trial."""
        self.now += days * DAY
        self.register.stamp = f"{self.now:%Y-%m-%d}T09:00:05"
        before = len(self.changes())
        sources = open_sources(self.settings)
        registries.ask_due(self.settings, sources, self.db, self.now)
        return [self._line(change) for change in self.changes()[before:]]

    def _line(self, change: Change) -> str:
        assert change.kind is ChangeKind.REGISTRY
        assert change.item is not None
        return f"{change.item.key}: {' '.join(change.item.sentences)}"

    def changes(self) -> Sequence[Change]:
        """Everything that readers are to be told, oldest first."""
        with self.db.read() as tx:
            return store.changes.undigested(tx, self.topic.key, Frequency.WEEKLY)

    def doubt(self) -> str:
        """Why the last answer is not believed."""
        with self.db.read() as tx:
            return store.source_states.state(tx, SourceName.CLINICAL_TRIALS, self.topic.key).doubt

    def statuses(self) -> dict[str, RegistryStatus]:
        """How the trials held stand."""
        with self.db.read() as tx:
            return {one.number: one.status for one in store.registry_entries.of_topic(tx, self.topic.key)}


@contextmanager
def watching(db: Database, *studies: Any, topic: Topic = TOPIC) -> Iterator[Watched]:
    """A topic whose registry has these studies at first; that is the baseline, and nothing of it is news."""
    register = Register(*studies)
    with serving(register.routes()) as service:
        settings = Settings(
            path=Path("monitor.yaml"),
            pubmed=PubMedSettings("jane@example.org", base_url=service.url),
            smtp=SmtpSettings("mail.example.org", "jane@example.org"),
            topics=(topic,),
            database_url="",
            postal_address="",
            operator_email="jane@example.org",
            sources={SourceName.CLINICAL_TRIALS: service.settings(SourceName.CLINICAL_TRIALS)},
        )
        with db.begin() as tx:
            store.topics.sync(tx, settings.topics, NOW)
            plan.configure(tx, settings, NOW)
        watched = Watched(db, register, settings, service.routes)
        assert watched.ask(days=0) == []
        yield watched


def _set(register: Register, number: str = "NCT01089686", **status: Any) -> None:
    """What the status module of a study says from now on; None takes a key away."""
    module = register.studies[number]["protocolSection"]["statusModule"]
    module.update(status)
    for key in [key for key, value in module.items() if value is None]:
        del module[key]


# --- what is told ------------------------------------------------------------------------------------


def test_the_first_answer_is_kept_and_not_told(db: Database) -> None:
    """It is the past."""
    with watching(db, study()) as watched:
        assert watched.statuses() == {"NCT01089686": "recruiting"}
        assert watched.ask() == []


def test_a_trial_that_is_registered_is_told_once(db: Database) -> None:
    """With the day on which it became public."""
    with watching(db, study()) as watched:
        watched.register.studies["NCT01555684"] = study("NCT01555684", "NOT_YET_RECRUITING", "2012-01-02")
        assert watched.ask() == ["NCT01555684: Registered on 2 January 2012."]
        assert watched.ask() == []


def test_the_life_of_a_trial_is_told_step_by_step(db: Database) -> None:
    """In the words of FACTS section 9; a step that changes nothing is silent."""
    with watching(db, study(status="NOT_YET_RECRUITING")) as watched:
        _set(watched.register, overallStatus="RECRUITING")
        assert watched.ask() == ["NCT01089686: It started recruiting."]
        _set(watched.register, statusVerifiedDate="2012-01", lastUpdatePostDateStruct={"date": "2012-01-03"})
        assert watched.ask() == []
        _set(watched.register, overallStatus="ACTIVE_NOT_RECRUITING")
        assert watched.ask() == ["NCT01089686: It stopped recruiting; those who take part are still followed."]
        _set(watched.register, overallStatus="COMPLETED")
        assert watched.ask() == ["NCT01089686: It is completed."]
        watched.register.studies["NCT01089686"]["hasResults"] = True
        _set(watched.register, resultsFirstPostDateStruct={"date": "2012-01-06"})
        assert watched.ask() == ["NCT01089686: Results were posted in the registry on 6 January 2012."]


def test_a_trial_that_stopped_is_told_with_the_reason_or_that_there_is_none(db: Database) -> None:
    """And the reason when it comes later."""
    with watching(db, study("NCT00000001"), study("NCT00000002"), study("NCT00000003")) as watched:
        _set(watched.register, "NCT00000001", overallStatus="TERMINATED", whyStopped="No money.")
        _set(watched.register, "NCT00000002", overallStatus="WITHDRAWN")
        _set(watched.register, "NCT00000003", overallStatus="SUSPENDED")
        assert watched.ask() == [
            "NCT00000001: It was terminated early. The reason given: “No money”.",
            "NCT00000002: It was withdrawn before anyone took part; no reason is given.",
            "NCT00000003: It was suspended; no reason is given.",
        ]
        _set(watched.register, "NCT00000002", whyStopped="Nobody came")
        assert watched.ask() == ["NCT00000002: The reason now given: “Nobody came”."]


def test_an_end_that_moves_is_told_with_by_how_much_and_a_few_days_are_not(db: Database) -> None:
    """A month that becomes its last day has not moved."""
    with watching(db, study(primaryCompletionDateStruct={"date": "2012-06", "type": "ESTIMATED"})) as watched:
        _set(watched.register, primaryCompletionDateStruct={"date": "2012-06-30", "type": "ESTIMATED"})
        assert watched.ask() == []
        _set(watched.register, primaryCompletionDateStruct={"date": "2012-07-15", "type": "ESTIMATED"})
        assert watched.ask() == []
        _set(watched.register, primaryCompletionDateStruct={"date": "2013-07-15", "type": "ESTIMATED"})
        told = "Its primary completion moved from 15 July 2012 to 15 July 2013, 12 months later."
        assert watched.ask() == [f"NCT01089686: {told}"]


def test_a_target_that_is_cut_and_the_number_reached_are_told(db: Database) -> None:
    """The target of one of the trials fell from 2,000 to 20."""
    with watching(db, study()) as watched:
        design = watched.register.studies["NCT01089686"]["protocolSection"]["designModule"]
        design["enrollmentInfo"] = {"count": 2000, "type": "ESTIMATED"}
        watched.ask()
        design["enrollmentInfo"] = {"count": 20, "type": "ESTIMATED"}
        told = "Its planned number of participants was cut from 2,000 to 20."
        assert watched.ask() == [f"NCT01089686: {told}"]
        design["enrollmentInfo"] = {"count": 18, "type": "ACTUAL"}
        assert watched.ask() == ["NCT01089686: It has 18 participants; 20 were planned."]


def test_a_primary_outcome_that_is_changed_after_the_start_is_told(db: Database) -> None:
    """Other spacing or letters are no change."""
    with watching(db, study()) as watched:
        protocol = watched.register.studies["NCT01089686"]["protocolSection"]
        protocol["outcomesModule"] = {"primaryOutcomes": [{"measure": "EDSS at 12 months"}]}
        watched.ask()
        protocol["outcomesModule"] = {"primaryOutcomes": [{"measure": "edss  at 12 months."}]}
        assert watched.ask() == []
        protocol["outcomesModule"] = {"primaryOutcomes": [{"measure": "Safety"}]}
        assert watched.ask() == ["NCT01089686: Its primary outcome was changed after it had started."]


def test_an_article_that_the_registry_links_is_told_with_its_pmid(db: Database) -> None:
    """Background, and a "result" older than the trial, are not."""
    with watching(db, study(startDateStruct={"date": "2010-06"})) as watched:
        watched.register.studies["NCT01089686"]["protocolSection"]["referencesModule"] = {
            "references": [
                {"pmid": "1", "type": "BACKGROUND", "citation": "Doe J. Brain. 2015 May;1:1."},
                {"pmid": "2", "type": "RESULT", "citation": "Doe J. Brain. 2008 May;1:1."},
                {"pmid": "24975855", "type": "DERIVED", "citation": "Siddiqui AH. Neurology. 2014 Jul 29;83(5):441-9."},
            ]
        }
        assert watched.ask() == ["NCT01089686: The registry links an article to it: PMID 24975855."]
        item = watched.changes()[-1].item
        assert item is not None
        assert item.pmids == ("24975855",)


def test_a_trial_that_nobody_updates_is_told_as_not_updated_since(db: Database) -> None:
    """The registry says unknown of itself; the trial did nothing."""
    with watching(db, study(posted="2010-03-17")) as watched:
        _set(watched.register, overallStatus="UNKNOWN", lastKnownStatus="RECRUITING")
        assert watched.ask() == ["NCT01089686: Its status is unknown: it was not updated since 17 March 2010."]


def test_results_that_are_sent_or_delayed_by_a_certificate_are_told(db: Database) -> None:
    """They are not missing."""
    with watching(db, study("NCT00000001", "COMPLETED"), study("NCT00000002", "COMPLETED")) as watched:
        annotation = {"unpostedAnnotation": {"unpostedEvents": [{"type": "RELEASE", "date": "2012-01-01"}]}}
        watched.register.studies["NCT00000001"]["annotationSection"] = annotation
        _set(watched.register, "NCT00000002", dispFirstSubmitDate="2011-12-31")
        assert watched.ask() == [
            "NCT00000001: Results were sent to the registry on 1 January 2012 and are not public yet.",
            "NCT00000002: A certificate of 31 December 2011 lets its results come later.",
        ]


def test_a_trial_that_recruits_again_is_not_said_to_start(db: Database) -> None:
    """Nor one whose earlier state was not known."""
    with watching(db, study("NCT00000001", "SUSPENDED"), study("NCT00000002", "UNKNOWN")) as watched:
        _set(watched.register, "NCT00000001", overallStatus="RECRUITING")
        _set(watched.register, "NCT00000002", overallStatus="RECRUITING")
        assert watched.ask() == ["NCT00000001: It is recruiting again.", "NCT00000002: It is recruiting now."]


def test_a_trial_that_gets_another_number_is_told_with_both_and_not_as_a_new_one(db: Database) -> None:
    """Two entries of the registry were one trial."""
    with watching(db, study("NCT00000001")) as watched:
        joined = study("NCT00000002")
        joined["protocolSection"]["identificationModule"]["nctIdAliases"] = ["NCT00000001"]
        watched.register.studies = {"NCT00000002": joined}
        assert watched.ask() == ["NCT00000002: Its number is now NCT00000002; it was NCT00000001."]
        assert watched.ask() == []


def test_trials_of_another_question_are_neither_kept_nor_told(db: Database) -> None:
    """The words of the search found a trial in another disease."""
    with watching(db, study()) as watched:
        other = study("NCT03373292", posted="2012-01-02")
        other["protocolSection"]["conditionsModule"] = {"conditions": ["Internal Jugular Vein Stenosis"]}
        other["protocolSection"]["identificationModule"]["briefTitle"] = "Stenting of the Jugular Vein"
        watched.register.studies["NCT03373292"] = other
        assert watched.ask() == []
        assert "NCT03373292" not in watched.statuses()


def test_a_trial_that_the_operator_lists_is_followed_by_its_number(db: Database) -> None:
    """Its baseline is not told, what happens to it is, whatever words it has."""
    topic = replace(TOPIC, known_trials=(KnownTrial("NCT01864941"),))
    with watching(db, topic=topic) as watched:
        one = study("NCT01864941")
        one["protocolSection"]["conditionsModule"] = {"conditions": ["Vascular disease"]}
        one["protocolSection"]["identificationModule"]["briefTitle"] = "A trial"
        watched.register.studies["NCT01864941"] = one
        watched.routes["/studies"] = _only_by_number(watched.register)
        assert watched.ask() == []
        _set(watched.register, "NCT01864941", overallStatus="COMPLETED")
        assert watched.ask() == ["NCT01864941: It is completed."]


def _only_by_number(register: Register) -> Any:
    whole = register.routes()["/studies"]

    def answer(asked: Any) -> Answer:
        if "filter.ids" in asked.params:
            found: Answer = whole(asked)
            return found
        return Answer(b'{"studies": [], "totalCount": 0}')

    return answer


# --- what is overdue ---------------------------------------------------------------------------------


def test_a_trial_without_a_result_is_told_once_at_12_and_once_at_24_months(db: Database) -> None:
    """On the day on which it becomes true, also while the registry is down."""
    ended = {"primaryCompletionDateStruct": {"date": "2011-12", "type": "ACTUAL"}}
    with watching(db, study(status="COMPLETED", **ended)) as watched:
        watched.routes["/"] = Answer(b"", 400)
        watched.routes.pop("/studies"), watched.routes.pop("/version")
        assert watched.ask(days=365) == []  # 31 December 2012
        year = "We found no result more than 12 months after its primary completion of 31 December 2011."
        assert watched.ask() == [f"NCT01089686: {year}"]
        assert watched.ask(days=30) == []
        assert watched.ask(days=334) == []
        two = "We found no result more than 24 months after its primary completion of 31 December 2011."
        assert watched.ask() == [f"NCT01089686: {two}"]
        assert watched.ask(days=1000) == []


def test_a_trial_that_is_long_overdue_when_it_is_first_seen_is_not_told_as_news(db: Database) -> None:
    """The answer says so all the same."""
    ended = {"primaryCompletionDateStruct": {"date": "2009-12", "type": "ACTUAL"}}
    with watching(db, study(status="COMPLETED", **ended)) as watched:
        assert watched.ask(days=400) == []


def test_a_withdrawn_trial_is_never_overdue(db: Database) -> None:
    """Although it has an actual date of completion."""
    ended = {"primaryCompletionDateStruct": {"date": "2011-12", "type": "ACTUAL"}}
    with watching(db, study(status="WITHDRAWN", **ended)) as watched:
        assert watched.ask(days=800) == []


def test_a_trial_that_is_completed_long_after_its_end_is_told_as_both(db: Database) -> None:
    """The registry was updated late; two things became known at one moment."""
    ended = {"primaryCompletionDateStruct": {"date": "2010-06", "type": "ESTIMATED"}}
    with watching(db, study(status="RECRUITING", **ended)) as watched:
        _set(watched.register, overallStatus="COMPLETED")
        assert watched.ask() == [
            "NCT01089686: It is completed.",
            "NCT01089686: We found no result more than 12 months after its primary completion of 30 June 2010.",
        ]


# --- what is not believed ----------------------------------------------------------------------------


def _many() -> list[Any]:
    return [study(f"NCT0000000{n}", posted=f"2010-0{n}-0{n + 1}") for n in range(1, 8)]


def test_an_empty_list_where_there_were_trials_is_doubted_and_takes_nothing_away(db: Database) -> None:
    """Everything held stays; the operator is told."""
    with watching(db, *_many()) as watched:
        held, watched.register.studies = watched.register.studies, {}
        assert watched.ask(days=8) == []
        assert watched.doubt() == "it lists none of the 7 trials held"
        assert len(watched.statuses()) == 7
        watched.register.studies = held
        assert watched.ask() == []
        assert watched.doubt() == ""


def test_registration_dates_with_day_and_month_exchanged_are_held_back_until_they_are_right_again(db: Database) -> None:
    """And targets that are all 0: the export of August 2020."""
    with watching(db, *_many()) as watched:
        for one in watched.register.studies.values():
            struct = one["protocolSection"]["statusModule"]["studyFirstPostDateStruct"]
            year, month, day = struct["date"].split("-")
            struct["date"] = f"{year}-{day}-{month}"
        assert watched.ask(days=8) == []
        assert watched.doubt() == "day and month of the registration dates of 7 trials are exchanged"
        assert watched.ask(days=23) == []
        watched.register.studies = dict(zip(watched.register.studies, _many(), strict=True))
        assert watched.ask() == []
        assert watched.doubt() == ""


def test_targets_that_all_become_0_are_held_back(db: Database) -> None:
    """Nobody cut them."""
    studies = _many()
    for one in studies:
        one["protocolSection"]["designModule"]["enrollmentInfo"] = {"count": 100, "type": "ESTIMATED"}
    with watching(db, *studies) as watched:
        for one in watched.register.studies.values():
            one["protocolSection"]["designModule"]["enrollmentInfo"]["count"] = 0
        assert watched.ask() == []
        assert watched.doubt() == "the numbers of participants of 7 trials have become 0"


def test_a_field_that_is_gone_from_every_trial_is_doubted_and_from_one_is_kept_as_it_was(db: Database) -> None:
    """The shape of the answer changed; no trial lost its end."""
    ended = {"primaryCompletionDateStruct": {"date": "2011-12", "type": "ACTUAL"}}
    with watching(db, *(study(f"NCT0000000{n}", "COMPLETED", **ended) for n in range(1, 5))) as watched:
        for number in watched.register.studies:
            _set(watched.register, number, primaryCompletionDateStruct=None)
        assert watched.ask() == []
        assert watched.doubt() == "4 trials have no primary completion any more"
        for number in list(watched.register.studies)[1:]:
            _set(watched.register, number, **ended)
        assert watched.ask() == []
        assert watched.doubt() == ""
        with db.read() as tx:
            entries = store.registry_entries.of_topic(tx, "ccsvi")
        assert all(entry.primary_completion for entry in entries)


def test_most_trials_changing_at_once_is_believed_only_when_it_stands(db: Database) -> None:
    """A migration of the registry, or a true story after a long silence: three days tell."""
    with watching(db, *_many()) as watched:
        for number in watched.register.studies:
            _set(watched.register, number, overallStatus="COMPLETED")
        assert watched.ask() == []
        assert watched.doubt() == "7 of 7 trials have changed at once"
        assert watched.statuses()["NCT00000001"] == "recruiting"
        assert len(watched.ask(days=4)) == 7
        assert watched.doubt() == ""


def test_a_touch_of_the_whole_registry_is_silent(db: Database) -> None:
    """Every record has a new date of update, and nothing else."""
    with watching(db, *_many()) as watched:
        for number in watched.register.studies:
            _set(watched.register, number, lastUpdatePostDateStruct={"date": "2012-01-02"})
        assert watched.ask() == []
        assert watched.doubt() == ""


# --- the answer --------------------------------------------------------------------------------------


def test_the_answer_names_registered_trials_and_is_not_announced_for_them(db: Database) -> None:
    """They are drawn when it is shown; its fingerprint stays."""
    with watching(db) as watched:
        with db.begin() as tx:
            assert conclude(tx, watched.topic, watched.now)
        watched.register.studies["NCT01089686"] = study(
            status="TERMINATED", primaryCompletionDateStruct={"date": "2010-01", "type": "ACTUAL"}
        )
        watched.ask()
        with db.begin() as tx:
            assert conclude(tx, watched.topic, watched.now) is None
            record = standing(tx, watched.topic, watched.now)
        assert record is not None
        assert [trial.registry for trial in record.answer.silent_trials] == ["terminated (ClinicalTrials.gov)"]
        assert record.answer.lines == (
            "One registered trial has no result in PubMed: NCT01089686 (terminated).",
            "One registered trial ended more than 12 months ago, and we found no result of it: Venous Angioplasty for "
            "Multiple Sclerosis (NCT01089686, terminated, primary completion 31 January 2010).",
        )


# --- its own history ---------------------------------------------------------------------------------


def test_both_values_of_every_field_that_changed_are_kept(db: Database) -> None:
    """Also of what is not told."""
    with watching(db, study()) as watched:
        _set(watched.register, overallStatus="COMPLETED", lastUpdatePostDateStruct={"date": "2012-01-02"})
        watched.ask()
        with db.read() as tx:
            kept = store.registry_entries.revisions(tx, "ccsvi", SourceName.CLINICAL_TRIALS, "NCT01089686")
        assert [(at, one.field, one.old, one.new) for at, one in kept] == [
            (NOW + DAY, "status", '"recruiting"', '"completed"'),
            (NOW + DAY, "updated_on", '"2010-03-17"', '"2012-01-02"'),
        ]


def test_a_registry_that_is_down_for_a_week_loses_nothing_and_tells_nothing_twice(db: Database) -> None:
    """What happened meanwhile is told when it answers again."""
    with watching(db, study()) as watched:
        working = watched.routes.pop("/version")
        for _ in range(7):
            assert watched.ask() == []
        _set(watched.register, overallStatus="COMPLETED")
        watched.routes["/version"] = working
        assert watched.ask() == ["NCT01089686: It is completed."]
        assert watched.ask() == []
        assert date(2012, 1, 10) == watched.now.date()
