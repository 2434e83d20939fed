"""The pages on their port, beside the service that watches and mails. Uvicorn lives here."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from monitor import log
from monitor.errors import ConfigError
from monitor.model import Settings
from monitor.store import Database
from monitor.web.app import app

#: Seconds that requests under way get to finish when the service stops.
GRACE = 10


@contextmanager
def serving(settings: Settings, db: Database) -> Iterator[None]:
    """The pages, for as long as the block lasts; nothing where `web.public_url` is not set.

    Raises ConfigError when `web.listen` cannot be had.
    """
    if not settings.web.public_url:
        yield
        return
    with listener(settings.web.listen) as opened:
        server = _server(app(settings, db), settings.web.trusted_proxies)
        thread = threading.Thread(target=_run, args=(server, opened), name="pages")
        thread.start()
        log.get().info("pages are open", listen=settings.web.listen, public_url=settings.web.public_url)
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()


def _server(site: ASGIApp, trusted_proxies: Iterable[str]) -> uvicorn.Server:
    """Quiet, and nothing in its log that could hold a person's link.

    Of X-Forwarded-For it takes the last address that is not itself a trusted proxy's: what stands before that was
    written by the visitor.
    """
    return uvicorn.Server(
        uvicorn.Config(
            site,
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            forwarded_allow_ips=list(trusted_proxies),
            timeout_graceful_shutdown=GRACE,
        )
    )


def _run(server: uvicorn.Server, opened: socket.socket) -> None:
    """Serve on a thread; signals are the main thread's business."""
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
    server.run(sockets=[opened])


def listener(listen: str) -> socket.socket:
    """A socket that listens at `host:port`, port 0 for any free one. Raises ConfigError when it cannot be had."""
    host, _, port = listen.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        opened = socket.create_server((host.strip("[]"), int(port)), family=family)
    except OSError as error:
        raise ConfigError(f"web.listen: {listen} cannot be used: {error.strerror}. Choose another port.") from error
    # What it accepts inherits this. asyncio sets it only on sockets it opened itself, and without it a kept-alive
    # visitor waits 40 ms for every page: the body stays back until the headers before it are acknowledged.
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened
