"""Returned mail in a real IMAP mailbox: Dovecot over TLS on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from monitor import inbox
from monitor.errors import MailError

pytestmark = pytest.mark.postfix  # Debian's programs, installed with it by CI

PASSWORD = "a-password-for-tests"
CONFIG = """\
base_dir = {home}/run
log_path = {home}/log
protocols = imap
ssl = required
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
mail_location = maildir:{home}/mail
first_valid_uid = 1
auth_failure_delay = 0
default_login_user = nobody
default_internal_user = nobody
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {port}
    ssl = yes
  }}
}}
"""


@pytest.fixture
def imap_port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a Dovecot whose one mailbox holds two mails; its authority is trusted for the test."""
    program = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None or not Path("/usr/lib/dovecot/imap").exists() or os.geteuid() != 0:
        sentence = "IMAP cannot be tested here: Dovecot or the rights of root are missing."
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    home = Path(tempfile.mkdtemp(prefix="monitor-dovecot-"))
    home.chmod(0o755)
    port = _prepare(home)
    monkeypatch.setenv("SSL_CERT_FILE", str(home / "authority.pem"))
    server = subprocess.Popen([program, "-F", "-c", str(home / "dovecot.conf")])  # noqa: S603  our own words
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(home, ignore_errors=True)


def test_unseen_mails_are_read_once(imap_port: int) -> None:
    """Also when reading was broken off before a mail was dealt with."""
    reading = inbox.imap("127.0.0.1", "bounces", PASSWORD, port=imap_port)
    assert b"Subject: first" in next(reading)
    assert b"Subject: second" in next(reading)
    reading.close()
    assert [b"Subject: second" in raw for raw in inbox.imap("127.0.0.1", "bounces", PASSWORD, port=imap_port)] == [True]
    assert list(inbox.imap("127.0.0.1", "bounces", PASSWORD, port=imap_port)) == []


def test_what_goes_wrong_is_said(imap_port: int) -> None:
    """A wrong password, a folder that is not there, a server that is not there."""
    with pytest.raises(MailError, match="AUTHENTICATIONFAILED"):
        list(inbox.imap("127.0.0.1", "bounces", "wrong", port=imap_port))
    with pytest.raises(MailError, match="has no folder Nothing"):
        list(inbox.imap("127.0.0.1", "bounces", PASSWORD, port=imap_port, folder="Nothing"))
    with pytest.raises(MailError, match="cannot be reached"):
        list(inbox.imap("127.0.0.1", "bounces", PASSWORD, port=1))


def _prepare(home: Path) -> int:
    """Certificate, mails and configuration in `home`; the port."""
    owner = pwd.getpwnam("nobody")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(str(home / "authority.pem"))
    certificate.private_key_pem.write_to_path(str(home / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(home / "cert.pem"))
    for name in ("cur", "new", "tmp"):
        (home / "mail" / name).mkdir(parents=True)
    for number, subject in enumerate(("first", "second"), 1):
        (home / "mail" / "new" / f"{number}.x.host").write_bytes(f"Subject: {subject}\r\n\r\nText\r\n".encode())
    for path in (home / "mail", *(home / "mail").rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    values = {"home": home, "password": PASSWORD, "uid": owner.pw_uid, "gid": owner.pw_gid, "port": port}
    (home / "dovecot.conf").write_text(CONFIG.format(**values))
    return port


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("Dovecot does not answer")
