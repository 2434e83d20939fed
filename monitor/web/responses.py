"""Responses: security headers, ETags and caching, pages from templates, forms read within limits."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.language.speech import gettext, speaking
from monitor.render.templates import fill_template
from monitor.web.site import Site, site_of

#: A form has a few short fields; a longer body is not one of our forms.
MAX_FORM_BYTES = 16_384

#: The head of each page links to every topic, of more than this to their list.
MOST_NAMED = 12

#: Cache-Control of pages that are the same for everybody, and of those that belong to one person. Search engines may
#: not list the latter either (X-Robots-Tag): links from mails end up on pages that crawlers read.
PUBLIC, PRIVATE = "public, max-age=300", "no-store"

#: No script runs and nothing is loaded from another site, whatever a title contains.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: A digest as sent has inline styles and embedded pictures; still no script runs and nothing is loaded.
AS_SENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the URL of a page may contain a person's signed link
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

#: A page about a topic has its key in the path.
_TOPIC = re.compile(r"/topics/([^/]+)")

#: Handles a submitted form, given the request and the fields, in a worker thread.
FormHandler = Callable[[Request, Mapping[str, str]], Response]


class SecurityHeaders:
    """Middleware that adds the security headers which a response does not set itself; with HSTS when `is_https`."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self.app = app
        self.added = dict(_HEADERS)
        if is_https:
            self.added["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to its response."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.added.items():
                    headers.setdefault(name, value)
                if headers.get("Cache-Control") == PRIVATE:
                    headers["X-Robots-Tag"] = "noindex"
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class Speaking:
    """Middleware: a page speaks the language of the topic in its path, else that of the service."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request in that language."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        topic = _TOPIC.search(scope["path"])
        with speaking(site_of(Request(scope)).settings.catalogue(topic[1] if topic else "")):
            await self.app(scope, receive, send)


def page(request: Request, name: str, *, status: int = 200, cache: str = PUBLIC, **values: Any) -> Response:
    """The template `pages/{name}` filled with `values`; 304 when the client has this version already."""
    site = site_of(request)
    html = fill_template(f"pages/{name}", site.settings.branding, site=_site_values(site), **values)
    return respond(request, html, "text/html; charset=utf-8", status=status, cache=cache)


def _site_values(site: Site) -> Mapping[str, Any]:
    """What every template knows of the site: never a secret."""
    topics = site.settings.topics if len(site.settings.topics) <= MOST_NAMED else ()
    return {
        "base": site.base,
        "topics": [{"key": topic.key, "name": topic.name} for topic in topics],
        "postal_address": site.settings.postal_address,
        "operator": site.settings.operator_email,
    }


def respond(
    request: Request, body: str | bytes, media_type: str, *, status: int = 200, cache: str = PUBLIC
) -> Response:
    """`body` with Cache-Control and, when it may be cached, an ETag; 304 to a client that has it already."""
    raw = body.encode() if isinstance(body, str) else body
    headers = {"Cache-Control": cache}
    if cache != PRIVATE and status == 200:
        headers["ETag"] = f'"{hashlib.sha256(raw).hexdigest()[:32]}"'
        if _matches(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
    return Response(raw, status, headers, media_type)


def _matches(if_none_match: str, etag: str) -> bool:
    """If-None-Match compares weakly (RFC 9110, 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or etag in tags


def error_page(request: Request, status: int, headline: str, text: str) -> Response:
    """A page that says what is not possible and what to do instead, two messages in English; never cached."""
    values = {"headline": gettext(headline), "text": gettext(text)}
    return page(request, "error.html", status=status, cache=PRIVATE, **values)


def form(handler: FormHandler, *, min_seconds: float = 0.0) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that reads a form (413 beyond MAX_FORM_BYTES) and calls `handler` in a worker thread.

    A visitor who leaves before the form is complete changes nothing, and is no error.

    The response leaves `min_seconds` after the request came or later; waiting occupies no thread.
    """

    async def endpoint(request: Request) -> Response:
        respond_at = time.monotonic() + min_seconds
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_FORM_BYTES:
                    closing = {"Cache-Control": PRIVATE, "Connection": "close"}
                    return HTMLResponse(gettext("This form is too long."), 413, closing)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        response = await run_in_threadpool(handler, request, _fields(bytes(body)))
        await asyncio.sleep(respond_at - time.monotonic())
        return response

    return endpoint


def _fields(body: bytes) -> dict[str, str]:
    """The fields of an urlencoded form; a field that occurs several times has all its values, joined by commas."""
    fields: dict[str, str] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        fields[name] = f"{fields[name]},{value}" if name in fields else value
    return fields
