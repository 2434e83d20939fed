"""Whatever comes from outside is read into a value or refused by its own module: no exception of another class leaves.

Recorded answers of NCBI, replies of mail servers, the configuration and lists of people, each changed at random.
Returned mails are tried so in `tests/bounces/test_hostile.py`, requests to the API in `test_api_requests.py`.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor import config
from monitor.config.subscribers_file import parse_subscribers
from monitor.errors import ConfigError, MailError, RecordError, UpstreamError
from monitor.mail.reply_meaning import meaning
from monitor.mail.smtp import SmtpMailer
from monitor.model import Encryption, SendOutcome, SmtpSettings, Stage
from monitor.model.values.clean_text import one_line
from monitor.sources.pubmed import linkout, responses
from monitor.sources.pubmed.http import Response
from monitor.sources.pubmed.records import reader
from tests.support.ncbi_server import GOOD_LINKS, ONE_HIT, answering, client
from tests.support.sandbox import CORPUS_XML
from tests.support.shared_data import shared_data

#: What is put in somewhere; each has been somebody's undoing.
PIECES = [
    *(b"<", b">", b"&", b"&#0;", b"&#xD800;", b"&nbsp;", b"]]>", b"<!--", b"<![CDATA[", b"<?x?>", b'"', b"\0", b"\xff"),
    *(b"9" * 5_000, b"-1", b"1e400", b"NaN", b"\xd9\xa1", b"\xc2\xb2", b"PMC2", b"0", b"", b"<ERROR>x</ERROR>"),
    *(b"{}", b"[]", b"null", b"\r\n", b"\r", b"\xe2\x80\xa8", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x1b[2J", b"%s{0}"),
    *(b"\t", b": ", b"- ", b"*a", b"&a", b"!!python/object:os.system", b"31", b"9999-99-99", b"\xf0\x9f\xab\x80" * 9),
]
#: Where (as a part of the length), how many bytes are taken out, and what is put there.
Change = tuple[float, int, bytes]
CHANGES = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.one_of(st.integers(0, 40), st.integers(0, 4_000)),
        st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)),
    ),
    max_size=4,
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def changed(raw: bytes, changes: list[Change]) -> bytes:
    """`raw` after these changes."""
    for place, length, put in changes:
        at = int(place * len(raw))
        raw = raw[:at] + put + raw[at + length :]
    return raw


@cache
def recorded() -> tuple[bytes, ...]:
    """Answers of NCBI to every kind of question, good ones and failures, XML and JSON."""
    folder = shared_data("eutils")
    kinds = ("efetch", "einfo", "elink", "epost", "errors", "esearch", "espell", "esummary", "eutils_json")
    files = [
        file
        for kind in kinds
        for file in sorted(path for path in (folder / kind).rglob("*") if path.is_file())[:40]
        if file.stat().st_size < 100_000
    ]
    assert len(files) > 60
    return (*(file.read_bytes() for file in files), ONE_HIT.encode(), GOOD_LINKS.format(5).encode(), CORPUS_XML)


READERS: dict[str, Callable[[Response], object]] = {
    "search": responses.read_search,
    "links": partial(responses.read_links, pmids=("1", "2"), link_name="pubmed_pubmed_citedin"),
    "full texts": partial(linkout.full_texts, pmids=("1",)),
    "records": responses.read_records,
    "records, mended": responses.read_salvageable,
}


@pytest.mark.parametrize("reader_name", READERS)
@QUICK
@given(st.data(), CHANGES, st.sampled_from([200, 200, 200, 400, 404, 429, 500, 503, 999, 0]))
def test_an_answer_of_ncbi_is_read_or_refused(
    reader_name: str, data: st.DataObject, changes: list[Change], status: int
) -> None:
    """Whichever reader gets whichever answer."""
    raw = recorded()[data.draw(st.integers(0, len(recorded()) - 1))]
    with suppress(UpstreamError):
        READERS[reader_name](Response(status, changed(raw, changes)))


@QUICK
@given(CHANGES, CHANGES)
def test_a_file_of_records_is_read_or_refused(changes: list[Change], more: list[Change]) -> None:
    """`monitor assess` is given files; a record that cannot be read leaves the others."""
    with suppress(RecordError):
        read = reader.read(changed(CORPUS_XML, [*changes, *more]))
        assert all(article.pmid for article in read.articles)


_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=UTF-8\r\nTransfer-Encoding: chunked\r\nRetry-After: 3\r\n"
    b"Content-Encoding: identity\r\nConnection: close\r\n\r\n"
    + b"%x\r\n%s\r\n0\r\n\r\n"
    % (len(ONE_HIT), ONE_HIT.encode())
)


@settings(QUICK, max_examples=60)
@given(CHANGES)
def test_bytes_on_the_wire_are_an_answer_or_a_failure(changes: list[Change]) -> None:
    """Status line, headers, chunks and body."""
    with answering(changed(_ANSWER, changes)) as server, suppress(UpstreamError):
        client(server.url, read_timeout=0.3).search("veins")


# --- mail servers --------------------------------------------------------------------------------------


@contextmanager
def saying(replies: list[bytes]) -> Iterator[SmtpSettings]:
    """A mail server that says these bytes, one after the other whatever it hears, and hangs up after the last."""

    def talk(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                there = listening.accept()[0]  # raises when the test is over, which ends this thread
                with suppress(OSError), there, there.makefile("rb") as heard:
                    there.settimeout(2)
                    for reply in replies:
                        there.sendall(reply)
                        heard.readline()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=talk, args=(listening,), daemon=True).start()
        yield SmtpSettings(
            host="127.0.0.1",
            port=listening.getsockname()[1],
            sender="Monitor <monitor@example.org>",
            encryption=Encryption.NONE,
            timeout=0.15,
            connections=1,
        )
        listening.shutdown(socket.SHUT_RDWR)


USUAL = [
    b"220 mx ESMTP\r\n",
    b"250-mx\r\n250 SIZE 1000000\r\n",
    b"250 ok\r\n",
    b"250 ok\r\n",
    b"354 go on\r\n",
    b"250 queued\r\n",
]
REPLIES = st.one_of(
    st.sampled_from([b"\xff\xfe\r\n", b"25\r\n", b"250\r\n", b"999 x\r\n", b"-50 x\r\n", b"421\r\n", b"\r\n", b"+OK\r\n"]),  # noqa: E501
    st.sampled_from([b"550 5.1.1 \xe9\xed\xa0\x80\r\n", b"250-x\r\n" * 3_000, b"250-" + b"a" * 100_000 + b"\r\n"]),
    st.builds(lambda code, text: b"%d %s\r\n" % (code, text), st.integers(200, 599), st.binary(max_size=40)),
    st.binary(max_size=30),
)  # fmt: skip


@settings(QUICK, max_examples=30)
@given(st.integers(0, len(USUAL) - 1), REPLIES)
@example(4, b"354\r\n")
def test_a_reply_of_a_mail_server_is_a_result_or_says_that_the_server_cannot_be_used(at: int, said: bytes) -> None:
    """At whichever step; what is kept of it can be written down."""
    with saying([*USUAL[:at], said, *USUAL[at + 1 :]]) as known:
        try:
            (result,) = SmtpMailer(known).send([("monitor@example.org", "ann@example.org", b"Subject: x\r\n\r\nx\r\n")])
            told = result.text
            assert result.outcome in SendOutcome
        except MailError as refused:
            told = str(refused)
    assert one_line(told).encode() or not told


@QUICK
@given(st.text(max_size=80), st.integers(-1, 1_000), st.sampled_from(Stage))
def test_every_text_of_a_reply_means_something(text: str, code: int, stage: Stage) -> None:
    """Whatever a server writes."""
    assert meaning(text, code=code, stage=stage).whom


# --- what an operator writes ---------------------------------------------------------------------------

CONFIGURATION = b"""\
contact_email: jane@example.org
postal_address: Example Street 1, Rome
smtp: {host: mail.example.org, port: 587, encryption: starttls, rate: 10}
pubmed: {base_url: "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/", read_timeout: 5}
bounces: {maildir: returned, every: 10m}
web: {public_url: "https://monitor.example.org"}
subscribers_file: people.csv
topics:
  veins:
    name: Veins in MS
    question:
      text: Does opening veins help?
      population: {name: multiple sclerosis, words: [multiple sclerosis]}
      intervention: {name: vein dilation, words: [vein dilation, opening veins]}
    seed: {pmid: 101}
    searches:
      - {name: veins, query: "vein*[tiab]", every: 6h}
      - {name: citing, kind: citing}
    digest: {frequency: weekly, weekday: monday, at: "07:00", timezone: Europe/Rome, quiet_every: 4w}
    known_trials:
      - {number: NCT01371760, name: BRAVE DREAMS, registered_on: 2011-06-13, sample_size: 130, status: completed}
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """For the files that are read."""
    with TemporaryDirectory() as name:
        yield Path(name)


