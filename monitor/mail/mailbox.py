"""Read returned mail from a Maildir or an IMAP folder (`imap_folder`); what was read is marked as seen and stays."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from monitor.errors import ConfigError, MailError
from monitor.mail.imap_folder import (
    MAX_BYTES,
    MAX_FETCHES,
    Unfetchable,
    imap,
    imap_counting_failures,
    number_of_unseen,
)
from monitor.model import ImapSettings
from monitor.ports import Progress, silent

__all__ = ["MAX_BYTES", "MAX_FETCHES", "Unfetchable", "imap", "maildir", "mails", "probe"]


def mails(
    mailbox: Path | ImapSettings, failures: dict[int, int], progress: Progress = silent
) -> Generator[bytes | Unfetchable, None, None]:
    """The beginning of each unseen mail (RFC 5322 bytes); it is marked as seen when the caller asks for the next one.

    `failures` counts by UID the visits in which an IMAP server could not send a mail; one that fails too often is given
    up. `progress` is called before each. Raises MailError when the mailbox cannot be used, ConfigError when it is not a
    Maildir or has no password.
    """
    if isinstance(mailbox, Path):
        yield from maildir(mailbox, progress)
    else:
        yield from imap_counting_failures(mailbox, failures, progress)


def probe(mailbox: Path | ImapSettings) -> str:
    """Open the mailbox and change nothing in it; a line for the operator with its unseen mails. Raises as `mails`."""
    if isinstance(mailbox, Path):
        return f"{_count(_number_of_unseen(mailbox))} in {mailbox}"
    return f"{_count(number_of_unseen(mailbox))} of {mailbox}, over TLS"


def _count(number: int) -> str:
    return f"{number:,} unseen {'mail' if number == 1 else 'mails'}"


def maildir(path: Path, progress: Progress = silent) -> Generator[bytes, None, None]:
    """Each unseen mail of a Maildir, sorted by file name; one that another reader moved meanwhile is skipped.

    A file that cannot be read holds up none behind it: MailError is raised after the last.
    """
    unreadable: OSError | None = None
    with _os_errors_as_mail_errors(path):
        files = _unseen_files(path)
        for number, file in enumerate(files):
            progress(number, len(files), "mails")
            try:
                with file.open("rb") as mail:
                    raw = mail.read(MAX_BYTES)
            except (FileNotFoundError, IsADirectoryError):
                continue
            except OSError as error:
                unreadable = error
                continue
            yield raw
            with suppress(FileNotFoundError):
                name, _, flags = file.name.partition(":2,")
                file.rename(path / "cur" / f"{name}:2,{''.join(sorted({*flags, 'S'}))}")
        if unreadable:
            raise unreadable


def _unseen_files(path: Path) -> list[Path]:
    """The files without the flag S (seen), oldest first. Raises ConfigError when `path` is not a Maildir."""
    if not all((path / name).is_dir() for name in ("cur", "new", "tmp")):
        raise ConfigError(f"{path} is not a Maildir: it has no folders cur, new and tmp.")
    files = [file for name in ("new", "cur") for file in (path / name).iterdir() if not file.name.startswith(".")]
    files = [file for file in files if not file.is_fifo()]  # reading one would wait for whoever writes it
    return sorted((file for file in files if "S" not in file.name.partition(":2,")[2]), key=lambda file: file.name)


def _number_of_unseen(path: Path) -> int:
    with _os_errors_as_mail_errors(path):
        files = _unseen_files(path)
        for name in ("new", "cur"):
            if not os.access(path / name, os.W_OK):
                raise MailError(f"{path / name} cannot be written to, so mails cannot be marked as seen.")
    return len(files)


@contextmanager
def _os_errors_as_mail_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MailError(f"The Maildir {path} cannot be read: {error.strerror}.") from error
