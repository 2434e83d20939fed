"""What a service that has nothing to do holds in memory: no library that only some work needs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.demo.mailbox import Mailbox
from monitor.sandbox import Server
from tests.support.installation import World, install
from tests.support.ports import free_port

#: `monitor run` with its pages, each unit of work once; then the modules it has imported.
SERVICE = """\
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from monitor.commands import run
from monitor import web
from monitor.service import connections
from monitor.service.running.scheduler import BEATS
from monitor.service.units import Units
from monitor.commands._shared import load_settings

now = datetime.now(UTC)
with connections.connected(load_settings(Path(sys.argv[1])), now) as works:
    with web.serving(works.settings, works.links, works.db):
        did = [unit for unit, beat in BEATS.items() if beat.work(Units(works, now))]
print(*did)
print(*sys.modules)
"""

#: Each with the work that it waits for.
WAITING = {
    "Bio": "a poll",
    "lxml": "an answer of PubMed",
    "monitor.evidence.article.assess": "an article to judge",
    "jinja2": "a mail or a page",
    "PIL": "a timeline in a mail, or a logo",
    "aiosmtplib": "a mail to send",
    "cryptography": "a DKIM key",
    "flufl.bounce": "a mail that came back",
    "imapclient": "a mailbox of returned mail",
    "prometheus_client": "a scrape",
    "xml.etree": "a feed",
    "httpx": "a source other than PubMed, or a channel",
    "dns": "a sender to prove",
    "alembic": "a schema to upgrade",
    "sqlalchemy.dialects.postgresql": "PostgreSQL",
    "psycopg": "PostgreSQL",
    "babel.messages": "a catalogue",
    "rich": "a command that prints",
    "pygments": "nothing: rich would load it",
    "greenlet": "nothing: structlog would load it",
}

#: A thread needs 50 MB and frees nearly all of it; then the resident memory before and after it is given back, in MB.
FREED = """\
import threading
from pathlib import Path
from monitor.service.memory import give_back

def megabytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 10**6

kept = []

def work():
    held = [bytearray(1000) for _ in range(50_000)]
    kept.extend(held[::100])

thread = threading.Thread(target=work)
thread.start()
thread.join()
before = megabytes()
give_back()
print(before, megabytes())
"""


@pytest.fixture
def world(tmp_path: Path, sandbox: Server) -> Iterator[World]:
    """An installation with pages that has done all that was due."""
    with Mailbox() as box, install(tmp_path, sandbox, box) as installed:
        port = free_port()
        pages = f'web: {{listen: "127.0.0.1:{port}", public_url: "http://127.0.0.1:{port}"}}\n'
        installed.config.write_text(installed.config.read_text() + pages)
        assert installed.run("tick").returncode == 0
        yield installed


def test_a_service_with_nothing_due_holds_no_library_that_waits_for_its_work(world: World) -> None:
    """It begins within a second, and stays below 80 MB: see `benchmarks/start.py`."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", SERVICE, str(world.config)],
        env=world.whole_environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    did, modules = done.stdout.splitlines()[-2:]
    assert did == ""
    assert {name: work for name, work in WAITING.items() if name in modules.split()} == {}


def test_what_a_thread_has_freed_between_what_it_keeps_goes_back_to_the_system() -> None:
    """By itself glibc gives back only what is free at the end of a thread's memory."""
    done = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    before, after = map(int, done.stdout.split())
    assert after < before - 30
