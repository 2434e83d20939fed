"""The ASGI application: the route to each endpoint, and the responses to errors."""

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
from monitor.language.speech import later
from monitor.links import Links
from monitor.model import Settings
from monitor.store import Database
from monitor.web import assets, health, operator
from monitor.web.account import do_not_mail, manage, sign_up
from monitor.web.api import endpoints, openapi
from monitor.web.pages import about, article, digests, other_sources, topic
from monitor.web.responses import SecurityHeaders, Speaking, error_page, form
from monitor.web.screening import pages
from monitor.web.site import Site, utc_now


def app(settings: Settings, links: Links, db: Database, now: Callable[[], datetime] = utc_now) -> Starlette:
    """The application. `now` is its clock.

    Its pages are served at the path of `web.public_url`, and also at the root for a proxy that strips that path.
    """
    site = Site(settings, db, now)
    routes = [*_page_routes(), *_form_routes(), *_machine_routes()]
    application = Starlette(
        routes=[*_below(site.base, routes), *routes],
        middleware=[Middleware(SecurityHeaders, is_https=site.url.startswith("https:")), Middleware(Speaking)],
        exception_handlers={HTTPException: _http_error, StoreError: _database_unreachable},
    )
    application.router.redirect_slashes = False  # it would redirect to whatever Host the request names, over http
    application.state.site = site
    application.state.links = links
    return application


def _below(base: str, routes: list[BaseRoute]) -> list[BaseRoute]:
    """The same routes below the site's path, if it has one; the index with and without a slash at the end."""
    if not base:
        return []
    return [Route(base, topic.index_page), Mount(base, app=Router(routes, redirect_slashes=False))]


def _page_routes() -> list[BaseRoute]:
    return [
        Route("/", topic.index_page),
        Route("/topics", about.topics_page),
        Route("/privacy", about.privacy_page),
        Route("/accessibility", about.accessibility_page),
        Route("/topics/{topic}", topic.topic_page),
        Route("/topics/{topic}/other-sources", other_sources.other_sources_page),
        Route("/topics/{topic}/digests", topic.archive_page),
        Route("/topics/{topic}/changes.atom", _changes_feed),
        Route("/topics/{topic}/answers.atom", _answers_feed),
        Route("/topics/{topic}/articles/{pmid}", article.article_page),
        Route("/digests/{digest}", digests.digest_page),
        Route("/digests/{digest}/as-sent", digests.as_sent_page),
        Route("/digests/{digest}/as-sent.txt", digests.as_sent_text),
    ]


def _form_routes() -> list[BaseRoute]:
    sign_up_submit = form(sign_up.sign_up_submit, min_seconds=sign_up.MIN_SECONDS)
    link_submit = form(sign_up.link_submit, min_seconds=sign_up.MIN_SECONDS)
    return [
        *_get_and_post("/topics/{topic}/subscribe", sign_up.sign_up_form, sign_up_submit),
        *_get_and_post("/link", sign_up.link_form, link_submit),
        *_get_and_post("/confirm/{token}", manage.confirm_form, form(manage.confirm_submit)),
        *_get_and_post("/preferences/{token}", manage.preferences_form, form(manage.preferences_submit)),
        *_get_and_post("/topics/{topic}/screening/{token}", pages.queue_page, form(pages.end_links_submit)),
        *_get_and_post("/topics/{topic}/screening/{token}/{pmid}", pages.article_form, form(pages.article_submit)),
        *_get_and_post("/do-not-mail/{token}", do_not_mail.decline_form, form(do_not_mail.decline_submit)),
        *_get_and_post("/unsubscribe/{token}", manage.unsubscribe_form, form(manage.unsubscribe_submit)),
    ]


def _get_and_post(path: str, get: Callable[..., object], post: Callable[..., object]) -> list[BaseRoute]:
    return [Route(path, get, methods=["GET", "HEAD"]), Route(path, post, methods=["POST"])]


def _machine_routes() -> list[BaseRoute]:
    return [
        Route("/api/v1/openapi.json", openapi.show),
        *endpoints.routes(),
        Route("/healthz", health.health),
        Route("/readyz", health.ready),
        Route("/metrics", _metrics),
        Route("/operator", operator.status_page),
        Route("/robots.txt", health.robots),
        Route("/style.css", assets.style),
        Route("/logo", assets.logo),
        Route("/favicon.ico", assets.icon),
    ]


def _changes_feed(request: Request) -> Response:
    from monitor.web import feeds  # imported here: an XML library until a first feed is asked for

    return feeds.changes(request)


def _answers_feed(request: Request) -> Response:
    from monitor.web import feeds  # see `_changes_feed`

    return feeds.answers(request)


def _metrics(request: Request) -> Response:
    from monitor.web import metrics  # imported here: Prometheus's client, 1 MB until a first scrape

    return metrics.metrics(request)


def _http_error(request: Request, error: Exception) -> Response:
    """A page for people, a JSON object for programs."""
    code = error.status_code if isinstance(error, HTTPException) else 500
    headline, text = _ERRORS.get(code, _UNUSABLE)
    is_api = "/api/" in request.url.path
    response = endpoints.error_response(code, headline) if is_api else error_page(request, code, headline, text)
    for name, value in (getattr(error, "headers", None) or {}).items():
        response.headers[name] = value
    return response


_UNUSABLE = (later("This is not possible"), later("This address cannot be used in this way."))
#: Headline and text of the page for each HTTP status; the API sends the headline.
_ERRORS = {
    404: (
        later("There is nothing at this address"),
        later("It may have been mistyped, or what was here is no longer being monitored."),
    ),
    422: (endpoints.LIMIT_OUT_OF_RANGE, later("Part of the address is not valid.")),
    405: (later("This is not possible"), later("Go back and use the button on the page.")),
}


def _database_unreachable(request: Request, _error: Exception) -> Response:
    """503 with Retry-After: a page for people, a JSON object for programs."""
    if "/api/" in request.url.path:
        response = endpoints.error_response(503, "The database cannot be reached.")
    else:
        text = later("Nothing was lost or changed. Please try again in a few minutes.")
        response = error_page(request, 503, later("Not available at the moment"), text)
    response.headers["Retry-After"] = "120"
    return response
