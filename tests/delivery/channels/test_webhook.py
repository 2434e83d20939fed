"""A webhook gets each digest once, signed; what goes wrong loses none, and stops no mail and no other channel."""

from __future__ import annotations

import hashlib
import hmac
import os
import signal
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, text

from monitor import __version__, store
from monitor.delivery.channels import state
from monitor.delivery.channels.deliver import deliver_to_channels
from monitor.delivery.channels.http import Patience
from monitor.delivery.channels.webhook import Webhook
from monitor.delivery.deliver import Delivered, deliver_due
from monitor.delivery.retries import MAX_UNCERTAIN
from monitor.digests.compose import compose_due
from monitor.mail.smtp import SmtpMailer
from monitor.model import (
    ChannelSettings,
    DeliveryState,
    Frequency,
    SendOutcome,
    SendResult,
    Settings,
    SmtpSettings,
    Stage,
    SubscriptionState,
)
from monitor.render.structs import DigestMessage
from monitor.store import Database
from monitor.store.schema.mail_tables import deliveries
from monitor.subscribers import channels
from tests.support import factories
from tests.support import rooms as world
from tests.support.command import FORKS
from tests.support.databases import url_of
from tests.support.digest_samples import CHANGES, NOW, THREE
from tests.support.mail_servers import Mailbox
from tests.support.rooms import Answer, Rooms, status
from tests.support.settings import START, links, news_of_three, settings, subscribe, watched

SECRET = "a-secret-of-both-sides-0123456789"
#: A server gets less time than in life, so that the tests end.
SHORT = Patience(connect=2.0, read=0.4, whole=0.8)
NOWHERE = SmtpSettings("127.0.0.1", "Monitor <monitor@example.org>")
MINUTE, LEASE = timedelta(minutes=1), timedelta(minutes=31)


def with_channels(*found: ChannelSettings, smtp: SmtpSettings = NOWHERE) -> Settings:
    """Settings with these channels."""
    return replace(settings(smtp), channels=found)


def hook(url: str, name: str = "hospital") -> ChannelSettings:
    """A webhook with the weekly digest of the topic."""
    return ChannelSettings(name, ("ccsvi",), url, SECRET, Frequency.WEEKLY)


@pytest.fixture
def configured(rooms: Rooms) -> Settings:
    """One webhook."""
    return with_channels(hook(rooms.url))


@pytest.fixture
def ready(db: Database, configured: Settings) -> None:
    """It was welcomed; the news of the third trial is in the outbox."""
    watched(db)
    prepared(db, configured, START)
    compose_due(configured, db, START)
    with db.begin() as tx:
        tx.execute(text("UPDATE deliveries SET state = 'sent', next_try_at = NULL"))
    news_of_three(db)
    compose_due(configured, db, NOW)


def prepared(db: Database, configured: Settings, at: datetime) -> None:
    """The service starts with this configuration."""
    with db.begin() as tx:
        channels.configure(tx, configured, at)


def deliver(db: Database, configured: Settings, at: datetime = NOW) -> dict[str, Delivered]:
    """One round."""
    found = {one.name: Webhook(one.url, one.secret, SHORT) for one in configured.channels}
    return deliver_to_channels(configured, links(configured), db, found, at)


def counts(db: Database, name: str = "hospital") -> dict[DeliveryState, int]:
    """Its deliveries by state, without the welcome."""
    with db.read() as tx:
        found = store.delivery_counts.channel_counts(tx)[name]
    found[DeliveryState.SENT] = found.get(DeliveryState.SENT, 0) - 1
    return {state: number for state, number in found.items() if number}


@pytest.mark.usefixtures("ready")
def test_it_gets_the_digest_once_signed_and_as_the_api_has_it(db: Database, rooms: Rooms, configured: Settings) -> None:
    """Whoever knows the secret can check body and time; a second round sends nothing."""
    assert deliver(db, configured) == {"hospital": Delivered(sent=1)}
    assert deliver(db, configured, NOW + timedelta(days=4)) == {}
    (got,) = rooms.got
    signed = got.headers["monitor-timestamp"].encode() + b"." + got.body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert got.headers["monitor-signature"] == f"v1={expected}"
    assert int(got.headers["monitor-timestamp"]) - NOW.timestamp() < 60
    assert (got.method, got.headers["content-type"]) == ("POST", "application/json")
    assert got.headers["user-agent"] == f"monitor/{__version__}"
    message = msgspec.json.decode(got.body, type=DigestMessage)
    assert (message.version, message.id) == (1, got.headers["idempotency-key"])
    assert message.digest.subject == "CCSVI in MS: third sham-controlled trial reported"
    assert message.answer.sentence == THREE.sentence
    assert {change.pmid for change in message.changes} == {change.pmid for change in CHANGES[1:]}
    assert message.digest.page == f"https://monitor.example.org/digests/{message.digest.id}"


