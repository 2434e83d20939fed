"""The endpoints of the JSON API, read only; `monitor.web.api.openapi` describes them to programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from monitor import store
from monitor.evidence.conclude import standing
from monitor.model import LISTED_KINDS
from monitor.render import as_json, structs
from monitor.reports.other_sources import read_other_sources
from monitor.web.api import bodies, convert, outside_bodies, outside_convert
from monitor.web.pages.seed_card import read_seed_card
from monitor.web.pages.topic import search_health
from monitor.web.responses import PRIVATE, respond
from monitor.web.site import pmid_of, site_of, topic_of

#: How many changes or digests a request may ask for, and gets when it does not say.
MAX_LIMIT, DEFAULT_LIMIT = 500, 50
Limit = Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)]

LIMIT_OUT_OF_RANGE = f"`limit` is a whole number from 1 to {MAX_LIMIT}."

#: All of it is public: scripts of any origin may read every response, errors too (the CORS protocol of WHATWG Fetch).
ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}


@dataclass(frozen=True, slots=True)
class Operation:
    """What GET does at `path`; the handler's docstring is its summary, its return annotation the response."""

    name: str
    path: str
    handler: Callable[[Request], msgspec.Struct]
    takes_limit: bool = False

    def endpoint(self, request: Request) -> Response:
        """The handler's struct as JSON."""
        return public_json(request, self.handler(request))


def list_topics(request: Request) -> bodies.Topics:
    """Every topic under surveillance."""
    site = site_of(request)
    return bodies.Topics([as_json.topic(topic, site.url) for topic in site.settings.topics])


def get_topic(request: Request) -> bodies.TopicDetails:
    """One topic with its current answer and its searches."""
    site, topic = site_of(request), topic_of(request)
    with site.db.read() as tx:
        record = standing(tx, topic, site.now())
        searches = search_health(tx, topic, site.now())
        articles = store.articles.count(tx, topic.key)
    return convert.topic_details(topic, site.url, record, articles, searches)


def get_seed(request: Request) -> bodies.SeedDetails:
    """The seed of a topic, the articles that cite it, and its related articles.

    Raises HTTPException 404 for a topic without a seed.
    """
    site, topic = site_of(request), topic_of(request)
    with site.db.read() as tx:
        card = read_seed_card(tx, topic, site.now().date())
    if card is None:
        raise HTTPException(404)
    return convert.seed_details(card)


def list_answers(request: Request) -> bodies.Answers:
    """Every answer a topic has had, oldest first."""
    topic = topic_of(request)
    with site_of(request).db.read() as tx:
        history = store.answers.history(tx, topic.key)
    return bodies.Answers([as_json.answer(record) for record in history])


def list_changes(request: Request) -> bodies.Changes:
    """The latest changes, newest first."""
    topic, limit = topic_of(request), _limit_of(request)
    with site_of(request).db.read() as tx:
        found = store.changes.recent(tx, topic.key, limit)
        articles = store.articles.known(tx, {change.pmid for change in found if change.pmid})
    return bodies.Changes([as_json.change(each, articles.get(each.pmid)) for each in found])


def get_article(request: Request) -> structs.Article:
    """One article with the verdicts on it.

    Raises HTTPException 404 when no search of the topic ever found it.
    """
    topic, pmid = topic_of(request), pmid_of(request)
    with site_of(request).db.read() as tx:
        found = store.notices.overlaid(tx, topic.key, store.articles.known(tx, [pmid])).get(pmid)
        by_rules = store.verdicts.current(tx, topic.key, [pmid]).get(pmid)
        by_person = store.screenings.current(tx, topic.key).get(pmid)
        is_of_topic = by_rules or store.changes.for_article(tx, topic.key, pmid)
    if found is None or not is_of_topic:
        raise HTTPException(404)
    return as_json.article(found, by_rules, by_person)


def list_digests(request: Request) -> bodies.Digests:
    """The latest digests that went to all subscribers of a frequency, newest first."""
    site, topic, limit = site_of(request), topic_of(request), _limit_of(request)
    with site.db.read() as tx:
        found = store.digests.archive(tx, topic.key, limit, LISTED_KINDS)
    return bodies.Digests([as_json.digest(each, site.url) for each in found])


def get_other_sources(request: Request) -> outside_bodies.OtherSources:
    """What sources besides PubMed hold of a topic: registry entries, preprints, works that cite the seed."""
    site, topic = site_of(request), topic_of(request)
    with site.db.read() as tx:
        found = read_other_sources(tx, site.settings, topic, site.now())
    return outside_convert.other_sources(found)


OPERATIONS = (
    Operation("topics", "/topics", list_topics),
    Operation("topic", "/topics/{topic}", get_topic),
    Operation("seed", "/topics/{topic}/seed", get_seed),
    Operation("answers", "/topics/{topic}/answers", list_answers),
    Operation("changes", "/topics/{topic}/changes", list_changes, takes_limit=True),
    Operation("article", "/topics/{topic}/articles/{pmid}", get_article),
    Operation("other-sources", "/topics/{topic}/other-sources", get_other_sources),
    Operation("digests", "/topics/{topic}/digests", list_digests, takes_limit=True),
)


def routes() -> list[BaseRoute]:
    """A route for each operation."""
    return [Route(f"/api/v1{operation.path}", operation.endpoint) for operation in OPERATIONS]


def error_response(code: int, text: str) -> Response:
    """A refusal as JSON: `text` is a sentence for people. Never cached."""
    headers = {"Cache-Control": PRIVATE, **ANY_ORIGIN}
    return Response(msgspec.json.encode(bodies.Error(text)), code, headers, "application/json")


def public_json(request: Request, value: object) -> Response:
    """`value` as indented JSON with an ETag, which scripts of any origin may read."""
    response = respond(request, msgspec.json.format(msgspec.json.encode(value), indent=1), "application/json")
    response.headers.update(ANY_ORIGIN)
    return response


def _limit_of(request: Request) -> int:
    """The query parameter `limit`; 422 when it is out of range."""
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MAX_LIMIT):
        raise HTTPException(422)
    return int(text)
