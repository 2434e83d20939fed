"""Hydroxychloroquine for COVID-19 with every source on: what each adds, and that none changes the true history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from evaluation.topics.evaluate import TIMELINES, differences, untrue_changes
from evaluation.topics.replay import Stand
from monitor.demo import corpus, outside
from monitor.demo.moments import Outage, moments
from monitor.model import ChangeKind, SourceName
from monitor.sandbox import Corpus, Server
from tests.support import strategies
from tests.support.all_sources import Watched, watching

LITERATURE = "hydroxychloroquine-covid19"
START, UNTIL = date(2020, 1, 1), date(2024, 12, 31)
TREATMENT, PREVENTION = "hcq-treatment", "hcq-prevention"
PMIDS = {entry.id: entry.pmid for entry in corpus.entries(LITERATURE)}
#: A day in the far past: nothing fails here.
NEVER = Outage(date(1999, 1, 1), date(1999, 1, 1))


@dataclass
class Seen:
    """The service after five years, and what its operator was told of the WHO's export on each day."""

    service: Watched
    doubts: dict[str, str] = field(default_factory=dict)

    def told(self, topic: str, kind: ChangeKind, key: str) -> list[tuple[str, tuple[str, ...]]]:
        """What was told of one item: days and sentences."""
        return [(day, said) for day, item, said in self.service.items(topic, kind) if item == key]


@pytest.fixture(scope="module")
def seen(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Both questions from 2020 to 2024, looked at whenever something appears anywhere."""
    facts, folder = outside.facts(LITERATURE), tmp_path_factory.mktemp("hcq")
    topics = [strategies.topic(TREATMENT), strategies.topic(PREVENTION)]
    with (
        Server(
            Corpus.from_xml(corpus.build(LITERATURE)), datetime.combine(START, time(8), UTC), services=facts
        ) as server,
        watching(sqlite_template, folder, server, topics, timedelta(days=365)) as service,
    ):
        found = Seen(service)
        for moment in moments(corpus.entries(LITERATURE), START, UNTIL, NEVER, outside.shows(facts)):
            service.tick(moment.at, moment.asks)
            found.doubts[str(moment.at.date())] = service.state(TREATMENT, SourceName.ICTRP).doubt
        yield found


@pytest.mark.parametrize("topic", [TREATMENT, PREVENTION])
def test_no_source_changes_the_true_history_of_the_answer(topic: str, seen: Seen) -> None:
    """States, trials, directions and sizes on every true day; nothing on the days without news."""
    timeline: dict[str, Any] = TIMELINES[topic]
    stands = [Stand(day, answer) for day, answer in seen.service.answers(topic)]
    true_days = [true for true in timeline["answers"] if date.fromisoformat(true["day"]) <= UNTIL]
    assert {true["day"]: found for true in true_days if (found := differences(true, stands))} == {}
    assert untrue_changes(timeline, stands) == []


def test_each_preprint_is_told_on_its_day_and_again_when_it_is_published(seen: Seen) -> None:
    """RECOVERY's numbers three months before the article; the headline waits for the article."""
    recovery = seen.told(TREATMENT, ChangeKind.PREPRINT, "PPR990006")
    assert [day for day, _ in recovery] == ["2020-07-16", "2020-10-08"]
    assert recovery[0][1][0] == "Preprint, not peer-reviewed."
    assert recovery[1][1][0].startswith("Now published as")
    waited = [answer for day, answer in seen.service.answers(TREATMENT) if date(2020, 7, 16) <= day < date(2020, 10, 8)]
    assert all(4716 not in Stand(START, answer).sizes() for answer in waited)
    assert any("preprint" in line for answer in waited for line in answer.lines)


@pytest.mark.parametrize(
    ("topic", "number", "day", "words"),
    [
        (TREATMENT, "NCT04261517", "2020-02-07", "Registered on 6 February 2020."),
        (TREATMENT, "ISRCTN50189673", "2020-04-02", "Registered on 2 April 2020."),
        (TREATMENT, "ChiCTR2000029868", "2020-03-25", "Registered on 15 February 2020."),
        (TREATMENT, "NCT04358068", "2020-07-08", "It has 20 participants; 2,000 were planned."),
        (TREATMENT, "NCT04325893", "2020-11-12", "It has 259 participants; 1,300 were planned."),
        (TREATMENT, "NCT04358068", "2022-07-04", "We found no result more than 24 months after"),
        (PREVENTION, "NCT04303507", "2020-07-17", "It is recruiting again."),
        (PREVENTION, "NCT04414241", "2020-10-06", "It was terminated early"),
        (PREVENTION, "NCT04303507", "2024-10-04", f"The registry links an article to it: PMID {PMIDS['hcq-035']}."),
    ],
)
def test_what_happened_to_a_trial_is_told_once_on_its_day(
    topic: str, number: str, day: str, words: str, seen: Seen
) -> None:
    """Registered, cut from 2,000 people to 20, stopped, without a result, linked with its article."""
    told = seen.told(topic, ChangeKind.REGISTRY, number)
    assert [on for on, said in told if any(sentence.startswith(words) for sentence in said)] == [day]


def test_a_trial_of_prevention_is_no_trial_of_treatment(seen: Seen) -> None:
    """The registry's titles name both words; what the question excludes decides."""
    prevention = {item for _, item, _ in seen.service.items(PREVENTION, ChangeKind.REGISTRY)}
    treatment = {item for _, item, _ in seen.service.items(TREATMENT, ChangeKind.REGISTRY)}
    of_prevention_only = {"NCT04303507", "NCT04328961", "NCT04328467"}
    assert of_prevention_only <= prevention
    assert of_prevention_only & treatment == set()


def test_the_export_with_swapped_dates_is_doubted_and_nothing_of_it_is_told(seen: Seen) -> None:
    """12 August 2020: trials registered in November, for nobody. Doubted until 4 September, and never told."""
    assert seen.doubts["2020-08-07"] == ""
    assert seen.doubts["2020-08-12"] != ""
    assert seen.doubts["2020-09-04"] == ""
    for topic in (TREATMENT, PREVENTION):
        said = [words for _, _, words in seen.service.items(topic, ChangeKind.REGISTRY)]
        assert not [words for words in said if any("November 2020" in one or "It has 0 " in one for one in words)]
        told_then = [item for day, item, _ in seen.service.items(topic, ChangeKind.REGISTRY) if day == "2020-08-12"]
        assert told_then == []


def test_the_retractions_are_told_once_each_whoever_said_so(seen: Seen) -> None:
    """Correction, concern and retraction within a week; three sources that say the same are one piece of news."""
    days = {
        (kind, change.pmid): str(change.at.date())
        for kind in (ChangeKind.CORRECTED, ChangeKind.CONCERN, ChangeKind.RETRACTED)
        for change in seen.service.changes(TREATMENT, kind)
    }
    lancet, first = PMIDS["hcq-010"], PMIDS["hcq-001"]
    assert days == {
        (ChangeKind.CORRECTED, lancet): "2020-05-30",
        (ChangeKind.CONCERN, lancet): "2020-06-03",
        (ChangeKind.RETRACTED, lancet): "2020-06-04",
        (ChangeKind.RETRACTED, first): "2024-12-17",
    }
    counts = [len(seen.service.changes(TREATMENT, kind)) for kind in (ChangeKind.CONCERN, ChangeKind.RETRACTED)]
    assert counts == [1, 2]
