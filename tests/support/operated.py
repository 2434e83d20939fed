"""An installation that is operated for a year: one service after the other, its files, its PubMed, its mail server.

Instants are arguments; the configuration is taken as a running service takes it, and commands are processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from monitor import config
from monitor.demo.mailbox import Mailbox
from monitor.ports import Sources
from monitor.sandbox import Corpus, Logged, Server
from monitor.service import connections, reload, tick
from monitor.service.connections import Connections
from monitor.service.reload import Live
from monitor.service.reload.files import WatchedFiles
from monitor.sources.pubmed import Client
from tests.support.command import run
from tests.support.sandbox import article

DAY = timedelta(days=1)
FIRST, LAST = date(2013, 1, 1), date(2013, 12, 31)
OLD_KEY, NEW_KEY = "k" * 32, "n" * 32
SHAM = (
    "{people} patients with multiple sclerosis were randomly assigned to {what} or a sham procedure. "
    "There was no benefit over sham."
)

CONFIG = """\
contact_email: jane@example.org
postal_address: Example Street 1, Rome
smtp: {{host: 127.0.0.1, port: {smtp_port}, encryption: none}}
pubmed: {{base_url: "{pubmed_url}", read_timeout: 5}}
web: {{public_url: "https://monitor.example.org"}}
subscribers_file: people.csv
topics:
  veins:
    name: Veins in MS
    question:
      text: Does opening veins help?
      population: {{name: multiple sclerosis, words: [multiple sclerosis]}}
      intervention: {{name: vein dilation, words: [vein dilation]}}
    searches:
      - {{name: veins, every: 12h, query: "vein*[tiab]"}}
    digest: {{at: "06:00", timezone: UTC}}
"""


def morning(day: date, hour: int = 7) -> datetime:
    """The instant of a day at which the service looks whether anything is due; PubMed adds its articles at six."""
    return datetime.combine(day, time(hour), UTC)


@dataclass
class Literature:
    """What PubMed adds on which day: `days` has each article's, `titles` its title."""

    days: dict[str, date] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)

    def add(self, pmid: int, title: str, day: date, **fields: Any) -> None:
        """An article appears."""
        self.days[str(pmid)], self.titles[str(pmid)] = day, title
        self.records[str(pmid)] = self.record(str(pmid), **fields)

    def record(self, pmid: str, **fields: Any) -> str:
        """The record of one that was added, with other fields."""
        day = self.days[pmid]
        return article(int(pmid), self.titles[pmid], (day.year, day.month, day.day), doi=f"10.5555/{pmid}", **fields)

    def add_trial(self, pmid: int, day: date, what: str) -> None:
        """The report of a trial of `what` against sham, without benefit."""
        title = f"Vein surgery in multiple sclerosis: a randomized trial of {what}, {pmid}"
        self.add(pmid, title, day, **_of_trial(pmid, what))

    def retract_trial(self, corpus: Corpus, pmid: int, at: datetime, what: str) -> None:
        """Its record says from `at` on that it is retracted."""
        fields = _of_trial(pmid, what)
        types = (*fields["types"], "Retracted Publication")
        links = (("RetractionIn", 0, "J Inv Med. 2013;1(2):3"),)
        withdrawn = self.record(str(pmid), **{**fields, "types": types, "links": links})
        corpus.add_state(str(pmid), at, withdrawn.encode())

    def matching(self, *words: str) -> set[str]:
        """The articles whose title has a word that begins with one of `words`."""
        return {
            pmid
            for pmid, title in self.titles.items()
            if any(word.startswith(begin) for word in title.lower().split() for begin in words)
        }

    def corpus(self) -> Corpus:
        """All of it, as a PubMed that grows."""
        return Corpus.from_xml(f"<PubmedArticleSet>{''.join(self.records.values())}</PubmedArticleSet>".encode())


def _of_trial(pmid: int, what: str) -> dict[str, Any]:
    """The fields of the record of a trial's report."""
    text = SHAM.format(people=pmid % 100 + 20, what=what)
    types = ("Journal Article", "Randomized Controlled Trial")
    return {"abstract": text, "types": types, "registry": f"NCT0{pmid:07}"}


