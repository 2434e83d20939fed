"""HTTP connections that are used again: a poll sends several requests, and each new connection costs three round trips.

The proxies are those of the environment (`https_proxy`, `no_proxy`), as for urllib.
"""

from __future__ import annotations

import http.client
import io
import select
import socket
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import Request, getproxies, proxy_bypass

#: A connection that was idle for longer, in seconds, is closed: servers drop idle ones without a word.
IDLE_AT_MOST = 5.0


@dataclass(frozen=True, slots=True)
class _Route:
    """Where a connection leads: `host` is the server or a proxy, `tunnel` the server behind a proxy that relays TLS."""

    host: str
    is_secure: bool
    tunnel: str = ""
    proxy_headers: dict[str, str] = field(default_factory=dict)


class Connections:
    """Opens connections and keeps those that may be used again; safe to use from several threads.

    `connect_timeout` covers TLS too, `read_timeout` each wait for bytes; both in seconds, as is `clock`.
    """

    def __init__(
        self, connect_timeout: float, read_timeout: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._timeouts = {"connect_timeout": connect_timeout, "read_timeout": read_timeout}
        self._clock = clock
        self._proxies = getproxies()
        self._idle: list[tuple[float, _Route, _Connection]] = []  # append and pop need no lock

    def send(
        self, request: Request, is_late: Callable[[], bool]
    ) -> tuple[http.client.HTTPResponse, Callable[[], None]]:
        """Send `request` once: the answer as it begins to come, and what to call once it was read to its end.

        Whoever does not call it drops the connection. `is_late` is asked whenever more bytes are needed, so that
        headers, sizes of chunks and a body that come in drips end too. Raises OSError (TimeoutError when late) or
        HTTPException when there is no answer.
        """
        route = self._route(request)
        connection = self._kept(route) or self._opened(route)
        connection.is_late = is_late
        is_relayed = route.host != request.host and not route.tunnel
        headers = {**dict(request.header_items()), **(route.proxy_headers if is_relayed else {})}
        if request.data is not None:
            headers.setdefault("Content-type", "application/x-www-form-urlencoded")
        target = request.full_url if is_relayed else request.selector
        try:
            connection.request(request.get_method(), target, request.data, headers)
            response = connection.getresponse()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise

        def keep() -> None:
            if connection.sock is not None:  # the library closes it where the server said so
                self._idle.append((self._clock(), route, connection))

        return response, keep

    def close(self) -> None:
        """Close the idle connections; another request opens new ones."""
        while (idle := self._next_idle()) is not None:
            idle[2].close()

    def _kept(self, route: _Route) -> _Connection | None:
        """An idle connection along `route` that the server has not closed; the others are closed."""
        while (idle := self._next_idle()) is not None:
            since, led, connection = idle
            is_young = self._clock() - since <= IDLE_AT_MOST
            if is_young and led == route and not _is_readable(connection):
                return connection
            connection.close()
        return None

    def _next_idle(self) -> tuple[float, _Route, _Connection] | None:
        with suppress(IndexError):  # another thread may have taken the last one since anybody looked
            return self._idle.pop()
        return None

    def _opened(self, route: _Route) -> _Connection:
        kind = _SecureConnection if route.is_secure else _Connection
        connection = kind(route.host, **self._timeouts)
        if route.tunnel:
            connection.set_tunnel(route.tunnel, headers=route.proxy_headers)
        return connection

    def _route(self, request: Request) -> _Route:
        if request.type not in ("http", "https"):
            raise ConnectionError("the address has a scheme that is neither http nor https")
        is_secure = request.type == "https"
        proxy = self._proxies.get(request.type)
        if not proxy or proxy_bypass(request.host):
            return _Route(request.host, is_secure)
        there = urlsplit(proxy if "//" in proxy else f"//{proxy}")
        host = there.netloc.rpartition("@")[2]
        if is_secure:
            return _Route(host, True, request.host, _login(there))
        return _Route(host, there.scheme == "https", proxy_headers=_login(there))


def _login(proxy: SplitResult) -> dict[str, str]:
    """The header with the name and password in a proxy's address, if there are any."""
    if not proxy.username:
        return {}
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(login.encode()).decode()}"}


def _is_readable(connection: _Connection) -> bool:
    """Did anything come that nobody asked for? It is the end of the connection, or the rest of a wrong answer."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


class _Connection(http.client.HTTPConnection):
    """A connection with one timeout for connecting and another for each read."""

    def __init__(self, *args: Any, connect_timeout: float, read_timeout: float, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "timeout": connect_timeout})
        self._read_timeout = read_timeout
        self.is_late: Callable[[], bool] = lambda: False

    def connect(self) -> None:
        """Connect, then wait longer: PubMed may think for a while."""
        super().connect()
        self.sock.settimeout(self._read_timeout)

    def response_class(  # type: ignore[override]  # a class to the library, which only calls it
        self, sock: socket.socket, **options: Any
    ) -> http.client.HTTPResponse:
        """The answer of the server, or of a proxy to CONNECT."""
        return http.client.HTTPResponse(cast(socket.socket, _Watched(sock, lambda: self.is_late())), **options)


@dataclass(frozen=True, slots=True)
class _Watched:
    """The part of a socket that an answer is read from."""

    sock: socket.socket
    is_late: Callable[[], bool]

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The bytes that come."""
        return io.BufferedReader(_Bytes(self.sock.makefile("rb", buffering=0), self.is_late))


class _Bytes(io.RawIOBase):
    """The bytes of a socket, until it is late: the socket's own timeout starts anew with each byte."""

    def __init__(self, raw: socket.SocketIO, is_late: Callable[[], bool]) -> None:
        super().__init__()
        self._raw, self._is_late = raw, is_late

    def readable(self) -> bool:
        """They can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Wait for some; raises TimeoutError when it is late."""
        if self._is_late():
            raise TimeoutError("it came too slowly")
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._raw.close()
        super().close()


class _SecureConnection(_Connection, http.client.HTTPSConnection):
    """The same with TLS: the next class in line connects and shakes hands."""
