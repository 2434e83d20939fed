"""A connection to NCBI is used again while it is good, and never when it is not."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from monitor.errors import UpstreamError
from monitor.sandbox import Corpus, Fault, Server
from monitor.sources.pubmed.connections import IDLE_AT_MOST
from tests.support.ncbi_server import ONE_HIT, Time, client, http
from tests.support.sandbox import article

KEPT = http(ONE_HIT).replace(b"Connection: close\r\n", b"")


class Line:
    """What a server was asked, connection by connection; `let_go` is set whenever one has ended."""

    def __init__(self) -> None:
        self.url = ""
        self.connections: list[list[str]] = []
        self.let_go = threading.Event()


@contextmanager
def keeping(*answers: bytes, hangs_up: bool = False) -> Iterator[Line]:
    """Give the answers in turn over connections that stay open; `hangs_up`: each is closed after one, unannounced."""
    line = Line()
    waiting = list(answers)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked: list[str] = []
            line.connections.append(asked)
            while first := self.rfile.readline().decode():
                while self.rfile.readline().strip():
                    pass
                asked.append(first)
                self.wfile.write(waiting.pop(0) if len(waiting) > 1 else waiting[0])
                if hangs_up:
                    return

        def finish(self) -> None:
            super().finish()
            self.request.close()
            line.let_go.set()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        line.url = f"http://127.0.0.1:{server.server_address[1]}/entrez/eutils/"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield line
        server.shutdown()
        thread.join()


def test_one_connection_carries_many_requests() -> None:
    """A handshake for each would be most of the time of a poll."""
    with keeping(KEPT) as server:
        asking = client(server.url)
        for _ in range(5):
            assert asking.search("veins").pmids == {"7"}
        asking.close()
    assert [len(asked) for asked in server.connections] == [5]


def test_a_connection_that_the_server_closed_meanwhile_is_not_asked() -> None:
    """It costs no request and no pause: the end is seen before anything is sent."""
    time = Time()
    with keeping(KEPT, hangs_up=True) as server:
        asking = client(server.url, time)
        for _ in range(3):
            assert asking.search("veins").requests == 1
            assert server.let_go.wait(5)
            server.let_go.clear()
    assert [len(asked) for asked in server.connections] == [1, 1, 1]
    assert all(seconds < 1 for seconds in time.slept)


def test_a_connection_that_idled_for_long_is_not_trusted() -> None:
    """A firewall forgets it without telling either side."""
    time = Time()
    with keeping(KEPT) as server:
        asking = client(server.url, time)
        asking.search("veins")
        time.now += IDLE_AT_MOST + 1
        asking.search("veins")
        asking.close()
    assert [len(asked) for asked in server.connections] == [1, 1]


@pytest.mark.parametrize(
    "trouble",
    [
        KEPT.replace(str(len(ONE_HIT)).encode(), str(len(ONE_HIT) - 50).encode()),
        KEPT.replace(b"<Count>1", b"<Count>2"),
        KEPT.replace(b"200 Said", b"503 Said"),
    ],
    ids=["longer than it says", "unbelievable", "refused"],
)
def test_after_a_wrong_answer_a_new_connection_is_opened(trouble: bytes) -> None:
    """What is left of it must not be taken for the answer to another question."""
    with keeping(trouble, KEPT) as server:
        asking = client(server.url)
        assert [asking.search("veins").pmids for _ in range(2)] == [{"7"}, {"7"}]
        asking.close()
    assert len(server.connections) == 2


def test_threads_never_share_a_connection_at_a_time() -> None:
    """Each takes one for itself and gives it back."""
    with keeping(KEPT) as server:
        asking = client(server.url)
        wrong: list[object] = []

        def ask() -> None:
            wrong.extend(found for _ in range(10) if (found := asking.search("veins").pmids) != {"7"})

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        asking.close()
    assert wrong == []
    assert sum(len(asked) for asked in server.connections) == 80


@pytest.mark.parametrize("fault", [Fault.RESET, Fault.CUT, Fault.WRONG_LENGTH, Fault.UNAVAILABLE])
def test_a_fault_on_a_used_connection_is_asked_again(fault: Fault) -> None:
    """As on a new one, with every request counted."""
    corpus = Corpus.from_xml(f"<PubmedArticleSet>{article(1, 'Veins', (2020, 1, 1))}</PubmedArticleSet>".encode())
    with Server(corpus, datetime(2021, 1, 1, tzinfo=UTC)) as server:
        asking = client(server.url)
        asking.search("veins")
        server.faults.add(fault, calls=1)
        found = asking.search("veins")
        assert (found.pmids, found.requests, len(server.requests)) == ({"1"}, 2, 3)


def test_a_sandbox_that_was_stopped_answers_nobody() -> None:
    """Not even over a connection that was kept from before."""
    corpus = Corpus.from_xml(f"<PubmedArticleSet>{article(1, 'Veins', (2020, 1, 1))}</PubmedArticleSet>".encode())
    with Server(corpus, datetime(2021, 1, 1, tzinfo=UTC)) as server:
        asking = client(server.url)
        asking.search("veins")
    with pytest.raises(UpstreamError, match="no whole answer"):
        asking.search("veins")


@pytest.mark.parametrize(("variable", "line"), [("http_proxy", "GET http://eutils.test/"), ("https_proxy", "CONNECT ")])
def test_the_proxy_of_the_environment_is_asked(variable: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given the whole address, or asked to relay TLS; who is named in no_proxy is asked directly."""
    scheme = variable.removesuffix("_proxy")
    with keeping(KEPT if scheme == "http" else b"HTTP/1.1 403 Forbidden\r\n\r\n", hangs_up=True) as proxy:
        monkeypatch.setenv(variable, proxy.url.replace("://", "://jane:secret@"))
        monkeypatch.setenv("no_proxy", "localhost")
        asking = client(f"{scheme}://eutils.test/")
        if scheme == "http":
            assert asking.search("veins").pmids == {"7"}
        else:
            with pytest.raises(UpstreamError, match="403"):
                asking.search("veins")
        assert {asked[0][: len(line)] for asked in proxy.connections} == {line}
    with keeping(KEPT) as server:
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        direct = client(server.url)
        direct.search("veins")
        direct.close()
    assert server.connections[0][0].startswith("GET /entrez/")
