"""`monitor poll`: poll PubMed now, whether due or not."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from monitor import store
from monitor.commands._console import console, progress_bar
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    AtOption,
    ConfigOption,
    JsonOption,
    instant,
    load_settings,
    now,
    print_json,
)
from monitor.errors import ConfigError
from monitor.model import Outcome, Poll, Settings
from monitor.store import Database

TopicArgument = Annotated[str | None, typer.Argument(help="Only this topic.")]
AcceptOption = Annotated[
    str | None,
    typer.Option("--accept", metavar="TOPIC/SEARCH", help="Poll this search that is in doubt, and believe the answer."),
]
SearchArgument = Annotated[str | None, typer.Argument(help="Only this search of it.")]


def poll(
    topic: TopicArgument = None,
    search: SearchArgument = None,
    accept: AcceptOption = None,
    config_file: ConfigOption = DEFAULT_CONFIG,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Poll PubMed now, whether due or not, and store what changed; sends nothing. Exit 1 when a poll failed."""
    settings = load_settings(config_file)
    wanted = _wanted(settings, topic, search) if accept is None else [_accepted(settings, accept, topic)]
    from monitor.service import connections, rehearsal
    from monitor.service.alerting.failures import Unit
    from monitor.service.guard import guard_of
    from monitor.service.running.clock import forget_future
    from monitor.watch.poll import poll_due

    pretended = instant(at) if at else rehearsal.of(settings)
    moment = pretended or now()
    is_pretended = pretended is not None
    with (
        connections.opened(settings, moment, is_pretended=is_pretended) as (ready, db),
        progress_bar(is_quiet=as_json) as progress,
    ):
        if accept is not None:
            _check_doubt(db, *wanted[0])
        forget_future(ready.topics, db, moment)
        polls = poll_due(
            ready.topics,
            connections.open_sources(ready, db),
            db,
            moment,
            progress,
            only=wanted,
            is_accepted=accept is not None,
            guard=guard_of(ready, db, moment).parts(Unit.POLLS),
        )
    if as_json:
        print_json(polls)
    else:
        _print(polls, len(wanted) - len(polls))
    if any(one.outcome is Outcome.FAILED for one in polls):
        raise typer.Exit(1)


def _wanted(settings: Settings, topic: str | None, search: str | None) -> list[tuple[str, str]]:
    every = [(one.topic, one.name) for t in settings.topics for one in t.searches]
    wanted = [key for key in every if topic in (None, key[0]) and search in (None, key[1])]
    if not wanted:
        known = ", ".join(f"{key[0]} {key[1]}" for key in every)
        raise ConfigError(f'There is no search "{" ".join(filter(None, (topic, search)))}". Searches here: {known}.')
    return wanted


def _accepted(settings: Settings, accept: str, topic: str | None) -> tuple[str, str]:
    """The search TOPIC/SEARCH whose answer is accepted. Raises ConfigError when it is not configured."""
    key, _, name = accept.partition("/")
    if topic is not None or not (key and name):
        raise ConfigError("--accept names one search, and nothing else does: monitor poll --accept TOPIC/SEARCH")
    (wanted,) = _wanted(settings, key, name)
    return wanted


def _check_doubt(db: Database, topic: str, search: str) -> None:
    """Raise ConfigError when there is nothing to accept."""
    with db.read() as tx:
        is_doubted = any(state.name == search and state.doubt for state in store.searches.states(tx, topic))
    if not is_doubted:
        raise ConfigError(f"{topic}/{search} is not in doubt: its last answer was believed.")


def _print(polls: list[Poll], busy: int) -> None:
    table = Table("search", "outcome", "found", "new", "revised", "gone", "requests", box=None, pad_edge=False)
    for one in polls:
        outcome = "baseline" if one.is_baseline and one.outcome is Outcome.OK else str(one.outcome)
        counts = (one.count, one.new, one.revised, one.gone, one.requests)
        table.add_row(f"{one.topic}/{one.search}", outcome, *("" if n is None else f"{n:,}" for n in counts))
    console.print(table)
    for one in polls:
        if one.error:
            console.print(f"{one.topic}/{one.search}: {one.error}", markup=False, soft_wrap=True, style="red")
    if busy:
        console.print(f"{busy} left to another process that is polling them now.")