TABLE = {
    "limit": (status(429, Retry_After="1800"), DeliveryState.WAITING, 30 * MINUTE),
    "limit without a time": (status(429), DeliveryState.WAITING, MINUTE),
    "limit without sense": (status(429, Retry_After="soon"), DeliveryState.WAITING, MINUTE),
    "limit of a year": (status(429, Retry_After="99999999"), DeliveryState.WAITING, timedelta(days=1)),
    "maintenance": (status(503, Retry_After="7200"), DeliveryState.WAITING, 120 * MINUTE),
    "broken": (status(500), DeliveryState.DEFERRED, 5 * MINUTE),
    "bad gateway": (status(502, b"<html>" * 9), DeliveryState.DEFERRED, 5 * MINUTE),
    "bad request": (status(400), DeliveryState.DEFERRED, 5 * MINUTE),
    "not found": (status(404), DeliveryState.WAITING, 5 * MINUTE),
    "forbidden": (status(403), DeliveryState.WAITING, 5 * MINUTE),
    "gone": (status(410), DeliveryState.WAITING, 5 * MINUTE),
    "hanging": (world.hanging, DeliveryState.UNCERTAIN, 5 * MINUTE),
    "dripping": (world.dripping, DeliveryState.UNCERTAIN, 5 * MINUTE),
    "breaking off": (world.breaking_off, DeliveryState.UNCERTAIN, 5 * MINUTE),
}


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(("answer", "expected", "wait"), TABLE.values(), ids=TABLE)
def test_what_goes_wrong_for_a_while_loses_nothing(
    db: Database, rooms: Rooms, configured: Settings, answer: Answer, expected: DeliveryState, wait: timedelta
) -> None:
    """It waits as long as it was told, comes under the same key, and then no more."""
    rooms.answers = [answer]
    deliver(db, configured)
    assert counts(db) == {expected: 1}
    assert deliver(db, configured, NOW + wait - MINUTE / 2) == {}
    assert deliver(db, configured, NOW + wait + MINUTE) == {"hospital": Delivered(sent=1)}
    assert counts(db) == {DeliveryState.SENT: 1}
    first, second = rooms.got
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.body == second.body


@pytest.mark.usefixtures("ready")
def test_a_message_that_is_too_large_for_it_is_over(db: Database, rooms: Rooms, configured: Settings) -> None:
    """Trying again would change nothing; the operator is told, and nobody is suspended."""
    rooms.answers = [status(413)]
    done = deliver(db, configured)
    assert (done["hospital"].failed, done["hospital"].error) == (1, "it answered 413 Request Entity Too Large")
    assert deliver(db, configured, NOW + timedelta(days=2)) == {}
    with db.read() as tx:
        (subscription,) = store.subscribers.of_channels(tx)
        assert subscription.state is SubscriptionState.ACTIVE
        assert tx.execute(text("SELECT count(*) FROM bounces")).scalar_one() == 0


@pytest.mark.usefixtures("ready")
def test_a_server_that_is_broken_for_weeks_gets_it_at_last(db: Database, rooms: Rooms, configured: Settings) -> None:
    """It takes nothing at all, so the message is not to blame; it is asked less and less often."""
    rooms.answers = [status(500)] * 999
    for minutes in range(0, 60 * 24, 5):
        deliver(db, configured, NOW + timedelta(minutes=minutes))
    assert 70 < len(rooms.got) < 100
    for days in range(2, 21):
        deliver(db, configured, NOW + timedelta(days=days))
    rooms.answers = []
    assert deliver(db, configured, NOW + timedelta(days=21)) == {"hospital": Delivered(sent=1)}


@pytest.mark.usefixtures("ready")
def test_a_message_that_alone_is_refused_is_given_up_after_three_days(
    db: Database, rooms: Rooms, configured: Settings
) -> None:
    """Nine attempts, as with a mailbox that is full, while the server takes others."""
    with db.read() as tx:
        known = state.read_all(tx)
    for hours in range(0, 24 * 6, 4):
        rooms.answers = [status(400)]
        deliver(db, configured, NOW + timedelta(hours=hours))
        with db.begin() as tx:  # as after another message that it took
            state.write(tx, "hospital", known.get("hospital", state.ChannelState()), NOW)
    assert counts(db) == {DeliveryState.FAILED: 1}
    assert len(rooms.got) == 9


