"""The types of values in the configuration, each with the message for an invalid one."""

from __future__ import annotations

import re
from datetime import time, timedelta
from email.utils import parseaddr
from ipaddress import ip_address, ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from monitor.config.problems import did_you_mean, shown
from monitor.model.values.doi import normal_doi
from monitor.model.values.email_address import checked
from monitor.resources import time_zones

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: Characters of the shortest token that opens a page.
MIN_TOKEN_LENGTH = 20

_UNITS = {
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
    "w": 604800,
    "week": 604800,
}
_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")
_DURATION = re.compile(r"\s*(\d{1,6})\s*([a-z]+?)s?\s*", re.IGNORECASE)


def invalid(text: str) -> PydanticCustomError:
    """The error that a validator raises; `text` is the message to the operator."""
    return PydanticCustomError("monitor", "{text}", {"text": text})


def _text(value: object, example: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise invalid(
            f"empty. Write for example {example}." if not value else f"must be one value, for example {example}."
        )
    return value.strip()


def line(value: object) -> object:
    """Text on one line: line ends of folded and literal YAML blocks become spaces, control characters are refused."""
    if not isinstance(value, str):
        return value
    text = " ".join(value.split())
    if not text.isprintable():
        raise invalid(f"{shown(text)} contains a control character. Delete it.")
    return text


def email(value: object) -> str:
    """An email address without a display name."""
    text = _text(value, "jane@example.org")
    try:
        return checked(text)
    except ValueError as error:
        raise invalid(f"{shown(text)} {error} Write one such as jane@example.org.") from error


def domain(value: object) -> str:
    """A domain name with at least one dot, in lower case, IDNs as A-labels."""
    text = _text(value, "example.org")
    try:
        name = checked(f"a@{text}").removeprefix("a@")
    except ValueError:
        name = ""
    if "." not in name:
        raise invalid(f"{shown(text)} is not a domain name. Write one such as example.org.")
    return name


def contact_email(value: object) -> str:
    """The address NCBI may write to."""
    try:
        return email(value)
    except PydanticCustomError as error:
        text = str(error).replace(" Write one such as", " Write yours, such as")
        raise invalid(f"{text} NCBI asks for one so it can warn you before blocking you.") from error


def sender(value: object) -> str:
    """A From address, with or without a display name."""
    text = _text(value, "CCSVI Monitor <monitor@example.org>")
    bare = parseaddr(text)[1]
    try:
        kept = checked(bare) if text.isprintable() else ""
    except ValueError:
        kept = ""
    if not kept or bare not in text:
        raise invalid(f"{shown(text)} is not a sender. Write monitor@example.org or Name <monitor@example.org>.")
    name, _, after = text.rpartition(bare)
    return name + kept + after


def duration(value: object) -> timedelta:
    """A duration: an integer and a unit."""
    text = _text(value, "12h")
    found = _DURATION.fullmatch(text)
    unit = _UNITS.get(found[2].lower()) if found else None
    if text.isdigit():
        raise invalid(f"{shown(text)} has no unit. Write {text}h for hours, {text}m for minutes or {text}d for days.")
    if not found or not unit:
        raise invalid(f"{shown(text)} is not a duration. Write 30m, 12h, 1d or 2w.")
    return timedelta(seconds=int(found[1]) * unit)


def interval(value: object) -> timedelta:
    """The time between two polls: at least 15 minutes, at most 31 days."""
    length = duration(value)
    if not timedelta(minutes=15) <= length <= timedelta(days=31):
        raise invalid(f"{shown(value)} is out of range. Between 15m (PubMed changes once a day) and 31d.")
    return length


def read_interval(value: object) -> timedelta:
    """The time between two readings of a mailbox: at least a minute, at most a day."""
    length = duration(value)
    if not timedelta(minutes=1) <= length <= timedelta(days=1):
        raise invalid(f"{shown(value)} is out of range. Between 1m and 1d; 5m suits most.")
    return length


def quiet(value: object) -> timedelta | None:
    """The time without news after which a digest is sent all the same: a duration, `always` (0) or `never` (None)."""
    words = {"always": timedelta(0), "never": None}
    key = value.strip().lower() if isinstance(value, str) else ""
    return words[key] if key in words else duration(value)


def local_time(value: object) -> time:
    """A time of day on a 24-hour clock."""
    text = _text(value, "07:00")
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        hint = f"{int(text):02d}:00" if re.fullmatch(r"\d{1,2}", text) and int(text) < 24 else "07:00"
        raise invalid(f"{shown(text)} is not a time of day. Write it as {hint} (24-hour clock).")
    return time(int(found[1]), int(found[2]))


def weekday(value: object) -> int:
    """A weekday by its name or its first three letters; Monday is 0."""
    text = _text(value, "monday").lower()
    matches = [index for index, name in enumerate(WEEKDAYS) if text in (name, name[:3])]
    if not matches:
        raise invalid(f"{shown(value)} is not a weekday.{did_you_mean(text, WEEKDAYS)} Write its name, such as monday.")
    return matches[0]


def zone(value: object) -> str:
    """An IANA time zone name."""
    text = _text(value, "Europe/Rome")
    if text not in time_zones():
        guess = did_you_mean(text.replace(" ", "_"), time_zones())
        raise invalid(f"{shown(text)} is not a time zone.{guess} Write an IANA name such as Europe/Rome or UTC.")
    return text


def doi(value: object) -> str:
    """A DOI in lower case (DOIs are case-insensitive); a doi.org URL is accepted."""
    text = _text(value, "10.1007/s11936-012-0168-7")
    bare = normal_doi(text)
    if not bare:
        raise invalid(
            f"{shown(text)} is not a DOI. A DOI starts with 10. and has a slash, such as 10.1007/s11936-012-0168-7."
        )
    return bare


def pmid(value: object) -> str:
    """A PubMed identifier: digits only."""
    text = _text(value, "24975855")
    if not re.fullmatch(r"[1-9]\d{0,8}", text):
        raise invalid(f"{shown(text)} is not a PMID. A PMID is digits only, such as 24975855.")
    return text


def web_address(value: object) -> str:
    """An http(s) address with a host."""
    text = _text(value, "https://monitor.example.org")
    try:
        parts = urlsplit(text)
        is_valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid or any(character.isspace() for character in text):
        raise invalid(f"{shown(text)} is not a web address. It starts with https:// and names a host.")
    return text


def channel_address(value: object) -> str:
    """The address of a channel, with any scheme. It is a secret, and not shown."""
    text = _text(value, "https://hooks.example.org/monitor")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+", text):
        raise invalid("not an address. It has no spaces and starts with https://, or with a service such as slack://.")
    return text


def listen(value: object) -> str:
    """The address to listen on: host:port."""
    text = _text(value, "127.0.0.1:8321")
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
        raise invalid(f"{shown(text)} is not host:port. Write 127.0.0.1:8321, or 0.0.0.0:8321 inside a container.")
    return text


def token(value: object) -> str:
    """A token that opens a page: printable ASCII without spaces, too long to be guessed."""
    text = _text(value, "the output of: openssl rand -hex 16")
    if len(text) < MIN_TOKEN_LENGTH or not re.fullmatch(r"[!-~]+", text):  # not shown: it is a secret
        raise invalid(f"not {MIN_TOKEN_LENGTH} or more characters without spaces. Make one with: openssl rand -hex 16")
    return text


def network(value: object) -> str:
    """An IP address, or a network as 10.0.0.0/8."""
    text = _text(value, "172.30.83.1")
    try:
        found = ip_network(text, strict=False)
    except ValueError as error:
        if text != "*":
            message = f"{shown(text)} is not an address or a network. Write one such as 172.30.83.1 or 10.0.0.0/8."
            raise invalid(message) from error
        found = ip_network("0.0.0.0/0")
    if found.prefixlen == 0:
        raise invalid(f"{shown(text)} would trust every visitor. Write the address of the proxy, such as 172.30.83.1.")
    address, _, prefix = text.partition("/")
    if prefix and ip_address(address) != found.network_address:
        raise invalid(f"{shown(text)} has bits set after the network prefix. Write {found}, or {address} alone.")
    return text


def language(value: object) -> str:
    """A language tag (BCP 47) such as "de" or "pt-BR"; it names a folder too."""
    text = _text(value, "de")
    if not _LANGUAGE.fullmatch(text):
        raise invalid(f"{shown(text)} is no language tag. Write for example de, pt-BR or zh-Hant.")
    return text


#: Headers that come with any request, of a visitor or of a proxy that asked nobody for a login.
_OF_EVERYBODY = re.compile(
    r"(?:host|cookie|authorization|via|forwarded|x-forwarded-(?!user|email).*|x-real-ip|user-agent|referer|origin|"
    r"connection|accept.*|sec-.*|content-.*|cache-control)",
    re.IGNORECASE,
)


def header_name(value: object) -> str:
    """The name of an HTTP header in which a proxy names the user."""
    text = _text(value, "X-Remote-User")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", text):
        raise invalid(f"{shown(text)} is not the name of a header. Write one such as X-Remote-User.")
    if _OF_EVERYBODY.fullmatch(text):
        raise invalid(f"{shown(text)} comes without any login. Write the header in which your proxy names the user.")
    return text


def _checked_by(validator: Any, **schema: Any) -> Any:
    return [BeforeValidator(validator), WithJsonSchema({"type": "string", **schema})]


_DURATION_PATTERN = r"^\s*\d+\s*([mM]|[hH]|[dD]|[wW]|min|hour|day|week|minute)s?\s*$"

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Line = Annotated[str, BeforeValidator(line), StringConstraints(min_length=1)]
Email = Annotated[str, *_checked_by(email, format="email")]
ContactEmail = Annotated[str, *_checked_by(contact_email, format="email")]
Domain = Annotated[str, *_checked_by(domain)]
Sender = Annotated[str, *_checked_by(sender)]
Interval = Annotated[timedelta, *_checked_by(interval, pattern=_DURATION_PATTERN)]
ReadInterval = Annotated[timedelta, *_checked_by(read_interval, pattern=_DURATION_PATTERN)]
Quiet = Annotated[timedelta | None, *_checked_by(quiet, pattern=f"{_DURATION_PATTERN}|^(always|never)$")]
LocalTime = Annotated[time, *_checked_by(local_time, pattern=r"^([01]?\d|2[0-3]):[0-5]\d$")]
Language = Annotated[str, *_checked_by(language, pattern=_LANGUAGE.pattern)]
Weekday = Annotated[int, *_checked_by(weekday, enum=list(WEEKDAYS))]
Zone = Annotated[str, *_checked_by(zone)]
Doi = Annotated[str, *_checked_by(doi)]
Pmid = Annotated[str, BeforeValidator(pmid), WithJsonSchema({"type": ["string", "integer"]})]
WebAddress = Annotated[str, *_checked_by(web_address, format="uri")]
ChannelAddress = Annotated[str, *_checked_by(channel_address)]
Listen = Annotated[str, *_checked_by(listen)]
Token = Annotated[str, *_checked_by(token, minLength=MIN_TOKEN_LENGTH)]
Network = Annotated[str, *_checked_by(network)]
HeaderName = Annotated[str, *_checked_by(header_name, pattern=r"^[A-Za-z][A-Za-z0-9-]*$")]
