"""Send the transactional mails that pages asked for: "please confirm" and "your fresh link". Short, and to one
mailbox each.

Each is a row before it is sent. The service sends it within seconds, at a beat of its own, and tries again
until it is taken, refused for good, or too old to be of use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from monitor import store
from monitor.bounces.suspension import bounce_from_permanent_rejection, register_bounce
from monitor.delivery.mime import SimpleMessage
from monitor.errors import MailError
from monitor.links import CONFIRM_WITHIN, Links, Purpose
from monitor.mail.identifiers import mail_domain
from monitor.model import (
    SendOutcome,
    SendResult,
    Settings,
    Subscription,
    SubscriptionState,
    TransactionalKind,
    TransactionalMail,
    backoff,
)
from monitor.ports import Mailer
from monitor.render import frequencies
from monitor.render.templates import fill_template
from monitor.store import Database, Tx

#: The service sends them this often; so long a person who asked on a page waits for the mail at most.
SEND_INTERVAL = timedelta(seconds=3)
#: How many are sent in one go, and how long they are ours meanwhile: a person waits for each.
BATCH, LEASE = 50, timedelta(minutes=10)

#: The first repeat after a refusal "for now"; each further one waits twice as long. After GIVE_UP nobody waits for it.
FIRST_RETRY, GIVE_UP = timedelta(minutes=2), timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Ready:
    """A transactional mail and its bytes, with its envelope sender; `raw` is b"" when there is nothing left to
    write.
    """

    mail: TransactionalMail
    raw: bytes
    sender: str = ""


def send_transactional(settings: Settings, links: Links, db: Database, mailer: Mailer, now: datetime) -> int:
    """Send some of the transactional mails that are due, none while sending is paused; how many were taken by the
    server.

    Called once a SEND_INTERVAL it keeps to `smtp.rate`. Raises MailError when the server cannot be used; the mails
    then wait for the next time.
    """
    rate = settings.smtp.rate
    most = min(BATCH, max(1, int(rate * SEND_INTERVAL.total_seconds()))) if rate else BATCH
    with db.begin() as tx:
        due = store.transactional.claim(tx, now, most, LEASE) if store.deliveries.paused_at(tx) is None else []
        ready = [_write(tx, mail, links, settings, now) for mail in due]
    outgoing = [one for one in ready if one.raw]
    try:
        results = mailer.send([(one.sender, one.mail.address, one.raw) for one in outgoing]) if outgoing else []
    except MailError as error:
        _record(db, ready, [SendResult(SendOutcome.DEFERRED, text=str(error))] * len(outgoing), now)
        raise
    _record(db, ready, results, now)
    return sum(result.outcome is SendOutcome.SENT for result in results)


def _record(db: Database, ready: Sequence[Ready], results: Sequence[SendResult], now: datetime) -> None:
    answers = iter(results)
    with db.begin() as tx:
        for one in ready:
            result = next(answers) if one.raw else SendResult(SendOutcome.FAILED, text="nothing left to write")
            is_held = store.transactional.record(tx, one.mail, result, _next_try_at(one.mail, result, now), now)
            if is_held and (bounce := bounce_from_permanent_rejection(one.mail, result, now)):
                register_bounce(tx, bounce, now)


def _next_try_at(mail: TransactionalMail, result: SendResult, now: datetime) -> datetime | None:
    if result.outcome in (SendOutcome.SENT, SendOutcome.FAILED):
        return None
    again_at = now + backoff.back_off(FIRST_RETRY, mail.attempts, GIVE_UP)
    return again_at if again_at - mail.added_at < GIVE_UP else None


# --- what is written -------------------------------------------------------------------------------


def _write(tx: Tx, mail: TransactionalMail, links: Links, settings: Settings, now: datetime) -> Ready:
    """The bytes of a transactional mail, by what holds now: an erased person or a request already dealt with gets
    none.
    """
    if not mail.address:
        return Ready(mail, b"")
    held = store.subscribers.find(tx, mail.address)
    if mail.kind is TransactionalKind.LINK:
        about = [one for one in held if one.state is SubscriptionState.ACTIVE]
    else:
        about = [one for one in held if one.id == mail.subscription_id and store.subscribers.may_confirm(one)]
    if not about:
        return Ready(mail, b"")
    try:
        return Ready(mail, _message(mail, about, links, settings, now), _envelope_sender(mail, links, settings))
    except ValueError:  # an address that no mail can be sent to
        return Ready(mail, b"")


def _envelope_sender(mail: TransactionalMail, links: Links, settings: Settings) -> str:
    """Where this mail bounces to: an address of its own, where there is a domain for them."""
    domain = settings.smtp.bounce_domain
    if not domain:
        return parseaddr(settings.smtp.sender)[1]
    return f"bounces+{links.transactional_name(mail.id, mail.subscription_id)}@{domain}"


def _message(
    mail: TransactionalMail, about: Sequence[Subscription], links: Links, settings: Settings, now: datetime
) -> bytes:
    values = _values(mail, about, links, settings, now)
    subject = " ".join(fill_template(f"{mail.kind}/subject.txt", **values).split())
    return SimpleMessage(
        sender=settings.smtp.sender,
        address=mail.address,
        message_id=f"<{links.transactional_name(mail.id, mail.subscription_id)}@{mail_domain(settings.smtp)}>",
        subject=subject,
        text=fill_template(f"{mail.kind}/body.txt", **values),
        html=fill_template(f"{mail.kind}/body.html", subject=subject, **values),
        submitted="auto-replied",  # keeps out-of-office programs from answering
    ).written(now)


def _values(
    mail: TransactionalMail, about: Sequence[Subscription], links: Links, settings: Settings, now: datetime
) -> dict[str, Any]:
    names = {topic.key: topic.name for topic in settings.topics}
    purpose = Purpose.CONFIRM if mail.kind is TransactionalKind.CONFIRM else Purpose.PREFERENCES
    entries = [
        {
            "topic": names.get(one.topic, one.topic),
            **_frequency(one, settings),
            "url": links.url(purpose, one.id, now),
        }
        for one in about
    ]
    return {
        "entries": entries,
        "address": mail.address,
        "postal_address": settings.postal_address,
        "days": CONFIRM_WITHIN.days,
        "site": settings.web.public_url,
    }


def _frequency(one: Subscription, settings: Settings) -> dict[str, str]:
    plan = frequencies.plan_of(settings, one.topic)
    words = f"{frequencies.NAMES[one.frequency]}: {frequencies.describe(one.frequency, plan)}"
    return {"frequency": words, "quiet": frequencies.quiet_sentence(plan)}
