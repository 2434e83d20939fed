"""A trial is retracted before PubMed says so: readers hear of it once, from whom and why, and it no longer counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from monitor import store
from monitor.digests.display.item import item_view
from monitor.model import (
    Answer,
    AnswerState,
    Change,
    DigestItem,
    NoticeKind,
    PubMedSettings,
    Settings,
    SmtpSettings,
    SourceName,
    SourceSettings,
    SourceState,
    Verdict,
)
from monitor.service.connections import open_sources
from monitor.store import Database
from monitor.watch.outside import plan, retractions
from tests.support.answers import Answer as Sent
from tests.support.answers import Asked, Service, serving
from tests.support.factories import DAY
from tests.support.fake_pubmed import FakePubMed
from tests.support.poll_harness import PollHarness
from tests.support.records import RANDOMIZED, article, notice, query, topic

CROSSREF, WATCH = SourceName.CROSSREF, SourceName.RETRACTION_WATCH
HEADER = (
    "Record ID,RetractionDate,RetractionDOI,RetractionPubMedID,OriginalPaperDOI,OriginalPaperPubMedID,"
    "RetractionNature,Reason\n"
)
WHY = "Falsification/Fabrication of Data;Unreliable Results;"
TRIAL = article(
    "1",
    "Venous angioplasty in multiple sclerosis: a randomized sham-controlled trial",
    "METHODS: We randomly assigned 115 patients with multiple sclerosis to venous angioplasty or a sham procedure, "
    "double-blind. CONCLUSIONS: Venous angioplasty was ineffective.",
    doi="10.1/Trial",
    publication_types=(RANDOMIZED,),
)


def update(kind: str, on: tuple[int, int, int] = (2020, 1, 9), by: str = "10.1/notice") -> dict[str, object]:
    """An update as Crossref has it from Retraction Watch."""
    return {"DOI": by, "type": kind, "source": "retraction-watch", "updated": {"date-parts": [list(on)]}}


def row(number: int, nature: str, on: str, doi: str = "10.1/TRIAL", by: str = "10.1/notice", pmid: str = "0") -> str:
    """A row of the list."""
    return f"{number},{on} 0:00,{by},{pmid},{doi},0,{nature},{WHY}\n"


@dataclass
class World:
    """PubMed, Crossref, the Retraction Watch list, a topic that asks all three, and days that pass."""

    harness: PollHarness
    there: Service
    list_file: Path
    updates: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    is_down: bool = False

    def crossref(self, asked: Asked) -> Sent:
        """What Crossref answers now."""
        if self.is_down:
            return Sent(b"", 404)
        wanted = [one.removeprefix("doi:") for one in asked.params["filter"].split(",")]
        items = [{"DOI": doi, "updated-by": self.updates.get(doi, [])} for doi in wanted]
        return Sent(json.dumps({"message": {"total-results": len(items), "items": items}}).encode())

    @property
    def settings(self) -> Settings:
        """Of a topic with both lists."""
        crossref = self.there.settings(CROSSREF)
        return Settings(
            path=Path("monitor.yaml"),
            pubmed=PubMedSettings("jane@example.org"),
            smtp=SmtpSettings("mail.example.org", "jane@example.org"),
            topics=tuple(self.harness.topics),
            database_url="",
            postal_address="",
            operator_email="jane@example.org",
            sources={CROSSREF: crossref, WATCH: SourceSettings(WATCH, str(self.list_file), DAY)},
        )

    def listed(self, *rows: str) -> None:
        """The list has these rows, and one about somebody else's article."""
        text = HEADER + row(0, "Retraction", "1/1/2019", doi="10.9/other") + "".join(rows)
        self.list_file.write_text(text, encoding="utf-8")

    def day(self) -> list[tuple[str, str]]:
        """A day passes: PubMed is asked, then the others; what is told of it."""
        self.harness.poll()
        settings, db, now = self.settings, self.harness.db, self.harness.now
        with db.begin() as tx:
            plan.configure(tx, settings, now)
        retractions.ask_due(settings, open_sources(settings), db, now)
        return self.harness.reported()

    def answer(self) -> Answer:
        """Where the question stands."""
        with self.harness.db.read() as tx:
            record = store.answers.current(tx, "ccsvi")
        assert record
        return record.answer

    def verdict(self) -> Verdict:
        """How the trial is judged."""
        with self.harness.db.read() as tx:
            return store.verdicts.current(tx, "ccsvi", ["1"])["1"]

    def state(self, source: SourceName = CROSSREF) -> SourceState:
        """How a list stands."""
        with self.harness.db.read() as tx:
            return store.source_states.state(tx, source, "ccsvi")

    def change(self, kind: str) -> Change:
        """The last change of this kind about the trial."""
        return self.harness.change(kind, "1")


