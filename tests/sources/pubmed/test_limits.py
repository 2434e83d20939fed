"""An answer that never ends or is far too large ends at the deadline, in little memory; a real server on loopback."""

from __future__ import annotations

import gzip
import socketserver
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import repeat

import pytest

from monitor.errors import UpstreamError
from monitor.model import PubMedSettings
from monitor.sources.pubmed import Client
from monitor.sources.pubmed.http import MAX_BYTES
from tests.support.ncbi_server import ONE_HIT, answering, client, http

#: Seconds for all tries of a request, and within which it must have ended: a wait for bytes takes half a second.
PATIENCE, AT_MOST = 0.6, 5.0


@contextmanager
def saying(pieces: Callable[[], Iterator[bytes]], pause: float = 0.0) -> Iterator[str]:
    """A server that reads a request and sends these pieces, with a pause between them, until nobody listens."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            for piece in pieces():
                try:
                    self.wfile.write(piece)
                    self.wfile.flush()
                except OSError:
                    return
                stopped.wait(pause)
                if stopped.is_set():
                    return

    stopped = threading.Event()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/entrez/eutils/"
        stopped.set()
        server.shutdown()
        thread.join()


def impatient(url: str) -> Client:
    """A client that waits in real time, but not for long."""
    return Client(PubMedSettings("watch@example.org", base_url=url, read_timeout=0.5), patience=PATIENCE)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
DRIPS: dict[str, Callable[[], Iterator[bytes]]] = {
    "the status line": lambda: repeat(b"H"),
    "a header": lambda: prefixed(HEAD + b"X: ", b"a"),
    "ever more headers": lambda: prefixed(HEAD, b"Set-Cookie: a=b\r\n"),
    "informational answers": lambda: repeat(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "the body": lambda: prefixed(HEAD + b"\r\n", b"<"),
    "the size of a chunk": lambda: prefixed(CHUNKED, b"0"),
    "the name of a chunk": lambda: prefixed(CHUNKED + b"5;", b"x"),
    "tiny chunks": lambda: prefixed(CHUNKED, b"1\r\n<\r\n"),
    "trailers": lambda: prefixed(CHUNKED + b"0\r\n", b"X: y\r\n"),
}


def prefixed(first: bytes, then: bytes) -> Iterator[bytes]:
    """`first`, and `then` for ever."""
    yield first
    yield from repeat(then)


@pytest.mark.parametrize("part", DRIPS)
def test_an_answer_in_drips_ends_at_the_deadline(part: str) -> None:
    """Each byte starts the socket's timeout anew; the deadline is for all of them together."""
    with saying(DRIPS[part], pause=0.05) as url:
        began = time.monotonic()
        with pytest.raises(UpstreamError, match=r"PubMed gave no whole answer"):
            impatient(url).search("veins")
    assert time.monotonic() - began < AT_MOST


def bomb(megabytes: int) -> bytes:
    """So much, compressed to a few hundred kilobytes at most."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    block = b" " * (1 << 20)
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (lambda: bomb(640), "gzip"),
        (lambda: bomb(64), "x-gzip"),
        (lambda: gzip.compress(bomb(64)), "gzip, gzip"),
        (lambda: zlib.compress(b" " * (MAX_BYTES + 1)), "deflate"),
        (lambda: gzip.compress(b"") * 1000, "gzip"),
        (lambda: bomb(20) * 2, "gzip"),
    ],
    ids=["gzip", "x-gzip", "twice", "deflate", "many members", "two members"],
)
def test_a_small_answer_that_unpacks_to_a_huge_one_is_not_unpacked(packed: Callable[[], bytes], encoding: str) -> None:
    """Memory stays at a small multiple of the largest answer that is read."""
    with answering(http(packed(), Content_Encoding=encoding)) as server:
        tracemalloc.start()
        try:
            with pytest.raises(UpstreamError, match=r"more than [\d,]+ (?:bytes when decompressed|parts)"):
                client(server.url).search("veins")
            assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BYTES
        finally:
            tracemalloc.stop()


def test_an_endless_answer_is_cut_off() -> None:
    """Without compression, at full speed."""
    endless = saying(lambda: prefixed(HEAD + b"\r\n", b" " * (1 << 20)))
    with endless as url, pytest.raises(UpstreamError, match=r"it has more than [\d,]+ bytes"):
        client(url).search("veins")


def test_an_encoding_that_nobody_asked_for_is_refused() -> None:
    """It would be taken for damaged XML."""
    brotli = answering(http(ONE_HIT, Content_Encoding="br"))
    with brotli as server, pytest.raises(UpstreamError, match=r"it is in an encoding that was not asked for"):
        client(server.url).search("veins")


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(ONE_HIT.encode()), "gzip"),
        (gzip.compress(ONE_HIT.encode()), "GZIP"),
        (gzip.compress(ONE_HIT[:90].encode()) + gzip.compress(ONE_HIT[90:].encode()) + b"\0\0", "gzip"),
        (zlib.compress(ONE_HIT.encode()), "deflate"),
        (ONE_HIT.encode(), "identity"),
        (gzip.compress(gzip.compress(ONE_HIT.encode())), "gzip, gzip"),
    ],
    ids=["gzip", "in capitals", "two members", "deflate", "identity", "twice"],
)
def test_what_is_compressed_as_the_standard_allows_is_read(body: bytes, encoding: str) -> None:
    """RFC 9110, section 8.4, and RFC 1952."""
    with answering(http(body, Content_Encoding=encoding)) as server:
        assert client(server.url).search("veins").pmids == {"7"}
