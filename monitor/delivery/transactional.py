"""Send the transactional mails that visitors asked for on a page: confirmation requests and preferences links.

Each is stored before it is sent. The service sends it within seconds, in a loop of its own, and retries until the
server accepts it, rejects it permanently, or it is too old to be of use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from monitor import store
from monitor.bounces.suspension import bounce_from_permanent_rejection, register_bounce, take_back
from monitor.delivery import server_state
from monitor.delivery.mime import SimpleMessage
from monitor.delivery.refusals import Recipient, Refusals, words_of
from monitor.errors import AddressError, MailError, StoreError
from monitor.language.speech import gettext as _
from monitor.language.speech import language, speaking
from monitor.links import CONFIRM_WITHIN, Links, Purpose
from monitor.mail.identifiers import mail_domain
from monitor.model import (
    Branding,
    Catalogue,
    Rendered,
    SendOutcome,
    SendResult,
    Settings,
    SmtpSettings,
    Stage,
    Subscription,
    SubscriptionState,
    TransactionalKind,
    TransactionalMail,
)
from monitor.model.values import backoff
from monitor.ports import Guard, Mailer, Message, Unguarded
from monitor.render import frequencies
from monitor.render.templates import fill_template
from monitor.store import Database, Tx
from monitor.subscribers import do_not_mail
from monitor.subscribers.address_hash import AddressKey

#: How often the service sends them: the longest that a visitor waits for the first attempt.
SEND_INTERVAL = timedelta(seconds=3)
#: How many are claimed at a time, and the lease of the claim.
BATCH, LEASE = 50, timedelta(minutes=10)

#: RFC 8058 demands HTTPS; on loopback are tests and the demo.
_ONE_CLICK = ("https://", "http://127.0.0.1:")

#: The wait after the first temporary failure, doubling with each further one; after GIVE_UP the mail fails.
FIRST_RETRY, GIVE_UP = timedelta(minutes=2), timedelta(days=2)

_UNWANTED = SendResult(SendOutcome.FAILED, text="no longer wanted")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A transactional mail with its message and envelope sender; `raw` is b"" if it is not sent, `unsent` says why."""

    mail: TransactionalMail
    raw: bytes
    sender: str = ""
    unsent: SendResult = _UNWANTED


def send_transactional(
    settings: Settings, links: Links, db: Database, mailer: Mailer, now: datetime, guard: Guard | None = None
) -> int:
    """Send up to BATCH of the transactional mails that are due; returns how many the server accepted.

    None is sent while sending is paused. Called once every SEND_INTERVAL it keeps to `smtp.rate` (mails a second).
    Raises MailError when the server cannot be used; the mails are then tried again later, as is one alone that cannot
    be written, when there is a `guard`.
    """
    rate = settings.smtp.rate
    limit = min(BATCH, max(1, int(rate * SEND_INTERVAL.total_seconds()))) if rate else BATCH
    with db.begin() as tx:
        due = store.transactional.claim(tx, now, limit, LEASE) if store.deliveries.paused_at(tx) is None else []
    prepared = [_guarded(db, mail, links, settings, now, guard or Unguarded()) for mail in due]
    outgoing = [one for one in prepared if one.raw]
    _record(db, settings.smtp, {one: one.unsent for one in prepared if not one.raw}, now)
    begun: list[Prepared] = []
    try:
        results = mailer.send(_taken(db, outgoing, begun)) if outgoing else []
    except MailError as error:
        _record(db, settings.smtp, dict.fromkeys(outgoing, SendResult(SendOutcome.DEFERRED, text=str(error))), now)
        raise
    _record(db, settings.smtp, dict(zip(begun, results, strict=True)), now)
    return sum(result.outcome is SendOutcome.SENT for result in results)


def _taken(db: Database, outgoing: Sequence[Prepared], begun: list[Prepared]) -> Iterator[Message]:
    """The messages, each noted as begun, and added to `begun`, when the mailer takes it: no crash makes more than
    MAX_COPIES of one.
    """
    for one in outgoing:
        with db.begin() as tx:
            is_ours = store.transactional.begin(tx, one.mail)
        if is_ours:
            begun.append(one)
            yield one.sender, one.mail.address, one.raw


def _record(db: Database, smtp: SmtpSettings, results: Mapping[Prepared, SendResult], now: datetime) -> None:
    if not results:
        return
    with db.begin() as tx:
        for one, result in _judged(tx, smtp, results, now).items():
            is_recorded = store.transactional.record(tx, one.mail, result, _next_try_at(one.mail, result, now), now)
            if is_recorded and (bounce := bounce_from_permanent_rejection(one.mail, result, now)):
                register_bounce(tx, bounce, now)


def _judged(
    tx: Tx, smtp: SmtpSettings, results: Mapping[Prepared, SendResult], now: datetime
) -> dict[Prepared, SendResult]:
    """The results; a mailbox said to be gone in the words that everybody gets is none, as with digests."""
    outcomes = [result.outcome for result in results.values()]
    state = server_state.read(tx, smtp)
    refusals = Refusals(state.said, accepted=outcomes.count(SendOutcome.SENT))
    refused = {
        one: result
        for one, result in results.items()
        if result.outcome is SendOutcome.FAILED and result.stage is Stage.RCPT
    }
    doubted = refusals.doubted([(Recipient(-one.mail.id, one.mail.address), refused[one]) for one in refused], now)
    take_back(tx, refusals.taken_back, now, now + FIRST_RETRY)
    after = replace(state, said=refusals.remembered(now))
    if after != state:
        server_state.write(tx, after, now)
    waiting = (one for one, result in refused.items() if words_of(result) in doubted)
    return {**results, **{one: replace(refused[one], outcome=SendOutcome.DEFERRED) for one in waiting}}


