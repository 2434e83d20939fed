"""The JSON API, read only; `monitor.web.api.openapi` describes it to programs."""

from __future__ import annotations

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from monitor import store
from monitor.evidence.conclude import standing
from monitor.web.api import serialize
from monitor.web.pages.seed_card import card as seed_card
from monitor.web.pages.topic import LISTED, health
from monitor.web.responses import PRIVATE, answer
from monitor.web.site import pmid_of, site_of, topic_of

#: How many changes or digests one request may ask for, and gets when it does not say.
MOST, USUAL = 500, 50

NOT_A_LIMIT = f"`limit` is a whole number from 1 to {MOST}."

#: All of it is public: a page from anywhere may read every answer, refusals too.
ANYONE = {"Access-Control-Allow-Origin": "*"}


def topics(request: Request) -> Response:
    """Every topic that is watched."""
    site = site_of(request)
    return _json(request, {"topics": [serialize.topic(one, site.url) for one in site.settings.topics]})


def topic(request: Request) -> Response:
    """One topic: the answer now, the searches and how they are going."""
    site, one = site_of(request), topic_of(request)
    with site.db.read() as tx:
        record = standing(tx, one, site.now())
        searches = [serialize.search(each) for each in health(tx, one, site.now())]
        articles = store.articles.count(tx, one.key)
    told = {"answer": serialize.answer_record(record) if record else None, "articles": articles, "searches": searches}
    return _json(request, {**serialize.topic(one, site.url), **told})


def seed(request: Request) -> Response:
    """The seed of a topic and what surrounds it; 404 for a topic without one."""
    site, one = site_of(request), topic_of(request)
    with site.db.read() as tx:
        card = seed_card(tx, one, site.now().date())
    if card is None:
        raise HTTPException(404)
    return _json(request, serialize.seed(card))


def answers(request: Request) -> Response:
    """Every answer a topic has had, oldest first."""
    one = topic_of(request)
    with site_of(request).db.read() as tx:
        history = store.answers.history(tx, one.key)
    return _json(request, {"answers": [serialize.answer_record(record) for record in history]})


def changes(request: Request) -> Response:
    """The last changes, newest first."""
    one, limit = topic_of(request), _limit(request)
    with site_of(request).db.read() as tx:
        found = store.changes.recent(tx, one.key, limit)
        articles = store.articles.known(tx, {change.pmid for change in found if change.pmid})
    return _json(request, {"changes": [serialize.change(each, articles.get(each.pmid)) for each in found]})


def article(request: Request) -> Response:
    """One article of a topic with the verdict on it; 404 when no search of the topic ever found it."""
    one, pmid = topic_of(request), pmid_of(request)
    with site_of(request).db.read() as tx:
        found = store.articles.known(tx, [pmid]).get(pmid)
        judged = store.verdicts.current(tx, one.key, [pmid]).get(pmid)
        screened = store.screenings.current(tx, one.key).get(pmid)
        is_told = judged or store.changes.for_article(tx, one.key, pmid)
    if found is None or not is_told:
        raise HTTPException(404)
    return _json(request, serialize.article(found, judged, screened))


def digests(request: Request) -> Response:
    """The last digests that went to all readers, newest first."""
    site, one, limit = site_of(request), topic_of(request), _limit(request)
    with site.db.read() as tx:
        found = store.digests.archive(tx, one.key, limit, LISTED)
    return _json(request, {"digests": [serialize.digest(each, site.url) for each in found]})


def refusal(code: int, text: str) -> Response:
    """What a program is told when it cannot be served."""
    return JSONResponse({"error": text}, code, {"Cache-Control": PRIVATE, **ANYONE})


def _json(request: Request, value: dict[str, Any]) -> Response:
    body = json.dumps(value, ensure_ascii=False, indent=1)
    answered = answer(request, body, "application/json")
    answered.headers.update(ANYONE)
    return answered


def _limit(request: Request) -> int:
    """The query parameter `limit`, 1 to MOST; 422 for anything else."""
    text = request.query_params.get("limit", str(USUAL))
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MOST):
        raise HTTPException(422)
    return int(text)