@pytest.fixture
def world(db: Database, tmp_path: Path) -> Iterator[World]:
    """One trial is on record, and no list has anything about it."""
    pubmed = FakePubMed()
    pubmed.list(TRIAL, "veins")
    for number in range(2, 8):
        pubmed.list(article(str(number), doi=f"10.1/{number}"), "veins")
    harness = PollHarness(db, pubmed, ())
    harness.configure(topic(query()))
    with serving({}) as there:
        made = World(harness, there, tmp_path / "retractions.csv")
        there.routes["/works"] = made.crossref
        made.listed()
        made.day()
        assert made.answer().state is AnswerState.SHAM_CONTROLLED
        yield made


def test_a_retraction_that_pubmed_does_not_have_is_told_with_its_source_and_reason(world: World) -> None:
    """The trial stays on the list, flagged, and the answer no longer counts it."""
    world.listed(row(1, "Retraction", "1/9/2020"))
    assert world.day() == [("retracted", "1")]
    said = world.change("retracted").notice
    assert said
    assert (said.source, said.on) == ("Retraction Watch", "2020-01-09")
    assert said.reason == "Falsification/Fabrication of Data; Unreliable Results"
    assert world.answer().state is AnswerState.NONE
    assert world.day() == []


def test_a_record_that_pubmed_deleted_for_its_twin_is_not_told_or_counted_beside_it(world: World) -> None:
    """Both have the DOI that the list names."""
    world.harness.pubmed.list(replace(TRIAL, pmid="20"), "veins")
    world.day()
    world.harness.pubmed.delete("1")
    world.day()
    assert world.day() == [("merged", "1")]
    world.listed(row(1, "Retraction", "1/9/2020"))
    assert world.day() == [("retracted", "20")]
    assert [[report.pmid for report in trial.reports] for trial in world.answer().trials] == [["20"]]


def test_it_counts_exactly_as_a_retraction_of_pubmed_does(world: World) -> None:
    """The answer, its lines, the flags of the trial and the verdict are the same, also once a poll has judged again."""
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    world.harness.pubmed.revise(replace(TRIAL, notices=(link,)), date(2020, 2, 1))
    world.day()
    by_pubmed, judged_by_pubmed = world.answer(), world.verdict()
    world.harness.pubmed.revise(replace(TRIAL, journal="J Veins"), date(2020, 3, 1))
    world.day()
    assert world.answer().state is AnswerState.SHAM_CONTROLLED
    world.listed(row(1, "Retraction", "1/9/2020"))
    world.day()
    world.harness.pubmed.revise(replace(TRIAL, journal="J of Veins"), date(2020, 4, 1))
    world.day()
    assert world.verdict() == judged_by_pubmed
    same = ("state", "sentence", "lines", "fingerprint")
    answer = world.answer()
    assert [getattr(answer, name) for name in same] == [getattr(by_pubmed, name) for name in same]
    assert [trial.flags for trial in answer.trials] == [trial.flags for trial in by_pubmed.trials]


def test_the_item_of_a_digest_says_who_says_so_and_why(world: World) -> None:
    """With a link to the notice."""
    world.listed(row(1, "Retraction", "1/9/2020"))
    world.day()
    item = DigestItem("trials", TRIAL, (world.change("retracted"),))
    why = item_view(item, world.harness.topics[0], "").whys[0]
    assert why.text.startswith("Retracted on ")
    assert "according to Retraction Watch: Falsification/Fabrication of Data" in why.text
    assert (why.url, why.is_alarm) == ("https://doi.org/10.1/notice", True)


def test_what_two_lists_and_then_pubmed_say_is_told_once(world: World) -> None:
    """In any order of their days."""
    world.updates["10.1/trial"] = [update("retraction")]
    assert ("retracted", "1") in world.day()
    world.listed(row(1, "Retraction", "1/10/2020"))
    assert world.day() == []
    link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
    world.harness.pubmed.revise(replace(TRIAL, notices=(link,)), date(2020, 2, 1))
    assert world.day() == []
    assert world.answer().state is AnswerState.NONE


