"""ClinicalTrials.gov API v2: /studies, /studies/{number}, /version.

A version of the data is made every day at 09:00:05 UTC and holds what was posted up to that day.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from monitor.sandbox.request import Request, Response
from monitor.sandbox.services.answers import as_json, as_text, moment, present
from monitor.sandbox.services.corpus import Corpus
from monitor.sandbox.services.words import QueryError, Term, parse

REGISTRY = "clinicaltrials"
_MADE_AT = time(9, 0, 5)

#: Parameters of API v2; another one is a 400 (FACTS: "query.recrs and other v1 names").
_KNOWN = {
    *(f"query.{area}" for area in ("cond", "term", "locn", "titles", "intr", "outc", "spons", "lead", "id", "patient")),
    *(f"filter.{name}" for name in ("overallStatus", "geo", "ids", "advanced", "synonyms")),
    *("postFilter.overallStatus", "postFilter.advanced", "aggFilters", "geoDecay", "fields", "sort", "countTotal"),
    *("pageSize", "pageToken", "format", "markupFormat"),
}

#: Query area → the facts of a study that it searches.
_AREAS = {
    "query.cond": ("conditions", "title", "official_title", "keywords"),
    "query.intr": ("interventions", "title", "official_title", "keywords", "arms"),
    "query.titles": ("title", "official_title", "acronym"),
    "query.id": ("number", "secondary", "aliases"),
    "query.spons": ("sponsor",),
    "query.term": (
        *("number", "title", "official_title", "acronym", "conditions", "keywords", "interventions", "arms"),
        *("sponsor", "secondary", "summary"),
    ),
}

_PIECES = {
    "LastUpdatePostDate": lambda state: str(state["last_posted"]),
    "StudyFirstPostDate": lambda state: str(state["first_posted"]),
    "ResultsFirstPostDate": lambda state: state.get("results_posted") or "",
    "PrimaryCompletionDate": lambda state: (state.get("primary_completion") or [""])[0],
    "OverallStatus": lambda state: state["status"],
    "StudyType": lambda state: state.get("study_type", "INTERVENTIONAL"),
    "NCTId": lambda state: state["number"],
}


def answer(corpus: Corpus, request: Request) -> Response:
    """The answer to one request."""
    version = _data_version(moment(request))
    if request.path.endswith("version"):
        return as_json({"apiVersion": "2.0.5", "dataTimestamp": f"{version:%Y-%m-%dT%H:%M:%S}"})
    _, route, number = request.path.rpartition("studies")
    if not route:
        return as_text("Not found", 404)
    return _one(corpus, number.strip("/"), version) if number.strip("/") else _search(corpus, request, version)


def _data_version(now: datetime) -> datetime:
    made = datetime.combine(now.date(), _MADE_AT, now.tzinfo)
    return made if made <= now else made - timedelta(days=1)


def _states(corpus: Corpus, on: date) -> list[dict[str, Any]]:
    touched = corpus.last_touch(REGISTRY, on)
    states = [state for study in corpus.studies if study.registry == REGISTRY and (state := study.at(on))]
    return [{**state, "last_posted": max(state["last_posted"], touched)} for state in states]


def _one(corpus: Corpus, number: str, version: datetime) -> Response:
    wanted = number.upper()
    for state in _states(corpus, version.date()):
        if state["number"] == wanted:
            return as_json(study_json(state, version.date()))
        if wanted in state.get("aliases", ()):
            return Response(b"", status=301, headers=(("Location", state["number"]),))
    return as_text(f"NCT number {wanted} not found", 404)


def _search(corpus: Corpus, request: Request, version: datetime) -> Response:
    unknown = [key for key, _ in request.params if key not in _KNOWN]
    if unknown:
        return as_text(f"Unknown parameter `{unknown[0]}`", 400)
    try:
        found = [state for state in _states(corpus, version.date()) if _matches(state, request)]
    except QueryError as problem:
        return as_text(f"Too complicated query or syntax error: {problem}", 400)
    found.sort(key=lambda state: state["number"])
    if request.get("sort").startswith("LastUpdatePostDate"):
        found.sort(key=lambda state: state["last_posted"], reverse=not request.get("sort").endswith(":asc"))
    return _page(found, request, version)


def _page(found: list[dict[str, Any]], request: Request, version: datetime) -> Response:
    size = min(request.number_of("pageSize", 10), 1000)
    start = _start(request.get("pageToken"), version)
    if start is None:
        return as_text("Invalid value in parameter `pageToken`", 400)
    page = found[start : start + size]
    body: dict[str, Any] = {}
    if request.get("countTotal") == "true" and not start:
        body["totalCount"] = len(found)
    body["studies"] = [study_json(state, version.date()) for state in page]
    if start + size < len(found):
        body["nextPageToken"] = urlsafe_b64encode(f"{version.isoformat()} {start + size}".encode()).decode().rstrip("=")
    return as_json(body)


def _start(token: str, version: datetime) -> int | None:
    """Where the page begins; None for a token of another version of the data, or of none."""
    if not token:
        return 0
    try:
        made, _, start = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().rpartition(" ")
    except ValueError:
        return None
    return int(start) if made == version.isoformat() else None


def _matches(state: Mapping[str, Any], request: Request) -> bool:
    numbers = [number for number in request.get("filter.ids").replace(",", "|").upper().split("|") if number]
    statuses = [status for status in request.get("filter.overallStatus").replace(",", "|").split("|") if status]
    if (numbers and state["number"] not in numbers) or (statuses and state["status"] not in statuses):
        return False
    areas = [*_AREAS, "filter.advanced"]
    return all(_holds_all(state, area, request.get(area)) for area in areas if request.get(area))


def _holds_all(state: Mapping[str, Any], area: str, query: str) -> bool:
    text = _text(state, _AREAS.get(area, _AREAS["query.term"]))

    def holds(term: Term) -> bool:
        if not term.field:
            return term.is_in(text)
        if term.field not in _PIECES:
            raise QueryError(f"unknown field {term.field}")
        return term.holds_of(_PIECES[term.field](state))

    return parse(query)(holds)


def _text(state: Mapping[str, Any], facts: tuple[str, ...]) -> str:
    return " | ".join(str(part) for name in facts for part in _flat(state.get(name, ())))


def _flat(value: object) -> list[object]:
    return [inner for part in value for inner in _flat(part)] if isinstance(value, list | tuple) else [value]


def study_json(state: Mapping[str, Any], version: date) -> object:
    """One study in the shape of API v2."""
    get = state.get
    protocol = {
        "identificationModule": {
            "nctId": state["number"],
            "nctIdAliases": get("aliases"),
            "orgStudyIdInfo": {"id": get("org_id", state["number"])},
            "secondaryIdInfos": [dict(zip(("id", "type", "domain"), row, strict=False)) for row in get("secondary", [])]
            or None,
            "briefTitle": get("title", ""),
            "officialTitle": get("official_title"),
            "acronym": get("acronym"),
        },
        "statusModule": _status(state),
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": get("sponsor", "Not told"), "class": "OTHER"}},
        "conditionsModule": {"conditions": get("conditions", []), "keywords": get("keywords")},
        "designModule": _design(state),
        "armsInterventionsModule": {
            "armGroups": [{"type": kind, "label": label} for kind, label in get("arms", [])],
            "interventions": [{"type": kind, "name": name} for kind, name in get("interventions", [])],
        },
        "outcomesModule": {"primaryOutcomes": [{"measure": text} for text in get("primary_outcomes", [])]},
        "referencesModule": _references(state),
    }
    unposted = [{"type": kind, "date": on} for kind, on in get("unposted", [])]
    return present(
        {
            "protocolSection": protocol,
            "resultsSection": {"participantFlowModule": {"groups": []}} if get("results_posted") else None,
            "annotationSection": {"annotationModule": {"unpostedAnnotation": {"unpostedEvents": unposted}}}
            if unposted
            else None,
            "derivedSection": {"miscInfoModule": {"versionHolder": str(version)}},
            "hasResults": bool(get("results_posted")),
        }
    )


def _status(state: Mapping[str, Any]) -> dict[str, Any]:
    get = state.get
    return {
        "statusVerifiedDate": get("verified", f"{state['last_posted']:%Y-%m}"),
        "overallStatus": state["status"],
        "lastKnownStatus": get("last_known_status"),
        "whyStopped": get("why_stopped"),
        "startDateStruct": _date(get("start")),
        "primaryCompletionDateStruct": _date(get("primary_completion")),
        "completionDateStruct": _date(get("completion")),
        "studyFirstSubmitDate": get("submitted", str(state["first_posted"])),
        "studyFirstPostDateStruct": {"date": str(state["first_posted"]), "type": "ACTUAL"},
        "resultsFirstSubmitDate": get("results_submitted") or get("results_posted"),
        "resultsFirstPostDateStruct": _date(get("results_posted")),
        "dispFirstSubmitDate": get("delay_certified"),
        "lastUpdateSubmitDate": str(state["last_posted"]),
        "lastUpdatePostDateStruct": {"date": str(state["last_posted"]), "type": "ACTUAL"},
    }


def _date(value: str | list[str] | None) -> dict[str, str] | None:
    """A date with its type: ["2012-03", "ESTIMATED"], or "2012-03" for one that has happened."""
    if not value:
        return None
    return (
        {"date": value, "type": "ACTUAL"}
        if isinstance(value, str)
        else dict(zip(("date", "type"), value, strict=False))
    )


def _design(state: Mapping[str, Any]) -> dict[str, Any]:
    get = state.get
    masking = {"masking": get("masking"), "whoMasked": get("who_masked")} if get("masking") else None
    return {
        "studyType": get("study_type", "INTERVENTIONAL"),
        "phases": get("phases", ["NA"]),
        "designInfo": {"allocation": get("allocation"), "maskingInfo": masking},
        "enrollmentInfo": dict(zip(("count", "type"), get("enrollment", [0, "ESTIMATED"]), strict=True)),
    }


def _references(state: Mapping[str, Any]) -> dict[str, Any] | None:
    """The references: [type, PMID or "", citation] each."""
    rows = [
        {"pmid": pmid or None, "type": kind, "citation": citation}
        for kind, pmid, citation in state.get("references", [])
    ]
    return {"references": rows} if rows else None
