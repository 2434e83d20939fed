"""Checks of the published SPF, DKIM, DMARC and MX records: what is wrong, and what to publish instead.

No content of the DNS makes a check raise; all raise LookupFailed where a query fails.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum

from monitor.mail.authentication import records, spf
from monitor.mail.authentication.records import Record
from monitor.mail.authentication.resolver import Address, Resolver
from monitor.mail.authentication.spf import Evaluation, SpfError
from monitor.model import DkimSettings, SmtpSettings


class State(StrEnum):
    """The result of a check. DIFFERENT costs reputation, WRONG makes receivers refuse mail."""

    RIGHT = "right"
    DIFFERENT = "different"
    WRONG = "wrong"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """The result of one check: a sentence, the published records, and the record to publish instead, if any."""

    state: State
    text: str
    found: tuple[str, ...] = ()
    wanted: Record | None = None


# --- SPF -------------------------------------------------------------------------------------------


def spf_check(resolver: Resolver, smtp: SmtpSettings) -> RecordCheck:
    """Check that the envelope sender's domain has one valid SPF record (RFC 7208), which names our mail server."""
    domain = records.envelope_domain(smtp)
    published = spf.spf_records(resolver, domain)
    if not published:
        return RecordCheck(State.MISSING, f"{domain} has no SPF record", wanted=records.spf_record(smtp))
    if len(published) > 1:
        text = f"{domain} has {len(published)} SPF records: receivers then use none. Keep one"
        return RecordCheck(State.WRONG, text, tuple(published), _record_naming_our_server(domain, published, smtp))
    try:
        result, is_certain = _result_for_our_server(resolver, domain, published[0], smtp)
    except SpfError as error:
        return RecordCheck(State.WRONG, f"the SPF record of {domain} is invalid: {error}", (published[0],))
    if result == "+":
        return RecordCheck(State.RIGHT, f"{domain} names {smtp.host}", (published[0],))
    provider = next(
        (name for name in spf.included_domains(published[0]) if records.is_same_sender(smtp.host, name)), ""
    )
    if provider:
        return RecordCheck(
            State.RIGHT, f"{domain} includes {provider}, of the provider of {smtp.host}", (published[0],)
        )
    if not result or not is_certain:
        text = f"{domain} has one; whether it names our mail server cannot be checked from here"
        return RecordCheck(State.RIGHT, text, (published[0],))
    text = f"{domain} does not name {smtp.host}" + (
        ", and asks receivers to refuse all others" if result == "-" else ""
    )
    return RecordCheck(State.DIFFERENT, text, (published[0],), _record_naming_our_server(domain, published, smtp))


def _record_naming_our_server(domain: str, published: list[str], smtp: SmtpSettings) -> Record:
    return Record(domain, spf.with_mechanism(published, records.mechanism(smtp.host)))


def _result_for_our_server(resolver: Resolver, domain: str, record: str, smtp: SmtpSettings) -> tuple[str, bool]:
    """(SPF qualifier for our mail server, "" when its public address is not known; whether that is certain)."""
    addresses = _addresses(resolver, smtp.host)
    evaluations = [Evaluation(resolver, address) for address in addresses or [ipaddress.IPv4Address("0.0.0.0")]]  # noqa: S104  matches nothing, so that the whole record is evaluated
    results = [evaluation.result(domain, record) for evaluation in evaluations]
    best = "+" if "+" in results else results[0]
    return (best if addresses else ""), all(evaluation.is_certain for evaluation in evaluations)


def _addresses(resolver: Resolver, host: str) -> list[Address]:
    """The mail server's public addresses; of one on this machine or network others see an address unknown to us."""
    try:
        found = [ipaddress.ip_address(host)]
    except ValueError:
        found = [] if host == "localhost" else resolver.addresses(host)
    return [address for address in found if not (address.is_private or address.is_loopback)]


# --- DKIM ------------------------------------------------------------------------------------------


def dkim_check(resolver: Resolver, dkim: DkimSettings, public_key: str) -> RecordCheck:
    """Check that the DKIM record of our selector (RFC 6376 section 3.6.1) has the public key of our signing key."""
    wanted = records.dkim_record(dkim, public_key)
    found = tuple(text for text in resolver.txt_records(wanted.name) if "p" in _tags(text))
    if not found:
        return RecordCheck(
            State.MISSING, f"{wanted.name} is not published: receivers cannot verify the signatures", (), wanted
        )
    if len(found) > 1:
        text = f"{wanted.name} has {len(found)} records, and receivers use any of them. Keep one"
        return RecordCheck(State.WRONG, text, tuple(_shortened(one) for one in found), wanted)
    if problem := _key_problem(_tags(found[0]), public_key):
        return RecordCheck(State.WRONG, f"{wanted.name} {problem}", (_shortened(found[0]),), wanted)
    if "y" in _tags(found[0]).get("t", "").split(":"):
        text = f"{wanted.name} has our key but says t=y, “only testing”: receivers ignore it. Remove t=y"
        return RecordCheck(State.DIFFERENT, text, (_shortened(found[0]),))
    return RecordCheck(State.RIGHT, f"{wanted.name} has the key we sign with")


