"""What to publish in the DNS so that receivers believe our mail, and whether they can believe it at all. Pure.

DMARC (RFC 7489 section 3.1) asks that the domain a person sees in From be vouched for by that same organisation:
by SPF (RFC 7208) for the envelope's domain, or by DKIM (RFC 6376) for the signature's. Where neither belongs to the
organisation of the From address, large providers refuse list mail. The sole importer of publicsuffixlist.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache

from publicsuffixlist import PublicSuffixList

from monitor.model import DkimSettings, SmtpSettings

#: Domains nobody can publish records in (RFC 2606, 6761, 6762).
_RESERVED = ("invalid", "local", "localhost", "test")
#: Mailbox providers: their domains' records are theirs, so only their own servers can send in their name.
_PROVIDERS = {
    "aol.com": ("aol.com",),
    "fastmail.com": ("fastmail.com",),
    "gmail.com": ("gmail.com", "googlemail.com", "google.com"),
    "gmx.de": ("gmx.net", "gmx.de"),
    "gmx.net": ("gmx.net", "gmx.de"),
    "googlemail.com": ("gmail.com", "googlemail.com", "google.com"),
    "hotmail.com": ("outlook.com", "office365.com"),
    "icloud.com": ("me.com", "icloud.com"),
    "live.com": ("outlook.com", "office365.com"),
    "mail.ru": ("mail.ru",),
    "me.com": ("me.com", "icloud.com"),
    "outlook.com": ("outlook.com", "office365.com"),
    "proton.me": ("proton.me", "protonmail.ch"),
    "protonmail.com": ("proton.me", "protonmail.ch"),
    "qq.com": ("qq.com",),
    "web.de": ("web.de",),
    "yahoo.com": ("yahoo.com",),
    "yandex.ru": ("yandex.ru", "yandex.com"),
}
#: The longest piece of a TXT record (RFC 1035 section 3.3.14).
_LONGEST_TEXT = 255


@dataclass(frozen=True, slots=True)
class Record:
    """One TXT record to publish: its full name and its text."""

    name: str
    value: str

    def line(self) -> str:
        """As a line of a zone file; a long text in pieces, as resolvers join them."""
        pieces = [self.value[start : start + _LONGEST_TEXT] for start in range(0, len(self.value), _LONGEST_TEXT)]
        return f"{self.name}. IN TXT " + " ".join(f'"{piece}"' for piece in pieces)


def from_domain(smtp: SmtpSettings) -> str:
    """The domain a reader sees."""
    return parseaddr(smtp.sender)[1].rpartition("@")[2].lower()


def envelope_domain(smtp: SmtpSettings) -> str:
    """The domain SPF is asked about: that of bounce addresses, else the sender's."""
    return (smtp.bounce_domain or from_domain(smtp)).lower()


def problem(smtp: SmtpSettings) -> str:
    """Why no records could make receivers believe the From address, and which key to change; "" when they can."""
    seen = from_domain(smtp)
    owner = organisation(seen)
    if not owner or any(seen == word or seen.endswith(f".{word}") for word in _RESERVED):
        return (
            f"smtp.sender is at {seen or 'no domain'}: nobody can publish records for that. Use a domain of your own."
        )
    servers = _PROVIDERS.get(owner)
    if servers and organisation(smtp.host.lower()) not in servers:
        return (
            f"nobody but the provider can send as @{seen}, and {smtp.host} is not the provider's. "
            "Use an address of a domain of your own as smtp.sender, or the provider's server as smtp.host."
        )
    vouching = {organisation(domain) or domain: None for domain in _signing_domains(smtp)}
    if owner in vouching:
        return ""
    return (
        f"smtp.sender is at {seen}, and mail is vouched for by {' and '.join(vouching)}: they do not align. "
        f"Set smtp.bounce_domain or smtp.dkim.domain to {owner} or a domain below it, or change the sender."
    )


def _signing_domains(smtp: SmtpSettings) -> list[str]:
    """The domains that SPF and DKIM speak for."""
    return [envelope_domain(smtp), *([smtp.dkim.domain] if smtp.dkim else [])]


def spf_record(smtp: SmtpSettings) -> Record:
    """The SPF record of the envelope's domain, where it has none yet."""
    return Record(envelope_domain(smtp), f"v=spf1 {mechanism(smtp.host)} ~all")


def dkim_record(dkim: DkimSettings, public_key: str) -> Record:
    """The record of the key that signs; `public_key` in base64."""
    return Record(f"{dkim.selector}._domainkey.{dkim.domain}", f"v=DKIM1; k=rsa; p={public_key}")


def dmarc_record(smtp: SmtpSettings, report_to: str) -> Record:
    """The DMARC record of the organisation in From. Reports cross to another organisation only where that one has
    agreed to them in its own DNS (RFC 7489 section 7.1), so they are not asked for to `report_to` there.
    """
    owner = organisation(from_domain(smtp)) or from_domain(smtp)
    is_ours = organisation(report_to.rpartition("@")[2].lower()) == owner
    return Record(f"_dmarc.{owner}", "v=DMARC1; p=none" + (f"; rua=mailto:{report_to}" if is_ours else ""))


def mechanism(host: str) -> str:
    """The server mail leaves from, in SPF's terms."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "a mx" if host == "localhost" else f"a:{host}"
    return "a mx" if address.is_loopback or address.is_private else f"ip{address.version}:{address}"


def is_same_sender(host: str, domain: str) -> bool:
    """Do a mail server and a domain that SPF includes belong to one provider, as far as their names tell?"""
    owners = {organisation(name.lower().rstrip(".")) for name in (host, domain)}
    return "" not in owners and (len(owners) == 1 or any(owners <= set(names) for names in _PROVIDERS.values()))


def organisation(domain: str) -> str:
    """The organisational domain (RFC 7489 section 3.2) by the public suffix list, "" where there is none."""
    return _suffixes().privatesuffix(domain.strip(".")) or ""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)
