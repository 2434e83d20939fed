"""What the response of a channel means for a message, by what HTTP says, and what is never sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.delivery.channels.http import (
    DEFAULT_WAIT,
    LONGEST_WAIT,
    ExchangeError,
    Patience,
    Response,
    exchange,
    is_allowed,
    result_of,
    retry_after,
)
from monitor.model import SendOutcome, Stage
from tests.support import rooms as world
from tests.support.rooms import Answer, Rooms

AT = datetime(2026, 10, 21, 7, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("status", "outcome", "is_attempt", "words"),
    [
        (200, SendOutcome.SENT, True, ""),
        (299, SendOutcome.SENT, True, ""),
        (199, SendOutcome.DEFERRED, False, "it answered 199"),
        (
            301,
            SendOutcome.DEFERRED,
            False,
            "it answered 301 Moved Permanently. It leads elsewhere, where nothing is sent: write the final address",
        ),
        (
            300,
            SendOutcome.DEFERRED,
            False,
            "it answered 300 Multiple Choices. It leads elsewhere, where nothing is sent: write the final address",
        ),
        (400, SendOutcome.DEFERRED, True, "it answered 400 Bad Request"),
        (401, SendOutcome.DEFERRED, False, "it answered 401 Unauthorized"),
        (404, SendOutcome.DEFERRED, False, "it answered 404 Not Found"),
        (408, SendOutcome.DEFERRED, True, "it answered 408 Request Timeout"),
        (409, SendOutcome.DEFERRED, True, "it answered 409 Conflict"),
        (413, SendOutcome.FAILED, True, "it answered 413 Request Entity Too Large"),
        (422, SendOutcome.FAILED, True, "it answered 422 Unprocessable Entity"),
        (425, SendOutcome.DEFERRED, True, "it answered 425 Too Early"),
        (429, SendOutcome.DEFERRED, False, "it answered 429 Too Many Requests"),
        (499, SendOutcome.DEFERRED, False, "it answered 499"),
        (500, SendOutcome.DEFERRED, True, "it answered 500 Internal Server Error"),
        (503, SendOutcome.DEFERRED, True, "it answered 503 Service Unavailable"),
    ],
)
def test_a_status_is_taken_as_it_is_meant(status: int, outcome: SendOutcome, is_attempt: bool, words: str) -> None:
    """Taken, never to be taken, not now, or a channel that cannot be used, which costs the message no attempt."""
    found = result_of(Response(status, {}, b""), AT)
    assert (found.outcome, found.code, found.is_attempt, found.text) == (outcome, status, is_attempt, words)
    assert found.stage is Stage.HTTP
    assert found.retry_after == (MINUTE if status == 429 else None)


def test_a_service_under_maintenance_that_says_until_when_costs_no_attempt() -> None:
    """As at a limit, it is left alone for so long."""
    for status in (429, 503):
        found = result_of(Response(status, {"retry-after": "90"}, b""), AT)
        assert (found.is_attempt, found.retry_after) == (False, 1.5 * MINUTE)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("1", timedelta(seconds=1)),
        (" 120 ", 2 * MINUTE),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("86401", timedelta(days=1)),
        ("9" * 40, timedelta(days=1)),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 28 * MINUTE),
        ("Wed, 21 Oct 2026 06:28:00 GMT", None),
        ("Wed, 21 Oct 2099 07:28:00 GMT", timedelta(days=1)),
    ],
)
def test_how_long_a_service_asks_to_be_left_alone(value: str, wait: timedelta | None) -> None:
    """In seconds or until an instant, for a day at most; what is no time is none."""
    assert retry_after(value, AT) == wait


@pytest.mark.parametrize(
    ("url", "is_sent"),
    [
        ("https://rooms.example.org/x", True),
        ("http://127.0.0.1:8080/x", True),
        ("http://[::1]/x", True),
        ("http://localhost/x", True),
        ("http://rooms.example.org/x", False),
        ("http://localhost.example.org/x", False),
        ("ftp://localhost/x", False),
        ("https:///x", False),
        ("https://[::1/x", False),
        ("rooms.example.org", False),
    ],
)
def test_only_what_nobody_can_read_on_the_way_is_sent(url: str, is_sent: bool) -> None:
    """By TLS, or to the machine itself."""
    assert is_allowed(url) is is_sent
    if not is_sent:
        with pytest.raises(ExchangeError, match="its address is neither https nor on this machine") as caught:
            exchange("POST", url, {}, b"{}")
        assert (caught.value.result.outcome, caught.value.result.is_attempt) == (SendOutcome.DEFERRED, False)


def test_a_message_that_may_have_arrived_is_in_doubt() -> None:
    """And one that cannot have arrived counts no attempt."""
    doubted = ExchangeError("it broke off the conversation", was_sent=True).result
    assert (doubted.outcome, doubted.code, doubted.is_attempt) == (SendOutcome.UNCERTAIN, 0, True)
    refused = ExchangeError("it cannot be reached").result
    assert (refused.outcome, refused.code, refused.is_attempt) == (SendOutcome.DEFERRED, 0, False)


def test_a_server_that_is_not_there_is_told_without_its_address() -> None:
    """The address is a secret."""
    with pytest.raises(ExchangeError) as caught:
        exchange("POST", "http://127.0.0.1:1/a-secret", {}, b"{}")
    assert str(caught.value) == "it cannot be reached (Connection refused)"
    assert not caught.value.was_sent


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (world.hanging, "it did not answer in time"),
        (world.dripping, "it did not answer in time"),
        (world.breaking_off, "it broke off the conversation (RemoteDisconnected)"),
    ],
)
def test_a_server_that_has_the_message_and_does_not_answer_leaves_it_in_doubt(
    rooms: Rooms, answer: Answer, words: str
) -> None:
    """It is said how; the next request gets the whole answer, of which the first 200,000 bytes are read."""
    rooms.answers = [answer, world.status(201, b"x" * 200_001, Retry_After="5")]
    with pytest.raises(ExchangeError) as caught:
        exchange("POST", rooms.url, {"X-Name": "value"}, b"{}", Patience(2, 0.3, 0.6))
    assert (str(caught.value), caught.value.was_sent) == (words, True)
    response = exchange("POST", rooms.url, {"X-Name": "value"}, b"{}")
    assert (response.status, response.headers["retry-after"], response.body) == (201, "5", b"x" * 200_000)
    for got in rooms.got:
        assert (got.method, got.body, got.headers["x-name"], got.headers["connection"]) == (
            "POST",
            b"{}",
            "value",
            "close",
        )
    assert len(rooms.got) == 2


def test_how_long_a_server_may_take() -> None:
    """Ten seconds for each step, twenty for all."""
    assert Patience() == Patience(connect=10, read=10, whole=20)
    assert [MINUTE, timedelta(days=1)] == [DEFAULT_WAIT, LONGEST_WAIT]
