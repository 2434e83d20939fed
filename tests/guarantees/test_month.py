"""A month with bursts, outages, gone and back, merges, retractions undone and unreadable records, kept as a ledger.

The ledger follows every article from published to stored, told (in HTML and in text) and reachable, by frequency.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from monitor import config, store
from monitor.demo.mailbox import Mailbox
from monitor.model import ArchivedDigest, Change, ChangeKind, DigestKind, Frequency, Subscription, SubscriptionState
from monitor.ports import Sources
from monitor.sandbox import Corpus, Fault, Server
from monitor.service import connections, tick
from monitor.service.connections import Connections
from monitor.sources.pubmed import Client
from tests.support.sandbox import Day, article

FIRST, LAST = date(2012, 2, 1), date(2012, 3, 6)
#: Articles appear until then, so that the digest of every frequency has told of them by LAST.
LAST_PUBLISHED = date(2012, 2, 28)
READERS = {f"{frequency.replace('_', '-')}@reader.example": frequency for frequency in Frequency}

BASELINE, ARRIVALS = 50_001, 60_001
BURSTS = {date(2012, 2, 7): 60, date(2012, 2, 21): 35}
DOWN = (date(2012, 2, 9), date(2012, 2, 10), date(2012, 2, 23))
OFF = (date(2012, 2, 15), date(2012, 2, 16))
EMPTY, FLOOD = date(2012, 2, 26), date(2012, 2, 24)
STRANGERS = tuple(str(80_001 + number) for number in range(300))
GONE, BACK, MERGED, TWIN = "50003", "50005", "50007", "59007"
RETRACTED = "60004"
UNREADABLE = ("60085", "60086")
#: The records of UNREADABLE are broken from the day they appear until this one.
READABLE_FROM = date(2012, 2, 20)

CONFIG = """\
contact_email: jane@example.org
postal_address: Example Street 1, Rome
smtp: {{host: 127.0.0.1, port: {smtp_port}, encryption: none}}
pubmed: {{base_url: "{pubmed_url}", read_timeout: 5}}
topics:
  veins:
    name: Veins in MS
    question:
      text: Does opening veins help?
      population: {{name: multiple sclerosis, words: [multiple sclerosis]}}
      intervention: {{name: vein dilation, words: [vein dilation]}}
    searches:
      - {{name: veins, every: 6h, query: "vein*[tiab]"}}
"""


def at(day: date, hour: int = 12) -> datetime:
    """An instant of a day, in UTC."""
    return datetime.combine(day, time(hour), UTC)


def ymd(day: date) -> Day:
    """A day as the sandbox's records have it."""
    return day.year, day.month, day.day


@dataclass
class Literature:
    """What PubMed lists, and when each article of the month was published."""

    records: list[str] = field(default_factory=list)
    published: dict[str, date] = field(default_factory=dict)

    def add(self, pmid: int, day: date, **fields: object) -> None:
        """An article appears on `day`."""
        title = f"Vein report number {pmid} in multiple sclerosis"
        self.records.append(article(pmid, title, ymd(day), doi=f"10.5555/{pmid}", **fields))  # type: ignore[arg-type]


def literature() -> Literature:
    """Forty articles before the month, then three a day and two bursts."""
    made = Literature()
    for number in range(40):
        made.add(BASELINE + number, date(2011, 1, 1) + timedelta(days=number))
    pmid, day = ARRIVALS, FIRST + timedelta(days=1)
    while day <= LAST_PUBLISHED:
        for _ in range(BURSTS.get(day, 3)):
            made.add(pmid, day)
            made.published[str(pmid)] = day
            pmid += 1
        day += timedelta(days=1)
    twin = article(int(TWIN), "The same report, entered twice: a vein", ymd(date(2012, 2, 13)), doi=f"10.5555/{MERGED}")
    made.records.append(twin)
    for pmid in STRANGERS:
        made.records.append(article(int(pmid), f"A report of something else, number {pmid}", ymd(date(2011, 6, 1))))
    made.published[TWIN] = date(2012, 2, 13)
    return made


def corpus_of(made: Literature) -> Corpus:
    """The literature with what happens to it: deleted, merged, retracted and reinstated."""
    corpus = Corpus.from_xml(f"<PubmedArticleSet>{''.join(made.records)}</PubmedArticleSet>".encode())
    for pmid, day in ((GONE, 4), (BACK, 6)):
        corpus.delete(pmid, at(date(2012, 2, day), 6))
    corpus.merge(MERGED, TWIN, at(date(2012, 2, 14), 6))
    title = f"Vein report number {RETRACTED} in multiple sclerosis"
    whole = article(int(RETRACTED), title, ymd(made.published[RETRACTED]), doi=f"10.5555/{RETRACTED}")
    types = ("Journal Article", "Retracted Publication")
    links = (("RetractionIn", 0, "J Inv Med. 2012;1(2):3"),)
    withdrawn = article(
        int(RETRACTED), title, ymd(made.published[RETRACTED]), doi=f"10.5555/{RETRACTED}", types=types, links=links
    )
    corpus.add_state(RETRACTED, at(date(2012, 2, 8), 6), withdrawn.encode())
    corpus.add_state(RETRACTED, at(date(2012, 2, 18), 6), whole.encode())
    return corpus


