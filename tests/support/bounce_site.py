"""A site whose transactional mails a real mailer sends to a real mail server, and whose bounces are processed."""

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
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import SubscriptionRequest
from tests.support.factories import DAY, NOW
from tests.support.settings import links
from tests.support.site import KEYS, settings_for

READER = "reader@example.org"
VISIT = Visit("test", ip="192.0.2.1")


@dataclass
class BounceSite:
    """A database and a mail server: mails are requested, sent, and processed when they bounce."""

    db: Database
    mailbox: Mailbox
    settings: Settings

    def ask(self, days: int = 0, topic: str = "ccsvi", address: str = READER) -> list[Mail]:
        """A visitor signs up with `address`; returns every mail that it has received so far."""
        assert opt_in.request(
            self.db, SubscriptionRequest(topic, Frequency.WEEKLY), AddressKey(address, KEYS), VISIT, NOW + days * DAY
        )
        return self.send(days, address)

    def send(self, days: int = 0, address: str = READER) -> list[Mail]:
        """Send the transactional mails that are due; returns every mail that `address` has received so far."""
        transactional.send_transactional(
            self.settings, links(self.settings), self.db, SmtpMailer(self.settings.smtp), NOW + days * DAY
        )
        return self.mailbox.to(address)

    def receive(self, raw: bytes, days: int = 0) -> process.Processed:
        """A bounce or a complaint arrives; returns how it was processed."""
        return process.process(self.db, raw, Links(KEYS), NOW + days * DAY)

    def states(self) -> list[tuple[SubscriptionState, str]]:
        """State and reason of each of the reader's subscriptions."""
        with self.db.read() as tx:
            return [(one.state, one.reason) for one in store.subscribers.find(tx, READER)]


@contextmanager
def opened(db: Database, folder: Path, bounce_domain: str) -> Iterator[BounceSite]:
    """A bounce site with a mail server of its own."""
    with Mailbox() as mailbox:
        settings = settings_for(db, mailbox, "https://monitor.example.org", folder)
        yield BounceSite(db, mailbox, replace(settings, smtp=replace(settings.smtp, bounce_domain=bounce_domain)))
