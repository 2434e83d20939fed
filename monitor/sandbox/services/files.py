"""The lists that an operator downloads: the export of the WHO ICTRP (CSV, XML), the list of Retraction Watch (CSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from typing import Any

from lxml import etree

from monitor.sandbox.request import XML, Request, Response
from monitor.sandbox.services.answers import today
from monitor.sandbox.services.corpus import Corpus

REGISTRY = "ictrp"
CSV = "text/csv; charset=utf-8"

_RETRACTION_COLUMNS = (
    *("Record ID", "Title", "Subject", "Institution", "Journal", "Publisher", "Country", "Author", "URLS"),
    *("ArticleType", "RetractionDate", "RetractionDOI", "RetractionPubMedID", "OriginalPaperDate", "OriginalPaperDOI"),
    *("OriginalPaperPubMedID", "RetractionNature", "Reason", "Paywalled", "Notes", ""),
)

#: Name in the XML; the CSV has blanks in place of the underscores.
_TRIAL_COLUMNS = (
    *("TrialID", "Last_Refreshed_on", "Public_title", "Scientific_title", "Acronym", "Primary_sponsor"),
    *("Date_registration", "Date_registration3", "Export_date", "Source_Register", "web_address", "Recruitment_Status"),
    *("other_records", "Date_enrollement", "Target_size", "Study_type", "Study_design", "Phase", "Countries"),
    *("Condition", "Intervention", "Primary_outcome", "results_date_posted", "results_date_completed"),
    *("results_url_link", "Retrospective_flag", "Bridging_flag_truefalse", "Bridged_type", "results_yes_no"),
)


def retraction_watch(corpus: Corpus, request: Request) -> Response:
    """The whole list: header and rows end with an empty field."""
    rows = [entry.row for entry in corpus.retraction_watch if entry.since <= today(request)]
    return _csv(_RETRACTION_COLUMNS, rows)


def ictrp(corpus: Corpus, request: Request) -> Response:
    """The export of today, in XML where the path ends in .xml."""
    on = today(request)
    made_at = f"{on.month}/{on.day}/{on.year} 6:53:35 AM"
    states = [state for study in corpus.studies if study.registry == REGISTRY and (state := study.at(on))]
    is_swapped = max((day for day in corpus.ictrp_exports if day <= on), default=None) in corpus.swapped_exports
    trials = [_trial(state, is_swapped=is_swapped) | {"Export_date": made_at} for state in states]
    if request.path.endswith(".xml"):
        return _xml(trials)
    columns = [name.replace("_", " ") for name in _TRIAL_COLUMNS]
    return _csv(columns, [{name.replace("_", " "): text for name, text in trial.items()} for trial in trials])


def _trial(state: Mapping[str, Any], *, is_swapped: bool) -> dict[str, str]:
    """One trial; in a swapped export day and month of the registration change places, and nobody is to be enrolled."""
    get = state.get
    registered = date.fromisoformat(get("registered") or str(state["first_posted"]))
    if is_swapped and registered.day <= 12:
        registered = registered.replace(month=registered.day, day=registered.month)
    return {
        "TrialID": state["number"],
        "Last_Refreshed_on": f"{state['last_posted'].day} {state['last_posted']:%B %Y}",
        "Public_title": get("title", ""),
        "Scientific_title": get("title", "") + " " * 20,
        "Acronym": get("acronym", ""),
        "Primary_sponsor": get("sponsor", ""),
        "Date_registration": str(registered),
        "Date_registration3": f"{registered:%Y%m%d}",
        "Source_Register": get("source_register", "ClinicalTrials.gov"),
        "web_address": get("url", ""),
        "Recruitment_Status": state["status"],
        "other_records": "No",
        "Date_enrollement": get("enrolment_date", ""),
        "Target_size": "0" if is_swapped else str(get("target", "")),
        "Study_type": get("study_type", "Interventional"),
        "Study_design": get("design", ""),
        "Condition": "; ".join(get("conditions", [])),
        "Intervention": "; ".join(name for _, name in get("interventions", [])),
        "Bridging_flag_truefalse": "False",
    }


def _csv(columns: list[str] | tuple[str, ...], rows: list[Any]) -> Response:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return Response(out.getvalue().encode(), CSV)


def _xml(trials: list[dict[str, str]]) -> Response:
    root = etree.Element("Trials_downloaded_from_ICTRP")
    for trial in trials:
        node = etree.SubElement(root, "Trial")
        for name in _TRIAL_COLUMNS:
            etree.SubElement(node, name).text = trial.get(name) or None
    return Response(etree.tostring(root, encoding="UTF-8", xml_declaration=True), XML)
