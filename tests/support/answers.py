"""A service on loopback that gives recorded answers by path, and a client's settings for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from monitor.model import SourceName, SourceSettings


@dataclass(frozen=True)
class Asked:
    """One request that came: its path, percent-decoded, its parameters and its headers in lower case."""

    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What is sent back: `cut` bytes of the body only; `drip` seconds before each byte behind the first `prompt`."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0.0
    prompt: int = 0

    def raw(self) -> bytes:
        """All bytes of it."""
        named = {"Content-Type": "application/json", "Content-Length": str(len(self.body)), **self.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        return f"HTTP/1.1 {self.status} Said\r\n{head}Connection: close\r\n\r\n".encode() + self.body[: self.cut]


#: What is answered to a request: always the same, or in turn (the last for ever), or what is made of it.
Route = Answer | Sequence[Answer] | Callable[[Asked], Answer]


@dataclass
class Service:
    """`url` is where it is; `asked` are the requests that came."""

    url: str
    routes: dict[str, Route]
    asked: list[Asked] = field(default_factory=list)

    def settings(self, name: SourceName, **changes: object) -> SourceSettings:
        """The settings of a source that is here, without waiting between requests."""
        usual = SourceSettings(name, self.url, timedelta(days=1), "jane@example.org", rate=10_000.0, read_timeout=5.0)
        return SourceSettings(**{**{one: getattr(usual, one) for one in usual.__slots__}, **changes})

    def answer(self, asked: Asked) -> Answer:
        """The answer of the longest route that the path begins with; 404 where there is none."""
        self.asked.append(asked)
        fitting = [path for path in self.routes if asked.path.startswith(path)]
        if not fitting:
            return Answer(b"Resource not found.", 404, {"Content-Type": "text/plain"})
        path = max(fitting, key=len)
        route = self.routes[path]
        if callable(route):
            return route(asked)
        if isinstance(route, Answer):
            return route
        before = sum(one.path.startswith(path) for one in self.asked)
        return route[min(before, len(route)) - 1]


@contextmanager
def serving(routes: Mapping[str, Route]) -> Iterator[Service]:
    """Answer by path, "/" for any, until the block ends."""
    service = Service("", dict(routes))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            params = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = service.answer(Asked(unquote(parts.path), params, headers))
            self.close_connection = True
            with suppress(OSError):  # whoever asked has gone
                raw = answer.raw()
                prompt = answer.prompt if answer.drip else len(raw)
                self.wfile.write(raw[:prompt])
                for byte in raw[prompt:]:
                    time.sleep(answer.drip)
                    self.wfile.write(bytes([byte]))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        service.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield service
        finally:
            server.shutdown()
