"""A rejection that turns out to have been said to everybody is taken back: the mail waits again, the bounce is gone."""

from __future__ import annotations

import sqlalchemy as sa

from monitor import store
from monitor.bounces.suspension import bounce_from_permanent_rejection, register_bounce, take_back
from monitor.model import DeliveryState, SendOutcome, SendResult
from monitor.store import Database
from monitor.store.schema import mail_tables
from tests.support.factories import HOUR, LEASE, NOW, begin, outbox

REFUSED = SendResult(SendOutcome.FAILED, 550, "5.1.1 no such user")


def test_the_very_first_delivery_of_a_new_installation_is_taken_back_too(db: Database) -> None:
    """Its number is 1, and it was refused together with all others."""
    with db.begin() as tx:
        outbox(tx)
        (first,) = store.deliveries.claim(tx, NOW, 10, LEASE)
        begin(tx, first)
        store.deliveries.record(tx, [(first, REFUSED, None)], NOW)
        bounce = bounce_from_permanent_rejection(first, REFUSED, NOW)
        assert bounce is not None
        register_bounce(tx, bounce, NOW)
        take_back(tx, [first.id], NOW, NOW + HOUR)
        row = tx.execute(sa.select(mail_tables.deliveries)).one()
        assert (first.id, row.state, row.next_try_at) == (1, DeliveryState.DEFERRED, NOW + HOUR)
        assert tx.execute(sa.select(mail_tables.bounces)).all() == []