@dataclass
class Month:
    """What is left when the month is over."""

    works: Connections
    mailbox: Mailbox
    published: dict[str, date]

    def digests(self, frequency: Frequency) -> list[ArchivedDigest]:
        """The digests of one frequency, oldest first."""
        with self.works.db.read() as tx:
            archive = store.digests.archive(tx, "veins", 10_000)
        return [one for one in reversed(archive) if one.frequency is frequency]

    def told(self, frequency: Frequency, *kinds: ChangeKind) -> list[Change]:
        """The changes of these kinds that digests of one frequency told, in order."""
        with self.works.db.read() as tx:
            ids = [id_ for row in self.digests(frequency) for id_ in store.digests.get(tx, row.id)[0].change_ids]
            found = {change.id: change for change in store.changes.recent(tx, "veins", 100_000)}
        return [found[id_] for id_ in ids if found[id_].kind in kinds]

    def parts(self, frequency: Frequency) -> list[tuple[str, str]]:
        """Text and HTML of every digest that the reader of one frequency got."""
        address = next(one for one, wanted in READERS.items() if wanted is frequency)
        messages = [mail.message for mail in self.mailbox.to(address)]
        return [(_part(m, "plain"), _part(m, "html")) for m in messages]


def _part(message: object, kind: str) -> str:
    return " ".join(message.get_body([kind]).get_content().split())  # type: ignore[attr-defined]  # an EmailMessage


@contextmanager
def lived(folder: Path) -> Iterator[Month]:
    """The month, a tick every six hours; the service is off for two days and PubMed is down for three."""
    made = literature()
    corpus = corpus_of(made)
    with Mailbox() as mailbox, Server(corpus, at(FIRST)) as server:
        for day in DOWN:
            server.faults.outage(at(day, 0), at(day + timedelta(days=1), 0))
        everything = [*made.published, *(str(BASELINE + number) for number in range(40))]
        server.faults.add(
            Fault.IDS_LEFT_OUT, endpoint="esearch", pmids=everything, since=at(EMPTY, 0), until=at(EMPTY, 23)
        )
        server.faults.add(
            Fault.TERM_DROPPED, endpoint="esearch", pmids=STRANGERS, since=at(FLOOD, 0), until=at(FLOOD, 23)
        )
        server.faults.add(Fault.RECORDS_MALFORMED, endpoint="efetch", pmids=UNREADABLE, until=at(READABLE_FROM, 0))
        path = folder / "monitor.yaml"
        path.write_text(CONFIG.format(smtp_port=mailbox.port, pubmed_url=server.url), encoding="utf-8")
        settings = config.load(path, {"MONITOR_SECRET_KEY": "k" * 32})
        pubmed = Client(settings.pubmed, sleep=lambda _seconds: None)
        with connections.connected(settings, at(FIRST)) as opened:
            works = replace(opened, sources=Sources(pubmed, pubmed, pubmed))
            with works.db.begin() as tx:
                for address, frequency in READERS.items():
                    person = Subscription("veins", address, frequency, SubscriptionState.ACTIVE)
                    store.subscribers.add(tx, person, at(FIRST))
            _live(works, server, corpus)
            yield Month(works, mailbox, made.published)


def _live(works: Connections, server: Server, corpus: Corpus) -> None:
    moment = at(FIRST, 8)
    while moment.date() <= LAST:
        if moment == at(date(2012, 2, 12), 8):
            corpus.records[BACK].gone_at = None
        server.at = moment
        if moment.date() not in OFF:
            tick.run_due(works, moment)
        moment += timedelta(hours=6)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """Lived through once; the tests only read."""
    with lived(tmp_path_factory.mktemp("month")) as whole:
        yield whole


@dataclass
class Ledger:
    """For one frequency: what was published, and how far it came."""

    published: set[str]
    stored: set[str]
    in_text: set[str]
    in_html: set[str]
    times: Counter[str]

    @property
    def columns(self) -> dict[str, int]:
        """The figures as docs/guarantees.md has them."""
        return {
            "published": len(self.published),
            "lost": len(self.published - self.stored),
            "untold": sum(not self.times[pmid] for pmid in self.published),
            "twice": sum(self.times[pmid] > 1 for pmid in self.published),
            "only counted in text": len(self.published - self.in_text),
            "only counted in HTML": len(self.published - self.in_html),
        }


def ledger(month: Month, frequency: Frequency) -> Ledger:
    """Every article of the month, from PubMed to what a reader can open."""
    published = set(month.published)
    with month.works.db.read() as tx:
        stored = set(store.articles.which_known(tx, published))
    news = [c.pmid for c in month.told(frequency, ChangeKind.NEW, ChangeKind.CITING)]
    texts, pages = zip(*month.parts(frequency), strict=True)
    return Ledger(published, stored, _named(published, texts), _named(published, pages), Counter(news))


