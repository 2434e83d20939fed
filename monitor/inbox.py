"""Where returned mail is read from: a Maildir, an IMAP mailbox, a pipe. What was read is marked as seen and stays."""

from __future__ import annotations

import imaplib
import mailbox
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.errors import ConfigError, MailError

#: Seconds that an IMAP server may take to answer.
TIMEOUT = 60


def maildir(path: Path) -> Iterator[bytes]:
    """Each new mail of a Maildir; it counts as seen when the caller comes back for the next one.

    Raises ConfigError when `path` is no Maildir.
    """
    if not all((path / name).is_dir() for name in ("cur", "new", "tmp")):
        raise ConfigError(f"{path} is not a Maildir: it has no folders cur, new and tmp.")
    box = mailbox.Maildir(path, factory=None, create=False)
    for key in sorted(box.keys()):
        message = box.get_message(key)
        if "S" in message.get_flags():
            continue
        yield box.get_bytes(key)
        message.set_subdir("cur")
        message.add_flag("S")
        box[key] = message


def imap(host: str, user: str, password: str, *, port: int = 993, folder: str = "INBOX") -> Iterator[bytes]:
    """Each unseen mail of an IMAP mailbox over TLS; it counts as seen when the caller comes back for the next one.

    Raises MailError when the server cannot be used.
    """
    with _connection(host, port) as server:
        server.login(user, password)
        if server.select(_quoted(folder))[0] != "OK":
            raise MailError(f"The IMAP mailbox {user}@{host} has no folder {folder}.")
        _, found = server.uid("SEARCH", "UNSEEN")
        for number in (found[0] or b"").split():
            _, parts = server.uid("FETCH", number.decode(), "(BODY.PEEK[])")
            raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if raw is not None:
                yield raw
            server.uid("STORE", number.decode(), "+FLAGS", r"(\Seen)")


@contextmanager
def _connection(host: str, port: int) -> Iterator[imaplib.IMAP4]:
    """A connection to the server, closed at the end; what goes wrong is a MailError."""
    try:
        server = imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)
    except OSError as error:
        raise MailError(f"The IMAP server {host}:{port} cannot be reached: {error}.") from error
    try:
        yield server
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailError(f"The IMAP server {host}:{port} refused: {_in_words(error)}.") from error
    finally:
        server.shutdown()


def _in_words(error: Exception) -> str:
    """What the server said; imaplib keeps it as bytes."""
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace").rstrip(".") if isinstance(said, bytes) else str(error)


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
