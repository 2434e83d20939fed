"""Tell the operator what only the operator can mend: a search that keeps failing, or that PubMed reads differently.

Every matter is mailed once. What was told is kept per search, so a restart repeats nothing; it is
kept only after the mail server took the mail, so nothing is lost when that fails too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr

from monitor import freshness, store
from monitor.links import mail_domain
from monitor.model import SearchState, SendOutcome, Settings
from monitor.ports import Mailer
from monitor.render.message import Note
from monitor.store import Database, Tx

#: A search that has failed for this long is told; shorter outages mend themselves and stand in the next digest.
FAILING_AFTER = timedelta(hours=6)
#: While one process writes to the operator, another one on the same database does not.
LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Told:
    """What the operator was already told about one search, as kept in the database."""

    query: str = ""
    translation: str = ""
    warnings: tuple[str, ...] = ()
    failing_since: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to tell: a headline and a paragraph that says what to do."""

    headline: str
    text: str


def alert_operator(settings: Settings, db: Database, mailer: Mailer, now: datetime) -> list[Matter]:
    """Mail every matter not yet told, all in one mail; returns what was told. Raises MailError as the mailer does."""
    with db.begin() as tx:
        is_ours = store.meta.claim(tx, "alert/lease", now, now + LEASE)
        noticed = list(_notice(tx, settings, now)) if is_ours else []
    matters = [matter for _, _, found in noticed for matter in found]
    if matters and not _mail(settings, mailer, matters, now):
        matters, noticed = [], []
    if is_ours:
        with db.begin() as tx:
            for state, told, _ in noticed:
                store.meta.put(tx, _key(state), json.dumps(asdict(told)), now)
            store.meta.forget(tx, "alert/lease")
    return matters


def _notice(tx: Tx, settings: Settings, now: datetime) -> Iterable[tuple[SearchState, Told, list[Matter]]]:
    """Each search about which something changed: its state, what will have been told, and what to tell."""
    for topic in settings.topics:
        for state in store.searches.states(tx, topic.key):
            before = _told(tx, state)
            after, matters = notice(state, before, now)
            if after != before:
                yield state, after, matters


def _key(state: SearchState) -> str:
    return f"alert/{state.topic}/{state.name}"


def _told(tx: Tx, state: SearchState) -> Told:
    kept = store.meta.get(tx, _key(state))
    if not kept:
        return Told()
    values = json.loads(kept)
    return Told(**{**values, "warnings": tuple(values["warnings"])})


def notice(state: SearchState, before: Told, now: datetime) -> tuple[Told, list[Matter]]:
    """What is new to tell about one search, and what will have been told then. Pure."""
    after, matters = before, []
    if before.query != state.query:
        after = replace(after, query=state.query, translation="", warnings=())
    for step in (_failing, _warned, _translated):
        after, found = step(state, after, now)
        matters += found
    return after, matters


def _failing(state: SearchState, told: Told, now: datetime) -> tuple[Told, list[Matter]]:
    name = f"{state.topic}/{state.name}"
    since = state.first_failure_at if state.failures_in_row else None
    if since is None:
        if not told.failing_since:
            return told, []
        text = f"It had failed since {told.failing_since[:16]} UTC. Nothing was missed: each poll asks for everything."
        return replace(told, failing_since=""), [Matter(f"{name} works again", text)]
    if now - since < FAILING_AFTER or told.failing_since == since.isoformat():
        return told, []
    lasting = freshness.in_words(now - since)
    text = (
        f"It has failed {state.failures_in_row} times in a row. The last error was:\n  {state.last_error}\n"
        "Monitor goes on trying and says so in every digest. `monitor doctor` tests everything it depends on."
    )
    return replace(told, failing_since=since.isoformat()), [Matter(f"{name} has failed for {lasting}", text)]


def _warned(state: SearchState, told: Told, _now: datetime) -> tuple[Told, list[Matter]]:
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
    return warned, [Matter(f"PubMed warns about {state.topic}/{state.name}", text)]


def _translated(state: SearchState, told: Told, _now: datetime) -> tuple[Told, list[Matter]]:
    if not state.translation or state.translation == told.translation:
        return told, []
    after = replace(told, translation=state.translation)
    if not told.translation:
        return after, []
    text = (
        f"The query is unchanged:\n  {state.query}\nPubMed used to read it as:\n  {told.translation}\nand now as:\n"
        f"  {state.translation}\nThis happens when MeSH changes, once a year. Check that it still finds what you want."
    )
    return after, [Matter(f"PubMed reads {state.topic}/{state.name} differently", text)]


def _mail(settings: Settings, mailer: Mailer, matters: Sequence[Matter], now: datetime) -> bool:
    """True when the server took the mail, or may have."""
    sender = parseaddr(settings.smtp.sender)[1]
    results = mailer.send([(sender, settings.operator_email, _message(settings, matters, now))])
    return all(result.outcome in (SendOutcome.SENT, SendOutcome.UNCERTAIN) for result in results)


def _message(settings: Settings, matters: Sequence[Matter], now: datetime) -> bytes:
    """The mail as bytes. The subject holds only names from the configuration; PubMed's words stand in the body."""
    more = f" (and {len(matters) - 1} more)" if len(matters) > 1 else ""
    parts = [f"{matter.headline}\n\n{matter.text}" for matter in matters]
    return Note(
        sender=settings.smtp.sender,
        address=settings.operator_email,
        message_id=make_msgid(domain=mail_domain(settings.smtp)),
        subject=f"Monitor: {matters[0].headline}{more}",
        text="\n\n--\n\n".join(parts) + f"\n\nConfiguration: {settings.path}\n",
    ).written(now)
