"""`monitor config`: print an example, the JSON Schema or the reference of the configuration."""

from __future__ import annotations

import typer

from monitor import resources

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
