"""The OpenAPI 3.1 document of the JSON API, made from one table of what each address returns."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from monitor import __version__
from monitor.model import (
    AnswerState,
    ChangeKind,
    Control,
    Design,
    DigestKind,
    Direction,
    FreshnessState,
    Level,
    Rhythm,
    Role,
    SearchKind,
)
from monitor.web.answering import answer
from monitor.web.api import MOST, USUAL
from monitor.web.site import site_of

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer"}
_YES_NO: Schema = {"type": "boolean"}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_MAYBE_WHOLE: Schema = {"type": ["integer", "null"]}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_MAYBE_INSTANT: Schema = {"type": ["string", "null"], "format": "date-time"}
_MAYBE_DAY: Schema = {"type": ["string", "null"], "format": "date"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}


def _object(**fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": list(fields)}


def _one_of(words: Any) -> Schema:
    return {"type": "string", "enum": [word.value for word in words]}


def _maybe_one_of(words: Any) -> Schema:
    return {"type": ["string", "null"], "enum": [*(word.value for word in words), None]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _maybe(name: str) -> Schema:
    return {"oneOf": [_ref(name), {"type": "null"}]}


def _many(name: str) -> Schema:
    return {"type": "array", "items": _ref(name)}


_ANSWER = {
    "state": _one_of(AnswerState),
    "sentence": _TEXT,
    "since": _MAYBE_DAY,
    "lines": _TEXTS,
    "association": _TEXT,
    "is_appraised": _YES_NO,
    "causes": _TEXTS,
    "basis": _TEXTS,
    "rules_version": _TEXT,
    "trials": _many("Trial"),
    "silent_trials": _many("Trial"),
}
_TOPIC = {"key": _TEXT, "name": _TEXT, "question": _TEXT, "seed": _maybe("Seed"), "page": _TEXT}

SCHEMAS: dict[str, Schema] = {
    "Seed": _object(doi=_TEXT, citation=_TEXT, claim=_TEXT),
    "Topic": _object(**_TOPIC),
    "TopicNow": _object(**_TOPIC, answer=_maybe("Answer"), articles=_WHOLE, searches=_many("Search")),
    "Search": _object(
        name=_TEXT,
        kind=_one_of(SearchKind),
        query=_TEXT,
        translation=_TEXT,
        count=_MAYBE_WHOLE,
        freshness=_one_of(FreshnessState),
        last_success_at=_MAYBE_INSTANT,
        failures_in_row=_WHOLE,
        next_due_at=_INSTANT,
    ),
    "Answer": _object(at=_INSTANT, previous=_maybe_one_of(AnswerState), is_baseline=_YES_NO, **_ANSWER),
    "Trial": _object(
        key=_TEXT,
        name=_TEXT,
        registry_numbers=_TEXTS,
        is_randomized={"type": ["boolean", "null"]},
        control=_one_of(Control),
        blinding=_TEXT,
        sample_size=_MAYBE_WHOLE,
        status=_TEXT,
        direction=_one_of(Direction),
        quote=_TEXT,
        first_public_on=_MAYBE_DAY,
        flags=_TEXTS,
        appraised_by=_TEXT,
        reports=_many("Report"),
    ),
    "Report": _object(
        pmid=_TEXT,
        role=_one_of(Role),
        title=_TEXT,
        journal=_TEXT,
        first_public_on=_MAYBE_DAY,
        doi=_TEXT,
        why=_TEXT,
    ),
    "Change": _object(
        id=_WHOLE,
        kind=_one_of(ChangeKind),
        at=_INSTANT,
        pmid=_MAYBE_TEXT,
        title=_MAYBE_TEXT,
        search=_TEXT,
        why=_TEXT,
        revisions={"type": "array", "items": _object(field=_TEXT, old=_TEXT, new=_TEXT)},
    ),
    "Article": _object(
        pmid=_TEXT,
        doi=_TEXT,
        pmcid=_TEXT,
        title=_TEXT,
        authors=_TEXTS,
        journal=_TEXT,
        first_public_on=_MAYBE_DAY,
        publication_types=_TEXTS,
        registry_numbers=_TEXTS,
        is_retracted=_YES_NO,
        verdict=_maybe("Verdict"),
        screening=_maybe("Verdict"),
    ),
    "Verdict": _object(
        design=_one_of(Design),
        level=_one_of(Level),
        role=_maybe_one_of(Role),
        is_relevant=_YES_NO,
        why_not_relevant=_TEXT,
        score={"type": "number"},
        by=_TEXT,
        because=_TEXT,
        rules_version=_TEXT,
        basis={"type": "array", "items": _object(rule=_TEXT, field=_TEXT, words=_TEXT)},
    ),
    "Digest": _object(
        id=_WHOLE,
        kind=_one_of(DigestKind),
        rhythm=_one_of(Rhythm),
        since=_MAYBE_INSTANT,
        until=_INSTANT,
        subject=_TEXT,
        answer_changed=_YES_NO,
        page=_TEXT,
    ),
    "Error": _object(error=_TEXT),
}

_LIMIT = {
    "name": "limit",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
    "description": "How many, newest first.",
}


def _path(summary: str, returns: Schema, path: str) -> Schema:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    parameters: list[Schema] = [{"name": n, "in": "path", "required": True, "schema": _TEXT} for n in names]
    is_list = path.endswith(("changes", "digests"))
    answers = {"200": _answer(summary, returns)}
    if names:
        answers["404"] = _answer("There is nothing at this address.", _ref("Error"))
    if is_list:
        answers["422"] = _answer(f"`limit` is not a number from 1 to {MOST}.", _ref("Error"))
    return {
        "get": {"summary": summary, "parameters": [*parameters, *([_LIMIT] if is_list else [])], "responses": answers}
    }


def _answer(about: str, schema: Schema) -> Schema:
    return {"description": about, "content": {"application/json": {"schema": schema}}}


PATHS = {
    "/topics": ("Every topic that is watched.", _object(topics=_many("Topic"))),
    "/topics/{topic}": ("One topic with its answer and its searches.", _ref("TopicNow")),
    "/topics/{topic}/answers": ("Every answer it has had, oldest first.", _object(answers=_many("Answer"))),
    "/topics/{topic}/changes": ("The last changes.", _object(changes=_many("Change"))),
    "/topics/{topic}/articles/{pmid}": ("One article with the verdict on it.", _ref("Article")),
    "/topics/{topic}/digests": ("The last digests.", _object(digests=_many("Digest"))),
}


def document(url: str) -> Schema:
    """The whole document; `url` is where the site is."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Monitor", "version": __version__, "description": "What is watched, and what it shows."},
        "servers": [{"url": f"{url}/api/v1"}],
        "paths": {path: _path(summary, returns, path) for path, (summary, returns) in PATHS.items()},
        "components": {"schemas": SCHEMAS},
    }


def show(request: Request) -> Response:
    """The document as JSON."""
    return answer(request, json.dumps(document(site_of(request).url), indent=1), "application/json")
