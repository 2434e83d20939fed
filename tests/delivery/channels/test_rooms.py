"""Slack, Teams, Matrix and Telegram get the digest by Apprise, over TLS and by our own sender."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from monitor.delivery.channels.apprise_services import Room
from monitor.errors import ConfigError
from monitor.model import ChannelMessage, Paragraph, SendOutcome, SendResult, Stage
from tests.support import rooms as world
from tests.support.digest_samples import NOW
from tests.support.rooms import Answer, Rooms, status

PAGE = "https://monitor.example.org/digests/17"
PUBMED = "https://pubmed.ncbi.nlm.nih.gov/24975855/"
MESSAGE = ChannelMessage(
    "<1.2@monitor.example.org>",
    NOW,
    "CCSVI in MS: third trial",
    (Paragraph("Three trials found no benefit."), Paragraph("Controlled trials: A trial", PUBMED, "PubMed")),
    PAGE,
    b"{}",
)
TOKEN = "TIiajkdnlazkcOXrIdevi7FQ"
SLACK = f"slack://T1JJ3T3L2/A1BRTD4JD/{TOKEN}/"
ROOMS = {
    "slack": (SLACK, "hooks.slack.com", f"/services/T1JJ3T3L2/A1BRTD4JD/{TOKEN}"),
    "telegram": (
        "tgram://123456789:AAbcdefghijklmnopqrstuvwxyz012345678/12315544/",
        "api.telegram.org",
        "/bot123456789:AAbcdefghijklmnopqrstuvwxyz012345678/sendMessage",
    ),
    "teams": (
        "workflows://prod-01.westeurope.logic.azure.com/643e69f83c8944438d68119179a10a64/"
        "KODuebWbDGYFr0z0eu-6Rj8aUKz7108W3wrNJZxFE5A",
        "prod-01.westeurope.logic.azure.com",
        "/workflows/643e69f83c8944438d68119179a10a64/triggers/manual/paths/invoke",
    ),
    "matrix": (
        "matrixs://a-token-of-the-room@matrix.example.org/!room:matrix.example.org",
        "matrix.example.org",
        "/_matrix/client/v3/rooms/",
    ),
}


def sent(url: str, message: ChannelMessage = MESSAGE) -> SendResult:
    """What became of a message."""
    return Room("team", url).send(message)


@pytest.mark.parametrize(("url", "host", "path"), ROOMS.values(), ids=ROOMS)
def test_each_service_gets_the_sentence_and_whole_links(services: Rooms, url: str, host: str, path: str) -> None:
    """At its own host, by TLS."""
    assert sent(url).outcome is SendOutcome.SENT
    got = services.got[-1]
    assert got.host.partition(":")[0] == host
    assert got.path.startswith(path)
    assert got.method == ("PUT" if host.startswith("matrix") else "POST")
    words = got.body.decode()
    for expected in ("CCSVI in MS: third trial", "Three trials found no benefit.", PUBMED, PAGE):
        assert expected in words


@pytest.mark.parametrize("name", ROOMS)
def test_at_a_limit_each_is_left_alone_for_as_long_as_it_says(services: Rooms, name: str) -> None:
    """No plugin waits on its own account, however long it is told to."""
    limit = status(429, b'{"retry_after_ms": 9999999}', Retry_After="90")
    known = status(200, b'{"room_id": "!room:matrix.example.org", "user_id": "@monitor:matrix.example.org"}')
    looked_up = [status(404), known, known] if name == "matrix" else []  # its server, its user and its room
    services.answers = [*looked_up, limit]
    result = sent(ROOMS[name][0])
    assert (result.code, result.is_attempt, result.retry_after) == (429, False, timedelta(seconds=90))
    assert len(services.got) == len(looked_up) + 1


@pytest.mark.parametrize(
    ("answer", "outcome", "is_attempt", "code", "words"),
    [
        (status(200, b"ok"), SendOutcome.SENT, True, 200, ""),
        (status(500), SendOutcome.DEFERRED, True, 500, "it answered 500 Internal Server Error"),
        (status(404, b"no_service"), SendOutcome.DEFERRED, False, 404, "it answered 404 Not Found"),
        (status(403, b"invalid_token"), SendOutcome.DEFERRED, False, 403, "it answered 403 Forbidden"),
        (
            status(302, Location="https://matrix.example.org/"),
            SendOutcome.DEFERRED,
            False,
            302,
            "it answered 302 Found. It leads elsewhere, where nothing is sent: write the final address",
        ),
        (
            status(200, b'{"ok": false, "error": "channel_not_found"}'),
            SendOutcome.DEFERRED,
            False,
            200,
            "it answered 200, and that it did not take it",
        ),
        (
            status(200, b"<html>Welcome to the hotel</html>"),
            SendOutcome.UNCERTAIN,
            True,
            200,
            "it answered, but not as Apprise knows it",
        ),
        (world.breaking_off, SendOutcome.UNCERTAIN, True, 0, "it broke off the conversation (RemoteDisconnected)"),
    ],
)
def test_what_a_service_answers_is_understood(
    services: Rooms, answer: Answer, outcome: SendOutcome, is_attempt: bool, code: int, words: str
) -> None:
    """One request each time, and nothing of the address in what is said of it."""
    services.answers = [answer]
    result = sent(SLACK)
    assert (result.outcome, result.is_attempt) == (outcome, is_attempt)
    assert (result.code, result.text, result.stage) == (code, words, Stage.HTTP)
    assert len(services.got) == 1
    assert services.got[0].headers["accept-encoding"] == "identity"
    assert services.got[0].headers["user-agent"] == "Monitor"
    (shown,) = services.got[0].json["attachments"]
    assert (shown["title"], shown["footer"]) == ("CCSVI in MS: third trial", "Monitor")
    assert not {"footer_icon", "author_link", "thumb_url"} & shown.keys()
    assert not any(secret in result.text for secret in (TOKEN, "T1JJ3T3L2", "hooks.slack.com"))


@pytest.mark.parametrize(("url", "host", "path"), ROOMS.values(), ids=ROOMS)
def test_a_service_is_tried_without_writing_to_the_room(services: Rooms, url: str, host: str, path: str) -> None:
    """Its front page is asked for, by TLS; that the room is a right one is seen with the first message."""
    Room("team", url).probe()
    assert [(got.method, got.host, got.path, got.body) for got in services.got] == [("HEAD", host, "/", b"")]
    assert sent(url).outcome is SendOutcome.SENT, "and then it is written to as before"
    assert path in services.got[-1].path


def test_a_certificate_of_nobody_known_gets_nothing(services: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the address asks not to look."""
    monkeypatch.delenv("SSL_CERT_FILE")
    result = sent(f"{SLACK}?verify=no")
    assert (result.outcome, result.is_attempt) == (SendOutcome.DEFERRED, False)
    assert "certificate" in result.text
    assert services.got == []


