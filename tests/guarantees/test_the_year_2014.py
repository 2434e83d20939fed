"""A year in one test: 2014 as it was, from baseline to mailbox, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor import config, resources, store
from monitor.demo import corpus
from monitor.demo.mailbox import Mailbox
from monitor.mail.smtp import SmtpMailer
from monitor.model import (
    AnswerState,
    ChangeKind,
    DeliveryState,
    DigestKind,
    Encryption,
    Frequency,
    Outcome,
    Settings,
    SmtpSettings,
    Subscription,
    SubscriptionState,
)
from monitor.ports import Sources
from monitor.sandbox import Corpus, Server
from monitor.service import connections, tick
from monitor.service.connections import Connections
from monitor.sources.pubmed import Client
from monitor.store import Database

FIRST_DAY = datetime(2014, 1, 1, 6, 30, tzinfo=UTC)
LAST_DAY = datetime(2014, 12, 31, 6, 30, tzinfo=UTC)
OUTAGE = (datetime(2014, 6, 2, tzinfo=UTC), datetime(2014, 6, 7, tzinfo=UTC))
PREMISE = "24975855"
FREQUENCYS = {"at-once@reader.example": Frequency.AT_ONCE, "weekly@reader.example": Frequency.WEEKLY}

FILLED_IN = {
    "contact_email:": "contact_email: operator@monitor.example",
    "postal_address:": "postal_address: 1 Example Street, Example Town",
    "  host:": "  host: 127.0.0.1",
}


@dataclass
class Year:
    """What is left when the year is over."""

    db: Database
    settings: Settings
    mailbox: Mailbox


def as_shipped(folder: Path, pubmed_url: str, mailbox: Mailbox) -> Settings:
    """The shipped configuration with its three places filled in, pointed at the loopback PubMed and mailbox."""
    text = (resources.folder("config") / "monitor.yaml").read_text()
    lines = [FILLED_IN.get(line, line) for line in text.splitlines()]
    (folder / "monitor.yaml").write_text("\n".join(lines))
    (folder / "subscribers.csv").write_text("address,topic,frequency\n")
    settings = config.load(folder / "monitor.yaml", {})
    return replace(
        settings,
        secret_keys=("k" * 32,),
        pubmed=replace(settings.pubmed, base_url=pubmed_url),
        smtp=SmtpSettings(mailbox.host, "monitor@monitor.example", port=mailbox.port, encryption=Encryption.NONE),
    )


@contextmanager
def the_year(db: Database, folder: Path) -> Iterator[Year]:
    """Live through 2014, one tick a day; PubMed is down for five days in June."""
    with Mailbox() as mailbox, Server(Corpus.from_xml(corpus.build()), FIRST_DAY) as server:
        server.faults.outage(*OUTAGE)
        settings = as_shipped(folder, server.url, mailbox)
        connections.prepare(settings, db, FIRST_DAY)
        with db.begin() as tx:
            for address, frequency in FREQUENCYS.items():
                person = Subscription("ccsvi", address, frequency, SubscriptionState.ACTIVE)
                store.subscribers.add(tx, person, FIRST_DAY)
        pubmed = Client(settings.pubmed, sleep=lambda _: None)
        works = Connections(
            settings, db, Sources(pubmed, pubmed, pubmed), connections.open_links(settings), SmtpMailer(settings.smtp)
        )
        day = FIRST_DAY
        while day <= LAST_DAY:
            server.at = day
            tick.poll_and_mail(works, day)
            day += timedelta(days=1)
        yield Year(db, settings, mailbox)


@pytest.fixture
def year(db: Database, tmp_path: Path) -> Iterator[Year]:
    """The year, lived through."""
    with the_year(db, tmp_path) as lived:
        yield lived


def test_a_year_from_the_clock_to_the_mailbox(year: Year) -> None:
    """Baseline, articles, the answer, digests, mails: every link of the line, and nothing lost or doubled."""
    the_baseline_was_recorded_and_not_announced(year)
    the_answer_changed_on_the_day_the_trial_appeared_and_on_no_other(year)
    every_article_of_the_year_reached_the_weekly_reader_exactly_once(year)
    the_outage_was_recorded_and_told(year)
    the_erratum_was_told_as_a_correction(year)
    the_reader_at_once_heard_of_the_answer_on_its_day(year)
    every_delivery_arrived_once(year)


def the_baseline_was_recorded_and_not_announced(year: Year) -> None:
    """The literature before 2014 is in the database; one welcome digest sums it up."""
    with year.db.read() as tx:
        first = store.polls.latest(tx, "ccsvi", year.settings.topics[0].searches[0].name, 1000)[-1]
        news = [c for c in store.changes.recent(tx, "ccsvi", 10_000) if c.at == FIRST_DAY]
    assert (first.is_baseline, first.outcome) == (True, Outcome.OK)
    assert (first.count or 0) > 60
    assert news == []
    for address in FREQUENCYS:
        welcome = year.mailbox.to(address)[0].message
        assert "2014" in str(welcome["Date"])
        assert "controlled" in welcome.get_body(("plain",)).get_content()


def the_answer_changed_on_the_day_the_trial_appeared_and_on_no_other(year: Year) -> None:
    """PREMiSe, online on 27 June 2014, is the first sham-controlled result."""
    with year.db.read() as tx:
        history = store.answers.history(tx, "ccsvi")
    states = [(record.at.date().isoformat(), record.answer.state) for record in history]
    assert states[0] == ("2014-01-01", AnswerState.CONTROLLED)
    changed = [row for before, row in pairwise(states) if row[1] is not before[1]]
    assert changed == [("2014-06-27", AnswerState.SHAM_CONTROLLED)]
    (record,) = [record for record in history if record.previous and record.previous is not record.answer.state]
    assert PREMISE in record.answer.causes


def every_article_of_the_year_reached_the_weekly_reader_exactly_once(year: Year) -> None:
    """Each new article is in exactly one weekly digest, and its title in exactly that mail."""
    with year.db.read() as tx:
        new = {c.pmid for c in store.changes.recent(tx, "ccsvi", 10_000) if c.kind is ChangeKind.NEW}
        digests = [store.digests.get(tx, row.id)[0] for row in store.digests.archive(tx, "ccsvi", 1000)]
        titles = {pmid: article.title for pmid, article in store.articles.known(tx, new).items()}
    weekly = [d for d in digests if d.frequency is Frequency.WEEKLY and d.kind is DigestKind.NEWS]
    shown = Counter(
        item.article.pmid for d in weekly for item in d.items if any(c.kind is ChangeKind.NEW for c in item.changes)
    )
    pending = {c.pmid for c in _untold(year)}
    assert len(new) >= 10
    assert shown == Counter(new - pending)
    mails = [" ".join(_text(m.message).split()) for m in year.mailbox.to("weekly@reader.example")]
    for pmid in new - pending:
        title = " ".join(titles[pmid].split()).rstrip(".")
        assert sum(title in mail for mail in mails) >= 1, title


def _untold(year: Year) -> list[object]:
    """What appeared after the last weekly digest of the year."""
    with year.db.read() as tx:
        return list(store.changes.undigested(tx, "ccsvi", Frequency.WEEKLY, None))


def _text(message: object) -> str:
    return message.get_body(("plain",)).get_content()  # type: ignore[attr-defined]  # an EmailMessage


def the_outage_was_recorded_and_told(year: Year) -> None:
    """Five failed days are in the polls, and the digest after them says so."""
    with year.db.read() as tx:
        name = year.settings.topics[0].searches[0].name
        failed = [p for p in store.polls.latest(tx, "ccsvi", name, 1000) if p.outcome is Outcome.FAILED]
    assert {p.started_at.date().isoformat() for p in failed} >= {"2014-06-02", "2014-06-06"}
    assert {p.started_at.date().isoformat() for p in failed} <= {f"2014-06-0{n}" for n in range(2, 7)}
    after = [m for m in year.mailbox.to("weekly@reader.example") if "Jun 2014" in str(m.message["Date"])]
    assert any("fail" in _text(m.message).lower() for m in after)


def the_erratum_was_told_as_a_correction(year: Year) -> None:
    """19 August 2014, to readers who had the article in June."""
    with year.db.read() as tx:
        corrected = [c for c in store.changes.recent(tx, "ccsvi", 10_000) if c.kind is ChangeKind.CORRECTED]
    assert [(c.pmid, c.at.date().isoformat()) for c in corrected] == [(PREMISE, "2014-08-19")]


def the_reader_at_once_heard_of_the_answer_on_its_day(year: Year) -> None:
    """A welcome, the first trial, its erratum; what changes no answer comes in a summary now and then."""
    mails = [m.message for m in year.mailbox.to("at-once@reader.example")]
    told = [(str(m["Date"])[5:16], str(m["Subject"])) for m in mails if "answer unchanged" not in str(m["Subject"])]
    assert [day for day, _ in told] == ["01 Jan 2014", "27 Jun 2014", "19 Aug 2014"]
    assert told[1][1] == "CCSVI in MS: first sham-controlled trial reported"


def every_delivery_arrived_once(year: Year) -> None:
    """What the database says was sent is what is in the mailboxes."""
    with year.db.read() as tx:
        counts = store.delivery_counts.counts(tx)
    readers = [m for m in year.mailbox.messages if m.recipient in FREQUENCYS]
    assert counts.get(DeliveryState.SENT) == len(readers)
    assert len({m.message["Message-ID"] for m in readers}) == len(readers)