@pytest.mark.usefixtures("ready")
def test_an_answer_that_is_always_lost_makes_three_copies(db: Database, rooms: Rooms, configured: Settings) -> None:
    """Each may have arrived, and all have the same key."""
    rooms.answers = [world.breaking_off] * 99
    for days in range(9):
        deliver(db, configured, NOW + timedelta(days=days))
    assert len(rooms.got) == MAX_UNCERTAIN
    assert len({got.headers["idempotency-key"] for got in rooms.got}) == 1
    assert counts(db) == {DeliveryState.UNCERTAIN: 1}


@pytest.mark.usefixtures("ready")
def test_an_endless_response_is_not_read_to_its_end(db: Database, rooms: Rooms, configured: Settings) -> None:
    """It said 200, and that is enough."""
    rooms.answers = [world.endless]
    assert deliver(db, configured) == {"hospital": Delivered(sent=1)}


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(db: Database, rooms: Rooms, configured: Settings, code: int) -> None:
    """What is signed for one host goes to no other."""
    with world.serving() as elsewhere:
        rooms.answers = [status(code, Location=elsewhere.url)]
        done = deliver(db, configured)
        assert "write the final address" in done["hospital"].error
        assert (len(rooms.got), elsewhere.got) == (1, [])
    assert counts(db) == {DeliveryState.WAITING: 1}


@pytest.mark.usefixtures("ready")
def test_a_certificate_of_nobody_known_gets_nothing(db: Database) -> None:
    """The message is not sent, and the reason names no host."""
    with world.serving(("127.0.0.1",)) as impostor:
        configured = with_channels(hook(f"https://127.0.0.1:{impostor.port}/hooks/s3cr3t"))
        (done,) = deliver(db, configured).values()
        assert "certificate is not trusted" in done.error
        assert "127.0.0.1" not in done.error
        assert impostor.got == []
    assert ssl.create_default_context().check_hostname


@pytest.mark.usefixtures("ready")
def test_a_server_that_is_away_for_weeks_costs_no_attempt(db: Database, configured: Settings, rooms: Rooms) -> None:
    """When it is back it gets what waited."""
    away = with_channels(hook("http://127.0.0.1:9/hooks/s3cr3t"))
    for hours in range(0, 24 * 20, 7):
        (done,) = deliver(db, away, NOW + timedelta(hours=hours)).values()
        assert "cannot be reached" in done.error
    assert deliver(db, configured, NOW + timedelta(days=21)) == {"hospital": Delivered(sent=1)}
    assert len(rooms.got) == 1


def test_one_that_fails_stops_no_mail_and_no_other_channel(db: Database, rooms: Rooms, mailbox: Mailbox) -> None:
    """And their deliveries are not mixed up."""
    bad, good = hook("http://127.0.0.1:9/", "bad"), hook(rooms.url, "good")
    configured = with_channels(bad, good, smtp=mailbox.settings())
    watched(db)
    prepared(db, configured, START)
    subscribe(db, "reader@example.org")
    compose_due(configured, db, START)
    done = deliver(db, configured, START)
    assert (done["bad"].sent, done["good"].sent) == (0, 1)
    assert deliver_due(configured, links(configured), db, SmtpMailer(configured.smtp), START) == Delivered(sent=1)
    assert [mail.recipients for mail in mailbox.arrived] == [("reader@example.org",)]
    assert len(rooms.got) == 1


@pytest.mark.usefixtures("ready")
def test_while_sending_is_paused_it_waits(db: Database, rooms: Rooms, configured: Settings) -> None:
    """`monitor deliver pause` is for channels too."""
    with db.begin() as tx:
        store.deliveries.pause(tx, NOW)
    assert deliver(db, configured) == {}
    with db.begin() as tx:
        store.deliveries.resume(tx)
    assert deliver(db, configured) == {"hospital": Delivered(sent=1)}
    assert len(rooms.got) == 1


@pytest.mark.usefixtures("ready")
def test_removed_from_the_configuration_it_gets_nothing_more(db: Database, rooms: Rooms, configured: Settings) -> None:
    """What waited is cancelled; configured again, it is welcomed again."""
    nobody = with_channels()
    prepared(db, nobody, NOW)
    with db.begin() as tx:
        state.write(tx, "hospital", state.ChannelState(error="it was broken", since=START), START)
    assert deliver(db, nobody) == {}
    assert counts(db) == {DeliveryState.CANCELLED: 1}
    with db.read() as tx:
        assert state.read_all(tx) == {}
        (gone,) = store.subscribers.of_channels(tx)
    assert (gone.state, gone.reason) == (SubscriptionState.UNSUBSCRIBED, channels.REMOVED)
    later = NOW + timedelta(days=1)
    prepared(db, configured, later)
    compose_due(configured, db, later)
    assert deliver(db, configured, later) == {"hospital": Delivered(sent=1)}
    assert rooms.got[-1].json["digest"]["kind"] == "welcome"