def _key_problem(tags: dict[str, str], public_key: str) -> str:
    if not tags["p"]:
        return "revokes the key (p= is empty): every signature fails"
    if "".join(tags["p"].split()) != public_key:
        return "has another key than the one we sign with: every signature fails"
    if (said := tags.get("k", "rsa")) != (is_of := records.key_type(public_key)):
        return f"says k={said}, but the key is of type {is_of}"
    if "h" in tags and "sha256" not in tags["h"].split(":"):
        return f"allows only h={tags['h']}, but we sign with sha256"
    return ""


def _tags(text: str) -> dict[str, str]:
    """The tags ("name=value; …") of a DKIM or DMARC record."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, sign, value in pairs if sign}


def _shortened(text: str) -> str:
    return text if len(text) <= 70 else f"{text[:50]} … {text[-16:]}"


# --- DMARC -----------------------------------------------------------------------------------------


def dmarc_check(resolver: Resolver, smtp: SmtpSettings, report_to: str) -> RecordCheck:
    """Check the DMARC record that applies to the From address (RFC 7489 section 6.6.3), and that our mail passes it."""
    domain, wanted = records.from_domain(smtp), records.dmarc_record(smtp, report_to)
    for name in dict.fromkeys((f"_dmarc.{domain}", wanted.name)):
        found = tuple(text for text in resolver.txt_records(name) if text.replace(" ", "").startswith("v=DMARC1"))
        if len(found) > 1:
            text = f"{name} has {len(found)} DMARC records: receivers then use none. Keep one"
            return RecordCheck(State.WRONG, text, found)
        if found:
            return _policy_check(smtp, name, found[0], is_own=name == f"_dmarc.{domain}")
    text = f"{wanted.name} is not published: large providers require it of bulk senders"
    return RecordCheck(State.MISSING, text, wanted=wanted)


def _policy_check(smtp: SmtpSettings, name: str, record: str, *, is_own: bool) -> RecordCheck:
    tags = _tags(record)
    policy = tags.get("p", "") if is_own else tags.get("sp", tags.get("p", ""))
    if policy.lower() not in ("none", "quarantine", "reject"):
        shown = f"p={policy}" if policy else "no p="
        return RecordCheck(State.DIFFERENT, f"{name} says {shown}; write p=none, quarantine or reject", (record,))
    if _aligns(smtp, tags):
        return RecordCheck(State.RIGHT, f"{name} asks for “{policy}”, and our mail can pass", (record,))
    seen = records.from_domain(smtp)
    text = (
        f"{name} asks for “{policy}” and for strict alignment, which our mail does not have: remove aspf=s and "
        f"adkim=s, or set smtp.bounce_domain or smtp.dkim.domain to {seen}"
    )
    return RecordCheck(State.DIFFERENT if policy.lower() == "none" else State.WRONG, text, (record,))


def _aligns(smtp: SmtpSettings, tags: dict[str, str]) -> bool:
    """True if SPF's or DKIM's domain aligns with From's, strictly where the record asks for that (section 3.1)."""
    seen = records.from_domain(smtp)
    authenticated = [(records.envelope_domain(smtp), "aspf"), *([(smtp.dkim.domain, "adkim")] if smtp.dkim else [])]
    owner = records.organizational_domain(seen)
    return any(
        domain == seen or (tags.get(tag, "r").lower() != "s" and records.organizational_domain(domain) == owner)
        for domain, tag in authenticated
    )


# --- MX of the return path -------------------------------------------------------------------------


def return_path_mx(resolver: Resolver, smtp: SmtpSettings) -> RecordCheck:
    """Check that the envelope sender's domain has an MX, or else an address (RFC 5321 section 5.1), for bounces."""
    domain = records.envelope_domain(smtp)
    hosts = resolver.mx_hosts(domain)
    if hosts == [""]:
        text = f"{domain} accepts no mail (a null MX): bounces cannot be returned, and receivers may refuse our mail"
        return RecordCheck(State.WRONG, text)
    if not hosts:
        if resolver.addresses(domain):
            return RecordCheck(State.RIGHT, f"{domain} has no MX; bounces are returned to its own address")
        text = f"{domain} has no MX and no address: bounces cannot be returned, and many receivers refuse our mail"
        return RecordCheck(State.MISSING, text)
    if not any(resolver.addresses(host) for host in hosts[:3]):
        return RecordCheck(
            State.MISSING, f"the mail servers of {domain} have no address: bounces cannot be returned", (*hosts,)
        )
    return RecordCheck(State.RIGHT, f"mail to {domain} is returned to {hosts[0]}")
