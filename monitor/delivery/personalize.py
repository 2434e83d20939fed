"""Each subscriber's copy of a digest: the digest is encoded once as a template, addresses and links are filled in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import make_msgid, parseaddr
from functools import lru_cache

from monitor import store
from monitor.delivery import mime
from monitor.delivery.attachments import attached
from monitor.delivery.mime import Attachment, Heading, Picture
from monitor.digests.display.view import TRIALS_SHOWN
from monitor.links import Links, Purpose
from monitor.mail import identifiers
from monitor.model import Delivery, Digest, DigestKind, Logo, Rendered, Settings
from monitor.ports import Message
from monitor.render import urls
from monitor.render.dates import Dates
from monitor.render.drawing import timeline_png
from monitor.render.drawing.logo import CONTENT_ID as LOGO_ID
from monitor.store import Database, Tx

#: Cached templates: one for each digest being sent and choice of attachments.
_TEMPLATES = 16
#: Cached date formats: one for each language and time zone that subscribers chose.
_DATE_FORMATS = 256


class DigestPersonalizer:
    """Builds each digest's template once, and each copy from it."""

    def __init__(self, settings: Settings, links: Links, db: Database) -> None:
        self._settings, self._links, self._db = settings, links, db
        self._sender = parseaddr(settings.smtp.sender)[1]
        self._template = lru_cache(maxsize=_TEMPLATES)(self._build_template)
        self._dates = lru_cache(maxsize=_DATE_FORMATS)(Dates)
        self._updated: dict[int, int | None] = {}

    def with_in_reply_to(self, tx: Tx, batch: list[Delivery]) -> list[Delivery]:
        """The deliveries, each with the Message-ID of the mail that it updates and its subscriber got, if any."""
        message_ids: dict[tuple[int, int], str] = {}
        for number in {delivery.digest_id for delivery in batch}:
            if (updated := self._updated_digest(tx, number)) is not None:
                subscription_ids = [delivery.subscription_id for delivery in batch if delivery.digest_id == number]
                for subscription_id, message_id in store.delivery_counts.sent_message_ids(
                    tx, updated, subscription_ids
                ).items():
                    message_ids[number, subscription_id] = message_id
        if not message_ids:
            return batch
        return [replace(one, in_reply_to=message_ids.get((one.digest_id, one.subscription_id), "")) for one in batch]

    def _updated_digest(self, tx: Tx, digest_id: int) -> int | None:
        """The digest that this one updates, None for none; each is read once."""
        if digest_id not in self._updated:
            self._updated[digest_id] = store.digests.get(tx, digest_id)[0].replies_to
        return self._updated[digest_id]

    def message(self, delivery: Delivery, at: datetime) -> Message:
        """Envelope sender, address and copy of one delivery, dated `at`. Raises AddressError for an unusable one."""
        template, digest_url, language = self._template(delivery.digest_id, delivery.attachments)
        number = delivery.subscription_id
        public_url = self._settings.web.public_url
        token = self._links.token(Purpose.UNSUBSCRIBE, number)
        recipient = mime.Recipient(
            address=delivery.address,
            message_id=delivery.message_id,
            unsubscribe_mailto=self._mailto(token),
            unsubscribe_url=f"{public_url}/{Purpose.UNSUBSCRIBE}/{token}" if public_url else "",
            preferences_url=self._links.url(Purpose.PREFERENCES, number, at),
            digest_url=digest_url,
            in_reply_to=delivery.in_reply_to,
            dates=self._dates(date_language(delivery.language, language), delivery.timezone),
        )
        return self._envelope_sender(delivery), delivery.address, template.to(recipient, at)

    def _mailto(self, token: str) -> str:
        """The mailto URL whose mail unsubscribes (RFC 2369); without a bounce domain it goes to the operator."""
        domain = self._settings.smtp.bounce_domain
        mailbox = f"bounces+unsubscribe@{domain}" if domain else self._settings.operator_email
        return f"mailto:{mailbox}?subject=unsubscribe%20{token}"  # a token needs no quoting

    def _envelope_sender(self, delivery: Delivery) -> str:
        """The delivery's own bounce address (VERP) where a bounce domain is configured, else the sender."""
        domain = self._settings.smtp.bounce_domain
        return self._links.bounce_address(delivery.id, domain) if domain else self._sender

    def _build_template(self, digest_id: int, attachments: tuple[str, ...]) -> tuple[mime.DigestTemplate, str, str]:
        """The digest's template with attachments of these kinds, the URL of its page, and its language."""
        with self._db.read() as tx:
            digest, rendered = store.digests.get(tx, digest_id)
            files = attached(tx, digest, attachments)
        page = self._links.digest_url(digest_id, is_listed=digest.kind is not DigestKind.WELCOME)
        return _template(self._settings, digest, rendered, files), page, rendered.language


def date_language(chosen: str, of_mail: str) -> str:
    """The language of a mail's dates: the reader's; for whoever chose none, or "en", the mail's."""
    return of_mail if chosen == "en" else chosen


def test_message(
    settings: Settings,
    digest: Digest,
    rendered: Rendered,
    address: str,
    at: datetime,
    files: Sequence[Attachment],
) -> Message:
    """A digest with attached files for a mailbox without a subscription, as a test.

    Raises AddressError for an unusable address.
    """
    mailto = f"mailto:{settings.operator_email}?subject=unsubscribe"
    dates = Dates(rendered.language, settings.topic(digest.topic).digest.timezone)
    recipient = mime.Recipient(address, make_msgid(domain=identifiers.mail_domain(settings.smtp)), mailto, dates=dates)
    return parseaddr(settings.smtp.sender)[1], address, _template(settings, digest, rendered, files).to(recipient, at)


def _template(
    settings: Settings, digest: Digest, rendered: Rendered, files: Sequence[Attachment] = ()
) -> mime.DigestTemplate:
    """The digest as a template, with its pictures and attachments."""
    heading = Heading(
        sender=settings.smtp.sender,
        list_id=f"{digest.topic}.{identifiers.mail_domain(settings.smtp)}",
        help_address=settings.operator_email,
        archive_url=urls.topic_page(settings.web.public_url, digest.topic),
        reply_to=settings.branding.reply_to,
    )
    return mime.DigestTemplate(rendered, heading, tuple(_pictures(settings.branding.logo, digest, rendered)), files)


def _pictures(logo: Logo | None, digest: Digest, rendered: Rendered) -> Iterator[Picture]:
    """The pictures that the HTML shows: the timeline, and the logo where the digest was made with one."""
    if logo and f"cid:{LOGO_ID}" in rendered.html:
        yield Picture(LOGO_ID, logo.file_name, logo.media_type, logo.content)
    if timeline := timeline_png.draw(digest.answer.trials[:TRIALS_SHOWN], digest.until.date()):
        yield Picture(timeline_png.CONTENT_ID, "timeline.png", "image/png", timeline)
