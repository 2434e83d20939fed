"""What a stranger who types somebody's address can find out, or do to them: nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor import store
from monitor.links import Purpose
from monitor.model import Frequency, SubscriptionState
from monitor.store import Database
from monitor.subscribers import admin, retention
from monitor.web.account.sign_up import NOT_BEFORE
from tests.support.site import KEYS, NOW, READER, House, open_house

BOUNCED = "3 hard bounces, the last on 2018-09-30: 5.1.1 no such user"
STATES = tuple(SubscriptionState)


@pytest.fixture
def either(db: Database, tmp_path: Path) -> Iterator[House]:
    """The site on either database."""
    with open_house(db, tmp_path) as opened:
        yield opened


def put(house: House, state: SubscriptionState, reason: str = "") -> int:
    """The reader has a subscription in some state; its id."""
    number = house.subscribe()
    with house.db.begin() as tx:
        store.subscribers.set_state(tx, number, state, NOW, reason)
    return number


@pytest.mark.parametrize("state", STATES)
def test_the_figures_never_tell_whether_an_address_is_known(either: House, state: SubscriptionState) -> None:
    """Anybody may read /metrics: asking changes nothing in it, for whoever and whatever is asked."""
    put(either, state)
    before = either.http.get("/metrics").text
    for address in (READER, "stranger@example.org"):
        either.sign_up(address)
        assert either.http.get("/metrics").text == before, address
        either.http.post("/link", data={"address": address})
        assert either.http.get("/metrics").text == before, address
    either.settle()
    assert either.http.get("/metrics").text == before


def test_no_mail_leaves_while_a_page_answers(house: House) -> None:
    """A mail that went out beside the visitor's next page would slow it, and so tell that there was one to send."""
    house.subscribe()
    house.http.post("/link", data={"address": READER})
    house.sign_up("stranger@example.org")
    for _ in range(5):
        house.http.get("/topics/ccsvi/subscribe")
    assert house.mailbox.messages == []
    house.settle()
    assert sorted(mail.recipient for mail in house.mailbox.messages) == [READER, "stranger@example.org"]


@pytest.mark.parametrize("address", [READER, "stranger@example.org"])
def test_the_answer_waits_until_the_work_cannot_be_seen_in_its_time(house: House, address: str) -> None:
    """A known address and an unknown one take a different number of statements, and both are done by then."""
    house.subscribe()
    for answer in (house.sign_up(address), house.http.post("/link", data={"address": address})):
        assert answer.elapsed.total_seconds() >= NOT_BEFORE


# --- a suspended address -----------------------------------------------------------------------------


def test_a_stranger_cannot_take_a_suspended_address_from_the_operator(either: House) -> None:
    """It stays suspended, with its reason and the choices its owner made; `resume` finds it."""
    put(either, SubscriptionState.SUSPENDED, BOUNCED)
    before = either.subscription()
    assert either.sign_up(frequency="daily", timezone="Asia/Tokyo").status_code == 200
    assert either.subscription() == before
    retention.clean_up(either.db, either.clock.at.replace(year=2019))
    assert either.subscription() == before
    assert admin.resume(either.db, READER, either.clock()) == 1


def test_its_owner_comes_back_by_confirming(either: House) -> None:
    """The link goes to the mailbox; who opens it there shows that it works again."""
    put(either, SubscriptionState.SUSPENDED, BOUNCED)
    either.sign_up()
    path = either.link_in_last(Purpose.CONFIRM)
    assert "Yes, send me these mails" in either.http.get(path).text
    assert either.http.post(path, data={"button": "confirm"}).status_code == 200
    held = either.subscription()
    assert held
    assert (held.state, held.reason, held.frequency) == (SubscriptionState.ACTIVE, "", Frequency.WEEKLY)


def test_who_was_suspended_by_the_operator_is_resumed_by_the_operator(house: House) -> None:
    """No letter, and a link of before opens nothing."""
    number = house.subscribe()
    admin.suspend(house.db, READER, house.clock(), "asked on the telephone")
    before = house.subscription()
    house.sign_up()
    assert house.letters() == []
    assert house.http.post(house.token(Purpose.CONFIRM, number)).status_code == 404
    assert house.subscription() == before


def test_who_was_erased_is_nobody(house: House) -> None:
    """A fresh request begins a fresh subscription."""
    number = house.subscribe()
    admin.erase(house.db, READER, KEYS, house.clock())
    house.sign_up()
    held = house.subscription()
    assert held
    assert held.id != number
