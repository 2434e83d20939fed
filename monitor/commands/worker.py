"""`monitor worker`: carry out jobs for several machines until stopped."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from monitor import config
from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption, load_settings, now, set_up_log
from monitor.errors import ConfigError
from monitor.model import Engine

QueuesOption = Annotated[
    str, typer.Option("--queues", help="What this worker does, with commas between: poll, deliver, returned, sources.")
]
DeadAfterOption = Annotated[
    float,
    typer.Option(
        "--dead-after",
        min=1,
        max=3600,
        help="Seconds without a sign of life after which another worker counts as dead and its work is taken up. "
        "The same for all workers.",
    ),
]


def worker(
    config_file: ConfigOption = DEFAULT_CONFIG,
    queues: QueuesOption = "poll,deliver,returned,sources",
    dead_after: DeadAfterOption = 30.0,
) -> None:
    """Carry out jobs until stopped: one of several processes, on one machine or many, with one PostgreSQL database.

    Needs `engine: procrastinate`. Start as many as you like, whenever you like; they find their work in the database.
    SIGTERM or Ctrl-C finishes the jobs under way; a second one ends it at once. SIGHUP, `monitor reload` and a change
    of the file have the configuration loaded again. It serves no pages: `monitor run` does, and works too.
    """
    from monitor.service.reload.files import WatchedFiles

    files = WatchedFiles(config.files(config_file, os.environ))  # before they are read
    settings = load_settings(config_file)
    if settings.engine is not Engine.PROCRASTINATE:
        raise ConfigError(
            "`monitor worker` is for several machines: write `engine: procrastinate`, which needs PostgreSQL. "
            "Otherwise use `monitor run`."
        )
    from monitor.service import connections, reload
    from monitor.service.cluster.queues import QUEUES
    from monitor.service.cluster.worker import Worker

    wanted = dict.fromkeys(name.strip() for name in queues.split(","))
    if unknown := [name for name in wanted if name not in QUEUES]:
        raise ConfigError(f'There is no queue "{unknown[0]}". The queues are {", ".join(QUEUES)}.')
    with (
        connections.connected(settings, now()) as works,
        reload.running("worker", works, files, os.environ, now()) as live,
    ):
        live.then = lambda works: set_up_log(works.settings)
        Worker(live, list(wanted), dead_after).run()
