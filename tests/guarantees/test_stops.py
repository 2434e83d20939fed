"""SIGTERM at any moment of `run` and `tick` ends them with exit code 0, loses nothing and leaves nothing in doubt."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor import store
from monitor.model import DeliveryState
from monitor.sandbox import Server
from monitor.store import Database
from tests.support.databases import url_of
from tests.support.installation import World, eventually, install
from tests.support.scripted_smtp import ScriptedServer

READERS = ("ann@example.org", "bob@example.org")


@pytest.fixture
def world(tmp_path: Path, sandbox: Server, scripted: ScriptedServer) -> Iterator[World]:
    """An installation on SQLite that has never run."""
    with installed(tmp_path, sandbox, scripted) as made:
        yield made


def installed(folder: Path, pubmed: Server, mail: ScriptedServer, url: str = "") -> World:
    """An installation on the database at `url`, or on a SQLite file of its own."""
    environ = {"MONITOR_DATABASE_URL": url} if url else {}
    return install(folder, pubmed, mail, environ)  # type: ignore[arg-type]  # of a mailbox it needs only the port


def holds_back_stops(pid: int) -> bool:
    """Has the process begun to hold SIGTERM back for later? (proc(5), SigBlk)"""
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
    )
    return bool(int(status["SigBlk"], 16) & 1 << signal.SIGTERM - 1)


@pytest.mark.parametrize(("word", "wait_s"), [("run", 0.001), ("run", 0.3), ("tick", 0.001)])
def test_a_stop_in_the_first_second_is_a_good_end(world: World, word: str, wait_s: float) -> None:
    """A container that is started and stopped at once; even while Python still imports the product."""
    process = subprocess.Popen(  # noqa: S603  our own command
        world.command(word), env=world.whole_environ, stderr=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True
    )
    eventually(lambda: holds_back_stops(process.pid))
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(wait_s)
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert word == "run" or world.pubmed.requests == [], "nothing is begun"


#: Where the world is when the service is told to stop: an endpoint of PubMed or a command to the mail server.
MOMENTS = [
    ("esearch", "sqlite"),
    ("efetch", "postgresql"),
    ("elink", "sqlite"),
    ("MAIL", "postgresql"),
    ("DATA", "sqlite"),
    ("after DATA", "postgresql"),
]


@pytest.mark.parametrize("word", ["run", "tick"])
@pytest.mark.parametrize(("moment", "kind"), MOMENTS)
def test_a_stop_finishes_what_is_under_way(
    word: str,
    moment: str,
    kind: str,
    tmp_path: Path,
    sandbox: Server,
    scripted: ScriptedServer,
    request: pytest.FixtureRequest,
) -> None:
    """Exit code 0, no mail in doubt; what was not begun is done by the next service, and nobody is welcomed twice."""
    db: Database = request.getfixturevalue(f"{kind}_db")
    with installed(tmp_path, sandbox, scripted, url_of(db)) as world:
        service = world.start(word)
        on_hearing(moment, world, scripted, lambda: service.send_signal(signal.SIGTERM))
        _, log = service.communicate(timeout=90)
        assert service.returncode == 0, log
        world.pubmed.on_request = None
        scripted.replies.clear()
        assert world.run("tick").returncode == 0
    assert [scripted.taken.count(reader) for reader in READERS] == [1, 1]
    with db.read() as tx:
        assert set(store.delivery_counts.counts(tx)) == {DeliveryState.SENT}
        assert tx.exec_driver_sql("SELECT sum(uncertain) FROM deliveries").scalar_one() == 0


def on_hearing(moment: str, world: World, mail: ScriptedServer, strike: Callable[[], None]) -> None:
    """Strike once, as PubMed hears such a request or the mail server such a command."""
    waiting = [strike]

    def heard() -> None:
        if waiting:
            waiting.pop()()

    if moment.islower():
        world.pubmed.on_request = lambda one: heard() if one.request.endpoint == moment else None
    else:
        mail.replies[moment] = lambda _server, _line: heard()
