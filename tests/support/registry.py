"""Registry entries, and a ClinicalTrials.gov on loopback that serves studies in its own shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from monitor.model import (
    Control,
    RegistryArm,
    RegistryDate,
    RegistryEntry,
    RegistryStatus,
    SourceName,
)
from tests.support.answers import Answer, Asked

STAMP = "2026-03-25T09:00:05"


def entry(number: str = "NCT01089686", **fields: Any) -> RegistryEntry:
    """A randomised sham-controlled trial of venous angioplasty in multiple sclerosis, completed in March 2012."""
    usual: dict[str, Any] = {
        "source": SourceName.CLINICAL_TRIALS,
        "number": number,
        "title": "Venous Angioplasty for Multiple Sclerosis",
        "url": f"https://clinicaltrials.gov/study/{number}",
        "status": RegistryStatus.COMPLETED,
        "conditions": ("Multiple Sclerosis",),
        "interventions": ("Venous angioplasty", "Sham venography"),
        "arms": (RegistryArm("Venous angioplasty"), RegistryArm("Sham; venography", is_control=True)),
        "is_interventional": True,
        "is_randomized": True,
        "control": Control.SHAM,
        "registered_on": date(2010, 3, 17),
        "start": RegistryDate("2010-03"),
        "primary_completion": RegistryDate("2012-03", is_actual=True),
        "enrolment": 600,
        "is_enrolment_actual": False,
    }
    return RegistryEntry(**{**usual, **fields})


def study(number: str = "NCT01089686", status: str = "RECRUITING", posted: str = "2010-03-17", **more: Any) -> Any:
    """A study as API v2 has it. `more` are keys of its status module."""
    return {
        "protocolSection": {
            "identificationModule": {"nctId": number, "briefTitle": "Venous Angioplasty for Multiple Sclerosis"},
            "statusModule": {
                "overallStatus": status,
                "studyFirstPostDateStruct": {"date": posted, "type": "ACTUAL"},
                "lastUpdatePostDateStruct": {"date": posted, "type": "ACTUAL"},
                **more,
            },
            "designModule": {"studyType": "INTERVENTIONAL", "designInfo": {"allocation": "RANDOMIZED"}},
            "conditionsModule": {"conditions": ["Multiple Sclerosis"]},
            "armsInterventionsModule": {
                "armGroups": [
                    {"label": "Treated", "type": "EXPERIMENTAL", "interventionNames": ["Procedure: Angioplasty"]},
                    {"label": "Sham", "type": "SHAM_COMPARATOR"},
                ],
                "interventions": [{"type": "PROCEDURE", "name": "Angioplasty"}],
            },
        },
        "hasResults": False,
    }


def as_json(value: object, status: int = 200) -> Answer:
    """An answer in JSON."""
    return Answer(json.dumps(value).encode(), status)


def as_text(text: str, status: int) -> Answer:
    """An answer in plain text, as the registry's errors are."""
    return Answer(text.encode(), status, {"Content-Type": "text/plain"})


class Register:
    """The routes of a ClinicalTrials.gov with these studies, by number; `stamp` is the version of its data."""

    def __init__(self, *studies: Any, page: int = 1000) -> None:
        self.stamp, self.page = STAMP, page
        self.studies: dict[str, Any] = {number_of(one): one for one in studies}
        self.moved: dict[str, str] = {}

    def routes(self) -> Mapping[str, Any]:
        """For `tests.support.answers.serving`."""
        return {
            "/version": lambda _: as_json({"apiVersion": "2.0.5", "dataTimestamp": self.stamp}),
            "/studies": self._studies,
            "/studies/": self._one,
        }

    def _studies(self, asked: Asked) -> Answer:
        ids = asked.params.get("filter.ids")
        found = [one for one in self.studies.values() if not ids or number_of(one) in ids.split("|")]
        start = int(asked.params.get("pageToken", "0"))
        body: dict[str, Any] = {"studies": found[start : start + self.page]}
        if asked.params.get("countTotal") == "true":
            body["totalCount"] = len(found)
        if start + self.page < len(found):
            body["nextPageToken"] = str(start + self.page)
        return as_json(body)

    def _one(self, asked: Asked) -> Answer:
        number = asked.path.rpartition("/")[2]
        if number in self.moved:
            return Answer(b"", 301, {"Location": f"/studies/{self.moved[number]}"})
        return as_json(self.studies[number]) if number in self.studies else as_text("NCT number not found", 404)


def number_of(one: Any) -> str:
    """The number of a study."""
    return str(one["protocolSection"]["identificationModule"]["nctId"])