@pytest.mark.usefixtures("ready")
def test_one_that_the_operator_suspended_stays_so(db: Database, rooms: Rooms, configured: Settings) -> None:
    """A restart with the same configuration does not resume it."""
    with db.begin() as tx:
        (one,) = store.subscribers.of_channels(tx)
        store.subscribers.set_state(tx, one.id, SubscriptionState.SUSPENDED, NOW, store.subscribers.BY_OPERATOR)
    prepared(db, configured, NOW)
    deliver(db, configured)
    assert rooms.got == []


def two_wait(db: Database) -> None:
    """Another digest is in the outbox beside the first."""
    with db.begin() as tx:
        (one,) = store.subscribers.of_channels(tx)
        number = store.digests.add(tx, factories.digest(), factories.RENDERED, NOW)
        store.deliveries.enqueue_for(tx, number, [one.id], NOW, factories.message_id)


@pytest.mark.usefixtures("ready")
def test_a_stop_is_heard_between_two_messages(db: Database, rooms: Rooms, configured: Settings) -> None:
    """The second waits; so does every channel after it."""
    two_wait(db)
    found = {"hospital": Webhook(rooms.url, SECRET, SHORT)}
    done = deliver_to_channels(configured, links(configured), db, found, NOW, is_stopping=lambda: bool(rooms.got))
    assert done == {"hospital": Delivered(sent=1)}
    assert deliver_to_channels(configured, links(configured), db, found, NOW, is_stopping=lambda: True) == {}
    assert counts(db) == {DeliveryState.SENT: 1, DeliveryState.WAITING: 1}
    assert deliver(db, configured, NOW + MINUTE) == {"hospital": Delivered(sent=1)}


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(("seconds", "number"), [(60, 2), (61, 1)])
def test_a_channel_that_takes_long_keeps_the_others_waiting_for_a_minute(
    db: Database, rooms: Rooms, configured: Settings, seconds: int, number: int
) -> None:
    """What has no room in its share goes out with the next run."""
    two_wait(db)
    shown = [1_000.0]

    def slow(handler: BaseHTTPRequestHandler) -> None:
        shown[0] += seconds
        status(200)(handler)

    rooms.answers = [slow]
    found = {"hospital": Webhook(rooms.url, SECRET, SHORT)}
    done = deliver_to_channels(configured, links(configured), db, found, NOW, clock=lambda: shown[0])
    assert done == {"hospital": Delivered(sent=number)}
    with db.read() as tx:
        assert state.read_all(tx)["hospital"].last_sent_at == NOW + timedelta(seconds=seconds)
    rest = {"hospital": Delivered(sent=1)} if number == 1 else {}
    assert deliver(db, configured, NOW + 2 * MINUTE) == rest


@pytest.mark.usefixtures("ready")
def test_behind_a_limit_the_others_wait_as_long_and_are_not_offered(
    db: Database, rooms: Rooms, configured: Settings
) -> None:
    """Until the second that was named; when it takes messages again, all go out in one round."""
    two_wait(db)
    rooms.answers = [status(429, Retry_After="1800")]
    assert deliver(db, configured) == {"hospital": Delivered(error="it answered 429 Too Many Requests")}
    assert len(rooms.got) == 1
    with db.read() as tx:
        due = [at for at in tx.scalars(select(deliveries.c.next_try_at)) if at]
        known = state.read_all(tx)["hospital"]
    assert known.rest_until
    assert [round((at - NOW) / MINUTE) for at in (*due, known.rest_until)] == [30, 30, 30]
    assert (known.error, known.tries) == ("it answered 429 Too Many Requests", 1)
    assert deliver(db, configured, NOW + 31 * MINUTE) == {"hospital": Delivered(sent=2)}
    with db.read() as tx:
        well = state.read_all(tx)["hospital"]
    assert well == state.ChannelState(last_sent_at=well.last_sent_at)


