"""`monitor check`: is the configuration valid, and does PubMed interpret the queries as intended?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from monitor import config
from monitor.commands._console import console, progress_bar
from monitor.commands._progress import reported
from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption, JsonOption, print_json
from monitor.config import ConfigResult
from monitor.config.problems import Problem
from monitor.delivery import own_templates
from monitor.errors import ConfigError, UpstreamError
from monitor.model import Search, SearchKind, Settings, Subscription
from monitor.ports import Literature


@dataclass(frozen=True, slots=True)
class QueryCheck:
    """PubMed's response to one query: number of matches, translation, warnings, or the error."""

    topic: str
    search: str
    count: int | None = None
    translation: str = ""
    warnings: tuple[str, ...] = ()
    error: str = ""


#: More topics than this are counted, not named.
MOST_NAMED = 12


def check(
    config_file: ConfigOption = DEFAULT_CONFIG,
    online: Annotated[bool, typer.Option("--online", help="Also run each query in PubMed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check the configuration and the subscribers file; reports every mistake at once, with exit code 2.

    With --online each query is run once: how many articles match, how PubMed translates it, its warnings.
    """
    reading = config.read(config_file, os.environ)
    if reading.settings is None and not as_json:
        raise ConfigError(reading.explanation())
    if reading.settings:
        reading = _with_templates(reading, as_json=as_json)
    people = config.read_subscribers(reading.settings) if reading.settings else ()
    asked = _ask_all(reading.settings) if online and reading.settings else []
    if as_json:
        problems, warnings = list(reading.problems), list(reading.warnings)
        print_json({"file": str(config_file), "problems": problems, "warnings": warnings, "searches": asked})
    elif reading.settings:
        _print(reading.settings, people, reading.warnings, asked)
    if reading.settings is None:
        raise typer.Exit(2)
    if any(one.error for one in asked):
        raise typer.Exit(1)


def _with_templates(reading: ConfigResult, *, as_json: bool) -> ConfigResult:
    """The same, after the operator's mail templates were tried. Raises ConfigError when one fails, unless `as_json`."""
    try:
        if reading.settings:
            own_templates.check(reading.settings)
    except ConfigError as error:
        if not as_json:
            raise
        return replace(reading, settings=None, problems=(Problem(0, "templates", str(error)),))
    return reading


def _ask_all(settings: Settings) -> list[QueryCheck]:
    queries = sum(search.kind is SearchKind.QUERY for topic in settings.topics for search in topic.searches)
    with progress_bar() as progress:
        return list(reported(ask(settings), queries, "queries asked", progress))


def ask(settings: Settings) -> Iterable[QueryCheck]:
    """Run each query once; what PubMed says of it."""
    from monitor.service import connections

    literature = connections.open_sources(settings).literature
    for topic in settings.topics:
        for search in topic.searches:
            if search.kind is SearchKind.QUERY:
                yield _ask_one(literature, search)


def _ask_one(literature: Literature, search: Search) -> QueryCheck:
    try:
        found = literature.search(search.query)
    except UpstreamError as error:
        return QueryCheck(search.topic, search.name, error=str(error))
    return QueryCheck(search.topic, search.name, found.count, found.translation, found.warnings)


def _print(
    settings: Settings, people: Sequence[Subscription], warnings: Iterable[Problem], asked: Iterable[QueryCheck]
) -> None:
    searches = sum(len(topic.searches) for topic in settings.topics)
    keys = [topic.key for topic in settings.topics]
    topics = f"topic {', '.join(keys)}" if len(keys) <= MOST_NAMED else f"{len(keys):,} topics"
    counted = f"{searches} {'search' if searches == 1 else 'searches'}"
    console.print(f"{settings.path} is valid: {topics}, {counted}.", markup=False, soft_wrap=True)
    if settings.subscribers_file:
        whom = f"{len(people)} people" if people else "nobody yet; add people there or with `monitor subscribers add`"
        console.print(f"{settings.subscribers_file}: {whom}.", markup=False, soft_wrap=True)
    for warning in warnings:
        place = f"line {warning.line}" if warning.line else "environment"
        console.print(f"  warning: {place}  {warning}", markup=False, soft_wrap=True, style="yellow")
    for one in asked:
        _print_asked(one)


def _print_asked(one: QueryCheck) -> None:
    name = f"{one.topic}/{one.search}"
    if one.error:
        console.print(f"\n{name}: failed\n  {one.error}", markup=False, soft_wrap=True, style="red")
        return
    console.print(f"\n{name}: {one.count:,} articles", markup=False, soft_wrap=True, style="bold")
    console.print(f"  read by PubMed as: {one.translation}", markup=False, soft_wrap=True)
    for warning in one.warnings:
        console.print(f"  PubMed warns: {warning}", markup=False, soft_wrap=True, style="yellow")
