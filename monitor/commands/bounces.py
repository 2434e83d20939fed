"""`monitor bounces`: read mail that came back, from a Maildir, an IMAP mailbox or a pipe."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from monitor import bounces as work
from monitor import config as configuration
from monitor import inbox
from monitor.bounces import Outcome, Taken
from monitor.commands.context import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    console,
    load_settings,
    now,
    open_database,
    print_json,
)
from monitor.errors import ConfigError
from monitor.links import Links

PASSWORD = "MONITOR_IMAP_PASSWORD"  # noqa: S105  the name of the variable, not a password

#: What an operator wants to read of; the rest is counted.
_TOLD = (Outcome.SUSPENDED, Outcome.COMPLAINT, Outcome.UNSUBSCRIBED, Outcome.HARD)


def bounces(
    maildir: Annotated[Path | None, typer.Option(help="Read the new mails of this Maildir.")] = None,
    imap: Annotated[
        str | None, typer.Option(metavar="USER@HOST", help=f"Read the unseen mails over IMAP; {PASSWORD} logs in.")
    ] = None,
    folder: Annotated[str, typer.Option(help="The IMAP folder.")] = "INBOX",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Read returned mail and suspend addresses that no longer work. Without an option one mail comes from a pipe."""
    settings, _ = configuration.with_secret_key(load_settings(config))
    links = Links(settings.secret_keys, settings.web.public_url)
    with open_database(settings) as db:
        mails = _mails(maildir, imap, folder)
        taken = [work.take(db, raw, links, settings.secret_keys, now()) for raw in mails]
    if as_json:
        print_json(taken)
    else:
        _tell(taken)


def _mails(maildir: Path | None, imap: str | None, folder: str) -> Iterator[bytes]:
    if maildir and imap:
        raise ConfigError("Give --maildir or --imap, not both.")
    if maildir:
        return inbox.maildir(maildir)
    if imap:
        user, _, host = imap.rpartition("@")
        return inbox.imap(host, user, _password(), folder=folder)
    if sys.stdin.isatty():
        raise ConfigError("Give --maildir PATH or --imap USER@HOST, or pipe one mail into this command.")
    return iter([sys.stdin.buffer.read()])


def _password() -> str:
    """The password of the IMAP mailbox, from the environment or the file it names."""
    file = os.environ.get(f"{PASSWORD}_FILE", "")
    password = os.environ.get(PASSWORD, "") or (Path(file).read_text(encoding="utf-8").strip() if file else "")
    if not password:
        raise ConfigError(f"Set {PASSWORD}, or {PASSWORD}_FILE to a file that holds it.")
    return password


def _tell(taken: list[Taken]) -> None:
    for one in taken:
        if one.outcome in _TOLD:
            console.print(f"{one.address}: {one.outcome}. {one.detail}".rstrip(" ."), soft_wrap=True, markup=False)
    counts = Counter(one.outcome for one in taken)
    told = ", ".join(f"{number} {outcome}" for outcome, number in counts.items())
    console.print(f"{len(taken)} {'mail' if len(taken) == 1 else 'mails'} read{': ' + told if told else ''}.")
