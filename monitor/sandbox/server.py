"""The E-utilities server on loopback."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any

from monitor.sandbox import broken_responses
from monitor.sandbox import services as beside
from monitor.sandbox.corpus.corpus import Corpus
from monitor.sandbox.corpus.view import Library
from monitor.sandbox.endpoints import esearch, esummary
from monitor.sandbox.endpoints.efetch import efetch
from monitor.sandbox.endpoints.elink import elink
from monitor.sandbox.endpoints.epost import einfo, epost
from monitor.sandbox.endpoints.history import History
from monitor.sandbox.faults import Faults, Rule
from monitor.sandbox.http_handler import PREFIX, Handler
from monitor.sandbox.rate_limit import RateLimit
from monitor.sandbox.request import TEXT, Logged, Request, Response

ENDPOINTS: dict[str, Callable[[Library, Request], Response]] = {
    "esearch": esearch.esearch,
    "efetch": efetch,
    "elink": elink,
    "esummary": esummary.esummary,
    "epost": epost,
    "einfo": einfo,
}

#: A query string longer than this is rejected with 414, as by NCBI's front end.
LONGEST_URL = 8000


class _Socket(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._connected: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Remember who is connected."""
        connection, address = super().get_request()
        self._connected.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Forget who is connected no more."""
        self._connected.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening, and hang up on clients that keep a connection for later."""
        super().server_close()
        for connection in tuple(self._connected):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # the types of the standard library's own
        """Ignore clients that disconnect; report everything else."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Server:
    """Speaks NCBI's E-utilities for `corpus` as it is at the instant `at`, on 127.0.0.1.

    It speaks for the services beside PubMed too (ClinicalTrials.gov, Europe PMC …), with the facts in `services`.

    A context manager: inside it, `url` is the base URL (ends with "/entrez/eutils/"). `at` may be set
    at any time, forwards or backwards. `requests` is the log, `faults` switches failures on and off,
    `rate_limit` rejects callers that are too fast (off by default: `rate_limit.limit = 3` is NCBI's),
    `history.expire()` clears the history server. `on_request` is called after every request. Several threads
    may call at once.
    """

    def __init__(self, corpus: Corpus, at: datetime, port: int = 0, services: beside.Corpus | None = None) -> None:
        if at.tzinfo is None:
            raise ValueError("the sandbox needs an instant with a time zone")
        self.corpus = corpus
        self.services = services or beside.Corpus()
        self.faults = Faults()
        self.rate_limit = RateLimit()
        self.requests: list[Logged] = []
        self.on_request: Callable[[Logged], None] | None = None
        self._library = Library(corpus, at)
        self._lock = threading.RLock()
        self._wanted_port = port
        self._socket: _Socket | None = None
        self._thread: threading.Thread | None = None

    @property
    def at(self) -> datetime:
        """The virtual instant: the date and time PubMed is at."""
        return self._library.at

    @at.setter
    def at(self, moment: datetime) -> None:
        with self._lock:
            self._library.at = moment

    @property
    def history(self) -> History:
        """The history server."""
        return self._library.history

    @property
    def port(self) -> int:
        """The TCP port; 0 while the server is not running."""
        return self._socket.server_port if self._socket else 0

    @property
    def url(self) -> str:
        """The base URL to give to a client."""
        return f"http://127.0.0.1:{self.port}{PREFIX}"

    def base_of(self, service: str) -> str:
        """The base URL of a service beside NCBI, by its name in `services.BASES`."""
        return f"http://127.0.0.1:{self.port}{beside.BASES[service]}"

    def __enter__(self) -> Server:
        handler = type("SandboxHandler", (Handler,), {"sandbox": self})
        self.corpus.build()
        self._socket = _Socket(("127.0.0.1", self._wanted_port), handler)
        self._thread = threading.Thread(target=self._socket.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.faults.clear()
        if self._socket and self._thread:
            self._socket.shutdown()
            self._socket.server_close()
            self._thread.join()
        self._socket = None

    def result(
        self, endpoint: str, params: tuple[tuple[str, str], ...], method: str, headers: dict[str, str]
    ) -> tuple[Response, Rule | None]:
        """The response to one request and the fault rule that applied, if any; both are logged."""
        with self._lock:
            name, _, path = endpoint.partition("/")
            if name in beside.BASES:
                endpoint, path = name, f"/{path}"
            else:
                path = ""
            request = Request(endpoint, params, method, self.at, len(self.requests) + 1, headers, path)
            response, rule = self._decide(request)
            logged = Logged(request, response.status, len(response.body), rule.fault.name if rule else "")
            self.requests.append(logged)
            if self.on_request:
                self.on_request(logged)
            return response, rule

    def _decide(self, request: Request) -> tuple[Response, Rule | None]:
        if request.path:
            rule = self.faults.pick(request)
            return beside.answer(self.services, request, rule), rule
        work = ENDPOINTS.get(request.endpoint)
        if work is None:
            return Response(b"Not Found\n", TEXT, 404), None
        if request.method == "GET" and sum(len(k) + len(v) for k, v in request.params) > LONGEST_URL:
            return Response(b"Request-URI Too Long\n", TEXT, 414), None
        rule = self.faults.pick(request)
        failed = broken_responses.instead(rule.fault, request) if rule else None
        if failed:
            return failed, rule
        key = request.get("api_key")
        count, limit = self.rate_limit.take(key or "127.0.0.1", bool(key))
        if limit and count > limit:
            return broken_responses.too_many(count, limit, key or "127.0.0.1"), rule
        good = work(self._library, request)
        if limit:
            good = good.with_headers(*broken_responses.limit_headers(limit, limit - count))
        return (broken_responses.spoiled(rule, good) if rule else good), rule
