"""Is what the DNS publishes what receivers need to believe our mail? Looked up, compared, and said what to change.

Nothing here raises for what the DNS says; where it cannot say, all raise LookupFailed.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum

from monitor.mail.authentication import records as dns_records
from monitor.mail.authentication import spf
from monitor.mail.authentication.records import Record
from monitor.mail.authentication.resolver import Address, Resolver
from monitor.mail.authentication.spf import Evaluation, SpfError
from monitor.model import DkimSettings, SmtpSettings


class State(StrEnum):
    """How one record stands. DIFFERENT costs trust, WRONG costs mail."""

    RIGHT = "right"
    DIFFERENT = "different"
    WRONG = "wrong"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """How one record stands, in words; what the DNS has, and what it should have where that is to be changed."""

    state: State
    text: str
    found: tuple[str, ...] = ()
    wanted: Record | None = None


# --- SPF -------------------------------------------------------------------------------------------


def spf_check(resolver: Resolver, smtp: SmtpSettings) -> RecordCheck:
    """The SPF record of the envelope's domain (RFC 7208): one, whole, and it names the server mail leaves from."""
    domain = dns_records.envelope_domain(smtp)
    records = spf.of_domain(resolver, domain)
    if not records:
        return RecordCheck(State.MISSING, f"{domain} has no SPF record", wanted=dns_records.spf_record(smtp))
    if len(records) > 1:
        text = f"{domain} has {len(records)} SPF records: receivers then count none. Keep one"
        return RecordCheck(State.WRONG, text, tuple(records), _with_us(domain, records, smtp))
    try:
        said, is_certain = _said_of_us(resolver, domain, records[0], smtp)
    except SpfError as error:
        return RecordCheck(State.WRONG, f"the SPF record of {domain} is broken: {error}", (records[0],))
    if said == "+":
        return RecordCheck(State.RIGHT, f"{domain} names {smtp.host}", (records[0],))
    provider = next((name for name in spf.targets(records[0]) if dns_records.is_same_sender(smtp.host, name)), "")
    if provider:
        return RecordCheck(State.RIGHT, f"{domain} includes {provider}, of the provider of {smtp.host}", (records[0],))
    if not said or not is_certain:
        text = f"{domain} has one; whether it names the server that mail leaves from cannot be seen from here"
        return RecordCheck(State.RIGHT, text, (records[0],))
    text = f"{domain} does not name {smtp.host}" + (", and asks to refuse all others" if said == "-" else "")
    return RecordCheck(State.DIFFERENT, text, (records[0],), _with_us(domain, records, smtp))


def _with_us(domain: str, records: list[str], smtp: SmtpSettings) -> Record:
    return Record(domain, spf.extended(records, dns_records.mechanism(smtp.host)))


def _said_of_us(resolver: Resolver, domain: str, record: str, smtp: SmtpSettings) -> tuple[str, bool]:
    """What the record says of our server ("" when its address is not known), and whether that is certain."""
    addresses = _addresses(resolver, smtp.host)
    readings = [Evaluation(resolver, address) for address in addresses or [ipaddress.IPv4Address("0.0.0.0")]]  # noqa: S104  an address nobody has, to read the record whole
    said = [reading.says(domain, record) for reading in readings]
    best = "+" if "+" in said else said[0]
    return (best if addresses else ""), all(reading.is_certain for reading in readings)


def _addresses(resolver: Resolver, host: str) -> list[Address]:
    """The public addresses of the mail server: a server on this machine or network reaches others from one unknown."""
    try:
        found = [ipaddress.ip_address(host)]
    except ValueError:
        found = [] if host == "localhost" else resolver.addresses(host)
    return [address for address in found if not (address.is_private or address.is_loopback)]


# --- DKIM ------------------------------------------------------------------------------------------


def dkim_check(resolver: Resolver, dkim: DkimSettings, public_key: str) -> RecordCheck:
    """The DKIM record of our selector (RFC 6376 section 3.6.1): it holds the public half of the key we sign with."""
    wanted = dns_records.dkim_record(dkim, public_key)
    found = tuple(text for text in resolver.texts(wanted.name) if "p" in _tags(text))
    if not found:
        return RecordCheck(
            State.MISSING, f"{wanted.name} is not published: nobody can check the signatures", (), wanted
        )
    if len(found) > 1:
        text = f"{wanted.name} has {len(found)} records, and which one counts is left to chance. Keep one"
        return RecordCheck(State.WRONG, text, tuple(_cut(one) for one in found), wanted)
    if problem := _key_problem(_tags(found[0]), public_key):
        return RecordCheck(State.WRONG, f"{wanted.name} {problem}", (_cut(found[0]),), wanted)
    if "y" in _tags(found[0]).get("t", "").split(":"):
        text = f"{wanted.name} holds our key but says t=y, “only testing”: receivers count it for nothing. Drop t=y"
        return RecordCheck(State.DIFFERENT, text, (_cut(found[0]),))
    return RecordCheck(State.RIGHT, f"{wanted.name} holds the key we sign with")


