"""The fields of the account forms: the choices offered, validation, and what was submitted as values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from starlette.requests import Request

from monitor.language.speech import gettext as _
from monitor.language.speech import language, later
from monitor.model import LANGUAGES, DigestPlan, Frequency, Subscription
from monitor.model.values.email_address import checked
from monitor.render import frequencies
from monitor.render.dates import languages
from monitor.resources import time_zones
from monitor.subscribers.address_hash import AddressKey
from monitor.subscribers.consent import Visit
from monitor.subscribers.opt_in import SubscriptionRequest
from monitor.web.account import consent_text
from monitor.web.site import site_of

Fields = Mapping[str, str]

ATTACHMENTS = {
    "ris": later("RIS, for Zotero, EndNote and Mendeley"),
    "bibtex": later("BibTeX, for LaTeX"),
    "csv": later("CSV, for spreadsheets"),
}

_NO_FREQUENCY = later("Choose how often you would like mail.")
_NO_ZONE = later("Choose a time zone from the list, such as Europe/Rome.")
_NO_LANGUAGE = later("Choose a language from the list.")


def address_problems(fields: Fields) -> dict[str, str]:
    """What is wrong with the address, by field; empty when it is valid."""
    try:
        address_from(fields)
    except ValueError as error:
        return {"address": _address_problem(error)}
    return {}


def _address_problem(error: ValueError) -> str:
    """What is wrong with an address; only English says it in detail, as the library that checks addresses does."""
    if language() == "en":
        return f"This {error} Enter one such as jane@example.org."
    return _("No mail can be sent to this address. Enter one such as jane@example.org.")


def address_from(fields: Fields) -> str:
    """The submitted address, normalised. Raises ValueError when it is not valid."""
    return checked(fields.get("address", ""))


def choice_problems(fields: Fields) -> dict[str, str]:
    """What is wrong with the choices, by field; empty when they are valid."""
    problems = {}
    if fields.get("frequency") not in list(Frequency):
        problems["frequency"] = _(_NO_FREQUENCY)
    if fields.get("timezone") not in time_zones():
        problems["timezone"] = _(_NO_ZONE)
    if fields.get("language", "en") not in LANGUAGES:
        problems["language"] = _(_NO_LANGUAGE)
    return problems


def person_from(request: Request, fields: Fields) -> AddressKey:
    """Whose address was entered. Raises ValueError as `address_from`."""
    return AddressKey(address_from(fields), site_of(request).settings.secret_keys)


def request_from(topic: str, fields: Fields) -> SubscriptionRequest:
    """What the person requests; the choices in `fields` are valid."""
    attached = fields.get("attachments", "").split(",")
    return SubscriptionRequest(
        topic=topic,
        frequency=Frequency(fields["frequency"]),
        timezone=fields["timezone"],
        language=fields.get("language", "en"),
        attachments=tuple(kind for kind in ATTACHMENTS if kind in attached),
    )


def visit_of(request: Request, form: str, text: str = "") -> Visit:
    """For the consent record: which form was submitted, the text it showed, and the client's IP address."""
    ip = request.client.host if request.client else ""
    is_kept = site_of(request).settings.web.record_ip
    return Visit(form, text, consent_text.version() if text else "", ip, is_ip_stored=is_kept)


def selected(current: Subscription | SubscriptionRequest, fields: Fields) -> dict[str, Any]:
    """What the form shows as selected: what was submitted, else the `current` choices."""
    return {
        "frequency": fields.get("frequency", current.frequency),
        "timezone": fields.get("timezone", current.timezone),
        "language": fields.get("language", current.language),
        "attachments": fields.get("attachments", "").split(",") if fields else current.attachments,
    }


def frequency_texts(plan: DigestPlan) -> dict[str, Any]:
    """For the templates: the name and meaning of each frequency, and what is sent when there is no news."""
    named = {one: (frequencies.name(one, starts=True), frequencies.describe(one, plan)) for one in Frequency}
    return {"frequencies": named, "quiet": frequencies.quiet_sentence(plan)}


def choices(current_zone: str, today: date, plan: DigestPlan) -> dict[str, Any]:
    """For the templates: everything that can be chosen. Each language shows how it writes `today`."""
    return {
        **frequency_texts(plan),
        "attachments": {kind: _(text) for kind, text in ATTACHMENTS.items()},
        "zones": sorted({*_zones_of_places(), "UTC", current_zone}),
        "languages": languages(today),
    }


@cache
def _zones_of_places() -> frozenset[str]:
    """The time zones named after a place; the others are obsolete names and fixed offsets."""
    return frozenset(zone for zone in time_zones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
