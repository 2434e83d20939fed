"""What is new to tell the operator of bugs and of what fails for long, beside what was told. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from monitor.language.messages import message
from monitor.language.speech import gettext as _
from monitor.language.speech import pgettext, quoted
from monitor.model import Alert, AlertId
from monitor.service.alerting.failures import Bug, Failure, Unit
from monitor.service.alerting.notices import instant, is_long

#: The units whose failures have alerts of their own: of each search, and of the mail server.
_TOLD_ELSEWHERE = frozenset((Unit.POLLS, Unit.DELIVERIES, Unit.TRANSACTIONAL_MAILS, Unit.ALERTS))

_C, _UNIT = "headline of an alert", "unit of work"
_BUG = message(_C, "a bug in Monitor (%(number)s)")
_UNIT_FAILING = message(_C, "%(unit)s: failing", unit=_UNIT)
_PART_FAILING = message(_C, "%(unit)s (%(part)s): failing", unit=_UNIT)


def notice_bugs(bugs: Sequence[Bug], told: tuple[str, ...]) -> tuple[tuple[str, ...], list[Alert]]:
    """What is new to tell about bugs; `told` are the numbers told before, as are those returned. Pure."""
    alerts = [Alert(_BUG(number=bug.number), _bug(bug), AlertId.BUG) for bug in bugs if bug.number not in told]
    return tuple(bug.number for bug in bugs), alerts


def _bug(bug: Bug) -> str:
    return _(
        "It stopped this, and nothing else: %(what)s\n  %(error)s\nMonitor tries again, ever later while it fails, and "
        "drops nothing. Please report the bug, or install a newer version. The report, without secrets and addresses:\n"
        "  %(report)s\n`monitor status` shows what still fails.",
        what=quoted(bug.what),
        error=quoted(bug.error),
        report=bug.report or pgettext("report of a bug", "none was written"),
    )


def notice_failures(
    failures: Sequence[Failure], told: Mapping[str, str], now: datetime, pause: timedelta = timedelta()
) -> tuple[dict[str, str], list[Alert]]:
    """What is new to tell about what fails for long: `told` is since when, by name, as is what is returned. Pure.

    Not about bugs, searches and mail: they have alerts of their own.
    """
    after, alerts = {}, []
    for one in failures:
        name, since = f"{one.unit}{f' ({one.part})' if one.part else ''}", one.since or one.at
        if one.is_bug or one.unit in _TOLD_ELSEWHERE or not is_long(since, now, pause):
            continue
        after[name] = since.isoformat()
        if told.get(name) != after[name]:
            text = _(
                "Since %(instant)s. The last error was:\n  %(error)s\nMonitor goes on trying.",
                instant=instant(since),
                error=quoted(one.error),
            )
            headline = _PART_FAILING(unit=one.unit, part=one.part) if one.part else _UNIT_FAILING(unit=one.unit)
            alerts.append(Alert(headline, text, AlertId.WORK_FAILING))
    return after, alerts
