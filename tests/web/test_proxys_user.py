"""The operator's page behind a proxy that logs people in, on the real server: who may name a user, and who not."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from monitor import web
from monitor.demo.mailbox import Mailbox
from monitor.model import WebSettings
from monitor.store import Database
from tests.support.settings import links
from tests.support.site import OPERATOR_TOKEN, open_site, settings_for

BEARER = ("Authorization", f"Bearer {OPERATOR_TOKEN}")
JANE = ("X-User", "jane")


def opened(db: Database, folder: Path, trusted: str, headers: list[tuple[str, str]], token: str = "") -> int:
    """The status of the page for a request from 127.0.0.2, where the proxies at `trusted` name the user in X-User."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    pages = WebSettings("https://monitor.example.org", listen, False, (trusted,), token, "X-User")
    settings = replace(settings_for(db, Mailbox(), pages.public_url, folder), web=pages)
    peer = httpx.HTTPTransport(local_address="127.0.0.2")
    with web.serving(settings, links(settings), db), httpx.Client(transport=peer) as client:
        return client.get(f"http://{listen}/operator", headers=headers).status_code


@pytest.mark.parametrize(
    ("trusted", "headers", "status"),
    [
        ("127.0.0.2", [JANE], 200),
        ("127.0.0.0/30", [("x-user", "jane"), ("X-Forwarded-For", "203.0.113.9")], 200),
        ("127.0.0.1", [JANE], 403),
        ("127.0.0.1", [JANE, ("X-Forwarded-For", "127.0.0.1")], 403),
        ("203.0.113.9", [JANE, ("X-Forwarded-For", "203.0.113.9")], 403),
        ("127.0.0.2", [], 403),
        ("127.0.0.2", [("X-User", "")], 403),
        ("127.0.0.2", [("X-User", "stranger"), JANE], 403),
    ],
)
def test_a_user_whom_a_trusted_proxy_names_is_let_in(
    sqlite_db: Database, tmp_path: Path, trusted: str, headers: list[tuple[str, str]], status: int
) -> None:
    """Only the proxy itself may say so: not a visitor, whatever the visitor writes of their way, nor beside one."""
    assert opened(sqlite_db, tmp_path, trusted, headers) == status


def test_the_token_opens_it_beside_the_proxy_s_user(sqlite_db: Database, tmp_path: Path) -> None:
    """Programs have no login; and without either the browser asks for the token."""
    assert opened(sqlite_db, tmp_path, "127.0.0.1", [BEARER], OPERATOR_TOKEN) == 200
    assert opened(sqlite_db, tmp_path, "127.0.0.1", [JANE], OPERATOR_TOKEN) == 401


def test_without_the_part_that_knows_the_proxy_the_header_opens_nothing(sqlite_db: Database, tmp_path: Path) -> None:
    """The pages alone, in another server: they believe nobody."""
    with open_site(sqlite_db, tmp_path) as site:
        assert site.http.get("/operator", headers=[JANE, ("X-Forwarded-For", "127.0.0.1")]).status_code == 401
