"""`monitor translations`: what translators translate, and how far a catalogue is."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from monitor import config
from monitor.commands._console import console
from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json
from monitor.config import languages
from monitor.errors import ConfigError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Write the messages of mails and pages for translators; check the operator's catalogues.",
)

FolderArgument = Annotated[
    Path | None, typer.Argument(help="The folder of catalogues; that of the configuration, if left out.")
]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="Write here instead of to standard output.")]
AllOption = Annotated[bool, typer.Option("--all", help="List every message that is missing, fuzzy or unused.")]

#: How many messages of each kind are listed without --all.
_LISTED = 5


@app.command()
def extract(output: OutputOption = None) -> None:
    """Print every message of mails and pages as a template (.pot) for translators' programs."""
    from monitor.language import template

    found = template.written(template.template())
    if output:
        output.write_bytes(found)
        console.print(f"Wrote {output}.")
    else:
        typer.echo(found.decode(), nl=False)


@app.command()
def check(
    folder: FolderArgument = None,
    every: AllOption = False,
    config_file: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Say what each catalogue lacks (that is said in English) and what is wrong with it.

    Exit code 1 when a catalogue has mistakes: Monitor would refuse it. With the catalogues of the configuration,
    templates of yours are tried too; exit code 2 when one breaks its mail or page.
    """
    from monitor.delivery import own_templates
    from monitor.language.template import coverage
    from monitor.web import own_pages

    catalogues = folder or languages.folder_of(config_file)
    paths = sorted(catalogues.glob("*/LC_MESSAGES/monitor.po"))
    if not paths:
        raise ConfigError(f"There is no catalogue in {catalogues}: {catalogues}/de/LC_MESSAGES/monitor.po is German.")
    found = {path: coverage(path, path.parts[-3].replace("_", "-")) for path in paths}
    if as_json:
        print_json([{"catalogue": str(path), **asdict(one)} for path, one in found.items()])
    else:
        for path, one in found.items():
            said = one.total - len(one.missing) - len(one.fuzzy)
            console.print(f"{path}: {said} of {one.total} messages translated")
            for mistake in one.mistakes:
                console.print(f"  line {mistake.line}: {mistake.text}")
            for what, texts in (("missing", one.missing), ("fuzzy", one.fuzzy), ("unused", one.unused)):
                _list(what, texts, len(texts) if every else _LISTED)
    if any(one.mistakes for one in found.values()):
        raise typer.Exit(1)
    if folder is None and (settings := config.read(config_file, os.environ).settings):
        own_templates.check(settings)
        own_pages.check(settings)


def _list(what: str, texts: tuple[str, ...], most: int) -> None:
    if not texts:
        return
    console.print(f"  {len(texts)} {what}")
    for text in texts[:most]:
        console.print(f"    {text}")
    if len(texts) > most:
        console.print(f"    and {len(texts) - most} more: --all lists them")
