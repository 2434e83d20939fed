"""What is deleted when: a request after seven days, a mail's record after three, what a limit counts after a year."""

from __future__ import annotations

from datetime import timedelta

from monitor import store
from monitor.model import Frequency, SendOutcome, SendResult
from monitor.store import Database
from monitor.subscribers import opt_in, retention
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import SubscriptionRequest
from monitor.subscribers.unsubscribe import unsubscribe_by_link
from tests.support.factories import DAY, NOW

KEYS = ("a-key-of-at-least-32-characters-long-1",)
SECOND = timedelta(seconds=1)
NEW, BACK = (AddressKey(f"{name}@example.org", KEYS) for name in ("new", "back"))


def test_each_thing_is_deleted_after_its_own_time_and_counted(sqlite_db: Database) -> None:
    """A stranger never confirms, a former reader neither; both were mailed."""
    for person in (BACK, NEW):
        opt_in.request(sqlite_db, SubscriptionRequest("ccsvi", Frequency.WEEKLY), person, Visit("page"), NOW - DAY)
    with sqlite_db.begin() as tx:
        (former,) = store.subscribers.find(tx, BACK.address)
    assert opt_in.confirm(sqlite_db, former.id, BACK, Visit("page"), NOW - DAY)
    assert unsubscribe_by_link(sqlite_db, former.id, Visit("page"), NOW - DAY) == 1
    opt_in.request(sqlite_db, SubscriptionRequest("ccsvi", Frequency.WEEKLY), BACK, Visit("page"), NOW)
    opt_in.request_link(sqlite_db, NEW, Visit("page"), NOW)
    with sqlite_db.begin() as tx:
        for mail in store.transactional.claim(tx, NOW, 9):
            store.transactional.record(tx, mail, SendResult(SendOutcome.SENT, 250), None, NOW)

    def deleted(after: timedelta) -> list[int]:
        done = retention.clean_up(sqlite_db, NOW + after)
        assert list(done) == ["unconfirmed", "ended", "transactional_mails"]
        return list(done.values())

    assert deleted(3 * DAY) == [0, 0, 0]
    assert deleted(3 * DAY + SECOND) == [0, 0, 1]
    assert deleted(6 * DAY) == [0, 0, 0]
    assert deleted(6 * DAY + SECOND) == [1, 0, 0]
    assert deleted(7 * DAY) == [0, 0, 0]
    assert deleted(7 * DAY + SECOND) == [0, 1, 0]
    assert deleted(364 * DAY) == [0, 0, 0]
    assert deleted(364 * DAY + SECOND) == [0, 0, 2]
    assert deleted(365 * DAY + SECOND) == [0, 0, 1]
