"""An office of mails: asked for, sent by a real mailer to a real mail server, and taken in when they come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from monitor import store
from monitor.bounces import process
from monitor.delivery import transactional
from monitor.demo.mailbox import Mail, Mailbox
from monitor.links import Links
from monitor.mail.smtp import SmtpMailer
from monitor.model import Frequency, Settings, SubscriptionState
from monitor.store import Database
from monitor.subscribers import opt_in
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import SubscriptionRequest
from tests.support.factories import DAY, NOW
from tests.support.settings import links
from tests.support.site import KEYS, settings_for

READER = "reader@example.org"
VISIT = Visit("test", ip="192.0.2.1")


@dataclass
class Office:
    """Where mails are asked for, sent, and come back to."""

    db: Database
    mailbox: Mailbox
    settings: Settings

    def ask(self, days: int = 0, topic: str = "ccsvi", address: str = READER) -> list[Mail]:
        """Somebody enters the reader's address; every mail it has had by then."""
        assert opt_in.request(
            self.db, SubscriptionRequest(topic, address, Frequency.WEEKLY), VISIT, KEYS, NOW + days * DAY
        )
        return self.send(days, address)

    def send(self, days: int = 0, address: str = READER) -> list[Mail]:
        """A tick sends what waits; every mail the reader has had by then."""
        transactional.send_transactional(
            self.settings, links(self.settings), self.db, SmtpMailer(self.settings.smtp), NOW + days * DAY
        )
        return self.mailbox.to(address)

    def take(self, raw: bytes, days: int = 0) -> process.Processed:
        """A mail comes back."""
        return process.process(self.db, raw, Links(KEYS), KEYS, NOW + days * DAY)

    def states(self) -> list[tuple[SubscriptionState, str]]:
        """Where the reader stands, topic by topic, and why."""
        with self.db.read() as tx:
            return [(one.state, one.reason) for one in store.subscribers.find(tx, READER)]


@contextmanager
def opened(db: Database, folder: Path, bounce_domain: str) -> Iterator[Office]:
    """An office with a mail server."""
    with Mailbox() as mailbox:
        settings = settings_for(db, mailbox, "https://monitor.example.org", folder)
        yield Office(db, mailbox, replace(settings, smtp=replace(settings.smtp, bounce_domain=bounce_domain)))
