"""A sender that dies again and again gets through the list: nobody is left out, nobody gets more than three copies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor import store
from monitor.delivery import transactional
from monitor.errors import MailError
from monitor.mail.smtp import SmtpMailer
from monitor.model import DeliveryState, TransactionalKind
from monitor.store import Database
from tests.support import factories
from tests.support.factories import NOW
from tests.support.scripted_smtp import ScriptedServer
from tests.support.settings import links, settings, subscribe

#: One sender, in a process of its own: `database url, port, connections, now`.
SENDER = """
import sys
from datetime import datetime
from monitor import store
from monitor.delivery.deliver import deliver_due
from monitor.mail.smtp import SmtpMailer
from tests.support.scripted_smtp import ScriptedServer
from tests.support.settings import links, settings
url, port, connections, now = sys.argv[1:]
configured = settings(ScriptedServer(port=int(port)).settings(connections=int(connections)))
deliver_due(configured, links(configured), store.open(url), SmtpMailer(configured.smtp), datetime.fromisoformat(now))
"""
AFTER_THE_LEASE = store.leases.LENGTH + timedelta(minutes=1)


class Sender:
    """Starts the sender, and kills it when the server has taken so many mails from it and has not yet said so."""

    def __init__(
        self, url: str, server: ScriptedServer, dies_after: int, connections: int, source: str = SENDER
    ) -> None:
        self.url, self.server, self.dies_after, self.connections = url, server, dies_after, connections
        self.source = source
        self.process: subprocess.Popen[bytes] | None = None
        self.took = 0
        self.copies: Counter[str] = Counter()
        server.replies["after DATA"] = self._take

    def _take(self, server: ScriptedServer, _line: str) -> None:
        self.copies[server.present.recipient] += 1
        self.took += 1
        if self.took == self.dies_after and self.process:
            os.kill(self.process.pid, signal.SIGKILL)

    def run(self, now: datetime) -> int:
        """One life of the sender; its exit status, below zero when it was killed."""
        self.took = 0
        command = [
            sys.executable,
            "-c",
            self.source,
            self.url,
            str(self.server.port),
            str(self.connections),
            now.isoformat(),
        ]
        self.process = subprocess.Popen(command, cwd=Path(__file__).parents[2])  # noqa: S603  our own code
        return self.process.wait(60)


@pytest.fixture
def outbox(tmp_path: Path) -> tuple[str, Database]:
    """39 readers at three domains, and one digest for them in the outbox."""
    url = f"sqlite:///{tmp_path}/monitor.db"
    db = store.open(url)
    store.migrate.upgrade(db)
    for number in range(39):
        subscribe(db, f"p{number}@d{number % 3}.example")
    with db.begin() as tx:
        digest = store.digests.add(tx, factories.digest(), factories.RENDERED, NOW)
        store.deliveries.enqueue(tx, digest, NOW, factories.message_id)
    return url, db


@pytest.mark.parametrize(("dies_after", "connections"), [(20, 1), (20, 2), (1, 1)])
def test_a_sender_that_is_killed_again_and_again_leaves_nobody_out(
    outbox: tuple[str, Database], scripted: ScriptedServer, dies_after: int, connections: int
) -> None:
    """Five lives; then one that is left alone. At most three copies each, and what is uncertain was begun."""
    url, db = outbox
    sender = Sender(url, scripted, dies_after, connections)
    lives = 5
    killed = [sender.run(NOW + life * AFTER_THE_LEASE) for life in range(lives)]
    assert killed[0] == -signal.SIGKILL
    with db.read() as tx:
        uncertain = tx.exec_driver_sql("SELECT sum(uncertain) FROM deliveries").scalar_one()
    assert uncertain <= sum(sender.copies.values())
    assert len(sender.copies) == min(39, lives * dies_after), "those least often tried come first"
    sender.dies_after = 0
    assert sender.run(NOW + lives * AFTER_THE_LEASE) == 0
    assert len(sender.copies) == 39, "somebody got nothing"
    assert max(sender.copies.values()) <= store.deliveries.MAX_COPIES
    with db.read() as tx:
        assert set(store.delivery_counts.counts(tx)) <= {DeliveryState.SENT, DeliveryState.UNCERTAIN}
    db.close()


def test_after_a_crash_only_what_was_begun_is_uncertain(outbox: tuple[str, Database], scripted: ScriptedServer) -> None:
    """All 39 were claimed; twenty were begun, and after the next run those twenty have had two copies."""
    url, db = outbox
    sender = Sender(url, scripted, dies_after=20, connections=1)
    sender.run(NOW)
    with db.read() as tx:
        assert tx.exec_driver_sql("SELECT sum(uncertain), sum(attempts) FROM deliveries").one() == (20, 20)
    sender.dies_after = 0
    sender.run(NOW + AFTER_THE_LEASE)
    assert Counter(sender.copies.values()) == {2: 20, 1: 19}
    with db.read() as tx:
        assert tx.exec_driver_sql("SELECT sum(uncertain), sum(attempts) FROM deliveries").one() == (20, 59)
    db.close()


def test_once_it_has_crashed_each_reply_is_kept_at_once(outbox: tuple[str, Database], scripted: ScriptedServer) -> None:
    """The second life dies at its twentieth mail too: one of them is in doubt, not twenty."""
    url, db = outbox
    sender = Sender(url, scripted, dies_after=20, connections=1)
    sender.run(NOW)
    sender.run(NOW + AFTER_THE_LEASE)
    with db.read() as tx:
        assert store.delivery_counts.counts(tx)[DeliveryState.SENT] == 19
    assert len(sender.copies) == 39
    db.close()


#: One sender of transactional mails, in a process of its own.
TRANSACTIONAL_SENDER = SENDER.replace("delivery.deliver import deliver_due", "delivery import transactional").replace(
    "deliver_due(", "transactional.send_transactional("
)
AFTER_ITS_LEASE = transactional.LEASE + timedelta(minutes=1)


def test_a_transactional_mail_is_sent_three_times_at_most_whatever_its_sender_dies_of(
    tmp_path: Path, scripted: ScriptedServer
) -> None:
    """Three visitors wait for their links; each life of the sender ends at its second mail."""
    url = f"sqlite:///{tmp_path}/monitor.db"
    db = store.open(url)
    store.migrate.upgrade(db)
    visitors = [subscribe(db, f"p{number}@one.example") for number in range(3)]
    with db.begin() as tx:
        for number in visitors:
            store.transactional.add(
                tx, TransactionalKind.LINK, number, NOW, address_hash=str(number), network_hash=str(number)
            )
    sender = Sender(url, scripted, 2, 1, TRANSACTIONAL_SENDER)
    for life in range(7):
        sender.run(NOW + life * AFTER_ITS_LEASE)
    assert max(sender.copies.values()) == store.deliveries.MAX_COPIES
    assert len(sender.copies) == 3, "those of which no copy is in doubt come first"
    with db.read() as tx:
        assert not store.transactional.is_any_due(tx, NOW + 30 * AFTER_ITS_LEASE)
    db.close()


def test_a_transactional_mail_whose_connection_breaks_behind_it_is_sent_three_times_at_most(
    db: Database, scripted: ScriptedServer
) -> None:
    """The server takes each and does not say so."""
    configured = settings(scripted.settings())
    with db.begin() as tx:
        number = store.subscribers.add(tx, factories.subscription("ann@one.example"), NOW)
        store.transactional.add(tx, TransactionalKind.LINK, number, NOW, address_hash="a", network_hash="n")
    scripted.replies["after DATA"] = ""
    for hour in range(40):
        with suppress(MailError):
            transactional.send_transactional(
                configured, links(configured), db, SmtpMailer(configured.smtp), NOW + timedelta(hours=hour)
            )
    assert scripted.count("DATA") == store.deliveries.MAX_COPIES
