"""The web server: uvicorn on a thread beside the service."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from monitor import log
from monitor.errors import ConfigError
from monitor.links import Links
from monitor.model import Settings
from monitor.store import Database
from monitor.web.app import app
from monitor.web.connections import BACKLOG, BoundedProtocol, VisitorLimits, limits_of_process
from monitor.web.proxys_user import ProxysUser

#: Seconds that requests in progress get to finish when the service stops.
GRACE = 10


@contextmanager
def serving(settings: Settings, links: Links, db: Database, limits: VisitorLimits | None = None) -> Iterator[Pages]:
    """Serve the site for as long as the block lasts; do nothing where `web.public_url` is not set.

    Yields the pages, which can be exchanged for those of another configuration. `limits` of visitors: by default as
    many as the process's file descriptors allow.
    Raises ConfigError when the address of `web.listen` cannot be bound.
    """
    pages = Pages(settings, links, db)
    if not settings.web.public_url:
        yield pages
        return
    with listener(settings.web.listen) as listening:
        server = _server(pages, limits or limits_of_process())
        thread = threading.Thread(target=_run, args=(server, listening), name="pages")
        thread.start()
        log.get().info("pages are open", listen=settings.web.listen, public_url=settings.web.public_url)
        try:
            yield pages
        finally:
            server.should_exit = True
            thread.join()


class Pages:
    """The site of one configuration, until it is exchanged for that of another: an ASGI application.

    It takes the client's address from X-Forwarded-For only behind a trusted proxy: the last address in it that is not
    itself a trusted proxy's, as the client may have written whatever precedes that. Likewise only such a proxy names a
    user.
    """

    def __init__(self, settings: Settings, links: Links, db: Database) -> None:
        self.exchange(settings, links, db)

    def exchange(self, settings: Settings, links: Links, db: Database) -> None:
        """Answer requests that come from now on with the pages of `settings`; those under way keep theirs."""
        site: Any = app(settings, links, db)  # uvicorn and Starlette write the type of an application differently
        forwarded: Any = ProxyHeadersMiddleware(site, list(settings.web.trusted_proxies))
        self._site: ASGIApp = ProxysUser(forwarded, settings.web)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._site(scope, receive, send)


def _server(site: Pages, limits: VisitorLimits) -> uvicorn.Server:
    """Without an access log, which would contain the signed links of persons, or a line for each malformed request."""
    return uvicorn.Server(
        uvicorn.Config(
            site,
            lifespan="off",
            http=partial(BoundedProtocol, limits),  # type: ignore[arg-type]  # it is only called
            limit_concurrency=limits.concurrency,
            backlog=BACKLOG,
            access_log=False,
            log_config=None,
            log_level="error",
            server_header=False,
            proxy_headers=False,  # they are read above, so that the address of the proxy itself is known before
            timeout_graceful_shutdown=GRACE,
        )
    )


def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    """Serve on this thread; signals are left to the main thread."""
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT, signal.SIGHUP))
    server.run(sockets=[listening])


def listener(listen: str) -> socket.socket:
    """A socket listening at `host:port`; port 0 picks a free one. Raises ConfigError when it cannot be bound."""
    host, _, port = listen.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host.strip("[]"), int(port)), family=family)
    except OSError as error:
        raise ConfigError(f"web.listen: {listen} cannot be used: {error.strerror}. Choose another port.") from error
    # Accepted connections inherit this. asyncio sets it only on sockets it opened itself; without it a client on a
    # kept-alive connection waits 40 ms for every page, as the body is held back until the headers are acknowledged.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
