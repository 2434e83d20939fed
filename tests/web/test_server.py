"""The pages on their port, as the service opens them."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from monitor import store, web
from monitor.demo.mailbox import Mailbox
from monitor.errors import ConfigError
from monitor.model import Settings, WebSettings
from monitor.store import Database
from monitor.web.server import listener
from tests.support.ports import free_port
from tests.support.settings import links
from tests.support.site import settings_for


def _settings(db: Database, folder: Path, listen: str, public_url: str = "https://monitor.example.org") -> Settings:
    settings = settings_for(db, Mailbox(), public_url, folder)
    return replace(settings, web=WebSettings(public_url, listen))


def test_the_pages_are_open_for_as_long_as_the_service_runs(sqlite_db: Database, tmp_path: Path) -> None:
    """And closed when it stops."""
    listen = f"127.0.0.1:{free_port()}"
    settings = _settings(sqlite_db, tmp_path, listen)
    with web.serving(settings, links(settings), sqlite_db):
        response = httpx.get(f"http://{listen}/topics/ccsvi")
        assert response.status_code == 200
        assert response.headers["strict-transport-security"]
        assert "server" not in response.headers
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://{listen}/topics/ccsvi")


def test_a_page_does_not_wait_for_the_headers_before_it() -> None:
    """A visitor who keeps the connection gets every page at once: small packets are not held back."""
    with listener("127.0.0.1:0") as opened, socket.create_connection(opened.getsockname()):
        accepted, _ = opened.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_without_a_public_address_nothing_is_opened(sqlite_db: Database, tmp_path: Path) -> None:
    """The port stays free."""
    listen = f"127.0.0.1:{free_port()}"
    settings = _settings(sqlite_db, tmp_path, listen, public_url="")
    with web.serving(settings, links(settings), sqlite_db), pytest.raises(httpx.ConnectError):
        httpx.get(f"http://{listen}/")


def test_a_port_that_is_taken_is_said_before_anything_begins(sqlite_db: Database, tmp_path: Path) -> None:
    """With the key to mend."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        settings = _settings(sqlite_db, tmp_path, listen)
        opening = web.serving(settings, links(settings), sqlite_db)
        with pytest.raises(ConfigError, match=r"web\.listen"):
            opening.__enter__()


@pytest.mark.parametrize(
    ("trusted", "recorded"),
    [
        (WebSettings().trusted_proxies, "127.0.0.2"),
        (("127.0.0.2",), "203.0.113.9"),
        (("127.0.0.2/31", "2001:db8::/32"), "203.0.113.9"),
        (("127.0.0.2", "203.0.113.9"), "198.51.100.7"),
        ((), "127.0.0.2"),
    ],
)
def test_only_a_trusted_proxy_says_where_a_visitor_comes_from(
    sqlite_db: Database, tmp_path: Path, trusted: tuple[str, ...], recorded: str
) -> None:
    """Else everybody could claim a new network each time; behind a proxy that is not named all share its own."""
    listen = f"127.0.0.1:{free_port()}"
    settings = _settings(sqlite_db, tmp_path, listen)
    settings = replace(settings, web=replace(settings.web, record_ip=True, trusted_proxies=trusted))
    form = {"address": "reader@example.org", "frequency": "weekly", "timezone": "UTC"}
    proxy = httpx.HTTPTransport(local_address="127.0.0.2")
    with web.serving(settings, links(settings), sqlite_db), httpx.Client(transport=proxy) as client:
        told = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}
        assert client.post(f"http://{listen}/topics/ccsvi/subscribe", data=form, headers=told).status_code == 200
    with sqlite_db.read() as tx:
        (held,) = store.subscribers.find(tx, "reader@example.org")
        assert [one.ip for one in store.consents.of(tx, [held.id])] == [recorded]


@pytest.mark.parametrize(
    "told",
    [
        ["198.51.100.7, 203.0.113.9, 10.1.2.3"],
        ["198.51.100.7", "203.0.113.9", "10.1.2.3"],  # each proxy wrote a line of its own
        ["198.51.100.7, 203.0.113.9:4711, 10.1.2.3:80"],
        ["10.9.9.9, 203.0.113.9"],  # the visitor claims to be a proxy of ours
    ],
)
def test_a_visitor_is_the_last_hop_that_no_trusted_proxy_vouches_for(
    sqlite_db: Database, tmp_path: Path, told: list[str]
) -> None:
    """What precedes it in X-Forwarded-For the visitor may have written."""
    listen = f"127.0.0.1:{free_port()}"
    settings = _settings(sqlite_db, tmp_path, listen)
    settings = replace(settings, web=replace(settings.web, record_ip=True, trusted_proxies=("127.0.0.1", "10.0.0.0/8")))
    form = {"address": "reader@example.org", "frequency": "weekly", "timezone": "UTC"}
    headers = [("X-Forwarded-For", line) for line in told]
    with web.serving(settings, links(settings), sqlite_db):
        assert httpx.post(f"http://{listen}/topics/ccsvi/subscribe", data=form, headers=headers).status_code == 200
    with sqlite_db.read() as tx:
        (held,) = store.subscribers.find(tx, "reader@example.org")
        assert [one.ip for one in store.consents.of(tx, [held.id])] == ["203.0.113.9"]


def test_twenty_five_visitors_behind_a_trusted_proxy_are_not_one_network(sqlite_db: Database, tmp_path: Path) -> None:
    """The limit of a network is for each of them."""
    listen = f"127.0.0.1:{free_port()}"
    settings = _settings(sqlite_db, tmp_path, listen)
    settings = replace(settings, web=replace(settings.web, trusted_proxies=("127.0.0.2",)))
    proxy = httpx.HTTPTransport(local_address="127.0.0.2")
    with web.serving(settings, links(settings), sqlite_db), httpx.Client(transport=proxy) as client:
        codes = [
            client.post(
                f"http://{listen}/topics/ccsvi/subscribe",
                data={"address": f"reader{number}@example.org", "frequency": "weekly", "timezone": "UTC"},
                headers={"X-Forwarded-For": f"203.0.113.{number}"},
            ).status_code
            for number in range(25)
        ]
    assert codes == [200] * 25