def test_what_pubmed_has_said_is_not_told_again(world: World) -> None:
    """The list comes later, as it mostly does."""
    world.harness.pubmed.revise(
        replace(TRIAL, notices=(notice("RetractionIn", NoticeKind.RETRACTION, "99"),)), date(2020, 2, 1)
    )
    assert ("retracted", "1") in world.day()
    world.updates["10.1/trial"] = [update("retraction")]
    world.listed(row(1, "Retraction", "1/10/2020"))
    assert world.day() == []


def test_a_reinstatement_takes_the_retraction_back(world: World) -> None:
    """The trial counts again, and readers hear why."""
    world.updates["10.1/trial"] = [update("retraction")]
    world.day()
    world.harness.told()
    world.listed(row(2, "Reinstatement", "1/20/2020"))
    assert world.day() == [("answer", ""), ("reinstated", "1")]
    assert world.answer().state is AnswerState.SHAM_CONTROLLED
    assert world.change("reinstated").notice
    assert world.day() == []


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("retracted", "reinstated"), [("1/9/2020", "1/20/2020"), ("0:00", "1/20/2020"), ("1/9/2020", "")]
)
def test_a_reinstatement_holds_whatever_day_another_source_gives_the_retraction(
    world: World, order: int, retracted: str, reinstated: str
) -> None:
    """The publisher deposited it late; rows stand in any order, and a day may be unknown."""
    rows = [row(1, "Retraction", retracted), row(2, "Reinstatement", reinstated)]
    world.updates["10.1/trial"] = [update("retraction", (2020, 3, 1))]
    world.listed(rows[0])
    assert ("retracted", "1") in world.day()
    assert world.answer().state is AnswerState.NONE
    world.listed(*rows[::order])
    assert [one for one in world.day() if one[1]] == [("reinstated", "1")]
    assert world.answer().state is AnswerState.SHAM_CONTROLLED
    assert world.day() == []
    world.listed(*rows, row(3, "Retraction", "5/1/2020", by="10.1/again"))
    assert (("retracted", "1") in world.day()) is bool(reinstated)


def test_a_concern_and_a_correction_flag_the_trial_and_it_still_counts(world: World) -> None:
    """Each is told once; of a later retraction nothing lesser is told."""
    world.updates["10.1/trial"] = [update("expression_of_concern"), update("correction", by="10.1/erratum")]
    assert [one for one in world.day() if one[1]] == [("concern", "1"), ("corrected", "1")]
    assert set(world.answer().trials[0].flags) == {"expression of concern", "corrected"}
    world.listed(row(1, "Expression of concern", "1/9/2020"), row(2, "Correction", "1/9/2020", by="10.1/erratum"))
    assert world.day() == []
    erratum = notice("ErratumIn", NoticeKind.ERRATUM, "77", "J Veins. 2020 Feb;1:2. doi: 10.1/erratum.")
    world.harness.pubmed.revise(replace(TRIAL, notices=(erratum,)), date(2020, 2, 1))
    assert world.day() == []
    world.updates["10.1/trial"] += [update("retraction", by="10.1/r"), update("erratum", by="10.1/r")]
    assert [one for one in world.day() if one[1]] == [("retracted", "1")]


def test_pubmed_taking_a_retraction_back_is_not_told_while_a_list_still_has_it(world: World) -> None:
    """Readers would hear that it counts again, and it does not."""
    world.harness.pubmed.revise(
        replace(TRIAL, notices=(notice("RetractionIn", NoticeKind.RETRACTION, "99"),)), date(2020, 2, 1)
    )
    world.updates["10.1/trial"] = [update("retraction")]
    assert ("retracted", "1") in world.day()
    world.harness.pubmed.revise(TRIAL, date(2020, 3, 1))
    assert world.day() == []
    assert world.answer().state is AnswerState.NONE
    world.listed(row(2, "Reinstatement", "1/20/2020"))
    assert [one for one in world.day() if one[1]] == [("reinstated", "1")]


def test_a_list_that_lost_rows_is_believed_after_days(world: World) -> None:
    """Nothing is lost by it: what was known stays."""
    world.listed(*(row(number, "Retraction", "1/9/2020", doi=f"10.8/{number}") for number in range(1, 20)))
    world.day()
    world.listed()
    assert world.day() == []
    assert world.state(WATCH).doubt == "the list has 1 rows and had 20"
    world.harness.now += 3 * DAY
    world.day()
    assert world.state(WATCH).doubt == ""


