"""Tell the operator what only the operator can mend: a search that keeps failing, that PubMed reads differently or
whose answer is doubted, articles that cannot be read, a mailbox of returned mail that cannot be read, a mail
server that takes no mail from us, bugs of Monitor, what fails for long, a damaged database, more searches than
PubMed's rate allows, a changed configuration that is refused.

Every alert is mailed once. What was sent is stored, so a restart repeats nothing; it is
kept only after the mail server took the mail, so nothing is lost when that fails too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import partial

from monitor import store
from monitor.bounces import attention, collect
from monitor.delivery import server_state
from monitor.language.messages import message
from monitor.language.speech import speaking
from monitor.language.stored import stored
from monitor.model import Alert, AlertId, SearchState, SendOutcome, Settings
from monitor.ports import Guard, Mailer, Unguarded
from monitor.service import integrity, request_load
from monitor.service.alerting import alert_mail, failures
from monitor.service.alerting.failure_notices import notice_bugs, notice_failures
from monitor.service.alerting.notices import AlertState, notice, notice_configuration, notice_mailbox, notice_unread
from monitor.service.alerting.source_notices import notice_sources
from monitor.service.reload import reports
from monitor.store import Database, SharedRead, Tx

#: While one process writes to the operator, another one on the same database does not.
LEASE = timedelta(minutes=10)
_WORK = "operator alerts"
_MAILBOX, _RETURNED = "alert/bounces", "alert/returned mail"
_LOOKED_AT = "alert/looked-at"
_MAIL_SERVER = "alert/mail server"
_BUGS, _UNITS, _DAMAGE = "alert/bugs", "alert/units", "alert/damage"
_RATE = "alert/rate"
_SOURCES = "alert/sources"
_CONFIGURATION = "alert/configuration"
_HEADLINE = "headline of an alert"
_TOO_MANY = message(_HEADLINE, "the searches need more requests than PubMed allows")
_FITS = message(_HEADLINE, "the searches fit PubMed's rate again")
_DAMAGED = message(_HEADLINE, "the database is damaged")

#: About what something changed: under which key of the store what will have been told is kept, that, what to tell now.
_Noticed = dict[str, tuple[str, list[Alert]]]
#: What was told before, by the same keys.
_Told = Mapping[str, str]
#: Finds out about one kind.
_Part = Callable[[Tx, Settings, datetime, _Told], _Noticed]


def alert_operator(
    settings: Settings, db: Database, mailer: Mailer, now: datetime, guard: Guard | None = None
) -> list[Alert] | None:
    """Mail every alert not yet sent, all in one mail in the language of the service; returns what was sent, None when
    it is not yet time to look.

    With a `guard` a kind of alert that cannot be found out stops no other. Raises MailError as the mailer does: then
    the lease is the pause before the next try. Raises ConflictError, and keeps nothing, when another process took over
    while the mail was being sent.
    """
    with db.begin() as tx:
        token = store.leases.take(tx, _WORK, now, LEASE)
    if token is None:
        return None
    looked_at: list[SearchState] = []
    with speaking(settings.catalogue()):
        noticed = _noticed(settings, db, now, guard or Unguarded(), looked_at)
        alerts = [alert for _, found in noticed.values() for alert in found]
        if alerts and not _mail(settings, mailer, alerts, now):
            alerts, noticed, looked_at = [], {}, []
    with db.begin() as tx:
        store.leases.finish(tx, _WORK, token)
        told = {key: kept for key, (kept, _) in noticed.items()}
        store.meta.put_all(tx, {_LOOKED_AT: now.isoformat(), **told}, now)
        store.searches.mark_noticed(tx, looked_at)
    return alerts


def _noticed(settings: Settings, db: Database, now: datetime, guard: Guard, looked_at: list[SearchState]) -> _Noticed:
    """Everything about which something changed; the searches that were looked at are added to `looked_at`."""

    def of_searches(tx: Tx, _settings: Settings, at: datetime, told: _Told) -> _Noticed:
        unnoticed = store.searches.unnoticed(tx)
        noticed = _searches(tx, unnoticed, at, told)
        looked_at.extend(unnoticed)
        return noticed

    noticed: _Noticed = {}
    with closing(SharedRead(db)) as reading:
        told = reading.ask(lambda tx: store.meta.several(tx, _KEYS))
        for name, part in {"searches": of_searches, **_PARTS}.items():
            work = partial(reading.ask, _asked(part, settings, now, told))
            noticed |= guard.attempt(name, work, lambda _: {})
    return noticed


def _asked(part: _Part, settings: Settings, now: datetime, told: _Told) -> Callable[[Tx], _Noticed]:
    return lambda tx: part(tx, settings, now, told)


def _pause(told: _Told, now: datetime) -> timedelta:
    """How long ago somebody looked before, and so how long it will be until somebody looks again."""
    before = told.get(_LOOKED_AT)
    return max(timedelta(), now - datetime.fromisoformat(before)) if before else timedelta()


def _searches(tx: Tx, looked_at: Sequence[SearchState], now: datetime, told: _Told) -> _Noticed:
    """Each search about which something changed."""
    noticed: _Noticed = {}
    pause = _pause(told, now)
    told_of = store.meta.several(tx, map(_key, looked_at))
    for state in looked_at:
        before = _alert_state(told_of.get(_key(state), ""))
        after, alerts = notice(state, before, now, pause)
        if after != before:
            noticed[_key(state)] = (json.dumps(asdict(after)), alerts)
    return noticed


def _sources(tx: Tx, settings: Settings, now: datetime, told: _Told) -> _Noticed:
    """Sources besides PubMed that fail for long or whose answer is doubted."""
    before = json.loads(told.get(_SOURCES) or "{}")
    troubled = [one for one in store.source_states.troubled(tx) if one.source in settings.sources]
    after, alerts = notice_sources(troubled, before, now, _pause(told, now))
    return {_SOURCES: (json.dumps(after), alerts)} if after != before else {}


def _unread(tx: Tx, settings: Settings, now: datetime, _told: _Told) -> _Noticed:
    """Each topic of which other articles than before cannot be read."""
    noticed: _Noticed = {}
    prefix = "alert/unread articles/"
    kept = store.meta.starting_with(tx, prefix)
    concerned = store.unread.topics(tx) | {key.removeprefix(prefix) for key in kept}
    for topic in [topic.key for topic in settings.topics if topic.key in concerned]:
        before = frozenset(json.loads(kept.get(f"{prefix}{topic}", "[]")))
        after, alerts = notice_unread(topic, store.unread.watched(tx, topic), before, now)
        if after != before:
            noticed[f"{prefix}{topic}"] = (json.dumps(sorted(after)), alerts)
    return noticed


def _rate(_tx: Tx, settings: Settings, _now: datetime, told: _Told) -> _Noticed:
    """Whether the configuration asks more of PubMed than it allows, when that has changed."""
    load = request_load.of(settings)
    before, after = told.get(_RATE, ""), load.sentence if load.is_too_much else ""
    sentence = stored(load.sentence, "request load")
    if load.is_too_much:
        alert = Alert(_TOO_MANY(), f"{sentence} {load.advice}", AlertId.TOO_MANY_REQUESTS)
    else:
        alert = Alert(_FITS(), sentence, AlertId.TOO_MANY_REQUESTS, is_over=True)
    return {_RATE: (after, [alert])} if after != before else {}


def _mailbox(tx: Tx, settings: Settings, now: datetime, told: _Told) -> _Noticed:
    """The mailbox of returned mail, when something changed about it."""
    state = collect.state(tx, settings)
    before = told.get(_MAILBOX, "")
    after, alerts = notice_mailbox(state, before, now, _pause(told, now)) if state else ("", [])
    return {_MAILBOX: (after, alerts)} if after != before else {}


def _mail_server(tx: Tx, settings: Settings, now: datetime, told: _Told) -> _Noticed:
    """The mail server, when something changed about it."""
    before = told.get(_MAIL_SERVER, "")
    after, alerts = server_state.notice(server_state.read(tx, settings.smtp), before, now)
    return {_MAIL_SERVER: (after, alerts)} if after != before else {}


def _returned(tx: Tx, _settings: Settings, now: datetime, told: _Told) -> _Noticed:
    """Returned mail that needs a person, when there is some that was not told."""
    after, headline, text = attention.untold(tx, told.get(_RETURNED, ""), now)
    return {_RETURNED: (after, [Alert(headline, text, AlertId.RETURNED_MAIL)])} if headline else {}


def _bugs(tx: Tx, _settings: Settings, now: datetime, told: _Told) -> _Noticed:
    """Bugs of Monitor that were not yet told."""
    before = tuple(json.loads(told.get(_BUGS) or "[]"))
    after, alerts = notice_bugs(failures.bugs(tx, now), before)
    return {_BUGS: (json.dumps(after), alerts)} if after != before else {}


def _units(tx: Tx, _settings: Settings, now: datetime, told: _Told) -> _Noticed:
    """Units of work that fail for long."""
    before = json.loads(told.get(_UNITS) or "{}")
    after, alerts = notice_failures(failures.all_failures(tx), before, now, _pause(told, now))
    return {_UNITS: (json.dumps(after), alerts)} if after != before else {}


def _damage(tx: Tx, _settings: Settings, _now: datetime, told: _Told) -> _Noticed:
    """A database that is damaged."""
    before, after = told.get(_DAMAGE, ""), integrity.damage(tx)
    alerts = [Alert(_DAMAGED(), integrity.advice(after), AlertId.DATABASE_DAMAGED)] if after else []
    return {_DAMAGE: (after, alerts)} if after != before else {}


def _configuration(tx: Tx, _settings: Settings, now: datetime, told: _Told) -> _Noticed:
    """Changed configurations that running services refuse: told once, however often they are mended and refused."""
    before = told.get(_CONFIGURATION, "")
    refused = [report for report in reports.running(tx, now).values() if report.refused]
    after = "refused" if refused else ""
    if after == before:
        return {}
    alert = notice_configuration(refused)
    return {_CONFIGURATION: (after, [alert])}


#: The keys of what is told of Monitor as a whole; every search and topic has one of its own.
_KEYS = (_LOOKED_AT, _MAILBOX, _RETURNED, _MAIL_SERVER, _BUGS, _UNITS, _DAMAGE, _RATE, _SOURCES, _CONFIGURATION)
#: What is looked at, each by itself.
_PARTS: Mapping[str, _Part] = {
    "sources": _sources,
    "unread articles": _unread,
    "mailbox": _mailbox,
    "returned mail": _returned,
    "mail server": _mail_server,
    "rate": _rate,
    "configuration": _configuration,
    "bugs": _bugs,
    "units of work": _units,
    "damage": _damage,
}


def _key(state: SearchState) -> str:
    return f"alert/{state.topic}/{state.name}"


def _alert_state(kept: str) -> AlertState:
    if not kept:
        return AlertState()
    values = json.loads(kept)
    return AlertState(**{**values, "warnings": tuple(values["warnings"])})


def _mail(settings: Settings, mailer: Mailer, alerts: Sequence[Alert], now: datetime) -> bool:
    """True when the server took the mail, or may have."""
    sender = parseaddr(settings.smtp.sender)[1]
    results = mailer.send([(sender, settings.operator_email, alert_mail.written(settings, alerts, now))])
    return all(result.outcome in (SendOutcome.SENT, SendOutcome.UNCERTAIN) for result in results)
