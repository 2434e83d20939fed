"""`monitor run`: watch and mail until stopped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from monitor import config, log
from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption, load_settings, now, set_up_log
from monitor.model import Engine
from monitor.service.connections import Connections


def run(config_file: ConfigOption = DEFAULT_CONFIG) -> None:
    """Watch and mail until stopped: ask PubMed, compose, send, whenever something is due.

    What was missed while it was not running is caught up once at start. SIGTERM or Ctrl-C finishes
    the unit of work under way; a second one ends it at once. SIGHUP, `monitor reload` and a change of
    the file have the configuration loaded again. On a rehearsal (see `monitor tick`) it only serves
    the pages.
    """
    from monitor.service.reload.files import WatchedFiles

    files = WatchedFiles(config.files(config_file, os.environ))  # before they are read
    settings = load_settings(config_file)
    from monitor.service import connections, rehearsal, reload
    from monitor.service.running.scheduler import BEATS, REHEARSAL_BEATS, Service

    stands = rehearsal.of(settings)
    with (
        connections.connected(settings, stands or now(), is_pretended=stands is not None) as works,
        _pages(works) as exchange_pages,
        reload.running("run", works, files, os.environ, now(), stands_at=stands) as live,
    ):

        def exchange(works: Connections) -> None:
            set_up_log(works.settings)
            exchange_pages(works)

        live.then = exchange
        if stands:
            log.get().warning("this database is a rehearsal: pages are shown, nothing is asked", stands_at=str(stands))
        if settings.engine is Engine.PROCRASTINATE and not stands:
            from monitor.service.cluster.queues import QUEUES
            from monitor.service.cluster.worker import Worker

            Worker(live, list(QUEUES)).run()
        else:
            Service(live, REHEARSAL_BEATS if stands else BEATS).run()


@contextmanager
def _pages(works: Connections) -> Iterator[Callable[[Connections], None]]:
    """Serve the pages, where there are any; yields what exchanges them for those of another configuration."""
    if not works.settings.web.public_url:
        yield lambda _: None
        return
    from monitor import web  # imported here: 5 MB for those who have pages

    with web.serving(works.settings, works.links, works.db) as pages:
        yield lambda works: pages.exchange(works.settings, works.links, works.db)
