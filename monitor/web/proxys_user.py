"""The user whom the proxy in front of the pages has logged in, as it names them in a header."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.model import WebSettings

_NAMED = "monitor.is_named_by_proxy"


class ProxysUser:
    """Notes of each request whether a trusted proxy itself sent it, and named a user."""

    def __init__(self, site: ASGIApp, pages: WebSettings) -> None:
        self._site = site
        self._header = pages.operator_user_header.lower().encode()
        self._proxies = [ip_network(proxy) for proxy in pages.trusted_proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on. It must not yet have been given the address that X-Forwarded-For tells."""
        is_named = bool(self._header) and self._is_from_proxy(scope) and self._has_user(scope)
        await self._site({**scope, _NAMED: is_named}, receive, send)

    def _is_from_proxy(self, scope: Scope) -> bool:
        client = scope.get("client")
        try:
            peer = ip_address(client[0] if client else "")
        except ValueError:
            return False
        return any(peer in network for network in self._proxies)

    def _has_user(self, scope: Scope) -> bool:
        """Not when the header stands there twice: one may be the visitor's own."""
        values = [value for name, value in scope["headers"] if name == self._header]
        return len(values) == 1 and bool(values[0].strip())


def is_named_by_proxy(request: Request) -> bool:
    """Has a trusted proxy named the user who sends this request? Never without `ProxysUser` before the site."""
    return request.scope.get(_NAMED) is True
