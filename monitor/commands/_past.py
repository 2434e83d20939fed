"""What `backtest` and `tune` share: the topic, kept answers, months as typed on the command line."""

from __future__ import annotations

import calendar
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor import config
from monitor.commands._shared import now, pick_topic
from monitor.errors import ConfigError
from monitor.model import Settings, Topic
from monitor.service import connections
from monitor.strategy.kept_answers import KeptAnswers

KnownOption = Annotated[
    Path | None,
    typer.Option("--known", metavar="FILE", help="Trials to look for: a PMID, DOI or registry number on each line."),
]
CacheOption = Annotated[
    Path,
    typer.Option("--cache", file_okay=False, help="Where PubMed's answers are kept, so that a second run asks little."),
]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Ask PubMed everything anew; forget what was kept.")]
DEFAULT_CACHE = Path("pubmed-answers")


def pick(settings: Settings, key: str | None) -> Topic:
    """The configured topic `key`, or else one that ships. Raises ConfigError."""
    shipped = config.shipped_topics()
    is_configured = any(topic.key == key for topic in settings.topics)
    return shipped[key] if key in shipped and not is_configured else pick_topic(settings, key)


def kept_answers(settings: Settings, folder: Path, *, is_fresh: bool, is_current: bool = False) -> KeptAnswers:
    """PubMed, asked only what is not kept in `folder`; when `is_current`, whatever was not asked today too."""
    sources = connections.open_sources(settings)
    return KeptAnswers(sources, settings.pubmed.base_url, now().date(), folder, is_fresh, is_current)


def first_day(text: str) -> date:
    """The first day of "2012", "2012-04" or "2012-04-01". Raises ConfigError."""
    return _span(text)[0]


def last_day(text: str) -> date:
    """The last day of "2012", "2012-04" or "2012-04-30". Raises ConfigError."""
    return _span(text)[1]


def _span(text: str) -> tuple[date, date]:
    with suppress(ValueError):
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007  a calendar day
        return day, day
    with suppress(ValueError):
        month = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  a calendar month
        return month, month.replace(day=calendar.monthrange(month.year, month.month)[1])
    with suppress(ValueError):
        year = datetime.strptime(text, "%Y").date()  # noqa: DTZ007  a calendar year
        return year, year.replace(month=12, day=31)
    raise ConfigError(f'"{text}" is not a month. Write 2012-04, or a day as 2012-04-15.')
