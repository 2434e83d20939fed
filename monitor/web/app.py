"""Which address leads where."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

from monitor.errors import StoreError
from monitor.links import Links
from monitor.model import Settings
from monitor.store import Database
from monitor.web import feeds, health, metrics
from monitor.web.account import manage, sign_up
from monitor.web.api import endpoints, openapi
from monitor.web.pages import article, digests, topic
from monitor.web.responses import Headers, error_page, form
from monitor.web.screening import pages
from monitor.web.site import Site, utc_now


def app(settings: Settings, db: Database, now: Callable[[], datetime] = utc_now) -> Starlette:
    """The site. Its pages stand at the path of `web.public_url`, and also at the root for a proxy that cuts it off."""
    site = Site(settings, db, now)
    routes = [*_reading(), *_acting(), *_machines()]
    made = Starlette(
        routes=[*_below(site.base, routes), *routes],
        middleware=[Middleware(Headers, is_https=site.url.startswith("https:"))],
        exception_handlers={HTTPException: _not_found, StoreError: _not_now},
    )
    made.router.redirect_slashes = False  # it would send people to whatever host they asked for, over http
    made.state.site = site
    made.state.links = Links(settings.secret_keys, site.url)
    return made


def _below(base: str, routes: list[BaseRoute]) -> list[BaseRoute]:
    """The same pages at the path of the site, where it has one; its index with and without a slash."""
    if not base:
        return []
    return [Route(base, topic.index_page), Mount(base, app=Router(routes, redirect_slashes=False))]


def _reading() -> list[BaseRoute]:
    return [
        Route("/", topic.index_page),
        Route("/topics/{topic}", topic.topic_page),
        Route("/topics/{topic}/digests", topic.archive_page),
        Route("/topics/{topic}/changes.atom", feeds.changes),
        Route("/topics/{topic}/answers.atom", feeds.answers),
        Route("/topics/{topic}/articles/{pmid}", article.article_page),
        Route("/digests/{digest:int}", digests.digest_page),
        Route("/digests/{digest:int}/as-sent", digests.as_sent_page),
        Route("/digests/{digest:int}/as-sent.txt", digests.as_sent_text),
    ]


def _acting() -> list[BaseRoute]:
    wait = sign_up.NOT_BEFORE
    return [
        *_page_and_form(
            "/topics/{topic}/subscribe", sign_up.sign_up_form, form(sign_up.sign_up_submit, not_before=wait)
        ),
        *_page_and_form("/link", sign_up.link_form, form(sign_up.link_submit, not_before=wait)),
        *_page_and_form("/confirm/{token}", manage.confirm_form, form(manage.confirm_submit)),
        *_page_and_form("/preferences/{token}", manage.preferences_form, form(manage.preferences_submit)),
        Route("/topics/{topic}/screening/{token}", pages.queue_page),
        *_page_and_form("/topics/{topic}/screening/{token}/{pmid}", pages.article_form, form(pages.article_submit)),
        *_page_and_form("/unsubscribe/{token}", manage.unsubscribe_form, form(manage.unsubscribe_submit)),
    ]


def _page_and_form(path: str, shows: Callable[..., object], acts: Callable[..., object]) -> list[BaseRoute]:
    return [Route(path, shows, methods=["GET", "HEAD"]), Route(path, acts, methods=["POST"])]


def _machines() -> list[BaseRoute]:
    return [
        Route("/api/v1/openapi.json", openapi.show),
        *endpoints.routes(),
        Route("/healthz", health.health),
        Route("/metrics", metrics.metrics),
        Route("/robots.txt", health.robots),
        Route("/style.css", health.style),
        Route("/favicon.ico", health.icon),
    ]


def _not_found(request: Request, error: Exception) -> Response:
    """A page for people, a JSON object for programs."""
    code = error.status_code if isinstance(error, HTTPException) else 500
    headline, text = _SAID.get(code, ("This is not possible", "The address cannot be used like this."))
    is_api = "/api/" in request.url.path
    answered = endpoints.error_response(code, headline) if is_api else error_page(request, code, headline, text)
    for name, value in (getattr(error, "headers", None) or {}).items():
        answered.headers[name] = value
    return answered


_SAID = {
    404: ("There is nothing at this address", "It may have been mistyped, or what stood here is no longer watched."),
    422: (endpoints.LIMIT_OUT_OF_RANGE, "A part of the address is not what it must be."),
    405: ("This is not possible", "Go back and use the button on the page."),
}


def _not_now(request: Request, _error: Exception) -> Response:
    """The database cannot be reached: say so, and when to come again."""
    if "/api/" in request.url.path:
        answered = endpoints.error_response(503, "The database cannot be reached.")
    else:
        text = "Nothing was lost or changed. Please try again in a few minutes."
        answered = error_page(request, 503, "Not available just now", text)
    answered.headers["Retry-After"] = "120"
    return answered
