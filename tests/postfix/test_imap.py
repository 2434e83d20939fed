"""Returned mail in a real IMAP mailbox: Dovecot over TLS on loopback."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.bounces import collect
from monitor.errors import ConfigError, MailError
from monitor.mail import mailbox
from monitor.model import BounceSettings, Encryption, ImapSettings
from monitor.store import Database
from tests.support import returned_mails
from tests.support.dovecot_server import PASSWORD, USER, Dovecot, missing, running
from tests.support.factories import MINUTE, NOW
from tests.support.mailboxes import configured, sent_to_the_reader
from tests.support.settings import links

pytestmark = pytest.mark.postfix  # Debian's programs, installed with it by CI


@contextmanager
def trusted(password: str = PASSWORD) -> Iterator[Dovecot]:
    """A Dovecot whose authority this process trusts."""
    if sentence := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    with running(password) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(server.authority))
        yield server


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    """A Dovecot for the tests of this module; each takes what it put into the mailbox."""
    with trusted() as server:
        yield server


@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.STARTTLS])
def test_unseen_mails_are_read_once(dovecot: Dovecot, encryption: Encryption) -> None:
    """Also when reading was broken off before a mail was dealt with; looking only counts them."""
    imap = dovecot.imap if encryption is Encryption.TLS else dovecot.starttls
    for subject in ("first", "second"):
        dovecot.deliver(f"Subject: {subject}\r\n\r\nText\r\n".encode(), f"{subject}.{encryption}")
    reading = mailbox.imap(imap)
    assert b"Subject: first" in next(reading)
    assert b"Subject: second" in next(reading)
    reading.close()
    assert mailbox.probe(imap) == f"1 unseen mail of {USER} at 127.0.0.1, folder INBOX, over TLS"
    assert [b"Subject: second" in raw for raw in mailbox.imap(imap)] == [True]
    assert list(mailbox.imap(imap)) == []


def test_what_goes_wrong_is_said(dovecot: Dovecot) -> None:
    """A wrong password, none, a folder that is not there, a server that is not there, one that is somebody else."""
    imap = dovecot.imap
    for wrong, error, said in (
        (replace(imap, password="wrong"), MailError, "AUTHENTICATIONFAILED"),
        (replace(imap, password=""), ConfigError, "Set MONITOR_IMAP_PASSWORD"),
        (replace(imap, folder="Nothing"), MailError, "has no folder Nothing"),
        (replace(imap, port=1), MailError, "cannot be reached"),
        (replace(imap, host="localhost"), MailError, "certificate verify failed"),
    ):
        with pytest.raises(error, match=said):
            list(mailbox.imap(wrong))
        with pytest.raises(error, match=said):
            mailbox.probe(wrong)


def test_a_folder_with_a_name_in_german_is_found(dovecot: Dovecot) -> None:
    """IMAP has an alphabet of its own for folders."""
    assert mailbox.probe(replace(dovecot.imap, folder="Gelöscht")).startswith("0 unseen mails")


def test_a_password_with_an_umlaut_logs_in() -> None:
    """LOGIN carries ASCII alone; there is another way."""
    with trusted("schlüssel") as server:
        assert mailbox.probe(server.imap).startswith("0 unseen mails")


@pytest.mark.parametrize(
    "greeting", [b"* OK [CAPABILITY IMAP4rev1] ready\r\n", b"* PREAUTH [CAPABILITY IMAP4rev1] in\r\n"]
)
def test_no_password_travels_in_clear(greeting: bytes) -> None:
    """Somebody on the way has taken the offer of TLS out: nothing is said that is worth hearing."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_eavesdrop, args=(listener, greeting, heard))
        thread.start()
        imap = ImapSettings("127.0.0.1", USER, PASSWORD, port=listener.getsockname()[1], encryption=Encryption.STARTTLS)
        with pytest.raises(MailError, match="cannot be reached over TLS"):
            list(mailbox.imap(imap))
        thread.join(30)
    assert heard
    assert PASSWORD.encode() not in b"".join(heard)
    assert USER.encode() not in b"".join(heard)


def _eavesdrop(listener: socket.socket, greeting: bytes, heard: list[bytes]) -> None:
    """An IMAP server without TLS that agrees to everything."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as lines:
        connection.sendall(greeting)
        for line in lines:
            heard.append(line)
            connection.sendall(b"* CAPABILITY IMAP4rev1\r\n" + line.split()[0] + b" OK done\r\n")


def test_a_configured_imap_mailbox_is_read_while_it_answers(dovecot: Dovecot, db: Database, tmp_path: Path) -> None:
    """A report is taken in; while the login fails nothing is lost, and the operator can see why."""
    settings = replace(configured(tmp_path), bounces=BounceSettings(dovecot.imap))
    locked_out = replace(settings, bounces=BounceSettings(replace(dovecot.imap, password="wrong")))
    dovecot.deliver(returned_mails.postfix(sent_to_the_reader(db), "<x@y>"), f"report.{id(db)}")
    failed = collect.collect_due(locked_out, links(locked_out), db, NOW)
    with db.read() as tx:
        held = collect.state(tx, settings)
    assert failed
    assert "AUTHENTICATIONFAILED" in failed.error
    assert held
    assert "AUTHENTICATIONFAILED" in held.last_error
    read = collect.collect_due(settings, links(settings), db, NOW + 5 * MINUTE)
    assert read
    assert read.counts() == {"hard bounce": 1}
