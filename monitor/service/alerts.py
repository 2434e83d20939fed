"""Tell the operator what only the operator can mend: a search that keeps failing or that PubMed reads differently,
a mailbox of returned mail that cannot be read.

Every alert is mailed once. What was sent is stored, so a restart repeats nothing; it is
kept only after the mail server took the mail, so nothing is lost when that fails too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr

from monitor import store
from monitor.bounces import attention, collect
from monitor.bounces.collect import MailboxState
from monitor.delivery.mime import SimpleMessage
from monitor.mail.identifiers import mail_domain
from monitor.model import SearchState, SendOutcome, Settings
from monitor.ports import Mailer
from monitor.store import Database, Tx
from monitor.watch import freshness

#: What has failed for this long is told; shorter outages mend themselves, and those of searches stand in the digest.
FAILING_AFTER = timedelta(hours=6)
#: While one process writes to the operator, another one on the same database does not.
LEASE = timedelta(minutes=10)
_WORK = "operator alerts"
_MAILBOX, _RETURNED = "alert/bounces", "alert/returned mail"


@dataclass(frozen=True, slots=True)
class AlertState:
    """What the operator was already alerted of about one search, as stored in the database."""

    query: str = ""
    translation: str = ""
    warnings: tuple[str, ...] = ()
    failing_since: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that needs the operator: a headline and a paragraph that says what to do."""

    headline: str
    text: str


#: About what something changed: under which key of the store what will have been told is kept, that, what to tell now.
_Noticed = dict[str, tuple[str, list[Alert]]]


def alert_operator(settings: Settings, db: Database, mailer: Mailer, now: datetime) -> list[Alert]:
    """Mail every alert not yet sent, all in one mail; returns what was sent.

    Raises MailError as the mailer does: then the lease is the pause before the next try. Raises ConflictError, and
    keeps nothing, when another process took over while the mail was being sent.
    """
    with db.begin() as tx:
        token = store.leases.take(tx, _WORK, now, LEASE)
        kinds = (_searches, _mailbox, _returned) if token else ()
        noticed = {key: found for kind in kinds for key, found in kind(tx, settings, now).items()}
    alerts = [alert for _, found in noticed.values() for alert in found]
    if alerts and not _mail(settings, mailer, alerts, now):
        alerts, noticed = [], {}
    if token:
        with db.begin() as tx:
            store.leases.finish(tx, _WORK, token)
            for key, (told, _) in noticed.items():
                store.meta.put(tx, key, told, now)
    return alerts


def _searches(tx: Tx, settings: Settings, now: datetime) -> _Noticed:
    """Each search about which something changed."""
    noticed: _Noticed = {}
    for topic in settings.topics:
        for state in store.searches.states(tx, topic.key):
            before = _alert_state(tx, state)
            after, alerts = notice(state, before, now)
            if after != before:
                noticed[_key(state)] = (json.dumps(asdict(after)), alerts)
    return noticed


def _mailbox(tx: Tx, settings: Settings, now: datetime) -> _Noticed:
    """The mailbox of returned mail, when something changed about it."""
    state = collect.state(tx, settings)
    before = store.meta.get(tx, _MAILBOX)
    after, alerts = notice_mailbox(state, before, now) if state else ("", [])
    return {_MAILBOX: (after, alerts)} if after != before else {}


def _returned(tx: Tx, _settings: Settings, now: datetime) -> _Noticed:
    """Returned mail that needs a person, when there is some that was not told."""
    after, headline, text = attention.untold(tx, store.meta.get(tx, _RETURNED), now)
    return {_RETURNED: (after, [Alert(headline, text)])} if headline else {}


def _key(state: SearchState) -> str:
    return f"alert/{state.topic}/{state.name}"


def _alert_state(tx: Tx, state: SearchState) -> AlertState:
    kept = store.meta.get(tx, _key(state))
    if not kept:
        return AlertState()
    values = json.loads(kept)
    return AlertState(**{**values, "warnings": tuple(values["warnings"])})


def notice(state: SearchState, before: AlertState, now: datetime) -> tuple[AlertState, list[Alert]]:
    """What is new to tell about one search, and what will have been told then. Pure."""
    after, alerts = before, []
    if before.query != state.query:
        after = replace(after, query=state.query, translation="", warnings=())
    for step in (_failing, _warned, _translated):
        after, found = step(state, after, now)
        alerts += found
    return after, alerts


