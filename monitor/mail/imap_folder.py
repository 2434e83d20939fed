"""Read the unseen mails of a folder on an IMAP server; what was read is marked as seen and stays.

IMAP runs over TLS only (RFC 8314): before TLS nothing but STARTTLS is sent. The sole importer of imapclient.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from imapclient import SEEN, IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from monitor.errors import ConfigError, MailError
from monitor.model import Encryption, ImapSettings
from monitor.model.values.clean_text import one_line
from monitor.ports import Progress, silent

#: Seconds that an IMAP server may take to connect, or to send the next bytes of a response.
TIMEOUT = 20
#: Seconds that it may take for one request altogether, however steadily its bytes drip.
LONGEST = 120.0
#: Bytes of a mail that are read: the report on our own mail stands at the beginning.
MAX_BYTES = 1_000_000
#: A mail that could not be fetched in so many visits is given up; after so many that break the connection one after the
#: other a visit ends, and the next begins with the others.
MAX_FETCHES, MAX_BROKEN_IN_A_ROW = 3, 3

#: What a broken connection, a refusal and (ValueError) a response that is not IMAP are raised as.
_FAILURES = (IMAPClientError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Unfetchable:
    """A mail that an IMAP server could not send in MAX_FETCHES visits; it is marked as seen, as one that was read."""

    uid: int


def imap(
    mailbox: ImapSettings, progress: Progress = silent, *, longest: float = LONGEST
) -> Generator[bytes, None, None]:
    """Each unseen mail of a folder on an IMAP server, each request within `longest` seconds.

    A mail that the server refuses to send, or breaks the connection over, because it is damaged there, holds up none
    behind it: MailError is raised after the last. It is raised at once when the server cannot be reached or has no such
    folder, ConfigError when there is no password.
    """
    for mail in _visited(mailbox, _Visit({}, longest, is_counting=False), progress):
        if isinstance(mail, bytes):
            yield mail


def imap_counting_failures(
    mailbox: ImapSettings, failures: dict[int, int], progress: Progress = silent
) -> Iterator[bytes | Unfetchable]:
    """As `imap`; `failures` counts by UID the visits that could not fetch a mail, given up after MAX_FETCHES."""
    yield from _visited(mailbox, _Visit(failures, is_counting=True), progress)


def _visited(mailbox: ImapSettings, visit: _Visit, progress: Progress) -> Iterator[bytes | Unfetchable]:
    while visit.has_more:
        with _opened(mailbox, longest=visit.longest) as client:
            yield from visit.read(client, progress)
    if visit.problem:
        raise _refusal(mailbox, visit.problem) from visit.problem


class _Visit:
    """One reading of a folder, over a new connection after each mail that breaks it."""

    def __init__(self, failures: dict[int, int], longest: float = LONGEST, *, is_counting: bool) -> None:
        self._failures, self.longest, self._is_counting = failures, longest, is_counting
        self._tried, self._broken_in_a_row = set[int](), list[int]()
        self.has_more, self._has_fetched = True, False
        self.problem: Exception | None = None

    def read(self, client: IMAPClient, progress: Progress) -> Iterator[bytes | Unfetchable]:
        """The unseen mails not tried yet, until one breaks the connection; `has_more` when others are behind it."""
        with _within(self.longest, client):
            found = client.search("UNSEEN")
        unseen = (uid for uid in found if uid not in self._tried)
        uids = sorted(unseen, key=lambda uid: uid in self._failures)  # those that never failed come first
        self.has_more = False
        for number, uid in enumerate(uids, 1):
            progress(number - 1, len(uids), "mails")
            self._tried.add(uid)
            if self._is_counting and self._failures.get(uid, 0) >= MAX_FETCHES:
                yield Unfetchable(uid)
                del self._failures[uid]
            else:
                try:
                    with _within(self.longest, client):
                        raw = _fetch(client, uid)
                except _FAILURES as error:
                    if self._is_broken(uid, error):
                        self.has_more = number < len(uids)
                        return
                    continue
                self._broken_in_a_row.clear()
                self._has_fetched = True
                self._failures.pop(uid, None)
                if raw is not None:
                    yield raw
            with _within(self.longest, client):
                client.add_flags(uid, SEEN, silent=True)

    def _is_broken(self, uid: int, error: Exception) -> bool:
        """Note that a mail could not be fetched; is the connection broken? Raises what breaks it again and again."""
        self.problem = error
        self._failures[uid] = self._failures.get(uid, 0) + 1
        if isinstance(error, IMAPClientError) and not isinstance(error, IMAPClientAbortError):
            return False
        self._broken_in_a_row.append(uid)
        if len(self._broken_in_a_row) == MAX_BROKEN_IN_A_ROW:
            for one in self._broken_in_a_row:
                self._failures[one] -= not self._has_fetched  # it may be the server, and none of these mails
            raise error
        return True


def _fetch(client: IMAPClient, uid: int) -> bytes | None:
    """The beginning of a mail, None when another client has deleted it meanwhile."""
    fetched = client.fetch(uid, [f"BODY.PEEK[]<0.{MAX_BYTES}>"]).get(uid, {})
    raw = next((value for name, value in fetched.items() if name.startswith(b"BODY[]")), None)
    return raw if isinstance(raw, bytes) else None


def number_of_unseen(mailbox: ImapSettings) -> int:
    """How many mails of the folder are unseen; nothing in it is changed. Raises as `imap`."""
    with _opened(mailbox, readonly=True) as client:
        return len(client.search("UNSEEN"))


@contextmanager
def _opened(mailbox: ImapSettings, *, readonly: bool = False, longest: float = LONGEST) -> Iterator[IMAPClient]:
    """A connection over TLS, logged in, with the folder selected; logged out at the end.

    Raises MailError when the server cannot be reached or refuses, ConfigError when there is no password.
    """
    if not mailbox.password:
        raise ConfigError(
            f"There is no password for {mailbox}. Set MONITOR_IMAP_PASSWORD, or MONITOR_IMAP_PASSWORD_FILE to a file "
            "that holds it."
        )
    server = f"The IMAP server {mailbox.host}:{mailbox.port}"
    with ExitStack() as stack:
        try:
            client = stack.enter_context(_connected(mailbox, longest))
        except _FAILURES as error:
            raise MailError(f"{server} cannot be reached over TLS: {_reason(error)}.") from error
        try:
            with _within(longest, client):
                _log_in(client, mailbox)
                _select(client, mailbox, readonly=readonly)
            yield client
        except _FAILURES as error:
            raise _refusal(mailbox, error) from error


def _refusal(mailbox: ImapSettings, error: Exception) -> MailError:
    return MailError(f"The IMAP server {mailbox.host}:{mailbox.port} refused: {_reason(error)}.")


@contextmanager
def _within(seconds: float, client: IMAPClient) -> Iterator[None]:
    """Hang up on a server that has not answered to the end after so many seconds: the library waits byte by byte."""

    def hang_up() -> None:
        with suppress(OSError):  # the server has done so
            client.socket().shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _connected(mailbox: ImapSettings, longest: float) -> IMAPClient:
    """A connection over TLS, made in a thread of its own: the library greets the server before we hold the socket."""
    found: list[IMAPClient | BaseException] = []

    def connect() -> None:
        try:
            found.append(_connect(mailbox))
        except _FAILURES as error:
            found.append(error)

    thread = threading.Thread(target=connect, daemon=True)
    thread.start()
    thread.join(longest)
    if not found:
        raise TimeoutError(f"it did not come to the end of its greeting within {longest:g} seconds")
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def _connect(mailbox: ImapSettings) -> IMAPClient:
    """A connection over TLS. Fails when the server does not offer STARTTLS or claims that we are authenticated."""
    context = ssl.create_default_context()
    is_tls = mailbox.encryption is Encryption.TLS
    with ExitStack() as closed_on_failure:
        client = IMAPClient(mailbox.host, mailbox.port, ssl=is_tls, ssl_context=context, timeout=TIMEOUT)
        closed_on_failure.enter_context(client)
        if not is_tls:
            client.starttls(context)
        closed_on_failure.pop_all()
    return client


def _log_in(client: IMAPClient, mailbox: ImapSettings) -> None:
    """Log in with LOGIN, or with AUTHENTICATE PLAIN (RFC 4616) when there are characters LOGIN cannot carry."""
    is_ascii = (mailbox.username + mailbox.password).isascii()
    (client.login if is_ascii else client.plain_login)(mailbox.username, mailbox.password)


def _select(client: IMAPClient, mailbox: ImapSettings, *, readonly: bool) -> None:
    try:
        client.select_folder(mailbox.folder, readonly=readonly)
    except IMAPClientAbortError:  # the connection broke, or the folder is read-only
        raise
    except IMAPClientError as error:
        raise MailError(
            f"The mailbox of {mailbox.username} at {mailbox.host} has no folder {mailbox.folder}."
        ) from error


def _reason(error: BaseException) -> str:
    """The server's text, without the full stop at its end."""
    if isinstance(error, LoginError) and error.__context__:  # its own text is the repr of the server's bytes
        return _reason(error.__context__)
    text = error.args[0] if error.args else ""
    return one_line(text.decode("utf-8", "replace") if isinstance(text, bytes) else str(error)).rstrip(".")
