"""What every stand-in needs: answers as JSON, the day a request is made on."""

from __future__ import annotations

import json
from datetime import date, datetime

from monitor.sandbox.request import TEXT, Request, Response

#: The services beside NCBI send this, without a space.
JSON = "application/json;charset=utf-8"


def as_json(value: object, status: int = 200, *headers: tuple[str, str]) -> Response:
    """`value` as JSON."""
    return Response(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(), JSON, status, headers)


def as_text(text: str, status: int) -> Response:
    """An error as plain text."""
    return Response(text.encode(), TEXT, status)


def moment(request: Request) -> datetime:
    """The virtual instant of the request. Raises ValueError for a request without one."""
    if request.at is None:
        raise ValueError("a request to a stand-in needs an instant")
    return request.at


def today(request: Request) -> date:
    """The virtual day of the request."""
    return moment(request).date()


def present(value: object) -> object:
    """`value` without the parts that are None: the services leave out what a record does not have."""
    if isinstance(value, dict):
        return {key: present(part) for key, part in value.items() if part is not None}
    return [present(part) for part in value] if isinstance(value, list | tuple) else value
