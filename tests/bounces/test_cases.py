"""The returned mails of the recorded cases, each with the value its table says is right, through the whole command."""

from __future__ import annotations

import json
import os
import re
from datetime import timedelta
from pathlib import Path

from monitor import config, store
from monitor.links import Links, Purpose
from monitor.mail import dsn
from tests.config.files import SMALL, written
from tests.support.command import run
from tests.support.factories import NOW, outbox
from tests.support.mailboxes import KEYS, deliver, maildir
from tests.support.shared_data import shared_data

MESSAGE_ID = b"<digest.1.1.0123456789abcdef@example.org>"
OUTCOMES = {"hard": "hard bounce", "soft": "soft bounce", "complaint": "complaint", "leaves": "unsubscribed"}


def cases() -> dict[str, str]:
    """The right value of each file, from the table beside them."""
    table = (shared_data("cases/delivery") / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([\w.-]+\.eml)` \| [^|]* \| [^|]* \| \*\*(\w+)\*\*", table, re.MULTILINE))


def raw(name: str, verp: str, message_id: str, token: str) -> bytes:
    """One of the mails, about a real delivery."""
    mail = (shared_data("cases/delivery") / "returned" / name).read_bytes()
    for placeholder, value in (
        (b"VERP-IN-CAPITALS", verp.upper()),
        (b"bounces@example.org", verp),
        (MESSAGE_ID, message_id),
        (b"TOKEN", token),
    ):
        mail = mail.replace(placeholder, value.encode())
    return mail


def test_every_recorded_mail_is_read_rightly() -> None:
    """By the reader alone."""
    token = Links(KEYS).token(Purpose.UNSUBSCRIBE, 1)
    wrong = {}
    for name, right in cases().items():
        read = dsn.read(raw(name, "bounces+1-a@example.org", "<m@example.org>", token))
        found = "leaves" if token in read.unsubscribe_tokens else str(read.kind or "none")
        if found != right:
            wrong[name] = (right, found)
    assert wrong == {}


def test_every_recorded_mail_has_its_right_consequence(tmp_path: Path) -> None:
    """All of them in one Maildir, each about the delivery of a reader of its own; the poisoned one stops none."""
    rights = cases()
    readers = [f"{name.removesuffix('.eml')}@example.org" for name in rights]
    path, environ = written(tmp_path, SMALL), {**os.environ, "MONITOR_SECRET_KEY": KEYS[0]}
    db = store.open(config.load(path, environ).database_url)
    store.migrate.upgrade(db)
    with db.begin() as tx:
        outbox(tx, *readers)
        deliveries = {one.address: one for one in store.deliveries.claim(tx, NOW, 100, timedelta(minutes=5))}
    db.close()
    box, links = maildir(tmp_path / "box"), Links(KEYS)
    for number, (name, reader) in enumerate(zip(rights, readers, strict=True)):
        sent = deliveries[reader]
        verp, token = (
            links.bounce_address(sent.id, "example.org"),
            links.token(Purpose.UNSUBSCRIBE, sent.subscription_id),
        )
        deliver(box, raw(name, verp, sent.message_id, token), f"{number:02d}.host")
    done = run(["bounces", "--maildir", str(box), "--config", str(path), "--json"], environ)
    assert done.returncode == 0, done.stderr
    results = zip(rights.items(), json.loads(done.stdout), strict=True)
    found = {name: (result["outcome"], result["address"]) for (name, _), result in results}
    owners = dict(zip(rights, readers, strict=True))
    right = {name: (OUTCOMES.get(value, "no bounce"), owners[name]) for name, value in rights.items()}
    right |= {name: (outcome, "") for name, (outcome, _) in right.items() if outcome == "no bounce"}
    assert found == {**right, "poison-nested-messages.eml": ("unreadable", "")}