def literature() -> Literature:
    """Before the year some of each kind, then a report on veins every day, others every third, fifth and tenth day."""
    made = Literature()
    for number, kind in enumerate(("Vein", "Venoplasty", "Jugular") * 10):
        made.add(50_000 + number, f"{kind} report number {50_000 + number}", FIRST - (100 - number) * DAY)
    pmid = 60_000
    for number in range((LAST - FIRST).days):
        kinds = {1: "Vein", 3: "Venoplasty", 5: "Jugular", 10: "Jugular and vein"}
        for kind in (kind for every, kind in kinds.items() if number % every == 0):
            made.add(pmid, f"{kind} report number {pmid}", FIRST + (number + 1) * DAY)
            pmid += 1
    return made


@dataclass
class Operated:
    """The installation between two days. `service` is what runs, None while it is stopped."""

    folder: Path
    pubmed: Server
    mailbox: Mailbox
    database_url: str
    service: Live | None = None

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "monitor.yaml"

    @property
    def keys(self) -> Path:
        """The file with the keys that sign links."""
        return self.folder / "keys"

    @property
    def environ(self) -> dict[str, str]:
        """The environment of its processes."""
        return {"MONITOR_SECRET_KEY_FILE": str(self.keys), "MONITOR_DATABASE_URL": self.database_url}

    @property
    def works(self) -> Connections:
        """What the running service works with."""
        assert self.service
        return self.service.works

    @contextmanager
    def running(self, now: datetime) -> Iterator[None]:
        """The service runs until the block ends, as `monitor run` does; nothing of it outlives the block."""
        files = WatchedFiles(config.files(self.config, self.environ))
        settings = config.load(self.config, self.environ)
        with (
            connections.connected(settings, now) as works,
            reload.running("run", works, files, self.environ, now) as live,
        ):
            self.service = live
            yield
        self.service = None

    def tick(self, now: datetime) -> None:
        """The service looks at its files until they are quiet, then does what is due; again when that changed."""
        assert self.service
        self.pubmed.at = now
        self.service.look(now)
        self.service.look(now)
        works: Connections | None = None
        while works is None or not self.service.is_current(works):
            works = self.service.works
            done = tick.run_due(_without_waiting(works), now, is_stopping=partial(self._is_outdated, works))
            assert not done.failures, done.failures

    def _is_outdated(self, works: Connections) -> bool:
        return not (self.service and self.service.is_current(works))

    def edit(self, before: str, after: str) -> None:
        """The operator changes the first place that says `before`: the editor writes another file and renames it."""
        text = self.config.read_text(encoding="utf-8")
        assert before in text
        self._replace(self.config, text.replace(before, after, 1))

    def put_keys(self, *keys: str) -> None:
        """The keys that sign links, newest first."""
        self._replace(self.keys, "\n".join(keys))

    def list_readers(self, *lines: str) -> None:
        """The subscribers file: address, topic, frequency."""
        self._replace(self.folder / "people.csv", "\n".join(("address,topic,frequency", *lines)))

    def _replace(self, file: Path, text: str) -> None:
        other = file.with_name(f".{file.name}.new")
        other.write_text(text, encoding="utf-8")
        other.rename(file)

    def when_polled(self, do: Callable[[], object]) -> None:
        """Do it once, while PubMed works on the next search."""

        def on_request(logged: Logged) -> None:
            if logged.request.endpoint == "esearch":
                self.pubmed.on_request = None
                do()

        self.pubmed.on_request = on_request

    def reload_now(self, now: datetime) -> None:
        """SIGHUP."""
        assert self.service
        self.service.ask()
        self.service.look(now)

    def command(self, *words: str) -> str:
        """`monitor WORDS` as a process, which must end well; what it printed."""
        done = run([*words, "-c", str(self.config)], {**self.environ, "COLUMNS": "200"})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _without_waiting(works: Connections) -> Connections:
    """The same, with a client that does not wait for NCBI's rate."""
    pubmed = Client(works.settings.pubmed, sleep=lambda _seconds: None)
    return replace(works, sources=Sources(pubmed, pubmed, pubmed))


@contextmanager
def installed(folder: Path, corpus: Corpus, *readers: str) -> Iterator[Operated]:
    """An installation on SQLite with these lines in its subscribers file; not running yet."""
    with Mailbox() as mailbox, Server(corpus, morning(FIRST)) as pubmed:
        made = Operated(folder, pubmed, mailbox, f"sqlite:///{folder}/first.db")
        made.config.write_text(CONFIG.format(smtp_port=mailbox.port, pubmed_url=pubmed.url), encoding="utf-8")
        made.put_keys(OLD_KEY)
        made.list_readers(*readers)
        yield made
