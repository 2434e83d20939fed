"""How every page answers: headers that keep strangers' text harmless, validators, caches, forms read within bounds."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.render.templates import fill_template
from monitor.web.site import Site, site_of

#: A form is a few short fields; more is not one of ours.
LONGEST_FORM = 16_384

#: Public pages may be this old in a cache; what belongs to one person is never kept.
#: Nor may a search engine list it: links from mails end up on pages that crawlers read.
PUBLIC, PRIVATE = "public, max-age=300", "no-store"

#: Nothing runs and nothing is fetched from elsewhere, whatever a title holds.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: A digest as sent carries its styles inline and its pictures inside; it still runs and fetches nothing.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address of a page may hold a person's link
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

#: A person's form: handed the request and the fields, off the event loop.
FormHandler = Callable[[Request, Mapping[str, str]], Response]


class Headers:
    """Adds the headers that every answer has and a page did not set itself."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        self.app = app
        self.added = dict(_HEADERS)
        if is_https:
            self.added["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, and the headers with its answer."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.added.items():
                    headers.setdefault(name, value)
                if headers.get("Cache-Control") == PRIVATE:
                    headers["X-Robots-Tag"] = "noindex"
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


def page(request: Request, name: str, *, status: int = 200, cache: str = PUBLIC, **values: Any) -> Response:
    """The template `pages/{name}` as an answer; "not modified" when the visitor has just this one."""
    site = site_of(request)
    html = fill_template(f"pages/{name}", site=_known_to_pages(site), **values)
    return answer(request, html, "text/html; charset=utf-8", status=status, cache=cache)


def _known_to_pages(site: Site) -> Mapping[str, Any]:
    """What every page may say of the site: never a secret."""
    topics = [{"key": topic.key, "name": topic.name} for topic in site.settings.topics]
    return {
        "base": site.base,
        "topics": topics,
        "postal_address": site.settings.postal_address,
        "operator": site.settings.operator_email,
    }


def answer(request: Request, body: str | bytes, media_type: str, *, status: int = 200, cache: str = PUBLIC) -> Response:
    """`body` with its caching headers and an ETag made of its content; 304 to who has it already."""
    raw = body.encode() if isinstance(body, str) else body
    headers = {"Cache-Control": cache}
    if cache != PRIVATE and status == 200:
        headers["ETag"] = f'"{hashlib.sha256(raw).hexdigest()[:32]}"'
        if _has_it(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
    return Response(raw, status, headers, media_type)


def _has_it(asked: str, etag: str) -> bool:
    """If-None-Match compares weakly (RFC 9110, 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in asked.split(",")]
    return "*" in tags or etag in tags


def error_page(request: Request, status: int, headline: str, text: str) -> Response:
    """A page that says what is not possible and what to do instead; never cached."""
    return page(request, "sorry.html", status=status, cache=PRIVATE, headline=headline, text=text)


def form(handler: FormHandler, *, not_before: float = 0.0) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that reads the form (at most LONGEST_FORM bytes of it) and calls `handler` on a thread.

    It answers `not_before` so many seconds are over; waiting keeps no thread.
    """

    async def endpoint(request: Request) -> Response:
        answers_at = time.monotonic() + not_before
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_FORM:
                return HTMLResponse("This form is too long.", 413, {"Cache-Control": PRIVATE, "Connection": "close"})
        answered = await run_in_threadpool(handler, request, _fields(bytes(body)))
        await asyncio.sleep(answers_at - time.monotonic())
        return answered

    return endpoint


def _fields(body: bytes) -> dict[str, str]:
    """The fields of an urlencoded form; of a field sent several times all values, with commas between."""
    fields: dict[str, str] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        fields[name] = f"{fields[name]},{value}" if name in fields else value
    return fields
