"""Where returned mail is read from: a Maildir or an IMAP server. What was read is marked as seen and stays.

IMAP is spoken over TLS only (RFC 8314): nothing but the wish for it travels before, least of all the password.
"""

from __future__ import annotations

import base64
import imaplib
import os
import re
import ssl
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from monitor.errors import ConfigError, MailError
from monitor.model import Encryption, ImapSettings

#: Seconds that an IMAP server may take to answer.
TIMEOUT = 20
#: A mail is not read beyond this many bytes: what it says of another one stands at its beginning.
LONGEST = 1_000_000

_NOT_ASCII = re.compile(r"[^\x20-\x7e]+")


def mails(mailbox: Path | ImapSettings) -> Generator[bytes, None, None]:
    """Each unseen mail; it counts as seen when the caller comes back for the next one.

    Raises MailError when the mailbox cannot be used, ConfigError when it is no Maildir or has no password.
    """
    return maildir(mailbox) if isinstance(mailbox, Path) else imap(mailbox)


def probe(mailbox: Path | ImapSettings) -> str:
    """Open the mailbox as for reading and leave everything as it is; in words, what was seen. Raises as `mails`."""
    return _probe_maildir(mailbox) if isinstance(mailbox, Path) else _probe_imap(mailbox)


# --- a Maildir -------------------------------------------------------------------------------------


def maildir(path: Path) -> Generator[bytes, None, None]:
    """Each new mail of a Maildir, by the names of its files. A mail that another reader took first is passed over."""
    with _said_plainly(path):
        for file in _new(path):
            with suppress(FileNotFoundError, IsADirectoryError):
                with file.open("rb") as mail:
                    raw = mail.read(LONGEST)
                yield raw
                name, _, flags = file.name.partition(":2,")
                file.rename(path / "cur" / f"{name}:2,{''.join(sorted({*flags, 'S'}))}")


def _new(path: Path) -> list[Path]:
    """The files of mails that are not marked as seen, oldest first. Raises ConfigError when `path` is no Maildir."""
    if not all((path / name).is_dir() for name in ("cur", "new", "tmp")):
        raise ConfigError(f"{path} is not a Maildir: it has no folders cur, new and tmp.")
    files = [file for name in ("new", "cur") for file in (path / name).iterdir() if not file.name.startswith(".")]
    return sorted((file for file in files if "S" not in file.name.partition(":2,")[2]), key=lambda file: file.name)


def _probe_maildir(path: Path) -> str:
    with _said_plainly(path):
        number = len(_new(path))
        for name in ("new", "cur"):
            if not os.access(path / name, os.W_OK):
                raise MailError(f"{path / name} cannot be written to, so mails cannot be marked as seen.")
    return f"{_counted(number)} in {path}"


@contextmanager
def _said_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MailError(f"The Maildir {path} cannot be read: {error.strerror}.") from error


# --- IMAP ------------------------------------------------------------------------------------------


def imap(mailbox: ImapSettings) -> Generator[bytes, None, None]:
    """Each unseen mail of a mailbox on an IMAP server."""
    with _opened(mailbox) as server:
        for number in _unseen(server):
            _, parts = server.uid("FETCH", number, f"(BODY.PEEK[]<0.{LONGEST}>)")
            raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if raw is not None:
                yield raw
            server.uid("STORE", number, "+FLAGS", r"(\Seen)")


def _probe_imap(mailbox: ImapSettings) -> str:
    with _opened(mailbox, is_only_looked_at=True) as server:
        return f"{_counted(len(_unseen(server)))} of {mailbox}, over TLS"


def _unseen(server: imaplib.IMAP4) -> list[str]:
    _, found = server.uid("SEARCH", "UNSEEN")
    return [number.decode() for number in (found[0] or b"").split()]


@contextmanager
def _opened(mailbox: ImapSettings, *, is_only_looked_at: bool = False) -> Iterator[imaplib.IMAP4]:
    """A connection that is protected, logged in and in the folder, closed at the end; what goes wrong is a MailError.

    Raises ConfigError when there is no password.
    """
    if not mailbox.password:
        raise ConfigError(
            f"There is no password for {mailbox}. Set MONITOR_IMAP_PASSWORD, or MONITOR_IMAP_PASSWORD_FILE to a file "
            "that holds it."
        )
    place = f"The IMAP server {mailbox.host}:{mailbox.port}"
    try:
        server = _connected(mailbox)
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailError(f"{place} cannot be reached over TLS: {_in_words(error)}.") from error
    try:
        _log_in(server, mailbox)
        if server.select(_quoted(mailbox.folder), readonly=is_only_looked_at)[0] != "OK":
            raise MailError(f"The mailbox of {mailbox.username} at {mailbox.host} has no folder {mailbox.folder}.")
        yield server
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailError(f"{place} refused: {_in_words(error)}.") from error
    finally:
        server.shutdown()


def _connected(mailbox: ImapSettings) -> imaplib.IMAP4:
    """A protected connection. A server that does not offer STARTTLS, or claims to know us already, is an error."""
    trust = ssl.create_default_context()
    if mailbox.encryption is Encryption.TLS:
        return imaplib.IMAP4_SSL(mailbox.host, mailbox.port, ssl_context=trust, timeout=TIMEOUT)
    server = imaplib.IMAP4(mailbox.host, mailbox.port, timeout=TIMEOUT)
    try:
        server.starttls(trust)
    except BaseException:
        server.shutdown()
        raise
    return server


def _log_in(server: imaplib.IMAP4, mailbox: ImapSettings) -> None:
    """LOGIN carries ASCII alone; for anything else there is PLAIN (RFC 4616)."""
    if (mailbox.username + mailbox.password).isascii():
        server.login(mailbox.username, mailbox.password)
        return
    answer = f"\0{mailbox.username}\0{mailbox.password}".encode()
    server.authenticate("PLAIN", lambda _challenge: answer)


def _in_words(error: Exception) -> str:
    """What the server said; imaplib keeps it as bytes."""
    said = error.args[0] if error.args else ""
    return (said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error)).rstrip(".")


def _quoted(folder: str) -> str:
    """The folder's name as IMAP writes it: in quotes, in modified UTF-7 (RFC 3501 section 5.1.3)."""

    def shifted(run: re.Match[str]) -> str:
        return f"&{base64.b64encode(run[0].encode('utf-16-be')).decode().rstrip('=').replace('/', ',')}-"

    name = _NOT_ASCII.sub(shifted, folder.replace("&", "&-"))
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _counted(number: int) -> str:
    return f"{number:,} unseen {'mail' if number == 1 else 'mails'}"
