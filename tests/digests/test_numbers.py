"""Every number in a digest is the answer to a query of the store: they add up, and the subject is true."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor import store
from monitor.digests.compose import compose_due
from monitor.evidence import screening
from monitor.model import (
    Answer,
    ChangeKind,
    Design,
    Digest,
    DigestPlan,
    Frequency,
    Outcome,
    Rendered,
    SearchReport,
    Subscription,
    SubscriptionState,
)
from monitor.render import placeholders
from monitor.render.dates import ENGLISH
from monitor.store import Database, Tx
from monitor.watch.poll import poll_due
from tests.support.articles import sham_trial
from tests.support.fake_pubmed import FakePubMed
from tests.support.mail_servers import Mailbox
from tests.support.records import DAY, START, article, query, topic
from tests.support.settings import settings

#: Two searches that overlap, and a digest every Monday.
TOPIC = replace(topic(query("veins", "veins"), query("necks", "necks")), digest=DigestPlan())


class Watch:
    """A service in small: PubMed, the database, a clock, one weekly reader."""

    def __init__(self, db: Database) -> None:
        self.db, self.pubmed, self.now = db, FakePubMed(), START
        self.settings = settings(Mailbox().settings(), TOPIC)
        for number in range(1, 51):
            self.pubmed.list(article(str(number)), "veins")
        for number in range(41, 61):
            self.pubmed.list(article(str(number)), "necks")
        self.pubmed.list(sham_trial("70", 19), "veins")
        with db.begin() as tx:
            store.searches.sync(tx, [TOPIC], START)
            reader = Subscription("ccsvi", "a@example.org", Frequency.WEEKLY, SubscriptionState.ACTIVE)
            store.subscribers.add(tx, reader, START)
        self.day()

    def day(self, days: int = 1) -> list[tuple[Digest, Rendered]]:
        """Days pass; what is due is polled and composed. The digests of these days."""
        made: list[int] = []
        for _ in range(days):
            poll_due([TOPIC], self.pubmed.sources, self.db, self.now)
            made += compose_due(self.settings, self.db, self.now)
            self.now += DAY
        with self.db.read() as tx:
            return [store.digests.get(tx, number) for number in made]

    def week(self) -> tuple[Digest, Rendered]:
        """Days pass until the next weekly digest with news."""
        for _ in range(15):
            for digest, rendered in self.day():
                if digest.since:
                    return digest, rendered
        raise AssertionError("no digest in a fortnight")


@pytest.fixture
def watch(db: Database) -> Watch:
    """After the baseline and the first quiet week."""
    found = Watch(db)
    found.day(8)
    return found


def a_busy_week(watch: Watch) -> None:
    """New articles in both searches, one of which cannot be read, a revision, a deletion, an outage of a day."""
    for number in range(80, 113):
        watch.pubmed.list(article(str(number)), "veins")
        watch.pubmed.list(article(str(number)), "necks")
    watch.pubmed.unreadable.add("90")
    watch.pubmed.list(sham_trial("120", 104), "necks")
    watch.day(2)
    watch.pubmed.revise(article("3", "Another title"), watch.now.date())
    watch.pubmed.delete("50")
    watch.pubmed.is_down = True
    watch.day()
    watch.pubmed.is_down = False


def test_every_number_of_a_digest_adds_up(watch: Watch) -> None:
    """Of what is held, listed, shown, counted and failed."""
    a_busy_week(watch)
    digest, rendered = watch.week()
    with watch.db.read() as tx:
        _assert_search_reports(tx, digest)
        _assert_records(tx, digest)
        _assert_changes(tx, digest)
    _assert_written(digest, rendered)
    _assert_answer(digest.answer)


def _assert_search_reports(tx: Tx, digest: Digest) -> None:
    assert [one.search for one in digest.search_reports] == ["veins", "necks"]
    for one in digest.search_reports:
        polls = store.polls.since(tx, "ccsvi", one.search, digest.since)
        good = [poll for poll in polls if poll.outcome is not Outcome.FAILED]
        bad = [poll for poll in polls if poll.outcome is Outcome.FAILED]
        assert one.count == good[-1].count
        assert one.held == len(store.matches.current(tx, "ccsvi", one.search))
        assert (one.failures, one.failure_days) == (len(bad), len({poll.started_at.date() for poll in bad}))
        assert one.failures > 0


def _assert_records(tx: Tx, digest: Digest) -> None:
    """What the searches list together, and what is on record beside it."""
    listed = store.matches.current(tx, "ccsvi", "veins") | store.matches.current(tx, "ccsvi", "necks")
    on_record = {one.pmid for one in store.articles.in_topic(tx, "ccsvi")}
    assert digest.article_count == len(on_record)
    assert digest.unlisted_count == len(on_record - listed) == 1
    assert listed <= on_record
    held = {one.search: one.held or 0 for one in digest.search_reports}
    both = store.matches.current(tx, "ccsvi", "veins") & store.matches.current(tx, "ccsvi", "necks")
    assert sum(held.values()) - len(both) == digest.article_count - digest.unlisted_count


def _assert_changes(tx: Tx, digest: Digest) -> None:
    """Each change of the period is in the digest, each article once, shown or counted."""
    happened = [one for one in store.changes.since(tx, "ccsvi", START) if one.id in digest.change_ids]
    assert {one.id for one in store.changes.since(tx, "ccsvi", START)} == set(digest.change_ids)
    assert store.changes.undigested(tx, "ccsvi", Frequency.WEEKLY) == []
    named = [item.article.pmid for item in digest.items] + [p for _, pmids in digest.left_out_pmids for p in pmids]
    assert Counter(named) == Counter({one.pmid for one in happened if one.pmid})
    assert {one.kind for one in happened} >= {ChangeKind.NEW, ChangeKind.REVISED, ChangeKind.GONE, ChangeKind.ANSWER}


def _assert_written(digest: Digest, rendered: Rendered) -> None:
    """The same numbers in both parts, and the summary counts what the sections hold."""
    per_section = Counter(item.section for item in digest.items) + Counter(dict(digest.left_out))
    for part in (rendered.text, re.sub("<[^>]+>", "", rendered.html)):
        said = " ".join(placeholders.fill(part, {}, ENGLISH.write, is_html=False).split())
        records = f"{digest.article_count} articles on record for this question"
        assert f"{records}, 1 of them no longer listed by any search." in said
        assert [int(n) for n in re.findall(r"(\d+) matches", said)] == [one.count for one in digest.search_reports]
        assert f"{per_section['new']} other new articles" in said
        assert f"{digest.left_out[0][1]} more" in said
        for one in digest.search_reports:
            assert _matches(one) in said


def _matches(one: SearchReport) -> str:
    """How the mail writes them."""
    return f"{one.count} matches" if one.count == one.held else f"{one.count} matches in PubMed, {one.held} on record"


def _assert_answer(answer: Answer) -> None:
    """The headline's numbers are those of the trials below it."""
    counted = [trial for trial in answer.trials if trial.is_counted]
    assert len(counted) == 2
    assert f"({sum(trial.sample_size or 0 for trial in counted)} people)" in answer.sentence


