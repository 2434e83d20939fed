"""A loopback server that stands for chat services and webhooks, with the moods that real ones have.

It can be any host of the internet: with TLS, a certificate of an authority of its own, and a proxy that leads there.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme


@dataclass(frozen=True)
class Got:
    """One request as it came; header names in lower case."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.body)


#: What the server does with a request.
Answer = Callable[[BaseHTTPRequestHandler], None]


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    """It answers with this status; headers with `_` for `-`."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in {**headers, "Content_Length": str(len(body))}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hanging(handler: BaseHTTPRequestHandler) -> None:
    """It has the request, and says nothing for longer than anybody waits."""
    handler.rfile.read(1)  # until the other side gives up
    handler.close_connection = True


def breaking_off(handler: BaseHTTPRequestHandler) -> None:
    """It closes the connection without a word."""
    handler.close_connection = True


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for ever."""
    while True:
        handler.wfile.write(b"H")
        time.sleep(0.1)


def endless(handler: BaseHTTPRequestHandler) -> None:
    """A response without an end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        handler.wfile.write(b"x" * 65_536)


@dataclass
class Rooms:
    """The server: what came, and what it answers, one after the other; then what the services answer to a message.

    `answered` is, beside each request that came, the answer it got; None for that of the services.
    """

    port: int = 0
    got: list[Got] = field(default_factory=list)
    answered: list[Answer | None] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    authority: trustme.CA = field(default_factory=trustme.CA)

    @property
    def url(self) -> str:
        """The address of a webhook, with what makes it a secret."""
        return f"http://127.0.0.1:{self.port}/hooks/s3cr3t-path"


def _usual(got: Got) -> Answer:
    """What the services answer to a message that they take."""
    if "/_matrix/" in got.path:
        return status(200, b'{"room_id": "!room:matrix.example.org", "event_id": "$1"}')
    if got.host.startswith("api.telegram.org"):
        return status(200, b'{"ok": true, "result": {}}')
    return status(200, b"ok")


@contextmanager
def serving(certified_for: tuple[str, ...] = ()) -> Iterator[Rooms]:
    """The server until the block ends; with TLS for the hosts it is certified for."""
    rooms = Rooms()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            got = Got(self.command, headers.get("host", ""), self.path, headers, self.rfile.read(length))
            rooms.got.append(got)
            answer = rooms.answers.pop(0) if rooms.answers else None
            rooms.answered.append(answer)
            with suppress(OSError):  # Monitor has hung up
                (answer or _usual(got))(self)
            self.close_connection = True

        do_GET = do_PUT = do_HEAD = do_POST

        def log_message(self, *_words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        if certified_for:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            rooms.authority.issue_cert(*certified_for).configure_cert(context)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        rooms.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield rooms
        server.shutdown()


@contextmanager
def proxied(rooms: Rooms) -> Iterator[str]:
    """A proxy through which every host of the internet is `rooms`; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=_tunnel, args=(listening.accept()[0], rooms.port), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def _tunnel(client: socket.socket, port: int) -> None:
    with suppress(OSError), client, socket.create_connection(("127.0.0.1", port)) as server:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=_pump, args=(server, client), daemon=True).start()
        _pump(client, server)


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65_536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


@pytest.fixture
def rooms() -> Iterator[Rooms]:
    """A webhook on loopback, in clear."""
    with serving() as found:
        yield found


#: The hosts of the services that the tests use.
HOSTS = ("hooks.slack.com", "api.telegram.org", "prod-01.westeurope.logic.azure.com", "matrix.example.org")


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rooms]:
    """All chat services of the internet, by a proxy of the environment, with certificates that the machine trusts."""
    with serving(HOSTS) as found, proxied(found) as proxy:
        found.authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        monkeypatch.setenv("https_proxy", proxy)
        yield found