def test_what_a_channel_last_showed() -> None:
    """Since when it takes nothing, how often it was tried, and when it last took something."""
    assert state.ChannelState() == state.ChannelState(None, "", None, None, 0)
    later = SendResult(SendOutcome.DEFERRED, 500, "it answered 500", Stage.HTTP)
    first = state.ChannelState(last_sent_at=START).after(later, NOW)
    assert first == state.ChannelState(NOW + 5 * MINUTE, "it answered 500", NOW, START, 1)
    second = first.after(later, NOW + 5 * MINUTE)
    assert second == state.ChannelState(NOW + 15 * MINUTE, "it answered 500", NOW, START, 2)
    third = second.after(later, NOW + 15 * MINUTE)
    assert third == state.ChannelState(NOW + 30 * MINUTE, "it answered 500", NOW, START, 3)
    named = third.after(replace(later, retry_after=2 * MINUTE), NOW + 30 * MINUTE)
    assert named == state.ChannelState(NOW + 32 * MINUTE, "it answered 500", NOW, START, 4)
    refused = named.after(SendResult(SendOutcome.FAILED, 413, "too large", Stage.HTTP), NOW + 32 * MINUTE)
    assert refused == state.ChannelState(None, "too large", NOW, START, 5)
    sent = refused.after(SendResult(SendOutcome.SENT, 200, "", Stage.HTTP), NOW + 33 * MINUTE)
    assert sent == state.ChannelState(last_sent_at=NOW + 33 * MINUTE)


@pytest.mark.usefixtures("ready")
def test_a_limit_holds_for_what_is_composed_meanwhile(db: Database, rooms: Rooms, configured: Settings) -> None:
    """The next digest does not ask again before the time that the server named."""
    rooms.answers = [status(429, Retry_After=str(86_000))]
    deliver(db, configured)
    with db.begin() as tx:
        tx.execute(text("UPDATE deliveries SET state = 'waiting', next_try_at = :at"), {"at": NOW})
    assert deliver(db, configured, NOW + timedelta(hours=9)) == {}
    assert len(rooms.got) == 1


def test_a_channel_rests_for_a_day_at_most() -> None:
    """Beyond that the clock was wrong."""
    assert state.ChannelState(rest_until=NOW + timedelta(days=1)).is_resting(NOW)
    assert not state.ChannelState(rest_until=NOW + timedelta(days=1, seconds=1)).is_resting(NOW)


def test_the_state_of_a_channel_is_forgotten_with_it(db: Database, configured: Settings) -> None:
    """A date of a clock that was wrong does not silence it either."""
    wrong = state.ChannelState(rest_until=NOW + timedelta(days=400))
    assert not wrong.is_resting(NOW)
    with db.begin() as tx:
        state.write(tx, "hospital", wrong, NOW)
        assert state.read_all(tx) == {"hospital": wrong}
        state.forget(tx, "hospital")
        assert state.read_all(tx) == {}


# --- a process that dies ----------------------------------------------------------------------------


def _life(url: str, configured: Settings, at: datetime) -> None:
    db = store.open(url)
    deliver(db, configured, at)
    os._exit(0)


@pytest.mark.usefixtures("ready")
def test_killed_between_sending_and_recording_it_repeats_under_the_same_key(
    db: Database, rooms: Rooms, configured: Settings
) -> None:
    """At most three copies, each but the first counted as uncertain; when one life is spared, the last is sent."""
    lives: list[Any] = []

    def killing(_: BaseHTTPRequestHandler) -> None:
        os.kill(lives[-1].pid, signal.SIGKILL)

    rooms.answers = [killing, killing]
    for number in range(3):
        lives.append(FORKS.Process(target=_life, args=(url_of(db), configured, NOW + number * LEASE)))
        lives[-1].start()
        lives[-1].join(60)
    assert [one.exitcode for one in lives] == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert len(rooms.got) == 3
    assert len({(got.headers["idempotency-key"], got.body) for got in rooms.got}) == 1
    assert counts(db) == {DeliveryState.SENT: 1}
    with db.read() as tx:
        assert tx.execute(text("SELECT max(uncertain) FROM deliveries")).scalar_one() == 2


@pytest.mark.usefixtures("ready")
def test_killed_again_and_again_it_makes_three_copies(db: Database, rooms: Rooms, configured: Settings) -> None:
    """Then it is left at that."""
    lives: list[Any] = []
    kill: Callable[[BaseHTTPRequestHandler], None] = lambda _: os.kill(lives[-1].pid, signal.SIGKILL)  # noqa: E731
    rooms.answers = [kill] * 9
    for number in range(5):
        lives.append(FORKS.Process(target=_life, args=(url_of(db), configured, NOW + number * LEASE)))
        lives[-1].start()
        lives[-1].join(60)
    assert len(rooms.got) == MAX_UNCERTAIN
    assert counts(db) == {DeliveryState.UNCERTAIN: 1}
