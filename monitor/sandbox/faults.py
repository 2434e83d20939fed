"""The failures of E-utilities seen in practice, to be injected on demand."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.sandbox.request import Request


class Fault(StrEnum):
    """One kind of failure; `broken_responses` has the bodies, `http_handler` what happens to the connection."""

    # errors with an HTTP error status
    RATE_LIMIT = "429, JSON"
    BAD_KEY = "400, API key invalid"
    SERVER_ERROR = "500, HTML"
    BAD_GATEWAY = "502, HTML"
    UNAVAILABLE = "503, HTML"
    PROXY_ERROR = "400, a relayed backend failure"
    BAD_IDS = "400, no correct ids"
    OUT_OF_RANGE = "400, history out of range"
    # errors with status 200
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
    # responses that are slightly wrong
    TRUNCATED = "200, the body ends early"
    CORRUPTED = "200, one byte is wrong"
    DUPLICATE_IDS = "ids come twice"
    COUNT_TOO_HIGH = "Count is one more than the ids there are"
    COUNT_DRIFTS = "Count grows with every call"
    RECORDS_MISSING = "every second record is missing"
    RECORDS_LEFT_OUT = "certain records are missing, though listed"
    RECORDS_MALFORMED = "certain records are not well-formed XML"
    IDS_LEFT_OUT = "certain ids are neither listed nor counted"
    TERM_DROPPED = "a term is not found and dropped, so that certain ids are listed too"
    NO_LINKS = "LinkSetDb is missing"
    # of the services beside NCBI
    OWN_ERROR = "200, the service's own error message"
    NOTHING_FOUND = "200, the shape that means nothing was found"
    FIELD_MISSING = "certain fields are missing"
    FIELD_RETYPED = "certain fields have another type"
    # the connection
    HANG = "no response"
    HANG_IN_BODY = "the body stops after some bytes"
    RESET = "the connection is reset at once"
    CUT = "the connection is closed after some bytes"
    WRONG_LENGTH = "Content-Length is larger than the body"
    DRIP = "a few bytes at a time"
    BAD_GZIP = "Content-Encoding is gzip, the body is not"


@dataclass(slots=True)
class Rule:
    """When a fault applies.

    `endpoint` is an E-utility, or the name of a service beside NCBI; "" means every E-utility. `calls` are numbers of
    calls: those to the rule's endpoint in its period are counted from 1; None means every call. `since` and `until`
    are virtual instants, `until` excluded. `seconds` is the longest time that HANG, HANG_IN_BODY and DRIP take;
    `at_byte` is the place of TRUNCATED, CORRUPTED, CUT and HANG_IN_BODY (None: the middle of the body). `pmids` are
    those of RECORDS_LEFT_OUT, RECORDS_MALFORMED and IDS_LEFT_OUT, those that come of TERM_DROPPED. `fields` are those
    of FIELD_MISSING and FIELD_RETYPED (none: the list of records); `retry_after` are the seconds that the 429 of a
    service beside NCBI says, and its 503 where they are more than one.
    """

    fault: Fault
    endpoint: str = ""
    calls: frozenset[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    seconds: float = 30.0
    at_byte: int | None = None
    pmids: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    retry_after: int = 1
    seen: int = 0

    def applies(self, request: Request) -> bool:
        """Count `request` if it is to the rule's endpoint in its period; True when it must fail."""
        at = request.at
        if self.endpoint != request.endpoint and (self.endpoint or request.path):
            return False
        if at is not None and ((self.since and at < self.since) or (self.until and at >= self.until)):
            return False
        self.seen += 1
        return self.calls is None or self.seen in self.calls


class Faults:
    """The active rules; the first that applies decides."""

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
        pmids: Iterable[str] = (),
        fields: Iterable[str] = (),
        retry_after: int = 1,
    ) -> Rule:
        """Activate a rule; see Rule for the arguments. `calls=1` is the next call, `range(2, 5)` the three after it."""
        numbers = None if calls is None else frozenset([calls] if isinstance(calls, int) else calls)
        rule = Rule(
            fault,
            *(endpoint, numbers, since, until, seconds, at_byte),
            pmids=frozenset(pmids),
            fields=frozenset(fields),
            retry_after=retry_after,
        )
        self.rules.append(rule)
        return rule

    def outage(
        self,
        since: datetime,
        until: datetime,
        fault: Fault = Fault.UNAVAILABLE,
        endpoint: str = "",
        retry_after: int = 1,
    ) -> Rule:
        """PubMed, or the service `endpoint`, is down from `since` to `until` of virtual time."""
        return self.add(fault, since=since, until=until, endpoint=endpoint, retry_after=retry_after)

    def clear(self) -> None:
        """Remove all rules and release responses that hang."""
        self.rules.clear()
        self.released.set()
        self.released = threading.Event()

    def pick(self, request: Request) -> Rule | None:
        """The rule by which `request` must fail, None for a good response. Every rule counts the call."""
        applying = [rule for rule in self.rules if rule.applies(request)]
        return applying[0] if applying else None