def _key_problem(tags: dict[str, str], public_key: str) -> str:
    if not tags["p"]:
        return "takes the key back (p= is empty): every signature fails"
    if "".join(tags["p"].split()) != public_key:
        return "holds another key than the one we sign with: every signature fails"
    if tags.get("k", "rsa") != "rsa":
        return f"says k={tags['k']}, but the key is an RSA key"
    if "h" in tags and "sha256" not in tags["h"].split(":"):
        return f"allows only h={tags['h']}, but we sign with sha256"
    return ""


def _tags(text: str) -> dict[str, str]:
    """The "name=value; …" of DKIM and DMARC."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}


def _cut(text: str) -> str:
    return text if len(text) <= 70 else f"{text[:50]} … {text[-16:]}"


# --- DMARC -----------------------------------------------------------------------------------------


def dmarc_check(resolver: Resolver, smtp: SmtpSettings, report_to: str) -> RecordCheck:
    """The DMARC record that counts for the From address (RFC 7489 section 6.6.3), and whether our mail passes it."""
    domain, wanted = dns_records.from_domain(smtp), dns_records.dmarc_record(smtp, report_to)
    for name in dict.fromkeys((f"_dmarc.{domain}", wanted.name)):
        found = tuple(text for text in resolver.texts(name) if text.replace(" ", "").startswith("v=DMARC1"))
        if len(found) > 1:
            text = f"{name} has {len(found)} DMARC records: receivers then count none. Keep one"
            return RecordCheck(State.WRONG, text, found)
        if found:
            return _judged(smtp, name, found[0], is_own=name == f"_dmarc.{domain}")
    text = f"{wanted.name} is not published: large providers want it of whoever mails many"
    return RecordCheck(State.MISSING, text, wanted=wanted)


def _judged(smtp: SmtpSettings, name: str, record: str, *, is_own: bool) -> RecordCheck:
    tags = _tags(record)
    asked = tags.get("p", "") if is_own else tags.get("sp", tags.get("p", ""))
    if asked.lower() not in ("none", "quarantine", "reject"):
        told = f"p={asked}" if asked else "no p="
        return RecordCheck(State.DIFFERENT, f"{name} says {told}; write p=none, quarantine or reject", (record,))
    if _aligns(smtp, tags):
        return RecordCheck(State.RIGHT, f"{name} asks for “{asked}”, and our mail can pass", (record,))
    seen = dns_records.from_domain(smtp)
    text = (
        f"{name} asks for “{asked}” and for strict alignment, which our mail does not have: take aspf=s and adkim=s "
        f"out, or let smtp.bounce_domain or smtp.dkim.domain be {seen} itself"
    )
    return RecordCheck(State.DIFFERENT if asked.lower() == "none" else State.WRONG, text, (record,))


def _aligns(smtp: SmtpSettings, tags: dict[str, str]) -> bool:
    """Does SPF's domain or DKIM's belong to the From address, strictly where the record wants that (section 3.1)?"""
    seen = dns_records.from_domain(smtp)
    vouching = [(dns_records.envelope_domain(smtp), "aspf"), *([(smtp.dkim.domain, "adkim")] if smtp.dkim else [])]
    owner = dns_records.organisation(seen)
    return any(
        domain == seen or (tags.get(tag, "r").lower() != "s" and dns_records.organisation(domain) == owner)
        for domain, tag in vouching
    )


# --- the way back ----------------------------------------------------------------------------------


def return_path_mx(resolver: Resolver, smtp: SmtpSettings) -> RecordCheck:
    """The MX of the envelope's domain, else its address (RFC 5321 section 5.1): where returned mail goes."""
    domain = dns_records.envelope_domain(smtp)
    hosts = resolver.mail_servers(domain)
    if hosts == [""]:
        text = f"{domain} says that it takes no mail (a null MX): nothing can come back, and receivers may refuse ours"
        return RecordCheck(State.WRONG, text)
    if not hosts:
        if resolver.addresses(domain):
            return RecordCheck(State.RIGHT, f"{domain} has no MX; mail comes back to its own address")
        text = f"{domain} has no MX and no address: nothing can come back, and many receivers refuse ours"
        return RecordCheck(State.MISSING, text)
    if not any(resolver.addresses(host) for host in hosts[:3]):
        return RecordCheck(
            State.MISSING, f"the mail servers of {domain} have no address: nothing can come back", (*hosts,)
        )
    return RecordCheck(State.RIGHT, f"mail to {domain} comes back to {hosts[0]}")
