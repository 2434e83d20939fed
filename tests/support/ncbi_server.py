"""A server on loopback that gives scripted answers byte by byte, and a client that never waits."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from monitor.model import PubMedSettings
from monitor.ports import Sources
from monitor.sources.pubmed import Client

SEARCH = (
    '<?xml version="1.0" encoding="UTF-8" ?><!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" '
    '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd"><eSearchResult>{}</eSearchResult>'
)
ONE_HIT = SEARCH.format("<Count>1</Count><RetMax>1</RetMax><RetStart>0</RetStart><IdList><Id>7</Id></IdList>")

#: ELink for the articles 1 and 2: the first is cited by whatever is filled in, the second by 3.
GOOD_LINKS = "<eLinkResult>{}</eLinkResult>".format(
    "".join(
        f"<LinkSet><DbFrom>pubmed</DbFrom><IdList><Id>{source}</Id></IdList><LinkSetDb><DbTo>pubmed</DbTo>"
        f"<LinkName>pubmed_pubmed_citedin</LinkName><Link><Id>{target}</Id></Link></LinkSetDb></LinkSet>"
        for source, target in (("1", "{}"), ("2", "3"))
    )
)


@dataclass
class Time:
    """Seconds that pass only when somebody sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        """The monotonic clock."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass at once."""
        self.slept.append(seconds)
        self.now += seconds


def http(body: str | bytes, status: int = 200, **headers: str) -> bytes:
    """A whole HTTP answer; header names with _ for -."""
    raw = body.encode() if isinstance(body, str) else body
    named = {"Content-Length": str(len(raw)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return f"HTTP/1.1 {status} Said\r\n{lines}Connection: close\r\n\r\n".encode() + raw


@dataclass
class Scripted:
    """`url` to ask; `asked` is what came, request line and body joined."""

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def answering(*answers: bytes) -> Iterator[Scripted]:
    """Give the answers in turn, the last one for ever; b"" closes the connection without a word."""
    script = Scripted("")

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline().decode()
            length = 0
            while (header := self.rfile.readline().strip()) != b"":
                if header.lower().startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            script.asked.append(line + self.rfile.read(length).decode())
            self.wfile.write(answers[min(len(script.asked), len(answers)) - 1])

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        script.url = f"http://127.0.0.1:{server.server_address[1]}/entrez/eutils/"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield script
        server.shutdown()
        thread.join()


def client(url: str, time: Time | None = None, *, api_key: str = "", read_timeout: float = 60.0) -> Client:
    """A Client whose waits pass at once."""
    settings = PubMedSettings("watch@example.org", base_url=url, api_key=api_key, read_timeout=read_timeout)
    passing = time or Time()
    return Client(settings, clock=passing.clock, sleep=passing.sleep, jitter=lambda: 0.5)


def sources(url: str) -> Sources:
    """Such a Client for everything that is asked of sources."""
    pubmed = client(url)
    return Sources(pubmed, pubmed, pubmed)


def waits(time: Time, gaps: Sequence[float] = (0.37, 0.11)) -> list[float]:
    """The sleeps that were no ordinary pause between two requests."""
    return [seconds for seconds in time.slept if all(abs(seconds - gap) > 0.001 for gap in gaps)]
