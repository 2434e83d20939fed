"""A transport for httpx whose every wait ends at a deadline: connecting, the headers of an answer and its body.

The timeouts of httpx begin anew with each byte, so that an answer in drips would never end.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

#: Seconds for which an idle connection is kept: servers drop idle ones without a word.
_IDLE_AT_MOST = 5.0
#: What goes wrong in a transport; httpcore's errors have no common base.
FAULTS = (
    httpx.RequestError,
    httpx.InvalidURL,  # of a redirect
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)

#: Seconds that are left until the deadline.
Left = Callable[[], float]


class DeadlineTransport(httpx.BaseTransport):
    """Sends requests to one `host`, over the proxy of the environment if there is one. Raises the FAULTS."""

    def __init__(self, host: str, scheme: str, left: Left) -> None:
        address = "" if proxy_bypass(host) else getproxies().get(scheme, "")
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context() if scheme == "https" else None,  # it is dear to make
            proxy=_proxy(address) if address else None,
            keepalive_expiry=_IDLE_AT_MOST,
            network_backend=_Backend(left),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the answer as it begins to come."""
        url = request.url
        sent = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.read(),
            extensions=request.extensions,
        )
        received = self._pool.handle_request(sent)
        return httpx.Response(received.status, headers=received.headers, stream=_Body(received))

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


def _proxy(address: str) -> httpcore.Proxy:
    url = httpx.URL(address if "//" in address else f"http://{address}")
    login = (url.username.encode(), url.password.encode()) if url.username else None
    return httpcore.Proxy(httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/"), login)


class _Body(httpx.SyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        """Let go of the connection."""
        self._response.close()


class _Backend(httpcore.SyncBackend):
    """Opens connections whose waits end at the deadline."""

    def __init__(self, left: Left) -> None:
        super().__init__()
        self._left = left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect, before the deadline."""
        stream = super().connect_tcp(host, port, _shorter(timeout, self._left), local_address, socket_options)
        return _Stream(stream, self._left)


class _Stream(httpcore.NetworkStream):
    """A connection whose waits end at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, left: Left) -> None:
        self._stream, self._left = stream, left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Wait for bytes."""
        return self._stream.read(max_bytes, _shorter(timeout, self._left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        self._stream.write(buffer, _shorter(timeout, self._left))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on encrypted."""
        secure = self._stream.start_tls(ssl_context, server_hostname, _shorter(timeout, self._left))
        return _Stream(secure, self._left)

    def get_extra_info(self, info: str) -> Any:
        """What the connection knows of itself, such as its socket."""
        return self._stream.get_extra_info(info)


def _shorter(timeout: float | None, left: Left) -> float:
    """The timeout, or what is left until the deadline; raises TimeoutError when nothing is."""
    seconds = left()
    if seconds <= 0:
        raise httpcore.ReadTimeout("it came too slowly")
    return seconds if timeout is None else min(timeout, seconds)
