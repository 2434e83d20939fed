"""A real Dovecot of the tests' own on loopback: one mailbox, over TLS from the first byte and over STARTTLS."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from monitor.model import Encryption, ImapSettings

USER, PASSWORD = "bounces", "a-password-for-tests"
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
auth_mechanisms = plain
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
    address = 127.0.0.1
    port = {plain_port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {port}
    ssl = yes
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Dovecot:
    """The running server: its mailbox, and how to reach it both ways."""

    home: Path
    imap: ImapSettings
    starttls: ImapSettings

    def deliver(self, raw: bytes, name: str) -> None:
        """A mail arrives in the mailbox, as file `name`."""
        owner = pwd.getpwnam("nobody")
        file = self.home / "mail" / "tmp" / name
        file.write_bytes(raw)
        os.chown(file, owner.pw_uid, owner.pw_gid)
        file.rename(self.home / "mail" / "new" / name)

    @property
    def authority(self) -> Path:
        """The certificate of the authority to trust."""
        return self.home / "authority.pem"


def missing() -> str:
    """What the machine lacks for a Dovecot, in words; "" when it lacks nothing."""
    if _program() is None or not Path("/usr/lib/dovecot/imap").exists() or os.geteuid() != 0:
        return "IMAP cannot be tested here: Dovecot or the rights of root are missing."
    return ""


@contextmanager
def running(password: str = PASSWORD) -> Iterator[Dovecot]:
    """A Dovecot with an empty mailbox, for as long as the block lasts."""
    home = Path(tempfile.mkdtemp(prefix="monitor-dovecot-"))
    home.chmod(0o755)
    port, plain_port = _prepare(home, password)
    server = subprocess.Popen([str(_program()), "-F", "-c", str(home / "dovecot.conf")])  # noqa: S603  our own words
    try:
        _wait_for(port)
        yield Dovecot(
            home,
            ImapSettings("127.0.0.1", USER, password, port=port),
            ImapSettings("127.0.0.1", USER, password, port=plain_port, encryption=Encryption.STARTTLS),
        )
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(home, ignore_errors=True)


def _program() -> str | None:
    return shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")


def _prepare(home: Path, password: str) -> tuple[int, int]:
    """Certificate, mailbox and configuration in `home`; the two ports."""
    owner = pwd.getpwnam("nobody")
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(str(home / "authority.pem"))
    certificate.private_key_pem.write_to_path(str(home / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(home / "cert.pem"))
    for folder in ("", ".Gel&APY-scht/"):
        for name in ("cur", "new", "tmp"):
            (home / "mail" / folder / name).mkdir(parents=True)
    for path in (home / "mail", *(home / "mail").rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        port, plain_port = one.getsockname()[1], other.getsockname()[1]
    values = {"home": home, "password": password, "uid": owner.pw_uid, "gid": owner.pw_gid, "port": port}
    text = CONFIG.format(plain_port=plain_port, **values)
    (home / "dovecot.conf").write_text(text, encoding="utf-8")
    return port, plain_port


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("Dovecot does not answer")
