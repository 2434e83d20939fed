"""`monitor run`: watch and mail until stopped."""

from __future__ import annotations

from monitor.commands._shared import DEFAULT_CONFIG, ConfigOption, load_settings, now


def run(config_file: ConfigOption = DEFAULT_CONFIG) -> None:
    """Watch and mail until stopped: ask PubMed, compose, send, whenever something is due.

    What was missed while it was not running is caught up once at start. SIGTERM or Ctrl-C finishes
    the unit of work under way; a second one ends it at once.
    """
    settings = load_settings(config_file)
    from monitor import web  # imported here: no other command waits for its libraries
    from monitor.service import connections
    from monitor.service.scheduler import Service

    with connections.connected(settings, now()) as works, web.serving(works.settings, works.links, works.db):
        Service(works).run()