def test_the_first_answer_is_a_baseline_and_counts_all_the_same(db: Database, tmp_path: Path) -> None:
    """Old retractions are no news; a trial that was retracted long ago does not count for that."""
    pubmed = FakePubMed()
    pubmed.list(TRIAL, "veins")
    harness = PollHarness(db, pubmed, ())
    harness.configure(topic(query()))
    with serving({}) as there:
        world = World(
            harness, there, tmp_path / "retractions.csv", {"10.1/trial": [update("retraction", (2015, 1, 1))]}
        )
        there.routes["/works"] = world.crossref
        world.listed()
        told = world.day()
        assert ("retracted", "1") not in told
        assert world.answer().state is AnswerState.NONE


def test_a_list_that_is_down_changes_nothing(world: World) -> None:
    """Neither what is known nor what is told; it is asked again soon."""
    world.updates["10.1/trial"] = [update("retraction")]
    world.day()
    world.is_down = True
    assert world.day() == []
    assert world.answer().state is AnswerState.NONE
    state = world.state()
    assert (state.failures_in_row, state.last_error) == (1, "Crossref refused the request (404).")
    assert state.due_at - world.harness.now < timedelta(minutes=6)
    world.is_down = False
    assert world.day() == []


def test_a_list_that_has_nothing_any_more_is_doubted_and_takes_nothing_away(world: World) -> None:
    """A retraction is taken back by a reinstatement, not by silence."""
    world.updates["10.1/trial"] = [update("retraction")]
    world.day()
    world.updates.clear()
    assert world.day() == []
    assert world.state().doubt == "it has none of the 1 notices that it had"
    assert world.answer().state is AnswerState.NONE
    world.updates["10.1/trial"] = [update("retraction")]
    assert world.day() == []
    assert world.state().doubt == ""


def test_a_flood_is_held_back_until_it_has_lasted(world: World) -> None:
    """Sixty articles retracted in a night are more likely a mistake; after days they are believed."""
    for number in range(10, 70):
        world.harness.pubmed.list(article(str(number), doi=f"10.1/{number}"), "veins")
        world.updates[f"10.1/{number}"] = [update("retraction")]
    told = world.day()
    assert {kind for kind, _ in told} == {"new"}
    assert world.state().doubt == "it has new notices about 60 of 67 articles at once"
    assert world.day() == []
    world.harness.now += 2 * DAY
    assert len([kind for kind, _ in world.day() if kind == "retracted"]) == 60
    assert world.state().doubt == ""


def test_a_new_article_that_a_list_calls_retracted_is_told_as_both(world: World) -> None:
    """A reader must never meet a retracted article as mere news."""
    world.updates["10.1/late"] = [update("retraction", (2012, 3, 4))]
    world.harness.pubmed.list(article("99", doi="10.1/late"), "veins")
    assert world.day() == [("new", "99"), ("retracted", "99")]


@pytest.mark.parametrize("seed", range(3))
def test_whoever_is_down_when_each_event_is_told_once(world: World, seed: int) -> None:
    """Three weeks; each source is down for days at a time. The order of events is that of the days they are seen."""
    chance = Random(seed)  # noqa: S311  the order of events, not a secret
    happens = {name: chance.randrange(2, 14) for name in ("crossref", "watch", "pubmed")}
    outages = {name: range(first := chance.randrange(0, 14), first + 5) for name in happens}
    told: list[str] = []
    for day in range(22):
        world.harness.pubmed.is_down = day in outages["pubmed"]
        world.is_down = day in outages["crossref"]
        if day == happens["crossref"]:
            world.updates["10.1/trial"] = [update("retraction")]
        if day == happens["pubmed"]:
            link = notice("RetractionIn", NoticeKind.RETRACTION, "99")
            world.harness.pubmed.revise(replace(TRIAL, notices=(link,)), date(2020, 2, 1) + day * DAY)
        is_listed = day >= happens["watch"]
        world.listed(*([row(1, "Retraction", "1/9/2020")] if is_listed else []))
        if day in outages["watch"]:
            world.list_file.unlink()
        told += [kind for kind, pmid in world.day() if pmid == "1"]
    assert told == ["retracted"]
    assert world.answer().state is AnswerState.NONE
    for source in (CROSSREF, WATCH):
        assert (world.state(source).failures_in_row, world.state(source).doubt) == (0, "")
