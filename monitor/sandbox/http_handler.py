"""HTTP: reads one request at a time from a connection and writes the response, with transport faults."""

from __future__ import annotations

import gzip
import socket
import struct
from http.server import BaseHTTPRequestHandler
from typing import ClassVar, Protocol
from urllib.parse import parse_qsl, urlsplit

from monitor.sandbox.faults import Fault, Faults, Rule
from monitor.sandbox.request import Response

PREFIX = "/entrez/eutils/"

#: Headers of every recorded response that a client may read.
_HEADERS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "X-RateLimit-Limit,X-RateLimit-Remaining"),
    ("Cache-Control", "private"),
)

_BREAKING = {Fault.CUT, Fault.HANG_IN_BODY, Fault.WRONG_LENGTH}


class Sandbox(Protocol):
    """What the handler needs of the server (`monitor.sandbox.server.Server`), which imports this module."""

    faults: Faults

    def result(
        self, endpoint: str, params: tuple[tuple[str, str], ...], method: str, headers: dict[str, str]
    ) -> tuple[Response, Rule | None]:
        """The response to one call and the fault rule to apply to it, if any."""


class Handler(BaseHTTPRequestHandler):
    """Reads a call, gets the sandbox's response and writes it."""

    sandbox: ClassVar[Sandbox]
    protocol_version = "HTTP/1.1"
    server_version = "Finatra"
    sys_version = ""
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """A call with its parameters in the query string."""
        self._respond("")

    def do_POST(self) -> None:
        """A call with parameters in the form body, and perhaps some in the query string."""
        length = int(self.headers.get("Content-Length") or 0)
        self._respond(self.rfile.read(length).decode("utf-8", "replace"))

    def log_message(self, format: str, *args: object) -> None:
        """Do nothing: the Server keeps its own log."""

    def _respond(self, form: str) -> None:
        parts = urlsplit(self.path)
        name = parts.path.removeprefix(PREFIX).removesuffix(".fcgi").lstrip("/")
        params = (*parse_qsl(parts.query, keep_blank_values=True), *parse_qsl(form, keep_blank_values=True))
        headers = {key.lower(): value for key, value in self.headers.items()}
        response, rule = self.sandbox.result(name, params, self.command, headers)
        fault = rule.fault if rule else None
        if rule and fault is Fault.HANG:
            self._wait(rule)
            self.close_connection = True
        elif fault is Fault.RESET:
            self._reset()
        else:
            self._write(response, rule)

    def _write(self, response: Response, rule: Rule | None) -> None:
        fault = rule.fault if rule else None
        body, encoding = response.body, ""
        if fault is Fault.BAD_GZIP:
            encoding = "gzip"
        elif "gzip" in self.headers.get("Accept-Encoding", "") and body:
            body, encoding = gzip.compress(body, 1), "gzip"
        self._head(response, len(body) + (64 if fault is Fault.WRONG_LENGTH else 0), encoding)
        if rule and fault in _BREAKING:
            self._break_off(body, rule)
        elif rule and fault is Fault.DRIP:
            self._drip(body, rule)
        else:
            self.wfile.write(body)

    def _head(self, response: Response, length: int, encoding: str) -> None:
        self.send_response(response.status)
        for name, value in (*_HEADERS, *response.headers):
            self.send_header(name, value)
        self.send_header("Content-Type", response.content_type)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _break_off(self, body: bytes, rule: Rule) -> None:
        """Send a part of the body, wait if the fault is HANG_IN_BODY, and close the connection."""
        place = len(body) // 2 if rule.at_byte is None else rule.at_byte
        self.wfile.write(body if rule.fault is Fault.WRONG_LENGTH else body[:place])
        self.wfile.flush()
        if rule.fault is Fault.HANG_IN_BODY:
            self._wait(rule)
        self.close_connection = True

    def _drip(self, body: bytes, rule: Rule) -> None:
        """Send the body in some 50 pieces over the rule's seconds, at once when the faults are cleared."""
        step = max(1, len(body) // 50)
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            self.wfile.flush()
            self.sandbox.faults.released.wait(rule.seconds / 50)

    def _wait(self, rule: Rule) -> None:
        self.sandbox.faults.released.wait(rule.seconds)

    def _reset(self) -> None:
        """Close with RST instead of FIN (SO_LINGER 0), which the client sees as a reset connection."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
