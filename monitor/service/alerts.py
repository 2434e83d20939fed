"""Tell the operator what only the operator can mend: a search that keeps failing, that PubMed reads differently or
whose answer is doubted, articles that cannot be read, a mailbox of returned mail that cannot be read, a mail
server that takes no mail from us.

Every alert is mailed once. What was sent is stored, so a restart repeats nothing; it is
kept only after the mail server took the mail, so nothing is lost when that fails too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr

from monitor import store
from monitor.bounces import attention, collect
from monitor.delivery import server_state
from monitor.delivery.mime import SimpleMessage
from monitor.mail.identifiers import mail_domain
from monitor.model import Alert, AlertId, SearchState, SendOutcome, Settings
from monitor.ports import Mailer
from monitor.service.notices import AlertState, notice, notice_mailbox, notice_unread
from monitor.store import Database, Tx

#: While one process writes to the operator, another one on the same database does not.
LEASE = timedelta(minutes=10)
_WORK = "operator alerts"
_MAILBOX, _RETURNED = "alert/bounces", "alert/returned mail"
_LOOKED_AT = "alert/looked-at"
_MAIL_SERVER = "alert/mail server"

#: Where the runbook is, in Monitor's documentation.
RUNBOOK = "docs/runbook.md"
#: What to type first at each alert.
TO_TYPE: Mapping[AlertId, Sequence[str]] = {
    AlertId.SEARCH_FAILING: ("status", "doctor"),
    AlertId.SEARCH_IN_DOUBT: ("status", "check --online"),
    AlertId.QUERY_WARNING: ("check --online",),
    AlertId.QUERY_READ_DIFFERENTLY: ("check --online",),
    AlertId.ARTICLES_UNREAD: ("status",),
    AlertId.MAIL_SERVER_REFUSES: ("doctor", "send-test ADDRESS"),
    AlertId.MAIL_SERVER_FAILING: ("doctor", "status"),
    AlertId.DIGEST_REFUSED: ("doctor", "send-test ADDRESS"),
    AlertId.MAILBOX_FAILING: ("doctor", "bounces"),
    AlertId.RETURNED_MAIL: ("subscribers list",),
    AlertId.WORK_FAILING: ("status", "doctor"),
    AlertId.BUG: ("status",),
    AlertId.DATABASE_DAMAGED: ("db check", "db backup FILE"),
}

#: About what something changed: under which key of the store what will have been told is kept, that, what to tell now.
_Noticed = dict[str, tuple[str, list[Alert]]]


def alert_operator(settings: Settings, db: Database, mailer: Mailer, now: datetime) -> list[Alert]:
    """Mail every alert not yet sent, all in one mail; returns what was sent.

    Raises MailError as the mailer does: then the lease is the pause before the next try. Raises ConflictError, and
    keeps nothing, when another process took over while the mail was being sent.
    """
    with db.begin() as tx:
        token = store.leases.take(tx, _WORK, now, LEASE)
        parts = (_searches, _unread, _mailbox, _returned, _mail_server) if token else ()
        noticed = {key: found for part in parts for key, found in part(tx, settings, now).items()}
        if token:
            store.meta.put(tx, _LOOKED_AT, now.isoformat(), now)
    alerts = [alert for _, found in noticed.values() for alert in found]
    if alerts and not _mail(settings, mailer, alerts, now):
        alerts, noticed = [], {}
    if token:
        with db.begin() as tx:
            store.leases.finish(tx, _WORK, token)
            for key, (told, _) in noticed.items():
                store.meta.put(tx, key, told, now)
    return alerts


def _pause(tx: Tx, now: datetime) -> timedelta:
    """How long ago somebody looked before, and so how long it will be until somebody looks again."""
    before = store.meta.get(tx, _LOOKED_AT)
    return max(timedelta(), now - datetime.fromisoformat(before)) if before else timedelta()


def _searches(tx: Tx, settings: Settings, now: datetime) -> _Noticed:
    """Each search about which something changed."""
    noticed: _Noticed = {}
    pause = _pause(tx, now)
    for topic in settings.topics:
        for state in store.searches.states(tx, topic.key):
            before = _alert_state(tx, state)
            after, alerts = notice(state, before, now, pause)
            if after != before:
                noticed[_key(state)] = (json.dumps(asdict(after)), alerts)
    return noticed


def _unread(tx: Tx, settings: Settings, now: datetime) -> _Noticed:
    """Each topic of which other articles than before cannot be read."""
    noticed: _Noticed = {}
    for topic in settings.topics:
        key = f"alert/unread articles/{topic.key}"
        kept = store.meta.get(tx, key)
        before = frozenset(json.loads(kept) if kept else ())
        after, alerts = notice_unread(topic.key, store.unread.watched(tx, topic.key), before, now)
        if after != before:
            noticed[key] = (json.dumps(sorted(after)), alerts)
    return noticed


def _mailbox(tx: Tx, settings: Settings, now: datetime) -> _Noticed:
    """The mailbox of returned mail, when something changed about it."""
    state = collect.state(tx, settings)
    before = store.meta.get(tx, _MAILBOX)
    after, alerts = notice_mailbox(state, before, now, _pause(tx, now)) if state else ("", [])
    return {_MAILBOX: (after, alerts)} if after != before else {}


def _mail_server(tx: Tx, settings: Settings, now: datetime) -> _Noticed:
    """The mail server, when something changed about it."""
    before = store.meta.get(tx, _MAIL_SERVER) or ""
    after, alerts = server_state.notice(server_state.read(tx, settings.smtp), before, now)
    return {_MAIL_SERVER: (after, alerts)} if after != before else {}


def _returned(tx: Tx, _settings: Settings, now: datetime) -> _Noticed:
    """Returned mail that needs a person, when there is some that was not told."""
    after, headline, text = attention.untold(tx, store.meta.get(tx, _RETURNED), now)
    return {_RETURNED: (after, [Alert(headline, text, AlertId.RETURNED_MAIL)])} if headline else {}


def _key(state: SearchState) -> str:
    return f"alert/{state.topic}/{state.name}"


def _alert_state(tx: Tx, state: SearchState) -> AlertState:
    kept = store.meta.get(tx, _key(state))
    if not kept:
        return AlertState()
    values = json.loads(kept)
    return AlertState(**{**values, "warnings": tuple(values["warnings"])})


def _mail(settings: Settings, mailer: Mailer, alerts: Sequence[Alert], now: datetime) -> bool:
    """True when the server took the mail, or may have."""
    sender = parseaddr(settings.smtp.sender)[1]
    results = mailer.send([(sender, settings.operator_email, _message(settings, alerts, now))])
    return all(result.outcome in (SendOutcome.SENT, SendOutcome.UNCERTAIN) for result in results)


def _runbook(settings: Settings, alert: Alert) -> str:
    """Under which id the runbook has the alert, and what to type first: whoever reads this may have only the mail."""
    if alert.is_over:
        return f"Alert {alert.id}: over."
    commands = "".join(f"  monitor {command} -c {settings.path.resolve()}\n" for command in TO_TYPE[alert.id])
    return f"Alert {alert.id}. To type:\n{commands}Causes and what mends them: {RUNBOOK}#{alert.id}"


def _message(settings: Settings, alerts: Sequence[Alert], now: datetime) -> bytes:
    """The mail as bytes. The subject holds only names from the configuration; PubMed's words stand in the body."""
    more = f" (and {len(alerts) - 1} more)" if len(alerts) > 1 else ""
    parts = [f"{alert.headline}\n\n{alert.text}\n\n{_runbook(settings, alert)}" for alert in alerts]
    return SimpleMessage(
        sender=settings.smtp.sender,
        address=settings.operator_email,
        message_id=make_msgid(domain=mail_domain(settings.smtp)),
        subject=f"Monitor: {alerts[0].headline}{more}",
        text="\n\n--\n\n".join(parts) + f"\n\nConfiguration: {settings.path}\n",
    ).written(now)
