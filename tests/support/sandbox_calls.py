"""Calling the sandbox over HTTP with nothing but the standard library."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from monitor.sandbox import Server


@dataclass(frozen=True)
class Answer:
    """Status, headers and body of one answer."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def xml(self) -> ElementTree.Element:
        """The body, parsed as XML."""
        return ElementTree.fromstring(self.body)  # noqa: S314  # our own server wrote it

    @property
    def json(self) -> Any:
        """The body, parsed as JSON."""
        return json.loads(self.body)

    def texts(self, path: str) -> list[str]:
        """The text of each XML element at `path`."""
        return [found.text or "" for found in self.xml.iterfind(path)]


def call(
    server: Server,
    utility: str,
    params: dict[str, Any] | None = None,
    *,
    form: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    timeout: float = 5,
) -> Answer:
    """One call on a connection of its own: a GET, or a POST when there is a `form`."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=timeout)
    try:
        path = f"/entrez/eutils/{utility}.fcgi?{urlencode({'db': 'pubmed', **(params or {})}, doseq=True)}"
        sent = None if form is None else urlencode(form, doseq=True)
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if sent is not None else {}
        connection.request("GET" if sent is None else "POST", path, sent, {**kind, **(headers or {})})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()
