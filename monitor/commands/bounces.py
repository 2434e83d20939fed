"""`monitor bounces`: read returned mail from the configured mailbox, a Maildir, an IMAP mailbox or a pipe."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from monitor import config as configuration
from monitor.bounces import collect
from monitor.bounces import process as work
from monitor.bounces.collect import Collected
from monitor.bounces.process import Outcome, Processed
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    console,
    load_settings,
    now,
    open_database,
    print_json,
)
from monitor.errors import ConfigError, MailError
from monitor.mail import mailbox
from monitor.model import ImapSettings, Settings
from monitor.service import connections
from monitor.store import Database

#: Outcomes printed one by one; the others are only counted.
_PRINTED = (Outcome.SUSPENDED, Outcome.ENDED, Outcome.COMPLAINT, Outcome.UNSUBSCRIBED, Outcome.HARD)


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

    Without an option: one mail from a pipe, else the mailbox that the configuration names under `bounces`.
    """
    settings, _ = configuration.with_secret_key(load_settings(config))
    mails = _mails(settings, maildir, imap, folder)
    with open_database(settings) as db:
        if mails is None:
            taken, error = _configured(settings, db)
        else:
            taken, error = _processed(settings, db, mails), ""
    if as_json:
        print_json(taken)
    else:
        _print(taken)
    if error:
        raise MailError(error)


def _mails(settings: Settings, maildir: Path | None, imap: str | None, folder: str) -> Iterable[bytes] | None:
    """The mails to read; None for the configured mailbox. Raises ConfigError when there is none."""
    if maildir and imap:
        raise ConfigError("Give --maildir or --imap, not both.")
    if maildir:
        return mailbox.maildir(maildir)
    if imap:
        user, _, host = imap.rpartition("@")
        return mailbox.imap(ImapSettings(host, user, settings.imap_password, folder))
    if _has_input() and (raw := sys.stdin.buffer.read()):
        return [raw]
    if settings.bounces:
        return None
    raise ConfigError(
        "No mail came through a pipe, and the configuration names no mailbox under bounces. "
        "Give --maildir PATH or --imap USER@HOST."
    )


def _has_input() -> bool:
    """Is standard input a pipe or a file? A terminal is not, nor is /dev/null, which services have."""
    if sys.stdin is None or sys.stdin.closed:
        return False
    return not stat.S_ISCHR(os.fstat(sys.stdin.fileno()).st_mode)


def _configured(settings: Settings, db: Database) -> tuple[list[Processed], str]:
    collected = collect.collect(settings, connections.open_links(settings), db, now())
    return list(collected.taken), collected.error


def _processed(settings: Settings, db: Database, mails: Iterable[bytes]) -> list[Processed]:
    links = connections.open_links(settings)
    return [work.process(db, raw, links, settings.secret_keys, now()) for raw in mails]


def _print(taken: list[Processed]) -> None:
    for one in taken:
        if one.outcome in _PRINTED:
            console.print(f"{one.address}: {one.outcome}. {one.detail}".rstrip(" ."), soft_wrap=True, markup=False)
    console.print(f"{Collected(tuple(taken)).summary()}.")
