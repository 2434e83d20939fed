"""What `monitor status` prints of the sources besides PubMed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from monitor.commands._console import console
from monitor.model import FreshnessState
from monitor.service.status import SourceStatus
from monitor.watch import freshness


def show(sources: Sequence[SourceStatus], at: datetime) -> None:
    """Print how current each is, and what is wrong with it or what its last answer left to be known."""
    if not sources:
        return
    table = Table("source", "state", "what happened", "asked next", box=None, padding=(0, 2))
    for source in sources:
        state, sentence = source.freshness.state, source.freshness.sentence
        style = "green" if state is FreshnessState.CURRENT else "yellow"
        table.add_row(source.name, Text(state, style), sentence, until(source.due_at, at))
    console.print(table)
    for source in sources:
        told, style = (source.last_error, "yellow") if source.failures_in_row else (source.remark, "none")
        if told:
            console.print(f"  {source.name}: {told}", markup=False, soft_wrap=True, style=style)


def until(due_at: datetime | None, at: datetime) -> str:
    """In how long something is due; None before the first tick."""
    if due_at is None:
        return "with the first tick"
    return "now" if due_at <= at else f"in {freshness.in_words(due_at - at)}"