@settings(QUICK, max_examples=60)
@given(CHANGES)
@example([(0.5, 0, b"[" * 5_000)])
@example([(1.0, 0, b"x: &a [*a]\n")])
@example([(1.0, 0, b"? {a: b}\n: c\n")])
@example([(1.0, 0, b"a: &a [x,x]\nb: &b [*a,*a]\n" + b"".join(b"c%d: [*b,*b]\n" % n for n in range(50)))])
@example([(1.0, 0, b"hour: 190:20:30\nday: 2017-13-45\n")])
def test_a_configuration_is_read_or_its_mistakes_are_listed(folder: Path, changes: list[Change]) -> None:
    """Known trials too."""
    file = folder / "monitor.yaml"
    file.write_bytes(changed(CONFIGURATION, changes))
    (folder / "people.csv").write_text("address\n", encoding="utf-8")
    for read in (lambda: config.load(file, {}), lambda: config.load_topics(file)):
        with suppress(ConfigError):
            read()


PEOPLE = (
    b"address;topic;frequency;timezone;language;attachments;state\n"
    b"ann@example.org;veins;weekly;Europe/Rome;it;ris bibtex;active\n# a note\nbob@example.org;;;;;;\n"
)


@QUICK
@given(CHANGES)
@example([(0.0, 0, b'"' + b"a" * 200_000)])
def test_a_list_of_people_is_read_or_its_mistakes_are_listed(folder: Path, changes: list[Change]) -> None:
    """As `monitor subscribers import` and `subscribers_file` read it."""
    (folder / "monitor.yaml").write_bytes(CONFIGURATION)
    known = config.load(folder / "monitor.yaml", {})
    raw = changed(PEOPLE, changes)
    (folder / "people.csv").write_bytes(raw)
    with suppress(ConfigError):
        config.read_subscribers(known)
    with suppress(ConfigError):
        parse_subscribers(raw.decode(errors="replace"), "people.csv", known)
