"""One request to an E-utility and its response, as values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

XML = "text/xml; charset=UTF-8"
TEXT = "text/plain; charset=UTF-8"
JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was received.

    `endpoint` is the utility's name ("esearch"), or that of a service beside NCBI ("clinicaltrials"), whose `path` is
    what follows it in the URL, "" for an E-utility. `params` are all parameters in order, from the query
    string and the form body alike; `at` is the virtual instant of the call, `number` counts calls from 1.
    """

    endpoint: str
    params: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    at: datetime | None = None
    number: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    path: str = ""

    def get(self, name: str, default: str = "") -> str:
        """The first non-empty value of a parameter: E-utilities ignore empty ones."""
        return next((value for key, value in self.params if key == name and value), default)

    def all(self, name: str) -> list[str]:
        """Every value of a parameter, empty ones too."""
        return [value for key, value in self.params if key == name]

    def number_of(self, name: str, default: int) -> int:
        """A parameter as a number of 0 or more; anything else counts as not given."""
        value = self.get(name)
        return int(value) if value.isdigit() else default

    def is_json(self) -> bool:
        """True when the response should be JSON."""
        return self.get("retmode").lower() == "json"


@dataclass(frozen=True, slots=True)
class Response:
    """A response; `fault` names the fault that was injected, "" for none."""

    body: bytes
    content_type: str = XML
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    fault: str = ""

    def with_headers(self, *headers: tuple[str, str]) -> Response:
        """The same response with further headers."""
        return replace(self, headers=(*self.headers, *headers))

    def but(self, body: bytes) -> Response:
        """The same response with another body."""
        return replace(self, body=body)


@dataclass(frozen=True, slots=True)
class Logged:
    """A request with its response: HTTP status, length of the body in bytes, name of the fault."""

    request: Request
    status: int
    length: int
    fault: str
