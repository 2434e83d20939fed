"""`monitor db`: upgrade, check and back up the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from monitor import config as configuration
from monitor import store
from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption, JsonOption, console, load_settings, print_json
from monitor.commands._shared import progress_bar as show_progress
from monitor.errors import SchemaError
from monitor.model import Settings
from monitor.store import Database

app = typer.Typer(help="Upgrade, check and back up the database.", no_args_is_help=True, add_completion=False)

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
