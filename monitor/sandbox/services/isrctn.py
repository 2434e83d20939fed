"""ISRCTN: /query/format/default?q=… and /trial/{number}/format/default, in XML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from lxml import etree

from monitor.sandbox.request import XML, Request, Response
from monitor.sandbox.services.answers import as_text, today
from monitor.sandbox.services.corpus import Corpus
from monitor.sandbox.services.words import QueryError, Term, parse

REGISTRY = "isrctn"
NAMESPACE = "http://www.67bricks.com/isrctn"
_ONE = re.compile(r"(?:^|/)trial/([^/]+)/format/\w+$")
_MANY = re.compile(r"(?:^|/)query/format/\w+$")
_AREAS = {"condition": "conditions", "intervention": "interventions", "title": "title"}


def answer(corpus: Corpus, request: Request) -> Response:
    """The answer to one request."""
    states = _states(corpus, today(request))
    if one := _ONE.search(request.path):
        found = [state for state in states if state["number"] == one[1].upper()]
        return _trials(found, len(found)) if found else as_text("Not found", 404)
    if not _MANY.search(request.path):
        return as_text("Not found", 404)
    try:
        found = [state for state in states if _matches(state, request.get("q"))]
    except QueryError:
        return as_text("Bad request", 400)
    offset, limit = request.number_of("offset", 0), request.number_of("limit", 10)
    return _trials(found[offset : offset + limit], len(found))


def _states(corpus: Corpus, on: date) -> list[dict[str, Any]]:
    states = [state for study in corpus.studies if study.registry == REGISTRY and (state := study.at(on))]
    return sorted(states, key=lambda state: state["number"])


def _matches(state: Mapping[str, Any], query: str) -> bool:
    """A field that is not known, "trial_id" among them, finds nothing."""
    texts = {name: str(state.get(fact, "")) for name, fact in _AREAS.items()}

    def holds(term: Term) -> bool:
        if term.field:
            return term.is_in(texts.get(term.field, ""))
        return term.is_in(" | ".join([state["number"], *texts.values()]))

    return parse(query)(holds)


def _trials(states: list[dict[str, Any]], total: int) -> Response:
    root = etree.Element("allTrials", {"totalCount": str(total)}, nsmap={None: NAMESPACE})
    for state in states:
        etree.SubElement(root, "fullTrial").append(_trial(state))
    # the default namespace holds for all of them
    for node in root.iter():
        node.tag = f"{{{NAMESPACE}}}{node.tag}"
    return Response(etree.tostring(root, encoding="UTF-8", xml_declaration=True), XML)


def _trial(state: Mapping[str, Any]) -> etree._Element:
    """One trial: it has no status, which is to be read from its dates and overrides."""
    get = state.get
    updated = f"{state['last_posted']}T12:00:00.000Z"
    node = etree.Element("trial", {"lastUpdated": updated, "version": str(state["version"])})
    _add(node, "isrctn", state["number"].removeprefix("ISRCTN"), dateAssigned=f"{state['first_posted']}T00:00:00.000Z")
    about = _add(node, "trialDescription")
    for name, fact in (("title", "title"), ("scientificTitle", "official_title"), ("acronym", "acronym")):
        _add(about, name, get(fact, ""))
    others = _add(node, "externalRefs")
    _add(others, "eudraCTNumber", get("eudract", "Nil known"))
    _add(others, "clinicalTrialsGovNumber", get("nct", "Nil known"))
    design = _add(node, "trialDesign")
    _add(design, "studyDesign", get("design", ""))
    _add(design, "primaryStudyDesign", get("study_type", "Interventional"))
    _add(design, "overallEndDate", _instant(get("completion")))
    people = _add(node, "participants")
    _add(people, "targetEnrolment", str((get("enrollment") or [""])[0]))
    _add(people, "recruitmentStart", _instant(get("start")))
    _add(people, "recruitmentEnd", _instant(get("recruitment_end")))
    _add(people, "recruitmentStatusOverride", get("status_override", ""))
    for name in get("conditions", []):
        _add(_add(_add(node, "conditions"), "condition"), "description", name)
    for _, name in get("interventions", []):
        _add(_add(_add(node, "interventions"), "intervention"), "description", name)
    results = _add(node, "results")
    _add(results, "publicationDetails", get("publications", ""))
    _add(results, "publicationStage", "Results" if get("publications") else "")
    return node


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    node = etree.SubElement(parent, name, attributes)
    node.text = text or None
    return node


def _instant(value: str | list[str] | None) -> str:
    on = value[0] if isinstance(value, list) else value
    return f"{on}T00:00:00.000Z" if on else ""
