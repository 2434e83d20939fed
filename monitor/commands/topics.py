"""`monitor topics`: those that ship, are configured, or were removed and are still stored; archive and delete these."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from monitor import config, store
from monitor.commands import _topic_archive
from monitor.commands._console import console
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    load_settings,
    moment,
    open_database,
    print_json,
)
from monitor.errors import ConfigError, MonitorError
from monitor.model import Settings, Topic
from monitor.store import Database, Tx
from monitor.store.literature.topic_deletion import TopicHoldings

app = typer.Typer(add_completion=False, rich_markup_mode=None)

#: The topics that are stored and no longer configured, with what is held of each and the names of its searches.
Removed = dict[str, tuple[TopicHoldings, list[str]]]

TopicArgument = Annotated[str, typer.Argument(metavar="TOPIC", help="The key of a topic that is no longer configured.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The archive, a ZIP file that does not exist yet.")]
YesOption = Annotated[
    bool, typer.Option("--yes", help="Really delete it; without this only what would be lost is told.")
]


@app.callback(invoke_without_command=True)
def topics(context: typer.Context, config_file: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List the topics that ship with Monitor, those of the configuration, and those that were removed from it.

    Switch one that ships on by its key: shipped_topics: [KEY]. One that was removed is still stored: `monitor export
    --topic KEY` writes it, `monitor topics archive` and `delete` end it.
    """
    if context.invoked_subcommand is None:
        _list(config_file, as_json=as_json)


@app.command()
def delete(topic: TopicArgument, yes: YesOption = False, config_file: ConfigOption = DEFAULT_CONFIG) -> None:
    """Delete everything that is stored of a removed topic alone; what other topics have too is kept."""
    settings = load_settings(config_file)
    with open_database(settings) as db:
        if yes:
            _delete(settings, db, topic)
            return
        _print_losses(topic, _held(settings, db, topic), "This deletes")
    keep = f"To keep a copy: monitor topics archive {topic} FILE.zip"
    raise ConfigError(f"Nothing was deleted. To delete it, add --yes. {keep}")


@app.command()
def archive(
    topic: TopicArgument, file: FileArgument, yes: YesOption = False, config_file: ConfigOption = DEFAULT_CONFIG
) -> None:
    """Write everything that can be exported of a removed topic to FILE; with --yes, delete it then.

    The archive has no addresses: who chose to get its digests is not in it.
    """
    settings = load_settings(config_file)
    with open_database(settings) as db:
        held = _held(settings, db, topic)
        _topic_archive.write(settings, db, topic, file, moment(db))
        console.print(f"{file} written ({file.stat().st_size:,} bytes).", soft_wrap=True)
        if yes:
            _delete(settings, db, topic)
        else:
            _print_losses(topic, held, f"`monitor topics delete {topic} --yes` would delete")


def _held(settings: Settings, db: Database, topic: str) -> TopicHoldings:
    """What is held of the topic. Raises ConfigError when it must not be deleted."""
    with db.read() as tx:
        _refuse_watched(settings, tx, topic)
        return store.topic_deletion.holdings(tx, topic)


def _delete(settings: Settings, db: Database, topic: str) -> None:
    held = _held(settings, db, topic)
    store.topic_deletion.delete_topic(db, topic)
    store.maintenance.overwrite_log(db)
    _print_losses(topic, held, "Deleted")


def _refuse_watched(settings: Settings, tx: Tx, topic: str) -> None:
    """Raise ConfigError for a topic that is not stored, is configured, or is still watched by a running service."""
    stored, configured = store.topics.keys(tx), {one.key for one in settings.topics}
    if topic in configured:
        raise ConfigError(
            f'"{topic}" is configured. Take it out of {settings.path} first, and let the service read that.'
        )
    if topic not in stored:
        removed = ", ".join(key for key in stored if key not in configured) or "none"
        raise ConfigError(f'No topic "{topic}" is stored. Removed, and still stored: {removed}.')
    if any(store.searches.recorded(tx, topic).values()):
        raise ConfigError(
            f'The configuration no longer names "{topic}", but no service was started with it yet. '
            "Restart the service, or run `monitor tick`; then run this again."
        )


