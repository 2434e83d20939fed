"""The table of `docs/guarantees.md`: what happens at each reply of the mail server, found out by hearing it.

After a change that is meant: `MONITOR_TEST_WRITE=1 pytest -n 0 tests/delivery/test_reply_table.py` writes it anew.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from monitor import store
from monitor.delivery import server_state
from monitor.delivery.refusals import BACK_OFF
from monitor.mail.smtp import SmtpMailer
from monitor.model import BounceKind, DeliveryState, Encryption, Stage
from monitor.store.schema.mail_tables import deliveries
from tests.delivery.test_mail_server import Installation
from tests.support.factories import NOW
from tests.support.mail_servers import Secure
from tests.support.scripted_smtp import ScriptedServer, serving

DOCUMENT = Path(__file__).parents[2] / "docs" / "guarantees.md"
_BETWEEN = re.compile(r"(<!-- replies: [^>]*-->\n)(.*)(<!-- end of replies -->)", re.DOTALL)
READERS = ("ann@one.example", "bob@two.example", "cid@three.example")
BOB = READERS[1]
NOT_ONE = "–"

#: What a server says at each stage; from RCPT on it can also say it to one reader only.
REPLIES: tuple[tuple[Stage, str], ...] = (
    (Stage.BANNER, "421 too busy"),
    (Stage.BANNER, "554 no access for you"),
    (Stage.EHLO, "501 invalid EHLO argument"),
    (Stage.EHLO, "550 bad HELO name"),
    (Stage.STARTTLS, "454 TLS not available"),
    (Stage.STARTTLS, "501 syntax error"),
    (Stage.AUTH, "535 wrong password"),
    (Stage.MAIL, "421 closing"),
    (Stage.MAIL, "450 4.7.1 hourly limit exceeded"),
    (Stage.MAIL, "530 5.7.0 authentication required"),
    (Stage.MAIL, "550 sender not allowed"),
    (Stage.MAIL, "550 5.4.5 daily sending limit exceeded"),
    (Stage.MAIL, "552 5.3.4 message too large"),
    (Stage.MAIL, "553 5.1.8 sender's domain not found"),
    (Stage.RCPT, "421 closing"),
    (Stage.RCPT, "450 4.2.0 greylisted"),
    (Stage.RCPT, "452 4.2.2 mailbox full"),
    (Stage.RCPT, "452 4.5.3 too many recipients"),
    (Stage.RCPT, "550 5.1.1 user unknown"),
    (Stage.RCPT, "550 5.7.1 relaying denied"),
    (Stage.RCPT, "550 rejected"),
    (Stage.RCPT, "552 5.2.2 mailbox full"),
    (Stage.RCPT, "554 5.7.1 blocked by a block list"),
    (Stage.DATA, "451 try later"),
    (Stage.DATA, "554 no"),
    (Stage.CONTENT, "421 closing"),
    (Stage.CONTENT, "451 4.3.0 queue file error"),
    (Stage.CONTENT, "550 looks like spam"),
    (Stage.CONTENT, "552 5.3.4 message too large"),
    (Stage.CONTENT, "554 5.7.26 DMARC check failed"),
)
_TO_ONE = (Stage.RCPT, Stage.DATA, Stage.CONTENT)


def test_the_table_says_what_happens(sqlite_template: Path, tmp_path: Path, secure_mailbox: Secure) -> None:
    """Each row is tried: the reply to everybody, and to one of three readers while the others get their mail."""
    lines = ["| stage | reply | when everybody gets it | when one of several gets it |", "|---|---|---|---|"]
    for number, (stage, reply) in enumerate(REPLIES):
        with _installed(sqlite_template, tmp_path / f"{number}-all.db", stage, reply) as service:
            if stage is Stage.AUTH:
                _has_wrong_password(service, secure_mailbox)
            service.deliver()
            to_all = _happened(service)
        to_one = NOT_ONE
        if stage in _TO_ONE:
            with _installed(sqlite_template, tmp_path / f"{number}-one.db", stage, reply, BOB) as service:
                service.deliver()
                to_one = _happened(service)
        lines.append(f"| {stage} | `{reply}` | {to_all} | {to_one} |")
    table = "\n".join([*lines, ""])
    document = DOCUMENT.read_text("utf-8")
    if os.environ.get("MONITOR_TEST_WRITE"):
        DOCUMENT.write_text(_BETWEEN.sub(lambda found: found[1] + table + found[3], document), "utf-8")
    else:
        (found,) = _BETWEEN.findall(document)
        assert found[1] == table


@contextmanager
def _installed(template: Path, file: Path, stage: Stage, reply: str, only: str = "") -> Iterator[Installation]:
    """A service with one digest for three readers, whose server replies so, to one of them only if `only` is given."""

    def told(server: ScriptedServer, line: str) -> str | None:
        return reply if not only or only in line or server.present.recipient == only else None

    shutil.copyfile(template, file)
    db = store.open(f"sqlite:///{file}", durable=False)
    with serving(ScriptedServer({str(stage): told})) as server:
        if stage is Stage.EHLO:
            server.replies["HELO"] = told
        service = Installation(db, server)
        if stage is Stage.STARTTLS:
            server.extensions = ("STARTTLS",)
            service.mailer = SmtpMailer(server.settings(encryption=Encryption.STARTTLS))
        service.read_by(*READERS)
        service.compose()
        yield service
    db.close()


def _has_wrong_password(service: Installation, secure: Secure) -> None:
    login = secure.mailbox.settings(encryption=Encryption.STARTTLS, username="monitor", password="wrong")
    service.settings = replace(service.settings, smtp=login)
    service.mailer = SmtpMailer(login, tls=secure.tls)


def _happened(service: Installation) -> str:
    """What became of Bob's copy in one round, as the database has it."""
    with service.db.read() as tx:
        of_bob = deliveries.c.subscription_id == service.readers[BOB]
        row = tx.execute(sa.select(deliveries).where(of_bob)).one()
        state = server_state.read(tx, service.settings.smtp)
        bounces = store.bounces.of(tx, [service.readers[BOB]])
    told = "; the operator is told" if server_state.notice(state, "", NOW)[1] else ""
    match row.state:
        case DeliveryState.SENT:
            return "sent over a new connection"
        case DeliveryState.FAILED:
            is_hard = any(one.kind is BounceKind.HARD for one in bounces)
            return "the copy fails; " + ("counts against the reader" if is_hard else "nobody is blamed") + told
        case DeliveryState.WAITING if row.attempts == 0:
            whose = "the" if DeliveryState.SENT in service.counts() else "every"
            return f"{whose} copy waits {_minutes(row.next_try_at)}; counts as no attempt{told}"
    again = f"tried again after {_minutes(row.next_try_at)} and ever later, "
    return again + (f"never given up{told}" if told else _in_the_end(service))


def _in_the_end(service: Installation) -> str:
    """How it goes on until the last attempt."""
    at = NOW
    for wait in BACK_OFF:
        at += wait + timedelta(minutes=1)
        service.deliver(at)
    times = f"{len(BACK_OFF) + 1} times in three days"
    if DeliveryState.FAILED in service.counts():
        return f"{times}; then the copy fails"
    return f"never given up; the operator is told after {times}"


def _minutes(at: datetime) -> str:
    minutes = round((at - NOW).total_seconds() / 60)
    return "until the next day" if minutes > 60 else f"{minutes} min"
