"""`monitor preview`: write the next digest to a file without sending it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.commands._console import console, errors
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    AtOption,
    ConfigOption,
    load_settings,
    moment,
    open_database,
    pick_topic,
)
from monitor.digests import render
from monitor.digests.compose import preview as compose_preview
from monitor.render import placeholders
from monitor.render.dates import Dates

TopicOption = Annotated[str | None, typer.Option("--topic", "-t", help="The topic's key, where there are several.")]
OutOption = Annotated[
    Path, typer.Option("--out", "-o", metavar="FILE", help="The HTML file; the text is written beside it.")
]
TextOption = Annotated[bool, typer.Option("--text", help="Print the text part instead of writing files.")]


def preview(
    config_file: ConfigOption = DEFAULT_CONFIG,
    topic: TopicOption = None,
    out: OutOption = Path("digest.html"),
    is_text: TextOption = False,
    at: AtOption = None,
) -> None:
    """Write the digest that would be sent now, as HTML and text; sends nothing and does not poll.

    When there is no news it is the digest that a new subscriber would get. Exit 1 before the first answer.
    """
    settings = load_settings(config_file)
    picked = pick_topic(settings, topic)
    with open_database(settings) as db:
        made = compose_preview(settings, db, picked, moment(db, at))
    if made is None:
        errors.print(f"There is no digest of {picked.key} yet: run `monitor tick` to poll PubMed first.")
        raise typer.Exit(1)
    content, rendered = made
    dates = Dates(zone=picked.digest.timezone)
    text = placeholders.fill(rendered.text, {}, dates.write, is_html=False)
    if is_text:
        typer.echo(f"Subject: {rendered.subject}\n\n{text}")
        return
    out.write_text(render.page(content, rendered, dates=dates, logo=settings.branding.logo), encoding="utf-8")
    out.with_suffix(".txt").write_text(text, encoding="utf-8")
    console.print(f"{rendered.subject}\n{out} and {out.with_suffix('.txt')} written; nothing was sent.", markup=False)