def _print_losses(topic: str, held: TopicHoldings, begin: str) -> None:
    """What is lost and what stays, in sentences."""
    told = [
        f"{begin}, of {topic}: {held.articles:,} articles that no other topic watches, {held.answers:,} answers, "
        f"{held.screenings:,} screenings, {held.digests:,} digests with the record of {held.deliveries:,} copies."
    ]
    if held.people:
        told.append(
            f"With them go the choices of {held.people:,} people, and the addresses of {held.only_here:,} who chose "
            "nothing else. Who left or complained is forgotten too: import no old list of readers afterwards."
        )
    if held.shared_articles:
        told.append(f"{held.shared_articles:,} articles stay, as other topics watch them too.")
    for line in told:
        console.print(line, soft_wrap=True)


def _list(config_file: Path, *, as_json: bool) -> None:
    configured, mistake = _configured(config_file)
    shipped = config.shipped_topics()
    listed = {topic.key: topic for topic in (*configured, *shipped.values())}
    on = {topic.key for topic in configured}
    removed, trouble = _removed(config_file, on)
    if as_json:
        known = [_as_json(one, is_on=one.key in on, ships=one.key in shipped) for one in listed.values()]
        print_json([one | {"is_removed": one["topic"] in removed} for one in known] + _removed_json(removed, listed))
        return
    _print_table(listed, on, removed)
    for remark in filter(None, (mistake, trouble)):
        console.print(f"\n{remark}", markup=False, soft_wrap=True, style="yellow")
    if off := [key for key in shipped if key not in on]:
        console.print(f"\nTo switch one on, add to {config_file}: shipped_topics: \\[{off[0]}]", soft_wrap=True)


def _print_table(listed: dict[str, Topic], on: set[str], removed: Removed) -> None:
    table = Table("topic", "on", "question", box=None, pad_edge=False)
    for key, topic in listed.items():
        table.add_row(key, "on" if key in on else "removed" if key in removed else "off", escape(topic.question.text))
    for key, (held, _) in removed.items():
        if key not in listed:
            told = f"still stored: {held.articles + held.shared_articles:,} articles, {held.digests:,} digests"
            table.add_row(escape(key), "removed", told)
    console.print(table)


def _configured(config_file: Path) -> tuple[tuple[Topic, ...], str]:
    """The topics of the configuration; none, and what is wrong with them, when they cannot be read."""
    try:
        return config.load_topics(config_file), ""
    except ConfigError as error:
        return (), str(error)


def _removed(config_file: Path, configured: set[str]) -> tuple[Removed, str]:
    """The topics that were removed; none, and why, when there is no knowing. Shipped topics are listed all the same."""
    settings = config.read(config_file, os.environ).settings
    if settings is None:
        return {}, ""
    file = config.sqlite_file(settings)
    if file and not file.exists():
        return {}, ""
    try:
        with open_database(settings) as db, db.read() as tx:
            gone = [key for key in store.topics.keys(tx) if key not in configured]
            return {key: (store.topic_deletion.holdings(tx, key), _names(tx, key)) for key in gone}, ""
    except MonitorError as error:
        return {}, f"Topics that were removed are not listed: {error}"


def _names(tx: Tx, topic: str) -> list[str]:
    return [search.name for search in store.searches.recorded(tx, topic)]


def _as_json(topic: Topic, *, is_on: bool, ships: bool) -> dict[str, object]:
    return {
        "topic": topic.key,
        "name": topic.name,
        "question": topic.question.text,
        "is_on": is_on,
        "ships": ships,
        "searches": [search.name for search in topic.searches],
    }


def _removed_json(removed: Removed, listed: Iterable[str]) -> list[dict[str, object]]:
    """The removed topics that are not listed anyway; name and question are not stored."""
    blank = {"name": "", "question": "", "is_on": False, "ships": False, "is_removed": True}
    return [
        {"topic": key, **blank, "searches": names, "held": asdict(held)}
        for key, (held, names) in removed.items()
        if key not in listed
    ]
