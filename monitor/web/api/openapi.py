"""The OpenAPI 3.1 document of the JSON API, made from one table of what each address returns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from monitor import __version__, store
from monitor.web.api.endpoints import ANYONE, MOST, NOT_A_LIMIT, USUAL
from monitor.web.api.schemas import PMID, SCHEMAS, TEXT, Schema, holds, many, ref
from monitor.web.responses import answer
from monitor.web.site import Site, site_of

ABOUT = """\
What is watched, and what it shows. Everything here is public and read only: no key is needed, and the only methods
are GET and HEAD (405 for any other). Answers are JSON in UTF-8, whatever `Accept` asks for. Requests are not counted:
come back with the `ETag` of what you have in `If-None-Match`, and nothing is sent twice. Fields may be added.
Instants are UTC.
"""


@dataclass(frozen=True, slots=True)
class Operation:
    """What one address returns. `name` is the operationId, `limited` whether it takes `limit`."""

    name: str
    summary: str
    returns: Schema
    limited: bool = False


PATHS = {
    "/topics": Operation("topics", "Every topic that is watched.", holds(topics=many("Topic"))),
    "/topics/{topic}": Operation("topic", "One topic with its answer and its searches.", ref("TopicNow")),
    "/topics/{topic}/seed": Operation("seed", "Its seed, and what surrounds that.", ref("SeedNow")),
    "/topics/{topic}/answers": Operation(
        "answers", "Every answer it has had, oldest first.", holds(answers=many("Answer"))
    ),
    "/topics/{topic}/changes": Operation("changes", "The last changes.", holds(changes=many("Change")), limited=True),
    "/topics/{topic}/articles/{pmid}": Operation("article", "One article with the verdict on it.", ref("Article")),
    "/topics/{topic}/digests": Operation("digests", "The last digests.", holds(digests=many("Digest")), limited=True),
}

#: Each parameter: where it stands, what it may be, what it is for.
PARAMETERS: dict[str, tuple[str, Schema, str]] = {
    "topic": ("path", TEXT, "The `key` of a topic."),
    "pmid": ("path", PMID, "The number of an article in PubMed."),
    "limit": (
        "query",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
        "How many, newest first.",
    ),
    "If-None-Match": ("header", TEXT, "The `ETag` of what you have: 304 while nothing changed."),
}

_FIRST_TOPIC, _SAME_TOPIC = "$response.body#/topics/0/key", "$request.path.topic"

#: What an answer names leads on: by operationId, where it leads and with which parameters.
LINKS = {
    "topics": {name: {"topic": _FIRST_TOPIC} for name in ("topic", "seed", "answers", "changes", "digests")},
    "topic": {"article": {"topic": _SAME_TOPIC, "pmid": "$response.body#/answer/trials/0/reports/0/pmid"}},
}

_CACHING = {name: {"$ref": f"#/components/headers/{name}"} for name in ("ETag", "Cache-Control")}
_HEADERS = {
    "ETag": {"description": "Names just this content.", "required": True, "schema": TEXT},
    "Cache-Control": {"description": "How long it may be kept.", "required": True, "schema": TEXT},
    "Retry-After": {
        "description": "Come again after so many seconds.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
}


def _refusal(about: str, sentence: str, headers: Schema | None = None) -> Schema:
    content = {"application/json": {"schema": ref("Error"), "example": {"error": sentence}}}
    return {"description": about, "content": content, **({"headers": headers} if headers else {})}


_RESPONSES = {
    "304": {"description": "You have it already.", "headers": _CACHING},
    "404": _refusal("Nothing is at this address.", "There is nothing at this address"),
    "422": _refusal("`limit` is out of bounds.", NOT_A_LIMIT),
    "503": _refusal(
        "The database cannot be reached.",
        "The database cannot be reached.",
        {"Retry-After": {"$ref": "#/components/headers/Retry-After"}},
    ),
}


def document(url: str, operator: str = "", examples: Mapping[str, str] = MappingProxyType({})) -> Schema:
    """The whole document; `url` is where the site is, `examples` are values of path parameters that lead somewhere."""
    contact = {"contact": {"email": operator}} if operator else {}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Monitor", "version": __version__, "description": ABOUT, **contact},
        "servers": [{"url": f"{url}/api/v1"}],
        "paths": {path: _path(path, operation) for path, operation in PATHS.items()},
        "components": {
            "schemas": SCHEMAS,
            "parameters": _parameters(examples),
            "headers": _HEADERS,
            "responses": _RESPONSES,
        },
    }


def show(request: Request) -> Response:
    """The document as JSON."""
    site = site_of(request)
    described = document(site.url, site.settings.operator_email, _examples(site))
    shown = answer(request, json.dumps(described, indent=1), "application/json")
    shown.headers.update(ANYONE)
    return shown


def _examples(site: Site) -> dict[str, str]:
    """What can be tried here: the first topic, and the article that changed last in it."""
    if not site.settings.topics:
        return {}
    key = site.settings.topics[0].key
    with site.db.read() as tx:
        pmids = [change.pmid for change in store.changes.recent(tx, key, USUAL) if change.pmid]
    return {"topic": key, **({"pmid": pmids[0]} if pmids else {})}


def _path(path: str, operation: Operation) -> Schema:
    in_path = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    named = [*in_path, *(["limit"] if operation.limited else []), "If-None-Match"]
    refusals = ["304", *(["404"] if in_path else []), *(["422"] if operation.limited else []), "503"]
    found = {
        "description": operation.summary,
        "headers": _CACHING,
        "content": {"application/json": {"schema": operation.returns}},
        "links": {
            name: {"operationId": name, "parameters": using} for name, using in LINKS.get(operation.name, {}).items()
        },
    }
    responses = {"200": found, **{code: {"$ref": f"#/components/responses/{code}"} for code in refusals}}
    parameters = [{"$ref": f"#/components/parameters/{name}"} for name in named]
    get = {"operationId": operation.name, "summary": operation.summary, "parameters": parameters}
    return {"get": {**get, "responses": responses}}


def _parameters(examples: Mapping[str, str]) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for name, (place, schema, about) in PARAMETERS.items():
        found[name] = {"name": name, "in": place, "required": place == "path", "schema": schema, "description": about}
        if name in examples:
            found[name]["example"] = examples[name]
    return found
