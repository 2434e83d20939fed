"""`monitor bounces`: read returned mail from the configured mailbox, a Maildir, an IMAP mailbox or a pipe."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from monitor import config as configuration
from monitor import log
from monitor.bounces import collect
from monitor.bounces.collect import Collected
from monitor.bounces.intake import take_in
from monitor.bounces.process import Outcome, Processed
from monitor.commands._console import console, progress_bar
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    load_settings,
    now,
    open_database,
    print_json,
)
from monitor.errors import ConfigError, MailError, MonitorError, TryAgainError
from monitor.mail import mailbox
from monitor.model import ImapSettings, Settings
from monitor.ports import Guard, Progress
from monitor.service import connections
from monitor.service.alerting.failures import Unit
from monitor.service.guard import guard_of
from monitor.store import Database

#: Outcomes printed one by one; the others are only counted.
_PRINTED = (
    Outcome.SUSPENDED,
    Outcome.ENDED,
    Outcome.COMPLAINT,
    Outcome.UNPROVED_HARD,
    Outcome.UNPROVED_COMPLAINT,
    Outcome.UNSUBSCRIBED,
    Outcome.UNMATCHED_WISH,
    Outcome.HARD,
    Outcome.UNREADABLE,
)


def bounces(
    maildir: Annotated[Path | None, typer.Option(help="Read the new mails of this Maildir.")] = None,
    imap: Annotated[
        str | None,
        typer.Option(metavar="USER@HOST", help="Read the unseen mails over IMAP; MONITOR_IMAP_PASSWORD logs in."),
    ] = None,
    folder: Annotated[str, typer.Option(help="The IMAP folder.")] = "INBOX",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Read returned mail and suspend addresses that no longer work.

    Without an option: one mail from a pipe, else the mailbox that the configuration names under `bounces`. When a mail
    from a pipe cannot be taken, for whatever reason of ours, the exit code is 75: the mail server tries it again.
    """
    piped = b"" if maildir or imap else _piped()
    with KeptByItsSender() if piped else nullcontext():
        settings, _ = configuration.with_secret_key(load_settings(config))
        with progress_bar(is_quiet=as_json) as progress:
            mails = [piped] if piped else _mails(settings, maildir, imap, folder, progress)
            with open_database(settings) as db:
                taken, error = _configured(settings, db, progress) if mails is None else _processed(settings, db, mails)
        if as_json:
            print_json(taken)
        else:
            _print(taken)
        if error:
            raise MailError(error)


class KeptByItsSender:
    """Whatever fails here is our trouble (a locked or full database, a mistyped configuration, a bug), not the mail's.

    A mail server takes any exit code but 75 for a refusal of the mail.
    """

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, _kind: object, error: BaseException | None, _where: object) -> None:
        if isinstance(error, Exception):
            if not isinstance(error, MonitorError | OSError):
                log.get().error("a bug in Monitor", exc_info=error)
            raise TryAgainError(f"The mail was not taken, its sender should try again later. {error}") from error


def _mails(
    settings: Settings, maildir: Path | None, imap: str | None, folder: str, progress: Progress
) -> Iterable[bytes] | None:
    """The mails to read; None for the configured mailbox. Raises ConfigError when there is none."""
    if maildir and imap:
        raise ConfigError("Give --maildir or --imap, not both.")
    if maildir:
        return mailbox.maildir(maildir, progress)
    if imap:
        user, _, host = imap.rpartition("@")
        return mailbox.imap(ImapSettings(host, user, settings.imap_password, folder), progress)
    if settings.bounces:
        return None
    raise ConfigError(
        "No mail came through a pipe, and the configuration names no mailbox under bounces. "
        "Give --maildir PATH or --imap USER@HOST."
    )


def _piped() -> bytes:
    """The beginning of what comes through a pipe; read to its end, since a mail server takes a broken pipe for a
    failure.
    """
    if not _has_input():
        return b""
    raw = sys.stdin.buffer.read(mailbox.MAX_BYTES)
    while sys.stdin.buffer.read(mailbox.MAX_BYTES):
        pass
    return raw


def _has_input() -> bool:
    """Is standard input a pipe or a file? A terminal is not, nor is /dev/null, which services have."""
    if sys.stdin is None or sys.stdin.closed:
        return False
    return not stat.S_ISCHR(os.fstat(sys.stdin.fileno()).st_mode)


def _configured(settings: Settings, db: Database, progress: Progress) -> tuple[list[Processed], str]:
    collected = collect.collect(settings, connections.open_links(settings), db, now(), progress, _guard(settings, db))
    return list(collected.taken), collected.error


def _processed(settings: Settings, db: Database, mails: Iterable[bytes]) -> tuple[list[Processed], str]:
    """The outcome of each mail, and why reading ended early ("" when it did not)."""
    links, taken = connections.open_links(settings), []
    try:
        for raw in mails:
            taken.append(take_in(settings, links, db, raw, now(), _guard(settings, db)))
    except MailError as error:
        return taken, str(error)
    return taken, ""


def _guard(settings: Settings, db: Database) -> Guard:
    return guard_of(settings, db, now()).parts(Unit.RETURNED_MAIL)


def _print(taken: list[Processed]) -> None:
    for one in taken:
        if one.outcome in _PRINTED:
            whose = f"{one.address}: " if one.address else ""
            console.print(f"{whose}{one.outcome}. {one.detail}".rstrip(" ."), soft_wrap=True, markup=False)
    console.print(f"{Collected(tuple(taken)).summary()}.")
