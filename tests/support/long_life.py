"""One installation over many days: its literature, its readers, its mail server, and the instants at which it ticks.

Nothing is shared between two ticks but the database, as between two lives of a process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from multiprocessing.process import BaseProcess
from pathlib import Path

from monitor import config, store
from monitor.model import Frequency, Subscription, SubscriptionState
from monitor.ports import Sources
from monitor.sandbox import Corpus, Server
from monitor.service import connections, tick
from monitor.service.tick import Tick
from monitor.sources.pubmed import Client
from monitor.store import Database
from monitor.subscribers import opt_in
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.consent import Visit
from tests.support import mailboxes, returned_mails, scripted_smtp
from tests.support.command import FORKS
from tests.support.sandbox import article
from tests.support.scripted_smtp import ScriptedServer

KEY = "k" * 32
SEED, BASELINE, ARRIVALS = 50_000, 50_001, 60_001
#: So many articles there are before the first day.
OLD = 40
READERS = {f"{frequency.replace('_', '-')}@reader.example": frequency for frequency in Frequency}
#: Each mail to them comes back: the one's mailbox is gone, which ends her subscription, the other's is full.
GONE, FULL = "gone@elsewhere.example", "full@elsewhere.example"
VISIT = Visit("test", ip="192.0.2.1")

CONFIG = """\
contact_email: jane@example.org
postal_address: Example Street 1, Rome
smtp: {{host: 127.0.0.1, port: {smtp_port}, encryption: none, connections: {connections}}}
pubmed: {{base_url: "{pubmed_url}", read_timeout: 5}}
bounces: {{maildir: returned, every: 5m}}
topics:
  veins:
    name: Veins in MS
    question:
      text: Does opening veins help?
      population: {{name: multiple sclerosis, words: [multiple sclerosis]}}
      intervention: {{name: vein dilation, words: [{words}]}}
    seed: {{pmid: {seed}}}
    searches:
      - {{name: veins, every: 6h, query: "vein*[tiab]"}}
      - {{name: citing, kind: citing, every: 12h}}
    digest: {{at: "{at}", timezone: {zone}}}
"""


def tick_once(path: Path, environ: Mapping[str, str], moment: datetime) -> Tick:
    """What `monitor tick --at` does, with a PubMed client that does not wait for NCBI's rate."""
    settings = config.load(path, dict(environ))
    with connections.connected(settings, moment, is_pretended=True) as works:
        pubmed = Client(works.settings.pubmed, sleep=lambda _seconds: None)
        return tick.run_due(replace(works, sources=Sources(pubmed, pubmed, pubmed)), moment)


def _begin_and_tick(
    begin: Callable[[], object] | None, path: Path, environ: Mapping[str, str], moment: datetime
) -> None:
    if begin:
        begin()
    tick_once(path, environ, moment)