def _named(pmids: set[str], parts: tuple[str, ...]) -> set[str]:
    """Those of `pmids` whose number stands in one of the parts: as a link of its own or within one to several."""
    return pmids & set(re.findall(r"\d{5,8}", " ".join(parts)))


@pytest.mark.parametrize("frequency", Frequency)
def test_every_article_is_stored_told_once_and_reachable(frequency: Frequency, month: Month) -> None:
    """Nothing lost, nothing twice, nothing only counted; in both parts of the mail."""
    columns = ledger(month, frequency).columns
    assert {name: number for name, number in columns.items() if number and name != "published"} == {}


@pytest.mark.parametrize(
    ("frequency", "presence"),
    [
        (Frequency.DAILY, [("gone", GONE), ("gone", BACK), ("reappeared", BACK), ("merged", MERGED)]),
        (Frequency.MONTHLY, [("gone", GONE), ("merged", MERGED)]),
    ],
)
def test_what_went_and_came_back_is_told_as_both_or_as_neither(
    frequency: Frequency, presence: list[tuple[str, str]], month: Month
) -> None:
    """The daily reader hears both; who hears once a month hears of nothing that was undone before."""
    kinds = (ChangeKind.GONE, ChangeKind.REAPPEARED, ChangeKind.MERGED)
    assert [(str(c.kind), c.pmid) for c in month.told(frequency, *kinds)] == presence


def test_a_retraction_that_is_withdrawn_is_told_as_that(month: Month) -> None:
    """Daily both; monthly neither, since nobody was told before it was undone."""
    kinds = (ChangeKind.RETRACTED, ChangeKind.REINSTATED)
    assert [(str(c.kind), c.pmid) for c in month.told(Frequency.DAILY, *kinds)] == [
        ("retracted", RETRACTED),
        ("reinstated", RETRACTED),
    ]
    assert month.told(Frequency.MONTHLY, *kinds) == []


def test_records_that_could_not_be_read_are_told_and_read_later(month: Month) -> None:
    """First as unread, with their links; as new with their titles when they could be read."""
    unread = [c.pmid for c in month.told(Frequency.DAILY, ChangeKind.UNREAD)]
    assert sorted(unread) == sorted(UNREADABLE)
    assert not month.told(Frequency.MONTHLY, ChangeKind.UNREAD)
    for pmid in UNREADABLE:
        (new,) = [c for c in month.told(Frequency.DAILY, ChangeKind.NEW) if c.pmid == pmid]
        assert new.at.date() >= READABLE_FROM


def test_the_days_without_an_answer_are_told_by_their_cause(month: Month) -> None:
    """PubMed was down on three days, and nobody looked on two; the month's digest says both."""
    text, page = month.parts(Frequency.MONTHLY)[-1]
    for part in (text, page):
        assert "PubMed gave no usable answer" in part
        assert "did not run" in part


def test_an_answer_that_lists_nothing_takes_nothing_away(month: Month) -> None:
    """On the day when the search found nothing no reader is told that anything is gone."""
    told = {c.pmid for f in Frequency for c in month.told(f, ChangeKind.GONE)}
    assert told <= {GONE, BACK, MERGED}


def test_a_flood_is_told_to_nobody_but_the_operator(month: Month) -> None:
    """PubMed dropped a term for a day and listed three hundred strangers; what truly appeared that day is told."""
    mails = [part for frequency in Frequency for pair in month.parts(frequency) for part in pair]
    assert _named(set(STRANGERS), tuple(mails)) == set()
    (doubt,) = [mail for mail in month.mailbox.to("jane@example.org") if "in doubt" in str(mail.message["Subject"])][:1]
    assert "monitor poll --accept veins/veins" in doubt.message.get_content()


def test_no_reader_sees_what_only_the_operator_understands(month: Month) -> None:
    """No error text of PubMed or of the parser stands in a mail."""
    jargon = re.compile(r"PhraseNotFound|QueryTranslation|XMLSyntaxError|Traceback|HTTP Error")
    assert [
        frequency for frequency in Frequency if any(jargon.search(" ".join(p)) for p in month.parts(frequency))
    ] == []


def test_every_digest_counts_what_it_tells(month: Month) -> None:
    """Articles shown and left out add up to the changes that the digest contains."""
    with month.works.db.read() as tx:
        for frequency in Frequency:
            for row in month.digests(frequency):
                digest = store.digests.get(tx, row.id)[0]
                if digest.kind is DigestKind.NEWS:
                    named = {item.article.pmid for item in digest.items}
                    named |= {pmid for _, pmids in digest.left_out_pmids for pmid in pmids}
                    assert named == {c.pmid for c in _changes(month, digest.change_ids) if c.pmid}


def _changes(month: Month, ids: tuple[int, ...]) -> list[Change]:
    with month.works.db.read() as tx:
        return [change for change in store.changes.recent(tx, "veins", 100_000) if change.id in set(ids)]
