"""`monitor db`: upgrade, check, back up and copy the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from monitor import config as configuration
from monitor import store
from monitor.commands._console import console
from monitor.commands._console import progress_bar as show_progress
from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption, JsonOption, load_settings, now, print_json
from monitor.config.build import absolute_url
from monitor.errors import SchemaError, StoreError
from monitor.model import Settings
from monitor.service.running import heartbeat
from monitor.store import Database

app = typer.Typer(help="Upgrade, check, back up and copy the database.", no_args_is_help=True, add_completion=False)

#: A running service gives a sign of life each minute; one of which so long nothing was heard does not run.
_SILENT_FOR = timedelta(minutes=2)

NewFile = Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")]


@app.command()
def upgrade(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Create the tables, or bring them up to date. Running it again changes nothing."""
    from monitor.service import connections

    with _database(config) as (settings, db):
        before = store.migrate.current(db)
        with show_progress() as progress:
            progress(0, 0, "bringing the tables up to date")
            connections.upgrade_schema(settings, db)
        after = store.migrate.current(db)
        done = f"already has schema {after}" if before == after else f"is now at schema {after}"
        console.print(f"{db.url_safe} {done}.", soft_wrap=True, markup=False)


@app.command()
def check(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Check the whole database for damage and its schema against this version. Exit 1 when anything is wrong."""
    with _database(config) as (settings, db):
        with show_progress(is_quiet=as_json) as progress:
            progress(0, 0, "looking at every page")
            problems = _problems(settings, db)
        if as_json:
            print_json({"database": db.url_safe, "schema": store.migrate.current(db), "problems": problems})
        else:
            for line in problems or [f"{db.url_safe} is intact, schema {store.migrate.current(db)}."]:
                console.print(line, soft_wrap=True, markup=False)
    if problems:
        raise typer.Exit(1)


@app.command()
def backup(file: NewFile, config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Copy a SQLite database to FILE while the service runs; for PostgreSQL, print the command to use."""
    with _database(config) as (_, db), show_progress() as progress:
        store.maintenance.backup(db, file, progress)
    console.print(f"{file} written ({file.stat().st_size:,} bytes).", soft_wrap=True, markup=False)


@app.command()
def copy(
    url: Annotated[str, typer.Argument(metavar="URL", help="An empty database: sqlite:///FILE or postgresql://…")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Copy the configured database into another one: SQLite to PostgreSQL, back, or to another place.

    Stop the service first. Every table is compared in the end. A copy that was interrupted is finished by running the
    same command again; until then no command works on it.
    """
    with _database(config) as (settings, db):
        target = store.open(absolute_url(url, Path.cwd()))
        try:
            _refuse_running(db)
            with show_progress(is_quiet=as_json) as progress:
                totals = store.copy.copy_database(db, target, now(), progress)
            if as_json:
                print_json({"source": db.url_safe, "target": target.url_safe, "tables": totals})
            else:
                _print_copied(settings, db, target, totals)
        finally:
            target.close()


def _refuse_running(db: Database) -> None:
    """Raise StoreError while a service runs on this database: it would go on writing to it after the copy."""
    store.migrate.check(db)
    with db.read() as tx:
        last, is_any_alive = heartbeat.last_beat(tx), not db.is_sqlite and store.processes.is_any_alive(tx)
    if is_any_alive or (last and now() - last < _SILENT_FOR):
        raise StoreError(
            f"A service works on {db.url_safe}: it gave a sign of life within the last two minutes. Stop `monitor run` "
            "and every `monitor worker`, and run this again; if you have just stopped them, in two minutes."
        )


def _print_copied(settings: Settings, db: Database, target: Database, totals: list[store.copy.TableCopy]) -> None:
    """What was copied, and what remains for the operator to do."""
    rows = sum(one.rows for one in totals)
    console.print(
        f"{rows:,} rows in {len(totals)} tables copied from {db.url_safe} to {target.url_safe}; every table compared.",
        soft_wrap=True,
    )
    console.print(
        f"To go on with the copy, set database_url or MONITOR_DATABASE_URL to {target.url_safe}.", soft_wrap=True
    )
    console.print(_about_key(settings, target), soft_wrap=True)
    console.print("Start no service on the old database any more: both would mail the same readers.", soft_wrap=True)


def _about_key(settings: Settings, target: Database) -> str:
    """What to do with the key that signs links, which is in no database."""
    beside = configuration.key_path(settings)
    if settings.secret_keys or beside is None:
        return "Keep MONITOR_SECRET_KEY as it is: the links in mails that were sent are signed with it."
    kept = "so that the links in mails that were sent stay valid"
    if target.is_sqlite:
        return f"Copy the key {beside} beside the new file, with its name and the suffix .key, {kept}."
    return f"Set MONITOR_SECRET_KEY_FILE={beside}, {kept}; with PostgreSQL the key is given by the environment."


@contextmanager
def _database(config: Path) -> Iterator[tuple[Settings, Database]]:
    """The settings and their database, whatever its schema."""
    settings = load_settings(config)
    configuration.refuse_emptied(settings)
    db = store.open(settings.database_url)
    try:
        yield settings, db
    finally:
        db.close()


def _problems(settings: Settings, db: Database) -> list[str]:
    from monitor.service import connections

    try:
        connections.check_schema(settings, db)
    except SchemaError as error:
        return [*store.maintenance.problems(db), str(error)]
    return store.maintenance.problems(db)
