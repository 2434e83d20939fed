"""The JSON API and its OpenAPI document. Requests at random: `tests/guarantees/test_api_requests.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import sqlalchemy
from jsonschema_rs import ValidationError

from monitor.web.api.endpoints import OPERATIONS
from tests.support.site import RunningSite
from tests.support.sites import SCREENED

#: The response to each path, recorded from a site at https://monitor.example.org.
RECORDED = Path(__file__).with_name("responses.json")
PATHS = [operation.path for operation in OPERATIONS]


def test_the_document_is_valid(filled_site: RunningSite) -> None:
    """By the specification's own schema of OpenAPI 3.1; each schema in it is one of JSON Schema 2020-12."""
    import jsonschema  # takes a second, which the workers that do not need it are spared

    address = f"{filled_site.url}/api/v1/openapi.json"
    schemathesis.openapi.from_url(address).validate()
    document = filled_site.http.get(address).json()
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    with pytest.raises(ValidationError):
        schemathesis.openapi.from_dict({**document, "info": {}}).validate()


def test_the_document_is_valid_to_a_second_validator(filled_site: RunningSite) -> None:
    """One that also resolves references and compares operationIds, which no schema can."""
    from openapi_spec_validator import OpenAPIV31SpecValidator, validate
    from openapi_spec_validator.validation.exceptions import DuplicateOperationIDError

    document = filled_site.http.get("/api/v1/openapi.json").json()
    validate(document, cls=OpenAPIV31SpecValidator)
    document["paths"]["/topics"]["get"]["operationId"] = "topic"
    with pytest.raises(DuplicateOperationIDError):
        validate(document, cls=OpenAPIV31SpecValidator)


@pytest.mark.parametrize("path", PATHS)
def test_the_document_leaves_nothing_out(api: RunningSite, path: str) -> None:
    """Every field of a response is described."""
    import jsonschema

    document = api.http.get("/api/v1/openapi.json").json()
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    response = api.http.get("/api/v1" + path.format(topic="ccsvi", pmid=SCREENED))
    closed = _closed({**schema, "components": document["components"]})
    jsonschema.Draft202012Validator(closed).validate(response.json())


@pytest.mark.parametrize("path", PATHS)
def test_a_response_keeps_its_fields(api: RunningSite, path: str) -> None:
    """Programs rely on every name and value: a difference from the recorded response breaks them."""
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))[path]
    text = api.http.get("/api/v1" + path.format(topic="ccsvi", pmid=SCREENED)).text
    assert json.loads(text.replace(api.url, "https://monitor.example.org")) == recorded


def _closed(schema: Any) -> Any:
    """The schema with no room for fields it does not name."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    return {**closed, "additionalProperties": False} if schema.get("type") == "object" else closed


def test_the_examples_lead_somewhere(api: RunningSite) -> None:
    """The document names a topic and an article of this site."""
    parameters = api.http.get("/api/v1/openapi.json").json()["components"]["parameters"]
    path = f"/api/v1/topics/{parameters['topic']['example']}/articles/{parameters['pmid']['example']}"
    assert api.http.get(path).status_code == 200


def test_before_the_first_poll_no_article_is_an_example(site: RunningSite) -> None:
    """None is known; the topic is."""
    parameters = site.http.get("/api/v1/openapi.json").json()["components"]["parameters"]
    assert parameters["topic"]["example"] == "ccsvi"
    assert "example" not in parameters["pmid"]


@pytest.mark.parametrize("path", ["/api/v1/topics/ccsvi/changes", "/api/v1/openapi.json"])
def test_what_a_program_has_is_not_sent_again(filled_site: RunningSite, path: str) -> None:
    """304 with the same ETag, and nothing sent twice."""
    etag = filled_site.http.get(path).headers["etag"]
    again = filled_site.http.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/topics/nothing", 404),
        ("/api/v1/topics/ccsvi/articles/1", 404),
        ("/api/v1/topics/ccsvi/articles/%00", 404),
        ("/api/v1/topics/%00", 404),
        ("/api/v1/topics/ccsvi/changes?limit=0", 422),
        ("/api/v1/topics/ccsvi/digests?limit=many", 422),
    ],
)
def test_a_program_is_refused_in_json(api: RunningSite, path: str, code: int) -> None:
    """With the right code and a sentence, which a page from anywhere may read."""
    response = api.http.get(path)
    assert response.status_code == code
    assert response.json()["error"]
    assert response.headers["access-control-allow-origin"] == "*"


def test_a_limit_out_of_range_is_refused_with_the_range(site: RunningSite) -> None:
    """A sentence that says what to send."""
    response = site.http.get("/api/v1/topics/ccsvi/changes?limit=501")
    assert response.json() == {"error": "`limit` is a whole number from 1 to 500."}


def test_a_program_learns_that_the_database_is_away(filled_site: RunningSite) -> None:
    """503, and when to come again."""
    with filled_site.db.begin() as tx:
        tx.execute(sqlalchemy.text("ALTER TABLE digests RENAME TO elsewhere"))
    response = filled_site.http.get("/api/v1/topics/ccsvi/digests")
    assert response.status_code == 503
    assert response.json()["error"] == "The database cannot be reached."
    assert int(response.headers["retry-after"]) > 0
