"""Everything that goes wrong with E-utilities in the field, as switches."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.sandbox.request import Request


class Fault(StrEnum):
    """One way of going wrong; see `broken` for the bodies and `wire` for what happens to the connection."""

    # refusals with a status that says so
    RATE_LIMIT = "429, JSON"
    BAD_KEY = "400, API key invalid"
    SERVER_ERROR = "500, HTML"
    BAD_GATEWAY = "502, HTML"
    UNAVAILABLE = "503, HTML"
    PROXY_ERROR = "400, a relayed backend failure"
    BAD_IDS = "400, no correct ids"
    OUT_OF_RANGE = "400, history out of range"
    # failures that come with status 200
    RATE_CONTROL = "200, JSON of the rate-control service"
    NO_ROUTE = "200, text of the router"
    SEARCH_BACKEND = "200, search backend failed"
    VIEWER = "200, external viewer error"
    LINK_SERVER = "200, link server not resolved"
    BACKEND_EXCEPTION = "200, text of a C++ exception"
    HISTORY_LOST = "200, unable to obtain query"
    EMPTY_IDS = "200, id parameter is empty"
    DOCSUM_COMMENT = "200, failure inside an XML comment"
    MAINTENANCE = "200, HTML"
    JSON_INSTEAD = "200, JSON although XML was asked for"
    PROLOG_ONLY = "200, XML declaration and DOCTYPE only"
    EMPTY = "200, zero bytes"
    # answers that are nearly right
    TRUNCATED = "200, the body ends early and says so nowhere"
    CORRUPTED = "200, one byte is wrong"
    DUPLICATE_IDS = "ids come twice"
    COUNT_TOO_HIGH = "Count is one more than the ids there are"
    COUNT_DRIFTS = "Count grows with every call"
    RECORDS_MISSING = "every second record is missing"
    NO_LINKS = "LinkSetDb is missing"
    # the connection
    HANG = "nothing comes"
    HANG_IN_BODY = "nothing more comes after some bytes"
    RESET = "the connection is reset at once"
    CUT = "the connection ends after some bytes"
    WRONG_LENGTH = "Content-Length promises more than comes"
    DRIP = "a few bytes at a time"
    BAD_GZIP = "gzip was promised and something else comes"


@dataclass(slots=True)
class Rule:
    """When a fault strikes.

    `endpoint` "" means every one. `calls` counts the calls that fit the rule's endpoint and period, from
    1, since the rule was made; None means every call. `since` and `until` are virtual instants, `until`
    not included. `seconds` is how long HANG, HANG_IN_BODY and DRIP take at most; `at_byte` is where
    TRUNCATED, CORRUPTED, CUT and HANG_IN_BODY strike (the middle when None).
    """

    fault: Fault
    endpoint: str = ""
    calls: frozenset[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    seconds: float = 30.0
    at_byte: int | None = None
    seen: int = 0

    def strikes(self, request: Request) -> bool:
        """Count `request` if the rule is about it; True when it is to fail."""
        at = request.at
        if self.endpoint and self.endpoint != request.endpoint:
            return False
        if at is not None and ((self.since and at < self.since) or (self.until and at >= self.until)):
            return False
        self.seen += 1
        return self.calls is None or self.seen in self.calls


class Faults:
    """The rules in force; the first rule that strikes decides."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.released = threading.Event()

    def add(
        self,
        fault: Fault,
        *,
        endpoint: str = "",
        calls: int | Iterable[int] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        seconds: float = 30.0,
        at_byte: int | None = None,
    ) -> Rule:
        """Put a rule in force; see Rule for the arguments. `calls=1` is the next call, `range(2, 5)` three more."""
        numbers = None if calls is None else frozenset([calls] if isinstance(calls, int) else calls)
        rule = Rule(fault, endpoint, numbers, since, until, seconds, at_byte)
        self.rules.append(rule)
        return rule

    def outage(self, since: datetime, until: datetime, fault: Fault = Fault.UNAVAILABLE) -> Rule:
        """PubMed is down from `since` to `until` of virtual time."""
        return self.add(fault, since=since, until=until)

    def clear(self) -> None:
        """Put everything out of force and let hanging answers go."""
        self.rules.clear()
        self.released.set()
        self.released = threading.Event()

    def pick(self, request: Request) -> Rule | None:
        """The rule that `request` is to fail by, None for a good answer. Every rule counts the call."""
        struck = [rule for rule in self.rules if rule.strikes(request)]
        return struck[0] if struck else None
