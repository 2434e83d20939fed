"""`monitor backtest TOPIC`: what subscribers would have received had Monitor watched then. Nothing is mailed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from monitor import log
from monitor.commands._console import console, progress_bar
from monitor.commands._past import (
    DEFAULT_CACHE,
    CacheOption,
    FreshOption,
    KnownOption,
    first_day,
    kept_answers,
    last_day,
    pick,
)
from monitor.commands._shared import (
    DEFAULT_CONFIG,
    ConfigOption,
    JsonOption,
    TopicArgument,
    load_settings,
    now,
    print_json,
)
from monitor.errors import ConfigError
from monitor.model import Frequency
from monitor.strategy import known as known_trials
from monitor.strategy import page
from monitor.strategy.backtest import Backtest, Plan
from monitor.strategy.backtest import backtest as run

FromOption = Annotated[
    str, typer.Option("--from", metavar="MONTH", help="The first month: 2012-04. Default: two years.")
]
ToOption = Annotated[str, typer.Option("--to", metavar="MONTH", help="The last month: 2020-01. Default: until today.")]
FrequencyOption = Annotated[
    Frequency | None, typer.Option("--frequency", help="How often the subscriber wants mail. Default: the topic's.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help="The page. Default: backtest-TOPIC.html")
]


def backtest(
    topic: TopicArgument = None,
    start: FromOption = "",
    until: ToOption = "",
    frequency: FrequencyOption = None,
    known: KnownOption = None,
    out: OutOption = None,
    cache: CacheOption = DEFAULT_CACHE,
    fresh: FreshOption = False,
    config_file: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Replay a topic on PubMed as it was: its digests, its answers, and the known trials it would have missed.

    Works in a temporary database; nothing is mailed and the service's own database is not touched. PubMed is asked
    once for each search and for the records it lists; interrupted, it goes on where it was.
    """
    settings = load_settings(config_file)
    log.setup(settings.log_format, settings.secrets, level="error")
    chosen = pick(settings, topic)
    first, last = _period(start, until)
    trials = known_trials.read_file(known) if known else []
    plan = Plan(chosen, first, last, frequency or chosen.digest.frequency, tuple(trials))
    file = out or Path(f"backtest-{chosen.key}.html")
    with progress_bar() as progress:
        done = run(plan, settings, kept_answers(settings, cache, is_fresh=fresh), progress)
    _write(file, page.write(done, settings.catalogue(chosen.key)))
    if as_json:
        print_json(done.as_json())
    else:
        _print(done, file)


def _period(start: str, until: str) -> tuple[date, date]:
    today = now().date()
    last = min(last_day(until), today) if until else today
    first = first_day(start) if start else last - timedelta(days=730)
    if first > last:
        raise ConfigError(f"--from {first} is after --to {last}, or in the future.")
    return first, last


def _write(file: Path, html: str) -> None:
    try:
        file.write_text(html, "utf-8")
    except OSError as error:
        raise ConfigError(f"Cannot write {file}: {error.strerror}. Name another file with --out.") from error


def _print(done: Backtest, file: Path) -> None:
    plan = done.plan
    console.print(f"{plan.topic.name}, {plan.start} to {plan.until}, {plan.frequency.replace('_', ' ')}", style="bold")
    console.print(f"{len(done.issues)} digests, {done.articles} new articles after {done.before} before.\n")
    for step in done.steps:
        console.print(f"{step.on}  {step.record.answer.state}", style="bold")
        console.print(f"            {step.record.answer.sentence}", soft_wrap=True)
        for cause in step.causes:
            console.print(f"            because of PMID {cause.article.pmid}: {cause.article.title}", soft_wrap=True)
    if done.known:
        counted = len(done.known) - len(done.missed)
        console.print(f"\n{counted} of {len(done.known)} known trials counted.", style="bold")
    for one in done.missed:
        name = f" {one.trial.name}" if one.trial.name else ""
        console.print(f"missed      {one.trial.named}{name}: {one.fate}. {one.why}", soft_wrap=True)
    for remark in done.remarks:
        console.print(f"note        {remark}", soft_wrap=True)
    console.print(f"\nPubMed was asked {done.requests} times, {done.reused} answers were kept from earlier runs.")
    console.print(f"Open {file}; what a backtest cannot show stands at its end.", soft_wrap=True)