def notice_mailbox(state: MailboxState, failing_since: str, now: datetime) -> tuple[str, list[Alert]]:
    """What is new to tell about the mailbox; `failing_since` is what was told ("" nothing), as is what is returned."""
    since = state.first_failure_at
    if since is None:
        if not failing_since or state.last_success_at is None:  # another mailbox since, and not yet read
            return failing_since, []
        text = f"It had failed since {failing_since[:16]} UTC. What came back meanwhile is being read now."
        return "", [Alert("returned mail is read again", text)]
    if now - since < FAILING_AFTER or failing_since == since.isoformat():
        return failing_since, []
    text = (
        f"The mailbox of returned mail ({state.mailbox}) has failed {state.failures_in_row} times in a row. The last "
        f"error was:\n  {state.last_error}\nUntil it can be read, addresses that no longer work go on getting mail. "
        "Monitor goes on trying.\n`monitor doctor` tests it, `monitor bounces` reads it at once."
    )
    return since.isoformat(), [Alert(f"returned mail cannot be read for {freshness.in_words(now - since)}", text)]


def _failing(state: SearchState, told: AlertState, now: datetime) -> tuple[AlertState, list[Alert]]:
    name = f"{state.topic}/{state.name}"
    since = state.first_failure_at if state.failures_in_row else None
    if since is None:
        if not told.failing_since:
            return told, []
        text = f"It had failed since {told.failing_since[:16]} UTC. Nothing was missed: each poll asks for everything."
        return replace(told, failing_since=""), [Alert(f"{name} works again", text)]
    if now - since < FAILING_AFTER or told.failing_since == since.isoformat():
        return told, []
    lasting = freshness.in_words(now - since)
    text = (
        f"It has failed {state.failures_in_row} times in a row. The last error was:\n  {state.last_error}\n"
        "Monitor goes on trying and says so in every digest. `monitor doctor` tests everything it depends on."
    )
    return replace(told, failing_since=since.isoformat()), [Alert(f"{name} has failed for {lasting}", text)]


def _warned(state: SearchState, told: AlertState, _now: datetime) -> tuple[AlertState, list[Alert]]:
    new = [warning for warning in state.warnings_seen if warning not in told.warnings]
    if not new:
        return told, []
    listed = "\n".join(f"  {warning}" for warning in new)
    text = (
        f"PubMed ran the query but says:\n{listed}\nIt may have searched for something else. The query:\n"
        f"  {state.query}\nIt read this as:\n  {state.translation}\n"
        "If that is wrong, mend the query in the configuration."
    )
    warned = replace(told, warnings=(*told.warnings, *new))
    return warned, [Alert(f"PubMed warns about {state.topic}/{state.name}", text)]


def _translated(state: SearchState, told: AlertState, _now: datetime) -> tuple[AlertState, list[Alert]]:
    if not state.translation or state.translation == told.translation:
        return told, []
    after = replace(told, translation=state.translation)
    if not told.translation:
        return after, []
    text = (
        f"The query is unchanged:\n  {state.query}\nPubMed used to read it as:\n  {told.translation}\nand now as:\n"
        f"  {state.translation}\nThis happens when MeSH changes, once a year. Check that it still finds what you want."
    )
    return after, [Alert(f"PubMed reads {state.topic}/{state.name} differently", text)]


def _mail(settings: Settings, mailer: Mailer, alerts: Sequence[Alert], now: datetime) -> bool:
    """True when the server took the mail, or may have."""
    sender = parseaddr(settings.smtp.sender)[1]
    results = mailer.send([(sender, settings.operator_email, _message(settings, alerts, now))])
    return all(result.outcome in (SendOutcome.SENT, SendOutcome.UNCERTAIN) for result in results)


def _message(settings: Settings, alerts: Sequence[Alert], now: datetime) -> bytes:
    """The mail as bytes. The subject holds only names from the configuration; PubMed's words stand in the body."""
    more = f" (and {len(alerts) - 1} more)" if len(alerts) > 1 else ""
    parts = [f"{alert.headline}\n\n{alert.text}" for alert in alerts]
    return SimpleMessage(
        sender=settings.smtp.sender,
        address=settings.operator_email,
        message_id=make_msgid(domain=mail_domain(settings.smtp)),
        subject=f"Monitor: {alerts[0].headline}{more}",
        text="\n\n--\n\n".join(parts) + f"\n\nConfiguration: {settings.path}\n",
    ).written(now)