def _next_try_at(mail: TransactionalMail, result: SendResult, now: datetime) -> datetime | None:
    if result.outcome in (SendOutcome.SENT, SendOutcome.FAILED):
        return None
    if result.outcome is SendOutcome.UNCERTAIN and mail.uncertain + 1 >= store.deliveries.MAX_COPIES:
        return None
    again_at = now + backoff.back_off(FIRST_RETRY, mail.attempts, GIVE_UP)
    return again_at if again_at - mail.added_at < GIVE_UP else None


# --- building the mail ------------------------------------------------------------------------------


def _guarded(
    db: Database, mail: TransactionalMail, links: Links, settings: Settings, now: datetime, guard: Guard
) -> Prepared:
    """The message, or that it is to be tried again later."""

    def work() -> Prepared:
        with db.read() as tx:
            return _prepare(tx, mail, links, settings, now)

    def unwritten(reason: str) -> Prepared:
        return Prepared(mail, b"", unsent=SendResult(SendOutcome.DEFERRED, text=reason))

    return guard.attempt(f"transactional mail {mail.id}", work, unwritten, lets_through=StoreError)


def _prepare(tx: Tx, mail: TransactionalMail, links: Links, settings: Settings, now: datetime) -> Prepared:
    """The message, from the state of the subscriptions now: none for an erased person or a request already settled."""
    subscriptions = store.subscribers.find(tx, mail.address)
    if mail.kind is TransactionalKind.LINK:
        about = [one for one in subscriptions if one.state is SubscriptionState.ACTIVE]
    else:
        about = [one for one in subscriptions if one.id == mail.subscription_id and store.subscribers.may_confirm(one)]
    if not about:
        return Prepared(mail, b"")
    try:
        with speaking(_catalogue(about, settings)):
            raw = _message(mail, about, links, settings, now)
        return Prepared(mail, raw, _envelope_sender(mail, links, settings))
    except AddressError:  # an address that no mail can be sent to
        return Prepared(mail, b"")


def _catalogue(about: Sequence[Subscription], settings: Settings) -> Catalogue:
    """The language of the mail: that of the topic it is about; of several that differ, the service's."""
    found = {catalogue.language: catalogue for catalogue in (settings.catalogue(one.topic) for one in about)}
    return found.popitem()[1] if len(found) == 1 else settings.catalogue()


def _envelope_sender(mail: TransactionalMail, links: Links, settings: Settings) -> str:
    """The mail's own bounce address (VERP) where a bounce domain is configured, else the sender."""
    domain = settings.smtp.bounce_domain
    if not domain:
        return parseaddr(settings.smtp.sender)[1]
    return f"bounces+{links.transactional_name(mail.id, mail.subscription_id)}@{domain}"


def _message(
    mail: TransactionalMail, about: Sequence[Subscription], links: Links, settings: Settings, now: datetime
) -> bytes:
    url = _do_not_mail_url(mail, links, settings)
    rendered = render(mail.kind, values(mail.kind, mail.address, about, links, settings, now, url), settings.branding)
    message = SimpleMessage(
        sender=settings.smtp.sender,
        address=mail.address,
        message_id=f"<{links.transactional_name(mail.id, mail.subscription_id)}@{mail_domain(settings.smtp)}>",
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        reply_to=settings.branding.reply_to,
        language=rendered.language,
        submitted="auto-replied",  # keeps auto-responders from replying (RFC 3834)
    ).written(now)
    has_button = url and mail.kind is TransactionalKind.CONFIRM
    return _one_click_headers(url) + message if has_button else message


def render(kind: TransactionalKind, filled_in: Mapping[str, Any], brand: Branding) -> Rendered:
    """Subject, text and HTML of a transactional mail in the language that is spoken, from the `values` that its
    templates show.
    """
    subject = " ".join(fill_template(f"{kind}/subject.txt", brand, **filled_in).split())
    return Rendered(
        subject=subject,
        text=fill_template(f"{kind}/body.txt", brand, subject=subject, **filled_in),
        html=fill_template(f"{kind}/body.html", brand, subject=subject, **filled_in),
        language=language(),
    )


def _do_not_mail_url(mail: TransactionalMail, links: Links, settings: Settings) -> str:
    person = AddressKey(mail.address, settings.secret_keys)
    return links.do_not_mail_url(do_not_mail.hmac_for_link(person), mail.subscription_id)


def _one_click_headers(url: str) -> bytes:
    """For the unsubscribe button of mail programs (RFC 8058), in a mail that its reader may not have requested.

    A mail with links to preferences has none: its reader has a subscription, which the button of a digest ends.
    """
    post = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" if url.startswith(_ONE_CLICK) else ""
    return f"List-Unsubscribe: <{url}>\r\n{post}".encode()


def values(
    kind: TransactionalKind,
    address: str,
    about: Sequence[Subscription],
    links: Links,
    settings: Settings,
    now: datetime,
    do_not_mail: str,
) -> dict[str, Any]:
    """What the templates of a mail of this kind show: the subscriptions that it is `about`, each with its link."""
    names = {topic.key: topic.name for topic in settings.topics}
    purpose = Purpose.CONFIRM if kind is TransactionalKind.CONFIRM else Purpose.PREFERENCES
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
        "address": address,
        "do_not_mail": do_not_mail,
        "postal_address": settings.postal_address,
        "days": CONFIRM_WITHIN.days,
    }


def _frequency(one: Subscription, settings: Settings) -> dict[str, str]:
    plan = frequencies.plan_of(settings, one.topic)
    words = _(
        "%(frequency)s: %(meaning)s",
        frequency=frequencies.name(one.frequency),
        meaning=frequencies.describe(one.frequency, plan),
    )
    return {"frequency": words, "quiet": frequencies.quiet_sentence(plan)}
