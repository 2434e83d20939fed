"""`monitor subscribers`: who gets mail; one person's data, to hand over or to erase."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.table import Table

from monitor import config as configuration
from monitor import store
from monitor.commands._console import console
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    json_text,
    load_settings,
    now,
    open_database,
    open_private,
    pick_topic,
    print_json,
)
from monitor.config.subscribers_file import COLUMNS, parse_subscribers
from monitor.errors import ConfigError
from monitor.model import Settings, Subscription, SubscriptionState
from monitor.model.values import csv_cells
from monitor.store import Database
from monitor.subscribers import admin, do_not_mail, preferences
from monitor.subscribers.address_hash import AddressKey

app = typer.Typer(
    help="List, add, import, export, suspend and erase subscribers.", no_args_is_help=True, add_completion=False
)

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="An email address.")]
TopicOption = Annotated[str | None, typer.Option("--topic", help="The topic's key; needed when there are several.")]
Consent = Annotated[
    str,
    typer.Option(
        "--agreed",
        metavar="HOW",
        help="How they agreed to get mail, for the consent record. Without it each person is asked to confirm by mail.",
    ),
]


@app.command("list")
def list_(topic: TopicOption = None, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show every subscription and its state."""
    with _database(config) as (_, db), db.read() as tx:
        found = list(store.subscribers.everyone(tx, topic))
    if as_json:
        print_json([_row(one) for one in found])
        return
    table = Table(box=None, pad_edge=False)
    for column in ("Address", "Topic", "Frequency", "State", "Reason"):
        table.add_column(column, overflow="fold")
    for one in found:
        table.add_row(one.address, one.topic, one.frequency, one.state, one.reason)
    console.print(table if found else "There are no subscribers yet.")


@app.command()
def add(
    address: Address,
    topic: TopicOption = None,
    frequency: Annotated[str, typer.Option(help="at_once, daily, weekly or monthly. Default: the topic's.")] = "",
    timezone: Annotated[str, typer.Option(help="An IANA name such as Europe/Rome. Default: the topic's.")] = "",
    language: Annotated[str, typer.Option(help="How dates are written, such as de or en-US. Default: en.")] = "",
    agreed: Consent = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add one person, who is asked to confirm by mail unless you say how they agreed."""
    with _database(config, needs_key=True) as (settings, db):
        key = pick_topic(settings, topic).key
        written = csv_cells.line(COLUMNS[:5]) + csv_cells.line((address, key, frequency, timezone, language))
        _import(db, settings, parse_subscribers(written, "the command line", settings), "command line", agreed)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file; its first line names the columns.")],
    agreed: Consent = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Add everyone in a CSV file, or nobody if it has a mistake. People already known, gone or erased are skipped."""
    with _database(config, needs_key=True) as (settings, db):
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8 text"
            raise ConfigError(f"Cannot read {file}: {reason}.") from error
        _import(db, settings, parse_subscribers(text, str(file), settings), f"import of {file.name}", agreed)


@app.command()
def export(
    address: Annotated[
        str | None, typer.Argument(metavar="[ADDRESS]", help="One person: everything stored, as JSON.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file instead of standard output.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Write all subscriptions as CSV for `import`, or everything stored about one person as JSON."""
    with _database(config) as (_, db), db.read() as tx:
        if address is None:
            _write_csv(store.subscribers.everyone(tx), output)
            return
        kept = store.personal_data.export(tx, address)
    if not kept["subscribers"]:
        raise ConfigError(f"No subscriber has the address {address}.")
    if output:
        with open_private(output) as stream:
            stream.write(json_text(kept))
    else:
        typer.echo(json_text(kept))


@app.command()
def erase(address: Address, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Erase one person. Only a keyed hash is kept, so that no import adds them again."""
    with _database(config, needs_key=True) as (settings, db):
        if not admin.erase(db, AddressKey(address, settings.secret_keys), now()):
            raise ConfigError(f"No subscriber has the address {address}.")
    console.print(f"{address} is erased.", markup=False)


@app.command()
def suspend(
    address: Address,
    because: Annotated[str, typer.Option(help="The reason, for the record.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
) -> None:
    """Send one person nothing until `resume`."""
    with _database(config) as (_, db):
        _report(admin.suspend(db, address, now(), because), "suspended", address)


@app.command()
def resume(address: Address, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Send again to a person who was suspended, by you or because of bounces."""
    with _database(config) as (_, db):
        _report(admin.resume(db, address, now()), "resumed", address)


@app.command()
def allow(address: Address, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Let an address be requested for again whose owner complained, or asked never to be mailed."""
    with _database(config, needs_key=True) as (settings, db):
        person = AddressKey(address, settings.secret_keys)
        if not do_not_mail.allow(db, [*person.hmacs, *person.untagged_hmacs]):
            raise ConfigError(f"Mail to {address} is not barred.")
    console.print(f"{address} can subscribe again.", markup=False, soft_wrap=True)


@app.command("end-links")
def end_links(address: Address, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """End the links to one person's preferences, when somebody else has seen one. Links to unsubscribe keep working."""
    with _database(config) as (_, db):
        if not preferences.end_links(db, address, now()):
            raise ConfigError(f"No subscriber has the address {address}.")
    console.print(f"No link to preferences mailed to {address} until now works any more.", markup=False, soft_wrap=True)


@contextmanager
def _database(path: Path, *, needs_key: bool = False) -> Iterator[tuple[Settings, Database]]:
    """The settings, with the secret key if needed, and the database."""
    settings = load_settings(path)
    if needs_key:
        settings, _ = configuration.with_secret_key(settings)
    with open_database(settings) as db:
        yield settings, db


def _import(db: Database, settings: Settings, people: Iterable[Subscription], form: str, agreed: str) -> None:
    listed = list(people)
    asks = not agreed and any(one.state is SubscriptionState.ACTIVE for one in listed)
    if asks and not settings.web.public_url:
        raise ConfigError(
            "People cannot confirm without pages: set web.public_url, or say how they agreed with --agreed."
        )
    done = admin.import_subscribers(db, listed, settings.secret_keys, now(), form=form, consent=agreed)
    added = f"{done.added} added" + (", each is asked to confirm by mail" if asks and done.added else "")
    parts = [added, f"{done.known} already known"]
    parts += [f"{done.suppressed} on the suppression list"] * bool(done.suppressed)
    parts += [f"{done.unanswered} not asked again: they never answered"] * bool(done.unanswered)
    console.print("; ".join(parts) + ".")


def _report(number: int, what: str, address: str) -> None:
    if not number:
        raise ConfigError(f"{address} has no subscription that can be {what}.")
    console.print(f"{number} {'subscription' if number == 1 else 'subscriptions'} {what}.")


def _row(one: Subscription) -> dict[str, str]:
    values = (one.address, one.topic, one.frequency, one.timezone, one.language, " ".join(one.attachments), one.state)
    return dict(zip(COLUMNS, (*map(str, values), " ".join(one.reason.split())), strict=True))


def _write_csv(found: Iterable[Subscription], output: Path | None) -> None:
    """Write one line per subscription while reading them; with a pending frequency, the one asked for.

    What `csv_cells` does to cells for the sake of spreadsheets is undone by `import`.
    """

    def write(stream: TextIO) -> None:
        stream.write(csv_cells.line(COLUMNS, end="\n"))
        stream.writelines(csv_cells.line(_row(replace(one, frequency=one.wanted)).values(), end="\n") for one in found)

    if output is None:
        write(sys.stdout)
        return
    with open_private(output) as stream:
        write(stream)