def noon(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """An instant of a day, in UTC."""
    return datetime.combine(day, time(hour, minute), UTC)


@dataclass
class Literature:
    """Two articles a day from the second day to the last, one of which cites the seed; and what becomes of some."""

    first: date
    last: date
    published: dict[str, date] = field(default_factory=dict)
    retracted: set[str] = field(default_factory=set)

    def corpus(self) -> Corpus:
        """All of it, with its days."""
        records = [self._record(SEED + number, self.first - timedelta(days=200 - number)) for number in range(OLD)]
        pmid, day = ARRIVALS, self.first + timedelta(days=1)
        while day <= self.last:
            for cites in ((), (SEED,)):
                self.published[str(pmid)] = day
                records.append(self._record(pmid, day, cites=cites))
                pmid += 1
            day += timedelta(days=1)
        corpus = Corpus.from_xml(f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>".encode())
        self._retract(corpus)
        return corpus

    def _retract(self, corpus: Corpus) -> None:
        """Every tenth article is retracted three days after it appeared."""
        for pmid, day in [*self.published.items()][::10]:
            at = noon(day + timedelta(days=3), 3)
            types = ("Journal Article", "Retracted Publication")
            links = (("RetractionIn", 0, "J Inv Med. 2012;1(2):3"),)
            withdrawn = self._record(int(pmid), day, types=types, links=links)
            corpus.add_state(pmid, at, withdrawn.encode())
            self.retracted.add(pmid)

    def _record(self, pmid: int, day: date, **fields: object) -> str:
        title = f"Vein report number {pmid} in multiple sclerosis"
        return article(pmid, title, (day.year, day.month, day.day), doi=f"10.5555/{pmid}", **fields)  # type: ignore[arg-type]


@dataclass
class Life:
    """The installation. `mail.replies` and `pubmed.on_request` are the world's points; `database_url` is any."""

    folder: Path
    pubmed: Server
    mail: ScriptedServer
    literature: Literature
    database_url: str
    question: str = "vein dilation"
    at: str = "06:00"
    zone: str = "UTC"
    connections: int = 2
    returned: int = 0
    started: list[BaseProcess] = field(default_factory=list)

    # --- the service ---

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment of its processes."""
        return {"MONITOR_SECRET_KEY": KEY, "MONITOR_DATABASE_URL": self.database_url}

    def configure(self) -> Path:
        """Write the configuration; `question` are the words of the intervention."""
        path = self.folder / "monitor.yaml"
        text = CONFIG.format(
            smtp_port=self.mail.port,
            pubmed_url=self.pubmed.url,
            seed=SEED,
            words=self.question,
            at=self.at,
            zone=self.zone,
            connections=self.connections,
        )
        if not path.exists() or path.read_text(encoding="utf-8") != text:  # another process may be reading it
            path.write_text(text, encoding="utf-8")
        return path

    def tick(self, moment: datetime, true: datetime | None = None) -> Tick:
        """One tick at that instant, with everything opened anew and closed, in this process; PubMed may know the
        `true` one.
        """
        self.pubmed.at = true or moment
        return tick_once(self.configure(), self.environ, moment)

    def process(self, moment: datetime, begin: Callable[[], object] | None = None) -> BaseProcess:
        """The same in a process of its own, which calls `begin` (it is pickled) before."""
        self.pubmed.at = moment
        process = FORKS.Process(target=_begin_and_tick, args=(begin, self.configure(), self.environ, moment))
        process.start()
        self.started.append(process)
        return process

    def hear_nothing(self) -> None:
        """PubMed and the mail server do as they usually do."""
        self.pubmed.on_request = None
        self.mail.replies.clear()

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Its database."""
        db = store.open(self.database_url)
        try:
            yield db
        finally:
            db.close()

    # --- people ---

    def subscribe(self, address: str, frequency: Frequency, at: datetime, zone: str = "UTC") -> None:
        """A reader who has confirmed."""
        person = Subscription("veins", address, frequency, SubscriptionState.ACTIVE, zone)
        with self.database() as db, db.begin() as tx:
            store.subscribers.add(tx, person, at)

    def sign_up(self, address: str, frequency: Frequency, at: datetime) -> None:
        """A visitor asks for digests, and is mailed a link."""
        with self.database() as db:
            wish = opt_in.SubscriptionRequest("veins", frequency)
            assert opt_in.request(db, wish, AddressKey(address, (KEY,)), VISIT, at)

    def confirm(self, address: str, at: datetime) -> None:
        """The visitor opens the link."""
        with self.database() as db:
            with db.read() as tx:
                (asked,) = store.subscribers.find(tx, address)
            assert opt_in.confirm(db, asked.id, AddressKey(address, (KEY,)), VISIT, at)

    def send_back(self) -> None:
        """What came for `GONE` and `FULL` since this was last done is returned."""
        mails = self.mails(self.returned)
        for number, mail in enumerate(mails, self.returned):
            to, key = "bounces@monitor.example", f"{number}@mx"
            if mail["To"] == GONE:
                way_out = f"List-Unsubscribe: {mail['List-Unsubscribe']}\n"
                self._return(returned_mails.postfix(to, str(mail["Message-ID"]), key, way_out), number)
            if mail["To"] == FULL:
                report = returned_mails.full(to, str(mail["Message-ID"]))
                self._return(report.replace(b"<full@mx>", f"<{key}>".encode()), number)
        self.returned += len(mails)

    def _return(self, report: bytes, number: int) -> None:
        mailboxes.deliver(self.folder / "returned", report, f"{number:06}")

    def settle(self, day: date) -> None:
        """Live on until the digests of every frequency have told everything, five weeks from `day`."""
        for days in (0, 1, 2, 7, 14, 32, 33):
            done = self.tick(noon(day + timedelta(days=days), 8))
            assert not done.failures, done.failures

    def mails(self, first: int = 0) -> list[EmailMessage]:
        """Every mail that the server has taken, or those from the `first` on."""
        return [message_from_bytes(raw, policy=policy.default) for raw in self.mail.contents[first:]]  # type: ignore[misc]


@contextmanager
def lived(folder: Path, database_url: str, first: date, last: date) -> Iterator[Life]:
    """An installation with its readers, whose literature appears from `first` to `last`."""
    literature = Literature(first, last)
    mailboxes.maildir(folder / "returned")
    with scripted_smtp.serving(ScriptedServer()) as mail, Server(literature.corpus(), noon(first)) as pubmed:
        life = Life(folder, pubmed, mail, literature, database_url)
        life.tick(noon(first, 0))
        for address, frequency in {**READERS, GONE: Frequency.DAILY, FULL: Frequency.DAILY}.items():
            life.subscribe(address, frequency, noon(first, 0, 10))
        life.tick(noon(first, 0, 20))
        try:
            yield life
        finally:  # no process outlives its test, not even when that failed
            for process in life.started:
                process.kill()
