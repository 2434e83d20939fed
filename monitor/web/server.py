"""The web server: uvicorn on a thread beside the service."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import uvicorn
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from monitor import log
from monitor.errors import ConfigError
from monitor.links import Links
from monitor.model import Settings, WebSettings
from monitor.store import Database
from monitor.web.app import app
from monitor.web.connections import BACKLOG, BoundedProtocol, VisitorLimits, limits_of_process
from monitor.web.proxys_user import ProxysUser

#: Seconds that requests in progress get to finish when the service stops.
GRACE = 10


@contextmanager
def serving(settings: Settings, links: Links, db: Database, limits: VisitorLimits | None = None) -> Iterator[None]:
    """Serve the site for as long as the block lasts; do nothing where `web.public_url` is not set.

    `limits` of visitors: by default as many as the process's file descriptors allow.
    Raises ConfigError when the address of `web.listen` cannot be bound.
    """
    if not settings.web.public_url:
        yield
        return
    with listener(settings.web.listen) as listening:
        server = _server(app(settings, links, db), settings.web, limits or limits_of_process())
        thread = threading.Thread(target=_run, args=(server, listening), name="pages")
        thread.start()
        log.get().info("pages are open", listen=settings.web.listen, public_url=settings.web.public_url)
        try:
            yield
        finally:
            server.should_exit = True
            thread.join()


def _server(site: ASGIApp, pages: WebSettings, limits: VisitorLimits) -> uvicorn.Server:
    """Without an access log, which would contain the signed links of persons, or a line for each malformed request.

    It takes the client's address from X-Forwarded-For only behind a trusted proxy: the last address in it that is not
    itself a trusted proxy's, as the client may have written whatever precedes that. Likewise only such a proxy names a
    user.
    """
    forwarded = ProxyHeadersMiddleware(site, list(pages.trusted_proxies))  # type: ignore[arg-type]  # uvicorn's ASGI
    return uvicorn.Server(
        uvicorn.Config(
            ProxysUser(forwarded, pages),  # type: ignore[arg-type]  # starlette's ASGI
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
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
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
