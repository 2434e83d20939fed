"""Whatever happens in a month, in any order, each reader is left with what is true, and is told nothing twice."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import store
from monitor.model import Article, Frequency, NoticeKind
from monitor.store import Database
from tests.support.fake_pubmed import FakePubMed
from tests.support.poll_harness import PollHarness
from tests.support.records import DAY, article, notice, query, topic

RETRACTION = notice("RetractionIn", NoticeKind.RETRACTION, "99")
BASELINE, LATER = ("1", "2", "3", "4", "5", "6"), ("11", "12")
EVERYBODY = (Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY)
_OUT, _IN, _FATES = {"gone", "merged"}, {"reappeared"}, {"retracted", "reinstated"}


@dataclass
class Month:
    """PubMed, the service and three readers."""

    harness: PollHarness
    told: dict[Frequency, list[tuple[str, str]]] = field(default_factory=lambda: {each: [] for each in EVERYBODY})
    retracted: set[str] = field(default_factory=set)

    def happens(self, event: str, pmid: str) -> None:
        """One event in the world, or one of the clock."""
        pubmed = self.harness.pubmed
        match event:
            case "listed":
                pubmed.list(self._record(pmid), "veins")
            case "unlisted":
                pubmed.unlist(pmid, "veins")
            case "deleted":
                pubmed.delete(pmid)
            case "unreadable":
                pubmed.unreadable.add(pmid)
            case "readable":
                pubmed.unreadable.discard(pmid)
            case "retracted" | "reinstated":
                (self.retracted.add if event == "retracted" else self.retracted.discard)(pmid)
                if pmid in pubmed.records:
                    pubmed.revise(self._record(pmid), (self.harness.now + DAY).date())
            case "a flood":
                self._flood()
            case "an outage":
                pubmed.is_down = True
                self.harness.poll()
                pubmed.is_down = False
            case "polled":
                self.harness.poll()
            case _:
                self.digest(Frequency(event))

    def _flood(self) -> None:
        """PubMed drops a term of the query for two days, and lists forty strangers."""
        pubmed, strangers = self.harness.pubmed, {str(number) for number in range(500, 540)}
        pubmed.warnings["veins"] = ("PhraseNotFound: aaa",)
        pubmed.listed["veins"] |= strangers
        for _ in range(2):
            self.harness.poll()
            self.digest(Frequency.DAILY)
        pubmed.listed["veins"] -= strangers
        pubmed.warnings.clear()

    def digest(self, frequency: Frequency) -> None:
        """One reader gets a digest, which does not contradict itself."""
        digest = [one for one in self.harness.told(frequency) if one[1]]
        for facts in (_OUT | _IN, _FATES):
            about = [pmid for kind, pmid in digest if kind in facts]
            assert len(about) == len(set(about)), digest
        self.told[frequency] += digest

    def _record(self, pmid: str) -> Article:
        blank = article(pmid, doi=f"10.1000/{pmid}", revised_on=(self.harness.now + DAY).date())
        return replace(blank, notices=(RETRACTION,)) if pmid in self.retracted else blank

    def ends(self) -> None:
        """Everything can be read; polls and digests until nothing more happens."""
        self.harness.pubmed.unreadable.clear()
        for _ in range(3):
            self.harness.poll()
            if self.harness.state().doubt:
                self.harness.accept()
        for _ in range(10):
            self.harness.poll()
        for frequency in EVERYBODY:
            self.digest(frequency)


HAPPENINGS = ("listed", "unlisted", "deleted", "unreadable", "readable", "retracted", "reinstated")
EVENTS = st.tuples(
    st.sampled_from([*HAPPENINGS, "a flood", "an outage", *["polled"] * 8, "daily", "weekly"]),
    st.sampled_from([BASELINE[0], BASELINE[1], *LATER]),
)


@settings(
    max_examples=int(os.environ.get("MONITOR_TEST_MONTHS", "20")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=st.lists(EVENTS, min_size=10, max_size=40))
def test_each_reader_is_left_with_what_is_true(
    sqlite_template: Path, tmp_path: Path, events: list[tuple[str, str]]
) -> None:
    """Twenty random months; `make guarantees` tries 300."""
    with fresh(sqlite_template, tmp_path) as db:
        month = begun(db)
        for event, pmid in events:
            month.happens(event, pmid)
        month.ends()
    for frequency in EVERYBODY:
        for pmid in (*BASELINE, *LATER):
            is_true(month, frequency, pmid)
        assert not [pmid for _, pmid in month.told[frequency] if int(pmid) >= 500]


@contextmanager
def fresh(template: Path, folder: Path) -> Iterator[Database]:
    """An empty database."""
    file = folder / f"{uuid4()}.db"
    shutil.copyfile(template, file)
    db = store.open(f"sqlite:///{file}", durable=False)
    try:
        yield db
    finally:
        db.close()


def begun(db: Database) -> Month:
    """A baseline of six articles."""
    month = Month(PollHarness(db, FakePubMed(), ()))
    for pmid in BASELINE:
        month.happens("listed", pmid)
    month.harness.configure(topic(query()))
    month.harness.poll(timedelta())
    return month


def is_true(month: Month, frequency: Frequency, pmid: str) -> None:
    """What a reader was told about an article, in the end, is how it is."""
    kinds = [kind for kind, about in month.told[frequency] if about == pmid]
    times = Counter(kinds)
    is_listed = pmid in month.harness.pubmed.listed["veins"]
    presence = [kind for kind in kinds if kind in _OUT | _IN]
    assert times["new"] <= (pmid in LATER), kinds
    was_known = pmid in BASELINE or times["new"] == 1
    if is_listed:
        assert was_known, kinds
        assert presence[-1:] in ([], ["reappeared"]), kinds
    elif was_known:
        assert presence[-1:] == ["gone"], kinds
    assert abs(times["gone"] - times["reappeared"]) <= 1, kinds
    fate = [kind for kind in kinds if kind in _FATES]
    if is_listed:
        assert (fate[-1:] == ["retracted"]) is (pmid in month.retracted), kinds
