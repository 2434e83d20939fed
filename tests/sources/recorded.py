"""Recorded answers of services beside PubMed, served over HTTP to their clients."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from monitor.model import SourceName
from monitor.sources.transport.web import WebService
from tests.support.answers import Answer, Route, Service, serving
from tests.support.ncbi_server import Time
from tests.support.shared_data import shared_data


def recorded(name: str, status: int = 200) -> Answer:
    """The bytes of a recorded answer, by its path below the folder of the recorded data."""
    raw = shared_data(name).read_bytes()
    return Answer(gzip.decompress(raw) if name.endswith(".gz") else raw, status)


def value(name: str) -> Any:
    """The same, decoded."""
    return json.loads(recorded(name).body)


def made(of: object, status: int = 200) -> Answer:
    """An answer with this JSON."""
    return Answer(json.dumps(of).encode(), status)


@contextmanager
def service(name: SourceName, routes: Mapping[str, Route]) -> Iterator[tuple[Service, WebService]]:
    """A service that answers by these routes, and a client of it that never waits in real time."""
    passing = Time()
    with serving(routes) as there:
        yield there, WebService(there.settings(name), clock=passing.clock, sleep=passing.sleep, jitter=lambda: 0.5)