def screened_out(watch: Watch, pmid: str, people: int) -> None:
    """A person judges that a trial is none."""
    said = screening.verdict_of_person(
        TOPIC, sham_trial(pmid, people), Design.SINGLE_ARM, is_match=True, by="A. Reader", because="no allocation"
    )
    screening.screen(watch.db, TOPIC, said, watch.now - timedelta(hours=1))


def test_a_trial_that_a_person_screens_out_is_not_announced_as_a_first(watch: Watch) -> None:
    """Of two trials one is left; then none; and when the person takes it back, it counts again."""
    watch.pubmed.list(sham_trial("120", 104), "veins")
    _, told = watch.week()
    assert told.subject == "CCSVI in MS: second sham-controlled trial reported"
    screened_out(watch, "120", 104)
    _, told = watch.week()
    assert (
        told.subject
        == "CCSVI in MS: a trial no longer counts, by a person's decision; now: one sham- or placebo-controlled trial"
    )
    screened_out(watch, "70", 19)
    _, told = watch.week()
    assert (
        told.subject == "CCSVI in MS: a trial no longer counts, by a person's decision; now: only uncontrolled reports"
    )
    screening.retract_screening(watch.db, TOPIC, "70", "A. Reader", watch.now - timedelta(hours=1))
    _, told = watch.week()
    assert told.subject == "CCSVI in MS: a trial counts now, by a person's decision"
    assert "first" not in told.subject


@pytest.mark.parametrize("frequency", [Frequency.WEEKLY, Frequency.AT_ONCE])
def test_a_result_that_is_turned_round_is_told_as_news_of_the_first_order(watch: Watch, frequency: Frequency) -> None:
    """The abstract of a trial that counts is revised: subject, section, old and new sentence; at once, too."""
    with watch.db.begin() as tx:
        reader = Subscription("ccsvi", "b@example.org", frequency, SubscriptionState.ACTIVE)
        store.subscribers.add(tx, reader, watch.now)
    watch.day()
    now = "Angioplasty significantly improved disability compared with sham (P = 0.01)."
    watch.pubmed.revise(sham_trial("70", 19, says=now), watch.now.date())
    digest, told = next((one, text) for one, text in watch.day(14) if one.since and one.frequency is frequency)
    assert told.subject == "CCSVI in MS: a counted trial now reports benefit instead of no difference"
    assert [(item.section, item.article.pmid) for item in digest.items] == [("trials", "70")]
    said = " ".join(told.text.split())
    assert "! The result that its authors state has changed: before “no difference”, now “benefit”" in said
    assert 'Conclusion before: "Angioplasty *showed no benefit over sham.*"' in said
    assert 'Conclusion now: "Angioplasty *significantly improved disability compared with sham (P = 0.01).*"' in said
