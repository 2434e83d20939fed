"""`monitor config`: print an example, the JSON Schema, the reference of the configuration, or what templates show."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor import resources
from monitor.commands._console import console
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    load_settings,
    now,
    open_database,
    print_json,
)
from monitor.watch.configuration_changes import ConfigurationChange, differences
from monitor.watch.outside import plan

_RESTART = "Only a restart can change it: the services that run refuse the whole file until then."

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Print an example, the JSON Schema, the reference of the configuration, or what templates show.",
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
def templates(
    name: Annotated[str, typer.Argument(help="Print this shipped template instead, to begin one of yours with.")] = "",
    as_json: JsonOption = False,
) -> None:
    """List the templates that yours may replace, each with the fields that it may show, as in docs/templates.md.

    Exit 2 for a NAME that does not ship.
    """
    from monitor.config.branding import own_templates
    from monitor.render.templates import shipped_names

    if name:
        typer.echo(own_templates.shipped_text(name), nl=False)
        return
    if as_json:
        print_json({known: own_templates.fields_of(known) for known in shipped_names()})
    else:
        typer.echo(own_templates.reference_text(), nl=False)


@app.command()
def diff(config_file: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Say what the file would change on its database: baselines, articles judged again, who is affected.

    Also whether the services that run can take it by `monitor reload`, or have to be restarted. Nothing is changed.
    """
    settings = load_settings(config_file)
    from monitor.service.reload import checks, reports

    with open_database(settings) as db, db.read() as tx:
        found = differences(tx, settings.topics, settings.channels, plan.sources(settings))
        services = list(reports.running(tx, now()).values())
    keys = dict.fromkeys(key for service in services for key in checks.fixed_changes(service.fixed, settings))
    found += [ConfigurationChange("", "", f"changed {key}", _RESTART) for key in keys]
    if as_json:
        print_json(found)
        return
    for one in found:
        console.print(one.sentence, soft_wrap=True)
    if not found:
        console.print("Nothing: topics, questions, searches and channels are those the database was last used with.")
    elif services and not keys:
        console.print(
            "The services that run take this by themselves, without a restart; `monitor reload` waits for it."
        )
