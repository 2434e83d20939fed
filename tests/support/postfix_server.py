"""A real Postfix of the tests' own on loopback: STARTTLS and AUTH, Maildirs, and a domain whose mail comes back."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from monitor.model import Encryption, SmtpSettings
from tests.support.ports import free_port

DOMAIN, GONE = "mail.test", "gone.test"
USER, PASSWORD = "monitor", "a-password-for-tests"
NEEDED = ("postfix", "postconf", "saslpasswd2")

MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {home}/log
maillog_file_prefixes = {home}
myhostname = mx.{domain}
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = texthash:{home}/etc/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
recipient_delimiter = +
transport_maps = inline:{{ {{ {gone} = error:5.1.1 no such mailbox here }} }}
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = {home}/etc/tls.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = {home}/etc/sasl
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
smtpd_reject_unlisted_recipient = no
"""

MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    """The running server: where its Maildirs are, how to log in, and whom to trust."""

    home: Path
    smtp: SmtpSettings
    tls: ssl.SSLContext

    def maildir(self, name: str) -> Path:
        """The Maildir of one mailbox."""
        return self.home / "mail" / name

    def mails(self, name: str) -> list[bytes]:
        """The mails in a mailbox that nobody has read yet, as they came."""
        new = sorted(self.maildir(name).glob("new/*"), key=lambda path: path.stat().st_mtime_ns)
        return [path.read_bytes() for path in new]

    def wait_for(self, name: str, number: int = 1) -> list[bytes]:
        """The mails in a mailbox as soon as there are `number` of them; fails after twenty seconds."""
        self._wait(lambda: len(self.mails(name)) >= number, f"{number} mails for {name}")
        return self.mails(name)

    def wait_until_idle(self) -> None:
        """Wait until the queue is empty: what was to arrive has arrived."""
        queues = [self.home / "queue" / name for name in ("maildrop", "incoming", "active", "deferred")]
        self._wait(lambda: not any(path.is_file() for queue in queues for path in queue.rglob("*")), "an empty queue")

    def _wait(self, is_so: Callable[[], bool], what: str) -> None:
        for _ in range(400):
            if is_so():
                return
            time.sleep(0.05)
        raise AssertionError(f"no {what}; the log says:\n{(self.home / 'log').read_text()}")


def missing() -> list[str]:
    """What the machine lacks for a Postfix, in words; empty when it lacks nothing."""
    lacking = [name for name in NEEDED if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None]
    return lacking + ([] if os.geteuid() == 0 else ["the rights of root"])


@contextmanager
def running(mailboxes: tuple[str, ...] = ("reader", "other", "bounces")) -> Iterator[Postfix]:
    """A Postfix with these mailboxes at DOMAIN, for as long as the block lasts."""
    home = Path(tempfile.mkdtemp(prefix="monitor-postfix-"))
    home.chmod(0o755)
    port = free_port()
    authority = trustme.CA()
    _write(home, port, authority, mailboxes)
    _run("postfix", "-c", str(home / "etc"), "start")
    try:
        _wait_for_port(port)
        tls = ssl.create_default_context()
        authority.configure_trust(tls)
        smtp = SmtpSettings(
            "127.0.0.1", f"Monitor <monitor@{DOMAIN}>", port, Encryption.STARTTLS, USER, PASSWORD, bounce_domain=DOMAIN
        )
        yield Postfix(home, smtp, tls)
    finally:
        _run("postfix", "-c", str(home / "etc"), "stop")
        shutil.rmtree(home, ignore_errors=True)  # its processes may still be leaving


def _write(home: Path, port: int, authority: trustme.CA, mailboxes: tuple[str, ...]) -> None:
    etc = home / "etc"
    (etc / "sasl").mkdir(parents=True)
    for name in ("queue", "data", "mail"):
        (home / name).mkdir()
    owner = pwd.getpwnam("postfix")
    for name in ("data", "mail"):
        os.chown(home / name, owner.pw_uid, owner.pw_gid)
    values = {
        "home": home,
        "daemons": _run("postconf", "-d", "-h", "daemon_directory").strip(),
        "domain": DOMAIN,
        "gone": GONE,
        "uid": owner.pw_uid,
        "gid": owner.pw_gid,
    }
    (etc / "main.cf").write_text(MAIN.format(**values))
    (etc / "master.cf").write_text(MASTER.format(port=port))
    (etc / "mailboxes").write_text("".join(f"{name}@{DOMAIN} {name}/\n" for name in mailboxes))
    certificate = authority.issue_cert("127.0.0.1")
    pem = certificate.private_key_pem.bytes() + b"".join(part.bytes() for part in certificate.cert_chain_pems)
    (etc / "tls.pem").write_bytes(pem)
    _write_passwords(etc / "sasl", owner.pw_uid)


def _write_passwords(folder: Path, uid: int) -> None:
    """One user, in a file that the server reads as itself."""
    passwords = folder / "sasldb2"
    (folder / "smtpd.conf").write_text(
        f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: {passwords}\n"
    )
    _run("saslpasswd2", "-p", "-c", "-f", str(passwords), "-u", f"mx.{DOMAIN}", USER, given=PASSWORD)
    os.chown(passwords, uid, -1)


def _run(*command: str, given: str = "") -> str:
    path = shutil.which(command[0], path=f"{os.environ['PATH']}:/usr/sbin")
    ended = subprocess.run(  # noqa: S603  our own words
        [str(path), *command[1:]], input=given, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
    return ended.stdout


def _wait_for_port(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("Postfix does not answer")
