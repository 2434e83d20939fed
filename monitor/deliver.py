"""Send what waits in the outbox; back off, give up, and say which.

At least once, and counted: a delivery is claimed, sent with no transaction open, and recorded. If
we die in between, or the connection breaks after DATA, it is sent again under the same Message-ID
and counted as uncertain: twice rather than never. Each message is drawn just before it goes out,
and only for a subscription that is active at that moment.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr
from functools import lru_cache
from urllib.parse import quote

from monitor import links, log, render, store
from monitor.attachments import attached
from monitor.errors import MailError
from monitor.links import Links, Purpose
from monitor.model import Delivery, Digest, Rendered, SendOutcome, SendResult, Settings
from monitor.ports import IsStopping, Mailer, never
from monitor.render import addresses, picture
from monitor.render.message import Attachment, Heading
from monitor.store import Database
from monitor.strikes import refused, strike

BATCH = 100
#: Longer than any batch takes: a hundred messages, each within the server's time limit.
LEASE = timedelta(minutes=30)
#: After the nth temporary refusal, try again so much later: about three days in all, then it is over.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 240, 480, 720, 1080, 1800))
#: So often may a message have arrived without our knowing before we leave it at that.
MOST_UNCERTAIN = 3
#: A mail server that cannot be used at all is asked again after this long; no delivery is blamed for it.
SERVER_BACK_OFF = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of the deliveries that were due; `error` says why the mail server could not be used, if so."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    uncertain: int = 0
    error: str = ""


def deliver_due(
    settings: Settings, db: Database, mailer: Mailer, now: datetime, *, is_stopping: IsStopping = never
) -> Delivered:
    """Send every delivery that is due, a batch at a time, until none is left or `is_stopping`."""
    started, total = time.monotonic(), Delivered()
    postman = _Postman(settings, db)
    while not is_stopping():
        at = now + timedelta(seconds=time.monotonic() - started)  # leases must not be dated from long ago
        with db.begin() as tx:
            batch = store.deliveries.claim(tx, at, BATCH, LEASE)
        if not batch:
            break
        round_ = postman.carry(batch, mailer, at)
        total = _sum(total, round_)
        if round_.error:
            log.get().warning("mail server cannot be used", error=round_.error)
            break
    return total


def next_try(delivery: Delivery, result: SendResult, at: datetime) -> tuple[SendResult, datetime | None]:
    """The result to record and when to try again; None when it is over. A refusal after the last try is final."""
    match result.outcome:
        case SendOutcome.DEFERRED if delivery.attempts > len(BACK_OFF):
            given_up = f"given up after {delivery.attempts} attempts: {result.text}"
            return replace(result, outcome=SendOutcome.FAILED, text=given_up), None
        case SendOutcome.DEFERRED:
            return result, at + BACK_OFF[delivery.attempts - 1]
        case SendOutcome.UNCERTAIN if delivery.uncertain + 1 < MOST_UNCERTAIN:
            return result, at + BACK_OFF[min(delivery.uncertain, len(BACK_OFF) - 1)]
        case _:
            return result, None


class _Postman:
    """Carries batches: writes each letter once for all its copies, and addresses them one by one."""

    def __init__(self, settings: Settings, db: Database) -> None:
        self._settings, self._db = settings, db
        self._links = Links(settings.secret_keys, settings.web.public_url) if settings.secret_keys else None
        self._message_id = links.message_ids(settings.secret_keys, links.mail_domain(settings.smtp))
        self._letter = lru_cache(maxsize=8)(self._write)

    def carry(self, batch: Sequence[Delivery], mailer: Mailer, at: datetime) -> Delivered:
        """Send one claimed batch and record what the server said of each."""
        drawn: list[Delivery] = []
        unusable: list[tuple[int, SendResult, datetime | None]] = []
        error = ""
        try:
            results = mailer.send(self._messages(batch, at, drawn, unusable))
        except MailError as problem:
            results, error, drawn = [], str(problem), []
        told = [(one, *next_try(one, result, at)) for one, result in zip(drawn, results, strict=True)]
        known = {one.id for one in drawn} | {number for number, *_ in unusable}
        untried = [one.id for one in batch if one.id not in known]
        with self._db.begin() as tx:
            store.deliveries.record(tx, [(one.id, result, when) for one, result, when in told] + unusable, at)
            for one, result, _ in told:
                if bounce := refused(one, result, at):
                    strike(tx, bounce, at)
            store.deliveries.give_back(tx, untried, at + (SERVER_BACK_OFF if error else timedelta()))
        return _counted([result for _, result, _ in told] + [result for _, result, _ in unusable], error)

    def _messages(
        self,
        batch: Sequence[Delivery],
        at: datetime,
        drawn: list[Delivery],
        unusable: list[tuple[int, SendResult, datetime | None]],
    ) -> Iterator[tuple[str, str, bytes]]:
        """Each message when its turn comes, if its subscription still stands; what was drawn is noted in `drawn`."""
        for delivery in batch:
            with self._db.read() as tx:
                is_wanted = bool(store.deliveries.still_wanted(tx, [delivery.id]))
            if not is_wanted:
                continue  # given back, and cancelled when next claimed
            try:
                content = self._copy(delivery, at)
            except ValueError as problem:
                unusable.append((delivery.id, SendResult(SendOutcome.FAILED, 0, str(problem)), None))
                continue
            drawn.append(delivery)
            yield self._envelope_sender(delivery), delivery.address, content

    def _copy(self, delivery: Delivery, at: datetime) -> bytes:
        """One subscriber's copy; raises ValueError when the address cannot be used."""
        letter, replies_to = self._letter(delivery.digest_id, delivery.attachments)
        number = delivery.subscription_id
        public_url = self._settings.web.public_url
        recipient = render.Recipient(
            address=delivery.address,
            message_id=delivery.message_id,
            unsubscribe_mailto=self._mailto(number),
            unsubscribe_url=self._links.url(Purpose.UNSUBSCRIBE, number) if self._links else "",
            preferences_url=self._links.url(Purpose.PREFERENCES, number) if self._links else "",
            digest_url=addresses.digest_page(public_url, delivery.digest_id),
            in_reply_to=self._message_id(replies_to, number) if replies_to else "",
        )
        return letter.to(recipient, at)

    def _mailto(self, subscription_id: int) -> str:
        """Where a mail with the token as its subject ends the subscription; the operator reads it without a mailbox."""
        token = self._links.token(Purpose.UNSUBSCRIBE, subscription_id) if self._links else str(subscription_id)
        domain = self._settings.smtp.bounce_domain
        mailbox = f"bounces+unsubscribe@{domain}" if domain else self._settings.operator_email
        return f"mailto:{mailbox}?subject={quote(f'unsubscribe {token}')}"

    def _envelope_sender(self, delivery: Delivery) -> str:
        """The delivery's own bounce address (VERP) where there is a domain for it, else the sender."""
        domain = self._settings.smtp.bounce_domain
        if domain and self._links:
            return self._links.bounce_address(delivery.id, domain)
        return parseaddr(self._settings.smtp.sender)[1]

    def _write(self, digest_id: int, attachments: tuple[str, ...]) -> tuple[render.Letter, int | None]:
        """The digest's letter with the files a subscriber wants, and the digest it replies to."""
        with self._db.read() as tx:
            digest, rendered = store.digests.get(tx, digest_id)
            files = attached(tx, digest, attachments) if attachments else ()
        return _letter(self._settings, digest, rendered, files), digest.replies_to


