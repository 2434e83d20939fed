"""`monitor config`: print an example, the JSON Schema or the reference of the configuration."""

from __future__ import annotations

import typer

from monitor import resources
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    console,
    load_settings,
    open_database,
    print_json,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Print an example, the JSON Schema or the reference of the configuration.",
)


@app.command()
def example() -> None:
    """Print the shipped configuration, complete for CCSVI in MS except for three values."""
    typer.echo((resources.folder("config") / "monitor.yaml").read_text(encoding="utf-8"), nl=False)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the configuration file, for editors."""
    from monitor.config import reference

    typer.echo(reference.schema_text(), nl=False)


@app.command()
def docs() -> None:
    """Print the reference of every key, as in docs/configuration.md."""
    from monitor.config import reference

    typer.echo(reference.docs_text(), nl=False)


@app.command()
def diff(config_file: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Say what the file would change on its database: baselines, articles judged again, who is affected.

    Nothing is changed; the next start of `monitor run` or `monitor tick` changes it.
    """
    settings = load_settings(config_file)
    from monitor.watch import configuration_changes

    with open_database(settings) as db, db.read() as tx:
        found = configuration_changes.differences(tx, settings.topics)
    if as_json:
        print_json(found)
        return
    for one in found:
        where = f"{one.topic}/{one.search}" if one.search else one.topic
        console.print(f"{where}: {one.what}. {one.effect}", soft_wrap=True)
    if not found:
        console.print("Nothing: topics, questions and searches are those the database was last used with.")
