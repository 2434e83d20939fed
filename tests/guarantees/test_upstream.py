"""Whatever PubMed answers, the search that asked fails alone, in words; the next one, and every digest, goes on.

Two PubMeds: one that is struck answers for the topic "veins", a good one for the topic "mice".
"""

from __future__ import annotations

import gzip
import shutil
import socketserver
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import config, store
from monitor.demo.mailbox import Mailbox
from monitor.model import FetchResult, LinkResult, Outcome, PubMedSettings, SearchResult
from monitor.ports import Progress, Sources, silent
from monitor.sandbox import Corpus, Fault, Server
from monitor.service import connections, tick
from monitor.service.connections import Connections
from monitor.service.tick import Tick
from monitor.sources.pubmed import Client
from tests.support.installation import add_mice, install
from tests.support.ncbi_server import GOOD_LINKS, ONE_HIT, SEARCH, answering, http
from tests.support.record_xml import record

NOW = datetime(2016, 1, 1, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OF_MICE = {"107", "108"}
#: Of "veins" are so many articles on record when everything was asked for.
OF_VEINS = 8


def client(url: str, base: type[Client] = Client, *, patience: float = 0.6) -> Client:
    """One that does not sleep, and has little patience, in seconds."""
    settings = PubMedSettings("watch@example.org", base_url=url, read_timeout=patience / 3)
    return base(settings, sleep=lambda _: None, patience=patience)


class _Good(Client):
    """A good PubMed that sends the questions of "veins" to others: `lists` and `records`."""

    lists: Client
    records: Client

    def search(self, query: str) -> SearchResult:
        """By topic."""
        return self.lists.search(query) if "vein" in query else super().search(query)

    def fetch(self, pmids: Sequence[str], progress: Progress = silent) -> FetchResult:
        """By topic."""
        return super().fetch(pmids, progress) if OF_MICE.issuperset(pmids) else self.records.fetch(pmids, progress)

    def citing(self, pmids: Sequence[str]) -> LinkResult:
        """Only "veins" has a seed."""
        return self.lists.citing(pmids)


class Installation:
    """A service that knows both PubMeds, and its two readers."""

    def __init__(self, works: Connections, box: Mailbox, good: str) -> None:
        self._works, self._box, self._good = works, box, good

    def tick(self, at: datetime, lists: str, records: str = "") -> Tick:
        """One tick with these PubMeds ("": the good one): no bug, and the search of "mice" goes well."""
        asked = client(self._good, _Good, patience=60)
        assert isinstance(asked, _Good)
        urls = (lists, records or self._good)
        asked.lists, asked.records = (client(url, patience=60 if url == self._good else 0.6) for url in urls)
        began = time.monotonic()
        done = tick.run_due(replace(self._works, sources=Sources(asked, asked, asked.lists)), at)
        assert time.monotonic() - began < 20
        assert [failure.error for failure in done.failures if failure.is_bug] == []
        assert [poll.outcome for poll in done.polls if poll.topic == "mice"] == [Outcome.OK]
        assert all(poll.error for poll in done.polls if poll.outcome is Outcome.FAILED)
        return done

    def is_well(self, at: datetime) -> bool:
        """Once PubMed answers: is every article on record, and has the reader heard of both topics?"""
        self.tick(at, self._good)
        done = self.tick(at + DAY, self._good)
        assert {poll.outcome for poll in done.polls} == {Outcome.OK}
        with self._works.db.read() as tx:
            assert store.articles.count(tx, "veins") == OF_VEINS
        return {subject.partition(":")[0] for subject in self.subjects()} == {"Veins in MS", "Veins of mice"}

    def subjects(self) -> list[str]:
        """What a reader was mailed about."""
        return [str(mail.message["Subject"]) for mail in self._box.to("ann@example.org")]


@pytest.fixture
def installation(tmp_path: Path, sandbox: Server, sqlite_template: Path) -> Iterator[Installation]:
    """A new one; the good PubMed is the sandbox."""
    shutil.copyfile(sqlite_template, tmp_path / "monitor.db")
    with Mailbox() as box, install(tmp_path, sandbox, box) as world:
        add_mice(world, "ann", without='      - {name: jugular, query: "jugular[tiab]"}\n')
        with connections.connected(config.load(world.config, dict(world.environ)), NOW) as works:
            yield Installation(works, box, sandbox.url)


def test_every_failure_that_the_e_utilities_are_known_for_in_lists_and_links(
    installation: Installation, corpus: Corpus
) -> None:
    """One a day: each kind that `monitor.sandbox.faults` knows."""
    at = NOW
    with Server(corpus, NOW) as struck:
        for fault in Fault:
            at += DAY
            for endpoint in ("esearch", "elink"):
                struck.faults.add(fault, endpoint=endpoint, seconds=2, pmids={"105", "106"})
            installation.tick(at, struck.url)
            struck.faults.clear()
    assert installation.is_well(at + DAY)


def test_every_failure_that_the_e_utilities_are_known_for_in_records(
    installation: Installation, corpus: Corpus
) -> None:
    """The same; those that let some records through come last."""
    at = NOW
    with Server(corpus, NOW) as struck:
        for fault in sorted(Fault, key=lambda fault: fault.name.startswith("RECORDS") or fault.name == "CORRUPTED"):
            at += DAY
            struck.faults.add(fault, endpoint="efetch", seconds=2, pmids={"105", "106"})
            installation.tick(at, struck.url, struck.url)
            struck.faults.clear()
    assert installation.is_well(at + 8 * DAY)


def _xml(text: str, encoding: str = "utf-8") -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode()


def _entities() -> bytes:
    """A billion laughs."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return _xml(f'<!DOCTYPE eSearchResult [<!ENTITY l0 "ha">{levels}]><eSearchResult>&l9;</eSearchResult>')


_HIT = ONE_HIT.partition("?>")[2]
HOSTILE = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "an endless header": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    "a thousand headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_000 + b"\r\n",
    "a length that is no number": http(ONE_HIT, Content_Length="many"),
    "a length of 5,000 digits": http(ONE_HIT, Content_Length="9" * 5_000),
    "a negative length": http(ONE_HIT, Content_Length="-1"),
    "chunks of no size": http("zz\r\nabc", Content_Length="", Transfer_Encoding="chunked"),
    "chunks of 5,000 digits": http("f" * 5_000 + "\r\nabc", Content_Length="", Transfer_Encoding="chunked"),
    "a redirection to itself": http("", 302, Location="/entrez/eutils/esearch.fcgi"),
    "a wait beyond the calendar": http("{}", 429, Retry_After="Fri, 31 Dec 9999 23:59:59 -2359"),
    "a wait of 400 digits": http("{}", 503, Retry_After="9" * 400),
    "60 MB in 60 kB": http(gzip.compress(b"<x>" + b"\0" * 300_000_000, 1), Content_Encoding="gzip"),
    "gzip that is none": http(ONE_HIT, Content_Encoding="gzip"),
    "gzip in gzip in gzip": http(ONE_HIT, Content_Encoding="gzip, gzip, gzip"),
    "an encoding that nobody asked for": http(ONE_HIT, Content_Encoding="br"),
    "UTF-8 that says UTF-16": http(_xml(_HIT, "utf-16")),
    "an unknown encoding": http(_xml(_HIT, "x-unheard-of")),
    "UTF-7": http(_xml(_HIT, "utf-7")),
    "bytes that are no UTF-8": http(_xml(_HIT).replace(b"<Id>7", b"<Id>\xff\xfe")),
    "zero bytes inside": http(_xml(_HIT).replace(b"<Id>7", b"<Id>\0")),
    "a billion laughs": http(_entities()),
    "a file of the machine": http(
        _xml('<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><eSearchResult><Count>&f;</Count></eSearchResult>')
    ),
    "100,000 levels": http(_xml("<x>" * 100_000 + "</x>" * 100_000)),
    "a count of 5,000 digits": http(SEARCH.format(f"<Count>{'9' * 5_000}</Count><IdList/>")),
    "a negative count": http(SEARCH.format("<Count>-1</Count><IdList/>")),
    "an id of 5,000 digits": http(SEARCH.format(f"<Count>1</Count><IdList><Id>{'9' * 5_000}</Id></IdList>")),
    "digits of another script": http(SEARCH.format("<Count>١</Count><IdList><Id>٧</Id></IdList>")),
    "links to what is no number": http(GOOD_LINKS.format("PMC2")),
    "a record that nobody asked for": http(record("999")),
    "one record for all": http(record("101")),
    "a record without a PMID": http("<PubmedArticleSet><PubmedArticle/></PubmedArticleSet>"),
    "another service": http('{"esearchresult": {"count": "1", "idlist": ["7"]}}'),
}


@pytest.mark.parametrize("is_list", [True, False], ids=["lists", "records"])
def test_answers_that_nobody_expects(installation: Installation, sandbox: Server, is_list: bool) -> None:
    """One a day, for whatever is asked: no list is believed; records may be held as unread."""
    at, believed = NOW, []
    for said, answer in HOSTILE.items():
        at += DAY
        with answering(answer) as hostile:
            done = installation.tick(at, hostile.url if is_list else sandbox.url, hostile.url)
        outcomes = {poll.outcome for poll in done.polls if poll.search == "veins"}
        believed += [said] if is_list and Outcome.OK in outcomes else []
    assert believed == []
    assert installation.is_well(at + 8 * DAY)


@contextmanager
def dripping(before: bytes) -> Iterator[str]:
    """Say `before`, then a byte every twentieth of a second, for ever; each byte alone comes in time."""
    is_over = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(before)
            while not is_over.wait(0.05):
                self.wfile.write(b"1")

        def finish(self) -> None:
            """The client has hung up."""

    class Quiet(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """It has; that is what is tested."""

    with Quiet(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/entrez/eutils/"
        is_over.set()
        server.shutdown()


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<?xml\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n",
    ],
    ids=["status line", "header", "size of a chunk", "next chunk", "body"],
)
def test_what_drips_has_an_end(installation: Installation, before: bytes) -> None:
    """Wherever it begins to drip: the time of the request with all its tries is the end of it."""
    with dripping(before) as url:
        done = installation.tick(NOW, url)
    assert {poll.outcome for poll in done.polls if poll.topic == "veins"} == {Outcome.FAILED}
    assert len(installation.subjects()) == 1
