"""Sending is paused while a digest goes out: nothing more is begun, nothing is lost, and it goes on after it."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.delivery.deliver import Delivered, deliver_due
from monitor.delivery.outbox import PAUSE_CHECK_INTERVAL
from monitor.demo.mailbox import Mailbox as SandboxMailbox
from monitor.digests.compose import compose_due
from monitor.mail.smtp import SmtpMailer
from monitor.model import DeliveryState, Settings
from monitor.sandbox import Server
from monitor.store import Database
from monitor.store.schema import mail_tables
from tests.support.installation import World, eventually, install
from tests.support.mail_servers import Arrived, Mailbox
from tests.support.settings import START, links, settings, subscribe, watched

READERS = tuple(f"reader{number}@place{number % 3}.example.org" for number in range(6))
LATER = START + timedelta(minutes=5)


@pytest.fixture
def configured(db: Database, mailbox: Mailbox) -> Settings:
    """Settings whose mail server is the mailbox; six readers' mails are in the outbox."""
    configured = settings(mailbox.settings())
    watched(db)
    for address in READERS:
        subscribe(db, address)
    compose_due(configured, db, START)
    return configured


def pausing_at(db: Database, mailbox: Mailbox, count: int) -> None:
    """Somebody pauses sending while the mail of this number arrives; the server takes a while to say yes to it."""

    def pause(_mail: Arrived) -> None:
        if len(mailbox.arrived) == count:
            with db.begin() as tx:
                store.deliveries.pause(tx, START)
            time.sleep(PAUSE_CHECK_INTERVAL)

    mailbox.on_arrival = pause


def states_and_attempts(db: Database) -> dict[tuple[DeliveryState, int], int]:
    """How many deliveries there are of each state and number of attempts."""
    row = mail_tables.deliveries.c
    with db.read() as tx:
        found = tx.execute(sa.select(row.state, row.attempts, sa.func.count()).group_by(row.state, row.attempts))
        return {(one[0], one[1]): one[2] for one in found}


def test_a_pause_is_heard_in_the_middle_of_a_batch(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """What was claimed and not yet begun waits again, and no attempt is counted."""
    pausing_at(db, mailbox, 2)
    assert deliver_due(configured, links(configured), db, SmtpMailer(configured.smtp), START) == Delivered(sent=2)
    assert states_and_attempts(db) == {(DeliveryState.SENT, 1): 2, (DeliveryState.WAITING, 0): 4}
    assert deliver_due(configured, links(configured), db, SmtpMailer(configured.smtp), LATER) == Delivered()


def test_after_it_everybody_gets_the_mail_once(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """Those who had it are not written to again."""
    pausing_at(db, mailbox, 2)
    deliver_due(configured, links(configured), db, SmtpMailer(configured.smtp), START)
    with db.begin() as tx:
        store.deliveries.resume(tx)
    assert deliver_due(configured, links(configured), db, SmtpMailer(configured.smtp), LATER) == Delivered(sent=4)
    assert sorted(mail.recipients[0] for mail in mailbox.arrived) == sorted(READERS)


def test_what_is_under_way_is_finished_and_recorded(db: Database, mailbox: Mailbox, configured: Settings) -> None:
    """Over several connections a few were begun before; none of them is forgotten or sent again."""
    pausing_at(db, mailbox, 2)
    broad = SmtpMailer(mailbox.settings(connections=3))
    first = deliver_due(configured, links(configured), db, broad, START)
    assert 2 <= first.sent <= 4
    assert states_and_attempts(db) == {(DeliveryState.SENT, 1): first.sent, (DeliveryState.WAITING, 0): 6 - first.sent}
    assert len(mailbox.arrived) == first.sent


def test_the_command_is_heard_by_a_process_that_is_sending(tmp_path: Path, sandbox: Server) -> None:
    """`monitor deliver pause` beside `monitor tick`; `resume`, and the next tick brings the rest."""
    with SandboxMailbox() as box, install(tmp_path, sandbox, box) as installation:
        readers = _sending_slowly(installation)
        ticking = installation.start("tick")
        eventually(lambda: box.messages)
        paused = installation.run("deliver", "pause")
        assert paused.returncode == 0, paused.stderr
        out, err = ticking.communicate(timeout=60)
        had = len(box.messages)
        assert (ticking.returncode, f"mails: {had} sent" in out, had < readers) == (0, True, True), out + err
        assert f"{readers - had} mails go out with the next tick" in installation.run("deliver", "resume").stdout
        installation.config.write_text(
            installation.config.read_text(encoding="utf-8").replace(", rate: 0.5", ""), encoding="utf-8"
        )
        assert f"mails: {readers - had} sent" in installation.run("tick").stdout
        assert len({mail.recipient for mail in box.messages}) == len(box.messages) == readers


def _sending_slowly(installation: World) -> int:
    """One mail every two seconds to so many people, which would take minutes."""
    people = [f"reader{number}@example.org" for number in range(60)]
    (installation.folder / "people.csv").write_text("\n".join(["address", *people, ""]), encoding="utf-8")
    text = installation.config.read_text(encoding="utf-8")
    installation.config.write_text(text.replace("encryption: none", "encryption: none, rate: 0.5"), encoding="utf-8")
    return len(people)
