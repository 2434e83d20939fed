"""`monitor tick`: do once whatever is due, and exit."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.commands._console import console, progress_bar
from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption, JsonOption, instant, load_settings, now, print_json
from monitor.model import Outcome

AtOption = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="INSTANT", help="Pretend it is this instant (ISO 8601): a rehearsal, on a new database."
    ),
]


def tick(config_file: ConfigOption = DEFAULT_CONFIG, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Do once whatever is due, and exit: for cron, systemd timers and Kubernetes CronJobs.

    Safe to run as often as you like, and beside a running service: nothing is done twice. Exit 1
    when something failed, 3 when that was a bug; what failed stops nothing else. SIGTERM finishes the
    unit of work under way, and what was not begun stays due.

    With --at on a new database a rehearsal begins: the database keeps a time of its own for good, and is never
    ticked in real time. A database that is used in real time refuses --at. Exit 2 for either.
    """
    settings = load_settings(config_file)
    moment = instant(at) if at else now()
    from monitor.service import connections, tick
    from monitor.service.running import stop_signal
    from monitor.service.units import Units

    is_pretended = at is not None
    with (
        connections.connected(settings, moment, is_pretended=is_pretended) as works,
        progress_bar(is_quiet=as_json) as progress,
        stop_signal.awaited() as is_stopping,
    ):
        done = tick.run_due(works, moment, progress, is_stopping)
        if not is_pretended:
            Units(works, now(), is_stopping=is_stopping).ping()
    if as_json:
        print_json(done)
    else:
        console.print(done.summary(), markup=False, soft_wrap=True)
    if any(failure.is_bug for failure in done.failures):
        raise typer.Exit(3)
    if done.failures or any(poll.outcome is Outcome.FAILED for poll in done.polls):
        raise typer.Exit(1)
