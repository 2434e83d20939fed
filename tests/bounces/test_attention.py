"""Returned mails that need a person, as the operator is told of them."""

from __future__ import annotations

from monitor.bounces import attention
from monitor.bounces.process import Outcome, Processed
from monitor.store import Database
from tests.support.factories import NOW


def test_of_a_long_mail_only_the_beginning_is_told(sqlite_db: Database) -> None:
    """Anybody can send one: it must not fill the alert, or the database."""
    with sqlite_db.begin() as tx:
        attention.note(tx, Processed(Outcome.UNMATCHED_WISH, "", "x" * 1000), NOW)
        _, headline, text = attention.untold(tx, "", NOW)
    assert (headline, text.count("x")) == ("1 returned mail needs a person", 400)