def trial_copy(
    settings: Settings, digest: Digest, rendered: Rendered, address: str, at: datetime
) -> tuple[str, str, bytes]:
    """A message for one mailbox that no subscription stands behind; raises ValueError for an unusable address."""
    mailto = f"mailto:{settings.operator_email}?subject=unsubscribe"
    recipient = render.Recipient(address, make_msgid(domain=links.mail_domain(settings.smtp)), mailto)
    return parseaddr(settings.smtp.sender)[1], address, _letter(settings, digest, rendered).to(recipient, at)


def _letter(settings: Settings, digest: Digest, rendered: Rendered, files: Sequence[Attachment] = ()) -> render.Letter:
    """The digest as a message, with its picture, ready to be addressed."""
    drawn = picture.draw(digest.answer.trials[: render.TRIALS_SHOWN], digest.until.date())
    heading = Heading(
        sender=settings.smtp.sender,
        list_id=f"{digest.topic}.{links.mail_domain(settings.smtp)}",
        help_address=settings.operator_email,
        archive_url=addresses.topic_page(settings.web.public_url, digest.topic),
    )
    return render.Letter(rendered, heading, drawn, files)


def _counted(results: Sequence[SendResult], error: str) -> Delivered:
    numbers = {outcome: sum(result.outcome is outcome for result in results) for outcome in SendOutcome}
    return Delivered(
        sent=numbers[SendOutcome.SENT],
        deferred=numbers[SendOutcome.DEFERRED],
        failed=numbers[SendOutcome.FAILED],
        uncertain=numbers[SendOutcome.UNCERTAIN],
        error=error,
    )


def _sum(one: Delivered, other: Delivered) -> Delivered:
    return Delivered(
        one.sent + other.sent,
        one.deferred + other.deferred,
        one.failed + other.failed,
        one.uncertain + other.uncertain,
        other.error,
    )
