"""Dates that a wrong clock has left in the database, each of a kind that would silence something."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
import sqlalchemy as sa

from monitor import store
from monitor.model import Frequency, SeedContext, TransactionalKind
from monitor.store import Database, leases
from monitor.store.schema.mail_tables import deliveries, digest_schedules, subscriptions, transactional_mails
from monitor.store.schema.service_tables import leases as tasks
from monitor.store.schema.tables import searches, seed_context
from tests.support.factories import DAY, NOW, outbox, topic

FAR = NOW + 40 * DAY
ISSUES = {("ccsvi", Frequency.WEEKLY): NOW + 3 * DAY}


def test_what_is_rightly_ahead_stays(db: Database) -> None:
    """Due times within an interval, leases, back-offs: nothing is written at all."""
    with db.begin() as tx:
        _one_row_each(tx)
        tx.execute(sa.update(searches).values(due_at=NOW + timedelta(hours=12), leased_until=NOW + leases.LENGTH))
        tx.execute(sa.update(deliveries).values(next_try_at=NOW + timedelta(hours=30)))
        store.leases.take(tx, "clean-up", NOW, DAY)
        assert not store.clock.has_future(tx, NOW, ISSUES)


@pytest.mark.parametrize(
    ("table", "values", "after"),
    [
        (searches, {"due_at": FAR}, {"due_at": NOW}),
        (searches, {"last_success_at": FAR}, {"last_success_at": None}),
        (searches, {"last_full_check_at": FAR}, {"last_full_check_at": None}),
        (searches, {"first_failure_at": FAR}, {"first_failure_at": NOW}),
        (searches, {"leased_until": FAR, "lease_token": "t"}, {"leased_until": None, "lease_token": None}),
        (searches, {"leased_until": NOW + timedelta(hours=1)}, {"leased_until": None}),
        (tasks, {"leased_until": NOW + timedelta(hours=1)}, {"leased_until": None}),
        (digest_schedules, {"due_at": NOW + 10 * DAY}, {"due_at": NOW + 3 * DAY}),
        (digest_schedules, {"last_sent_at": FAR, "last_composed_at": FAR}, {"last_sent_at": None}),
        (digest_schedules, {"started_at": FAR}, {"started_at": NOW}),
        (digest_schedules, {"leased_until": FAR}, {"leased_until": None}),
        (seed_context, {"due_at": FAR}, {"due_at": NOW}),
        (transactional_mails, {"next_try_at": FAR}, {"next_try_at": NOW}),
        (transactional_mails, {"added_at": FAR, "next_try_at": None}, {"added_at": NOW, "next_try_at": None}),
        (deliveries, {"next_try_at": FAR}, {"next_try_at": NOW}),
        (deliveries, {"next_try_at": NOW + DAY, "last_try_at": NOW + DAY}, {"next_try_at": NOW, "last_try_at": NOW}),
        (deliveries, {"next_try_at": None, "sent_at": FAR, "last_try_at": FAR}, {"next_try_at": None, "sent_at": FAR}),
    ],
)
def test_what_cannot_be_is_unknown(
    db: Database, table: sa.Table, values: Mapping[str, object], after: Mapping[str, object]
) -> None:
    """Due now, free, or as if it had not happened; history keeps what was written."""
    with db.begin() as tx:
        _one_row_each(tx)
        tx.execute(sa.update(table).values(**values))
        is_history = after.items() <= values.items()
        assert store.clock.has_future(tx, NOW, ISSUES) is not is_history
        store.clock.forget_future(tx, NOW, ISSUES)
        row = tx.execute(sa.select(table)).one()._mapping
        assert {name: row[name] for name in after} == dict(after)
        assert not store.clock.has_future(tx, NOW, ISSUES)


def _one_row_each(tx: store.Tx) -> None:
    """A search, a task, a schedule, a seed, a delivery and a transactional mail, all with dates that can be."""
    store.searches.sync(tx, [topic()], NOW)
    store.leases.take(tx, "seed context", NOW)
    store.digests.start_schedule(tx, "ccsvi", Frequency.WEEKLY, NOW + 3 * DAY, NOW)
    store.seed_context.save(tx, SeedContext("7"), NOW + DAY)
    outbox(tx)
    (person,) = tx.scalars(sa.select(subscriptions.c.id))
    store.transactional.add(tx, TransactionalKind.LINK, person, NOW, address_hash="a", network_hash="n")
