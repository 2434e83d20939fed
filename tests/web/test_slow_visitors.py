"""Visitors who send half a request, or leave in the middle of one: pages, polls and mail go on."""

from __future__ import annotations

import logging
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from monitor import config, web
from monitor.demo.mailbox import Mailbox
from monitor.model import Outcome, Settings, WebSettings
from monitor.sandbox import Server
from monitor.service import connections, tick
from monitor.store import Database
from monitor.web.connections import RESERVED_DESCRIPTORS, VisitorLimits, limits_for
from monitor.web.server import GRACE
from tests.support.installation import install
from tests.support.ports import free_port
from tests.support.settings import links
from tests.support.site import NOW, settings_for

HALF_A_FORM = (
    b"POST /topics/ccsvi/subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\na"
)
#: Opens so many connections, sends the beginning of a form on each, and goes on byte by byte until it is killed.
_SLOW_CLIENTS = """
import resource, socket, sys, time
_soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
host, port, number = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
half = bytes.fromhex(sys.argv[4])
ours = []
for n in range(number):
    one = socket.create_connection((host, port))
    one.sendall(half)
    ours.append(one)
print("sent", flush=True)
while True:
    time.sleep(0.2)
    for one in ours:
        try:
            one.sendall(b"a")
        except OSError:
            pass
"""


@contextmanager
def slow_clients(port: int, number: int) -> Iterator[None]:
    """A process that holds so many half-sent requests open."""
    words = [sys.executable, "-c", _SLOW_CLIENTS, "127.0.0.1", str(port), str(number), HALF_A_FORM.hex()]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as clients:  # noqa: S603  our own words
        try:
            assert clients.stdout
            assert clients.stdout.readline() == "sent\n"
            yield
        finally:
            clients.kill()


@contextmanager
def descriptors(number: int) -> Iterator[None]:
    """This process may have no more file descriptors than that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(("allowed", "slow"), [(1024, 320), (320, 400)])
def test_pages_answer_and_a_tick_runs_while_hundreds_of_requests_are_half_sent(
    tmp_path: Path, sandbox: Server, allowed: int, slow: int
) -> None:
    """Also when there are more of them than file descriptors."""
    port = free_port()
    with Mailbox() as mailbox, install(tmp_path, sandbox, mailbox) as world:
        settings = config.load(world.config, {"MONITOR_SECRET_KEY": "k" * 32})
        settings = replace(settings, web=WebSettings("https://monitor.example.org", f"127.0.0.1:{port}"))
        with (
            descriptors(allowed),
            connections.connected(settings, NOW) as works,
            web.serving(works.settings, works.links, works.db),
            slow_clients(port, slow),
        ):
            began = time.monotonic()
            pages = [httpx.get(f"http://127.0.0.1:{port}/topics/veins").status_code for _ in range(10)]
            done = tick.run_due(works, NOW)
            took = time.monotonic() - began
        assert pages == [200] * 10
        assert [poll.outcome for poll in done.polls] == [Outcome.OK] * 3
        assert len(mailbox.messages) == 2
        assert took < VisitorLimits().request_within


def test_some_file_descriptors_are_never_given_to_visitors() -> None:
    """However many the process may have."""
    for allowed in (320, 512, 1024, 4096, 1_048_576):
        most = limits_for(allowed).concurrency
        assert most <= VisitorLimits().concurrency
        assert allowed - most >= RESERVED_DESCRIPTORS


# --- deadlines ---------------------------------------------------------------------------------------


def _site(db: Database, folder: Path) -> tuple[Settings, int]:
    port = free_port()
    settings = settings_for(db, Mailbox(), "https://monitor.example.org", folder)
    return replace(settings, web=WebSettings("https://monitor.example.org", f"127.0.0.1:{port}")), port


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        HALF_A_FORM,
        b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n" + HALF_A_FORM,
        b"GET /robots.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n",
    ],
    ids=["nothing", "headers", "body", "second request", "a body nobody reads"],
)
def test_a_request_that_goes_on_byte_by_byte_ends_at_its_deadline(
    sqlite_db: Database, tmp_path: Path, sent: bytes
) -> None:
    """Whatever part of it is slow."""
    settings, port = _site(sqlite_db, tmp_path)
    within = VisitorLimits(request_within=0.5, response_within=1.0)
    with (
        web.serving(settings, links(settings), sqlite_db, within),
        socket.create_connection(("127.0.0.1", port)) as client,
    ):
        client.sendall(sent)
        client.settimeout(0.1)
        assert _seconds_until_closed(client, drips=bool(sent)) < 5.0


def _seconds_until_closed(client: socket.socket, *, drips: bool) -> float:
    began = time.monotonic()
    while time.monotonic() - began < 10.0:
        try:
            if drips:
                client.sendall(b"a")
            with suppress(TimeoutError):
                if client.recv(65_536) == b"":
                    break
        except OSError:
            break
    return time.monotonic() - began


def test_the_longest_incomplete_request_makes_room(sqlite_db: Database, tmp_path: Path) -> None:
    """A visitor who comes when all connections are taken is served."""
    settings, port = _site(sqlite_db, tmp_path)
    few = VisitorLimits(connections=5)
    with web.serving(settings, links(settings), sqlite_db, few), slow_clients(port, 50):
        for _ in range(5):
            assert httpx.get(f"http://127.0.0.1:{port}/topics/ccsvi").status_code == 200


def test_a_visitor_who_leaves_is_no_error(
    sqlite_db: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No traceback, not even a line; nor for what is not HTTP."""
    settings, port = _site(sqlite_db, tmp_path)
    caplog.set_level(logging.DEBUG, "uvicorn.error")
    with web.serving(settings, links(settings), sqlite_db):
        for sent in (HALF_A_FORM, b"GET / HT", b"\x16\x03\x01 not HTTP\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(sent)
                time.sleep(0.05)
        assert httpx.get(f"http://127.0.0.1:{port}/topics/ccsvi").status_code == 200
    assert [record.getMessage() for record in caplog.records if record.name.startswith("uvicorn")] == []


def test_the_service_stops_at_once_while_requests_are_half_sent(
    sqlite_db: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It waits for none of them, and reports none as an error."""
    settings, port = _site(sqlite_db, tmp_path)
    with ExitStack() as clients:
        with web.serving(settings, links(settings), sqlite_db):
            clients.enter_context(slow_clients(port, 30))
            began = time.monotonic()
        assert time.monotonic() - began < GRACE / 2
    assert [record.getMessage() for record in caplog.records if record.name.startswith("uvicorn")] == []
