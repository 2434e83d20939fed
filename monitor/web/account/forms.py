"""The fields of the forms: what can be chosen, what is wrong with what was filled in, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from starlette.requests import Request

from monitor.model import LANGUAGES, DigestPlan, Frequency, Subscription
from monitor.model.email_address import checked
from monitor.render import frequencies
from monitor.render.dates import languages
from monitor.resources import time_zones
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import Wish
from monitor.web.account import consent_text
from monitor.web.site import site_of

Fields = Mapping[str, str]

ATTACHMENTS = {
    "ris": "RIS, for Zotero, EndNote and Mendeley",
    "bibtex": "BibTeX, for LaTeX",
    "csv": "CSV, for spreadsheets",
}

_NO_FREQUENCY = "Choose how often you want mail."
_NO_ZONE = "Choose a time zone of the list, such as Europe/Rome."
_NO_LANGUAGE = "Choose a language of the list."


def address_problem(fields: Fields) -> dict[str, str]:
    """What is wrong with the address; empty when nothing is."""
    try:
        address_in(fields)
    except ValueError as error:
        return {"address": f"This {error} Write one such as jane@example.org."}
    return {}


def address_in(fields: Fields) -> str:
    """The address that was filled in, as it is kept; raises ValueError where there is none."""
    return checked(fields.get("address", ""))


def problems_in(fields: Fields) -> dict[str, str]:
    """What is wrong with the choices, by field; empty when nothing is."""
    problems = {}
    if fields.get("frequency") not in list(Frequency):
        problems["frequency"] = _NO_FREQUENCY
    if fields.get("timezone") not in time_zones():
        problems["timezone"] = _NO_ZONE
    if fields.get("language", "en") not in LANGUAGES:
        problems["language"] = _NO_LANGUAGE
    return problems


def wish_of(topic: str, address: str, fields: Fields) -> Wish:
    """What the person chose; `fields` were found without problems."""
    wanted = fields.get("attachments", "").split(",")
    return Wish(
        topic=topic,
        address=address,
        frequency=Frequency(fields["frequency"]),
        timezone=fields["timezone"],
        language=fields.get("language", "en"),
        attachments=tuple(kind for kind in ATTACHMENTS if kind in wanted),
    )


def visit_of(request: Request, form: str, text: str = "") -> Visit:
    """Where a person came from and what they were shown."""
    ip = request.client.host if request.client else ""
    is_kept = site_of(request).settings.web.record_ip
    return Visit(form, text, consent_text.VERSION if text else "", ip, is_ip_kept=is_kept)


def chosen(holds: Subscription | Wish, fields: Fields) -> dict[str, Any]:
    """What the form shows as chosen: what was sent with it, else what `holds`."""
    return {
        "frequency": fields.get("frequency", holds.frequency),
        "timezone": fields.get("timezone", holds.timezone),
        "language": fields.get("language", holds.language),
        "attachments": fields.get("attachments", "").split(",") if fields else holds.attachments,
    }


def about_frequencies(plan: DigestPlan) -> dict[str, Any]:
    """Each frequency with its name and what it means, and what comes when there is no news."""
    named = {one: (frequencies.NAMES[one].capitalize(), frequencies.means(one, plan)) for one in Frequency}
    return {"frequencies": named, "quiet": frequencies.quiet(plan)}


def choices(held: str, today: date, plan: DigestPlan) -> dict[str, Any]:
    """What can be chosen, the time zone `held` among it; each language shows how it writes `today`."""
    return {
        **about_frequencies(plan),
        "attachments": ATTACHMENTS,
        "zones": sorted({*_places(), "UTC", held}),
        "languages": list(languages(today)),
    }


@cache
def _places() -> frozenset[str]:
    """The time zones named after a place: the others are old names and fixed offsets."""
    return frozenset(zone for zone in time_zones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
