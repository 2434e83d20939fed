"""Screenings: a named person's verdict, which outranks the rules', and their links between reports of one trial."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, insert, select, update

from monitor.model import TrialLink, Verdict
from monitor.store.database.engine import Tx
from monitor.store.database.prepared import Prepared
from monitor.store.schema.tables import screenings, trial_links

_CURRENT = Prepared(
    select(screenings.c.pmid, screenings.c.record).where(
        screenings.c.topic == bindparam("of_topic"), screenings.c.is_current
    )
)
_LINKS = Prepared(
    select(trial_links)
    .where(trial_links.c.topic == bindparam("of_topic"), trial_links.c.is_current)
    .order_by(trial_links.c.id)
)


def add(tx: Tx, verdict: Verdict, now: datetime) -> int:
    """Store a person's verdict (`verdict.by`, `verdict.because`); it replaces an earlier one. Returns its id."""
    _clear_current(tx, screenings, _on(verdict.topic, verdict.pmid))
    row = {
        "topic": verdict.topic,
        "pmid": verdict.pmid,
        "by": verdict.by,
        "made_at": now,
        "is_current": True,
        "record": verdict,
    }
    number: int = tx.execute(insert(screenings).values(row).returning(screenings.c.id)).scalar_one()
    return number


def retract(tx: Tx, topic: str, pmid: str, by: str, now: datetime) -> bool:
    """Withdraw the current screening, so that the rules' verdict applies again; False when there is none."""
    return _clear_current(tx, screenings, _on(topic, pmid), withdrawn_at=now, withdrawn_by=by)


def current(tx: Tx, topic: str) -> dict[str, Verdict]:
    """The current screenings, by PMID."""
    rows = _CURRENT.rows(tx, of_topic=topic)
    return {row.pmid: row.record for row in rows}


def history(tx: Tx, topic: str, pmid: str) -> list[tuple[datetime, Verdict, datetime | None, str]]:
    """Every screening of an article, oldest first: (made at, verdict, withdrawn at, withdrawn by)."""
    rows = tx.execute(select(screenings).where(_on(topic, pmid)).order_by(screenings.c.id))
    return [(row.made_at, row.record, row.withdrawn_at, row.withdrawn_by) for row in rows]


def add_link(tx: Tx, topic: str, link: TrialLink, now: datetime) -> None:
    """Store a person's decision whether two reports are of one trial; it replaces an earlier one on the pair."""
    pmid, other = sorted((link.pmid, link.other_pmid))
    _clear_current(tx, trial_links, _pair(topic, pmid, other))
    row = {"topic": topic, "pmid": pmid, "other_pmid": other, "joined": link.joined, "by": link.by}
    tx.execute(insert(trial_links).values(row | {"because": link.because, "made_at": now, "is_current": True}))


def retract_link(tx: Tx, topic: str, pmid: str, other_pmid: str, by: str, now: datetime) -> bool:
    """Withdraw the current decision on a pair of reports; False when there is none."""
    return _clear_current(tx, trial_links, _pair(topic, *sorted((pmid, other_pmid))), withdrawn_at=now, withdrawn_by=by)


def links(tx: Tx, topic: str) -> list[TrialLink]:
    """The current decisions on pairs of reports, oldest first."""
    rows = _LINKS.rows(tx, of_topic=topic)
    return [TrialLink(row.pmid, row.other_pmid, row.joined, row.by, row.because) for row in rows]


def _on(topic: str, pmid: str) -> ColumnElement[bool]:
    return and_(screenings.c.topic == topic, screenings.c.pmid == pmid)


def _pair(topic: str, pmid: str, other: str) -> ColumnElement[bool]:
    return and_(trial_links.c.topic == topic, trial_links.c.pmid == pmid, trial_links.c.other_pmid == other)


def _clear_current(tx: Tx, table: Table, which: ColumnElement[bool], **values: Any) -> bool:
    """Clear `is_current` on the matching row; False when there is none."""
    ending = update(table).where(which, table.c.is_current).values(is_current=False, **values)
    return tx.execute(ending).rowcount > 0
