"""The OpenAPI 3.1 document of the JSON API, derived from its operations and the structs they return."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, get_type_hints

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from monitor import __version__, store
from monitor.render import structs
from monitor.web.api import bodies
from monitor.web.api.endpoints import DEFAULT_LIMIT, LIMIT_OUT_OF_RANGE, OPERATIONS, Limit, Operation, public_json
from monitor.web.site import Site, site_of

Schema = dict[str, Any]

ABOUT = """\
The topics under surveillance and the state of their evidence. Everything here is public and read only: no key is \
needed, and the only methods are GET and HEAD (405 for any other). Responses are JSON in UTF-8, whatever `Accept` \
asks for. There is no rate limit; send the `ETag` of the response you have in `If-None-Match`, and an unchanged one \
is not sent again (304). Fields may be added. Instants are UTC.
"""

_TEXT = msgspec.json.schema(str)

#: Each parameter: where it stands, its schema, its description.
PARAMETERS: dict[str, tuple[str, Schema, str]] = {
    "topic": ("path", _TEXT, "The `key` of a topic."),
    "pmid": ("path", msgspec.json.schema(structs.Pmid), "The PubMed identifier of an article."),
    "limit": ("query", {**msgspec.json.schema(Limit), "default": DEFAULT_LIMIT}, "How many at most, newest first."),
    "If-None-Match": ("header", _TEXT, "The `ETag` of the response you have: 304 while nothing changed."),
}

_FIRST_TOPIC, _SAME_TOPIC = "$response.body#/topics/0/key", "$request.path.topic"

#: OpenAPI links: from an operation to others, by operationId, with the parameters that its response gives them.
LINKS = {
    "topics": {name: {"topic": _FIRST_TOPIC} for name in ("topic", "seed", "answers", "changes", "digests")},
    "topic": {"article": {"topic": _SAME_TOPIC, "pmid": "$response.body#/answer/trials/0/reports/0/pmid"}},
}

_HEADERS = {
    "ETag": {"description": "Identifies this content.", "required": True, "schema": _TEXT},
    "Cache-Control": {"description": "How long it may be cached.", "required": True, "schema": _TEXT},
    "Retry-After": {
        "description": "Seconds to wait before another request.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
}
_CACHING = {name: {"$ref": f"#/components/headers/{name}"} for name in ("ETag", "Cache-Control")}


def _error(description: str, sentence: str, *headers: str) -> Schema:
    content = {"application/json": {"schema": _ref(bodies.Error), "example": {"error": sentence}}}
    refs = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return {"description": description, "content": content, **({"headers": refs} if refs else {})}


def _ref(struct: type[msgspec.Struct]) -> Schema:
    return {"$ref": f"#/components/schemas/{struct.__name__}"}


_RESPONSES = {
    "304": {"description": "Unchanged since the response you have.", "headers": _CACHING},
    "404": _error("There is nothing at this address.", "There is nothing at this address"),
    "422": _error("`limit` is out of range.", LIMIT_OUT_OF_RANGE),
    "503": _error("The database cannot be reached.", "The database cannot be reached.", "Retry-After"),
}


def document(url: str, operator: str = "", examples: Mapping[str, str] = MappingProxyType({})) -> Schema:
    """The whole document.

    `url` is where the site is, `operator` an email address, `examples` values of path parameters that lead somewhere.
    """
    contact = {"contact": {"email": operator}} if operator else {}
    returned = [_returned_by(operation) for operation in OPERATIONS]
    _, schemas = msgspec.json.schema_components([*returned, bodies.Error], ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Monitor", "version": __version__, "description": ABOUT, **contact},
        "servers": [{"url": f"{url}/api/v1"}],
        "paths": {operation.path: {"get": _get(operation)} for operation in OPERATIONS},
        "components": {
            "schemas": schemas,
            "parameters": _parameters(examples),
            "headers": _HEADERS,
            "responses": _RESPONSES,
        },
    }


def show(request: Request) -> Response:
    """The document as JSON."""
    site = site_of(request)
    return public_json(request, document(site.url, site.settings.operator_email, _examples(site)))


def _examples(site: Site) -> dict[str, str]:
    """Path parameters to try: the first topic, and the article that changed last in it."""
    if not site.settings.topics:
        return {}
    key = site.settings.topics[0].key
    with site.db.read() as tx:
        pmids = [change.pmid for change in store.changes.recent(tx, key, DEFAULT_LIMIT) if change.pmid]
    return {"topic": key, **({"pmid": pmids[0]} if pmids else {})}


def _returned_by(operation: Operation) -> type[msgspec.Struct]:
    returned: type[msgspec.Struct] = get_type_hints(operation.handler)["return"]
    return returned


def _get(operation: Operation) -> Schema:
    in_path = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    names = [*in_path, *(["limit"] if operation.takes_limit else []), "If-None-Match"]
    errors = ["304", *(["404"] if in_path else []), *(["422"] if operation.takes_limit else []), "503"]
    summary = (inspect.getdoc(operation.handler) or "").partition("\n")[0]
    success = {
        "description": summary,
        "headers": _CACHING,
        "content": {"application/json": {"schema": _ref(_returned_by(operation))}},
        "links": {
            name: {"operationId": name, "parameters": using} for name, using in LINKS.get(operation.name, {}).items()
        },
    }
    return {
        "operationId": operation.name,
        "summary": summary,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in names],
        "responses": {"200": success, **{code: {"$ref": f"#/components/responses/{code}"} for code in errors}},
    }


def _parameters(examples: Mapping[str, str]) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for name, (place, schema, about) in PARAMETERS.items():
        found[name] = {"name": name, "in": place, "required": place == "path", "schema": schema, "description": about}
        if name in examples:
            found[name]["example"] = examples[name]
    return found
