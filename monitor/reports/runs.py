"""The polls of a search, put together while query, translation and program stayed the same. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.model import Outcome, Poll


@dataclass(frozen=True, slots=True)
class Run:
    """Successive polls with one query, read in one way, by one version of Monitor ("" where it was not recorded).

    `first_count` and `last_count` are how many records the first and the last of them found. `doubted` of them had an
    answer that was not believed, `failed` had none; neither of these is among `polls`.
    """

    query: str
    translation: str
    version: str
    first_at: datetime
    last_at: datetime
    first_count: int | None
    last_count: int | None
    polls: int = 1
    doubted: int = 0
    failed: int = 0


#: The headings of `cells`.
COLUMNS = ("First run", "Records", "Last run", "Records", "Runs", "Failed", "In doubt", "Monitor")


def cells(run: Run) -> tuple[str, ...]:
    """A run as a row of a table with the headings COLUMNS."""
    first, last = (at(run.first_at), count(run.first_count)), (at(run.last_at), count(run.last_count))
    return (*first, *last, f"{run.polls:,}", f"{run.failed:,}", f"{run.doubted:,}", run.version or "not recorded")


def at(instant: datetime) -> str:
    """An instant in a table: to the minute, in UTC."""
    return f"{instant:%Y-%m-%d %H:%M}"


def count(number: int | None) -> str:
    """A number of records; "" where there is none."""
    return "" if number is None else f"{number:,}"


def span(length: timedelta) -> str:
    """ "2 days", "6 hours", "1 day 12 hours"."""
    hours = round(length.total_seconds() / 3600)
    parts = [(hours // 24, "day"), (hours % 24, "hour")] if hours else [(round(length.total_seconds() / 60), "minute")]
    return " ".join(f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in parts if number)


def runs(polls: Iterable[Poll]) -> list[Run]:
    """The runs of one search, oldest first; failures before the first answer are told with the first run."""
    found: list[Run] = []
    failed = doubted = 0
    for poll in polls:
        if poll.outcome is Outcome.FAILED or poll.doubt:
            failed, doubted = failed + (not poll.doubt), doubted + bool(poll.doubt)
            if found:
                last = found[-1]
                found[-1] = replace(last, failed=last.failed + failed, doubted=last.doubted + doubted)
                failed = doubted = 0
            continue
        if found and _is_same(found[-1], poll):
            last = found[-1]
            found[-1] = replace(last, last_at=poll.started_at, last_count=poll.count, polls=last.polls + 1)
        else:
            found.append(replace(_begun(poll), failed=failed, doubted=doubted))
            failed = doubted = 0
    return found


def _is_same(run: Run, poll: Poll) -> bool:
    return (run.query, run.translation, run.version) == (poll.query_sent, poll.translation, poll.version)


def _begun(poll: Poll) -> Run:
    at = poll.started_at
    return Run(poll.query_sent, poll.translation, poll.version, at, at, poll.count, poll.count)
