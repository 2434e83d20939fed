"""For machines that watch the service: is it alive, how is it going, what may be crawled. And the style sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from monitor import resources, store
from monitor.bounces import collect
from monitor.errors import StoreError
from monitor.model import DeliveryState, FreshnessState, SubscriptionState
from monitor.service import heartbeat
from monitor.store import Tx
from monitor.web.pages.topic import health as health_of
from monitor.web.responses import PRIVATE, answer
from monitor.web.site import Site, site_of

#: The states that nobody's asking leads into or out of. Anybody may read the figures, and must not learn from one that
#: moves (or does not) whether the address they just typed is known; so nothing waiting for a mail is counted either.
_TELLING_NOTHING = (SubscriptionState.ACTIVE, SubscriptionState.SUSPENDED)

#: One sample of a metric: its labels and its value.
Sample = tuple[dict[str, str], float]


def health(request: Request) -> Response:
    """200 while the database answers and the service that watches and mails shows signs of life; 503 otherwise."""
    site = site_of(request)
    try:
        with site.db.read() as tx:
            beat_at = heartbeat.last_beat(tx)
    except StoreError:
        return JSONResponse({"status": "no database"}, 503, {"Cache-Control": PRIVATE})
    is_alive = beat_at is not None and site.now() - beat_at <= heartbeat.MAX_AGE
    told = {"status": "ok" if is_alive else "stopped", "last_beat_at": beat_at.isoformat() if beat_at else None}
    return JSONResponse(told, 200 if is_alive else 503, {"Cache-Control": PRIVATE})


def metrics(request: Request) -> Response:
    """How it is going, in the text format of Prometheus."""
    site = site_of(request)
    with site.db.read() as tx:
        lines = [line for block in _blocks(tx, site, site.now()) for line in block]
    headers = {"Cache-Control": PRIVATE}
    return Response("\n".join(lines) + "\n", 200, headers, "text/plain; version=0.0.4; charset=utf-8")


def _blocks(tx: Tx, site: Site, now: datetime) -> Iterator[list[str]]:
    topics = site.settings.topics
    deliveries = store.deliveries.counts(tx)
    yield _block(
        "monitor_deliveries",
        "Deliveries by state.",
        [({"state": state}, deliveries.get(state, 0)) for state in DeliveryState],
    )
    people = [
        ({"topic": topic.key, "state": state}, store.subscribers.counts(tx, topic.key).get(state, 0))
        for topic in topics
        for state in _TELLING_NOTHING
    ]
    yield _block("monitor_subscriptions", "Confirmed subscriptions by topic and state.", people)
    stored = [({"topic": topic.key}, store.articles.count(tx, topic.key)) for topic in topics]
    yield _block("monitor_articles", "Articles that the searches of a topic match.", stored)
    yield from _searches(tx, site, now)
    if mailbox := collect.state(tx, site.settings):
        name = "monitor_bounces_failures_in_row"
        yield _block(name, "Failed visits to the mailbox of returned mail.", [({}, mailbox.failures_in_row)])


def _searches(tx: Tx, site: Site, now: datetime) -> Iterator[list[str]]:
    found = [(topic.key, one) for topic in site.settings.topics for one in health_of(tx, topic, now)]
    labelled = [({"topic": key, "search": one.search.name}, one) for key, one in found]
    current = [(labels, int(one.freshness.state is FreshnessState.CURRENT)) for labels, one in labelled]
    yield _block("monitor_search_is_current", "1 while the search answered recently.", current)
    failures = [(labels, one.state.failures_in_row) for labels, one in labelled]
    yield _block("monitor_search_failures_in_row", "Failed polls since the last success.", failures)
    succeeded = [
        (labels, one.state.last_success_at.timestamp()) for labels, one in labelled if one.state.last_success_at
    ]
    name = "monitor_search_last_success_timestamp_seconds"
    yield _block(name, "When the search last answered.", succeeded)


def _block(name: str, about: str, samples: Sequence[Sample]) -> list[str]:
    lines = [f"# HELP {name} {about}", f"# TYPE {name} gauge"]
    for labels, value in samples:
        told = ",".join(f'{key}="{_escape(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{told}}} {value:.15g}" if told else f"{name} {value:.15g}")
    return lines


def _escape(text: str) -> str:
    """A label's value as the format wants it."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def robots(request: Request) -> Response:
    """Crawlers may read everything but figures: only on a page they may read do they see that it is not to be listed.

    Kept out of a page, they would still list the address of a link in a mail that somebody forwarded to the web.
    """
    base = site_of(request).base
    closed = ("metrics", "healthz")
    rules = "".join(f"Disallow: {base}/{path}\n" for path in closed)
    return PlainTextResponse(f"User-agent: *\n{rules}", headers={"Cache-Control": "public, max-age=86400"})


def style(request: Request) -> Response:
    """The style sheet of every page."""
    css = (resources.folder("templates") / "pages" / "style.css").read_bytes()
    return answer(request, css, "text/css; charset=utf-8", cache="public, max-age=3600")


def icon(request: Request) -> Response:
    """A disc, as in the timeline."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6" fill="#0a6e5c"/></svg>'
    )
    return answer(request, svg, "image/svg+xml", cache="public, max-age=86400")
