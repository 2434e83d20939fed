"""One subscriber's copy of a digest: built once as a template, each copy addressed and linked for its reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import make_msgid, parseaddr
from functools import lru_cache

from monitor import store
from monitor.delivery import mime
from monitor.delivery.attachments import attached
from monitor.delivery.mime import Attachment, Heading
from monitor.digests.view import TRIALS_SHOWN
from monitor.links import Links, Purpose
from monitor.mail import identifiers
from monitor.model import Delivery, Digest, Rendered, Settings
from monitor.ports import Message
from monitor.render import timeline_png, urls
from monitor.render.dates import Dates
from monitor.store import Database, Tx

#: Templates kept ready: one for each digest under way and choice of attachments.
_READY = 16
#: Ways of writing dates kept ready: one for each language and time zone that readers chose.
_WAYS = 256


class DigestPersonalizer:
    """Builds each template once for all its copies, and addresses them one by one."""

    def __init__(self, settings: Settings, links: Links, db: Database) -> None:
        self._settings, self._links, self._db = settings, links, db
        self._sender = parseaddr(settings.smtp.sender)[1]
        self._template = lru_cache(maxsize=_READY)(self._write)
        self._dates = lru_cache(maxsize=_WAYS)(Dates)
        self._updated: dict[int, int | None] = {}

    def with_in_reply_to(self, tx: Tx, batch: list[Delivery]) -> list[Delivery]:
        """The deliveries, each with the mail it replies to: the one that its reader has, whatever was made since."""
        had: dict[tuple[int, int], str] = {}
        for number in {delivery.digest_id for delivery in batch}:
            if (updated := self._updates(tx, number)) is not None:
                readers = [delivery.subscription_id for delivery in batch if delivery.digest_id == number]
                for reader, message_id in store.deliveries.sent_message_ids(tx, updated, readers).items():
                    had[number, reader] = message_id
        if not had:
            return batch
        return [replace(one, in_reply_to=had.get((one.digest_id, one.subscription_id), "")) for one in batch]

    def _updates(self, tx: Tx, digest_id: int) -> int | None:
        """The digest that first told of what this one updates; each is read once."""
        if digest_id not in self._updated:
            self._updated[digest_id] = store.digests.get(tx, digest_id)[0].replies_to
        return self._updated[digest_id]

    def message(self, delivery: Delivery, at: datetime) -> Message:
        """The copy for one delivery, dated `at`; raises ValueError when the address cannot be used."""
        template = self._template(delivery.digest_id, delivery.attachments)
        number = delivery.subscription_id
        public_url = self._settings.web.public_url
        token = self._links.token(Purpose.UNSUBSCRIBE, number)
        recipient = mime.Recipient(
            address=delivery.address,
            message_id=delivery.message_id,
            unsubscribe_mailto=self._mailto(token),
            unsubscribe_url=f"{public_url}/{Purpose.UNSUBSCRIBE}/{token}" if public_url else "",
            preferences_url=self._links.url(Purpose.PREFERENCES, number),
            digest_url=urls.digest_page(public_url, delivery.digest_id),
            in_reply_to=delivery.in_reply_to,
            dates=self._dates(delivery.language, delivery.timezone),
        )
        return self._envelope_sender(delivery), delivery.address, template.to(recipient, at)

    def _mailto(self, token: str) -> str:
        """Where a mail with the token as its subject ends the subscription; the operator reads it without a mailbox."""
        domain = self._settings.smtp.bounce_domain
        mailbox = f"bounces+unsubscribe@{domain}" if domain else self._settings.operator_email
        return f"mailto:{mailbox}?subject=unsubscribe%20{token}"  # a token needs no quoting

    def _envelope_sender(self, delivery: Delivery) -> str:
        """The delivery's own bounce address (VERP) where there is a domain for it, else the sender."""
        domain = self._settings.smtp.bounce_domain
        return self._links.bounce_address(delivery.id, domain) if domain else self._sender

    def _write(self, digest_id: int, attachments: tuple[str, ...]) -> mime.DigestTemplate:
        """The digest's template with the files a subscriber wants."""
        with self._db.read() as tx:
            digest, rendered = store.digests.get(tx, digest_id)
            files = attached(tx, digest, attachments) if attachments else ()
        return _template(self._settings, digest, rendered, files)


def test_message(settings: Settings, digest: Digest, rendered: Rendered, address: str, at: datetime) -> Message:
    """A message for one mailbox that no subscription stands behind; raises ValueError for an unusable address."""
    mailto = f"mailto:{settings.operator_email}?subject=unsubscribe"
    dates = Dates(zone=settings.topic(digest.topic).digest.timezone)
    recipient = mime.Recipient(address, make_msgid(domain=identifiers.mail_domain(settings.smtp)), mailto, dates=dates)
    return parseaddr(settings.smtp.sender)[1], address, _template(settings, digest, rendered).to(recipient, at)


def _template(
    settings: Settings, digest: Digest, rendered: Rendered, files: Sequence[Attachment] = ()
) -> mime.DigestTemplate:
    """The digest as a message, with its picture, ready to be addressed."""
    drawn = timeline_png.draw(digest.answer.trials[:TRIALS_SHOWN], digest.until.date())
    heading = Heading(
        sender=settings.smtp.sender,
        list_id=f"{digest.topic}.{identifiers.mail_domain(settings.smtp)}",
        help_address=settings.operator_email,
        archive_url=urls.topic_page(settings.web.public_url, digest.topic),
    )
    return mime.DigestTemplate(rendered, heading, drawn, files)