def test_apprise_logs_nothing_and_the_room_shows_nothing(
    services: Rooms, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Its lines would name the address."""
    services.answers = [status(404)]
    sent(SLACK)
    told = caplog.text + "".join(capfd.readouterr())
    assert TOKEN not in told
    assert TOKEN not in repr(Room("team", SLACK))


def test_a_title_cannot_call_everybody_or_make_a_link(services: Rooms) -> None:
    """Titles are of anybody's making."""
    hostile = Paragraph("New: <!channel> @everyone [click](https://evil.example/) *x _y `z <b>", PUBMED, "PubMed")
    for name, (url, _, _) in ROOMS.items():
        assert sent(url, replace(MESSAGE, paragraphs=(hostile,))).outcome is SendOutcome.SENT
        words = services.got[-1].body.decode()
        assert "<!channel>" not in words
        assert "@everyone" not in words
        link = {"slack": "<https://evil", "matrix": 'href=\\"https://evil'}.get(name, "[click](https://evil")
        assert link not in words
        assert PUBMED in words


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("slack://nothing", "does not know"),
        ("nosuch://x/y", "does not know"),
        ("mailto://user:pass@example.org", "not sent by HTTP"),
        ("json://internal.example.org/x", "without TLS"),
        (f"{SLACK}#one/#two", "a channel for each"),
    ],
)
def test_an_address_that_is_of_no_use_is_refused_at_the_start(url: str, told: str) -> None:
    """With a sentence that does not hold it."""
    with pytest.raises(ConfigError, match=told) as refused:
        Room("team", url)
    assert url not in str(refused.value)


def test_on_loopback_json_needs_no_tls(rooms: Rooms) -> None:
    """As in a trial."""
    assert sent(f"json://127.0.0.1:{rooms.port}/x").outcome is SendOutcome.SENT
    assert PAGE in rooms.got[0].json["message"]


def test_a_login_that_somebody_has_for_the_same_host_is_not_sent(
    services: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in the .netrc of whoever runs the service, for programs of their own."""
    (tmp_path / "netrc").write_text("machine hooks.slack.com login somebody password secret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert sent(SLACK).outcome is SendOutcome.SENT
    assert "authorization" not in services.got[0].headers


def test_what_a_plugin_composes_is_sent_as_it_is_and_what_is_answered_reaches_it(services: Rooms) -> None:
    """But for what would lead elsewhere, or come compressed."""
    services.answers = [status(201, b"\xe9", Content_Type="text/x; charset=latin-1", Location="https://evil.example/")]
    url = "https://hooks.slack.com/x?y=z"
    answer = requests.put(url, data="é", headers={"X-Name": b"b\xe9", "Accept-Encoding": "gzip"}, timeout=1)
    (got,) = services.got
    assert (got.method, got.path, got.body) == ("PUT", "/x?y=z", "é".encode())
    assert (got.headers["x-name"], got.headers["accept-encoding"]) == ("b\xe9", "identity")
    assert (answer.status_code, answer.url, answer.content, answer.text) == (201, url, b"\xe9", "é")
    assert dict(answer.headers) == {"Content-Type": "text/x; charset=latin-1"}
    assert answer.request.method == "PUT"
    services.answers = [status(204)]
    assert dict(requests.get(url, timeout=1).headers) == {"Content-Type": ""}


def test_only_texts_are_sent(services: Rooms) -> None:
    """A plugin that would send a file sends nothing."""
    with pytest.raises(requests.RequestException, match=r"^only texts are sent$"):
        requests.post("https://hooks.slack.com/x", data=iter([b"a file"]), timeout=1)
    assert services.got == []


def test_without_apprise_a_sentence_says_what_to_install() -> None:
    """And a webhook needs none of it."""
    program = (
        "import sys; sys.modules['apprise'] = None\n"
        "from monitor.service.connections import _open_channel\n"
        "from monitor.model import ChannelSettings\n"
        "_open_channel(ChannelSettings('hook', ('t',), 'https://x.example/', 's' * 20))\n"
        "_open_channel(ChannelSettings('team', ('t',), 'slack://a/b/c'))"
    )
    command = [sys.executable, "-c", program]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own program
    assert "The channel team needs Apprise, which is not installed. Run: pip install 'monitor[chat]'" in found.stderr
