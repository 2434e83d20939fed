"""Which stand-in answers a request, and how it fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from monitor.sandbox.faults import Fault, Rule
from monitor.sandbox.request import HTML, JSON, Request, Response
from monitor.sandbox.services import (
    clinicaltrials,
    crossref,
    europe_pmc,
    files,
    icite,
    isrctn,
    openalex,
    opencitations,
)
from monitor.sandbox.services.answers import as_json, as_text
from monitor.sandbox.services.corpus import Corpus
from monitor.sandbox.services.spoiling import spoiled

_OWN_ERROR = as_json({"error": "Internal error"})


@dataclass(frozen=True, slots=True)
class Service:
    """One stand-in.

    `base` is the path of its base URL below the service's name. `rows` are the names of the list of records in its
    answers, `total` of the number of them that it promises; `own_error` is how it says with status 200 that it failed.
    """

    answer: Callable[[Corpus, Request], Response]
    base: str
    rows: tuple[str, ...]
    total: str = ""
    own_error: Response = _OWN_ERROR


_EUROPE_PMC = Service(
    europe_pmc.answer,
    "europepmc/webservices/rest",
    ("result", "citation"),
    "hitCount",
    as_json({"errCode": 500, "errMsg": "Internal error, please try again later"}),
)

#: By their names in the configuration; Europe PMC is asked for citations and for preprints on addresses of their own.
SERVICES: Mapping[str, Service] = {
    "clinicaltrials": Service(clinicaltrials.answer, "api/v2", ("studies",), "totalCount"),
    "europe_pmc": _EUROPE_PMC,
    "preprints": _EUROPE_PMC,
    "icite": Service(icite.answer, "api", ("data",)),
    "opencitations": Service(opencitations.answer, "", ("",)),
    "openalex": Service(openalex.answer, "", ("results",), "count"),
    "crossref": Service(crossref.answer, "", ("items",), "total-results"),
    "isrctn": Service(isrctn.answer, "api", ()),
    "ictrp": Service(files.ictrp, "export.csv", ()),
    "retraction_watch": Service(files.retraction_watch, "retractions.csv", ()),
}

#: Service → the path of its base URL on the sandbox.
BASES: Mapping[str, str] = {name: f"/{name}/{service.base}".rstrip("/") for name, service in SERVICES.items()}


def answer(corpus: Corpus, request: Request, rule: Rule | None) -> Response:
    """The answer of the service that `request.endpoint` names, spoiled by `rule` where one applies."""
    service = SERVICES[request.endpoint]
    if rule and (failed := _instead(service, rule)):
        return failed
    good = service.answer(corpus, request)
    return spoiled(rule, good, service.rows, service.total) if rule and good.status == 200 else good


def _page(title: str, status: int) -> Response:
    return Response(f"<!DOCTYPE html><html><head><title>{title}</title></head></html>\n".encode(), HTML, status)


_INSTEAD: Mapping[Fault, Response] = {
    Fault.SERVER_ERROR: _page("500 Internal Server Error", 500),
    Fault.BAD_GATEWAY: _page("502 Bad Gateway", 502),
    Fault.UNAVAILABLE: _page("503 Service Unavailable", 503),
    Fault.BAD_KEY: as_json({"error": "Invalid or missing API key", "message": "Provide a valid API key"}, 401),
    Fault.MAINTENANCE: _page("Site maintenance", 200),
    Fault.EMPTY: Response(b"", JSON),
    Fault.BACKEND_EXCEPTION: as_text("Error : (2002) Connection refused", 200),
}


def _instead(service: Service, rule: Rule) -> Response | None:
    if rule.fault is Fault.RATE_LIMIT:
        page = _page("You have sent too many requests", 429)
        return page.with_headers(("Retry-After", str(rule.retry_after)))
    if rule.fault is Fault.UNAVAILABLE and rule.retry_after > 1:
        return _INSTEAD[rule.fault].with_headers(("Retry-After", str(rule.retry_after)))
    return service.own_error if rule.fault is Fault.OWN_ERROR else _INSTEAD.get(rule.fault)
